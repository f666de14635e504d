"""Which epochs are new, late, sent twice, or of a time that ran back.

Packets may be doubled and may overtake each other. An epoch up to ``LATE_NS`` behind the device's
newest is given out once, whenever it comes. One farther behind is refused until ``BELIEVED`` of them
have come in order, or two of them and nothing else for ``BELIEVED_NS``: then the device's clock was set, and
its new time is believed.
"""

from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from sensors.nmea import DAY_NS, NO_TIME
from sensors.pending import Pending
from twin.compiled import compiled
from twin.tables import Bytes, Flags, Ints, Longs

LATE_NS = 10 * 1_000_000_000
"""How far behind a device's newest epoch another may be and still be taken."""

BELIEVED = 5
"""So many epochs in order make a time that ran back believed."""

BELIEVED_NS = 1_500_000_000
"""Two of a device of which nothing else was received for so long do, too: at one epoch a second, five of them
come after it has become stale."""

DROPPED, ENDED, NEWEST = range(3)

TWICE = "epoch given out before"
RAN_BACK = "time ran back"


@dataclass(frozen=True, eq=False, slots=True)
class Fates:
    """What becomes of epochs.

    Attributes
    ----------
    fate : (g,) int8
        DROPPED; ENDED: over; NEWEST: of its device, perhaps not over yet.
    odd : (g,) bool
        Which are not later than the one before.
    refused : list of (int, str)
        Rows dropped for a reason.
    forgotten : list of int
        Devices whose epochs given out do not count any more.
    back, back_ns : dict
        Device -> new values of these columns of ``Pending``.
    """

    fate: Bytes
    odd: Flags
    refused: list[tuple[int, str]]
    forgotten: list[int]
    back: dict[int, tuple[int, int]]


@compiled
def since(tod_ns: int, before_ns: int) -> int:
    """Give how much later a time of day is, in -12 h to 12 h: midnight is passed the short way."""
    half = DAY_NS // 2
    return (tod_ns - before_ns + half) % DAY_NS - half


def judge(pending: Pending, device: Ints, tod_ns: Longs, t_rx_ns: Longs) -> Fates:
    """Tell what becomes of epochs.

    Parameters
    ----------
    pending : Pending
    device, tod_ns, t_rx_ns : (g,)
        Each device's epochs together, in the order in which they came; an open epoch of ``pending`` is
        the first of its device. ``t_rx_ns`` is the reception of its first sentence.
    """
    fate, odd = np.empty(len(device), np.int8), np.empty(len(device), np.bool_)
    any_odd = _judge_in_order(device, tod_ns, pending.tod_ns, pending.open, fate, odd)
    fates = Fates(fate, odd, [], [], {})
    if any_odd or pending.back.any():
        _judge_one_by_one(pending, device, tod_ns, t_rx_ns, odd, fates)
    return fates


@compiled
def _judge_in_order(
    device: Ints, tod_ns: Longs, known_ns: Longs, opened: Flags, fate: Bytes, odd: Flags
) -> bool:
    """Judge epochs as if each were later than the one before; give whether any is ``odd``, which is not."""
    any_odd = False
    for g in range(len(device)):
        who = device[g]
        fate[g] = NEWEST if g + 1 == len(device) or device[g + 1] != who else ENDED
        before = tod_ns[g - 1] if g > 0 and device[g - 1] == who else known_ns[who]
        step = 1 if before == NO_TIME else since(tod_ns[g], before)
        first = g == 0 or device[g - 1] != who
        odd[g] = step < 0 or (step == 0 and not (first and opened[who]))
        any_odd = any_odd or odd[g]
    return any_odd


def _judge_one_by_one(
    pending: Pending, device: Ints, tod_ns: Longs, t_rx_ns: Longs, odd: Flags, fates: Fates
) -> None:
    """Judge the epochs of devices that have an odd one, in place."""
    suspect = np.isin(device, np.unique(device[odd | (pending.back[device] > 0)]))
    rows = np.flatnonzero(suspect)
    fates.fate[rows] = DROPPED
    begin = 0
    who = device[rows].tolist()
    for k in range(1, len(who) + 1):
        if k == len(who) or who[k] != who[begin]:
            _judge_device(pending, who[begin], rows[begin:k].tolist(), tod_ns, t_rx_ns, fates)
            begin = k


def _judge_device(
    pending: Pending, device: int, rows: list[int], tod_ns: Longs, t_rx_ns: Longs, fates: Fates
) -> None:
    given = set(pending.given[device].tolist())
    newest, newest_row = int(pending.tod_ns[device]), -1
    still_open, newest_rx_ns = bool(pending.open[device]), int(pending.t_rx_ns[device])
    back, back_ns = int(pending.back[device]), int(pending.back_ns[device])
    for row in rows:
        tod = int(tod_ns[row])
        step = 1 if newest == NO_TIME else since(tod, newest)
        if step < -LATE_NS:
            later = since(tod, back_ns) if back else -1
            back = back + (later > 0) if later >= 0 else 1  # the rest of one epoch is no other
            back_ns = tod
            silent_ns = int(t_rx_ns[row]) - newest_rx_ns
            if back < (2 if silent_ns >= BELIEVED_NS else BELIEVED):
                fates.refused.append((row, RAN_BACK))
                continue
            fates.forgotten.append(device)
            given.clear()
        elif step < 0 or (step == 0 and (newest_row >= 0 or not still_open)):
            if _ms(tod) in given or (step == 0 and newest_row >= 0):
                fates.refused.append((row, TWICE))
            else:
                fates.fate[row] = ENDED
                given.add(_ms(tod))
            continue
        back = 0 if step else back  # the rest of the newest proves nothing
        if newest_row >= 0:
            fates.fate[newest_row] = ENDED
            given.add(_ms(newest))
        newest, newest_row, still_open, newest_rx_ns = tod, row, True, int(t_rx_ns[row])
    if newest_row >= 0:
        fates.fate[newest_row] = NEWEST
    fates.back[device] = (back, back_ns)


def _ms(tod_ns: int) -> int:
    return tod_ns // 1_000_000


def remember(pending: Pending, fates: Fates, given: Ints) -> dict[str, NDArray[Any]]:
    """Forget in ``given`` what does not count any more, in place; give columns that tell what was refused."""
    out = pending.editable("back", "back_ns")
    given[fates.forgotten] = -1
    for who, (back, back_ns) in fates.back.items():
        out["back"][who], out["back_ns"][who] = back, back_ns
    return out
