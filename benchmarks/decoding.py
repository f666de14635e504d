"""Sentences: the decoder, a whole tick in one go, beside pynmea2, a sentence at a time.

pynmea2 only parses (its fields are read, as it parses lazily) and gets its sentences ready cut. The
parser also cuts lines, checks ranges and finds devices; the decoder also reads TAG blocks and merges
epochs.
"""

import itertools
import time
from collections.abc import Iterable

import numpy as np
import pynmea2

from benchmarks.rows import Row, compare
from sensors import nmea
from sensors.cutting import cut
from sensors.decoder import Decoder
from sensors.nmea import encode_gga, encode_gst, encode_hdt, encode_rmc, tag_block
from twin.inputs import RawChunk

T_NS = 1_790_000_000_000_000_000
STEP_NS = 100_000_000
DEVICES = (80, 300, 1000)
ROUNDS = 9
TICKS = 10
"""A second of a fleet that sends ten times a second."""


def epoch(lon_deg: float, t_ns: int) -> list[bytes]:
    """Give the four sentences of a device at an instant, without TAG blocks."""
    return [
        encode_gga(t_ns, lon_deg, 29.9, 5.0, 10.0, 4, 24, 0.7),
        encode_rmc(t_ns, lon_deg, 29.9, 4.2, 1.0),
        encode_gst(t_ns, 0.014, 0.014, 0.02),
        encode_hdt(1.0),
    ]


def read_fields(line: str) -> float:
    """Parse a sentence with pynmea2 and read what the decoder reads; give the longitude of a GGA."""
    message = pynmea2.parse(line, check=True)
    kind = message.sentence_type
    if kind == "GGA":
        _ = message.latitude, message.gps_qual, message.num_sats, message.timestamp
        _ = message.horizontal_dil, message.altitude, message.geo_sep
        return float(message.longitude)
    if kind == "RMC":
        _ = message.latitude, message.longitude, message.spd_over_grnd, message.true_course
        _ = message.timestamp, message.datestamp
    elif kind == "GST":
        _ = message.std_dev_latitude, message.std_dev_longitude, message.timestamp
    else:
        _ = message.heading
    return float("nan")


class Ticks:
    """The bytes of a fleet's ticks, one after the other, for both sides."""

    def __init__(self, devices: int) -> None:
        tags = [tag_block(f"TT-{k:04d}") for k in range(devices)]
        places = 121.6 + 1e-4 * np.arange(devices)
        self.chunks: list[RawChunk] = []
        self.texts: list[list[str]] = []
        for k in range(ROUNDS + 2):
            t_ns = T_NS + k * STEP_NS
            epochs = [epoch(lon_deg, t_ns) for lon_deg in places.tolist()]
            data = b"".join(tag + line for tag, lines in zip(tags, epochs, strict=True) for line in lines)
            self.chunks.append(RawChunk("sim", t_ns, data))
            self.texts.append([line.decode() for lines in epochs for line in lines])
        self.decoder = Decoder()
        self.decoder.decode([self.chunks[0]])  # so that the order of a device's sentences is known
        self.ours, self.theirs = itertools.count(1), itertools.count(1)

    def decode(self) -> list[float]:
        """Take the next tick with the decoder; give the longitudes."""
        return sorted(self.decoder.decode([self.chunks[next(self.ours)]]).fixes.lon_deg.tolist())

    def parse(self) -> list[float]:
        """Take the next tick with pynmea2; give the longitudes."""
        found = [read_fields(text) for text in self.texts[next(self.theirs)]]
        return sorted(lon_deg for lon_deg in found if lon_deg == lon_deg)


class Second:
    """Three sentences a device and tick, as one text and as lines: for the parsers alone."""

    def __init__(self, devices: int, ticks: int) -> None:
        places = 121.6 + 1e-4 * np.arange(devices)
        lines = [
            line
            for k in range(ticks)
            for lon_deg in places.tolist()
            for line in epoch(lon_deg, T_NS + k * STEP_NS)[:3]
        ]
        self.count = len(lines)
        self.chunk = RawChunk("sim", T_NS, b"".join(lines))
        self.texts = [line.decode() for line in lines]
        self.fastest_s = float("inf")

    def parse(self) -> list[float]:
        """Read all of it as columns; give the longitudes of the GGAs."""
        begin = time.process_time()
        sentences, _ = nmea.read(cut([self.chunk], {}))
        self.fastest_s = min(self.fastest_s, time.process_time() - begin)
        found: list[float] = sentences.lon_deg[sentences.kind == nmea.GGA].tolist()
        return found

    def their_parse(self) -> list[float]:
        """Read a line at a time with pynmea2; give the longitudes of the GGAs."""
        found = [read_fields(text) for text in self.texts]
        return [lon_deg for lon_deg in found if lon_deg == lon_deg]

    def note(self) -> str:
        """Tell how many sentences a second the parser read in its best round of CPU time."""
        return f"{self.count / self.fastest_s / 1e6:.2f} M sentences/s of CPU time at best"


def rows() -> Iterable[Row]:
    """Give a row a size of fleet for the decoder, and two for the parser alone."""
    # A session frees tables of megabytes all the time, and the allocator then keeps its pages.
    np.ones(3_900_000).sum()
    for devices, ticks in ((1000, 1), (1000, TICKS)):
        second = Second(devices, ticks)
        differ = "" if second.parse() == second.their_parse() else "; the positions differ"
        title = f"parse {second.count} sentences"
        row = compare(title, second.parse, second.their_parse, "pynmea2", rounds=5 if ticks > 1 else ROUNDS)
        yield Row(
            row.title, row.peer, row.ours_ms, row.peer_ms, row.ratio, row.spread, second.note() + differ
        )
    for devices in DEVICES:
        ticks_of, check = Ticks(devices), Ticks(devices)
        check.decode()
        check.parse()
        note = "" if check.decode() == check.parse() else "the positions differ"
        title = f"decode {4 * devices} sentences of {devices} devices"
        yield compare(title, ticks_of.decode, ticks_of.parse, "pynmea2", rounds=ROUNDS, note=note)
