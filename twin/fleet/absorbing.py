"""Taking a measurement into mean and covariance, once its covariances with the states are in the room.

One machine at a time, laid out as in :mod:`twin.fleet.places`.
"""

from twin.compiled import lean
from twin.fleet.memory import STATES
from twin.fleet.places import BIAS_X, HEADING, P_HEADING, P_X, ROW, U, V
from twin.fleet.wheels import wheels_heard
from twin.tables import Floats

BENT = 0.75
"""By so much of the square of its covariance with the heading a place errs along that: where a machine heads
elsewhere by an angle a way comes short by half the angle's square, of which this is the mean square."""


@lean
def bent(b: Floats, p: float, q: float, r: float) -> tuple[float, float, float]:
    """Widen the covariance of a place's residual along the heading by what an error of that makes of a way.

    Without it a machine that goes into a turn, of which no gyro tells, has its good fixes refused: it comes
    short of where wheels lead along the heading that was believed.

    Notes
    -----
    The second order of the arc (Bar-Shalom, Li, Kirubarajan 2001, 10.3.3). Past a radian the series tells
    nothing, and what is widened is as of one.
    """
    x, y, turned2 = b[U + HEADING], b[V + HEADING], b[P_HEADING + HEADING]
    share = BENT if turned2 <= 1.0 else BENT / (turned2 * turned2)
    return p + share * y * y, q - share * x * y, r + share * x * x


@lean
def absorb_both(b: Floats, p: float, q: float, r: float, dx: float, dy: float) -> None:
    """Take a measurement of two axes whose covariances with the states are in the room.

    ``p`` and ``r`` are the variances of the residuals ``dx`` and ``dy``, ``q`` is their covariance.
    """
    whole = 1.0 / (p * r - q * q)
    p, q, r = p * whole, q * whole, r * whole
    for i in range(STATES if wheels_heard(b) else BIAS_X):
        _gain_both(b, i, p, q, r, dx, dy)


@lean
def _gain_both(b: Floats, i: int, p: float, q: float, r: float, dx: float, dy: float) -> None:
    gain_x = r * b[U + i] - q * b[V + i]
    gain_y = p * b[V + i] - q * b[U + i]
    b[i] += gain_x * dx + gain_y * dy
    for j in range(ROW):
        b[P_X + ROW * i + j] -= gain_x * b[U + j] + gain_y * b[V + j]


@lean
def absorb_state(b: Floats, state: int, residual: float, noise: float) -> None:
    """Take one measurement of a state itself: its own row last, which all others are corrected by."""
    scale, own = 1.0 / (b[P_X + ROW * state + state] + noise), P_X + ROW * state
    for i in range(STATES if wheels_heard(b) else BIAS_X):
        if i != state:
            _gain(b, i, own, scale, residual)
    _gain(b, state, own, scale, residual)


@lean
def _gain(b: Floats, i: int, own: int, scale: float, residual: float) -> None:
    gain = b[own + i] * scale
    b[i] += gain * residual
    for j in range(ROW):
        b[P_X + ROW * i + j] -= gain * b[own + j]
