from dataclasses import replace

import numpy as np
import pytest
from PyQt6.QtCore import QEvent, QPoint, QPointF, Qt
from PyQt6.QtGui import QColor, QImage, QMouseEvent, QPainter
from PyQt6.QtWidgets import QApplication

from tests.ui.suggestion_samples import DIG_OUT, PLACE, controller_snapshot
from twin.stock import moves
from twin.yard.slots import SlotAddress, slot_address
from ui.scene.ghosts import chosen_suggestion, targets
from ui.scene.palette import REFUSED, SUGGESTION
from ui.scene.placing import draw_note, draw_placing, note_rect
from ui.scene.projection import Projection
from ui.scene.slot_under import box_under, slot_under
from ui.scene.view import YardView
from ui.view_state import Placing, ViewState

NEAR = {"x_m": 60.0, "y_m": 70.0, "distance_m": 130.0, "elevation_rad": 1.15, "azimuth_rad": -1.5}


@pytest.fixture(scope="module")
def snapshot():
    return controller_snapshot()


@pytest.fixture
def view(qtbot, monkeypatch, snapshot):
    monkeypatch.setenv("YARD_TWIN_SURFACE", "image")
    view = YardView()
    qtbot.addWidget(view)
    view.resize(800, 500)
    with qtbot.waitExposed(view):
        view.show()
    view.show_snapshot(snapshot)
    view.set_camera(NEAR)
    view.show_view(ViewState(suggestion=DIG_OUT))
    view.set_deciding(True)
    yield view
    view.close_scene()


def ghost_pixel(view):
    boxes = view._scene.ghosts.boxes
    top = np.array([[*boxes.centre_yard_m[0], boxes.top_m[0]]])
    x, y, _ = view._pilot.camera.project(top, view._size())[0]
    return QPoint(round(x), round(y))


def slot_pixel(view, snapshot, ground):
    """Give where the top of a slot's stack is seen, between its two places."""
    state = snapshot.state
    x, y = state.slots.centre_yard_m[ground]
    away = state.slots.bay_pitch_m[ground] / 2
    top = np.array([[x + away, y, state.stock.top_m[ground]]])
    px, py, _ = view._pilot.camera.project(top, view._size())[0]
    return QPoint(round(px), round(py))


def move_to(view, at):
    left = Qt.MouseButton.LeftButton
    to = QPointF(at)
    view.mouseMoveEvent(
        QMouseEvent(QEvent.Type.MouseMove, to, to, left, left, Qt.KeyboardModifier.NoModifier)
    )


def a_lone_stack(snapshot):
    """Give a ground slot of the first block whose top lies open to the eye: a long box on top."""
    state = snapshot.state
    tops = {
        int(state.stock.ground[row])
        for row in (moves.top_box(state.stock, state.slots, g) for g in range(int(state.slots.first[1])))
        if row >= 0 and state.stock.length_ft[row] != 20
    }
    source = state.suggestions[1].moves[0].source
    return max(
        (g for g in tops if slot_address(state.yard, state.slots, g, 0, 40).bay != source.bay),
        key=lambda g: (state.stock.count[g], -state.slots.position[g]),
    )


def test_the_ghost_is_dragged_to_the_slot_under_the_pointer(qtbot, view, snapshot):
    ground = a_lone_stack(snapshot)
    dragged = []
    view.ghost_dragged.connect(lambda *args: dragged.append(args))
    qtbot.mousePress(view, Qt.MouseButton.LeftButton, pos=ghost_pixel(view))
    move_to(view, slot_pixel(view, snapshot, ground))
    with qtbot.waitSignal(view.ghost_dropped) as dropped:
        qtbot.mouseRelease(view, Qt.MouseButton.LeftButton, pos=slot_pixel(view, snapshot, ground))
    assert dragged[-1] == (0, ground)
    assert dropped.args == [0, ground]


def test_dragging_the_ghost_leaves_the_camera(qtbot, view, snapshot):
    before = view.camera()
    qtbot.mousePress(view, Qt.MouseButton.LeftButton, pos=ghost_pixel(view))
    move_to(view, QPoint(300, 300))
    assert view.camera() == before
    qtbot.mouseRelease(view, Qt.MouseButton.LeftButton, pos=QPoint(300, 300))


def test_a_slot_is_told_once_however_often_the_pointer_moves_over_it(qtbot, view, snapshot):
    dragged = []
    view.ghost_dragged.connect(lambda *args: dragged.append(args))
    at = slot_pixel(view, snapshot, a_lone_stack(snapshot))
    qtbot.mousePress(view, Qt.MouseButton.LeftButton, pos=ghost_pixel(view))
    for _ in range(3):
        move_to(view, at)
    assert len(dragged) == 1
    view.let_go()


def test_escape_lets_the_ghost_go_and_the_button_then_drops_and_picks_nothing(qtbot, view, snapshot):
    dropped, picked = [], []
    view.ghost_dropped.connect(lambda *args: dropped.append(args))
    view.picked.connect(picked.append)
    qtbot.mousePress(view, Qt.MouseButton.LeftButton, pos=ghost_pixel(view))
    move_to(view, slot_pixel(view, snapshot, a_lone_stack(snapshot)))
    with qtbot.waitSignal(view.ghost_let_go):
        qtbot.keyClick(view, Qt.Key.Key_Escape)
    qtbot.mouseRelease(view, Qt.MouseButton.LeftButton, pos=QPoint(300, 300))
    assert (dropped, picked) == ([], [])


def test_a_click_on_the_ghost_without_a_drag_still_picks(qtbot, view):
    with qtbot.waitSignal(view.picked):
        qtbot.mouseClick(view, Qt.MouseButton.LeftButton, pos=ghost_pixel(view))


@pytest.mark.parametrize("modifier", [Qt.KeyboardModifier.ShiftModifier, Qt.KeyboardModifier.ControlModifier])
def test_with_a_key_held_the_ghost_is_not_taken(qtbot, view, modifier):
    qtbot.mousePress(view, Qt.MouseButton.LeftButton, modifier, pos=ghost_pixel(view))
    assert view._hand.move == -1
    qtbot.mouseRelease(view, Qt.MouseButton.LeftButton, modifier, pos=ghost_pixel(view))


def test_where_nothing_can_be_decided_the_ghost_stays(qtbot, view):
    view.set_deciding(False)
    qtbot.mousePress(view, Qt.MouseButton.LeftButton, pos=ghost_pixel(view))
    assert view._hand.move == -1
    qtbot.mouseRelease(view, Qt.MouseButton.LeftButton, pos=ghost_pixel(view))


def hovered(view, at: QPoint) -> None:
    """Move the pointer there: the event itself, for a moved cursor is told of when the screen likes."""
    where, none = QPointF(at), Qt.MouseButton.NoButton
    event = QMouseEvent(
        QEvent.Type.MouseMove, where, view.mapToGlobal(where), none, none, Qt.KeyboardModifier.NoModifier
    )
    QApplication.sendEvent(view, event)


def test_slots_are_pointed_at_while_an_arriving_box_looks_for_one(view, snapshot):
    ground = a_lone_stack(snapshot)
    pointed = []
    view.slot_pointed.connect(pointed.append)
    hovered(view, QPoint(5, 5))
    hovered(view, slot_pixel(view, snapshot, ground))
    assert pointed == []
    view.show_view(ViewState(suggestion=PLACE))
    hovered(view, QPoint(5, 5))
    hovered(view, slot_pixel(view, snapshot, ground))
    state = snapshot.state
    assert pointed
    assert state.slots.row[pointed[-1]] == state.slots.row[ground]
    assert abs(state.slots.position[pointed[-1]] - state.slots.position[ground]) <= 1


def test_the_picture_shows_the_held_box_and_its_note(qtbot, view, snapshot):
    ground = a_lone_stack(snapshot)
    state = snapshot.state
    target = slot_address(state.yard, state.slots, ground, int(state.stock.count[ground]), 40)
    plain = view.grab().toImage()
    view.show_view(
        ViewState(suggestion=DIG_OUT, placing=Placing(0, ground, target, (str(target), "full"), refused=True))
    )
    shown = view.grab().toImage()
    assert shown != plain
    assert abs(ghost_pixel(view).x() - slot_pixel(view, snapshot, ground).x()) <= 8


# Without a widget


def slot_seen(snapshot, x, y, z, length, blocks=()):
    state = snapshot.state
    eye, to = np.array([x, y - 1e-3, 60.0]), np.array([x, y, z])
    direction = (to - eye) / np.linalg.norm(to - eye)
    return slot_under(eye, direction, state.yard, state.slots, state.stock, blocks, length)


@pytest.mark.parametrize("length", [20, 40])
def test_every_empty_slot_is_found_from_over_its_middle(snapshot, length):
    state = snapshot.state
    block = state.yard.blocks[0]
    bare = state.stock.count[: int(state.slots.first[1])] == 0
    for ground in np.flatnonzero(bare & (state.slots.next[: len(bare)] >= 0))[:40]:
        if length != 20 and state.stock.count[state.slots.next[ground]]:
            continue
        shift = block.bay_pitch_m / 2 if length != 20 else 0.0
        x, y = state.slots.centre_yard_m[ground] + np.array([shift, 0.0])  # the block lies east
        assert slot_seen(snapshot, x, y, 0.0, length) == ground


def test_both_halves_of_a_long_box_mean_the_place_that_it_stands_on(snapshot):
    state = snapshot.state
    row = next(
        r for r in (moves.top_box(state.stock, state.slots, g) for g in range(120))
        if r >= 0 and state.stock.length_ft[r] != 20
    )  # fmt: skip
    ground = int(state.stock.ground[row])
    for half in (ground, int(state.slots.next[ground])):
        x, y = state.slots.centre_yard_m[half]
        assert slot_seen(snapshot, x, y, 0.0, 40) == ground


def test_outside_every_block_and_in_the_sky_there_is_no_slot(snapshot):
    state = snapshot.state
    assert slot_seen(snapshot, -400.0, -400.0, 0.0, 20) == -1
    eye, up = np.array([0.0, 0.0, 10.0]), np.array([0.0, 0.6, 0.8])
    assert slot_under(eye, up, state.yard, state.slots, state.stock, (), 20) == -1


def test_the_last_bay_of_a_block_still_has_a_place_for_a_long_box(snapshot):
    state = snapshot.state
    last = int(state.slots.first[1]) - 1
    x, y = state.slots.centre_yard_m[last]
    found = slot_seen(snapshot, x + 2.0, y, 0.0, 40)
    assert state.slots.next[found] >= 0


def test_no_ghost_lies_under_a_ray_that_misses_all(snapshot):
    boxes = targets(snapshot, chosen_suggestion(snapshot, ViewState(suggestion=DIG_OUT)))
    eye = np.array([*boxes.centre_yard_m[0], 80.0])
    assert box_under(eye, np.array([0.0, 0.0, -1.0]), boxes) == 0
    assert box_under(eye + 50.0, np.array([0.0, 0.0, -1.0]), boxes) == -1


def test_a_ghost_knows_its_move_also_where_another_has_no_slot(snapshot):
    suggestion = chosen_suggestion(snapshot, ViewState(suggestion=DIG_OUT))
    nowhere = replace(suggestion.moves[0], target=SlotAddress("Q99", 2, 1, 1))
    boxes = targets(snapshot, replace(suggestion, moves=(nowhere, *suggestion.moves)))
    assert boxes.row.tolist() == [1]


def painted(draw):
    image = QImage(800, 500, QImage.Format.Format_RGB32)
    image.fill(QColor(90, 90, 90))
    painter = QPainter(image)
    draw(painter)
    painter.end()
    return {image.pixelColor(x, y).getRgb()[:3] for x in range(0, 800, 2) for y in range(0, 500, 2)}


def test_only_a_refused_slot_is_hatched_in_the_abnormal_colour(qapp, view, snapshot):
    suggestion = chosen_suggestion(snapshot, ViewState(suggestion=DIG_OUT))
    projection = Projection(view._pilot.camera, 800.0, 500.0)

    def colours(refused):
        placing = Placing(0, 0, suggestion.moves[0].target, ("here",), refused)
        return painted(lambda p: draw_placing(p, snapshot, suggestion, placing, projection))

    assert REFUSED in colours(True)
    assert REFUSED not in colours(False)
    assert not any(g > r + 40 and g > b + 40 for r, g, b in colours(False) | {SUGGESTION})


@pytest.mark.parametrize("at", [(5, 5), (795, 495), (400, 495), (795, 5), (-20, 250)])
def test_a_note_lies_in_the_picture_wherever_the_pointer_is(qapp, at):
    lines = (
        "A01-035-03-2",
        "below are neither one long box nor two 20 ft boxes of one height",
        "the stack is full",
    )
    rect = note_rect(lines, QPointF(*at), 800.0, 500.0)
    assert rect.left() >= 0
    assert rect.top() >= 0
    assert rect.right() <= 800
    assert rect.bottom() <= 500


def test_what_is_refused_has_a_shape_beside_its_words(qapp):
    placing = Placing(0, 0, SlotAddress("A01", 2, 1, 1), ("x",), refused=True)
    assert REFUSED in painted(lambda p: draw_note(p, placing, QPointF(100, 100), 800.0, 500.0))
