"""Gates behind the decoder: a fix that is well formed may still be impossible.

Inside the fence, not faster than the kind of machine goes, not farther from the fix before than it can
have come. A fix refused for its distance is believed once ``BELIEVED`` of them in a row agree: the
machine was moved, or the first fix was the wrong one.
"""

import functools
from dataclasses import dataclass

import numpy as np
import shapely
from numpy.typing import NDArray

from sensors.order import BELIEVED
from sensors.pending import Pending
from sensors.rules import Rules
from twin.inputs import Fixes
from twin.tables import Bytes, Flags, Floats, Ints

OUTSIDE = "position outside the yard"
TOO_FAST = "speed over the machine's limit"
TOO_FAR = "position too far from the one before"
REASONS = ("", OUTSIDE, TOO_FAST, TOO_FAR)

SLACK = 1.25
"""Times its highest speed, a machine's fix may have moved: gusts, slopes, a limit rounded down."""

SPARE_M, SPARE_MPS = 5.0, 2.0
_M_PER_DEG = 111_320.0


@dataclass(frozen=True, eq=False, slots=True)
class Passed:
    """Which fixes passed: 0, else an index into :data:`REASONS`; and the devices' new memory."""

    outcome: Bytes
    pending: Pending


def gate(fixes: Fixes, pending: Pending, rules: Rules) -> Passed:
    """Judge fixes.

    Parameters
    ----------
    fixes : Fixes
        ``device`` indexes ``pending``.
    pending : Pending
    rules : Rules
    """
    outcome = np.zeros(len(fixes), np.int8)
    if not len(fixes) or not (rules.fence_deg or rules.speeds_mps):
        return Passed(outcome, pending)
    if rules.fence_deg:
        outcome[~inside(rules.fence_deg, fixes.lon_deg, fixes.lat_deg)] = REASONS.index(OUTSIDE)
    limit = _limits(pending, rules)
    slow = ~(fixes.speed_mps > SLACK * limit[fixes.device] + SPARE_MPS)
    outcome[(outcome == 0) & ~slow] = REASONS.index(TOO_FAST)
    kept = pending.editable("gate_lon_deg", "gate_lat_deg", "gate_ns", "far")
    order = np.argsort(fixes.device, kind="stable")
    who = fixes.device[order]
    starts = np.ones(len(who), np.bool_)
    starts[1:] = who[1:] != who[:-1]
    first = np.flatnonzero(starts)
    rank = np.arange(len(who)) - np.repeat(first, np.diff(np.append(first, len(who))))
    for number in range(int(rank.max()) + 1):
        rows = order[rank == number]
        rows = rows[outcome[rows] == 0]
        far = _far(fixes, rows, limit, kept)
        outcome[rows[far]] = REASONS.index(TOO_FAR)
        _keep(fixes, rows, far, kept)
    return Passed(outcome, pending.with_columns(**kept))


def inside(corners: tuple[tuple[float, float], ...], lon_deg: Floats, lat_deg: Floats) -> Flags:
    """Tell which places lie inside corners (longitude, latitude), on whatever sides of 180 degrees."""
    found: Flags = shapely.contains_xy(_fence(corners), _short_way(lon_deg - corners[0][0]), lat_deg)
    return found


@functools.lru_cache(maxsize=4)
def _fence(corners: tuple[tuple[float, float], ...]) -> shapely.Polygon:
    """Give the polygon of corners, their longitudes from the first one on, made ready for many questions."""
    ring = np.array(corners)
    polygon = shapely.Polygon(np.column_stack((_short_way(ring[:, 0] - ring[0, 0]), ring[:, 1])))
    shapely.prepare(polygon)
    return polygon


def apart_m(lon_deg: Floats, lat_deg: Floats, from_lon_deg: Floats, from_lat_deg: Floats) -> Floats:
    """Give how far places are from others, (n,) each [m]; good for what is near."""
    north = (lat_deg - from_lat_deg) * _M_PER_DEG
    east = _short_way(lon_deg - from_lon_deg) * _M_PER_DEG
    away_m: Floats = np.hypot(north, east * np.cos(np.radians(lat_deg)))
    return away_m


def _short_way(deg: Floats) -> Floats:
    """Give differences of longitude as -180 to 180 degrees."""
    return (deg + 180.0) % 360.0 - 180.0


def _limits(pending: Pending, rules: Rules) -> Floats:
    """Give each device's highest speed [m/s], infinite where it is not known."""
    if not rules.speeds_mps:
        return np.full(len(pending), np.inf)
    names = [name.decode("ascii") for name in pending.name.tolist()]
    return np.array([rules.speeds_mps.get(name, np.inf) for name in names], np.float64)


def _far(fixes: Fixes, rows: NDArray[np.int64], limit: Floats, kept: dict[str, NDArray[np.float64]]) -> Flags:
    """Tell which fixes are farther from the device's last one than it can have come."""
    who: Ints = fixes.device[rows]
    lon_deg, lat_deg = fixes.lon_deg[rows], fixes.lat_deg[rows]
    away_m = apart_m(lon_deg, lat_deg, kept["gate_lon_deg"][who], kept["gate_lat_deg"][who])
    passed_s = np.abs(fixes.t_ns[rows] - kept["gate_ns"][who]) / 1e9
    sigma_m = np.nan_to_num(fixes.sigma_m[rows], nan=0.0)
    far: Flags = away_m > SPARE_M + 3 * sigma_m + SLACK * limit[who] * passed_s
    return far & (kept["far"][who] < BELIEVED - 1)


def _keep(fixes: Fixes, rows: NDArray[np.int64], far: Flags, kept: dict[str, NDArray[np.float64]]) -> None:
    """Remember the fixes that passed, and count those that did not, in place."""
    good, who = rows[~far], fixes.device[rows]
    kept["far"][who] = np.where(far, kept["far"][who] + 1, 0)
    at = fixes.device[good]
    newer = fixes.t_ns[good] >= kept["gate_ns"][at]
    at, good = at[newer], good[newer]
    kept["gate_lon_deg"][at], kept["gate_lat_deg"][at] = fixes.lon_deg[good], fixes.lat_deg[good]
    kept["gate_ns"][at] = fixes.t_ns[good]
