"""An extended Kalman filter over many machines at once: one row a machine, no loop over rows.

The state and its motion are those of :mod:`twin.fleet.motion`. A fix measures the antenna, which
is not the origin: position, velocity and heading are compared where the antenna is.
"""

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from twin.fleet import motion
from twin.fleet.kinds import KIND_NAMES, KINDS
from twin.fleet.motion import HEADING, ON_TRACK, SPEED, YAW_RATE, X, Y
from twin.tables import Bytes, Flags, Floats, Ints, Longs

GATE = 13.8
"""Chi-square of two degrees of freedom at 99.9 %: a fix further off than this is refused."""
CONSISTENT = 6
"""So many refused fixes in a row that agree with one another are believed after all."""
NOISE_SCALE = 4.0
"""Variances of positions are raised by this: a receiver's errors are correlated over seconds."""
RESTART_S = 30.0
"""After a silence this long a track starts anew from its next fix [s]."""
HEADING_UNKNOWN_RAD2 = 0.5
"""A heading of a variance above this is no heading."""
COURSE_MPS = 0.5
"""A course over ground tells a heading that is not known from this speed on [m/s]."""
SLOW_MPS = 0.2
"""Below this speed receivers give no course, and a speed is mostly the noise of one [m/s]."""
PIVOT_RPS = 0.6
"""Nothing that shunts round on the spot turns faster than this [rad/s]."""
TURN_RADIUS_M = 4.0
"""No vehicle's rear axle turns on a smaller circle [m]."""

REVERSE_MPS = 3.0
"""No vehicle reverses faster than this: one that seems to has its heading the wrong way round [m/s]."""
SIDEWAYS = 0.6
"""Nothing goes sideways: a course this far across the heading (as a sine) says that it was wrong."""
SWERVE = 0.05
"""How fast the velocity of what brings no heading may change to the side, as a density [m2/s3]."""
SWAY_MPS = 0.15
"""How fast the antenna of what brings no heading may go across it, one sigma an axis [m/s]."""

_LEVER_M = np.array([KINDS[name].antenna_m[:2] for name in KIND_NAMES])
_SPEED_SIGMA_MPS = np.array([0.2, 0.2, 0.1, 0.2, 0.05, 0.1, 0.2, 0.2, 0.1])
"""By NMEA GGA quality."""
_LASTING_M = np.array([1.5, 1.5, 0.5, 1.5, 0.01, 0.2, 1.5, 0.0, 0.0])
"""Errors that last longer than a filter averages, one sigma an axis by NMEA GGA quality [m]."""
_HEADING_SIGMA_RAD = 0.005
_FLOOR_M = 0.005


@dataclass(frozen=True, slots=True)
class Fix:
    """Fixes of machines, one row each; NaN where not sent; headings in the yard frame, one row a machine."""

    t_ns: Longs
    xy_m: Floats
    sigma_m: Floats
    speed_mps: Floats
    course_rad: Floats
    heading_rad: Floats
    quality: Bytes
    rail_rad: Floats

    def take(self, rows: NDArray[np.integer]) -> "Fix":
        """Give the named rows."""
        return Fix(*(getattr(self, name)[rows] for name in Fix.__slots__))


def started(kind: Bytes, fix: Fix) -> tuple[Floats, Floats]:
    """Start tracks from their first fixes: (n, 5) states and (n, 5, 5) covariances.

    A heading is taken from the rail, from two antennas, or from the course of one that moves; else
    it is not known, and is 0 with a variance that says so.
    """
    n = len(kind)
    moving = fix.speed_mps >= COURSE_MPS
    heading = np.where(np.isfinite(fix.heading_rad), fix.heading_rad, np.nan)
    heading = np.where(np.isnan(heading) & moving, fix.course_rad, heading)
    on_rail = np.isfinite(fix.rail_rad)
    heading = np.where(on_rail, _along_rail(fix.rail_rad, heading), heading)
    known = np.isfinite(heading)
    mean = np.zeros((n, 5))
    mean[:, HEADING] = np.where(known, heading, 0.0)
    mean[:, SPEED] = np.nan_to_num(fix.speed_mps)
    backwards = np.cos(np.nan_to_num(fix.course_rad) - mean[:, HEADING]) < 0
    reverse = np.isfinite(fix.course_rad) & known & backwards
    mean[reverse, SPEED] *= -1.0
    mean[:, :2] = fix.xy_m
    P = np.zeros((n, 5, 5))
    P[:, X, X] = P[:, Y, Y] = _variance(fix.sigma_m)
    sensed = np.where(np.isfinite(fix.heading_rad), 2.0 * _HEADING_SIGMA_RAD, 0.3) ** 2
    P[:, HEADING, HEADING] = np.where(known, np.where(on_rail, 1e-8, sensed), np.pi**2 / 3.0)
    P[:, SPEED, SPEED] = np.where(np.isfinite(fix.speed_mps), 0.1**2, 3.0**2)
    P[:, YAW_RATE, YAW_RATE] = np.where(ON_TRACK[kind], 1e-10, 0.1**2)
    return _carried(kind, mean, P, -1.0)


def _variance(sigma_m: Floats) -> Floats:
    return NOISE_SCALE * np.maximum(np.nan_to_num(sigma_m, nan=10.0), _FLOOR_M) ** 2


def _lever(kind: Bytes, heading: Floats) -> tuple[Floats, Floats]:
    c, s = np.cos(heading), np.sin(heading)
    forward, left = _LEVER_M[kind].T
    return c * forward - s * left, s * forward + c * left


def _carried(kind: Bytes, mean: Floats, P: Floats, sign: float) -> tuple[Floats, Floats]:
    """Carry states from the origin to the antenna (sign 1) or back (-1) by the lever arm at their heading."""
    lever_x, lever_y = _lever(kind, mean[:, HEADING])
    out = mean.copy()
    out[:, X] += sign * lever_x
    out[:, Y] += sign * lever_y
    J = np.broadcast_to(np.eye(5), P.shape).copy()
    J[:, X, HEADING], J[:, Y, HEADING] = -sign * lever_y, sign * lever_x
    return out, J @ P @ J.transpose(0, 2, 1)


def _along_rail(rail_rad: Floats, heading_rad: Floats) -> Floats:
    """Give the rail's direction that is nearer to a heading; the rail's own where none is known."""
    against = np.cos(np.nan_to_num(heading_rad - rail_rad)) < 0
    return motion.wrapped(rail_rad + np.where(against, np.pi, 0.0))


def unsteered(P: Floats, mean: Floats, fix: Fix, dt_s: Floats) -> Floats:
    """Widen covariances of machines whose fixes bring no heading: what is driven may be led astray.

    A heading taken from courses is no hold on the next position: a machine that shunts at walking
    pace, or whose antenna sways, goes across it. So its velocity may change to any side, and its
    position besides.
    """
    free = np.flatnonzero(np.isnan(fix.heading_rad) & np.isnan(fix.rail_rad))
    if not len(free):
        return P
    out, dt_s = P.copy(), np.minimum(dt_s[free], 1.0)
    speed2 = np.maximum(mean[free, SPEED] ** 2, COURSE_MPS**2)
    out[free, HEADING, HEADING] += SWERVE * dt_s / speed2
    for axis in (X, Y):
        out[free, axis, axis] += (SWAY_MPS * dt_s) ** 2
    return out


def updated(kind: Bytes, mean: Floats, P: Floats, fix: Fix) -> tuple[Floats, Floats, Flags, Floats]:
    """Correct states that are at the instant of their fixes.

    Returns
    -------
    mean, covariance : (n, 5), (n, 5, 5)
        Corrected; rows whose fix was refused are as they were.
    refused : (n,) bool
        The position failed the gate.
    innovation_m : (n, 2)
        Measured less expected position of the antenna [m].
    """
    at, C = _carried(kind, mean, P, 1.0)
    _learn_heading(kind, at, C, fix)
    R = _variance(fix.sigma_m)
    nu = fix.xy_m - at[:, :2]
    refused = _distance2(nu, C, R) > GATE
    taken = np.flatnonzero(~refused)
    kind, at, C, fix = kind[taken], at[taken], C[taken], fix.take(taken)
    for axis in (X, Y):
        h = np.zeros_like(at)
        h[:, axis] = 1.0
        _correct(at, C, h, fix.xy_m[:, axis] - at[:, axis], R[taken])
    _take_velocity(kind, at, C, fix)
    _take_heading(at, C, fix)
    _turn_round(kind, at, C)
    _hold(kind, at, C)
    mean, P = mean.copy(), P.copy()
    mean[taken], P[taken] = _carried(kind, at, C, -1.0)
    return mean, P, refused, nu


def _distance2(nu: Floats, S: Floats, R: Floats) -> Floats:
    a, b, d = S[:, X, X] + R, S[:, X, Y], S[:, Y, Y] + R
    return (d * nu[:, 0] ** 2 - 2.0 * b * nu[:, 0] * nu[:, 1] + a * nu[:, 1] ** 2) / (a * d - b * b)


def _correct(mean: Floats, P: Floats, h: Floats, residual: Floats, R: Floats) -> None:
    """Take one scalar measurement a row, in place; rows whose residual is NaN are left alone."""
    Ph = np.einsum("nij,nj->ni", P, h)
    S = np.einsum("ni,ni->n", h, Ph) + R
    K = np.where(np.isfinite(residual)[:, None], Ph / S[:, None], 0.0)
    mean += K * np.nan_to_num(residual)[:, None]
    P -= K[:, :, None] * Ph[:, None, :]


def _learn_heading(kind: Bytes, mean: Floats, P: Floats, fix: Fix) -> None:
    """Give machines whose heading is not known that of their course, or of the way they came."""
    unknown = P[:, HEADING, HEADING] >= HEADING_UNKNOWN_RAD2
    sideways = np.abs(np.sin(fix.course_rad - mean[:, HEADING])) > SIDEWAYS
    unknown |= sideways & (fix.speed_mps > 4.0 * COURSE_MPS) & ~ON_TRACK[kind]
    unknown &= ~np.isfinite(fix.heading_rad)
    if not unknown.any():
        return
    way = fix.xy_m - mean[:, :2]
    far = np.hypot(way[:, 0], way[:, 1]) > np.maximum(1.0, 4.0 * np.sqrt(NOISE_SCALE) * fix.sigma_m)
    course = np.where(fix.speed_mps >= COURSE_MPS, fix.course_rad, np.nan)
    course = np.where(np.isnan(course) & far, np.arctan2(way[:, 1], way[:, 0]), course)
    learnt = unknown & np.isfinite(course)
    mean[learnt, HEADING] = course[learnt]
    mean[learnt, SPEED] = np.abs(mean[learnt, SPEED])
    P[learnt, HEADING, :] = P[learnt, :, HEADING] = 0.0
    P[learnt, HEADING, HEADING] = 0.3**2


def _take_velocity(kind: Bytes, mean: Floats, P: Floats, fix: Fix) -> None:
    """Compare the antenna's velocity; the sign of the speed follows, so that reverse is reverse."""
    noise = _SPEED_SIGMA_MPS[np.clip(fix.quality, 0, 8)] ** 2
    c, s = np.cos(mean[:, HEADING]), np.sin(mean[:, HEADING])
    lever_x, lever_y = _lever(kind, mean[:, HEADING])
    vector = np.isfinite(fix.course_rad) & (P[:, HEADING, HEADING] < HEADING_UNKNOWN_RAD2)
    speed = np.where(vector, fix.speed_mps, np.nan)
    for along, swing, across, sensed in (
        (c, -s, -lever_y, speed * np.cos(fix.course_rad)),
        (s, c, lever_x, speed * np.sin(fix.course_rad)),
    ):
        h = np.zeros_like(mean)
        h[:, HEADING], h[:, SPEED], h[:, YAW_RATE] = mean[:, SPEED] * swing, along, across
        expected = mean[:, SPEED] * along + mean[:, YAW_RATE] * across
        _correct(mean, P, h, sensed - expected, noise)
    # Without a course the speed has no sign: close to standing it says 0, else what the track says.
    slow = fix.speed_mps < SLOW_MPS
    signed = np.where(slow, 0.0, np.where(mean[:, SPEED] < 0, -1.0, 1.0) * fix.speed_mps)
    signed = np.where(vector | np.isnan(fix.speed_mps), np.nan, signed)
    h = np.zeros_like(mean)
    h[:, SPEED] = 1.0
    _correct(mean, P, h, signed - mean[:, SPEED], noise)


def _take_heading(mean: Floats, P: Floats, fix: Fix) -> None:
    """Compare the heading of two antennas; one far off is left out, until several agree."""
    residual = motion.wrapped(fix.heading_rad - mean[:, HEADING])
    variance = P[:, HEADING, HEADING] + _HEADING_SIGMA_RAD**2
    known = P[:, HEADING, HEADING] < HEADING_UNKNOWN_RAD2
    refused = known & (residual**2 / variance > GATE)
    P[:, HEADING, HEADING] += np.where(refused, residual, 0.0) ** 2 / (2.0 * GATE)
    residual = np.where(refused, np.nan, residual)
    h = np.zeros_like(mean)
    h[:, HEADING] = 1.0
    _correct(mean, P, h, residual, np.full(len(mean), _HEADING_SIGMA_RAD**2))


def _turn_round(kind: Bytes, mean: Floats, P: Floats) -> None:
    """Turn vehicles round whose first course, from which their heading was taken, was in reverse."""
    wrong = np.flatnonzero(~ON_TRACK[kind] & (mean[:, SPEED] < -REVERSE_MPS))
    if not len(wrong):
        return
    mean[wrong, HEADING] += np.pi
    mean[wrong, SPEED] *= -1.0
    P[wrong, HEADING, :] = P[wrong, :, HEADING] = 0.0
    P[wrong, SPEED, :] = P[wrong, :, SPEED] = 0.0
    P[wrong, HEADING, HEADING], P[wrong, SPEED, SPEED] = 0.1**2, 0.5**2


def _hold(kind: Bytes, mean: Floats, P: Floats) -> None:
    """Bound the yaw rate by what speed and kind allow; what neither moves nor pivots does not turn."""
    standing = np.abs(mean[:, SPEED]) < motion.STANDING_MPS
    h = np.zeros_like(mean)
    h[:, YAW_RATE] = 1.0
    pivots = motion.PIVOTS[kind]
    still = np.where(standing & ~pivots | ON_TRACK[kind], -mean[:, YAW_RATE], np.nan)
    _correct(mean, P, h, still, np.full(len(mean), 1e-4))
    bound = np.where(pivots, PIVOT_RPS, np.abs(mean[:, SPEED]) / TURN_RADIUS_M)
    mean[:, YAW_RATE] = np.where(ON_TRACK[kind], 0.0, np.clip(mean[:, YAW_RATE], -bound, bound))
    mean[:, HEADING] = motion.wrapped(mean[:, HEADING])


def on_rail(mean: Floats, P: Floats, rail_rad: Floats) -> None:
    """Turn rows that run on a rail into its direction, in place; NaN rows are bound to none."""
    rows = np.flatnonzero(np.isfinite(rail_rad))
    mean[rows, HEADING] = _along_rail(rail_rad[rows], mean[rows, HEADING])
    P[rows, HEADING, :] = P[rows, :, HEADING] = 0.0
    P[rows, HEADING, HEADING] = 1e-8


def doubted(P: Floats, innovation_m: Floats) -> Floats:
    """Widen covariances along refused innovations: those that agree open the gate, strays do not.

    After CONSISTENT refusals of the same innovation its direction's variance reaches what the gate
    asks, and the next such fix is taken with nearly all its weight.
    """
    out = P.copy()
    out[:, :2, :2] += innovation_m[:, :, None] * innovation_m[:, None, :] / (GATE * CONSISTENT)
    return out


def sigma_m(P: Floats, quality: Bytes) -> Floats:
    """Give one sigma of the horizontal position an axis, (n,) [m].

    Notes
    -----
    Averaging takes out what is white in a receiver's errors, not what stays the same for many
    seconds: multipath, the ionosphere. That part, by NMEA quality, is added to what the filter thinks.
    """
    lasting = _LASTING_M[np.clip(quality, 0, 8)]
    sigma: Floats = np.sqrt(np.maximum(P[:, X, X] + P[:, Y, Y], 0.0) / 2.0 + lasting**2)
    return sigma


def ranks(rows: Ints, t_ns: Longs) -> tuple[NDArray[np.intp], NDArray[np.intp]]:
    """Give the order by machine and instant, and how many of its own machine are before each in it."""
    order = np.lexsort((t_ns, rows))
    ordered = rows[order]
    return order, np.arange(len(rows)) - np.searchsorted(ordered, ordered)
