"""Crane readings, camera and gate reads, orders: doubled or seconds late, they end as they end in order."""

import dataclasses
import random

import numpy as np
import pytest
import yard_at_work as work
from hypothesis import given, settings
from hypothesis import strategies as st
from yard_at_work import A, B, C

from twin import codec, retelling
from twin.decisions import Remedy, Settle
from twin.engine import step
from twin.inputs import (
    BoxAnnouncement,
    BoxRead,
    CraneReadings,
    Event,
    GateEvent,
    GateRead,
    OrderReport,
    PickUpAnnouncement,
    WindReading,
)
from twin.roles import CONTROLLER
from twin.stacking.suggestion import Move, WorkOrder
from twin.state import State
from twin.stock import moves
from twin.tables import digest
from twin.yard.slots import slot_address

TICK_NS = work.SECOND // 10
D, TRUCK = "HLXU2008419", "TRUCK-1"
HIGH_M = 2.591


@dataclasses.dataclass(frozen=True)
class Word:
    """What is told: when measured; a reading (trolley, hoist, locked) or an event."""

    t_ns: int
    reading: tuple[float, float, int] | None = None
    event: Event | None = None


def yard_with_crane() -> tuple[State, float]:
    """Three boxes in the first row, a crane over them, and an order for the topmost."""
    state = work.state_with(A, B, C)
    source, target = (slot_address(state.yard, state.slots, ground, 0, 20) for ground in (0, 1))
    order = WorkOrder(1, 1, Move(C, 20, source, target), "li")
    return work.crane_over(state.with_columns(orders=(order,)), 0)


def shift(state: State, trolley_m: float, seed: int) -> list[Word]:
    """Words of a crane that moves boxes from row to row, locks told when they turn alone."""
    chance, pitch_m = random.Random(seed), state.yard.blocks[0].row_pitch_m
    stacks: list[list[str]] = [[A, B, C], [], [], []]
    t_ns, out = state.t_ns, []

    def tell(row: int, hoist_m: float, locked: int = -1, *events: Event) -> None:
        nonlocal t_ns
        t_ns += TICK_NS
        out.append(Word(t_ns, (trolley_m + row * pitch_m, hoist_m, locked)))
        out.extend(Word(t_ns, event=event) for event in events)

    for _ in range(3):
        source = chance.choice([row for row in range(4) if stacks[row]])
        target = chance.choice([row for row in range(4) if row != source])
        box = stacks[source].pop()
        read = C if chance.random() < 0.2 else box
        tell(source, 15.0)
        tell(source, HIGH_M * (len(stacks[source]) + 1), 1, BoxRead("RTG-01", t_ns + TICK_NS, read))
        for _ in range(chance.randrange(3, 12)):
            tell(target, 15.0)
        stacks[target].append(box)
        tell(target, HIGH_M * len(stacks[target]), 0)
        for _ in range(chance.randrange(3, 12)):
            tell(target, 15.0)
    begin_ns, end_ns = state.t_ns, t_ns
    said = [
        (0.05, OrderReport("RTG-01", 0, 1, "started")),
        (0.9, OrderReport("RTG-01", 0, 1, "done")),
        (0.1, GateRead("GATE", 0, "G1", "1", GateEvent.IN, TRUCK, work.notice(D))),
        (0.2, BoxAnnouncement("TOS", 0, dataclasses.replace(work.notice(D), customs=4))),
        (0.7, GateRead("GATE", 0, "G1", "2", GateEvent.OUT, TRUCK, work.notice(D))),
        (0.5, PickUpAnnouncement("TOS", 0, A, end_ns + 1)),
        *((0.05 * k, WindReading("MAST", 0, k, 1.5 * k, 90.0)) for k in range(20)),
    ]
    for share, event in said:
        at_ns = begin_ns + round(share * (end_ns - begin_ns))
        out.append(Word(at_ns, event=dataclasses.replace(event, t_ns=at_ns)))
    return sorted(out, key=lambda word: word.t_ns)


def disturbed(words: list[Word], seed: int, share: float) -> list[tuple[int, Word]]:
    """Give when each word comes: a tick after it was measured, or late by up to 5 s; some twice."""
    chance, out = random.Random(seed), []
    for word in words:
        late = chance.random() < share
        out.append((word.t_ns + (chance.randrange(1, 50) * TICK_NS if late else 0), word))
        # A decoder refuses an event that comes twice; a reading that does is for the engine to leave out.
        if word.reading is not None and chance.random() < share:
            out.append((word.t_ns + chance.randrange(50) * TICK_NS, word))
    return out


def played(state: State, comes: list[tuple[int, Word]], until_ns: int, *, coded: bool = False) -> State:
    """Step through what comes; ``coded``: by way of a state's bytes now and then."""
    tick = 0
    while state.t_ns < until_ns:
        t_ns, tick = state.t_ns + TICK_NS, tick + 1
        now = [word for at_ns, word in comes if t_ns - TICK_NS <= at_ns < t_ns]
        told = [(word.t_ns, *word.reading) for word in now if word.reading is not None]
        columns = np.array(told, float).reshape(-1, 4)
        n = len(told)
        readings = CraneReadings(
            np.zeros(n, np.int32), np.array([at for at, *_ in told], np.int64), columns[:, 1].copy(),
            columns[:, 2].copy(), np.full(n, np.nan), columns[:, 3].astype(np.int8), np.full(n, 20, np.int8),
        )  # fmt: skip
        events = tuple(word.event for word in now if word.event is not None)
        state = step(
            state, t_ns, work.batch(["RTG-01"], cranes=readings, events=events), (), work.refuse_layouts
        )
        if coded and tick % 50 == 25:
            state = codec.decode(codec.encode(state))
    return state


def outcome(state: State) -> dict[str, object]:
    """What a shift ended with: boxes, orders, lists, weather, counts, what the crane holds."""
    stock, names = state.stock, [*state.fleet.name.tolist(), b"none"]
    boxes = {
        number: (
            int(stock.place[row]), int(stock.ground[row]), int(stock.tier[row]),
            names[int(stock.carrier[row])], int(stock.customs[row]),
        )
        for row, number in enumerate(stock.number.tolist())
    }  # fmt: skip
    crane = names.index(b"RTG-01")
    held = [getattr(state.tracks, name)[crane].item() for name in retelling.HELD[:7]]
    counts = {name: getattr(state.counts, name) for name in ("moves", "lifted", "boxes_in", "boxes_out")}
    listed = [dataclasses.astuple(item) for item in state.discrepancies]
    return {
        "boxes": boxes, "held": held, "counts": counts, "listed": listed, "orders": state.orders,
        "pick_ups": state.pick_ups, "arrivals": state.arrivals, "weather": state.weather,
    }  # fmt: skip


@pytest.mark.parametrize(("seed", "share"), [(657, 0.3), (2, 0.05)])
def test_words_doubled_and_up_to_five_seconds_late_leave_stock_orders_and_lists_as_in_order(
    seed: int, share: float
) -> None:
    state, trolley_m = yard_with_crane()
    words = shift(state, trolley_m, seed)
    until_ns = words[-1].t_ns + 5 * work.SECOND

    plain = played(state, [(word.t_ns, word) for word in words], until_ns)
    late = played(state, disturbed(words, seed, share), until_ns)

    assert plain.counts.moves == 3
    assert outcome(late) == outcome(plain)
    assert moves.check(late.stock, late.slots) == ()


@pytest.mark.soak
@settings(deadline=None, max_examples=300)
@given(st.integers(0, 2**32), st.sampled_from([0.05, 0.3]))
def test_any_words_doubled_and_late_leave_all_as_in_order(seed: int, share: float) -> None:
    test_words_doubled_and_up_to_five_seconds_late_leave_stock_orders_and_lists_as_in_order(seed, share)


def test_what_was_told_survives_a_keyframe_and_late_words_after_it_end_alike() -> None:
    state, trolley_m = yard_with_crane()
    words = shift(state, trolley_m, 3)
    until_ns, comes = words[-1].t_ns + 5 * work.SECOND, disturbed(words, 3, 0.3)

    straight, coded = played(state, comes, until_ns), played(state, comes, until_ns, coded=True)

    assert digest(coded) == digest(straight)
    assert codec.encode(coded) == codec.encode(straight)


def lifted(state: State, trolley_m: float, *, opened_s: float | None = None) -> State:
    """The crane closes on the topmost box; a second later it is told to stand elsewhere."""
    pitch_m, t_ns = state.yard.blocks[0].row_pitch_m, state.t_ns
    words = [
        Word(t_ns + TICK_NS, (trolley_m, HIGH_M * 3, 1)),
        Word(t_ns + 10 * TICK_NS, (trolley_m + pitch_m, 9.0, -1)),
    ]
    comes = [(word.t_ns, word) for word in words]
    if opened_s is not None:
        at_ns = t_ns + 6 * TICK_NS
        comes.append((at_ns + round(opened_s * work.SECOND), Word(at_ns, (trolley_m + pitch_m, HIGH_M, 0))))
    return played(state, comes, t_ns + 9 * work.SECOND)


def test_a_turn_of_the_twistlocks_that_comes_late_acts_where_the_spreader_was() -> None:
    state, trolley_m = yard_with_crane()
    after = lifted(state, trolley_m, opened_s=4.0)
    row = int(moves.rows_of(after.stock, [C])[0])

    assert (int(after.stock.ground[row]), int(after.stock.tier[row])) == (1, 0)
    assert after.discrepancies == ()


def test_a_turn_that_comes_later_than_is_kept_acts_no_more_and_is_counted() -> None:
    state, trolley_m = yard_with_crane()
    after = lifted(state, trolley_m, opened_s=8.0)

    assert after.tracks.load[0] == moves.rows_of(after.stock, [C])[0]
    assert dict(after.counts.rejects)[retelling.TOO_LATE] == 1


def test_a_late_word_does_not_undo_what_a_controller_settled() -> None:
    state, trolley_m = yard_with_crane()
    t_ns = state.t_ns
    read = Word(t_ns + TICK_NS, event=BoxRead("RTG-01", t_ns + TICK_NS, B))
    closed = Word(t_ns + TICK_NS, (trolley_m, HIGH_M * 3, 1))
    state = played(state, [(t_ns, closed), (t_ns, read)], t_ns + work.SECOND)
    settled = work.ticked(state, decisions=(Settle(1, Remedy.LIST, "li", CONTROLLER),))
    late = Word(t_ns + TICK_NS // 2, (trolley_m, 15.0, 0))
    after = played(settled, [(settled.t_ns, late)], settled.t_ns + work.SECOND)

    assert settled.discrepancies[0].settled is not None
    assert after.discrepancies == settled.discrepancies


def test_orders_accepted_since_stay_where_a_late_word_is_told_again() -> None:
    state, trolley_m = yard_with_crane()
    words = shift(state, trolley_m, 5)
    report = next(word for word in words if word.event == OrderReport("RTG-01", word.t_ns, 1, "started"))
    comes = [(word.t_ns, word) for word in words if word is not report]
    middle_ns = report.t_ns + 2 * work.SECOND
    state = played(state, comes, middle_ns)
    more = dataclasses.replace(state.orders[0], id=2)
    state = state.with_columns(orders=(*state.orders, more))
    after = played(state, [*comes, (state.t_ns, report)], state.t_ns + 3 * TICK_NS)

    assert [order.id for order in after.orders] == [1, 2]
    assert after.orders[0].started_ns == report.t_ns


def test_what_is_kept_of_the_last_seconds_is_bounded() -> None:
    state, trolley_m = yard_with_crane()
    words = shift(state, trolley_m, 4) * 30
    after = played(state, [(word.t_ns, word) for word in words], words[-1].t_ns)

    assert len(after.said) <= retelling.HORIZON_NS // retelling.SPACING_NS + 2
    assert after.said[0].t_ns >= after.t_ns - retelling.HORIZON_NS - 2 * retelling.SPACING_NS


@pytest.mark.parametrize("column", ["row", "ground"])
def test_a_damaged_record_of_what_was_told_is_refused(column: str) -> None:
    state, trolley_m = yard_with_crane()
    words = shift(state, trolley_m, 4)
    state = played(state, [(word.t_ns, word) for word in words], words[-1].t_ns)
    ours = codec.packing.packed(state.said, state)
    patch = next(part for one in ours for part in one[3] if isinstance(part, codec.packing.Patch))
    wrong = patch.with_columns(**{column: np.full(max(1, len(getattr(patch, column))), 10**6)})
    bent = tuple((*one[:3], tuple(wrong if p is patch else p for p in one[3]), *one[4:]) for one in ours)

    with pytest.raises(codec.TwinError, match="record Patch"):
        codec.packing.unpacked(bent, state)
