"""The ground slots of a yard as columns: one row a 20 ft place on the ground.

A slot is a ground slot and a tier. A 20 ft box stands on one ground slot, a 40 or 45 ft box on
two neighbouring ones of a row; the lower position names its place.
"""

import math
from dataclasses import dataclass
from functools import cached_property
from typing import Any

import numpy as np
from numpy.typing import NDArray

from twin.errors import YardError
from twin.tables import Bytes, Flags, Floats, Ints, Table
from twin.yard.model import Block, Yard
from twin.yard.structures import FIRST, structure_name


@dataclass(frozen=True, slots=True)
class SlotAddress:
    """A place for one box: block, bay (odd 20 ft, even 40 and 45 ft), row, tier; all from 1."""

    block: str
    bay: int
    row: int
    tier: int

    def __post_init__(self) -> None:
        """Refuse numbers below 1."""
        for name in ("bay", "row", "tier"):
            if (found := getattr(self, name)) < 1:
                raise YardError(f"slot {self.block} {name}: counts from 1, found {found}")

    def __str__(self) -> str:
        """Give the usual notation, as in ``A01-035-03-2``."""
        return f"{self.block}-{self.bay:03d}-{self.row:02d}-{self.tier}"


@dataclass(frozen=True, eq=False)
class Slots(Table):
    """All ground slots, block after block, position after position, row after row.

    Ground slot ``first[b] + position * rows + row`` (position and row from 0).

    Attributes
    ----------
    block, position, row : (g,) int32
        Index into ``Yard.blocks``; position along the bays and row, both from 0.
    centre_yard_m : (g, 2) float
        Centre of the 20 ft place on the ground.
    heading_rad, bay_pitch_m : (g,) float
        Of the block.
    height_limit_m : (g,) float
        Highest top face: the crane's, or the row's own where that is lower.
    tiers : (g,) int8
        Highest stack allowed.
    reefer, dangerous, closed : (g,) bool
        Has plugs; is kept for dangerous goods; its block is closed.
    next : (g,) int32
        The ground slot one position further in the same row, -1 at the block's end.
    first : (blocks + 1,) int32
        Where each block's ground slots start.
    """

    block: Ints
    position: Ints
    row: Ints
    centre_yard_m: Floats
    heading_rad: Floats
    bay_pitch_m: Floats
    height_limit_m: Floats
    tiers: Bytes
    reefer: Flags
    dangerous: Flags
    closed: Flags
    next: Ints
    first: Ints

    def __len__(self) -> int:
        """Give the number of ground slots."""
        return len(self.block)

    @cached_property
    def places(self) -> Floats:
        """Centre x and y, cosine and sine of the heading, and half the bay pitch, (5, g)."""
        heading = np.cos(self.heading_rad), np.sin(self.heading_rad)
        return np.vstack((*self.centre_yard_m.T, *heading, self.bay_pitch_m / 2.0))


def slots_of(yard: Yard) -> Slots:
    """Lay the ground slots of every block of ``yard`` out as columns."""
    columns: dict[str, list[NDArray[Any]]] = {
        name: [] for name in Slots.__dataclass_fields__ if name != "first"
    }
    first = [0]
    for index, block in enumerate(yard.blocks):
        position, row = (a.ravel() for a in np.indices((block.bays, block.rows), dtype=np.int32))
        n = position.size
        u, v = (position + 0.5) * block.bay_pitch_m, (row + 0.5) * block.row_pitch_m
        c, s = math.cos(block.heading_rad), math.sin(block.heading_rad)
        x0, y0 = block.origin_yard_m
        following = first[-1] + np.arange(n, dtype=np.int32) + block.rows
        rows_from_one = row + 1
        for name, column in {
            "block": np.full(n, index, np.int32),
            "position": position,
            "row": row,
            "centre_yard_m": np.column_stack((x0 + c * u - s * v, y0 + s * u + c * v)),
            "heading_rad": np.full(n, block.heading_rad),
            "bay_pitch_m": np.full(n, block.bay_pitch_m),
            "height_limit_m": _limits_m(block)[row],
            "tiers": np.full(n, block.tiers, np.int8),
            "reefer": np.isin(rows_from_one, block.reefer_rows),
            "dangerous": np.isin(rows_from_one, block.dangerous_rows),
            "closed": np.full(n, block.closed),
            "next": np.where(position + 1 < block.bays, following, -1).astype(np.int32),
        }.items():
            columns[name].append(column)
        first.append(first[-1] + n)
    empty = {"centre_yard_m": np.empty((0, 2))}
    joined: dict[str, Any] = {
        name: np.concatenate(parts) if parts else empty.get(name, np.empty(0, np.int32))
        for name, parts in columns.items()
    }
    return Slots(**joined, first=np.array(first, np.int32))


def _limits_m(block: Block) -> Floats:
    """Give the highest top face of each row [m]."""
    limits_m = np.full(block.rows, float(block.height_limit_m))
    own_m = block.row_limits_m[: block.rows]
    limits_m[: len(own_m)] = np.minimum(limits_m[: len(own_m)], own_m)
    return limits_m


def ground_slot(yard: Yard, slots: Slots, address: SlotAddress) -> int:
    """Give the ground slot of an address; an even bay gives the lower of its two.

    Raises
    ------
    YardError
        Where the yard has no such block, bay, row or tier.
    """
    names = [block.name for block in yard.blocks]
    if address.block not in names:
        raise YardError(
            f"slot {address}: expected one of the blocks {', '.join(names)}, found {address.block!r}"
        )
    index = names.index(address.block)
    block = yard.blocks[index]
    last_bay = 2 * block.bays - 1
    if address.bay > last_bay or address.row > block.rows or address.tier > block.tiers:
        raise YardError(
            f"slot {address}: expected bay 1 to {last_bay}, row 1 to {block.rows}, tier 1 to {block.tiers}"
        )
    position = (address.bay - 1) // 2
    return int(slots.first[index]) + position * block.rows + address.row - 1


def slot_address(yard: Yard, slots: Slots, ground: int, tier: int, length_ft: int = 20) -> SlotAddress:
    """Name a ground slot and a tier (from 0) for a box of that length: the odd/even bay rule."""
    bay = 2 * int(slots.position[ground]) + (1 if length_ft == 20 else 2)
    return SlotAddress(yard.blocks[int(slots.block[ground])].name, bay, int(slots.row[ground]) + 1, tier + 1)


def standing_name(yard: Yard, slots: Slots, ground: int) -> str:
    """Name a stack by its block, bay and row, or a structure, below -1; empty where there is none."""
    if ground <= FIRST:
        return structure_name(yard, ground)
    if not 0 <= ground < len(slots):
        return ""
    block = yard.blocks[int(slots.block[ground])].name
    bay, row = 2 * int(slots.position[ground]) + 1, int(slots.row[ground]) + 1
    return f"stack {block}-{bay:03d}-{row:02d}"
