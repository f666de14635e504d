"""Crane readings that come late: slipped in where they turn nothing, beside telling all words again.

1,000 machines, 100 of them with spreaders that report ten times a second, 100,000 boxes; one reading in
twenty comes up to 5 s late. The peer lets all words of the last seconds act again, as is done where a late
word moves a box.
"""

from collections.abc import Iterable
from itertools import count

import numpy as np

from benchmarks.rows import Row, compare
from layouts.generator import large_yard
from twin import engine, retelling
from twin.clock import NS_PER_S
from twin.desk import Desk
from twin.fleet import roster
from twin.fleet.kinds import KIND_NAMES
from twin.inputs import CraneReadings
from twin.retelling import Words
from twin.state import Said, State
from twin.stock.generate import fill
from twin.tables import Floats
from twin.yard.slots import slots_of

MACHINES, SPREADERS, BOXES = 1_000, 100, 100_000
T0_NS = 1_800_000_000 * NS_PER_S
TICK_NS = NS_PER_S // 10
LATE = 0.05


def rows() -> Iterable[Row]:
    """Time a tick's crane words with late ones among them."""
    state, later = _at_work()
    words = [_words(later[k], state.t_ns) for k in range(len(later))]
    ours, peer = count(), count()

    def slipped() -> None:
        _take(state, words[next(ours) % len(words)])

    def told_again() -> None:
        desk = Desk.of(state)
        retelling._told_again(desk, state.said, words[next(peer) % len(words)])

    late = np.mean([float((each[:, 1] < state.t_ns - NS_PER_S).sum()) for each in later])
    yield compare(
        f"words of {SPREADERS} spreaders in a tick, {late:.0f} of them late", slipped, told_again,
        "all words of 6 s told again", rounds=15,
    )  # fmt: skip


def _take(state: State, words: Words) -> tuple[Desk, tuple[Said, ...]]:
    desk = Desk.of(state)
    return desk, retelling.take(desk, state.said, words, state.t_ns + TICK_NS, moved=True)


def _words(told: Floats, now_ns: int) -> Words:
    n = len(told)
    readings = CraneReadings(
        np.zeros(n, np.int32), told[:, 1].astype(np.int64), np.zeros(n), told[:, 2].copy(), np.full(n, 5e3),
        np.zeros(n, np.int8), np.full(n, 20, np.int8),
    )  # fmt: skip
    return Words(told[:, 0].astype(np.int32), readings, ())


def _at_work() -> tuple[State, list[Floats]]:
    """Give a yard after ten seconds of words, and what may come in the next tick, several times."""
    yard = large_yard(BOXES)
    slots = slots_of(yard)
    state = engine.initial_state(yard, fill(yard, slots, BOXES, 1, T0_NS), T0_NS)
    kind = [KIND_NAMES.index("reach_stacker")] * SPREADERS
    kind += [KIND_NAMES.index("external_truck")] * (MACHINES - SPREADERS)
    names = [f"M{k:04d}" for k in range(MACHINES)]
    fleet, tracks = roster.enlist(state.fleet, state.tracks, names, kind, [-1] * MACHINES)
    state = state.with_columns(fleet=fleet, tracks=tracks)
    rng = np.random.default_rng(1)
    waits: list[Floats] = []
    for tick in range(1, 101):
        t_ns = T0_NS + tick * TICK_NS
        told = _told(rng, t_ns)
        late = rng.random(SPREADERS) < LATE
        waits += list(told[late])
        desk, said = _take(state, _words(told[~late], t_ns))
        state = state.with_columns(t_ns=t_ns, stock=desk.stock, tracks=desk.tracks, said=said)
    late_ones = [one for one in waits if one[1] > state.t_ns - 5 * NS_PER_S]
    more = []
    for _ in range(30):
        few = rng.choice(len(late_ones), round(LATE * SPREADERS), replace=False)
        more.append(np.vstack([_told(rng, state.t_ns + TICK_NS), *(late_ones[k] for k in few)]))
    return state, more


def _told(rng: np.random.Generator, t_ns: int) -> Floats:
    """Give machine, instant and hoist of each spreader's reading."""
    when = np.full(SPREADERS, float(t_ns - TICK_NS // 2))
    return np.column_stack((np.arange(SPREADERS, dtype=float), when, rng.random(SPREADERS) * 10))
