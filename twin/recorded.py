"""What the rows of a journal hold: states, and the inputs of ticks."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace

from twin import codec
from twin.decisions import Decision
from twin.inputs import Batch, RawChunk
from twin.journal.errors import JournalError, VersionError
from twin.journal.reader import TickRow
from twin.session import Decoder
from twin.state import State


def state_of(row: TickRow, new_decoder: Callable[[], Decoder]) -> tuple[State, Decoder]:
    """Give the state of a keyframe and a decoder that remembers what was pending then.

    Raises
    ------
    VersionError
        Where the keyframe holds no state of this version.
    """
    try:
        state, memory = codec.decode(row.body)
        decoder = new_decoder()
        decoder.recall(memory)
    except (codec.CodecError, ValueError, TypeError) as error:
        raise VersionError(f"keyframe {row.seq}: expected a state of this version, found: {error}") from error
    return state, decoder


@dataclass(frozen=True, slots=True)
class Told:
    """What a row says, decoded: what came, what was decided, and what the clock said [ns UTC]."""

    row: TickRow
    batch: Batch
    decisions: Sequence[Decision]
    clock_ns: int


def told_by(row: TickRow, decoder: Decoder) -> Told:
    """Give what a row says.

    Raises
    ------
    JournalError
        Where it holds no inputs of a tick, or decisions of another version.
    """
    chunks, decisions, clock_ns, unrecorded = _inputs(row)
    batch = decoder.decode(chunks)
    if unrecorded is not None:
        batch = replace(batch, unrecorded=unrecorded)
    return Told(row, batch, decisions, clock_ns)


def decided_in(row: TickRow) -> Sequence[Decision]:
    """Give what was decided in a tick; JournalError as :func:`told_by`."""
    return _inputs(row)[1]


def _inputs(row: TickRow) -> tuple[Sequence[RawChunk], Sequence[Decision], int, bool | None]:
    """Give what came, what was decided, what the clock said [ns UTC], and whether the journal failed."""
    try:
        chunks, decisions, *told = codec.decode(row.body)
        clock_ns, unrecorded = (*told, None)[:2] if told else (row.t_ns, None)
    except (codec.CodecError, ValueError, TypeError) as error:
        raise JournalError(f"tick {row.seq}: expected its inputs, found damaged ones: {error}") from error
    if not isinstance(clock_ns, int):
        raise JournalError(f"tick {row.seq}: expected an instant of the clock, found {clock_ns!r}")
    if not isinstance(unrecorded, bool | None):
        raise JournalError(f"tick {row.seq}: expected whether the journal fails, found {unrecorded!r}")
    return chunks, decisions, clock_ns, unrecorded
