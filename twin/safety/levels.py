"""Thresholds of the three levels, and what people set in their place for a zone or a kind."""

from dataclasses import dataclass
from math import inf

import numpy as np

from twin.safety.table import Level
from twin.tables import Bytes, Flags, Floats


@dataclass(frozen=True, slots=True)
class Levels:
    """From which measure on a rule warns, asks to slow down and to stop.

    Attributes
    ----------
    warning, slow_down, stop : float
        In the unit of the rule's measure.
    falling : bool
        Whether less is graver, as of a time to contact.
    deadband : float
        A level is kept until the measure is this much better than what it takes to reach it.
    furthest : float
        No threshold may be set beyond this: further ahead nothing is looked for.
    """

    warning: float
    slow_down: float
    stop: float
    falling: bool = False
    deadband: float = 0.0
    furthest: float = inf

    def reached(self, measure: Floats, limits: Floats, slack: float = 0.0) -> Bytes:
        """Give the level of measures, (n,) int8: 0 where none is reached, and where the measure is NaN.

        Parameters
        ----------
        measure : (n,)
        limits : (3, n)
            Thresholds of warning, slow-down and stop, as :func:`limits_of` gives them.
        slack : float
            By how much a measure may be better and still count.
        """
        with np.errstate(invalid="ignore"):
            over = measure <= limits + slack if self.falling else measure >= limits - slack
        numbers = np.array([[Level.WARNING], [Level.SLOW_DOWN], [Level.STOP]])
        reached: Bytes = np.where(over, numbers, 0).max(axis=0).astype(np.int8)
        return reached


ALWAYS = Levels(-inf, -inf, -inf)
"""What is found has gone as far as it can."""
WARNS = Levels(-inf, inf, inf)
"""What is found is a warning, never more."""


@dataclass(frozen=True, slots=True)
class Limit:
    """Thresholds that a person set in place of a rule's own.

    ``zone`` names a zone or a block that it holds in, ``kind`` a kind of machine; empty: any.
    """

    rule: str
    zone: str
    kind: str
    warning: float
    slow_down: float
    stop: float


def limits_of(levels: Levels, n: int, own: list[tuple[Limit, Flags]]) -> Floats:
    """Give the thresholds of n findings, (3, n): a rule's own, else what was set for them.

    Parameters
    ----------
    levels : Levels
    n : int
    own : list of (Limit, (n,) bool)
        What was set, and which findings it is for; where several are, the later one counts.
    """
    limits = np.repeat([[levels.warning], [levels.slow_down], [levels.stop]], n, axis=1)
    for limit, rows in own:
        limits[:, rows] = [[limit.warning], [limit.slow_down], [limit.stop]]
    return limits
