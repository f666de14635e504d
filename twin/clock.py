"""Clocks: the twin never asks for the time, whoever ticks it does."""

import time
from collections.abc import Callable
from dataclasses import dataclass
from typing import Protocol

NS_PER_S = 1_000_000_000


class Clock(Protocol):
    """Gives the current instant."""

    def now_ns(self) -> int:
        """Give the instant in nanoseconds UTC since 1970."""
        ...


_STARTED_NS = time.time_ns(), time.monotonic_ns()


class SystemClock:
    """The host's clock as it stood when the program started, and what has passed since.

    Parameters
    ----------
    host_ns, passed_ns : callable, optional
        The host's instant, which may be set back or ahead at any time, and a count of nanoseconds that
        only ever runs on.
    started_ns : (int, int), optional
        Both at the start; all clocks of one program share them.

    Notes
    -----
    Ages and orders are told from what has passed, so that an hour put on the host's clock, or taken
    off it, makes nothing stale and no age negative. By how much the two differ since is ``stepped_s``.
    """

    def __init__(
        self,
        host_ns: Callable[[], int] = time.time_ns,
        passed_ns: Callable[[], int] = time.monotonic_ns,
        started_ns: tuple[int, int] = _STARTED_NS,
    ) -> None:
        self._host_ns, self._passed_ns = host_ns, passed_ns
        self._started_ns = started_ns

    def now_ns(self) -> int:
        """Give the instant in nanoseconds UTC; never before one given earlier."""
        host_ns, passed_ns = self._started_ns
        return host_ns + self._passed_ns() - passed_ns

    @property
    def stepped_s(self) -> float:
        """How far the host's clock has been set ahead since the start [s]; negative where back."""
        return (self._host_ns() - self.now_ns()) / NS_PER_S


@dataclass(slots=True)
class ManualClock:
    """A clock that stands until it is moved: for tests, replays and runs faster than life."""

    t_ns: int = 0

    def now_ns(self) -> int:
        """Give the instant last set [ns UTC]."""
        return self.t_ns

    def advance(self, seconds: float) -> int:
        """Move on by ``seconds`` and give the new instant [ns UTC]."""
        self.t_ns += round(seconds * NS_PER_S)
        return self.t_ns
