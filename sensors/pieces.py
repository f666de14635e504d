"""Sentences in pieces, of one device and one time that stand together; and which pieces are one epoch."""

from typing import NamedTuple

import numpy as np

from sensors.nmea import NO_TIME
from sensors.pending import Pending
from sensors.types import GGA, SENTENCES, UNTIMED
from twin.compiled import compiled, lean
from twin.tables import Bytes, Flags, Ints, Longs

BEST = 2
"""The rank of the talker that counts most; see ``nmea.Sentences``."""

TALLY_BITS, MOST_OF_A_TYPE = 7, 127
"""How many bits of ``Pending.tally`` a type has, and how many of its sentences it can count."""


class Sorted(NamedTuple):
    """Sentences in the order of their devices, and the pieces that they come in.

    A piece is what has one device and one time and stands together; the open epoch of a device is the
    first of its pieces, or a part of it.

    Attributes
    ----------
    order, piece : (k,) int64
        Places of sentences, and the piece of each in that order; -1 of one that has no time.
    device, tod_ns : (p,) int32, int64
        Of each piece.
    carried : (p,) bool
        Whether it has the device's open epoch in it.
    """

    order: Longs
    piece: Longs
    device: Ints
    tod_ns: Longs
    carried: Flags

    @staticmethod
    def of(n: int, most: int) -> "Sorted":
        """Give room for n sentences in so many pieces."""
        long = np.empty((2, n), np.int64)
        return Sorted(
            long[0], long[1], np.empty(most, np.int32), np.empty(most, np.int64), np.empty(most, np.bool_)
        )

    def cut(self, count: int) -> "Sorted":
        """Give the first pieces."""
        return self._replace(
            device=self.device[:count], tod_ns=self.tod_ns[:count], carried=self.carried[:count]
        )


@lean
def pieces(
    device: Ints, kind: Bytes, tod_ns: Longs, opened: Flags, known_ns: Longs, end: Longs, out: Sorted
) -> tuple[int, bool]:  # fmt: skip
    """Sort sentences by device, each device's as they came, and tell what has one time.

    Parameters
    ----------
    device, kind, tod_ns : (k,)
        Of sentences.
    opened, known_ns : (d,)
        Whether a device has an open epoch; the time of it, or of the one given out last.
    end : (d,) int64
        Zeros; is filled.
    out : Sorted
        Is filled.

    Returns
    -------
    count : int
        How many pieces there are.
    back : bool
        Whether the time of any device ran back, so that an epoch may be in several pieces.
    """
    _sort(device, end, out.order)
    count, at, back = 0, 0, False
    for who in range(len(opened)):
        # Without a time: that of the sentence before it, else of the epoch that was given out last.
        last, now = known_ns[who], NO_TIME
        if opened[who]:
            now = last
            out.device[count], out.tod_ns[count], out.carried[count] = who, now, True
            count += 1
        while at < end[who]:
            k = out.order[at]
            tod = tod_ns[k]
            if tod != NO_TIME:
                last = tod
            elif kind[k] in UNTIMED:
                tod = last
            if tod != NO_TIME and tod != now:
                back = back or tod < now
                now = tod
                out.device[count], out.tod_ns[count], out.carried[count] = who, now, False
                count += 1
            out.piece[at] = count - 1 if tod != NO_TIME else -1
            at += 1
    return count, back


@lean
def _sort(device: Ints, end: Longs, order: Longs) -> None:
    """Put rows in the order of their devices; give where those of each end."""
    for k in range(len(device)):
        end[device[k]] += 1
    begin = 0
    for who in range(len(end)):
        begin, end[who] = begin + end[who], begin
    for k in range(len(device)):
        order[end[device[k]]] = k
        end[device[k]] += 1


def grouped(found: Sorted, kind: Bytes, rank: Bytes, pending: Pending) -> Longs:
    """Give the epoch of each piece where a time ran back: an epoch may be in several of them.

    Parameters
    ----------
    found : Sorted
        p pieces.
    kind, rank : (k,) int8
        Of sentences; see ``nmea.Sentences``.
    pending : Pending
        What open epochs have.

    Returns
    -------
    (p,) int64
        Epochs are numbered by their first pieces.

    Notes
    -----
    Sentences that overtook each other are of types that the rest of their epoch lacks. A piece that has one
    of these again is another epoch: what is sent twice, or by a clock that was set back.
    """
    order = np.lexsort((found.tod_ns, found.device))
    again = np.zeros(len(order), np.bool_)
    _join(order, found, _types(found, kind, rank, pending), again)
    number = np.cumsum(~again) - 1
    head = np.minimum.reduceat(order, np.flatnonzero(~again))  # the first piece of each epoch
    out = np.empty(len(order), np.int64)
    out[order] = np.argsort(np.argsort(head))[number]
    return out


def _types(found: Sorted, kind: Bytes, rank: Bytes, pending: Pending) -> Longs:
    """Give the types with a time in each piece, a bit each; GGA of GN and of one constellation differ."""
    out = np.zeros(len(found.device), np.int64)
    bits = _bit_of(kind, rank)
    bits[np.isin(kind, UNTIMED)] = 0
    inside = found.piece >= 0
    np.bitwise_or.at(out, found.piece[inside], bits[found.order[inside]])
    carried = np.flatnonzero(found.carried)
    who = found.device[carried]
    for one in range(len(SENTENCES)):
        if one not in UNTIMED:
            has = (pending.tally[who] >> (TALLY_BITS * one)) & MOST_OF_A_TYPE > 0
            out[carried] |= np.where(has, _bit_of(np.int8(one), pending.rank[who]), 0)
    return out


def _bit_of(kind: Bytes | np.int8, rank: Bytes) -> Longs:
    return np.left_shift(1, np.where((kind == GGA) & (rank == BEST), len(SENTENCES), kind).astype(np.int64))


@compiled
def _join(order: Longs, found: Sorted, types: Longs, again: Flags) -> None:
    """Mark the pieces, in their ``order``, that go on with the epoch before them, in place."""
    had = types[order[0]]
    for at in range(1, len(order)):
        p, before = order[at], order[at - 1]
        same = found.device[p] == found.device[before] and found.tod_ns[p] == found.tod_ns[before]
        again[at] = same and (had & types[p]) == 0
        had = had | types[p] if again[at] else types[p]
