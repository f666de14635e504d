"""Whose times are off: doubted where their clock was right before, and told beside their source."""

from collections.abc import Callable, Mapping

import numpy as np

from sensors.clockwork import NOT_SET
from sensors.pending import Pending
from sensors.stepping import own_ns
from twin.clock import NS_PER_S
from twin.tables import Ints, Longs

CLOCK_OFF = "clock of the device is off"
"""A reason that leaves what it is about standing: that is taken at its reception."""

AGAIN_NS = 5 * 1_000_000_000
"""So often it is told."""

NEAR_NS = NS_PER_S
"""Times up to so far from their reception are told of nobody."""

STEADY_NS = 3 * NS_PER_S
"""Times are told to be off once none has been near for so long: a packet that comes late is no clock."""

_FORGOTTEN_NS = 60 * NS_PER_S
_MOST_TOLD = 3

SourceOf = Callable[[int], str]

RIGHT, OFF = 1, 2
"""What ``Pending.clock`` says; 0 before the first word, and of a log that was never of its reception."""


NAMED_NS = 3 * 1_000_000_000
"""A step is named so long after it was seen: until then most others may have made it as well."""


def clocks_checked(
    before: Pending, pending: Pending, heard: Ints, scale_ns: int = 0
) -> tuple[Pending, list[int]]:
    """Note whose clock is right and whose is off.

    Parameters
    ----------
    before, pending : Pending
        As it was before this call, and now; the latter may have more rows.
    heard : (k,) int32
        Devices whose times were compared with their reception; may repeat.
    scale_ns : int
        The step that all clocks made, which is no fault.

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
    stepped = own_ns(pending, scale_ns) > 0
    if stepped.any():
        wrong |= stepped & (pending.heard_ns - pending.stepped_ns >= NAMED_NS)
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


class Offsets:
    """How far the times of devices lie from their reception, where that is far and stays so.

    Nothing here is part of what a decoder remembers: it is told, and nothing goes by it.
    """

    def __init__(self) -> None:
        self._off: dict[str, tuple[str, int, int, int]] = {}

    def look(
        self, index: Mapping[str, int], device: Ints, behind_ns: Longs, t_rx_ns: Longs, source: SourceOf
    ) -> None:
        """Take times that were compared with their reception.

        Parameters
        ----------
        index : mapping
            Name of a device -> what stands for it in ``device``, in that order.
        device : (k,) int32
        behind_ns, t_rx_ns : (k,) int64
            Reception less the device's own time, negative where that is ahead; and the reception.
        source : callable
            Gives the source of a row.
        """
        odd = np.abs(behind_ns) > NEAR_NS
        if not (odd.any() or self._off):
            return
        near = np.zeros(len(index), np.bool_)
        near[device[~odd]] = True
        for name in [name for name in self._off if name not in index or near[index[name]]]:
            del self._off[name]
        rows = np.flatnonzero(odd & ~near[device])
        if rows.size:
            names = tuple(index)
            for row in dict(zip(device[rows].tolist(), rows.tolist(), strict=True)).values():
                name, now_ns = names[device[row]], int(t_rx_ns[row])
                since_ns = self._off[name][1] if name in self._off else now_ns
                self._off[name] = (source(row), since_ns, now_ns, int(behind_ns[row]))

    def told(self, source: str) -> str:
        """Tell whose times are off in a source; empty where nobody's are."""
        newest_ns = max((now_ns for _, _, now_ns, _ in self._off.values()), default=0)
        off = [
            (-abs(behind_ns), name, behind_ns)
            for name, (of, since_ns, now_ns, behind_ns) in self._off.items()
            if of == source and now_ns - since_ns >= STEADY_NS and newest_ns - now_ns < _FORGOTTEN_NS
        ]
        if not off:
            return ""
        words = [f"{name} {_words(behind_ns)}" for _, name, behind_ns in sorted(off)[:_MOST_TOLD]]
        more = [f"{len(off) - _MOST_TOLD} more"] if len(off) > _MOST_TOLD else []
        return f"times off by clock or line: {', '.join(words + more)}"


def _words(behind_ns: int) -> str:
    seconds = abs(behind_ns) / NS_PER_S
    text = f"{seconds:.1f} s" if seconds < 3600 else f"{seconds / 3600:,.1f} h"
    return f"{text} {'behind' if behind_ns > 0 else 'ahead'}"
