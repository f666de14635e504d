"""Where the points of machines are, and in which colours: whole kinds at once."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from twin.fleet.shapes import BARE_SPREADER_M
from twin.fleet.table import UNHEARD, Fleet, Freshness, Tracks
from twin.stock.table import Stock
from twin.tables import Floats, Ints
from ui.scene.faces import half_lengths
from ui.scene.light import SUN, SUN_SHARE
from ui.scene.machine_parts import BOOM, SPREADER, TRAILER, TROLLEY, Template
from ui.scene.meshes import Colours

_DRAWN_HALF_M = 12.192 / 2
DOUBTFUL = (*UNHEARD, Freshness.SUSPECT)
"""Machines of this freshness are hatched and greyed: where they are cannot be trusted."""


def drawn_rows(fleet: Fleet, tracks: Tracks) -> Ints:
    """Give the fleet rows that are in the yard and have a position."""
    known = fleet.present & np.isfinite(tracks.x_m) & np.isfinite(tracks.y_m)
    return np.nonzero(known)[0].astype(np.int32)


def rest_pose(tracks: Tracks, rows: Ints) -> tuple[Floats, Floats]:
    """Give trolley and hoist [m]; 0 and 6 m where there was no word of them yet."""
    return np.nan_to_num(tracks.trolley_m[rows]), np.nan_to_num(tracks.hoist_m[rows], nan=6.0)


def posed(
    shape: Template, tracks: Tracks, rows: Ints, half_m: Floats | None = None, reaching: bool = False
) -> NDArray[np.float32]:
    """Give the points of a kind's mesh for several machines.

    Parameters
    ----------
    rows : (m,)
        Fleet rows.
    half_m : (m,), optional
        Half the length that each spreader is telescoped to; 40 ft where not given.
    reaching : bool
        Trolley travel is a reach forward, not across, and the spreader lies across.

    Returns
    -------
    (m, k, 3) float32
        In the yard frame [m].
    """
    trolley, hoist = rest_pose(tracks, rows)
    joint = shape.joints
    x, y, z = (shape.points[None, :, axis] for axis in range(3))
    slides = np.isin(joint, (TROLLEY, SPREADER, BOOM)).astype(np.float32)
    lifts = np.isin(joint, (SPREADER, BOOM)).astype(np.float32)
    travel = trolley[:, None].astype(np.float32) * slides
    out_m = np.zeros(len(rows)) if half_m is None else half_m - _DRAWN_HALF_M
    telescoped = out_m[:, None].astype(np.float32) * shape.stretch
    if reaching:
        x, y = x + travel, y + telescoped
    else:
        x, y = x + telescoped, y + travel
    z = z + hoist[:, None].astype(np.float32) * lifts
    c, s = _turns(tracks, rows, joint == TRAILER)
    out = np.empty((len(rows), len(joint), 3), np.float32)
    out[..., 0] = c * x - s * y + tracks.x_m[rows, None]
    out[..., 1] = s * x + c * y + tracks.y_m[rows, None]
    out[..., 2] = z
    return out


def _headings(tracks: Tracks, rows: Ints) -> tuple[Floats, Floats]:
    """Give the headings of machines and of what they draw, (m,) each [rad]; 0 where not known."""
    heading = np.nan_to_num(tracks.heading_rad[rows])
    trailer = tracks.trailer_heading_rad[rows]
    return heading, np.where(np.isfinite(trailer), trailer, heading)


def _turns(
    tracks: Tracks, rows: Ints, trailing: NDArray[np.bool_]
) -> tuple[NDArray[np.float32], NDArray[np.float32]]:
    """Give cosine and sine of the heading of each machine's points, (m, k); a trailer has its own."""
    both = np.stack(_headings(tracks, rows))
    c, s = (of(both).astype(np.float32)[:, :, None] for of in (np.cos, np.sin))
    if not trailing.any():
        return c[0], s[0]
    return np.where(trailing, c[1], c[0]), np.where(trailing, s[1], s[0])


def pose_of(tracks: Tracks, rows: Ints, half_m: Floats) -> Floats:
    """Give all that the points of machines come from, (m, 7)."""
    flat = (tracks.x_m[rows], tracks.y_m[rows], *_headings(tracks, rows))
    return np.column_stack((*flat, *rest_pose(tracks, rows), half_m))


def light_of(tracks: Tracks, rows: Ints) -> Floats:
    """Give all that the colours of machines come from, (m, 3)."""
    return np.column_stack((*_headings(tracks, rows), tracks.freshness[rows]))


def spreader_half_m(tracks: Tracks, stock: Stock, rows: Ints) -> Floats:
    """Give half the length of spreaders [m]: as long as their load, else 20 ft, as collisions count it."""
    load = tracks.load[rows]
    held = (load >= 0) & (load < len(stock))
    feet = stock.length_ft[np.where(held, load, 0)] if len(stock) else np.full(len(rows), 20, np.int8)
    feet = np.where(tracks.second_load[rows] >= 0, 40, feet)
    return np.where(held, half_lengths(feet), BARE_SPREADER_M / 2)


def lit_colours(shape: Template, tracks: Tracks, rows: Ints) -> Colours:
    """Give the colours of several machines' points (m, k, 3) for their headings; greyer where in doubt."""
    c, s = _turns(tracks, rows, shape.joints == TRAILER)
    nx, ny, nz = (shape.normals[None, :, axis] for axis in range(3))
    towards = (
        (c * nx - s * ny) * np.float32(SUN[0])
        + (s * nx + c * ny) * np.float32(SUN[1])
        + nz * np.float32(SUN[2])
    )
    light = 0.66 * (0.78 + 0.22 * nz) + np.float32(SUN_SHARE) * np.maximum(towards, 0.0)
    freshness = tracks.freshness[rows]
    grey = np.select([freshness == Freshness.LATE, np.isin(freshness, DOUBTFUL)], [0.35, 0.85], 0.0)
    colours = shape.colours[None]
    mean = colours.mean(axis=2, keepdims=True)
    mixed = colours + (mean - colours) * grey[:, None, None].astype(np.float32)
    lit: Colours = np.clip(mixed * light[..., None], 0, 255).astype(np.uint8)
    return lit
