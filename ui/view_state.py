"""How one person looks at the yard: plain values, never journalled."""

from dataclasses import dataclass
from enum import StrEnum


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
class ViewState:
    """Selection, layers and colours; the camera lives in the view itself."""

    colour_by: ColourBy = ColourBy.LINE
    selected: Pick | None = None
    suggestion: int | None = None
    follow: int | None = None
    labels: bool = True
    zones: bool = True
    sigma_rings: bool = True
