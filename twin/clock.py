"""Clocks: the twin never asks for the time, whoever ticks it does."""

import time
from dataclasses import dataclass
from typing import Protocol

NS_PER_S = 1_000_000_000


class Clock(Protocol):
    """Gives the current instant."""

    def now_ns(self) -> int:
        """Give the instant in nanoseconds UTC since 1970."""
        ...


class SystemClock:
    """The host's clock."""

    def now_ns(self) -> int:
        """Give the host's instant in nanoseconds UTC."""
        return time.time_ns()


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
