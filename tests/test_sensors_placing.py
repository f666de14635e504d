"""Frames of sources and the calibration of a site, applied where a decoder reads their positions."""

import json
import re
from pathlib import Path

import numpy as np
import pytest

from sensors.decoder import Decoder
from sensors.gates import inside
from sensors.nmea import encode_gga, encode_hdt, tag_block
from sensors.rules import RULES_SOURCE, Rules, SourceRules, write_rules
from sensors.sources import HotSources, SourceError
from sensors.sources.config import calibration_of, rules_of
from sensors.sources.reading import read_config, read_usable
from twin.clock import ManualClock
from twin.datum import Reference, from_cgcs2000
from twin.frames import YardFrame
from twin.inputs import RawChunk
from twin.snapshot import Link
from twin.surveying import grid_from_geodetic

T_NS = 1_790_000_000_000_000_000
LON, LAT, H = 121.85, 30.62, 15.0
TODAY = Reference("WGS 84", 2026.9)
YARD = YardFrame(LON, LAT, 0.0, 0.0)


def gga(device: str, lon: float, lat: float, h: float, step: int = 0) -> bytes:
    tag = tag_block(device) if device else b""
    return encode_gga(T_NS + step * 10**8, lon, lat, h - 9.0, 9.0, 4, 20, 0.7, tag=tag)


def away_m(batch, device: str) -> np.ndarray:
    rows = [row for row, place in enumerate(batch.fixes.device) if batch.devices[place] == device]
    at = YARD.yard_from_geodetic(batch.fixes.lon_deg[rows], batch.fixes.lat_deg[rows], batch.fixes.h_m[rows])
    return np.hypot(at[:, 0], at[:, 1])


def decoded(rules: Rules, *chunks: tuple[str, bytes]):
    decoder = Decoder(rules=rules)
    found = decoder.decode([RawChunk(source, T_NS, data) for source, data in chunks])
    assert not found.rejects
    return found


def test_each_source_is_in_its_own_frame():
    there = [float(value[0]) for value in from_cgcs2000(TODAY, [LON], [LAT], [H])]
    batch = decoded(
        Rules({"ppp": SourceRules(reference=TODAY), "base": SourceRules()}),
        ("ppp", gga("TT-01", *there) + gga("TT-01", *there, step=1)),
        ("base", gga("TT-02", LON, LAT, H) + gga("TT-02", LON, LAT, H, step=1)),
        ("other", gga("TT-03", *there) + gga("TT-03", *there, step=1)),
    )

    assert away_m(batch, "TT-01").max() < 1e-3
    assert away_m(batch, "TT-02").max() < 1e-3
    assert away_m(batch, "TT-03").min() > 0.7
    rows = batch.fixes.device == batch.devices.index("TT-01")
    assert np.abs(batch.fixes.h_m[rows] - H).max() < 2e-3


def test_positions_in_json_are_moved_alike():
    lon, lat, h = (float(value[0]) for value in from_cgcs2000(TODAY, [LON], [LAT], [H]))
    line = {"type": "position", "device": "AGV-1", "t_ns": T_NS, "lon_deg": lon, "lat_deg": lat, "h_m": h}
    batch = decoded(Rules({"ppp": SourceRules(reference=TODAY)}), ("ppp", json.dumps(line).encode() + b"\n"))

    assert away_m(batch, "AGV-1").max() < 1e-4


def test_an_epoch_that_is_given_out_later_is_still_of_its_source():
    lon, lat, h = (float(value[0]) for value in from_cgcs2000(TODAY, [LON], [LAT], [H]))
    decoder = Decoder(rules=Rules({"ppp": SourceRules(reference=TODAY)}))
    decoder.decode([RawChunk("ppp", T_NS, gga("TT-01", lon, lat, h))])
    kept = decoder.memory()
    other = Decoder()
    other.recall(kept)

    assert away_m(decoder.finish(), "TT-01").max() < 1e-3
    assert away_m(other.finish(), "TT-01").max() < 1e-3


SHIFT_M = np.array((0.42, -0.31, 0.05))
CORNERS_M = np.array([(0.0, 0.0, 4.0), (800.0, 30.0, 4.5), (750.0, 400.0, 5.0)])


def site(tmp_path: Path, shown_m: np.ndarray, more: str = "", grid: int = 0) -> Path:
    """Write a file whose receivers show the corners at ``shown_m``."""
    measured = np.column_stack(YARD.geodetic_from_yard(shown_m))
    surveyed = np.column_stack(YARD.geodetic_from_yard(CORNERS_M))
    if grid:
        surveyed[:, :2] = np.column_stack(grid_from_geodetic(grid, surveyed[:, 0], surveyed[:, 1]))
    points = ",\n".join(
        f'{{ name = "P{k}", measured = {m.tolist()}, surveyed = {s.tolist()} }}'
        for k, (m, s) in enumerate(zip(measured, surveyed, strict=True))
    )
    path = tmp_path / "sources.toml"
    path.write_text(
        f'[[source]]\nname = "base"\naddress = "tcp:192.0.2.7:5017"\n[calibration]\npoints = [{points}]\n'
        f"grid = {grid}\n{more}\n"
    )
    return path


@pytest.mark.parametrize("grid", [0, 4550])
def test_a_calibrated_site_shows_positions_where_the_survey_has_them(tmp_path: Path, grid: int):
    config = read_config(site(tmp_path, CORNERS_M + SHIFT_M, grid=grid))
    rules = rules_of(config)
    lon, lat, h = (float(v[0]) for v in YARD.geodetic_from_yard(np.array([[0.42, -0.31, 20.05]])))
    batch = decoded(rules, ("base", gga("TT-01", lon, lat, h) + gga("TT-01", lon, lat, h, step=1)))

    assert away_m(batch, "TT-01").max() < 1e-3
    assert batch.fixes.h_m == pytest.approx(20.0, abs=2e-3)
    assert rules.calibration is not None
    assert rules.calibration.worst_m < 1e-3


def test_rules_with_frames_and_calibration_are_the_same_after_the_stream(tmp_path: Path):
    config = read_config(site(tmp_path, CORNERS_M + SHIFT_M))
    entry = config.source[0]
    rules = rules_of(config)
    rules = Rules({entry.name: SourceRules(reference=TODAY)}, calibration=rules.calibration)
    decoder = Decoder()
    decoder.decode([RawChunk(RULES_SOURCE, T_NS, write_rules(rules))])

    assert decoder.rules == rules


def test_rules_with_a_frame_that_cannot_be_change_nothing():
    rules = write_rules(Rules({"a": SourceRules(reference=TODAY)})).replace(b"WGS 84", b"GCJ-02")
    decoder = Decoder(rules=Rules({"a": SourceRules(device="TT-09")}))
    decoder.decode([RawChunk(RULES_SOURCE, T_NS, rules)])

    assert decoder.rules.sources["a"].device == "TT-09"


def test_points_measured_today_are_brought_to_the_epoch_of_the_survey_first(tmp_path: Path):
    lon, lat, h = from_cgcs2000(TODAY, *YARD.geodetic_from_yard(CORNERS_M))
    shown = YARD.yard_from_geodetic(lon, lat, h)
    config = read_config(site(tmp_path, shown, 'frame = "WGS 84"\nepoch = 2026.9'))
    assert config.calibration is not None

    found = calibration_of(config.calibration)
    assert abs(found.east_m) < 1e-3
    assert abs(found.north_m) < 1e-3


@pytest.mark.parametrize(
    ("more", "said"),
    [
        ('frame = "BD-09"', "calibration.frame: expected one of CGCS2000"),
        ('frame = "ITRF2014"', "calibration.epoch: expected a year"),
        ('plate = "Mu"', "calibration.plate: expected one of EURA"),
        ("grid = 32651", "grid: expected EPSG 4491 to 4554"),
    ],
)
def test_a_wrong_calibration_is_refused_by_key(tmp_path: Path, more: str, said: str):
    path = site(tmp_path, CORNERS_M)
    path.write_text(path.read_text().replace("grid = 0", "" if "grid" in more else "grid = 0") + more)
    with pytest.raises(SourceError, match=said):
        read_config(path)


WRONG_POINTS = [
    (
        "surveyed = [389743.41, 3389419.62, 15.1]",
        "found 389743.41, 3389419.62, 15.1; east and north want grid",
    ),
    ("surveyed = [30.62, 121.85, 15.1]", "'P0', surveyed: expected longitude .* found 30.62, 121.85, 15.1"),
    ("surveyed = [121.85, 30.62, nan]", "'P0', surveyed: .* and height, found 121.85, 30.62, nan"),
    ("measured = [389743.41, 3389419.62, 15.1]", "'P0', measured: .*found 389743.41, 3389419.62, 15.1"),
    ("measured = [121.85, inf, 15.1]", "'P0', measured: .* found 121.85, inf, 15.1"),
]


@pytest.mark.parametrize(("numbers", "said"), WRONG_POINTS)
def test_points_that_are_no_degrees_are_refused_by_name_and_key(tmp_path: Path, numbers: str, said: str):
    path = with_numbers(site(tmp_path, CORNERS_M), numbers)
    with pytest.raises(SourceError, match=f"calibration, point .*{said}"):
        read_config(path)
    assert read_usable(path).calibration is None


def with_numbers(path: Path, numbers: str) -> Path:
    """Give a file the numbers of its first point."""
    key = numbers.partition(" ")[0]
    path.write_text(re.sub(rf"{key} = \[[^\]]*\]", numbers, path.read_text(), count=1))
    return path


def test_a_calibration_edited_into_metres_changes_nothing_and_is_shown(tmp_path: Path):
    clock = ManualClock(T_NS)
    path = site(tmp_path, CORNERS_M + SHIFT_M)
    sources = HotSources(path, clock=clock)
    try:
        decoder = Decoder()
        decoder.decode(sources[0].poll())
        before = decoder.rules.calibration
        with_numbers(path, "surveyed = [389743.41, 3389419.62, 15.1]")
        clock.advance(2)
        assert sources[0].poll() == ()
        assert "point 'P0', surveyed: expected longitude" in sources[0].health(clock.now_ns()).detail
        assert before is not None
        with_numbers(path, f"surveyed = {[float(v[0]) for v in YARD.geodetic_from_yard(CORNERS_M[:1])]}")
        clock.advance(2)
        decoder.decode(sources[0].poll())
        assert sources[0].health(clock.now_ns()).connected
        assert decoder.rules.calibration == before
    finally:
        sources.close()


def test_two_points_calibrate_nothing(tmp_path: Path):
    path = site(tmp_path, CORNERS_M)
    text = path.read_text()
    path.write_text(text[: text.index(',\n{ name = "P2"')] + "]\n")
    with pytest.raises(SourceError, match="expected 3 or more points, found 2"):
        read_config(path)


def spoken(*who: tuple[str, str, int]):
    """Decode a fix of TT-01 a tenth of a second, from the sources and at the seconds told."""
    decoder, taken, reasons = Decoder(), [], []
    for source, device, second in who:
        t_ns = T_NS + second * 10**9
        data = b"".join(
            encode_gga(t_ns + k * 10**8, LON, LAT, 6.0, 9.0, 4, 20, 0.7, tag=tag_block(device))
            for k in range(3)
        )
        batch = decoder.decode([RawChunk(source, t_ns + 3 * 10**8, data)])
        taken.append(len(batch.fixes))
        reasons.append({reject.reason for reject in batch.rejects})
    return taken, reasons


FOREIGN = {"device speaks from another source"}


def test_nobody_else_speaks_for_a_device_that_is_heard():
    taken, reasons = spoken(("base", "TT-01", 0), ("foreign", "TT-01", 1), ("base", "TT-01", 2))

    assert reasons == [set(), FOREIGN, set()]
    assert taken[1] == 0
    assert taken[2] >= 3


def test_another_source_may_take_a_device_over_whose_own_has_been_silent():
    taken, reasons = spoken(("base", "TT-01", 0), ("other", "TT-01", 11), ("base", "TT-01", 12))

    assert reasons == [set(), set(), FOREIGN]
    assert taken[1] >= 2


def test_two_sources_in_one_call_are_told_apart_and_the_first_is_believed():
    lines = [gga("TT-01", LON, LAT, H, step) for step in range(3)]
    decoder = Decoder()
    batch = decoder.decode([RawChunk(name, T_NS, b"".join(lines)) for name in ("base", "foreign")])

    assert [reject.reason for reject in batch.rejects] == 3 * list(FOREIGN)
    assert {reject.source for reject in batch.rejects} == {"foreign"}


def test_a_renamed_source_speaks_for_its_devices_at_once():
    decoder, lines = Decoder(), gga("TT-01", LON, LAT, H)
    before, after = (RawChunk(RULES_SOURCE, T_NS, write_rules(Rules({one: SourceRules()}))) for one in "ab")
    decoder.decode([before, RawChunk("a", T_NS, lines)])

    assert {one.reason for one in decoder.decode([RawChunk("b", T_NS, lines)]).rejects} == FOREIGN
    later = gga("TT-01", LON, LAT, H, 1)
    assert decoder.decode([after, RawChunk("b", T_NS + 10**8, later)]).rejects == ()


def test_a_position_in_json_from_another_source_does_not_speak_for_a_device_that_is_heard():
    told = {"type": "position", "device": "TT-01", "lon_deg": LON + 0.01, "lat_deg": LAT, "quality": 4}
    decoder, taken = Decoder(), []
    for step in range(20):
        t_ns = T_NS + step * 10**8
        line = json.dumps(told | {"t_ns": t_ns + 1}).encode() + b"\n"
        own = RawChunk("base", t_ns, gga("TT-01", LON, LAT, H, step))
        batch = decoder.decode([own, RawChunk("evil", t_ns, line)] if step else [own])
        taken += batch.fixes.lon_deg.tolist()
        if step:
            assert [(one.source, one.device) for one in batch.rejects] == [("evil", "TT-01")]
            assert {one.reason for one in batch.rejects} == FOREIGN

    assert len(taken) >= 18
    assert taken == pytest.approx([LON] * len(taken), abs=1e-9)


def test_a_crane_may_send_its_position_by_one_source_and_its_spreader_by_another():
    line = {"type": "crane", "device": "TT-01", "t_ns": T_NS, "locked": True}
    batch = Decoder().decode(
        [
            RawChunk("gnss", T_NS, gga("TT-01", LON, LAT, H)),
            RawChunk("plc", T_NS, json.dumps(line).encode() + b"\n"),
        ]
    )

    assert not batch.rejects
    assert len(batch.cranes) == 1


def test_a_fence_on_both_sides_of_180_degrees_holds_what_is_between_its_corners():
    corners = ((179.99, -17.01), (-179.99, -17.01), (-179.99, -16.99), (179.99, -16.99))
    lon_deg = np.array([179.995, -179.995, 180.0, -180.0, 179.98, -179.98, 0.0])

    assert inside(corners, lon_deg, np.full(7, -17.0)).tolist() == [True] * 4 + [False] * 3


def test_an_antenna_elsewhere_on_a_machine_is_brought_to_where_its_kind_has_it(tmp_path: Path):
    path = tmp_path / "sources.toml"
    path.write_text(
        '[[source]]\nname = "base"\naddress = "tcp:192.0.2.7:5017"\n[source.machines]\n'
        '"TT-01" = { machine = "TT-01", kind = "terminal_tractor", lever_arm_m = [3.9, 2.0, 4.3] }\n'
    )
    rules = rules_of(read_config(path))
    east_of_it = encode_hdt(np.pi / 2, tag=tag_block("TT-01"))
    data = b"".join(gga("TT-01", LON, LAT, H, step) + (east_of_it if step < 3 else b"") for step in range(5))
    batch = decoded(rules, ("base", data))
    xyz = YARD.yard_from_geodetic(batch.fixes.lon_deg, batch.fixes.lat_deg, batch.fixes.h_m)

    # Ahead is east, left is north: 1 m and 2 m beyond the antenna of the kind at (2.9, 0, 3.3).
    assert len(xyz) >= 4
    assert xyz == pytest.approx(np.tile((-1.0, -2.0, H - 1.0), (len(xyz), 1)), abs=1e-3)


def test_without_a_heading_a_lever_arm_moves_the_height_alone():
    rules = Rules({"base": SourceRules(levers_m={"TT-01": (1.0, 2.0, 0.5)})})
    batch = decoded(rules, ("base", gga("TT-01", LON, LAT, H) + gga("TT-01", LON, LAT, H, 1)))

    assert away_m(batch, "TT-01").max() < 1e-3
    assert batch.fixes.h_m == pytest.approx(H - 0.5, abs=1e-3)


FOUR_M = np.vstack((CORNERS_M, (20.0, 420.0, 5.0)))
"""A fourth corner: of three points alone, none can be told to be the one that is off."""


def site_with_a_wrong_point(tmp_path: Path, off_m: float) -> Path:
    shown_m = FOUR_M + SHIFT_M
    shown_m[2, 0] += off_m
    measured = np.column_stack(YARD.geodetic_from_yard(shown_m))
    surveyed = np.column_stack(YARD.geodetic_from_yard(FOUR_M))
    points = ",".join(
        f'{{ name = "P{k}", measured = {m.tolist()}, surveyed = {s.tolist()} }}'
        for k, (m, s) in enumerate(zip(measured, surveyed, strict=True))
    )
    path = tmp_path / "sources.toml"
    path.write_text(
        f'[[source]]\nname = "base"\naddress = "tcp:127.0.0.1:9"\n[calibration]\npoints = [{points}]\n'
    )
    return path


def sigma_m(rules: Rules, told_m: float | None) -> float:
    line = {"type": "position", "device": "T1", "t_ns": T_NS, "lon_deg": LON, "lat_deg": LAT, "quality": 4}
    line |= {} if told_m is None else {"sigma_m": told_m}
    return float(decoded(rules, ("base", json.dumps(line).encode() + b"\n")).fixes.sigma_m[0])


def test_positions_are_no_surer_than_a_calibration_that_is_over_its_limit(tmp_path: Path):
    rules = rules_of(read_config(site_with_a_wrong_point(tmp_path, 0.25)))

    assert rules.calibration is not None
    worst_m = rules.calibration.worst_m
    assert 0.1 < worst_m < 0.15
    assert sigma_m(rules, 0.01) == sigma_m(rules, None) == pytest.approx(worst_m)
    assert sigma_m(rules, 0.5) == 0.5


def test_positions_are_as_sure_as_they_tell_by_a_calibration_within_its_limit(tmp_path: Path):
    rules = rules_of(read_config(site_with_a_wrong_point(tmp_path, 0.02)))

    assert sigma_m(rules, 0.01) == 0.01
    assert np.isnan(sigma_m(rules, None))


def test_a_calibration_over_its_limit_is_told_at_the_file_with_the_point_that_spoils_it(tmp_path: Path):
    sources = HotSources(site_with_a_wrong_point(tmp_path, 0.25))
    told = sources[0].health(T_NS)
    sources.close()

    assert (told.connected, told.link) == (False, Link.DOUBTED)
    assert re.match(r"calibration: expected residuals to 3\.0 cm, found 1\d\.\d cm at P\d; ", told.detail)
    assert "without P2 the others agree to 0.0 cm, and P2 is left with east -25.0 cm" in told.detail


def test_a_calibration_within_its_limit_is_not_told_of(tmp_path: Path):
    sources = HotSources(site_with_a_wrong_point(tmp_path, 0.02))
    told = sources[0].health(T_NS)
    sources.close()

    assert (told.connected, told.link, told.detail) == (True, Link.READ, "")
