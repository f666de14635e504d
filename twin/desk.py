"""The desk on which a tick's events change tables, and the list of what cannot be."""

from dataclasses import dataclass, field

from twin.fleet import roster
from twin.fleet.table import Fleet, Tracks
from twin.stacking.suggestion import WorkOrder
from twin.state import Arrival, Counts, Discrepancy, PickUp, State, Weather
from twin.stock import moves
from twin.stock.table import Stock
from twin.yard.model import Yard
from twin.yard.slots import SlotAddress, Slots, slot_address

KEPT_SETTLED = 200
"""So many settled discrepancies are remembered; open ones are never forgotten."""
MOST_OPEN = 5_000
"""Beyond so many open ones, further ones are only counted."""


@dataclass(frozen=True, slots=True)
class _Tally:
    """Of a list: how many are open, and the newest number. A list of thousands may come in one tick."""

    of: tuple[Discrepancy, ...]
    still_open: int
    newest: int


def _tallied(listed: tuple[Discrepancy, ...]) -> _Tally:
    still_open = sum(item.settled is None for item in listed)
    return _Tally(listed, still_open, max((item.id for item in listed), default=0))


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
    kept_ns: int = -(2**62)
    """What was measured before it was kept back: see :mod:`twin.hindsight`."""
    _tally: "_Tally" = field(default_factory=lambda: _Tally((), 0, 0))
    served: set[int] = field(default_factory=set)
    """Machines that cranes took a box from, or put one on, where they are shown."""

    @classmethod
    def of(cls, state: State) -> "Desk":
        """Lay out the tables of a state."""
        return cls(
            state.yard, state.slots, state.stock, state.fleet, state.tracks, state.counts, state.weather,
            state.pick_ups, state.arrivals, state.orders, state.discrepancies,
        )  # fmt: skip

    def doubt_once(self, t_ns: int, device: str, what: str) -> None:
        """Note something that cannot be, once until it is settled."""
        told = (device, what)
        if not any(one.settled is None and (one.device, one.what) == told for one in self.discrepancies):
            self.doubt(t_ns, device, what)

    def doubt(
        self,
        t_ns: int,
        device: str,
        what: str,
        *,
        box: str = "",
        other: str = "",
        expected: str = "",
        found: str = "",
    ) -> None:
        """Note something that cannot be, for a person to settle.

        Parameters
        ----------
        what : str
            In words.
        box, other : str
            The box in question, and the one that it may have been taken for.
        expected, found : str
            Where the list has it and where the sensors do: slots in their usual notation, else words.
        """
        tally = self._tally
        if tally.of is not self.discrepancies:
            tally = _tallied(self.discrepancies)
        if tally.still_open >= MOST_OPEN:
            self.count("!doubtful stock event, the list of these is full")
            return
        found_now = Discrepancy(t_ns, device, what, tally.newest + 1, box, other, expected, found)
        self.discrepancies = (*tally.of, found_now)
        self._tally = _Tally(self.discrepancies, tally.still_open + 1, found_now.id)

    def last_doubt(self, device: str) -> Discrepancy | None:
        """Give the newest discrepancy about a device, settled ones included; None where there is none."""
        return next((one for one in reversed(self.discrepancies) if one.device == device), None)

    def tell_anew(self, item: Discrepancy) -> None:
        """Put a discrepancy in the place of that of its number."""
        self.discrepancies = tuple(item if one.id == item.id else one for one in self.discrepancies)

    def count(self, name: str, n: int = 1) -> None:
        """Count something that happened."""
        self.added[name] = self.added.get(name, 0) + n

    def holds(self, column: str, row: int, box: int) -> None:
        """Put a box (or -1) into the ``load`` or ``cargo`` of a machine, or a bool into ``locked``."""
        columns = self.tracks.editable(column)
        columns[column][row] = box
        self.tracks = self.tracks.with_columns(**columns)

    def machine(self, name: str) -> int:
        """Give the fleet row of a machine, -1 where it never said that it exists."""
        return int(roster.row_of(self.fleet, [name])[0])

    def box(self, number: str) -> int:
        """Give the stock row of a number, -1 where it is not known."""
        return int(moves.rows_of(self.stock, [number])[0])

    def number(self, box: int) -> str:
        """Give the number of a stock row."""
        return bytes(self.stock.number[box]).decode("ascii", "replace")

    def name(self, row: int) -> str:
        """Give the name of a fleet row."""
        return bytes(self.fleet.name[row]).decode("ascii", "replace")

    def address(self, box: int) -> SlotAddress:
        """Give the slot in which a box stands."""
        ground, tier, length_ft = (
            int(getattr(self.stock, name)[box]) for name in ("ground", "tier", "length_ft")
        )
        return slot_address(self.yard, self.slots, ground, tier, length_ft)

    def top_slot(self, ground: int, length_ft: int) -> SlotAddress:
        """Give the slot that a box put down over a ground slot now would come to stand in."""
        tier = min(int(self.stock.count[ground]), int(self.slots.tiers[ground]) - 1)
        return slot_address(self.yard, self.slots, ground, tier, length_ft)


def forgotten(listed: tuple[Discrepancy, ...]) -> tuple[Discrepancy, ...]:
    """Give the list without the oldest settled ones beyond the number kept."""
    settled = [item.id for item in listed if item.settled is not None]
    gone = set(settled[: max(0, len(settled) - KEPT_SETTLED)])
    return tuple(item for item in listed if item.id not in gone) if gone else listed
