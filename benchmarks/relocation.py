"""Emptying bays with few relocations: the public sets, and a block of forty bays.

Ours and the peer get the same time a bay, so what counts is the note: the mean relocations of each, of the
two classic rules, and the gap of ours to the best known. ``BAYS_A_SET = 40`` and ``SETS = ALL`` run
everything (half an hour).
"""

import json
import statistics
import time
from collections.abc import Callable, Iterator
from pathlib import Path

import numpy as np

from benchmarks.rows import Row, absent
from twin.stacking.bay import simple_bay
from twin.stacking.brp.block import relocate_block
from twin.stacking.brp.instance import Instance
from twin.stacking.brp.rules import follow, lowest_slot, min_max
from twin.stacking.brp.solver import solve, warm
from twin.stacking.relocation import search

PUBLIC = Path(__file__).parents[1] / ".." / "shared" / "data" / "stacking" / "cv.jsonl"
ALL = {
    **{f"cv-3-{stacks}": (0.03, 0.3) for stacks in range(3, 9)},
    **{f"cv-4-{stacks}": (0.03, 0.3) for stacks in range(4, 8)},
    **{f"cv-5-{stacks}": (0.03, 0.3) for stacks in range(4, 11)},
    "cv-6-6": (0.03, 0.3), "cv-6-10": (2.0,), "cv-10-6": (2.0,), "cv-10-10": (2.0,),
}  # fmt: skip
"""Per set of Caserta and Voss (height, stacks) the budgets [s]."""
SETS = {
    "cv-3-8": (0.03,), "cv-4-6": (0.03,), "cv-5-5": (0.03, 0.3), "cv-6-6": (0.03, 0.3), "cv-5-10": (0.3,),
    "cv-6-10": (2.0,), "cv-10-6": (2.0,), "cv-10-10": (2.0,),
}  # fmt: skip
BAYS_A_SET = 8
"""How many bays of each set are planned, spread over it; 40 for all."""
_PEER = "beam in plain Python, same time"


def rows() -> Iterator[Row]:
    """Plan the bays and give their rows."""
    warm()
    known = _public()
    for name, budgets in SETS.items():
        bays = _sample(known, name)
        for budget_s in budgets:
            yield _set_row(name, bays, budget_s)
    if not known:
        yield absent("gap to the best known", "authors' exact solvers", f"no file {PUBLIC.name}")
    yield from _block_rows()


def _public() -> dict[str, list[tuple[Instance, int]]]:
    found: dict[str, list[tuple[Instance, int]]] = {}
    if PUBLIC.is_file():
        for line in PUBLIC.read_text(encoding="utf-8").splitlines():
            item = json.loads(line)
            bay = Instance.of(item["stacks"], item["max_tiers"])
            found.setdefault(item["set"], []).append((bay, item["unres_best"]))
    return found


def _sample(known: dict[str, list[tuple[Instance, int]]], name: str) -> list[tuple[Instance, int | None]]:
    """Give some bays of a set, spread over it; without the public file, made-up ones of the same size."""
    if name in known:
        return list(known[name][:: max(1, len(known[name]) // BAYS_A_SET)][:BAYS_A_SET])
    height, stacks = map(int, name.split("-")[1:])
    chance = np.random.default_rng(height * 100 + stacks)
    orders = [chance.permutation(height * stacks) + 1 for _ in range(BAYS_A_SET)]
    return [(Instance.of(order.reshape(stacks, height).tolist(), height + 2), None) for order in orders]


def _set_row(name: str, bays: list[tuple[Instance, int | None]], budget_s: float) -> Row:
    ours: list[int] = []
    theirs: list[int] = []
    mine_s, peer_s = [], []
    for bay, _ in bays:
        mine_s.append(_seconds(lambda bay=bay: ours.append(solve(bay, budget_s).relocations or 0)))
        form = simple_bay(bay.stacks, bay.max_tiers)
        peer_s.append(_seconds(lambda form=form: theirs.append(search(form, budget_s=budget_s).relocations)))
    best = [best for _, best in bays if best is not None]
    gap = f", best known {np.mean(best):.2f}, gap {100 * (sum(ours) / sum(best) - 1):+.2f} %" if best else ""
    classic = [np.mean([len(follow(bay, rule)) for bay, _ in bays]) for rule in (lowest_slot, min_max)]
    note = (
        f"{np.mean(ours):.2f} relocations{gap}; peer {np.mean(theirs):.2f}, "
        f"min-max {classic[1]:.2f}, lowest slot {classic[0]:.2f}"
    )
    title = f"{name}, {len(bays)} bays, {1e3 * budget_s:.0f} ms each"
    mine, peer = 1e3 * statistics.mean(mine_s), 1e3 * statistics.mean(peer_s)
    return Row(title, _PEER, mine, peer, peer / mine, 0.0, note)


def _seconds(call: Callable[[], object]) -> float:
    start = time.perf_counter()
    call()
    return time.perf_counter() - start


def _block(seed: int, bays: int = 40, stacks: int = 6, tiers: int = 5, boxes: int = 26) -> list[Instance]:
    """Give a block filled to 87 % by chance, box by box to any stack with room."""
    chance, found = np.random.default_rng(seed), []
    for _ in range(bays):
        bay: list[list[int]] = [[] for _ in range(stacks)]
        for box in chance.permutation(boxes) + 1:
            room = [stack for stack in bay if len(stack) < tiers]
            room[chance.integers(len(room))].append(int(box))
        found.append(Instance.of(bay, tiers))
    return found


def _block_rows() -> Iterator[Row]:
    bays = _block(0)
    exact = relocate_block(bays, 20.0)
    optimum = f"{sum(plan.relocations or 0 for plan in exact)}, proven in {sum(p.proven for p in exact)} bays"
    classic = [sum(len(follow(bay, rule)) for bay in bays) for rule in (lowest_slot, min_max)]
    counts: dict[str, int] = {}

    def planned(name: str, budget_s: float, *, compiled: bool) -> None:
        plans = relocate_block(bays, budget_s, compiled=compiled)
        counts[name] = sum(plan.relocations or 0 for plan in plans)

    def one_by_one() -> None:
        forms = [simple_bay(bay.stacks, bay.max_tiers) for bay in bays]
        counts["peer"] = sum(search(form, budget_s=0.0038, widest=24).relocations for form in forms)

    peer_s = _seconds(one_by_one)
    for name, budget_s, compiled in (("compiled", 0.15, True), ("arrays alone", 0.25, False)):
        took_s = _seconds(lambda n=name, b=budget_s, c=compiled: planned(n, b, compiled=c))
        note = (
            f"{counts[name]} relocations, best {optimum}; peer {counts['peer']}, min-max {classic[1]}, "
            f"lowest slot {classic[0]}"
        )
        title = f"block of 40 x 6 x 5 at 87 %, {name}"
        yield Row(title, "bay by bay in plain Python", 1e3 * took_s, 1e3 * peer_s, peer_s / took_s, 0.0, note)
