"""Where a belief begins: from a first fix, anew after a long silence, or with a heading just learnt.

One machine at a time, laid out as in :mod:`twin.fleet.places`.
"""

from math import atan2, cos, isnan, nan, pi, sin, sqrt

from twin.compiled import lean
from twin.fleet import lasting
from twin.fleet.angles import wrapped
from twin.fleet.correction import along_rail, lever, to_antenna
from twin.fleet.memory import (
    ASIDE,
    GYRO,
    HELD,
    IDLE,
    LAST,
    MOTION,
    ODOMETER,
    REFUSED,
    SEEN_X,
    SEEN_Y,
    STILL,
    WAY,
)  # fmt: skip
from twin.fleet.noise import (
    ASIDE_RAD,
    ASTRAY,
    COURSE_MPS,
    DOUBTED,
    GYRO_OFF_RPS,
    HEADING_SIGMA_RAD,
    HEADING_UNKNOWN_RAD2,
    NOISE_SCALE,
    ON_TRACK,
    SIDEWAYS,
    SWING_M,
    WHEEL_SHARE,
)  # fmt: skip
from twin.fleet.places import (
    BELIEF,
    BIAS_X,
    BIAS_Y,
    COS,
    COURSE,
    EAST,
    FAST,
    HEADING,
    NORTH,
    NOSE,
    P_BIAS_X,
    P_BIAS_Y,
    P_HEADING,
    P_SPEED,
    P_X,
    P_Y,
    P_YAW_RATE,
    SIGMA,
    SIN,
    SPEED,
    TURN,
    WHEELS,
    YAW_RATE,
    A,
    X,
    Y,
    reset,
)  # fmt: skip
from twin.fleet.prediction import look_along
from twin.fleet.wheels import speed_of, turn_of, wheels_heard
from twin.tables import Floats, Longs

ON_SIGMAS = 4.0
"""A fix goes on from the one before where it is farther off than so many sigmas of what is new in both."""
SET_OFF_MPS, START_RPS = 2.0, 0.1
"""How fast machines go and turn, one sigma, once fixes have told that they set off [m/s], [rad/s]."""
GONE_SIGMAS, GONE_SHARE = 10.0, 0.2
"""A way from fix to fix tells a course where it is longer than so many sigmas of what is new in both, and as
long as that of the wheels but for this share."""


@lean
def start(b: Floats, k: Longs, kind: int, t_ns: int, rail: float) -> None:
    """Start a belief from a first fix.

    A heading is taken from the rail, from two antennas, or from the course of one that moves; else
    it is not known, and is 0 with a variance that says so.
    """
    heading, variance = _first_heading(b, rail)
    known = not isnan(heading)
    for place in range(BELIEF):
        b[place] = 0.0
    b[X], b[Y] = b[EAST], b[NORTH]
    b[HEADING] = heading if known else 0.0
    b[P_HEADING + HEADING] = variance
    lasting.begin(b, not isnan(b[WHEELS]))
    _spread_place(b, not isnan(b[WHEELS]), 0.0, 0.0)
    b[P_SPEED + SPEED] = 3.0**2 if isnan(b[FAST]) else 0.1**2
    if not isnan(b[FAST]):
        reverse = known and not isnan(b[COURSE]) and cos(b[COURSE] - b[HEADING]) < 0.0
        b[SPEED] = -b[FAST] if reverse else b[FAST]
    b[P_YAW_RATE + YAW_RATE] = 1e-10 if ON_TRACK[kind] else START_RPS**2
    if not isnan(b[WHEELS]):
        b[SPEED], b[P_SPEED + SPEED] = 0.0, WHEEL_SHARE**2
    if not isnan(b[TURN]):
        b[P_YAW_RATE + YAW_RATE] = GYRO_OFF_RPS**2
    b[A + ODOMETER], b[A + GYRO] = b[WHEELS], b[TURN]
    b[A + IDLE] = 0.0 if isnan(b[WHEELS]) else b[WHEELS]
    b[A + STILL] = 0.0
    k[LAST] = t_ns
    if not isnan(b[WHEELS]) or not isnan(b[TURN]):
        k[MOTION] = t_ns
    to_antenna(b, kind, -1.0)


@lean
def _nose_of(course: float, wheels: float) -> float:
    """Give where a machine heads that goes a course; NaN is no word of wheels."""
    return wrapped(course + pi) if wheels < 0.0 else course


@lean
def _first_heading(b: Floats, rail: float) -> tuple[float, float]:
    """Give the heading that a first fix tells, NaN where none, and its variance."""
    heading = b[NOSE]
    if isnan(heading) and b[FAST] >= COURSE_MPS:
        heading = _nose_of(b[COURSE], b[WHEELS])
    if not isnan(rail):
        return along_rail(rail, heading), 1e-8
    if isnan(heading):
        return heading, pi * pi / 3.0
    sigma = 0.3 if isnan(b[NOSE]) else 2.0 * HEADING_SIGMA_RAD
    return heading, sigma * sigma


@lean
def _spread_place(b: Floats, wheels: bool, wider_x: float, wider_y: float) -> None:
    """Give a place of which nothing was known the variance of the fix that tells it."""
    lasts = lasting.told_apart(b, 1.0)[1] if wheels else 0.0
    variance = lasting.variance_of(b[SIGMA]) if wheels else lasting.fresh_m2(b)
    b[P_X + X] = variance + wider_x
    b[P_Y + Y] = variance + wider_y
    b[P_BIAS_X + BIAS_X] = b[P_BIAS_Y + BIAS_Y] = 1.0
    b[P_X + BIAS_X] = b[P_BIAS_X + X] = -lasts
    b[P_Y + BIAS_Y] = b[P_BIAS_Y + Y] = -lasts


@lean
def learn_heading(b: Floats, kind: int, dt: float) -> None:
    """Give a machine whose heading is not known that of its course, or of the way it came.

    ``dt`` after the message before [s]. Where its heading was wrong it was taken another way, so long at
    least: its place is known no better than it is off the fix.
    """
    if not isnan(b[NOSE]):
        return
    known = b[P_HEADING + HEADING] < HEADING_UNKNOWN_RAD2
    if known and not _goes_astray(b, kind):
        return
    to_antenna(b, kind, 1.0)
    wheels = wheels_heard(b)
    way_x, way_y = b[EAST] - b[X], b[NORTH] - b[Y]
    if known:
        astray = 2.0 * b[FAST] * dt
        astray2 = astray * astray + way_x * way_x + way_y * way_y
        b[P_X + X] += astray2
        b[P_Y + Y] += astray2
    course, sets_off = b[COURSE] if b[FAST] >= COURSE_MPS else nan, False
    if isnan(course) and wheels:
        course = _course_gone(b, dt)
    elif isnan(course) and _is_far(b, way_x, way_y):
        course = atan2(way_y, way_x)
        sets_off = not known and _goes_on(b, way_x, way_y)
    course = _nose_of(course, b[A + ODOMETER])
    if not isnan(course):
        if sets_off:
            _let_go(b)
        if sets_off or (wheels and not known):
            # It went by a heading that was none.
            b[P_X + X] += way_x * way_x + way_y * way_y
            b[P_Y + Y] += way_x * way_x + way_y * way_y
        b[HEADING] = course
        if not wheels:
            b[SPEED] = abs(b[SPEED])
        reset(b, HEADING, 0.3**2)
    to_antenna(b, kind, -1.0)


@lean
def _is_far(b: Floats, way_x: float, way_y: float) -> bool:
    """Tell whether a fix is so far from its track that the way there tells a course."""
    far = max(1.0, 4.0 * sqrt(NOISE_SCALE) * b[SIGMA])
    return bool(way_x * way_x + way_y * way_y > far * far)


@lean
def _goes_on(b: Floats, way_x: float, way_y: float) -> bool:
    """Tell whether the fix before was on the way to this one, as where a machine sets off and none jumps."""
    way, fresh2 = sqrt(way_x * way_x + way_y * way_y), lasting.fresh_m2(b)
    before = ((b[A + SEEN_X] - b[X]) * way_x + (b[A + SEEN_Y] - b[Y]) * way_y) / way
    least = ON_SIGMAS * sqrt(2.0 * fresh2)
    return bool(before > least and way - before > least)


@lean
def _let_go(b: Floats) -> None:
    """Let speed and yaw rate be any: while a machine stood, and headed anywhere, they told nothing."""
    b[YAW_RATE] = 0.0
    reset(b, YAW_RATE, START_RPS**2)
    reset(b, SPEED, SET_OFF_MPS**2)


@lean
def _course_gone(b: Floats, dt: float) -> float:
    """Give the course from the fix before to this one; NaN where that is not as far as wheels went.

    ``dt`` after the message before [s].
    """
    east, north = b[EAST] - b[A + SEEN_X], b[NORTH] - b[A + SEEN_Y]
    gone2, wheels_m = east * east + north * north, b[A + WAY] + abs(speed_of(b)) * dt
    fresh2 = GONE_SIGMAS**2 * 2.0 * lasting.fresh_m2(b)
    if gone2 > fresh2 and abs(sqrt(gone2) - wheels_m) < GONE_SHARE * wheels_m:
        return atan2(north, east)
    return nan


@lean
def shows_heading(b: Floats, kind: int) -> bool:
    """Tell whether courses have shown another heading of a machine without a second antenna.

    Where its fixes are refused for long it may be the heading that is wrong, which nothing else tells. One
    that goes where it heads has wrong fixes.
    """
    return abs(b[A + ASIDE]) > ASIDE_RAD and not isnan(_swing(b, kind))


@lean
def watch_heading(b: Floats, k: Longs, kind: int) -> None:
    """Note by how much a machine whose fix was refused goes another way than it heads."""
    if k[REFUSED] <= 1:
        b[A + ASIDE] = 0.0
    turn = _swing(b, kind)
    if isnan(turn):
        return
    lever_x, lever_y = lever(b, kind)
    course_x, course_y = look_along(b)
    wheels = b[A + ODOMETER]
    east, north = wheels * b[COS] - turn * lever_y, wheels * b[SIN] + turn * lever_x
    off = atan2(east * course_y - north * course_x, east * course_x + north * course_y)
    b[A + ASIDE] += wrapped(off - b[A + ASIDE]) / min(k[REFUSED], DOUBTED)


@lean
def _swing(b: Floats, kind: int) -> float:
    """Give the yaw rate where course and wheels together tell the heading of one antenna; else NaN."""
    wheels, turn = abs(b[WHEELS]), b[TURN]
    if isnan(wheels):
        # Of another instant than the fix; in reverse a heading would be begun the wrong way round.
        wheels, turn = b[A + ODOMETER], b[A + GYRO]
    if ON_TRACK[kind] or not isnan(b[NOSE]) or isnan(b[COURSE]) or isnan(wheels):
        return nan
    # The antenna swings out as the machine turns.
    turn = turn_of(b) if isnan(turn) else turn
    goes = b[FAST] > 2.0 * COURSE_MPS and wheels > COURSE_MPS and abs(turn) * SWING_M < 0.3 * b[FAST]
    return turn if goes else nan


@lean
def _goes_astray(b: Floats, kind: int) -> bool:
    """Tell whether a course says that the heading is wrong.

    Wheels tell which way a machine goes; without them it may as well be in reverse.
    """
    if isnan(b[COURSE]) or b[FAST] <= 4.0 * COURSE_MPS or ON_TRACK[kind]:
        return False
    off = b[COURSE] - b[HEADING]
    if not wheels_heard(b) or abs(b[A + ODOMETER]) <= COURSE_MPS:
        return abs(sin(off)) > SIDEWAYS
    return bool(cos(off) * b[A + ODOMETER] < ASTRAY * abs(b[A + ODOMETER]))


@lean
def believe_again(b: Floats, kind: int) -> None:
    """Put a belief where its fix is, keeping heading, speed and what was learnt of wheels."""
    lever_x, lever_y = lever(b, kind)
    turn = b[P_HEADING + HEADING]
    b[X], b[Y] = b[EAST] - lever_x, b[NORTH] - lever_y
    b[BIAS_X] = b[BIAS_Y] = 0.0
    for state in (X, Y, BIAS_X, BIAS_Y):
        reset(b, state, 0.0)
    wheels = wheels_heard(b)
    if wheels:
        b[A + HELD] = lasting.poor_m2(b)
    _spread_place(b, wheels, lever_y * lever_y * turn, lever_x * lever_x * turn)
