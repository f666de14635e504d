from dataclasses import replace
from itertools import combinations

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from PyQt6.QtCore import QRectF
from PyQt6.QtGui import QColor, QImage, QPainter

from tests.ui.samples import alarms_of, sample_snapshot
from twin.safety.table import AlarmState
from ui.scene.alarm_signs import alarm_signs, draw_alarms, spread
from ui.scene.camera import Camera
from ui.scene.palette import PRIORITY
from ui.scene.presets import preset
from ui.scene.projection import Projection

SIZE = (800.0, 500.0)
PICTURE = QRectF(0.0, 0.0, *SIZE)


@pytest.fixture(scope="module")
def snapshot():
    return sample_snapshot(60)


@pytest.fixture(scope="module")
def projection(snapshot):
    return Projection(preset("top", snapshot, Camera(), SIZE[0] / SIZE[1]), *SIZE)


def crowd(snapshot, projection, apart_px, **columns):
    """Give six alarms of the first priority in a row about the middle of the picture, so far apart."""
    seen = projection.points(np.array([[130.0, 80.0, 4.0], [131.0, 80.0, 4.0]]))
    apart_m = apart_px / float(np.hypot(*(seen[1] - seen[0])[:2]))
    x_m = 130.0 + apart_m * np.arange(-3, 3)
    alarms = alarms_of(6, priority=np.ones(6, np.int8), x_m=x_m, y_m=np.full(6, 80.0))
    state = snapshot.state.with_columns(alarms=alarms.with_columns(**columns))
    return replace(snapshot, state=state)


def test_signs_of_alarms_close_to_one_another_do_not_overlap(snapshot, projection):
    signs = alarm_signs(crowd(snapshot, projection, 14.0), projection)
    assert len(signs) == 6
    assert not any(one.area.intersects(other.area) for one, other in combinations(signs, 2))


def test_the_sign_of_a_lone_alarm_stands_where_the_alarm_is(snapshot, projection):
    signs = alarm_signs(crowd(snapshot, projection, 40.0), projection)
    assert all((sign.at - sign.of).manhattanLength() < 1e-9 for sign in signs)


def test_the_gravest_keeps_its_place_and_the_others_give_way(snapshot, projection):
    priority = np.array([3, 3, 2, 1, 2, 3], np.int8)
    signs = alarm_signs(crowd(snapshot, projection, 14.0, priority=priority), projection)
    assert signs[0].row == 3
    assert signs[0].at == signs[0].of
    assert [sign.priority for sign in signs] == [1, 2, 2, 3, 3, 3]


def test_of_alarms_on_one_spot_only_the_gravest_has_a_sign(snapshot, projection):
    priority = np.array([3, 3, 2, 1, 2, 3], np.int8)
    assert [
        sign.row for sign in alarm_signs(crowd(snapshot, projection, 0.0, priority=priority), projection)
    ] == [3]


def test_of_equals_on_one_spot_the_one_that_nobody_has_acknowledged_has_the_sign(snapshot, projection):
    state = np.array([1, 1, 2, 1, 0, 1], np.int8)
    assert [sign.row for sign in alarm_signs(crowd(snapshot, projection, 0.0, state=state), projection)] == [
        4
    ]


def test_what_is_held_back_has_no_sign(snapshot, projection):
    state = np.array([AlarmState.SHELVED, AlarmState.SUPPRESSED, 0, 1, 2, 0], np.int8)
    rows = {sign.row for sign in alarm_signs(crowd(snapshot, projection, 40.0, state=state), projection)}
    assert rows == {2, 3, 4, 5}


def test_a_sign_that_gave_way_has_a_line_to_its_place(snapshot, projection, qapp):
    crowded = crowd(snapshot, projection, 14.0)
    signs = alarm_signs(crowded, projection)
    away = max(signs, key=lambda sign: (sign.at - sign.of).manhattanLength())
    image = QImage(*map(int, SIZE), QImage.Format.Format_RGB32)
    image.fill(QColor(90, 90, 90))
    painter = QPainter(image)
    draw_alarms(painter, crowded, [away])
    painter.end()
    found = {
        QColor(image.pixel(round(away.of.x()) + dx, round(away.of.y()) + dy)).getRgb()[:3]
        for dx in range(-3, 4)
        for dy in range(-3, 4)
    }
    assert PRIORITY[1] in found


places = st.lists(st.tuples(st.floats(0, SIZE[0]), st.floats(0, SIZE[1])), max_size=60)


@given(places)
def test_no_sign_lies_over_another_nor_beyond_the_edge(projection, own):
    at = spread(np.array(own, float).reshape(-1, 2), projection)
    areas = [QRectF(x - 14, y - 30, 28, 34) for x, y in at[np.isfinite(at[:, 0])].tolist()]
    assert all(PICTURE.contains(area) for area in areas)
    assert not any(one.intersects(other) for one, other in combinations(areas, 2))


def test_where_a_hundred_stand_in_one_place_the_first_have_room_and_the_first_its_own(projection):
    at = spread(np.full((100, 2), 300.0), projection)
    assert at[0].tolist() == [300.0, 300.0]
    assert 20 < np.isfinite(at[:, 0]).sum() < 100
