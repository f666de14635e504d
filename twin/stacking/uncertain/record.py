"""A recorded block as columns: boxes, what stood at the start, and who came and went when."""

from dataclasses import dataclass

import numpy as np

from twin.stacking.uncertain.places import Places
from twin.tables import Flags, Floats, Longs, Table

NEVER_D = 1e6
"""Departure of a box that does not leave within what is known [days]; two such block no one another."""


@dataclass(frozen=True, eq=False)
class Record(Table):
    """Boxes of a block and their comings and goings; times in days from the first operation.

    Attributes
    ----------
    places : Places
    long : (n,) bool
        40 and 45 ft boxes.
    group : (n,) int64
        Boxes of one bill of lading share a number; -1 where none is known.
    kind : (n,) int64
        Boxes of one direction, load and length share a number.
    born_d : (n,) float
        When a box came to the yard; NaN where that is not known.
    first_cell : (n,) int64
        Lower cell at the start, -1 for boxes that come later.
    leaves_d : (n,) float
        When it really leaves; NEVER_D where the record does not tell. Not for policies.
    time_d : (e,) float
    enters : (e,) bool
        Else the box leaves.
    box, cell : (e,) int64
        Who, and the lower cell that was recorded (-1 where none).
    announced_d : (e,) float
        When a departure was announced; NaN where that was not before it.
    """

    places: Places
    long: Flags
    group: Longs
    kind: Longs
    born_d: Floats
    first_cell: Longs
    leaves_d: Floats
    time_d: Floats
    enters: Flags
    box: Longs
    cell: Longs
    announced_d: Floats


def true_leaves_d(boxes: int, time_d: Floats, enters: Flags, box: Longs) -> Floats:
    """Give the departure of every box, NEVER_D where there is none among the events."""
    leaves_d = np.full(boxes, NEVER_D)
    leaves_d[box[~enters]] = time_d[~enters]
    return leaves_d
