"""The cost terms of slots for one arriving box, each worked out where it is asked for."""

from collections.abc import Callable, Collection
from dataclasses import dataclass, field
from functools import cached_property
from typing import Any
from weakref import WeakKeyDictionary

import numpy as np

from twin.stacking.departures import DAY_NS, HORIZON_DAYS, Knowledge
from twin.stacking.outlook import Outlook, group_of, outlook_of
from twin.stacking.policies import ARRIVING, BESIDE, WEIGHTS
from twin.stacking.ways import Ways, crane_places, ways_of
from twin.stock.notices import NOT_KNOWN_NS
from twin.stock.rules import NEUTRAL, Conditions, Terrain, terrain_of
from twin.stock.rules.terrain import Index
from twin.stock.rules.tops import tops_of
from twin.stock.table import Stock
from twin.tables import Flags, Floats
from twin.yard.model import Yard
from twin.yard.slots import Slots

GROUND_SLACK_DAYS = 1000.0
"""How much later than any box the ground is said to leave, for the policies that go by departures."""


@dataclass(frozen=True, eq=False)
class Request:
    """One box that needs a slot, in the yard as it stands.

    Attributes
    ----------
    yard, slots, stock, row
        ``row`` is the box.
    cranes_yard_m : (k, 2)
        Where the gantry cranes are; NaN rows and an empty table mean not known.
    policy : str
        One of :data:`twin.stacking.policies.POLICIES`.
    seed : int
    conditions : Conditions
        Forecast, work in progress, house limits.
    knowledge : Knowledge
        What is known of departures beside the stock.
    queue : (blocks,), optional
        Vehicles bound for each block; none where it is not given.
    """

    yard: Yard
    slots: Slots
    stock: Stock
    row: int
    cranes_yard_m: Floats
    policy: str = "weighted"
    seed: int = 0
    conditions: Conditions = NEUTRAL
    knowledge: Knowledge = field(default_factory=Knowledge)
    queue: Floats | None = None


class TermColumns(dict[str, Floats]):
    """Cost terms by name; what some policies go by beside them is worked out when it is read."""

    def __init__(self, terms: dict[str, Floats], beside: Callable[[str], Floats]) -> None:
        super().__init__(terms)
        self._beside = beside

    def __missing__(self, name: str) -> Floats:
        """Work a column out that is no cost."""
        return self._beside(name)


class Weighing:
    """One box before the slots of a yard: gives its cost terms for any of them."""

    def __init__(self, request: Request, *, chances: bool = True) -> None:
        """Look at the yard; ``chances`` False leaves relocations at 0, for who works them out himself."""
        self.request = request
        self.terrain: Terrain = terrain_of(request.yard, request.slots)
        self.ways: Ways = ways_of(self.terrain)
        stock, row = request.stock, request.row
        self.outlook: Outlook = outlook_of(self.terrain, stock, request.knowledge, row)
        self.long = bool(stock.length_ft[row] != 20)
        self._cells = self.outlook.cells_of(row) if chances else None
        self.cranes_m = crane_places(self.ways, request.cranes_yard_m)
        self.fixed_s = _fixed_s(self.ways)
        self.of_block = self._of_block()
        self.of_bay = self._of_bay()

    def terms(self, at: Index | None = None, names: Collection[str] = ARRIVING) -> TermColumns:
        """Give cost terms, all or some, each in its own unit, at some ground slots; at all for None."""
        which: Index = self.terrain.here if at is None else at
        block, bay = self.terrain.block[which], self.ways.bay[which]
        crane_m = self.crane_m(which, block)
        terms: dict[str, Callable[[], Any]] = {
            "expected_relocations": lambda: self.chances(which),
            "departure_gap": lambda: self._gap_days(which),
            "crane_travel": lambda: crane_m,
            "truck_travel": lambda: self.ways.truck_m[which],
            "queue": lambda: self.of_block["queue"][block],
            "block_workload": lambda: self.of_block["workload"][block],
            "reefer_scarcity": lambda: self._scarcity("reefer", which),
            "dangerous_scarcity": lambda: self._scarcity("dangerous", which),
            "group_apart": lambda: self.of_bay["apart"][bay],
            "lengths_mixed": lambda: self.of_bay["mixed"][bay],
            "empty_among_laden": lambda: self.of_block["empty_among_laden"][block],
            "heavy_on_light": lambda: self._heavy_t(which),
            "stack_height": lambda: self.request.stock.count[which].astype(float),
            "energy": lambda: (
                (crane_m * self.ways.travel_s_per_m[block] + 2.0 * self.ways.across_s[which])
                * self.ways.kwh_per_s[block]
            ),
        }
        found = {name: terms[name]() for name in ARRIVING if name in names}
        return TermColumns(found, lambda name: self._beside(name, which))

    def weighted(self, which: Index) -> Floats:
        """Give the weighted sum of all terms at some ground slots, with what is common to a block as one.

        The sums of :meth:`terms`, but for rounding, in a fraction of the time.
        """
        # numba takes long to import: only where slots are weighed.
        from twin.compiled import COMPILED

        return self.weighted_by_loop(which) if COMPILED else self.weighted_by_arrays(which)

    def weighted_by_loop(self, which: Index) -> Floats:
        """Give :meth:`weighted` in one compiled pass over the slots."""
        from twin.stacking import fused

        w, ways, stock, row, slots = (
            WEIGHTS,
            self.ways,
            self.request.stock,
            self.request.row,
            self.terrain.slots,
        )
        terrain, outlook = self.terrain, self.outlook
        mine_ns = int(stock.departs_ns[row])
        known = mine_ns != NOT_KNOWN_NS
        if self._cells is None:
            stays = np.ones(len(slots), np.float32)
        else:
            stays = fused.staying(outlook.pairs() if self.long else outlook.one, *self._cells)
        cost: Floats = fused.weigh(
            which, terrain.second if self.long else terrain.here, stays, terrain.block, ways.bay,
            ways.along_m, self.cranes_m, self._block_s, self._s_per_crane_m, self._bay_s, self.fixed_s,
            stock.count, outlook.soonest_ns, tops_of(terrain, stock).kg, slots.reefer, slots.dangerous,
            fused.Prices(
                mine_ns=mine_ns if known else 0,
                mine_kg=float(stock.gross_kg[row]),
                chance=w["expected_relocations"],
                tier=w["stack_height"],
                day=w["departure_gap"] if known else 0.0,
                tonne=w["heavy_on_light"],
                reefer=w["reefer_scarcity"] * self._charges["reefer"],
                dangerous=w["dangerous_scarcity"] * self._charges["dangerous"],
            ),
        )  # fmt: skip
        return cost

    def weighted_by_arrays(self, which: Index) -> Floats:
        """Give :meth:`weighted` column by column, where nothing is compiled."""
        w, stock = WEIGHTS, self.request.stock
        block = self.terrain.block[which]
        cost: Floats = w["expected_relocations"] * self.chances(which)
        cost += self._block_s[block]
        cost += self._bay_s[self.ways.bay[which]]
        cost += self.crane_m(which, block) * self._s_per_crane_m[block]
        cost += self.fixed_s[which]
        cost += w["stack_height"] * stock.count[which]
        cost += w["departure_gap"] * self._gap_days(which)
        cost += w["heavy_on_light"] * self._heavy_t(which)
        for special in ("reefer", "dangerous"):
            if self._charges[special]:
                cost += w[f"{special}_scarcity"] * self._scarcity(special, which)
        return cost

    @property
    def _block_s(self) -> Floats:
        """What is the same over a whole block, weighed: (blocks,) [s]."""
        w, of_block = WEIGHTS, self.of_block
        found: Floats = (
            w["queue"] * of_block["queue"]
            + w["block_workload"] * of_block["workload"]
            + w["empty_among_laden"] * of_block["empty_among_laden"]
        )
        return found

    @property
    def _bay_s(self) -> Floats:
        """What is the same over a whole bay, weighed: (bays,) [s]."""
        w, of_bay = WEIGHTS, self.of_bay
        found: Floats = w["group_apart"] * of_bay["apart"] + w["lengths_mixed"] * of_bay["mixed"]
        return found

    @property
    def _s_per_crane_m(self) -> Floats:
        """What a metre of the crane's way costs in each block, its energy included: (blocks,) [s/m]."""
        w, ways = WEIGHTS, self.ways
        found: Floats = w["crane_travel"] + w["energy"] * ways.kwh_per_s * ways.travel_s_per_m
        return found

    @cached_property
    def _charges(self) -> dict[str, float]:
        """What a special slot costs a box that does not need it, by how full they are; 0 where it does."""
        stock, row, slots = self.request.stock, self.request.row, self.request.slots
        needed = {"reefer": bool(np.isfinite(stock.setpoint_c[row])), "dangerous": bool(stock.imdg[row])}
        charges = {}
        for name, special in (("reefer", slots.reefer), ("dangerous", slots.dangerous)):
            places = 0 if needed[name] else np.count_nonzero(special)
            full = np.count_nonzero(special & (stock.count > 0)) / places if places else 0.0
            charges[name] = 0.25 + 0.75 * full if places else 0.0
        return charges

    def _scarcity(self, name: str, which: Index) -> Floats:
        """Charge a box that does not need special slots for taking one."""
        if not self._charges[name]:
            return np.zeros(len(which))
        special: Flags = getattr(self.request.slots, name)
        charged: Floats = special[which] * np.float64(self._charges[name])
        return charged

    def chances(self, which: Index) -> Floats:
        """Give how likely a box below leaves first, at some ground slots: (n,)."""
        if self._cells is None:
            return np.zeros(len(which))
        return self.outlook.chances_of(self._cells, long=self.long, which=which).astype(float)

    def crane_m(self, which: Index, block: Index) -> Floats:
        """Give the way of the nearest crane over the block, along it [m]."""
        along_m = self.ways.along_m[which]
        away_m: Floats = np.abs(along_m - self.cranes_m[block, 0])
        for crane in range(1, self.cranes_m.shape[1]):
            away_m = np.minimum(away_m, np.abs(along_m - self.cranes_m[block, crane]))
        return away_m

    def keeps_room(self) -> Flags:
        """Tell where a bay still has ``tiers - 1`` free slots after one more box: (g,) bool."""
        bays = self.ways.places - self.outlook.used >= self.ways.tiers
        room: Flags = bays[self.ways.bay]
        return room & room[self.terrain.second] if self.long else room

    def _of_block(self) -> dict[str, Floats]:
        """Give what is the same over a whole block: (blocks,) each."""
        blocks, stock = len(self.request.yard.blocks), self.request.stock
        queue = np.zeros(blocks) if self.request.queue is None else np.asarray(self.request.queue, float)
        soon = self.outlook.soon_in_block
        empties = self.terrain.for_empties
        astray = bool(stock.empty[self.request.row]) and bool(empties.any())
        return {
            "queue": queue,
            "workload": soon / max(float(soon.sum()), 1e-9),
            "empty_among_laden": (~empties).astype(float) * astray,
        }

    def _of_bay(self) -> dict[str, Floats]:
        """Give the share of each bay's boxes that are of another group, or of another length: (bays,)."""
        stock, outlook = self.request.stock, self.outlook
        (group,) = group_of(stock, np.array([self.request.row]))
        alike = outlook.short if not self.long else outlook.used - outlook.short
        mixed = np.zeros(len(outlook.used))
        np.divide(outlook.used - alike, outlook.used, out=mixed, where=outlook.used > 0)
        return {"apart": self.apart(int(group)), "mixed": mixed}

    def apart(self, group: int | Index) -> Floats:
        """Give the share of each bay's boxes that are of another group; an empty bay counts a half.

        Of one group, (bays,), or of several, (m, bays).
        """
        used, alike = self.outlook.used, self.outlook.groups[group]
        apart: Floats = np.full(alike.shape, 0.5)
        np.divide(used - alike, used, out=apart, where=used > 0)
        return apart

    def soonest_ns(self, which: Index) -> Any:
        """Give the soonest departure expected below each slot [ns UTC]."""
        soonest = self.outlook.soonest_ns[which]
        if self.long:
            soonest = np.minimum(soonest, self.outlook.soonest_ns[self.terrain.second[which]])
        return soonest

    def _gap_days(self, which: Index) -> Floats:
        """Give the days that a stack is closed to later boxes: from this departure to the soonest below.

        A box that leaves in between could have stood there, and no longer can; an empty place is open
        for :data:`HORIZON_DAYS`. Nothing is lost where the box is late itself, or its departure not known.
        """
        mine = int(self.request.stock.departs_ns[self.request.row])
        if mine == NOT_KNOWN_NS:
            return np.zeros(len(which))
        # What is not known is farther than any departure by centuries: no sum overflows.
        days: Floats = (self.soonest_ns(which) - mine) / DAY_NS
        return np.clip(days, 0.0, HORIZON_DAYS)

    def below_kg(self, which: Index) -> Floats:
        """Give the mass of the box right below each slot [kg]; inf on the ground."""
        below: Floats = tops_of(self.terrain, self.request.stock).kg[which]
        return below

    def _heavy_t(self, which: Index) -> Floats:
        mine_kg = self.request.stock.gross_kg[self.request.row]
        found: Floats = np.maximum(mine_kg - self.below_kg(which), 0.0) / 1000.0
        return found

    def _beside(self, name: str, which: Index) -> Floats:
        if name not in BESIDE:
            raise KeyError(name)
        stock = self.request.stock
        mine = int(stock.departs_ns[self.request.row])
        if name == "slack_days":
            below = self.soonest_ns(which)
            stands = self._count(which) > 0
        else:
            top = stock.occupant[which, np.maximum(stock.count[which], 1) - 1]
            stands = top >= 0
            below = np.where(stands, stock.departs_ns[top], NOT_KNOWN_NS)
        days: Floats = (below - mine) / DAY_NS
        days = np.where(below == NOT_KNOWN_NS, GROUND_SLACK_DAYS - 1.0, days)
        days = np.where(stands, days, GROUND_SLACK_DAYS)
        return np.clip(days, -GROUND_SLACK_DAYS, GROUND_SLACK_DAYS)

    def _count(self, which: Index) -> Any:
        count = self.request.stock.count
        return np.maximum(count[which], count[self.terrain.second[which]]) if self.long else count[which]


_FIXED_S: WeakKeyDictionary[Ways, Floats] = WeakKeyDictionary()


def _fixed_s(ways: Ways) -> Floats:
    """Give what is the same for all boxes: the truck's way and the trolley's energy, weighed (g,) [s]."""
    found = _FIXED_S.get(ways)
    if found is None:
        found = WEIGHTS["truck_travel"] * ways.truck_m + 2.0 * WEIGHTS["energy"] * ways.across_kwh
        _FIXED_S[ways] = found
    return found
