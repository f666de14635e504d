"""Lifts and sets that truly happened in a simulated shift, held beside what the twin believes."""

from dataclasses import dataclass, field

import numpy as np
import yard_at_work as work

from twin.state import State
from twin.stock import moves
from twin.stock.table import Place, Stock

PATIENCE_NS = 40 * work.SECOND
"""A set may be told so late: machines in a radio hole send what they saw when they are out of it."""


@dataclass(slots=True)
class Watched:
    """Lifts and sets that truly happened, until the twin has told them or the time for it is over."""

    stock: Stock
    open: dict[str, tuple[int, int, int, int]] = field(default_factory=dict)
    right: int = 0
    missed: list[str] = field(default_factory=list)

    def look(self, now: Stock, state: State) -> None:
        """Look at the true stock, and at what the twin has of it."""
        if now is not self.stock:
            self._happened(now, state.t_ns)
            self.stock = now
        if self.open:
            self._told(state)

    def _happened(self, now: Stock, t_ns: int) -> None:
        """Note the boxes that were lifted, and those that have come to stand somewhere."""
        before, known = self.stock, len(self.stock)
        stood = np.zeros(len(now), np.bool_)
        stood[:known] = before.place == Place.STACKED
        stands = now.place == Place.STACKED
        moved = stood != stands
        moved[:known] |= stood[:known] & stands[:known] & (before.ground != now.ground[:known])
        for row in np.flatnonzero(moved).tolist():
            number = bytes(now.number[row]).decode()
            if number in self.open:
                self.missed.append(number)
            self.open[number] = (int(stands[row]), int(now.ground[row]), int(now.tier[row]), t_ns)

    def _told(self, state: State) -> None:
        """Hold what the twin believes against them."""
        rows = moves.rows_of(state.stock, list(self.open)).tolist()
        for (number, (stands, ground, tier, since)), row in zip(list(self.open.items()), rows, strict=True):
            stock = state.stock
            believed = row >= 0 and int(stock.place[row] == Place.STACKED) == stands
            if believed and (not stands or (stock.ground[row], stock.tier[row]) == (ground, tier)):
                self.right += 1
                del self.open[number]
            elif state.t_ns - since > PATIENCE_NS:
                self.missed.append(number)
                del self.open[number]


def hold(watched: Watched, state: State, standing: int, share: float) -> None:
    """Hold that enough moves were told right, that every other is listed, and that no box came or went."""
    place = state.stock.place
    here = int(np.isin(place, (Place.STACKED, Place.CARRIED)).sum())
    listed = {item.box for item in state.discrepancies} | {item.other for item in state.discrepancies}
    total = watched.right + len(watched.missed)
    print(f"{watched.right} of {total} moves right, {len(state.discrepancies)} listed")  # noqa: T201
    assert total > 0
    assert watched.right >= share * total
    assert set(watched.missed) <= listed
    assert moves.check(state.stock, state.slots) == ()
    assert standing + state.counts.boxes_in == state.counts.boxes_out + here
