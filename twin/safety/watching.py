"""What the engine watches at every tick: one look ahead gives the contacts and how soon they get near.

What a tick leaves for the next only makes it quicker: it is never written to a journal, and without it
everything comes out the same.
"""

from dataclasses import dataclass, field
from functools import partial

import numpy as np

from twin.fleet.kinds import KIND_NAMES
from twin.fleet.shapes import Boxes
from twin.fleet.table import Fleet, Tracks
from twin.safety import allowed, collision, contact, encounters, foresight, gaps, standing, structures
from twin.safety.arcs import Ahead
from twin.safety.collision import Rows
from twin.safety.contact import Memory
from twin.safety.encounters import Encounters, no_encounters
from twin.safety.foresight import Contacts
from twin.safety.nearby import Nearby
from twin.safety.table import Conflicts, no_conflicts
from twin.stock.table import Stock
from twin.tables import Floats, Ints, Longs
from twin.yard.model import Yard
from twin.yard.slots import Slots

HORIZON_S = 4.0
"""A time to contact is worth a note from here on [s]."""
_PERSON = KIND_NAMES.index("person")


@dataclass(frozen=True, slots=True)
class Lookout:
    """A tick's machines and stock, and what looking at them leaves for the next tick: no part of a record."""

    fleet: Fleet | None = field(default=None, compare=False)
    tracks: Tracks | None = field(default=None, compare=False)
    stock: Stock | None = field(default=None, compare=False)
    slots: Slots | None = field(default=None, compare=False)
    memory: Memory | None = field(default=None, compare=False)

    def fits(self, fleet: Fleet, tracks: Tracks, stock: Stock, slots: Slots) -> bool:
        """Tell whether it is of these very tables."""
        same = self.fleet is fleet and self.tracks is tracks
        return same and self.stock is stock and self.slots is slots


def look(
    fleet: Fleet, tracks: Tracks, boxes: Boxes, stock: Stock, slots: Slots, t_ns: int,
    targets: Ints | None = None, memory: Memory | None = None, crossing: bool = True,
    yard: Yard | None = None,
) -> tuple[Encounters, Memory | None]:  # fmt: skip
    """Give who touches or will within the horizon, and who crosses whose way shortly after.

    Parameters
    ----------
    fleet, tracks
        Tables with the same rows; a machine whose position is stale or lost counts as standing.
    boxes : Boxes
        All parts of the machines that are present, machine after machine.
    stock, slots
        What stands where.
    t_ns : int
        Now [ns UTC]: from it the age of positions counts.
    targets : (fleet,) int32, optional
        The (lower) ground slot that each machine's load is to be set on, -1 where no order names one:
        then a landing on any other stack is a conflict.
    memory : Memory or None
        What this gave at the tick before; what machines have passed through since then counts as well.
    crossing : bool
        Whether machines that cross a place shortly after one another are asked for.
    yard : Yard, optional
        Whose fixed structures count; where none is given, none do.

    Returns
    -------
    Encounters
        One row a pair of machines, with their soonest contact, or else when their clearance is used up, or
        else how soon after one another they cross a place; and one a machine against what stands, stacks
        and structures. Contacts that are work are left out. The lower fleet row is ``mover``.
    Memory or None
    """
    if not len(boxes):
        return no_encounters(), None
    ahead = foresight.ahead(fleet, tracks, boxes)
    near = None if memory is None else memory.near
    wider_m = encounters.clearance_m(fleet, tracks, t_ns)
    wide = encounters.widened(ahead, wider_m[boxes.mover])
    found, near = foresight.contacts(
        ahead, stock, slots, HORIZON_S, near, partial(allowed.in_service, fleet.kind), allowed.at_stacks, wide
    )
    found, seen = contact.with_passed(found, ahead.boxes, stock, slots, memory)
    found = _in_order(found, len(boxes), len(slots))
    fixed = no_encounters() if yard is None else _against_structures(fleet, ahead, near, yard, wider_m)
    if not crossing and not len(found) and not len(fixed):
        return no_encounters(), Memory(near, seen)
    among = _among_movers(fleet, ahead, found, wider_m)
    against = _soonest(_against_stacks(fleet, ahead, stock, slots, found, targets, wider_m), fixed)
    closer = _within_clearance(ahead, found, among, wider_m)
    after = _crossing(ahead, near, among, wider_m) if crossing else no_encounters()
    closer, after = _both(closer, after)
    met = encounters.joined([among, against, closer, after])
    return _but_people(fleet, met), Memory(near, seen)


def _but_people(fleet: Fleet, met: Encounters) -> Encounters:
    """Leave out people who meet one another."""
    person = fleet.kind == _PERSON
    people = person[met.mover] & (met.other >= 0) & person[met.other]
    return met.take(np.flatnonzero(~people)) if people.any() else met


def _both(closer: Encounters, after: Encounters) -> tuple[Encounters, Encounters]:
    """Tell once of pairs whose clearance is used up and that cross a place shortly after one another."""
    if not len(closer) or not len(after):
        return closer, after
    one, other = (encounters.keys(met.mover, met.other) for met in (closer, after))
    _, rows, crossing = np.intersect1d(one, other, return_indices=True)
    breach_s = after.breach_s.copy()
    breach_s[crossing] = closer.breach_s[rows]
    alone = np.flatnonzero(~np.isin(one, other))
    return closer.take(alone), after.with_columns(breach_s=breach_s)


def _in_order(found: Contacts, boxes: int, slots: int) -> Contacts:
    """Put contacts in the order of their rows: the order in which lists were made must not show."""
    if not len(found):
        return found
    (i, j), (wide_i, wide_j) = (
        (np.minimum(one, other), np.maximum(one, other))
        for one, other in ((found.i, found.j), (found.wide_i, found.wide_j))
    )
    movers, stacks, wide = (
        np.argsort(one * many + other, kind="stable")
        for one, other, many in ((i, j, boxes), (found.box, found.ground, slots), (wide_i, wide_j, boxes))
    )
    return Contacts(
        i[movers], j[movers], found.time_s[movers], found.box[stacks], found.ground[stacks],
        found.stack_time_s[stacks], wide_i[wide], wide_j[wide], found.breach_s[wide],
    )  # fmt: skip


def _breach_s(one: Ahead, other: Ahead, time_s: Floats, wider_m: Floats) -> Floats:
    """Give when the clearances of pairs are used up: no later than they touch."""
    both = [
        encounters.widened(side, np.where(side.boxes.mover >= 0, wider_m[side.boxes.mover], 0.0))
        for side in (one, other)
    ]
    rows = np.arange(len(time_s))
    return np.minimum(foresight.time_to_contact(both[0], rows, both[1], rows, HORIZON_S), time_s)


def _among_movers(fleet: Fleet, ahead: Ahead, found: Contacts, wider_m: Floats) -> Encounters:
    boxes = ahead.boxes
    if not len(found.i):
        return no_encounters()
    kept = ~allowed.in_service(fleet.kind, boxes, found.i, found.j)
    i, j, key = _by_machines(boxes, found.i[kept], found.j[kept])
    time_s = found.time_s[kept]
    first = encounters.first_of(key, time_s)
    one, other, time_s = ahead.take(i[first]), ahead.take(j[first]), time_s[first]
    return _deepest(fleet, boxes, _rows(one, other, time_s, wider_m))


def _deepest(fleet: Fleet, boxes: Boxes, met: Encounters) -> Encounters:
    """Tell of machines that overlap how deep that is where it is deepest: several parts may."""
    rows = np.flatnonzero(met.time_s == 0.0)
    if not len(rows):
        return met
    gap_m = met.gap_m.copy()
    deep_m = gaps.between(fleet.kind, boxes, met.mover[rows], met.other[rows], gap_m[rows])
    gap_m[rows] = np.minimum(gap_m[rows], deep_m)
    return met.with_columns(gap_m=gap_m, min_gap_m=np.minimum(gap_m, met.min_gap_m))


def _by_machines(boxes: Boxes, i: Rows, j: Rows) -> tuple[Rows, Rows, Longs]:
    """Give pairs with the lower machine first, and one number for each two machines."""
    swap = boxes.mover[i] > boxes.mover[j]
    i, j = np.where(swap, j, i), np.where(swap, i, j)
    return i, j, encounters.keys(boxes.mover[i], boxes.mover[j])


def _within_clearance(ahead: Ahead, found: Contacts, touching: Encounters, wider_m: Floats) -> Encounters:
    """Give further pairs of machines that do not touch where they are shown, but may where they are."""
    if not len(found.wide_i):
        return no_encounters()
    i, j, key = _by_machines(ahead.boxes, found.wide_i, found.wide_j)
    new = np.flatnonzero(~np.isin(key, encounters.keys(touching.mover, touching.other)))
    if not len(new):
        return no_encounters()
    first = new[encounters.first_of(key[new], found.breach_s[new])]
    never = np.full(len(first), np.inf)
    return encounters.rows_of(
        ahead.take(i[first]), ahead.take(j[first]), never, found.breach_s[first], never, HORIZON_S, wider_m
    )


def _against_stacks(
    fleet: Fleet, ahead: Ahead, stock: Stock, slots: Slots, found: Contacts, targets: Ints | None,
    wider_m: Floats,
) -> Encounters:  # fmt: skip
    if not len(found.box):
        return no_encounters()
    kept = ~allowed.with_stacks(fleet, ahead.boxes, stock, slots, found, targets)
    box, ground, time_s = found.box[kept], found.ground[kept], found.stack_time_s[kept]
    stacks = foresight.still(standing.stack_boxes(stock, slots, ground))
    now, gap_m = np.flatnonzero(time_s == 0.0), np.zeros(len(time_s))
    gap_m[now] = collision.gap_m(ahead.boxes.take(box[now]), stacks.boxes.take(now))
    first = encounters.first_of(ahead.boxes.mover[box].astype(np.int64), time_s, gap_m)
    one, other = ahead.take(box[first]), stacks.take(first)
    return _rows(one, other, time_s[first], wider_m, ground[first])


def _against_structures(fleet: Fleet, ahead: Ahead, near: Nearby, yard: Yard, wider_m: Floats) -> Encounters:
    box, there, row, time_s = structures.contacts(fleet, ahead, near, yard, HORIZON_S)
    if not len(box):
        return no_encounters()
    first = encounters.first_of(ahead.boxes.mover[box].astype(np.int64), time_s, row.astype(np.float64))
    one, other = ahead.take(box[first]), there.still.take(row[first])
    return _rows(one, other, time_s[first], wider_m, there.ground[row[first]])


def _soonest(stacks: Encounters, fixed: Encounters) -> Encounters:
    """Give one row a machine against what stands: the sooner of a stack and a structure."""
    both = encounters.joined((stacks, fixed))
    if not len(stacks) or not len(fixed):
        return both
    return both.take(encounters.first_of(both.mover.astype(np.int64), both.time_s))


def _rows(
    one: Ahead, other: Ahead, time_s: Floats, wider_m: Floats, ground: Rows | Ints | None = None
) -> Encounters:
    mover, beside, n = one.boxes.mover, other.boxes.mover, len(time_s)
    # Stacks stand where they are and lanes pass them closely: only contacts themselves count there.
    stacks = ground is not None and (ground >= 0).all()
    breach_s = time_s if stacks else _breach_s(one, other, time_s, wider_m)
    both_m = wider_m[mover] + np.where(beside >= 0, wider_m[beside], 0.0)
    gap_m = collision.gap_m(one.boxes, other.boxes)
    x_m, y_m = contact.meeting(one, other, time_s)
    return Encounters(
        mover, beside, np.full(n, -1, np.int32) if ground is None else ground.astype(np.int32),
        one.boxes.part, other.boxes.part, time_s, breach_s, np.zeros(n), gap_m, np.minimum(gap_m, 0.0),
        time_s, both_m, x_m, y_m,
    )  # fmt: skip


def _crossing(ahead: Ahead, near: Nearby, touching: Encounters, wider_m: Floats) -> Encounters:
    """Give further pairs of machines that pass a common place shortly after one another."""
    boxes = ahead.boxes
    i, j = encounters.crossing(ahead, near, HORIZON_S)
    if not len(i):
        return no_encounters()
    i, j, key = _by_machines(boxes, np.minimum(i, j), np.maximum(i, j))
    new = ~np.isin(key, encounters.keys(touching.mover, touching.other))
    order = np.flatnonzero(new)[np.lexsort((j[new], i[new]))]
    i, j, key = i[order], j[order], key[order]
    pet_s = encounters.encroachment_s(ahead, i, j, HORIZON_S)
    close = np.flatnonzero(pet_s <= encounters.PET_S)
    if not len(close):
        return no_encounters()
    i, j, key, pet_s = i[close], j[close], key[close], pet_s[close]
    first = encounters.first_of(key, pet_s)
    never = np.full(len(first), np.inf)
    return encounters.rows_of(
        ahead.take(i[first]), ahead.take(j[first]), never, never, pet_s[first], HORIZON_S, wider_m
    )


def conflicts_of(met: Encounters) -> Conflicts:
    """Give those encounters in which two touch within the horizon."""
    rows = np.flatnonzero(np.isfinite(met.time_s))
    if not len(rows):
        return no_conflicts()
    return Conflicts(**{name: getattr(met, name)[rows] for name in Conflicts.__dataclass_fields__})
