"""What a window follows: a live session or a replay, seen through one narrow protocol."""

from collections.abc import Callable
from pathlib import Path
from typing import Protocol

from twin.decisions import Decision
from twin.snapshot import Snapshot


class Feed(Protocol):
    """A live session: the window's ticker calls :meth:`tick` ten times a second."""

    def tick(self) -> Snapshot:
        """Take what has come in and give the yard as it now stands."""
        ...

    def decide(self, decision: Decision) -> None:
        """Put an operator's decision into the next tick; its verdict comes in that tick's state."""
        ...

    def close(self) -> None:
        """Stop the sources and finish the journal."""
        ...


class Replay(Protocol):
    """A recorded stretch of time under a cursor; :meth:`tick` moves it on while it plays."""

    @property
    def span_ns(self) -> tuple[int, int]:
        """First and last recorded instant [ns UTC]."""
        ...

    @property
    def t_ns(self) -> int:
        """The instant under the cursor [ns UTC]."""
        ...

    @property
    def settled(self) -> bool:
        """Whether the state that ticks give is that under the cursor."""
        ...

    @property
    def playing(self) -> bool:
        """Whether the cursor runs."""
        ...

    @property
    def speed(self) -> float:
        """How many recorded seconds pass in a second; 0.25 to 64."""
        ...

    def play(self) -> None:
        """Let the cursor run."""
        ...

    def pause(self) -> None:
        """Hold the cursor."""
        ...

    def set_speed(self, speed: float) -> None:
        """Let ``speed`` recorded seconds pass in a second."""
        ...

    def seek(self, t_ns: int) -> None:
        """Put the cursor on an instant; the state there comes with the next ticks."""
        ...

    def step(self, ticks: int) -> None:
        """Move by recorded ticks, backwards where negative."""
        ...

    def next_alarm(self, direction: int) -> bool:
        """Put the cursor on the next alarm (1) or the one before (-1); False where there is none."""
        ...

    def density(self, bins: int) -> list[int]:
        """Give how many alarms were raised in each of ``bins`` equal parts of the span."""
        ...

    def tick(self) -> Snapshot:
        """Give the yard as it stood under the cursor; never takes longer than 40 ms of work."""
        ...

    def close(self) -> None:
        """Let the journal go."""
        ...


OpenReplay = Callable[[Path | None], Replay]
"""Opens a recorded journal, or with None the one that is being written now."""
