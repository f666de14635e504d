"""Edits of blocks."""

import math
from collections.abc import Mapping
from dataclasses import dataclass, replace
from typing import Any

from twin.yard.edits.editing import changed, moved_point, next_revision, with_fields, without
from twin.yard.model import Block, LaneKind, Yard


@dataclass(frozen=True, slots=True)
class MoveBlock:
    """Moves a block; its truck lane stays where it is."""

    name: str
    dx_m: float
    dy_m: float

    @property
    def title(self) -> str:
        """What it does."""
        return f"Move block {self.name}"

    def apply(self, yard: Yard) -> Yard:
        """Give the next yard."""

        def change(block: Block) -> Block:
            return replace(block, origin_yard_m=moved_point(block.origin_yard_m, self.dx_m, self.dy_m))

        return next_revision(yard, blocks=changed(yard.blocks, self.name, change))


@dataclass(frozen=True, slots=True)
class TurnBlock:
    """Turns a block about its middle, counter-clockwise."""

    name: str
    angle_rad: float

    @property
    def title(self) -> str:
        """What it does."""
        return f"Turn block {self.name}"

    def apply(self, yard: Yard) -> Yard:
        """Give the next yard."""

        def change(block: Block) -> Block:
            u, v = block.length_m / 2, block.width_m / 2
            heading = math.remainder(block.heading_rad + self.angle_rad, 2 * math.pi)
            turned = replace(block, heading_rad=heading)
            x, y = block.yard_from_block(u, v)
            x1, y1 = turned.yard_from_block(u, v)
            return replace(turned, origin_yard_m=moved_point(block.origin_yard_m, x - x1, y - y1))

        return next_revision(yard, blocks=changed(yard.blocks, self.name, change))


@dataclass(frozen=True, slots=True)
class ResizeBlock:
    """Gives a block another number of bays, rows and tiers; its origin stays."""

    name: str
    bays: int
    rows: int
    tiers: int

    @property
    def title(self) -> str:
        """What it does."""
        return f"Resize block {self.name}"

    def apply(self, yard: Yard) -> Yard:
        """Give the next yard."""

        def change(block: Block) -> Block:
            return replace(
                block,
                bays=self.bays,
                rows=self.rows,
                tiers=self.tiers,
                reefer_rows=tuple(row for row in block.reefer_rows if row <= self.rows),
                dangerous_rows=tuple(row for row in block.dangerous_rows if row <= self.rows),
            )

        return next_revision(yard, blocks=changed(yard.blocks, self.name, change))


@dataclass(frozen=True, slots=True)
class AddBlock:
    """Adds a block."""

    block: Block

    @property
    def title(self) -> str:
        """What it does."""
        return f"Add block {self.block.name}"

    def apply(self, yard: Yard) -> Yard:
        """Give the next yard."""
        return next_revision(yard, blocks=(*yard.blocks, self.block))


@dataclass(frozen=True, slots=True)
class RemoveBlock:
    """Removes a block; its truck lane stays as a road, so that no way is cut."""

    name: str

    @property
    def title(self) -> str:
        """What it does."""
        return f"Remove block {self.name}"

    def apply(self, yard: Yard) -> Yard:
        """Give the next yard."""
        lanes = tuple(
            replace(lane, block="", kind=LaneKind.ROAD if lane.kind is LaneKind.TRUCK_LANE else lane.kind)
            if lane.block == self.name
            else lane
            for lane in yard.lanes
        )
        return next_revision(yard, blocks=without(yard.blocks, self.name), lanes=lanes)


@dataclass(frozen=True, slots=True)
class RenameBlock:
    """Gives a block another name; the lanes that serve it follow."""

    name: str
    new: str

    @property
    def title(self) -> str:
        """What it does."""
        return f"Rename block {self.name} to {self.new}"

    def apply(self, yard: Yard) -> Yard:
        """Give the next yard."""
        lanes = tuple(
            replace(lane, block=self.new) if lane.block == self.name else lane for lane in yard.lanes
        )
        blocks = changed(yard.blocks, self.name, lambda block: replace(block, name=self.new))
        return next_revision(yard, blocks=blocks, lanes=lanes)


@dataclass(frozen=True, slots=True, init=False)
class SetBlock:
    """Changes fields of a block: ``SetBlock("A01", tiers=4)`` or ``SetBlock("A01", {"tiers": 4})``."""

    name: str
    changes: tuple[tuple[str, Any], ...]

    def __init__(self, name: str, changes: Mapping[str, Any] | None = None, **more: Any) -> None:
        object.__setattr__(self, "name", name)
        object.__setattr__(self, "changes", tuple({**(changes or {}), **more}.items()))

    @property
    def title(self) -> str:
        """What it does."""
        return f"Change {', '.join(key for key, _ in self.changes)} of block {self.name}"

    def apply(self, yard: Yard) -> Yard:
        """Give the next yard; raise :class:`YardError` for a field that blocks do not have."""
        blocks = changed(yard.blocks, self.name, lambda block: with_fields(block, self.changes))
        return next_revision(yard, blocks=blocks)
