"""Which satellites receivers use and which are in view, by constellation: what GSA and GSV sentences list."""

from collections.abc import Iterable
from dataclasses import dataclass, field

import numpy as np

from sensors.lines import Lines
from twin.tables import Bytes

GPS, GLONASS, GALILEO, BEIDOU, QZSS, NAVIC, SBAS = (
    "GPS", "GLONASS", "Galileo", "BeiDou", "QZSS", "NavIC", "SBAS",
)  # fmt: skip

_TALKERS = {"GP": GPS, "GL": GLONASS, "GA": GALILEO, "GB": BEIDOU, "BD": BEIDOU, "GQ": QZSS, "GI": NAVIC}
_SYSTEMS = {"1": GPS, "2": GLONASS, "3": GALILEO, "4": BEIDOU, "5": QZSS, "6": NAVIC}
"""System id of NMEA 4.11, the last field of a GSA."""
_RANGES = ((33, 64, SBAS), (65, 99, GLONASS), (193, 202, QZSS), (201, 263, BEIDOU), (301, 336, GALILEO),
           (401, 463, BEIDOU))  # fmt: skip
"""Numbers that makers give to satellites of other constellations in GPGSV and GNGSA."""

Counts = dict[str, dict[str, int]]
"""Constellation -> ``used`` and ``in_view``."""


@dataclass(slots=True)
class _Receiver:
    """What one receiver has listed of late, and the most that it listed at one time."""

    used: dict[str, set[int]] = field(default_factory=dict)
    signals: dict[tuple[str, str], set[tuple[str, int]]] = field(default_factory=dict)
    most: dict[str, list[int]] = field(default_factory=dict)
    after_gsa: bool = False

    def in_view(self) -> dict[str, int]:
        """Count the satellites in view; one of several signals counts once."""
        seen = set().union(*self.signals.values()) if self.signals else set()
        return _tally(name for name, _ in seen)

    def note(self) -> None:
        """Keep the most of each constellation."""
        for place, counts in enumerate(
            ({name: len(some) for name, some in self.used.items()}, self.in_view())
        ):
            for name, count in counts.items():
                most = self.most.setdefault(name, [0, 0])
                most[place] = max(most[place], count)


def _tally(names: Iterable[str]) -> dict[str, int]:
    out: dict[str, int] = {}
    for name in names:
        out[name] = out.get(name, 0) + 1
    return out


class Sky:
    """Reads the GSA and GSV sentences of many receivers."""

    def __init__(self) -> None:
        self._receivers: dict[str, _Receiver] = {}

    def look(self, lines: Lines, codes: Bytes) -> None:
        """Take the valid sentences of a call.

        Parameters
        ----------
        lines : Lines
        codes : (n,) int8
            Reason of each line; only 0 counts.
        """
        for row in np.flatnonzero(lines.sentence & (codes == 0)).tolist():
            body = lines.data[lines.body[row] + 1 : lines.end[row]]
            kind = body[2:6]
            one = self._receivers.get(lines.devices[lines.device[row]])
            if kind not in (b"GSA,", b"GSV,"):
                if one is not None:
                    one.after_gsa = False
                continue
            if one is None:
                one = self._receivers.setdefault(lines.devices[lines.device[row]], _Receiver())
            fields = body.partition(b"*")[0].decode("ascii", "replace").split(",")
            if kind == b"GSA,":
                _take_gsa(one, fields)
            else:
                one.after_gsa = False
                _take_gsv(one, fields)
            one.note()

    def now(self) -> dict[str, Counts]:
        """Give by receiver what it listed last."""
        out = {}
        for name, one in self._receivers.items():
            used = {word: len(some) for word, some in one.used.items()}
            out[name] = _counts(used, one.in_view())
        return out

    def most(self) -> dict[str, Counts]:
        """Give by receiver the most that it listed at one time."""
        return {
            name: _counts({k: v[0] for k, v in one.most.items()}, {k: v[1] for k, v in one.most.items()})
            for name, one in self._receivers.items()
        }


def _counts(used: dict[str, int], in_view: dict[str, int]) -> Counts:
    names = [name for name in dict.fromkeys((*used, *in_view)) if used.get(name) or in_view.get(name)]
    return {name: {"used": used.get(name, 0), "in_view": in_view.get(name, 0)} for name in names}


def _take_gsa(one: _Receiver, fields: list[str]) -> None:
    """Take what a GSA names: those in a row are of one epoch, several of one constellation among them."""
    if not one.after_gsa:
        one.used = {}
    one.after_gsa = True
    told = _SYSTEMS.get(fields[18]) if len(fields) > 18 else None
    for text in fields[3:15]:
        if text.isdecimal():
            name = _constellation(told or _TALKERS.get(fields[0][:2], ""), int(text))
            one.used.setdefault(name, set()).add(int(text))


def _take_gsv(one: _Receiver, fields: list[str]) -> None:
    """Take what a GSV names: the first of several begins the list of its talker and signal anew."""
    if len(fields) < 4:
        return
    talker, rest = fields[0][:2], fields[4:]
    signal = rest.pop() if len(rest) % 4 == 1 else ""
    key = (talker, signal)
    if fields[2].lstrip("0") == "1" or key not in one.signals:
        one.signals[key] = set()
    for text in rest[::4]:
        if text.isdecimal():
            one.signals[key].add((_constellation(_TALKERS.get(talker, ""), int(text)), int(text)))


def _constellation(named: str, number: int) -> str:
    """Give the constellation of a satellite.

    Its number tells only where the sentence leaves it open: a BeiDou satellite over 32 is no SBAS.
    """
    if named not in ("", GPS):
        return named
    return next((name for least, most, name in _RANGES if least <= number <= most), GPS)
