"""A crane closes above a truck that stands aside of where it should, and its camera reads the box then."""

import numpy as np
import pytest
import yard_at_work as work

from twin import reach
from twin.inputs import BoxRead, GateEvent, GateRead, MachineNotice
from twin.state import State
from twin.stock import moves
from twin.stock.table import Place
from ui.i18n import Texts

BOX = "MSKU1234565"
HIGH_M = 2.591


def truck_at(x_m: float, y_m: float) -> tuple[State, float]:
    """Give a crane over a slot, and a truck whose antenna is there, which has brought a box."""
    state, trolley_m = work.crane_over(work.state_with(), 40)
    t_ns, heading = state.t_ns + work.SECOND // 10, state.yard.blocks[0].heading_rad
    hello = MachineNotice("T1", t_ns, "external_truck", "")
    gate = GateRead("GATE", t_ns, "IN", "1", GateEvent.IN, "T1", work.notice(BOX))
    fixes = work.fixes_at(state, ["T1"], [(x_m, y_m)], heading, t_ns)
    return work.ticked(state, work.batch(["T1"], fixes, events=(hello, gate))), trolley_m


def with_truck(aside_m: float) -> tuple[State, float]:
    """Give one whose cargo place is so far from the spreader, along its block."""
    state, _ = truck_at(0.0, 0.0)
    x_m, y_m = state.slots.centre_yard_m[40]
    heading = state.yard.blocks[0].heading_rad
    cargo_x_m, cargo_y_m = (float(part[1]) for part in reach.cargo_centres(state.fleet, state.tracks))
    return truck_at(x_m - cargo_x_m + aside_m * np.cos(heading), y_m - cargo_y_m + aside_m * np.sin(heading))


def turned(state: State, locked: int, trolley_m: float) -> State:
    t_ns = state.t_ns + work.SECOND // 10
    return work.ticked(
        state, work.batch(["RTG-01"], cranes=work.readings(0, t_ns, trolley_m, HIGH_M, locked))
    )


def read(state: State, after_s: float = 4.0) -> State:
    seen = BoxRead("RTG-01", state.t_ns + round(after_s * work.SECOND), BOX)
    return work.ticked(state, work.batch([], events=(seen,)), seconds=after_s)


def place(state: State) -> tuple[Place, int, int]:
    row = int(moves.rows_of(state.stock, [BOX])[0])
    return Place(int(state.stock.place[row])), int(state.tracks.load[0]), int(state.tracks.cargo[1])


def counted(state: State) -> int:
    here = int(np.isin(state.stock.place, (Place.STACKED, Place.CARRIED)).sum())
    return state.counts.boxes_in - state.counts.boxes_out - here


def test_a_read_joins_the_lift_off_a_truck_that_stands_aside_and_one_discrepancy_tells_of_it():
    state, trolley_m = with_truck(4.0)
    state = read(turned(state, 1, trolley_m))
    box = int(moves.rows_of(state.stock, [BOX])[0])
    assert place(state) == (Place.CARRIED, box, -1)

    state = turned(state, 0, trolley_m)
    assert place(state) == (Place.STACKED, -1, -1)
    told = [(one.device, one.what, one.box, one.expected, one.found) for one in state.discrepancies]
    assert told == [
        ("RTG-01", f"lifted {BOX} off T1 by its read, which stands 4.0 m aside", BOX, "on T1", "under RTG-01")
    ]
    assert Texts("zh").reason(told[0][1]) == f"按识读，{BOX} 自 T1 吊起；该车停偏 4.0 米"
    assert counted(state) == 0


def test_a_lift_off_a_truck_within_reach_is_no_discrepancy():
    state, trolley_m = with_truck(1.0)
    state = read(turned(state, 1, trolley_m))

    assert place(state)[::2] == (Place.CARRIED, -1)
    assert state.discrepancies == ()


@pytest.mark.parametrize(("aside_m", "after_s"), [(40.0, 4.0), (4.0, 90.0)])
def test_a_read_of_a_box_on_a_truck_far_away_or_long_after_joins_nothing(aside_m: float, after_s: float):
    state, trolley_m = with_truck(aside_m)
    state = turned(state, 1, trolley_m)
    state = read(state, after_s)

    assert place(state)[1:] == (-1, int(moves.rows_of(state.stock, [BOX])[0]))
    assert [one.what.split()[0] for one in state.discrepancies] == ["closed", "read"]
    assert counted(state) == 0
