"""How long a run in a window lasts, and its picture: never one of a yard that was not drawn."""

import logging
import signal
from collections.abc import Callable
from dataclasses import replace

import pytest
from PyQt6.QtCore import QTimer
from PyQt6.QtGui import QColor, QImage
from PyQt6.QtWidgets import QApplication, QDialog

from tests.ui.app_samples import ListReplay, MovingFeed, Shelf, a_snapshot
from twin.clock import NS_PER_S
from ui import warming
from ui.app import run_window
from ui.lasting import Lasting
from ui.main_window import MainWindow
from ui.scene.offscreen import drawn
from ui.ticker import Ticker

pytestmark = pytest.mark.qt_log_ignore("This plugin does not support", extend=True)


def ended(then: Callable[[Ticker], None], duration_s: float) -> list[bool]:
    """Give an entry for each time that a run was ended by what a ticker told."""
    out: list[bool] = []
    ticker = Ticker(None)
    lasting = Lasting(ticker, duration_s, lambda: out.append(True))
    then(ticker)
    del lasting
    return out


def test_a_run_lasts_from_its_first_tick_however_long_that_was_waited_for(qapp):
    snapshot = a_snapshot(10)
    state = snapshot.state

    def ticks(seconds: tuple[int, ...]) -> Callable[[Ticker], None]:
        def tell(ticker: Ticker) -> None:
            for second in seconds:
                at = replace(state, t_ns=state.t_ns + second * NS_PER_S)
                ticker.live_ticked.emit(replace(snapshot, state=at))

        return tell

    assert ended(ticks((70, 71, 72)), 3.0) == []
    assert ended(ticks((70, 71, 72, 73, 74)), 3.0) == [True]


def test_a_run_whose_ticks_fail_ends_too(qapp):
    def fail(ticker: Ticker) -> None:
        ticker.failed.emit("")
        ticker.failed.emit("ValueError: no tick")

    assert ended(fail, 0.0) == [True]
    assert ended(fail, 3600.0) == []


def test_a_picture_is_taken_once_the_loops_are_loaded_and_the_yard_is_drawn(qapp, tmp_path, monkeypatch):
    picture, shelf, asked = tmp_path / "window.png", Shelf(), []

    def done() -> bool:
        asked.append(True)
        return len(asked) > 8

    monkeypatch.setattr(warming, "done", done)
    code = run_window(
        MovingFeed(a_snapshot(60)), lambda path: ListReplay(), save_layout=shelf.save,
        load_layout=shelf.load, language="en", demo=False, smoke_s=0.1, picture=picture,
    )  # fmt: skip

    assert code == 0
    taken = QImage(str(picture))
    assert drawn(taken.copy(0, taken.height() // 4, taken.width() // 2, taken.height() // 4))


def test_a_window_closed_before_anything_was_drawn_leaves_no_picture_and_fails(
    qapp, tmp_path, monkeypatch, caplog
):
    picture, shelf = tmp_path / "window.png", Shelf()
    monkeypatch.setattr(warming, "done", lambda: False)
    QTimer.singleShot(500, lambda: [one.close() for one in QApplication.topLevelWidgets() if one.isVisible()])
    with caplog.at_level(logging.CRITICAL, "ui.lasting"):
        code = run_window(
            MovingFeed(a_snapshot(60)), lambda path: ListReplay(), save_layout=shelf.save,
            load_layout=shelf.load, language="en", demo=False, picture=picture,
        )  # fmt: skip

    assert code == 1
    assert not picture.exists()


@pytest.mark.parametrize("command", ["shortcuts", "palette"])
def test_a_run_ends_after_its_time_whatever_dialog_is_open(qapp, command):
    feed, shelf, opened = MovingFeed(a_snapshot(60)), Shelf(), []

    def open_one() -> None:
        (window,) = (
            one for one in QApplication.topLevelWidgets() if isinstance(one, MainWindow) and one.isVisible()
        )
        window.run(command)
        opened.extend(one for one in window.findChildren(QDialog) if one.isVisible())

    QTimer.singleShot(300, open_one)
    code = run_window(
        feed, lambda path: ListReplay(), save_layout=shelf.save, load_layout=shelf.load, language="en",
        demo=False, smoke_s=1.0,
    )  # fmt: skip

    assert code == 0
    assert opened
    assert feed.closed


@pytest.fixture
def heeded():
    """Have SIGINT and SIGTERM stop this process as by rule: what a shell begins aside ignores SIGINT."""
    rule = {signal.SIGINT: signal.default_int_handler, signal.SIGTERM: signal.SIG_DFL}
    before = {number: signal.signal(number, handler) for number, handler in rule.items()}
    yield
    for number, handler in before.items():
        signal.signal(number, handler)


@pytest.mark.usefixtures("heeded")
@pytest.mark.parametrize("number", [signal.SIGINT, signal.SIGTERM])
def test_a_window_that_a_signal_stops_closes_its_feed_and_tells_which_it_was(qapp, number):
    feed, shelf, before = MovingFeed(a_snapshot(60)), Shelf(), signal.getsignal(number)
    QTimer.singleShot(300, lambda: signal.raise_signal(number))
    code = run_window(
        feed, lambda path: ListReplay(), save_layout=shelf.save, load_layout=shelf.load, language="en",
        demo=False,
    )  # fmt: skip

    assert code == 128 + number
    assert feed.closed
    assert signal.getsignal(number) is before


@pytest.mark.usefixtures("heeded")
@pytest.mark.parametrize("moment", ["start", "show"])
def test_a_signal_while_the_window_opens_is_not_lost(qapp, monkeypatch, moment):
    feed, shelf, opens = MovingFeed(a_snapshot(60)), Shelf(), getattr(MainWindow, moment)

    def stopped(self, *args) -> None:
        opens(self, *args)
        signal.raise_signal(signal.SIGTERM)
        QApplication.processEvents()

    monkeypatch.setattr(MainWindow, moment, stopped)
    late = QTimer()
    late.setSingleShot(True)
    late.timeout.connect(lambda: QApplication.exit(1))
    late.start(20_000)
    code = run_window(
        feed, lambda path: ListReplay(), save_layout=shelf.save, load_layout=shelf.load, language="en",
        demo=False,
    )  # fmt: skip

    assert late.isActive()
    assert code == 128 + signal.SIGTERM
    assert feed.closed


def test_an_image_of_one_colour_is_one_on_which_nothing_was_drawn(qapp):
    image = QImage(20, 10, QImage.Format.Format_RGBX8888)
    image.fill(QColor(1, 2, 3))
    assert not drawn(image)
    image.setPixelColor(19, 9, QColor(1, 2, 4))
    assert drawn(image)
