"""The ways to every ground slot, for cranes and trucks, and its bay: worked out once a yard."""

from dataclasses import dataclass
from weakref import WeakKeyDictionary

import numpy as np

from twin.fleet.kinds import REACH_STACKER, RMG, RTG, Kind
from twin.stacking.energy import energy_of
from twin.stock.rules import Terrain
from twin.stock.rules.terrain import Index
from twin.tables import Floats, Table
from twin.yard.model import BlockKind
from twin.yard.portal import truck_lane_v_m

MACHINES: dict[BlockKind, Kind] = {
    BlockKind.RTG: RTG, BlockKind.RMG: RMG, BlockKind.STRADDLE: REACH_STACKER,
    BlockKind.REACH_STACKER: REACH_STACKER, BlockKind.EMPTIES: REACH_STACKER,
}  # fmt: skip
"""What serves a block, with its speeds."""
OVER_ALONG_M, OVER_ACROSS_M = 15.0, 12.0
"""A crane this far beyond a block's ends, or half a portal beside its places, is still over it [m]."""


@dataclass(frozen=True, eq=False)
class Ways(Table):
    """Ways and bays of the ground slots; per slot where not said otherwise.

    Attributes
    ----------
    bay, bay_start : (g,), (bays + 1,) int
        The bay of each slot, and where each bay's slots start.
    places, tiers : (bays,) float
        How many boxes a bay holds, and how high.
    along_m : (g,) float
        Where a slot is along its block's heading, in yard coordinates turned by it [m].
    truck_m : (g,) float
        From the nearest gate, along the axes of the yard [m]; 0 without a gate.
    across_s : (g,) float
        The trolley's (or the machine's) time from the truck lane to the row [s].
    across_kwh : (g,) float
        What that time takes [kWh].
    heading, across : (blocks, 2) float
        Unit vectors along each block and to the left of it.
    reach_m : (blocks, 4) float
        Lowest and highest place along, lowest and highest across [m].
    travel_s_per_m, kwh_per_s : (blocks,) float
        Of the machine that serves the block: laden travel, and energy at work.
    """

    bay: Index
    bay_start: Index
    places: Floats
    tiers: Floats
    along_m: Floats
    truck_m: Floats
    across_s: Floats
    across_kwh: Floats
    heading: Floats
    across: Floats
    reach_m: Floats
    travel_s_per_m: Floats
    kwh_per_s: Floats


_KNOWN: WeakKeyDictionary[Terrain, Ways] = WeakKeyDictionary()


def ways_of(terrain: Terrain) -> Ways:
    """Give the ways of a yard; the same object for the same terrain."""
    found = _KNOWN.get(terrain)
    if found is None:
        found = _KNOWN[terrain] = _worked_out(terrain)
    return found


def _worked_out(terrain: Terrain) -> Ways:
    slots, blocks = terrain.slots, terrain.yard.blocks
    first_of_bay = np.ones(len(slots), bool)
    first_of_bay[1:] = (np.diff(slots.position) != 0) | (np.diff(slots.block) != 0)
    bay = np.cumsum(first_of_bay) - 1
    start = np.append(np.flatnonzero(first_of_bay), len(slots))
    heading = np.array([(np.cos(b.heading_rad), np.sin(b.heading_rad)) for b in blocks]).reshape(-1, 2)
    along = heading[terrain.block]
    along_m = (slots.centre_yard_m * along).sum(axis=1)
    across_m = slots.centre_yard_m[:, 1] * along[:, 0] - slots.centre_yard_m[:, 0] * along[:, 1]
    edges = slots.first[:-1]
    reach_m = np.array(
        [
            (along_m[a:b].min(), along_m[a:b].max(), across_m[a:b].min(), across_m[a:b].max())
            for a, b in zip(edges, slots.first[1:], strict=True)
        ]
    ).reshape(-1, 4)
    kinds = [MACHINES[b.kind] for b in blocks]
    trolley_s_per_m = np.array([1.0 / (kind.trolley_mps or kind.speed_laden_mps) for kind in kinds])
    lane_m = np.array([truck_lane_v_m(b) for b in blocks])
    pitch_m = np.array([b.row_pitch_m for b in blocks])
    from_lane_m = np.abs((slots.row + 0.5) * pitch_m[terrain.block] - lane_m[terrain.block])
    across_s = from_lane_m * trolley_s_per_m[terrain.block]
    kwh_per_s = np.array([energy_of(b.kind, 1.0)[0] for b in blocks])
    return Ways(
        bay=bay,
        bay_start=start,
        places=np.bincount(bay, weights=slots.tiers.astype(float)).astype(float),
        tiers=slots.tiers[start[:-1]].astype(float),
        along_m=along_m,
        truck_m=_truck_m(terrain),
        across_s=across_s,
        across_kwh=across_s * kwh_per_s[terrain.block],
        heading=heading,
        across=heading[:, ::-1] * (-1.0, 1.0),
        reach_m=reach_m,
        travel_s_per_m=np.array([1.0 / kind.speed_laden_mps for kind in kinds]),
        kwh_per_s=kwh_per_s,
    )


def _truck_m(terrain: Terrain) -> Floats:
    gates = [gate.ocr_portal_yard_m for gate in terrain.yard.gates]
    if not gates:
        return np.zeros(len(terrain.slots))
    centres = terrain.slots.centre_yard_m
    ways_m: Floats = np.min([np.abs(centres - gate).sum(axis=1) for gate in gates], axis=0)
    return ways_m


def crane_places(ways: Ways, cranes_yard_m: Floats) -> Floats:
    """Give where along each block the cranes over it stand: (blocks, most) [m].

    Parameters
    ----------
    cranes_yard_m : (k, 2)
        Where the gantry cranes are; rows of NaN are over no block.

    Returns
    -------
    (blocks, most) float
        The block's middle where no crane is known; inf past the last of them.
    """
    cranes = np.ascontiguousarray(cranes_yard_m, float).reshape(-1, 2)
    where = cranes.tobytes()
    known = _CRANES.get(ways)
    if known is not None and known[0] == where:
        return known[1]
    found = _crane_places(ways, cranes)
    found.setflags(write=False)
    _CRANES[ways] = (where, found)
    return found


_CRANES: WeakKeyDictionary[Ways, tuple[bytes, Floats]] = WeakKeyDictionary()
"""Where the cranes were last, and what was found: they stand for most of the boxes that are weighed."""


def _crane_places(ways: Ways, cranes: Floats) -> Floats:
    middle_m = ways.reach_m[:, :2].mean(axis=1)
    u_m = cranes @ ways.heading.T
    v_m = cranes @ ways.across.T
    low_u, high_u, low_v, high_v = ways.reach_m.T
    over = (u_m > low_u - OVER_ALONG_M) & (u_m < high_u + OVER_ALONG_M)
    over &= (v_m > low_v - OVER_ACROSS_M) & (v_m < high_v + OVER_ACROSS_M)
    many = over.sum(axis=0)
    found = np.full((len(middle_m), max(1, int(many.max(initial=0)))), np.inf)
    block, crane = np.nonzero(over.T)
    found[block, np.arange(len(block)) - np.repeat(np.cumsum(many) - many, many)] = u_m[crane, block]
    found[many == 0, 0] = middle_m[many == 0]
    return found
