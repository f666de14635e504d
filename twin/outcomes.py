"""Whether suggestions kept their promises: each box that one moved is watched until it leaves its slot."""

from dataclasses import replace

import numpy as np

from twin.clock import NS_PER_S
from twin.errors import YardError
from twin.fleet.kinds import KIND_NAMES, KINDS
from twin.fleet.table import Fleet
from twin.stacking.suggestion import OrderStatus, Outcome, Suggestion, WorkOrder
from twin.stock import moves
from twin.stock.table import Place, Stock
from twin.yard.model import Yard
from twin.yard.slots import Slots, ground_slot

KEPT = 500
"""How many outcomes are kept, the newest."""
_CARRIES = np.array([KINDS[name].cargo_m != (0.0, 0.0) for name in KIND_NAMES])
"""Kinds that drive a box away, as against those that lift it."""

Outcomes = tuple[Outcome, ...]


def promised(outcomes: Outcomes, suggestion: Suggestion) -> Outcomes:
    """Open an outcome for each box that an accepted suggestion makes a promise of."""
    targets = {move.number: move.target for move in suggestion.moves}
    new = tuple(
        Outcome(
            suggestion.id, suggestion.kind, suggestion.subject, promise.number, promise.relocated,
            targets[promise.number], promised_s=suggestion.crane_s,
        )
        for promise in suggestion.promises
        if promise.number in targets
    )  # fmt: skip
    return (*outcomes, *new)[-KEPT:]


def timed(outcomes: Outcomes, orders: tuple[WorkOrder, ...]) -> Outcomes:
    """Note the crane time of suggestions all of whose orders are done."""
    waiting = {one.suggestion for one in outcomes if one.took_s is None}
    took_s: dict[int, float] = {}
    for suggestion in waiting:
        own = [order for order in orders if order.suggestion == suggestion]
        if own and all(order.status is OrderStatus.DONE and order.started_ns for order in own):
            took_s[suggestion] = sum(order.done_ns - order.started_ns for order in own) / NS_PER_S
    if not took_s:
        return outcomes
    return tuple(
        replace(one, took_s=took_s[one.suggestion]) if one.suggestion in took_s else one for one in outcomes
    )


def watched(
    outcomes: Outcomes, before: Stock, stock: Stock, fleet: Fleet, yard: Yard, slots: Slots
) -> Outcomes:
    """Note what became of the boxes that a change of the stock moved.

    A box that was put where it was to be and is then set into another slot was relocated; one that a
    vehicle drives off, or that is gone, was not.

    Parameters
    ----------
    before, stock : Stock
        The stock before the tick and now; rows are the same boxes.
    """
    if stock is before or not any(one.happened is None for one in outcomes):
        return outcomes
    known = len(before)
    changed = np.zeros(len(stock), bool)
    for name in ("place", "ground", "tier", "carrier"):
        changed[:known] |= getattr(stock, name)[:known] != getattr(before, name)
    numbers = {bytes(number).decode("ascii", "replace") for number in stock.number[np.flatnonzero(changed)]}
    found = tuple(
        _seen(one, stock, fleet, yard, slots) if one.happened is None and one.number in numbers else one
        for one in outcomes
    )
    return found if found != outcomes else outcomes


def _seen(one: Outcome, stock: Stock, fleet: Fleet, yard: Yard, slots: Slots) -> Outcome:
    row = int(moves.rows_of(stock, [one.number])[0])
    place = Place(int(stock.place[row])) if row >= 0 else Place.GONE
    if place is Place.STACKED:
        there = _is_at(one, stock, row, yard, slots)
        if not one.placed:
            return replace(one, placed=there)
        return one if there else replace(one, happened=1.0)
    gone = place is Place.GONE or _is_driven(stock, row, fleet)
    return replace(one, happened=0.0) if one.placed and gone else one


def _is_driven(stock: Stock, row: int, fleet: Fleet) -> bool:
    carrier = int(stock.carrier[row])
    return 0 <= carrier < len(fleet) and bool(_CARRIES[fleet.kind[carrier]])


def _is_at(one: Outcome, stock: Stock, row: int, yard: Yard, slots: Slots) -> bool:
    try:
        ground = ground_slot(yard, slots, one.target)
    except YardError:
        return False
    return (int(stock.ground[row]), int(stock.tier[row])) == (ground, one.target.tier - 1)
