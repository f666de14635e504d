"""What the doctor finds of sources, clocks, frames and a site's calibration."""

import contextlib
import re
import socket
import sys
import threading
import time
from pathlib import Path

import numpy as np
import pytest

from layouts.generator import compact_yard
from sensors.nmea import encode_gga, encode_rmc, sentence
from twin.datum import Reference, from_cgcs2000
from twin.frames import YardFrame
from ui import main
from ui.checkup import check_sources
from ui.findings import Mark, clock_advice, span

YARD = compact_yard()
FRAME = YardFrame.of(YARD.georeference)


MACHINE = '[source.machines]\nwalk = { machine = "walk", kind = "reach_stacker" }\n'


def lines(x_m: float, y_m: float, t_ns: int, count: int = 5) -> bytes:
    lon, lat, h = (float(value[0]) for value in FRAME.geodetic_from_yard(np.array([[x_m, y_m, 3.0]])))
    out = []
    for k in range(count):
        t = t_ns + k * 100_000_000
        out += [encode_gga(t, lon, lat, h - 10.0, 10.0, 4, 20, 0.7), encode_rmc(t, lon, lat, 0.0, 0.0)]
    return b"".join(out)


def config(tmp_path: Path, text: str) -> Path:
    path = tmp_path / "sources.toml"
    path.write_text(text, "utf-8")
    return path


def logged(tmp_path: Path, x_m: float, more: str = "", after: str = "") -> Path:
    (tmp_path / "walk.nmea").write_bytes(lines(x_m, 10.0, 1_790_000_000_000_000_000))
    return config(
        tmp_path, f'[[source]]\nname = "walk"\naddress = "file:walk.nmea"\n{more}\n{MACHINE}{after}'
    )


def served(clock_off_s: float) -> tuple[socket.socket, int]:
    """Send fixes to whoever connects, by a clock that is off."""
    server = socket.create_server(("127.0.0.1", 0))

    def serve() -> None:
        peer, _ = server.accept()
        with peer, contextlib.suppress(OSError):
            for _ in range(20):
                peer.sendall(lines(10.0, 10.0, time.time_ns() + round(clock_off_s * 1e9), 1))
                time.sleep(0.05)

    threading.Thread(target=serve, daemon=True).start()
    return server, int(server.getsockname()[1])


def test_a_log_of_this_yard_is_good_in_every_respect(tmp_path: Path):
    found = check_sources(YARD, config=logged(tmp_path, 10.0), wait_s=1.0)

    assert [one.name for one in found] == ["source walk", "clock walk", "frame walk", "place walk, walk"]
    assert all(one.good for one in found)
    assert "inside" in found[3].found


def test_a_first_fix_elsewhere_is_told_with_how_far_it_is(tmp_path: Path):
    found = check_sources(YARD, config=logged(tmp_path, 5_000.0), wait_s=1.0)

    assert not found[3].good
    assert "m outside" in found[3].found
    assert str(found[3]).startswith("wrong     place walk, walk: expected its first fix within 200 m")
    lat, lon = (float(word) for word in found[3].found.split(", ")[:2])
    assert f"--site {lat:.4f},{lon:.4f} puts it there" in str(found[3])


def test_a_source_that_sends_nothing_is_found(tmp_path: Path):
    with socket.create_server(("127.0.0.1", 0)) as server:
        port = server.getsockname()[1]
        path = config(tmp_path, f'[[source]]\nname = "mute"\naddress = "tcp:127.0.0.1:{port}"\n')
        found, *rest = check_sources(YARD, config=path, wait_s=0.5)

    assert not found.good
    assert found.name == "source mute"
    assert found.found.startswith("0 lines")
    assert "let it send NMEA or JSON lines" in str(found)
    assert [one.mark for one in rest] == [Mark.UNKNOWN, Mark.NOTE, Mark.UNKNOWN]


@pytest.mark.parametrize(
    ("scheme", "host", "more", "said", "advice"),
    [
        ("udp", "127.0.0.1", "", "nothing has come yet", "at 127.0.0.1 this machine itself is heard alone"),
        ("udp", "0.0.0.0", "", "nothing has come yet", "name the device's network in `allow`"),
        (
            "tcp-listen",
            "0.0.0.0",
            'allow = ["10.1.0.0/16"]',
            "no device has connected yet",
            "10.1.0.0/16 alone",
        ),
    ],
)
def test_a_port_to_which_nobody_sends_is_told_as_listening_and_not_as_connected(
    tmp_path: Path, scheme: str, host: str, more: str, said: str, advice: str
):
    kind = socket.SOCK_DGRAM if scheme == "udp" else socket.SOCK_STREAM
    with socket.socket(socket.AF_INET, kind) as free:
        free.bind((host, 0))
        port = free.getsockname()[1]
    path = config(tmp_path, f'[[source]]\nname = "port"\naddress = "{scheme}:{host}:{port}"\n{more}\n')
    found, *_ = check_sources(YARD, config=path, wait_s=0.5)

    assert found.mark is Mark.WRONG
    where = f"{'UDP' if scheme == 'udp' else 'TCP'} {host}:{port}"
    assert re.fullmatch(rf"0 lines \(listens on {where} since \d\d:\d\d:\d\dZ, {said}\)", found.found)
    assert f"to port {port} of this machine; " in found.advice
    assert advice in found.advice


@pytest.mark.parametrize(("off_s", "good"), [(0.0, True), (20.0, False), (-3600.0, False)])
def test_a_clock_is_held_against_this_machines(tmp_path: Path, off_s: float, good: bool):
    server, port = served(off_s)
    with server:
        path = config(tmp_path, f'[[source]]\nname = "base"\naddress = "tcp:127.0.0.1:{port}"\n')
        found = check_sources(YARD, config=path, wait_s=5.0)

    clock = next(one for one in found if one.name == "clock base")
    assert clock.good is good


def surveyed(tmp_path: Path, off_m: dict[int, tuple[float, float, float]], count: int = 4) -> Path:
    """Write a log's file of sources with surveyed points, some of them off beside a common shift."""
    corners = np.array([(0.0, 0.0, 4.0), (200.0, 10.0, 4.5), (180.0, 150.0, 5.0), (0.0, 160.0, 4.0)])[:count]
    shown = corners + np.array((0.4, -0.3, 0.05))
    for row, off in off_m.items():
        shown[row] += off
    points = ",".join(
        f'{{ name = "P{k}", measured = {m.tolist()}, surveyed = {s.tolist()} }}'
        for k, (m, s) in enumerate(
            zip(
                np.column_stack(FRAME.geodetic_from_yard(shown)),
                np.column_stack(FRAME.geodetic_from_yard(corners)),
                strict=True,
            )
        )
    )
    return logged(tmp_path, 10.0, after=f"[calibration]\npoints = [{points}]\n")


def test_residuals_of_a_calibration_are_shown_and_one_over_the_limit_is_wrong(tmp_path: Path):
    found = check_sources(YARD, config=surveyed(tmp_path, {2: (0.3, 0.0, 0.0)}), wait_s=1.0)

    named = {one.name: one for one in found}
    assert not named["calibration"].good
    assert "shift" in named["calibration"].found
    assert sum(name.startswith("calibration point") for name in named) == 4
    assert "east" in named["calibration point P2"].found


@pytest.mark.parametrize("off_m", [0.3, 60.0])
def test_the_point_that_is_off_is_wrong_and_those_that_agree_without_it_are_right(
    tmp_path: Path, off_m: float
):
    found = check_sources(YARD, config=surveyed(tmp_path, {1: (off_m, 0.0, 0.0)}), wait_s=1.0)

    named = {one.name: one for one in found}
    marks = [named[f"calibration point P{k}"].mark for k in range(4)]
    assert marks == [Mark.OK, Mark.WRONG, Mark.OK, Mark.OK]
    assert "by the fit without P1" in named["calibration point P1"].found
    assert re.match(r"east -(30\.0 cm|60\.00 m), north", named["calibration point P1"].found)
    assert "without P1 the others agree to 0.0 cm" in named["calibration"].advice


def test_a_calibration_that_cannot_be_does_not_end_the_other_checks(tmp_path: Path):
    off = {0: (300.0, 0.0, 0.0), 2: (0.0, 300.0, 0.0)}
    found = {one.name: one for one in check_sources(YARD, config=surveyed(tmp_path, off), wait_s=1.0)}

    assert found["calibration"].mark is Mark.WRONG
    assert found["calibration"].expected.startswith("a turn to")
    assert "looked at without a calibration" in found["calibration"].advice
    assert found["calibration point P0"].found.startswith("east -300.40 m, north +30.")
    assert found["calibration point P1"].found.startswith("east -40.0 cm, north +30.0 cm")
    assert found["source walk"].mark is Mark.OK
    assert "inside" in found["place walk, walk"].found


def test_two_points_are_told_with_how_far_they_are_from_where_they_were_measured(tmp_path: Path):
    found = {one.name: one for one in check_sources(YARD, config=surveyed(tmp_path, {}, 2), wait_s=1.0)}

    assert found["calibration"].expected == "3 or more points"
    assert found["calibration point P1"].found == (
        "east -40.0 cm, north +30.0 cm, up -5.0 cm, nothing fitted"
    )


def test_a_frame_is_applied_before_the_fence_is_looked_at(tmp_path: Path):
    reference = Reference("WGS 84", 2026.9)
    lon, lat, h = from_cgcs2000(reference, *FRAME.geodetic_from_yard(np.array([[10.0, 10.0, 3.0]])))
    (tmp_path / "walk.nmea").write_bytes(
        b"".join(
            encode_gga(10**8 * k, float(lon[0]), float(lat[0]), float(h[0]) - 9, 9.0, 4, 20, 0.7)
            for k in range(17_900_000_000, 17_900_000_003)
        )
    )
    text = '[[source]]\nname = "walk"\naddress = "file:walk.nmea"\nframe = "WGS 84"\nepoch = 2026.9\n'
    found = check_sources(YARD, config=config(tmp_path, text), wait_s=1.0)
    at = [float(word) for word in found[3].found.split(", ")[:2]]
    back = FRAME.yard_from_geodetic([at[1]], [at[0]], [0.0])[0]

    assert np.hypot(back[0] - 10.0, back[1] - 10.0) < 0.02


def test_the_command_ends_with_one_where_something_is_wrong_and_two_where_the_file_is(tmp_path: Path, capsys):
    wrong = main.main(
        ["doctor", "--layout", "compact", "--sources", str(logged(tmp_path, 9_000.0)), "--seconds", "2"]
    )
    told = capsys.readouterr().out
    none = main.main(["doctor", "--sources", str(tmp_path / "no.toml")])

    assert wrong == 1
    assert "wrong     place walk, walk" in told
    printed = capsys.readouterr()
    assert none == 2
    assert "expected a file that can be read" in printed.err
    assert printed.out == ""


def test_sources_are_checked_also_where_there_is_no_display(tmp_path: Path, monkeypatch, capsys):
    monkeypatch.delenv("DISPLAY", raising=False)
    monkeypatch.delenv("WAYLAND_DISPLAY", raising=False)

    code = main.main(
        ["doctor", "--layout", "compact", "--sources", str(logged(tmp_path, 9_000.0)), "--seconds", "1"]
    )

    assert code == 1
    assert "wrong     place walk, walk" in capsys.readouterr().out


def refused_port() -> int:
    """Give a port of this machine on which nobody listens."""
    with socket.create_server(("127.0.0.1", 0)) as server:
        return int(server.getsockname()[1])


@pytest.mark.parametrize("by_file", [False, True])
def test_a_receiver_that_nobody_hears_is_wrong_though_its_machine_is_announced(tmp_path: Path, by_file: bool):
    address = f"tcp:127.0.0.1:{refused_port()}"
    path = config(tmp_path, f'[[source]]\nname = "walk"\naddress = "{address}"\n{MACHINE}')
    how = {"config": path} if by_file else {"specs": [f"{address}?device=walk&kind=reach_stacker"]}
    found = {one.name: one for one in check_sources(YARD, wait_s=1.0, **how)}

    assert found["source walk"].mark is Mark.WRONG
    assert found["source walk"].found.startswith("0 lines (cannot connect")
    assert "look at address and port" in str(found["source walk"])
    assert str(found["clock walk"]).startswith("not known clock walk")
    assert str(found["place walk"]).startswith("not known place walk")
    assert not found["clock walk"].good
    assert not found["place walk"].good


def test_a_source_without_a_fix_is_told_with_what_its_sentences_say(tmp_path: Path):
    body = "GNGGA,014200.00,,,,,0,00,99.9,,M,,M,,"
    (tmp_path / "dark.nmea").write_bytes(sentence(body) * 3 + b"hello\n")
    found = {one.name: one for one in check_sources(YARD, specs=[f"file:{tmp_path}/dark.nmea"], wait_s=0.3)}

    place = found["place dark.nmea"]
    assert place.mark is Mark.UNKNOWN
    assert "3 GGA of quality 0" in place.found
    assert "no fix yet: look at its antenna" in place.advice
    assert "1 neither an NMEA sentence" in place.found


def test_bytes_of_which_none_can_be_read_are_no_good_source(tmp_path: Path):
    (tmp_path / "noise.nmea").write_bytes(b"hello\n" * 5)
    found = check_sources(YARD, specs=[f"file:{tmp_path}/noise.nmea"], wait_s=0.3)

    assert found[0].mark is Mark.WRONG
    assert "refused: 5 neither an NMEA sentence" in found[0].found


def test_a_source_that_belongs_to_no_place_is_asked_for_none(tmp_path: Path):
    wind = b'{"type":"wind","device":"MAST","t_ns":1790000000000000000,'
    wind += b'"speed_mps":3.0,"gust_mps":4.0,"from_deg":9.0}\n'
    (tmp_path / "wind.json").write_bytes(wind * 3)
    found = check_sources(YARD, specs=[f"file:{tmp_path}/wind.json?device=MAST"], wait_s=0.3)

    assert all(one.good for one in found), [str(one) for one in found]
    assert "it sends 3 wind" in str(found[-1])


@pytest.mark.parametrize(
    ("stated", "mark", "said"),
    [
        ("", Mark.NOTE, "CGCS2000 at epoch 2000.0, not stated: assumed"),
        ('frame = "CGCS2000"', Mark.OK, "CGCS2000 at epoch 2000.0"),
        ('frame = "ITRF2020"\nepoch = 2026.9', Mark.OK, "ITRF2020 at epoch 2026.9, plate EURA"),
    ],
)
def test_frame_and_epoch_are_told_and_whether_they_were_stated(
    tmp_path: Path, stated: str, mark: Mark, said: str
):
    found = {one.name: one for one in check_sources(YARD, config=logged(tmp_path, 10.0, stated), wait_s=1.0)}

    assert (found["frame walk"].mark, found["frame walk"].found) == (mark, said)


def test_a_place_for_maps_of_any_name_is_told(tmp_path: Path):
    placed = "map = { lon_deg = 121.6, lat_deg = 31.3 }\nmaps = { hall = { lon_deg = 121, lat_deg = 31 } }"
    found = {one.name: one for one in check_sources(YARD, config=logged(tmp_path, 10.0, placed), wait_s=1.0)}
    named = placed.partition("\n")[2]

    assert found["map walk"].mark is Mark.NOTE
    assert "one place for all maps but hall" in str(found["map walk"])
    assert "map walk" not in {
        one.name for one in check_sources(YARD, config=logged(tmp_path, 10.0, named), wait_s=1.0)
    }


def test_a_source_of_the_command_line_is_told_that_its_frame_is_assumed(tmp_path: Path):
    logged(tmp_path, 10.0)
    spec = f"file:{tmp_path}/walk.nmea?device=walk&kind=reach_stacker"
    found = {one.name: one for one in check_sources(YARD, specs=[spec], wait_s=1.0)}

    assert "not stated: assumed; state frame and epoch in a file for --sources" in str(found["frame walk"])
    assert "machine walk, walk" not in found


def test_a_machine_whose_kind_nobody_tells_is_wrong_with_where_to_tell_it(tmp_path: Path):
    logged(tmp_path, 10.0)
    found = {one.name: one for one in check_sources(YARD, specs=[f"file:{tmp_path}/walk.nmea"], wait_s=1.0)}

    assert not found["machine walk.nmea, walk.nmea"].good
    assert "?device=NAME&kind=KIND" in str(found["machine walk.nmea, walk.nmea"])


@pytest.mark.parametrize(
    ("late_s", "said"),
    [
        (-18.02, "GPS time"),
        (-28_800.3, "local time"),
        (619_315_200.0, "1024 weeks"),
        (2e7, "recording"),
        (5.0, "NTP"),
    ],
)
def test_a_clock_that_is_off_is_told_what_usually_does_that(late_s: float, said: str):
    assert said in clock_advice(late_s)


def test_spans_are_told_in_units_that_fit_them():
    spans = [span(s) for s in (3.25, 725.0, 18_200.0, 211_281_593.245)]
    assert spans == ["3.250 s", "12 min 5 s", "5 h 3 min", "2,445 days"]


def test_a_clock_far_off_is_told_with_the_date_that_it_shows(tmp_path: Path):
    server, port = served(-211_281_593.0)
    with server:
        found = check_sources(YARD, specs=[f"tcp:127.0.0.1:{port}?device=walk&kind=rtg"], wait_s=2.0)

    clock = next(one for one in found if one.name == "clock walk")
    assert re.search(r"found 2,445 days behind it: the last is 20\d\d-\d\d-\d\d", str(clock))


def test_a_machine_without_a_display_is_good_enough_for_a_server(monkeypatch, capsys):
    if sys.platform != "linux":
        pytest.skip("only Linux tells by a variable whether there is a display")
    for name in ("DISPLAY", "WAYLAND_DISPLAY", "QT_QPA_PLATFORM"):
        monkeypatch.delenv(name, raising=False)

    code = main.main(["doctor"])
    told = capsys.readouterr().out
    assert "note      display: none" in told
    assert code == ("\nmissing " in told)


@pytest.mark.skipif(sys.platform != "linux", reason="elsewhere the system itself finds fonts, not fontconfig")
def test_a_machine_without_chinese_fonts_is_told_so(tmp_path: Path, monkeypatch, capsys):
    (tmp_path / "fonts.conf").write_text('<?xml version="1.0"?><fontconfig></fontconfig>', "utf-8")
    monkeypatch.setenv("FONTCONFIG_FILE", str(tmp_path / "fonts.conf"))

    assert main.main(["doctor"]) == 1
    assert "none of them Chinese; on Debian run" in capsys.readouterr().out
