"""How a belief moves on between two messages: along the arc that wheels and gyro tell, or by guess.

A machine whose wheels and gyro are heard is carried on by them; its states are then what these say too
little. One of which only fixes are heard may change speed and turn as its kind can, at any time.
One machine at a time, laid out as in :mod:`twin.fleet.places`.
"""

from math import exp, isnan

from twin.clock import NS_PER_S
from twin.compiled import lean
from twin.fleet.memory import LAST, MOTION, ODOMETER, STATES, STILL
from twin.fleet.motion import STANDING_MPS
from twin.fleet.noise import (
    DRIFT,
    DRIFT_STILL,
    GYRO_RPS,
    GYRO_WALK,
    HEADING_WALK,
    MULTIPATH_S,
    OFTEN_S,
    ON_TRACK,
    PUSH,
    PUSH_STILL,
    SHARE_WALK,
    SLIP_M2,
    SWERVES,
    SWERVES_STILL,
    TURN_RADIUS_M,
    TURN_RPS,
    UNEVEN,
    WALK,
    WALK_STILL,
    WANDER_M2,
    WHEEL_MPS,
)  # fmt: skip
from twin.fleet.places import (
    BIAS_X,
    BIAS_Y,
    COS,
    COURSE,
    FACED,
    HEADING,
    P_BIAS_X,
    P_BIAS_Y,
    P_HEADING,
    P_SPEED,
    P_X,
    P_Y,
    P_YAW_RATE,
    ROW,
    SIN,
    SPEED,
    TURN,
    WHEELS,
    YAW_RATE,
    A,
    X,
    Y,
)  # fmt: skip
from twin.fleet.wheels import adopt, gyro_heard, hear, overdue, speed_of, turn_of, wheels_heard
from twin.series import cos_sin, cos_sin_share
from twin.tables import Floats, Longs

S_PER_NS = 1.0 / NS_PER_S


@lean
def since_s(k: Longs, t_ns: int) -> float:
    """Give how long before an instant the machine was last heard [s]; 0 for one that never was."""
    return (t_ns - k[LAST]) * S_PER_NS if k[LAST] > 0 else 0.0


@lean
def look(b: Floats) -> None:
    """Lay out cosine and sine of the heading, from those of the heading a moment ago where it is near."""
    off = b[HEADING] - b[FACED]
    if off == 0.0:
        return
    b[FACED] = b[HEADING]
    if abs(off) <= 0.1:
        c, s = cos_sin(off)
        b[COS], b[SIN] = b[COS] * c - b[SIN] * s, b[SIN] * c + b[COS] * s
    else:
        b[COS], b[SIN] = cos_sin(b[HEADING])


@lean
def look_along(b: Floats) -> tuple[float, float]:
    """Give cosine and sine of the course over ground, from those of the heading where it is near."""
    look(b)
    off = b[COURSE] - b[HEADING]
    if abs(off) > 0.1:
        return cos_sin(b[COURSE])
    c, s = cos_sin(off)
    return b[COS] * c - b[SIN] * s, b[SIN] * c + b[COS] * s


@lean
def arc(b: Floats, way: float, turned: float) -> tuple[float, float, float, float]:
    """Give east, north, and the cosine and sine of the chord of a way [m] that turns by an angle."""
    look(b)
    half = 0.5 * turned
    half_c, half_s, share = cos_sin_share(half)
    c, s = b[COS] * half_c - b[SIN] * half_s, b[SIN] * half_c + b[COS] * half_s
    chord = way * share
    return chord * c, chord * s, c, s


@lean
def carry(b: Floats, kind: int, dt: float, u: float, g: float) -> None:
    """Move a belief on over ``dt`` >= 0 [s], with the mean words of wheels and gyro meanwhile.

    Notes
    -----
    Exact for constant speed and turn rate. The errors of a fix that last are a Gauss-Markov process of
    one sigma 1 (Brown and Hwang, Introduction to Random Signals, 4th ed., 2.9); how large one is in metres
    is said by each fix.
    """
    wheels, gyro = not isnan(u), not isnan(g)
    speed = u * (1.0 + b[SPEED]) if wheels else b[SPEED]
    turned = (b[YAW_RATE] + g if gyro else b[YAW_RATE]) * dt
    east, north, c, s = arc(b, speed * dt, turned)
    b[X] += east
    b[Y] += north
    b[HEADING] += turned
    along = (u if wheels else 1.0) * dt
    if wheels:
        _fade(b, exp(dt * (-1.0 / MULTIPATH_S)))
    _spread(b, dt, east, north, along * c, along * s)
    still = abs(speed) < STANDING_MPS or (wheels and b[A + STILL] > 0.0)
    if wheels:
        push = 0.0
        drift = WANDER_M2 if still else SLIP_M2
        # Between two words far apart the speed went its own way from the one to the other.
        bridge = (PUSH_STILL[kind] if still else PUSH[kind]) / 12.0 if dt > OFTEN_S else 0.0
        word = 0.0 if still else WHEEL_MPS * dt
        _blur_place(b, word * word + bridge * dt * dt * dt, drift * dt, c, s)
    else:
        push = PUSH_STILL[kind] if still else PUSH[kind]
        drift = DRIFT_STILL[kind] if still else DRIFT[kind]
        _blur_place(b, push * dt * dt * dt * (1.0 / 3.0), drift * dt, c, s)
    _blur_speed(b, push, dt, c, s, wheels)
    _blur_heading(b, kind, dt, still, gyro)


@lean
def _fade(b: Floats, keep: float) -> None:
    """Let errors that last be forgotten to a share; where no wheels are heard there is no state of them."""
    b[BIAS_X] *= keep
    b[BIAS_Y] *= keep
    for j in range(ROW):
        b[P_BIAS_X + j] *= keep
        b[P_BIAS_Y + j] *= keep
    for row in range(P_X, P_X + STATES * ROW, ROW):
        b[row + BIAS_X] *= keep
        b[row + BIAS_Y] *= keep
    b[P_BIAS_X + BIAS_X] += 1.0 - keep * keep
    b[P_BIAS_Y + BIAS_Y] += 1.0 - keep * keep


@lean
def _spread(b: Floats, dt: float, east: float, north: float, along_x: float, along_y: float) -> None:
    """Carry the covariance along: errors of heading, speed and yaw rate become errors of the place.

    Rows first; of the columns only those are worked out that the rows do not tell by symmetry.
    """
    half_s = dt * 0.5
    for j in range(ROW):
        swing = b[P_HEADING + j] + half_s * b[P_YAW_RATE + j]
        b[P_X + j] += along_x * b[P_SPEED + j] - north * swing
        b[P_Y + j] += along_y * b[P_SPEED + j] + east * swing
        b[P_HEADING + j] += dt * b[P_YAW_RATE + j]
    for row in range(P_X, P_SPEED, ROW):
        swing = b[row + HEADING] + half_s * b[row + YAW_RATE]
        b[row + X] += along_x * b[row + SPEED] - north * swing
        b[row + Y] += along_y * b[row + SPEED] + east * swing
        b[row + HEADING] += dt * b[row + YAW_RATE]
    b[P_Y + X], b[P_HEADING + X], b[P_HEADING + Y] = b[P_X + Y], b[P_X + HEADING], b[P_Y + HEADING]
    for state in range(SPEED, STATES):
        row = P_X + ROW * state
        b[row + X], b[row + Y], b[row + HEADING] = b[P_X + state], b[P_Y + state], b[P_HEADING + state]


@lean
def _blur_place(b: Floats, along: float, drift: float, c: float, s: float) -> None:
    """Add to the place's variance what nobody tells: along the way, and to any side."""
    b[P_X + X] += along * c * c + drift
    b[P_Y + Y] += along * s * s + drift
    b[P_X + Y] += along * c * s
    b[P_Y + X] += along * c * s


@lean
def _blur_speed(b: Floats, push: float, dt: float, c: float, s: float, wheels: bool) -> None:
    """Add what nobody tells of the speed: white noise on acceleration, by what the kind's drives can do.

    Notes
    -----
    Bar-Shalom, Li, Kirubarajan 2001, 6.2.2.
    """
    if wheels:
        b[P_SPEED + SPEED] += SHARE_WALK * dt
        return
    lever = push * dt * dt * 0.5
    b[P_X + SPEED] += lever * c
    b[P_SPEED + X] += lever * c
    b[P_Y + SPEED] += lever * s
    b[P_SPEED + Y] += lever * s
    b[P_SPEED + SPEED] += push * dt


@lean
def _blur_heading(b: Floats, kind: int, dt: float, still: bool, gyro: bool) -> None:
    """Add what nobody tells of turns: white noise on turn acceleration, or that of a gyro."""
    if gyro:
        b[P_HEADING + HEADING] += GYRO_RPS * dt * (GYRO_RPS * dt) + HEADING_WALK * dt
        b[P_YAW_RATE + YAW_RATE] += GYRO_WALK * dt
        return
    swerve = SWERVES_STILL[kind] if still else SWERVES[kind]
    walk = WALK_STILL[kind] if still else WALK[kind]
    bend = swerve * dt * dt * 0.5
    b[P_HEADING + HEADING] += swerve * dt * dt * dt * (1.0 / 3.0) + walk * dt
    b[P_HEADING + YAW_RATE] += bend
    b[P_YAW_RATE + HEADING] += bend
    b[P_YAW_RATE + YAW_RATE] += swerve * dt


@lean
def blur_untold(b: Floats, k: Longs, kind: int, t_ns: int, dt: float) -> None:
    """Add what changed since the last words of wheels and gyro where the message that is come to has none.

    A word may be lost, or come seconds late: see :func:`variance_ahead` of what a machine does meanwhile.
    One that steers turns unevenly besides: its next word differs from the last however close they are.
    Between two words that come as often as ever nothing is added: the next tells of it.
    """
    wheels, gyro = wheels_heard(b) and isnan(b[WHEELS]), gyro_heard(b) and isnan(b[TURN])
    if not (wheels or gyro) or not overdue(k, t_ns):
        return
    before_s = (k[LAST] - k[MOTION]) / NS_PER_S
    now_s = before_s + dt
    grown = _grown(now_s) - _grown(before_s)
    if wheels:
        look(b)
        _blur_place(b, PUSH[kind] * grown, 0.0, b[COS], b[SIN])
    if gyro:
        uneven, longer = _uneven_rps(b, kind), now_s * now_s - before_s * before_s
        b[P_HEADING + HEADING] += SWERVES[kind] * grown + uneven * uneven * longer


@lean
def _grown(since_s: float) -> float:
    """Give what an acceleration that stays alike for a second makes of the way since the last word."""
    return since_s * since_s * since_s * since_s / (8.0 + 3.0 * since_s)


@lean
def _uneven_rps(b: Floats, kind: int) -> float:
    """Give by how much a word of the gyro may differ from the one before, one sigma."""
    if ON_TRACK[kind]:
        return 0.0
    turns = max(abs(turn_of(b)), abs(speed_of(b)) / max(TURN_RADIUS_M[kind], 0.1))
    return UNEVEN * min(turns, TURN_RPS[kind])


@lean
def predict(b: Floats, k: Longs, kind: int, t_ns: int) -> float:
    """Carry a belief to the instant of a message, with its words of wheels and gyro; give over how long."""
    dt = since_s(k, t_ns)
    u, g = hear(b, k, t_ns)
    carry(b, kind, dt, u, g)
    blur_untold(b, k, kind, t_ns, dt)
    adopt(b)
    k[LAST] = t_ns
    return dt


@lean
def transition(b: Floats, dt: float, u: float, g: float, F: Floats) -> None:
    """Tell how errors at the start of a way become errors at its end, into ``F`` (7, 7), see `carry`."""
    speed = b[SPEED] if isnan(u) else u * (1.0 + b[SPEED])
    turned = (b[YAW_RATE] if isnan(g) else b[YAW_RATE] + g) * dt
    east, north, c, s = arc(b, speed * dt, turned)
    along = (1.0 if isnan(u) else u) * dt
    for row in range(STATES):
        for column in range(STATES):
            F[row, column] = 1.0 if row == column else 0.0
    F[BIAS_X, BIAS_X] = F[BIAS_Y, BIAS_Y] = exp(dt * (-1.0 / MULTIPATH_S))
    F[X, HEADING], F[Y, HEADING] = -north, east
    F[X, SPEED], F[Y, SPEED] = along * c, along * s
    F[X, YAW_RATE], F[Y, YAW_RATE] = -north * dt * 0.5, east * dt * 0.5
    F[HEADING, YAW_RATE] = dt


@lean
def variance_ahead(b: Floats, kind: int, dt: float, c: float, s: float) -> float:
    """Give the mean variance of the place of an axis after going on for ``dt`` >= 0 unheard [m2].

    ``c`` and ``s`` are of the chord. Nothing is changed; wheels and gyro may change what they say meanwhile,
    as the kind's drives can.

    Notes
    -----
    Where wheels are heard the speed is known, and what leads astray is an acceleration that stays alike for
    a second (Singer, IEEE Trans. AES 6, 1970): over a long time that is the white noise of
    :func:`_blur_speed`, over a short one half of the acceleration times the time's square, and as much again
    as a word of the wheels is the mean since the word before. Half of what drives can do is one sigma.
    """
    wheels = wheels_heard(b)
    speed, along, half_s = speed_of(b), dt, dt * 0.5
    if wheels:
        along *= 0.0 if b[A + STILL] > 0.0 else b[A + ODOMETER]
    total = 0.0
    for axis in (X, Y):
        forth = along * (c if axis == X else s)
        side = speed * dt * (-s if axis == X else c)
        # What comes of heading, speed and yaw rate, each with its share.
        turn = side * half_s
        row = P_X + ROW * axis
        total += b[row + axis]
        total += 2.0 * (forth * b[row + SPEED] + side * b[row + HEADING] + turn * b[row + YAW_RATE])
        total += forth * forth * b[P_SPEED + SPEED] + side * side * b[P_HEADING + HEADING]
        total += turn * turn * b[P_YAW_RATE + YAW_RATE] + 2.0 * forth * side * b[P_HEADING + SPEED]
        total += 2.0 * turn * (forth * b[P_SPEED + YAW_RATE] + side * b[P_HEADING + YAW_RATE])
    still = abs(speed) < STANDING_MPS
    push = PUSH_STILL[kind] if still else PUSH[kind]
    drift = DRIFT_STILL[kind] if still else DRIFT[kind]
    grown = dt / (8.0 + 3.0 * dt) if wheels else 1.0 / 3.0
    total += push * dt * dt * dt * grown + 2.0 * drift * dt
    mean: float = max(total * 0.5, 0.0)
    return mean
