"""Several cranes at once whose words come late and doubled: all ends as in order."""

import dataclasses
import random

import numpy as np
import pytest
import yard_at_work as work
from hypothesis import given, settings
from hypothesis import strategies as st

from twin import codec, interleaving
from twin.engine import initial_state, step
from twin.fleet.driving import HOIST, TROLLEY
from twin.inputs import BoxRead, CraneReadings, MachineNotice
from twin.state import State
from twin.stock import moves
from twin.tables import digest
from twin.yard.slots import slots_of

TICK_NS = work.SECOND // 10
HIGH_M = 2.591
CRANES = [f"RTG-{k}" for k in range(4)]
NUMBERS = ("CSQU3054383", "MSKU9070323", "TEMU0000006", "HLXU2008419")
ASIDE_M = 5.0

Word = tuple[int, int, float, float, int, str]
"""Instant, crane, trolley, hoist [m], locked, number that its camera read."""


def yard_with_cranes() -> State:
    """Each crane stands over a bay of its own, one box in the first row of each."""
    yard = work.compact_yard()
    slots, block = slots_of(yard), yard.blocks[0]
    stock = moves.announce(moves.empty_stock(slots), [work.notice(number) for number in NUMBERS])
    grounds = np.array([4 * k * block.rows for k in range(len(CRANES))], np.int32)
    stock = moves.stack(stock, slots, moves.rows_of(stock, list(NUMBERS)), grounds)
    state = initial_state(yard, stock, work.T0)
    way, centres = block.heading_rad, slots.centre_yard_m[grounds]
    portals = [(x + ASIDE_M * np.sin(way), y - ASIDE_M * np.cos(way)) for x, y in centres[:, :2]]
    hello = tuple(MachineNotice(name, work.T0, "rtg", block.name) for name in CRANES)
    fixes = work.fixes_at(state, CRANES, portals, way, work.T0 + 1)
    return work.ticked(state, work.batch(CRANES, fixes, events=hello))


def shift(state: State, seed: int) -> list[Word]:
    """Each crane carries its box from row to row; locks are told with each word, or when they turn alone."""
    chance, pitch_m, out = random.Random(seed), state.yard.blocks[0].row_pitch_m, []
    for crane, number in enumerate(NUMBERS):
        always, row, locked = chance.random() < 0.5, 0, 0
        t_ns = state.t_ns + chance.randrange(TICK_NS)
        for _ in range(chance.randrange(2, 4)):
            target = chance.choice([one for one in range(4) if one != row])
            for at, shut in ((row, 1), (target, 0)):
                for _ in range(chance.randrange(2, 9)):
                    t_ns += TICK_NS
                    drift_m = chance.uniform(-0.3, 0.3)
                    there = (ASIDE_M + at * pitch_m + drift_m, 9.0 + drift_m)
                    out.append((t_ns, crane, *there, locked if always else -1, ""))
                t_ns, locked = t_ns + TICK_NS, shut
                out.append((t_ns, crane, ASIDE_M + at * pitch_m, HIGH_M, shut, number if shut else ""))
            row = target
    return sorted(out)


def disturbed(words: list[Word], seed: int, share: float) -> list[tuple[int, Word]]:
    """When each comes: at once, or late by up to 5 s; some twice."""
    chance, out = random.Random(seed), []
    for word in words:
        late = chance.random() < share
        out.append((word[0] + (chance.randrange(1, 50) * TICK_NS if late else 0), word))
        if chance.random() < share:
            out.append((word[0] + chance.randrange(50) * TICK_NS, (*word[:5], "")))
    return out


def played(state: State, comes: list[tuple[int, Word]], until_ns: int, *, coded: bool = False) -> State:
    while state.t_ns < until_ns:
        t_ns = state.t_ns + TICK_NS
        now = [word for at_ns, word in comes if t_ns - TICK_NS <= at_ns < t_ns]
        n, columns = len(now), np.array([word[2:5] for word in now], float).reshape(-1, 3)
        readings = CraneReadings(
            np.array([word[1] for word in now], np.int32), np.array([word[0] for word in now], np.int64),
            columns[:, 0].copy(), columns[:, 1].copy(), np.full(n, np.nan), columns[:, 2].astype(np.int8),
            np.full(n, 20, np.int8),
        )  # fmt: skip
        reads = tuple(BoxRead(CRANES[word[1]], word[0], word[5]) for word in now if word[5])
        batch = work.batch(CRANES, cranes=readings, events=reads)
        state = step(state, t_ns, batch, (), work.refuse_layouts)
        if coded and state.tick % 20 == 0:
            state = codec.decode(codec.encode(state))
    return state


def outcome(state: State) -> list[object]:
    tracks, counts = state.tracks, state.counts
    held = [getattr(tracks, name).tobytes() for name in ("trolley_m", "hoist_m", "locked", "plc_ns", "load")]
    listed = [dataclasses.astuple(item) for item in state.discrepancies]
    stock = state.stock.with_columns(seen_ns=state.stock.seen_ns * 0)
    return [digest(stock), held, listed, counts.moves, counts.lifted]


@pytest.mark.parametrize(("seed", "share"), [(1985, 0.3), (4, 0.05)])
def test_late_words_of_several_cranes_leave_all_as_in_order(seed: int, share: float) -> None:
    state = yard_with_cranes()
    words = shift(state, seed)
    until_ns, comes = words[-1][0] + 6 * work.SECOND, disturbed(words, seed, share)

    plain = played(state, [(word[0], word) for word in words], until_ns)
    late = played(state, comes, until_ns)

    assert plain.counts.moves >= 8
    assert outcome(late) == outcome(plain)
    assert moves.check(late.stock, late.slots) == ()


def test_they_end_alike_where_the_state_is_kept_and_read_back_meanwhile() -> None:
    state = yard_with_cranes()
    words = shift(state, 8)
    until_ns, comes = words[-1][0] + 6 * work.SECOND, disturbed(words, 8, 0.3)

    straight, coded = played(state, comes, until_ns), played(state, comes, until_ns, coded=True)

    assert codec.encode(coded) == codec.encode(straight)


@pytest.mark.soak
@settings(deadline=None, max_examples=300)
@given(st.integers(0, 2**32), st.sampled_from([0.05, 0.3]))
def test_any_late_words_of_several_cranes_leave_all_as_in_order(seed: int, share: float) -> None:
    test_late_words_of_several_cranes_leave_all_as_in_order(seed, share)


def test_where_a_late_turn_moves_nothing_else_the_tables_of_since_are_kept() -> None:
    """All words tell that the locks are shut; the first comes 2 s late, and the box hung there already."""
    state = yard_with_cranes()
    begin_ns = state.t_ns
    lift = [(begin_ns + k * TICK_NS, 0, ASIDE_M, HIGH_M, int(k >= 3), "") for k in range(1, 30)]
    on_time = [word for word in lift if word[0] != begin_ns + 3 * TICK_NS]
    before = played(state, [(word[0], word) for word in on_time], begin_ns + 23 * TICK_NS)
    after = played(before, [(before.t_ns, lift[2])], before.t_ns + TICK_NS)

    assert before.counts.lifted == after.counts.lifted == 1
    assert after.stock is before.stock
    assert min(one.turns.t_ns.min() for one in after.said if len(one.turns)) == begin_ns + 3 * TICK_NS


@settings(deadline=None, max_examples=60)
@given(st.lists(st.tuples(st.integers(0, 3), st.integers(0, 40), st.booleans()), max_size=40))
def test_words_are_sorted_by_machine_and_time_and_stand_between_their_neighbours(
    words: list[tuple[int, int, bool]],
) -> None:
    starts = np.array([-1, 10, 20, 30])
    told = [(row, t) for row, t, late in sorted(words, key=lambda word: word[1]) if not late]
    late = [(row, t) for row, t, late in words if late]
    row, t_ns = (np.array([word[k] for word in told], np.int64) for k in (0, 1))
    late_row, late_ns = (np.array([word[k] for word in late], np.int64) for k in (0, 1))
    entry = np.searchsorted(starts[1:], t_ns)
    rank = np.array([0, -1, 1, 2])
    pick, into = np.empty((2, len(words)), np.int64)
    end = np.zeros(3, np.int64)

    count = interleaving.interleaved(
        row.astype(np.int32), t_ns, entry, late_row.astype(np.int32), late_ns, rank, starts, pick, into, end
    )

    both = [*told, *late]
    expected = sorted(
        (k for k in range(len(both)) if both[k][0] != 1), key=lambda k: (rank[both[k][0]], both[k][1], k)
    )
    assert pick[:count].tolist() == expected
    assert into[:count].tolist() == [int(np.searchsorted(starts[1:], both[k][1])) for k in expected]
    assert np.diff(end, prepend=0).tolist() == [sum(both[k][0] == who for k in expected) for who in (0, 2, 3)]


def test_a_turn_whose_place_a_late_word_changes_is_not_as_it_was() -> None:
    pick, end = np.array([0, 2, 1]), np.array([3])
    sent = np.array([[1.0, 2.0, np.nan], [9.0, 9.0, 9.0]])
    known = np.array([[1.0, 2.0, 2.0], [9.0, 9.0, 9.0]])
    locked, same = np.array([0, -1, 1], np.int8), np.zeros(3, np.bool_)
    turned = np.array([False, False, True])

    alike = interleaving.turn_alike(
        pick, 2, end, sent, locked, np.ones(1, np.bool_), np.zeros(1, np.bool_), np.zeros((2, 1)), known,
        turned, same,
    )  # fmt: skip

    assert (TROLLEY, HOIST) == (0, 1)
    assert not alike
    assert not same.any()
