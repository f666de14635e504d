"""Rules by name that choose a cell for a box that comes or is in the way."""

from collections.abc import Callable
from dataclasses import dataclass

import numpy as np

from twin.stacking.uncertain.beliefs import Beliefs
from twin.stacking.uncertain.places import Standing
from twin.stacking.uncertain.record import NEVER_D
from twin.stacking.uncertain.scenes import Scenes
from twin.tables import Floats, Longs


@dataclass(slots=True)
class View:
    """What a rule sees at an instant.

    Attributes
    ----------
    standing : what stands where; to look at.
    beliefs : what is known of departures.
    scenes : joint scenarios of them.
    now_d : float
    rng : for rules that draw.
    relocating : whether the box is in the way, else it comes.
    """

    standing: Standing
    beliefs: Beliefs
    scenes: Scenes
    now_d: float
    rng: np.random.Generator
    relocating: bool = False


Rule = Callable[[View, int, Longs], int]
"""Gives one of the cells (m > 0), all of them legal, for a box."""


def random(view: View, box: int, cells: Longs) -> int:
    """Take any legal cell: the baseline to compare with."""
    return int(view.rng.choice(cells))


def levelling(view: View, box: int, cells: Longs) -> int:
    """Take the lowest stack; ties to the lowest cell."""
    return int(cells[np.argmin(view.standing.height[cells])])


def min_max(view: View, box: int, cells: Longs) -> int:
    """Take the tightest stack that leaves later than the box, else the one that leaves last; by estimates."""
    soonest_d = estimated_d(view, cells, bool(view.standing.long[box]))
    mine_d = view.beliefs.estimate(np.array([box]), view.now_d)[0]
    later = soonest_d >= mine_d
    if later.any():
        return int(cells[np.argmin(np.where(later, soonest_d, np.inf))])
    return int(cells[np.argmax(soonest_d)])


def estimated_d(view: View, cells: Longs, long: bool) -> Floats:
    """Give the soonest estimate (m,) of what a box would stand on [days]."""
    standing = view.standing
    both = np.column_stack((cells, standing.places.next[cells])) if long else cells[:, None]
    boxes = standing.occupant[both].reshape(len(cells), -1)
    leaves_d = view.beliefs.estimate(np.maximum(boxes, 0).ravel(), view.now_d).reshape(boxes.shape)
    return np.asarray(np.where(boxes >= 0, leaves_d, NEVER_D).min(axis=1))


CLOSING = 0.4
RESIDENCE_D = 6.0
AGAIN = 1.3


def expected(view: View, box: int, cells: Longs) -> int:
    """Take the cell of least expected relocations: the box's own, and those that it will cause later."""
    return int(cells[np.argmin(expected_cost(view, box, cells))])


def expected_cost(view: View, box: int, cells: Longs) -> Floats:
    """Give the expected additional relocations (m,) of a box on cells."""
    standing = view.standing
    soonest_d = view.scenes.soonest_d(cells, bool(standing.long[box]))
    mine_d = view.scenes.leaves_d[box]
    blocks = (soonest_d < mine_d).mean(axis=1)
    before = np.exp(-(soonest_d - view.now_d) / RESIDENCE_D)
    then = np.exp(-(np.minimum(soonest_d, mine_d) - view.now_d) / RESIDENCE_D)
    room = standing.places.tiers[cells] - standing.height[cells]
    closing = ((then - before).mean(axis=1)) * (room > 1) + (1.0 - before).mean(axis=1) * (room <= 1)
    return np.asarray(AGAIN * blocks + CLOSING * closing)


RULES: dict[str, Rule] = {
    "expected": expected,
    "min_max": min_max,
    "levelling": levelling,
    "random": random,
}
