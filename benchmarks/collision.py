"""Who overlaps whom now, and who will within seconds: beside shapely, coal, FCL, Bullet and Box2D."""

import gc
import time
from collections.abc import Callable, Iterable, Iterator
from functools import partial
from typing import Any

import numpy as np

from benchmarks import collision_peers as peers
from benchmarks import collision_scene as scene
from benchmarks.rows import ROUNDS, Row, absent, compare
from twin import compiled
from twin.fleet.shapes import Boxes
from twin.safety import arcs, foresight, overlaps, standing
from twin.safety.arcs import Ahead
from twin.yard.slots import slots_of

HORIZON_S = 5.0
STARTS, TICKS = 6, 25
"""So many runs from their own starts, each of so many ticks of 0.1 s."""
PASSES = 5
"""So often are these gone through where their spread is told."""
PERIOD = 8
"""So many ticks in turn: one that makes lists is among them."""
LONG = PERIOD * (ROUNDS + 1)
"""Ticks of a run that is not begun anew meanwhile."""
SIZES = (100, 300, 1000, 3000)
ALONE = ("pybullet", "Box2D")
"""Peers that are asked for machines alone: beside them ours is timed without stacks as well."""


class Ticks:
    """Goes through runs of ticks, handing what each tick gave to the next; a run begins afresh.

    Parameters
    ----------
    look : callable
        Of one tick's machines and what the tick before gave; gives an answer and what to keep.
    runs : list of list
        The machines, tick by tick.
    """

    def __init__(self, look: Callable[[Any, Any], tuple[Any, Any]], runs: list[list[Any]]) -> None:
        self._look, self._runs = look, runs
        self._next = self._endless()
        self.answer: Any = None

    def _endless(self) -> Iterator[None]:
        while True:
            for run in self._runs:
                kept = self._look(run[0], None)[1]
                for tick in run[1:]:
                    yield
                    self.answer, kept = self._look(tick, kept)

    def __call__(self) -> None:
        """Do the next tick."""
        next(self._next)

    def times_ms(self) -> "np.ndarray[Any, np.dtype[np.float64]]":
        """Give how long each tick of all runs takes, (2, ticks): on the wall, and of the processor.

        The first tick of each run, which makes the lists, does not count.
        """
        found = []
        gc.collect()
        for run in self._runs:
            kept = self._look(run[0], None)[1]
            for tick in run[1:]:
                wall, own = time.perf_counter(), time.thread_time()
                _, kept = self._look(tick, kept)
                found.append((1e3 * (time.perf_counter() - wall), 1e3 * (time.thread_time() - own)))
        return np.array(found).T


def spread(ticks: Ticks) -> str:
    """Give the middle and the slow end of many ticks as a note.

    Of the ticks as they came; and of the least time of each in so many passes, without what else the
    machine did meanwhile.
    """
    passes = np.array([ticks.times_ms()[0] for _ in range(PASSES)])
    (p50, p99), (least_p50, least_p99) = (np.percentile(ms, (50, 99)) for ms in (passes, passes.min(axis=0)))
    return f"p50 {p50:.2f}, p99 {p99:.2f} ms; least of {PASSES} each: {least_p50:.2f}, {least_p99:.2f}"


def rows() -> Iterable[Row]:
    """Compare overlaps now and contacts within 5 s, and show how both grow and what is worst."""
    place = scene.place()
    stacks = standing.stack_boxes(place.stock, place.slots, np.flatnonzero(place.stock.count > 0))
    crowds = [scene.crowd(1000, place.yard, seed + 1) for seed in range(STARTS)]
    runs = [[one.after(0.1 * tick) for tick in range(TICKS)] for one in crowds]
    tables = [[one.boxes() for one in run] for run in runs]
    ours = Ticks(_overlaps(place), tables)
    title = f"overlaps now, 1000 machines, {len(tables[0][0])} boxes, 100k"
    note = spread(ours)
    long = [one.boxes() for one in map(crowds[0].after, 0.1 * np.arange(LONG))]
    for name, find in _finders(stacks, long[0]):
        if isinstance(find, str):
            yield absent(title, name, find)
            continue
        same = _same(find, long[0], place, stacks)
        yield compare(
            title, Ticks(_overlaps(place), [long]), _asked(find, long), name, calls=PERIOD,
            note=f"{note}; {same}",
        )  # fmt: skip
        note = note.split(";")[0]
        if name in ALONE:
            yield compare(
                f"the same without stacks, {len(tables[0][0])} boxes",
                Ticks(_overlaps(scene.place(0)), [long]), _asked(find, long), name, calls=PERIOD, note=same,
            )  # fmt: skip
    aheads = [[_ahead(one) for one in run] for run in runs]
    yield from _contacts(aheads, place, tables[0][0])
    yield from _plain(runs, place, stacks)
    yield from _growth(place)
    yield from _worst()


def _overlaps(place: scene.Place) -> Callable[[Any, Any], tuple[Any, Any]]:
    return lambda boxes, look: overlaps.now(boxes, place.stock, place.slots, look)


def _asked(find: Any, run: list[Boxes]) -> Ticks:
    """Have a peer go through the same ticks; what it keeps from one to the next is its own."""
    return Ticks(lambda boxes, _: (find(boxes), None), [run])


def _finders(stacks: Boxes, boxes: Boxes) -> Iterator[tuple[str, Any]]:
    yield "shapely STRtree, intersects, z", peers.by_shapely(stacks)
    yield "STRtree of bounds, separating axes", peers.by_bounds(stacks)
    for name, module in (("coal", "coal"), ("python-fcl", "fcl")):
        there = peers.installed(module)
        yield (
            name,
            peers.by_engine(module, stacks, boxes) if there else f"not installed here: pip install {name}",
        )
    for name, module, make in (
        ("pybullet", "pybullet", peers.by_bullet), ("Box2D", "Box2D", peers.by_box2d),
    ):  # fmt: skip
        yield name, make(boxes) if peers.installed(module) else f"not installed here: pip install {name}"


def _same(find: Any, boxes: Boxes, place: scene.Place, stacks: Boxes) -> str:
    """Tell how a peer's answer differs from ours."""
    found, _ = overlaps.now(boxes, place.stock, place.slots)
    pairs = set(
        zip(np.minimum(found.i, found.j).tolist(), np.maximum(found.i, found.j).tolist(), strict=True)
    )
    theirs = find(boxes)
    if isinstance(theirs, int):
        return "it also counts what only touches, and parts of one machine"
    if isinstance(theirs, set):
        missed, more = len(pairs - theirs), len(theirs - pairs)
        same = "same pairs" if not missed and not more else f"{more} pairs more, {missed} fewer"
        return f"machines alone, no stacks: {same}"
    row = np.flatnonzero(place.stock.count > 0)
    against = set(zip(found.box.tolist(), np.searchsorted(row, found.ground).tolist(), strict=True))
    return "same pairs" if theirs == (pairs, against) else "PAIRS DIFFER"


def _ahead(one: scene.Crowd) -> Ahead:
    return foresight.ahead(one.fleet, one.tracks(), one.boxes())


def _contacts(aheads: list[list[Ahead]], place: scene.Place, boxes: Boxes) -> Iterator[Row]:
    def look(ahead: Ahead, near: Any) -> tuple[Any, Any]:
        return foresight.contacts(ahead, place.stock, place.slots, HORIZON_S, near)

    def by_arrays(ahead: Ahead, near: Any) -> tuple[Any, Any]:
        before, compiled.COMPILED = compiled.COMPILED, False
        try:
            return look(ahead, near)
        finally:
            compiled.COMPILED = before

    ours, arrays = Ticks(look, aheads), Ticks(by_arrays, aheads)
    yield compare(
        "contact within 5 s, 1000 machines, 100k, no compiler", arrays, partial(_stepped, aheads[0][0]),
        "25 steps of shapely, no stacks", rounds=3, note=f"{spread(arrays)}; it misses what is between",
    )  # fmt: skip
    if compiled.COMPILED:
        yield compare(
            "the same with arcs in compiled loops", ours, arrays, "whole arrays", rounds=25, note=spread(ours)
        )


def _plain(runs: list[list[scene.Crowd]], place: scene.Place, stacks: Boxes) -> Iterator[Row]:
    """Compare once more with one box a vehicle, as most published comparisons have it."""
    tables = [[scene.plain(one.boxes(), one.fleet) for one in run] for run in runs]
    ours, n = Ticks(_overlaps(place), tables), len(tables[0][0])
    find = peers.by_bounds(stacks)
    first = runs[0][0]
    long = [scene.plain(one.boxes(), one.fleet) for one in map(first.after, 0.1 * np.arange(LONG))]
    yield compare(
        f"overlaps now, 1000 machines as {n} boxes, 100k", Ticks(_overlaps(place), [long]),
        _asked(find, long), "STRtree of bounds, separating axes", calls=PERIOD,
        note=f"{spread(ours)}; one box a vehicle; {_same(find, tables[0][0], place, stacks)}",
    )  # fmt: skip
    aheads = [
        [foresight.ahead(one.fleet, one.tracks(), boxes) for one, boxes in zip(run, row, strict=True)]
        for run, row in zip(runs, tables, strict=True)
    ]
    ahead_of = lambda ahead, near: foresight.contacts(ahead, place.stock, place.slots, HORIZON_S, near)  # noqa: E731
    yield compare(
        f"contact within 5 s, 1000 machines as {n} boxes, 100k", contacts := Ticks(ahead_of, aheads),
        partial(_stepped, aheads[0][0]), "25 steps of shapely, no stacks", rounds=3,
        note=f"{spread(contacts)}; one box a vehicle",
    )  # fmt: skip


def _stepped(ahead: Ahead) -> int:
    met: set[tuple[int, int]] = set()
    for when_s in np.linspace(0.0, HORIZON_S, 26):
        boxes = arcs.moved(ahead, np.full(len(ahead.boxes), when_s))
        own = peers.outlines(boxes)
        i, j = peers.shapely.STRtree(own).query(own, predicate="intersects")
        kept = (i < j) & (boxes.mover[i] != boxes.mover[j])
        met |= set(zip(i[kept].tolist(), j[kept].tolist(), strict=True))
    return len(met)


def _growth(place: scene.Place) -> Iterator[Row]:
    """Show how both grow with what stands, and with the machines at one density."""
    empty = scene.place(0)
    crowd = scene.crowd(1000, place.yard, 1)
    run = [crowd.after(0.1 * tick) for tick in range(TICKS)]
    for title, look, tables in _looks([run]):
        without, full = (Ticks(partial(look, there), tables) for there in (empty, place))
        yield compare(f"{title}: 0 boxes", without, full, "100,000 boxes", note="ratio: times slower")
    nowhere = scene.Place(empty.yard, slots_of(empty.yard), empty.stock)
    sized = [[scene.scattered(n).after(0.1 * tick) for tick in range(TICKS)] for n in SIZES]
    for title, look, tables in _looks(sized):
        each = [Ticks(partial(look, nowhere), [run]) for run in tables]
        ms = [float(np.median(ticks.times_ms()[1])) for ticks in each]
        power = np.polyfit(np.log(SIZES), np.log(ms), 1)[0]
        found = ", ".join(f"{n}: {one:.2f} ms" for n, one in zip(SIZES, ms, strict=True))
        yield compare(
            f"{title}: 100 machines",
            each[0],
            each[-1],
            "3000 machines",
            note=f"exponent {power:.2f}; {found}",
        )


def _looks(runs: list[list[scene.Crowd]]) -> Iterator[tuple[str, Any, list[list[Any]]]]:
    yield (
        "overlaps now",
        lambda there, boxes, look: overlaps.now(boxes, there.stock, there.slots, look),
        [[one.boxes() for one in run] for run in runs],
    )
    yield (
        "contact within 5 s",
        lambda there, ahead, near: foresight.contacts(ahead, there.stock, there.slots, HORIZON_S, near),
        [[_ahead(one) for one in run] for run in runs],
    )


def _worst() -> Iterator[Row]:
    """Show the worst cases for 1,000 machines beside the same scattered machines going straight."""
    empty = scene.place(0)
    usual = [scene.scattered(1000).after(0.1 * tick) for tick in range(TICKS)]
    for name in ("turning", "clustered", "column"):
        run = [scene.scattered(1000, **{name: True}).after(0.1 * tick) for tick in range(TICKS)]
        for (title, look, one), (_, _, other) in zip(_looks([usual]), _looks([run]), strict=True):
            plain, worst = (Ticks(partial(look, empty), tables) for tables in (one, other))
            note = spread(worst)
            yield compare(f"{title}: 1000 scattered", plain, worst, f"all {name}", rounds=5, note=note)
