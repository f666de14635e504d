"""Sentences: what is read, what is refused and why, and what is written."""

import functools
import math
import operator
from pathlib import Path

import numpy as np
import pynmea2
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from sensors import nmea
from sensors.cutting import cut
from sensors.lines import MAX_LINE_BYTES, REASONS
from sensors.numbers import BAD, EMPTY, POWERS_FLOAT, number
from twin.inputs import RawChunk

LOGS = Path(__file__).parents[1] / ".." / "shared" / "data" / "nmea"
T_NS = 1_790_000_000_123_000_000  # 2026-09-21 14:13:20.123 UTC


def read(*lines: bytes):
    return nmea.read(cut([RawChunk("src", T_NS, b"\r\n".join(lines) + b"\r\n")], {}))


def reasons(*lines: bytes) -> list[str]:
    return [REASONS[code] for code in read(*lines)[1]]


def with_checksum(body: str) -> bytes:
    return f"${body}*{functools.reduce(operator.xor, body.encode(), 0):02X}".encode()


def test_a_gga_gives_position_height_quality_and_hdop():
    sentences, codes = read(b"$GPGGA,123519,4807.038,N,01131.000,E,1,08,0.9,545.4,M,46.9,M,,*47")

    assert codes.tolist() == [0]
    assert sentences.tod_ns.tolist() == [(12 * 3600 + 35 * 60 + 19) * 10**9]
    assert sentences.lat_deg.tolist() == [48 + 7.038 / 60]
    assert sentences.lon_deg.tolist() == [11 + 31.0 / 60]
    assert sentences.h_m.tolist() == [545.4 + 46.9]
    assert (sentences.quality[0], sentences.satellites[0], sentences.hdop[0]) == (1, 8, 0.9)


def test_an_rmc_gives_the_date_speed_and_course():
    sentences, _ = read(with_checksum("GBRMC,235959.90,A,3112.5,S,12130.25,W,010.00,090.0,290224,,,A,V"))

    assert sentences.day.tolist() == [np.datetime64("2024-02-29").astype("datetime64[D]").astype(int)]
    assert sentences.tod_ns.tolist() == [86_399_900_000_000]
    assert sentences.lat_deg[0] == -(31 + 12.5 / 60)
    assert sentences.lon_deg[0] == -(121 + 30.25 / 60)
    assert sentences.speed_mps[0] == pytest.approx(5.14444444, abs=1e-8)
    assert sentences.course_rad[0] == math.pi / 2


def test_the_error_of_a_gst_is_that_of_one_axis():
    sentences, _ = read(with_checksum("GNGST,120000.00,1.0,,,,0.03,0.04,0.05"))

    assert sentences.sigma_m[0] == pytest.approx(math.sqrt((0.03**2 + 0.04**2) / 2))


@pytest.mark.parametrize("talker", ["GN", "GP", "GB", "BD", "GL", "GA", "GQ", "GI"])
def test_every_talker_is_read(talker: str):
    sentences, codes = read(with_checksum(f"{talker}HDT,270.0,T"))

    assert codes.tolist() == [0]
    assert sentences.heading_rad.tolist() == [math.radians(270)]


@pytest.mark.parametrize(
    "body",
    [
        "GNGLL,4004.73874301,N,11614.19077585,E,073346.00,A,A",
        "GNRMCH,073346.00,A,4004.73874301,N,11614.19077585,E,0.1,2.0,240226,0.2,W,A,C",
        "GBGSV,6,1,21,27,15,113,36,46,73,006,50,06,81,019,49,07,43,199,36,B",
        "PUBX,00,081350.00,4717.113210,N,00833.915187,E,546.589,G3,2.1,2.0,0.007,77.52,0.007,,0.92,1.19,0.77,9,0,0",
        "GPTXT,01,01,02,ANTSTATUS=OK",
        "KSXT",
    ],
)
def test_a_valid_sentence_of_another_type_is_neither_read_nor_refused(body: str):
    sentences, codes = read(with_checksum(body))

    assert len(sentences) == 0
    assert codes.tolist() == [0]


GOOD = "GNGGA,120000.00,3112.5,N,12130.25,E,4,20,0.7,10.0,M,9.5,M,,"


@pytest.mark.parametrize(
    ("line", "why"),
    [
        (with_checksum(GOOD)[:-1] + b"?", "wrong checksum"),
        (with_checksum(GOOD)[:40], "no checksum at the end"),
        (with_checksum(GOOD) + b"9", "no checksum at the end"),
        (b"$", "no checksum at the end"),
        (b"$*00", ""),
        (b"$$" + with_checksum(GOOD)[:30] + with_checksum(GOOD), "two sentences in one line"),
        (with_checksum(GOOD)[:30] + with_checksum(GOOD), "two sentences in one line"),
        (with_checksum(GOOD).replace(b"31", b"3\xe9"), "bytes that are no text"),
        (with_checksum(GOOD).replace(b"31", b"3\x00"), "bytes that are no text"),
        (b"$GNGGA," + b"1" * MAX_LINE_BYTES, "line over 1024 bytes"),
        (b"hello", "neither an NMEA sentence nor a JSON object"),
        (with_checksum("GNGGA,120000.00,3112.5,N,12130.25,E,4,20,0.7,10.0"), "too few fields"),
        (with_checksum(GOOD.replace("3112.5", "9112.5")), "latitude out of range"),
        (with_checksum(GOOD.replace("3112.5", "9000.1")), "latitude out of range"),
        (with_checksum(GOOD.replace("3112.5", "3160.0")), "latitude out of range"),
        (with_checksum(GOOD.replace("12130.25", "18100.0")), "longitude out of range"),
        (with_checksum(GOOD.replace("12130.25", "-02130.25")), "longitude out of range"),
        (with_checksum(GOOD.replace("3112.5", "31..25")), "malformed number"),
        (with_checksum(GOOD.replace("3112.5", "3112.5e1")), "malformed number"),
        (with_checksum(GOOD.replace("10.0", "inf")), "malformed number"),
        (with_checksum(GOOD.replace("10.0", "nan")), "malformed number"),
        (with_checksum(GOOD.replace("10.0", "1-0")), "malformed number"),
        (with_checksum(GOOD.replace("10.0", "--1")), "malformed number"),
        (with_checksum(GOOD.replace("10.0", "-")), "malformed number"),
        (with_checksum(GOOD.replace("10.0", "9" * 30)), "malformed number"),
        (with_checksum(GOOD.replace("10.0", "99999")), "value out of range"),
        (with_checksum(GOOD.replace(",N,", ",X,")), "hemisphere missing or unknown"),
        (with_checksum(GOOD.replace(",E,", ",,")), "hemisphere missing or unknown"),
        (with_checksum(GOOD.replace("120000.00", "240000.00")), "time out of range"),
        (with_checksum(GOOD.replace("120000.00", "126000.00")), "time out of range"),
        (with_checksum(GOOD.replace("120000.00", "12000.00")), "time out of range"),
        (with_checksum("GNRMC,120000,A,3112.5,N,12130.25,E,1.0,2.0,300226,,,A"), "date out of range"),
        (with_checksum("GNRMC,120000,A,3112.5,N,12130.25,E,1.0,2.0,011326,,,A"), "date out of range"),
        (with_checksum("GNHDT,361.0,T"), "value out of range"),
        (rb"\s:TT-07*00" + b"\\" + with_checksum(GOOD), "TAG block: wrong checksum"),
        (rb"\s:TT-07*3D" + with_checksum(GOOD), "TAG block without an end"),
        (nmea.tag_block("TT-07") + b"hello", "TAG block: no sentence behind it"),
        (nmea.tag_block("TT-07"), "TAG block: no sentence behind it"),
        *((nmea.tag_block("TT-07") + text, "JSON, but no object") for text in (b"[]", b'"x"', b"null", b"5")),
        *((text, "JSON, but no object") for text in (b'[{"type": "wind"}]', b'"x"', b"true", b"-5.5e3")),
        (b"[1, 2", "neither an NMEA sentence nor a JSON object"),
        (b"[" * 1_000, "neither an NMEA sentence nor a JSON object"),
        (b"no", "neither an NMEA sentence nor a JSON object"),
        (
            nmea.tag_block("X" * 17) + with_checksum(GOOD),
            "device name: expected 1 to 16 printable characters",
        ),
        (nmea.tag_block("") + with_checksum(GOOD), "device name: expected 1 to 16 printable characters"),
    ],
)
def test_a_bad_line_is_refused_with_its_reason(line: bytes, why: str):
    assert reasons(line) == [why]


def test_a_gga_without_a_fix_has_no_position_and_is_not_refused():
    sentences, codes = read(with_checksum("GNGGA,120000.00,,,,,0,03,,,M,,M,,"))

    assert codes.tolist() == [0]
    assert np.isnan(sentences.lat_deg[0])
    assert sentences.quality[0] == 0


def test_a_void_rmc_has_no_position():
    sentences, _ = read(with_checksum("GNRMC,120000.00,V,3112.5,N,12130.25,E,1.0,2.0,010126,,,N"))

    assert np.isnan(sentences.lat_deg[0])
    assert sentences.day[0] != nmea.NO_TIME


def test_the_device_is_that_of_the_tag_block_wherever_its_field_stands():
    body = b"c:1700000000,s:TT-07"
    tag = b"\\%b*%02X\\" % (body, nmea.checksum(body))
    lines = cut(
        [
            RawChunk("port", T_NS, with_checksum(GOOD) + b"\n" + tag + with_checksum(GOOD)),
            RawChunk(
                "other", T_NS, nmea.tag_block("RTG-01") + with_checksum(GOOD) + b"\n" + with_checksum(GOOD)
            ),
        ],
        {"port": "TT-01"},
    )

    assert [lines.devices[row] for row in lines.device] == ["TT-01", "TT-07", "RTG-01", "other"]
    assert nmea.read(lines)[1].tolist() == [0, 0, 0, 0]


def test_a_tag_block_without_an_end_speaks_for_no_line_but_its_own():
    tag = nmea.tag_block("RTG-01")
    cut_off, whole = tag[:-1], tag + with_checksum(GOOD)

    assert reasons(cut_off, whole, whole, cut_off) == [
        "TAG block without an end",
        "",
        "",
        "TAG block without an end",
    ]


def test_tags_of_one_length_that_differ_name_two_devices():
    names = ["RTG-01", "RTG-02", "RTG-02", "RTG-10", "RTG-01"]
    lines = cut([RawChunk("x", T_NS, b"\n".join(nmea.tag_block(n) + with_checksum(GOOD) for n in names))], {})

    assert [lines.devices[row] for row in lines.device] == names


def test_a_sentence_behind_binary_data_is_read_and_the_data_is_not():
    lines = cut([RawChunk("x", T_NS, b"\xb5b\x01\x07\x00" + with_checksum(GOOD) + b"\r\n")], {})

    assert len(nmea.read(lines)[0]) == 1
    assert lines.binary == (0,)


def test_comments_and_empty_lines_are_no_lines():
    assert len(cut([RawChunk("x", T_NS, b"# a log\r\n\r\n\n  \n")], {})) == 0


@settings(deadline=None)
@given(st.lists(st.from_regex(r"\A-?[0-9]{0,9}(\.[0-9]{0,6})?\Z"), min_size=1, max_size=8))
def test_a_number_is_what_float_makes_of_it(texts: list[str]):
    joined = "".join(texts).encode() + b"\n"
    end = np.cumsum([len(text) for text in texts])
    start = end - [len(text) for text in texts]

    buffer = np.frombuffer(joined, np.uint8)
    for text, first, last in zip(texts, start.tolist(), end.tolist(), strict=True):
        mantissa, digits, scale, negative = number(buffer, first, last)
        if text == "":
            assert digits == EMPTY
        elif any(letter.isdigit() for letter in text):
            value = mantissa / POWERS_FLOAT[scale]
            assert (-value if negative else value) == float(text)
        else:
            assert digits == BAD


@settings(deadline=None)
@given(st.binary(max_size=300))
def test_a_checksum_is_the_exclusive_or_of_all_bytes(body: bytes):
    assert nmea.checksum(body) == functools.reduce(operator.xor, body, 0)


@settings(deadline=None)
@given(
    st.floats(-180, 180),
    st.floats(-90, 90),
    st.floats(-50, 100),
    st.floats(0, 40),
    st.floats(0, 2 * math.pi),
    st.integers(315_532_800_000, 3_471_292_799_999),  # 1980 to 2079: a date has two digits for the year
)
def test_what_is_written_is_read_again(lon, lat, height, speed, course, t_ms):
    t_ns = t_ms * 1_000_000
    sentences, codes = read(
        nmea.encode_gga(t_ns, lon, lat, height, 9.5, 4, 20, 0.7).strip(),
        nmea.encode_rmc(t_ns, lon, lat, speed, course).strip(),
        nmea.encode_gst(t_ns, 0.02, 0.02, 0.03).strip(),
        nmea.encode_hdt(course).strip(),
    )

    assert codes.tolist() == [0, 0, 0, 0]
    # 0.02 mm on the ground: far inside the 5 cm budget.
    assert sentences.lat_deg[:2] == pytest.approx(lat, abs=1e-10)
    assert sentences.lon_deg[:2] == pytest.approx(lon, abs=1e-10)
    assert sentences.h_m[0] == pytest.approx(height + 9.5, abs=0.0011)
    assert sentences.speed_mps[1] == pytest.approx(speed, abs=3e-5)
    assert math.cos(sentences.course_rad[1] - course) == pytest.approx(1, abs=1e-9)
    assert math.cos(sentences.heading_rad[3] - course) == pytest.approx(1, abs=1e-9)
    assert sentences.tod_ns[0] == t_ns % (86_400 * 10**9)
    assert sentences.day[1] == t_ns // (86_400 * 10**9)


def oracle(line: bytes):
    """Give pynmea2's message of a line, None where it has none of the types that are read."""
    try:
        message = pynmea2.parse(line.decode("ascii").removeprefix("$"), check=True)
    except (pynmea2.ParseError, UnicodeDecodeError):
        return None
    if not isinstance(message, pynmea2.TalkerSentence):
        return None
    return message if message.sentence_type in nmea.SENTENCES else None


UNKNOWN_TO_PYNMEA2 = (nmea.GGAH, nmea.KSXT)


def agrees(sentences: nmea.Sentences, row: int, message) -> bool:
    """Tell whether a row says what pynmea2 says."""

    def same(found: float, theirs) -> bool:
        return math.isnan(found) if theirs in (None, "") else found == pytest.approx(float(theirs), rel=1e-15)

    placed = (
        message.sentence_type in ("GGA", "RMC")
        and message.lat
        and (message.gps_qual if message.sentence_type == "GGA" else message.status == "A")
    )
    if placed and (sentences.lat_deg[row], sentences.lon_deg[row]) != (message.latitude, message.longitude):
        return False
    if message.sentence_type == "GGA" and placed:
        return (
            same(sentences.hdop[row], message.horizontal_dil) and sentences.quality[row] == message.gps_qual
        )
    if message.sentence_type == "RMC" and placed:
        knots = sentences.speed_mps[row] / nmea.MPS_PER_KNOT
        return same(knots, message.spd_over_grnd) and message.datestamp is not None
    return True


@pytest.mark.skipif(not LOGS.is_dir(), reason="the recorded receiver logs are not here")
@pytest.mark.parametrize(
    "path", sorted(p for p in LOGS.glob("*/*") if p.suffix in (".log", ".ubx")), ids=lambda path: path.name
)
def test_real_logs_read_as_pynmea2_reads_them(path: Path):
    lines = cut([RawChunk("log", T_NS, path.read_bytes())], {})

    sentences, _ = nmea.read(lines)

    known = np.flatnonzero(~np.isin(sentences.kind, UNKNOWN_TO_PYNMEA2)).tolist()
    row_of_line = {int(sentences.line[row]): row for row in known}
    for line in range(len(lines)):
        message = oracle(lines.data[lines.body[line] : lines.end[line]])
        assert (message is not None) == (line in row_of_line), lines.data[lines.start[line] : lines.end[line]]
        if message is not None:
            assert agrees(sentences, row_of_line[line], message), str(message)
