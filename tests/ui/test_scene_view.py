import time
from dataclasses import replace

import numpy as np
import pytest
from PyQt6.QtCore import QPoint, QPointF, Qt
from PyQt6.QtWidgets import QApplication

from tests.ui.samples import sample_snapshot
from ui.scene.offscreen import PictureError
from ui.scene.presets import preset
from ui.scene.stage import Refresh
from ui.scene.surface import SURFACE_VARIABLE, qt_renderer
from ui.scene.view import YardView
from ui.view_state import PickKind, ViewState


@pytest.fixture(scope="module")
def snapshot():
    return sample_snapshot()


@pytest.fixture(params=["image", "gl"])
def view(request, qtbot, monkeypatch, snapshot):
    """Give a view on either surface: what it does must not depend on it."""
    if request.param == "gl" and not qt_renderer():
        pytest.skip("Qt has no OpenGL 4.1 here")
    monkeypatch.setenv(SURFACE_VARIABLE, request.param)
    view = YardView()
    qtbot.addWidget(view)
    view.resize(640, 400)
    with qtbot.waitExposed(view):
        view.show()
    view.show_snapshot(snapshot)
    yield view
    view.close_scene()


def pixel_of(view, point):
    x, y, _ = view._pilot.camera.project(np.array([point], float), view._size())[0]
    return QPoint(round(x), round(y))


def test_a_frame_is_drawn_and_timed(qtbot, view, snapshot):
    with qtbot.waitSignal(view.frame_drawn) as drawn:
        view.show_snapshot(snapshot)
        view.update()
    assert drawn.args[0] > 0


def test_before_a_yard_is_there_the_view_has_the_ground_of_the_window(qtbot, monkeypatch):
    monkeypatch.setenv(SURFACE_VARIABLE, "image")
    view = YardView()
    qtbot.addWidget(view)
    view.resize(320, 200)
    view.setStyleSheet("QWidget { background: #2B2D30 }")
    view.prepare()
    with qtbot.waitExposed(view):
        view.show()
    qtbot.wait(50)
    assert view.grab().toImage().pixelColor(160, 100).name() == "#2b2d30"
    view.close_scene()


def test_marks_are_those_of_the_picture_that_is_shown_until_the_next_is_drawn(qtbot, view, snapshot):
    qtbot.waitUntil(lambda: view._pictured is snapshot)
    state = snapshot.state
    moved = replace(
        state, t_ns=state.t_ns + 10**8, tracks=state.tracks.with_columns(x_m=state.tracks.x_m + 3)
    )
    later = replace(snapshot, state=moved)
    view.show_snapshot(later)
    assert view._over() is snapshot
    qtbot.waitUntil(lambda: view._over() is later)


def test_marks_of_another_epoch_are_shown_at_once(qtbot, view, snapshot):
    qtbot.waitUntil(lambda: view._pictured is snapshot)
    later = replace(snapshot, state=replace(snapshot.state, epoch=snapshot.state.epoch + 1))
    view.show_snapshot(later)
    assert view._over() is later


def test_a_click_picks_what_is_there(qtbot, view):
    view.set_camera({"x_m": 120.0, "y_m": 40.0, "distance_m": 150.0, "elevation_rad": 1.2})
    with qtbot.waitSignal(view.picked) as picked:
        qtbot.mouseClick(view, Qt.MouseButton.LeftButton, pos=pixel_of(view, (120.0, 40.0, 0.0)))
    assert picked.args[0].kind is PickKind.GROUND
    assert picked.args[0].point_yard_m == pytest.approx((120.0, 40.0, 0.0), abs=0.5)


def test_the_pointer_tells_where_it_is_on_the_ground(qtbot, view):
    view.set_camera({"x_m": 120.0, "y_m": 40.0, "distance_m": 150.0, "elevation_rad": 1.2})
    assert view.hasMouseTracking()
    with qtbot.waitSignals([view.pointer, view.hovered]) as blocker:
        _move(view, QPointF(pixel_of(view, (118.0, 41.0, 0.0))), Qt.MouseButton.NoButton)
    pointer = next(s for s in blocker.all_signals_and_args if s.signal_name.startswith("pointer"))
    assert pointer.args == pytest.approx((118.0, 41.0), abs=0.5)


def test_a_drag_of_the_mouse_orbits_and_picks_nothing(qtbot, view):
    before = view.camera()
    clicked = []
    view.picked.connect(clicked.append)
    qtbot.mousePress(view, Qt.MouseButton.LeftButton, pos=QPoint(300, 200))
    _move(view, QPointF(340, 220))
    qtbot.mouseRelease(view, Qt.MouseButton.LeftButton, pos=QPoint(340, 220))
    assert view.camera()["azimuth_rad"] != before["azimuth_rad"]
    assert clicked == []


def _move(view, to, button=Qt.MouseButton.LeftButton):
    from PyQt6.QtCore import QEvent
    from PyQt6.QtGui import QMouseEvent

    view.mouseMoveEvent(
        QMouseEvent(QEvent.Type.MouseMove, to, to, button, button, Qt.KeyboardModifier.NoModifier)
    )


def test_a_block_of_a_draft_is_dragged_and_dropped_in_metres(qtbot, view, snapshot):
    yard = snapshot.state.yard
    view.show_draft(yard, "A01")
    view.set_editing(True)
    view.set_camera({"x_m": 90.0, "y_m": 70.0, "distance_m": 220.0, "elevation_rad": 1.1})
    x, y = yard.blocks[0].yard_from_block(40.0, 8.0)
    dragged = []
    view.block_dragged.connect(lambda *args: dragged.append(args))
    qtbot.mousePress(view, Qt.MouseButton.LeftButton, pos=pixel_of(view, (x, y, 0.0)))
    _move(view, QPointF(pixel_of(view, (x + 12.0, y - 7.0, 0.0))))
    with qtbot.waitSignal(view.block_dropped) as dropped:
        qtbot.mouseRelease(view, Qt.MouseButton.LeftButton, pos=pixel_of(view, (x + 12.0, y - 7.0, 0.0)))
    assert dropped.args[0] == "A01"
    assert dropped.args[1:] == pytest.approx((12.0, -7.0), abs=0.6)
    assert dragged[-1] == tuple(dropped.args)


def test_a_draft_is_painted_in_a_turn_after_that_of_the_panels_which_show_it(
    qtbot, view, snapshot, monkeypatch
):
    timers = view._next, view._building, view._sharpen, view._turning, view._rest
    qtbot.waitUntil(lambda: not any(timer.isActive() for timer in timers), timeout=8000)
    painted = []
    QApplication.sendPostedEvents()
    monkeypatch.setattr(view, "paint_below", lambda *_: painted.append(view._draft))
    view.show_draft(snapshot.state.yard, "A01")
    QApplication.sendPostedEvents()
    assert painted == []
    qtbot.waitUntil(lambda: painted == [snapshot.state.yard])


def test_without_editing_a_block_stays_where_it_is(qtbot, view, snapshot):
    view.show_draft(snapshot.state.yard, "A01")
    dropped = []
    view.block_dropped.connect(lambda *args: dropped.append(args))
    qtbot.mousePress(view, Qt.MouseButton.LeftButton, pos=QPoint(300, 200))
    _move(view, QPointF(360, 220))
    qtbot.mouseRelease(view, Qt.MouseButton.LeftButton, pos=QPoint(360, 220))
    assert dropped == []


def test_a_flight_ends_at_its_preset(qtbot, view, snapshot):
    view.fly_to("mover:9")
    qtbot.waitUntil(lambda: not view._pilot.flying, timeout=8000)
    assert view.camera()["x_m"] == pytest.approx(snapshot.state.tracks.x_m[9])


def test_the_whole_yard_stays_in_view_until_somebody_steers(view, snapshot):
    def framed():
        return preset("yard", snapshot, view._pilot.camera, view._aspect()).distance_m

    view.resize(500, 400)
    assert view.camera()["distance_m"] == pytest.approx(framed())
    view.set_camera({"distance_m": 99.0})
    view.resize(640, 400)
    assert view.camera()["distance_m"] == 99.0


def test_a_preset_that_the_yard_has_not_leaves_the_camera(view):
    before = view.camera()
    view.fly_to("block:nowhere")
    assert view.camera() == before


def test_the_camera_follows_a_machine(view, snapshot):
    view.show_view(ViewState(follow=9))
    tracks = snapshot.state.tracks
    gone = snapshot.state.with_columns(tracks=tracks.with_columns(x_m=tracks.x_m + 25.0))
    view.show_snapshot(replace(snapshot, state=gone))
    assert view.camera()["x_m"] == pytest.approx(tracks.x_m[9] + 25.0)


def test_keys_steer_and_home_shows_the_whole_yard(qtbot, view):
    before = view.camera()
    qtbot.keyClick(view, Qt.Key.Key_Plus)
    qtbot.keyClick(view, Qt.Key.Key_Left)
    after = view.camera()
    assert after["distance_m"] < before["distance_m"]
    assert (after["x_m"], after["y_m"]) != (before["x_m"], before["y_m"])
    qtbot.keyClick(view, Qt.Key.Key_Home)
    qtbot.waitUntil(lambda: not view._pilot.flying, timeout=8000)
    assert view.camera()["distance_m"] == pytest.approx(before["distance_m"], rel=0.01)


def test_a_camera_given_before_the_first_snapshot_is_kept(qtbot, snapshot):
    view = YardView()
    qtbot.addWidget(view)
    view.set_camera({"x_m": 5.0, "y_m": 6.0, "distance_m": 77.0})
    view.show_snapshot(snapshot)
    assert view.camera()["distance_m"] == 77.0
    view.close_scene()


def test_a_picture_is_written(view, tmp_path):
    path = tmp_path / "view.png"
    view.picture(path)
    assert path.stat().st_size > 10_000


def test_a_picture_before_the_first_snapshot_is_refused(qtbot, tmp_path):
    view = YardView()
    qtbot.addWidget(view)
    with pytest.raises(PictureError):
        view.picture(tmp_path / "none.png")


def test_a_closed_view_takes_snapshots_and_views_without_harm(view, snapshot):
    view.close_scene()
    view.close_scene()
    view.show_snapshot(snapshot)
    view.show_view(ViewState())
    view.repaint()
    assert view._scene is None


def test_a_stack_that_changes_at_rest_is_drawn_in_strips_until_all_is_sharp(qtbot, view, snapshot):
    qtbot.waitUntil(lambda: not view._moving() and not view._stale, timeout=8000)
    frames = view._scene.stage.still_frames
    view.show_view(ViewState(zones=False))
    assert view._stale
    qtbot.waitUntil(lambda: not view._stale, timeout=8000)
    assert view._scene.stage.still_frames > frames
    assert not view._scene.stage.unfinished
    assert view._scene.stage.still.GetUseFXAA()


def test_marks_lie_on_the_picture_that_is_shown_until_the_next_one_is_drawn(qtbot, view, monkeypatch):
    view.set_camera({"x_m": 120.0, "y_m": 40.0, "distance_m": 150.0, "elevation_rad": 1.2})
    qtbot.waitUntil(lambda: not view._moving() and not view._stale, timeout=8000)
    seen = []
    monkeypatch.setattr(view, "paint_marks", lambda _, projection: seen.append(projection.camera))
    drawn = view._pilot.camera
    view._pilot.take(replace(drawn, distance_m=400.0))
    (view._overlay or view).grab()
    view._redraw()
    qtbot.waitUntil(lambda: not view._stale, timeout=8000)
    (view._overlay or view).grab()
    assert [seen[0], seen[-1]] == [drawn, view._pilot.camera]
    assert drawn != view._pilot.camera


def test_blocks_are_handed_to_the_renderer_as_they_are_built_not_all_in_one_frame(qtbot, snapshot):
    view = YardView()
    qtbot.addWidget(view)
    view.show_snapshot(snapshot)
    scene = view._scene
    scene.draw(view._pilot.camera, (64, 64))
    view._frames._round_s = time.monotonic()
    assert scene.pending
    scene.build(0.0)
    assert view._frames.when() is Refresh.PART
    scene.build()
    scene.stage.touch_still()
    assert view._frames.when() is Refresh.LATER
    view.close_scene()
