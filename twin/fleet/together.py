"""Fixes of many machines that leave their tracks at once.

Receivers do not jump together of themselves: satellites are imitated, or a source's frame was changed. So
such fixes are not believed for agreeing with one another, as those of one receiver are in the end.
"""

import numpy as np

from twin.clock import NS_PER_S
from twin.fleet.doubting import FAR_M
from twin.fleet.memory import AWAY_X, AWAY_Y, FIX, REFUSED, SINCE, TRIED
from twin.fleet.noise import DOUBTED
from twin.fleet.working import Working

MANY = 5
"""So many are no chance."""
AT_ONCE_S = 5.0
"""Their last fixes that fitted lie within this [s]."""
MOST_S = 600.0
"""So long after these they are not believed [s]: then they may be, for nothing else would come any more."""

_AT_ONCE_NS, _MOST_NS = round(AT_ONCE_S * NS_PER_S), round(MOST_S * NS_PER_S)


def hold(w: Working) -> None:
    """Have streaks of refused fixes that began at many machines at once count for nothing, in place."""
    marks = w.marks
    if np.count_nonzero(marks[REFUSED]) < MANY:
        return
    jumped = (marks[REFUSED] > 0) & (np.hypot(w.aids[AWAY_X], w.aids[AWAY_Y]) > FAR_M)
    rows = np.flatnonzero(jumped & (marks[TRIED] - marks[FIX] < _MOST_NS))
    if len(rows) < MANY:
        return
    fitted_ns = np.sort(marks[FIX, rows])
    if (fitted_ns[MANY - 1 :] - fitted_ns[: len(rows) - MANY + 1]).min() > _AT_ONCE_NS:
        return
    marks[SINCE, rows] = marks[TRIED, rows]
    marks[REFUSED, rows] = np.minimum(marks[REFUSED, rows], DOUBTED - 1)
