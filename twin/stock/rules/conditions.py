"""What the rules need to know beside the yard and its stock: forecast, work in progress, house limits."""

import math
from collections.abc import Sequence
from dataclasses import dataclass, replace

from twin.errors import StockError
from twin.yard.model import MAX_TIERS


@dataclass(frozen=True, slots=True)
class WindLimit:
    """What holds from a forecast gust on.

    Attributes
    ----------
    from_mps : float
        The gust [m/s].
    tiers, standing_tiers : int
        Highest tier, counted from 1, that a box may be set into, and that one may stand in; 0: none.
    edges_step_down : bool
        The outer rows of a block stay one tier lower.
    pillar_tiers : int
        By how many tiers a stack may rise above the highest of its neighbours.
    source : str
    """

    from_mps: float
    tiers: int
    standing_tiers: int
    edges_step_down: bool
    pillar_tiers: int
    source: str


WIND_LIMITS: tuple[WindLimit, ...] = (
    WindLimit(0.0, MAX_TIERS, MAX_TIERS, False, MAX_TIERS, ""),
    WindLimit(15.0, MAX_TIERS, MAX_TIERS, True, 2, "sudden wind above 15 m/s (Chinese port practice)"),
    WindLimit(
        18.1, 3, 3, True, 2, "65 km/h: no lifts above tier 3 (Italian terminal's service order, INAIL)"
    ),
    WindLimit(19.4, 0, 3, True, 2, "70 km/h: all work stops (Italian terminal's service order, INAIL)"),
)
"""Limits by forecast gust, the lowest gust first."""


@dataclass(frozen=True, slots=True)
class Conditions:
    """What counts beside the yard and the stock; as made without arguments nothing more than these.

    Attributes
    ----------
    gust_mps : float
        Highest gust of the forecast for as long as a box will stand [m/s]: see :data:`WIND_LIMITS`.
    reserved : tuple of int
        Ground slots that work in progress has taken already.
    dead_plugs : tuple of int
        Ground slots whose plugs have no power.
    weight_tolerance_kg : float
        A box may weigh so much more than what is below it [kg].
    weight_class_kg : float
        Masses are first rounded down to multiples of this [kg]; 0: they count as they are.
    top_only_types : tuple of str
        Groups of types (third character of the size and type code) that nothing may stand on, for
        what is in them may reach out: P for flats, U for open tops.
    inspection_reach_m : float
        How far from an inspection zone or lane a box that customs hold may stand [m].
    edges_step_down, pillar_tiers : bool, int
        As in :class:`WindLimit`, whatever the wind.

    Raises
    ------
    StockError
        Where a number is NaN or below 0.
    """

    gust_mps: float = 0.0
    reserved: tuple[int, ...] = ()
    dead_plugs: tuple[int, ...] = ()
    weight_tolerance_kg: float = math.inf
    weight_class_kg: float = 0.0
    top_only_types: tuple[str, ...] = ()
    inspection_reach_m: float = math.inf
    edges_step_down: bool = False
    pillar_tiers: int = MAX_TIERS

    def __post_init__(self) -> None:
        """Refuse what is no limit."""
        for name in (
            "gust_mps", "weight_tolerance_kg", "weight_class_kg", "inspection_reach_m", "pillar_tiers",
        ):  # fmt: skip
            if not (found := getattr(self, name)) >= 0:
                raise StockError(f"conditions, {name}: expected a number from 0, found {found}")

    @property
    def wind(self) -> WindLimit:
        """The limits that the forecast gust brings."""
        return [limit for limit in WIND_LIMITS if self.gust_mps >= limit.from_mps][-1]

    @property
    def pillars(self) -> int:
        """By how many tiers a stack may rise above its neighbours."""
        return min(self.pillar_tiers, self.wind.pillar_tiers)

    @property
    def edges(self) -> bool:
        """Whether the outer rows of blocks stay a tier lower."""
        return self.edges_step_down or self.wind.edges_step_down


def with_reserved(conditions: Conditions, grounds: Sequence[int]) -> Conditions:
    """Give the same conditions with more ground slots taken by work in progress."""
    return replace(conditions, reserved=(*conditions.reserved, *grounds))


NEUTRAL = Conditions()
"""The yard and its stock alone: no forecast, no house limits."""
USUAL = Conditions(weight_tolerance_kg=2_000.0, top_only_types=("P", "U"), inspection_reach_m=600.0)
"""House limits that are usual: heavier boxes below, nothing on flats and open tops, held boxes near."""
