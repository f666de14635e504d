"""A million mutated sentences: none raises, every reject has a reason, no value is out of range."""

import random

import numpy as np
import pytest

from sensors import nmea
from sensors.cutting import cut
from sensors.decoder import Decoder
from sensors.lines import MAX_LINE_BYTES
from sensors.nmea import checksum, encode_gga, encode_gst, encode_hdt, encode_rmc, tag_block
from sensors.sources.base import LineCutter
from twin.inputs import RawChunk

T_NS = 1_790_000_000_000_000_000
A_CALL = 5_000
PIECES = (
    b"1e999", b"inf", b"nan", b"-", b"--1", b"99999999", b",", b",,", b"$", b"*", b"\\", b"N", b"S", b"\x00",
    b"\xff\xd3", b"90", b"18000.0001", b"6000", b"0x1F", b" ", b"9" * 25, b".", b"..", b"+1", b"{", b"}",
)  # fmt: skip


def originals() -> list[bytes]:
    """Give the bodies of sentences of every type that is read."""
    lines = [
        encode_gga(T_NS, 121.5, 31.2, 10.0, 9.5, 4, 20, 0.7),
        encode_gga(T_NS, -121.5, -31.2, -3.0, -9.5, 5, 20, 0.7, talker="BD"),
        encode_rmc(T_NS, 121.5, 31.2, 3.0, 1.0),
        encode_gst(T_NS, 0.01, 0.01, 0.02),
        encode_hdt(1.0),
    ]
    bodies = [line[1 : line.rindex(b"*")] for line in lines]
    return [
        *bodies,
        b"GNVTG,1.0,T,,M,2.0,N,3.7,K,A",
        b"GNGSA,A,3,01,04,09,19,21,31,,,,,,,1.1,0.6,0.9,4",
        b"GNGGAH,141320.00,3112.00000001,N,12130.00000001,E,4,28,0.6,10.0,M,9.5,M,,",
        b"KSXT,20260921141320.00,121.50000000,31.20000000,19.5,90.0,0.0,57.3,10.8,,3,3,20,24,,,,0.1,0.1,0.1,,",
    ]


def changed(chance: random.Random, body: bytes) -> bytes:
    """Change one to three places of a body."""
    for _ in range(chance.choice((1, 1, 2, 3))):
        place = chance.randrange(len(body) + 1)
        act = chance.random()
        if act < 0.4:
            body = body[:place] + bytes((chance.randrange(256),)) + body[place + 1 :]
        elif act < 0.6:
            body = body[:place] + body[place + chance.randrange(1, 9) :]
        elif act < 0.9:
            body = body[:place] + chance.choice(PIECES) + body[place + chance.randrange(3) :]
        else:
            other = chance.randrange(len(body) + 1)
            body = body[:place] + body[other:]
    return body.replace(b"\n", b"")


def mutated(chance: random.Random, count: int, bodies: list[bytes], tags: list[bytes]) -> bytes:
    """Give lines: of 100, 30 with a wrong checksum and 70 with one that was made right again."""
    out = []
    for _ in range(count):
        body = chance.choice(bodies).replace(b"141320.", b"1413%02d." % chance.randrange(20, 28), 1)
        body = changed(chance, body)
        right = checksum(body) if body else 0
        wrong = chance.random() < 0.3
        value = right ^ chance.randrange(1, 256) if wrong else right
        out.append(chance.choice(tags) + b"$%b*%02X\r\n" % (body, value))
    return b"".join(out)


def feed(count: int, seed: int) -> tuple[int, int, int]:
    """Decode mutations; give how many lines, fixes and rejects there were."""
    chance, bodies = random.Random(seed), originals()
    tags = [b"", b"", tag_block("TT-01"), tag_block("RTG-02")]
    decoder = Decoder()
    lines = fixes = rejects = 0
    for k in range(count // A_CALL):
        t_rx_ns = T_NS + k * 100_000_000
        chunk = RawChunk("m", t_rx_ns, mutated(chance, A_CALL, bodies, tags))
        sentences, _ = nmea.read(cut([chunk], {}))
        in_range(sentences)
        batch = decoder.decode([chunk])
        lines, fixes, rejects = lines + batch.lines, fixes + len(batch.fixes), rejects + len(batch.rejects)
        assert all(reject.reason for reject in batch.rejects)
        possible(batch.fixes)
    return lines, fixes, rejects


def possible(fixes) -> None:
    """Hold that every fix can be."""
    assert np.isfinite(fixes.lat_deg + fixes.lon_deg).all()
    assert (fixes.t_ns - fixes.t_rx_ns <= 30 * 10**9).all()  # none is of the future
    in_range(fixes)


def in_range(fixes) -> None:
    """Hold that every value that is known can be."""
    assert not (np.abs(fixes.lat_deg) > 90).any()
    assert not (np.abs(fixes.lon_deg) > 180).any()
    assert ((fixes.quality >= -1) & (fixes.quality <= 9)).all()
    assert ((fixes.satellites >= -1) & (fixes.satellites <= 99)).all()
    for column, least, most in (
        (fixes.h_m, -1_200, 20_200),
        (fixes.hdop, 0, 10_000),
        (fixes.sigma_m, 0, 1e6),
        (fixes.speed_mps, 0, 1_030),
        (fixes.course_rad, 0, 2 * np.pi),
        (fixes.heading_rad, 0, 2 * np.pi),
    ):
        known = column[~np.isnan(column)]
        assert ((known >= least) & (known <= most)).all()


def test_a_hundred_thousand_mutated_sentences_raise_nothing_and_give_nothing_impossible():
    lines, fixes, rejects = feed(100_000, 1)

    assert lines >= 95_000
    assert rejects > 40_000
    assert fixes > 20


@pytest.mark.soak
def test_ten_million_mutated_sentences_raise_nothing_and_give_nothing_impossible():
    lines, _, rejects = feed(10_000_000, 2)

    assert lines >= 9_500_000
    assert rejects > 4_000_000


def test_an_endless_line_is_capped_and_what_follows_it_is_read():
    cutter, out, most = LineCutter(), [], 0
    for _ in range(500):
        out.append(cutter.feed(b"$GNGGA," * 10_000))
        most = max(most, len(cutter._rest))
    out.append(cutter.feed(b"\r\n" + encode_gga(T_NS, 121.5, 31.2, 10.0, 9.5, 4, 20, 0.7)))

    data = b"".join(out)
    batch = Decoder().decode([RawChunk("m", T_NS, data)])
    assert most <= MAX_LINE_BYTES
    assert len(data) < 4 * MAX_LINE_BYTES
    assert batch.lines == 3
    assert len(batch.rejects) == 2


def test_a_sentence_behind_binary_data_without_line_ends_is_whole():
    cutter = LineCutter(limit=200)
    sentence = encode_gga(T_NS, 121.5, 31.2, 10.0, 9.5, 4, 20, 0.7)

    out = [cutter.feed(b"\xd3\x00" * 40) for _ in range(50)]
    out += [cutter.feed(sentence[:30]), cutter.feed(sentence[30:])]

    assert b"".join(out).endswith(b"\n" + sentence)


def test_a_json_object_may_be_longer_than_a_sentence():
    cutter = LineCutter()
    line = b'{"type":"' + b"x" * 5000 + b'"}\n'

    assert b"".join(cutter.feed(line[k : k + 700]) for k in range(0, len(line), 700)) == line
