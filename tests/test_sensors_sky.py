"""Satellites used and in view by constellation, and what heights and counts epochs get from KSXT and GSA."""

import json
from pathlib import Path

import numpy as np
import pytest

from layouts.generator import compact_yard
from sensors.decoder import Decoder
from sensors.nmea import encode_gga, encode_rmc, sentence
from twin.inputs import RawChunk
from ui import main
from ui.checkup import check_sources

T_NS = 1_790_000_000_000_000_000
DATA = Path(__file__).parents[1] / ".." / "shared" / "data" / "nmea" / "gpsd"
KSXT = "KSXT,20260921141320.%02d,121.50000000,31.20000000,%.4f,90.0,0.0,57.3,10.8,,3,3,20,24,,,,0.1,0.1,0.1,,"


def seen(*bodies: str) -> dict[str, dict[str, int]]:
    decoder = Decoder({"x": "R"}, counting=True)
    for body in bodies:
        decoder.decode([RawChunk("x", T_NS, sentence(body))])
    return decoder.sky.now().get("R", {})


def test_satellites_are_counted_by_the_system_that_a_gsa_names_and_the_talker_of_a_gsv() -> None:
    found = seen(
        "GNGSA,A,3,13,16,21,,,,,,,,,,1.05,0.64,0.83,1",
        "GNGSA,A,3,82,66,,,,,,,,,,,1.05,0.64,0.83,2",
        "GNGSA,A,3,13,12,22,41,,,,,,,,,1.05,0.64,0.83,4",
        "GPGSV,2,1,05,05,06,110,19,10,24,284,34,13,37,124,29,15,63,083,11,1",
        "GPGSV,2,2,05,16,11,248,10,1",
        "GBGSV,1,1,02,01,29,321,,41,12,292,,B",
    )
    assert found == {
        "GPS": {"used": 3, "in_view": 5},
        "GLONASS": {"used": 2, "in_view": 0},
        "BeiDou": {"used": 4, "in_view": 2},
    }


def test_a_satellite_seen_on_two_signals_is_in_view_once() -> None:
    found = seen("GAGSV,1,1,02,02,00,179,,04,09,322,,7", "GAGSV,1,1,02,02,00,179,,04,09,322,,2")
    assert found == {"Galileo": {"used": 0, "in_view": 2}}


def test_two_gsa_of_one_constellation_in_a_row_add_up_and_the_next_epoch_begins_anew() -> None:
    first = "GBGSA,A,3,01,02,03,04,05,06,07,08,09,10,11,12,1.0,0.6,0.8,4"
    more = "GBGSA,A,3,13,41,,,,,,,,,,,1.0,0.6,0.8,4"
    assert seen(first, more) == {"BeiDou": {"used": 14, "in_view": 0}}
    assert seen(first, more, "GNHDT,90.0,T", more) == {"BeiDou": {"used": 2, "in_view": 0}}


@pytest.mark.parametrize(
    ("talker", "number", "name"),
    [("BD", 33, "BeiDou"), ("GB", 61, "BeiDou"), ("GP", 33, "SBAS"), ("GN", 72, "GLONASS"),
     ("GN", 195, "QZSS"), ("GN", 301, "Galileo"), ("GN", 31, "GPS")],
)  # fmt: skip
def test_a_number_tells_the_constellation_only_where_its_talker_leaves_it_open(
    talker: str, number: int, name: str
) -> None:
    found = seen(f"{talker}GSA,A,3,{number},,,,,,,,,,,,1.0,0.6,0.8")
    assert found == {name: {"used": 1, "in_view": 0}}


def test_a_wrong_checksum_counts_no_satellite() -> None:
    decoder = Decoder({"x": "R"}, counting=True)
    decoder.decode([RawChunk("x", T_NS, b"$GPGSV,1,1,01,05,06,110,19*00\r\n")])
    assert decoder.sky.now() == {}


@pytest.mark.parametrize("name", ["ublox-zed-f9p-nmea.log", "quectel-l76k-nmea.log", "beidou-bd.log"])
def test_counts_of_real_logs_are_those_of_another_parser(name: str) -> None:
    pynmea2 = pytest.importorskip("pynmea2")
    if not (DATA / name).exists():
        pytest.skip("the logs are not here")
    decoder, used, view = Decoder({"x": "R"}, counting=True), 0, 0
    lines = [line for line in (DATA / name).read_bytes().splitlines()[:400] if line.startswith(b"$")]
    decoder.decode([RawChunk("x", T_NS, b"\r\n".join(lines) + b"\r\n")])
    run: set[tuple[str, str]] = set()
    for line in lines:
        try:
            found = pynmea2.parse(line.decode("ascii", "replace"), check=True)
        except (pynmea2.ParseError, UnicodeDecodeError):
            continue
        kind = getattr(found, "sentence_type", "")
        if kind == "GSA":
            system = found.data[17] if len(found.data) > 17 else found.talker
            run |= {(system, number) for number in found.data[2:14] if number}
            used = max(used, len(run))
        else:
            run = set()
        if kind == "GSV":
            view = max(view, len([number for number in found.data[3::4] if number]))
    most = decoder.sky.most()["R"]
    assert used <= sum(found["used"] for found in most.values())
    assert max(found["used"] for found in most.values()) <= used
    assert view <= max(found["in_view"] for found in most.values())


def test_what_a_gsa_named_counts_where_its_epoch_comes_in_several_calls() -> None:
    decoder = Decoder({"x": "R"})
    gsa = sentence("GNGSA,A,3,13,16,21,15,,,,,,,,,1.05,0.64,0.83,1")
    more = sentence("GNGSA,A,3,82,66,,,,,,,,,,,1.05,0.64,0.83,2")
    fixes = []
    for second in range(3):
        t_ns = T_NS + second * 1_000_000_000
        parts = encode_rmc(t_ns, 121.5, 31.2, 1.0, 1.0), gsa + more, sentence("GNHDT,90.0,T")
        fixes += [decoder.decode([RawChunk("x", t_ns, part)]).fixes for part in parts]
    fixes.append(decoder.finish().fixes)
    counts = np.concatenate([part.satellites for part in fixes])
    hdop = np.concatenate([part.hdop for part in fixes])
    assert counts.tolist() == [6, 6, 6]
    assert hdop.tolist() == [0.64] * 3


@pytest.mark.parametrize("over_sea_m", [0.0, 10.0], ids=["over the ellipsoid", "over the sea"])
def test_the_height_of_a_ksxt_is_that_of_the_gga_of_its_epoch_whichever_its_maker_sends(
    over_sea_m: float,
) -> None:
    decoder = Decoder({"x": "R"})
    heights = []
    for tenth in range(5):
        t_ns = T_NS + tenth * 100_000_000
        ksxt = sentence(KSXT % (10 * tenth, 29.5 - over_sea_m + tenth))
        gga = encode_gga(t_ns, 121.5, 31.2, 19.5 + tenth, 10.0, 4, 20, 0.7)
        data = ksxt + (gga if tenth < 2 else b"")
        heights += decoder.decode([RawChunk("x", t_ns, data)]).fixes.h_m.tolist()
    heights += decoder.finish().fixes.h_m.tolist()
    assert heights == pytest.approx([29.5, 30.5, 31.5, 32.5, 33.5], abs=1e-3)


def test_the_height_of_a_ksxt_that_no_gga_explains_is_not_known() -> None:
    decoder = Decoder({"x": "R"})
    decoder.decode([RawChunk("x", T_NS, sentence(KSXT % (0, 29.5)))])
    assert np.isnan(decoder.finish().fixes.h_m).all()


@pytest.mark.parametrize("before", [True, False], ids=["known", "not known before"])
def test_a_gga_whose_height_cannot_be_that_of_the_ksxt_beside_it_tells_nothing_of_it(before: bool) -> None:
    decoder, heights = Decoder({"x": "R"}), []
    for tenth, altitude_m in enumerate((19.5 if before else 940.0, 940.0, None)):
        data = sentence(KSXT % (10 * tenth, 19.5))
        if altitude_m is not None:
            data += encode_gga(T_NS + tenth * 100_000_000, 121.5, 31.2, altitude_m, 10.0, 4, 20, 0.7)
        heights += decoder.decode([RawChunk("x", T_NS + tenth * 100_000_000, data)]).fixes.h_m.tolist()
    heights += decoder.finish().fixes.h_m.tolist()
    assert heights[-1] == 29.5 if before else np.isnan(heights[-1])


def test_a_ksxt_takes_neither_height_nor_hdop_from_a_gga_of_its_epoch() -> None:
    decoder = Decoder({"x": "R"})
    for order in (0, 1):
        parts = [
            sentence(KSXT % (0, 19.5)),
            encode_gga(T_NS, 121.5, 31.2, 19.5, 10.0, 4, 20, 0.7, talker="GP"),
        ]
        decoder = Decoder({"x": "R"})
        fixes = [decoder.decode([RawChunk("x", T_NS, part)]).fixes for part in parts[:: 1 - 2 * order]]
        fixes.append(decoder.finish().fixes)
        assert np.concatenate([part.h_m for part in fixes]).tolist()[-1:] == [29.5]
        assert np.concatenate([part.hdop for part in fixes]).tolist()[-1:] == [0.7]


def log(tmp_path: Path) -> Path:
    path = tmp_path / "walk.nmea"
    path.write_bytes(
        b"".join(
            encode_rmc(T_NS + k * 1_000_000_000, 121.5, 31.2, 1.0, 1.0)
            + sentence("GNGSA,A,3,13,16,21,15,20,,,,,,,,1.05,0.64,0.83,1")
            + sentence("GPGSV,2,1,06,05,06,110,19,10,24,284,34,13,37,124,29,15,63,083,11,1")
            + sentence("GPGSV,2,2,06,16,11,248,10,21,11,248,10,1")
            for k in range(3)
        )
    )
    return path


def test_decode_prints_the_satellites_of_gsa_and_the_counts_by_constellation(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    assert main.main(["decode", str(log(tmp_path)), "--json"]) == 0
    rows = [json.loads(row) for row in capsys.readouterr().out.splitlines()]
    assert [row["sats"] for row in rows[:-1]] == [5, 5, 5]
    assert rows[-1]["satellites"] == {"GPS": {"used": 5, "in_view": 6}}
    assert main.main(["decode", str(log(tmp_path))]) == 0
    assert "   5 of   6  GPS" in capsys.readouterr().out


def test_the_doctor_tells_satellites_used_and_in_view_of_each_source(tmp_path: Path) -> None:
    log(tmp_path)
    config = tmp_path / "sources.toml"
    config.write_text('[[source]]\nname = "walk"\naddress = "file:walk.nmea"\n', "utf-8")
    found = check_sources(compact_yard(), config=config, wait_s=2.5)
    sky = next(one for one in found if one.name == "satellites walk, walk")
    assert sky.good
    assert sky.found == "GPS 5 of 6"
