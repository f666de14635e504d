"""What machines said before they were announced: kept for some seconds, in case the announcement is late.

Packets overtake one another, so a machine's first positions may come before the word that it exists. They
are refused and counted as they come; where the announcement follows in time they are taken after all.
"""

from collections.abc import Sequence
from dataclasses import dataclass, fields, replace
from typing import Any, TypeVar

import numpy as np
from numpy.typing import NDArray

from twin.clock import NS_PER_S
from twin.fleet import roster
from twin.fleet.table import Fleet
from twin.inputs import Batch, CraneReadings, Fixes, MotionReadings
from twin.tables import Ints, Table

HORIZON_NS = 6 * NS_PER_S
"""An announcement may be so late."""
MOST_NAMES, MOST_ROWS = 64, 1_024
"""So many machines and rows of each kind are kept: whoever floods in names of nobody is only counted."""
TABLES = ("fixes", "motions", "cranes")
REASONS = {
    "fixes": "position of a machine that was never announced",
    "motions": "motion of a machine that was never announced",
    "cranes": "telemetry of a machine that was never announced",
}
"""What is counted for each row that is refused."""

TableT = TypeVar("TableT", bound=Table)


@dataclass(frozen=True, eq=False)
class Waiting(Table):
    """What came in one tick of machines that are not known.

    Attributes
    ----------
    t_ns : int
        The tick.
    names : tuple of str
        What ``device`` of the tables is an index into.
    fixes, motions, cranes
    """

    t_ns: int
    names: tuple[str, ...]
    fixes: Fixes
    motions: MotionReadings
    cranes: CraneReadings

    def __len__(self) -> int:
        """Give the number of rows."""
        return sum(len(getattr(self, name)) for name in TABLES)


def admitted(
    kept: tuple[Waiting, ...], batch: Batch, fleet: Fleet, t_ns: int
) -> tuple[Batch, tuple[Waiting, ...], dict[str, int]]:
    """Give a batch with what waited for machines that are known by now.

    Parameters
    ----------
    kept : tuple of Waiting
        Of the ticks before, oldest first.
    batch : Batch
    fleet : Fleet
        With the machines of the batch's announcements in it.
    t_ns : int
        The tick.

    Returns
    -------
    Batch
        The same object where nothing waited for it.
    tuple of Waiting
        What waits on; the same object where nothing came, went or grew too old.
    dict
        Reason -> how many rows are not refused after all.
    """
    taken: dict[str, int] = {}
    still: list[Waiting] = []
    for one in kept:
        known = roster.row_of(fleet, one.names) >= 0
        if known.any():
            for name in TABLES:
                table = getattr(one, name)
                rows = np.flatnonzero(known[table.device])
                if len(rows):
                    batch = _with_rows(batch, name, _some(table, rows), one.names)
                    taken[REASONS[name]] = taken.get(REASONS[name], 0) + len(rows)
            one = _of_names(one, ~known)
        if len(one) and one.t_ns > t_ns - HORIZON_NS:
            still.append(one)
    new = _unknown(batch, fleet, t_ns, still)
    if new is not None:
        still.append(new)
    same = len(still) == len(kept) and all(a is b for a, b in zip(still, kept, strict=True))
    return batch, kept if same else tuple(still), taken


def _with_rows(batch: Batch, name: str, rows: Any, names: Sequence[str]) -> Batch:
    """Give a batch with more rows of a table."""
    place = {device: index for index, device in enumerate(batch.devices)}
    index = np.array([place.setdefault(device, len(place)) for device in names], np.int32)
    rows = rows.with_columns(device=index[rows.device])
    table = getattr(batch, name)
    columns = {f.name: np.concatenate((getattr(table, f.name), getattr(rows, f.name))) for f in fields(table)}
    more: dict[str, Any] = {name: type(table)(**columns)}
    return replace(batch, devices=tuple(place), **more)


def _unknown(batch: Batch, fleet: Fleet, t_ns: int, kept: Sequence[Waiting]) -> Waiting | None:
    """Give what a batch says of machines that are not known, as far as there is room for it."""
    if not batch.devices:
        return None
    unknown = roster.row_of(fleet, batch.devices) < 0
    if not unknown.any():
        return None
    before = {name for one in kept for name in one.names}
    fresh = [row for row in np.flatnonzero(unknown).tolist() if batch.devices[row] not in before]
    unknown[fresh[max(0, MOST_NAMES - len(before)) :]] = False
    one = Waiting(t_ns, batch.devices, batch.fixes, batch.motions, batch.cranes)
    one = _of_names(one, unknown)
    held = {name: sum(len(getattr(other, name)) for other in kept) for name in TABLES}
    short = {name: _some(getattr(one, name), slice(0, max(0, MOST_ROWS - held[name]))) for name in TABLES}
    one = one.with_columns(**short)
    return one if len(one) else None


def _of_names(one: Waiting, which: NDArray[np.bool_]) -> Waiting:
    """Give what some of the machines said."""
    place: Ints = (np.cumsum(which) - 1).astype(np.int32)
    tables: dict[str, Any] = {}
    for name in TABLES:
        table = getattr(one, name)
        rows = _some(table, np.flatnonzero(which[table.device]))
        tables[name] = rows.with_columns(device=place[rows.device])
    names = tuple(name for name, kept in zip(one.names, which.tolist(), strict=True) if kept)
    return Waiting(one.t_ns, names, **tables)


def _some(table: TableT, rows: Any) -> TableT:
    return type(table)(**{f.name: getattr(table, f.name)[rows] for f in fields(table)})
