"""The sentence types that are read, as rows of field numbers."""

from collections.abc import Mapping
from dataclasses import dataclass, field

GGA, RMC, GST, HDT, VTG, GSA, KSXT, GGAH = range(8)

UNTIMED = (HDT, VTG, GSA)
"""Types that carry no time: they belong to the sentence before them."""

GRADES = (0, 3, 4, 4, 6, 5, 2, 1, 1, 0, 0)
"""How good a position of each GGA quality is, from fixed (6) down to none; the last is of one without."""


@dataclass(frozen=True, slots=True)
class SentenceType:
    """What is read of one type: its code, its fewest commas, and which field is which.

    ``numbers`` are fields from 1 (the address is 0) that hold plain numbers; ``time`` is the field of
    the time. ``position`` is the field of the latitude; N/S, longitude and E/W follow it; ``date`` is the
    field of the date; 0 where the type has none in that form.
    """

    code: int
    commas: int
    numbers: Mapping[str, int] = field(default_factory=dict)
    time: int = 0
    position: int = 0
    date: int = 0


SENTENCES: dict[str, SentenceType] = {
    "GGA": SentenceType(
        GGA, 14, {"quality": 6, "satellites": 7, "hdop": 8, "altitude": 9, "separation": 11}, 1, 2
    ),
    "RMC": SentenceType(RMC, 11, {"speed": 7, "course": 8}, 1, 3, 9),
    "GST": SentenceType(GST, 8, {"north": 6, "east": 7}, 1),
    "HDT": SentenceType(HDT, 2, {"heading": 1}),
    "VTG": SentenceType(VTG, 8, {"course": 1, "speed": 5, "speed_kmh": 7}),
    "GSA": SentenceType(GSA, 17, {"hdop": 16}),
    "KSXT": SentenceType(
        KSXT, 13,
        {"longitude": 2, "latitude": 3, "altitude": 4, "heading": 5, "course": 7, "speed_kmh": 8,
         "quality": 10, "heading_quality": 11, "satellites": 13},
    ),
    "GGAH": SentenceType(GGAH, 14, {"quality": 6}, 1, 2),
}  # fmt: skip
"""The types that are read; other valid types are counted as lines and otherwise passed over.

A name of three letters stands behind any talker, one that ends with H too (a second antenna's, as
Unicore sends it); KSXT is a whole address, and its time is read apart: it has the date in front.
"""
