import math
from dataclasses import replace
from unittest import mock

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from PyQt6.QtCore import QPointF, QRectF
from PyQt6.QtGui import QColor, QImage, QPainter

from tests.ui.samples import alarms_of, no_alarms, sample_snapshot
from twin.fleet import roster
from twin.snapshot import Mode
from ui.scene.alarm_signs import alarm_signs, draw_alarm, signed
from ui.scene.camera import Camera
from ui.scene.conflicts import GRAVE_PX, alarmed, conflict_plates, conflict_words
from ui.scene.draft import Drag, draw_draft, take_hold
from ui.scene.furniture import round_length
from ui.scene.labels import Label, labels_of, placed
from ui.scene.offscreen import PictureError, render_picture, watermark_of
from ui.scene.overlays import draw_overlays, selection_box
from ui.scene.palette import PRIORITY, SELECTION
from ui.scene.presets import preset
from ui.scene.projection import Projection
from ui.scene.quality import Quality, quality
from ui.view_state import Pick, PickKind, ViewState

SIZE = (800, 500)


@pytest.fixture(scope="module")
def snapshot():
    return sample_snapshot()


class NoGhosts:
    boxes = None


def painted(draw, ground=(90, 90, 90)):
    image = QImage(*SIZE, QImage.Format.Format_RGB32)
    image.fill(QColor(*ground))
    painter = QPainter(image)
    draw(painter)
    painter.end()
    return image


def colours(image, near, r=16):
    return {
        QColor(image.pixel(x, y)).getRgb()[:3]
        for x in range(max(int(near[0]) - r, 0), min(int(near[0]) + r, SIZE[0]))
        for y in range(max(int(near[1]) - r, 0), min(int(near[1]) + r, SIZE[1]))
    }


def projection_of(snapshot, name="yard"):
    camera = preset(name, snapshot, Camera(), SIZE[0] / SIZE[1])
    return Projection(camera, *map(float, SIZE))


@pytest.mark.parametrize("priority", [1, 2, 3])
def test_an_alarm_has_the_colour_of_its_priority(qapp, priority):
    image = painted(lambda p: draw_alarm(p, priority, QPointF(100, 100)))
    assert PRIORITY[priority] in colours(image, (100, 100))


def test_alarms_differ_in_shape_and_not_in_colour_alone(qapp):
    def filled(priority):
        image = painted(lambda p: draw_alarm(p, priority, QPointF(100, 100)))
        return [
            sum(QColor(image.pixel(x, y)).getRgb()[:3] != (90, 90, 90) for x in range(80, 120))
            for y in (92, 108)
        ]

    square, up, down = filled(1), filled(2), filled(3)
    assert abs(square[0] - square[1]) <= 2
    assert up[0] < up[1]
    assert down[0] > down[1]


def test_alarm_signs_stand_where_the_alarms_are(qapp, snapshot):
    projection = projection_of(snapshot)
    image = painted(
        lambda p: draw_overlays(p, snapshot, ViewState(labels=False), projection, NoGhosts(), None)
    )
    x, y, _ = projection.points(np.array([[120.0, 54.0, 4.0]]))[0]
    assert PRIORITY[1] in colours(image, (x, y - 14))
    quiet = replace(snapshot, state=snapshot.state.with_columns(alarms=no_alarms()))
    image = painted(lambda p: draw_overlays(p, quiet, ViewState(labels=False), projection, NoGhosts(), None))
    assert PRIORITY[1] not in colours(image, (x, y - 14))


def test_the_selection_is_outlined(qapp, snapshot):
    projection = projection_of(snapshot)
    pick = Pick(PickKind.BLOCK, 0, (0.0, 0.0, 0.0))
    image = painted(
        lambda p: draw_overlays(
            p, snapshot, ViewState(selected=pick, labels=False), projection, NoGhosts(), None
        )
    )
    x, y = snapshot.state.yard.blocks[0].outline()[0]
    seen = projection.points(np.array([[x, y, 0.05]]))[0]
    assert any(
        sum(abs(a - b) for a, b in zip(c, SELECTION, strict=True)) < 60 for c in colours(image, seen, 4)
    )


@pytest.mark.parametrize(
    "pick",
    [
        Pick(PickKind.BOX, 10**6, (0, 0, 0)),
        Pick(PickKind.MOVER, 999, (0, 0, 0)),
        Pick(PickKind.BLOCK, 99, (0, 0, 0)),
        Pick(PickKind.GROUND, -1, (0, 0, 0)),
    ],
)
def test_a_selection_that_is_gone_has_no_outline(snapshot, pick):
    assert selection_box(snapshot, pick) == []


def test_a_truck_and_its_trailer_have_an_outline_each(snapshot):
    assert len(selection_box(snapshot, Pick(PickKind.MOVER, 10, (0, 0, 0)))) == 2


def test_a_truck_that_has_left_has_no_outline(snapshot):
    fleet = roster.leave(snapshot.state.fleet, np.array([10], np.int32))
    gone = replace(snapshot, state=snapshot.state.with_columns(fleet=fleet))
    assert selection_box(gone, Pick(PickKind.MOVER, 10, (0, 0, 0))) == []


def test_plates_never_cover_one_another(qapp):
    rng = np.random.default_rng(1)
    labels = [Label(f"TT-{k:02d}", *rng.uniform(0, 300, 2), float(k)) for k in range(80)]
    plates = [plate for _, plate in placed(labels)]
    assert len(plates) > 10
    for k, plate in enumerate(plates):
        assert not any(plate.intersects(other) for other in plates[:k])


def test_the_label_that_matters_most_is_kept(qapp):
    kept = placed([Label("far", 50, 50, 10.0), Label("near", 52, 52, 1.0)])
    assert [label.text for label, _ in kept] == ["near"]


def test_labels_keep_clear_of_what_is_taken(qapp):
    assert placed([Label("a", 50, 50, 1.0)], [QRectF(0, 0, 100, 100)]) == []


def test_a_machine_that_must_be_named_is_named_beside_what_is_taken_and_another_is_not(qapp):
    sign = QRectF(186.0, 70.0, 28.0, 34.0)
    ((_, plate),) = placed([Label("RTG-01", 200, 100, 1.0, strong=True)], [sign])
    assert not plate.intersects(sign)
    assert abs(plate.center().x() - 200) < 1
    assert placed([Label("RTG-01", 200, 100, 1.0)], [sign]) == []


@pytest.mark.parametrize("at", [(2.0, 200.0), (398.0, 200.0), (200.0, 4.0)])
def test_no_name_is_cut_by_the_edge_of_the_picture(qapp, at):
    ((_, plate),) = placed([Label("RTG-01", *at, 1.0)], size=(400.0, 300.0))
    assert QRectF(0.0, 0.0, 400.0, 300.0).contains(plate)


def test_the_machines_of_the_gravest_signs_are_named_and_those_of_a_flood_are_not(qapp, snapshot):
    rows = np.arange(len(snapshot.state.fleet), dtype=np.int32)
    some = replace(snapshot, state=snapshot.state.with_columns(alarms=alarms_of(len(rows), mover=rows)))
    signs = alarm_signs(some, projection_of(some))
    assert signed(some, signs[:3]) == tuple(int(rows[sign.row]) for sign in signs[:3])
    assert len(signed(some, signs * 20)) == 12
    placeless = replace(snapshot, state=snapshot.state.with_columns(alarms=no_alarms()))
    assert signed(placeless, alarm_signs(placeless, projection_of(placeless))) == ()


def test_machines_of_an_encounter_that_is_an_alarm_are_named_and_those_of_another_need_not_be(qapp, snapshot):
    assert alarmed(snapshot) == ()
    grave = with_pair(snapshot)
    assert set(alarmed(grave)) == {9, 11}


def test_a_machine_not_heard_of_says_for_how_long(qapp, snapshot):
    late = replace(snapshot, state=snapshot.state.with_columns(t_ns=snapshot.state.t_ns + 12_000_000_000))
    texts = [label.text for label in labels_of(late, projection_of(late), -1)]
    assert "T54321  ±2.5 m  12 s" in texts


def crowd(snapshot, count):
    conflicts = snapshot.state.conflicts
    many = conflicts.with_columns(
        **{name: np.repeat(getattr(conflicts, name), count) for name in type(conflicts).__dataclass_fields__}
    )
    many = many.with_columns(time_s=np.linspace(9.0, 1.0, count))
    return replace(snapshot, state=snapshot.state.with_columns(conflicts=many))


def test_a_plate_of_an_encounter_names_both_machines_and_the_time(qapp, snapshot):
    ((words, _),) = conflict_plates(snapshot, projection_of(snapshot, "mover:9"))
    assert words == "TT-02 / T54321  2.5 s"


def test_from_afar_an_encounter_is_named_only_where_an_alarm_stands(qapp, snapshot):
    assert conflict_plates(snapshot, projection_of(snapshot)) == []
    pair = {"mover": np.array([9], np.int32), "other": np.array([11], np.int32)}
    grave = replace(snapshot, state=snapshot.state.with_columns(alarms=alarms_of(1, **pair)))
    assert len(conflict_plates(grave, projection_of(grave))) == 1


def with_pair(snapshot, **columns):
    """Give one encounter of TT-02 with other columns, and an alarm about it."""
    conflicts = snapshot.state.conflicts
    one = conflicts.with_columns(
        **{name: getattr(conflicts, name)[:1] for name in type(conflicts).__dataclass_fields__}
    )
    changed = one.with_columns(
        **{name: np.array([value], getattr(one, name).dtype) for name, value in columns.items()}
    )
    alarms = alarms_of(1, mover=changed.mover, other=changed.other, ground=changed.ground)
    return replace(snapshot, state=snapshot.state.with_columns(conflicts=changed, alarms=alarms))


def test_an_overlap_is_said_in_words_and_a_stack_is_named_as_such(qapp, snapshot):
    into_stack = with_pair(snapshot, mover=9, other=-1, ground=4, time_s=0.0, gap_m=-0.78)
    assert conflict_words(into_stack, 0) == "TT-02 / stack  overlap 0.8 m"


class Seen:
    """A projection that puts everything on one pixel."""

    width, height = map(float, SIZE)

    def __init__(self, x, y):
        self.at = (x, y, 50.0)

    def points(self, points):
        return np.tile(self.at, (len(points), 1))


@pytest.mark.parametrize("at", [(400, 250), (799, 1), (-90, 250), (830, 499), (400, -40), (1, 590)])
def test_the_plate_of_an_alarm_at_the_edge_or_just_outside_is_whole_in_the_picture(qapp, snapshot, at):
    ((_, plate),) = conflict_plates(with_pair(snapshot), Seen(*at))
    assert QRectF(0, 0, *SIZE).contains(plate)
    assert plate.height() >= GRAVE_PX


@pytest.mark.parametrize("at", [(-400, 250), (400, 900)])
def test_an_encounter_far_outside_the_picture_has_no_plate(qapp, snapshot, at):
    assert conflict_plates(with_pair(snapshot), Seen(*at)) == []


def test_plates_of_encounters_never_cover_one_another_and_the_soonest_stay(qapp, snapshot):
    plates = conflict_plates(crowd(snapshot, 9), projection_of(snapshot, "mover:9"))
    assert 1 < len(plates) < 9
    assert plates[0][0].endswith("1.0 s")
    for k, (_, plate) in enumerate(plates):
        assert not any(plate.intersects(other) for _, other in plates[:k])


def test_no_name_covers_the_plate_of_an_encounter(qapp, snapshot):
    projection = projection_of(snapshot, "mover:9")
    plates = [plate for _, plate in conflict_plates(crowd(snapshot, 9), projection)]
    assert plates
    names = placed(labels_of(snapshot, projection, -1), plates)
    assert not any(name.intersects(plate) for _, name in names for plate in plates)


@given(st.floats(1e-3, 1e6))
def test_a_scale_is_a_round_length_that_fits_and_is_not_half_too_short(most):
    length = round_length(most)
    assert length <= most * (1 + 1e-6)
    assert length > most / 2.6
    assert round(length / 10 ** math.floor(math.log10(length * 1.0001)), 6) in (1, 2, 5)


@pytest.mark.parametrize("most", [0.0, -3.0, math.nan, math.inf])
def test_a_length_that_is_none_has_no_scale(most):
    assert round_length(most) == 0.0


def test_a_picture_of_anything_but_the_live_yard_says_so(snapshot):
    assert watermark_of(replace(snapshot, mode=Mode.LIVE)) == ""
    assert watermark_of(replace(snapshot, mode=Mode.REPLAY)) == "REPLAY"


def test_a_line_through_the_eye_is_cut_and_not_mirrored():
    projection = Projection(Camera(azimuth_rad=-math.pi / 2, elevation_rad=0.0, distance_m=10.0), 800, 500)
    lines = projection.lines(np.array([[0.0, -30.0, 1.0]]), np.array([[0.0, 30.0, 1.0]]))
    assert len(lines) == 1
    assert lines[0].y1() < 250
    assert lines[0].y2() < 250


def test_a_line_behind_the_eye_is_not_drawn():
    projection = Projection(Camera(azimuth_rad=-math.pi / 2, elevation_rad=0.0, distance_m=10.0), 800, 500)
    assert projection.lines(np.array([[0.0, -30.0, 1.0]]), np.array([[5.0, -40.0, 1.0]])) == []


def test_a_block_is_taken_hold_of_where_it_lies_and_follows(snapshot):
    yard = snapshot.state.yard
    x, y = yard.blocks[1].yard_from_block(10, 5)
    drag = take_hold(yard, x, y, None)
    assert drag.name == yard.blocks[1].name
    drag.to(x + 4.5, y - 2.0)
    assert (drag.dx_m, drag.dy_m) == pytest.approx((4.5, -2.0))
    assert take_hold(yard, -400.0, -400.0, None) is None


def test_a_dragged_block_is_drawn_where_it_would_stand(qapp, snapshot):
    yard = snapshot.state.yard
    projection = projection_of(snapshot)
    name = yard.blocks[0].name
    still = painted(lambda p: draw_draft(p, yard, name, None, projection))
    dragged = painted(lambda p: draw_draft(p, yard, name, Drag(name, (0.0, 0.0), 6.0, 0.0), projection))
    assert still != dragged


def test_a_draft_writes_no_name_that_is_in_the_picture_already(qapp, snapshot):
    yard, projection = snapshot.state.yard, projection_of(snapshot)
    names = [block.name for block in yard.blocks]
    turned = replace(yard.blocks[1], heading_rad=0.3)
    draft = replace(yard, blocks=(yard.blocks[0], turned, *yard.blocks[2:]))

    def written(named):
        texts = []
        with mock.patch("ui.scene.draft._caption", lambda _, block, *rest: texts.append(block.name)):
            painted(lambda p: draw_draft(p, draft, names[0], None, projection, named))
        return texts

    assert written(()) == names
    assert written(yard.blocks) == names[:2]


def test_software_draws_fewer_pixels_while_the_camera_moves_only_where_it_must():
    soft = Quality(software=True)
    assert soft.scale(1200, 700, 1.0, True, 20.0) == 1.0
    assert soft.scale(1200, 700, 1.0, True, 180.0) == pytest.approx(0.5)
    assert soft.scale(1200, 700, 1.0, False, 180.0) == 1.0
    sizes = {soft.scale(1200, 700, 1.0, True, cost_ms) for cost_ms in range(40, 200)}
    assert len(sizes) <= 4  # each size costs buffers of its own
    assert not soft.fine(moving=True, following=False)
    assert soft.fine(moving=False, following=False)


def test_a_graphics_card_draws_every_pixel_finely():
    card = quality("OpenGL renderer string:  NVIDIA H100")
    assert card.scale(3840, 2160, 1.5, True, 500.0) == 1.5
    assert card.fine(moving=True, following=True)


def test_a_picture_is_written_without_a_window(qapp, snapshot, tmp_path):
    path = tmp_path / "yard.png"
    render_picture(snapshot, path, size=(320, 180), preset="quay")
    image = QImage(str(path))
    assert (image.width(), image.height()) == (320, 180)
    assert len({image.pixel(x, y) for x in range(0, 320, 8) for y in range(0, 180, 8)}) > 100


def test_a_preset_that_is_none_is_refused_by_name(qapp, snapshot, tmp_path):
    with pytest.raises(PictureError, match="block:nowhere"):
        render_picture(snapshot, tmp_path / "a.png", size=(64, 64), preset="block:nowhere")


def test_a_place_that_cannot_be_written_is_refused_by_name(qapp, snapshot, tmp_path):
    with pytest.raises(PictureError, match="missing"):
        render_picture(snapshot, tmp_path / "missing" / "a.png", size=(64, 64))
