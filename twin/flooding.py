"""Who sends far more than it is expected to: counted by name, second by second, never over all.

A thousand machines on one line send 40,000 sentences a second, and none of them too many. What a machine kept
through a hole, or a log that is played fast, tells of a longer time than it takes to come: it counts as
spread over that.
"""

from collections.abc import Iterable
from dataclasses import dataclass, replace

import numpy as np

from twin.clock import NS_PER_S
from twin.fleet import roster
from twin.fleet.table import Fleet
from twin.inputs import Batch, Load

TOO_MANY_PER_S = 300.0
"""More lines of one name are a flood [1/s]: receivers send at most 20 sentences ten times a second."""
LASTS_S = 5.0
"""So long they come before it is told [s]: what was kept back, or a list, has come by then."""
MOST_SENDERS = 256
"""So many names are followed at once."""


@dataclass(frozen=True, slots=True)
class Sender:
    """A name in which many lines come.

    Attributes
    ----------
    source, device : str
        As in :class:`twin.inputs.Load`.
    row : int
        Fleet row of the machine of that name; -1 where it is none.
    began_ns, lines : int, float
        Since when lines are counted, for a second, and how many came since; those of before it are spread.
    lines_per_s : float
        In the second before; 0 in the first.
    since_ns : int
        Since when these are too many; 0 where they are not.
    """

    source: str
    device: str
    row: int
    began_ns: int
    lines: float = 0.0
    lines_per_s: float = 0.0
    since_ns: int = 0

    def floods(self, t_ns: int) -> bool:
        """Tell whether it has sent too many for long enough."""
        return bool(self.since_ns) and t_ns - self.since_ns >= LASTS_S * NS_PER_S


@dataclass(frozen=True, slots=True)
class Flooding:
    """Who sends much.

    Attributes
    ----------
    senders : tuple of Sender
        In the order in which they began.
    sources : tuple of str
        The sources that lines of no machine came from in numbers, ever, in that order: alarms name them by
        their places.
    """

    senders: tuple[Sender, ...] = ()
    sources: tuple[str, ...] = ()

    def by_source(self) -> dict[str, tuple[float, str]]:
        """Give the lines a second that come from each source and are of no machine, and their main name."""
        out: dict[str, tuple[float, str]] = {}
        for one in sorted(self.senders, key=lambda one: -one.lines_per_s):
            if one.row < 0 and one.lines_per_s:
                rate, name = out.get(one.source, (0.0, one.device))
                out[one.source] = rate + one.lines_per_s, name
        return out


def followed(before: Flooding, batch: Batch, fleet: Fleet, then_ns: int, t_ns: int) -> Flooding:
    """Give who sends much after a tick.

    Parameters
    ----------
    before : Flooding
    batch : Batch
        What came.
    fleet : Fleet
        With the machines that the batch announces.
    then_ns, t_ns : int
        The instants of the tick before and of this one [ns UTC].

    Returns
    -------
    Flooding
        The same object where nobody does or did.
    """
    if not batch.loads and not before.senders:
        return before
    known = {(one.source if one.row < 0 else "", one.device): one for one in before.senders}
    for key, load, row in _by_name(batch.loads, fleet):
        if key in known or len(known) < MOST_SENDERS:
            one = known.get(key) or Sender(load.source, load.device, row, then_ns)
            lines = load.lines * _share(load.device, batch, t_ns - then_ns)
            known[key] = replace(one, source=load.source, lines=one.lines + lines)
    senders = tuple(one for one in (_rolled(one, t_ns) for one in known.values()) if one is not None)
    sources = tuple(dict.fromkeys((*before.sources, *_too_much(senders))))
    return Flooding(senders, sources)


def _by_name(loads: Iterable[Load], fleet: Fleet) -> list[tuple[tuple[str, str], Load, int]]:
    """Give loads by what they are counted under, and the row of the machine: that, whatever the source."""
    loads = list(loads)
    rows = roster.row_of(fleet, [load.device for load in loads]).tolist()
    out: dict[tuple[str, str], tuple[Load, int]] = {}
    for load, row in zip(loads, rows, strict=True):
        row = row if load.device else -1
        key = (load.source if row < 0 else "", load.device)
        first = out[key][0] if key in out else replace(load, lines=0)
        out[key] = replace(first, lines=first.lines + load.lines), row
    return [(key, *found) for key, found in out.items()]


def _share(device: str, batch: Batch, passed_ns: int) -> float:
    """Give which share of a device's lines tells of a time no longer than has passed."""
    told = [np.array([event.t_ns for event in batch.events if event.device == device], np.int64)]
    if device in batch.devices:
        index = batch.devices.index(device)
        told += [table.t_ns[table.device == index] for table in (batch.fixes, batch.cranes, batch.motions)]
    told_ns = max(int(np.ptp(times)) if len(times) else 0 for times in told)
    return passed_ns / max(passed_ns, told_ns, 1)


def _rolled(one: Sender, t_ns: int) -> Sender | None:
    """Begin another second where one is over; None of a name in which nothing came in it."""
    passed_ns = t_ns - one.began_ns
    if passed_ns < NS_PER_S:
        return one
    if not one.lines:
        return None
    rate = one.lines * NS_PER_S / passed_ns
    since_ns = 0 if rate <= TOO_MANY_PER_S else one.since_ns or t_ns
    return replace(one, began_ns=t_ns, lines=0.0, lines_per_s=rate, since_ns=since_ns)


def _too_much(senders: tuple[Sender, ...]) -> list[str]:
    by_source = Flooding(senders).by_source()
    return [source for source, (rate, _) in by_source.items() if rate > TOO_MANY_PER_S]
