"""One shift under one policy, and what is measured of it.

Figures of a run, each from the end of the warm-up to the end:

- ``boxes``: boxes that yard cranes put on or took off vehicles; relocations do not count.
- ``boxes_a_crane_hour``: of every hour of every yard crane on duty: the container turnover.
- ``boxes_an_hour_at_work``: of every hour in which a yard crane did not stand for want of work.
- ``relocations_a_retrieval``: all moves from stack to stack, those ahead of trucks included, over the
  boxes put on vehicles.
- ``turn_min``, ``turn_p95_min``: of trucks that left: from the portal of the gate in to the gate out.
- ``outside_min``: of the same trucks: from when they were due to the portal in.
- ``crane_km``: way of all yard cranes along their blocks.
- ``kwh``, ``co2_kg``: of the time at work (factors and sources: ``twin.stacking.energy``).
- ``occupancy``: share of the places that is filled at the end.
- ``share_*``: shares of the crane time by what it is spent on (``twin.operations.meter``).
"""

from dataclasses import dataclass, field

import numpy as np

from twin.experiment.policies import planner
from twin.operations.meter import Meter
from twin.operations.shift import Shift
from twin.operations.site import Rules
from twin.stacking.energy import energy_of
from twin.stock.audit import check
from twin.stock.generate import fill
from twin.yard.model import Yard
from twin.yard.slots import Slots, slots_of

STEP_S = 0.5
"""Length of a step [s]."""
WARM_UP_S = 900.0
"""What happens before is not measured [s]: the queues must have filled."""


@dataclass(frozen=True, slots=True)
class Scenario:
    """What a yard has to do: the same for every policy.

    ``calls_off``: trucks wait outside until their block has room. ``lane_cap``: vehicles bound for a block.
    """

    boxes: int
    trucks_per_hour: float
    from_ns: int
    hours: float = 1.0
    warm_up_s: float = WARM_UP_S
    lane_cap: int = 3
    calls_off: bool = False
    step_s: float = STEP_S


@dataclass(frozen=True, slots=True)
class Task:
    """One run: a value that pickles, and all that a run depends on."""

    yard: Yard
    scenario: Scenario
    policy: str
    seed: int

    @property
    def name(self) -> str:
        """What it is called in messages."""
        return f"{self.policy}, seed {self.seed}"


@dataclass(frozen=True, slots=True)
class Run:
    """What a run gave: figures by name, see the module."""

    policy: str
    seed: int
    figures: dict[str, float] = field(default_factory=dict)


def carry_out(task: Task) -> Run:
    """Run one shift and measure it; equal tasks give equal runs, bit for bit, in any process."""
    scenario, slots = task.scenario, slots_of(task.yard)
    stock = fill(task.yard, slots, scenario.boxes, task.seed, scenario.from_ns)
    shift = Shift.start(
        task.yard, slots, stock, task.seed, scenario.from_ns,
        trucks_per_hour=scenario.trucks_per_hour, planner=planner(task.policy), settled=True,
        rules=Rules(scenario.lane_cap, scenario.calls_off),
    )  # fmt: skip
    for _ in range(round(scenario.warm_up_s / scenario.step_s)):
        shift.step(scenario.step_s)
    meter = shift.measure()
    for _ in range(round(scenario.hours * 3600 / scenario.step_s)):
        shift.step(scenario.step_s)
    return Run(task.policy, task.seed, figures_of(task.yard, slots, shift, meter))


def figures_of(yard: Yard, slots: Slots, shift: Shift, meter: Meter) -> dict[str, float]:
    """Give the figures of a shift since its meter began."""
    duty_h = sum(meter.spent_s.values()) / 3600.0
    work_h = sum(meter.at_work_s.values()) / 3600.0
    retrieved, stored = meter.counted(shift.counts, "retrieved"), meter.counted(shift.counts, "stored")
    relocations = meter.counted(shift.counts, "relocations")
    energy = [energy_of(yard.blocks[block].kind, s) for block, s in sorted(meter.at_work_s.items())]
    return {
        "boxes": float(retrieved + stored),
        "boxes_a_crane_hour": _over(retrieved + stored, duty_h),
        "boxes_an_hour_at_work": _over(retrieved + stored, work_h),
        "retrievals": float(retrieved),
        "relocations": float(relocations),
        "relocations_ahead": float(meter.counted(shift.counts, "relocations_ahead")),
        "relocations_a_retrieval": _over(relocations, retrieved),
        "trucks": float(len(meter.turn_s)),
        "turned_away": float(meter.counted(shift.counts, "turned_away")),
        "turn_min": _mean_min(meter.turn_s),
        "turn_p95_min": float(np.percentile(meter.turn_s, 95)) / 60.0 if meter.turn_s else float("nan"),
        "outside_min": _mean_min(meter.outside_s),
        "crane_km": meter.way_m / 1000.0,
        "kwh": sum(kwh for kwh, _ in energy),
        "co2_kg": sum(kg for _, kg in energy),
        "occupancy": float(shift.stock.count.sum()) / float(slots.tiers.sum()),
        "violations": float(len(check(shift.stock, slots))),
        "deadlocks": float(shift.deadlocks),
        **_shares(meter),
    }


def _shares(meter: Meter) -> dict[str, float]:
    total = sum(meter.spent_s.values())
    spent: dict[str, float] = dict.fromkeys(SHARES, 0.0)
    for (purpose, phase), seconds in sorted(meter.spent_s.items()):
        spent[f"share_{purpose}_{phase}"] = _over(seconds, total)
    return spent


SHARES: tuple[str, ...] = (
    *(
        f"share_{purpose}_{phase}"
        for purpose in ("handling", "relocating", "ahead")
        for phase in ("empty", "laden", "lifting", "locks")
    ),
    "share_idle_waiting",
    "share_idle_nothing",
)
"""Names of the shares, in the order in which they are told."""


def _over(number: float, of: float) -> float:
    return number / of if of else float("nan")


def _mean_min(seconds: list[float]) -> float:
    return float(np.mean(seconds)) / 60.0 if seconds else float("nan")


def peak(boxes: int, from_ns: int, cranes: int, *, hours: float = 1.0) -> Scenario:
    """Give the scenario ``peak``: more trucks than can be served, some always waiting outside.

    Notes
    -----
    Found on the demo yard under the default policy: at 60 trucks an hour on the mean of a day (twice that
    at 13:00) the queue outside grows; 90 are asked for, so that it grows under every policy. Trucks are
    called off, so that one for a full block does not hold up those for others at the gates. Even so a
    crane waits for vehicles in a quarter of its time: no more than ``lane_cap`` are bound for a block,
    and on their ways they spend longer than under the crane. Cranes that took no time at all handled 24 %
    more boxes there (seed 1): what the decisions of cranes can give is bounded by the ways of vehicles.
    """
    return Scenario(boxes, TRUCKS_A_CRANE_HOUR * cranes, from_ns, hours, calls_off=True)


TRUCKS_A_CRANE_HOUR = 90.0 / 17.0
"""Trucks on the mean of a day for each yard crane in the scenario ``peak``; 13:00 has twice as many."""
