from dataclasses import replace

import numpy as np
import pytest
from PyQt6.QtGui import QColor, QImage, QPainter

from tests.ui.samples import sample_snapshot
from twin.fleet.table import Freshness
from twin.yard.model import Zone, ZoneKind
from ui.panels.figures import trusted
from ui.panels.trust import trust_of
from ui.scene.camera import Camera
from ui.scene.doubts import beside, doubtful, draw_doubts, ring_form
from ui.scene.ground_paint import GroundPainter
from ui.scene.labels import labels_of
from ui.scene.projection import Projection

SIZE = (800, 500)
FRESH, WIDE = 8, 11


@pytest.fixture(scope="module")
def snapshot():
    return sample_snapshot()


def with_tracks(snapshot, row, **values):
    tracks = snapshot.state.tracks
    columns = {name: getattr(tracks, name).copy() for name in values}
    for name, value in values.items():
        columns[name][row] = value
    return replace(snapshot, state=snapshot.state.with_columns(tracks=tracks.with_columns(**columns)))


def near(snapshot, row):
    tracks = snapshot.state.tracks
    camera = Camera(float(tracks.x_m[row]), float(tracks.y_m[row]), distance_m=40.0, elevation_rad=1.2)
    return Projection(camera, *map(float, SIZE))


def drawn(snapshot, projection, everyone=False):
    image = QImage(*SIZE, QImage.Format.Format_RGB32)
    image.fill(QColor(90, 90, 90))
    painter = QPainter(image)
    draw_doubts(painter, snapshot, projection, everyone)
    painter.end()
    return sum(
        image.pixel(x, y) != QColor(90, 90, 90).rgb()
        for x in range(0, SIZE[0], 2)
        for y in range(0, SIZE[1], 2)
    )


def test_a_fresh_machine_with_a_small_error_has_no_ring(qapp, snapshot):
    assert drawn(snapshot, near(snapshot, FRESH)) == 0


def test_a_fresh_machine_with_a_wide_error_has_a_ring(qapp, snapshot):
    wide = with_tracks(snapshot, FRESH, sigma_m=1.5)
    assert drawn(wide, near(wide, FRESH)) > 50


def test_the_layer_rings_every_machine_whose_error_can_be_seen(qapp, snapshot):
    small = with_tracks(snapshot, FRESH, sigma_m=0.25)
    assert drawn(small, near(small, FRESH)) == 0
    assert drawn(small, near(small, FRESH), everyone=True) > 20


def test_a_lost_machine_is_crossed_also_where_its_last_error_was_small(qapp, snapshot):
    lost = with_tracks(snapshot, FRESH, freshness=Freshness.LOST)
    assert drawn(lost, near(lost, FRESH)) > 20


def test_the_ring_of_a_stale_machine_differs_in_form_from_that_of_a_fresh_one():
    assert ring_form(Freshness.FRESH) != ring_form(Freshness.STALE) != ring_form(Freshness.LATE)


def test_a_machine_whose_error_is_not_known_is_in_doubt_and_breaks_nothing(qapp, snapshot):
    unknown = with_tracks(snapshot, FRESH, sigma_m=np.nan)
    assert doubtful(unknown, np.array([FRESH], np.int32)).all()
    assert drawn(unknown, near(unknown, FRESH)) == 0


def test_one_sigma_and_age_stand_beside_a_machine_in_doubt(snapshot):
    later = replace(snapshot, state=snapshot.state.with_columns(t_ns=snapshot.state.t_ns + 12_000_000_000))
    texts = [label.text for label in labels_of(later, near(later, WIDE), -1)]
    assert "T54321  ±2.5 m  12 s" in texts


def test_machines_in_doubt_are_named_also_without_the_layer_of_names(snapshot):
    texts = [label.text for label in labels_of(snapshot, near(snapshot, WIDE), -1, names=False)]
    assert [text.split()[0] for text in texts] == ["T54321"]


def test_the_layer_of_errors_writes_figures_beside_every_machine(snapshot):
    texts = [label.text for label in labels_of(snapshot, near(snapshot, FRESH), -1, figures=True)]
    assert "TT-01  ±0.03 m  0 s" in texts


@pytest.mark.parametrize(
    ("sigma_m", "text"), [(0.034, "±0.03 m"), (2.54, "±2.5 m"), (61.2, "±61 m"), (np.nan, "")]
)
def test_an_error_is_written_as_finely_as_it_is_known(sigma_m, text):
    assert beside(sigma_m) == text


def test_the_key_figures_count_machines_by_freshness_and_tell_the_worst_error(snapshot):
    state = snapshot.state
    told = trusted(trust_of(state))
    assert told["heard"] == f"{len(state.fleet) - 3} / {len(state.fleet)}"
    assert told["doubted"] == "1, 1, 1, 0, 0"
    assert told["worst"] == "2.50 m"


def test_a_machine_whose_receiver_makes_its_position_up_is_counted_as_simulated_and_not_as_heard(snapshot):
    before = trust_of(snapshot.state)
    trust = trust_of(with_tracks(snapshot, FRESH, freshness=Freshness.SIMULATED).state)
    assert trust.simulated == 1
    assert trust.fresh == before.fresh - 1
    assert trusted(trust)["doubted"] == "1, 1, 1, 0, 1"


def test_a_made_up_position_is_trouble_where_all_else_is_well(snapshot):
    tracks = snapshot.state.tracks
    well = tracks.with_columns(freshness=np.full_like(tracks.freshness, Freshness.FRESH))
    assert trust_of(snapshot.state.with_columns(tracks=well)).good
    made_up = well.editable("freshness")
    made_up["freshness"][FRESH] = Freshness.SIMULATED
    assert not trust_of(snapshot.state.with_columns(tracks=well.with_columns(**made_up))).good


def test_a_yard_without_machines_tells_no_figure_of_positions(snapshot):
    away = snapshot.state.fleet.with_columns(present=np.zeros(len(snapshot.state.fleet), bool))
    assert set(trusted(trust_of(snapshot.state.with_columns(fleet=away))).values()) == {"–"}


def test_a_radio_blind_zone_is_hatched_both_ways_and_an_exclusion_zone_one_way(qapp, snapshot):
    yard = snapshot.state.yard
    ring = ((20.0, 44.0), (50.0, 44.0), (50.0, 50.0), (20.0, 50.0))

    def changed(kind):
        bare = GroundPainter(15.0, 55.0, 10.0, (400, 150)).paint(replace(yard, zones=()))
        zoned = replace(yard, zones=(Zone("z", kind, ring, 0.0),))
        painted = GroundPainter(15.0, 55.0, 10.0, (400, 150)).paint(zoned)
        return int((np.abs(painted.astype(int) - bare).sum(axis=2) > 60).sum())

    assert changed(ZoneKind.RADIO_BLIND) > 0
    one, both = changed(ZoneKind.EXCLUSION), changed(ZoneKind.RADIO_BLIND)
    assert one != both
