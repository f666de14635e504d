"""A small yard with a stock of one's own choosing, for tests of stacking."""

import numpy as np

from twin.stock import generate, moves
from twin.stock.table import BoxNotice
from twin.yard.model import Block, BlockKind, Gate, Georeference, Lane, LaneKind, Yard
from twin.yard.slots import SlotAddress, ground_slot, slots_of

T_NS = 1_760_000_000_000_000_000
HOUR_NS = 3_600_000_000_000
FENCE = ((0.0, 0.0), (600.0, 0.0), (600.0, 600.0))
A = Block("A", BlockKind.RTG, (0.0, 0.0), 0.0, 8, 6, 5, reefer_rows=(1,), dangerous_rows=(6,))
B = Block("B", BlockKind.RMG, (0.0, 60.0), 0.0, 8, 6, 4)
E = Block("E", BlockKind.EMPTIES, (100.0, 0.0), 0.0, 6, 4, 6)


def yard_of(*blocks, gate=None):
    lanes = (Lane("in", LaneKind.GATE_IN, (gate, (gate[0] + 1, gate[1]))),) if gate else ()
    gates = (Gate("G", ("in",), (), gate, gate),) if gate else ()
    return Yard("test", Georeference(4490, (121.85, 30.62)), FENCE, blocks, lanes, gates)


def stock_with(yard, *boxes):
    """Stack boxes: (number, type, address or None to leave it announced, hours to departure, more)."""
    slots = slots_of(yard)
    stock = moves.empty_stock(slots)
    for number, code, address, hours, *more in boxes:
        departs_ns = None if hours is None else T_NS + int(hours * HOUR_NS)
        notice = BoxNotice(number, code, 9000.0, departs_ns=departs_ns, **(more[0] if more else {}))
        stock = moves.announce(stock, [notice])
        if address:
            ground = ground_slot(yard, slots, SlotAddress(*address))
            stock = moves.stack(stock, slots, moves.rows_of(stock, [number]), [ground])
    return slots, stock


def busy_yard():
    """Give a yard of three blocks, its slots, and a stock with 40 announced boxes."""
    yard = yard_of(A, B, E, gate=(-20.0, 30.0))
    slots = slots_of(yard)
    stock = generate.fill(yard, slots, 320, 4, T_NS)
    arrivals = generate.notices_for_arrivals(np.random.default_rng(2), 40, T_NS)
    return yard, slots, moves.announce(stock, arrivals)


def names(stock):
    return [number.decode() for number in stock.number]
