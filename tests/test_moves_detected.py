"""Lifts and sets that sensors tell, beside the truth of a simulated shift with the noise of a yard."""

from dataclasses import dataclass, field

import numpy as np
import pytest
import yard_at_work as work

from layouts import formats
from sensors.decoder import Decoder
from sensors.simulation.switches import parse_switches
from sensors.sources.simulated import SimulatedSource
from twin.engine import initial_state
from twin.session import Bound, Session
from twin.state import State
from twin.stock import moves
from twin.stock.generate import fill
from twin.stock.rules import USUAL
from twin.stock.table import Place, Stock
from twin.yard.slots import slots_of
from ui.composition import SourceClock

PATIENCE_TICKS = 400
"""A set may be told so late: machines in a radio hole send what they saw when they are out of it."""


@dataclass(slots=True)
class Watched:
    """Lifts and sets that truly happened, until the twin has told them or the time for it is over."""

    open: dict[str, tuple[int, int, int, int]] = field(default_factory=dict)
    right: int = 0
    missed: list[str] = field(default_factory=list)

    def happened(self, before: Stock, now: Stock, tick: int) -> None:
        """Note the boxes that were lifted, and those that have come to stand somewhere."""
        known = len(before)
        stood = np.zeros(len(now), np.bool_)
        stood[:known] = before.place == Place.STACKED
        stands = now.place == Place.STACKED
        moved = stood != stands
        moved[:known] |= stood[:known] & stands[:known] & (before.ground != now.ground[:known])
        for row in np.flatnonzero(moved).tolist():
            number = bytes(now.number[row]).decode()
            if number in self.open:
                self.missed.append(number)
            self.open[number] = (int(stands[row]), int(now.ground[row]), int(now.tier[row]), tick)

    def told(self, state: State, tick: int) -> None:
        """Hold what the twin believes against them."""
        rows = moves.rows_of(state.stock, list(self.open)).tolist()
        for (number, (stands, ground, tier, since)), row in zip(list(self.open.items()), rows, strict=True):
            stock = state.stock
            believed = row >= 0 and int(stock.place[row] == Place.STACKED) == stands
            if believed and (not stands or (stock.ground[row], stock.tier[row]) == (ground, tier)):
                self.right += 1
                del self.open[number]
            elif tick - since > PATIENCE_TICKS:
                self.missed.append(number)
                del self.open[number]


def shift(layout: str, ticks: int, *faults: str, boxes: int, **options) -> tuple[Watched, State, int]:
    """Run a shift; give its moves, the twin's state at the end, and how many boxes stood at first."""
    yard = formats.sample(layout)
    slots = slots_of(yard)
    stock = fill(yard, slots, boxes, 5, work.T0)
    simulation = SimulatedSource(
        yard,
        slots,
        stock,
        seed=5,
        t_ns=work.T0,
        inline=True,
        switches=parse_switches(faults),
        options=options,
    )
    bound = Bound((simulation,), Decoder(), SourceClock(simulation), work.refuse_layouts)
    session = Session(initial_state(yard, stock, work.T0, USUAL), bound)
    watched, before = Watched(), simulation.shift.stock
    for tick in range(1, ticks + 1):
        simulation.advance_to(work.T0 + tick * work.SECOND // 10)
        session.tick()
        now = simulation.shift.stock
        if now is not before:
            watched.happened(before, now, tick)
            before = now
        if watched.open:
            watched.told(session.state, tick)
    session.close()
    return watched, session.state, boxes


def hold(watched: Watched, state: State, standing: int, share: float) -> None:
    """Hold that enough moves were told right, that every other is listed, and that no box came or went."""
    place = state.stock.place
    here = int(np.isin(place, (Place.STACKED, Place.CARRIED)).sum())
    listed = {item.box for item in state.discrepancies} | {item.other for item in state.discrepancies}
    total = watched.right + len(watched.missed)
    print(f"{watched.right} of {total} moves right, {len(state.discrepancies)} listed")  # noqa: T201
    assert total > 0
    assert watched.right >= share * total
    assert set(watched.missed) <= listed
    assert moves.check(state.stock, state.slots) == ()
    assert standing + state.counts.boxes_in == state.counts.boxes_out + here


def test_every_move_of_half_a_minute_is_told_in_its_slot_through_the_noise_of_a_yard() -> None:
    watched, state, standing = shift("demo", 330, "noise=yard", boxes=3_000, settled=True)

    hold(watched, state, standing, 1.0)


@pytest.mark.soak
def test_a_long_shift_is_told_right_to_999_of_a_thousand_and_every_miss_is_listed() -> None:
    watched, state, standing = shift("demo", 36_000, "noise=yard", boxes=10_000)

    hold(watched, state, standing, 0.999)


@pytest.mark.soak
def test_positions_that_drift_under_a_crane_lose_no_box_and_what_is_missed_is_listed() -> None:
    crane = "RTG-01"
    watched, state, standing = shift(
        "demo", 6_000, "drift_mps=0.02", f"target={crane}", boxes=10_000, settled=True
    )

    assert any(bytes(name).decode() == crane for name in state.fleet.name)
    hold(watched, state, standing, 0.0)


@pytest.mark.soak
def test_packets_twice_and_late_by_seconds_leave_the_stock_as_in_order() -> None:
    _, plain, standing = shift("demo", 2_400, boxes=3_000, settled=True)
    watched, late, _ = shift("demo", 2_400, "duplicates=0.05", "late=0.05", boxes=3_000, settled=True)

    hold(watched, late, standing, 1.0)
    assert len(late.stock) == len(plain.stock)
    rows = moves.rows_of(late.stock, plain.stock.number.tolist())
    for name in ("place", "ground", "tier"):
        assert (getattr(plain.stock, name) == getattr(late.stock, name)[rows]).all()
    assert late.discrepancies == plain.discrepancies == ()
