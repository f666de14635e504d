"""A journal of another version: computed again from what its first state was made of."""

from collections.abc import Callable

from twin import codec
from twin.clock import NS_PER_S
from twin.engine import initial_state
from twin.journal.reader import TickRow
from twin.session import Decoder
from twin.state import State

EVERY_NS = 10 * NS_PER_S
"""So far apart at least are the states that are kept [ns]."""
MOST = 64
"""So many are kept; beyond, every other one is dropped, and they lie twice as far apart."""


class Rerun:
    """The states reached so far, to go on from: the keyframes of another version are of no use.

    Parameters
    ----------
    row : TickRow
        The first keyframe.
    new_decoder : callable
        Makes a decoder like the one that the recorded session had.

    Raises
    ------
    CodecError
        Where it is not of the state before the first tick, or of another version in yard or stock too.
    """

    def __init__(self, row: TickRow, new_decoder: Callable[[], Decoder]) -> None:
        t_ns, yard, stock, conditions = codec.start_of(row.body)
        self._new_decoder, self._every_ns = new_decoder, EVERY_NS
        self._kept = [(initial_state(yard, stock, t_ns, conditions), new_decoder().memory())]

    def note(self, state: State, decoder: Decoder) -> None:
        """Keep a state that was reached, where it lies far enough beyond the others."""
        if state.t_ns < self._kept[-1][0].t_ns + self._every_ns:
            return
        self._kept.append((state, decoder.memory()))
        if len(self._kept) > MOST:
            del self._kept[1::2]
            self._every_ns *= 2

    def reached_ns(self, t_ns: int) -> int:
        """Give when the state is that would be gone on from to get to an instant [ns UTC]."""
        return self._before(t_ns)[0].t_ns

    def before(self, t_ns: int) -> tuple[State, Decoder]:
        """Give the last state kept at or before an instant, else the first, with its decoder."""
        state, memory = self._before(t_ns)
        decoder = self._new_decoder()
        decoder.recall(memory)
        return state, decoder

    def _before(self, t_ns: int) -> tuple[State, bytes]:
        return next((one for one in reversed(self._kept) if one[0].t_ns <= t_ns), self._kept[0])
