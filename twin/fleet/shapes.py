"""The shapes of machines as oriented boxes: all parts of all machines in one table."""

from dataclasses import dataclass
from functools import lru_cache
from typing import Any

import numpy as np
from numpy.typing import NDArray

from twin.fleet.kinds import KIND_NAMES, KINDS, Joint, Part
from twin.tables import Bytes, Flags, Floats, Ints, Table

Rows = NDArray[np.intp]

BOX_WIDTH_M = 2.438
"""Width of every freight container [m] (ISO 668)."""
BARE_SPREADER_M = 6.058
"""Length at which a spreader without a load is counted [m]: telescoped to 20 ft.

A spreader that hangs empty between two taller stacks is at 20 ft wherever 40 ft would not go in,
so the shorter length raises no alarm where there is nothing to hit.
"""
LOAD_PART = 100
"""``Boxes.part`` of the box under a spreader."""
CARGO_PART = 101
"""``Boxes.part`` of the box on a vehicle."""


@dataclass(frozen=True, eq=False)
class Boxes(Table):
    """Oriented boxes in the yard frame, one row a part of a machine.

    Attributes
    ----------
    x_m, y_m : (n,) float
        Centre.
    cos, sin : (n,) float
        Of the heading of the box's longer way, its length.
    half_l_m, half_w_m : (n,) float
        Half extents along and across that heading.
    bottom_m, top_m : (n,) float
        Height of the under and the upper face above ground.
    vx_mps, vy_mps : (n,) float
        Velocity over ground.
    mover : (n,) int32
        Row of the machine; -1 where it is none.
    part : (n,) int8
        Index into ``Kind.parts``; LOAD_PART, CARGO_PART; -1 where it belongs to no machine.
    joint : (n,) int8
        :class:`~twin.fleet.kinds.Joint`; -1 where it belongs to no machine.
    vz_mps : (n,) float
        Upward velocity: of what hangs from a hoist, and of a boom that is raised.
    """

    x_m: Floats
    y_m: Floats
    cos: Floats
    sin: Floats
    half_l_m: Floats
    half_w_m: Floats
    bottom_m: Floats
    top_m: Floats
    vx_mps: Floats
    vy_mps: Floats
    mover: Ints
    part: Bytes
    joint: Bytes
    vz_mps: Floats

    def __len__(self) -> int:
        """Give the number of boxes."""
        return len(self.x_m)

    def take(self, rows: NDArray[np.integer] | NDArray[np.bool_]) -> "Boxes":
        """Give the named rows, in that order; rows may repeat."""
        return Boxes(**{name: getattr(self, name)[rows] for name in self.__dataclass_fields__})


def _parts_of(name: str) -> list[tuple[int, Part]]:
    """List the parts of a kind; a spreader brings its load and a deck its cargo, of no size yet."""
    kind = KINDS[name]
    parts = list(enumerate(kind.parts))
    for part in kind.parts:
        if part.joint == Joint.SPREADER:
            cx, cy, _ = part.centre_m
            parts.append((LOAD_PART, Part("load", Joint.LOAD, (cx, cy, 0.0), part.half_m)))
    if kind.cargo_m[1] > 0:
        x, z = kind.cargo_m
        parts.append((CARGO_PART, Part("cargo", Joint.CARGO, (x, 0.0, z), (0.0, BOX_WIDTH_M / 2, 0.0))))
    return parts


_BY_KIND = [_parts_of(name) for name in KIND_NAMES]
_COUNT = np.array([len(parts) for parts in _BY_KIND])
_FIRST = np.concatenate(([0], np.cumsum(_COUNT)[:-1]))
_ALL = [part for parts in _BY_KIND for part in parts]
_NUMBER = np.array([number for number, _ in _ALL], np.int8)
_PARTS = [part for _, part in _ALL]
_JOINT = np.array([part.joint for part in _PARTS], np.int8)
_SHAPE_M = np.array([part.centre_m + part.half_m for part in _PARTS])
_LENGTHWAYS = _SHAPE_M[:, 3] >= _SHAPE_M[:, 4]
_TOWED = np.isin(_JOINT, (Joint.TRAILER, Joint.CARGO))
_SLIDES = np.isin(_JOINT, (Joint.TROLLEY, Joint.SPREADER, Joint.LOAD))
_HANGS = np.isin(_JOINT, (Joint.SPREADER, Joint.LOAD))
_SHARES = np.zeros((2, len(_ALL)))
"""From where to where each stretch of a boom reaches, as shares of its way to the machine's front."""
for _parts in _BY_KIND:
    _stretches = [part for _, part in _parts if part.joint == Joint.BOOM]
    for _index, _part in enumerate(_stretches):
        _row = next(row for row, part in enumerate(_PARTS) if part is _part)
        _SHARES[:, _row] = _index / len(_stretches), (_index + 1) / len(_stretches)
_SPREADER_X_M = np.array([KINDS[name].spreader_x_m for name in KIND_NAMES])
_HINGE_M = np.array([KINDS[name].boom_hinge_m for name in KIND_NAMES]).T.copy()
_FRONT_M = np.array([KINDS[name].boom_front_m for name in KIND_NAMES])
_HEAD_M = np.array([KINDS[name].boom_head_m for name in KIND_NAMES])
_REACHES = np.array([KINDS[name].trolley_range_m != (0.0, 0.0) for name in KIND_NAMES])
IN_FRONT = _SPREADER_X_M > 0
"""By kind: one that holds its spreader in front (a reach stacker): `trolley_m` is its boom's reach."""
_TRAILS = np.array([KINDS[name].trailer_m > 0 for name in KIND_NAMES])
_NEEDS_TROLLEY = _REACHES & ~IN_FRONT


def spreader_offset(kind: Bytes, trolley_m: Floats) -> tuple[Floats, Floats]:
    """Give where the spreader's centre is in the machine's frame.

    Parameters
    ----------
    kind : (n,) int8
    trolley_m : (n,)
        Along machine y for a crane; for a reach stacker, which has no trolley, how far its boom
        reaches out along x beyond its shortest reach. NaN counts as 0; so does any value of a kind
        whose spreader neither slides nor reaches out (a straddle carrier).

    Returns
    -------
    x_m, y_m : (n,)
        Forward and to the left of the machine's origin [m].
    """
    slide_m = np.where(_REACHES[kind], np.nan_to_num(trolley_m), 0.0)
    front = IN_FRONT[kind]
    return _SPREADER_X_M[kind] + np.where(front, slide_m, 0.0), np.where(front, 0.0, slide_m)


def mover_boxes(
    kind: Bytes, x: Floats, y: Floats, heading: Floats, trailer_heading: Floats, trolley: Floats,
    hoist: Floats, vx: Floats, vy: Floats, load_length_m: Floats, load_height_m: Floats,
    cargo_length_m: Floats, cargo_height_m: Floats, trolley_rate: Floats | None = None,
    hoist_rate: Floats | None = None,
) -> Boxes:  # fmt: skip
    """Lay out all parts of all machines, with what they hold and carry.

    Parameters
    ----------
    kind : (n,) int8
        Index into ``kinds.KIND_NAMES``.
    x, y, heading, trailer_heading : (n,) float
        Pose of the origin in the yard frame [m, rad]. A row whose x, y or heading is not finite gives
        no box; a trailer whose heading is NaN stands straight behind its tractor, and a kind without
        a trailer has none.
    trolley, hoist : (n,) float
        Of cranes [m]; NaN gives no trolley, spreader and load, and leaves a boom at rest.
    vx, vy : (n,) float
        Velocity of the machine [m/s]; NaN counts as 0.
    load_length_m, load_height_m, cargo_length_m, cargo_height_m : (n,) float
        Size of the box under the spreader and on the vehicle [m]; NaN where there is none.
    trolley_rate, hoist_rate : (n,) float, optional
        How fast trolley and hoist go [m/s]; NaN, and where they are not given, counts as 0.

    Returns
    -------
    Boxes
        Machine after machine, part after part.
    """
    whole = _whole(kind, trolley, hoist, load_length_m + load_height_m, cargo_length_m + cargo_height_m)
    plan = _plan(kind.tobytes(), np.isfinite(x + y + heading).tobytes(), whole.tobytes())
    mover, part = plan.mover, plan.part
    centre_m, half_m, speed_mps = plan.centre_m.copy(), plan.half_m.copy(), np.zeros((3, len(part)))
    rates = tuple(np.zeros(len(kind)) if r is None else np.nan_to_num(r) for r in (trolley_rate, hoist_rate))
    if len(plan.slides):
        _slide(plan.slides, mover, kind, centre_m, speed_mps, trolley, rates[0])
    if len(plan.hangs):
        held = hoist, load_length_m, load_height_m, rates[1]
        _hang(plan.hangs, part, mover, centre_m, half_m, speed_mps, held)
    if len(plan.set_down):
        _set_down(plan.set_down, mover, centre_m, half_m, cargo_length_m, cargo_height_m)
    if len(plan.booms):
        _raise(plan.booms, part, mover, kind, centre_m, half_m, speed_mps, trolley, hoist, rates)
    return _placed(plan, (kind, x, y, heading, trailer_heading, vx, vy), centre_m, half_m, speed_mps)


@dataclass(frozen=True, slots=True)
class _Plan:
    """Which parts there are, before anything of them moves.

    Attributes
    ----------
    mover, part : (k,)
        Row of the machine, and of the part among those of all kinds.
    frame : (k,)
        The row of what it turns with: its machine, or beyond these its machine's trailer.
    machine, number, joint : (k,)
        Columns of the boxes.
    centre_m, half_m : (3, k) float
    slides, hangs, set_down, booms : (l,)
        Rows of those that hang from a trolley or a boom, from a hoist, lie on a deck, make up a boom.
    """

    mover: Rows
    part: Rows
    frame: Rows
    machine: Ints
    number: Bytes
    joint: Bytes
    centre_m: Floats
    half_m: Floats
    slides: Rows
    hangs: Rows
    set_down: Rows
    booms: Rows


@lru_cache(maxsize=8)
def _plan(kinds: bytes, here: bytes, known: bytes) -> _Plan:
    """Lay the parts out that there are: the same from tick to tick while nothing is lifted or set.

    Parameters
    ----------
    kinds, here, known : bytes
        Of each machine its kind, int8, and whether its pose is known, bool; what :func:`_whole` gives.
    """
    kind, whole = np.frombuffer(kinds, np.int8), np.frombuffer(known, np.bool_)
    there = np.flatnonzero(np.frombuffer(here, np.bool_))
    counts = _COUNT[kind[there]]
    mover = np.repeat(there, counts)
    first = np.cumsum(counts) - counts
    part = np.arange(len(mover)) + np.repeat(_FIRST[kind[there]] - first, counts)
    kept = np.flatnonzero(np.take(whole, mover * len(Joint) + _JOINT[part]))
    mover, part = mover[kept], part[kept]
    shape = np.take(_SHAPE_M, part, axis=0).T.copy()
    joint = _JOINT[part]
    machine, number = mover.astype(np.int32), _NUMBER[part]
    for column in (machine, number, joint):
        column.setflags(write=False)
    return _Plan(
        mover, part, mover + len(kind) * _TOWED[part], machine, number, joint, shape[:3], shape[3:],
        np.flatnonzero(_SLIDES[part]), np.flatnonzero(_HANGS[part]), np.flatnonzero(joint == Joint.CARGO),
        np.flatnonzero(joint == Joint.BOOM),
    )  # fmt: skip


def _whole(kind: Bytes, trolley_m: Floats, hoist_m: Floats, load_m: Floats, cargo_m: Floats) -> Flags:
    """Tell of which joints all is known, (n, joints): a part of another joint is not there."""
    whole = np.ones((len(kind), len(Joint)), np.bool_)
    slides = ~_NEEDS_TROLLEY[kind] | np.isfinite(trolley_m)
    hangs = slides & np.isfinite(hoist_m)
    whole[:, Joint.TROLLEY], whole[:, Joint.SPREADER] = slides, hangs
    whole[:, Joint.LOAD], whole[:, Joint.CARGO] = hangs & np.isfinite(load_m), np.isfinite(cargo_m)
    return whole


def _slide(
    rows: Rows, mover: Rows, kind: Bytes, centre_m: Floats, speed_mps: Floats, trolley_m: Floats, rate: Floats
) -> None:
    """Move what hangs from a trolley or a boom along its way."""
    machine = mover[rows]
    kinds, slide_m = kind[machine], trolley_m[machine]
    slide_m = np.where(_NEEDS_TROLLEY[kinds], slide_m, np.where(_REACHES[kinds], np.nan_to_num(slide_m), 0.0))
    axis = np.where(IN_FRONT[kinds], 0, 1)
    centre_m[axis, rows] += slide_m
    speed_mps[axis, rows] += np.where(_REACHES[kinds], rate[machine], 0.0)


def _hang(
    rows: Rows, part: Rows, mover: Rows, centre_m: Floats, half_m: Floats, speed_mps: Floats,
    held: tuple[Floats, ...],
) -> None:  # fmt: skip
    """Give spreaders and loads their height and length: a spreader is as long as what it holds."""
    hoist_m, length_m, height_m, rate = (column[mover[rows]] for column in held)
    load = _JOINT[part[rows]] == Joint.LOAD
    along = np.where(_LENGTHWAYS[part[rows]], 0, 1)
    bare = ~load & np.isnan(length_m)
    half_m[along, rows] = np.where(bare, BARE_SPREADER_M, length_m) / 2
    half_m[1 - along[load], rows[load]] = BOX_WIDTH_M / 2
    half_m[2, rows[load]] = height_m[load] / 2
    centre_m[2, rows] += np.where(load, hoist_m - height_m / 2, hoist_m)
    speed_mps[2, rows] = rate


def _set_down(
    rows: Rows, mover: Rows, centre_m: Floats, half_m: Floats, length_m: Floats, height_m: Floats
) -> None:
    half_m[0, rows], half_m[2, rows] = length_m[mover[rows]] / 2, height_m[mover[rows]] / 2
    centre_m[2, rows] += height_m[mover[rows]] / 2


def _raise(
    rows: Rows, part: Rows, mover: Rows, kind: Bytes, centre_m: Floats, half_m: Floats, speed_mps: Floats,
    trolley_m: Floats, hoist_m: Floats, rates: tuple[Floats, ...],
) -> None:  # fmt: skip
    """Lay the stretches of booms between hinge and head, where the hoist is known."""
    rows = rows[np.isfinite(hoist_m[mover[rows]])]
    machine, kinds, shares = mover[rows], kind[mover[rows]], _SHARES[:, part[rows]]
    hinge_x_m, hinge_z_m = _HINGE_M[:, kinds]
    long_m = _SPREADER_X_M[kinds] + np.nan_to_num(trolley_m[machine]) - hinge_x_m
    along_m = shares * (_FRONT_M[kinds] - hinge_x_m)
    up_m = along_m / long_m * (hoist_m[machine] + _HEAD_M[kinds] - hinge_z_m)
    centre_m[0, rows], half_m[0, rows] = hinge_x_m + along_m.mean(axis=0), (along_m[1] - along_m[0]) / 2
    centre_m[2, rows] = hinge_z_m + up_m.mean(axis=0)
    half_m[2, rows] += np.abs(up_m[1] - up_m[0]) / 2
    speed_mps[2, rows] = along_m[1] / long_m * rates[1][machine]


def _placed(plan: _Plan, pose: tuple[Any, ...], centre_m: Floats, half_m: Floats, speed_mps: Floats) -> Boxes:
    """Turn boxes from their machines' frames into the yard's."""
    x_m, y_m, c, s, vx_mps, vy_mps = (column[plan.frame] for column in _frames(*pose))
    forward_m, left_m, middle_m = centre_m
    _shift(x_m, y_m, c, s, forward_m, left_m)
    if len(plan.slides):
        _shift(vx_mps, vy_mps, c, s, *speed_mps[:2])
    cos, sin, half_l, half_w = c, s, half_m[0], half_m[1]
    # A box is headed along its longer side.
    wide = np.flatnonzero(half_w > half_l)
    cos[wide], sin[wide] = -sin[wide], cos[wide]
    half_l[wide], half_w[wide] = half_w[wide], half_l[wide]
    return Boxes(
        x_m, y_m, cos, sin, half_l, half_w, middle_m - half_m[2], middle_m + half_m[2], vx_mps, vy_mps,
        plan.machine, plan.number, plan.joint, speed_mps[2],
    )  # fmt: skip


def _shift(x: Floats, y: Floats, c: Floats, s: Floats, forward: Floats, left: Floats) -> None:
    """Move points, in place, as told in frames with those directions."""
    x += c * forward
    x -= s * left
    y += s * forward
    y += c * left


def _frames(
    kind: Bytes, x: Floats, y: Floats, heading: Floats, trailer_heading: Floats, vx: Floats, vy: Floats
) -> tuple[Floats, ...]:
    """Give place, direction and velocity of n machines, and after them of their trailers, each (2 n,)."""
    vx, vy = np.nan_to_num(vx), np.nan_to_num(vy)
    follows = ~np.isnan(trailer_heading) & _TRAILS[kind]
    both = np.concatenate((heading, np.where(follows, trailer_heading, heading)))
    c, s = np.cos(both), np.sin(both)
    towed_c, towed_s = c[len(x) :], s[len(x) :]
    # A trailer follows its own heading with what of the tractor's velocity lies along it.
    along = vx * towed_c + vy * towed_s
    vx, vy = np.concatenate((vx, along * towed_c)), np.concatenate((vy, along * towed_s))
    return np.concatenate((x, x)), np.concatenate((y, y)), c, s, vx + 0.0, vy + 0.0
