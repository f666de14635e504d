"""Late crane readings that turn nothing: slipped in among those told before, and no event acts again.

Most words that come late are of a trolley or a hoist on its way. What stands where does not hang on them,
only how fast the drives are believed to go. So their machines alone are followed again, word by word, from
the oldest instant that is kept; all other words stay as they were told. Where a late reading does turn
twistlocks, or tells where they turned, nothing is done here: then all is told again.
"""

from collections.abc import Sequence
from dataclasses import fields
from typing import Any, NamedTuple

import numpy as np
from numpy.typing import NDArray

from twin.desk import Desk
from twin.fleet.readings import Followed, followed, turned
from twin.fleet.table import Tracks
from twin.inputs import CraneReadings
from twin.state import Said
from twin.tables import Bytes, Flags, Floats, Ints, Longs

_FOLLOWED = ("trolley_m", "hoist_m", "load_kg", "locked", "plc_ns", "trolley_mps", "hoist_mps")
_SAID = ("t_ns", "trolley_m", "hoist_m", "load_kg", "locked", "length_ft")


class _Told(NamedTuple):
    """Readings of some machines: fleet rows, the entries in which they stand, and what they say."""

    row: Ints
    entry: Longs
    t_ns: Longs
    trolley_m: Floats
    hoist_m: Floats
    load_kg: Floats
    locked: Bytes
    length_ft: Bytes


def slipped_in(
    desk: Desk, said: Sequence[Said], begun: Tracks, row: Ints, late: CraneReadings
) -> tuple[Said, ...] | None:
    """Take late readings that turn nothing into what was told, and follow their machines again, in place.

    Parameters
    ----------
    desk : Desk
        Only ``tracks`` is changed, and only where the readings are taken.
    said : sequence of Said
        What was told in the last seconds.
    begun : Tracks
        As it was at the begin of ``said``, for the machines in question.
    row : (k,) int32
        Fleet row of each reading.
    late : CraneReadings
        (k,) none told before, each after the begin of ``said``.

    Returns
    -------
    tuple of Said or None
        None where a reading changes when or where twistlocks turned, or where it cannot be told.
    """
    rows = np.unique(row)
    told = _told(said, rows, len(desk.fleet))
    order = np.lexsort((told.t_ns, told.row))
    entry = _entries(said, told, order, row, late.t_ns)
    if entry is None:
        return None
    more: tuple[NDArray[Any], ...] = (row, entry, *(getattr(late, name) for name in _SAID))
    columns: tuple[NDArray[Any], ...] = told
    both = _Told(*(np.concatenate(pair) for pair in zip(columns, more, strict=True)))
    if not _speak_alike(both):
        return None
    after = followed(desk.fleet, begun, both.row, both)
    if len(after) != len(both.row) or not _turn_alike(told, order, begun, after):
        return None
    # What the machines are believed to do now must be what the words told so far make of them.
    ends = order[np.append(told.row[order][1:] != told.row[order][:-1], True)] if len(order) else order
    if (desk.tracks.plc_ns[told.row[ends]] != told.t_ns[ends]).any():
        return None
    return _rewritten(desk, said, rows, row, late, entry, both, after)


def _told(said: Sequence[Said], rows: Ints, machines: int) -> _Told:
    """Gather what some machines said."""
    mine = np.zeros(machines, np.bool_)
    mine[rows] = True
    places = [np.flatnonzero(mine[one.row]) for one in said]
    return _Told(
        np.concatenate([one.row[of] for one, of in zip(said, places, strict=True)]),
        np.repeat(np.arange(len(said)), [len(of) for of in places]),
        *(
            np.concatenate([getattr(one.readings, name)[of] for one, of in zip(said, places, strict=True)])
            for name in _SAID
        ),
    )


def _speak_alike(told: _Told) -> bool:
    """Tell whether each machine tells a drive in all of its words, or in none."""
    for column in (told.trolley_m, told.hoist_m, told.load_kg):
        sent = np.isfinite(column)
        if not sent.all() and np.intersect1d(told.row[sent], told.row[~sent]).size:
            return False
    return True


def _entries(said: Sequence[Said], told: _Told, order: Longs, row: Ints, t_ns: Longs) -> Longs | None:
    """Give the entry of each late reading, between those of its machine's words before and after it.

    None where those of a machine do not follow one another as its words do.
    """
    of, when, at = told.row[order], told.t_ns[order], told.entry[order]
    if ((np.diff(at) < 0) & (np.diff(of) == 0)).any():
        return None
    entry: Longs = np.searchsorted(np.array([one.t_ns for one in said[1:]], np.int64), t_ns)
    for k in range(len(row)):
        begin, end = np.searchsorted(of, (row[k], row[k] + 1))
        place = begin + int(np.searchsorted(when[begin:end], t_ns[k]))
        least = int(at[place - 1]) if place > begin else 0
        most = int(at[place]) if place < end else len(said) - 1
        entry[k] = min(max(int(entry[k]), least), most)
    return entry


def _turn_alike(told: _Told, order: Longs, begun: Tracks, after: Followed) -> bool:
    """Tell whether twistlocks turned at the same words as before the late ones.

    Where they were then is the same too: each of a machine's words tells its drives, or none does.
    """
    spoke = order[told.locked[order] >= 0]
    row, closed = told.row[spoke], told.locked[spoke] > 0
    turns = spoke[turned(row, closed, begun)]
    turns = turns[np.argsort(told.t_ns[turns], kind="stable")]
    return (
        np.array_equal(told.row[turns], after.row[after.turns])
        and np.array_equal(told.t_ns[turns], after.plc_ns[after.turns])
        and np.array_equal(told.locked[turns] > 0, after.locked[after.turns])
    )


def _rewritten(
    desk: Desk, said: Sequence[Said], rows: Ints, row: Ints, late: CraneReadings, entry: Longs, both: _Told,
    after: Followed,
) -> tuple[Said, ...]:  # fmt: skip
    """Give the entries with the late readings in them, and what was known at the begin of each."""
    at = both.entry[after.order]
    rank = np.searchsorted(rows, after.row)
    key = rank * (len(said) + 1) + at
    begins = np.searchsorted(rank, np.arange(len(rows)))
    out = []
    for number, one in enumerate(said):
        # The last word of each machine before this entry.
        last = np.searchsorted(key, np.arange(len(rows)) * (len(said) + 1) + number) - 1
        known = last >= begins
        changes: dict[str, Any] = {}
        if number > int(entry.min()) and known.any():
            changes["held"] = _put(one.held, rows[known], after, last[known])
        here = entry == number
        if here.any():
            changes["row"] = np.concatenate((one.row, row[here])).astype(np.int32)
            changes["readings"] = _joined(one.readings, _some(late, here))
        out.append(one.with_columns(**changes) if changes else one)
    ends = np.searchsorted(rank, np.arange(len(rows)), side="right") - 1
    columns = desk.tracks.editable(*_FOLLOWED)
    for name, values in columns.items():
        values[rows] = getattr(after, name)[ends]
    desk.tracks = desk.tracks.with_columns(**columns)
    return tuple(out)


def _put(
    held: Sequence[NDArray[Any]], rows: Ints, after: Followed, last: NDArray[np.intp]
) -> tuple[NDArray[Any], ...]:
    """Give columns in the order of ``_FOLLOWED``, more behind them, with what was known after some words."""
    out = []
    for name, column in zip(_FOLLOWED, held, strict=False):
        known = getattr(after, name)[last]
        if column[rows].tobytes() != known.tobytes():
            column = column.copy()
            column[rows] = known
        out.append(column)
    return (*out, *held[len(_FOLLOWED) :])


def _some(readings: CraneReadings, which: Flags | slice) -> CraneReadings:
    return CraneReadings(**{f.name: getattr(readings, f.name)[which] for f in fields(readings)})


def _joined(one: CraneReadings, other: CraneReadings) -> CraneReadings:
    columns = {f.name: np.concatenate((getattr(one, f.name), getattr(other, f.name))) for f in fields(one)}
    return CraneReadings(**columns)
