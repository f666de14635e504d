"""What receivers do that the standard does not say, each once: and positions as pynmea2 has them."""

import itertools
import math
import re
from pathlib import Path

import numpy as np
import pynmea2
import pytest
from pyproj import Geod

from sensors import nmea
from sensors.counting import count_sentences
from sensors.cutting import cut
from sensors.decoder import Decoder
from sensors.fields import crc_ok
from sensors.lines import REASONS
from sensors.nmea import encode_gga
from twin.inputs import RawChunk

LOGS = Path(__file__).parents[1] / ".." / "shared" / "data" / "nmea"
T_NS = 1_790_000_000_000_000_000  # 2026-09-21 14:13:20 UTC


def line(body: str) -> bytes:
    return f"${body}*{nmea.checksum(body.encode()):02X}\r\n".encode()


def read(*bodies: str):
    return nmea.read(cut([RawChunk("x", T_NS, b"".join(map(line, bodies)))], {}))


def decoded(*lines: bytes):
    """Decode lines and what ends their last epoch."""
    decoder = Decoder()
    batch = decoder.decode([RawChunk("x", T_NS, b"".join(lines))])
    return batch, decoder.finish()


GGA = "GNGGA,141320.00,3112.00000000,N,12130.00000000,E,4,20,0.7,10.0,M,9.5,M,,"


def test_signal_ids_of_gsv_are_hexadecimal_and_no_malformed_numbers():
    text = line("GBGSV,1,1,04,27,15,113,36,46,73,006,50,06,81,019,49,07,43,199,36,B")
    lines = cut([RawChunk("x", T_NS, text)], {})

    assert nmea.read(lines)[1].tolist() == [0]
    assert count_sentences(lines, lines.reason) == {"GSV": 1}


def test_beidou_satellites_above_32_are_satellites_like_others():
    rmc = line("GNRMC,141320.00,A,3112.0,N,12130.0,E,1.0,2.0,210926,,,A,V")
    gps = line("GNGSA,A,3,01,04,09,,,,,,,,,,1.1,0.6,0.9,1")
    beidou = line("GNGSA,A,3,37,39,40,46,59,60,,,,,,,1.1,0.6,0.9,4")

    _, end = decoded(rmc, gps, beidou)

    assert end.fixes.satellites.tolist() == [9]
    assert end.fixes.hdop.tolist() == [0.6]


@pytest.mark.parametrize("untimed", [
    GGA.replace("GGA,141320.00", "GGA,"), "GNRMC,,A,3112.0,N,12130.0,E,0.1,90.0,221220,,,R",
    "KSXT,,121.5,31.2,4.0,90.0,0.0,90.0,0.1,,3,3,20,20,,,,,,,,",
])  # fmt: skip
def test_a_position_without_a_time_is_refused_and_not_passed_over_in_silence(untimed: str):
    batch, end = decoded(line(untimed))

    assert [reject.reason for reject in batch.rejects] == ["position without a time"]
    assert len(batch.fixes) + len(end.fixes) == 0


def test_a_receiver_that_knows_neither_place_nor_time_is_refused_nothing():
    batch, end = decoded(line("GNGGA,,,,,,0,00,99.99,,,,,,"), line("GNRMC,,V,,,,,,,,,,N"))

    assert batch.rejects == ()
    assert len(batch.fixes) + len(end.fixes) == 0


@pytest.mark.parametrize("end", [b" \r\n", b"  \r\r\n", b" " * 300 + b"\n"])
def test_blanks_behind_a_sentence_or_an_object_are_passed_over(end: bytes):
    wind = b'{"type":"wind","device":"mast","t_ns":1,"speed_mps":3.0,"gust_mps":4.0}'
    batch, rest = decoded(line(GGA).strip() + end, wind + end, b"# a comment" + end, end)
    assert batch.rejects == rest.rejects == ()
    assert (len(batch.fixes) + len(rest.fixes), len(batch.events), batch.lines) == (1, 1, 2)


ALONE = {"GP": (1, 5), "GA": (1, 1), "GB": (4, 8), "GL": (0, 0)}
"""Talkers of one constellation each -> the quality and the satellites of their GGA."""


@pytest.mark.parametrize(
    "talkers", [*itertools.permutations(("GP", "GA", "GL")), *itertools.permutations(ALONE)]
)
def test_of_talkers_of_one_constellation_each_the_best_fix_counts_whatever_the_order(
    talkers: tuple[str, ...],
):
    best = max(ALONE[talker] for talker in talkers)
    lines = [
        encode_gga(T_NS, 121.5 + quality * 1e-6, 31.2, 10.0, 9.5, quality, satellites, 0.7, talker=talker)
        for talker, (quality, satellites) in ((one, ALONE[one]) for one in talkers)
    ]
    for calls in ([b"".join(lines)], lines):
        decoder = Decoder()
        batches = [decoder.decode([RawChunk("x", T_NS, data)]) for data in calls] + [decoder.finish()]
        found = [batch.fixes for batch in batches if len(batch.fixes)]
        assert [(int(one.quality[0]), int(one.satellites[0])) for one in found] == [best]
        assert found[0].lon_deg[0] == pytest.approx(121.5 + best[0] * 1e-6, abs=1e-9)


def test_a_log_that_tells_gps_and_galileo_apart_shows_the_satellites_of_the_better():
    path = LOGS / "gpsd" / "telit-pls83-w.log"
    if not path.exists():
        pytest.skip("the log is not here")
    decoder = Decoder()
    found = [decoder.decode([RawChunk("x", T_NS, path.read_bytes())]).fixes, decoder.finish().fixes]
    assert min(found[0].satellites.tolist()) >= 4


def test_blanks_stand_for_no_checksum_and_not_within_one():
    whole = line(GGA).strip()
    batch, _ = decoded(whole[:-3] + b"   \r\n", whole[:-1] + b" " + whole[-1:] + b"\r\n")
    assert {reject.reason for reject in batch.rejects} == {"no checksum at the end"}
    assert len(batch.rejects) == 2


@pytest.mark.parametrize("talker", ["BD", "GB"])
def test_both_talkers_of_beidou_are_read_alike(talker: str):
    sentences, _ = read(GGA.replace("GN", talker, 1))

    assert sentences.lon_deg.tolist() == [121.5]
    assert sentences.rank.tolist() == [1]


def test_a_second_antenna_gives_a_heading_and_no_position_of_its_own():
    lon, lat, _ = Geod(ellps="GRS80").fwd(121.5, 31.2, 40.0, 1.5)
    second = GGA.replace("GGA", "GGAH", 1)
    second = second.replace("3112.00000000", f"31{(lat - 31) * 60:011.8f}")
    second = second.replace("12130.00000000", f"121{(lon - 121) * 60:011.8f}")

    _, end = decoded(line(GGA), line(second))

    assert end.fixes.lon_deg.tolist() == [121.5]
    assert math.degrees(end.fixes.heading_rad[0]) == pytest.approx(40.0, abs=0.01)


def test_a_second_antenna_alone_is_no_fix():
    _, end = decoded(line(GGA.replace("GGA", "GGAH", 1)))

    assert len(end.fixes) == 0


def test_a_second_antenna_far_from_the_first_or_without_rtk_gives_no_heading():
    far = GGA.replace("GGA", "GGAH", 1).replace("3112.0", "3113.0")
    near = GGA.replace("GGA", "GGAH", 1).replace("3112.0000", "3112.0010")

    assert np.isnan(decoded(line(GGA), line(far))[1].fixes.heading_rad[0])
    single = GGA.replace(",4,20", ",1,20")
    assert np.isnan(decoded(line(single), line(near))[1].fixes.heading_rad[0])
    assert not np.isnan(decoded(line(GGA), line(near))[1].fixes.heading_rad[0])


KSXT = (
    b"KSXT,20201222075720.00,119.17084152,32.07387900,83.5770,269.94,1.19,207.28,0.001,,3,3,25,25,"
    b"-3.617,-4.468,-7.860,-0.000,-0.001,-0.022,1.0,56,"
)


def test_a_ksxt_with_a_crc_of_eight_digits_gives_position_heading_and_time():
    decoder = Decoder()
    old = 1_608_623_840_000_000_000  # 2020-12-22 07:57:20 UTC
    decoder.decode([RawChunk("x", old, b"$%b*33736701\r\n" % KSXT)])
    fixes = decoder.finish().fixes

    assert fixes.t_ns.tolist() == [old]
    assert (fixes.lon_deg[0], fixes.lat_deg[0]) == (119.17084152, 32.073879)
    assert (fixes.quality[0], fixes.satellites[0]) == (4, 25)
    assert math.degrees(fixes.heading_rad[0]) == pytest.approx(269.94)
    assert math.degrees(fixes.course_rad[0]) == pytest.approx(207.28)
    assert fixes.speed_mps[0] == pytest.approx(0.001 / 3.6)
    assert np.isnan(fixes.h_m[0])  # makers differ in what height it is


@pytest.mark.parametrize(
    ("text", "why"),
    [
        (b"$%b*33736702\r\n" % KSXT, "wrong checksum"),
        (b"$%b*3373670G\r\n" % KSXT, "wrong checksum"),
        (b"$%b*33736701\r\n" % KSXT.replace(b"KSXT", b"KSXU"), "no checksum at the end"),
        (line(KSXT.decode().replace("20201222", "20201332")), "date out of range"),
        (line(KSXT.decode().replace("20201222075720", "20201222995720")), "time out of range"),
        (line(KSXT.decode().replace("119.17", "199.17")), "value out of range"),
        (line(KSXT.decode().replace(",3,3,25", ",7,3,25")), "value out of range"),
        (line("KSXT,1,2"), "too few fields"),
    ],
)
def test_a_wrong_ksxt_is_refused_and_says_why(text: bytes, why: str):
    batch, _ = decoded(text)

    assert [reject.reason for reject in batch.rejects] == [why]


def test_the_crc_is_that_of_a_real_receiver():
    assert crc_ok(KSXT, b"33736701")
    assert not crc_ok(KSXT.replace(b"83.5770", b"83.5771"), b"33736701")


def test_a_longitude_with_two_signs_is_refused():
    sentences, codes = read(GGA.replace("12130.0", "-0130.0").replace(",E,", ",W,"))

    assert len(sentences) == 0
    assert [REASONS[code] for code in codes] == ["longitude out of range"]


def test_sentences_between_ubx_and_rtcm_frames_are_all_read():
    frames = [b"\xb5\x62\x01\x07" + bytes(range(92)), b"\xd3\x00\x13" + b"\x3e\xd0\n\x80" * 4, b"\x00\n\xff"]
    data = b"".join(frame + line(GGA.replace("20.00", f"2{k}.00")) for k, frame in enumerate(frames * 3))

    batch, _ = decoded(data)

    lines = cut([RawChunk("x", T_NS, data)], {})
    assert count_sentences(lines, nmea.read(lines)[1]) == {"GGA": 9}
    assert {reject.reason for reject in batch.rejects} <= {
        "bytes that are no text", "binary data in front of a sentence",
        "neither an NMEA sentence nor a JSON object",
    }  # fmt: skip


def test_five_decimals_of_a_minute_are_steps_of_under_two_centimetres_and_nine_are_kept():
    coarse, _ = read(GGA.replace("3112.00000000", "3112.00001"))
    fine, _ = read(GGA.replace("3112.00000000", "3112.000000001"))

    assert (coarse.lat_deg[0] - 31.2) * 111_000 == pytest.approx(0.0185, abs=0.001)
    assert fine.lat_deg[0] == pytest.approx(31.2 + 1e-9 / 60, abs=1e-14)


def test_the_ellipsoidal_height_is_altitude_and_separation_and_unknown_without_one_of_them():
    both, _ = read(GGA)
    one, _ = read(GGA.replace("9.5", ""))

    assert both.h_m.tolist() == [19.5]
    assert np.isnan(one.h_m[0])


def test_a_right_checksum_does_not_make_a_value_right():
    for wrong in ("9512.0", "inf", "nan", "1e5", "3112.0.0", "31120000000000000000000.0"):
        assert len(read(GGA.replace("3112.00000000", wrong))[0]) == 0


@pytest.mark.parametrize("body", [
    "GNRMC,141320.00,A,3112.0,N,12130.0,E,1.0,2.0,210926,,,A",
    "GNRMC,141320.00,A,3112.0,N,12130.0,E,1.0,2.0,210926,,,A,V",
    "GNVTG,1.0,T,,M,2.0,N,3.7,K,A",
    "GNGSA,A,3,01,,,,,,,,,,,,1.1,0.6,0.9",
    "GNGSA,A,3,01,,,,,,,,,,,,1.1,0.6,0.9,4",
])  # fmt: skip
def test_fields_that_version_4_11_added_may_be_there_or_not(body: str):
    assert read(body)[1].tolist() == [0]


def test_a_doubled_dollar_sign_is_one():
    batch, end = decoded(b"$" + line(GGA))

    assert batch.rejects == ()
    assert len(end.fixes) == 1


def test_a_vtg_gives_course_and_speed_to_the_epoch_before_it():
    _, end = decoded(line(GGA), line("GNVTG,90.0,T,,M,,N,36.0,K,A"))

    assert end.fixes.speed_mps[0] == pytest.approx(10.0)
    assert end.fixes.course_rad[0] == pytest.approx(math.pi / 2)


_SENTENCE = re.compile(rb"\$((?:[A-OQ-Z][A-Z])(?:GGA|RMC),[^\r\n$*]*)\*([0-9A-Fa-f]{2})")


@pytest.mark.skipif(not LOGS.is_dir(), reason="the recorded receiver logs are not here")
@pytest.mark.parametrize("path", sorted(p for p in LOGS.glob("*/*") if p.suffix in (".log", ".ubx")),
                         ids=lambda path: path.name)  # fmt: skip
def test_every_gga_and_rmc_of_every_log_is_where_pynmea2_has_it(path: Path):
    data = path.read_bytes()
    expected = []
    for match in _SENTENCE.finditer(data):
        if nmea.checksum(match[1]) != int(match[2], 16):
            continue
        message = pynmea2.parse(match[0].decode("ascii"), check=True)
        good = message.status == "A" if message.sentence_type == "RMC" else message.gps_qual
        if good and message.lat:
            expected.append((message.sentence_type, message.latitude, message.longitude))

    sentences, _ = nmea.read(cut([RawChunk("log", T_NS, data)], {}))

    names = {nmea.GGA: "GGA", nmea.RMC: "RMC"}
    rows = [row for row in range(len(sentences)) if sentences.kind[row] in names]
    rows = [row for row in rows if not np.isnan(sentences.lat_deg[row])]
    assert [names[sentences.kind[row]] for row in rows] == [kind for kind, _, _ in expected]
    assert sentences.lat_deg[rows].tolist() == pytest.approx([lat for _, lat, _ in expected], abs=1e-9)
    assert sentences.lon_deg[rows].tolist() == pytest.approx([lon for _, _, lon in expected], abs=1e-9)
