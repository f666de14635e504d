"""The shapes of machines as oriented boxes: all parts of all machines in one table."""

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from twin.fleet.kinds import KIND_NAMES, KINDS, Joint, Part
from twin.tables import Bytes, Floats, Ints, Table

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
_JOINT = np.array([part.joint for _, part in _ALL], np.int8)
_CENTRE_M = np.array([part.centre_m for _, part in _ALL])
_HALF_M = np.array([part.half_m for _, part in _ALL])
_SPREADER_X_M = np.array([KINDS[name].spreader_x_m for name in KIND_NAMES])
IN_FRONT = _SPREADER_X_M > 0
"""By kind: one that holds its spreader in front (a reach stacker): `trolley_m` is its boom's reach."""


def spreader_offset(kind: Bytes, trolley_m: Floats) -> tuple[Floats, Floats]:
    """Give where the spreader's centre is in the machine's frame.

    Parameters
    ----------
    kind : (n,) int8
    trolley_m : (n,)
        Along machine y for a crane; for a reach stacker, which has no trolley, how far its boom
        reaches out along x beyond its shortest reach. NaN counts as 0.

    Returns
    -------
    x_m, y_m : (n,)
        Forward and to the left of the machine's origin [m].
    """
    slide_m = np.nan_to_num(trolley_m)
    front = IN_FRONT[kind]
    return _SPREADER_X_M[kind] + np.where(front, slide_m, 0.0), np.where(front, 0.0, slide_m)


def mover_boxes(
    kind: Bytes, x: Floats, y: Floats, heading: Floats, trailer_heading: Floats, trolley: Floats,
    hoist: Floats, vx: Floats, vy: Floats, load_length_m: Floats, load_height_m: Floats,
    cargo_length_m: Floats, cargo_height_m: Floats,
) -> Boxes:  # fmt: skip
    """Lay out all parts of all machines, with what they hold and carry.

    Parameters
    ----------
    kind : (n,) int8
        Index into ``kinds.KIND_NAMES``.
    x, y, heading, trailer_heading : (n,) float
        Pose of the origin in the yard frame [m, rad]. A row whose x, y or heading is NaN gives no
        box; a trailer whose heading is NaN stands straight behind its tractor.
    trolley, hoist : (n,) float
        Of cranes [m]; NaN gives no trolley, spreader and load.
    vx, vy : (n,) float
        Velocity of the machine [m/s]; NaN counts as 0.
    load_length_m, load_height_m, cargo_length_m, cargo_height_m : (n,) float
        Size of the box under the spreader and on the vehicle [m]; NaN where there is none.

    Returns
    -------
    Boxes
        Machine after machine, part after part.
    """
    mover = np.flatnonzero(np.isfinite(x + y + heading))
    mover = np.repeat(mover, _COUNT[kind[mover]])
    within = np.arange(len(mover)) - np.searchsorted(mover, mover)
    part = _FIRST[kind[mover]] + within
    joint, centre_m, half_m = _JOINT[part], _CENTRE_M[part].copy(), _HALF_M[part].copy()
    _slide(joint, centre_m, kind[mover], trolley[mover])
    _hang(joint, centre_m, half_m, hoist[mover], load_length_m[mover], load_height_m[mover])
    _set_down(joint, centre_m, half_m, cargo_length_m[mover], cargo_height_m[mover])
    towed = (joint == Joint.TRAILER) | (joint == Joint.CARGO)
    course = np.where(towed & ~np.isnan(trailer_heading[mover]), trailer_heading[mover], heading[mover])
    c, s = np.cos(course), np.sin(course)
    vx_mps, vy_mps = _velocities(towed, c, s, np.nan_to_num(vx[mover]), np.nan_to_num(vy[mover]))
    forward_m, left_m = centre_m[:, 0], centre_m[:, 1]
    boxes = Boxes(
        x[mover] + c * forward_m - s * left_m, y[mover] + s * forward_m + c * left_m, c, s,
        half_m[:, 0], half_m[:, 1], centre_m[:, 2] - half_m[:, 2], centre_m[:, 2] + half_m[:, 2],
        vx_mps, vy_mps, mover.astype(np.int32), _NUMBER[part], joint,
    )  # fmt: skip
    there = np.isfinite(centre_m).all(axis=1) & np.isfinite(half_m).all(axis=1)
    return _lengthwise(boxes.take(there))


def _slide(joint: Bytes, centre_m: Floats, kind: Bytes, trolley_m: Floats) -> None:
    """Move what hangs from a trolley or a boom along its way."""
    moved = (joint == Joint.TROLLEY) | (joint == Joint.SPREADER) | (joint == Joint.LOAD)
    front = IN_FRONT[kind]
    centre_m[:, 0] += np.where(moved & front, np.nan_to_num(trolley_m), 0.0)
    centre_m[:, 1] += np.where(moved & ~front, trolley_m, 0.0)


def _hang(
    joint: Bytes, centre_m: Floats, half_m: Floats, hoist_m: Floats, length_m: Floats, height_m: Floats
) -> None:
    """Give spreaders and loads their height and length: a spreader is as long as what it holds."""
    spreader, load = joint == Joint.SPREADER, joint == Joint.LOAD
    hanging = np.flatnonzero(spreader | load)
    along = np.where(half_m[hanging, 0] >= half_m[hanging, 1], 0, 1)
    bare = spreader[hanging] & np.isnan(length_m[hanging])
    half_m[hanging, along] = np.where(bare, BARE_SPREADER_M, length_m[hanging]) / 2
    half_m[load, 2] = height_m[load] / 2
    across = 1 - along[load[hanging]]
    half_m[np.flatnonzero(load), across] = BOX_WIDTH_M / 2
    centre_m[:, 2] += np.where(spreader, hoist_m, 0.0)
    centre_m[:, 2] += np.where(load, hoist_m - height_m / 2, 0.0)


def _set_down(joint: Bytes, centre_m: Floats, half_m: Floats, length_m: Floats, height_m: Floats) -> None:
    cargo = joint == Joint.CARGO
    half_m[cargo, 0], half_m[cargo, 2] = length_m[cargo] / 2, height_m[cargo] / 2
    centre_m[cargo, 2] += height_m[cargo] / 2


def _velocities(
    towed: NDArray[np.bool_], c: Floats, s: Floats, vx: Floats, vy: Floats
) -> tuple[Floats, Floats]:
    """Let a trailer follow its own heading with what of the tractor's velocity lies along it."""
    along = vx * c + vy * s
    return np.where(towed, along * c, vx), np.where(towed, along * s, vy)


def _lengthwise(boxes: Boxes) -> Boxes:
    """Turn boxes that are wider than long, so that the heading is that of the longer way."""
    wide = boxes.half_w_m > boxes.half_l_m
    return boxes.with_columns(
        cos=np.where(wide, -boxes.sin, boxes.cos), sin=np.where(wide, boxes.cos, boxes.sin),
        half_l_m=np.where(wide, boxes.half_w_m, boxes.half_l_m),
        half_w_m=np.where(wide, boxes.half_l_m, boxes.half_w_m),
    )  # fmt: skip
