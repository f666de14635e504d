"""A display that is named but gone: a run goes headless, and a picture is made all the same."""

import os
import socket
import subprocess
import sys
from pathlib import Path

import pytest

from ui import displays
from ui.main import main

pytestmark = pytest.mark.skipif(
    sys.platform in ("win32", "darwin"), reason="there no display is named, and one is taken for granted"
)
GONE = ":9753"


@pytest.fixture
def environment(monkeypatch: pytest.MonkeyPatch) -> pytest.MonkeyPatch:
    for name in ("DISPLAY", "WAYLAND_DISPLAY", "QT_QPA_PLATFORM"):
        monkeypatch.delenv(name, raising=False)
    return monkeypatch


def test_a_display_counts_where_something_answers_at_it(environment, tmp_path: Path):
    assert not displays.has_display()
    environment.setenv("DISPLAY", GONE)
    assert not displays.has_display()
    with socket.socket(socket.AF_UNIX) as there:
        there.bind(f"\0/tmp/.X11-unix/X{GONE[1:]}")
        there.listen()
        assert displays.has_display()
        environment.setenv("DISPLAY", f"unix{GONE}.0")
        assert displays.has_display()
    environment.setenv("WAYLAND_DISPLAY", "wayland-7")
    environment.setenv("XDG_RUNTIME_DIR", str(tmp_path))
    assert not displays.has_display()
    with socket.socket(socket.AF_UNIX) as there:
        there.bind(str(tmp_path / "wayland-7"))
        there.listen()
        assert displays.has_display()


def test_a_display_of_another_machine_counts_where_its_port_is_open(environment):
    with socket.create_server(("127.0.0.1", 0)) as there:
        number = there.getsockname()[1] - 6000
        if number < 0:
            pytest.skip(f"the system gave port {number + 6000}, which no display has")
        environment.setenv("DISPLAY", f"127.0.0.1:{number}")
        assert displays.has_display()
    assert not displays.has_display()


def test_a_platform_that_is_named_and_a_display_of_another_kind_are_left_to_qt(environment):
    environment.setenv("DISPLAY", "something/else")
    assert displays.has_display()
    environment.setenv("DISPLAY", GONE)
    environment.setenv("QT_QPA_PLATFORM", "offscreen")
    assert displays.has_display()


def test_a_run_with_a_display_that_is_gone_goes_headless_and_makes_its_picture(environment, tmp_path: Path):
    words = ["run", "--layout", "compact", "--duration", "0.2", "--no-journal", "--out", str(tmp_path)]
    done = subprocess.run(
        [sys.executable, "-m", "ui.main", *words], capture_output=True, text=True, timeout=120,
        env=os.environ | {"DISPLAY": GONE}, check=False,
    )  # fmt: skip

    assert done.returncode == 0, done.stderr
    assert f"Nothing answers at display '{GONE}': running headless." in done.stdout
    assert (tmp_path / "yard.png").stat().st_size > 10_000


def test_a_replay_with_a_display_that_is_gone_is_refused_with_its_name(environment, tmp_path: Path, capsys):
    environment.setenv("DISPLAY", GONE)
    assert main(["replay", str(tmp_path / "x.journal")]) == 2
    assert f"expected a display, found nothing that answers at '{GONE}'" in capsys.readouterr().err
