"""Epochs: the sentences of one device and one instant, merged into one fix.

An epoch is over once a sentence with another time comes from the device. It is given out before
that, at the end of a call, where it has a position and its last sentence is of the type that ended
the epoch before: so a device's order is learnt, and its fixes are not an epoch late. HDT has no
time and belongs to the epoch before it. What comes late for an epoch given out is dropped.
"""

from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from sensors.clockwork import NOT_SET, OFF_NS, on_our_clock
from sensors.nmea import DAY_NS, HDT, NO_TIME, Columns, Sentences
from twin.inputs import Fixes, no_fixes
from twin.tables import Bytes, Flags, Floats, Ints, Longs, Table, Texts

FORGET_NS = 600 * 1_000_000_000
"""A device not heard for so long is forgotten: trucks come once and leave."""

_MEASURES = ("h_m", "quality", "satellites", "hdop")
_VALUES = ("sigma_m", "speed_mps", "course_rad", "heading_rad")


@dataclass(frozen=True, eq=False)
class Pending(Table):
    """What is remembered of every device between calls, one row each.

    Attributes
    ----------
    name : (d,) S16
    open : (d,) bool
        An epoch has begun and was not given out.
    tod_ns, day, t_rx_ns : (d,) int64
        Of that epoch, or of the last one given out; ``NO_TIME`` before the first.
    rank : (d,) int8
        Whose position it has; see ``Sentences``.
    last : (d,) int8
        Type of its last sentence.
    closing : (d,) int8
        Type that ended the epoch before, -1 where not known.
    heard_ns : (d,) int64
        Last reception of anything.
    offset_ns, json_offset_ns : (d,) int64
        What the device's times are moved by; see ``clockwork``.
    lon_deg, lat_deg, h_m, hdop, sigma_m, speed_mps, course_rad, heading_rad : (d,) float
    quality, satellites : (d,) int8
        Of the open epoch.
    """

    name: Texts
    open: Flags
    tod_ns: Longs
    day: Longs
    t_rx_ns: Longs
    rank: Bytes
    last: Bytes
    closing: Bytes
    heard_ns: Longs
    offset_ns: Longs
    json_offset_ns: Longs
    lon_deg: Floats
    lat_deg: Floats
    h_m: Floats
    hdop: Floats
    sigma_m: Floats
    speed_mps: Floats
    course_rad: Floats
    heading_rad: Floats
    quality: Bytes
    satellites: Bytes

    def __len__(self) -> int:
        """Give the number of devices."""
        return len(self.name)

    @staticmethod
    def of(names: tuple[str, ...]) -> "Pending":
        """Give the rows of devices of which nothing is known yet."""
        n = len(names)
        small = {"rank": 0, "last": -1, "closing": -1, "quality": -1, "satellites": -1}
        columns = {name: np.full(n, np.nan) for name in Pending.__dataclass_fields__}
        columns |= {name: np.full(n, value, np.int8) for name, value in small.items()}
        columns |= {name: np.full(n, NO_TIME, np.int64) for name in ("tod_ns", "day", "t_rx_ns", "heard_ns")}
        columns |= {name: np.full(n, NOT_SET, np.int64) for name in ("offset_ns", "json_offset_ns")}
        columns["open"] = np.zeros(n, np.bool_)
        columns["name"] = np.array(names, "S16")
        return Pending(**columns)

    def rows(self, keep: Flags | Longs) -> "Pending":
        """Give some of the rows."""
        return Pending(*(getattr(self, name)[keep] for name in self.__dataclass_fields__))

    def joined_by(self, names: tuple[str, ...]) -> "Pending":
        """Give these rows, followed by those of new devices."""
        if not names:
            return self
        more = Pending.of(names)
        columns = {}
        for name in self.__dataclass_fields__:
            columns[name] = np.concatenate((getattr(self, name), getattr(more, name)))
        return Pending(**columns)

    def without_the_silent(self, now_ns: int) -> "Pending":
        """Forget devices not heard for ``FORGET_NS``."""
        keep = now_ns - self.heard_ns <= FORGET_NS
        return self if keep.all() else self.rows(keep)


@dataclass(frozen=True, eq=False, slots=True)
class _Rows:
    """Open epochs and sentences as equal rows, each device's together and in order."""

    device: Ints
    tod_ns: Longs
    day: Longs
    t_rx_ns: Longs
    kind: Bytes
    rank: Bytes
    columns: Columns


def merge(pending: Pending, sentences: Sentences, device: Ints, t_rx_ns: Longs) -> tuple[Fixes, Pending]:
    """Merge sentences into fixes.

    Parameters
    ----------
    pending : Pending
        One row a device; ``device`` indexes it.
    sentences : Sentences
        (k,) in order of reception.
    device : (k,) int32
    t_rx_ns : (k,) int64

    Returns
    -------
    Fixes, Pending
        Fixes of a device are in the order in which they came. An epoch without a position gives none.
    """
    rows = _ordered(pending, sentences, device, t_rx_ns)
    if not len(rows.device):
        return no_fixes(), pending
    first = np.flatnonzero(
        np.concatenate(
            ([True], (rows.device[1:] != rows.device[:-1]) | (rows.tod_ns[1:] != rows.tod_ns[:-1]))
        )
    )
    group = np.zeros(len(rows.device), np.int64)
    group[first[1:]] = 1
    group = np.cumsum(group)
    columns = _merged(rows, group, first)
    return _given_out(pending, columns)


def _ordered(pending: Pending, sentences: Sentences, device: Ints, t_rx_ns: Longs) -> _Rows:
    """Put open epochs in front of the sentences, sort by device, and give HDT a time."""
    carried = np.flatnonzero(pending.open)
    who = np.concatenate((carried.astype(np.int32), device))
    order = np.argsort(who, kind="stable")

    def both(name: str) -> NDArray[Any]:
        joined = np.concatenate((getattr(pending, name)[carried], getattr(sentences, name)))
        out: NDArray[Any] = joined[order]
        return out

    who = who[order]
    kind = np.concatenate((pending.last[carried], sentences.kind))[order]
    t_rx = np.concatenate((pending.t_rx_ns[carried], t_rx_ns))[order]
    tod = both("tod_ns").copy()
    # HDT: the time of the sentence before it, else of the epoch that was given out last.
    own = tod != NO_TIME
    before = np.maximum.accumulate(np.where(own, np.arange(len(tod)), -1))
    same = (before >= 0) & (who[before] == who)
    untimed = (kind == HDT) & ~own
    tod = np.where(untimed, np.where(same, tod[before], pending.tod_ns[who]), tod)
    names = ("lon_deg", "lat_deg", *_MEASURES, *_VALUES)
    keep = tod != NO_TIME
    columns = {name: both(name)[keep] for name in names}
    return _Rows(who[keep], tod[keep], both("day")[keep], t_rx[keep], kind[keep], both("rank")[keep], columns)


def _merged(rows: _Rows, group: Longs, first: Longs) -> Columns:
    """Give one row an epoch: of each value the last word, of a position the best talker's."""
    n = len(first)
    out: Columns = {name: np.full(n, np.nan) for name in rows.columns}
    for name in ("quality", "satellites"):
        out[name] = np.full(n, -1, np.int8)
    for name in _VALUES:
        _put(out[name], group, rows.columns[name], np.isfinite(rows.columns[name]))
    for rank in (0, 1, 2):
        ranked = rows.rank == rank
        if not ranked.any():
            continue
        placed = ranked & np.isfinite(rows.columns["lon_deg"])
        for name in ("lon_deg", "lat_deg"):
            _put(out[name], group, rows.columns[name], placed)
        if rank:
            for name in _MEASURES:
                _put(out[name], group, rows.columns[name], ranked)
    last = np.append(first[1:], len(group)) - 1
    day = np.full(n, NO_TIME, np.int64)
    _put(day, group, rows.day, rows.day != NO_TIME)
    best = np.zeros(n, np.int8)
    np.maximum.at(best, group, rows.rank)
    return out | {
        "device": rows.device[first],
        "tod_ns": rows.tod_ns[first],
        "t_rx_ns": rows.t_rx_ns[first],
        "day": day,
        "rank": best,
        "last": rows.kind[last],
    }


def _put(column: NDArray[Any], group: Longs, values: NDArray[Any], where: Flags) -> None:
    column[group[where]] = values[where]


def _given_out(pending: Pending, groups: Columns) -> tuple[Fixes, Pending]:
    """Decide which epochs are over, and remember the rest."""
    device = groups["device"]
    newest = np.append(device[1:] != device[:-1], True)
    eldest = np.insert(newest[:-1], 0, True)
    late = eldest & (groups["tod_ns"] == pending.tod_ns[device]) & ~pending.open[device]
    closing = pending.closing.copy()
    ended = ~newest | late
    # The type that ended the epoch before, as it stood before each group.
    before = np.where(eldest, closing[device], np.insert(groups["last"][:-1], 0, -1))
    complete = newest & ~late & (groups["last"] == before) & np.isfinite(groups["lon_deg"])
    closing[device[ended]] = groups["last"][ended]
    out = (~newest | complete) & ~late & np.isfinite(groups["lon_deg"])
    kept = pending.editable(*(name for name in groups if name != "device"), "open", "offset_ns")
    kept["closing"] = closing
    stays = np.flatnonzero(newest & ~late)
    for name, values in groups.items():
        if name != "device":
            kept[name][device[stays]] = values[stays]
    kept["open"][device[newest]] = (~complete & ~late)[newest]
    chosen = np.flatnonzero(out)
    fixes = _fixes(groups, chosen, pending, kept)
    return fixes, pending.with_columns(**kept)


def _fixes(groups: Columns, chosen: Longs, pending: Pending, kept: Columns) -> Fixes:
    """Make the table of the ``chosen`` epochs; learn the devices' clock offsets into ``kept``."""
    if not chosen.size:
        return no_fixes()
    picked = {name: values[chosen] for name, values in groups.items()}
    t_rx = picked["t_rx_ns"]
    dated = picked["day"] != NO_TIME
    midnight = np.where(dated, picked["day"], t_rx // DAY_NS) * DAY_NS
    t_ns = midnight + picked["tod_ns"]
    # Without a date: the day that puts the fix nearest to its reception.
    t_ns = np.where(dated, t_ns, t_ns + np.rint((t_rx - t_ns) / DAY_NS).astype(np.int64) * DAY_NS)
    t_ns = on_our_clock(picked["device"], t_ns, t_rx, kept["offset_ns"], OFF_NS)
    names = ("lon_deg", "lat_deg", *_MEASURES[:3], "hdop", *_VALUES)
    columns = {name: picked[name] for name in names}
    return Fixes(device=picked["device"].astype(np.int32), t_ns=t_ns, t_rx_ns=t_rx, **columns)
