"""Lifts and sets: what a closing or opening spreader, and the camera on it, say of the boxes."""

import math
from dataclasses import replace

import numpy as np

from twin import hindsight, joining, pairs, reach
from twin.desk import Desk
from twin.errors import StockError
from twin.fleet.table import UNHEARD
from twin.fleet.tracking import Locks
from twin.inputs import BoxRead
from twin.reach import Spot
from twin.stacking.suggestion import OrderStatus
from twin.stock import moves
from twin.stock.table import Place

HEIGHT_M = 0.6
"""Hoist and stack may differ by this much before it is worth a word: two high-cube steps [m]."""
DECK_M = 0.9
"""A box set this close above a vehicle's deck was set on it [m]."""
_DECKS_M = reach.CARGO_Z_M[reach.CARGO_Z_M > 0]
UNKNOWN = -1
"""Carrier of a box that was set on some vehicle, or taken by some crane, out of radio."""


def take_lock(desk: Desk, locks: Locks, index: int) -> None:
    """Let one turn of twistlocks lift or set a box."""
    row = int(locks.row[index])
    spot = Spot(
        int(locks.t_ns[index]), row, desk.name(row), float(locks.x_m[index]), float(locks.y_m[index]),
        float(locks.hoist_m[index]), int(locks.length_ft[index]),
    )  # fmt: skip
    if not math.isfinite(spot.x_m + spot.y_m):
        kept = hindsight.is_kept(desk, spot.t_ns)
        why = "while its position was not known" if kept else "before the crane's position was known"
        desk.doubt(spot.t_ns, spot.device, f"spreader moved {why}")
    elif locks.locked[index]:
        _close(desk, spot)
    else:
        _open(desk, spot)


def under_words(device: str) -> str:
    """Give the words for a box that hangs from a crane's spreader, as the list of discrepancies has it."""
    return f"under {device}"


def _close(desk: Desk, spot: Spot) -> None:
    held = pairs.held(desk, "load", spot.row)
    if held:
        what = f"closed on a second box while holding {_named(desk, held)}"
        desk.doubt(spot.t_ns, spot.device, what, box=desk.number(held[0]))
        return
    kept = hindsight.is_kept(desk, spot.t_ns)
    # Vehicles have moved since: whose box it was then, the camera's read tells.
    vehicle = -1 if kept else reach.vehicle_under(desk.fleet, desk.tracks, spot, loaded=True)
    if vehicle >= 0:
        boxes = pairs.taken_off(desk, spot, vehicle)
        desk.served.add(vehicle)
        hold(desk, spot.row, boxes)
        if len(boxes) == 1:
            _look_at_length(desk, spot, boxes[0], f"on {desk.name(vehicle)}")
        return
    ground = reach.ground_under(desk.yard, desk.slots, desk.fleet, spot, spot.length_ft)
    box = moves.top_box(desk.stock, desk.slots, ground) if ground >= 0 else -1
    if box >= 0:
        boxes = _under(desk, spot, ground, box)
        _lift(desk, spot, tuple(one for one in boxes if not (kept and _gone_by(desk, spot, ground, one))))
    elif not reach.over_water(desk.yard, spot) and not _unheard_cargo(desk, spot):
        where = _place_text(desk, spot, ground)
        desk.doubt(
            spot.t_ns, spot.device, f"closed at {where} where no box is known",
            expected=joining.CLOSED_ON_NONE, found=where,
        )  # fmt: skip


def _named(desk: Desk, boxes: tuple[int, ...]) -> str:
    return " + ".join(map(desk.number, boxes))


def _look_at_length(desk: Desk, spot: Spot, box: int, where: str) -> None:
    """Note a spreader that is out for 40 ft on one box of 20 ft: what it holds is something else, or more."""
    if spot.length_ft > 20 and desk.stock.length_ft[box] == 20:
        number = desk.number(box)
        desk.doubt(
            spot.t_ns, spot.device, f"closed at {spot.length_ft} ft on {number} of 20 ft alone",
            box=number, expected=where, found=under_words(spot.device),
        )  # fmt: skip


def _under(desk: Desk, spot: Spot, ground: int, box: int) -> tuple[int, ...]:
    """Give the boxes that a spreader closed on: the topmost of a stack, or of two stacks two of 20 ft.

    Two are told as they hang, the one behind first; they have their tops at one height.
    """
    if desk.stock.length_ft[box] != 20 or not reach.spans_two(desk.slots, spot, ground):
        return (box,)
    beside = moves.top_box(desk.stock, desk.slots, int(desk.slots.next[ground]))
    short = [one for one in (box, beside) if one >= 0 and desk.stock.length_ft[one] == 20]
    if len(short) < 2 or abs(_top_m(desk, box) - _top_m(desk, beside)) > HEIGHT_M:
        box = min(short, key=lambda one: abs(_top_m(desk, one) - spot.hoist_m))
        _look_at_length(desk, spot, box, str(desk.address(box)))
        return (box,)
    way = pairs.way_rad(desk, "load", spot.row)
    return pairs.turned((box, beside), float(desk.slots.heading_rad[ground]), way)


def _top_m(desk: Desk, box: int) -> float:
    return float(desk.stock.bottom_m[box] + desk.stock.height_m[box])


def _place_text(desk: Desk, spot: Spot, ground: int) -> str:
    """Name the slot over a ground slot, or the point under a spreader where there is none."""
    if ground < 0:
        return f"({spot.x_m:.2f}, {spot.y_m:.2f})"
    return str(desk.top_slot(ground, 20 if spot.length_ft == 20 else 40))


def _gone_by(desk: Desk, spot: Spot, ground: int, box: int) -> bool:
    """Note a lift of minutes ago, told only now, where the stack is not any more as it was then."""
    why = hindsight.against(desk, spot, moves.places_of(desk.stock, desk.slots, box), spot.hoist_m)
    if not why:
        return False
    number, where = desk.number(box), _place_text(desk, spot, ground)
    desk.doubt(
        spot.t_ns, spot.device, f"lifted at {where} out of radio, {why}",
        box=number, expected=str(desk.address(box)), found=under_words(spot.device),
    )  # fmt: skip
    return True


def _unheard_cargo(desk: Desk, spot: Spot) -> bool:
    """Tell whether a loaded vehicle out of radio may stand here: the camera's read will tell."""
    on_unknown = (desk.stock.place == Place.CARRIED) & (desk.stock.carrier == UNKNOWN)
    find = reach.any_near if hindsight.is_kept(desk, spot.t_ns) else reach.unheard_near
    near = find(desk.fleet, desk.tracks, spot, loaded=True, within_m=reach.UNHEARD_M)
    return near >= 0 or bool(on_unknown.any())


def _lift(desk: Desk, spot: Spot, boxes: tuple[int, ...]) -> None:
    lifted = tuple(box for box in boxes if _is_lifted(desk, spot, box))
    pairs.hold(desk, "load", spot.row, lifted)
    if lifted:
        desk.count("lifted", len(lifted))


def _is_lifted(desk: Desk, spot: Spot, box: int) -> bool:
    number, slot = desk.number(box), str(desk.address(box))
    top_m = _top_m(desk, box)
    if abs(top_m - spot.hoist_m) > HEIGHT_M:
        desk.doubt(
            spot.t_ns, spot.device,
            f"lifted {number} at {spot.hoist_m:.2f} m, expected its top at {top_m:.2f} m",
            box=number, expected=slot, found=f"{spot.hoist_m:.2f} m high",
        )  # fmt: skip
    try:
        desk.stock = moves.lift(desk.stock, desk.slots, box, spot.row)
    except StockError as error:
        desk.doubt(
            spot.t_ns, spot.device, str(error), box=number, expected=slot, found=under_words(spot.device)
        )
        return False
    return True


def hold(desk: Desk, crane: int, boxes: tuple[int, ...]) -> None:
    """Hang boxes that stood in no stack under a crane, the one behind first."""
    for box in boxes:
        if desk.stock.place[box] == Place.ANNOUNCED:
            desk.count("boxes_in")
        _carry(desk, box, crane)
    pairs.hold(desk, "load", crane, boxes)
    desk.count("lifted", len(boxes))


def _carry(desk: Desk, box: int, machine: int) -> None:
    desk.stock = moves.carry(desk.stock, np.array([box], np.int32), np.array([machine], np.int32))


def _open(desk: Desk, spot: Spot) -> None:
    boxes = pairs.held(desk, "load", spot.row)
    if not boxes:
        ground = reach.ground_under(desk.yard, desk.slots, desk.fleet, spot, spot.length_ft)
        where = _place_text(desk, spot, ground)
        if not _is_unlisted_set(desk, spot, where):
            desk.doubt(spot.t_ns, spot.device, "set down a box that was never identified", found=where)
        return
    pairs.hold(desk, "load", spot.row, ())
    low_m = spot.hoist_m - float(desk.stock.height_m[list(boxes)].max())
    kept = hindsight.is_kept(desk, spot.t_ns)
    vehicle = -1 if kept else _vehicle_for(desk, spot, boxes)
    if vehicle >= 0 and low_m < _deck_m(desk, vehicle) + DECK_M:
        _put_on(desk, spot, boxes, vehicle)
    elif reach.over_water(desk.yard, spot):
        _leave(desk, boxes)
    elif _beside_slots(desk, spot) and (_unknown_taker(desk, spot, low_m) if kept else _unheard_taker(desk)):
        _put_on(desk, spot, boxes, UNKNOWN)
        if kept:
            _leave(desk, tuple(box for box in boxes if hindsight.left_since(desk, desk.number(box), spot)))
    else:
        boxes = _stack(desk, spot, boxes)
    if boxes:
        desk.count("moves", len(boxes))


def _is_unlisted_set(desk: Desk, spot: Spot, where: str) -> bool:
    """Note where a box was set that this spreader's camera read and no list has; False where it read none."""
    read = desk.last_doubt(spot.device)
    if read is None or read.settled is not None or read.found != under_words(spot.device):
        return False
    if not read.box or desk.box(read.box) >= 0:
        return False
    desk.tell_anew(replace(read, found=where))
    return True


def _leave(desk: Desk, boxes: tuple[int, ...]) -> None:
    if boxes:
        desk.stock = moves.leave(desk.stock, np.array(boxes, np.int32))
        desk.count("boxes_out", len(boxes))


def _unheard_taker(desk: Desk) -> bool:
    return reach.any_unheard(desk.fleet, desk.tracks)


def _unknown_taker(desk: Desk, spot: Spot, low_m: float) -> bool:
    """Tell whether some vehicle may have taken a box minutes ago, wherever it is by now.

    A free one is near by or out of radio, or the box was set as high as a deck is.
    """
    near = reach.any_near(desk.fleet, desk.tracks, spot, loaded=False, within_m=reach.UNHEARD_M)
    return near >= 0 or _unheard_taker(desk) or bool((np.abs(low_m - _DECKS_M) < DECK_M).any())


def _deck_m(desk: Desk, vehicle: int) -> float:
    return float(reach.CARGO_Z_M[desk.fleet.kind[vehicle]])


def _vehicle_for(desk: Desk, spot: Spot, boxes: tuple[int, ...]) -> int:
    """Give the free vehicle under the spreader, or one out of radio that may well be it; -1 none.

    One that carries a box of 20 ft is free for another.
    """
    vehicle = reach.vehicle_under(desk.fleet, desk.tracks, spot, loaded=False)
    if vehicle < 0 and len(boxes) == 1 and desk.stock.length_ft[boxes[0]] == 20:
        short = desk.stock.length_ft[desk.tracks.cargo] == 20
        vehicle = reach.vehicle_with_room(desk.fleet, desk.tracks, spot, short)
    if vehicle >= 0:
        desk.served.add(vehicle)
    if vehicle >= 0 or not _beside_slots(desk, spot):
        return vehicle
    return reach.unheard_near(desk.fleet, desk.tracks, spot, loaded=False, within_m=reach.UNHEARD_SET_M)


def _beside_slots(desk: Desk, spot: Spot) -> bool:
    return reach.ground_under(desk.yard, desk.slots, desk.fleet, spot, 20) < 0


def _put_on(desk: Desk, spot: Spot, boxes: tuple[int, ...], vehicle: int) -> None:
    """Put boxes on a vehicle; UNKNOWN until a gate or a camera tells which, where it is out of radio."""
    if vehicle != UNKNOWN:
        pairs.put_on(desk, spot, vehicle, boxes)
    for box in boxes:
        _carry(desk, box, vehicle)
        fulfil(desk, "pick_ups", box)


def put_on_unknown(desk: Desk, box: int) -> None:
    """Note that some machine out of radio has a box."""
    _carry(desk, box, UNKNOWN)


def is_on_unknown(desk: Desk, box: int) -> bool:
    """Tell whether some machine out of radio has a box."""
    return bool(desk.stock.place[box] == Place.CARRIED and desk.stock.carrier[box] == UNKNOWN)


def _stack(desk: Desk, spot: Spot, boxes: tuple[int, ...]) -> tuple[int, ...]:
    """Set boxes into slots, two of 20 ft into two; give those that could be."""
    length_ft = 40 if len(boxes) > 1 else int(desk.stock.length_ft[boxes[0]])
    ground = reach.ground_under(desk.yard, desk.slots, desk.fleet, spot, length_ft)
    if ground < 0:
        where = _place_text(desk, spot, ground)
        for number in map(desk.number, boxes):
            what = f"set {number} at {where} where there is no slot"
            desk.doubt(spot.t_ns, spot.device, what, box=number, found=where)
        return ()
    way = pairs.way_rad(desk, "load", spot.row)
    boxes = pairs.turned(boxes, way, float(desk.slots.heading_rad[ground]))
    grounds = (ground, int(desk.slots.next[ground]))
    return tuple(box for box, under in zip(boxes, grounds, strict=False) if _is_set(desk, spot, box, under))


def _is_set(desk: Desk, spot: Spot, box: int, ground: int) -> bool:
    number, length_ft = desk.number(box), int(desk.stock.length_ft[box])
    slot = desk.top_slot(ground, length_ft)
    if hindsight.is_kept(desk, spot.t_ns):
        places = (ground,) if length_ft == 20 else (ground, int(desk.slots.next[ground]))
        low_m = spot.hoist_m - float(desk.stock.height_m[box])
        if why := hindsight.against(desk, spot, places, low_m):
            what = f"set {number} at {slot} out of radio, {why}"
            desk.doubt(spot.t_ns, spot.device, what, box=number, found=str(slot))
            return False
    try:
        desk.stock = moves.stack(
            desk.stock, desk.slots, np.array([box], np.int32), np.array([ground], np.int32)
        )
    except StockError as error:
        desk.doubt(spot.t_ns, spot.device, str(error), box=number, found=str(slot))
        return False
    top_m = _top_m(desk, box)
    if abs(top_m - spot.hoist_m) > HEIGHT_M:
        desk.doubt(
            spot.t_ns, spot.device,
            f"set {number} at {spot.hoist_m:.2f} m, expected its top at {top_m:.2f} m",
            box=number, expected=str(slot), found=f"{spot.hoist_m:.2f} m high",
        )  # fmt: skip
    _compare_with_order(desk, spot, box)
    fulfil(desk, "arrivals", box)
    return True


def _compare_with_order(desk: Desk, spot: Spot, box: int) -> None:
    """Note a box that was set in another stack than the work order under way for it says."""
    number = desk.number(box)
    open_ones = (OrderStatus.SENT, OrderStatus.STARTED)
    order = next((one for one in desk.orders if one.status in open_ones and one.move.number == number), None)
    if order is None:
        return
    slot, target = desk.address(box), order.move.target
    if (slot.block, slot.bay, slot.row) != (target.block, target.bay, target.row):
        desk.doubt(
            spot.t_ns, spot.device, f"set {number} at {slot}, expected {target} by order {order.id}",
            box=number, expected=str(target), found=str(slot),
        )  # fmt: skip


def fulfil(desk: Desk, column: str, box: int) -> None:
    """Drop the arrival or the pick-up that a move fulfilled."""
    number = desk.number(box)
    expected = getattr(desk, column)
    if any(item.number == number for item in expected):
        setattr(desk, column, tuple(item for item in expected if item.number != number))


def confirm(desk: Desk, read: BoxRead) -> None:
    """Hold a camera's read against the box that its spreader is believed to hold."""
    row, box = desk.machine(read.device), desk.box(read.number)
    if row < 0 or not desk.tracks.locked[row]:
        return
    held = pairs.held(desk, "load", row)
    under = under_words(read.device)
    if box < 0:
        other = desk.number(held[0]) if held else ""
        desk.doubt(
            read.t_ns, read.device, f"read {read.number}, which is on no list", box=read.number, other=other,
            expected=other, found=under,
        )  # fmt: skip
    elif box in held:
        return
    elif held:
        other = desk.number(held[0])
        desk.doubt(
            read.t_ns, read.device, f"read {read.number}, expected {_named(desk, held)} by its position",
            box=read.number, other=other, expected=other, found=under,
        )  # fmt: skip
    elif desk.stock.place[box] == Place.ANNOUNCED or is_on_unknown(desk, box):
        hold(desk, row, (box,))
        hindsight.missed_by_a_gate(desk, read)
    elif (vehicle := _unheard_carrier(desk, box, read.t_ns)) >= 0 or (
        vehicle := joining.lifted_aside(desk, read, box, under)
    ) >= 0:
        pairs.without(desk, "cargo", vehicle, box)
        hold(desk, row, (box,))
    else:
        place = Place(int(desk.stock.place[box]))
        listed = str(desk.address(box)) if place is Place.STACKED else place.name.lower()
        desk.doubt(
            read.t_ns, read.device, f"read {read.number}, which should be {place.name.lower()} elsewhere",
            box=read.number, expected=listed, found=under,
        )  # fmt: skip


def _unheard_carrier(desk: Desk, box: int, t_ns: int) -> int:
    """Give the vehicle that carries a box, if it was not heard for a while; else -1.

    Of a read of minutes ago it does not count whether it is heard now.
    """
    carrying = [row for row in pairs.carrying(desk, "cargo", box) if desk.fleet.present[row]]
    if not hindsight.is_kept(desk, t_ns):
        carrying = [row for row in carrying if desk.tracks.freshness[row] in UNHEARD]
    return carrying[0] if carrying else -1
