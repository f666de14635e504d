"""Epochs: the sentences of one device and one instant, merged into one fix.

An epoch is over once a sentence with a later time comes from the device. It is given out before
that, at the end of a call, where it has a position and ends as the epoch before did: with a sentence of
that type, of which it has as many. So a device's order is learnt, and its fixes are not an epoch late. A log
whose times are kept as sent hurries for nobody: its fixes are the same however it is cut. HDT, VTG and GSA
have no time and belong to the epoch before them.

What comes late, or twice, is told by the epochs given out of late; see :mod:`sensors.order`.
"""

from collections.abc import Collection, Mapping, Sequence
from typing import Any

import numpy as np

from sensors import merging
from sensors.clockwork import OFF_NS, on_our_clock
from sensors.columns import MOST_SEPARATION_M
from sensors.merging import FLOATS, LONGS, SMALLS, Epochs, Named
from sensors.nmea import GGA, KSXT, Sentences
from sensors.order import TWICE, Fates, judge, remember
from sensors.pending import COUNT, Pending
from sensors.pieces import Sorted, grouped, pieces
from sensors.stepping import Steps, moved, watched
from twin.inputs import Fixes, no_fixes
from twin.tables import Flags, Floats, Ints, Longs

_AXIS_M, _FLATTENING = 6_378_137.0, 1 / 298.257222101
_BASELINE_M = (0.2, 20.0)
"""Two antennas nearer or farther than that are not on one machine."""

TWO = "two positions of one instant"
"""Why a position is refused that another receiver sends by a device's name."""

WARNED = "receiver warns of its fix (RMC of status V)"
"""Why a position is refused that a GGA calls measured, and the RMC of its instant void."""
_MEASURED = (1, 2, 3, 4, 5, 9)
"""Qualities of what was measured: beside what is estimated, typed in or made up, V is as it should be."""

_SAID = FLOATS[:-2]
_KEPT = LONGS[:-1]


def merge(
    pending: Pending,
    sentences: Sentences,
    device: Ints,
    t_rx_ns: Longs,
    *,
    as_sent: bool = False,
    scale_ns: int = 0,
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
    scale_ns : int
        By how much the time scale has stepped back; see ``stepping``.

    Returns
    -------
    Fixes, Pending
        Fixes of a device are in the order in which they came. An epoch without a position gives none.
    list of (int, str)
        Epochs refused: the line of the first sentence, and why.
    """
    if not as_sent:
        sentences, pending = moved(sentences, pending, device, t_rx_ns)
    sentences, pending = _with_heights(sentences, pending, device)
    found = Sorted.of(len(sentences), len(sentences) + int(np.count_nonzero(pending.open)))
    count, back = pieces(
        device, sentences.kind, sentences.tod_ns, pending.open, pending.tod_ns,
        np.zeros(len(pending), np.int64), found,
    )  # fmt: skip
    if not count:
        return no_fixes(), pending, []
    found = found.cut(count)
    ranks = sentences.kind, sentences.rank
    group = grouped(found, *ranks, pending) if back else np.arange(len(found.device))
    epochs = Epochs.of(int(group.max()) + 1)
    said, open_ = sentences.__dict__, pending.__dict__
    named = Named.of(len(epochs.device), len(sentences))
    two = merging.merged(
        found, group, sentences.line, sentences.kind, _columns(said, SMALLS[:3]), sentences.day, t_rx_ns,
        _columns(said, _SAID),
        (_columns(open_, FLOATS), _columns(open_, SMALLS), pending.t_rx_ns, pending.day, pending.tally),
        epochs, named,
    )  # fmt: skip
    if two:
        _steer(epochs)
    fixes, kept, refused = _given_out(pending, epochs, as_sent, scale_ns)
    refused += [(line, TWO) for line in named.other[named.other >= 0].tolist()]
    refused += [(line, TWICE) for line in sentences.line[named.again].tolist()]
    return fixes, kept, refused


def _with_heights(sentences: Sentences, pending: Pending, device: Ints) -> tuple[Sentences, Pending]:
    """Give the heights of KSXT over the ellipsoid, where the device's own GGA tell which height it sends.

    Notes
    -----
    Makers differ: some send the height over the ellipsoid, some that over the sea. Of one epoch both
    sentences tell the same place, so the difference is learnt from the epochs that have both: none, or that
    of geoid and ellipsoid. Where it is more than that can be one of the two is damaged, and tells nothing.
    """
    rows = np.flatnonzero(sentences.kind == KSXT)
    if not rows.size:
        return sentences, pending
    offset_m, h_m = pending.ksxt_m.copy(), sentences.h_m.copy()
    told = np.flatnonzero((sentences.kind == GGA) & np.isfinite(h_m))
    keys = zip(device[told].tolist(), sentences.tod_ns[told].tolist(), strict=True)
    heights = dict(zip(keys, h_m[told].tolist(), strict=True))
    opened = np.flatnonzero(pending.open & np.isfinite(pending.h_m))
    kept = zip(opened.tolist(), pending.tod_ns[opened].tolist(), strict=True)
    heights |= dict(zip(kept, pending.h_m[opened].tolist(), strict=True))
    for row in rows.tolist():
        who = int(device[row])
        known = heights.get((who, int(sentences.tod_ns[row])))
        if known is not None and abs(known - h_m[row]) <= MOST_SEPARATION_M:
            offset_m[who] = known - h_m[row]
    h_m[rows] += offset_m[device[rows]]
    return sentences.with_columns(h_m=h_m), pending.with_columns(ksxt_m=offset_m)


def finish(pending: Pending, *, as_sent: bool = False) -> tuple[Fixes, Pending, list[tuple[int, str]]]:
    """Give out the epochs that are open; give also which devices' are refused, and why."""
    rows = np.flatnonzero(pending.open & np.isfinite(pending.lon_deg))
    floats, smalls, longs = (
        np.stack([column[rows] for column in _columns(pending.__dict__, names)])
        for names in (FLOATS, SMALLS, _KEPT)
    )
    epochs = Epochs(rows.astype(np.int32), floats, smalls, np.vstack((longs, longs[:1])))
    kept = pending.editable("offset_ns") | {"open": np.zeros(len(pending), np.bool_)}
    void = _void(epochs, np.arange(len(rows)))
    fixes = _fixes(epochs, np.flatnonzero(~void), kept["offset_ns"], as_sent)
    return fixes, pending.with_columns(**kept), [(row, WARNED) for row in rows[void].tolist()]


def _columns(named: Mapping[str, Any], names: Sequence[str]) -> Any:
    return tuple(named[name] for name in names)


def _steer(epochs: Epochs) -> None:
    """Give a heading to epochs that have a second antenna's position and no heading of their own.

    Notes
    -----
    From the first antenna to the second, in the plane that touches the ellipsoid (GRS 80).
    """
    named = dict(zip(FLOATS, epochs.floats, strict=True))
    quality = epochs.smalls[merging.QUALITY]
    ready = np.isfinite(named["second_lon_deg"] + named["lon_deg"]) & np.isnan(named["heading_rad"])
    rows = np.flatnonzero(ready & ((quality == 4) | (quality == 5)))
    if not rows.size:
        return
    north, east = _offset_m(
        *(named[name][rows] for name in ("lat_deg", "lon_deg", "second_lat_deg", "second_lon_deg"))
    )
    length = np.hypot(north, east)
    right = (length >= _BASELINE_M[0]) & (length <= _BASELINE_M[1])
    named["heading_rad"][rows[right]] = (np.arctan2(east, north) % (2 * np.pi))[right]


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
    pending: Pending, epochs: Epochs, as_sent: bool, scale_ns: int
) -> tuple[Fixes, Pending, list[tuple[int, str]]]:
    """Decide which epochs are over, and remember the rest."""
    fates = judge(pending, epochs.device, epochs.longs[merging.TOD], epochs.longs[merging.T_RX])
    steps = Steps()
    if not as_sent and (fates.odd.any() or pending.slide[:, COUNT].any()):
        pending, steps = watched(pending, epochs, fates.odd, scale_ns)
        if steps.believed:
            fates = judge(pending, epochs.device, epochs.longs[merging.TOD], epochs.longs[merging.T_RX])
    kept = pending.editable(
        *FLOATS, *SMALLS, *_KEPT, "open", "offset_ns", "closing", "ends", "given", "given_mark", "place"
    )
    kept |= remember(pending, fates, kept["given"])
    floats, smalls, longs = (_columns(kept, names) for names in (FLOATS, SMALLS, _KEPT))
    chosen = merging.settled(
        epochs, fates.fate, not as_sent, kept["closing"], kept["ends"], kept["open"], floats, smalls, longs,
        kept["given"], kept["given_mark"], kept["place"],
    )  # fmt: skip
    void = _void(epochs, chosen)
    fixes = _fixes(epochs, chosen[~void], kept["offset_ns"], as_sent)
    warned = [(line, WARNED) for line in epochs.longs[merging.LINE, chosen[void]].tolist()]
    refused = _refused(fates, epochs, pending, steps.awaited)
    return fixes, pending.with_columns(**kept), refused + warned


def _void(epochs: Epochs, chosen: Longs) -> Flags:
    """Tell of which epochs the receiver warns, although a sentence of theirs has a fix."""
    warned: Flags = epochs.smalls[merging.WARNED, chosen] == 1
    if warned.any():
        warned &= np.isin(epochs.smalls[merging.QUALITY, chosen], _MEASURED)
    return warned


def _refused(
    fates: Fates, epochs: Epochs, before: Pending, awaited: Collection[int]
) -> list[tuple[int, str]]:
    """Give the epochs with a position that were refused; the rest of one given out is no refusal."""
    line, tod_ns = epochs.longs[merging.LINE], epochs.longs[merging.TOD]
    out = []
    for row, text in fates.refused:
        here = _place(epochs.floats, row)
        if not np.isfinite(here[0]):
            continue
        two = False
        if text == TWICE and row not in awaited:
            who = epochs.device[row]
            if tod_ns[row] == before.tod_ns[who]:
                two = merging.elsewhere(*here, float(before.lon_deg[who]), float(before.lat_deg[who]))
            first = np.flatnonzero((epochs.device[:row] == who) & (tod_ns[:row] == tod_ns[row]))
            two = two or any(merging.elsewhere(*here, *_place(epochs.floats, one)) for one in first[:1])
        out.append((int(line[row]), TWO if two else text))
    return out


def _place(floats: Floats, row: int) -> tuple[float, float]:
    return float(floats[merging.LON, row]), float(floats[merging.LAT, row])


def _fixes(epochs: Epochs, chosen: Longs, offset_ns: Longs, as_sent: bool) -> Fixes:
    """Make the table of the ``chosen`` epochs; learn the devices' clock offsets, in place."""
    if not chosen.size:
        return no_fixes()
    device, (t_ns, t_rx_ns) = np.empty(len(chosen), np.int32), np.empty((2, len(chosen)), np.int64)
    merging.dated(epochs, chosen, device, t_ns, t_rx_ns)
    if not as_sent:
        t_ns = on_our_clock(device, t_ns, t_rx_ns, offset_ns, OFF_NS)
    said = dict(zip(_SAID, epochs.floats[: len(_SAID)].take(chosen, axis=1), strict=True))
    quality, satellites = epochs.smalls[: merging.RANK].take(chosen, axis=1)
    return Fixes(device, t_ns, t_rx_ns, quality=quality, satellites=satellites, **said)
