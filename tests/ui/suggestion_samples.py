"""A yard at night with suggestions of each kind, legal as it stands: what a controller decides on."""

from __future__ import annotations

from dataclasses import replace

import numpy as np

from tests.ui.samples import sample_state, snapshot_of
from twin.snapshot import Snapshot
from twin.stacking.allocation import suggest
from twin.stacking.suggestion import (
    Move,
    Outcome,
    Promise,
    Saving,
    Suggestion,
    SuggestionKind,
    SuggestionStatus,
    Term,
)
from twin.state import State
from twin.stock import moves, rules
from twin.stock.table import BoxNotice, Place, Stock
from twin.yard.slots import SlotAddress, Slots, slot_address
from ui.judging import request_of

ARRIVING = "MSKU1234565"
DIG_OUT, PLACE, SORT, REFUSED = 21, 22, 23, 24


def saving(relocations: float, minutes: float) -> Saving:
    """Give a saving whose energy and carbon follow from its minutes."""
    kwh = minutes * 2.5
    return Saving(relocations, minutes, kwh, kwh * 0.267, 0.4, "digging out while the truck waits")


def top_rows(stock: Stock, slots: Slots, block: int, height: int) -> list[int]:
    """List the boxes that may be lifted off stacks of that height or more in a block."""
    first, last = int(slots.first[block]), int(slots.first[block + 1])
    rows = [moves.top_box(stock, slots, g) for g in range(first, last) if stock.count[g] >= height]
    long = [row for row in dict.fromkeys(rows) if stock.length_ft[row] != 20]
    return [
        row
        for row in long
        if all(moves.top_box(stock, slots, g) == row for g in moves.places_of(stock, slots, row))
        and not stock.imdg[row]
        and np.isnan(stock.setpoint_c[row])
    ]


def legal_slots(state: State, row: int) -> list[int]:
    """List the ground slots that a box may be put on once it hangs from a crane."""
    lifted = (
        moves.lift(state.stock, state.slots, row, 0)
        if state.stock.place[row] == Place.STACKED
        else state.stock
    )
    return [
        ground
        for ground in range(len(state.slots))
        if not rules.refusal(lifted, state.slots, state.yard, row, ground)
    ]


def move_of(state: State, row: int, ground: int) -> Move:
    """Give the move of a standing box to a slot of another stack."""
    stock, length = state.stock, int(state.stock.length_ft[row])
    source = slot_address(state.yard, state.slots, int(stock.ground[row]), int(stock.tier[row]), length)
    target = slot_address(state.yard, state.slots, ground, int(stock.count[ground]), length)
    return Move(stock.number[row].decode(), length, source, target)


def _relocation(state: State) -> Suggestion:
    row = top_rows(state.stock, state.slots, 0, 3)[0]
    stack = {int(g) for g in moves.places_of(state.stock, state.slots, row)}
    ground = next(
        g for g in legal_slots(state, row) if g not in stack and int(state.slots.next[g]) not in stack
        and abs(int(state.slots.position[g]) - int(state.slots.position[min(stack)])) >= 2
        and state.slots.block[g] == 0
    )  # fmt: skip
    under = int(state.stock.occupant[min(stack), 0])
    terms = (Term("relocations", 1.0, "boxes", 120.0), Term("crane_time", 91.4, "s", 1.0))
    move = move_of(state, row, ground)
    return Suggestion(
        DIG_OUT, SuggestionKind.RELOCATE, state.stock.number[under].decode(), (move,), terms, (), 40,
        lower_bound=1, proven=True, saving=saving(1.4, 5.2), confidence=0.82,
        basis=("the truck announced for 01:25", "departures of 412 of 430 boxes in the block"),
        promises=(Promise(move.number, 0.12),), crane_s=91.4,
    )  # fmt: skip


def _sorting(state: State) -> Suggestion:
    row = top_rows(state.stock, state.slots, 1, 2)[0]
    stack = set(moves.places_of(state.stock, state.slots, row))
    ground = next(
        g for g in legal_slots(state, row)
        if not stack & {g, int(state.slots.next[g])} and state.slots.block[g] == 1
    )  # fmt: skip
    terms = (Term("crane_time", 84.0, "s", 1.0),)
    move = move_of(state, row, ground)
    return Suggestion(
        SORT, SuggestionKind.HOUSEKEEPING, move.number, (move,), terms, (), 40,
        saving=saving(0.6, 1.9), confidence=0.64, conflicts=("RTG-02 is at work in this bay until 01:20",),
        promises=(Promise(move.number, 0.3),), crane_s=84.0,
    )  # fmt: skip


def _placing(state: State) -> Suggestion:
    request = request_of(state, ARRIVING)
    assert request is not None
    found = suggest(request, ARRIVING, 40, PLACE)
    assert found is not None
    return replace(found, saving=saving(0.8, 3.1), confidence=0.71, promises=(Promise(ARRIVING, 0.2),))


def outcomes(count: int = 60) -> tuple[Outcome, ...]:
    """Give what became of suggestions: about as promised, a third of them still standing."""
    rng = np.random.default_rng(3)
    out = []
    for k in range(count):
        promised = float(rng.uniform(0.02, 0.75))
        happened = None if k % 3 == 2 else float(rng.uniform() < promised)
        took = None if k // 2 % 5 == 4 else float((1.1 + 0.02 * (k // 2 % 7)) * (80 + k // 2))
        out.append(
            Outcome(
                k // 2, SuggestionKind.RELOCATE, f"BOX{k}", f"BOX{k}", promised,
                SlotAddress("A01", 2 + 2 * (k % 10), 1 + k % 6, 1),
                happened=happened, promised_s=80.0 + k // 2, took_s=took, placed=took is not None,
            )
        )  # fmt: skip
    return tuple(out)


def controller_state(boxes: int = 900) -> State:
    """Give a state with a suggestion of each kind, one refused, and outcomes."""
    state = sample_state(boxes)
    notice = BoxNotice(ARRIVING, "22G1", 18_400.0, departs_ns=state.t_ns + 20 * 3_600_000_000_000)
    state = state.with_columns(stock=moves.announce(state.stock, [notice]))
    refused = replace(
        _relocation(state), id=REFUSED, status=SuggestionStatus.REFUSED, closed_reason="Truck will come later"
    )
    suggestions = (_sorting(state), _relocation(state), _placing(state), refused)
    return state.with_columns(suggestions=suggestions, outcomes=outcomes())


def controller_snapshot(boxes: int = 900) -> Snapshot:
    """Give what a controller sees of that state."""
    return snapshot_of(controller_state(boxes))
