import numpy as np
import pytest
import test_safety_contact as contact_scene
from test_safety_collision import box, boxes
from test_safety_contact import at_block, rtg, slot_place, stacked, trolley_over

from twin.clock import NS_PER_S
from twin.fleet.memory import MOTION, ODOMETER, no_beliefs
from twin.fleet.table import Freshness
from twin.safety import arcs, collision, encounters, watching
from twin.safety.arcs import Ahead


def met(*machines, **more):
    """Find the encounters of machines, and those of them that are conflicts."""
    found = contact_scene.look(*machines, **more)[0]
    return found, watching.conflicts_of(found)


def straight(*rows):
    """Give boxes of (x, y, vx, vy), two metres square, that go straight on."""
    table = boxes([box(x=x, y=y, vx=vx, vy=vy) for x, y, vx, vy in rows])
    none = np.zeros(len(table))
    return Ahead(table, table.x_m, table.y_m, table.vx_mps, table.vy_mps, *[none] * 5)


def test_conflicts_are_encounters_with_the_same_time():
    one = {"kind": "external_truck", "speed_mps": 3.0}
    other = {"kind": "external_truck", "x_m": 28.2, "heading_rad": np.pi, "speed_mps": 5.0}
    found, conflicts = met(one, other)
    assert found.time_s.tolist() == conflicts.time_s.tolist()
    assert found.gap_m[0] == pytest.approx(20.0)
    assert (found.pet_s[0], found.min_gap_m[0]) == (0.0, 0.0)
    # Three sigmas of 2 cm each, and 0.2 s of 8 m/s, sooner.
    assert found.breach_s[0] == pytest.approx((20.0 - 0.12 - 1.6) / 8.0, abs=0.01)


def test_a_pass_within_the_clearance_is_an_encounter_without_a_contact():
    one = {"kind": "external_truck", "speed_mps": 5.0}
    other = {"kind": "external_truck", "x_m": 30.0, "y_m": 2.55, "heading_rad": np.pi, "speed_mps": 5.0}
    found, conflicts = met(one, other)
    assert len(conflicts) == 0
    assert np.isinf(found.time_s).all()
    assert np.isfinite(found.breach_s[0])
    assert found.min_gap_m[0] == pytest.approx(0.05)


def test_trucks_in_their_own_lanes_do_not_meet():
    one = {"kind": "external_truck", "speed_mps": 5.0}
    other = {"kind": "external_truck", "x_m": 30.0, "y_m": 4.0, "heading_rad": np.pi, "speed_mps": 5.0}
    assert len(met(one, other)[0]) == 0


def test_paths_crossed_shortly_after_one_another_are_an_encounter():
    # Fronts are 7.4 m ahead, both 3 m wide: the one is through the crossing 2.3 s from now, the other
    # comes to it after (17 - 7.4 - 1.5) / 3 = 2.7 s.
    one = {"kind": "agv", "x_m": 0.0, "speed_mps": 4.0}
    later = {"kind": "agv", "y_m": -17.0, "heading_rad": np.pi / 2, "speed_mps": 3.0}
    found, conflicts = met(one, later)
    assert len(conflicts) == 0
    assert 2.7 - 8.9 / 4.0 <= found.pet_s[0] <= 2.7 - 8.9 / 4.0 + 0.11
    assert np.isinf(found.time_s[0])


def test_the_time_between_two_that_cross_is_that_computed_by_hand():
    # The one is within 2 m of the crossing from 1.6 to 2.4 s, the other from 3.6 to 4.4 s.
    crossing = straight((-10.0, 0.0, 5.0, 0.0), (0.0, -20.0, 0.0, 5.0))
    found = encounters.encroachment_s(crossing, np.array([0]), np.array([1]), 5.0)
    assert 1.2 - 1e-9 <= found[0] <= 1.2 + 0.11
    apart = straight((-10.0, 0.0, 5.0, 0.0), (0.0, 5.0, 5.0, 0.0))
    assert np.isinf(encounters.encroachment_s(apart, np.array([0]), np.array([1]), 5.0)[0])


@pytest.mark.parametrize("seed", range(8))
def test_the_time_between_two_that_cross_is_a_dense_samples_and_never_shorter(seed):
    rng = np.random.default_rng(seed)
    late_s, speeds = rng.uniform(0.7, 1.9), rng.uniform(3.0, 9.0, 2)
    angle = rng.uniform(0.6, 2.5)
    way = speeds[1] * np.array([np.cos(angle), np.sin(angle)])
    pair = straight((-speeds[0], 0.0, speeds[0], 0.0), (*(-way * (1.0 + late_s)), *way))
    found = encounters.encroachment_s(pair, np.array([0]), np.array([1]), 4.0)[0]

    times = np.arange(0.0, 4.0, 0.02)
    i, j = np.divmod(np.arange(len(times) ** 2), len(times))
    one, other = (arcs.moved(pair.take(np.full(len(times), row)), times) for row in (0, 1))
    hit = collision.apart_m(collision.sides_of(one, i), collision.sides_of(other, j)) < 0.0
    dense = np.abs(times[i] - times[j])[hit].min()
    assert dense > 0.0
    assert dense - 0.05 <= found <= dense + 0.15


def test_a_place_not_heard_of_for_long_is_no_free_place():
    still = {"kind": "agv", "x_m": 0.0}
    passes = {"kind": "agv", "y_m": 6.0, "speed_mps": 2.0}
    assert len(met(still, passes)[0]) == 0
    stale = np.array([Freshness.LOST, Freshness.FRESH], np.int8)
    fixes = np.array([1, 1 + 80 * NS_PER_S], np.int64)
    found, conflicts = met(still, passes, freshness=stale, fix_ns=fixes)
    assert found.breach_s.tolist() == [0.0]
    assert found.clearance_m[0] > 3.0
    assert len(conflicts) == 0
    # Of two that stand nothing is told: nobody can do better than to stay.
    assert len(met(still, {**passes, "speed_mps": 0.0}, freshness=stale, fix_ns=fixes)[0]) == 0


def test_the_clearance_grows_with_sigma_and_age_up_to_its_most():
    _, _, _ = contact_scene.scene({"kind": "agv"})
    fleet, tracks = contact_scene.roster.enlist(
        contact_scene.roster.empty_fleet(), contact_scene.roster.no_tracks(), list("abcd"), [8] * 4, [-1] * 4
    )
    tracks = tracks.with_columns(
        sigma_m=np.array([0.02, 1.0, 0.02, np.nan]), speed_mps=np.full(4, 2.0),
        fix_ns=np.array([10, 10, 10, 0]) * NS_PER_S,
    )  # fmt: skip
    fresh = encounters.clearance_m(fleet, tracks, 10 * NS_PER_S)
    assert fresh.tolist() == [pytest.approx(0.06), pytest.approx(3.0), pytest.approx(0.06), encounters.MOST_M]
    later = encounters.clearance_m(fleet, tracks, 13 * NS_PER_S)
    assert later[0] == pytest.approx(0.06 + 0.5 * 2.0**2 / 2.0)
    assert encounters.clearance_m(fleet, tracks, 999 * NS_PER_S).max() == encounters.MOST_M


def test_a_landing_is_no_encounter_but_on_another_stack_than_its_order_names():
    position, row = 4, 2
    ground = position * 6 + row
    stock = stacked(*[(ground, "22G1")] * 1)
    u, _ = slot_place(position, row)
    crane = rtg(u, 2 * 2.591 - 0.1, trolley_m=trolley_over(row), load=(6.058, 2.591))
    # From a stack that its order does not name it may still be lifted.
    for target, down_mps, expected in (
        (ground, 0.3, 0),
        (-1, 0.3, 0),
        (ground + 6, 0.3, 1),
        (ground + 6, 0.0, 0),
    ):
        order = np.array([target], np.int32)
        found, _ = met(crane, stock=stock, targets=order, vz_mps=-down_mps)
        assert len(found) == expected


def test_a_yard_without_machines_has_no_encounter():
    found, _ = met({"kind": "rtg", "x_m": np.nan})
    assert len(found) == 0


def test_a_truck_that_backs_to_a_stack_is_told_with_the_slot():
    stock = stacked((0, "22G1"))
    u, v = slot_place(0, 0)
    found, _ = met(at_block(u - 12.0, v, kind="agv", speed_mps=2.0), stock=stock)
    assert (found.other.tolist(), found.ground.tolist(), found.other_part.tolist()) == ([-1], [0], [-1])
    assert found.time_s[0] == pytest.approx((12.0 - 7.4 - 6.058 / 2) / 2.0)


def test_the_clearance_of_who_is_carried_on_by_its_wheels_does_not_grow():
    fleet, tracks = contact_scene.roster.enlist(
        contact_scene.roster.empty_fleet(), contact_scene.roster.no_tracks(), list("ab"), [8] * 2, [-1] * 2
    )
    beliefs = no_beliefs(2)
    aids, marks = beliefs.aids.copy(), beliefs.marks.copy()
    aids[ODOMETER, 0], marks[MOTION, 0] = 2.0, 13 * NS_PER_S
    memory = tracks.memory.with_columns(beliefs=beliefs.with_columns(aids=aids, marks=marks))
    tracks = tracks.with_columns(
        sigma_m=np.full(2, 0.02), speed_mps=np.full(2, 2.0), fix_ns=np.full(2, 10 * NS_PER_S),
        freshness=np.full(2, Freshness.LATE, np.int8), memory=memory,
    )  # fmt: skip
    assert encounters.clearance_m(fleet, tracks, 13 * NS_PER_S).tolist() == pytest.approx([0.06, 1.06])
    stale = tracks.with_columns(freshness=np.full(2, Freshness.STALE, np.int8))
    assert encounters.clearance_m(fleet, stale, 13 * NS_PER_S).tolist() == pytest.approx([1.06, 1.06])
