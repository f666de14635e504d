"""Both machines of a near miss that is replayed are in the picture, until somebody takes the camera."""

from dataclasses import replace

import numpy as np
import pytest

from tests.ui.samples import sample_snapshot
from twin.clock import NS_PER_S
from twin.snapshot import Mode
from ui.scene.camera import Camera
from ui.scene.company import Company, surroundings
from ui.scene.view import YardView
from ui.view_state import Encounter, ViewState

ASPECT = 1.6


@pytest.fixture(scope="module")
def replayed():
    return replace(sample_snapshot(), mode=Mode.REPLAY)


@pytest.fixture
def rows(replayed):
    """Give two machines that stand well apart."""
    tracks = replayed.state.tracks
    placed = np.flatnonzero(np.isfinite(tracks.x_m + tracks.y_m))
    away = np.hypot(tracks.x_m[placed] - tracks.x_m[placed[0]], tracks.y_m[placed] - tracks.y_m[placed[0]])
    return int(placed[0]), int(placed[int(away.argmax())])


@pytest.fixture
def encounter(replayed, rows):
    first, other = (replayed.state.fleet.name[row].decode() for row in rows)
    tracks, row = replayed.state.tracks, rows[0]
    t_ns = replayed.state.t_ns + 10 * NS_PER_S
    return Encounter(first, other, t_ns, float(tracks.x_m[row]), float(tracks.y_m[row]), 1.0, 1.0)


def at_the_first(encounter):
    """Give a camera that looks at the place from near by, as the list of near misses does."""
    return Camera(x_m=encounter.x_m, y_m=encounter.y_m, distance_m=120.0)


def seen(camera, points):
    return camera.project(points, (ASPECT, 1.0))[:, :2] / (ASPECT, 1.0)


def moved(snapshot, row, x_m, y_m):
    tracks = snapshot.state.tracks
    x, y = tracks.x_m.copy(), tracks.y_m.copy()
    x[row], y[row] = x_m, y_m
    return replace(snapshot, state=replace(snapshot.state, tracks=tracks.with_columns(x_m=x, y_m=y)))


def test_from_near_by_only_one_of_both_machines_would_be_seen(replayed, encounter, rows):
    far = seen(at_the_first(encounter), surroundings(replayed, rows[1:]))
    assert not (np.isfinite(far).all() and (far > 0).all() and (far < 1).all())


def test_the_eye_goes_to_where_both_machines_are_whole_in_the_picture(replayed, encounter, rows):
    goal = Company().goal(replayed, encounter, at_the_first(encounter), ASPECT)
    inside = seen(goal, surroundings(replayed, rows))
    assert inside.min() > 0.05
    assert inside.max() < 0.95


def test_an_eye_that_sees_both_stays_where_it_is(replayed, encounter):
    company = Company()
    goal = company.goal(replayed, encounter, at_the_first(encounter), ASPECT)
    assert company.goal(replayed, encounter, goal, ASPECT) is None


def test_the_eye_goes_back_where_a_machine_leaves_the_picture(replayed, encounter, rows):
    company = Company()
    goal = company.goal(replayed, encounter, at_the_first(encounter), ASPECT)
    gone = moved(replayed, rows[1], encounter.x_m + 900.0, encounter.y_m)
    again = company.goal(gone, encounter, goal, ASPECT)
    assert again is not None
    assert again.distance_m > goal.distance_m


def test_the_eye_goes_nearer_once_both_are_near_each_other(replayed, encounter, rows):
    company = Company()
    goal = company.goal(replayed, encounter, at_the_first(encounter), ASPECT)
    met = moved(replayed, rows[1], encounter.x_m + 5.0, encounter.y_m)
    assert company.goal(met, encounter, goal, ASPECT).distance_m < goal.distance_m / 2


@pytest.mark.parametrize("seconds", [-20, 5])
def test_nothing_is_looked_for_long_before_or_after(replayed, encounter, seconds):
    t_ns = encounter.t_ns + seconds * NS_PER_S
    other = replace(replayed, state=replace(replayed.state, t_ns=t_ns))
    assert Company().goal(other, encounter, at_the_first(encounter), ASPECT) is None


def test_the_live_yard_moves_no_eye(replayed, encounter):
    live = replace(replayed, mode=Mode.LIVE)
    assert Company().goal(live, encounter, at_the_first(encounter), ASPECT) is None


def test_a_camera_that_somebody_steers_is_left_to_them(qtbot, replayed, encounter, rows):
    view = YardView()
    qtbot.addWidget(view)
    view.resize(640, 400)
    view.show_snapshot(replayed)
    view.show_view(ViewState(encounter=encounter))
    view.show_snapshot(replayed)
    both = surroundings(replayed, rows)
    shown = view._pilot.camera.project(both, (640.0, 400.0))[:, :2] / (640.0, 400.0)
    assert (shown > 0).all()
    assert (shown < 1).all()
    mine = {"x_m": 0.0, "y_m": 0.0, "z_m": 0.0, "distance_m": 50.0}
    view.set_camera(mine)
    view.show_snapshot(replayed)
    assert view.camera().items() >= mine.items()
    view.close_scene()
