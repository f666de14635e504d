"""Cranes on one runway, stacks above their profile, and how fast trolleys and hoists are believed to go."""

from dataclasses import replace

import numpy as np
import pytest
from stacking_yard import stock_with
from test_fleet_telemetry import NS, cranes, rows, told
from test_fleet_telemetry import T0 as TOLD_NS
from test_safety_alarms import YARD, Desk

from twin.fleet import tracking
from twin.fleet.kinds import KIND_NAMES, KINDS, Joint
from twin.fleet.readings import RATE_CHANGES
from twin.safety.parts import boxes_of
from twin.safety.rules.contacts import RATE_NOISE_MPS, SAFE_HEIGHT_S, safe_height
from twin.safety.rules.cranes import block_profile, crane_to_crane, truck_lifted
from twin.stock import moves
from twin.yard.slots import slots_of


def needs(desk):
    """Give the pairs that come at one another, with what share of their braking they need."""
    found = crane_to_crane(desk.scene())
    pairs = zip(found.mover.tolist(), found.other.tolist(), strict=True)
    return dict(zip(pairs, found.measure.tolist(), strict=True))


def gantries(*places, heading=0.0, speeds=(1.0, -1.0)):
    desk = Desk(len(places), "rtg")
    x, y = np.array(places, float).T
    desk.set(x_m=x, y_m=y, heading_rad=heading, speed_mps=np.array(speeds, float), hoist_m=17.0)
    return desk


def test_two_that_come_at_one_another_both_brake():
    # With its spreader half an RTG is 6.1 m: of 27.8 m between them 27.3 count, and each needs 1 / 0.2 = 5 m.
    found = needs(gantries((100.0, 50.0), (140.0, 50.0)))
    assert found == {(0, 1): pytest.approx(10.0 / 27.3)}


def test_of_two_that_go_one_way_the_faster_brakes_to_the_others_speed():
    found = needs(gantries((100.0, 50.0), (140.0, 50.0), speeds=(2.0, 0.5)))
    assert found == {(0, 1): pytest.approx(1.5**2 / 0.2 / 27.3)}
    assert needs(gantries((100.0, 50.0), (140.0, 50.0), speeds=(0.5, 2.0))) == {}


def test_cranes_of_two_lines_are_on_no_common_runway():
    assert needs(gantries((100.0, 50.0), (140.0, 80.0))) == {}


def test_cranes_in_one_line_are_on_one_runway_whichever_way_they_face():
    found = needs(gantries((100.0, 50.0), (140.0, 51.0), heading=[0.0, np.pi], speeds=(1.0, 1.0)))
    assert found == {(0, 1): pytest.approx(10.0 / 27.3)}


@pytest.mark.parametrize("heading", [0.05, 0.1501, 1.0, 1.5707, 3.1415])
def test_cranes_of_a_runway_are_told_however_it_lies_and_those_of_the_next_one_never(heading):
    along, across = (
        np.array([np.cos(heading), np.sin(heading)]),
        np.array([-np.sin(heading), np.cos(heading)]),
    )
    corner = np.array([900.0, 1000.0])
    places = [corner, corner + 40.0 * along, corner - 30.0 * across, corner + 30.0 * across + 20.0 * along]
    # Each faces one way or the other, and is off its runway's direction by what two antennas tell.
    headings = heading + np.array([0.003, np.pi - 0.003, -0.002, np.pi + 0.002])
    desk = gantries(*places, heading=headings, speeds=(1.0, 1.0, 0.0, 0.0))
    assert needs(desk) == {(0, 1): pytest.approx(10.0 / 27.3, rel=1e-3)}


def rates(*messages, at_once=False):
    fleet, tracks = cranes("rtg")
    for part in [messages] if at_once else [[message] for message in messages]:
        tracks, _ = tracking.apply_readings(fleet, tracks, rows(*[0] * len(part)), told(*part))
    return fleet, tracks


def test_a_trolley_goes_as_fast_as_its_last_two_words_are_apart():
    _, tracks = rates((1.0, 0.0, 9.0, 0), (1.1, 0.1, 8.95, 0))
    assert (tracks.trolley_mps[0], tracks.hoist_mps[0]) == (pytest.approx(1.0), pytest.approx(-0.5))


@pytest.mark.parametrize(
    ("second", "expected"),
    [
        ((1.1, 5.0, 9.0, 0), 0.0),
        ((9.0, 4.0, 9.0, 0), 0.0),
        ((1.01, 0.02, 9.0, 0), 0.0),
        ((1.1, np.nan, 9.0, 0), 0.0),
    ],
    ids=["faster than any", "too long ago", "too close to tell", "not sent"],
)
def test_a_speed_that_two_words_do_not_tell_is_none(second, expected):
    assert rates((1.0, 0.0, 9.0, 0), second)[1].trolley_mps[0] == expected


def test_a_word_that_errs_changes_a_speed_by_no_more_than_the_drive_can():
    # The third word errs by two centimetres, and would tell 0.7 m/s.
    _, tracks = rates((1.0, 0.0, 9.0, 0), (1.1, 0.05, 9.0, 0), (1.2, 0.12, 9.0, 0))
    most_mps = RATE_CHANGES * KINDS["rtg"].trolley_mps2 * 0.1
    assert tracks.trolley_mps[0] == pytest.approx(0.5 + most_mps, abs=1e-6)


def test_words_that_come_at_once_are_told_one_after_the_other():
    words = ((1.0, 0.0, 9.0, 0), (1.1, 0.05, 9.0, 0), (1.2, 0.11, 9.0, 0), (1.3, 0.16, 9.0, 0))
    one_by_one = rates(*words)[1].trolley_mps[0]
    assert rates(*words, at_once=True)[1].trolley_mps[0] == one_by_one != 0.0


def test_parts_go_with_the_trolley_until_its_words_stop():
    fleet, tracks = rates((1.0, 0.0, 9.0, 0), (1.1, 0.1, 8.96, 0))
    stock = moves.empty_stock(slots_of(YARD))
    for age_s, speeds in ((0.1, (1.0, -0.4)), (2.5, (0.0, 0.0))):
        boxes = boxes_of(fleet, tracks, stock, TOLD_NS + round((1.1 + age_s) * NS))
        spreader = np.flatnonzero(boxes.joint == Joint.SPREADER)[0]
        assert (boxes.vy_mps[spreader], boxes.vz_mps[spreader]) == pytest.approx(speeds)


def test_what_encoders_waver_is_no_motion():
    fleet, tracks = rates((1.0, 0.0, 9.0, 0), (1.1, 0.004, 9.004, 0))
    boxes = boxes_of(fleet, tracks, moves.empty_stock(slots_of(YARD)), TOLD_NS + 2 * NS)
    assert not boxes.vy_mps.any()
    assert not boxes.vz_mps.any()


@pytest.mark.parametrize(
    ("trolley_m", "tiers", "told"),
    [(0.0, 5, True), (2.6, 5, True), (2.8, 5, False), (np.nan, 5, True), (0.0, 4, False)],
    ids=["over its row", "just over it", "a row beside", "nobody knows where", "low enough"],
)
def test_a_load_is_told_of_the_stacks_that_it_cannot_pass_over_and_of_none_beside(trolley_m, tiers, told):
    """An RMG lifts to 16.0 m: with a box of 2.9 m under it five tiers of 2.6 m leave no 0.3 m."""
    tower = [(f"FIVE{tier}", "22G1", ("A01", 15, 3, tier), None) for tier in range(1, tiers + 1)]
    slots, stock = stock_with(YARD, *tower, ("HELD", "45G1", None, None))
    x, y = slots.centre_yard_m[stock.ground[0]]
    desk = Desk(1, "rmg")
    held = int(moves.rows_of(stock, ["HELD"])[0])
    desk.set(
        x_m=x - 12.0, y_m=y, heading_rad=0.0, speed_mps=1.0, trolley_m=trolley_m, hoist_m=16.0, load=held
    )
    desk.fleet = desk.fleet.with_columns(block=np.zeros(1, desk.fleet.block.dtype))
    found = block_profile(replace(desk.scene(), slots=slots, stock=stock))

    assert len(found) == told
    if told:
        assert found.ground[0] == stock.ground[0]
        assert found.value[0] == pytest.approx(5 * 2.591 - (16.0 - 2.896 - 0.3), abs=1e-6)


def swinging(sigma_m, share=1.2, speed_mps=0.84):
    """Give the finding of a trolley that needs such a share of its braking before a stack."""
    desk = Desk(1, "rtg")
    desk.set(trolley_mps=-speed_mps, hoist_m=10.0, sigma_m=sigma_m)
    time_s = (speed_mps - RATE_NOISE_MPS) / (2.0 * share * KINDS["rtg"].trolley_mps2)
    desk.conflict(time_s, 1.0, other=-1, ground=5)
    spreader = next(k for k, part in enumerate(KINDS["rtg"].parts) if part.joint is Joint.SPREADER)
    desk.encounters = desk.encounters.with_columns(part=np.array([spreader], np.int8))
    found = safe_height(desk.scene())
    return bool(found.raises[0]), float(found.measure[0]), time_s


def test_a_spreader_whose_place_is_sure_is_told_by_how_soon_it_is_at_the_stack():
    raises, measure, time_s = swinging(0.02)
    assert raises
    assert measure == time_s < SAFE_HEIGHT_S.slow_down


def test_a_trolley_that_may_be_braking_in_time_where_its_place_is_vague_is_a_warning():
    assert swinging(0.18)[:2] == (True, SAFE_HEIGHT_S.warning)
    # So near that no place within its error leaves it the way to stop.
    raises, measure, time_s = swinging(0.18, share=3.0)
    assert raises
    assert measure == time_s


def lifted(up_m, away_m=0.0, kind="external_truck"):
    """Give what is found of a crane that hangs half as much again as its box, over a truck, so high up."""
    desk, (cargo_m, deck_m) = Desk(2, "rtg"), KINDS[kind].cargo_m
    kinds = np.array([KIND_NAMES.index("rtg"), KIND_NAMES.index(kind)], np.int8)
    desk.fleet = desk.fleet.with_columns(kind=kinds)
    stock = stock_with(YARD, ("MSKU1234565", "22G1", None, None))[1]
    hoist_m = deck_m + stock.height_m[0] + up_m
    desk.set(
        x_m=np.array([100.0, 100.0 - cargo_m + away_m]), y_m=50.0, trailer_heading_rad=0.0, hoist_m=hoist_m,
        locked=np.array([True, False]), load=np.array([0, -1]), load_kg=1.5 * stock.gross_kg[0] + 4000.0,
    )  # fmt: skip
    return truck_lifted(replace(desk.scene(), stock=stock))


def test_a_truck_that_hangs_stays_an_alarm_however_high_and_is_raised_from_near_its_deck_alone():
    assert lifted(0.4).raises.tolist() == [True]
    high = lifted(3.0)
    assert (high.mover.tolist(), high.other.tolist(), high.raises.tolist()) == ([0], [1], [False])
    assert len(lifted(3.0, away_m=4.0)) == 0
