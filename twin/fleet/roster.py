"""Who is enlisted: machines join by name, keep their row, and leave through a gate."""

from collections.abc import Sequence
from functools import lru_cache
from typing import Any

import numpy as np
from numpy.typing import NDArray

from twin.fleet.table import Fleet, Freshness, Tracks
from twin.tables import Ints, Texts

NAME_BYTES = 16
"""A machine's name is cut to so many bytes of UTF-8."""

_BLANK: dict[str, Any] = {
    "x_m": np.nan, "y_m": np.nan, "heading_rad": np.nan, "speed_mps": 0.0, "yaw_rate_rps": 0.0,
    "pose_ns": 0, "sigma_m": np.nan, "trailer_heading_rad": np.nan, "trolley_m": np.nan, "hoist_m": np.nan,
    "locked": False, "load_kg": 0.0, "fix_ns": 0, "plc_ns": 0, "quality": 0,
    "freshness": int(Freshness.LOST), "load": -1, "cargo": -1, "covariance": 0.0, "suspect": 0,
    "trolley_mps": 0.0, "hoist_mps": 0.0, "second_load": -1, "second_cargo": -1,
}  # fmt: skip
_DTYPES: dict[str, Any] = {
    "locked": np.bool_, "pose_ns": np.int64, "fix_ns": np.int64, "plc_ns": np.int64, "quality": np.int8,
    "freshness": np.int8, "load": np.int32, "cargo": np.int32, "suspect": np.int8,
    "second_load": np.int32, "second_cargo": np.int32,
}  # fmt: skip


def _names(names: Sequence[str]) -> Texts:
    cut = [name.encode("utf-8", "replace")[:NAME_BYTES] for name in names]
    return np.array(cut, dtype=f"S{NAME_BYTES}")


def _blank(n: int) -> dict[str, NDArray[Any]]:
    return {
        name: np.full((n, 3, 3) if name == "covariance" else n, value, _DTYPES.get(name, np.float64))
        for name, value in _BLANK.items()
    }


def empty_fleet() -> Fleet:
    """Give a fleet without a machine."""
    return Fleet(
        np.empty(0, f"S{NAME_BYTES}"), np.empty(0, np.int8), np.empty(0, np.int32), np.empty(0, np.bool_)
    )


def no_tracks() -> Tracks:
    """Give tracks without a row."""
    return blank_tracks(0)


def blank_tracks(n: int) -> Tracks:
    """Give the tracks of ``n`` machines of which nothing is known."""
    columns: dict[str, Any] = dict(_blank(n))
    return Tracks(**columns)


def row_of(fleet: Fleet, names: Sequence[str]) -> Ints:
    """Give the fleet row of each name.

    Parameters
    ----------
    fleet : Fleet
    names : sequence of str
        May repeat.

    Returns
    -------
    (n,) int32
        -1 where no machine of that name was ever enlisted.
    """
    known = _known_rows(fleet)
    try:
        return np.array([known[name] for name in names], np.int32)
    except KeyError:
        rows = _rows_of(fleet, names)
    if len(known) > 2 * len(fleet):
        # Long names of which only the start is kept are without number.
        known.clear()
    known.update((name, row) for name, row in zip(names, rows.tolist(), strict=True) if row >= 0)
    return rows


@lru_cache(maxsize=4)
def _known_rows(fleet: Fleet) -> dict[str, int]:
    """Give what is known of the rows of names so far: receivers say the same names at every tick."""
    return {}


def _rows_of(fleet: Fleet, names: Sequence[str]) -> Ints:
    if not len(fleet) or not len(names):
        return np.full(len(names), -1, np.int32)
    wanted = _names(names)
    order = np.argsort(fleet.name, kind="stable")
    at = np.minimum(np.searchsorted(fleet.name, wanted, sorter=order), len(fleet) - 1)
    rows = order[at]
    return np.where(fleet.name[rows] == wanted, rows, -1).astype(np.int32)


def enlist(
    fleet: Fleet, tracks: Tracks, names: Sequence[str], kinds: Sequence[int], blocks: Sequence[int]
) -> tuple[Fleet, Tracks]:
    """Take machines in; those known already keep their row.

    Parameters
    ----------
    fleet, tracks
        Tables with the same rows.
    names : sequence of str, length n
        Where a name repeats, its last entry counts.
    kinds, blocks : sequence of int, length n
        Index into ``kinds.KIND_NAMES``; the block a gantry crane works in, -1 none.

    Returns
    -------
    Fleet, Tracks
        The same objects where nothing is new. A machine that had left and comes again starts
        without a position: where it was last time says nothing of where it is.
    """
    last = {name: (kind, block) for name, kind, block in zip(names, kinds, blocks, strict=True)}
    rows = row_of(fleet, list(last))
    fresh = [name for name, row in zip(last, rows, strict=True) if row < 0]
    fleet, tracks = _update(fleet, tracks, rows, list(last.values()))
    if not fresh:
        return fleet, tracks
    grown = {
        "name": _names(fresh),
        "kind": np.array([last[name][0] for name in fresh], np.int8),
        "block": np.array([last[name][1] for name in fresh], np.int32),
        "present": np.ones(len(fresh), np.bool_),
    }
    blank = _blank(len(fresh))
    return (
        Fleet(**{name: np.concatenate((getattr(fleet, name), more)) for name, more in grown.items()}),
        tracks.with_columns(
            **{name: np.concatenate((getattr(tracks, name), more)) for name, more in blank.items()}
        ),
    )


def _update(
    fleet: Fleet, tracks: Tracks, rows: Ints, found: Sequence[tuple[int, int]]
) -> tuple[Fleet, Tracks]:
    """Take what is new of machines known already; one that comes again loses its old track."""
    known = rows >= 0
    if not known.any():
        return fleet, tracks
    rows = rows[known]
    kind, block = np.array(found, np.int32).reshape(-1, 2)[known].T
    back = rows[~fleet.present[rows]]
    if len(back) or (fleet.kind[rows] != kind).any() or (fleet.block[rows] != block).any():
        columns = fleet.editable("kind", "block", "present")
        columns["kind"][rows], columns["block"][rows], columns["present"][rows] = kind, block, True
        fleet = fleet.with_columns(**columns)
    if len(back):
        blank = tracks.editable(*_BLANK)
        for name, value in _BLANK.items():
            blank[name][back] = value
        tracks = tracks.with_columns(**blank, memory=tracks.memory.without(back))
    return fleet, tracks


def leave(fleet: Fleet, rows: Ints) -> Fleet:
    """Mark machines as gone through a gate; the same fleet where they all are already."""
    if not fleet.present[rows].any():
        return fleet
    columns = fleet.editable("present")
    columns["present"][rows] = False
    return fleet.with_columns(**columns)
