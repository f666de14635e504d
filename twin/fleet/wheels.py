"""What wheels and gyro say: whether they are heard, what they tell, and how a belief begins to rely on them.

With wheels heard the state of speed is what they say too little, and what lasts of the fixes' errors has a
state of its own; with a gyro the state of yaw rate is what that does. Both are turned round where they fall
silent and where they are heard again. One machine at a time, laid out as in :mod:`twin.fleet.places`.
"""

from math import isnan, nan, sqrt

from twin.clock import NS_PER_S
from twin.compiled import lean
from twin.fleet.memory import GYRO, HELD, IDLE, MOTION, ODOMETER, STATES, STILL
from twin.fleet.noise import (
    CREEP_MPS,
    DEAF_S,
    GYRO_OFF_RPS,
    IDLE_SHARE,
    LAG_S,
    START_M2,
    STARTED_MPS,
    STOPPED_MPS,
    WHEEL_SHARE,
)  # fmt: skip
from twin.fleet.places import (
    BIAS_X,
    BIAS_Y,
    P_BIAS_X,
    P_BIAS_Y,
    P_SPEED,
    P_X,
    P_Y,
    P_YAW_RATE,
    ROW,
    SPEED,
    TURN,
    WHEELS,
    YAW_RATE,
    A,
    V,
    X,
    Y,
    reset,
)  # fmt: skip
from twin.tables import Floats, Longs

_DEAF_NS = round(DEAF_S * NS_PER_S)


@lean
def wheels_heard(b: Floats) -> bool:
    """Tell whether wheels are heard."""
    return not isnan(b[A + ODOMETER])


@lean
def gyro_heard(b: Floats) -> bool:
    """Tell whether a gyro is heard."""
    return not isnan(b[A + GYRO])


@lean
def speed_of(b: Floats) -> float:
    """Give the speed, negative in reverse [m/s]."""
    speed: float = b[SPEED]
    if not isnan(b[A + ODOMETER]):
        speed = 0.0 if b[A + STILL] > 0.0 else b[A + ODOMETER] * (1.0 + speed)
    return speed


@lean
def turn_of(b: Floats) -> float:
    """Give the yaw rate [rad/s]."""
    turn: float = b[YAW_RATE] if isnan(b[A + GYRO]) else b[YAW_RATE] + b[A + GYRO]
    return turn


@lean
def _hand_over(b: Floats) -> None:
    """Give up the state of what lasts of the fixes' errors: its part in the place is only counted then."""
    held = 0.0
    for state, row in ((X, P_BIAS_X), (Y, P_BIAS_Y)):
        bias = (row - P_X) // ROW
        scale = 1.0 / b[row + bias]
        held += 0.5 * b[row + state] * b[row + state] * scale
        for j in range(ROW):
            b[V + j] = b[row + j]
        for i in range(STATES):
            for j in range(ROW):
                b[P_X + ROW * i + j] -= b[V + i] * b[V + j] * scale
        b[bias] = 0.0
        reset(b, bias, 1.0)
    b[A + HELD] += held


@lean
def _deafen(b: Floats) -> None:
    """Give up wheels and gyro that fell silent: the machine goes on by guess."""
    scale = b[A + ODOMETER]
    b[SPEED], b[YAW_RATE] = speed_of(b), turn_of(b)
    if not isnan(scale):
        for state in range(STATES):
            b[P_SPEED + state] *= scale
        for row in range(P_X, P_X + ROW * STATES, ROW):
            b[row + SPEED] *= scale
        _hand_over(b)
    b[P_SPEED + SPEED] += 0.1**2
    b[P_YAW_RATE + YAW_RATE] += 0.02**2
    b[A + ODOMETER] = b[A + GYRO] = nan
    b[A + IDLE] = b[A + STILL] = 0.0


@lean
def hear(b: Floats, k: Longs, t_ns: int) -> tuple[float, float]:
    """Take the words of wheels and gyro; give the speed and yaw rate that they told since the last.

    Returns
    -------
    float, float
        NaN where there was no word of them before: a first word tells nothing of the way to it.

    Notes
    -----
    Wheels count pulses and gyros add up angles: a word is the mean since the word before. First words are
    not taken here: see :func:`adopt`.
    """
    if (wheels_heard(b) or gyro_heard(b)) and t_ns - k[MOTION] > _DEAF_NS:
        _deafen(b)
    odometer, gyro = b[WHEELS], b[TURN]
    if not isnan(odometer) or not isnan(gyro):
        k[MOTION] = t_ns
    if not isnan(gyro) and gyro_heard(b):
        b[A + GYRO] = gyro
    if wheels_heard(b):
        if not isnan(odometer):
            late = LAG_S * (odometer - b[A + ODOMETER])
            b[P_X + X] += late * late
            b[P_Y + Y] += late * late
            b[A + IDLE] += IDLE_SHARE * (odometer - b[A + IDLE])
            b[A + ODOMETER] = odometer
        _stop_or_start(b)
    return (0.0 if b[A + STILL] > 0.0 else b[A + ODOMETER]), b[A + GYRO]


@lean
def _take_over(b: Floats) -> None:
    """Give what lasts of the fixes' errors, in the place so far, to the state of it, turned round."""
    held = sqrt(b[A + HELD])
    b[BIAS_X] = b[BIAS_Y] = 0.0
    reset(b, BIAS_X, 1.0)
    reset(b, BIAS_Y, 1.0)
    b[P_X + X] += b[A + HELD]
    b[P_Y + Y] += b[A + HELD]
    b[P_X + BIAS_X] = b[P_BIAS_X + X] = -held
    b[P_Y + BIAS_Y] = b[P_BIAS_Y + Y] = -held
    b[A + HELD] = 0.0


@lean
def _stop_or_start(b: Floats) -> None:
    """Tell whether wheels stand, with a dead band: a single word of noise starts nothing."""
    before = b[A + STILL] > 0.0
    limit = STARTED_MPS if before else STOPPED_MPS
    still = abs(b[A + IDLE]) < limit and abs(b[A + ODOMETER]) < CREEP_MPS
    if before and not still:
        b[P_X + X] += START_M2
        b[P_Y + Y] += START_M2
    b[A + STILL] = 1.0 if still else 0.0


@lean
def adopt(b: Floats) -> None:
    """Begin to rely on wheels and a gyro that are heard for the first time or again."""
    if not isnan(b[WHEELS]) and not wheels_heard(b):
        b[A + ODOMETER] = b[A + IDLE] = b[WHEELS]
        b[A + STILL] = b[SPEED] = 0.0
        reset(b, SPEED, WHEEL_SHARE**2)
        if b[A + HELD] > 0.0:
            _take_over(b)
    if not isnan(b[TURN]) and not gyro_heard(b):
        b[A + GYRO] = b[TURN]
        b[YAW_RATE] = 0.0
        reset(b, YAW_RATE, GYRO_OFF_RPS**2)
