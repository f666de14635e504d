"""``yard-twin decode``: a line a fix, counts last, and a plain sentence where a file cannot be read."""

import io
import json
import os
import subprocess
import sys
from pathlib import Path

import pytest

from sensors.nmea import encode_gga, encode_gst, encode_rmc, tag_block
from ui.main import main

T_NS = 1_790_000_000_000_000_000
STEP_NS = 100_000_000


def log(count: int, tag: bytes = b"") -> bytes:
    return b"".join(
        encode_gga(T_NS + k * STEP_NS, 121.5 + 1e-6 * k, 31.2, 10.0, 9.5, 4, 20, 0.7, tag=tag)
        + encode_rmc(T_NS + k * STEP_NS, 121.5 + 1e-6 * k, 31.2, 3.0, 1.0, tag=tag)
        + encode_gst(T_NS + k * STEP_NS, 0.01, 0.01, 0.02, tag=tag)
        for k in range(count)
    )


def decoded(capsys: pytest.CaptureFixture[str], *words: str) -> list[dict]:
    assert main(["decode", *words, "--json"]) == 0
    return [json.loads(line) for line in capsys.readouterr().out.splitlines()]


def test_every_fix_is_a_line_and_the_counts_are_the_last(tmp_path: Path, capsys):
    path = tmp_path / "log.nmea"
    path.write_bytes(log(3) + b"$GNGGA,12*00\r\nhello\r\n$GPTXT,01,01,02,x*29\r\n")

    *fixes, counts = decoded(capsys, str(path))

    assert fixes[0] == {
        "t": "2026-09-21T14:13:20.000Z", "lat": 31.2, "lon": 121.5, "h": 19.5, "quality": 4, "sats": 20,
        "hdop": 0.7, "course": pytest.approx(57.296), "speed_mps": pytest.approx(3.0, abs=1e-4),
    }  # fmt: skip
    assert [fix["t"][-5:] for fix in fixes] == [".000Z", ".100Z", ".200Z"]
    assert counts["sentences"] == {"GGA": 3, "RMC": 3, "GST": 3}
    assert counts["rejects"]["wrong checksum"] == 2
    assert counts["rejects"]["neither an NMEA sentence nor a JSON object"] == 1
    assert counts["fixes"] == 3


def test_what_is_not_known_is_null(tmp_path: Path, capsys):
    path = tmp_path / "log.nmea"
    path.write_bytes(encode_rmc(T_NS, 121.5, 31.2, 3.0, float("nan")))

    fix, _ = decoded(capsys, str(path))

    assert [name for name, value in fix.items() if value is None] == [
        "h",
        "quality",
        "sats",
        "hdop",
        "course",
    ]


def test_a_log_without_dates_is_of_the_day_that_is_told(tmp_path: Path, capsys):
    path = tmp_path / "log.nmea"
    path.write_bytes(encode_gga(T_NS, 121.5, 31.2, 10.0, 9.5, 4, 20, 0.7))

    fix, _ = decoded(capsys, str(path), "--date", "2020-02-29")

    assert fix["t"] == "2020-02-29T14:13:20.000Z"


def test_devices_of_one_log_are_told_apart(tmp_path: Path, capsys):
    path = tmp_path / "log.nmea"
    path.write_bytes(log(2, tag_block("TT-07")) + log(2))

    *fixes, _ = decoded(capsys, str(path))

    assert sorted(fix.get("device", "") for fix in fixes) == ["", "", "TT-07", "TT-07"]


def test_a_log_that_is_longer_than_a_block_is_read_like_a_short_one(tmp_path: Path, capsys):
    path = tmp_path / "log.nmea"
    path.write_bytes(log(4000))

    *fixes, counts = decoded(capsys, str(path))

    assert path.stat().st_size > 3 * (1 << 18)
    assert len(fixes) == 4000
    assert len({fix["t"] for fix in fixes}) == 4000
    assert counts["rejects"] == {}


def test_without_json_there_is_a_table(tmp_path: Path, capsys):
    path = tmp_path / "log.nmea"
    path.write_bytes(log(2) + b"hello\n")

    assert main(["decode", str(path)]) == 0
    out = capsys.readouterr().out

    assert out.startswith("time ")
    assert "2 fixes of 7 lines" in out
    assert "1  neither an NMEA sentence nor a JSON object" in out


@pytest.mark.parametrize("more", [[], ["--json"]])
def test_a_file_that_cannot_be_read_is_said_before_anything_is_printed(tmp_path: Path, capsys, more):
    path = tmp_path / "log.nmea"
    path.write_bytes(log(2))

    code = main(["decode", str(path), str(tmp_path / "no.nmea"), *more])
    said = capsys.readouterr()

    assert code == 2
    assert said.out == ""
    assert "expected a file that can be read, found: No such file or directory" in said.err


def test_a_day_that_is_none_is_refused(tmp_path: Path, capsys):
    path = tmp_path / "log.nmea"
    path.write_bytes(log(1))

    assert main(["decode", str(path), "--date", "yesterday"]) == 2
    assert "--date: expected a day such as 2026-11-24, found 'yesterday'" in capsys.readouterr().err


def test_standard_input_is_read_where_the_file_is_a_dash():
    done = subprocess.run(
        [sys.executable, "-m", "ui.main", "decode", "-", "--json"],
        input=log(2), capture_output=True, timeout=60, check=False, cwd=Path(__file__).parents[1],
    )  # fmt: skip
    lines = [json.loads(line) for line in io.BytesIO(done.stdout)]

    assert done.returncode == 0
    assert len(lines) == 3
    assert lines[-1]["fixes"] == 2


def test_fixes_are_given_in_a_zone_of_the_national_grid_too(tmp_path: Path, capsys):
    file = tmp_path / "a.nmea"
    file.write_bytes(encode_gga(1_790_000_000_000_000_000, 121.85, 30.62, 5.0, 10.0, 4, 20, 0.7))

    assert main(["decode", str(file), "--json", "--grid", "4549"]) == 0
    row = json.loads(capsys.readouterr().out.splitlines()[0])
    assert row["east"] == pytest.approx(677_394.558, abs=2e-3)
    assert row["north"] == pytest.approx(3_390_304.192, abs=2e-3)
    assert main(["decode", str(file), "--grid", "4549"]) == 0
    assert "677394.558" in capsys.readouterr().out


def test_a_grid_that_is_none_is_refused_before_anything_is_printed(tmp_path: Path, capsys):
    file = tmp_path / "a.nmea"
    file.write_bytes(b"")

    assert main(["decode", str(file), "--grid", "32651"]) == 2
    told = capsys.readouterr()
    assert told.out == ""
    assert "expected EPSG 4491 to 4554" in told.err


def test_fixes_outside_the_zone_are_told_on_stderr_alone(tmp_path: Path, capsys):
    file = tmp_path / "a.nmea"
    file.write_bytes(encode_gga(1_790_000_000_000_000_000, 117.0, 30.62, 5.0, 10.0, 4, 20, 0.7))

    assert main(["decode", str(file), "--json", "--grid", "4549"]) == 0
    told = capsys.readouterr()
    assert "1 of 1 fixes lie outside grid 4549, whose meridian is 120 degrees" in told.err
    assert len(told.out.splitlines()) == 2
    assert main(["decode", str(file), "--grid", "4548"]) == 0
    told = capsys.readouterr()
    assert told.err == ""
    assert "east m" in told.out.splitlines()[0]


@pytest.mark.parametrize("command", ["decode", "relocate", "premarshal"])
def test_a_named_pipe_is_refused_and_not_waited_for(tmp_path: Path, capsys, command: str):
    pipe = tmp_path / "pipe.jsonl"
    os.mkfifo(pipe)

    assert main([command, str(pipe)]) == 2
    told = capsys.readouterr()
    assert told.out == ""
    assert "expected a regular file, found a named pipe" in told.err


@pytest.mark.parametrize("command", ["relocate", "premarshal"])
def test_a_file_without_a_bay_is_refused(tmp_path: Path, capsys, command: str):
    file = tmp_path / "none.jsonl"
    file.write_text("\n")

    assert main([command, str(file)]) == 2
    told = capsys.readouterr()
    assert told.out == ""
    assert "found none" in told.err
