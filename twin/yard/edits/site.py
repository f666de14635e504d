"""Edits of what frames a yard: its name, its fence, its place on the Earth, its quays and gates."""

from collections.abc import Mapping
from dataclasses import dataclass, replace
from typing import Any

from twin.yard.edits.editing import changed, moved_point, next_revision, with_fields, without
from twin.yard.model import BaseStation, Gate, Georeference, Polygon, Yard


@dataclass(frozen=True, slots=True)
class RenameYard:
    """Gives the yard another name."""

    new: str

    @property
    def title(self) -> str:
        """What it does."""
        return f"Rename the yard to {self.new}"

    def apply(self, yard: Yard) -> Yard:
        """Give the next yard."""
        return next_revision(yard, name=self.new)


@dataclass(frozen=True, slots=True)
class SetGeoreference:
    """Ties the yard to the Earth elsewhere, or otherwise."""

    georeference: Georeference

    @property
    def title(self) -> str:
        """What it does."""
        return "Change the georeference"

    def apply(self, yard: Yard) -> Yard:
        """Give the next yard."""
        return next_revision(yard, georeference=self.georeference)


@dataclass(frozen=True, slots=True)
class SetFence:
    """Gives the fence another course."""

    fence_yard_m: Polygon

    @property
    def title(self) -> str:
        """What it does."""
        return "Change the fence"

    def apply(self, yard: Yard) -> Yard:
        """Give the next yard."""
        fence = tuple(moved_point(point, 0.0, 0.0) for point in self.fence_yard_m)
        return next_revision(yard, fence_yard_m=fence)


@dataclass(frozen=True, slots=True)
class SetBaseStation:
    """Puts the GNSS base station elsewhere, or takes it away."""

    base_station: BaseStation | None

    @property
    def title(self) -> str:
        """What it does."""
        return "Change the base station"

    def apply(self, yard: Yard) -> Yard:
        """Give the next yard."""
        return next_revision(yard, base_station=self.base_station)


@dataclass(frozen=True, slots=True, init=False)
class SetQuay:
    """Changes fields of a quay: ``SetQuay("Q", cranes=3)``."""

    name: str
    changes: tuple[tuple[str, Any], ...]

    def __init__(self, name: str, changes: Mapping[str, Any] | None = None, **more: Any) -> None:
        object.__setattr__(self, "name", name)
        object.__setattr__(self, "changes", tuple({**(changes or {}), **more}.items()))

    @property
    def title(self) -> str:
        """What it does."""
        return f"Change {', '.join(key for key, _ in self.changes)} of quay {self.name}"

    def apply(self, yard: Yard) -> Yard:
        """Give the next yard; raise :class:`YardError` for a field that quays do not have."""
        quays = changed(yard.quays, self.name, lambda quay: with_fields(quay, self.changes))
        return next_revision(yard, quays=quays)


@dataclass(frozen=True, slots=True)
class AddGate:
    """Adds a gate; its lanes have to be there."""

    gate: Gate

    @property
    def title(self) -> str:
        """What it does."""
        return f"Add gate {self.gate.name}"

    def apply(self, yard: Yard) -> Yard:
        """Give the next yard."""
        return next_revision(yard, gates=(*yard.gates, self.gate))


@dataclass(frozen=True, slots=True)
class RemoveGate:
    """Removes a gate; its lanes stay."""

    name: str

    @property
    def title(self) -> str:
        """What it does."""
        return f"Remove gate {self.name}"

    def apply(self, yard: Yard) -> Yard:
        """Give the next yard."""
        return next_revision(yard, gates=without(yard.gates, self.name))


@dataclass(frozen=True, slots=True)
class MoveGate:
    """Moves a gate's portal and weighbridge; its lanes stay."""

    name: str
    dx_m: float
    dy_m: float

    @property
    def title(self) -> str:
        """What it does."""
        return f"Move gate {self.name}"

    def apply(self, yard: Yard) -> Yard:
        """Give the next yard."""

        def change(gate: Gate) -> Gate:
            return replace(
                gate,
                ocr_portal_yard_m=moved_point(gate.ocr_portal_yard_m, self.dx_m, self.dy_m),
                weighbridge_yard_m=moved_point(gate.weighbridge_yard_m, self.dx_m, self.dy_m),
            )

        return next_revision(yard, gates=changed(yard.gates, self.name, change))
