"""Late readings put among those told before, machine by machine, in compiled loops."""

from math import isfinite, isnan
from typing import Any

import numpy as np
from numpy.typing import NDArray

from twin.compiled import compiled
from twin.fleet.driving import HOIST, TROLLEY
from twin.tables import Bytes, Flags, Floats, Ints, Longs

NEW, TOLD_BEFORE, TOO_LATE = range(3)


@compiled
def judged(
    late_row: Ints, late_ns: Longs, row: Ints, t_ns: Longs, plc_ns: Longs, begun_ns: Longs, oldest_ns: int,
    fate: Bytes,
) -> None:  # fmt: skip
    """Tell which late readings are new, which were told before, and which are too late for their place.

    Parameters
    ----------
    late_row, late_ns : (k,)
        Fleet row and instant of each reading in question.
    row, t_ns : (n,)
        Of all that was told of late.
    plc_ns, begun_ns : (m,) int64
        Of each machine its newest reading, and its newest at the begin of what is kept.
    oldest_ns : int
        Nothing of before is told in its place.
    fate : (k,) int8
        Is filled.
    """
    for k in range(len(late_row)):
        who, at = late_row[k], late_ns[k]
        known = at == plc_ns[who]
        for j in range(k):
            known = known or (late_row[j] == who and late_ns[j] == at)
        for j in range(len(row)):
            known = known or (row[j] == who and t_ns[j] == at)
        if known:
            fate[k] = TOLD_BEFORE
        else:
            fate[k] = NEW if at > max(oldest_ns, begun_ns[who]) else TOO_LATE


@compiled
def interleaved(
    row: Ints, t_ns: Longs, entry: Longs, late_row: Ints, late_ns: Longs, rank: Longs, starts: Longs,
    pick: Longs, into: Longs, end: Longs,
) -> int:  # fmt: skip
    """Sort the words of some machines, those told and those late.

    Parameters
    ----------
    row, t_ns, entry : (n,)
        Of what was told: fleet row, instant, and the entry in which it stands; in the order of entries.
    late_row, late_ns : (k,)
    rank : (m,) int64
        Of each machine of the fleet its number among those in question; -1 of the others.
    starts : (e,) int64
        When each entry begins.
    pick, into : (n + k,) int64
        Are filled: which word comes, n and more for a late one, and the entry in which it stands.
    end : (machines in question,) int64
        Zeros; is filled: where the words of each end.

    Returns
    -------
    int
        How many words there are.
    """
    n, count = len(row), 0
    for k in range(n + len(late_row)):
        who = rank[row[k]] if k < n else rank[late_row[k - n]]
        if who >= 0:
            end[who] += 1
    for who in range(len(end)):
        count, end[who] = count + end[who], count
    begins = end.copy()
    for k in range(n + len(late_row)):
        who = rank[row[k]] if k < n else rank[late_row[k - n]]
        if who < 0:
            continue
        begin, at = begins[who], end[who]
        when = t_ns[k] if k < n else late_ns[k - n]
        while at > begin and (t_ns[pick[at - 1]] if pick[at - 1] < n else late_ns[pick[at - 1] - n]) > when:
            pick[at] = pick[at - 1]
            at -= 1
        pick[at] = k
        end[who] += 1
    _stand(t_ns, entry, late_ns, starts, pick, into, end)
    return count


@compiled
def _stand(
    t_ns: Longs, entry: Longs, late_ns: Longs, starts: Longs, pick: Longs, into: Longs, end: Longs
) -> None:
    """Tell the entry of each word: late ones between those of their machine's words before and after."""
    n, begin = len(t_ns), 0
    for who in range(len(end)):
        least = 0
        for at in range(begin, end[who]):
            if pick[at] < n:
                least = max(least, entry[pick[at]])
            else:
                place = 0
                while place + 1 < len(starts) and starts[place + 1] < late_ns[pick[at] - n]:
                    place += 1
                least = max(least, place)
            into[at] = least
        most = len(starts) - 1
        for at in range(end[who] - 1, begin - 1, -1):
            if pick[at] < n:
                into[at] = most = min(most, entry[pick[at]])
            else:
                into[at] = min(most, into[at])
        begin = end[who]


@compiled
def turn_alike(
    pick: Longs, n: int, end: Longs, sent: Floats, locked: Bytes, spoke: Flags, closed: Flags, begun: Floats,
    known: Floats, turned: Flags, same: Flags,
) -> bool:  # fmt: skip
    """Tell whether twistlocks turned at the same words, and where they did, as without the late ones.

    Parameters
    ----------
    pick, end
        As :func:`interleaved` filled them; ``n`` and more is late.
    sent : (2, k)
        Trolley and hoist of each word [m], NaN where not sent.
    locked : (k,) int8
    spoke, closed : (machines in question,) bool
        Of each machine before the first word: whether it ever spoke, and whether its twistlocks were closed.
    begun : (2, machines in question)
        Trolley and hoist then.
    known, turned : (2, k), (k,)
        With the late words: what is known after each word, and whether the twistlocks turned at it.
    same : (k,) bool
        False; is set where twistlocks turn as they did.
    """
    begin, alike = 0, True
    for who in range(len(end)):
        shut, told = closed[who], spoke[who]
        trolley, hoist = begun[TROLLEY, who], begun[HOIST, who]
        for k in range(begin, end[who]):
            if pick[k] >= n:
                alike = alike and not turned[k]
                continue
            trolley = sent[TROLLEY, k] if isfinite(sent[TROLLEY, k]) else trolley
            hoist = sent[HOIST, k] if isfinite(sent[HOIST, k]) else hoist
            turns = locked[k] >= 0 and told and (locked[k] > 0) != shut
            if locked[k] >= 0:
                shut = locked[k] > 0
            told = True
            if turns and turned[k]:
                same[k] = _same(trolley, known[TROLLEY, k]) and _same(hoist, known[HOIST, k])
            alike = alike and turns == turned[k] and same[k] == turns
        begin = end[who]
    return alike


@compiled
def _same(one: float, other: float) -> bool:
    return one == other or (isnan(one) and isnan(other))


@compiled
def last_words(into: Longs, end: Longs, last: NDArray[Any]) -> None:
    """Tell each machine's last word before each entry.

    Parameters
    ----------
    into, end
        As :func:`interleaved` filled them.
    last : (entries + 1, machines in question) int64
        Is filled; -1 where there is none. The last row is behind all entries.
    """
    begin = 0
    for who in range(len(end)):
        at = begin
        for number in range(len(last)):
            while at < end[who] and into[at] < number:
                at += 1
            last[number, who] = at - 1 if at > begin else -1
        begin = end[who]


def warm() -> None:
    """Compile the loops, or load them from their cache."""
    from twin.fleet.places import locked

    row, when = np.zeros(1, np.int32), np.zeros(1, np.int64)
    small, flags = np.zeros(1, np.int8), np.zeros(1, np.bool_)
    told = locked(row), locked(when)
    judged(*told, *told, locked(when), locked(when), 0, small)
    pick, into, end = (np.zeros(size, np.int64) for size in (2, 2, 1))
    interleaved(*told, locked(when), *told, locked(when), locked(when), pick, into, end)
    two, some = np.zeros((2, 2)), np.zeros(2, np.bool_)
    turn_alike(pick, 1, end, two, np.zeros(2, np.int8), flags, flags, two[:, :1].copy(), two, some, some)
    last_words(into, end, np.zeros((2, 1), np.int64))
