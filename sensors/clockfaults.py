"""Devices whose clock was right and is not any more: told again and again, so that they are doubted."""

import numpy as np

from sensors.clockwork import NOT_SET
from sensors.pending import Pending
from twin.tables import Ints

CLOCK_OFF = "clock of the device is off"
"""A reason that leaves what it is about standing: that is taken at its reception."""

AGAIN_NS = 5 * 1_000_000_000
"""So often it is told."""

RIGHT, OFF = 1, 2
"""What ``Pending.clock`` says; 0 before the first word, and of a log that was never of its reception."""


def clocks_checked(before: Pending, pending: Pending, heard: Ints) -> tuple[Pending, list[int]]:
    """Note whose clock is right and whose is off.

    Parameters
    ----------
    before, pending : Pending
        As it was before this call, and now; the latter may have more rows.
    heard : (k,) int32
        Devices whose times were compared with their reception; may repeat.

    Returns
    -------
    Pending
        The same object where nothing differs.
    list of int
        Devices of which it is to be told now that their clock is off.
    """
    if not len(heard):
        return pending, []
    clock = np.zeros(len(pending), np.int8)
    clock[: len(before)] = before.clock
    wrong = (pending.offset_ns != NOT_SET) | (pending.json_offset_ns != NOT_SET)
    new = clock.copy()
    new[heard] = np.where(wrong[heard], np.where(clock[heard] > 0, OFF, 0), RIGHT)
    told: list[int] = []
    if (new == OFF).any():
        spoke = np.zeros(len(pending), np.bool_)
        spoke[heard] = True
        last_ns = np.zeros(len(pending), np.int64)
        last_ns[: len(before)] = before.heard_ns
        again = (clock != OFF) | (last_ns // AGAIN_NS != pending.heard_ns // AGAIN_NS)
        told = np.flatnonzero(spoke & (new == OFF) & again).tolist()
    return (pending if (new == pending.clock).all() else pending.with_columns(clock=new)), told
