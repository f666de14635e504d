"""What a person meets who types something that cannot be: a clear sentence, never a traceback."""

import json
import os
import socket
import subprocess
import sys
import threading
from pathlib import Path

import numpy as np
import pytest

from layouts.generator import compact_yard
from layouts.native import encode
from sensors.nmea import encode_gga
from twin.clock import NS_PER_S
from twin.waiting import REASONS
from ui.main import main
from ui.options import UsageError, parse_site, parse_start

T_NS = 1_790_000_000_000_000_000

# A picture needs a Qt application; the window's tests need theirs to be the one.
pytestmark = pytest.mark.usefixtures("qapp")


def words(capsys: pytest.CaptureFixture[str], *arguments: str) -> tuple[int, str]:
    """Run the command line; give its exit code and what it wrote to stderr."""
    code = main(arguments)
    return code, capsys.readouterr().err


def headless(tmp_path: Path, *more: str) -> list[str]:
    """A short run without a window on the compact yard."""
    fixed = ["run", "--layout", "compact", "--headless", "--duration", "1", "--out", str(tmp_path / "out")]
    return [*fixed, *more] if "--journal" in more else [*fixed, "--no-journal", *more]


@pytest.mark.parametrize(
    ("content", "expected"),
    [
        (b"", "expected"),
        (encode(compact_yard())[:900], "expected"),
        (b"[" * 100_000, "expected"),
        (b'{"format": "yard-twin layout", "version": 99}', "expected at most 1, found 99"),
        (b" " * 20_000_000 + b"{}", "MiB"),
    ],
    ids=["empty", "truncated", "nested", "future", "20 MB"],
)
def test_a_broken_layout_is_refused_in_a_sentence(
    tmp_path: Path, capsys: pytest.CaptureFixture[str], content: bytes, expected: str
) -> None:
    path = tmp_path / "north.yard.json"
    path.write_bytes(content)

    code, said = words(capsys, "layout", "check", str(path))

    assert code == 2
    assert said.startswith("yard-twin: layout 'north.yard.json'")
    assert expected in said


def test_overlapping_blocks_are_refused_by_their_names(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    document = json.loads(encode(compact_yard()))
    first, second = document["blocks"][:2]
    second |= {key: first[key] for key in ("origin_yard_m", "heading_rad")}
    path = tmp_path / "north.yard.json"
    path.write_text(json.dumps(document), "utf-8")

    code, said = words(capsys, "run", "--layout", str(path), "--headless", "--no-journal")

    assert code == 2
    assert first["name"] in said
    assert second["name"] in said


def test_a_journal_folder_that_cannot_be_written_ends_the_run_before_it_starts(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    (tmp_path / "file").write_bytes(b"")

    code, said = words(capsys, *headless(tmp_path, "--journal", str(tmp_path / "file" / "a.journal")))

    assert code == 2
    assert "expected a folder to write to" in said


@pytest.mark.parametrize(
    ("spec", "expected"),
    [
        ("file:/nowhere/at/all.nmea", "expected a file"),
        ("tcp:host", "expected tcp:HOST:PORT"),
        ("carrier-pigeon:x", "expected"),
        ("file:x?kind=submarine", "expected"),
        ("file:x?kind=reachstacker", "found 'reachstacker'; write 'reach_stacker'"),
        ("file:x?kind=tractor", "found 'tractor'; write 'terminal_tractor'"),
        ("tcp://host", "expected tcp:HOST:PORT"),
    ],
)
def test_a_source_that_cannot_be_is_refused(
    tmp_path: Path, capsys: pytest.CaptureFixture[str], spec: str, expected: str
) -> None:
    code, said = words(capsys, *headless(tmp_path, "--source", spec))

    assert code == 2
    assert expected in said


def test_a_log_with_damaged_lines_runs_and_counts_them(tmp_path: Path) -> None:
    log = tmp_path / "damaged.nmea"
    log.write_bytes(b'$GNGGA,1,2*00\r\n\x00\xff\xfe\r\n{"type": "crane"\r\n$GPGGA,,,*\r\n')

    code = main(headless(tmp_path, "--source", f"file:{log}?device=RS-09&kind=reach_stacker"))

    counts = json.loads((tmp_path / "out" / "summary.json").read_text("utf-8"))["counts"]
    assert code == 0
    assert sum(counts["rejects"].values()) == 4


def test_a_run_of_real_sources_lasts_as_long_as_it_was_told_however_long_it_was_loading(
    tmp_path: Path,
) -> None:
    log = tmp_path / "walk.nmea"
    log.write_bytes(
        b"".join(encode_gga(T_NS + k * 10**8, 121.5, 31.2, 5.0, 9.0, 4, 20, 0.7) for k in range(5))
    )

    more = ("--site", "31.2,121.5", "--duration", "3")
    main(headless(tmp_path, "--source", f"file:{log}?device=RS-09", *more))

    summary = json.loads((tmp_path / "out" / "summary.json").read_text("utf-8"))
    assert summary["ticks"] >= 2
    assert list(summary["counts"]["rejects"]) == [REASONS["fixes"]]


def test_a_tcp_peer_that_hangs_does_not_hold_the_run_up(tmp_path: Path) -> None:
    with socket.create_server(("127.0.0.1", 0)) as server:
        taken: list[socket.socket] = []
        thread = threading.Thread(target=lambda: taken.append(server.accept()[0]), daemon=True)
        thread.start()

        code = main(headless(tmp_path, "--source", f"tcp:127.0.0.1:{server.getsockname()[1]}?device=RS-09"))

        thread.join(5)
        for peer in taken:
            peer.close()
    assert code == 0


def test_a_file_that_is_no_journal_is_refused(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    path = tmp_path / "x.journal"
    path.write_bytes(b"hello")

    code, said = words(capsys, "replay", str(path), "--verify")

    assert code == 2
    assert "expected a journal of this program" in said


@pytest.mark.parametrize("text", ["", "1", "91,0", "0,181", "a,b", "1,2,3,4", "1,2,nan"])
def test_a_site_that_is_nowhere_is_refused(text: str) -> None:
    with pytest.raises(UsageError, match="expected LAT,LON"):
        parse_site(text)


def test_a_start_without_an_offset_is_utc() -> None:
    assert parse_start("1970-01-01T01:00") == 3600 * NS_PER_S
    assert parse_start("1970-01-01T01:00+01:00") == 0


def test_a_wrong_fault_is_refused_before_anything_else_is_said(
    capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("ui.displays.has_display", lambda: False)

    assert main(["run", "--fault", "jmp_m=3"]) == 2
    said = capsys.readouterr()
    assert said.out == ""
    assert said.err.startswith("yard-twin: fault 'jmp_m=3': expected")


def test_a_target_that_the_shift_does_not_have_is_answered_with_those_near_it(
    tmp_path: Path, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("ui.displays.has_display", lambda: False)
    command = headless(tmp_path, "--fault", "jump_m", "--fault", "target=TT-3")
    command.remove("--headless")

    assert main(command) == 2
    said = capsys.readouterr()
    assert said.out == ""
    assert "found 'TT-3'; near are TT-03, " in said.err
    assert "--fault target=list lists them" in said.err


def test_the_machines_that_may_be_attacked_are_listed_by_kind(capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["run", "--layout", "compact", "--fault", "target=list"]) == 0

    lines = capsys.readouterr().out.splitlines()
    assert "RTG-01 RTG-02" in lines
    assert max(map(len, lines)) <= 100


def test_the_help_of_run_tells_what_faults_are_counted_in_and_where_they_are_explained(
    capsys: pytest.CaptureFixture[str],
) -> None:
    with pytest.raises(SystemExit):
        main(["run", "--help"])

    told = capsys.readouterr().out
    assert "jump_m=VALUE       metres [25]\n" in told
    assert "what each does: sensors/README.md" in told


@pytest.mark.parametrize(("asked", "code"), [([], 0), (["--picture", "x.png"], 1)])
def test_a_run_whose_picture_cannot_be_made_fails_where_it_was_asked_for(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys, asked: list[str], code: int
) -> None:
    def no_driver(*_: object) -> None:
        raise RuntimeError("no driver")

    monkeypatch.chdir(tmp_path)
    monkeypatch.setattr("ui.scene.offscreen.render_picture", no_driver)

    assert main(headless(tmp_path, *asked)) == code
    assert "picture: none, OpenGL is missing here: no driver" in capsys.readouterr().out


def test_a_run_of_which_nothing_was_drawn_fails_and_writes_no_picture(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys
) -> None:
    monkeypatch.setattr("ui.scene.scene.YardScene.draw", lambda *_: np.zeros((90, 160, 4), np.uint8))

    assert main(headless(tmp_path)) == 1
    assert "picture: none: expected a yard on the picture, found one colour" in capsys.readouterr().out
    assert not (tmp_path / "out" / "yard.png").exists()
    assert (tmp_path / "out" / "summary.json").exists()


def test_without_a_display_the_run_goes_headless_and_says_so(tmp_path: Path) -> None:
    environment = {
        k: v for k, v in os.environ.items() if k not in ("DISPLAY", "WAYLAND_DISPLAY", "QT_QPA_PLATFORM")
    }
    if sys.platform != "linux":
        pytest.skip("only Linux tells by a variable whether there is a display")
    command = [sys.executable, "-m", "ui.main", *headless(tmp_path)]
    command.remove("--headless")

    run = subprocess.run(command, capture_output=True, text=True, env=environment, check=False, timeout=100)

    assert run.returncode == 0, run.stderr
    assert run.stdout.startswith("No display here: running headless.")
    assert (tmp_path / "out" / "yard.png").read_bytes().startswith(b"\x89PNG")


def test_help_needs_neither_qt_nor_vtk() -> None:
    code = (
        "import sys, ui.main; ui.main.parser().format_help(); "
        "print([m for m in sys.modules if m in ('PyQt6', 'vtk', 'vtkmodules', 'numpy')])"
    )

    run = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True, timeout=60)

    assert run.stdout.strip() == "[]"


def test_a_layout_that_is_there_is_not_written_over(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    path = tmp_path / "mine.yard.json"
    assert main(["layout", "write", "compact", "--to", str(path)]) == 0
    path.write_text("edited by hand", "utf-8")

    code, said = words(capsys, "layout", "write", "compact", "--to", str(path))

    assert code == 2
    assert "found" in said
    assert path.read_text("utf-8") == "edited by hand"


def test_a_folder_for_results_that_cannot_be_made_is_named(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    (tmp_path / "file").write_bytes(b"")

    code, said = words(capsys, *headless(tmp_path, "--out", str(tmp_path / "file" / "out")))

    assert code == 2
    assert "--out: expected a folder to write to" in said


def test_a_replay_without_a_display_says_what_to_do(
    tmp_path: Path, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    if sys.platform != "linux":
        pytest.skip("only Linux tells by a variable whether there is a display")
    for name in ("DISPLAY", "WAYLAND_DISPLAY", "QT_QPA_PLATFORM"):
        monkeypatch.delenv(name, raising=False)

    code, said = words(capsys, "replay", str(tmp_path / "a.journal"))

    assert code == 2
    assert "expected a display" in said


def test_a_peer_that_never_answered_is_told_in_the_summary(tmp_path: Path) -> None:
    with socket.create_server(("127.0.0.1", 0)) as server:
        port = server.getsockname()[1]

    main(headless(tmp_path, "--source", f"tcp:127.0.0.1:{port}?device=RS-09"))

    summary = json.loads((tmp_path / "out" / "summary.json").read_text("utf-8"))
    assert "RS-09" in summary["sources"]
    assert summary["sources"]["RS-09"] != "0 lines/s"


def test_a_command_or_a_layout_that_there_is_not_is_answered_with_those_that_there_are(capsys):
    assert main(["rum"]) == 2
    told = capsys.readouterr().err
    assert "expected one of run, replay," in told
    assert "found 'rum'; write 'run'" in told
    assert main(["run", "--headless", "--layout", "demoo"]) == 2
    told = capsys.readouterr().err
    assert "expected one of demo, compact, large:BOXES or a yard file, found 'demoo'" in told


@pytest.mark.parametrize(
    ("words", "said"),
    [
        (["run", "--layuot", "demo"], "`yard-twin run --help` lists, found '--layuot'; write '--layout'"),
        (["--headles"], "`yard-twin run --help` lists, found '--headles'; write '--headless'"),
        (
            ["relocate", "x", "--budge=5"],
            "`yard-twin relocate --help` lists, found '--budge=5'; write '--budget-ms'",
        ),
        (["run", "--budget"], "`yard-twin run --help` lists, found '--budget'"),
        (["run", "now"], "`yard-twin run --help` lists, found 'now'"),
    ],
)
def test_an_option_that_there_is_not_is_answered_with_the_one_that_was_meant(
    capsys: pytest.CaptureFixture[str], words: list[str], said: str
) -> None:
    assert main(words) == 2
    assert capsys.readouterr().err == f"yard-twin: expected what {said}\n"


def test_the_folder_of_an_experiment_is_made_before_anything_is_computed(tmp_path, capsys):
    (tmp_path / "file").write_text("")
    assert main(["experiment", "--seeds", "1", "--out", str(tmp_path / "file" / "out")]) == 2
    assert "--out: expected a folder that can be written" in capsys.readouterr().err
