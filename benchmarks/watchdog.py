"""How long the window's thread is held: each event from where Qt hands it out to where it is done."""

from __future__ import annotations

import time
from collections.abc import Iterable
from dataclasses import dataclass

import numpy as np
from PyQt6.QtCore import QEvent, QObject
from PyQt6.QtWidgets import QApplication

SHORT_MS = 1.0
"""Blocks shorter than this are counted, not kept."""


@dataclass(frozen=True, slots=True)
class Block:
    """One event that held the thread: processor and wall time [ms], who took which event, and when."""

    cpu_ms: float
    wall_ms: float
    what: str
    phase: str


class Watched(QApplication):
    """An application that notes every outermost event that it hands out.

    Notes
    -----
    What one handler causes at once, such as the repaint of a whole window, is within its block. Keys and
    clicks wait for the block that runs and for no other: Qt hands them out before the timers.
    """

    def __init__(self, arguments: list[str]) -> None:
        super().__init__(arguments)
        self.phase = ""
        self.blocks: list[Block] = []
        self._depth = 0

    def notify(self, receiver: QObject | None, event: QEvent | None) -> bool:
        """Hand an event out, and note how long that took."""
        if self._depth or receiver is None or event is None:
            return bool(super().notify(receiver, event))
        named = f"{receiver.objectName() or type(receiver).__name__} {event.type().name}"
        phase, self._depth = self.phase, 1
        cpu_s, wall_s = time.thread_time(), time.perf_counter()
        try:
            return bool(super().notify(receiver, event))
        finally:
            self._depth = 0
            cpu_ms, wall_ms = 1e3 * (time.thread_time() - cpu_s), 1e3 * (time.perf_counter() - wall_s)
            if wall_ms >= SHORT_MS:
                self.blocks.append(Block(cpu_ms, wall_ms, named, phase))


@dataclass(frozen=True, slots=True)
class Held:
    """What a run's blocks come to [ms]: of those of a millisecond and more."""

    count: int
    p50_ms: float
    p99_ms: float
    most_ms: float
    over_50: int
    over_100: int

    def __str__(self) -> str:
        """Give one line of text."""
        spread = f"p50 {self.p50_ms:5.1f}, p99 {self.p99_ms:6.1f}, max {self.most_ms:6.1f} ms"
        return f"{self.count:5d} blocks, {spread}; over 50 ms {self.over_50}, over 100 ms {self.over_100}"


def held(times_ms: Iterable[float]) -> Held:
    """Sum up the times of blocks [ms]."""
    found = np.fromiter(times_ms, float)
    if not len(found):
        return Held(0, 0.0, 0.0, 0.0, 0, 0)
    p50, p99 = np.percentile(found, (50, 99)).tolist()
    over = (int((found > limit).sum()) for limit in (50.0, 100.0))
    return Held(len(found), p50, p99, float(found.max()), *over)
