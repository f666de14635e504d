"""Where the numbers of one machine lie while messages are taken into what is believed of it.

The tables of beliefs have a column a machine. One is laid out in a row of numbers, its messages are taken
into that, and it is put back. In the functions that do so ``b`` is this row and ``k`` the machine's instants
and counts, as rows of ``Beliefs.marks`` are named. The functions are compiled; where there is no compiler
``b`` and ``k`` are lists, and the numbers come out the same, bit for bit.
"""

from math import nan
from typing import Any, TypeAlias, TypeVar

import numpy as np
from numpy.typing import NDArray

from twin.compiled import COMPILED, lean
from twin.fleet.epochs import Epochs
from twin.fleet.memory import AIDS, MARKS, STATES, TOLD, TOLD_FIXED, TOLD_QUALITY, Beliefs
from twin.tables import Bytes, Floats, Longs

Number = TypeVar("Number", bound=np.generic)

X, Y, HEADING, SPEED, YAW_RATE, BIAS_X, BIAS_Y = range(STATES)
"""The mean. With wheels heard SPEED is what they say too little, as a share; with a gyro YAW_RATE is so."""
ROW = 8
P_X, P_Y, P_HEADING, P_SPEED, P_YAW_RATE, P_BIAS_X, P_BIAS_Y = range(ROW, ROW * (STATES + 1), ROW)
"""Rows of the covariance; each is eight long, its last always 0: machine code takes four at once."""
FIXED = 4
"""NMEA GGA quality of a solution whose ambiguities are resolved."""
BELIEF = ROW * (STATES + 1)
"""So many places have mean and covariance."""
A = BELIEF
"""From here on the rows of ``Beliefs.aids``."""
S = A + AIDS
"""From here on what is said in an epoch:"""
EAST, NORTH, SIGMA, FAST, COURSE, NOSE, GRADE, WHEELS, TURN = range(S, S + 9)
"""antenna's place, its sigma, speed and course over ground, heading, quality, odometer, gyro."""
AWAY_EAST, AWAY_NORTH, VARIANCE_EAST, VARIANCE_NORTH = range(S + 9, S + 13)
"""Measured less expected place of the antenna, and the variances of these; see ``correction``."""
FACED, COS, SIN = range(S + 13, S + 16)
"""A heading, its cosine and sine: those of the mean once :func:`twin.fleet.prediction.look` was called."""
U, V = S + 16, S + 24
"""Room for two rows."""
KEPT = S + 32
"""Room for mean and covariance as they were."""
SIZE = KEPT + BELIEF


Columns: TypeAlias = tuple[Floats, Floats, Floats, Longs]
"""Mean, covariance, aids and marks as in ``Beliefs``, but a row a machine: see :func:`rows_of`."""
Said: TypeAlias = tuple[Floats, Floats, Floats, Floats, Floats, Floats, Bytes, Floats, Floats]
"""Columns of ``Epochs`` from ``x_m`` on."""


def room() -> tuple[Any, Any]:
    """Give ``b`` and ``k`` of no machine."""
    if COMPILED:
        return np.zeros(SIZE), np.zeros(MARKS, np.int64)
    return [0.0] * SIZE, [0] * MARKS


def locked(values: NDArray[Number]) -> NDArray[Number]:
    """Give a view that may not be written to, of values that lie together.

    A compiled loop is compiled for each sort of array that it is given: this is the one for what goes in.
    """
    flags = values.flags
    if not flags.c_contiguous:
        values = np.ascontiguousarray(values)
    elif not flags.writeable:
        return values
    view = values.view()
    view.setflags(write=False)
    return view


def rows_of(beliefs: Beliefs) -> Columns:
    """Give beliefs as compiled loops take them: a row a machine, not to be written to."""
    return (
        locked(beliefs.mean.T), locked(beliefs.covariance.T), locked(beliefs.aids.T), locked(beliefs.marks.T),
    )  # fmt: skip


def said_in(epochs: Epochs) -> Said:
    """Give what is said in epochs as compiled loops take it."""
    return (
        locked(epochs.x_m), locked(epochs.y_m), locked(epochs.sigma_m), locked(epochs.speed_mps),
        locked(epochs.course_rad), locked(epochs.heading_rad), locked(epochs.quality),
        locked(epochs.odometer_mps), locked(epochs.gyro_rps),
    )  # fmt: skip


@lean
def _copy_seven(b: Floats, at: int, values: Floats) -> None:
    """Lay out seven numbers: all are read before any is put down, so that several are at once."""
    v0, v1, v2, v3 = float(values[0]), float(values[1]), float(values[2]), float(values[3])
    v4, v5, v6 = float(values[4]), float(values[5]), float(values[6])
    b[at], b[at + 1], b[at + 2], b[at + 3] = v0, v1, v2, v3
    b[at + 4], b[at + 5], b[at + 6] = v4, v5, v6


@lean
def _put_seven(b: Floats, at: int, values: Floats) -> None:
    """Put seven numbers back; see :func:`_copy_seven`."""
    v0, v1, v2, v3 = b[at], b[at + 1], b[at + 2], b[at + 3]
    v4, v5, v6 = b[at + 4], b[at + 5], b[at + 6]
    values[0], values[1], values[2], values[3] = v0, v1, v2, v3
    values[4], values[5], values[6] = v4, v5, v6


@lean
def lay_out(b: Floats, k: Longs, i: int, columns: Columns) -> None:
    """Lay out machine ``i``."""
    mean, covariance, aids, marks = columns
    _copy_seven(b, 0, mean[i])
    for row in range(STATES):
        _copy_seven(b, P_X + ROW * row, covariance[i, row])
    for row in range(0, AIDS, 7):
        _copy_seven(b, A + row, aids[i, row : row + 7])
    for row in range(MARKS):
        k[row] = int(marks[i, row])


@lean
def put_back(b: Floats, k: Longs, i: int, columns: Columns) -> None:
    """Put machine ``i`` back."""
    mean, covariance, aids, marks = columns
    _put_seven(b, 0, mean[i])
    for row in range(STATES):
        _put_seven(b, P_X + ROW * row, covariance[i, row])
    for row in range(0, AIDS, 7):
        _put_seven(b, A + row, aids[i, row : row + 7])
    for row in range(MARKS):
        marks[i, row] = k[row]


@lean
def listen(b: Floats, e: int, said: Said) -> None:
    """Lay out what is said in epoch ``e``.

    A receiver that tells its error now and then is believed until it tells another at the same quality; one
    that is fixed again after a float solution is as good as when it was fixed before. A filter that is told
    another sigma every second takes errors that last for known.
    """
    x_m, y_m, sigma_m, speed_mps, course_rad, heading_rad, quality, odometer_mps, gyro_rps = said
    b[EAST], b[NORTH], b[SIGMA] = float(x_m[e]), float(y_m[e]), abs(float(sigma_m[e]))
    grade, sigma = int(quality[e]), float(sigma_m[e])
    if sigma > 0.0 and grade == FIXED:
        b[A + TOLD_FIXED] = sigma
    elif sigma > 0.0 and grade >= 0:
        b[A + TOLD], b[A + TOLD_QUALITY] = sigma, float(grade)
    elif sigma < 0.0 and grade == FIXED and b[A + TOLD_FIXED] > 0.0:
        b[SIGMA] = b[A + TOLD_FIXED]
    elif sigma < 0.0 and b[A + TOLD] > 0.0 and b[A + TOLD_QUALITY] == grade:
        b[SIGMA] = b[A + TOLD]
    b[FAST], b[COURSE], b[NOSE] = float(speed_mps[e]), float(course_rad[e]), float(heading_rad[e])
    b[GRADE], b[WHEELS], b[TURN] = float(quality[e]), float(odometer_mps[e]), float(gyro_rps[e])
    # Anew each time: what comes out may not hang on which epochs were taken in one go.
    b[FACED] = nan


@lean
def keep(b: Floats) -> None:
    """Keep mean and covariance as they are."""
    for place in range(BELIEF):
        b[KEPT + place] = b[place]


@lean
def undo(b: Floats) -> None:
    """Make mean and covariance again what they were when they were kept."""
    for place in range(BELIEF):
        b[place] = b[KEPT + place]


@lean
def reset(b: Floats, state: int, variance: float) -> None:
    """Begin a state anew: what is known of others says nothing of it."""
    for other in range(STATES):
        b[P_X + ROW * state + other] = 0.0
        b[P_X + ROW * other + state] = 0.0
    b[P_X + ROW * state + state] = variance
