"""What ``yard-twin decode`` says of times without a date, refused lines, and logs without a fix."""

import datetime
import gzip
import json
import os
import signal
import subprocess
import sys
from collections.abc import Callable
from functools import partial
from pathlib import Path

import pytest

from sensors.nmea import encode_gga, encode_rmc, sentence
from ui.cli import loading
from ui.main import main

S, T_NS = 1_000_000_000, 1_790_000_000_000_000_000
DAY_NS = 86_400_000_000_000


def ns(text: str) -> int:
    return round(datetime.datetime.fromisoformat(text).timestamp()) * 1_000_000_000


def gga(t_ns: int) -> bytes:
    return encode_gga(t_ns, 121.5, 31.2, 10.0, 9.5, 4, 20, 0.7)


def decoded(path: Path, capsys, *more: str) -> tuple[list[dict], dict, str]:
    code = main(["decode", str(path), "--json", *more])
    told = capsys.readouterr()
    *fixes, counts = (json.loads(line) for line in told.out.splitlines())
    assert code == int(not counts["sentences"])  # 1 where nothing could be read
    return fixes, counts, told.err


@pytest.mark.parametrize(
    ("written", "clock", "dated"),
    [
        ("2026-11-27T22:45:00+00:00", "09:27:51", "2026-11-27T09:27:51"),
        ("2026-11-27T22:45:00+00:00", "22:44:59", "2026-11-27T22:44:59"),
        ("2026-11-27T22:45:00+00:00", "22:45:30", "2026-11-27T22:45:30"),  # clocks differ a little
        ("2026-11-27T22:45:00+00:00", "22:46:30", "2026-11-26T22:46:30"),
        ("2026-11-27T00:10:00+00:00", "23:50:00", "2026-11-26T23:50:00"),
        ("2026-11-27T00:10:00+00:00", "00:05:00", "2026-11-27T00:05:00"),
    ],
)
def test_a_time_without_a_date_is_the_last_such_before_the_file_was_written(
    tmp_path: Path, capsys, written: str, clock: str, dated: str
):
    path = tmp_path / "log.nmea"
    path.write_bytes(gga(ns(f"2026-01-01T{clock}+00:00")))
    os.utime(path, ns=(ns(written), ns(written)))

    (fix,), _, _ = decoded(path, capsys)

    assert fix["t"] == f"{dated}.000Z"


def test_a_log_over_midnight_without_a_date_goes_on_into_the_day_of_writing(tmp_path: Path, capsys):
    path, midnight_ns = tmp_path / "log.nmea", ns("2026-11-27T00:00:00+00:00")
    path.write_bytes(b"".join(gga(midnight_ns + k * 600_000_000_000) for k in range(-2, 2)))
    os.utime(path, ns=(midnight_ns + 660_000_000_000,) * 2)

    fixes, _, _ = decoded(path, capsys)

    assert [fix["t"][:16] for fix in fixes] == [
        "2026-11-26T23:40", "2026-11-26T23:50", "2026-11-27T00:00", "2026-11-27T00:10",
    ]  # fmt: skip


def test_positions_before_the_first_date_of_a_log_are_of_its_day_and_not_of_the_files(tmp_path: Path, capsys):
    path, t_ns = tmp_path / "log.nmea", ns("2015-02-25T07:41:50+00:00")
    dated_ns = t_ns + 2_000_000_000
    path.write_bytes(
        gga(t_ns) + gga(t_ns + 1_000_000_000) + gga(dated_ns) + encode_rmc(dated_ns, 121.5, 31.2, 1.0, 0.0)
    )

    fixes, _, _ = decoded(path, capsys)

    assert [fix["t"][:10] for fix in fixes] == ["2015-02-25"] * 3


def test_refused_lines_are_told_by_their_numbers_on_stderr(tmp_path: Path, capsys):
    path = tmp_path / "log.nmea"
    good = gga(ns("2026-01-01T00:00:00+00:00"))
    path.write_bytes(b"# a comment\n" + good + b"hello\n\n" + good[:-6] + b"*00\r\n" + b"hello\n")

    _, counts, told = decoded(path, capsys)

    assert sum(counts["rejects"].values()) == 3
    assert f"file {str(path)!r}, line 3: neither an NMEA sentence nor a JSON object: 'hello'" in told
    assert f"file {str(path)!r}, line 5: wrong checksum: '$GNGGA,000000" in told
    assert ", line 6: neither an NMEA sentence" in told


def test_a_line_that_is_cut_in_its_quote_has_dots_behind_it_and_a_short_one_none(tmp_path: Path, capsys):
    path = tmp_path / "log.nmea"
    path.write_bytes(b"x" * 60 + b"\n" + b"y" * 61 + b"\n")

    _, _, told = decoded(path, capsys)

    assert f"{'x' * 60!r}\n" in told
    assert f"{'y' * 60!r}...\n" in told


def test_a_flood_of_refused_lines_is_told_in_part_with_how_many_more(tmp_path: Path, capsys):
    path = tmp_path / "log.nmea"
    path.write_bytes(b"hello\n" * 500)

    _, counts, told = decoded(path, capsys)

    assert counts["rejects"] == {"neither an NMEA sentence nor a JSON object": 500}
    assert ", line 10: " in told
    assert ", line 11: " not in told
    assert "490 refused more, see the counts" in told


def test_line_numbers_go_on_over_the_blocks_in_which_a_log_is_read(tmp_path: Path, capsys):
    path, t_ns = tmp_path / "log.nmea", ns("2026-01-01T00:00:00+00:00")
    path.write_bytes(b"".join(gga(t_ns + k * 1_000_000_000) for k in range(4_000)) + b"hello\n")

    _, _, told = decoded(path, capsys)

    assert path.stat().st_size > 1 << 18
    assert ", line 4001: neither" in told


def test_sentences_without_a_position_are_counted_by_what_they_say(tmp_path: Path, capsys):
    path, t_ns = tmp_path / "log.nmea", ns("2026-01-01T00:00:00+00:00")
    dark = sentence("GNGGA,000001.00,,,,,0,00,99.9,,M,,M,,") + sentence(
        "GNRMC,000001.00,V,,,,,,,010126,,,N,V"
    )
    path.write_bytes(gga(t_ns) + 3 * dark)

    fixes, counts, told = decoded(path, capsys)

    assert len(fixes) == counts["fixes"] == 1
    assert counts["without_position"] == {"GGA of quality 0": 3, "RMC of status V": 3}
    assert counts["rejects"] == {}
    assert told == ""
    assert main(["decode", str(path)]) == 0
    assert "without a position:\n        3  GGA of quality 0" in capsys.readouterr().out


@pytest.mark.parametrize(
    ("body", "said"),
    [
        ("GNGGA,000001.00,,,,,0,00,99.9,,M,,M,,", "no fix in 1 line: 1 GGA of quality 0"),
        ("GNGGAH,000001.00,3112.0,N,12130.0,E,4,20,0.7,10.0,M,9.5,M,,", "1 GGAH alone, of a second antenna"),
        ("GNGNS,000001.00,3112.0,N,12130.0,E,AA,20,0.7,10.0,9.5,,", "no fix in 1 line: 1 GNS, not read"),
        ("PASHR,x,1", "none is a GGA, RMC or KSXT, the most are 1 PASHR"),
    ],
)
def test_a_log_without_a_fix_says_why(tmp_path: Path, capsys, body: str, said: str):
    path = tmp_path / "log.nmea"
    path.write_bytes(sentence(body))

    fixes, _, told = decoded(path, capsys)

    assert fixes == []
    assert said in told


@pytest.mark.parametrize(
    ("packed", "said"),
    [
        (gzip.compress, "it is packed by gzip, unpack it first"),
        (lambda log: log.decode().encode("utf-16"), "it is text in UTF-16, save it in UTF-8"),
    ],
    ids=["gzip", "UTF-16"],
)
def test_a_file_that_is_no_log_is_told_what_it_is(
    tmp_path: Path, capsys, packed: Callable[[bytes], bytes], said: str
):
    path = tmp_path / "log.nmea"
    path.write_bytes(packed(sentence("GNGGA,000001.00,3112.0,N,12130.0,E,4,20,0.7,10.0,M,9.5,M,,")))

    fixes, _, told = decoded(path, capsys)

    assert fixes == []
    assert said in told


def test_an_interrupt_ends_with_the_counts_so_far_and_says_so():
    """What is piped in stops after some fixes, which are read by then; the end of it never comes."""
    words = [sys.executable, "-m", "ui.main", "decode", "-", "--json"]
    with subprocess.Popen(words, stdin=-1, stdout=-1, stderr=-1, cwd=Path(__file__).parents[1]) as process:
        assert process.stdin is not None
        assert process.stdout is not None
        process.stdin.write(b"".join(encode_rmc(T_NS + k * S, 121.5, 31.2, 3.0, 1.0) for k in range(700)))
        process.stdin.flush()
        first = process.stdout.readline()
        process.send_signal(signal.SIGINT)
        rest, err = process.communicate(timeout=60)

    counts = json.loads(rest.splitlines()[-1])
    assert (process.returncode, b'"t":' in first) == (130, True)
    assert counts["interrupted"] is True
    assert 0 < counts["fixes"] <= counts["sentences"]["RMC"]
    assert b"interrupted" in err


def test_how_far_a_log_is_read_is_told(tmp_path: Path, capsys, monkeypatch):
    path = tmp_path / "log.nmea"
    path.write_bytes(encode_rmc(T_NS, 121.5, 31.2, 3.0, 1.0))
    monkeypatch.setattr(loading, "Progress", partial(loading.Progress, 0.0))

    assert main(["decode", str(path), "--json"]) == 0

    assert "0 of 0 MB read, 0 fixes" in capsys.readouterr().err
