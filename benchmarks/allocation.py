"""Slots for boxes and the rules of standing stock, beside a plain Python loop over the same slots.

The loop does what a program without columns does: it takes slot after slot, or box after box, and asks
the same rules and terms of each. Where all slots would take minutes it takes a sample, and its time is
scaled to all and told so. Notes give the processor time of this program, 95 of 100 calls below it.
"""

import math
import time
from collections.abc import Callable, Iterable
from dataclasses import replace

import numpy as np

from benchmarks.rows import Row, compare
from layouts.generator import large_yard
from twin.stacking import allocation
from twin.stacking.batch import assign
from twin.stacking.departures import Knowledge
from twin.stacking.weighing import Request
from twin.stock import generate, moves, rules, segregation, violations
from twin.stock.rules import USUAL
from twin.stock.table import Place, Stock
from twin.yard.model import Yard
from twin.yard.slots import Slots, slots_of

T_NS = 1_760_000_000_000_000_000
SLOTS_BOXES, STANDING = 40_000, 100_000
ARRIVALS, LIST = 240, 200
FILL = 45_000
SAMPLE = 400
ROUNDS = 40
"""So many boxes, or moves, one after the other."""


def rows() -> Iterable[Row]:
    """Compare one box, a list of boxes, the full check and the check after a move with plain loops."""
    yard = large_yard(SLOTS_BOXES)
    slots = slots_of(yard)
    stock = _with_arrivals(generate.fill(yard, slots, FILL, 1, T_NS))
    rng = np.random.default_rng(1)
    cranes = np.array(
        [b.yard_from_block(float(rng.uniform(0, b.length_m)), b.width_m / 2) for b in yard.blocks]
    )
    request = Request(yard, slots, stock, FILL, cranes, knowledge=Knowledge(t_ns=T_NS))
    places = int(slots.tiers.astype(int).sum())
    yield _one_box(request, places)
    yield _a_list(request, places)
    yield from _checks()


def _with_arrivals(stock: Stock) -> Stock:
    return moves.announce(
        stock, generate.notices_for_arrivals(np.random.default_rng(2), ARRIVALS, T_NS)
    )  # fmt: skip


def _one_box(request: Request, places: int) -> Row:
    """Weigh box after box, each set down before the next comes."""
    requests = _one_after_the_other(request, ROUNDS)
    turn = iter(range(10**9))

    def ours() -> object:
        return allocation.rank(requests[next(turn) % len(requests)])

    naive = _sampled(lambda part: _loop_of_slots(request, part), len(request.slots))
    took_ms = _times_ms([lambda r=r: allocation.rank(r) for r in requests])
    shown = _times_ms([lambda r=r: allocation.suggest(r, "", 0, 0) for r in requests])
    return _scaled(
        compare(f"one box over {places:,} slots", ours, naive[0], "a loop over slots", rounds=15), naive[1],
        f"p95 {_p95(took_ms):.2f} ms; with suggestion, refused slots and saving p95 {_p95(shown):.2f} ms",
    )  # fmt: skip


def _one_after_the_other(request: Request, count: int) -> list[Request]:
    requests, stock = [], request.stock
    for row in range(request.row, request.row + count):
        requests.append(replace(request, stock=stock, row=row))
        best = allocation.rank(requests[-1], 1)
        if len(best.ground):
            stock = moves.stack(stock, request.slots, [row], [int(best.ground[0])])
    return requests


def _loop_of_slots(request: Request, part: np.ndarray) -> float:
    """Ask rules and terms slot by slot; give the least cost."""
    stock, slots, yard, row = request.stock, request.slots, request.yard, request.row
    box = rules.Box.of(stock, row)
    least = np.inf
    for ground in part.tolist():
        if _plain_refusal(stock, slots, yard, box, ground):
            continue
        least = min(least, _plain_cost(request, ground))
    return least


def _plain_refusal(stock: Stock, slots: Slots, yard: Yard, box: rules.Box, ground: int) -> bool:
    """Judge one slot by the rules that bind most, in plain Python."""
    block = yard.blocks[slots.block[ground]]
    places = [ground] if box.length_ft == 20 else [ground, int(slots.next[ground])]
    if block.closed or places[-1] < 0:
        return True
    count = int(stock.count[ground])
    top_m = max(float(stock.top_m[place]) for place in places)
    if count >= slots.tiers[ground] or top_m + box.height_m > slots.height_limit_m[ground]:
        return True
    below = [int(stock.occupant[p, stock.count[p] - 1]) if stock.count[p] else -1 for p in places]
    if box.length_ft == 20 and below[0] >= 0 and stock.length_ft[below[0]] != 20:
        return True
    if box.length_ft != 20 and below[0] != below[1]:
        level = stock.count[places[0]] == stock.count[places[1]] and min(below) >= 0
        if not level or any(stock.length_ft[b] != 20 for b in below):
            return True
    if not box.empty and any(b >= 0 and stock.empty[b] for b in below):
        return True
    if box.live and not any(slots.reefer[p] for p in places):
        return True
    return bool(box.imdg) and not all(slots.dangerous[p] for p in places)


def _plain_cost(request: Request, ground: int) -> float:
    """Weigh one slot by relocations, ways and height, in plain Python."""
    stock, slots, row = request.stock, request.slots, request.row
    stays = 1.0
    for tier in range(int(stock.count[ground])):
        later_s = (int(stock.departs_ns[row]) - int(stock.departs_ns[stock.occupant[ground, tier]])) / 1e9
        stays *= 0.5 * (1.0 - math.erf(later_s / (43_200.0 * 2.0)))
    x, y = slots.centre_yard_m[ground]
    crane_m = min(abs(x - cx) + abs(y - cy) for cx, cy in request.cranes_yard_m[:2])
    gates = [gate.ocr_portal_yard_m for gate in request.yard.gates]
    truck_m = min((abs(x - gx) + abs(y - gy) for gx, gy in gates), default=0.0)
    return 120.0 * (1.0 - stays) + 0.65 * crane_m + 0.15 * truck_m + 6.0 * int(stock.count[ground])


def _a_list(request: Request, places: int) -> Row:
    listed = range(request.row, request.row + LIST)
    found = assign(request, listed)
    took_ms = _times_ms([lambda: assign(request, listed)] * 15)
    one_by_one = _times_ms([lambda: _one_after_the_other(request, LIST)])[0]
    naive = _sampled(lambda part: _loop_of_slots(request, part), len(request.slots) * LIST)
    return _scaled(
        compare(f"{LIST} boxes jointly over {places:,} slots", lambda: assign(request, listed), naive[0],
                "a loop over boxes and slots", rounds=9),
        naive[1],
        f"p95 {_p95(took_ms):.0f} ms; one after the other by rank(): {one_by_one:.0f} ms; "
        f"{int((found.ground >= 0).sum())} placed",
    )  # fmt: skip


def _checks() -> Iterable[Row]:
    yard = large_yard(STANDING)
    slots = slots_of(yard)
    stock = generate.fill(yard, slots, STANDING, 1, T_NS)
    imdg = stock.imdg.copy()
    # A few goods of other classes among the generator's, so that there is something to find.
    some = np.flatnonzero(imdg != b"")[::200]
    imdg[some] = b"5.1"
    stock = stock.with_columns(imdg=imdg)
    found = violations.check(yard, slots, stock)
    naive = _sampled(lambda part: _loop_of_boxes(yard, slots, stock, part), len(stock))
    took_ms = _times_ms([lambda: violations.check(yard, slots, stock)] * 25)
    usual_ms = _times_ms([lambda: violations.check(yard, slots, stock, USUAL)] * 9)
    yield _scaled(
        compare(f"all rules over {STANDING:,} standing boxes", lambda: violations.check(yard, slots, stock),
                naive[0], "a loop over boxes", rounds=9),
        naive[1],
        f"p95 {_p95(took_ms):.1f} ms; with usual house limits {np.median(usual_ms):.1f} ms; "
        f"{len(found)} found",
    )  # fmt: skip
    changed = [_after_one_move(slots, stock, seed) for seed in range(ROUNDS)]
    turn = iter(range(10**9))

    def after() -> object:
        return violations.after(found, stock, changed[next(turn) % ROUNDS], yard, slots)

    each_ms = _times_ms([lambda s=s: violations.after(found, stock, s, yard, slots) for s in changed])
    yield compare(
        "the same after one move", after, lambda: violations.check(yard, slots, changed[0]),
        "all of it again", rounds=25, note=f"p95 {_p95(each_ms):.2f} ms",
    )  # fmt: skip


def _after_one_move(slots: Slots, stock: Stock, seed: int) -> Stock:
    """Move one topmost box to another bay of its kind, dangerous ones as often as they stand."""
    rng = np.random.default_rng(seed)
    while True:
        row = int(rng.integers(len(stock)))
        try:
            lifted = moves.lift(stock, slots, row, 0)
        except moves.StockError:
            continue
        for ground in rng.permutation(len(slots))[:200].tolist():
            try:
                return moves.stack(lifted, slots, [row], [ground])
            except moves.StockError:
                continue


def _loop_of_boxes(yard: Yard, slots: Slots, stock: Stock, part: np.ndarray) -> int:
    """Judge box after box in plain Python, dangerous goods against all others of the yard."""
    held = np.flatnonzero((stock.imdg != b"") & (stock.place == Place.STACKED))
    groups = segregation.groups_of(stock.imdg[held])
    broken = 0
    for row in part.tolist():
        ground, tier = int(stock.ground[row]), int(stock.tier[row])
        below = int(stock.occupant[ground, tier - 1]) if tier else -1
        broken += tier >= slots.tiers[ground]
        broken += bool(stock.bottom_m[row] + stock.height_m[row] > slots.height_limit_m[ground] + 1e-9)
        broken += below >= 0 and stock.length_ft[row] == 20 and stock.length_ft[below] != 20
        broken += bool(below >= 0 and not stock.empty[row] and stock.empty[below])
        broken += bool(np.isfinite(stock.setpoint_c[row]) and not slots.reefer[ground])
        if stock.imdg[row]:
            (group,) = segregation.groups_of(stock.imdg[[row]])
            near = np.hypot(*(slots.centre_yard_m[stock.ground[held]] - slots.centre_yard_m[ground]).T)
            apart = np.array(segregation.APART_M)[segregation.CODES[group, groups]]
            broken += bool((near[held != row] < apart[held != row]).any())
    return broken


def _sampled(loop: Callable[[np.ndarray], object], size: int) -> tuple[Callable[[], object], float]:
    """Give the loop over a sample, and by what its time is to be multiplied."""
    whole = size if size < SAMPLE else SAMPLE
    return lambda: loop(np.linspace(0, min(size, 20_000) - 1, whole).astype(int)), size / whole


def _scaled(row: Row, times: float, note: str) -> Row:
    told = f"the loop's time is that of a sample times {times:,.0f}; {note}"
    return replace(
        row, peer_ms=row.peer_ms * times, ratio=row.ratio * times, spread=row.spread * times, note=told
    )  # fmt: skip


def _times_ms(calls: list[Callable[[], object]]) -> list[float]:
    """Give the processor time of each call [ms]: what else the machine does is not in it."""
    took = []
    for call in calls:
        start = time.process_time()
        call()
        took.append(1e3 * (time.process_time() - start))
    return took


def _p95(times_ms: list[float]) -> float:
    return float(np.percentile(times_ms, 95))
