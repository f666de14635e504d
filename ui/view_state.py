"""How one person looks at the yard: plain values, never journalled."""

import math
from dataclasses import dataclass, replace
from enum import StrEnum
from typing import Any

from twin.safety.near_misses import NearMisses
from twin.yard.slots import SlotAddress


class ColourBy(StrEnum):
    """What the colour of a box means."""

    LINE = "line"
    STATUS = "status"
    DEPARTURE = "departure"
    WEIGHT = "weight"
    AGE = "age"


class PickKind(StrEnum):
    """What lies under the pointer."""

    BOX = "box"
    MOVER = "mover"
    BLOCK = "block"
    GROUND = "ground"


@dataclass(frozen=True, slots=True)
class Pick:
    """A thing in the scene: ``row`` is its row in the stock, the fleet or ``Yard.blocks``, -1 for ground."""

    kind: PickKind
    row: int
    point_yard_m: tuple[float, float, float]


@dataclass(frozen=True, slots=True)
class Placing:
    """A slot that somebody points at, or holds a box of the chosen suggestion over.

    Attributes
    ----------
    move : int
        Which move of the suggestion, from 0.
    ground : int
        The ground slot, the lower of two for a long box.
    target : SlotAddress
        The slot, on top of what stands there.
    lines : tuple of str
        What is said of it, in the language of the window: where, then what speaks against it.
    refused : bool
        A rule speaks against it.
    held : bool
        The box is held over it: its ghost is there. Else the slot is only pointed at.
    """

    move: int
    ground: int
    target: SlotAddress
    lines: tuple[str, ...] = ()
    refused: bool = False
    held: bool = True


@dataclass(frozen=True, slots=True)
class Violation:
    """A box that stands against a rule: its stock row, the other box's (-1 for none), where it might go."""

    row: int
    other: int = -1
    nearest: SlotAddress | None = None


@dataclass(frozen=True, slots=True)
class Encounter:
    """A near miss that is looked at again: both machines by name, when, where [m, yard frame], how near.

    Attributes
    ----------
    t_ns : int
        When it came under its threshold [ns UTC].
    until_ns : int
        When it was last under it [ns UTC]; not above ``t_ns`` where that is not known.
    ttc_s, gap_m : float
        Least time to contact [s] and least gap [m]; infinite or NaN where there was none.
    pet_s : float
        Time between the two at one place, one after the other [s]; infinite or NaN where there was none.
    """

    first: str
    other: str
    t_ns: int
    x_m: float
    y_m: float
    ttc_s: float
    gap_m: float
    pet_s: float = math.nan
    until_ns: int = 0

    @property
    def names(self) -> tuple[bytes, bytes]:
        """Both names as the fleet has them."""
        return self.first.encode("ascii", "replace"), self.other.encode("ascii", "replace")


@dataclass(frozen=True, slots=True)
class ViewState:
    """Selection, layers and colours; the camera lives in the view itself.

    ``heat_of`` are the near misses that the map of them shows, where a person asked for some; None: all.
    """

    colour_by: ColourBy = ColourBy.LINE
    selected: Pick | None = None
    suggestion: int | None = None
    follow: int | None = None
    labels: bool = True
    zones: bool = True
    sigma_rings: bool = False
    violations: bool = True
    heat: bool = False
    blind: bool = True
    violation: Violation | None = None
    placing: Placing | None = None
    encounter: Encounter | None = None
    heat_of: NearMisses | None = None

    def drawn(self) -> tuple[object, ...]:
        """Give what of it the scene itself shows; the rest is painted over the picture."""
        held = self.placing if self.placing is not None and self.placing.held else None
        return (
            self.colour_by, self.suggestion, self.zones, self.violations, self.heat, self.blind, held,
            self.heat_of if self.heat else None,
        )  # fmt: skip

    def toggled(self, layer: str) -> "ViewState":
        """Show a layer that was hidden, or hide it."""
        changes: dict[str, Any] = {layer: not getattr(self, layer)}
        return replace(self, **changes)
