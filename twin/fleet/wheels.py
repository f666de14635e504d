"""What wheels and gyro say: whether they are heard, what they tell, and how a belief begins to rely on them.

With wheels heard the state of speed is what they say too little, and what lasts of the fixes' errors has a
state of its own; with a gyro the state of yaw rate is what that does. Both are turned round where they fall
silent and where they are heard again. One machine at a time, laid out as in :mod:`twin.fleet.places`.
"""

from math import isnan, nan, sqrt

from twin.clock import NS_PER_S
from twin.compiled import lean
from twin.fleet.memory import APART, GYRO, HELD, IDLE, LAST, MOTION, ODOMETER, STATES, STILL
from twin.fleet.noise import (
    CREEP_MPS,
    DEAF_S,
    GYRO_OFF_RPS,
    GYRO_RPS,
    IDLE_SHARE,
    LAG_S,
    OFTEN_S,
    QUICKLY,
    SLOWLY,
    START_M2,
    STARTED_MPS,
    STOPPED_MPS,
    WHEEL_MPS,
    WHEEL_SHARE,
)  # fmt: skip
from twin.fleet.places import (
    BIAS_X,
    BIAS_Y,
    HEADING,
    P_BIAS_X,
    P_BIAS_Y,
    P_HEADING,
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

_DEAF_NS, _OFTEN_NS = round(DEAF_S * NS_PER_S), round(OFTEN_S * NS_PER_S)


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
    Wheels count pulses and gyros add up angles: a word is the mean since the word before. What was gone by
    the word before, to a fix between the two, is made up for. First words are not taken here: see
    :func:`adopt`.
    """
    if (wheels_heard(b) or gyro_heard(b)) and t_ns - k[MOTION] > _DEAF_NS:
        _deafen(b)
    odometer, gyro = b[WHEELS], b[TURN]
    u, g, new, old = b[A + ODOMETER], b[A + GYRO], 1.0, 0.0
    if not isnan(odometer) or not isnan(gyro):
        if k[LAST] != k[MOTION] or t_ns - k[MOTION] != k[APART]:
            new, old = _shares(b, k, t_ns)
        k[MOTION] = t_ns
    if not isnan(gyro) and gyro_heard(b):
        g = new * gyro + old * g
        b[A + GYRO] = gyro
    if wheels_heard(b):
        if not isnan(odometer):
            late = LAG_S * (odometer - u)
            b[P_X + X] += late * late
            b[P_Y + Y] += late * late
            b[A + IDLE] += IDLE_SHARE * (odometer - b[A + IDLE])
            u = new * odometer + old * u
            b[A + ODOMETER] = odometer
        _stop_or_start(b)
    return (0.0 if b[A + STILL] > 0.0 else u), g


@lean
def _shares(b: Floats, k: Longs, t_ns: int) -> tuple[float, float]:
    """Give the shares of a word and of the one before in the mean since the last message.

    What of the time that the word tells of was gone by the one before, to a fix, is made up for; not where
    that is long, as fixes have done so then. Of what no word tells, as one was lost, the mean of both counts.
    """
    since_ns, gone_ns = t_ns - k[MOTION], k[LAST] - k[MOTION]
    told_ns = _told_ns(k, since_ns)
    untold_ns, left_ns = since_ns - told_ns, since_ns - gone_ns
    if told_ns > _OFTEN_NS or left_ns <= 0:
        return 1.0, 0.0
    twice_ns, half_ns = max(gone_ns - untold_ns, 0), 0.5 * max(untold_ns - gone_ns, 0)
    if twice_ns > 0:
        _blur_twice(b, twice_ns / NS_PER_S, left_ns / NS_PER_S)
    return (told_ns + half_ns) / left_ns, (half_ns - twice_ns) / left_ns


@lean
def _blur_twice(b: Floats, gone_s: float, left_s: float) -> None:
    """Add what the noise of a word makes of a way that is gone in two parts, more than of either alone."""
    both = gone_s * left_s
    if wheels_heard(b) and b[A + STILL] == 0.0:
        b[P_X + X] += WHEEL_MPS**2 * both
        b[P_Y + Y] += WHEEL_MPS**2 * both
    if gyro_heard(b):
        b[P_HEADING + HEADING] += GYRO_RPS**2 * 2.0 * both


@lean
def _told_ns(k: Longs, since_ns: int) -> int:
    """Give how long a word tells of, and learn how far apart words are: quicker where they are nearer."""
    usual = k[APART]
    if since_ns > _DEAF_NS:
        return since_ns
    if usual == 0:
        k[APART] = since_ns
        return since_ns
    k[APART] += (since_ns - usual) // (SLOWLY if since_ns > usual else QUICKLY)
    return usual if since_ns > usual + usual // 2 else since_ns


@lean
def overdue(k: Longs, t_ns: int) -> bool:
    """Tell whether a word of motion should have come since the last, or it tells little of now."""
    since_ns = t_ns - k[MOTION]
    return bool(since_ns > _OFTEN_NS or since_ns >= k[APART] - k[APART] // 8)


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
