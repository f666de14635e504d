"""What is told while loops are compiled or a run goes on: what is done, and no word where it is quick."""

import io
import sys
import threading
from types import SimpleNamespace

import pytest

from twin.clock import NS_PER_S
from ui.cli import loading
from ui.composition import Opened
from ui.headless import _advance, _so_far
from ui.interrupts import Asked
from ui.main import main


class Told(io.StringIO):
    """A stderr that tells when enough lines have come."""

    def __init__(self, lines: int) -> None:
        super().__init__()
        self._lines, self.enough = lines, threading.Event()

    def write(self, text: str) -> int:
        out = super().write(text)
        if self.getvalue().count("\n") >= self._lines:
            self.enough.set()
        return out


def test_compiling_that_takes_long_is_told_with_what_it_is_for_and_again(monkeypatch: pytest.MonkeyPatch):
    err = Told(3)
    monkeypatch.setattr(sys, "stderr", err)
    monkeypatch.setattr(loading, "SLOW_S", 0.0)
    monkeypatch.setattr(loading, "COMPILED_S", 0.0)
    monkeypatch.setattr(loading, "AGAIN_S", 0.0)

    loading.loaded(lambda: err.enough.wait(10.0), "the search (1 of 2)")

    first, second, third = err.getvalue().splitlines()[:3]
    assert first == "yard-twin: loading the search (1 of 2)"
    assert second.startswith("yard-twin: it is compiled, which takes up to a minute the first time")
    assert third == "yard-twin: still loading, 0 s by now"


def test_loading_that_is_quick_is_not_told(capsys: pytest.CaptureFixture[str]):
    loading.loaded(lambda: None, "the search")

    assert capsys.readouterr().err == ""


def test_progress_is_told_in_lines_where_there_is_no_terminal(capsys: pytest.CaptureFixture[str]):
    progress = loading.Progress(every_s=0.0)
    progress.tell(lambda: "1 of 2")
    progress.end()
    loading.Progress(every_s=3600.0).tell(lambda: "2 of 2")

    assert capsys.readouterr().err == "yard-twin: 1 of 2\n"


def test_a_run_tells_how_much_yard_time_has_passed():
    assert _so_far(30 * NS_PER_S, 120.0) == "30 of 120 s of yard time"


class Late:
    """A session of real sources whose first tick comes a minute late."""

    def __init__(self) -> None:
        self.state, self.ticks = SimpleNamespace(t_ns=0, sources=()), 0

    def tick(self) -> SimpleNamespace:
        self.state.t_ns += 60 * NS_PER_S if not self.ticks else NS_PER_S // 10
        self.ticks += 1
        return self.state


def test_a_run_of_real_sources_counts_its_time_from_the_first_tick(monkeypatch: pytest.MonkeyPatch):
    monkeypatch.setattr("time.sleep", lambda _: None)
    session = Late()

    _advance(Opened(session, None, None), 2.0, Asked())  # type: ignore[arg-type]

    assert session.ticks == 1 + 20


def test_a_run_tells_at_once_that_it_is_loading(monkeypatch: pytest.MonkeyPatch, capsys):
    seen: list[str] = []
    monkeypatch.setattr("ui.headless.run_headless", lambda options: seen.append(capsys.readouterr().err) or 0)

    assert main(["run", "--headless"]) == 0
    assert seen == ["yard-twin: loading\n"]


@pytest.mark.parametrize("name", ["yard", "yard.gif", "yard.png.txt"])
def test_a_picture_of_a_kind_that_is_not_written_is_refused_before_the_run(capsys, name: str):
    assert main(["run", "--headless", "--picture", name]) == 2
    told = capsys.readouterr().err
    assert told == f"yard-twin: --picture: expected a file that ends in .png or .jpg, found {name!r}\n"
