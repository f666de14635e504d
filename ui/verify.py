"""Checks a journal: computes it again from its first keyframe and compares every later one."""

import sys
from functools import partial
from pathlib import Path

from twin import codec
from twin.clock import NS_PER_S
from twin.journal.reader import JournalReader
from twin.session import END_MARK
from ui import warming
from ui.cli.loading import TOLD_EVERY_S, Progress
from ui.composition import open_replay
from ui.findings import instant
from ui.plurals import some

OTHER_VERSION = (
    "expected keyframes of this version, found another's, so that none can be compared; a replay computes "
    "it again from its first state"
)


def verify(path: Path, told_every_s: float = TOLD_EVERY_S) -> int:
    """Compute a journal again; 0 where no tick is missing and every keyframe is met bit for bit, else 1.

    What it holds, up to when, and whether the run was cut is printed, and which ticks are missing, why.

    Parameters
    ----------
    path : Path
        The journal.
    told_every_s : float
        How often progress is told on stderr [s].

    Raises
    ------
    JournalError
        Where the file is no sound journal.
    """
    reader, replay = JournalReader(path), open_replay(path)
    keyframes, span_ns = reader.keyframe_instants(), reader.span_ns()
    if replay.other_version:
        replay.close()
        reader.close()
        print(f"journal {path}: {OTHER_VERSION}", file=sys.stderr)
        return 1
    progress = Progress(told_every_s)
    try:
        warming.load()
        for seq, t_ns in keyframes:
            replay.seek_forward(seq)
            recorded, _ = codec.decode(reader.keyframe(seq).body)
            if codec.encode(replay.state) != codec.encode(recorded):
                progress.end()
                differs = f"journal {path}: tick {seq} of {instant(t_ns)} differs from its keyframe"
                print(differs, file=sys.stderr)
                return 1
            progress.tell(partial(_met, span_ns, t_ns))
        last_seq, ended = reader.seq_at(span_ns[1]), bool(reader.marks(END_MARK))
        replay.seek_forward(last_seq)
        missing, taken = _missing(reader)
    finally:
        progress.end()
        replay.close()
        reader.close()
    met = f"journal {path}: {some(len(keyframes) - taken, 'keyframe')} met bit for bit"
    print("\n".join((met, *_held(keyframes, span_ns, last_seq, ended=ended))))
    for line in missing:
        print(f"journal {path}: {line}", file=sys.stderr)
    return int(bool(missing))


def _missing(reader: JournalReader) -> tuple[list[str], int]:
    """Tell which ticks are missing, and how many keyframes were taken where they could not be computed."""
    lines, taken = [], set()
    for first, last in reader.holes():
        after, found = reader.keyframe_after(first), reader.why_lost(first)
        ticks = f"tick {first}" if first == last else f"ticks {first} to {last}"
        when, why = ("", "the journal does not tell why") if found is None else (instant(found[0]), found[1])
        goes_on = "nothing after it could be computed"
        if after is not None:
            taken.add(after.seq)
            goes_on = f"what follows is computed from the keyframe of {instant(after.t_ns)} on"
        lines.append(f"{ticks}{f' of {when}' if when else ''} not recorded: {why}; {goes_on}")
    return lines, len(taken)


def _held(
    keyframes: list[tuple[int, int]], span_ns: tuple[int, int], last_seq: int, *, ended: bool
) -> list[str]:
    """Tell what a journal holds, and whether its run was closed."""
    first_ns, end_ns = span_ns
    lines = [f"it holds {(end_ns - first_ns) / NS_PER_S:.1f} s, {instant(first_ns)} to {instant(end_ns)}"]
    if not ended:
        lines.append(
            "it has no mark of its end: the run was cut, is recorded still, or is of an older version"
        )
    kept_seq, kept_ns = keyframes[-1]
    if last_seq > kept_seq:
        more = f"{some(last_seq - kept_seq, 'tick')} ({(end_ns - kept_ns) / NS_PER_S:.1f} s)"
        lines.append(f"the last {more} could be computed again, with no keyframe to compare them with")
    return lines


def _met(span_ns: tuple[int, int], t_ns: int) -> str:
    """Tell how far a journal has been computed."""
    done_s, all_s = (t_ns - span_ns[0]) / NS_PER_S, (span_ns[1] - span_ns[0]) / NS_PER_S
    return f"{done_s:.0f} of {all_s:.0f} s computed again and met, up to {instant(t_ns)}"
