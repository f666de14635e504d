"""Relocations: what the beam search and the weighted policy save, and what they take.

The notes are the point here: a plan that takes milliseconds longer and saves a crane two minutes a
box is a good trade. The bays are those of Caserta and Voss: S stacks of H boxes, leaving in random
order, two tiers of room. The peers are the rules that yards go by, written plainly.
"""

from collections.abc import Callable, Iterable

import numpy as np

from benchmarks.rows import Row, compare
from twin.clock import NS_PER_S
from twin.stacking.bay import Bay, simple_bay
from twin.stacking.problem import allocate_problem, relocate_problem, solve
from twin.stacking.relocation import search
from twin.stock import moves
from twin.stock.generate import notices_for_arrivals
from twin.stock.table import BoxNotice, Place, Stock
from twin.yard.model import Block, BlockKind, Georeference, Yard
from twin.yard.slots import Slots, ground_slot, slots_of

BAYS = 10
BOXES = 220
SIZES = ((3, 8), (4, 6), (5, 5), (6, 6))
T_NS = 1_800_000_000_000_000_000
Choice = Callable[[list[list[int]], list[int], int], int]


def rows() -> Iterable[Row]:
    """Compare plans and policies with the rules that yards go by."""
    for high, stacks in SIZES:
        yield from _bays(high, stacks)
    ours = _shift("weighted")
    for peer in ("random", "levelling", "closest"):
        saved = f"relocations {ours()} against {_shift(peer)()}"
        yield compare(
            f"slots for {BOXES} arrivals, and digging out", ours, _shift(peer), peer, rounds=1, note=saved
        )


def _bays(high: int, stacks: int) -> Iterable[Row]:
    rng = np.random.default_rng(high * 100 + stacks)
    drawn = [(1 + rng.permutation(high * stacks)).reshape(stacks, high).tolist() for _ in range(BAYS)]
    bays = [simple_bay(bay, high + 2) for bay in drawn]
    plans = [search(bay) for bay in bays]
    done = sum(plan.relocations for plan in plans if plan) / BAYS
    bound = sum(plan.lower_bound for plan in plans if plan) / BAYS
    for peer, choice in (("min-max rule", _min_max), ("lowest stack", _lowest)):
        theirs = sum(_by_rule(bay, high + 2, choice) for bay in drawn) / BAYS
        yield compare(
            f"empty {BAYS} bays of {stacks} stacks, {high} high",
            lambda: [_relocations(bay) for bay in bays],
            lambda choice=choice: [_by_rule(bay, high + 2, choice) for bay in drawn],
            peer,
            rounds=1,
            note=f"relocations a bay {done:.1f} against {theirs:.1f}, at least {bound:.1f}",
        )


def _relocations(bay: Bay) -> int:
    plan = search(bay)
    return plan.relocations if plan else -1


def _by_rule(bay: list[list[int]], tiers: int, choice: Choice) -> int:
    """Empty a bay by a rule and count the relocations."""
    stacks, done = [list(stack) for stack in bay], 0
    for due in sorted(box for stack in bay for box in stack):
        source = next(stack for stack in stacks if due in stack)
        while source[-1] != due:
            free = [i for i, stack in enumerate(stacks) if stack is not source and len(stack) < tiers]
            box = source.pop()
            stacks[choice(stacks, free, box)].append(box)
            done += 1
        source.pop()
    return done


def _min_max(stacks: list[list[int]], free: list[int], box: int) -> int:
    soonest = {i: min(stacks[i], default=1 << 60) for i in free}
    good = [i for i in free if soonest[i] > box]
    return min(good, key=soonest.__getitem__) if good else max(free, key=soonest.__getitem__)


def _lowest(stacks: list[list[int]], free: list[int], box: int) -> int:
    return min(free, key=lambda i: len(stacks[i]))


def _shift(policy: str) -> Callable[[], int]:
    """Give a shift of one block: every box gets a slot by the policy, and is dug out when it leaves."""
    block = Block("A", BlockKind.RTG, (0.0, 0.0), 0.0, 4, 6, 5)
    yard = Yard("benchmark", Georeference(4490, (121.85, 30.62)), ((0, 0), (99, 0), (99, 99)), (block,))
    slots = slots_of(yard)
    rng = np.random.default_rng(11)
    comes_s = np.sort(rng.uniform(0, 400_000, BOXES))
    leaves_s = comes_s + rng.exponential(120_000, BOXES)
    boxes = [
        BoxNotice(notice.number, "22G1", 9000.0, departs_ns=T_NS + int(leave_s) * NS_PER_S)
        for notice, leave_s in zip(notices_for_arrivals(rng, BOXES, T_NS), leaves_s, strict=True)
    ]
    events = sorted(
        [(s, True, i) for i, s in enumerate(comes_s)] + [(s, False, i) for i, s in enumerate(leaves_s)]
    )

    def run() -> int:
        stock, relocated = moves.empty_stock(slots), 0
        for _, comes, index in events:
            if comes:
                stock = _take_in(yard, slots, stock, boxes[index], policy, index)
            else:
                stock, more = _give_out(yard, slots, stock, boxes[index].number)
                relocated += more
        return relocated

    return run


def _take_in(yard: Yard, slots: Slots, stock: Stock, box: BoxNotice, policy: str, tick: int) -> Stock:
    stock = moves.announce(stock, [box])
    found = solve(allocate_problem(yard, slots, stock, None, box.number, "", tick, 0, policy=policy))
    row = moves.rows_of(stock, [box.number])
    if found is None:
        return moves.leave(stock, row)
    return moves.stack(stock, slots, row, [ground_slot(yard, slots, found.moves[0].target)])


def _give_out(yard: Yard, slots: Slots, stock: Stock, number: str) -> tuple[Stock, int]:
    row = int(moves.rows_of(stock, [number])[0])
    if stock.place[row] != Place.STACKED:
        return stock, 0
    found = solve(relocate_problem(yard, slots, stock, number, 0, 0), 0.01)
    steps = found.moves if found else ()
    for move in steps:
        box = int(moves.rows_of(stock, [move.number])[0])
        stock = moves.lift(stock, slots, box, 0)
        stock = moves.stack(stock, slots, [box], [ground_slot(yard, slots, move.target)])
    return moves.leave(moves.lift(stock, slots, row, 0), [row]), len(steps)
