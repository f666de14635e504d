"""Batches and their tables: rows picked, tables joined, devices named."""

from collections.abc import Sequence
from dataclasses import fields, replace
from typing import Any, TypeVar

import numpy as np
from numpy.typing import NDArray

from twin.inputs import EMPTY_BATCH, Batch, CraneReadings, Fixes, MotionReadings
from twin.tables import Table

TableT = TypeVar("TableT", bound=Table)

_TABLES = ("fixes", "cranes", "motions")


def rows_of(table: TableT, rows: NDArray[Any]) -> TableT:
    """Give some rows of a table."""
    return type(table)(*(getattr(table, field.name)[rows] for field in fields(table)))


def stacked(tables: Sequence[TableT]) -> TableT:
    """Give tables of one type below each other, at least one."""
    parts = ([getattr(table, field.name) for table in tables] for field in fields(tables[0]))
    return type(tables[0])(*(np.concatenate(part) for part in parts))


def named_alone(
    names: tuple[str, ...], fixes: Fixes, readings: CraneReadings, motions: MotionReadings
) -> Batch:
    """Give a batch whose devices are those that the tables refer to.

    Parameters
    ----------
    names : tuple of str
        What ``device`` of the tables is an index into.
    """
    seen = np.zeros(len(names), np.bool_)
    seen[fixes.device] = seen[readings.device] = seen[motions.device] = True
    if not seen.all():
        used = np.flatnonzero(seen)
        place = (np.cumsum(seen) - 1).astype(np.int32)
        names = tuple(names[row] for row in used.tolist())
        fixes = fixes.with_columns(device=place[fixes.device])
        readings = readings.with_columns(device=place[readings.device])
        motions = motions.with_columns(device=place[motions.device])
    return replace(EMPTY_BATCH, devices=names, fixes=fixes, cranes=readings, motions=motions)


def joined(batches: Sequence[Batch]) -> Batch:
    """Give several batches as one."""
    if len(batches) <= 1:
        return batches[0] if batches else EMPTY_BATCH
    index: dict[str, int] = {}
    tables: dict[str, list[Any]] = {name: [] for name in _TABLES}
    for batch in batches:
        place = np.array([index.setdefault(name, len(index)) for name in batch.devices], np.int32)
        for name in _TABLES:
            table = getattr(batch, name)
            tables[name].append(table.with_columns(device=place[table.device]))
    return Batch(
        devices=tuple(index),
        events=tuple(event for batch in batches for event in batch.events),
        rejects=tuple(reject for batch in batches for reject in batch.rejects),
        lines=sum(batch.lines for batch in batches),
        loads=tuple(load for batch in batches for load in batch.loads),
        **{name: stacked(parts) for name, parts in tables.items()},
    )
