"""Late crane readings slipped in among those told before: their machines alone are followed again.

Most words that come late are of a trolley or a hoist on its way. What stands where does not hang on them,
only how fast the drives are believed to go: then nothing else is to be done. Where a late reading does turn
twistlocks, or tells where they turned, the turns of its machine are given anew, so that all can act again.
"""

from collections.abc import Sequence
from typing import Any, NamedTuple

import numpy as np
from numpy.typing import NDArray

from twin import words
from twin.desk import Desk
from twin.fleet.places import locked
from twin.fleet.readings import Followed, followed
from twin.fleet.table import Tracks
from twin.inputs import CraneReadings
from twin.state import Said
from twin.tables import Flags, Ints, Longs
from twin.words import FOLLOWED

_SENT = ("trolley_m", "hoist_m", "load_kg", "locked", "length_ft")


class Slipped(NamedTuple):
    """What comes of late readings.

    Attributes
    ----------
    said : tuple of Said
        With them in it, and what was known at the begin of each entry.
    rows : (m,) int32
        The machines in question.
    alike : bool
        Whether their twistlocks turned when and where they did without the late readings.
    words : Followed
        All of theirs.
    same : (k,) bool
        Words at which twistlocks turned as they did.
    readings : CraneReadings
        As ``words``; of the places where their machines say that they were, only those of the turns.
    """

    said: tuple[Said, ...]
    rows: Ints
    alike: bool
    words: Followed
    same: Flags
    readings: CraneReadings


class _Told(NamedTuple):
    t_ns: Longs
    trolley_m: NDArray[Any]
    hoist_m: NDArray[Any]
    load_kg: NDArray[Any]
    locked: NDArray[Any]
    length_ft: NDArray[Any]


def slipped_in(desk: Desk, said: tuple[Said, ...], row: Ints, late: CraneReadings) -> Slipped:
    """Take late readings into what was told, and follow their machines again, in place.

    Parameters
    ----------
    desk : Desk
        Only ``tracks`` is changed: those of the machines in question.
    said : tuple of Said
        What was told in the last seconds, this tick's words in order included.
    row : (k,) int32
        Fleet row of each reading.
    late : CraneReadings
        (k,) none told before, each after the begin of ``said``.
    """
    from twin import interleaving

    rows = np.unique(row)
    rank = np.full(len(desk.fleet), -1, np.int64)
    rank[rows] = np.arange(len(rows))
    t_ns, stood = words.gathered(said, "t_ns"), np.concatenate([one.row for one in said])
    n, most = len(t_ns), len(t_ns) + len(row)
    entry = np.repeat(np.arange(len(said)), [len(one.row) for one in said])
    starts = np.array([one.t_ns for one in said], np.int64)
    pick, into, end = np.empty(most, np.int64), np.empty(most, np.int64), np.zeros(len(rows), np.int64)
    count = interleaving.interleaved(
        locked(stood), locked(t_ns), locked(entry), locked(row), locked(late.t_ns), locked(rank),
        locked(starts), pick, into, end,
    )  # fmt: skip
    pick, into = pick[:count], into[:count]
    told = _picked(said, late, t_ns, pick)
    begun = desk.tracks.with_columns(**words.padded(desk, words.HELD, said[0].held))
    after = followed(desk.fleet, begun, np.repeat(rows, np.diff(end, prepend=0)).astype(np.int32), told)
    same = np.zeros(count, np.bool_)
    alike = len(after) == count and _turn_alike(pick, n, end, told, begun, rows, after, same)
    readings = CraneReadings(np.zeros(count, np.int32), *told)
    if not alike:
        readings = _with_places(said, late, readings, pick)
    late_ones = pick >= n
    first, out = int(into[late_ones].min()), list(said)
    for number in np.unique(into[late_ones]).tolist():
        of = pick[late_ones & (into == number)] - n
        out[number] = words.with_readings(out[number], row[of], words.some(late, of))
    if len(after) != count:  # the record was damaged: some words are older than what was known before them
        into, readings, same = into[after.order], words.some(readings, after.order), same[after.order]
        end = np.searchsorted(after.row, rows, side="right")
    _put(desk, out, first, rows, into, end, after)
    return Slipped(tuple(out), rows, alike, after, same, readings)


def _picked(said: Sequence[Said], late: CraneReadings, t_ns: Longs, pick: Longs) -> _Told:
    """Give what the words of the machines in question say."""
    columns = (np.concatenate((words.gathered(said, name), getattr(late, name)))[pick] for name in _SENT)
    return _Told(np.concatenate((t_ns, late.t_ns))[pick], *columns)


def _with_places(
    said: Sequence[Said], late: CraneReadings, readings: CraneReadings, pick: Longs
) -> CraneReadings:
    """Give readings with where their machines say that they were."""
    names = ("lon_deg", "lat_deg", "heading_rad")
    columns = {
        name: np.concatenate((words.gathered(said, name), getattr(late, name)))[pick] for name in names
    }
    return readings.with_columns(**columns)


def _turn_alike(
    pick: Longs, n: int, end: Longs, told: _Told, begun: Tracks, rows: Ints, after: Followed, same: Flags
) -> bool:
    """Tell whether twistlocks turned at the same words, and where they did, as without the late ones."""
    from twin import interleaving

    turned = np.zeros(len(pick), np.bool_)
    turned[after.turns] = True
    alike = interleaving.turn_alike(
        pick, n, end, np.stack((told.trolley_m, told.hoist_m)), told.locked, begun.plc_ns[rows] != 0,
        begun.locked[rows], np.stack((begun.trolley_m[rows], begun.hoist_m[rows])),
        np.stack((after.trolley_m, after.hoist_m)), turned, same,
    )  # fmt: skip
    return bool(alike)


def _put(
    desk: Desk, said: list[Said], first: int, rows: Ints, into: Longs, end: Longs, after: Followed
) -> None:
    """Put what is known of some machines into their tracks, and into the entries behind the ``first``."""
    from twin import interleaving

    last = np.empty((len(said) + 1, len(rows)), np.int64)
    interleaving.last_words(into, end, last)
    columns = desk.tracks.editable(*FOLLOWED)
    held = [list(words.padded(desk, words.HELD, one.held).values()) for one in said[first + 1 :]]
    spoke, mine = last[first + 1 : -1] >= 0, set()
    for place, (name, column) in enumerate(columns.items()):
        value = getattr(after, name)
        known = value[last[first + 1 : -1]]
        for number, row in np.argwhere(spoke & _differ(_at(held, place, rows), known)).tolist():
            if (number, place) not in mine:
                mine.add((number, place))
                held[number][place] = held[number][place].copy()
            held[number][place][rows[row]] = known[number, row]
        column[rows] = value[last[-1]]
    for number in {number for number, _ in mine}:
        said[first + 1 + number] = said[first + 1 + number].with_columns(held=tuple(held[number]))
    desk.tracks = desk.tracks.with_columns(**columns)


def _at(held: Sequence[Sequence[NDArray[Any]]], place: int, rows: Ints) -> NDArray[Any]:
    """Give a column of some machines at the begin of entries."""
    out = np.empty((len(held), len(rows)), held[0][place].dtype if held else np.float64)
    for number, columns in enumerate(held):
        columns[place].take(rows, out=out[number])
    return out


def _differ(one: NDArray[Any], other: NDArray[Any]) -> Flags:
    """Tell which values differ; NaN equals NaN."""
    differ: Flags = (one != other) & ~((one != one) & (other != other))
    return differ
