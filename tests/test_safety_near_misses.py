import dataclasses

import numpy as np
import pytest
from test_safety_alarms import NS, SLOTS, T0, YARD
from test_safety_alarms import Desk as Tables

from twin.safety.encounters import Encounters, no_encounters
from twin.safety.near_misses import BUILDING, ENDS_S, STACK, Surroundings, followed, no_near_misses
from twin.safety.parts import boxes_of
from twin.stock import moves
from twin.yard.model import Zone, ZoneKind
from twin.yard.structures import FIRST


def met(time_s=np.inf, gap_m=7.0, pet_s=np.inf, mover=0, other=1, breach_s=None):
    breach_s = time_s if breach_s is None else breach_s
    i, f, k = (lambda v, kind=kind: np.array([v], kind) for kind in (np.int32, float, np.int8))
    return Encounters(
        i(mover), i(other), i(-1), k(0), k(0), f(time_s), f(breach_s), f(pet_s), f(gap_m), f(gap_m), f(0.0),
        f(0.1), f(7.0), f(8.0),
    )  # fmt: skip


class Log:
    """The near misses of two trucks at five and three metres a second, side by side so far apart."""

    def __init__(self, apart_m=100.0):
        self.tables = Tables()
        self.place(x_m=[0.0, 0.0], y_m=[0.0, apart_m + 2.5])
        self.rows, self.t_ns = no_near_misses(), T0

    def place(self, **columns):
        self.tables.set(heading_rad=0.0, speed_mps=[5.0, 3.0], **columns)
        fleet, tracks = self.tables.fleet, self.tables.tracks
        boxes = boxes_of(fleet, tracks, moves.empty_stock(SLOTS))
        self.around = Surroundings(fleet, tracks, boxes, YARD, SLOTS, 6.0, 9.0)

    def tick(self, encounters=None, seconds=0.1):
        self.t_ns += round(seconds * NS)
        self.rows = followed(
            self.rows, no_encounters() if encounters is None else encounters, self.around, self.t_ns
        )
        return self.rows


def test_an_encounter_is_one_row_that_keeps_the_worst_of_time_and_gap():
    log = Log()
    for time_s, gap_m in ((1.8, 9.0), (1.2, 6.0), (1.5, 4.0), (1.9, 8.0)):
        log.tick(met(time_s, gap_m))
    assert len(log.rows) == 1
    assert (log.rows.ttc_s[0], log.rows.min_gap_m[0]) == (1.2, 4.0)
    assert (log.rows.name[0], log.rows.other_name[0]) == (b"T00000", b"T00001")
    assert (log.rows.speed_mps[0], log.rows.other_speed_mps[0]) == (5.0, 3.0)
    assert (log.rows.wind_mps[0], log.rows.gust_mps[0]) == (6.0, 9.0)


@pytest.mark.parametrize(
    ("ground", "kind", "name"), [(13, STACK, b"stack A01-005-02"), (FIRST, BUILDING, b"gate office")]
)
def test_what_stands_is_a_stack_or_a_building_by_its_name(ground, kind, name):
    log = Log()
    office = Zone("gate office", ZoneKind.BUILDING, ((0.0, 0.0), (9.0, 0.0), (9.0, 9.0), (0.0, 9.0)))
    yard = dataclasses.replace(YARD, zones=(*YARD.zones, office))
    log.around = dataclasses.replace(log.around, yard=yard)
    log.tick(met(1.2, other=-1).with_columns(ground=np.array([ground], np.int32)))
    assert (log.rows.other_kind[0], log.rows.other_name[0]) == (kind, name)


def test_it_lasts_over_a_gap_of_a_moment_and_closes_when_it_was_last_under_its_threshold():
    log = Log()
    log.tick(met(1.5))
    log.tick(seconds=1.0)
    log.tick(met(1.4), seconds=1.0)
    assert (len(log.rows), log.rows.until_ns[0]) == (1, 0)
    log.tick()
    away_ns = log.t_ns
    log.tick(seconds=ENDS_S)
    assert log.rows.until_ns[0] == away_ns
    log.tick(met(1.5), seconds=1.0)
    assert len(log.rows) == 2


def test_nothing_begins_or_changes_and_the_log_is_the_same_table():
    log = Log()
    before = log.tick(met(1.5))
    assert log.tick(met(1.6)) is before
    log.tick(seconds=0.1)
    log.tick(seconds=ENDS_S)
    closed = log.rows
    assert log.tick(seconds=60.0) is closed


def test_a_pass_nearer_than_places_are_known_is_a_near_miss_and_one_beside_a_vague_place_is_none():
    log = Log()
    log.tick(met(gap_m=2.0, breach_s=0.0))
    assert len(log.rows) == 0
    log.tick(met(gap_m=0.08, breach_s=0.0))
    assert (log.rows.min_gap_m[0], log.rows.ttc_s[0], log.rows.pet_s[0]) == (0.08, np.inf, np.inf)


def test_paths_crossed_shortly_after_one_another_are_a_near_miss_with_their_time_between():
    log = Log()
    log.tick(met(pet_s=1.6))
    log.tick(met(pet_s=0.8))
    assert (log.rows.pet_s[0], log.rows.ttc_s[0]) == (0.8, np.inf)


def test_the_least_gap_is_that_of_all_parts_until_the_encounter_is_over():
    log = Log(apart_m=6.0)
    log.tick(met(pet_s=1.6))
    assert log.rows.min_gap_m[0] == pytest.approx(6.0)
    # They come nearest when the one has passed and nothing is foreseen any more, corner to corner.
    log.place(x_m=[0.0, 18.3], y_m=[0.0, 3.7])
    log.tick(seconds=0.5)
    # From 4.1 m before its origin to 11.8 m behind the other's, and half a width each to the sides.
    assert log.rows.min_gap_m[0] == pytest.approx(np.hypot(18.3 - 4.1 - 11.8, 3.7 - 2.45), abs=0.05)
    log.tick(seconds=ENDS_S)
    log.place(y_m=[0.0, 2.6])
    assert log.tick(seconds=0.5).min_gap_m[0] > 1.0


def test_who_brakes_before_he_touches_has_passed_no_place_after_the_other():
    log = Log()
    log.tick(met(1.5, pet_s=0.0))
    assert (log.rows.ttc_s[0], log.rows.pet_s[0]) == (1.5, np.inf)
    log.tick(met(0.0, -0.4, pet_s=0.0))
    assert log.rows.pet_s[0] == 0.0


@pytest.mark.parametrize(
    "one",
    [met(3.9, 3.0), met(4.5, 40.0), met(pet_s=2.2)],
    ids=["gentle braking avoids it", "beyond four seconds", "more than two seconds between"],
)
def test_queueing_and_distant_encounters_are_no_near_misses(one):
    assert len(Log().tick(one)) == 0
