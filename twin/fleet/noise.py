"""What is taken for granted of receivers, wheels, gyros and drivers: figures, each with its reason."""

import numpy as np

from twin.fleet import motion
from twin.fleet.kinds import KIND_NAMES, KINDS

GATE = 13.8
"""Chi-square of two degrees of freedom at 99.9 %: a fix further off than this is refused."""
WHEEL_GATE = 18.4
"""The same at 99.99 %, where wheels tell how far a machine went."""
CONSISTENT = 6
"""So many refused fixes in a row that agree with one another are believed after all."""
RESTART_S = 30.0
"""After a silence this long a track starts anew from its next fix [s]."""
UNHEARD_S, TURNED_RAD = 3.0, 0.3
"""Not heard for so long and turned by more meanwhile, a machine's track begins anew [s], [rad]."""
UNSURE_M2 = 1.0
"""After such a silence a track that is less sure of its place than this, as a sum over both axes, goes by its
next fixes as by those that a track begins with [m2]."""
WHEELS_CARRY_S = 30.0
"""Wheels carry a track on without a fix for no longer than this [s]."""
SLIGHT_M = 0.3
"""Ambiguities resolved wrongly put a fix further off than this [m]: their wave lengths are 19 to 25 cm."""
OTHER_WAY_M = 5.0
"""Found again so far from where it was believed it has gone another way, and so has its trailer [m]."""

NOISE_SCALE = 4.0
"""Without wheels a fix is refused by its variance raised by this: solutions hop from one to another."""
OFTENEST_S = 0.05
"""Fixes closer than this are taken for that far apart where wheels are heard [s]."""
EXACT_M = 0.06
"""A fix this good has its ambiguities resolved; the errors of others have nothing to do with its own [m]."""
WHITE_M = 0.01
"""So much of a worse fix's error is new each time, one sigma an axis, until its receiver's fixes have told
[m]."""
WHITE_SHARE = 0.2
"""Of a good fix's variance, until its receiver's fixes have told; and where wheels are heard never less."""
FRESH_FIRST, FRESH_LEAST = 2.5e-3, 1e-4
"""The same without wheels: what share of a receiver's variance is new in each fix, before its fixes have
told, and at least. Receivers at rest: 0.4 cm of 2.5 m, 0.9 of 98 cm, 1 of 35 cm (recorded logs)."""
FRESH_WEIGHT, FRESH_MOST = 0.02, 4.0
"""Weight of one fix in what is told of that, and how many times its variance it tells at most."""
LED_S = 1.5
"""From a fix so long ago speed and course lead to the next [s]."""
MULTIPATH_S = 20.0
"""Errors of a fix beside steel stay alike for so long [s]."""
FLOOR_M = 0.005
"""No fix is better than this [m]."""

HEADING_UNKNOWN_RAD2 = 0.2
"""A heading of a variance above this is no heading."""
COURSE_MPS = 0.5
"""A course over ground tells a heading that is not known from this speed on [m/s]."""
SLOW_MPS = 0.2
"""Below this speed receivers give no course, and a speed is mostly the noise of one [m/s]."""
REVERSE_MPS = 3.0
"""No vehicle reverses faster than this: one that seems to has its heading the wrong way round [m/s]."""
SIDEWAYS = 0.6
"""Nothing goes sideways: a course this far across the heading (as a sine) says that it was wrong."""
ASTRAY = 0.5
"""A course whose cosine to the heading is less, the sense of the wheels counted, says that it is wrong."""
ASIDE_RAD = 0.04
"""An antenna that goes by so much another way than heading and turn have it go, as a mean of refused fixes,
tells that its machine's heading is wrong [rad]."""
SWING_M = 4.0
"""No antenna is further from what its machine turns about [m]."""
DOUBTED = 15
"""After so many refused fixes in a row course and wheels are asked whether the heading is wrong."""
SWERVE = 0.05
"""How fast the velocity of what brings no heading may change to the side, as a density [m2/s3]."""
SWAY_MPS = 0.15
"""How fast the antenna of what brings no heading may go across it, one sigma an axis [m/s]."""
HEADING_SIGMA_RAD = 0.005
"""Error of a heading of two antennas, what lasts of it included [rad]."""
GYRO_HEADING_SIGMA_RAD = 0.0035
"""The same where a gyro tells turns from errors [rad]."""

WHEEL_SHARE = 0.01
"""Wheels are off by a share of their speed, one sigma: tyres wear and are pumped."""
WHEEL_MPS = 0.02
"""Noise of one word of the wheels, one sigma [m/s]."""
GYRO_RPS = 0.0018
"""Noise of one word of a gyro, one sigma: 0.1 deg/s [rad/s]."""
GYRO_OFF_RPS = 0.01
"""What a gyro says while nothing turns, one sigma [rad/s]."""
DEAF_S = 1.0
"""Wheels and gyros not heard for so long are not relied on [s]."""
LAG_S = 0.01
"""A word of the wheels may be so much older than it says [s]."""
OFTEN_S = 0.25
"""Words of the wheels closer than this tell the whole way between them [s]."""
QUICKLY, SLOWLY = 4, 64
"""In how many words it is learnt that words of motion are nearer to one another, and farther apart."""
SELDOM = 8
"""In how many it is learnt that fixes are farther apart."""
UNEVEN = 0.2
"""By what share of how fast a machine can turn at its speed a word of its gyro differs from the one before,
one sigma: drivers steer in corrections (simulated trucks in a bend: 0.1 rad/s)."""
CREEP_MPS = 0.08
"""Wheels that say more than this do not stand [m/s]."""
STOPPED_MPS, STARTED_MPS = 0.02, 0.04
"""They stand once the mean of what they said of late is below one, until it is above the other [m/s]."""
IDLE_SHARE = 0.3
"""Weight of the last word in that mean."""
START_M2 = 2.5e-5
"""What is missed of a way before wheels count as turning [m2]."""
SLIP_M2, WANDER_M2 = 4e-6, 1e-7
"""Slip of tyres, as a density of the position's variance; of one that stands [m2/s]."""
SHARE_WALK, GYRO_WALK, HEADING_WALK = 1e-9, 4e-10, 1e-8
"""How fast what wheels say too little, what a gyro does, and a heading change [1/s, rad2/s3, rad2/s]."""

MANUAL, SIMULATOR = 7.0, 8.0
"""NMEA GGA qualities of places that somebody typed in, and that a receiver makes up: neither is measured."""

# Tuples, not arrays: compiled loops know them as constants, plain ones take Python's numbers out of them.
SPEED_M2PS2 = tuple(sigma**2 for sigma in (0.2, 0.2, 0.1, 0.2, 0.05, 0.1, 0.2, 0.2, 0.1))
"""Variance of a receiver's speed, by NMEA GGA quality [m2/s2]."""
LASTING_M2 = tuple(sigma**2 for sigma in (1.5, 1.5, 0.5, 1.5, 0.01, 0.2, 1.5, 0.0, 0.0))
"""Of errors that last longer than a filter averages, an axis, by NMEA GGA quality; wheels are heard [m2]."""
LEVER_X_M, LEVER_Y_M, _ = (tuple(column) for column in motion.ANTENNA_M.T.tolist())
"""Where antennas are, forward and to the left of the origin, by kind [m]."""
TRAILER_M = tuple(motion.TRAILER_M.tolist())
ON_TRACK = tuple(motion.ON_TRACK.tolist())
PIVOTS = tuple(motion.PIVOTS.tolist())
TURN_RPS = tuple(float(KINDS[name].turn_rps) for name in KIND_NAMES)
TURN_RADIUS_M = tuple(float(KINDS[name].turn_radius_m) for name in KIND_NAMES)
"""How fast and how tightly kinds turn [rad/s, m]."""
ACCELERATION_MPS2 = tuple(float(KINDS[name].acceleration_mps2) for name in KIND_NAMES)
"""How fast kinds gather speed [m/s2]."""
TOP_MPS = tuple(2.0 * KINDS[name].speed_mps for name in KIND_NAMES)
"""No machine of a kind is faster than this, twice as fast as it should be [m/s]."""
REPORT_S = tuple(float(KINDS[name].report_interval_s) for name in KIND_NAMES)

_KINDS = np.arange(len(KIND_NAMES), dtype=np.int8)
_NONE = np.zeros(len(_KINDS), np.bool_)
PUSH, SWERVES, DRIFT, WALK = (tuple(column.tolist()) for column in motion.noises(_KINDS, _NONE))
"""Densities of the noise of kinds that move, see :func:`twin.fleet.motion.noises`."""
PUSH_STILL, SWERVES_STILL, DRIFT_STILL, WALK_STILL = (
    tuple(column.tolist()) for column in motion.noises(_KINDS, ~_NONE)
)
"""The same of kinds that stand."""
