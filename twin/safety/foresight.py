"""Where boxes will be in the next seconds, as their machines go on now, and what they will touch."""

from collections.abc import Callable
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from twin.fleet import motion
from twin.fleet.kinds import Joint
from twin.fleet.shapes import Boxes
from twin.fleet.table import UNHEARD, Fleet, Freshness, Tracks
from twin.safety import arcs, collision, hulls, nearby, standing
from twin.safety.arcs import Ahead, Asked
from twin.safety.collision import Rows
from twin.safety.nearby import Nearby
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
_HEARD = ~np.isin(list(Freshness), UNHEARD)
_COARSE_ROUNDS = 3
"""Hulls are advanced by so many steps: what is not apart by then is looked at closely from there on."""
SAMPLE_S = 0.5
"""Bounds of arcs are drawn round places this far apart in time [s], and what may lie between."""


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
        Rows of boxes, and ground slots of the stacks; of a box on an arc the soonest at least.
    stack_time_s : (m,) float
        The same of these.
    """

    i: Rows
    j: Rows
    time_s: Floats
    box: Rows
    ground: Rows
    stack_time_s: Floats


def still(boxes: Boxes) -> Ahead:
    """Give boxes that stand."""
    nothing = np.zeros(len(boxes))
    return Ahead(boxes, boxes.x_m, boxes.y_m, *[nothing] * 7)


def ahead(fleet: Fleet, tracks: Tracks, boxes: Boxes) -> Ahead:
    """Say how boxes go on, of machines whose motion is known: a stale or lost one counts as standing.

    Yaw rates below ``TURNING_RPS`` and folds below ``FOLDED_RAD`` are noise: such go straight.
    """
    known = _HEARD[tracks.freshness]
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
    mover = boxes.mover
    towed = (boxes.joint == Joint.TRAILER) | (boxes.joint == Joint.CARGO)
    c, s = np.cos(tracks.heading_rad), np.sin(tracks.heading_rad)
    vx, vy = speed * c, speed * s
    tows_now = np.where(towed, 0.0, 1.0) * known[mover]
    slide_x = tows_now * (boxes.vx_mps - np.nan_to_num(tracks.speed_mps * c)[mover])
    slide_y = tows_now * (boxes.vy_mps - np.nan_to_num(tracks.speed_mps * s)[mover])
    slide_x, slide_y = (np.where(np.abs(slide) > _ROUNDING, slide, 0.0) for slide in (slide_x, slide_y))
    goes = moving[mover] & towed
    vx, vy = vx[mover], vy[mover]
    boxes = boxes.with_columns(
        vx_mps=np.where(goes, boxes.vx_mps, np.where(towed, 0.0, vx + slide_x)),
        vy_mps=np.where(goes, boxes.vy_mps, np.where(towed, 0.0, vy + slide_y)),
        vz_mps=np.where(known[mover], boxes.vz_mps, 0.0),
    )
    return Ahead(
        boxes, tracks.x_m[mover], tracks.y_m[mover], vx, vy, yaw_rate[mover],
        np.where(towed, fold[mover], 0.0), settles[mover], slide_x, slide_y,
    )  # fmt: skip


_ROUNDING = 1e-9


def swept(ahead: Ahead, horizon_s: float) -> tuple[Floats, Floats]:
    """Give bounds, x, y and z, each (3, n) [m], of all places where boxes will be within a horizon."""
    boxes = ahead.boxes
    low, high = collision.bounds_of(boxes)
    low, high = low.copy(), high.copy()
    for axis, speed in enumerate((boxes.vx_mps, boxes.vy_mps, boxes.vz_mps)):
        low[axis] += np.minimum(horizon_s * speed, 0.0)
        high[axis] += np.maximum(horizon_s * speed, 0.0)
    rows = np.flatnonzero(ahead.turning)
    if len(rows):
        arc_low, arc_high = _arc_bounds(ahead.take(rows), horizon_s)
        low[:2, rows], high[:2, rows] = arc_low, arc_high
    return low, high


def _arc_bounds(ahead: Ahead, horizon_s: float) -> tuple[Floats, Floats]:
    """Give bounds of boxes on arcs: round places along them, wider by what may lie between these."""
    many = max(int(np.ceil(horizon_s / SAMPLE_S)), 1) + 1
    # numba takes long to import: only where boxes on arcs are asked about.
    from twin.compiled import COMPILED

    if COMPILED:
        from twin.safety import advancing

        return advancing.bounds(arcs.columns(ahead), horizon_s, many - 1)
    when = np.linspace(0.0, horizon_s, many)
    columns = arcs.centres(ahead, when)
    boxes = ahead.boxes
    apart_s = horizon_s / (many - 1)
    # Between two places a path strays from the line between them by at most an eighth of this.
    stray = arcs.most_mps2(ahead) * apart_s**2 / 8.0 + np.sqrt(boxes.half_l_m**2 + boxes.half_w_m**2)
    low = np.stack([column.min(axis=0) - stray for column in columns])
    return low, np.stack([column.max(axis=0) + stray for column in columns])


def contacts(
    ahead: Ahead, stock: Stock, slots: Slots, horizon_s: float, near: Nearby | None = None,
    leave_out: Callable[[Boxes, Rows, Rows], Flags] | None = None,
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

    Returns
    -------
    Contacts
    Nearby
        To be handed in at the next tick.
    """
    boxes = ahead.boxes
    low, high = swept(ahead, horizon_s)
    if near is not None and not _same_rows(near, boxes):
        near = None
    near = nearby.kept(near, boxes, low, high, stock, slots)
    i, j = nearby.meet(near.i, near.j, low, high)
    if leave_out is not None and len(i):
        kept = np.flatnonzero(~leave_out(boxes, i, j))
        i, j = i[kept], j[kept]
    blocks = near.blocks
    met = np.flatnonzero(low[2][near.box] < blocks.top_m[near.block])
    box, block = nearby.meet_blocks(near.box[met], near.block[met], low, high, blocks)
    if not len(i) and not len(box):
        return Contacts(i, j, np.empty(0), box, block, np.empty(0)), near
    since_s, enters_s = _coarse(ahead, (i, j), (box, block), blocks, horizon_s)
    meets, enters = np.flatnonzero(np.isfinite(since_s)), np.flatnonzero(np.isfinite(enters_s))
    movers = Asked(ahead, i[meets], ahead, j[meets], since_s[meets])
    box, block = box[enters], block[enters]
    at = _swept_in_block(ahead, box, blocks, block, (low, high), horizon_s)
    pair, ground = standing.stacks_under(low[2][box], blocks, block, at)
    there, row = np.unique(ground, return_inverse=True)
    stacks = still(standing.stack_boxes(blocks.stock, blocks.slots, there))
    against = Asked(ahead, box[pair], stacks, row, enters_s[enters][pair])
    kinds = (boxes.mover[movers.i].astype(np.int64) << 32 | boxes.mover[movers.j], against.i)
    time_s, stack_time_s = _times((movers, against), kinds, horizon_s)
    hit, stood = np.flatnonzero(np.isfinite(time_s)), np.flatnonzero(np.isfinite(stack_time_s))
    found = Contacts(
        movers.i[hit], movers.j[hit], time_s[hit], against.i[stood], ground[stood], stack_time_s[stood]
    )
    return found, near


def _coarse(
    ahead: Ahead, movers: tuple[Rows, Rows], against: tuple[Rows, Rows], blocks: Blocks, horizon_s: float
) -> tuple[Floats, Floats]:
    """Give before when pairs surely do not touch: by hulls of machines, by outlines of blocks.

    Only pairs on arcs are looked at; infinite where they do not touch within the horizon.
    """
    (i, j), (box, block) = movers, against
    since_s, enters_s = np.zeros(len(i)), np.zeros(len(box))
    from twin.compiled import COMPILED

    if COMPILED:
        # One loop over the pairs themselves is as quick.
        return since_s, enters_s
    bent, turning = np.flatnonzero(ahead.turning[i] | ahead.turning[j]), np.flatnonzero(ahead.turning[box])
    if not len(bent) and not len(turning):
        return since_s, enters_s
    pairs = hulls.pairs_of(ahead, i[bent], j[bent], horizon_s)
    into = Asked(ahead, box[turning], still(standing.outlines(blocks)), block[turning])
    found_s, enters_s[turning] = arcs.first_contacts(
        (pairs.asked, into), horizon_s, hulls.NEAR_M, _COARSE_ROUNDS
    )
    since_s[bent] = pairs.since_s(found_s)
    return since_s, enters_s


def _times(
    asked: tuple[Asked, ...], kinds: tuple[NDArray[np.integer] | None, ...], horizon_s: float
) -> tuple[Floats, ...]:
    """Give when pairs first overlap, of each set: in closed form where none turns.

    Of pairs on arcs with one number in ``kinds`` the soonest at least is told.
    """
    times_s = tuple(np.empty(len(part)) for part in asked)
    if not any(map(len, asked)):
        return times_s
    bends, rows = [], []
    for part, kind, time_s in zip(asked, kinds, times_s, strict=True):
        turning = part.one.turning[part.i] | part.other.turning[part.j]
        straight, bent = np.flatnonzero(~turning), np.flatnonzero(turning)
        if len(straight):
            time_s[straight] = collision.time_to_contact(
                part.one.boxes.take(part.i[straight]), part.other.boxes.take(part.j[straight]), horizon_s
            )
        if not len(bent):
            continue
        since_s = np.broadcast_to(part.since_s, len(part))[bent]
        soonest_of = None if kind is None else np.unique(kind[bent], return_inverse=True)[1]
        bends.append(Asked(part.one, part.i[bent], part.other, part.j[bent], since_s, np.inf, soonest_of))
        rows.append((time_s, bent))
    if bends:
        found = arcs.first_contacts(bends, horizon_s)
        for (time_s, bent), of_bent in zip(rows, found, strict=True):
            time_s[bent] = of_bent
    return times_s


def _same_rows(near: Nearby, boxes: Boxes) -> bool:
    mover = near.machines.mover
    return len(mover) == len(boxes) and bool((mover == boxes.mover).all())


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
    at = standing.in_block(boxes, box, blocks, block)
    c, s = blocks.cos[block], blocks.sin[block]
    way_x, way_y = horizon_s * boxes.vx_mps[box], horizon_s * boxes.vy_mps[box]
    half_u, half_v = (c * way_x + s * way_y) / 2.0, (c * way_y - s * way_x) / 2.0
    u, v = at.u_m + half_u, at.v_m + half_v
    reach_u, reach_v = at.reach_u_m + np.abs(half_u), at.reach_v_m + np.abs(half_v)
    rows = np.flatnonzero(ahead.turning[box])
    if len(rows):
        low, high = bounds
        some, of = box[rows], block[rows]
        dx, dy = (low[:2, some] + high[:2, some]) / 2.0 - np.stack((blocks.x0_m[of], blocks.y0_m[of]))
        half_x, half_y = (high[:2, some] - low[:2, some]) / 2.0
        c, s = blocks.cos[of], blocks.sin[of]
        u[rows], v[rows] = c * dx + s * dy, c * dy - s * dx
        reach_u[rows] = np.abs(c) * half_x + np.abs(s) * half_y
        reach_v[rows] = np.abs(s) * half_x + np.abs(c) * half_y
    return InBlock(u, v, reach_u, reach_v)
