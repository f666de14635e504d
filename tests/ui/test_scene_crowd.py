"""What a tick costs the picture: only what changed is worked out anew, of very many only so much is drawn."""

from dataclasses import replace

import numpy as np
import pytest
from PyQt6.QtCore import QRectF
from vtkmodules.util.numpy_support import vtk_to_numpy

from tests.ui.samples import fleet_of, sample_snapshot
from twin.fleet.table import Freshness
from ui.scene.camera import Camera
from ui.scene.labels import MOST, Label, placed
from ui.scene.posing import drawn_rows, lit_colours, posed, spreader_half_m
from ui.scene.quality import Quality
from ui.scene.scene import YardScene
from ui.view_state import ViewState

MANY = 40


@pytest.fixture(scope="module")
def base():
    return sample_snapshot(100)


@pytest.fixture
def scene(qapp):
    scene = YardScene((64, 64))
    scene.show_view(ViewState())
    yield scene
    scene.close()


def crowd(base, rows, **columns):
    machines = [(f"T{k}", "external_truck", -1, 10.0 * k, 5.0, 0.1 * k) for k in rows]
    fleet, tracks = fleet_of(machines, **columns)
    return replace(base, state=base.state.with_columns(fleet=fleet, tracks=tracks))


def only(scene):
    """Give what is shown of the one kind that is there."""
    return next(shown for shown in scene.fleet.kinds.values() if (shown.rows >= 0).any())


def assert_as_if_drawn_anew(scene, snapshot):
    shown, state = only(scene), snapshot.state
    rows = drawn_rows(state.fleet, state.tracks)
    assert sorted(shown.rows[shown.rows >= 0]) == rows.tolist()
    half = spreader_half_m(state.tracks, state.stock, rows)
    np.testing.assert_array_equal(shown.points(rows), posed(shown.shape, state.tracks, rows, half))
    colours = lit_colours(shown.shape, state.tracks, rows)
    assert np.abs(shown.colours(rows).astype(int) - colours).max() <= 2
    for batch in shown.batches:
        assert batch.mesh.data.GetNumberOfPoints() == batch.points.shape[0] * batch.points.shape[1]
        assert batch.mesh.data.GetPointData().GetScalars().GetNumberOfTuples() == batch.colours[..., 0].size
        sent = vtk_to_numpy(batch.mesh.data.GetPoints().GetData())
        np.testing.assert_array_equal(sent, batch.points.reshape(-1, 3))


def test_only_machines_that_moved_are_posed_again(scene, base):
    first = crowd(base, range(MANY))
    scene.show_snapshot(first)
    assert scene.fleet.posed == MANY
    x_m = first.state.tracks.x_m.copy()
    x_m[7] += 3.0
    later = replace(first, state=first.state.with_columns(tracks=first.state.tracks.with_columns(x_m=x_m)))
    scene.show_snapshot(later)
    assert scene.fleet.posed == 1
    assert_as_if_drawn_anew(scene, later)


def test_a_machine_that_comes_leaves_the_others_as_they_are(scene, base):
    scene.show_snapshot(crowd(base, range(MANY)))
    more = crowd(base, range(MANY + 1))
    scene.show_snapshot(more)
    assert scene.fleet.posed == 1
    assert_as_if_drawn_anew(scene, more)


def test_a_machine_that_goes_is_drawn_no_longer(scene, base):
    whole = crowd(base, range(MANY))
    scene.show_snapshot(whole)
    present = whole.state.fleet.present.copy()
    present[3] = False
    fewer = whole.state.with_columns(fleet=whole.state.fleet.with_columns(present=present))
    scene.show_snapshot(replace(whole, state=fewer))
    assert scene.fleet.posed == 0
    assert 3 not in only(scene).rows
    assert_as_if_drawn_anew(scene, replace(whole, state=fewer))


def test_of_many_machines_only_the_meshes_of_those_that_move_or_come_are_sent_again(scene, base):
    first = crowd(base, range(90))
    scene.show_snapshot(first)
    shown = only(scene)
    assert len(shown.batches) >= 3
    sent = shown.sent
    x_m = first.state.tracks.x_m.copy()
    x_m[0] += 3.0
    later = replace(first, state=first.state.with_columns(tracks=first.state.tracks.with_columns(x_m=x_m)))
    scene.show_snapshot(later)
    assert shown.sent == sent + 1
    for joined in range(91, 95):
        scene.show_snapshot(crowd(base, range(joined)))
    assert shown.sent <= sent + 7


def test_who_comes_takes_the_place_of_one_that_went(scene, base):
    whole = crowd(base, range(MANY))
    scene.show_snapshot(whole)
    shown = only(scene)
    places = len(shown.rows)
    present = whole.state.fleet.present.copy()
    present[:20] = False
    scene.show_snapshot(replace(whole, state=whole.state.with_columns(
        fleet=whole.state.fleet.with_columns(present=present))))  # fmt: skip
    more = crowd(base, range(places + 20))
    gone = more.state.fleet.present.copy()
    gone[:20] = False
    later = replace(more, state=more.state.with_columns(fleet=more.state.fleet.with_columns(present=gone)))
    scene.show_snapshot(later)
    assert len(shown.rows) == places
    assert_as_if_drawn_anew(scene, later)


def seen_actors(scene):
    actors = scene.stage.moving.GetActors()
    actors.InitTraversal()
    return sum(actors.GetNextActor().GetVisibility() for _ in range(actors.GetNumberOfItems()))


def test_machines_that_all_went_leave_nothing_to_draw(scene, base):
    whole = crowd(base, range(MANY))
    scene.show_snapshot(whole)
    before = seen_actors(scene)
    nobody = whole.state.fleet.with_columns(present=np.zeros(MANY, bool))
    scene.show_snapshot(replace(whole, state=whole.state.with_columns(fleet=nobody)))
    assert seen_actors(scene) == before - 2 * len(next(iter(scene.fleet.kinds.values())).batches)


def test_from_afar_machines_have_fewer_faces_and_are_where_they_were(scene, base):
    whole = crowd(base, range(MANY))
    scene.show_snapshot(whole)
    full = only(scene)
    scene.set_coarse(True)
    coarse = only(scene)
    assert coarse is not full
    assert len(coarse.shape.joints) < 0.6 * len(full.shape.joints)
    assert_as_if_drawn_anew(scene, whole)
    assert seen_actors(scene) == 2 * len(coarse.batches)
    scene.set_coarse(False)
    assert only(scene) is full
    assert_as_if_drawn_anew(scene, whole)


def mixed(base):
    """Give machines of three kinds."""
    kinds = ("external_truck", "reach_stacker", "rtg")
    machines = [(f"M{k}", kinds[k % 3], -1, 10.0 * k, 5.0, 0.1 * k) for k in range(12)]
    fleet, tracks = fleet_of(machines)
    return replace(base, state=base.state.with_columns(fleet=fleet, tracks=tracks))


def drawn_in(scene, coarse):
    return sum(shown.there for (_, way), shown in scene.fleet.kinds.items() if way is coarse)


def test_kinds_are_drawn_in_full_one_after_the_other_and_none_is_drawn_twice_or_not_at_all(scene, base):
    scene.set_coarse(True)
    scene.show_snapshot(mixed(base))
    for full in (1, 2, 3):
        assert scene.set_coarse(False, most=1) is (full == 3)
        assert (drawn_in(scene, False), drawn_in(scene, True)) == (full, 3 - full)
        scene.show_snapshot(mixed(base))
    assert scene.set_coarse(False, most=1)


def test_kinds_turned_one_by_one_look_as_if_turned_at_once(scene, base):
    camera, size = Camera(x_m=60.0, y_m=5.0, distance_m=150.0), (320, 200)
    snapshot = mixed(base)
    scene.show_snapshot(snapshot)
    at_once = scene.draw(camera, size).copy()
    scene.set_coarse(True)
    assert np.any(scene.draw(camera, size) != at_once)
    for _ in range(3):
        scene.set_coarse(False, most=1)
        scene.draw(camera, size)
    np.testing.assert_array_equal(scene.draw(camera, size), at_once)


def test_a_way_given_up_on_the_way_leaves_every_kind_as_it_was(scene, base):
    scene.set_coarse(True)
    scene.show_snapshot(mixed(base))
    scene.set_coarse(False, most=1)
    assert scene.set_coarse(True)
    assert (drawn_in(scene, False), drawn_in(scene, True)) == (0, 3)


def test_machines_are_coarse_only_in_software_and_not_turned_to_and_fro_on_the_border():
    software, card = Quality(True), Quality(False)
    assert software.coarse(400.0, before=False)
    assert not software.coarse(100.0, before=True)
    assert not card.coarse(400.0, before=False)
    assert [software.coarse(250.0, before) for before in (True, False)] == [True, False]


def test_a_machine_that_falls_silent_or_turns_takes_other_colours(scene, base):
    whole = crowd(base, range(MANY))
    scene.show_snapshot(whole)
    tracks = whole.state.tracks
    freshness, heading = tracks.freshness.copy(), tracks.heading_rad.copy()
    freshness[2], heading[5] = Freshness.STALE, 2.0
    tracks = tracks.with_columns(freshness=freshness, heading_rad=heading)
    later = replace(whole, state=whole.state.with_columns(tracks=tracks))
    scene.show_snapshot(later)
    assert_as_if_drawn_anew(scene, later)


def test_of_thousands_of_names_only_those_that_come_first_are_tried(qapp):
    names = [Label(f"N{k}", 40.0 * (k % 100), 30.0 * (k // 100), float(-k)) for k in range(3000)]
    plates = placed(names)
    assert len(plates) <= MOST
    assert plates[0][0].text == "N2999"


def test_no_name_covers_another_or_what_is_taken(qapp):
    rng = np.random.default_rng(4)
    names = [Label(f"T-{k}", *rng.uniform(0, 600, 2).tolist(), float(k)) for k in range(200)]
    taken = [QRectF(100.0, 100.0, 200.0, 150.0), QRectF(400.0, 20.0, 20.0, 500.0)]
    plates = [plate for _, plate in placed(names, taken)]
    everything = plates + taken
    assert len(plates) > 20
    assert not any(a.intersects(b) for k, a in enumerate(plates) for b in everything[:k] + taken)
