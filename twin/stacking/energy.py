"""What a lift costs in energy and carbon, with the source of each figure."""

from twin.yard.model import BlockKind

KWH_PER_MOVE: dict[BlockKind, float] = {}
"""Energy of one productive move of the machine that serves a block [kWh]."""
