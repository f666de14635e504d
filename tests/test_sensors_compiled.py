"""Sentences read by compiled loops and by the same functions in plain Python: equal, bit for bit."""

import hashlib
import os
import random
import subprocess
import sys
from pathlib import Path

from sensors import nmea
from sensors.cutting import cut
from sensors.decoder import Decoder
from sensors.order import RAN_BACK, TWICE
from twin.inputs import RawChunk
from twin.tables import digest

ROOT = Path(__file__).parent.parent
BODIES = (
    b"GNGGA,141320.123,2954.00000001,S,12136.00600000,W,4,24,0.7,5.000,M,-10.000,M,1.0,0001",
    b"GPGGA,141320,2954.0,N,12136.0,E,1,24,0.7,5.000,M,10.000,M,,",
    b"GNRMC,141320.000,A,2954.0,N,12136.0,E,8.1641,57.296,290224,,,R,V",
    b"GNGST,141320.000,,,,,0.0140,0.0140,0.0200",
    b"GNHDT,57.296,T",
    b"GNVTG,57.296,T,,M,,N,12.5,K,A",
    b"GNGSA,A,3,10,07,,02,,,,,,,,,1.7,1.0,1.3,4",
    b"KSXT,20240229141320.50,121.6,29.9,5.1,57.2,0.1,57.3,12.5,,3,3,20,24,,,,,,,",
    b"GNGGAH,141320.000,2954.0,N,12136.0001,E,4,24,0.7,5.000,M,10.000,M,1.0,0001",
)


def parsed() -> str:
    """Tell all that is read of sentences, of each some mutations with right checksums."""
    rng = random.Random(5)
    lines = []
    for body in 40 * BODIES:
        changed = bytearray(body)
        for _ in range(rng.randrange(3)):
            changed[rng.randrange(len(changed))] = rng.choice(b"0123456789.,-NSEWAPK")
        tag = nmea.tag_block(f"TT-{rng.randrange(3)}") if rng.random() < 0.5 else b""
        lines.append(
            tag + b"$%b*%02X\r\n" % (bytes(changed), nmea.checksum(bytes(changed)) ^ (rng.random() < 0.1))
        )
    parts = cut([RawChunk("x", 0, b"".join(lines))], {})
    sentences, codes = nmea.read(parts)
    assert 100 < len(sentences) < len(lines)
    sha = hashlib.sha256(codes.tobytes() + parts.device.tobytes())
    for name in sentences.__dataclass_fields__:
        sha.update(getattr(sentences, name).tobytes())
    return sha.hexdigest()


def streamed() -> str:
    """Tell all that a decoder makes of ticks of late, doubled, dateless and timeless sentences."""
    rng, decoder, sha, reasons = random.Random(7), Decoder(), hashlib.sha256(), set()
    for tick in range(30):
        lines = []
        for device in range(4):
            tenths = 600 + tick - rng.choice((0, 0, 0, 3, 300))
            clock = b"14%02d%02d.%d00" % (tenths // 600, tenths // 10 % 60, tenths % 10)
            told = [body.replace(b"141320.123", clock).replace(b"141320", clock[:6]) for body in BODIES]
            tag, some = nmea.tag_block(f"TT-{device}"), rng.sample(told, rng.randrange(4))
            lines += [tag + b"$%b*%02X\r\n" % (body, nmea.checksum(body)) for body in some]
        batch = decoder.decode([RawChunk("x", 1_709_215_260 * 10**9 + 10**8 * tick, b"".join(lines))])
        sha.update(digest(batch.fixes, batch.devices, batch.rejects) + decoder.memory())
        reasons |= {reject.reason for reject in batch.rejects}
    assert reasons >= {RAN_BACK, TWICE}
    return sha.hexdigest()


def test_without_the_compiler_sentences_and_fixes_are_the_same_bit_for_bit():
    environment = {**os.environ, "YARD_TWIN_COMPILER": "0"}
    names = "import sys; sys.path[:0] = ['.', 'tests']; import test_sensors_compiled as t"
    code = f"{names}; print(t.parsed(), t.streamed())"
    done = subprocess.run(
        [sys.executable, "-W", "error", "-c", code],
        cwd=ROOT, env=environment, capture_output=True, text=True, check=True,
    )  # fmt: skip
    assert done.stdout.split() == [parsed(), streamed()]
