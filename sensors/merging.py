"""Sentences put together to epochs, and epochs kept or given out, in compiled loops.

What is decided here is decided for one epoch after the other; :mod:`sensors.epochs` says by what rule.
"""

from math import cos, hypot, isfinite, pi
from typing import NamedTuple, TypeAlias

import numpy as np

from sensors.columns import NO_TIME
from sensors.nmea import DAY_NS
from sensors.order import ENDED, NEWEST
from sensors.pending import REMEMBERED
from sensors.pieces import BEST, MOST_OF_A_TYPE, TALLY_BITS, Sorted
from sensors.types import GGA, GGAH, GRADES, GSA, KSXT, RMC
from twin.compiled import compiled, lean
from twin.tables import Bytes, Flags, Floats, Ints, Longs

FLOATS = (
    "lon_deg", "lat_deg", "h_m", "hdop", "sigma_m", "speed_mps", "course_rad", "heading_rad",
    "second_lon_deg", "second_lat_deg",
)  # fmt: skip
"""The rows of :attr:`Epochs.floats`; what sentences say are all but the last two."""
SMALLS = ("quality", "satellites", "rank", "last", "placed", "warned")
LONGS = ("tod_ns", "day", "t_rx_ns", "tally", "line")
"""The rows of :attr:`Epochs.smalls` and :attr:`Epochs.longs`; ``line`` is that of the first sentence.

``warned`` is 1 where every RMC of an epoch has status V, "navigation receiver warning" (NMEA 0183 4.11), 0
where one has not, and -1 without an RMC.
"""

LON, LAT, H, HDOP, SIGMA, SPEED, COURSE, HEADING, SECOND_LON, SECOND_LAT = range(len(FLOATS))
QUALITY, SATELLITES, RANK, LAST, PLACED, WARNED = range(len(SMALLS))
TOD, DAY, T_RX, TALLY, LINE = range(len(LONGS))

APART_M = 1.0
"""Two positions of one instant farther apart than this are of two receivers [m]."""

_CARRIED, _NO_LINE = -1, -2
_M_PER_DEG = 111_320.0
_MOST_SATELLITES = 99
_NS_PER_MS = 1_000_000
_PER_DEG, _FACTOR, _MOST_MARKS = 1e9, 31, 2_147_483_629

Told: TypeAlias = tuple[Floats, Floats, Floats, Floats, Floats, Floats, Floats, Floats]
"""The first columns of :data:`FLOATS`."""
Kept: TypeAlias = tuple[Floats, Floats, Floats, Floats, Floats, Floats, Floats, Floats, Floats, Floats]
"""All of them."""
Smalls: TypeAlias = tuple[Bytes, Bytes, Bytes]
"""The first columns of :data:`SMALLS`."""
Opened: TypeAlias = tuple[Bytes, Bytes, Bytes, Bytes, Bytes, Bytes]
"""All of them."""
Carried: TypeAlias = tuple[Kept, Opened, Longs, Longs, Longs]


class Epochs(NamedTuple):
    """Epochs, a column each.

    Attributes
    ----------
    device : (g,) int32
    floats : (len(FLOATS), g)
    smalls : (len(SMALLS), g) int8
    longs : (len(LONGS), g) int64
    """

    device: Ints
    floats: Floats
    smalls: Bytes
    longs: Longs

    @staticmethod
    def of(n: int) -> "Epochs":
        """Give n epochs of which nothing is known."""
        smalls, longs = np.full((len(SMALLS), n), -1, np.int8), np.full((len(LONGS), n), NO_TIME)
        smalls[RANK], longs[TALLY], longs[LINE] = 0, 0, _NO_LINE
        return Epochs(np.empty(n, np.int32), np.full((len(FLOATS), n), np.nan), smalls, longs)


class Named(NamedTuple):
    """What is noted of epochs: what their GSA name, and the line of another position; -1 none.

    ``again`` tells of each sentence whether it tells a position once more.
    """

    satellites: Longs
    hdop: Floats
    other: Longs
    again: Flags

    @staticmethod
    def of(n: int, sentences: int) -> "Named":
        """Begin n epochs of so many sentences."""
        return Named(np.full(n, -1), np.full(n, np.nan), np.full(n, -1), np.zeros(sentences, np.bool_))


@lean
def merged(
    found: Sorted, group: Longs, line: Longs, kind: Bytes, smalls: Smalls, day: Longs, t_rx_ns: Longs,
    told: Told, carried: Carried, out: Epochs, named: Named,
) -> bool:  # fmt: skip
    """Merge sentences: of each value the last word, of a position the best talker's, else the best one.

    A position by the best talker that lies elsewhere than one of it before is another receiver's: it is left
    out, and its line noted; so is the line of one that comes again.

    Parameters
    ----------
    found : Sorted
    group : (p,) int64
        The epoch of each piece.
    line, kind, smalls, day, t_rx_ns, told : (k,)
        What sentences say, in the order in which they came; ``smalls`` are the first three of :data:`SMALLS`.
    carried : tuple of (d,)
        Of open epochs: :data:`FLOATS`, :data:`SMALLS`, reception, day and tally.
    out : Epochs
        Is filled.
    named : Named
        Room for as many epochs.

    Returns
    -------
    bool
        Whether any epoch has a second antenna's position.
    """
    n = len(out.device)
    for p in range(len(group)):
        g = group[p]
        out.device[g], out.longs[TOD, g] = found.device[p], found.tod_ns[p]
        if found.carried[p]:
            _carry(found.device[p], g, carried, named, out)
    for at in range(len(found.order)):
        if found.piece[at] >= 0:
            k, g = found.order[at], group[found.piece[at]]
            if out.longs[LINE, g] == _NO_LINE:
                out.longs[LINE, g], out.longs[T_RX, g] = line[k], t_rx_ns[k]
            if day[k] != NO_TIME:
                out.longs[DAY, g] = day[k]
            if smalls[RANK][k] == BEST == out.smalls[PLACED, g] and elsewhere(
                told[LON][k], told[LAT][k], out.floats[LON, g], out.floats[LAT, g]
            ):
                named.other[g] = line[k]
                continue
            if _is_again(k, g, kind[k], smalls, told, out):
                named.again[k] = True
            _take(k, g, kind[k], smalls, told, out)
            if kind[k] == GSA:
                named.satellites[g] = max(named.satellites[g], 0) + int(smalls[SATELLITES][k])
                named.hdop[g] = told[HDOP][k] if isfinite(told[HDOP][k]) else named.hdop[g]
    two = False
    for g in range(n):
        two = two or isfinite(out.floats[SECOND_LON, g])
        if out.smalls[RANK, g] == 0 and named.satellites[g] >= 0:
            # No GGA: the satellites that the epoch's GSA name, and their HDOP.
            out.smalls[SATELLITES, g] = min(named.satellites[g], _MOST_SATELLITES)
            out.floats[HDOP, g] = named.hdop[g]
    return two


@lean
def _is_again(k: int, g: int, kind: int, smalls: Smalls, told: Told, out: Epochs) -> bool:
    """Tell whether a sentence tells the position that an epoch has from one of its type, rank and satellites.

    Some receivers tell one position a constellation, each with its satellites: none of these comes twice.
    """
    same = told[LON][k] == out.floats[LON, g] and told[LAT][k] == out.floats[LAT, g] and kind != GGAH
    same = same and smalls[SATELLITES][k] == out.smalls[SATELLITES, g]
    return same and smalls[RANK][k] == out.smalls[PLACED, g] and _count_of(kind, out.longs[TALLY, g]) > 0


@lean
def elsewhere(lon_deg: float, lat_deg: float, other_lon_deg: float, other_lat_deg: float) -> bool:
    """Tell whether two places are farther apart than ``APART_M``; one that is not known is nowhere else."""
    east = (lon_deg - other_lon_deg + 180.0) % 360.0 - 180.0
    return hypot(east * cos(lat_deg * pi / 180.0), lat_deg - other_lat_deg) * _M_PER_DEG > APART_M


@lean
def mark_of(lon_deg: float, lat_deg: float) -> int:
    """Give a number that tells places a millimetre apart from one another; 0 where none is known."""
    if not isfinite(lon_deg) or not isfinite(lat_deg):
        return 0
    return 1 + (int(lon_deg * _PER_DEG) * _FACTOR + int(lat_deg * _PER_DEG)) % _MOST_MARKS


@lean
def _carry(who: int, g: int, carried: Carried, named: Named, out: Epochs) -> None:
    """Begin an epoch with what is open of it."""
    floats, smalls, t_rx_ns, day, tally = carried
    out.longs[LINE, g], out.longs[T_RX, g], out.longs[DAY, g] = _CARRIED, t_rx_ns[who], day[who]
    out.longs[TALLY, g] = tally[who]
    for row in range(RANK, len(SMALLS)):
        out.smalls[row, g] = smalls[row][who]
    for row in range(len(FLOATS)):
        out.floats[row, g] = floats[row][who]
    if smalls[RANK][who] > 0:
        out.smalls[QUALITY, g], out.smalls[SATELLITES, g] = smalls[QUALITY][who], smalls[SATELLITES][who]
    else:
        # Without a GGA so far: what its GSA named in the calls before counts on.
        named.satellites[g], named.hdop[g] = smalls[SATELLITES][who], floats[HDOP][who]
        out.floats[H, g] = out.floats[HDOP, g] = np.nan


@lean
def _take(k: int, g: int, kind: int, smalls: Smalls, told: Told, out: Epochs) -> None:
    """Take a sentence into an epoch."""
    rank, floats = smalls[RANK][k], out.floats
    if kind == GGA and _is_worse(k, g, smalls, out):
        rank = 0
    elif kind == GGAH:
        if isfinite(told[LON][k]):
            floats[SECOND_LON, g], floats[SECOND_LAT, g] = told[LON][k], told[LAT][k]
    elif rank >= out.smalls[PLACED, g] and isfinite(told[LON][k]):
        floats[LON, g], floats[LAT, g], out.smalls[PLACED, g] = told[LON][k], told[LAT][k], rank
    if rank > 0 and rank >= out.smalls[RANK, g]:
        out.smalls[RANK, g] = rank
        out.smalls[QUALITY, g], out.smalls[SATELLITES, g] = smalls[QUALITY][k], smalls[SATELLITES][k]
        if kind != KSXT or isfinite(told[H][k]):
            floats[H, g] = told[H][k]
        if kind != KSXT:  # it has none
            floats[HDOP, g] = told[HDOP][k]
    for row in range(SIGMA, SECOND_LON):
        if isfinite(told[row][k]):
            floats[row, g] = told[row][k]
    if kind == RMC and out.smalls[WARNED, g] != 0:
        out.smalls[WARNED, g] = smalls[QUALITY][k] == 0
    out.smalls[LAST, g] = kind
    if _count_of(kind, out.longs[TALLY, g]) < MOST_OF_A_TYPE:
        out.longs[TALLY, g] += 1 << (TALLY_BITS * int(kind))


@lean
def _is_worse(k: int, g: int, smalls: Smalls, out: Epochs) -> bool:
    """Tell whether a GGA of one constellation is worse, or of fewer satellites, than another's before it."""
    alone = smalls[RANK][k] == out.smalls[RANK, g] < BEST and _count_of(KSXT, out.longs[TALLY, g]) == 0
    if not alone or _count_of(GGA, out.longs[TALLY, g]) == 0:
        return False
    grade, before = GRADES[smalls[QUALITY][k]], GRADES[out.smalls[QUALITY, g]]
    return grade < before or (grade == before and smalls[SATELLITES][k] < out.smalls[SATELLITES, g])


@lean
def _count_of(kind: int, tally: int) -> int:
    """Give how many sentences of a type an epoch has."""
    return (int(tally) >> (TALLY_BITS * int(kind))) & MOST_OF_A_TYPE


@compiled
def settled(
    epochs: Epochs, fate: Bytes, early: bool, closing: Bytes, ends: Bytes, opened: Flags, kept: Kept,
    smalls: Opened, longs: tuple[Longs, Longs, Longs, Longs], given: Ints, mark: Ints, place: Ints,
) -> Longs:  # fmt: skip
    """Tell which epochs are given out; keep the newest of each device, and what ended them.

    Parameters
    ----------
    epochs : Epochs
    fate : (g,) int8
        See :class:`sensors.order.Fates`.
    early : bool
        Whether one that ends as the epoch before did is given out before the next one begins.
    closing, ends, opened, kept, smalls, longs, given, mark, place : (d,)
        Columns of ``Pending``, changed in place; the last three but three as :data:`FLOATS`, :data:`SMALLS`
        and the first of :data:`LONGS`.

    Returns
    -------
    (f,) int64
        Epochs that are over and have a position.
    """
    chosen, count = np.empty(len(fate), np.int64), 0
    for g in range(len(fate)):
        who, last = epochs.device[g], epochs.smalls[LAST, g]
        ended, newest = fate[g] == ENDED, fate[g] == NEWEST
        placed = isfinite(epochs.floats[LON, g])
        count_of_last = _count_of(last, epochs.longs[TALLY, g]) if last >= 0 else 0
        whole = early and last == closing[who] and count_of_last >= ends[who]
        over = ended or (newest and placed and whole)
        if ended:
            closing[who], ends[who] = last, count_of_last
        elif not (newest or placed or opened[who]) and epochs.longs[TOD, g] == longs[TOD][who]:
            # The rest of one given out too early: the next ones wait for as much.
            longs[TALLY][who] += epochs.longs[TALLY, g]
            closing[who], ends[who] = last, _count_of(last, longs[TALLY][who])
        if newest:
            opened[who] = not over
            for row in range(len(FLOATS)):
                kept[row][who] = epochs.floats[row, g]
            for row in range(len(SMALLS)):
                smalls[row][who] = epochs.smalls[row, g]
            for row in range(LINE):
                longs[row][who] = epochs.longs[row, g]
        if over:
            given[who, place[who]] = epochs.longs[TOD, g] // _NS_PER_MS
            mark[who, place[who]] = mark_of(epochs.floats[LON, g], epochs.floats[LAT, g])
            place[who] = (place[who] + 1) % REMEMBERED
        if over and placed:
            chosen[count] = g
            count += 1
    return chosen[:count]


@compiled
def dated(epochs: Epochs, chosen: Longs, device: Ints, t_ns: Longs, t_rx_ns: Longs) -> None:
    """Give whose each chosen epoch is, when it was measured by its own clock, and when it was received.

    Without a date it was on the day that puts it nearest to its reception.
    """
    for f in range(len(chosen)):
        g = chosen[f]
        received, day = epochs.longs[T_RX, g], epochs.longs[DAY, g]
        at = (day if day != NO_TIME else received // DAY_NS) * DAY_NS + epochs.longs[TOD, g]
        if day == NO_TIME:
            at += int(np.rint((received - at) / DAY_NS)) * DAY_NS
        device[f], t_ns[f], t_rx_ns[f] = epochs.device[g], at, received
