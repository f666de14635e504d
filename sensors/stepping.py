"""Clocks that step back by seconds: all at a leap second, or one that was set.

Such a device stamps again what it stamped before, with other places, and goes on from there, while its
receptions go on as they did. A packet that comes late or twice does not: it brings the place of its stamp, or
one that was not heard before, and newer ones come between. Where stamps go back to before what is
remembered it is a step if places go on from the newest: those of a recording do not, but of who stood. By how
much a clock stepped is put on its later stamps, before they are judged for their order, so that no fix is
lost or out of its time.

A step that most devices share is that of the time scale, or of our own clock, which runs on over a leap
second: it is no fault of theirs, and counts for those as well that are heard later.
"""

from collections.abc import Iterator
from dataclasses import dataclass, field

import numpy as np

from sensors import merging
from sensors.clockwork import OFF_NS, STORED_NS
from sensors.gates import apart_m
from sensors.merging import Epochs
from sensors.nmea import DAY_NS, NO_TIME, Sentences
from sensors.order import since
from sensors.pending import AT, BY, COUNT, FAILED, RX, SAME, TOD, Pending
from twin.clock import NS_PER_S
from twin.tables import Flags, Ints, Longs

TOGETHER = "clocks of most devices stepped back at once: a leap second, or our own clock"
"""What is told of a step once, and of no device."""

LEAST_NS, MOST_NS = 500_000_000, OFF_NS
"""A clock that steps back by less is not looked for; what is off by more is taken at its reception."""

WITHIN_NS = 10 * 1_000_000_000
"""The epochs of a step come no later than this after the newest before them."""

FASTEST_MPS, NEAR_M = 20.0, 3.0
"""Who goes on from a place is no farther from it than this, and than so fast a way since."""

NEAR_NS = 200_000_000
"""Steps that differ by less are the same; one so near to whole seconds is of whole seconds."""

EPOCHS = 3
"""So many epochs tell of a step, or two that are ``APART_NS`` apart: at one a second more come too late."""
APART_NS = 500_000_000

MANY = 2
"""So many devices that step by the same are no chance, where they are more than half of those heard."""
HEARD_NS = 5 * 1_000_000_000
"""Those count that were heard so lately."""

BEFORE_NS = 20 * 1_000_000_000
"""A packet from so long before a step may still come."""

_NEVER = -1

AFRESH_NS = 10 * 1_000_000_000
"""So long after epochs that looked like a step and were none, others that do count for two receivers."""


@dataclass(slots=True)
class Steps:
    """What was seen of steps in one call.

    Attributes
    ----------
    believed : bool
        Whether any is: then epochs have other times.
    awaited : set of int
        Epochs that may belong to one, in that order; what they repeat is no second receiver's.
    """

    believed: bool = False
    awaited: set[int] = field(default_factory=set)


def started(pending: Pending, known: int, scale_ns: int) -> Pending:
    """Give the rows of devices from ``known`` on the step that the time scale made."""
    if not scale_ns or known == len(pending):
        return pending
    columns = pending.editable("step_ns", "stepped_ns")
    with_it = pending.stepped_ns[:known][pending.step_ns[:known] == scale_ns]
    columns["step_ns"][known:] = scale_ns
    columns["stepped_ns"][known:] = with_it.min() if len(with_it) else NO_TIME
    return pending.with_columns(**columns)


def moved(sentences: Sentences, pending: Pending, device: Ints, t_rx_ns: Longs) -> tuple[Sentences, Pending]:
    """Give sentences with their times as they would be had no clock stepped.

    A second 23:59:60 is the first of the next day. A clock that is set right again, so that its times would
    be ahead of their reception, has not stepped any more.
    """
    tod_ns, stepped = sentences.tod_ns, pending.step_ns.any()
    if not stepped and not (tod_ns >= DAY_NS).any():
        return sentences, pending
    timed = tod_ns != NO_TIME
    by_ns = np.where(timed, pending.step_ns[device], 0)
    if stepped:
        ahead_ns = _since(tod_ns + by_ns, t_rx_ns)
        right = (by_ns > 0) & (ahead_ns > by_ns // 2) & (ahead_ns < by_ns + by_ns // 2)
        if right.any():
            step_ns = pending.step_ns.copy()
            step_ns[device[right]] = 0
            pending = pending.with_columns(step_ns=step_ns)
            by_ns = np.where(timed, step_ns[device], 0)
        after_ns = _since(tod_ns + by_ns, pending.stepped_ns[device])
        by_ns[(pending.stepped_ns[device] != NO_TIME) & (after_ns < -LEAST_NS) & (after_ns > -BEFORE_NS)] = 0
    tod_ns = tod_ns + by_ns
    over = tod_ns >= DAY_NS
    day = sentences.day + (over & (sentences.day != NO_TIME))
    return sentences.with_columns(tod_ns=np.where(over, tod_ns - DAY_NS, tod_ns), day=day), pending


def on_steps(pending: Pending, device: Ints, t_ns: Longs, t_rx_ns: Longs) -> Longs:
    """Give instants of messages as they would be had no clock stepped; one from before a step is kept."""
    by_ns = pending.step_ns[device]
    if not by_ns.any():
        return t_ns
    out = t_ns + by_ns
    since_ns = pending.stepped_ns[device]
    before = (since_ns != NO_TIME) & (out < since_ns - LEAST_NS) & (out > since_ns - STORED_NS)
    return np.where(before | (out > t_rx_ns + by_ns // 2), t_ns, out)


def own_ns(pending: Pending, scale_ns: int) -> Longs:
    """Give by how much each device's clock stepped back of itself, (d,)."""
    return np.where(pending.step_ns == scale_ns, 0, pending.step_ns)


def _since(tod_ns: Longs, t_ns: Longs) -> Longs:
    return (tod_ns - t_ns + DAY_NS // 2) % DAY_NS - DAY_NS // 2


def watched(pending: Pending, epochs: Epochs, odd: Flags, scale_ns: int) -> tuple[Pending, Steps]:
    """Look for steps among epochs that are not later than those before them; put these on, in place.

    Parameters
    ----------
    pending : Pending
    epochs : Epochs
        Each device's together, in the order in which they came.
    odd : (g,) bool
        Which are not later than the one before, as :func:`sensors.order.judge` tells.
    scale_ns : int
        The step of the time scale: it is known, and wants no more proof.

    Returns
    -------
    Pending
        The same object where nothing was looked at.
    Steps
    """
    device, steps = epochs.device, Steps()
    looked_at = np.isin(device, np.unique(device[odd | (pending.slide[device, COUNT] > 0)]))
    rows = np.flatnonzero(looked_at)
    if not rows.size:
        return pending, steps
    out = pending.editable("slide", "step_ns", "stepped_ns")
    for own in np.split(rows, np.flatnonzero(np.diff(device[rows])) + 1):
        who = int(device[own[0]])
        run = out["slide"][who].tolist()
        rest_ns = scale_ns - int(pending.step_ns[who])
        for row, by_ns in _steps_of(pending, who, own.tolist(), epochs, run, rest_ns, steps):
            out["step_ns"][who] += by_ns
            out["stepped_ns"][who] = run[RX]
            _put(epochs, own[own >= row], by_ns)
            steps.believed = True
        out["slide"][who] = run
    return pending.with_columns(**out), steps


def _put(epochs: Epochs, rows: Longs, by_ns: int) -> None:
    tod_ns = epochs.longs[merging.TOD, rows] + by_ns
    over = tod_ns >= DAY_NS
    epochs.longs[merging.TOD, rows] = np.where(over, tod_ns - DAY_NS, tod_ns)
    epochs.longs[merging.DAY, rows] += over & (epochs.longs[merging.DAY, rows] != NO_TIME)


def _steps_of(
    pending: Pending, who: int, rows: list[int], epochs: Epochs, run: list[int], rest_ns: int, steps: Steps
) -> Iterator[tuple[int, int]]:
    """Follow the epochs of a device; give from which on its clock had stepped back, and by how much.

    Parameters
    ----------
    run : list of int
        The device's row of ``Pending.slide``, changed in place.
    rest_ns : int
        By how much the time scale stepped and this device did not.
    """
    newest_ns, newest_rx_ns = int(pending.tod_ns[who]), int(pending.t_rx_ns[who])
    given = dict(zip(pending.given[who].tolist(), pending.given_mark[who].tolist(), strict=True))
    for row in rows:
        tod_ns, rx_ns = (int(epochs.longs[place, row]) for place in (merging.TOD, merging.T_RX))
        mark = merging.mark_of(float(epochs.floats[merging.LON, row]), float(epochs.floats[merging.LAT, row]))
        before = given.get(tod_ns // 1_000_000, _NEVER)
        if run[COUNT]:
            by_ns = rx_ns - run[RX] - since(tod_ns, run[TOD])
            if abs(by_ns - run[BY]) > NEAR_NS or rx_ns - run[RX] > WITHIN_NS:
                run[COUNT], run[FAILED] = 0, rx_ns
        if not run[COUNT]:
            step_ns = 1 if newest_ns == NO_TIME else since(tod_ns, newest_ns)
            by_ns = rx_ns - newest_rx_ns - step_ns
            if step_ns > 0:
                newest_ns, newest_rx_ns, given[tod_ns // 1_000_000] = tod_ns, rx_ns, mark
            if step_ns > 0 or not LEAST_NS <= by_ns <= MOST_NS:
                continue
            if before == _NEVER and not (
                _goes_on(pending, who, epochs, row, rx_ns - newest_rx_ns)
                and step_ns < _oldest_ns(given, newest_ns)
            ):
                continue
            run[TOD], run[RX], run[BY], run[AT], run[SAME] = newest_ns, newest_rx_ns, by_ns, rx_ns, 0
        if rx_ns - run[FAILED] > AFRESH_NS:
            steps.awaited.add(row)
        run[COUNT] += 1
        run[SAME] = int(run[SAME] or mark == before)
        run[BY] = min(run[BY], by_ns)
        enough = run[COUNT] >= EPOCHS or (run[COUNT] > 1 and rx_ns - run[AT] >= APART_NS)
        known = abs(run[BY] - rest_ns) < NEAR_NS
        if known or (enough and not run[SAME]):
            run[COUNT] = 0
            yield row, rest_ns if known else _whole(run[BY])
            return


def _oldest_ns(given: dict[int, int], newest_ns: int) -> int:
    """Give how far behind the newest epoch the oldest is that is remembered, 0 or less."""
    return min((since(ms * 1_000_000, newest_ns) for ms in given if ms >= 0), default=0)


def _goes_on(pending: Pending, who: int, epochs: Epochs, row: int, passed_ns: int) -> bool:
    """Tell whether an epoch is where its device may have gone from its newest place."""
    place = epochs.floats[merging.LON, row], epochs.floats[merging.LAT, row]
    far_m = apart_m(*place, pending.lon_deg[who], pending.lat_deg[who])
    return bool(far_m <= NEAR_M + FASTEST_MPS * passed_ns / NS_PER_S)


def _whole(by_ns: int) -> int:
    """Give a step as the whole seconds that it is near to, else as it was seen."""
    whole = round(by_ns / 1e9) * 1_000_000_000
    return whole if abs(whole - by_ns) < NEAR_NS and whole else by_ns


def agreed(pending: Pending, now_ns: int, scale_ns: int) -> tuple[Pending, int]:
    """Tell by how much the time scale stepped: as most devices did that were heard of late.

    Parameters
    ----------
    pending : Pending
    now_ns : int
    scale_ns : int
        What was told before.

    Returns
    -------
    Pending
        Those that were not heard since the step, or may have stepped, are taken to have stepped with it.
    int
        [ns]
    """
    step_ns = pending.step_ns
    if (step_ns == scale_ns).all():
        return pending, scale_ns
    heard, may_have = now_ns - pending.t_rx_ns < HEARD_NS, pending.slide[:, COUNT] > 0
    values, counts = np.unique(step_ns[heard & ~may_have], return_counts=True)
    most = int(counts.argmax()) if len(counts) else -1
    if most < 0 or counts[most] < MANY or 2 * counts[most] <= counts.sum() or values[most] == scale_ns:
        return pending, scale_ns
    found = int(values[most])
    with_it = may_have & (np.abs(pending.slide[:, BY] - (found - scale_ns)) < NEAR_NS)
    begun_ns = pending.stepped_ns[heard & (step_ns == found)].max()
    rows = (step_ns == scale_ns) & (with_it | (pending.t_rx_ns <= begun_ns))
    columns = pending.editable("step_ns", "stepped_ns", "slide")
    columns["step_ns"][rows], columns["stepped_ns"][rows] = found, begun_ns
    columns["slide"][rows, COUNT] = 0
    return pending.with_columns(**columns), found
