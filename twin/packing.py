"""What was told of late, made small: each entry keeps only what differs from the one after it.

Entries of half a second share nearly all with one another and with the state that they are part of; a stock
of 100,000 boxes is written once, and of the others only the boxes and stacks that differ.
"""

from collections.abc import Sequence
from dataclasses import dataclass, fields
from typing import Any

import numpy as np
from numpy.typing import NDArray

from twin.errors import TwinError
from twin.state import Said
from twin.stock.table import Stock
from twin.tables import Table
from twin.words import HELD, POSES, TABLES

_OF_GROUNDS = ("occupant", "top_m", "count")


@dataclass(frozen=True, eq=False)
class Patch(Table):
    """What makes a stock of another of the same yard.

    Attributes
    ----------
    boxes : int
        How many boxes it has.
    row, ground : (k,), (g,) int64
        Boxes and ground slots that differ; boxes that the other has not are among them.
    columns : tuple of arrays
        Their values, in the order of the fields of :class:`Stock`.
    """

    boxes: int
    row: NDArray[np.int64]
    ground: NDArray[np.int64]
    columns: tuple[NDArray[Any], ...]


def packed(said: Sequence[Said], state: Any) -> tuple[tuple[Any, ...], ...]:
    """Give entries of a state as tuples of plain values, for :func:`unpacked`."""
    out = []
    after = _values(state)
    for one in reversed(said):
        values = _values(one)
        small = tuple(_smaller(mine, other) for mine, other in zip(values, after, strict=True))
        out.append(
            (
                one.t_ns, one.before_ns, one.newest_ns, small, one.row, one.readings, one.turns, one.events,
                one.added,
            )
        )  # fmt: skip
        after = values
    return tuple(reversed(out))


def unpacked(kept: Sequence[Any], state: Any) -> tuple[Said, ...]:
    """Give the entries that :func:`packed` made small.

    Raises
    ------
    TwinError
        Where a stock is not of the state's yard.
    """
    out: list[Said] = []
    after = _values(state)
    for t_ns, before_ns, newest_ns, small, row, readings, turns, events, added in reversed(kept):
        after = [_larger(mine, other) for mine, other in zip(small, after, strict=True)]
        n, m = len(POSES), len(POSES) + len(HELD)
        tables = dict(zip(TABLES, after[m:], strict=True))
        out.append(
            Said(
                t_ns=t_ns, before_ns=before_ns, newest_ns=newest_ns, poses=tuple(after[:n]),
                held=tuple(after[n:m]), **tables, row=row, readings=readings, turns=turns, events=events,
                added=added,
            )
        )  # fmt: skip
    return tuple(reversed(out))


def _values(one: Any) -> list[Any]:
    """Give what an entry, or a state, has of that which entries share."""
    if isinstance(one, Said):
        columns = [*one.poses, *one.held]
    else:
        columns = [getattr(one.tracks, name) for name in (*POSES, *HELD)]
    return [*columns, *(getattr(one, name) for name in TABLES)]


def _smaller(mine: Any, other: Any) -> Any:
    if isinstance(mine, Stock):
        return _patch(mine, other)
    return None if _same(mine, other) else mine


def _larger(mine: Any, other: Any) -> Any:
    if mine is None:
        return other
    return _patched(mine, other) if isinstance(mine, Patch) else mine


def _same(one: Any, other: Any) -> bool:
    if isinstance(one, np.ndarray):
        return one is other or (one.shape == other.shape and one.tobytes() == other.tobytes())
    return bool(one is other or one == other)


def _patch(mine: Stock, other: Stock) -> Patch | None:
    if mine is other:
        return None
    boxes = min(len(mine), len(other))
    row = np.ones(len(mine), np.bool_)
    row[:boxes] = False
    ground = np.zeros(len(mine.occupant), np.bool_)
    for f in fields(mine):
        one, two = getattr(mine, f.name), getattr(other, f.name)
        if one is two:
            continue
        if f.name in _OF_GROUNDS:
            ground |= _differ(one, two)
        else:
            row[:boxes] |= _differ(one[:boxes], two[:boxes])
    rows, grounds = np.flatnonzero(row), np.flatnonzero(ground)
    columns = (getattr(mine, f.name)[grounds if f.name in _OF_GROUNDS else rows] for f in fields(mine))
    return Patch(len(mine), rows, grounds, tuple(columns))


def _differ(one: NDArray[Any], other: NDArray[Any]) -> NDArray[np.bool_]:
    """Tell which rows differ; NaN equals NaN."""
    differ: NDArray[np.bool_] = (one != other) & ~((one != one) & (other != other))
    return differ if differ.ndim == 1 else np.any(differ, axis=1)


def _patched(patch: Patch, other: Stock) -> Stock:
    columns = {}
    for f, values in zip(fields(other), patch.columns, strict=True):
        theirs = getattr(other, f.name)
        at = patch.ground if f.name in _OF_GROUNDS else patch.row
        whole = theirs if f.name in _OF_GROUNDS else theirs[: patch.boxes]
        size = len(theirs) if f.name in _OF_GROUNDS else patch.boxes
        if len(at) and not 0 <= int(at.min()) <= int(at.max()) < size:
            raise TwinError(f"record Patch: expected rows below {size}, found {int(at.max())}")
        made = np.zeros((size, *theirs.shape[1:]), theirs.dtype)
        made[: len(whole)] = whole
        made[at] = values
        columns[f.name] = made
    return Stock(**columns)
