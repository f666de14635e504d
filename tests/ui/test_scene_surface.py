import gc

import numpy as np
import pytest
from PyQt6.QtGui import QImage
from PyQt6.QtWidgets import QMainWindow
from vtkmodules.vtkCommonCore import vtkObjectBase

from tests.ui.samples import sample_snapshot
from ui.scene import surface
from ui.scene.surface import SURFACE_VARIABLE, draws_into_widget, qt_renderer
from ui.scene.view import YardView
from ui.view_state import Pick, PickKind

SIZE = (640, 400)


@pytest.fixture(scope="module")
def snapshot():
    return sample_snapshot()


@pytest.fixture
def needs_opengl(qtbot):
    if not qt_renderer():
        pytest.skip("Qt has no OpenGL 4.1 here")


@pytest.fixture
def shown(qtbot, monkeypatch, snapshot, needs_opengl):
    """Give a function that shows the yard in a window, on a surface by name."""
    windows = []

    def show(name):
        monkeypatch.setenv(SURFACE_VARIABLE, name)
        window, view = QMainWindow(), YardView()
        window.setCentralWidget(view)
        qtbot.addWidget(window)
        window.resize(*SIZE)
        with qtbot.waitExposed(window):
            window.show()
        with qtbot.waitSignal(view.frame_drawn):
            view.show_snapshot(snapshot)
        qtbot.waitUntil(lambda: not view._stale, timeout=8000)
        qtbot.wait(30)
        windows.append((window, view))
        return window, view

    yield show
    for _, view in windows:
        view.close_scene()


def pixels(image):
    """Give an image as (height, width, 3)."""
    plain = image.convertToFormat(QImage.Format.Format_RGBX8888)
    flat = np.frombuffer(plain.constBits().asstring(plain.sizeInBytes()), np.uint8)
    return flat.reshape(plain.height(), plain.width(), 4)[..., :3].astype(int)


def on_screen(window):
    return pixels(window.screen().grabWindow(window.winId()).toImage())


def test_both_surfaces_show_the_same_picture(shown):
    on_image = pixels(shown("image")[0].grab().toImage())
    on_widget = pixels(shown("gl")[0].grab().toImage())
    assert on_image.std() > 20
    assert np.abs(on_image - on_widget).mean() < 0.5


def test_the_screen_shows_what_the_image_path_draws(shown):
    drawn = pixels(shown("image")[0].grab().toImage())
    window, _ = shown("gl")
    assert np.abs(drawn - on_screen(window)).mean() < 0.5


def test_a_flight_on_the_opengl_widget_ends_where_the_image_path_ends(qtbot, shown):
    pictures = []
    for name in ("image", "gl"):
        window, view = shown(name)
        view.fly_to("block:B02")
        qtbot.waitUntil(lambda view=view: not view._moving() and not view._stale, timeout=9000)
        qtbot.wait(50)
        pictures.append(pixels(window.grab().toImage()))
    assert np.abs(pictures[0] - pictures[1]).mean() < 0.5


def test_moved_machines_are_drawn_and_what_stands_still_is_kept(qtbot, shown, snapshot):
    window, view = shown("gl")
    before = pixels(window.grab().toImage())
    frames = view._scene.stage.still_frames
    tracks = snapshot.state.tracks
    moved = snapshot.state.with_columns(tracks=tracks.with_columns(x_m=tracks.x_m + 6.0))
    with qtbot.waitSignal(view.frame_drawn):
        view.show_snapshot(type(snapshot)(moved, snapshot.mode, snapshot.sources, snapshot.journal, 1.0))
    after = pixels(window.grab().toImage())
    changed = (np.abs(before - after).max(axis=2) > 20).mean()
    assert 0.001 < changed < 0.3
    assert view._scene.stage.still_frames == frames


def test_a_hovered_machine_is_marked_over_the_opengl_widget(qtbot, shown, snapshot):
    window, view = shown("gl")
    before = pixels(window.grab().toImage())
    view._hover = Pick(PickKind.MOVER, 9, (0.0, 0.0, 0.0))
    with qtbot.waitSignal(view.frame_drawn):
        view.update()
    assert (np.abs(before - pixels(window.grab().toImage())).max(axis=2) > 20).any()


def test_a_view_that_gets_another_window_draws_again(qtbot, shown):
    window, view = shown("gl")
    before = pixels(view.grab().toImage())
    other = QMainWindow()
    qtbot.addWidget(other)
    other.resize(*SIZE)
    other.setCentralWidget(window.takeCentralWidget())
    with qtbot.waitExposed(other):
        other.show()
    view.show()
    qtbot.waitUntil(lambda: np.abs(on_screen(other) - before).mean() < 0.5, timeout=5000)
    view.close_scene()
    view.setParent(None)


def test_a_window_of_another_size_is_filled(qtbot, shown):
    window, view = shown("gl")
    window.resize(500, 460)
    qtbot.waitUntil(lambda: view._surface.size() == view.size() and not view._stale, timeout=5000)
    qtbot.wait(50)
    picture = on_screen(window)
    assert picture.shape[:2] == (460, 500)
    assert (picture[[5, -5]][:, [5, -5]].sum(axis=2) > 30).all()


def test_a_closed_view_leaves_no_vtk_object(qtbot, shown):
    def alive():
        gc.collect()
        return sum(isinstance(thing, vtkObjectBase) for thing in gc.get_objects())

    before = alive()
    _, view = shown("gl")
    assert alive() > before
    view.close_scene()
    qtbot.wait(30)
    assert alive() == before


def test_a_picture_is_written_before_the_opengl_widget_was_shown(
    qtbot, monkeypatch, snapshot, tmp_path, needs_opengl
):
    monkeypatch.setenv(SURFACE_VARIABLE, "gl")
    view = YardView()
    qtbot.addWidget(view)
    view.resize(*SIZE)
    view.show_snapshot(snapshot)
    view.picture(tmp_path / "view.png")
    assert pixels(QImage(str(tmp_path / "view.png"))).std() > 20
    view.close_scene()


@pytest.mark.parametrize(
    ("renderer", "asked", "expected"),
    [
        ("llvmpipe (LLVM 15.0.6, 256 bits)", "", False),
        ("NVIDIA H100/PCIe/SSE2", "", True),
        ("NVIDIA H100/PCIe/SSE2", "image", False),
        ("llvmpipe (LLVM 15.0.6, 256 bits)", "gl", True),
        ("llvmpipe (LLVM 15.0.6, 256 bits)", "GL ", True),
        ("NVIDIA H100/PCIe/SSE2", "sideways", True),
        ("", "gl", False),
    ],
)
def test_the_widget_is_used_where_a_card_draws_or_it_was_asked_for(monkeypatch, renderer, asked, expected):
    monkeypatch.setattr(surface, "_found", [renderer])
    monkeypatch.setenv(SURFACE_VARIABLE, asked)
    assert draws_into_widget() is expected
