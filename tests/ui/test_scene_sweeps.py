from dataclasses import replace

import numpy as np
import pytest
import shapely
from PyQt6.QtGui import QColor, QImage, QPainter

from tests.ui.samples import alarms_of, fleet_of, sample_snapshot
from twin.safety.table import AlarmState, Conflicts
from ui.scene.camera import Camera
from ui.scene.conflicts import CALM, MOST, conflict_plates, draw_sweeps, priorities, soonest_rows
from ui.scene.palette import PRIORITY
from ui.scene.projection import Projection
from ui.scene.sweeps import HORIZON_S, MOST_MACHINES, soonest, sweeps_of

SIZE = (800, 500)
TRUCKS = (("TT-01", 0.0, 0.0), ("TT-02", 60.0, np.pi))


@pytest.fixture(scope="module")
def base():
    return sample_snapshot(60)


def conflicts_of(pairs, times):
    n = len(pairs)
    mover, other = (np.array(column, np.int32) for column in zip(*pairs, strict=True))
    return Conflicts(
        mover, other, np.full(n, -1, np.int32), np.array(times, float), np.ones(n), *[np.zeros(n)] * 2
    )


def meeting(base, speed_mps=5.0, yaw_rps=0.0, priority=0):
    """Give two trucks on the road that drive towards one another, and an alarm of theirs where asked for."""
    trucks = [(name, "terminal_tractor", -1, x, 0.0, turn) for name, x, turn in TRUCKS]
    fleet, tracks = fleet_of(
        trucks,
        speed_mps=np.full(2, speed_mps), yaw_rate_rps=np.full(2, yaw_rps),
    )  # fmt: skip
    pair = {"mover": np.array([0], np.int32), "other": np.array([1], np.int32)}
    alarms = alarms_of(1, priority=np.array([priority], np.int8), **pair) if priority else alarms_of(0)
    state = base.state.with_columns(
        fleet=fleet, tracks=tracks, conflicts=conflicts_of([(0, 1)], [3.0]), alarms=alarms
    )
    return replace(base, state=state)


def area_of(snapshot, row):
    return shapely.union_all([shapely.Polygon(ring) for ring in sweeps_of(snapshot)[row]])


def test_a_machine_sweeps_its_way_within_the_horizon(base):
    west, _, east, _ = area_of(meeting(base), 0).bounds
    standing = area_of(meeting(base, speed_mps=0.0), 0).bounds
    assert west == pytest.approx(standing[0], abs=0.01)
    assert east == pytest.approx(standing[2] + 5.0 * HORIZON_S, abs=0.01)


def test_a_machine_that_turns_sweeps_an_arc(base):
    swept = area_of(meeting(base, yaw_rps=0.3), 0)
    straight = area_of(meeting(base), 0)
    assert swept.bounds[3] > straight.bounds[3] + 3.0


def test_a_sweep_is_no_more_than_the_machine_and_its_way(base):
    standing, swept = area_of(meeting(base, speed_mps=0.0), 0), area_of(meeting(base), 0)
    width = standing.bounds[3] - standing.bounds[1]
    assert swept.area <= (standing.bounds[2] - standing.bounds[0] + 5.0 * HORIZON_S) * width + 0.1


def test_machines_that_are_in_no_conflict_sweep_nothing(base):
    quiet = replace(base, state=base.state.with_columns(conflicts=conflicts_of([(9, -1)], [1.0])))
    assert set(sweeps_of(quiet)) == {9}


def test_only_the_machines_that_meet_soonest_are_swept():
    pairs = [(k, k + 100) for k in range(60)]
    rows = soonest(conflicts_of(pairs, np.arange(60)[::-1]))
    assert len(rows) == MOST_MACHINES
    assert set(rows[:2].tolist()) == {59, 159}


def test_a_machine_without_a_place_breaks_nothing(base):
    lost = meeting(base)
    tracks = lost.state.tracks.with_columns(x_m=np.array([np.nan, 60.0]))
    lost = replace(lost, state=lost.state.with_columns(tracks=tracks))
    assert set(sweeps_of(lost)) == {1}


def painted(snapshot):
    projection = Projection(Camera(30.0, 0.0, distance_m=90.0, elevation_rad=1.3), *map(float, SIZE))
    image = QImage(*SIZE, QImage.Format.Format_RGB32)
    image.fill(QColor(90, 90, 90))
    painter = QPainter(image)
    draw_sweeps(painter, snapshot, projection)
    painter.end()
    return {QColor(image.pixel(x, y)).getRgb()[:3] for x in range(0, SIZE[0], 2) for y in range(SIZE[1])}


def nearest(colours, wanted):
    return min(sum(abs(a - b) for a, b in zip(colour, wanted, strict=True)) for colour in colours)


def test_an_encounter_is_grey_until_an_alarm_stands(qapp, base):
    calm, grave = painted(meeting(base)), painted(meeting(base, priority=1))
    assert nearest(calm, CALM) < 60
    assert nearest(calm, PRIORITY[1]) > 100
    assert nearest(grave, PRIORITY[1]) < 60


def test_a_shelved_alarm_gives_an_encounter_no_colour(base):
    snapshot = meeting(base, priority=2)
    assert priorities(snapshot) == [2]
    shelved = snapshot.state.alarms.with_columns(state=np.array([AlarmState.SHELVED], np.int8))
    assert priorities(replace(snapshot, state=snapshot.state.with_columns(alarms=shelved))) == [0]


def test_of_thousands_of_encounters_only_the_soonest_are_drawn(qapp, base):
    many = conflicts_of([(0, 1)] * 3000, np.linspace(4.0, 0.1, 3000))
    crowd = replace(base, state=base.state.with_columns(conflicts=many))
    assert soonest_rows(crowd)[0] == 2999
    assert len(soonest_rows(crowd)) == MOST
    projection = Projection(Camera(0.0, 0.0, distance_m=200.0), *map(float, SIZE))
    assert len(conflict_plates(crowd, projection)) <= MOST


def test_an_alarm_about_a_stack_colours_the_encounter_with_the_next_stack(base):
    snapshot = meeting(base, priority=1)
    conflicts, alarms = snapshot.state.conflicts, snapshot.state.alarms
    one, stack = np.array([-1], np.int32), np.array([7], np.int32)
    state = snapshot.state.with_columns(
        conflicts=conflicts.with_columns(other=one, ground=stack),
        alarms=alarms.with_columns(other=one, ground=stack + 1),
    )
    assert priorities(replace(snapshot, state=state)) == [1]
    elsewhere = state.with_columns(alarms=state.alarms.with_columns(ground=one))
    assert priorities(replace(snapshot, state=elsewhere)) == [0]


def test_a_plate_at_the_right_edge_lies_to_the_left_of_its_point(qapp, base):
    snapshot = meeting(base, priority=1)
    for x_m in range(-30, 31, 3):
        camera = Camera(float(x_m), 0.0, distance_m=90.0, azimuth_rad=np.pi / 2, elevation_rad=1.3)
        projection = Projection(camera, *map(float, SIZE))
        x = projection.points(np.array([[0.0, 0.0, 2.0]]))[0, 0]
        plates = conflict_plates(snapshot, projection)
        assert [plate.right() <= SIZE[0] or x > SIZE[0] for _, plate in plates] == [True]
        assert [plate.left() > x or x + plate.width() > SIZE[0] - 20 for _, plate in plates] == [True]
