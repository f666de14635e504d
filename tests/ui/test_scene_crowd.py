"""What a tick costs the picture: only what changed is worked out anew, of very many only so much is drawn."""

from dataclasses import replace

import numpy as np
import pytest
from PyQt6.QtCore import QRectF

from tests.ui.samples import fleet_of, sample_snapshot
from twin.fleet.table import Freshness
from ui.scene.fleet import lit_colours, posed, spreader_half_m
from ui.scene.labels import MOST, Label, placed
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
    return next(shown for shown in scene.fleet._kinds.values() if len(shown.rows))


def assert_as_if_drawn_anew(scene, snapshot):
    shown, state = only(scene), snapshot.state
    half = spreader_half_m(state.tracks, state.stock, shown.rows)
    np.testing.assert_array_equal(shown.points, posed(shown.template, state.tracks, shown.rows, half))
    colours = lit_colours(shown.template, state.tracks, shown.rows)
    assert np.abs(shown.colours.astype(int) - colours).max() <= 2
    assert shown.mesh.data.GetNumberOfPoints() == shown.points.shape[0] * shown.points.shape[1]
    assert shown.mesh.data.GetPointData().GetScalars().GetNumberOfTuples() == shown.colours[..., 0].size


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
    assert len(only(scene).rows) == MANY - 1
    assert_as_if_drawn_anew(scene, replace(whole, state=fewer))


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
