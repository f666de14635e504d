"""Bays sorted in advance: how many moves, beside what others found and a greedy as one first writes it.

The notes are the point: moves a bay, over the bound and beside the public fill-empty greedy with a beam of
100, whose moves are recorded in the file of bays. The peer timed here moves the badly placed box that fits
most tightly, else takes down the lowest stack onto the lowest others. The bays are those of Bortfeldt and
Forster; where their file is not beside the project, bays of the same make are drawn.
"""

import json
import time
from collections.abc import Callable, Iterable, Sequence
from itertools import pairwise
from pathlib import Path
from typing import Any

import numpy as np

from benchmarks.rows import Row, compare
from twin.compiled import COMPILED
from twin.stacking.premarshal.search import load, premarshal

FILE = Path(__file__).parents[2] / "shared" / "data" / "stacking" / "bf01-16.jsonl"
SETS = (
    (("BF1", "BF2", "BF3", "BF4"), 0.5, 1),
    (("BF5", "BF6", "BF7", "BF8"), 0.5, 4),
    (("BF9", "BF10", "BF11", "BF12"), 0.5, 4),
    (("BF13", "BF14", "BF15", "BF16"), 2.0, 7),
)
"""Sets of bays, the budget for each [s], and of how many bays one is solved."""
_CIRCLES = 1_000
"""A greedy that has made so many moves goes in circles."""
Stacks = list[list[int]]


def rows() -> Iterable[Row]:
    """Compare plans with the greedy's, and with what is recorded of others."""
    load()
    bays = _bays()
    for names, budget_s, step in SETS:
        chosen = [bay for name in names for bay in bays[name][::step]]
        title = f"sort {len(chosen)} bays of {names[0]} to {names[-1]}, {budget_s:g} s each"
        found: list[int] = []

        def ours(
            chosen: Sequence[Any] = chosen, budget_s: float = budget_s, found: list[int] = found
        ) -> None:
            found[:] = [_moves(bay, budget_s) for bay in chosen]

        def theirs(chosen: Sequence[Any] = chosen) -> list[int]:
            return [plainly(bay["stacks"], bay["max_tiers"]) for bay in chosen]

        yield _row(title, ours, theirs, chosen, found)
    everything = [bay for name in bays for bay in bays[name]]
    yield compare(
        f"a first plan for {len(everything)} bays",
        lambda: [_moves(bay, 0.0) for bay in everything],
        lambda: [plainly(bay["stacks"], bay["max_tiers"]) for bay in everything],
        "tightest fit, plainly", rounds=3, note="" if COMPILED else "no compiler",
    )  # fmt: skip


def _row(
    title: str,
    ours: Callable[[], object],
    theirs: Callable[[], list[int]],
    bays: Sequence[Any],
    found: list[int],
) -> Row:
    """Time both once and say what they found."""
    start = time.perf_counter()
    ours()
    middle = time.perf_counter()
    naive = theirs()
    ours_ms, peer_ms = 1e3 * (middle - start), 1e3 * (time.perf_counter() - middle)
    ended = [count for count in naive if count < _CIRCLES]
    note = f"{np.mean(found):.2f} moves a bay against {np.mean(ended):.2f}"
    if len(ended) < len(naive):
        note += f" (in circles on {len(naive) - len(ended)})"
    for key, what in (("lb", "bound"), ("opt", "proven optimum"), ("feg_beam100", "fill-empty beam 100")):
        known = [bay.get(key) for bay in bays]
        if all(value is not None for value in known):
            over = 100.0 * (sum(found) / sum(known) - 1.0)
            note += f"; {what} {np.mean(known):.2f} ({over:+.1f} %)"
    return Row(title, "tightest fit, plainly", ours_ms, peer_ms, peer_ms / ours_ms, 0.0, note)


def _moves(bay: Any, budget_s: float) -> int:
    moves = premarshal(bay["stacks"], bay["max_tiers"], budget_s).moves
    return len(moves) if moves is not None else _CIRCLES


def _bays() -> dict[str, list[Any]]:
    """Give the recorded bays by set, or drawn ones where there is no file."""
    found: dict[str, list[Any]] = {name: [] for names, _, _ in SETS for name in names}
    if FILE.exists():
        for line in FILE.read_text("utf-8").splitlines():
            bay = json.loads(line)
            found[bay["set"]].append(bay)
        return found
    rng = np.random.default_rng(1)
    sizes = ((5, 48), (5, 64), (8, 77), (8, 103))
    for (names, _, _), (tiers, boxes) in zip(SETS, sizes, strict=True):
        for i, name in enumerate(names):
            groups = boxes // 5 if i < 2 else 2 * boxes // 5
            found[name] = [
                {"stacks": _drawn(rng, 16, tiers, boxes, groups), "max_tiers": tiers} for _ in range(20)
            ]
    return found


def _drawn(rng: np.random.Generator, stacks: int, tiers: int, boxes: int, groups: int) -> Stacks:
    bay: Stacks = [[] for _ in range(stacks)]
    while boxes:
        stack = bay[rng.integers(stacks)]
        if len(stack) < tiers:
            stack.append(int(rng.integers(1, groups + 1)))
            boxes -= 1
    return bay


def plainly(stacks: Stacks, tiers: int) -> int:
    """Give the moves of the tightest-fit greedy on lists, :data:`_CIRCLES` where it goes in circles."""
    bay = [list(stack) for stack in stacks]
    count, digging = 0, -1
    while any(not _good(stack) for stack in bay):
        count += 1
        if count >= _CIRCLES:
            break
        pair = None if digging >= 0 else _tightest(bay, tiers)
        if pair is None:
            if digging < 0:
                digging = min((i for i, stack in enumerate(bay) if stack), key=lambda i: len(bay[i]))
            free = [i for i, stack in enumerate(bay) if i != digging and len(stack) < tiers]
            pair = (digging, min(free, key=lambda i: len(bay[i])))
        source, target = pair
        bay[target].append(bay[source].pop())
        if digging >= 0 and not bay[digging]:
            digging = -1
    return count


def _good(stack: list[int]) -> bool:
    return all(low >= high for low, high in pairwise(stack))


def _tightest(bay: Stacks, tiers: int) -> tuple[int, int] | None:
    """Give the move of a badly placed box that fits most tightly, None where none fits."""
    best, chosen = float("inf"), None
    for i, source in enumerate(bay):
        if _good(source):
            continue
        for j, target in enumerate(bay):
            if i != j and len(target) < tiers and _good(target):
                gap = (target[-1] if target else 1_000) - source[-1]
                if 0 <= gap < best:
                    best, chosen = gap, (i, j)
    return chosen
