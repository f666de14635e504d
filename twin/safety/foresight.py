"""Where boxes will be in the next seconds, as their machines go on now, and what they will touch."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass, field, replace

import numpy as np
from numpy.typing import NDArray

from twin.fleet import motion
from twin.fleet.kinds import Joint
from twin.fleet.shapes import Boxes
from twin.fleet.table import Fleet, Tracks, is_unheard
from twin.safety import arcs, collision, nearby, slices, standing
from twin.safety.arcs import Ahead, Asked
from twin.safety.collision import Rows
from twin.safety.nearby import Nearby
from twin.safety.slices import Slices
from twin.safety.standing import Blocks, InBlock
from twin.stock.table import Stock
from twin.tables import Flags, Floats
from twin.yard.slots import Slots

TURNING_RPS = 0.02
"""From this yaw rate on a machine is looked ahead for on an arc [rad/s]; 0.16 m in 1.5 s at 7 m/s."""
FOLDED_RAD = 0.03
"""From this angle on a trailer is looked ahead for as it swings in behind its tractor [rad]."""
STANDING_MPS = 0.1
"""Below this a machine stands: noise of its speed is no motion [m/s]."""
_DENSE = 100_000
"""Numbers below this are counted in a table, larger ones are sorted."""


@dataclass(frozen=True, slots=True)
class Contacts:
    """What will touch what within a horizon.

    Attributes
    ----------
    i, j : (k,)
        Rows of pairs of boxes of different machines; of two of which one is on an arc those that touch
        first at least.
    time_s : (k,) float
        When they first touch; 0 where they overlap now.
    box, ground : (m,)
        Rows of boxes, and ground slots of the stacks; of boxes on arcs the soonest of each machine at least.
    stack_time_s : (m,) float
        The same of these.
    wide_i, wide_j, breach_s : (l,)
        Pairs of boxes of which one moves whose uncertain places will touch, and when; as of the others.
    """

    i: Rows
    j: Rows
    time_s: Floats
    box: Rows
    ground: Rows
    stack_time_s: Floats
    wide_i: Rows = field(default_factory=lambda: np.empty(0, np.intp))
    wide_j: Rows = field(default_factory=lambda: np.empty(0, np.intp))
    breach_s: Floats = field(default_factory=lambda: np.empty(0))

    def __len__(self) -> int:
        """Give how many rows there are of all three."""
        return len(self.i) + len(self.box) + len(self.wide_i)


def no_contacts() -> Contacts:
    """Give none."""
    nobody: Rows = np.empty(0, np.intp)
    return Contacts(nobody, nobody, np.empty(0), nobody, nobody, np.empty(0))


def still(boxes: Boxes) -> Ahead:
    """Give boxes that stand."""
    nothing = np.zeros(len(boxes))
    return Ahead(boxes, boxes.x_m, boxes.y_m, *[nothing] * 7)


def ahead(fleet: Fleet, tracks: Tracks, boxes: Boxes) -> Ahead:
    """Say how boxes go on, of machines whose motion is known: a stale or lost one counts as standing.

    Yaw rates below ``TURNING_RPS`` and folds below ``FOLDED_RAD`` are noise: such go straight.
    """
    known = ~is_unheard(tracks)
    moving = known & (np.abs(tracks.speed_mps) >= STANDING_MPS)
    speed = np.where(moving, tracks.speed_mps, 0.0)
    yaw_rate = np.where(moving & np.isfinite(tracks.yaw_rate_rps), tracks.yaw_rate_rps, 0.0)
    length_m = motion.TRAILER_M[fleet.kind]
    tows = (length_m > 0) & (speed > 0)
    settles = np.where(tows, speed / np.where(tows, length_m, 1.0), 0.0)
    for_good = np.arcsin(np.clip(yaw_rate / np.where(tows, settles, np.inf), -0.95, 0.95))
    angle = motion.wrapped(tracks.heading_rad - tracks.trailer_heading_rad)
    fold = np.where(tows, np.nan_to_num(angle) - for_good, 0.0)
    bends = np.abs(yaw_rate) > TURNING_RPS
    swings = np.abs(fold) > FOLDED_RAD
    # A trailer of a machine that goes straight on follows for good at the angle that it has.
    fold, yaw_rate = np.where(swings, fold, 0.0), np.where(bends, yaw_rate, 0.0)
    # Each box its machine's; numbers of this kind are followed fastest.
    mover = boxes.mover.astype(np.intp)
    known, goes, settles = known.take(mover), moving.take(mover), settles.take(mover)
    towed = (boxes.joint == Joint.TRAILER) | (boxes.joint == Joint.CARGO)
    own = known & ~towed
    goes &= towed

    def along(way: Floats, now_mps: Floats) -> tuple[Floats, Floats, Floats]:
        """Give along one axis how fast machines go, boxes slide against them, and boxes go on."""
        told_mps, on_mps = (tracks.speed_mps * way).take(mover), (speed * way).take(mover)
        slide_mps = np.where(own, now_mps - np.where(np.isnan(told_mps), 0.0, told_mps), 0.0)
        slide_mps[np.abs(slide_mps) <= _ROUNDING] = 0.0
        return on_mps, slide_mps, np.where(goes, now_mps, np.where(towed, 0.0, on_mps + slide_mps))

    vx, slide_x, box_vx = along(np.cos(tracks.heading_rad), boxes.vx_mps)
    vy, slide_y, box_vy = along(np.sin(tracks.heading_rad), boxes.vy_mps)
    boxes = boxes.with_columns(vx_mps=box_vx, vy_mps=box_vy, vz_mps=np.where(known, boxes.vz_mps, 0.0))
    return Ahead(
        boxes, tracks.x_m.take(mover), tracks.y_m.take(mover), vx, vy, yaw_rate.take(mover),
        np.where(towed, fold.take(mover), 0.0), settles, slide_x, slide_y,
    )  # fmt: skip


_ROUNDING = 1e-9


def swept(ahead: Ahead, horizon_s: float) -> tuple[Floats, Floats]:
    """Give bounds, x, y and z, each (3, n) [m], of all places where boxes will be within a horizon."""
    return _swept(ahead, horizon_s)[:2]


def _swept(ahead: Ahead, horizon_s: float) -> tuple[Floats, Floats, Rows, Slices | None]:
    """Give :func:`swept`, and the rows that turn with their bounds part by part of the horizon."""
    boxes = ahead.boxes
    low, high = collision.bounds_of(boxes)
    for axis, speed in enumerate((boxes.vx_mps, boxes.vy_mps, boxes.vz_mps)):
        way = horizon_s * speed
        low[axis] += np.minimum(way, 0.0)
        high[axis] += np.maximum(way, 0.0)
    rows = np.flatnonzero(ahead.turning)
    if not len(rows):
        return low, high, rows, None
    parts, low[:2, rows], high[:2, rows] = slices.bent(ahead, rows, horizon_s)
    return low, high, rows, parts


def contacts(
    ahead: Ahead, stock: Stock, slots: Slots, horizon_s: float, near: Nearby | None = None,
    leave_out: Callable[[Boxes, Rows, Rows], Flags] | None = None,
    alone: Callable[[Boxes], Flags] | None = None, wide: Ahead | None = None,
) -> tuple[Contacts, Nearby]:  # fmt: skip
    """Find all contacts of machines with one another and with stacks within a horizon.

    Parameters
    ----------
    ahead : Ahead
        All parts of all machines, machine after machine.
    stock, slots
        What stands where.
    horizon_s : float
        How far ahead to look [s].
    near : Nearby or None
        What this gave at the tick before, for the same machines and horizon.
    leave_out : callable, optional
        Of boxes and pairs of their rows; tells which pairs may touch.
    alone : callable, optional
        Of boxes; tells of which the soonest contact with stacks is asked for each alone, (n,) bool. Of the
        others that of their machine will do.
    wide : Ahead, optional
        The same boxes, none smaller, as wide as their places are uncertain: then pairs of machines of which
        one moves are asked with these as well.

    Returns
    -------
    Contacts
    Nearby
        To be handed in at the next tick.
    """
    boxes = ahead.boxes
    low, high, turning, parts = _swept(ahead if wide is None else wide, horizon_s)
    near = nearby.kept(near, boxes, low, high, stock, slots)
    i, j = nearby.meet(near.i, near.j, low, high)
    if leave_out is not None and len(i):
        kept = np.flatnonzero(~leave_out(boxes, i, j))
        i, j = i[kept], j[kept]
    blocks = near.blocks
    met = np.flatnonzero(low[2][near.box] < blocks.top_m[near.block])
    box, block = nearby.meet_blocks(near.box[met], near.block[met], low, high, blocks)
    if not len(i) and not len(box):
        return no_contacts(), near
    at = _swept_in_block(ahead, box, blocks, block, (low, high), horizon_s)
    pair, ground = standing.stacks_under(low[2][box], blocks, block, at)
    there, row = _each_once(ground, len(slots))
    stacks = still(standing.stack_boxes(blocks.stock, blocks.slots, there))
    movers, against = Asked(ahead, i, ahead, j), Asked(ahead, box[pair], stacks, row)
    if parts is not None:
        movers, against = _narrowed(movers, against, turning, parts, horizon_s)
    asked = [movers, against]
    if wide is not None:
        moves = (boxes.vx_mps != 0.0) | (boxes.vy_mps != 0.0)
        moving = np.flatnonzero(moves[movers.i] | moves[movers.j])
        asked.append(replace(movers.take(moving, None), one=wide, other=wide))
    times_s = _times(asked, [_kinds(part, boxes, alone) for part in asked], horizon_s)
    hit, stood = (np.flatnonzero(np.isfinite(time_s)) for time_s in times_s[:2])
    found = Contacts(
        movers.i[hit], movers.j[hit], times_s[0][hit], against.i[stood], there[against.j[stood]],
        times_s[1][stood],
    )  # fmt: skip
    if wide is None:
        return found, near
    used_up = np.flatnonzero(np.isfinite(times_s[2]))
    return replace(
        found, wide_i=asked[2].i[used_up], wide_j=asked[2].j[used_up], breach_s=times_s[2][used_up]
    ), near


def _kinds(part: Asked, boxes: Boxes, alone: Callable[[Boxes], Flags] | None) -> NDArray[np.integer]:
    """Give one number to pairs of which one answer will do: those of two machines; those with stacks."""
    if part.other is part.one:
        return boxes.mover[part.i].astype(np.int64) << 32 | boxes.mover[part.j]
    return _answered(boxes, alone)[part.i]


def _answered(boxes: Boxes, alone: Callable[[Boxes], Flags] | None) -> Rows:
    """Give one number to the boxes of which one answer will do, (n,): a machine's, but for those alone."""
    own = boxes.mover < 0
    if alone is not None:
        own |= alone(boxes)
    number: Rows = boxes.mover.astype(np.intp)
    rows = np.flatnonzero(own)
    number[rows] = len(boxes) + rows
    return number


def _each_once(rows: Rows, many: int) -> tuple[Rows, Rows]:
    """Give the distinct ones of rows below a number, and where among them each is: as ``np.unique`` does."""
    there = np.zeros(many, np.bool_)
    there[rows] = True
    found = np.flatnonzero(there)
    place = np.empty(many, np.intp)
    place[found] = np.arange(len(found))
    return found, place[rows]


def _narrowed(
    movers: Asked, against: Asked, turning: Rows, parts: Slices, horizon_s: float
) -> tuple[Asked, Asked]:
    """Leave out pairs of which one turns that never meet part by part, and narrow when others may."""
    ahead, n = movers.one, len(movers.one.boxes)
    row = np.full(n, -1, np.intp)
    row[turning] = np.arange(len(turning))
    one_of, other_of = row[movers.i], row[movers.j]
    pairs = np.flatnonzero((one_of >= 0) | (other_of >= 0))
    beside = np.zeros(n, np.bool_)
    beside[movers.i[pairs]] = beside[movers.j[pairs]] = True
    beside[turning] = False
    others = np.flatnonzero(beside)
    row[others] = len(turning) + np.arange(len(others))
    every = parts.and_then(slices.straight(ahead.boxes, others, horizon_s))
    span = slices.window(every, row[movers.i[pairs]], every, row[movers.j[pairs]])
    found = movers.within(pairs, *span)
    pairs = np.flatnonzero(row[against.i] >= 0) if len(against) else np.empty(0, np.intp)
    pairs = pairs[row[against.i[pairs]] < len(turning)]
    still_there = slices.standing(against.other.boxes, parts.part_s)
    span = slices.window(parts, row[against.i[pairs]], still_there, against.j[pairs])
    return found, against.within(pairs, *span)


def _times(
    asked: Sequence[Asked], kinds: Sequence[NDArray[np.integer] | None], horizon_s: float
) -> tuple[Floats, ...]:
    """Give when pairs first overlap, of each set: in closed form where none turns.

    Of pairs on arcs with one number in ``kinds`` the soonest at least is told.
    """
    times_s = tuple(np.full(len(part), np.inf) for part in asked)
    straight, bends, rows = [], [], []
    turns = {id(table): table.turning for part in asked for table in (part.one, part.other)}
    for part, kind, time_s in zip(asked, kinds, times_s, strict=True):
        turning = turns[id(part.one)][part.i] | turns[id(part.other)][part.j]
        bent = np.flatnonzero(turning)
        straight.append(np.flatnonzero(~turning))
        if len(bent):
            bends.append(part.take(bent, None if kind is None else _numbered(kind[bent])))
            rows.append((time_s, bent))
    if any(map(len, straight)):
        sets = tuple(zip(asked, straight, strict=True))
        one = np.hstack([collision.straight_of(part.one.boxes, part.i[some]) for part, some in sets])
        other = np.hstack([collision.straight_of(part.other.boxes, part.j[some]) for part, some in sets])
        found = np.split(
            collision.straight_contact_s(one, other, horizon_s), np.cumsum([*map(len, straight)])[:-1]
        )
        for time_s, some, of_some in zip(times_s, straight, found, strict=True):
            time_s[some] = of_some
    if bends:
        for (time_s, bent), of_bent in zip(rows, arcs.first_contacts(bends, horizon_s), strict=True):
            time_s[bent] = of_bent
    return times_s


def _numbered(kind: NDArray[np.integer]) -> Rows:
    """Give each number its place among the distinct ones, in their order."""
    largest = int(kind.max())
    if largest < _DENSE:
        return _each_once(kind.astype(np.intp), largest + 1)[1]
    place: Rows = np.unique(kind, return_inverse=True)[1]
    return place


def time_to_contact(one: Ahead, i: Rows, other: Ahead, j: Rows, horizon_s: float) -> Floats:
    """Give when pairs first overlap.

    Parameters
    ----------
    one, i : Ahead, (k,)
        A table of boxes, and the row of each pair's one box in it.
    other, j : Ahead, (k,)
        The same of each pair's other box.
    horizon_s : float
        Contacts later than this do not count [s].

    Returns
    -------
    (k,)
        0 where they overlap now, infinite where they do not within the horizon.

    Notes
    -----
    Pairs of which none turns are answered in closed form, the others as :mod:`twin.safety.arcs` tells.
    """
    return _times((Asked(one, i, other, j),), (None,), horizon_s)[0]


def _swept_in_block(
    ahead: Ahead, box: Rows, blocks: Blocks, block: Rows, bounds: tuple[Floats, Floats], horizon_s: float
) -> InBlock:
    """Bring what boxes sweep into the frames of blocks: as it is on straight ways, its bounds on arcs."""
    boxes = ahead.boxes
    back = blocks.ahead[block].conj()
    way = horizon_s * standing.plane(boxes.vx_mps[box], boxes.vy_mps[box]) * back
    at = standing.in_block(boxes, box, blocks, block).swept(way)
    rows = np.flatnonzero(ahead.turning[box])
    if len(rows):
        on_arcs = standing.bounds_in_block(*bounds, box[rows], blocks, block[rows])
        at.at_m[:, rows], at.reach_m[:, rows] = on_arcs.at_m, on_arcs.reach_m
    return at
