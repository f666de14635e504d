"""How machines move between two fixes: constant speed and turn rate, trailers that follow, noise.

The state of a machine is x, y, heading, speed, yaw rate of its origin; a negative speed is reverse.
"""

import numpy as np
from numpy.typing import NDArray

from twin.fleet.kinds import KIND_NAMES, KINDS
from twin.tables import Bytes, Flags, Floats

STANDING_MPS = 0.1
"""Below this a machine counts as standing: its heading is held and it is not moved ahead [m/s]."""
MOVING_INTERVAL_S = 1.0
"""A moving machine is expected to report this often, where its kind promises no less [s]."""
LATE_S = 0.5
"""A moving machine is late once its own interval has passed by more than this, which a line may take [s]."""
PARKED_INTERVAL_S = 60.0
"""A standing machine is expected to report this often, as class A AIS lengthens it at anchor [s]."""
STALE_INTERVALS = 3.0
"""Past so many expected intervals a position is stale: no dead reckoning beyond."""
LOST_INTERVALS = 5.0
"""Past so many expected intervals a machine is lost (as a radar target, IMO MSC.192(79) 5.29)."""
FOLD_LIMIT_RAD = 1.4
"""A trailer folds no further than this against its tractor."""

X, Y, HEADING, SPEED, YAW_RATE = range(5)

_ACCELERATION_MPS2 = np.array([KINDS[name].acceleration_mps2 for name in KIND_NAMES])
_REPORT_S = np.array([KINDS[name].report_interval_s for name in KIND_NAMES])
TRAILER_M = np.array([KINDS[name].trailer_m for name in KIND_NAMES])
"""From the fifth wheel to the axles that a semitrailer follows with [m]; 0 where a kind has none."""
ANTENNA_M = np.array([KINDS[name].antenna_m for name in KIND_NAMES])
"""Where antennas are by kind: forward, to the left and up from the origin [m], (kinds, 3)."""
ON_TRACK = np.array([KINDS[name].on_rail or KINDS[name].trolley_mps > 0 for name in KIND_NAMES])
"""Kinds that keep their heading: on rails, or a gantry that runs along its block."""

PIVOTS = ~ON_TRACK & (TRAILER_M == 0)
"""Kinds without a trailer: they shunt round so tightly that they may turn while hardly moving."""

_SPEED_NOISE = 2.0 * _ACCELERATION_MPS2**2
_TURN_NOISE = np.where(ON_TRACK, 0.0, np.array([KINDS[name].turn_rps2 for name in KIND_NAMES]) ** 2)
_DRIFT_NOISE = np.where(ON_TRACK, 1e-6, 2e-4)
_HEADING_NOISE = np.where(ON_TRACK, 1e-9, 1e-6)
_STANDING_DRIFT_NOISE = 4e-6


def interval_s(kind: Bytes, speed_mps: Floats) -> Floats:
    """Give how often a machine of that kind and speed is expected to report [s]; NaN speed as standing."""
    moving = np.abs(speed_mps) >= STANDING_MPS
    expected = np.where(moving, MOVING_INTERVAL_S, PARKED_INTERVAL_S)
    slowest: Floats = np.maximum(_REPORT_S[kind], expected)
    return slowest


def wrapped(angle_rad: Floats) -> Floats:
    """Give the same angles within -pi to pi."""
    return (angle_rad + np.pi) % (2.0 * np.pi) - np.pi


def moved(mean: Floats, dt_s: Floats) -> Floats:
    """Move states along their arcs; exact for constant speed and turn rate, and forwards as backwards.

    Parameters
    ----------
    mean : (n, 5)
    dt_s : (n,)
        Negative goes back in time.

    Returns
    -------
    (n, 5)
    """
    turn = mean[:, YAW_RATE] * dt_s
    chord_m = mean[:, SPEED] * dt_s * np.sinc(turn / (2.0 * np.pi))
    middle = mean[:, HEADING] + turn / 2.0
    out = mean.copy()
    out[:, X] += chord_m * np.cos(middle)
    out[:, Y] += chord_m * np.sin(middle)
    out[:, HEADING] = wrapped(mean[:, HEADING] + turn)
    return out


def noises(kind: Bytes, standing: Flags) -> tuple[Floats, Floats, Floats, Floats]:
    """Give the densities of noise of machines of which only fixes are heard.

    Returns
    -------
    push : (n,)
        Of acceleration [m2/s3].
    swerve : (n,)
        Of turn acceleration [rad2/s3].
    drift : (n,)
        Of the position [m2/s].
    walk : (n,)
        Of the heading [rad2/s].

    Notes
    -----
    Scaled by what the kind's drives can do. What stands is held, save kinds that turn on the spot.
    """
    push = _SPEED_NOISE[kind] * np.where(standing, 0.02, 1.0)
    swerve = np.where(standing & ~PIVOTS[kind], 0.0, _TURN_NOISE[kind])
    drift = np.where(standing, _STANDING_DRIFT_NOISE, _DRIFT_NOISE[kind])
    return push, swerve, drift, np.where(standing, 0.0, _HEADING_NOISE[kind])


def strayed_m2(kind: Bytes, speed_mps: Floats, dt_s: Floats) -> Floats:
    """Give the variance of places that drives may have led astray while wheels were not heard, (n,) [m2].

    As :func:`twin.fleet.prediction.variance_ahead` counts it, of its mean of both axes.
    """
    push = noises(kind, np.abs(speed_mps) < STANDING_MPS)[0]
    variance: Floats = push * dt_s**4 / (8.0 + 3.0 * dt_s) / 2.0
    return variance


def trailing(kind: Bytes, trailer_rad: Floats, heading_rad: Floats, way_m: Floats) -> Floats:
    """Give the headings of semitrailers after their tractors went ``way_m`` at a heading.

    Parameters
    ----------
    kind : (n,) int8
        Kinds without a trailer give the heading itself.
    trailer_rad, heading_rad : (n,)
        Before, and of the tractor at the end of the way; a trailer that is NaN starts straight.
    way_m : (n,)
        Signed way of the fifth wheel; negative is reverse, in which a trailer folds.

    Notes
    -----
    The angle between the two obeys d(angle)/d(way) = -sin(angle) / length, so that the tangent of
    half of it decays exponentially; exact where the tractor goes straight.
    """
    length_m = TRAILER_M[kind]
    angle = wrapped(np.where(np.isnan(trailer_rad), 0.0, heading_rad - trailer_rad))
    angle = np.clip(angle, -FOLD_LIMIT_RAD, FOLD_LIMIT_RAD)
    half = np.tan(angle / 2.0) * np.exp(-way_m / np.where(length_m > 0, length_m, np.inf))
    angle = np.clip(2.0 * np.arctan(half), -FOLD_LIMIT_RAD, FOLD_LIMIT_RAD)
    return np.where(length_m > 0, wrapped(heading_rad - angle), heading_rad)


def is_moving(speed_mps: Floats) -> NDArray[np.bool_]:
    """Tell which machines move, forwards or in reverse; False where the speed is not known."""
    return np.abs(speed_mps) >= STANDING_MPS
