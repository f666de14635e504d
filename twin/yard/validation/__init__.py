"""What is wrong with a yard, and what it holds."""

from dataclasses import dataclass

from twin.yard.model import Yard
from twin.yard.validation.blocks import check_blocks, overlapping_blocks
from twin.yard.validation.findings import Finding, Severity
from twin.yard.validation.lanes import check_lanes

__all__ = ["Capacity", "Finding", "Severity", "capacity", "findings", "overlapping_blocks"]


@dataclass(frozen=True, slots=True)
class Capacity:
    """What a yard holds: 20 ft places on the ground, and 20 ft boxes stacked to the limits [TEU]."""

    ground_slots: int
    teu: int


def findings(yard: Yard) -> tuple[Finding, ...]:
    """Give everything that is wrong with a yard, errors first; empty where nothing is."""
    found = [*check_blocks(yard), *check_lanes(yard)]
    return tuple(sorted(found, key=lambda finding: finding.severity is not Severity.ERROR))


def capacity(yard: Yard) -> Capacity:
    """Count the places of the blocks that are open."""
    open_blocks = [block for block in yard.blocks if not block.closed]
    return Capacity(
        ground_slots=sum(block.bays * block.rows for block in open_blocks),
        teu=sum(block.bays * block.rows * block.tiers for block in open_blocks),
    )
