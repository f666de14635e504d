"""What was told acts again from before a late word: each turn of twistlocks and each event in its place.

The machines' drives are not followed again: what was known of them at the begin of each entry is kept, and
where a late word changes that, :mod:`twin.slipping` has put it right. Turns that no late word changes act
where they were told to be.
"""

from collections.abc import Sequence
from dataclasses import fields, replace
from typing import Any, NamedTuple

import numpy as np
from numpy.typing import NDArray

from twin import hindsight, words
from twin.desk import Desk
from twin.fleet.readings import Locks, locks_of, no_locks
from twin.fleet.table import HOLDS, Tracks
from twin.handling import take_events
from twin.inputs import Event
from twin.slipping import Slipped
from twin.stacking.suggestion import OrderStatus, WorkOrder
from twin.state import Said
from twin.stock.table import Stock
from twin.tables import Flags, Ints, Longs
from twin.words import FOLLOWED, HELD, POSES, TABLES


def acted(desk: Desk, one: Said, events: Sequence[Event], locks: Locks) -> Said:
    """Let turns of twistlocks and events act in order of time, and give the entry with them."""
    if not len(locks) and not events:
        return one
    counted = dict(desk.added)
    take_events(desk, events, locks)
    added = dict(one.added)
    for name, n in desk.added.items():
        if n != counted.get(name, 0):
            added[name] = added.get(name, 0) + n - counted.get(name, 0)
    newest_ns = [one.newest_ns, *locks.t_ns.tolist(), *(e.t_ns for e in events if words.counts(e))]
    return one.with_columns(
        newest_ns=max(newest_ns), turns=_joined((one.turns, locks)), events=(*one.events, *events),
        added=tuple(added.items()),
    )  # fmt: skip


def acted_again(
    desk: Desk, said: tuple[Said, ...], events: Sequence[Event], locks: Locks, slipped: Slipped | None
) -> tuple[Said, ...]:
    """Go back to before what is late, and let all turns and events since act in order of measurement.

    Parameters
    ----------
    desk : Desk
        Its tracks have the tick's readings in them.
    said : tuple of Said
        With the tick's readings in it.
    events : sequence of Event
        The tick's that are late.
    locks : Locks
        The tick's that are late, of readings in order.
    slipped : Slipped or None
        What late readings made of their machines' words.

    Returns
    -------
    tuple of Said

    Notes
    -----
    Where all stands again as it stood, once what is late has acted, the rest need not act again.
    """
    turns = _told_turns(said, slipped)
    anew = _new_turns(slipped)
    late_ns = [*(e.t_ns for e in events), *locks.t_ns.tolist(), *turns.gone_ns]
    late_ns += [] if slipped is None else slipped.words.plc_ns[anew].tolist()
    if not late_ns:
        return said
    first = _first(said, min(late_ns))
    entries = said[first:]
    stood, known = {name: getattr(desk, name) for name in TABLES}, desk.tracks
    places = _Places(entries)
    told = places.of_turns([*turns.kept[first:], locks])
    at = places.of_ns(slipped.words.plc_ns[anew]) if slipped is not None else np.empty(0, np.int64)
    happened = places.of_events([*(one.events for one in entries), events])
    last = places.of_ns(np.array(late_ns)).max()
    _go_back(desk, entries[0])
    out = list(said[:first])
    for place, one in enumerate(entries):
        if place > last and _stand_alike(desk, one, stood["orders"]):
            out += _followed_by(out[-1].newest_ns, entries[place:])
            break
        for name, n in one.added:
            desk.count(name, -n)
        begun = _begun(desk, one, out[-1].newest_ns if out else one.before_ns)
        _lay_out(desk, known, entries, place)
        found = told[place]
        if slipped is not None and (at == place).any():
            found = _joined((found, _located(desk, slipped, anew[at == place])))
        out.append(acted(desk, begun, happened[place], _in_order(found)))
    else:
        aligned(desk, stood["stock"])
        for name in TABLES[1:]:
            if getattr(desk, name) == stood[name]:
                setattr(desk, name, stood[name])
        return tuple(out)
    desk.tracks, desk.kept_ns = known, said[-1].t_ns - hindsight.KEPT_NS
    for name, table in stood.items():
        setattr(desk, name, table)
    return tuple(out)


def still_turned(locks: Locks, slipped: Slipped) -> Locks:
    """Give the turns that late readings leave as they were."""
    return some_locks(locks, ~_gone(locks, slipped))


def _first(said: Sequence[Said], from_ns: int) -> int:
    """Give the newest entry that begins before all late words."""
    for place in range(len(said) - 1, 0, -1):
        # What was measured at the instant at which an entry begins is in the one before.
        if said[place].t_ns < from_ns and said[place].before_ns < from_ns:
            return place
    return 0


class _ToldTurns(NamedTuple):
    """Turns that were told, by entry, and when those were that late readings have undone."""

    kept: list[Locks]
    gone_ns: list[int]


def _told_turns(said: Sequence[Said], slipped: Slipped | None) -> _ToldTurns:
    kept = [one.turns for one in said]
    if slipped is None:
        return _ToldTurns(kept, [])
    gone_ns: list[int] = []
    for number, turns in enumerate(kept):
        if len(turns) and (gone := _gone(turns, slipped)).any():
            gone_ns += turns.t_ns[gone].tolist()
            kept[number] = some_locks(turns, ~gone)
    return _ToldTurns(kept, gone_ns)


def _gone(locks: Locks, slipped: Slipped) -> Flags:
    """Tell which turns are not as they were any more, by the words of their machines."""
    mine: Flags = (locks.row[:, None] == slipped.rows).any(axis=1)
    if not mine.any():
        return mine
    words, turned = slipped.words, np.flatnonzero(slipped.same)
    same = set(_pairs(words.row[turned], words.plc_ns[turned]))
    known = set(_pairs(words.row, words.plc_ns))
    pairs = _pairs(locks.row, locks.t_ns)
    return np.array([pair in known and pair not in same for pair in pairs], np.bool_)


def _new_turns(slipped: Slipped | None) -> Longs:
    """Give which words turn that did not, or not there."""
    if slipped is None:
        return np.empty(0, np.int64)
    turns = slipped.words.turns
    new: Longs = turns[~slipped.same[turns]]
    return new


def _pairs(row: Ints, t_ns: Longs) -> list[tuple[int, int]]:
    return list(zip(row.tolist(), t_ns.tolist(), strict=True))


class _Places:
    """In which entry what was measured belongs.

    What was measured before the first entry stays where it came: a radio hole held it back.
    """

    def __init__(self, entries: Sequence[Said]) -> None:
        self._begin_ns = entries[0].t_ns
        self._ends = np.array([one.t_ns for one in entries[1:]], np.int64)

    def of_ns(self, t_ns: Longs) -> Longs:
        """Give the entry of instants."""
        place: Longs = np.searchsorted(self._ends, t_ns)
        return place

    def of_turns(self, told: Sequence[Locks]) -> list[Locks]:
        """Give the turns of each entry; ``told`` by entry, in the end the tick's."""
        last = len(told) - 2
        turns = _joined(told)
        came = np.repeat(np.minimum(np.arange(len(told)), last), [len(one) for one in told])
        place = np.where(turns.t_ns < self._begin_ns, came, self.of_ns(turns.t_ns))
        return [some_locks(turns, place == number) for number in range(last + 1)]

    def of_events(self, told: Sequence[Sequence[Event]]) -> list[list[Event]]:
        """Give the events of each entry; ``told`` by entry, in the end the tick's."""
        out: list[list[Event]] = [[] for _ in told[:-1]]
        for came, some in enumerate(told):
            for event in some:
                stays = event.t_ns < self._begin_ns or not words.counts(event)
                place = came if stays else int(np.searchsorted(self._ends, event.t_ns))
                out[min(place, len(out) - 1)].append(event)
        return out


def _begun(desk: Desk, one: Said, before_ns: int) -> Said:
    """Give an entry in which nothing has acted yet."""
    held = list(words.padded(desk, HELD, one.held).values())
    held[len(FOLLOWED) :] = words.columns_of(desk, HELD[len(FOLLOWED) :])
    return one.with_columns(
        **{name: getattr(desk, name) for name in TABLES}, held=tuple(held), before_ns=before_ns,
        newest_ns=before_ns, added=(), events=(), turns=no_locks(),
    )  # fmt: skip


def _lay_out(desk: Desk, known: Tracks, entries: Sequence[Said], place: int) -> None:
    """Put the tracks as they were at the end of an entry, but what machines hold."""
    if place + 1 < len(entries):
        after = entries[place + 1]
        columns = words.padded(desk, POSES, after.poses)
        held = words.padded(desk, HELD, after.held)
        columns |= {name: held[name] for name in FOLLOWED}
    else:
        columns = {name: getattr(known, name) for name in (*POSES, *FOLLOWED)}
    desk.tracks = desk.tracks.with_columns(**columns)
    desk.kept_ns = entries[place].t_ns - hindsight.KEPT_NS


def _stand_alike(desk: Desk, one: Said, orders: tuple[WorkOrder, ...]) -> bool:
    """Tell whether all stands as it stood at the begin of an entry."""
    held = words.padded(desk, HELD, one.held)
    plain = ("pick_ups", "arrivals", "discrepancies")
    weather = replace(
        one.weather, forecast_mps=desk.weather.forecast_mps, forecast_until_ns=desk.weather.forecast_until_ns
    )
    return (
        all(getattr(desk, name) == getattr(one, name) for name in plain)
        and desk.weather == weather
        and desk.orders == _orders(one.orders, orders)
        and all(np.array_equal(getattr(desk.tracks, name), held[name]) for name in HELD[len(FOLLOWED) :])
        and _hold_alike(desk.stock, one.stock)
    )


def _hold_alike(one: Stock, other: Stock) -> bool:
    """Tell whether stocks are equal but for when boxes were seen."""
    return one is other or all(
        getattr(one, f.name) is getattr(other, f.name) or _equal(getattr(one, f.name), getattr(other, f.name))
        for f in fields(one)
        if f.name != "seen_ns"
    )


def _equal(one: NDArray[Any], other: NDArray[Any]) -> bool:
    """Tell whether arrays are equal bit for bit."""
    if one.dtype.kind != "f":
        return np.array_equal(one, other)
    return np.array_equal(one.view(f"i{one.dtype.itemsize}"), other.view(f"i{other.dtype.itemsize}"))


def _followed_by(newest_ns: int, entries: Sequence[Said]) -> list[Said]:
    """Give entries in which nothing differs but what was newest before them."""
    out = []
    for one in entries:
        before_ns = newest_ns
        own = [*one.turns.t_ns.tolist(), *(e.t_ns for e in one.events if words.counts(e))]
        newest_ns = max(before_ns, *own) if own else before_ns
        same = (one.before_ns, one.newest_ns) == (before_ns, newest_ns)
        out.append(one if same else one.with_columns(before_ns=before_ns, newest_ns=newest_ns))
    return out


def _located(desk: Desk, slipped: Slipped, turns: Longs) -> Locks:
    """Give turns of the words that were followed again, by the poses of their entry."""
    locks = locks_of(desk.fleet, desk.tracks, slipped.words, turns, slipped.readings.length_ft[turns])
    return hindsight.located(desk, locks, slipped.words.row, slipped.readings)


def _joined(parts: Sequence[Locks]) -> Locks:
    parts = [part for part in parts if len(part)] or [no_locks()]
    if len(parts) == 1:
        return parts[0]
    return Locks(*(np.concatenate([getattr(part, f.name) for part in parts]) for f in fields(Locks)))


def some_locks(locks: Locks, which: Flags | Longs) -> Locks:
    """Give some turns."""
    if not len(locks):
        return locks
    return Locks(*(getattr(locks, f.name)[which] for f in fields(Locks)))


def _in_order(locks: Locks) -> Locks:
    """Give turns in order of time; those of one instant in that of the fleet."""
    if len(locks) < 2:
        return locks
    return some_locks(locks, np.lexsort((locks.row, locks.t_ns)))


def _go_back(desk: Desk, then: Said) -> None:
    """Put the tables back to where they stood before an entry; what people decided since stays."""
    weather, orders = desk.weather, desk.orders
    for name in TABLES:
        setattr(desk, name, getattr(then, name))
    desk.weather = replace(
        then.weather, forecast_mps=weather.forecast_mps, forecast_until_ns=weather.forecast_until_ns
    )
    desk.orders = _orders(then.orders, orders)
    held = words.padded(desk, HELD, then.held)
    desk.tracks = desk.tracks.with_columns(**{name: held[name] for name in HELD[len(FOLLOWED) :]})


def _orders(then: Sequence[WorkOrder], now: Sequence[WorkOrder]) -> tuple[WorkOrder, ...]:
    """Give the orders of now as they stood then; those sent since, as sent."""
    known = {order.id: order for order in then}
    return tuple(known.get(order.id) or _as_sent(order) for order in now)


def _as_sent(order: WorkOrder) -> WorkOrder:
    return replace(order, status=OrderStatus.SENT, reason="", started_ns=0, done_ns=0)


def aligned(desk: Desk, stood: Stock) -> None:
    """Let the boxes keep the rows that they had; those that stand as they stood keep when they were seen."""
    stock, n = desk.stock, len(stood)
    if stock is stood:
        return
    numbers = stock.number
    if numbers is not stood.number and (len(stock) < n or (numbers[:n] != stood.number).any()):
        at = np.argsort(numbers, kind="stable")
        rows = at[np.searchsorted(numbers, stood.number, sorter=at)]
        rows = np.append(rows, np.setdiff1d(np.arange(len(stock)), rows))
        new = np.append(np.argsort(rows), -1).astype(np.int32)  # the last for -1: no box
        columns = {name: getattr(stock, name)[rows] for name in _names_of_boxes(stock)}
        stock = stock.with_columns(**columns, occupant=new[stock.occupant])
        held = {name: new[getattr(desk.tracks, name)] for name in HOLDS}
        desk.tracks = desk.tracks.with_columns(**held)
    seen_ns = stood.seen_ns
    if len(stock) > n:
        seen_ns = np.append(seen_ns, np.zeros(len(stock) - n, np.int64))
    stock = stock.with_columns(seen_ns=seen_ns)
    desk.stock = stood if len(stock) == n and _hold_alike(stock, stood) else stock


def _names_of_boxes(stock: Stock) -> list[str]:
    return [f.name for f in fields(stock) if f.name not in ("occupant", "top_m", "count")]
