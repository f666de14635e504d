"""Lifts and sets that sensors tell, beside the truth of a simulated shift with the noise of a yard."""

import pytest
import yard_at_work as work
from moves_watched import Watched, hold

from layouts import formats
from sensors.decoder import Decoder
from sensors.simulation.places import Places
from sensors.simulation.switches import parse_switches
from sensors.sources.simulated import SimulatedSource
from twin.engine import initial_state
from twin.session import Bound, Session
from twin.state import State
from twin.stock import moves
from twin.stock.generate import fill
from twin.stock.rules import USUAL
from twin.yard.slots import slots_of
from ui.composition import SourceClock


def shift(
    layout: str, seconds: float, *faults: str, boxes: int, tick_s: float = 0.1, **options
) -> tuple[Watched, State, int]:
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
    watched = Watched(simulation.shift.stock)
    passed_ns, places = round(tick_s * work.SECOND), Places(yard)
    for tick in range(1, round(seconds / tick_s) + 1):
        simulation.advance_to(work.T0 + tick * passed_ns)
        session.tick()
        watched.look(simulation.shift.stock, session.state, simulation.truth, places)
    session.close()
    return watched, session.state, boxes


def test_every_move_of_half_a_minute_is_told_in_its_slot_through_the_noise_of_a_yard() -> None:
    watched, state, standing = shift("demo", 33.0, "noise=yard", boxes=3_000, tick_s=0.5, settled=True)

    hold(watched, state, standing, 1.0)


@pytest.mark.soak
def test_a_long_shift_is_told_right_to_999_of_a_thousand_and_every_miss_is_listed() -> None:
    watched, state, standing = shift("demo", 3_600.0, "noise=yard", boxes=10_000)

    hold(watched, state, standing, 0.999)


@pytest.mark.soak
def test_positions_that_drift_under_a_crane_lose_no_box_and_what_is_missed_is_listed() -> None:
    crane = "RTG-01"
    watched, state, standing = shift(
        "demo", 600.0, "drift_mps=0.02", f"target={crane}", boxes=10_000, settled=True
    )

    assert any(bytes(name).decode() == crane for name in state.fleet.name)
    hold(watched, state, standing, 0.0)


@pytest.mark.soak
def test_packets_twice_and_late_by_seconds_leave_the_stock_as_in_order() -> None:
    _, plain, standing = shift("demo", 240.0, boxes=3_000, settled=True)
    watched, late, _ = shift("demo", 240.0, "duplicates=0.05", "late=0.05", boxes=3_000, settled=True)

    hold(watched, late, standing, 1.0)
    assert len(late.stock) == len(plain.stock)
    rows = moves.rows_of(late.stock, plain.stock.number.tolist())
    for name in ("place", "ground", "tier"):
        assert (getattr(plain.stock, name) == getattr(late.stock, name)[rows]).all()
    assert late.discrepancies == plain.discrepancies == ()
