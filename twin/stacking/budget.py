"""How long a search may take: by a clock on the wall, or by the work done."""

from collections.abc import Callable

Clock = Callable[[], float]
"""Gives seconds that only their differences mean anything of, such as ``time.monotonic``."""

LOOK_S = 0.002
"""About what a search does between two looks at its clock on a usual machine [s]."""


class WorkClock:
    """A clock that goes on by being looked at: the same search ends at the same step on every machine.

    Parameters
    ----------
    look_s : float
        What it goes on by at each look [s].
    """

    def __init__(self, look_s: float = LOOK_S) -> None:
        self._look_s = look_s
        self._now_s = 0.0

    def __call__(self) -> float:
        """Give what has passed [s], this look included."""
        self._now_s += self._look_s
        return self._now_s
