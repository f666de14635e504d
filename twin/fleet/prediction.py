"""How beliefs move on between two messages: along the arc that wheels and gyro tell, or by guess.

A machine whose wheels and gyro are heard is carried on by them; its states are then what these say too
little. One of which only fixes are heard may change speed and turn as its kind can, at any time.
"""

import numpy as np

from twin.clock import NS_PER_S
from twin.fleet import motion
from twin.fleet.memory import GYRO, IDLE, LAST, MOTION, ODOMETER, STILL
from twin.fleet.working import BIAS_X, BIAS_Y, HEADING, SPEED, YAW_RATE, Working, X, Y
from twin.tables import Flags, Floats, Longs

WHEEL_SHARE = 0.01
"""Wheels are off by a share of their speed, one sigma: tyres wear and are pumped."""
WHEEL_MPS = 0.02
"""Noise of one word of the wheels, one sigma [m/s]."""
GYRO_RPS = 0.0018
"""Noise of one word of a gyro, one sigma: 0.1 deg/s [rad/s]."""
GYRO_OFF_RPS = 0.01
"""What a gyro says while nothing turns, one sigma [rad/s]."""
MULTIPATH_S = 20.0
"""Errors of a fix beside steel stay alike for so long [s]."""
DEAF_S = 1.0
"""Wheels and gyros not heard for so long are not relied on [s]."""
LAG_S = 0.01
"""A word of the wheels may be so much older than it says [s]."""
OFTEN_S = 0.25
"""Words of the wheels closer than this tell the whole way between them [s]."""
CREEP_MPS = 0.08
"""Wheels that say more than this do not stand [m/s]."""
STOPPED_MPS, STARTED_MPS = 0.02, 0.04
"""They stand once the mean of what they said of late is below one, until it is above the other [m/s]."""

_START_M2 = 2.5e-5
_SLIP_M2 = 4e-6
_WANDER_M2 = 1e-7
_SHARE_WALK = 1e-9
_GYRO_WALK = 4e-10
_HEADING_WALK = 1e-8
_IDLE_SHARE = 0.3


def heard(w: Working, t_ns: Longs, odometer_mps: Floats, gyro_rps: Floats) -> tuple[Floats, Floats]:
    """Take the words of wheels and gyros; give the speed and yaw rate that they told since the last.

    Parameters
    ----------
    w : Working
        k machines; their last words become these, save first words: see :func:`adopt`.
    t_ns : (k,)
    odometer_mps, gyro_rps : (k,)
        NaN where not sent.

    Returns
    -------
    (k,), (k,)
        NaN where there was no word of them before: a first word tells nothing of the way to it.

    Notes
    -----
    Wheels count pulses and gyros add up angles: a word is the mean since the word before.
    """
    _without_the_deaf(w, t_ns)
    before_u, before_g = w.aids[ODOMETER], w.aids[GYRO]
    told, turned = np.isfinite(odometer_mps), np.isfinite(gyro_rps)
    now_u = np.where(told & np.isfinite(before_u), odometer_mps, before_u)
    now_g = np.where(turned & np.isfinite(before_g), gyro_rps, before_g)
    lag_m = np.where(told, LAG_S * (now_u - before_u), 0.0)
    late = np.where(np.isfinite(lag_m), lag_m, 0.0) ** 2
    w.covariance[X, X] += late
    w.covariance[Y, Y] += late
    w.aids[IDLE] += np.where(told & np.isfinite(before_u), _IDLE_SHARE * (now_u - w.aids[IDLE]), 0.0)
    w.aids[ODOMETER], w.aids[GYRO] = now_u, now_g
    w.marks[MOTION] = np.where(told | turned, t_ns, w.marks[MOTION])
    _stop_or_start(w)
    return np.where(w.still, 0.0, now_u), now_g


def adopt(w: Working, odometer_mps: Floats, gyro_rps: Floats) -> None:
    """Begin to rely on wheels and gyros that are heard for the first time or again, in place."""
    new = np.isfinite(odometer_mps) & np.isnan(w.aids[ODOMETER])
    if new.any():
        w.aids[ODOMETER, new] = w.aids[IDLE, new] = odometer_mps[new]
        w.aids[STILL, new] = w.mean[SPEED, new] = 0.0
        _restart(w, SPEED, new, WHEEL_SHARE)
    new = np.isfinite(gyro_rps) & np.isnan(w.aids[GYRO])
    if new.any():
        w.aids[GYRO, new] = gyro_rps[new]
        w.mean[YAW_RATE, new] = 0.0
        _restart(w, YAW_RATE, new, GYRO_OFF_RPS)


def _restart(w: Working, state: int, which: Flags, sigma: float) -> None:
    w.covariance[state, :, which] = 0.0
    w.covariance[:, state, which] = 0.0
    w.covariance[state, state, which] = sigma**2


def _stop_or_start(w: Working) -> None:
    """Tell whose wheels stand, with a dead band: a single word of noise starts nothing."""
    mean, before = np.abs(w.aids[IDLE]), w.still
    still = (mean < np.where(before, STARTED_MPS, STOPPED_MPS)) & (np.abs(w.aids[ODOMETER]) < CREEP_MPS)
    start = np.where(before & ~still, _START_M2, 0.0)
    w.covariance[X, X] += start
    w.covariance[Y, Y] += start
    w.aids[STILL] = still


def _without_the_deaf(w: Working, t_ns: Longs) -> None:
    """Give up wheels and gyros that fell silent: their machines go on by guess."""
    deaf = (w.wheels | w.gyro) & (t_ns - w.marks[MOTION] > DEAF_S * NS_PER_S)
    if not deaf.any():
        return
    speed, turn = w.speed_mps(), w.yaw_rate_rps()
    scale = np.where(deaf & w.wheels, w.aids[ODOMETER], 1.0)
    w.mean[SPEED] = np.where(deaf, speed, w.mean[SPEED])
    w.mean[YAW_RATE] = np.where(deaf, turn, w.mean[YAW_RATE])
    w.covariance[SPEED] *= scale
    w.covariance[:, SPEED] *= scale
    w.covariance[SPEED, SPEED] += np.where(deaf, 0.1**2, 0.0)
    w.covariance[YAW_RATE, YAW_RATE] += np.where(deaf, 0.02**2, 0.0)
    w.aids[ODOMETER, deaf] = w.aids[GYRO, deaf] = np.nan
    w.aids[IDLE, deaf] = w.aids[STILL, deaf] = 0.0


def carried(w: Working, dt_s: Floats, odometer_mps: Floats, gyro_rps: Floats) -> None:
    """Move beliefs on over ``dt_s`` >= 0, in place, with the mean words of wheels and gyros meanwhile.

    Notes
    -----
    Exact for constant speed and turn rate. The errors of a fix that last are a Gauss-Markov process of
    one sigma 1 (Brown and Hwang, Introduction to Random Signals, 4th ed., 2.9); how large one is in metres
    is said by each fix.
    """
    wheels = np.isfinite(odometer_mps)
    speed = np.where(wheels, odometer_mps * (1.0 + w.mean[SPEED]), w.mean[SPEED])
    turn = w.mean[YAW_RATE] + np.nan_to_num(gyro_rps)
    half = turn * dt_s * 0.5
    with np.errstate(invalid="ignore", divide="ignore"):
        chord = speed * dt_s * np.where(np.abs(half) > 1e-9, np.sin(half) / half, 1.0)
    middle = w.mean[HEADING] + half
    c, s = np.cos(middle), np.sin(middle)
    east, north = chord * c, chord * s
    w.mean[X] += east
    w.mean[Y] += north
    w.mean[HEADING] += 2.0 * half
    per_speed = np.where(wheels, odometer_mps, 1.0) * dt_s
    _spread(w.covariance, dt_s, east, north, per_speed * c, per_speed * s)
    _blur(w, dt_s, speed, c, s, wheels)
    keep = np.exp(dt_s * (-1.0 / MULTIPATH_S))
    w.mean[BIAS_X:] *= keep
    w.covariance[BIAS_X:] *= keep
    w.covariance[:, BIAS_X:] *= keep
    fresh = 1.0 - keep * keep
    w.covariance[BIAS_X, BIAS_X] += fresh
    w.covariance[BIAS_Y, BIAS_Y] += fresh


def _spread(P: Floats, dt_s: Floats, east: Floats, north: Floats, along_x: Floats, along_y: Floats) -> None:
    """Carry covariances along: errors of heading, speed and yaw rate become errors of the place."""
    half_s = dt_s * 0.5
    for view in (P, P.transpose(1, 0, 2)):
        swing = view[HEADING] + half_s * view[YAW_RATE]
        view[X] += along_x * view[SPEED] - north * swing
        view[Y] += along_y * view[SPEED] + east * swing
        view[HEADING] += dt_s * view[YAW_RATE]


def _blur(w: Working, dt_s: Floats, speed: Floats, c: Floats, s: Floats, wheels: Flags) -> None:
    """Add what nobody tells.

    Notes
    -----
    White noise on acceleration and on turn acceleration (Bar-Shalom, Li, Kirubarajan 2001, 6.2.2), by
    what the kind's drives can do, and a drift of the position for slip; with wheels and gyro heard,
    their noise.
    """
    P, gyro = w.covariance, w.gyro
    still = np.abs(speed) < motion.STANDING_MPS
    still |= wheels & w.still
    push, swerve, drift, walk = motion.noises(w.kind, still)
    # Between two words far apart the speed went its own way from the one to the other.
    bridge = np.where(wheels & (dt_s > OFTEN_S), push * dt_s**3 * (1.0 / 12.0), 0.0)
    push = np.where(wheels, 0.0, push)
    swerve = np.where(gyro, 0.0, swerve)
    word = np.where(wheels & ~still, WHEEL_MPS * dt_s, 0.0) ** 2
    along = word + bridge + push * dt_s**3 * (1.0 / 3.0)
    drift = np.where(wheels, np.where(still, _WANDER_M2, _SLIP_M2), drift) * dt_s
    across = along * c
    P[X, X] += across * c + drift
    P[Y, Y] += along * s * s + drift
    across = across * s
    P[X, Y] += across
    P[Y, X] += across
    lever = push * dt_s * dt_s * 0.5
    for axis, way in ((X, lever * c), (Y, lever * s)):
        P[axis, SPEED] += way
        P[SPEED, axis] += way
    P[SPEED, SPEED] += np.where(wheels, _SHARE_WALK, push) * dt_s
    turned = np.where(gyro, GYRO_RPS * dt_s, 0.0) ** 2 + swerve * dt_s**3 * (1.0 / 3.0)
    P[HEADING, HEADING] += turned + np.where(gyro, _HEADING_WALK, walk) * dt_s
    bend = swerve * dt_s * dt_s * 0.5
    P[HEADING, YAW_RATE] += bend
    P[YAW_RATE, HEADING] += bend
    P[YAW_RATE, YAW_RATE] += np.where(gyro, _GYRO_WALK, swerve) * dt_s


def transition(w: Working, dt_s: Floats, odometer_mps: Floats, gyro_rps: Floats) -> Floats:
    """Give how errors at the start of a way become errors at its end, (7, 7, k); see :func:`carried`."""
    wheels = np.isfinite(odometer_mps)
    speed = np.where(wheels, odometer_mps * (1.0 + w.mean[SPEED]), w.mean[SPEED])
    half = (w.mean[YAW_RATE] + np.nan_to_num(gyro_rps)) * dt_s * 0.5
    with np.errstate(invalid="ignore", divide="ignore"):
        chord = speed * dt_s * np.where(np.abs(half) > 1e-9, np.sin(half) / half, 1.0)
    c, s = np.cos(w.mean[HEADING] + half), np.sin(w.mean[HEADING] + half)
    per_speed = np.where(wheels, odometer_mps, 1.0) * dt_s
    F = np.zeros(w.covariance.shape)
    F[range(7), range(7)] = 1.0
    F[BIAS_X, BIAS_X] = F[BIAS_Y, BIAS_Y] = np.exp(dt_s * (-1.0 / MULTIPATH_S))
    F[X, HEADING], F[Y, HEADING] = -chord * s, chord * c
    F[X, SPEED], F[Y, SPEED] = per_speed * c, per_speed * s
    F[X, YAW_RATE], F[Y, YAW_RATE] = -chord * s * dt_s * 0.5, chord * c * dt_s * 0.5
    F[HEADING, YAW_RATE] = dt_s
    return F


def to(w: Working, t_ns: Longs, odometer_mps: Floats, gyro_rps: Floats) -> Floats:
    """Carry beliefs to the instants of messages, in place; give over how long [s]."""
    dt_s = w.since_s(t_ns)
    u, g = heard(w, t_ns, odometer_mps, gyro_rps)
    carried(w, dt_s, u, g)
    adopt(w, odometer_mps, gyro_rps)
    w.marks[LAST] = t_ns
    return dt_s


def variance_ahead(w: Working, dt_s: Floats) -> Floats:
    """Give the mean variance of the place of an axis after going on for ``dt_s`` >= 0 unheard [m2], (k,).

    Nothing is changed; wheels and gyros may change what they say meanwhile, as the kind's drives can.
    """
    P, wheels = w.covariance, w.wheels
    speed, turn = w.speed_mps(), w.yaw_rate_rps()
    middle = w.mean[HEADING] + turn * dt_s * 0.5
    c, s = np.cos(middle), np.sin(middle)
    way = speed * dt_s
    per_speed = np.where(wheels, np.where(w.still, 0.0, w.aids[ODOMETER]), 1.0) * dt_s
    half_s = dt_s * 0.5
    swing = P[HEADING, :4] + half_s * P[YAW_RATE, :4]
    swung = swing[HEADING] + half_s * (P[HEADING, YAW_RATE] + half_s * P[YAW_RATE, YAW_RATE])
    out = np.zeros(len(dt_s))
    for axis, along, across in ((X, per_speed * c, -way * s), (Y, per_speed * s, way * c)):
        told = along * P[SPEED, axis] + across * swing[axis]
        out += P[axis, axis] + 2.0 * told
        out += along * along * P[SPEED, SPEED] + 2.0 * along * across * swing[SPEED] + across * across * swung
    still = np.abs(speed) < motion.STANDING_MPS
    push, _, drift, _ = motion.noises(w.kind, still)
    out += push * dt_s**3 * (1.0 / 3.0) + 2.0 * drift * dt_s
    ahead: Floats = np.maximum(out * 0.5, 0.0)
    return ahead
