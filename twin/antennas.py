"""Where antennas are, and how they go, of machines that tell their own point in place of an antenna's."""

from math import inf
from typing import Any

import numpy as np

from twin.fleet import motion
from twin.fleet.table import Fleet, Tracks
from twin.frames import YardFrame
from twin.inputs import Fixes
from twin.tables import Floats, Ints


def seen(
    fleet: Fleet, tracks: Tracks, row: Ints, fixes: Fixes, known: Any, frame: YardFrame
) -> tuple[Floats, Floats, Floats]:
    """Give where the antennas of some fixes are in the yard, and their speed and course.

    Parameters
    ----------
    fleet : Fleet
    tracks : Tracks
        Say how fast each machine turns.
    row : (k,) int32
        Fleet row of each.
    fixes : Fixes
    known : slice or (n,) bool
        Which of the fixes, k of them.
    frame : YardFrame

    Returns
    -------
    (k, 2), (k,), (k,)
        Places [m], speeds [m/s], and courses counter-clockwise from the yard's x [rad]; NaN where not sent.

    Notes
    -----
    Tracks are told by antennas, where their kinds have them. A machine's own point is the origin of its
    frame; while it turns, an antenna ahead of that goes sideways. A speed without a course is the machine's.
    Where it never told a heading its own point is taken for its antenna; see :func:`sure_m`.
    """
    xyz = frame.yard_from_geodetic(fixes.lon_deg[known], fixes.lat_deg[known], fixes.h_m[known])
    xy_m, speed_mps = xyz[:, :2], fixes.speed_mps[known]
    course_rad, own_rad = frame.heading_from_bearing(fixes.course_rad[known]), fixes.own_rad[known]
    own = np.flatnonzero(np.isfinite(own_rad))
    if not own.size:
        return xy_m, speed_mps, course_rad
    way_rad, turn_rps = frame.heading_from_bearing(own_rad[own]), np.nan_to_num(tracks.yaw_rate_rps[row[own]])
    ahead_m, left_m, _ = motion.ANTENNA_M[fleet.kind[row[own]]].T
    c, s = np.cos(way_rad), np.sin(way_rad)
    x_m, y_m = c * ahead_m - s * left_m, s * ahead_m + c * left_m
    xy_m[own] += np.column_stack((x_m, y_m))
    vx = speed_mps[own] * np.cos(course_rad[own]) - turn_rps * y_m
    vy = speed_mps[own] * np.sin(course_rad[own]) + turn_rps * x_m
    going = np.isfinite(course_rad[own])
    speed_mps, course_rad = speed_mps.copy(), course_rad.copy()
    speed_mps[own[going]] = np.hypot(vx, vy)[going]
    course_rad[own[going]] = np.arctan2(vy, vx)[going]
    return xy_m, speed_mps, course_rad


def sure_m(fleet: Fleet, row: Ints, fixes: Fixes, known: Any, sigma_m: Floats) -> Floats:
    """Give one sigma of where the antennas of some fixes are, an axis [m].

    A machine's own point that is taken for its antenna, as its heading was never told, is off by as much as
    that lies from it, whichever way. Parameters as of :func:`seen`; ``sigma_m`` (k,) is that of the fixes.
    """
    vague = fixes.own_rad[known] == inf
    if not vague.any():
        return sigma_m
    arm_m = np.hypot(*motion.ANTENNA_M[fleet.kind[row], :2].T)
    return np.where(vague, np.hypot(sigma_m, arm_m), sigma_m)
