"""A record played under a rule: events as they happened, slots as the rule chose them."""

import time
from dataclasses import dataclass, field

import numpy as np

from twin.stacking.uncertain.beliefs import Beliefs
from twin.stacking.uncertain.emptying import warm
from twin.stacking.uncertain.places import Standing, jammed
from twin.stacking.uncertain.record import Record
from twin.stacking.uncertain.scenes import Scenes
from twin.stacking.uncertain.view import Rule, View
from twin.tables import Floats, Longs


@dataclass(slots=True)
class Outcome:
    """What a rule did with a record.

    Attributes
    ----------
    moves : every move in order: time [days], box, from cell (-1: it came), to cell (-1: it went); cell
        -2 is the truck lane, where a box waits for which the whole block has no other place.
    relocations, leaves, blocked_leaves, enters, no_slot, leaves_without_slot, outside_bay : counts.
    blocking_at_start : boxes that stood on an earlier one at the start: no plan has fewer relocations.
    ms : per decision [ms].
    """

    moves: list[tuple[float, int, int, int]] = field(default_factory=list)
    relocations: int = 0
    leaves: int = 0
    blocked_leaves: int = 0
    enters: int = 0
    no_slot: int = 0
    leaves_without_slot: int = 0
    outside_bay: int = 0
    blocking_at_start: int = 0
    ms: list[float] = field(default_factory=list)


def replay(record: Record, beliefs: Beliefs, rule: Rule, seed: int, *, keep_room: bool = False) -> Outcome:
    """Play a record under a rule.

    Parameters
    ----------
    record : Record
        Its departures are looked at only for the lower bound, never by the rule.
    beliefs : Beliefs
        What the rule may know of them; used up by the play.
    rule : Rule
    seed : int
        Of rules that draw.
    keep_room : bool
        Whether boxes that come are kept from bays that could then not be dug out, where others are
        open: a rule of the yard, that holds for every policy.
    """
    return Replay(record, beliefs, rule, seed, keep_room=keep_room).run()


class Replay:
    """A record under way."""

    def __init__(self, record: Record, beliefs: Beliefs, rule: Rule, seed: int, *, keep_room: bool) -> None:
        self.record, self.rule, self.keep_room = record, rule, keep_room
        warm()
        self.standing = standing_at_start(record)
        scenes = Scenes(self.standing, beliefs)
        self.view = View(
            self.standing, beliefs, scenes, record.group, record.kind, 0.0, np.random.default_rng((seed, 3))
        )
        self.out = Outcome(blocking_at_start=blocking(self.standing, record.leaves_d))
        self._aside: list[int] = []
        here = self.standing.boxes()
        for box in here:
            beliefs.entered(int(box), 0.0)
        scenes.renew(here, 0.0)
        told = np.flatnonzero(np.isfinite(record.announced_d) & ~record.enters)
        self._calls = sorted(((float(record.announced_d[e]), int(record.box[e])) for e in told), reverse=True)

    def run(self) -> Outcome:
        """Play every event in order."""
        record = self.record
        for event, (time_d, enters, box) in enumerate(
            zip(record.time_d, record.enters, record.box, strict=True)
        ):
            self.view.now_d = float(time_d)
            self._hear(float(time_d))
            self.view.scenes.refresh(float(time_d))
            if enters:
                self.view.recorded = int(record.cell[event])
                self._enter(int(box))
                self.view.recorded = -1
            else:
                self._leave(int(box))
        return self.out

    def _hear(self, now_d: float) -> None:
        """Take in the departures that were announced by now."""
        view = self.view
        while self._calls and self._calls[-1][0] <= now_d:
            called_d, box = self._calls.pop()
            view.scenes.renew(view.beliefs.announced(box, called_d), now_d)

    def _enter(self, box: int) -> None:
        self.out.enters += 1
        view = self.view
        cells = np.flatnonzero(self.standing.may_stand(bool(self.standing.long[box])))
        if not len(cells):
            self.out.no_slot += 1
            return
        view.scenes.renew(view.beliefs.entered(box, view.now_d), view.now_d)
        if self.keep_room:
            roomy = jammed(self.standing, bool(self.standing.long[box]), cells) <= 0.0
            cells = cells[roomy] if roomy.any() else cells
        self._set(box, -1, self._choose(box, cells))

    def _leave(self, box: int) -> None:
        view, out = self.view, self.out
        if box in self._aside:
            self._aside.remove(box)
            out.leaves += 1
            out.moves.append((view.now_d, box, -2, -1))
            return
        if self.standing.where[box] < 0:
            out.leaves_without_slot += 1
            return
        above = self.standing.above(box)
        out.leaves += 1
        out.blocked_leaves += bool(above)
        for other in above:
            self._relocate(other, box)
        self._lift(box)
        out.moves.append((view.now_d, box, self._from, -1))
        view.scenes.renew(view.beliefs.left(box, view.now_d), view.now_d)
        for other in tuple(self._aside):
            self._set_back(other)

    def _set_back(self, box: int) -> None:
        """Set a box that was set aside on a legal cell, where there is one now."""
        cells = np.flatnonzero(self.standing.may_stand(bool(self.standing.long[box])))
        if len(cells):
            self._aside.remove(box)
            self.out.relocations += 1
            self._set(box, -2, self._choose(box, cells))

    def _relocate(self, other: int, box: int) -> None:
        cells = self.standing.relocation_cells(other, (box,))
        self._lift(other)
        source = self._from
        if not len(cells):
            self.out.outside_bay += 1
            cells = self._anywhere(other, box)
        self.out.relocations += 1
        if not len(cells):
            self._aside.append(other)
            self.out.moves.append((self.view.now_d, other, source, -2))
            return
        self.view.due = box
        self._set(other, source, self._choose(other, cells))
        self.view.due = -1

    def _anywhere(self, other: int, box: int) -> Longs:
        free = self.standing.may_stand(bool(self.standing.long[other]))
        for cell in self.standing.cells_of(box):
            free[cell] = False
            if self.standing.long[other]:
                free &= self.standing.places.next != cell
        return np.flatnonzero(free)

    def _choose(self, box: int, cells: Longs) -> int:
        start = time.perf_counter()
        cell = self.rule(self.view, box, cells)
        self.out.ms.append(1e3 * (time.perf_counter() - start))
        return cell

    def _lift(self, box: int) -> None:
        cells = self.standing.cells_of(box)
        self._from = cells[0]
        self.standing.take(box)
        self.view.scenes.touched(cells)
        self.view.last = cells[0]

    def _set(self, box: int, source: int, cell: int) -> None:
        self.standing.put(box, cell)
        self.view.scenes.touched(self.standing.cells_of(box))
        self.view.last = cell
        self.out.moves.append((self.view.now_d, box, source, cell))


def standing_at_start(record: Record) -> Standing:
    """Give what stood at the start, as recorded."""
    standing = Standing(record.places, record.long)
    rows = np.flatnonzero(record.first_cell >= 0)
    for box in rows:
        standing.put(int(box), int(record.first_cell[box]))
    return standing


def blocking(standing: Standing, leaves_d: Floats) -> int:
    """Count the boxes that stand on one that leaves earlier: each must be relocated at least once."""
    found = 0
    for box in standing.boxes():
        below = [
            int(other)
            for cell in standing.cells_of(int(box))
            for other in standing.occupant[cell, : standing.tier[box]]
        ]
        found += any(leaves_d[other] < leaves_d[box] for other in below)
    return found
