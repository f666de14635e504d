"""Contacts that are work: a box handed over to a vehicle, set on a stack, lifted from one."""

import numpy as np

from twin.fleet.kinds import KINDS, Joint
from twin.fleet.shapes import IN_FRONT, Boxes
from twin.fleet.table import Fleet
from twin.safety.collision import Rows
from twin.safety.foresight import Contacts
from twin.stock.table import Stock
from twin.tables import Bytes, Flags, Ints
from twin.yard.slots import Slots

SERVICE_MPS = 1.0
"""A crane serves a vehicle while both go slower than this [m/s]."""
SERVICE_ACROSS_M = 1.2
SERVICE_ALONG_M = 8.0
"""A hanging box this close to a trailer's centre line, and along it, is being handed over [m]."""
LANDING_M = 0.35
"""Heights of hoist and stack may differ by this where a box is set on another [m]: a high-cube step."""

_DECKED = np.array([kind.cargo_m[1] > 0 and not kind.trailer_m for kind in KINDS.values()])
"""Kinds that carry on their own body: an AGV, whose deck a box lands on."""
_DECK_M = np.array([kind.cargo_m[1] for kind in KINDS.values()])


def _hanging(boxes: Boxes) -> Flags:
    hanging: Flags = (boxes.joint == Joint.SPREADER) | (boxes.joint == Joint.LOAD)
    return hanging


def in_service(kind: Bytes, boxes: Boxes, i: Rows, j: Rows) -> Flags:
    """Tell which pairs are a hanging box and the vehicle that it is set on or lifted from.

    ``kind`` is that of each machine. What hangs beside a deck, lower than it, is not being set on it; what is
    set on a chassis does not come down as far as the frame before it.
    """
    hanging, towed = _hanging(boxes), (boxes.joint == Joint.TRAILER) | (boxes.joint == Joint.CARGO)
    slow = np.hypot(boxes.vx_mps, boxes.vy_mps) < SERVICE_MPS

    def served(above: Rows, below: Rows) -> Flags:
        out = np.zeros(len(above), np.bool_)
        some = np.flatnonzero(hanging[above])
        above, below = above[some], below[some]
        of = kind[boxes.mover[below]]
        on_deck = (boxes.joint[below] == Joint.BODY) & (_DECKED[of] | (boxes.top_m[below] < _DECK_M[of]))
        on_deck &= boxes.bottom_m[above] > boxes.top_m[below] - LANDING_M
        dx, dy = boxes.x_m[above] - boxes.x_m[below], boxes.y_m[above] - boxes.y_m[below]
        along = np.abs(dx * boxes.cos[below] + dy * boxes.sin[below])
        across = np.abs(dy * boxes.cos[below] - dx * boxes.sin[below])
        near = (along < SERVICE_ALONG_M) & (across < SERVICE_ACROSS_M)
        out[some] = near & (towed[below] | on_deck) & slow[above] & slow[below]
        return out

    return served(i, j) | served(j, i)


def at_stacks(boxes: Boxes) -> Flags:
    """Tell of which boxes some contacts with stacks may be allowed by :func:`with_stacks`, (n,) bool."""
    some: Flags = _hanging(boxes) | (boxes.joint == Joint.BOOM)
    return some


def with_stacks(
    fleet: Fleet, boxes: Boxes, stock: Stock, slots: Slots, found: Contacts, targets: Ints | None
) -> Flags:
    """Tell which contacts with stacks are how boxes are lifted and set.

    A spreader or load may come down on the top of a stack: of the one that the machine's order names,
    where one does; from any other it is lifted, so there it may be where it does not go down. A reach
    stacker's boom reaches over stacks.
    """
    box, ground = found.box, found.ground
    mover = boxes.mover[box]
    landing = _hanging(boxes)[box] & (boxes.bottom_m[box] > stock.top_m[ground] - LANDING_M)
    if targets is not None:
        target = targets[mover]
        named = (target >= 0) & (boxes.joint[box] == Joint.LOAD)
        lifted = (found.stack_time_s == 0) & (boxes.vz_mps[box] >= 0.0)
        landing &= ~named | lifted | (ground == target) | (ground == slots.next[np.maximum(target, 0)])
    over = IN_FRONT[fleet.kind[mover]] & (boxes.joint[box] == Joint.BOOM)
    allowed: Flags = landing | over
    return allowed
