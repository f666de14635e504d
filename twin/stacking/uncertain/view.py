"""What a rule sees at an instant."""

from collections.abc import Callable
from dataclasses import dataclass

import numpy as np

from twin.stacking.uncertain.beliefs import Beliefs
from twin.stacking.uncertain.places import Standing
from twin.stacking.uncertain.scenes import Scenes
from twin.tables import Longs


@dataclass(slots=True)
class View:
    """What a rule sees at an instant; to look at, never to change.

    Attributes
    ----------
    standing : what stands where.
    beliefs : what is known of departures.
    scenes : joint scenarios of them.
    group, kind : (n,) per box, as in the record; -1 where none.
    now_d : the instant [days].
    rng : for rules that draw.
    recorded : the cell that was recorded for a box that comes, -1 where none.
    due : the box that is waited for, -1 where none: a box comes, or is set back.
    last : the cell of the last move, where the crane is.
    """

    standing: Standing
    beliefs: Beliefs
    scenes: Scenes
    group: Longs
    kind: Longs
    now_d: float
    rng: np.random.Generator
    recorded: int = -1
    due: int = -1
    last: int = 0


Rule = Callable[[View, int, Longs], int]
"""Gives one of the cells (m > 0), all of them legal, for a box that stands nowhere."""
