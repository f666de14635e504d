"""Epochs: the sentences of one device and one instant, merged into one fix.

An epoch is over once a sentence with a later time comes from the device. It is given out before
that, at the end of a call, where it has a position and its last sentence is of the type that ended
the epoch before: so a device's order is learnt, and its fixes are not an epoch late. HDT, VTG and GSA
have no time and belong to the epoch before them.

What comes late, or twice, is told by the epochs given out of late; see :mod:`sensors.order`.
"""

from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from sensors.clockwork import OFF_NS, on_our_clock
from sensors.nmea import DAY_NS, NO_TIME, Sentences
from sensors.order import ENDED, NEWEST, Fates, judge, remember
from sensors.pending import Pending
from sensors.types import GGAH, GSA, UNTIMED
from twin.inputs import Fixes, no_fixes
from twin.tables import Bytes, Flags, Floats, Ints, Longs

Columns = dict[str, NDArray[Any]]

_MEASURES = ("h_m", "quality", "satellites", "hdop")
_VALUES = ("sigma_m", "speed_mps", "course_rad", "heading_rad")
_SECOND = ("second_lon_deg", "second_lat_deg")

_AXIS_M, _FLATTENING = 6_378_137.0, 1 / 298.257222101
_BASELINE_M = (0.2, 20.0)
"""Two antennas nearer or farther than that are not on one machine."""


@dataclass(frozen=True, eq=False, slots=True)
class _Rows:
    """Open epochs and sentences as equal rows, each device's together and in order."""

    device: Ints
    tod_ns: Longs
    day: Longs
    t_rx_ns: Longs
    line: Longs
    kind: Bytes
    rank: Bytes
    columns: Columns


def merge(
    pending: Pending, sentences: Sentences, device: Ints, t_rx_ns: Longs, *, as_sent: bool = False
) -> tuple[Fixes, Pending, list[tuple[int, str]]]:
    """Merge sentences into fixes.

    Parameters
    ----------
    pending : Pending
        One row a device; ``device`` indexes it.
    sentences : Sentences
        (k,) in order of reception.
    device : (k,) int32
    t_rx_ns : (k,) int64
    as_sent : bool
        Whether times are kept however old they are.

    Returns
    -------
    Fixes, Pending
        Fixes of a device are in the order in which they came. An epoch without a position gives none.
    list of (int, str)
        Epochs refused: the line of the first sentence, and why.
    """
    rows = _ordered(pending, sentences, device, t_rx_ns)
    if not len(rows.device):
        return no_fixes(), pending, []
    group, first = _grouped(rows)
    columns = _merged(rows, group, first)
    return _given_out(pending, columns, as_sent)


def finish(pending: Pending, *, as_sent: bool = False) -> tuple[Fixes, Pending]:
    """Give out the epochs that are open."""
    rows = np.flatnonzero(pending.open & np.isfinite(pending.lon_deg))
    names = ("lon_deg", "lat_deg", *_MEASURES, *_VALUES, "day", "tod_ns", "t_rx_ns")
    columns: Columns = {name: getattr(pending, name)[rows] for name in names} | {"device": rows}
    kept = pending.editable("offset_ns") | {"open": np.zeros(len(pending), np.bool_)}
    fixes = _fixes(columns, np.arange(len(rows)), kept, as_sent)
    return fixes, pending.with_columns(**kept)


def _ordered(pending: Pending, sentences: Sentences, device: Ints, t_rx_ns: Longs) -> _Rows:
    """Put open epochs in front of the sentences, sort by device, and give HDT and its like a time."""
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
    line = np.concatenate((np.full(len(carried), -1, np.int64), sentences.line))[order]
    tod = both("tod_ns")
    # Without a time: that of the sentence before it, else of the epoch that was given out last.
    own = tod != NO_TIME
    if not own.all():
        before = np.maximum.accumulate(np.where(own, np.arange(len(tod)), -1))
        same = (before >= 0) & (who[before] == who)
        untimed = np.isin(kind, UNTIMED) & ~own
        tod = np.where(untimed, np.where(same, tod[before], pending.tod_ns[who]), tod)
    columns = {name: both(name) for name in ("lon_deg", "lat_deg", *_MEASURES, *_VALUES)}
    second = (kind == GGAH) & (line >= 0)
    for name, of in zip(_SECOND, ("lon_deg", "lat_deg"), strict=True):
        joined = np.concatenate((getattr(pending, name)[carried], np.full(len(sentences), np.nan)))[order]
        columns[name] = np.where(second, columns[of], joined)
        columns[of] = np.where(second, np.nan, columns[of])
    rows = _Rows(who, tod, both("day"), t_rx, line, kind, both("rank"), columns)
    return rows if own.all() else _timed(rows)


def _timed(rows: _Rows) -> _Rows:
    """Leave out what has no time and no epoch to belong to."""
    keep = rows.tod_ns != NO_TIME
    if keep.all():
        return rows
    columns = {name: values[keep] for name, values in rows.columns.items()}
    return _Rows(
        rows.device[keep], rows.tod_ns[keep], rows.day[keep], rows.t_rx_ns[keep], rows.line[keep],
        rows.kind[keep], rows.rank[keep], columns,
    )  # fmt: skip


def _grouped(rows: _Rows) -> tuple[Longs, Longs]:
    """Give the number of each row's epoch, and each epoch's first row; its rows need not be adjacent."""
    starts = np.ones(len(rows.device), np.bool_)
    starts[1:] = (rows.device[1:] != rows.device[:-1]) | (rows.tod_ns[1:] != rows.tod_ns[:-1])
    first = np.flatnonzero(starts)
    group = np.cumsum(starts) - 1
    who, tod = rows.device[first], rows.tod_ns[first]
    if not ((who[1:] == who[:-1]) & (tod[1:] < tod[:-1])).any():
        return group, first
    # A time ran back: an epoch may be in several pieces.
    order = np.lexsort((tod, who))
    again = np.zeros(len(first), np.bool_)
    again[1:] = (who[order][1:] == who[order][:-1]) & (tod[order][1:] == tod[order][:-1])
    if not again.any():
        return group, first
    piece = np.cumsum(~again) - 1
    head = np.minimum.reduceat(order, np.flatnonzero(~again))  # the first piece of each epoch
    rank = np.argsort(np.argsort(head))
    new = np.empty(len(first), np.int64)
    new[order] = rank[piece]
    return new[group], first[np.sort(head)]


def _merged(rows: _Rows, group: Longs, first: Longs) -> Columns:
    """Give one row an epoch: of each value the last word, of a position the best talker's."""
    n = len(first)
    out: Columns = {name: np.full(n, np.nan) for name in rows.columns}
    for name in ("quality", "satellites"):
        out[name] = np.full(n, -1, np.int8)
    for name in (*_VALUES, *_SECOND):
        _put(out[name], group, rows.columns[name], np.isfinite(rows.columns[name]))
    best = np.zeros(n, np.int8)
    for rank in (0, 1, 2):
        ranked = rows.rank == rank
        if not ranked.any():
            continue
        best[group[ranked]] = rank
        placed = ranked & np.isfinite(rows.columns["lon_deg"])
        for name in ("lon_deg", "lat_deg"):
            _put(out[name], group, rows.columns[name], placed)
        if rank:
            for name in _MEASURES:
                _put(out[name], group, rows.columns[name], ranked)
    _count_satellites(rows, group, best, out)
    day = np.full(n, NO_TIME, np.int64)
    _put(day, group, rows.day, rows.day != NO_TIME)
    last = np.zeros(n, np.int8)
    last[group] = rows.kind
    _steer(out)
    return out | {
        "device": rows.device[first],
        "tod_ns": rows.tod_ns[first],
        "t_rx_ns": rows.t_rx_ns[first],
        "line": rows.line[first],
        "day": day,
        "rank": best,
        "last": last,
    }


def _put(column: NDArray[Any], group: Longs, values: NDArray[Any], where: Flags) -> None:
    if where.all():
        column[group] = values
    else:
        column[group[where]] = values[where]


def _count_satellites(rows: _Rows, group: Longs, best: Bytes, out: Columns) -> None:
    """Where there was no GGA: the satellites that the epoch's GSA name, and their HDOP."""
    named = (rows.kind == GSA) & (best[group] == 0) & (rows.line >= 0)
    if not named.any():
        return
    count = np.zeros(len(best), np.int64)
    np.add.at(count, group[named], rows.columns["satellites"][named].astype(np.int64))
    some = np.unique(group[named])
    out["satellites"][some] = np.minimum(count[some], 99).astype(np.int8)
    _put(out["hdop"], group, rows.columns["hdop"], named & np.isfinite(rows.columns["hdop"]))


def _steer(out: Columns) -> None:
    """Give a heading to epochs that have a second antenna's position and no heading of their own.

    Notes
    -----
    From the first antenna to the second, in the plane that touches the ellipsoid (GRS 80).
    """
    ready = np.isfinite(out["second_lon_deg"] + out["lon_deg"]) & np.isnan(out["heading_rad"])
    ready &= (out["quality"] == 4) | (out["quality"] == 5)
    rows = np.flatnonzero(ready)
    if not rows.size:
        return
    north, east = _offset_m(
        *(out[name][rows] for name in ("lat_deg", "lon_deg", "second_lat_deg", "second_lon_deg"))
    )
    length = np.hypot(north, east)
    right = (length >= _BASELINE_M[0]) & (length <= _BASELINE_M[1])
    out["heading_rad"][rows[right]] = (np.arctan2(east, north) % (2 * np.pi))[right]


def _offset_m(
    lat_deg: Floats, lon_deg: Floats, to_lat_deg: Floats, to_lon_deg: Floats
) -> tuple[Floats, Floats]:
    """Give metres to the north and to the east between near points."""
    squeeze = _FLATTENING * (2 - _FLATTENING)
    lat = np.radians(lat_deg)
    bend = 1 - squeeze * np.sin(lat) ** 2
    north = np.radians(to_lat_deg - lat_deg) * _AXIS_M * (1 - squeeze) / bend**1.5
    return north, np.radians(to_lon_deg - lon_deg) * np.cos(lat) * _AXIS_M / np.sqrt(bend)


def _given_out(
    pending: Pending, groups: Columns, as_sent: bool
) -> tuple[Fixes, Pending, list[tuple[int, str]]]:
    """Decide which epochs are over, and remember the rest."""
    device = groups["device"]
    fates = judge(pending, device, groups["tod_ns"])
    placed = np.isfinite(groups["lon_deg"])
    newest = fates.fate == NEWEST
    closing = pending.closing.copy()
    ended = fates.fate == ENDED
    # The type that ended the epoch before, as it stood before each device's newest.
    before = closing[device]
    chain = ended[:-1] & newest[1:] & (device[1:] == device[:-1])
    before[1:][chain] = groups["last"][:-1][chain]
    complete = newest & (groups["last"] == before) & placed
    closing[device[ended]] = groups["last"][ended]
    kept = pending.editable(*(name for name in groups if name not in ("device", "line")), "open", "offset_ns")
    kept["closing"] = closing
    stays = np.flatnonzero(newest)
    for name, values in groups.items():
        if name not in ("device", "line"):
            kept[name][device[stays]] = values[stays]
    kept["open"][device[newest]] = ~complete[newest]
    chosen = np.flatnonzero((ended | complete) & placed)
    fixes = _fixes(groups, chosen, kept, as_sent)
    over = np.flatnonzero(ended | complete)
    kept |= remember(pending, fates, device[over], groups["tod_ns"][over])
    return fixes, pending.with_columns(**kept), _refused(fates, groups["line"], placed)


def _refused(fates: Fates, line: Longs, placed: Flags) -> list[tuple[int, str]]:
    """Give the epochs with a position that were refused; the rest of one given out is no refusal."""
    return [(int(line[row]), text) for row, text in fates.refused if placed[row]]


def _fixes(groups: Columns, chosen: Longs, kept: Columns, as_sent: bool) -> Fixes:
    """Make the table of the ``chosen`` epochs; learn the devices' clock offsets into ``kept``."""
    if not chosen.size:
        return no_fixes()
    names = ("lon_deg", "lat_deg", *_MEASURES[:3], "hdop", *_VALUES)
    picked = {name: groups[name][chosen] for name in (*names, "device", "day", "tod_ns", "t_rx_ns")}
    t_rx = picked["t_rx_ns"]
    dated = picked["day"] != NO_TIME
    midnight = np.where(dated, picked["day"], t_rx // DAY_NS) * DAY_NS
    t_ns = midnight + picked["tod_ns"]
    # Without a date: the day that puts the fix nearest to its reception.
    if not dated.all():
        t_ns = np.where(dated, t_ns, t_ns + np.rint((t_rx - t_ns) / DAY_NS).astype(np.int64) * DAY_NS)
    if not as_sent:
        t_ns = on_our_clock(picked["device"], t_ns, t_rx, kept["offset_ns"], OFF_NS)
    columns = {name: picked[name] for name in names}
    return Fixes(device=picked["device"].astype(np.int32), t_ns=t_ns, t_rx_ns=t_rx, **columns)
