"""Taking fixes into beliefs: where the antenna was, how fast it went, which way two of them point.

A fix measures the antenna, which is not the origin: position and velocity are compared where the antenna
is. What of its error stays alike for seconds is told apart from motion where wheels are heard; where
they are not, nothing tells them apart, and its variance is raised instead.
"""

from dataclasses import dataclass

import numpy as np

from twin.fleet import motion
from twin.fleet.epochs import Epochs
from twin.fleet.kinds import KIND_NAMES, KINDS
from twin.fleet.memory import ODOMETER, QUALITY
from twin.fleet.prediction import GYRO_RPS
from twin.fleet.working import BIAS_X, BIAS_Y, HEADING, SPEED, YAW_RATE, Working, X, Y
from twin.tables import Bytes, Flags, Floats

GATE = 13.8
"""Chi-square of two degrees of freedom at 99.9 %: a fix further off than this is refused."""
WHEEL_GATE = 18.4
"""The same at 99.99 %, where wheels tell how far a machine went."""
NOISE_SCALE = 4.0
"""Without wheels variances of positions are raised by this: errors are correlated over seconds."""
WHITE_M = 0.01
"""So much of a fix's error is new each time, one sigma an axis; what is above it lasts [m]."""
WHITE_SHARE = 0.2
"""But never less than this share of its variance."""
EXACT_M = 0.06
"""A fix this good has its ambiguities resolved; the errors of others have nothing to do with its own [m]."""
LASTING_SCALE = 40.0
"""Variances of fixes less good are raised by this where wheels are heard: they err alike for seconds."""
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
HEADING_SIGMA_RAD = 0.005
"""Error of a heading of two antennas, what lasts of it included [rad]."""
GYRO_HEADING_SIGMA_RAD = 0.0035
"""The same where a gyro tells turns from errors [rad]."""

LEVER_M = np.array([KINDS[name].antenna_m[:2] for name in KIND_NAMES])
_SPEED_SIGMA_MPS = np.array([0.2, 0.2, 0.1, 0.2, 0.05, 0.1, 0.2, 0.2, 0.1])
"""By NMEA GGA quality."""
_FLOOR_M = 0.005
_LASTING_M = np.array([1.5, 1.5, 0.5, 1.5, 0.01, 0.2, 1.5, 0.0, 0.0])
"""Errors that last longer than a filter averages, one sigma an axis by NMEA GGA quality [m]."""


@dataclass(frozen=True, slots=True)
class Verdicts:
    """What became of fixes.

    Attributes
    ----------
    refused : (k,) bool
        Further off than the gate; the belief is as it was.
    away_m : (2, k) float
        Measured less expected position of the antenna; NaN where there was no fix.
    variance_m2 : (2, k) float
        Of each axis of ``away_m``.
    """

    refused: Flags
    away_m: Floats
    variance_m2: Floats


def split(sigma_m: Floats, wheels: Flags) -> tuple[Floats, Floats]:
    """Give a fix's variance that is new each time [m2], and how large what lasts of its error is [m]."""
    variance = np.maximum(sigma_m, _FLOOR_M) ** 2
    white = np.maximum(WHITE_SHARE * variance, np.minimum(variance, WHITE_M**2))
    exact = wheels & (sigma_m < EXACT_M)
    lasting = np.where(exact, np.sqrt(variance - white), 0.0)
    return np.where(exact, white, np.where(wheels, LASTING_SCALE, NOISE_SCALE) * variance), lasting


def lever(kind: Bytes, heading: Floats) -> tuple[Floats, Floats]:
    """Give where the antennas are from the origins, in the yard frame [m]."""
    c, s = np.cos(heading), np.sin(heading)
    forward, left = LEVER_M[kind].T
    return c * forward - s * left, s * forward + c * left


def corrected(w: Working, fix: Epochs, rail_rad: Floats) -> Verdicts:
    """Take fixes into beliefs that are at their instants, in place; rows without a fix are left alone.

    Parameters
    ----------
    w : Working
        k machines.
    fix : Epochs
        One row each.
    rail_rad : (k,)
        Direction each is bound to; NaN where it is bound to none.
    """
    fixed, wheels = fix.fixed, w.wheels
    free = fixed & ~(wheels & np.isfinite(fix.heading_rad))
    # Where a heading may change much at once, what is corrected is the antenna's place, not the origin's.
    if free.any():
        carry_by_lever(w, 1.0, free)
    verdicts, taken = _take_position(w, fix, fixed, wheels, free)
    loose = taken & free
    if loose.any():
        _take_velocity(w, fix, loose)
    _take_heading(w, fix, taken, free)
    _turn_round(w, taken)
    _hold(w, taken | w.still)
    if free.any():
        carry_by_lever(w, -1.0, free)
    on_rail(w, np.where(taken, rail_rad, np.nan))
    return verdicts


def carry_by_lever(w: Working, sign: float, which: Flags) -> None:
    """Carry beliefs from origin to antenna (sign 1) or back (-1) by the lever arm at their heading."""
    lever_x, lever_y = (np.where(which, sign * arm, 0.0) for arm in lever(w.kind, w.mean[HEADING]))
    w.mean[X] += lever_x
    w.mean[Y] += lever_y
    for view in (w.covariance, w.covariance.transpose(1, 0, 2)):
        view[X] -= lever_y * view[HEADING]
        view[Y] += lever_x * view[HEADING]


def _take_position(
    w: Working, fix: Epochs, fixed: Flags, wheels: Flags, free: Flags
) -> tuple[Verdicts, Flags]:
    P, mean = w.covariance, w.mean
    lever_x, lever_y = (np.where(free, 0.0, arm) for arm in lever(w.kind, mean[HEADING]))
    white, lasting = split(fix.sigma_m, wheels)
    away = np.empty((2, len(fix)))
    away[0] = fix.x_m - mean[X] - lever_x - lasting * mean[BIAS_X]
    away[1] = fix.y_m - mean[Y] - lever_y - lasting * mean[BIAS_Y]
    with_x = P[X] - lever_y * P[HEADING] + lasting * P[BIAS_X]
    with_y = P[Y] + lever_x * P[HEADING] + lasting * P[BIAS_Y]
    a = with_x[X] - lever_y * with_x[HEADING] + lasting * with_x[BIAS_X] + white
    b = with_x[Y] + lever_x * with_x[HEADING] + lasting * with_x[BIAS_Y]
    d = with_y[Y] + lever_x * with_y[HEADING] + lasting * with_y[BIAS_Y] + white
    whole = 1.0 / (a * d - b * b)
    distance2 = (d * away[0] ** 2 - 2.0 * b * away[0] * away[1] + a * away[1] ** 2) * whole
    refused = fixed & (distance2 > np.where(wheels, WHEEL_GATE, GATE))
    taken = fixed & ~refused
    whole = np.where(taken, whole, 0.0)
    off = np.where(taken, away, 0.0)
    a_, b_, d_ = (np.where(taken, value, 0.0) * whole for value in (a, b, d))
    gain_x = d_ * with_x - b_ * with_y
    gain_y = a_ * with_y - b_ * with_x
    gain_x = np.where(taken, gain_x, 0.0)
    gain_y = np.where(taken, gain_y, 0.0)
    with_x, with_y = np.where(taken, with_x, 0.0), np.where(taken, with_y, 0.0)
    mean += gain_x * off[0] + gain_y * off[1]
    P -= gain_x[:, None] * with_x
    P -= gain_y[:, None] * with_y
    return Verdicts(refused, away, np.array((a, d))), taken


def _correct(w: Working, terms: dict[int, Floats | float], residual: Floats, R: Floats | float) -> None:
    """Take one scalar measurement a row, in place; rows whose residual is NaN are left alone."""
    P = w.covariance
    Ph = sum(value * P[state] for state, value in terms.items())
    S = sum(value * Ph[state] for state, value in terms.items()) + R
    told = np.isfinite(residual)
    K = Ph * np.where(told, 1.0 / S, 0.0)
    w.mean += K * np.where(told, residual, 0.0)
    P -= K[:, None] * Ph


def _take_velocity(w: Working, fix: Epochs, which: Flags) -> None:
    """Compare the antenna's velocity; the sign of the speed follows, so that reverse is reverse."""
    noise = _SPEED_SIGMA_MPS[np.clip(fix.quality, 0, 8)] ** 2
    wheels = w.wheels
    per_speed = np.where(wheels, w.aids[ODOMETER], 1.0)
    c, s = np.cos(w.mean[HEADING]), np.sin(w.mean[HEADING])
    lever_x, lever_y = lever(w.kind, w.mean[HEADING])
    vector = which & np.isfinite(fix.course_rad) & (w.covariance[HEADING, HEADING] < HEADING_UNKNOWN_RAD2)
    seen = np.where(vector, fix.speed_mps, np.nan)
    for along, swing, across, sensed in (
        (c, -s, -lever_y, seen * np.cos(fix.course_rad)),
        (s, c, lever_x, seen * np.sin(fix.course_rad)),
    ):
        speed, turn = w.speed_mps(), w.yaw_rate_rps()
        terms = {HEADING: speed * swing, SPEED: along * per_speed, YAW_RATE: across}
        _correct(w, terms, sensed - speed * along - turn * across, noise)
    # Without a course the speed has no sign: close to standing it says 0, else what the track says.
    speed = w.speed_mps()
    slow = fix.speed_mps < SLOW_MPS
    signed = np.where(slow, 0.0, np.where(speed < 0, -1.0, 1.0) * fix.speed_mps)
    signed = np.where(which & ~vector & ~wheels, signed, np.nan)
    _correct(w, {SPEED: 1.0}, signed - speed, noise)


def _take_heading(w: Working, fix: Epochs, taken: Flags, free: Flags) -> None:
    """Compare the heading of two antennas; one far off is left out, until several agree."""
    residual = np.where(taken, motion.wrapped(fix.heading_rad - w.mean[HEADING]), np.nan)
    noise = np.where(w.gyro, GYRO_HEADING_SIGMA_RAD**2, HEADING_SIGMA_RAD**2)
    P = w.covariance
    own = P[HEADING, HEADING]
    far = residual**2 > GATE * (own + noise)
    refused = (own < HEADING_UNKNOWN_RAD2) & far
    if refused.any():
        # About the antenna, whose place the fix has just told, not about the origin.
        wider = np.where(refused, residual, 0.0) ** 2 / (2.0 * GATE)
        lever_x, lever_y = (np.where(free, 0.0, arm) for arm in lever(w.kind, w.mean[HEADING]))
        about: dict[int, Floats | float] = {X: lever_y, Y: -lever_x, HEADING: 1.0}
        for i, one in about.items():
            for j, other in about.items():
                P[i, j] += wider * one * other
    _correct(w, {HEADING: 1.0}, np.where(refused, np.nan, residual), noise)


def _turn_round(w: Working, taken: Flags) -> None:
    """Turn vehicles round whose first course, from which their heading was taken, was in reverse."""
    wrong = taken & ~w.wheels & ~motion.ON_TRACK[w.kind] & (w.mean[SPEED] < -REVERSE_MPS)
    if not wrong.any():
        return
    w.mean[HEADING, wrong] += np.pi
    w.mean[SPEED, wrong] *= -1.0
    for state, sigma in ((HEADING, 0.1), (SPEED, 0.5)):
        w.covariance[state, :, wrong] = 0.0
        w.covariance[:, state, wrong] = 0.0
        w.covariance[state, state, wrong] = sigma**2


def _hold(w: Working, which: Flags) -> None:
    """Bound the yaw rate by what speed and kind allow; what neither moves nor pivots does not turn."""
    speed, turn = w.speed_mps(), w.yaw_rate_rps()
    tracked, pivots, gyro = motion.ON_TRACK[w.kind], motion.PIVOTS[w.kind], w.gyro
    standing = np.where(w.wheels, w.still, np.abs(speed) < motion.STANDING_MPS)
    held = which & (standing & ~pivots | tracked)
    if held.any():
        noise = np.where(gyro, GYRO_RPS**2, 1e-4)
        _correct(w, {YAW_RATE: 1.0}, np.where(held, -turn, np.nan), noise)
    bound = np.where(pivots, PIVOT_RPS, np.abs(speed) / TURN_RADIUS_M)
    bound = np.where(tracked, 0.0, bound)
    guess = w.mean[YAW_RATE]
    w.mean[YAW_RATE] = np.where(which & ~gyro, np.clip(guess, -bound, bound), guess)
    w.mean[HEADING] = motion.wrapped(w.mean[HEADING])


def on_rail(w: Working, rail_rad: Floats) -> None:
    """Turn rows that run on a rail into its direction, in place; NaN rows are bound to none."""
    bound = np.isfinite(rail_rad)
    if not bound.any():
        return
    w.mean[HEADING, bound] = along_rail(rail_rad[bound], w.mean[HEADING, bound])
    w.covariance[HEADING, :, bound] = 0.0
    w.covariance[:, HEADING, bound] = 0.0
    w.covariance[HEADING, HEADING, bound] = 1e-8


def along_rail(rail_rad: Floats, heading_rad: Floats) -> Floats:
    """Give the rail's direction that is nearer to a heading; the rail's own where none is known."""
    against = np.cos(np.nan_to_num(heading_rad - rail_rad)) < 0
    return motion.wrapped(rail_rad + np.where(against, np.pi, 0.0))


def unsteered(w: Working, fix: Epochs, dt_s: Floats, rail_rad: Floats) -> None:
    """Widen the covariances of machines whose fixes bring no heading: what is driven may be led astray.

    A heading taken from courses is no hold on the next position: a machine that shunts at walking
    pace, or whose antenna sways, goes across it. So its velocity may change to any side, and its
    position besides.
    """
    free = fix.fixed & np.isnan(fix.heading_rad) & np.isnan(rail_rad) & ~(w.wheels & w.gyro)
    if not free.any():
        return
    dt_s = np.where(free, np.minimum(dt_s, 1.0), 0.0)
    speed2 = np.maximum(w.speed_mps() ** 2, COURSE_MPS**2)
    w.covariance[HEADING, HEADING] += SWERVE * dt_s / speed2
    for axis in (X, Y):
        w.covariance[axis, axis] += (SWAY_MPS * dt_s) ** 2


def doubt(w: Working, refused: Flags, away_m: Floats) -> None:
    """Widen covariances along refused innovations: those that agree open the gate, strays do not.

    After CONSISTENT refusals of the same innovation its direction's variance reaches what the gate
    asks, and the next such fix is taken with nearly all its weight.
    """
    off = np.where(refused, away_m, 0.0)
    for i in (X, Y):
        for j in (X, Y):
            w.covariance[i, j] += off[i] * off[j] / (GATE * CONSISTENT)


CONSISTENT = 6
"""So many refused fixes in a row that agree with one another are believed after all."""


def sigma_m(variance_m2: Floats, w: Working) -> Floats:
    """Give one sigma of the horizontal position an axis, (k,) [m].

    Notes
    -----
    Averaging takes out what is white in a receiver's errors, not what stays the same for many
    seconds: multipath, the ionosphere. That part, by NMEA quality, is added to what the filter thinks;
    not where wheels are heard and fixes are exact, for there the filter has a state of it.
    """
    quality = np.clip(np.nan_to_num(w.aids[QUALITY]), 0, 8).astype(np.intp)
    known = w.wheels & ((quality == 4) | (quality == 5))
    lasting = np.where(known, 0.0, _LASTING_M[quality])
    sigma: Floats = np.sqrt(variance_m2 + lasting**2)
    return sigma
