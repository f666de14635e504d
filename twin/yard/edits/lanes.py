"""Edits of lanes."""

import math
from dataclasses import dataclass, replace

from twin.errors import YardError
from twin.yard.edits.editing import moved_point, next_revision, without
from twin.yard.model import Lane, Point, Yard
from twin.yard.roads import JOIN_M


@dataclass(frozen=True, slots=True)
class AddLane:
    """Adds a lane."""

    lane: Lane

    @property
    def title(self) -> str:
        """What it does."""
        return f"Add lane {self.lane.name}"

    def apply(self, yard: Yard) -> Yard:
        """Give the next yard."""
        return next_revision(yard, lanes=(*yard.lanes, self.lane))


@dataclass(frozen=True, slots=True)
class RemoveLane:
    """Removes a lane; gates forget it."""

    name: str

    @property
    def title(self) -> str:
        """What it does."""
        return f"Remove lane {self.name}"

    def apply(self, yard: Yard) -> Yard:
        """Give the next yard."""
        gates = tuple(
            replace(
                gate,
                lanes_in=tuple(name for name in gate.lanes_in if name != self.name),
                lanes_out=tuple(name for name in gate.lanes_out if name != self.name),
            )
            if self.name in gate.lanes_in + gate.lanes_out
            else gate
            for gate in yard.gates
        )
        return next_revision(yard, lanes=without(yard.lanes, self.name), gates=gates)


@dataclass(frozen=True, slots=True)
class MoveLanePoint:
    """Puts a point of a lane's centre line elsewhere; lanes joined at that point come along."""

    name: str
    index: int
    point: Point

    @property
    def title(self) -> str:
        """What it does."""
        return f"Move a point of lane {self.name}"

    def apply(self, yard: Yard) -> Yard:
        """Give the next yard."""
        lane = next((lane for lane in yard.lanes if lane.name == self.name), None)
        if lane is None or not -1 <= self.index < len(lane.centre_line_yard_m):
            raise YardError(f"lane {self.name!r}: expected a point of its centre line, found {self.index}")
        index = self.index % len(lane.centre_line_yard_m)
        old, new = lane.centre_line_yard_m[index], moved_point(self.point, 0.0, 0.0)
        is_end = index in (0, len(lane.centre_line_yard_m) - 1)
        lanes = tuple(
            _with_point(other, index, new)
            if other.name == self.name
            else (_with_ends(other, old, new) if is_end else other)
            for other in yard.lanes
        )
        return next_revision(yard, lanes=lanes)


def _with_point(lane: Lane, index: int, point: Point) -> Lane:
    line = lane.centre_line_yard_m
    return replace(lane, centre_line_yard_m=(*line[:index], point, *line[index + 1 :]))


def _with_ends(lane: Lane, old: Point, new: Point) -> Lane:
    for index in (0, len(lane.centre_line_yard_m) - 1):
        if math.dist(lane.centre_line_yard_m[index], old) <= JOIN_M:
            lane = _with_point(lane, index, new)
    return lane
