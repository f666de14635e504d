"""Whose clock counts: a device's own, or the reception where the two are far apart."""

import numpy as np

from twin.tables import Ints, Longs

OFF_NS = 30 * 1_000_000_000
"""A sentence this old at its reception is from a wrong clock or an old log."""

AHEAD_NS = 1_000_000_000
"""Nothing is measured after its reception: a clock so far ahead is wrong, and still is at half of that."""

STORED_NS = 3_000 * 1_000_000_000
"""A JSON message may be older: devices keep events through a radio hole and send them later.

Less than an hour: a clock that was set an hour back, as where summer time ends, must not look like that.
"""

LAG_NS = 2 * 1_000_000_000
"""A replayed log that falls this far behind its reception is set to it anew."""

NOT_SET = np.iinfo(np.int64).max


def on_our_clock(device: Ints, t_ns: Longs, t_rx_ns: Longs, offset_ns: Longs, tolerance_ns: int) -> Longs:
    """Give measurement times that go with the times of reception.

    Parameters
    ----------
    device : (k,) int32
        Index into ``offset_ns``.
    t_ns, t_rx_ns : (k,) int64
        The device's own time, and the reception [ns UTC].
    offset_ns : (d,) int64
        What is added to a device's time while its clock is far off; ``NOT_SET`` while it is right.
        Changed in place.
    tolerance_ns : int
        How old a message may be and still be believed; it may be ``AHEAD_NS`` in the future.

    Returns
    -------
    (k,) int64
        ``t_ns`` where it is believed. Elsewhere ``t_ns`` plus the device's offset: the spacing of a
        replayed log is kept, and no time lies after its reception.

    Notes
    -----
    The offset is the smallest difference seen, as the fastest message had the least delay. It only
    falls, until the mapped time lags ``LAG_NS`` behind (a log played slower than life).
    """
    late_ns = t_rx_ns - t_ns
    far = (late_ns > tolerance_ns) | (late_ns < -AHEAD_NS // 2)
    if not far.any():
        offset_ns[device] = NOT_SET
        return t_ns
    far &= (late_ns > 0) | (late_ns < -AHEAD_NS) | (offset_ns[device] != NOT_SET)
    offset_ns[device[~far]] = NOT_SET
    if not far.any():
        return t_ns
    who, difference = device[far], t_rx_ns[far] - t_ns[far]
    least = np.full(len(offset_ns), NOT_SET, np.int64)
    np.minimum.at(least, who, difference)
    seen = np.unique(who)
    before = offset_ns[seen]
    lagging = (before != NOT_SET) & (least[seen] - np.where(before == NOT_SET, 0, before) > LAG_NS)
    offset_ns[seen] = np.where(lagging, least[seen], np.minimum(before, least[seen]))
    out = t_ns.copy()
    out[far] += offset_ns[who]
    return out
