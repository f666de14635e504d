"""Words of boxes that come late: the last seconds are told again, each word in its place.

Crane readings and events act on the stock one after another, so their order counts. What is told is kept
for some seconds with the tables as they were before it. Where a word comes that was measured before others
that were told already, the tables go back to before it, and all words since act again in order of
measurement: stock, orders and the list of what cannot be end as they would have in order. Words in order
wait for nothing.
"""

from collections.abc import Sequence
from dataclasses import dataclass, fields, replace
from typing import Any

import numpy as np
from numpy.typing import NDArray

from twin import hindsight
from twin.clock import NS_PER_S
from twin.desk import Desk
from twin.fleet import roster, tracking
from twin.fleet.tracking import Locks
from twin.handling import take_events
from twin.inputs import CraneReadings, Event, HealthReport, MachineNotice, ReeferReading, no_readings
from twin.slipping import slipped_in
from twin.stacking.suggestion import OrderStatus, WorkOrder
from twin.state import Said
from twin.stock.table import Stock
from twin.tables import Flags, Ints

HORIZON_NS = hindsight.KEPT_NS
"""Words may be this late and still be told in their place."""
SPACING_NS = NS_PER_S // 2
"""Between two instants to which the tables can go back."""
MOST = 8_192
"""So many words are kept; under a flood, words may be less late."""
TOO_LATE = "telemetry too late to be told in its place"

POSES = (
    "x_m", "y_m", "heading_rad", "speed_mps", "yaw_rate_rps", "pose_ns", "trailer_heading_rad", "freshness",
)  # fmt: skip
HELD = (
    "trolley_m", "hoist_m", "load_kg", "locked", "plc_ns", "trolley_mps", "hoist_mps", "load", "cargo",
)  # fmt: skip
TABLES = ("stock", "weather", "pick_ups", "arrivals", "orders", "discrepancies")
_ANY_ORDER = (MachineNotice, HealthReport, ReeferReading)
"""Events whose order does not count."""
_LONG_AGO = -(2**62)


@dataclass(frozen=True, eq=False, slots=True)
class Words:
    """What is told: the fleet row (k,) of each reading, the readings, and the events."""

    row: Ints
    readings: CraneReadings
    events: tuple[Event, ...]

    def __len__(self) -> int:
        """Give the number of words."""
        return len(self.row) + len(self.events)

    def some(self, which: Flags) -> "Words":
        """Give the words of these readings, and all events."""
        columns = {f.name: getattr(self.readings, f.name)[which] for f in fields(self.readings)}
        return Words(self.row[which], CraneReadings(**columns), self.events)

    def joined(self, more: "Words") -> "Words":
        """Give these words and more."""
        if not len(more):
            return self
        both = self.readings, more.readings
        columns = {f.name: np.concatenate([getattr(one, f.name) for one in both]) for f in fields(both[0])}
        row = np.concatenate((self.row, more.row)).astype(np.int32)
        return Words(row, CraneReadings(**columns), (*self.events, *more.events))


def take(desk: Desk, said: tuple[Said, ...], words: Words, t_ns: int, *, moved: bool) -> tuple[Said, ...]:
    """Let a tick's words act on the desk's tables, in place; late ones where they belong.

    Parameters
    ----------
    desk : Desk
        Its tracks have the tick's fixes in them.
    said : tuple of Said
        What was told in the last seconds, oldest first.
    words : Words
    t_ns : int
        The tick.
    moved : bool
        Whether the tracks differ from those of the tick before.

    Returns
    -------
    tuple of Said
        The same object where nothing is told and nothing moved.
    """
    if not len(words) and not moved:
        return said
    said = _begun(desk, said, t_ns)
    behind = words.readings.t_ns <= desk.tracks.plc_ns[words.row]
    late = _late(desk, said, words, behind)
    if late:
        slipped = _slipped(desk, said, words, late)
        said = slipped or said
        behind[late] = slipped is not None
    if (late and not behind[late].all()) or any(_is_late(said, event) for event in words.events):
        return _told_again(desk, said, words.some(~behind))
    words = words.some(~behind) if behind.any() else words
    desk.kept_ns = said[-1].t_ns - hindsight.KEPT_NS
    tracks, locks = tracking.apply_readings(desk.fleet, desk.tracks, words.row, words.readings)
    locks = hindsight.located(desk, locks, words.row, words.readings)
    if ((locks.t_ns > _oldest_ns(said)) & (locks.t_ns <= said[-1].newest_ns)).any():
        return _told_again(desk, said, words)
    desk.tracks = tracks
    return (*said[:-1], _acted(desk, said[-1], words, locks))


def acted_on(desk: Desk) -> tuple[object, ...]:
    """Give the tables of which nothing can be told again once a decision has changed them."""
    return desk.yard, desk.stock, desk.pick_ups, desk.arrivals, desk.discrepancies, desk.tracks.load


def kept(said: tuple[Said, ...], desk: Desk, before: Sequence[object]) -> tuple[Said, ...]:
    """Give what was told, or nothing where a decision has changed what it acted on.

    Parameters
    ----------
    before : sequence
        :func:`acted_on` before the decisions.
    """
    return said if all(one is other for one, other in zip(before, acted_on(desk), strict=True)) else ()


def _acted(desk: Desk, one: Said, words: Words, locks: Locks) -> Said:
    """Let words act in order of time, and give the entry with them."""
    counted = dict(desk.added)
    take_events(desk, words.events, locks)
    added = dict(one.added)
    for name, n in desk.added.items():
        if n != counted.get(name, 0):
            added[name] = added.get(name, 0) + n - counted.get(name, 0)
    newest_ns = [one.newest_ns, *locks.t_ns.tolist(), *(e.t_ns for e in words.events if _counts(e))]
    told = Words(one.row, one.readings, one.events).joined(words)
    return one.with_columns(
        newest_ns=max(newest_ns), row=told.row, readings=told.readings, events=told.events,
        added=tuple(added.items()),
    )  # fmt: skip


def _begun(desk: Desk, said: tuple[Said, ...], t_ns: int) -> tuple[Said, ...]:
    """Give the list with an entry to which a tick's words can be put, and without what is too old."""
    if said and t_ns - said[-1].t_ns < SPACING_NS:
        return said
    while len(said) > 1 and said[1].t_ns <= t_ns - HORIZON_NS:
        said = said[1:]
    while said and sum(len(one.row) + len(one.events) for one in said) > MOST:
        said = said[1:]
    newest_ns = said[-1].newest_ns if said else _LONG_AGO
    tables = {name: getattr(desk, name) for name in TABLES}
    begun = Said(
        t_ns=t_ns, before_ns=newest_ns, newest_ns=newest_ns, poses=_columns(desk, POSES),
        held=_columns(desk, HELD), **tables, row=np.empty(0, np.int32), readings=no_readings(),
    )  # fmt: skip
    return (*said, begun)


def _late(desk: Desk, said: tuple[Said, ...], words: Words, behind: Flags) -> list[int]:
    """Give the late readings that are new and can be told in their place; count those that cannot."""
    if not behind.any():
        return []
    mine = np.zeros(len(desk.fleet), np.bool_)
    mine[words.row[behind]] = True
    told = [(one, np.flatnonzero(mine[one.row])) for one in said]
    known = {
        pair
        for one, of in told
        for pair in zip(one.row[of].tolist(), one.readings.t_ns[of].tolist(), strict=True)
    }
    plc_ns = _padded(desk, HELD, said[0].held)["plc_ns"]
    out, over = [], 0
    pairs = _pairs(words.row, words.readings)
    for k in np.flatnonzero(behind).tolist():
        row, t_ns = pairs[k]
        if pairs[k] in known or t_ns == desk.tracks.plc_ns[row]:
            continue
        known.add(pairs[k])
        if t_ns > max(_oldest_ns(said), plc_ns[row]):
            out.append(k)
        else:
            over += 1
            hindsight.note_overtaken(desk, row, words.readings, k)
    if over:
        desk.count("!" + TOO_LATE, over)
    return out


def _slipped(desk: Desk, said: tuple[Said, ...], words: Words, late: list[int]) -> tuple[Said, ...] | None:
    """Slip late readings in; None where they turn twistlocks, so that all must be told again."""
    few = words.some(np.isin(np.arange(len(words.row)), late))
    if len(desk.fleet) != len(said[0].held[0]):
        return None
    begun = desk.tracks.with_columns(**dict(zip(HELD, said[0].held, strict=True)))
    return slipped_in(desk, said, begun, few.row, few.readings)


def _pairs(row: Ints, readings: CraneReadings) -> list[tuple[int, int]]:
    return list(zip(row.tolist(), readings.t_ns.tolist(), strict=True))


def _is_late(said: tuple[Said, ...], event: Event) -> bool:
    """Tell whether an event belongs before others; what is far older is told as it comes."""
    return _counts(event) and _oldest_ns(said) < event.t_ns <= said[-1].newest_ns


def _counts(event: Event) -> bool:
    """Tell whether the order of an event counts."""
    return not isinstance(event, _ANY_ORDER)


def _oldest_ns(said: tuple[Said, ...]) -> int:
    """Give the instant that the tables cannot go back behind."""
    return max(said[0].t_ns, said[0].before_ns)


def _told_again(desk: Desk, said: tuple[Said, ...], words: Words) -> tuple[Said, ...]:
    """Go back to before the earliest late word, and let all words since act in order of measurement."""
    first = _first(desk, said, words)
    entries, stood = said[first:], desk.stock
    poses, tables = _columns(desk, POSES), {name: getattr(desk, name) for name in TABLES}
    _go_back(desk, entries)
    out: list[Said] = list(said[:first])
    parts = _parts(entries, words)
    for place, (one, part) in enumerate(zip(entries, parts, strict=True)):
        seen = entries[place + 1].poses if place + 1 < len(entries) else poses
        desk.tracks = desk.tracks.with_columns(**_padded(desk, POSES, seen))
        before = {name: getattr(desk, name) for name in TABLES}
        before_ns = out[-1].newest_ns if out else one.before_ns
        begun = replace(
            one, **before, held=_columns(desk, HELD), before_ns=before_ns, newest_ns=before_ns, added=(),
            row=one.row[:0], readings=no_readings(), events=(),
        )  # fmt: skip
        desk.kept_ns = begun.t_ns - hindsight.KEPT_NS
        desk.tracks, locks = tracking.apply_readings(desk.fleet, desk.tracks, part.row, part.readings)
        locks = hindsight.located(desk, locks, part.row, part.readings)
        out.append(_acted(desk, begun, part, locks))
    desk.tracks = desk.tracks.with_columns(**dict(zip(POSES, poses, strict=True)))
    aligned(desk, stood)
    for name in TABLES[1:]:
        if getattr(desk, name) == tables[name]:
            setattr(desk, name, tables[name])
    return tuple(out)


def _first(desk: Desk, said: tuple[Said, ...], words: Words) -> int:
    """Give the newest entry that lies before all late words."""
    t_ns, oldest_ns = words.readings.t_ns, _oldest_ns(said)
    first = len(said) - 1
    events_ns = [e.t_ns for e in words.events if _counts(e) and e.t_ns > oldest_ns]
    back = t_ns > oldest_ns
    from_ns = min([*events_ns, *t_ns[back].tolist()])
    while first > 0:
        one = said[first]
        plc_ns = _padded(desk, HELD, one.held)["plc_ns"]
        # What was measured at the instant at which an entry begins is in the one before.
        if one.t_ns < from_ns and one.before_ns < from_ns and (plc_ns[words.row] < t_ns)[back].all():
            break
        first -= 1
    return first


def _go_back(desk: Desk, entries: tuple[Said, ...]) -> None:
    """Put the tables back to where they stood before some entries; what people decided since stays."""
    for one in entries:
        for name, n in one.added:
            desk.count(name, -n)
    then, weather, orders = entries[0], desk.weather, desk.orders
    for name in TABLES:
        setattr(desk, name, getattr(then, name))
    desk.weather = replace(
        then.weather, forecast_mps=weather.forecast_mps, forecast_until_ns=weather.forecast_until_ns
    )
    known = {order.id: order for order in then.orders}
    desk.orders = tuple(known.get(order.id) or _as_sent(order) for order in orders)
    desk.tracks = desk.tracks.with_columns(**_padded(desk, HELD, then.held))


def _as_sent(order: WorkOrder) -> WorkOrder:
    return replace(order, status=OrderStatus.SENT, reason="", started_ns=0, done_ns=0)


def _parts(entries: tuple[Said, ...], words: Words) -> list[Words]:
    """Give the words of each entry, late ones where they belong.

    A word measured before the first entry stays where it came: a radio hole held it back.
    """
    ends = np.array([one.t_ns for one in entries[1:]], np.int64)
    parts = [Words(one.row[:0], no_readings(), ()) for one in entries]
    told = [Words(one.row, one.readings, one.events) for one in entries]
    told[-1] = told[-1].joined(words)
    begin_ns = entries[0].t_ns
    for came, one in enumerate(told):
        t_ns = one.readings.t_ns
        place = np.where(t_ns < begin_ns, came, np.searchsorted(ends, t_ns))
        events: list[list[Event]] = [[] for _ in entries]
        for event in one.events:
            old = event.t_ns < begin_ns or not _counts(event)
            events[came if old else int(np.searchsorted(ends, event.t_ns))].append(event)
        for number in range(len(parts)):
            part = one.some(place == number)
            parts[number] = parts[number].joined(Words(part.row, part.readings, tuple(events[number])))
    return parts


def aligned(desk: Desk, stood: Stock) -> None:
    """Let the boxes keep the rows that they had; those that stand as they stood keep when they were seen."""
    stock, n = desk.stock, len(stood)
    if len(stock) < n or (stock.number[:n] != stood.number).any():
        at = np.argsort(stock.number, kind="stable")
        rows = at[np.searchsorted(stock.number, stood.number, sorter=at)]
        rows = np.append(rows, np.setdiff1d(np.arange(len(stock)), rows))
        new = np.append(np.argsort(rows), -1).astype(np.int32)  # the last for -1: no box
        columns = {name: getattr(stock, name)[rows] for name in _names_of_boxes(stock)}
        stock = stock.with_columns(**columns, occupant=new[stock.occupant])
        held = {name: new[getattr(desk.tracks, name)] for name in ("load", "cargo")}
        desk.tracks = desk.tracks.with_columns(**held)
    seen_ns = np.append(stood.seen_ns, np.zeros(len(stock) - n, np.int64))
    stock = stock.with_columns(seen_ns=seen_ns)
    desk.stock = stood if _equal(stock, stood) else stock


def _names_of_boxes(stock: Stock) -> list[str]:
    return [f.name for f in fields(stock) if f.name not in ("occupant", "top_m", "count")]


def _equal(one: Stock, other: Stock) -> bool:
    return len(one) == len(other) and all(
        getattr(one, f.name) is getattr(other, f.name)
        or getattr(one, f.name).tobytes() == getattr(other, f.name).tobytes()
        for f in fields(one)
    )


def _columns(desk: Desk, names: Sequence[str]) -> tuple[NDArray[Any], ...]:
    return tuple(getattr(desk.tracks, name) for name in names)


def _padded(desk: Desk, names: Sequence[str], columns: Sequence[NDArray[Any]]) -> dict[str, NDArray[Any]]:
    """Give columns of the tracks by name, with rows of machines of which nothing was known yet."""
    more = len(desk.fleet) - len(columns[0])
    if not more:
        return dict(zip(names, columns, strict=True))
    blank = roster.blank_tracks(more)
    return {
        name: np.concatenate((column, getattr(blank, name)))
        for name, column in zip(names, columns, strict=True)
    }
