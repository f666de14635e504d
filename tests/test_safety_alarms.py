from dataclasses import replace

import numpy as np
import pytest

from twin.fleet import roster
from twin.fleet.kinds import KIND_NAMES
from twin.fleet.table import Freshness
from twin.safety import alarms, rules
from twin.safety.alarms import Standing
from twin.safety.encounters import Encounters, no_encounters
from twin.safety.levels import Limit
from twin.safety.rules import Scene
from twin.safety.table import AlarmState, Level, Priority
from twin.stock import moves
from twin.yard.model import Block, BlockKind, Georeference, Lane, LaneKind, Yard, Zone, ZoneKind
from twin.yard.slots import slots_of

NS = 1_000_000_000
T0 = 1_700_000_000 * NS


def square(x, y, half):
    return ((x - half, y - half), (x + half, y - half), (x + half, y + half), (x - half, y + half))


YARD = Yard(
    "small", Georeference(4326, (121.0, 30.0)), ((0, 0), (400, 0), (400, 300), (0, 300)),
    blocks=(Block("A01", BlockKind.RTG, (200.0, 200.0), 0.0, bays=10, rows=6, tiers=5),),
    lanes=(Lane("main", LaneKind.ROAD, ((0.0, 100.0), (300.0, 100.0)), speed_limit_mps=5.0),),
    zones=(
        Zone("walkway", ZoneKind.PEDESTRIAN, square(50, 50, 10)),
        Zone("substation", ZoneKind.EXCLUSION, square(150, 50, 10)),
        Zone("shadow", ZoneKind.RADIO_BLIND, square(250, 50, 10)),
    ),
)  # fmt: skip
SLOTS = slots_of(YARD)
STOCK = moves.empty_stock(SLOTS)


class Desk:
    """A fleet whose columns a test sets, and the alarms that come of it tick by tick."""

    def __init__(self, n=2, kind="external_truck"):
        names = [f"T{index:05d}" for index in range(n)]
        self.fleet, self.tracks = roster.enlist(
            roster.empty_fleet(), roster.no_tracks(), names, [KIND_NAMES.index(kind)] * n, [-1] * n
        )
        self.t_ns = T0
        self.set(
            x_m=np.arange(n) * 20.0, y_m=120.0, heading_rad=0.0, sigma_m=0.02, quality=4,
            freshness=Freshness.FRESH, fix_ns=T0, trolley_m=0.0,
        )  # fmt: skip
        self.encounters = no_encounters()
        self.weather = (0.0, 0.0)
        self.doubtful = ()
        self.standing, self.raised, self.decided = Standing(), 0, None

    def set(self, **columns):
        n = len(self.fleet)
        self.tracks = self.tracks.with_columns(
            **{k: np.array(np.broadcast_to(v, n), getattr(self.tracks, k).dtype) for k, v in columns.items()}
        )

    def conflict(self, time_s, gap_m, mover=0, other=1, ground=-1, breach_s=None, clearance_m=0.1):
        i, f, k = (lambda v, kind=kind: np.array([v], kind) for kind in (np.int32, float, np.int8))
        self.encounters = Encounters(
            i(mover), i(other), i(ground), k(0), k(0), f(time_s),
            f(time_s if breach_s is None else breach_s), f(0.0), f(gap_m), f(0.0), f(time_s), f(clearance_m),
            f(7.0), f(8.0),
        )  # fmt: skip

    def scene(self):
        return Scene(
            self.t_ns, self.fleet, self.tracks, self.encounters, YARD, SLOTS, STOCK, self.weather,
            np.array(self.doubtful, np.int32), np.empty(0, np.int32), np.zeros(len(self.fleet), np.int32),
        )  # fmt: skip

    def tick(self, seconds=0.1):
        self.t_ns += round(seconds * NS)
        self.standing, raised = alarms.step_alarms(self.standing, self.scene(), self.decided)
        self.decided = None
        self.raised += raised
        return self

    @property
    def alarms(self):
        return self.standing.alarms if self.decided is None else self.decided

    def acknowledge(self, *ids, actor="li"):
        self.decided = alarms.acknowledge(self.alarms, ids, self.t_ns, actor)

    def names(self):
        return [rules.RULE_NAMES[rule] for rule in self.alarms.rule]

    def says(self, row=0):
        return alarms.describe(self.alarms, row, self.fleet, YARD, SLOTS)


def test_a_quiet_yard_shares_its_alarms_tick_after_tick():
    desk = Desk().tick()
    before = desk.alarms
    assert desk.tick().alarms is before
    assert len(before) == 0


def test_a_standing_alarm_that_nothing_happens_to_is_the_same_table():
    desk = Desk()
    desk.conflict(0.0, -0.5)
    before = desk.tick().alarms
    assert desk.names() == ["overlap"]
    assert desk.tick().alarms is before
    assert desk.raised == 1


def test_an_overlap_is_told_in_a_sentence_with_both_names():
    desk = Desk()
    desk.conflict(0.0, -0.5)
    assert desk.tick().says() == "T00000 and T00001 overlap by 0.50 m"
    assert desk.alarms.priority[0] == Priority.CRITICAL
    assert (desk.alarms.x_m[0], desk.alarms.y_m[0]) == (7.0, 8.0)


def test_a_stack_is_named_by_its_bay_and_row():
    desk = Desk()
    desk.conflict(1.0, 3.0, other=-1, ground=13)
    assert desk.tick().says() == "T00000 will touch stack A01-005-02 in 1.0 s"


def test_an_overlap_within_what_positions_can_tell_raises_nothing():
    desk = Desk()
    desk.set(sigma_m=0.5)
    desk.conflict(0.0, -0.5)
    assert len(desk.tick().alarms) == 0


def test_positions_not_to_be_relied_on_raise_no_contact():
    desk = Desk()
    desk.set(freshness=[Freshness.FRESH, Freshness.STALE])
    desk.conflict(0.0, -0.5)
    assert len(desk.tick().alarms) == 0


@pytest.mark.parametrize(
    ("time_s", "gap_m", "expected"),
    [
        (1.4, 7.0, [Level.SLOW_DOWN]),
        (1.9, 9.0, [Level.WARNING]),
        (0.9, 7.0, [Level.STOP]),
        (2.1, 12.0, []),
        (3.9, 30.0, []),
        (1.4, 1.4, []),
    ],
    ids=["within 1.5 s", "within 2 s", "within 1 s", "a little later", "far off", "docking at walking pace"],
)
def test_a_contact_is_an_alarm_where_it_is_soon_and_gentle_braking_is_not_enough(time_s, gap_m, expected):
    desk = Desk()
    desk.conflict(time_s, gap_m)
    assert desk.tick().alarms.level.tolist() == expected


@pytest.mark.parametrize(
    ("time_s", "clearance_m", "expected"),
    [(3.9, 5.0, Level.WARNING), (1.4, 5.0, Level.SLOW_DOWN), (3.9, 0.5, Level.SLOW_DOWN)],
    ids=["known to metres", "would touch as shown", "known well"],
)
def test_where_a_place_is_known_to_metres_a_breach_warns_and_no_more(time_s, clearance_m, expected):
    desk = Desk()
    desk.conflict(time_s, 12.0, breach_s=1.4, clearance_m=clearance_m)
    assert desk.tick().alarms.level.tolist() == [expected]


def test_a_contact_alarm_holds_in_the_band_between_its_thresholds():
    desk = Desk()
    desk.conflict(1.4, 7.0)
    desk.tick()
    desk.conflict(1.8, 7.0)
    before = desk.alarms
    assert desk.tick(10.0).alarms is before


def test_an_alarm_lives_from_raised_over_acknowledged_to_gone():
    desk = Desk()
    desk.conflict(0.0, -0.5)
    desk.tick()
    desk.acknowledge(1)
    assert desk.alarms.state.tolist() == [AlarmState.ACKNOWLEDGED]
    desk.encounters = no_encounters()
    desk.tick()
    assert desk.alarms.clear_ns[0] == desk.t_ns
    assert len(desk.tick(4.0).alarms) == 1
    assert len(desk.tick(1.1).alarms) == 0


def test_an_alarm_that_nobody_acknowledged_stays_as_returned_until_somebody_does():
    desk = Desk()
    desk.conflict(0.0, -0.5)
    desk.tick()
    desk.encounters = no_encounters()
    desk.tick().tick(6.0)
    assert desk.alarms.state.tolist() == [AlarmState.RETURNED]
    before = desk.alarms
    assert desk.tick(600.0).alarms is before
    desk.acknowledge(1)
    assert len(desk.tick().alarms) == 0


def test_what_comes_back_within_the_delay_is_the_same_alarm_and_does_not_chatter():
    desk = Desk()
    for _ in range(20):
        desk.conflict(0.0, -0.5)
        desk.tick()
        desk.encounters = no_encounters()
        desk.tick(2.0)
    assert desk.raised == 1
    assert desk.alarms.state.tolist() == [AlarmState.UNACKNOWLEDGED]


def test_acknowledging_what_does_not_stand_changes_nothing():
    desk = Desk()
    desk.conflict(0.0, -0.5)
    desk.tick()
    assert alarms.acknowledge(desk.alarms, [99]) is desk.alarms
    assert alarms.acknowledge(desk.alarms, []) is desk.alarms


def test_ids_rise_and_are_never_used_again():
    desk = Desk()
    desk.conflict(0.0, -0.5)
    desk.tick()
    desk.set(x_m=[50.0, 20.0], y_m=[50.0, 120.0])
    desk.tick()
    assert desk.alarms.id.tolist() == [1, 2]
    assert desk.standing.next_id == 3


def test_a_truck_in_a_pedestrian_zone_is_critical_and_in_an_exclusion_zone_high():
    desk = Desk()
    desk.set(x_m=[50.0, 150.0], y_m=50.0)
    desk.tick()
    assert dict(zip(desk.names(), desk.alarms.priority.tolist(), strict=True)) == {
        "pedestrian_zone": Priority.CRITICAL, "exclusion_zone": Priority.HIGH,
    }  # fmt: skip


def test_driving_along_the_edge_of_a_zone_does_not_chatter():
    desk = Desk()
    for step in range(50):
        # The rear of a truck with its trailer is 11.8 m behind it.
        desk.set(x_m=[71.8 + 0.3 * (-1) ** step, 0.0], y_m=[50.0, 120.0])
        desk.tick(3.0)
    assert desk.raised == 0


def test_a_load_over_people_is_told_where_the_spreader_is():
    desk = Desk(kind="rtg")
    desk.set(x_m=[50.0, 200.0], y_m=[43.0, 250.0], trolley_m=7.0, locked=True, load_kg=21_000.0)
    assert desk.tick().names() == ["load_over_people"]
    assert "21000 kg" in desk.says()


@pytest.mark.parametrize(
    ("kind", "rule", "place"),
    [
        ("rtg", "load_over_people", {"x_m": 64.5, "y_m": 43.0}),
        ("reach_stacker", "pedestrian_zone", {"x_m": 44.0, "y_m": 64.5}),
    ],
)
@pytest.mark.parametrize(("second", "there"), [(-1, False), (0, True)])
def test_two_boxes_end_to_end_reach_as_far_as_a_long_one(kind, rule, place, second, there):
    desk = Desk(1, kind=kind)
    desk.set(**place, trolley_m=7.0, locked=True, load_kg=21_000.0, second_load=second)
    assert (rule in desk.tick().names()) is there


def test_a_gantry_does_not_trip_the_zones_that_vehicles_must_not_enter():
    desk = Desk(kind="rtg")
    desk.set(x_m=50.0, y_m=50.0)
    assert desk.tick().names() == []


def test_speed_is_judged_by_the_lane():
    desk = Desk()
    desk.set(x_m=100.0, y_m=[101.0, 120.0], speed_mps=6.5)
    desk.tick()
    assert desk.names() == ["too_fast"]
    assert desk.alarms.mover.tolist() == [0]
    desk = Desk()
    desk.set(x_m=100.0, y_m=101.0, speed_mps=5.6)
    assert desk.tick().names() == []


def test_a_speed_is_told_of_from_the_lower_limit_that_somebody_set():
    desk = Desk()
    desk.set(x_m=100.0, y_m=[101.0, 120.0], speed_mps=5.6)
    scene = replace(desk.scene(), limits=(Limit("too_fast", "", "", 1.01, 1.3, 1.5),))
    standing, _ = alarms.step_alarms(desk.standing, scene)
    assert [rules.RULE_NAMES[rule] for rule in standing.alarms.rule] == ["too_fast"]


def lose(desk, n, age_s, **columns):
    lost = np.arange(len(desk.fleet)) < n
    desk.set(freshness=np.where(lost, Freshness.LOST, Freshness.FRESH), speed_mps=3.0, **columns)
    desk.set(fix_ns=np.where(lost, desk.t_ns - round(age_s * NS), desk.t_ns))
    return desk.tick(0.0)


def test_one_machine_that_is_lost_is_an_alarm_of_its_own():
    assert lose(Desk(20), 1, 14.0).names() == []
    desk = lose(Desk(20), 1, 16.0)
    assert desk.names() == ["position_lost"]
    assert desk.says() == "T00000 has sent no position for 16 s"


def test_many_machines_lost_at_once_are_one_alarm():
    desk = lose(Desk(20), 20, 16.0)
    assert desk.names() == ["positions_lost"]
    assert desk.says().startswith("20 machines")


def test_many_machines_without_fixes_are_one_alarm_while_their_wheels_carry_them_on():
    desk = Desk(20)
    desk.set(freshness=Freshness.FRESH, speed_mps=3.0, fix_ns=desk.t_ns - 14 * NS)
    assert desk.tick(0.0).names() == []
    desk.set(fix_ns=desk.t_ns - 16 * NS)
    assert desk.tick(0.0).names() == ["positions_lost"]


def test_a_machine_lost_where_the_radio_is_known_blind_is_waited_for():
    desk = lose(Desk(4), 1, 300.0, x_m=250.0, y_m=50.0)
    assert desk.names() == []
    assert lose(desk, 1, 660.0).names() == ["position_lost"]


def test_a_machine_never_seen_or_gone_is_not_lost():
    desk = Desk(3)
    desk.set(freshness=Freshness.LOST, fix_ns=0)
    assert desk.tick(100.0).names() == []
    desk = Desk(3)
    desk.fleet = roster.leave(desk.fleet, np.arange(3, dtype=np.int32))
    assert lose(desk, 3, 100.0).names() == []


def test_a_receiver_without_corrections_is_told_once():
    desk = Desk(4)
    desk.set(quality=[1, 4, 5, 2], sigma_m=1.2)
    assert desk.tick().names() == []
    desk.tracks = desk.tracks.with_columns(covariance=np.full((4, 5, 5), 0.4))
    assert desk.tick().names() == ["fix_degraded"]
    desk = Desk(20)
    desk.set(quality=1)
    desk.tracks = desk.tracks.with_columns(covariance=np.full((20, 5, 5), 0.4))
    assert desk.tick().names() == ["fixes_degraded"]


def test_a_track_that_refuses_its_fixes_is_suspect_after_a_while():
    desk = Desk(2)
    desk.set(freshness=[Freshness.SUSPECT, Freshness.FRESH])
    assert desk.tick(1.1).tick(8.0).names() == []
    assert desk.tick(1.5).names() == ["position_suspect"]


@pytest.mark.parametrize(
    ("wind", "expected"),
    [
        ((17.9, 17.9), []), ((12.0, 18.2), ["wind_warning"]), ((19.5, 19.5), ["wind_stop", "wind_warning"]),
        ((np.nan, np.nan), []),
    ],
)  # fmt: skip
def test_wind_warns_and_stops_at_its_thresholds(wind, expected):
    desk = Desk()
    desk.weather = wind
    assert desk.tick().names() == expected


def test_wind_about_its_threshold_is_one_alarm():
    desk = Desk()
    for step in range(100):
        desk.weather = (18.1 + 0.5 * (-1) ** step, 0.0)
        desk.tick(30.0)
    assert desk.raised == 1


def test_a_stock_event_that_cannot_be_is_told_of_its_machine():
    desk = Desk()
    desk.doubtful = (1, 1)
    desk.tick()
    assert desk.names() == ["stock_doubtful"]
    assert desk.alarms.mover.tolist() == [1]


def test_every_rule_says_a_sentence_that_its_fields_fill():
    for rule in rules.RULES.values():
        assert "{" not in rule.says.format(mover="RTG-01", other="TT-01", box="BOX", source="S", value=1.0)


def test_a_yard_without_machines_raises_nothing():
    desk = Desk(0)
    assert len(desk.tick().alarms) == 0
