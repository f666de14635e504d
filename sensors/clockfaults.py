"""Whose times are off: doubted where that is their clock, and told beside their source.

Times that are off from a device's first words on may be those of a log that is played. They are a clock's
where they are ahead of their reception, where others of the same source are of now, or where the source is
said to be live; those of a file are a log's. Where most devices are off by the same it is our own clock.
"""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass

import numpy as np

from sensors.clockwork import NOT_SET
from sensors.lines import MAX_NAME_BYTES
from sensors.nmea import NO_TIME
from sensors.pending import Pending
from sensors.rules import Rules
from sensors.stepping import HEARD_NS, MANY, own_ns
from twin.clock import NS_PER_S
from twin.tables import Flags, Ints, Longs, Texts

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

RIGHT, OFF = 1, 2
"""What ``Pending.clock`` says; 0 before the first word, and while times that were off from then on may be a
log's, or off by our own clock."""

NAMED_NS = 3 * 1_000_000_000
"""A step, or times that were off from the first words on, are named so long after they were seen: until then
most others may be off by the same."""

ALIKE_NS = NS_PER_S // 2
"""Clocks that are off by the same differ by less."""


@dataclass(frozen=True, eq=False, slots=True)
class Words:
    """Times of devices that were compared with their reception.

    Attributes
    ----------
    device : (k,) int32
        May repeat.
    behind_ns, t_rx_ns : (k,) int64
        Reception less the device's own time, negative where that is ahead; and the reception.
    source : (k,) S16
    json : (k,) bool
        Whether it is a message's time, by another clock of the device than its sentences may be.
    """

    device: Ints
    behind_ns: Longs
    t_rx_ns: Longs
    source: Texts
    json: Flags

    @staticmethod
    def joined(parts: Sequence[tuple[Ints, Longs, Longs, Texts, Flags]]) -> "Words":
        """Give the times of several kinds of words; there must be at least one."""
        return Words(*parts[0]) if len(parts) == 1 else Words(*map(np.concatenate, zip(*parts, strict=True)))


def clocks_checked(
    before: Pending, pending: Pending, words: Words, rules: Rules, scale_ns: int = 0
) -> tuple[Pending, list[int]]:
    """Note whose clock is right and whose is off.

    Parameters
    ----------
    before, pending : Pending
        As it was before this call, and now; the latter may have more rows.
    words : Words
    rules : Rules
        Tell which sources are live and which play what was recorded.
    scale_ns : int
        The step that all clocks made, which is no fault.

    Returns
    -------
    Pending
        The same object where nothing differs.
    list of int
        Devices of which it is to be told now that their clock is off.
    """
    heard = words.device
    if not len(heard):
        return pending, []
    clock = np.zeros(len(pending), np.int8)
    clock[: len(before)] = before.clock
    far = (pending.offset_ns != NOT_SET) | (pending.json_offset_ns != NOT_SET)
    wrong = far.copy()
    stepped = own_ns(pending, scale_ns) > 0
    if stepped.any():
        wrong |= stepped & (pending.heard_ns - pending.stepped_ns >= NAMED_NS)
    new = clock.copy()
    new[heard] = np.where(wrong[heard], np.where(clock[heard] > 0, OFF, 0), RIGHT)
    odd = far & (new == 0)
    if odd.any() or (pending.odd_ns != NO_TIME).any():
        pending = _since(pending, odd)
        new[_proven(pending, words, odd, rules)] = OFF
    told: list[int] = []
    if (new == OFF).any():
        spoke = np.zeros(len(pending), np.bool_)
        spoke[heard] = True
        last_ns = np.zeros(len(pending), np.int64)
        last_ns[: len(before)] = before.heard_ns
        again = spoke & (last_ns // AGAIN_NS != pending.heard_ns // AGAIN_NS)
        told = np.flatnonzero((new == OFF) & (again | (clock != OFF))).tolist()
    return (pending if (new == pending.clock).all() else pending.with_columns(clock=new)), told


def _since(pending: Pending, odd: Flags) -> Pending:
    """Note since when times have been far from their reception, as they were from the first words on."""
    odd_ns = np.where(odd, np.where(pending.odd_ns == NO_TIME, pending.heard_ns, pending.odd_ns), NO_TIME)
    return pending if (odd_ns == pending.odd_ns).all() else pending.with_columns(odd_ns=odd_ns)


def _proven(pending: Pending, words: Words, odd: Flags, rules: Rules) -> Flags:
    """Tell whose times, off from the first words on, are a clock's and neither a log's nor ours, (d,).

    Where a sentence without a date is ahead, that may be the day that puts it nearest to its reception.
    """
    now_ns = int(words.t_rx_ns.max())
    source = pending.origin.copy()
    source[words.device] = words.source
    live, recorded = (
        np.isin(source, _encoded(name for name, one in rules.sources.items() if one.live is is_live))
        for is_live in (True, False)
    )
    steady = pending.heard_ns - pending.odd_ns >= NAMED_NS
    odd = odd & steady & (now_ns - pending.heard_ns < HEARD_NS) & ~recorded
    if not odd.any():
        return odd
    ahead = (pending.offset_ns < 0) & (pending.day != NO_TIME) | (pending.json_offset_ns < 0)
    beside = np.isin(source, words.source[np.abs(words.behind_ns) <= NEAR_NS])
    proven: Flags = odd & (live | ahead | beside) & ~_ours(pending, now_ns, recorded)
    return proven


def _encoded(names: Iterable[str]) -> Texts:
    return np.array([name.encode("ascii", "replace") for name in names], f"S{MAX_NAME_BYTES}")


def _ours(pending: Pending, now_ns: int, recorded: Flags) -> Flags:
    """Tell who is off by the same as most that were heard of late: that is our own clock, (d,)."""
    off_ns = np.where(pending.offset_ns != NOT_SET, pending.offset_ns, pending.json_offset_ns)
    heard = (now_ns - pending.heard_ns < HEARD_NS) & ~recorded
    off = heard & (off_ns != NOT_SET)
    alike: Flags = off & (np.abs(off_ns - np.median(off_ns[off]).astype(np.int64)) < ALIKE_NS)
    many = int(np.count_nonzero(alike))
    alike &= many >= MANY and 2 * many > np.count_nonzero(heard)
    return alike


class Offsets:
    """How far the times of devices lie from their reception, where that is far and stays so.

    A device's sentences and its messages are looked at apart. Nothing here is part of what a decoder
    remembers: it is told, and nothing goes by it.
    """

    def __init__(self) -> None:
        self._off: dict[tuple[str, bool], tuple[str, int, int, int]] = {}
        self._halves: set[str] = set()
        """Whose times of the other kind are near."""

    def look(self, index: Mapping[str, int], words: Words) -> None:
        """Take times that were compared with their reception.

        Parameters
        ----------
        index : mapping
            Name of a device -> what stands for it in ``words``, in that order.
        words : Words
        """
        device, odd = words.device, np.abs(words.behind_ns) > NEAR_NS
        if not (odd.any() or self._off):
            return
        kind = words.json.astype(np.int8)
        near = np.zeros((len(index), 2), np.bool_)
        near[device[~odd], kind[~odd]] = True
        for name, json in list(self._off):
            if name not in index or near[index[name], int(json)]:
                del self._off[name, json]
                self._halves.discard(name)
            elif near[index[name], int(not json)]:
                self._halves.add(name)
        rows = np.flatnonzero(odd & ~near[device, kind])
        if rows.size:
            names = tuple(index)
            both = (2 * device + kind)[rows].tolist()
            for row in dict(zip(both, rows.tolist(), strict=True)).values():
                key, now_ns = (names[device[row]], bool(words.json[row])), int(words.t_rx_ns[row])
                since_ns = self._off[key][1] if key in self._off else now_ns
                source = bytes(words.source[row]).decode("ascii")
                self._off[key] = (source, since_ns, now_ns, int(words.behind_ns[row]))

    def told(self, source: str) -> str:
        """Tell whose times are off in a source; empty where nobody's are."""
        newest_ns = max((now_ns for _, _, now_ns, _ in self._off.values()), default=0)
        found = sorted(
            (-abs(behind_ns), name, json, behind_ns)
            for (name, json), (of, since_ns, now_ns, behind_ns) in self._off.items()
            if of == source and now_ns - since_ns >= STEADY_NS and newest_ns - now_ns < _FORGOTTEN_NS
        )
        if not found:
            return ""
        off: dict[str, tuple[bool, int]] = {}
        for _, name, json, behind_ns in found:
            off.setdefault(name, (json, behind_ns))
        words = [
            f"{name}{self._kind(name, json)} {_words(behind_ns)}" for name, (json, behind_ns) in off.items()
        ][:_MOST_TOLD]
        more = [f"{len(off) - _MOST_TOLD} more"] if len(off) > _MOST_TOLD else []
        return f"times off by clock or line: {', '.join(words + more)}"

    def _kind(self, name: str, json: bool) -> str:
        """Name the kind of words that are off, where the device's others are near."""
        if name not in self._halves or (name, not json) in self._off:
            return ""
        return " (JSON)" if json else " (NMEA)"


def _words(behind_ns: int) -> str:
    seconds = abs(behind_ns) / NS_PER_S
    text = f"{seconds:.1f} s" if seconds < 3600 else f"{seconds / 3600:,.1f} h"
    return f"{text} {'behind' if behind_ns > 0 else 'ahead'}"
