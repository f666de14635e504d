"""Edits of zones."""

from dataclasses import dataclass, replace

from twin.yard.edits.editing import changed, moved_point, next_revision, without
from twin.yard.model import Polygon, Yard, Zone


@dataclass(frozen=True, slots=True)
class AddZone:
    """Adds a zone."""

    zone: Zone

    @property
    def title(self) -> str:
        """What it does."""
        return f"Add zone {self.zone.name}"

    def apply(self, yard: Yard) -> Yard:
        """Give the next yard."""
        return next_revision(yard, zones=(*yard.zones, self.zone))


@dataclass(frozen=True, slots=True)
class RemoveZone:
    """Removes a zone."""

    name: str

    @property
    def title(self) -> str:
        """What it does."""
        return f"Remove zone {self.name}"

    def apply(self, yard: Yard) -> Yard:
        """Give the next yard."""
        return next_revision(yard, zones=without(yard.zones, self.name))


@dataclass(frozen=True, slots=True)
class MoveZone:
    """Moves a zone."""

    name: str
    dx_m: float
    dy_m: float

    @property
    def title(self) -> str:
        """What it does."""
        return f"Move zone {self.name}"

    def apply(self, yard: Yard) -> Yard:
        """Give the next yard."""

        def change(zone: Zone) -> Zone:
            return replace(
                zone,
                ring_yard_m=tuple(moved_point(point, self.dx_m, self.dy_m) for point in zone.ring_yard_m),
            )

        return next_revision(yard, zones=changed(yard.zones, self.name, change))


@dataclass(frozen=True, slots=True)
class ReshapeZone:
    """Gives a zone another outline."""

    name: str
    ring_yard_m: Polygon

    @property
    def title(self) -> str:
        """What it does."""
        return f"Reshape zone {self.name}"

    def apply(self, yard: Yard) -> Yard:
        """Give the next yard."""
        ring = tuple(moved_point(point, 0.0, 0.0) for point in self.ring_yard_m)
        return next_revision(
            yard, zones=changed(yard.zones, self.name, lambda zone: replace(zone, ring_yard_m=ring))
        )
