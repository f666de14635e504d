"""Taking a fix into a belief: where the antenna was, how fast it went, which way two of them point.

A fix measures the antenna, which is not the origin: position and velocity are compared where the antenna
is. What of its error stays alike for seconds is told apart from motion where wheels are heard; where
they are not, nothing tells them apart, and a track follows both: see ``lasting``. One machine at a time,
laid out as in :mod:`twin.fleet.places`.
"""

from math import cos, inf, isnan, nan, pi

from twin.compiled import lean
from twin.fleet.absorbing import absorb_both, absorb_state, bent
from twin.fleet.angles import wrapped
from twin.fleet.lasting import fresh_m2, hold, lean_on, let_go, noise_m2, told_apart, variance_of
from twin.fleet.memory import ODOMETER, SEEN_X, SEEN_Y, STATES, STILL
from twin.fleet.motion import STANDING_MPS
from twin.fleet.noise import (
    CONSISTENT,
    COURSE_MPS,
    GATE,
    GYRO_HEADING_SIGMA_RAD,
    GYRO_RPS,
    HEADING_SIGMA_RAD,
    HEADING_UNKNOWN_RAD2,
    LED_S,
    LEVER_X_M,
    LEVER_Y_M,
    NOISE_SCALE,
    ON_TRACK,
    PIVOTS,
    REVERSE_MPS,
    SLOW_MPS,
    SPEED_M2PS2,
    SWAY_MPS,
    SWERVE,
    TURN_RADIUS_M,
    TURN_RPS,
    WHEEL_GATE,
)  # fmt: skip
from twin.fleet.places import (
    AWAY_EAST,
    AWAY_NORTH,
    BIAS_X,
    BIAS_Y,
    COS,
    COURSE,
    EAST,
    FAST,
    GRADE,
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
    ROW,
    SIGMA,
    SIN,
    SPEED,
    VARIANCE_EAST,
    VARIANCE_NORTH,
    YAW_RATE,
    A,
    U,
    V,
    X,
    Y,
    reset,
)  # fmt: skip
from twin.fleet.prediction import look, look_along
from twin.fleet.wheels import gyro_heard, speed_of, turn_of, wheels_heard
from twin.tables import Floats

SURE_RAD2 = 0.03
"""A heading of a variance below this turns with courses though their fixes are refused."""
_TURN_M2 = 1e-4
_RAIL_RAD2 = 1e-8


@lean
def lever(b: Floats, kind: int) -> tuple[float, float]:
    """Give where the antenna is from the origin, in the yard frame [m]."""
    look(b)
    c, s = b[COS], b[SIN]
    return c * LEVER_X_M[kind] - s * LEVER_Y_M[kind], s * LEVER_X_M[kind] + c * LEVER_Y_M[kind]


@lean
def to_antenna(b: Floats, kind: int, sign: float) -> None:
    """Carry a belief from origin to antenna (sign 1) or back (-1) by the lever arm at its heading."""
    lever_x, lever_y = lever(b, kind)
    lever_x, lever_y = sign * lever_x, sign * lever_y
    b[X] += lever_x
    b[Y] += lever_y
    for j in range(ROW):
        b[P_X + j] -= lever_y * b[P_HEADING + j]
        b[P_Y + j] += lever_x * b[P_HEADING + j]
    for row in range(P_X, P_X + STATES * ROW, ROW):
        b[row + X] -= lever_y * b[row + HEADING]
        b[row + Y] += lever_x * b[row + HEADING]


@lean
def correct(b: Floats, kind: int, rail: float, led: bool, since_s: float) -> bool:
    """Take what was said into a belief that is at its instant; give whether its place was refused.

    ``led``: its receiver's own velocity leads there, so that without wheels no place is refused; ``since_s``
    after the fix before [s].
    How far off a place was, and how far it may be, stays in ``b``; where there was none nothing is changed
    but that what stands does not turn.
    """
    wheels, fixed = wheels_heard(b), not isnan(b[EAST])
    unknown = b[P_HEADING + HEADING] >= HEADING_UNKNOWN_RAD2
    # Where a heading may change much at once, what is corrected is the antenna's place, not the origin's.
    free = fixed and isnan(b[NOSE])
    if free:
        to_antenna(b, kind, 1.0)
    refused = fixed and (_take_position(b, kind, free, since_s) if wheels else _follow(b, kind, free, led))
    taken = fixed and not refused
    if (taken and (free or not wheels)) or (refused and free and wheels and not gyro_heard(b)):
        _take_velocity(b, kind, refused, since_s)
    if taken or (refused and wheels):
        _take_heading(b, kind, free, refused)
    if taken and free and not wheels:
        _turn_round(b, kind, unknown)
    if taken or b[A + STILL] > 0.0:
        _hold(b, kind)
    b[HEADING] = wrapped(b[HEADING])
    if free:
        to_antenna(b, kind, -1.0)
    if taken and not isnan(rail):
        b[HEADING] = along_rail(rail, b[HEADING])
        reset(b, HEADING, _RAIL_RAD2)
    return refused


@lean
def _follow(b: Floats, kind: int, at_antenna: bool, led: bool) -> bool:
    """Compare the antenna's place where no wheels are heard; give whether it was refused."""
    lever_x, lever_y = (0.0, 0.0) if at_antenna else lever(b, kind)
    dx, dy = b[EAST] - b[X] - lever_x, b[NORTH] - b[Y] - lever_y
    p, q, r = _row_of_place(b, lever_x, lever_y)
    wide = NOISE_SCALE * variance_of(b[SIGMA])
    p, r = p + wide, r + wide
    b[AWAY_EAST], b[AWAY_NORTH], b[VARIANCE_EAST], b[VARIANCE_NORTH] = dx, dy, p, r
    if r * dx * dx - 2.0 * q * dx * dy + p * dy * dy > GATE * (p * r - q * q):
        if not led:
            return True
        # The track is wrong, by as much as the fix is off.
        for row, away in ((P_X, dx), (P_Y, dy)):
            b[row + X] += away * dx
            b[row + Y] += away * dy
        p, q, r = _row_of_place(b, lever_x, lever_y)
        p, r = p + wide, r + wide
    noise = noise_m2(b)
    p, r = p - wide + noise, r - wide + noise
    hold(b, 1.0 - 2.0 * noise / (p + r))
    absorb_both(b, p, q, r, dx, dy)
    return False


@lean
def _row_of_place(b: Floats, lever_x: float, lever_y: float) -> tuple[float, float, float]:
    """Put the antenna's covariances with the states into the room; give those of its own two axes."""
    for j in range(ROW):
        b[U + j] = b[P_X + j] - lever_y * b[P_HEADING + j]
        b[V + j] = b[P_Y + j] + lever_x * b[P_HEADING + j]
    p = b[U + X] - lever_y * b[U + HEADING]
    q = b[U + Y] + lever_x * b[U + HEADING]
    r = b[V + Y] + lever_x * b[V + HEADING]
    return p, q, r


@lean
def _take_position(b: Floats, kind: int, at_antenna: bool, since_s: float) -> bool:
    """Compare the antenna's place where wheels are heard; give whether it was refused."""
    lever_x, lever_y = (0.0, 0.0) if at_antenna else lever(b, kind)
    white, lasting = told_apart(b, since_s)
    dx = b[EAST] - b[X] - lever_x - lasting * b[BIAS_X]
    dy = b[NORTH] - b[Y] - lever_y - lasting * b[BIAS_Y]
    for j in range(ROW):
        b[U + j] = b[P_X + j] - lever_y * b[P_HEADING + j] + lasting * b[P_BIAS_X + j]
        b[V + j] = b[P_Y + j] + lever_x * b[P_HEADING + j] + lasting * b[P_BIAS_Y + j]
    p = b[U + X] - lever_y * b[U + HEADING] + lasting * b[U + BIAS_X] + white
    q = b[U + Y] + lever_x * b[U + HEADING] + lasting * b[U + BIAS_Y]
    r = b[V + Y] + lever_x * b[V + HEADING] + lasting * b[V + BIAS_Y] + white
    if at_antenna:
        p, q, r = bent(b, p, q, r)
    b[AWAY_EAST], b[AWAY_NORTH], b[VARIANCE_EAST], b[VARIANCE_NORTH] = dx, dy, p, r
    distance2 = (r * dx * dx - 2.0 * q * dx * dy + p * dy * dy) / (p * r - q * q)
    if distance2 > WHEEL_GATE:
        return True
    lean_on(b, 1.0 - 2.0 * white / (p + r))
    absorb_both(b, p, q, r, dx, dy)
    return False


@lean
def _take_velocity(b: Floats, kind: int, refused: bool, since_s: float) -> None:
    """Compare the antenna's velocity; the sign of the speed follows, so that reverse is reverse.

    It is right whatever is wrong with a place: that of a refused fix counts where it is near, and where the
    receiver tells none the mean since the fix before, ``since_s`` ago [s], which has the same error.
    """
    east, north, noise = nan, nan, SPEED_M2PS2[min(max(int(b[GRADE]), 0), 8)]
    if not isnan(b[FAST]) and not isnan(b[COURSE]):
        course_x, course_y = look_along(b)
        east, north = b[FAST] * course_x, b[FAST] * course_y
    elif refused and 0.0 < since_s <= LED_S:
        east, north = (b[EAST] - b[A + SEEN_X]) / since_s, (b[NORTH] - b[A + SEEN_Y]) / since_s
        turned = 0.5 * since_s * turn_of(b) * speed_of(b)
        noise = 2.0 * fresh_m2(b) / (since_s * since_s) + turned * turned
    if not isnan(east) and b[P_HEADING + HEADING] < (SURE_RAD2 if refused else HEADING_UNKNOWN_RAD2):
        _take_course(b, kind, east, north, noise, GATE if refused else inf)
    elif not wheels_heard(b) and not isnan(b[FAST]):
        # Without a course the speed has no sign: close to standing it says 0, else what the track says.
        signed = -b[FAST] if b[SPEED] < 0.0 else b[FAST]
        signed = 0.0 if b[FAST] < SLOW_MPS else signed
        absorb_state(b, SPEED, signed - b[SPEED], noise)


@lean
def _take_course(b: Floats, kind: int, east: float, north: float, noise: float, gate: float) -> None:
    """Compare the antenna's velocity [m/s] with its variance along both axes; left out beyond a gate."""
    lever_x, lever_y = lever(b, kind)
    c, s, speed, turn = b[COS], b[SIN], speed_of(b), turn_of(b)
    per_speed = b[A + ODOMETER] if wheels_heard(b) else 1.0
    vx, vy, ux, uy = speed * c, speed * s, per_speed * c, per_speed * s
    for j in range(ROW):
        b[U + j] = ux * b[P_SPEED + j] - vy * b[P_HEADING + j] - lever_y * b[P_YAW_RATE + j]
        b[V + j] = uy * b[P_SPEED + j] + vx * b[P_HEADING + j] + lever_x * b[P_YAW_RATE + j]
    p = ux * b[U + SPEED] - vy * b[U + HEADING] - lever_y * b[U + YAW_RATE] + noise
    q = uy * b[U + SPEED] + vx * b[U + HEADING] + lever_x * b[U + YAW_RATE]
    r = uy * b[V + SPEED] + vx * b[V + HEADING] + lever_x * b[V + YAW_RATE] + noise
    dx, dy = east - vx + turn * lever_y, north - vy - turn * lever_x
    if r * dx * dx - 2.0 * q * dx * dy + p * dy * dy <= gate * (p * r - q * q):
        absorb_both(b, p, q, r, dx, dy)


@lean
def _take_heading(b: Floats, kind: int, at_antenna: bool, refused: bool) -> None:
    """Compare the heading of two antennas; one far off is left out, until several agree.

    They tell it by the way between them, whatever is wrong with their place: one that is near counts of a
    refused fix as well.
    """
    if isnan(b[NOSE]):
        return
    sigma = GYRO_HEADING_SIGMA_RAD if gyro_heard(b) else HEADING_SIGMA_RAD
    noise, own = sigma * sigma, b[P_HEADING + HEADING]
    residual = wrapped(b[NOSE] - b[HEADING])
    if own >= HEADING_UNKNOWN_RAD2 or residual * residual <= GATE * (own + noise):
        absorb_state(b, HEADING, residual, noise)
        return
    if refused:
        return
    # Wider about the antenna, whose place the fix has just told, not about the origin.
    lever_x, lever_y = (0.0, 0.0) if at_antenna else lever(b, kind)
    wider = residual * residual / (2.0 * GATE)
    b[P_X + X] += wider * lever_y * lever_y
    b[P_Y + Y] += wider * lever_x * lever_x
    b[P_HEADING + HEADING] += wider
    b[P_X + Y] -= wider * lever_y * lever_x
    b[P_Y + X] -= wider * lever_y * lever_x
    b[P_X + HEADING] += wider * lever_y
    b[P_HEADING + X] += wider * lever_y
    b[P_Y + HEADING] -= wider * lever_x
    b[P_HEADING + Y] -= wider * lever_x


@lean
def _turn_round(b: Floats, kind: int, unknown: bool) -> None:
    """Turn a vehicle round that seems to reverse: its heading was taken from a course in reverse.

    Or it was not known at all: then what moves is taken to go ahead, as from a first course.
    """
    if not ON_TRACK[kind] and b[SPEED] < -(COURSE_MPS if unknown else REVERSE_MPS):
        b[HEADING] += pi
        b[SPEED] *= -1.0
        reset(b, HEADING, b[P_HEADING + HEADING] if unknown else 0.1**2)
        reset(b, SPEED, 0.5**2)


@lean
def _hold(b: Floats, kind: int) -> None:
    """Bound the yaw rate by what speed and kind allow; what neither moves nor pivots does not turn."""
    speed, gyro = speed_of(b), gyro_heard(b)
    standing = b[A + STILL] > 0.0 if wheels_heard(b) else abs(speed) < STANDING_MPS
    if ON_TRACK[kind] or (standing and not PIVOTS[kind]):
        absorb_state(b, YAW_RATE, -turn_of(b), GYRO_RPS**2 if gyro else _TURN_M2)
    if not gyro:
        bound = TURN_RPS[kind] if PIVOTS[kind] else abs(speed) / TURN_RADIUS_M[kind]
        bound = 0.0 if ON_TRACK[kind] else bound
        b[YAW_RATE] = min(max(b[YAW_RATE], -bound), bound)


@lean
def along_rail(rail: float, heading: float) -> float:
    """Give the rail's direction that is nearer to a heading; the rail's own where none is known."""
    against = not isnan(heading) and cos(heading - rail) < 0.0
    return wrapped(rail + pi if against else rail)


@lean
def unsettle(b: Floats, rail: float, dt: float) -> None:
    """Widen the covariance of a machine before its fix is taken, by what nothing else tells."""
    if not wheels_heard(b):
        let_go(b, dt)
    _unsteer(b, rail, dt)


@lean
def _unsteer(b: Floats, rail: float, dt: float) -> None:
    """Widen the covariance of a machine whose fix brings no heading: what is driven may be led astray.

    A heading taken from courses is no hold on the next position: a machine that shunts at walking
    pace, or whose antenna sways, goes across it. So its velocity may change to any side, and its
    position besides.
    """
    if not isnan(b[NOSE]) or not isnan(rail) or (wheels_heard(b) and gyro_heard(b)):
        return
    dt, speed = min(dt, 1.0), speed_of(b)
    b[P_HEADING + HEADING] += SWERVE * dt / max(speed * speed, COURSE_MPS**2)
    b[P_X + X] += SWAY_MPS * dt * (SWAY_MPS * dt)
    b[P_Y + Y] += SWAY_MPS * dt * (SWAY_MPS * dt)


@lean
def doubt(b: Floats) -> None:
    """Widen the covariance along a refused innovation: those that agree open the gate, strays do not.

    After CONSISTENT refusals of the same innovation its direction's variance reaches what the gate
    asks, and the next such fix is taken with nearly all its weight.
    """
    share = 1.0 / (GATE * CONSISTENT)
    b[P_X + X] += b[AWAY_EAST] * b[AWAY_EAST] * share
    b[P_Y + Y] += b[AWAY_NORTH] * b[AWAY_NORTH] * share
    b[P_X + Y] += b[AWAY_EAST] * b[AWAY_NORTH] * share
    b[P_Y + X] += b[AWAY_EAST] * b[AWAY_NORTH] * share
