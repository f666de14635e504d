"""From recorded lines to a record: every contradiction is counted with its reason and left out."""

import itertools
from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass, field

import numpy as np

from twin.stacking.uncertain.cells import DAY_S
from twin.stacking.uncertain.places import Standing, one_block
from twin.stacking.uncertain.record import Record, true_leaves_d
from twin.stacking.uncertain.tables import Line, RecordError
from twin.tables import Flags, Floats, Longs

OUTSIDE = "the recorded slot is outside the block"
MOVED = "could not stand where recorded at the start: set on the nearest slot where it can"
NO_ROOM = "stood at the start, but no slot is left for it"
TWICE = "enters though it stands here"
DOUBLE = "listed twice at the start"
STRANGER = "leaves though it never entered"
NO_LENGTH = "enters, and no line tells its length"
MOST_DAYS = 3650
LATE = "is out of time order: sorted in"


@dataclass(slots=True)
class Recorded:
    """A record, and what was wrong with its lines.

    Attributes
    ----------
    record : Record
    rejects : lines left out, by reason.
    notes : lines taken, but not as they were written, by reason.
    relocated : boxes whose slot when they left was not the one they entered; None where not told.
    """

    record: Record
    rejects: Counter[str] = field(default_factory=Counter)
    notes: Counter[str] = field(default_factory=Counter)
    relocated: int | None = None


def recorded(standing: Sequence[Line], operations: Sequence[Line], rows: int, tiers: int) -> Recorded:
    """Give the record of a block of as many bays as its lines name.

    Parameters
    ----------
    standing, operations : lines
        In the order of their files.
    rows, tiers : int
        Of the block.

    Raises
    ------
    RecordError
        Where no line names a bay, there is no operation, or they span more than ten years.
    """
    if not operations:
        raise RecordError("operations: expected at least one, found none")
    times_s = [line.time_s for line in operations]
    if (days := (max(times_s) - min(times_s)) / DAY_S) > MOST_DAYS:
        raise RecordError(f"operations: expected at most {MOST_DAYS} days, found {days:.0f}")
    return _Reading(standing, operations, rows, tiers).result()


class _Reading:
    """Boxes and events as the lines are gone through."""

    def __init__(self, standing: Sequence[Line], operations: Sequence[Line], rows: int, tiers: int) -> None:
        bays = [line.bay for line in (*standing, *operations) if line.bay]
        if not bays:
            raise RecordError("bays: expected at least one line that names a bay, found none")
        self.first = (min(bays) - 1) // 2
        self.places = one_block((max(bays) - 1) // 2 + 1 - self.first + (max(bays) % 2 == 0), rows, tiers)
        self.rows, self.tiers = rows, tiers
        self.rejects: Counter[str] = Counter()
        self.notes: Counter[str] = Counter()
        self.boxes: list[Line] = []
        self.here: dict[str, int] = {}
        self.start_s = min(line.time_s for line in operations)
        for line in standing:
            self._stood(line)
        self.at_start = len(self.boxes)
        self.events: list[tuple[Line, int]] = []
        late = sum(b.time_s < a.time_s for a, b in itertools.pairwise(operations))
        if late:
            self.notes[LATE] += late
        for line in sorted(operations, key=lambda line: line.time_s):
            self._event(line)

    def _stood(self, line: Line) -> None:
        if line.cid in self.here:
            self.rejects[DOUBLE] += 1
            return
        self._add(line)

    def _add(self, line: Line) -> None:
        self.here[line.cid] = len(self.boxes)
        self.boxes.append(line)

    def _event(self, line: Line) -> None:
        box = self.here.get(line.cid)
        if line.enters:
            if box is not None:
                self.rejects[TWICE] += 1
                return
            if not line.length_ft:
                self.rejects[NO_LENGTH] += 1
                return
            self._add(line)
            box = self.here[line.cid]
        elif box is None:
            self.rejects[STRANGER] += 1
            return
        else:
            del self.here[line.cid]
        self.events.append((line, box))

    def cell(self, line: Line) -> int:
        """Give the lower cell of a recorded slot, -1 where it names none in the block."""
        if not line.bay or not line.row:
            return -1
        position = (line.bay - 1) // 2 - self.first
        if line.row > self.rows or line.tier > self.tiers:
            return -1
        return position * self.rows + line.row - 1

    def result(self) -> Recorded:
        """Give the record."""
        n = len(self.boxes)
        # A box in an even bay lies over two cells, whatever its size is said to be.
        long = np.array([line.bay % 2 == 0 if line.bay and i < self.at_start else line.length_ft > 20
                         for i, line in enumerate(self.boxes)], bool)  # fmt: skip
        first = self._at_start(long)
        gone = {box for box in range(self.at_start) if first[box] < 0}
        events = [(line, box) for line, box in self.events if box not in gone]
        time_d = np.array([(line.time_s - self.start_s) / DAY_S for line, _ in events])
        enters = np.array([line.enters for line, _ in events], bool)
        box = np.array([box for _, box in events], np.int64)
        record = Record(
            places=self.places,
            long=long,
            group=_numbers([line.group for line in self.boxes], ""),
            kind=_numbers([(*line.kind, line.length_ft > 20) for line in self.boxes], None),
            born_d=self._born_d(n),
            first_cell=first,
            leaves_d=true_leaves_d(n, time_d, enters, box),
            time_d=time_d,
            enters=enters,
            box=box,
            cell=np.array([self.cell(line) for line, _ in events], np.int64),
            announced_d=np.array([self._announced_d(line) for line, _ in events]),
        )
        return Recorded(record, self.rejects, self.notes, self._relocated(events))

    def _at_start(self, long: Flags) -> Longs:
        ground = Standing(self.places, long)
        first = np.full(len(long), -1, np.int64)
        order = sorted(range(self.at_start), key=lambda i: (self.boxes[i].tier, i))
        for box in order:
            line = self.boxes[box]
            cell = self.cell(line)
            free = np.flatnonzero(ground.may_stand(bool(long[box])))
            if not len(free):
                self.rejects[NO_ROOM] += 1
                continue
            if cell not in free or ground.height[cell] != line.tier - 1:
                self.notes[MOVED if cell >= 0 else OUTSIDE] += 1
            if cell not in free:
                away = np.abs(free // self.rows - ((line.bay - 1) // 2 - self.first)) * 1000
                cell = int(free[np.argmin(away + np.abs(free % self.rows - (line.row - 1)))])
            ground.put(box, cell)
            first[box] = cell
        return first

    def _born_d(self, n: int) -> Floats:
        born_d = np.full(n, np.nan)
        for box, line in enumerate(self.boxes):
            if box >= self.at_start:
                born_d[box] = (line.time_s - self.start_s) / DAY_S
            elif line.in_s is not None and line.in_s <= self.start_s:
                born_d[box] = (line.in_s - self.start_s) / DAY_S
        return born_d

    def _announced_d(self, line: Line) -> float:
        """Give when a departure was announced.

        ``booked`` of a line that leaves is taken for the instant of its order: known from then on and
        not before. One after the departure, or of a line that enters, announces nothing.
        """
        if line.enters or line.booked_s is None or line.booked_s > line.time_s:
            return np.nan
        return (line.booked_s - self.start_s) / DAY_S

    def _relocated(self, events: Sequence[tuple[Line, int]]) -> int | None:
        moved, told = 0, False
        for line, box in events:
            came = self.boxes[box]
            if line.enters or not (line.bay and came.bay):
                continue
            told = True
            moved += (line.bay, line.row, line.tier) != (came.bay, came.row, came.tier)
        return moved if told else None


def _numbers(values: Sequence[object], none: object) -> Longs:
    known: dict[object, int] = {}
    return np.array(
        [-1 if value == none else known.setdefault(value, len(known)) for value in values], np.int64
    )
