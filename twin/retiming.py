"""The yard's own time, and messages on it, where the clock has been set back."""

from dataclasses import replace
from typing import TypeVar

import numpy as np

from twin.clock import NS_PER_S
from twin.inputs import Batch, CraneReadings, Event, Fixes, MotionReadings
from twin.safety.rules.clocks import ahead_ns, followed
from twin.tables import Longs

OF_CLOCK_NS = 12 * NS_PER_S
"""From so far on messages are told apart by their instants: those of the yard's time, though late, and those
of the clock."""
Timed = TypeVar("Timed", Fixes, CraneReadings, MotionReadings)


def instant_ns(clock_back: tuple[int, int], before_ns: int, clock_ns: int) -> int:
    """Give the instant of a tick on the yard's own time [ns UTC].

    Parameters
    ----------
    clock_back : (int, int)
        Of the state before.
    before_ns : int
        The instant of the tick before [ns UTC]: none is earlier.
    clock_ns : int
        What the clock says [ns UTC].
    """
    return max(clock_ns + ahead_ns(followed(clock_back, before_ns, clock_ns)), before_ns)


def on_time(clock_back: tuple[int, int], before_ns: int, clock_ns: int, batch: Batch) -> tuple[int, Batch]:
    """Give the instant of a tick, and its messages on the yard's own time.

    Parameters
    ----------
    clock_back : (int, int)
        As :func:`twin.safety.rules.clocks.followed` gives it for the tick.
    before_ns : int
        The instant of the tick before [ns UTC]: none is earlier.
    clock_ns : int
        What the clock says [ns UTC].
    batch : Batch

    Returns
    -------
    int
        [ns UTC].
    Batch
        The same object where the clock was not set back far. Else what was measured by a clock that was set
        back as well, and would count as long past, is put as far ahead as the yard's time is; what was
        measured by another, as satellites give it, stays.
    """
    ahead = ahead_ns(clock_back)
    t_ns = max(clock_ns + ahead, before_ns)
    if ahead < OF_CLOCK_NS:
        return t_ns, batch
    behind_ns = t_ns - ahead // 2

    def moved(instants_ns: Longs) -> Longs:
        return np.where(instants_ns < behind_ns, instants_ns + ahead, instants_ns)

    def on(table: Timed) -> Timed:
        return table.with_columns(t_ns=moved(table.t_ns)) if len(table.t_ns) else table

    fixes = on(batch.fixes).with_columns(t_rx_ns=moved(batch.fixes.t_rx_ns))
    events = tuple(_moved(event, behind_ns, ahead) for event in batch.events)
    return t_ns, replace(
        batch, fixes=fixes, cranes=on(batch.cranes), motions=on(batch.motions), events=events
    )


def _moved(event: Event, behind_ns: int, ahead: int) -> Event:
    return replace(event, t_ns=event.t_ns + ahead) if event.t_ns < behind_ns else event
