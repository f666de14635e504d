"""Stock events: what a closing or opening spreader, a gate and a list say of the boxes.

Nothing is corrected in silence: what cannot be is a :class:`Discrepancy` for a person to settle,
and the box keeps a place, so that boxes in = boxes out + boxes standing.
"""

import math
from collections.abc import Iterable
from dataclasses import dataclass, field, replace

import numpy as np

from twin import reach, weather
from twin.errors import StockError
from twin.fleet import roster
from twin.fleet.table import UNHEARD, Fleet, Tracks
from twin.fleet.tracking import Locks
from twin.inputs import (
    BoxAnnouncement,
    BoxRead,
    Event,
    GateEvent,
    GateRead,
    MachineNotice,
    OrderReport,
    PickUpAnnouncement,
    WindReading,
)
from twin.reach import Spot
from twin.stacking.suggestion import OrderStatus, WorkOrder
from twin.state import Arrival, Counts, Discrepancy, PickUp, State, Weather
from twin.stock import iso6346, moves
from twin.stock.table import BoxNotice, Place, Stock
from twin.yard.model import Yard
from twin.yard.slots import Slots

HEIGHT_M = 0.6
"""Hoist and stack may differ by this much before it is worth a word: two high-cube steps [m]."""
DECK_M = 0.9
"""A box set this close above a vehicle's deck was set on it [m]."""
KEPT_DISCREPANCIES = 200
UNKNOWN = -1
"""Carrier of a box that was set on some vehicle out of radio."""
_ORDER_STATES = {"started": OrderStatus.STARTED, "done": OrderStatus.DONE, "refused": OrderStatus.FAILED}


@dataclass(slots=True)
class Desk:
    """The tables that a tick's events change, while they change."""

    yard: Yard
    slots: Slots
    stock: Stock
    fleet: Fleet
    tracks: Tracks
    counts: Counts
    weather: Weather
    pick_ups: tuple[PickUp, ...]
    arrivals: tuple[Arrival, ...]
    orders: tuple[WorkOrder, ...]
    discrepancies: tuple[Discrepancy, ...]
    added: dict[str, int] = field(default_factory=dict)

    @classmethod
    def of(cls, state: State) -> "Desk":
        """Lay out the tables of a state."""
        return cls(
            state.yard, state.slots, state.stock, state.fleet, state.tracks, state.counts, state.weather,
            state.pick_ups, state.arrivals, state.orders, state.discrepancies,
        )  # fmt: skip

    def doubt(self, t_ns: int, device: str, what: str) -> None:
        """Note something that cannot be, for a person to settle."""
        self.discrepancies = (*self.discrepancies, Discrepancy(t_ns, device, what))[-KEPT_DISCREPANCIES:]

    def count(self, name: str, n: int = 1) -> None:
        """Count something that happened."""
        self.added[name] = self.added.get(name, 0) + n

    def holds(self, column: str, row: int, box: int) -> None:
        """Put a box (or -1) into the ``load`` or ``cargo`` of a machine."""
        columns = self.tracks.editable(column)
        columns[column][row] = box
        self.tracks = self.tracks.with_columns(**columns)

    def machine(self, name: str) -> int:
        """Give the fleet row of a machine, -1 where it never said that it exists."""
        return int(roster.row_of(self.fleet, [name])[0])

    def box(self, number: str) -> int:
        """Give the stock row of a number, -1 where it is not known."""
        return int(moves.rows_of(self.stock, [number])[0])


def take_events(desk: Desk, events: Iterable[Event], locks: Locks) -> None:
    """Let a tick's events and lock transitions act on the desk's tables, in order of time.

    A closing lock comes before a camera's read of the same instant: the read confirms or corrects.
    """
    timed: list[tuple[int, int, Event | int]] = [(int(t), 0, i) for i, t in enumerate(locks.t_ns)]
    timed += [(event.t_ns, -1 if isinstance(event, MachineNotice) else 1, event) for event in events]
    for _, _, what in sorted(timed, key=lambda item: item[:2]):
        if isinstance(what, int):
            _take_lock(desk, locks, what)
        else:
            _take_event(desk, what)


def _take_event(desk: Desk, event: Event) -> None:
    match event:
        case GateRead():
            _pass_gate(desk, event)
        case BoxRead():
            _confirm(desk, event)
        case MachineNotice():
            pass  # enlisted before any fix is looked at
        case BoxAnnouncement():
            _announce(desk, event.t_ns, event.device, event.box)
        case PickUpAnnouncement():
            _expect(desk, event)
        case WindReading():
            desk.weather = weather.read(desk.weather, event)
        case OrderReport():
            _report(desk, event)


# --- spreaders -------------------------------------------------------------------------------


def _take_lock(desk: Desk, locks: Locks, index: int) -> None:
    row = int(locks.row[index])
    spot = Spot(
        int(locks.t_ns[index]), row, _name(desk, row), float(locks.x_m[index]), float(locks.y_m[index]),
        float(locks.hoist_m[index]), int(locks.length_ft[index]),
    )  # fmt: skip
    if not math.isfinite(spot.x_m + spot.y_m):
        desk.doubt(spot.t_ns, spot.device, "spreader moved before the crane's position was known")
    elif locks.locked[index]:
        _close(desk, spot)
    else:
        _open(desk, spot)


def _close(desk: Desk, spot: Spot) -> None:
    if desk.tracks.load[spot.row] >= 0:
        desk.doubt(spot.t_ns, spot.device, f"closed on a second box while holding {_held(desk, spot.row)}")
        return
    vehicle = reach.vehicle_under(desk.fleet, desk.tracks, spot, loaded=True)
    if vehicle >= 0:
        box = int(desk.tracks.cargo[vehicle])
        desk.holds("cargo", vehicle, -1)
        _hold(desk, spot.row, box)
        return
    ground = reach.ground_under(desk.yard, desk.slots, desk.fleet, spot, spot.length_ft)
    box = moves.top_box(desk.stock, desk.slots, ground) if ground >= 0 else -1
    if box >= 0:
        _lift(desk, spot, box)
    elif not reach.over_water(desk.yard, spot) and not _unheard_cargo(desk, spot):
        desk.doubt(
            spot.t_ns, spot.device, f"closed at ({spot.x_m:.2f}, {spot.y_m:.2f}) where no box is known"
        )


def _unheard_cargo(desk: Desk, spot: Spot) -> bool:
    """Tell whether a loaded vehicle out of radio may stand here: the camera's read will tell."""
    on_unknown = (desk.stock.place == Place.CARRIED) & (desk.stock.carrier == UNKNOWN)
    near = reach.unheard_near(desk.fleet, desk.tracks, spot, loaded=True, within_m=reach.UNHEARD_M)
    return near >= 0 or bool(on_unknown.any())


def _lift(desk: Desk, spot: Spot, box: int) -> None:
    top_m = float(desk.stock.bottom_m[box] + desk.stock.height_m[box])
    if abs(top_m - spot.hoist_m) > HEIGHT_M:
        desk.doubt(
            spot.t_ns, spot.device,
            f"lifted {_number(desk, box)} at {spot.hoist_m:.2f} m, expected its top at {top_m:.2f} m",
        )  # fmt: skip
    try:
        desk.stock = moves.lift(desk.stock, desk.slots, box, spot.row)
    except StockError as error:
        desk.doubt(spot.t_ns, spot.device, str(error))
        return
    desk.holds("load", spot.row, box)
    desk.count("lifted")


def _hold(desk: Desk, crane: int, box: int) -> None:
    if desk.stock.place[box] == Place.ANNOUNCED:
        desk.count("boxes_in")
    desk.stock = moves.carry(desk.stock, np.array([box], np.int32), np.array([crane], np.int32))
    desk.holds("load", crane, box)
    desk.count("lifted")


def _open(desk: Desk, spot: Spot) -> None:
    box = int(desk.tracks.load[spot.row])
    if box < 0:
        desk.doubt(spot.t_ns, spot.device, "set down a box that was never identified")
        return
    desk.holds("load", spot.row, -1)
    low_m = spot.hoist_m - float(desk.stock.height_m[box])
    vehicle = _vehicle_for(desk, spot)
    if vehicle >= 0 and low_m < _deck_m(desk, vehicle) + DECK_M:
        _put_on(desk, box, vehicle)
    elif reach.over_water(desk.yard, spot):
        desk.stock = moves.leave(desk.stock, np.array([box], np.int32))
        desk.count("boxes_out")
    elif _beside_slots(desk, spot) and reach.any_unheard(desk.fleet, desk.tracks):
        _put_on(desk, box, UNKNOWN)
    elif not _stack(desk, spot, box):
        return
    desk.count("moves")


def _vehicle_for(desk: Desk, spot: Spot) -> int:
    """Give the free vehicle under the spreader, or one out of radio that may well be it; -1 none."""
    vehicle = reach.vehicle_under(desk.fleet, desk.tracks, spot, loaded=False)
    if vehicle >= 0 or not _beside_slots(desk, spot):
        return vehicle
    return reach.unheard_near(desk.fleet, desk.tracks, spot, loaded=False, within_m=reach.UNHEARD_SET_M)


def _beside_slots(desk: Desk, spot: Spot) -> bool:
    return reach.ground_under(desk.yard, desk.slots, desk.fleet, spot, 20) < 0


def _put_on(desk: Desk, box: int, vehicle: int) -> None:
    """Put a box on a vehicle; UNKNOWN until a gate or a camera tells which, where it is out of radio."""
    desk.stock = moves.carry(desk.stock, np.array([box], np.int32), np.array([vehicle], np.int32))
    if vehicle != UNKNOWN:
        desk.holds("cargo", vehicle, box)
    _fulfil(desk, "pick_ups", box)


def _is_on_unknown(desk: Desk, box: int) -> bool:
    return bool(desk.stock.place[box] == Place.CARRIED and desk.stock.carrier[box] == UNKNOWN)


def _stack(desk: Desk, spot: Spot, box: int) -> bool:
    ground = reach.ground_under(desk.yard, desk.slots, desk.fleet, spot, int(desk.stock.length_ft[box]))
    if ground < 0:
        desk.doubt(
            spot.t_ns, spot.device,
            f"set {_number(desk, box)} at ({spot.x_m:.2f}, {spot.y_m:.2f}) where there is no slot",
        )  # fmt: skip
        return False
    try:
        desk.stock = moves.stack(
            desk.stock, desk.slots, np.array([box], np.int32), np.array([ground], np.int32)
        )
    except StockError as error:
        desk.doubt(spot.t_ns, spot.device, str(error))
        return False
    _fulfil(desk, "arrivals", box)
    return True


def _fulfil(desk: Desk, column: str, box: int) -> None:
    """Drop the arrival or the pick-up that a move fulfilled."""
    number = _number(desk, box)
    expected = getattr(desk, column)
    if any(item.number == number for item in expected):
        setattr(desk, column, tuple(item for item in expected if item.number != number))


def _confirm(desk: Desk, read: BoxRead) -> None:
    row, box = desk.machine(read.device), desk.box(read.number)
    if row < 0 or not desk.tracks.locked[row]:
        return
    held = int(desk.tracks.load[row])
    if box < 0:
        desk.doubt(read.t_ns, read.device, f"read {read.number}, which is on no list")
    elif held == box:
        return
    elif held >= 0:
        desk.doubt(
            read.t_ns, read.device, f"read {read.number}, expected {_number(desk, held)} by its position"
        )
    elif desk.stock.place[box] == Place.ANNOUNCED or _is_on_unknown(desk, box):
        _hold(desk, row, box)
    elif (vehicle := _unheard_carrier(desk, box)) >= 0:
        desk.holds("cargo", vehicle, -1)
        _hold(desk, row, box)
    else:
        place = Place(int(desk.stock.place[box])).name.lower()
        desk.doubt(read.t_ns, read.device, f"read {read.number}, which should be {place} elsewhere")


def _unheard_carrier(desk: Desk, box: int) -> int:
    """Give the vehicle that carries a box, if it has not been heard for a while; else -1."""
    carrying = np.flatnonzero((desk.tracks.cargo == box) & desk.fleet.present)
    unheard = carrying[np.isin(desk.tracks.freshness[carrying], UNHEARD)]
    return int(unheard[0]) if len(unheard) else -1


# --- gates and lists -------------------------------------------------------------------------


def _pass_gate(desk: Desk, read: GateRead) -> None:
    truck = desk.machine(read.truck)
    if truck < 0:
        desk.doubt(read.t_ns, read.device, f"truck {read.truck} passed, which never sent a position")
        return
    if read.event is GateEvent.IN:
        _bring(desk, read, truck)
        return
    box = int(desk.tracks.cargo[truck])
    seen = desk.box(read.box.number) if read.box else -1
    if box < 0 <= seen and _is_on_unknown(desk, seen):
        box = seen
    if seen != box:
        expected = _number(desk, box) if box >= 0 else "no box"
        found = read.box.number if read.box else "none"
        desk.doubt(read.t_ns, read.device, f"{read.truck} left with {found}, expected {expected}")
    if box >= 0:
        desk.stock = moves.leave(desk.stock, np.array([box], np.int32))
        desk.holds("cargo", truck, -1)
        _fulfil(desk, "arrivals", box)
        desk.count("boxes_out")
    desk.fleet = roster.leave(desk.fleet, np.array([truck], np.int32))


def _bring(desk: Desk, read: GateRead, truck: int) -> None:
    if read.box is None:
        return
    box = desk.box(read.box.number)
    if box >= 0 and desk.stock.place[box] in (Place.STACKED, Place.CARRIED):
        place = Place(int(desk.stock.place[box])).name.lower()
        desk.doubt(
            read.t_ns, read.device, f"{read.truck} brought {read.box.number}, which is {place} already"
        )
        return
    _announce(desk, read.t_ns, read.device, read.box)
    box = desk.box(read.box.number)
    if box < 0:
        return
    desk.stock = moves.carry(desk.stock, np.array([box], np.int32), np.array([truck], np.int32))
    desk.holds("cargo", truck, box)
    desk.count("boxes_in")
    desk.arrivals = (*desk.arrivals, Arrival(read.box.number, read.truck, read.t_ns))


def _announce(desk: Desk, t_ns: int, device: str, box: BoxNotice) -> None:
    if not bool(iso6346.valid(np.array([box.number.encode("ascii", "replace")]))[0]):
        desk.doubt(t_ns, device, f"box {box.number}: its check digit does not fit (ISO 6346)")
    try:
        desk.stock = moves.announce(desk.stock, (box,))
    except StockError as error:
        desk.doubt(t_ns, device, str(error))


def _expect(desk: Desk, event: PickUpAnnouncement) -> None:
    box = desk.box(event.number)
    if box < 0 or desk.stock.place[box] != Place.STACKED:
        desk.doubt(event.t_ns, event.device, f"a truck is announced for {event.number}, which stands nowhere")
        return
    others = tuple(pick_up for pick_up in desk.pick_ups if pick_up.number != event.number)
    desk.pick_ups = (*others, PickUp(event.number, event.arrives_ns))


def _report(desk: Desk, event: OrderReport) -> None:
    status = _ORDER_STATES.get(event.state)
    if status is None:
        desk.doubt(
            event.t_ns, event.device, f"order {event.order}: expected a known state, found {event.state!r}"
        )
        return
    desk.orders = tuple(
        _reported(order, status, event) if order.id == event.order else order for order in desk.orders
    )


def _reported(order: WorkOrder, status: OrderStatus, event: OrderReport) -> WorkOrder:
    started_ns = event.t_ns if status is OrderStatus.STARTED else order.started_ns
    done_ns = event.t_ns if status is OrderStatus.DONE else order.done_ns
    return replace(order, status=status, reason=event.reason, started_ns=started_ns, done_ns=done_ns)


def _name(desk: Desk, row: int) -> str:
    return bytes(desk.fleet.name[row]).decode("ascii", "replace")


def _number(desk: Desk, box: int) -> str:
    return bytes(desk.stock.number[box]).decode("ascii", "replace")


def _held(desk: Desk, row: int) -> str:
    return _number(desk, int(desk.tracks.load[row]))


def _deck_m(desk: Desk, vehicle: int) -> float:
    return float(reach.CARGO_Z_M[desk.fleet.kind[vehicle]])
