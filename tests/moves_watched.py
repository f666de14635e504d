"""Lifts and sets that truly happened in a simulated shift, held beside what the twin believes."""

from dataclasses import dataclass, field

import numpy as np
import yard_at_work as work

from sensors.simulation.places import Places
from sensors.simulation.receiver import antennas
from twin.operations.truth import Truth
from twin.state import State
from twin.stock import moves
from twin.stock.table import Place, Stock

PATIENCE_NS = 40 * work.SECOND
"""A move may be told so late; one of a machine in a radio hole so long after it is out of it."""


@dataclass(slots=True)
class Move:
    """A lift (``stands`` 0) or a set (1) by a machine; ``before``: so many came earlier in the same hole."""

    stands: int
    ground: int
    tier: int
    since_ns: int
    machine: str
    before: int = 0


def out_of_radio(truth: Truth, places: Places) -> set[str]:
    """Name the machines that no radio reaches."""
    blind = places.blind(*antennas(truth, np.arange(len(truth))))
    return {name.decode() for name in truth.name[blind & truth.present].tolist()}


@dataclass(slots=True)
class Watched:
    """Lifts and sets that truly happened, until the twin has told them or the time for it is over."""

    stock: Stock
    open: dict[str, Move] = field(default_factory=dict)
    right: int = 0
    in_holes: int = 0
    missed: list[str] = field(default_factory=list)

    def look(self, now: Stock, state: State, truth: Truth, places: Places) -> None:
        """Look at the true stock, and at what the twin has of it."""
        silent = out_of_radio(truth, places) if now is not self.stock or self.open else set()
        if now is not self.stock:
            self._happened(now, state.t_ns, truth, silent)
            self.stock = now
        for move in self.open.values():
            if move.machine in silent:
                move.since_ns = state.t_ns
        if self.open:
            self._told(state)

    def _happened(self, now: Stock, t_ns: int, truth: Truth, silent: set[str]) -> None:
        """Note the boxes that were lifted, and those that have come to stand somewhere."""
        before, known = self.stock, len(self.stock)
        stood = np.zeros(len(now), np.bool_)
        stood[:known] = before.place == Place.STACKED
        stands = now.place == Place.STACKED
        moved = stood != stands
        moved[:known] |= stood[:known] & stands[:known] & (before.ground != now.ground[:known])
        for row in np.flatnonzero(moved).tolist():
            number = bytes(now.number[row]).decode()
            carrier = int((before if stands[row] else now).carrier[row]) if row < known else -1
            machine = truth.name[carrier].decode() if carrier >= 0 else ""
            earlier = self.open.get(number)
            told_with = 0
            if earlier is not None and earlier.machine == machine and machine in silent:
                told_with = earlier.before + 1  # both are told once it is out, in one go
            elif earlier is not None:
                self.missed += [number] * (earlier.before + 1)
            self.in_holes += machine in silent
            self.open[number] = Move(
                int(stands[row]), int(now.ground[row]), int(now.tier[row]), t_ns, machine, told_with
            )

    def _told(self, state: State) -> None:
        """Hold what the twin believes against them."""
        rows = moves.rows_of(state.stock, list(self.open)).tolist()
        for (number, move), row in zip(list(self.open.items()), rows, strict=True):
            stock = state.stock
            believed = row >= 0 and int(stock.place[row] == Place.STACKED) == move.stands
            there = believed and (stock.ground[row], stock.tier[row]) == (move.ground, move.tier)
            if there or (believed and not move.stands):
                self.right += move.before + 1
                del self.open[number]
            elif state.t_ns - move.since_ns > PATIENCE_NS:
                self.missed += [number] * (move.before + 1)
                del self.open[number]


def hold(watched: Watched, state: State, standing: int, share: float) -> None:
    """Hold that enough moves were told right, that every other is listed, and that no box came or went."""
    place = state.stock.place
    here = int(np.isin(place, (Place.STACKED, Place.CARRIED)).sum())
    listed = {item.box for item in state.discrepancies} | {item.other for item in state.discrepancies}
    total = watched.right + len(watched.missed)
    text = f"{watched.right} of {total} moves right ({watched.in_holes} in radio holes)"
    print(f"{text}, {len(state.discrepancies)} listed")  # noqa: T201
    assert total > 0
    assert watched.right >= share * total
    assert set(watched.missed) <= listed
    assert moves.check(state.stock, state.slots) == ()
    assert standing + state.counts.boxes_in == state.counts.boxes_out + here
