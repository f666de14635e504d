"""Crane readings that come late: slipped in where they turn nothing, else acting again from there.

1,000 machines, 100 of them with spreaders that report ten times a second and lift or set a box every half a
minute, 100,000 boxes; one reading in twenty comes up to 5 s late. The peer lets all words of the last seconds
be followed and act again, whatever came late.
"""

from collections.abc import Iterable, Iterator
from itertools import cycle

import numpy as np

from benchmarks.rows import Row, compare
from layouts.generator import large_yard
from twin import acting, engine, retelling
from twin.clock import NS_PER_S
from twin.desk import Desk
from twin.fleet import roster, tracking
from twin.fleet.kinds import KIND_NAMES
from twin.fleet.shapes import spreader_offset
from twin.handling import take_events
from twin.inputs import CraneReadings
from twin.retelling import Words
from twin.state import Said, State
from twin.stock import moves
from twin.stock.generate import fill
from twin.tables import Floats, Ints
from twin.words import FOLLOWED, HELD, TABLES
from twin.yard.slots import slots_of

MACHINES, SPREADERS, BOXES = 1_000, 100, 100_000
T0_NS = 1_800_000_000 * NS_PER_S
TICK_NS = NS_PER_S // 10
HALF_S = 30.0
LATE = 0.05


def rows() -> Iterable[Row]:
    """Time a tick's crane words with late ones among them."""
    work = Spreaders()
    state, waits = work.at_work()
    turns = [one for one in waits if work.turns(one)]
    others = [one for one in waits if not work.turns(one)]
    for name, late in (("none of which turns", others), ("one of which turns", turns)):
        given = [_words(np.vstack([work.told(state.t_ns + TICK_NS), *some])) for some in _few(late, others)]
        ours, peer = cycle(given), cycle(given)

        def in_place(given: Iterator[Words] = ours) -> None:
            _take(state, next(given))

        def told_again(given: Iterator[Words] = peer) -> None:
            _all_again(Desk.of(state), state.said, next(given))

        yield compare(
            f"words of {SPREADERS} spreaders in a tick, 5 late, {name}", in_place, told_again,
            "all words of 6 s again", rounds=15,
        )  # fmt: skip


def _few(first: list[Floats], others: list[Floats]) -> list[list[Floats]]:
    """Give what comes late in a tick, several times."""
    rng = np.random.default_rng(2)
    picks = [rng.choice(len(others), 4, replace=False).tolist() for _ in range(30)]
    return [[first[k % len(first)], *(others[one] for one in pick)] for k, pick in enumerate(picks)]


def _take(state: State, words: Words) -> tuple[Desk, tuple[Said, ...]]:
    desk = Desk.of(state)
    return desk, retelling.take(desk, state.said, words, state.t_ns + TICK_NS, moved=True)


def _all_again(desk: Desk, said: tuple[Said, ...], words: Words) -> None:
    """Follow all words, and let them act, from the oldest instant on."""
    acting._go_back(desk, said[0])
    held = dict(zip(HELD, said[0].held, strict=True))
    desk.tracks = desk.tracks.with_columns(**{name: held[name] for name in FOLLOWED})
    for one in (*said, words):
        desk.tracks, locks = tracking.apply_readings(desk.fleet, desk.tracks, one.row, one.readings)
        take_events(desk, one.events, locks)


def _words(told: Floats) -> Words:
    n = len(told)
    readings = CraneReadings(
        np.zeros(n, np.int32), T0_NS + told[:, 1].astype(np.int64), np.zeros(n), told[:, 2].copy(),
        np.full(n, 5e3), told[:, 3].astype(np.int8), np.full(n, 20, np.int8),
    )  # fmt: skip
    return Words(told[:, 0].astype(np.int32), readings, ())


class Spreaders:
    """A yard at work, and what its spreaders say: machine, nanoseconds since the start, hoist, locked."""

    def __init__(self) -> None:
        yard = large_yard(BOXES)
        slots = slots_of(yard)
        stock = fill(yard, slots, BOXES, 1, T0_NS)
        self.state = engine.initial_state(yard, stock, T0_NS)
        kind = [KIND_NAMES.index("reach_stacker")] * SPREADERS
        kind += [KIND_NAMES.index("external_truck")] * (MACHINES - SPREADERS)
        names = [f"M{k:04d}" for k in range(MACHINES)]
        fleet, tracks = roster.enlist(self.state.fleet, self.state.tracks, names, kind, [-1] * MACHINES)
        box, ground = self._boxes()
        self.hoist_m = stock.bottom_m[box] + stock.height_m[box]
        forward_m, left_m = spreader_offset(np.array(kind[:1], np.int8), np.zeros(1))
        columns = tracks.editable("x_m", "y_m", "heading_rad")
        centre = slots.centre_yard_m[ground]
        columns["x_m"][:SPREADERS] = centre[:, 0] - forward_m
        columns["y_m"][:SPREADERS] = centre[:, 1] - left_m
        columns["heading_rad"][:SPREADERS] = 0.0
        self.state = self.state.with_columns(fleet=fleet, tracks=tracks.with_columns(**columns))
        self.rng = np.random.default_rng(1)
        self.phase_s = self.rng.random(SPREADERS) * HALF_S  # all begin with nothing

    def _boxes(self) -> tuple[Ints, Ints]:
        """Give short boxes on top of their stacks, and where they stand."""
        stock, slots = self.state.stock, self.state.slots
        places = np.flatnonzero(stock.count > 0)[:: max(1, np.count_nonzero(stock.count) // 1_000)]
        tops = [(moves.top_box(stock, slots, int(ground)), int(ground)) for ground in places]
        short = [(box, ground) for box, ground in tops if stock.length_ft[box] == 20][:SPREADERS]
        box, ground = np.array(short, np.int32).T
        return box, ground

    def _locked(self, row: Ints, since_s: Floats) -> Floats:
        return ((since_s + self.phase_s[row]) % (2 * HALF_S) >= HALF_S).astype(float)

    def told(self, t_ns: int) -> Floats:
        """Give what all say at an instant."""
        since_ns, row = float(t_ns - T0_NS - TICK_NS // 2), np.arange(SPREADERS)
        hoist_m = self.hoist_m + 0.02 * self.rng.standard_normal(SPREADERS)
        when = np.full(SPREADERS, since_ns)
        return np.column_stack((row, when, hoist_m, self._locked(row, when / NS_PER_S)))

    def turns(self, one: Floats) -> bool:
        """Tell whether the twistlocks turned at a word."""
        row, since_s = np.array([int(one[0])]), one[1:2] / NS_PER_S
        return bool(self._locked(row, since_s) != self._locked(row, since_s - TICK_NS / NS_PER_S))

    def at_work(self) -> tuple[State, list[Floats]]:
        """Give the yard after 45 seconds of words, and those of the last five that have not come yet."""
        state, waits = self.state, []
        for tick in range(1, 451):
            t_ns = T0_NS + tick * TICK_NS
            told = self.told(t_ns)
            late = self.rng.random(SPREADERS) < LATE
            late |= np.array([self.turns(one) for one in told]) & (tick % 3 == 0)
            waits += list(told[late])
            state = state.with_columns(tracks=state.tracks.with_columns(pose_ns=np.full(MACHINES, t_ns)))
            desk, said = _take(state, _words(told[~late]))
            changed = {name: getattr(desk, name) for name in (*TABLES, "tracks")}
            state = state.with_columns(t_ns=t_ns, said=said, **changed)
        return state, [one for one in waits if T0_NS + one[1] > state.t_ns - 5 * NS_PER_S]
