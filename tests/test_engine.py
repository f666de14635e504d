import dataclasses

import numpy as np
import yard_at_work as work
from yard_at_work import A, B, C

from twin.inputs import (
    BoxAnnouncement,
    BoxRead,
    GateEvent,
    GateRead,
    MachineNotice,
    PickUpAnnouncement,
    Reject,
    WindReading,
)
from twin.safety.alarms import RULE_NAMES
from twin.state import State
from twin.stock import moves
from twin.stock.table import Place


def place_of(state: State, number: str) -> Place:
    return Place(int(state.stock.place[moves.rows_of(state.stock, [number])[0]]))


def turned(state: State, locked: int, hoist_m: float, trolley_m: float, *events: object) -> State:
    """The RTG's spreader closes or opens where it hangs."""
    t_ns = state.t_ns + work.SECOND // 10
    cranes = work.readings(0, t_ns, trolley_m, hoist_m, locked)
    return work.ticked(state, work.batch(["RTG-01"], cranes=cranes, events=events))  # type: ignore[arg-type]


def test_an_idle_tick_shares_every_table() -> None:
    state = work.ticked(work.state_with(A))

    after = work.ticked(state)

    same = {f.name for f in dataclasses.fields(State) if getattr(after, f.name) is getattr(state, f.name)}
    assert {"stock", "fleet", "tracks", "conflicts", "alarms", "suggestions", "orders", "yard"} <= same


def test_tables_of_a_state_cannot_be_written_to() -> None:
    state = work.state_with(A)

    assert not state.stock.place.flags.writeable


def test_a_closing_spreader_over_a_stack_lifts_its_top_box() -> None:
    state, trolley_m = work.crane_over(work.state_with(A, B), 0)
    top_m = float(state.stock.top_m[0])

    after = turned(state, 1, top_m, trolley_m)

    assert place_of(after, B) is Place.CARRIED
    assert place_of(after, A) is Place.STACKED
    assert after.tracks.load[0] == moves.rows_of(after.stock, [B])[0]
    assert not after.discrepancies


def test_an_opening_spreader_over_a_slot_sets_the_box_there() -> None:
    state, trolley_m = work.crane_over(work.state_with(A, B), 0)
    state = turned(state, 1, float(state.stock.top_m[0]), trolley_m)

    state = turned(state, 0, float(state.stock.top_m[0]) + 2.591, trolley_m)

    assert place_of(state, B) is Place.STACKED
    assert state.tracks.load[0] == -1
    assert state.counts.moves == 1


def test_a_camera_that_reads_another_number_is_a_discrepancy_and_moves_nothing() -> None:
    state, trolley_m = work.crane_over(work.state_with(A, B), 0)
    read = BoxRead("RTG-01", state.t_ns + work.SECOND // 10, A)

    after = turned(state, 1, float(state.stock.top_m[0]), trolley_m, read)

    assert place_of(after, B) is Place.CARRIED
    assert place_of(after, A) is Place.STACKED
    assert f"read {A}, expected {B}" in after.discrepancies[-1].what


def test_a_spreader_that_closes_on_nothing_is_a_discrepancy() -> None:
    state, trolley_m = work.crane_over(work.state_with(A), 40)

    after = turned(state, 1, 2.6, trolley_m)

    assert "no box is known" in after.discrepancies[-1].what
    assert after.stock is state.stock


def test_a_box_brought_through_the_gate_waits_on_its_truck() -> None:
    state = work.state_with(A)
    t_ns = state.t_ns + work.SECOND // 10
    read = GateRead("G1", t_ns, "G1", "in", GateEvent.IN, "T1", work.notice(C))
    hello = MachineNotice("T1", t_ns, "external_truck")

    after = work.ticked(state, work.batch([], events=(hello, read)))

    assert place_of(after, C) is Place.CARRIED
    assert [arrival.number for arrival in after.arrivals] == [C]
    assert after.counts.boxes_in == 1


def test_a_box_that_stands_here_cannot_be_brought_again() -> None:
    state = work.state_with(A)
    t_ns = state.t_ns + work.SECOND // 10
    read = GateRead("G1", t_ns, "G1", "in", GateEvent.IN, "T1", work.notice(A))

    after = work.ticked(state, work.batch([], events=(read,)))

    assert place_of(after, A) is Place.STACKED
    assert "which is stacked already" in after.discrepancies[-1].what


def by_number(state: State, event: GateEvent, number: str, truck: str = "T1") -> GateRead:
    return GateRead("G1", state.t_ns + work.SECOND // 10, "G1", "1", event, truck, number=number)


def test_a_portal_that_reads_a_number_alone_brings_a_box_that_a_list_told_of() -> None:
    state = work.state_with(A)
    told = BoxAnnouncement("tos", state.t_ns + 1, work.notice(C))
    hello = MachineNotice("T1", state.t_ns + 1, "external_truck")

    after = work.ticked(state, work.batch([], events=(hello, told, by_number(state, GateEvent.IN, C))))

    assert place_of(after, C) is Place.CARRIED
    assert [arrival.number for arrival in after.arrivals] == [C]
    gone = work.ticked(after, work.batch([], events=(by_number(after, GateEvent.OUT, A),)))
    assert f"T1 left with {A}, expected {C}" in gone.discrepancies[-1].what


def test_a_portal_that_reads_the_number_of_a_box_on_no_list_lists_it() -> None:
    state = work.state_with(A)
    hello = MachineNotice("T1", state.t_ns + 1, "external_truck")

    after = work.ticked(state, work.batch([], events=(hello, by_number(state, GateEvent.IN, C))))

    assert [one.what for one in after.discrepancies] == [f"T1 brought {C}, of which no list tells"]
    assert after.counts.boxes_in == 0


def test_a_truck_that_leaves_takes_its_box_out_of_the_stock() -> None:
    state = work.state_with(A)
    t_ns = state.t_ns + work.SECOND // 10
    came = GateRead("G1", t_ns, "G1", "in", GateEvent.IN, "T1", work.notice(C))
    left = GateRead("G1", t_ns + 1, "G1", "out", GateEvent.OUT, "T1", work.notice(C))

    after = work.ticked(state, work.batch([], events=(came, left)))

    assert place_of(after, C) is Place.GONE
    assert not after.fleet.present[0]
    assert (after.counts.boxes_in, after.counts.boxes_out) == (1, 1)


def test_positions_of_a_machine_never_announced_are_counted_not_shown() -> None:
    state = work.state_with(A)
    fixes = work.fixes_at(state, ["GHOST"], [(0.0, 0.0)], 0.0, state.t_ns + 1)

    after = work.ticked(state, work.batch(["GHOST"], fixes))

    assert len(after.fleet) == 0
    assert dict(after.counts.rejects) == {"position of a machine that was never announced": 1}


def test_a_fix_puts_the_machine_where_the_frame_says() -> None:
    state, _ = work.crane_over(work.state_with(A), 12)
    x_m, y_m = state.slots.centre_yard_m[12]

    heading = state.yard.blocks[0].heading_rad
    expected = (x_m + 5.0 * np.sin(heading), y_m - 5.0 * np.cos(heading))

    assert np.allclose((state.tracks.x_m[0], state.tracks.y_m[0]), expected, atol=0.02)


def test_rejects_are_counted_by_reason_and_bounded() -> None:
    state = work.state_with(A)
    rejects = tuple(Reject("tcp", b"x", f"reason {i}") for i in range(200))
    given = dataclasses.replace(work.batch([]), rejects=rejects)

    after = work.ticked(state, given)

    assert sum(n for _, n in after.counts.rejects) == 200
    assert len(after.counts.rejects) <= 65


def test_a_pick_up_of_a_box_that_is_not_here_is_a_discrepancy() -> None:
    state = work.state_with(A)

    after = work.ticked(state, work.batch([], events=(PickUpAnnouncement("tos", state.t_ns, C, state.t_ns),)))

    assert not after.pick_ups
    assert "stands nowhere" in after.discrepancies[-1].what


def test_a_crane_of_a_block_that_the_yard_has_not_is_listed_once() -> None:
    state = work.state_with(A)
    for k in range(3):
        told = MachineNotice("RTG-09", state.t_ns + k, "rtg", "Z99")
        state = work.ticked(state, work.batch([], events=(told,)))

    assert [(one.device, one.what) for one in state.discrepancies] == [
        ("RTG-09", "block Z99: the yard has none of that name")
    ]


def test_a_truck_may_be_announced_for_a_box_while_a_crane_moves_it() -> None:
    state, trolley_m = work.crane_over(work.state_with(A, B), 0)
    state = turned(state, 1, float(state.stock.top_m[0]), trolley_m)
    comes = PickUpAnnouncement("tos", state.t_ns, B, state.t_ns + work.SECOND)

    after = work.ticked(state, work.batch([], events=(comes,)))

    assert [pick_up.number for pick_up in after.pick_ups] == [B]
    assert not after.discrepancies


def test_the_last_wind_reading_is_kept() -> None:
    state = work.state_with(A)

    after = work.ticked(state, work.batch([], events=(WindReading("mast", state.t_ns, 9.0, 13.0, 45.0),)))

    assert (after.weather.speed_mps, after.weather.gust_mps) == (9.0, 13.0)


def with_a_truck_out_of_radio(state: State, away_m: float) -> State:
    """A truck that brought box C stands ``away_m`` from the spreader, unheard for ten minutes."""
    block = state.yard.blocks[0]
    heading = block.heading_rad
    t_ns = state.t_ns + work.SECOND // 10
    x, y = block.yard_from_block(20.0 + away_m, block.width_m + 2.2)
    hello = MachineNotice("T1", t_ns, "external_truck")
    read = GateRead("G1", t_ns, "G1", "in", GateEvent.IN, "T1", work.notice(C))
    fixes = work.fixes_at(state, ["T1"], [(x, y)], heading, t_ns)
    state = work.ticked(state, work.batch(["T1"], fixes, events=(hello, read)))
    return work.ticked(state, seconds=600.0)


def closed_over_the_truck_lane(state: State, *events: object) -> State:
    block = state.yard.blocks[0]
    t_ns = state.t_ns + work.SECOND // 10
    portal = block.yard_from_block(20.0, block.width_m / 2)
    trolley_m = block.width_m / 2 + 2.2
    fixes = work.fixes_at(state, ["RTG-01"], [portal], block.heading_rad, t_ns)
    hello = MachineNotice("RTG-01", t_ns, "rtg", block.name)
    opened = work.readings(0, t_ns, trolley_m, 8.0, 0)
    state = work.ticked(state, work.batch(["RTG-01"], fixes, opened, (hello,)))
    later = state.t_ns + work.SECOND // 10
    closed = work.readings(0, later, trolley_m, 3.84, 1)
    return work.ticked(state, work.batch(["RTG-01"], cranes=closed, events=events))  # type: ignore[arg-type]


def test_a_box_on_a_truck_out_of_radio_is_known_by_the_cameras_read() -> None:
    state = with_a_truck_out_of_radio(work.state_with(A), 15.0)

    after = closed_over_the_truck_lane(state, BoxRead("RTG-01", state.t_ns + work.SECOND // 5, C))

    assert not after.discrepancies
    assert after.tracks.load[1] == moves.rows_of(after.stock, [C])[0]
    assert after.tracks.cargo[0] == -1


def test_a_truck_out_of_radio_far_away_is_not_taken_to_stand_there() -> None:
    state = with_a_truck_out_of_radio(work.state_with(A), 100.0)

    after = closed_over_the_truck_lane(state)

    assert "no box is known" in after.discrepancies[-1].what


def test_a_machine_that_reported_what_cannot_be_is_in_doubt_for_a_minute() -> None:
    state, trolley_m = work.crane_over(work.state_with(A), 40)

    after = turned(state, 1, 2.6, trolley_m)

    doubt = RULE_NAMES.index("stock_doubtful")
    assert [(int(r), int(m)) for r, m in zip(after.alarms.rule, after.alarms.mover, strict=True)] == [
        (doubt, 0)
    ]


def test_a_crane_stands_along_its_block_whatever_its_receiver_says_of_its_heading() -> None:
    state, _ = work.crane_over(work.state_with(A), 12)
    heading = state.yard.blocks[0].heading_rad
    place = [(float(state.tracks.x_m[0]), float(state.tracks.y_m[0]))]
    fixes = work.fixes_at(state, ["RTG-01"], place, heading + 0.02, state.t_ns + work.SECOND // 10)

    after = work.ticked(state, work.batch(["RTG-01"], fixes))

    assert np.isclose(np.sin(after.tracks.heading_rad[0] - heading), 0.0, atol=1e-9)


def test_a_box_that_was_moved_is_known_to_have_been_seen_and_the_others_are_not() -> None:
    state, trolley_m = work.crane_over(work.state_with(A, B), 0)

    after = turned(state, 1, float(state.stock.top_m[0]), trolley_m)

    lower, upper = moves.rows_of(after.stock, [A, B])
    assert after.stock.seen_ns[upper] == after.t_ns
    assert after.stock.seen_ns[lower] == 0
