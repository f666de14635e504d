"""Trolleys, hoists and twistlocks followed word by word, in a compiled loop."""

from math import inf, isfinite

import numpy as np

from twin.compiled import compiled
from twin.tables import Bytes, Flags, Floats, Ints, Longs

RATE_S = (0.05, 5.0)
"""The speed of a trolley or hoist is told from two words no closer and no further apart [s]."""

TROLLEY, HOIST, LOAD, TROLLEY_MPS, HOIST_MPS = range(5)
"""Rows of what is known."""
_LEAST_S, _MOST_S = RATE_S
_NS_PER_S = 1_000_000_000


@compiled
def follow(
    row: Ints, t_ns: Longs, sent: Floats, locked: Bytes, plc_ns: Longs, before: Floats, closed: Flags,
    fastest: Floats, change: Floats, known: Floats, now: Flags, turned: Flags,
) -> None:  # fmt: skip
    """Follow words.

    Parameters
    ----------
    row, t_ns : (k,)
        Fleet row and instant of each; each machine's together, in order of time.
    sent : (3, k)
        Trolley, hoist [m] and load [kg]; NaN where not sent.
    locked : (k,) int8
        1 closed, 0 open, -1 not sent.
    plc_ns, before, closed : (n,), (5, n), (n,)
        Of each machine before the first word; ``plc_ns`` 0 where it never spoke.
    fastest, change : (2, n)
        A faster trolley or hoist was read wrong [m/s]; what it can change [m/s in a second].
    known, now, turned : (5, k), (k,), (k,)
        Are filled: what is known after each word, whether the twistlocks are closed, whether they turned.

    Notes
    -----
    Words too close to one another to tell a speed leave it as it was. What stood, or whose speed was not
    known, may go at any speed; else it changes as the drive can. A machine's first word turns nothing.
    """
    chain, told_before = np.zeros(2), False
    for k in range(len(row)):
        who = row[k]
        first = k == 0 or row[k - 1] != who
        since_s = (t_ns[k] - (plc_ns[who] if first else t_ns[k - 1])) / _NS_PER_S
        for drive in range(3):
            last = before[drive, who] if first else known[drive, k - 1]
            known[drive, k] = sent[drive, k] if isfinite(sent[drive, k]) else last
        for drive in range(2):
            last = before[drive, who] if first else known[drive, k - 1]
            was = before[TROLLEY_MPS + drive, who] if first else chain[drive]
            rate = (known[drive, k] - last) / max(since_s, _LEAST_S)
            told = since_s <= _MOST_S and abs(rate) <= fastest[drive, who]
            rate = rate if told else 0.0
            if since_s < _LEAST_S:
                rate = was
            elif was != 0.0:
                most = change[drive, who] * since_s if told else inf
                rate = min(max(rate, was - most), was + most)
            chain[drive] = rate
            kept = before[TROLLEY_MPS + drive, who] if first else known[TROLLEY_MPS + drive, k - 1]
            known[TROLLEY_MPS + drive, k] = rate if isfinite(sent[drive, k]) else kept
        shut = closed[who] if first else now[k - 1]
        if first:
            told_before = plc_ns[who] != 0
        now[k], turned[k] = shut, False
        if locked[k] >= 0:
            now[k] = locked[k] > 0
            turned[k] = told_before and now[k] != shut
        told_before = True


def warm() -> None:
    """Compile the loop, or load it from its cache."""
    from twin.fleet.places import locked

    one, flags = np.zeros((5, 1)), np.zeros(1, np.bool_)
    row, small, when = np.zeros(1, np.int32), np.zeros(1, np.int8), np.zeros(1, np.int64)
    drives = one[:2].copy()
    follow(
        locked(row),
        locked(when),
        one[:3].copy(),
        locked(small),
        locked(when),
        one,
        locked(flags),
        drives,
        drives,
        one.copy(),
        flags.copy(),
        flags,
    )
