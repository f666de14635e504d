"""NMEA 0183 sentences of any talker, read in one go, and written.

The bytes of many devices are read in one go, because a call a sentence costs more than the
sentence. What a sentence says is in :data:`SENTENCES`: a row of field numbers a type.

Notes
-----
NMEA 0183 version 4.11; talkers GP, GN, GB or BD (BeiDou), GL, GA, GQ, GI are all read alike. Unicore's
six-letter sentences (GNGGAH) are of a second antenna; KSXT is Unicore's position and heading in one.
"""

from dataclasses import dataclass

import numpy as np

from sensors.columns import FLOATS, MPS_PER_KNOT, NO_TIME, Columns, read_columns, room
from sensors.fields import LONG_TAIL, SHORT_TAIL, TYPES, look_again
from sensors.lines import MAX_LINE_BYTES, REASONS, Lines
from sensors.types import GGA, GGAH, GSA, GST, HDT, KSXT, RMC, SENTENCES, VTG, SentenceType
from sensors.writing import checksum, encode_gga, encode_gst, encode_hdt, encode_rmc, sentence, tag_block
from twin.tables import Bytes, Floats, Longs, Table

__all__ = [
    "GGA", "GGAH", "GSA", "GST", "HDT", "KSXT", "MAX_LINE_BYTES", "MPS_PER_KNOT", "NO_TIME", "REASONS", "RMC",
    "SENTENCES", "VTG", "SentenceType", "Sentences",
    "checksum", "encode_gga", "encode_gst", "encode_hdt", "encode_rmc", "read", "sentence", "tag_block",
]  # fmt: skip

DAY_NS = 86_400 * 1_000_000_000


@dataclass(frozen=True, eq=False)
class Sentences(Table):
    """Sentences that were read, one row each, in the order in which they came.

    Attributes
    ----------
    line : (k,) int64
        Row of the line.
    kind : (k,) int8
        GGA, RMC, GST, HDT, VTG, GSA, KSXT or GGAH.
    rank : (k,) int8
        How much its position counts: 2 a GGA of talker GN, 1 another GGA or a KSXT, 0 the others.
    tod_ns, day : (k,) int64
        Nanoseconds since midnight UTC; days since 1970; ``NO_TIME`` where not sent.
    lon_deg, lat_deg, h_m, hdop, sigma_m, speed_mps, course_rad, heading_rad : (k,) float
        NaN where the sentence does not say it. ``sigma_m`` is the error of one axis: the root of the
        mean of both variances. The position of a GGAH is the second antenna's.
    quality, satellites : (k,) int8
        -1 where not sent; the quality of an RMC of status V is 0. The satellites of a GSA are those that it
        names.
    """

    line: Longs
    kind: Bytes
    rank: Bytes
    tod_ns: Longs
    day: Longs
    lon_deg: Floats
    lat_deg: Floats
    h_m: Floats
    quality: Bytes
    satellites: Bytes
    hdop: Floats
    sigma_m: Floats
    speed_mps: Floats
    course_rad: Floats
    heading_rad: Floats

    def __len__(self) -> int:
        """Give the number of sentences."""
        return len(self.line)


def read(lines: Lines) -> tuple[Sentences, Bytes]:
    """Read every sentence of a type in :data:`SENTENCES` among ``lines``.

    Returns
    -------
    Sentences
        Those that hold together; a GGA without a fix has no position but is one of them.
    (n,) int8
        Reason of every line, those of ``lines`` included: 0 where there is nothing against it.
    """
    codes, columns = lines.reason.copy(), Columns.of(len(lines))
    sought = lines.buffer, lines.sentence, lines.body, lines.end
    tail = np.full(len(lines), SHORT_TAIL, np.int8)
    count, wrong = read_columns(*sought, tail, codes, TYPES, *room(), columns)
    if wrong:
        tail = look_again(lines, codes)
        if (tail == LONG_TAIL).any():
            count, _ = read_columns(*sought, tail, codes, TYPES, *room(), columns)
    named = dict(zip(FLOATS, columns.floats[:, :count], strict=True))
    _, kind, rank, quality, satellites, line, time, day = columns
    return Sentences(
        line[:count], kind[:count], rank[:count], time[:count], day[:count], quality=quality[:count],
        satellites=satellites[:count], **named,
    ), codes  # fmt: skip
