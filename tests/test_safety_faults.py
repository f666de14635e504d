import numpy as np
import pytest
from test_safety_collision import box, boxes

from twin.fleet import roster
from twin.fleet.kinds import KIND_NAMES
from twin.fleet.suspicion import Suspicion
from twin.safety.faults import Fault, faults

FENCE = ((0.0, 0.0), (400.0, 0.0), (400.0, 300.0), (0.0, 300.0))


def found(rows=(), movers=(), names=("A", "B"), **columns):
    kinds = [KIND_NAMES.index("agv")] * len(names)
    fleet, tracks = roster.enlist(
        roster.empty_fleet(), roster.no_tracks(), list(names), kinds, [-1] * len(names)
    )
    plain = {name: np.full(len(names), 10.0) for name in ("x_m", "y_m")}
    plain |= {name: np.zeros(len(names)) for name in ("heading_rad", "speed_mps")}
    tracks = tracks.with_columns(**{**plain, "fix_ns": np.ones(len(names), np.int64), **columns})
    return faults(fleet, tracks, boxes(list(rows), movers=list(movers)), FENCE).tolist()


def test_nothing_is_wrong_with_what_is_right():
    assert found([box(), box(x=9.0)], [0, 1]) == [0, 0]


@pytest.mark.parametrize("name", ["x_m", "y_m", "heading_rad"])
def test_a_machine_that_was_heard_and_has_no_place_is_marked(name):
    assert found(**{name: np.array([np.nan, 1.0])}) == [Fault.NOWHERE, 0]


def test_a_machine_that_was_never_heard_is_not_wrong():
    assert found(x_m=np.full(2, np.nan), fix_ns=np.zeros(2, np.int64)) == [0, 0]


def test_a_part_of_no_size_marks_its_machine():
    assert found([box(), box(width=0.0)], [0, 1]) == [0, Fault.NO_SIZE]
    assert found([box(bottom=2.0, top=2.0), box()], [0, 1]) == [Fault.NO_SIZE, 0]


def test_a_machine_far_outside_the_fence_is_marked():
    assert found(x_m=np.array([800.0, 500.0])) == [Fault.FAR, 0]


def test_a_part_that_is_there_twice_marks_its_machine():
    assert found([box(), box(), box()], [0, 0, 1]) == [Fault.TWICE, 0]


def test_a_name_that_two_send_marks_its_machine():
    two = np.array([Suspicion.TWICE, Suspicion.WRONG_FIX], np.int8)
    assert found(suspect=two) == [Fault.TWICE, 0]


def test_a_machine_faster_than_its_kind_is_marked():
    assert found(speed_mps=np.array([-30.0, 4.0])) == [Fault.TOO_FAST, 0]


def test_several_things_may_be_wrong_with_one():
    assert found([box(length=0.0)], [1], x_m=np.array([1.0, -1e9])) == [0, Fault.FAR | Fault.NO_SIZE]
