"""Whether a suggestion is clear of the work in progress and of what safety says of its block."""

from collections.abc import Iterator

import numpy as np

from twin.errors import YardError
from twin.handling import Desk
from twin.safety import alarms as alarm_rules
from twin.safety.table import Alarms, AlarmState, Priority
from twin.stacking.suggestion import OrderStatus, Suggestion, WorkOrder
from twin.yard.model import Yard
from twin.yard.slots import SlotAddress, Slots, ground_slot

BUSY = 3
"""A crane with so many orders before it is worth a word."""


def under_way(orders: tuple[WorkOrder, ...]) -> tuple[WorkOrder, ...]:
    """Give the orders that are sent or started."""
    return tuple(order for order in orders if order.status in (OrderStatus.SENT, OrderStatus.STARTED))


def reserved(yard: Yard, slots: Slots, orders: tuple[WorkOrder, ...]) -> np.ndarray:
    """Tell which ground slots work in progress is bound for, (g,) bool."""
    taken = np.zeros(len(slots), bool)
    for order in under_way(orders):
        taken[list(_grounds(yard, slots, order.move.target, order.move.length_ft))] = True
    return taken


def blocked(desk: Desk, suggestion: Suggestion, closed: tuple[str, ...] = ()) -> str:
    """Tell why work in progress rules a suggestion out; empty where it does not.

    It does where a box of it already has an order, a slot of it is another order's target, or someone closed
    a block that it works in: ``closed`` names what is.
    """
    for move in suggestion.moves:
        for slot in (move.source, move.target):
            if slot is not None and slot.block in closed:
                return f"block {slot.block} was closed"
    others = [order for order in under_way(desk.orders) if order.suggestion != suggestion.id]
    taken = {
        ground: order.move.number
        for order in others
        for ground in _grounds(desk.yard, desk.slots, order.move.target, order.move.length_ft)
    }
    numbers = {order.move.number for order in others}
    for move in suggestion.moves:
        if move.number in numbers:
            return f"{move.number} already has a work order"
        for ground in _grounds(desk.yard, desk.slots, move.target, move.length_ft):
            if ground in taken:
                return f"{move.target} is kept for {taken[ground]}, which is on its way there"
    return ""


def cautions(desk: Desk, alarms: Alarms, suggestion: Suggestion) -> tuple[str, ...]:
    """Give what a person should know before accepting: queues at the crane, alarms that stand there."""
    blocks = {move.target.block for move in suggestion.moves}
    names = {block.name: index for index, block in enumerate(desk.yard.blocks)}
    found: list[str] = []
    for block in sorted(blocks):
        waiting = sum(order.move.target.block == block for order in under_way(desk.orders))
        if waiting >= BUSY:
            found.append(f"{waiting} orders wait for the crane of block {block}")
        found += _alarms_at(desk, alarms, names.get(block, -1))
    return tuple(found)


def _alarms_at(desk: Desk, alarms: Alarms, block: int) -> Iterator[str]:
    """Describe the critical and high alarms that stand for the cranes and stacks of a block."""
    fleet, slots = desk.fleet, desk.slots
    stands = (alarms.state != AlarmState.RETURNED) & (alarms.priority <= Priority.HIGH)
    for row in np.flatnonzero(stands):
        mover, ground = int(alarms.mover[row]), int(alarms.ground[row])
        at_crane = 0 <= mover < len(fleet) and fleet.block[mover] == block
        at_stack = 0 <= ground < len(slots) and slots.block[ground] == block
        if at_crane or at_stack:
            yield alarm_rules.describe(alarms, int(row), fleet, desk.yard, slots, desk.stock)


def _grounds(yard: Yard, slots: Slots, address: SlotAddress, length_ft: int) -> tuple[int, ...]:
    try:
        ground = ground_slot(yard, slots, address)
    except YardError:
        return ()
    second = int(slots.next[ground])
    return (ground,) if length_ft == 20 or second < 0 else (ground, second)
