"""A simulated shift: a value that is stepped, copied and sent orders, and that tells the truth."""

import copy
from typing import Any

import numpy as np

from twin.clock import NS_PER_S
from twin.fleet.kinds import KIND_NAMES
from twin.inputs import Event, MachineNotice
from twin.operations import orders, quay_work, visits, yard_work
from twin.operations.arrivals import Arrivals
from twin.operations.demand import NEVER_NS
from twin.operations.meter import Meter
from twin.operations.mishaps import Mishaps, Trouble
from twin.operations.opening import open_site
from twin.operations.orders import WorkOrderLike
from twin.operations.planning import Plain, Planner
from twin.operations.site import Rules, Site
from twin.operations.truth import Truth
from twin.operations.wind import Wind
from twin.stock.table import Stock
from twin.yard.model import Yard
from twin.yard.slots import Slots


class Shift:
    """A shift in a yard, stepped by :meth:`advance`; made by :meth:`start`.

    Equal seeds and equal calls give equal truths, bit for bit. A shift pickles whole.

    Notes
    -----
    A reach stacker works the two rows next to its apron, an empty handler the first, and both turn on
    the spot where a real one shunts.
    Blocks for straddle carriers stand still.
    """

    def __init__(self, site: Site, wind: Wind) -> None:
        self._site = site
        self._wind = wind
        self._began_ns = site.t_ns
        self._steps = 0
        self._trouble = Trouble()
        self._opening: tuple[Event, ...] = tuple(site.events)
        site.events = []

    @classmethod
    def start(
        cls,
        yard: Yard,
        slots: Slots,
        stock: Stock,
        seed: int,
        t_ns: int,
        *,
        trucks_per_hour: float = 60.0,
        tractors: int = 24,
        vessel: bool = True,
        planner: Planner | None = None,
        settled: bool = False,
        rules: Rules = Rules(),  # noqa: B008
    ) -> "Shift":
        """Begin a shift.

        Parameters
        ----------
        yard, slots, stock : Yard, Slots, Stock
            The plan, its ground slots, and what stands there.
        seed : int
            Equal seeds give equal shifts.
        t_ns : int
            When it begins [ns UTC].
        trucks_per_hour : float
            Mean of a day; the hours differ (see ``arrivals``).
        tractors : int
            How many, as far as there are parking lanes for them.
        vessel : bool
            Whether a vessel is at the quay; without one quay cranes and tractors are not there.
        planner : Planner, optional
            Who decides; the yard's default (:class:`planning.Plain`) where not given.
        settled : bool
            Draw everything that comes from outside by the seed alone, each thing from a stream of its
            own, so that shifts of one seed under different planners have the same trucks, boxes, lists,
            times on the scale and wind: common random numbers.

        rules : Rules
            How vehicles are let in.

        Raises
        ------
        YardError
            Where trucks are to come and the yard has no gate.
        """
        site = open_site(
            yard, slots, stock, seed, t_ns,
            trucks_per_hour=trucks_per_hour, tractors=tractors, vessel=vessel,
            planner=planner or Plain(), settled=settled, rules=rules,
        )  # fmt: skip
        return cls(site, Wind())

    # --- what it tells -----------------------------------------------------------------------

    @property
    def t_ns(self) -> int:
        """The instant it has reached [ns UTC]."""
        return self._site.t_ns

    @property
    def stock(self) -> Stock:
        """The true stock; a carrier is a row of the truth."""
        return self._site.stock

    @property
    def visits_done(self) -> int:
        """Trucks that came and left."""
        return self.counts.get("visits", 0)

    @property
    def moves_done(self) -> int:
        """Boxes set down by cranes."""
        return self.counts.get("moves", 0)

    @property
    def deadlocks(self) -> int:
        """Vehicles that came to wait for one another in a ring; 0 in a sound shift."""
        return self._site.traffic.deadlocks

    @property
    def counts(self) -> dict[str, int]:
        """What happened so far, by name: visits, trucks_in, moves, relocations, boxes_in, boxes_out, ..."""
        return dict(self._site.counts)

    def truth(self) -> Truth:
        """Give the true state now, without events."""
        return self._truth(())

    # --- what it does --------------------------------------------------------------------------

    def order(self, order: WorkOrderLike) -> None:
        """Take a work order; reports follow as events."""
        orders.take(self._site, order)

    def mishap(self, wanted: Mishaps) -> None:
        """Have things go wrong from the next step on, as a trainer asks; see :class:`Mishaps`."""
        self._trouble.ask(self._site, wanted)

    def stop_arrivals(self) -> None:
        """Let no more trucks come; those in the yard are served and leave."""
        site = self._site
        site.arrivals = Arrivals(0.0)
        if site.demand is not None:
            site.demand.next_ns = NEVER_NS
        site.claimed -= {expected.box for expected in site.expected}
        site.expected.clear()

    def branch(self) -> "Shift":
        """Give an independent copy; what never changes is shared."""
        site = self._site
        memo: dict[int, Any] = {
            id(value): value
            for value in (site.yard, site.slots, site.roads, site.stock, *site.fields.values())
        }
        return copy.deepcopy(self, memo)

    def measure(self) -> Meter:
        """Begin to measure what cranes and trucks do from now on, and give the meter."""
        site = self._site
        site.meter = Meter.of(site)
        return site.meter

    def advance(self, dt_s: float = 0.1) -> Truth:
        """Go on by one step and give what is so after it, with what devices report of it."""
        return self._truth(self.step(dt_s))

    def step(self, dt_s: float = 0.1) -> tuple[Event, ...]:
        """Go on by one step and give only what devices report of it: quicker where nobody looks."""
        site = self._site
        if self._steps == 0:
            site.events += self._hello()
        self._steps += 1
        site.t_ns += round(dt_s * NS_PER_S)
        site.second = self._steps % max(1, round(1.0 / dt_s)) == 0
        visits.expect(site, dt_s)
        visits.admit(site)
        site.traffic.advance(dt_s)
        self._trouble.advance(site, dt_s)
        for visit in list(site.visits.values()):
            if visit.own:
                quay_work.follow(site, visit)
            else:
                visits.follow(site, visit, dt_s)
        visits.release_left(site)
        quay_work.release_berths(site)
        if site.second:
            quay_work.dispatch(site)
            self._wind.advance(site.rng, 1.0)
            self._wind.rise(self._trouble.wanted.wind_mps, 1.0)
            site.events.append(self._wind.reading(site.t_ns))
        self._cranes(dt_s)
        if site.meter is not None:
            site.meter.observe(site, dt_s)
        events, site.events = tuple(site.events), []
        return events

    def _cranes(self, dt_s: float) -> None:
        site = self._site
        for index, crane in enumerate(site.cranes):
            step = crane.advance(dt_s)
            if step is not None:
                yard_work.locks_turned(site, index, step)
        yard_work.finish_jobs(site)
        if site.second:
            yard_work.start_jobs(site)
        quay_work.start_jobs(site)

    def _hello(self) -> tuple[Event, ...]:
        site = self._site
        cranes = tuple(
            MachineNotice(
                crane.name,
                site.t_ns,
                KIND_NAMES[crane.kind],
                site.yard.blocks[crane.block].name if crane.block >= 0 else "",
            )
            for crane in site.cranes
        )
        own = tuple(
            MachineNotice(visit.name, site.t_ns, "terminal_tractor")
            for visit in site.visits.values()
            if visit.own
        )
        opening, self._opening = self._opening, ()
        return cranes + own + opening

    def _truth(self, events: tuple[Event, ...]) -> Truth:
        site, traffic = self._site, self._site.traffic
        cranes, n = site.cranes, site.traffic.n
        nan = np.full(n, np.nan)
        poses = np.array([crane.pose() for crane in cranes]).reshape(-1, 2)
        present = np.zeros(n, bool)
        present[traffic.rows] = present[traffic.strays] = True
        cargo = [b""] * n
        for visit in site.visits.values():
            if visit.box >= 0:
                cargo[visit.vehicle] = bytes(site.stock.number[visit.box])
        speed = np.where(present, np.array(traffic.speed_mps, float), np.nan)
        return Truth(
            t_ns=site.t_ns,
            name=np.array([crane.name.encode() for crane in cranes] + site.names, "S16"),
            kind=np.array([crane.kind for crane in cranes] + traffic.kind, np.int8),
            block=np.array([crane.block for crane in cranes] + [-1] * n, np.int32),
            present=np.concatenate((np.ones(len(cranes), bool), present)),
            x_m=np.concatenate((poses[:, 0], traffic.x_m)),
            y_m=np.concatenate((poses[:, 1], traffic.y_m)),
            heading_rad=np.concatenate(
                (np.array([crane.heading_rad + crane.turn_rad for crane in cranes]), traffic.heading_rad)
            ),
            speed_mps=np.concatenate((np.array([crane.speed_mps() for crane in cranes]), speed)),
            yaw_rate_rps=np.concatenate(
                (np.array([crane.turn_rps for crane in cranes]), traffic.yaw_rate_rps)
            ),
            trailer_heading_rad=np.concatenate((np.full(len(cranes), np.nan), traffic.trailer_rad)),
            trolley_m=np.concatenate((np.array([crane.trolley_m for crane in cranes]), nan)),
            hoist_m=np.concatenate((np.array([crane.hoist_m for crane in cranes]), nan)),
            locked=np.concatenate((np.array([crane.locked for crane in cranes], bool), np.zeros(n, bool))),
            load_kg=np.concatenate((np.array([crane.gross_kg for crane in cranes]), nan)),
            load=np.array(
                [bytes(site.stock.number[c.box]) if c.box >= 0 else b"" for c in cranes] + [b""] * n, "S11"
            ),
            cargo=np.array([b""] * len(cranes) + cargo, "S11"),
            spreader_ft=np.array([crane.feet for crane in cranes] + [-1] * n, np.int8),
            events=events,
        )
