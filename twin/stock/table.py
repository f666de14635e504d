"""The stock as columns: what each container is, and where it is."""

from dataclasses import dataclass
from enum import IntEnum

from twin.tables import Bytes, Flags, Floats, Ints, Longs, Table, Texts


class Place(IntEnum):
    """Where a container is."""

    ANNOUNCED = 0  # known, not in the yard yet: on a vessel, or on a truck still outside
    STACKED = 1  # in a stack: `ground`, `tier`
    CARRIED = 2  # on a machine: `carrier`, a row of the fleet
    GONE = 3  # left through a gate or by a vessel


class Customs(IntEnum):
    """Customs state, after DCSA's CUSS, CUSI and CUSR events."""

    NONE = 0
    SELECTED = 1
    INSPECTED = 2
    RELEASED = 3
    HELD = 4


class Flow(IntEnum):
    """Which way a container goes through the yard."""

    IMPORT = 0
    EXPORT = 1
    TRANSSHIPMENT = 2
    STORAGE = 3


LINES = (
    "CARMINE", "EVERFLOW", "GREYPORT", "LAGOON", "NORDLINE", "POLARIS", "SUNGATE", "UMBRA", "VIOLA",
)  # fmt: skip
"""Fictional shipping lines; a container's `line` is an index into this."""


@dataclass(frozen=True, slots=True)
class BoxNotice:
    """What a message tells of a container: at a gate, on a discharge list, in a stock report."""

    number: str
    type_code: str
    gross_kg: float
    empty: bool = False
    line: int = 0
    flow: int = 0
    customs: int = 0
    setpoint_c: float | None = None
    imdg: str = ""
    departs_ns: int | None = None


@dataclass(frozen=True, eq=False)
class Stock(Table):
    """All containers ever seen in this epoch, one row each, and the stacks' occupants.

    Attributes
    ----------
    number : (n,) S11
        ISO 6346 number with its check digit.
    type_code : (n,) S4
        ISO 6346 size and type.
    length_ft : (n,) int8
        20, 40 or 45.
    height_m, gross_kg : (n,) float
        External height (ISO 668) and gross mass.
    empty : (n,) bool
    line, flow, customs : (n,) int8
        Index into LINES; :class:`Flow`; :class:`Customs`.
    setpoint_c : (n,) float
        Reefer set point [deg C], NaN where it is no live reefer.
    imdg : (n,) S4
        IMDG class or empty.
    departs_ns : (n,) int64
        When it is expected to leave [ns UTC]; the largest int64 where not known.
    place : (n,) int8
        :class:`Place`.
    ground, tier : (n,) int32, int8
        The (lower) ground slot and the tier from 0 where STACKED, else -1.
    carrier : (n,) int32
        Fleet row where CARRIED, else -1.
    seen_ns : (n,) int64
        When a sensor or a list last told of it [ns UTC]; 0 since the stock report.
    bottom_m : (n,) float
        Height of its underside above ground where STACKED, else NaN.
    occupant : (g, tiers) int32
        The container row in each slot, -1 empty; a 40 ft box is in two neighbouring ground slots.
    top_m : (g,) float
        Height of each ground slot's topmost face above ground [m], summed from real heights.
    count : (g,) int8
        How many boxes stand over each ground slot.
    """

    number: Texts
    type_code: Texts
    length_ft: Bytes
    height_m: Floats
    gross_kg: Floats
    empty: Flags
    line: Bytes
    flow: Bytes
    customs: Bytes
    setpoint_c: Floats
    imdg: Texts
    departs_ns: Longs
    place: Bytes
    ground: Ints
    tier: Bytes
    carrier: Ints
    seen_ns: Longs
    bottom_m: Floats
    occupant: Ints
    top_m: Floats
    count: Bytes

    def __len__(self) -> int:
        """Give the number of containers, those that have left included."""
        return len(self.number)
