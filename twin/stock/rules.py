"""What may stand where: every ground slot of the yard judged at once for one box."""

from dataclasses import dataclass

import numpy as np
import shapely

from twin.stock import segregation, sizes
from twin.stock.moves import LEVEL_M
from twin.stock.table import Stock
from twin.tables import Bytes, Flags, Table
from twin.yard.model import BlockKind, Yard, ZoneKind
from twin.yard.slots import Slots

REASONS: tuple[str, ...] = (
    "",
    "the block is closed",
    "the block ends before its second place",
    "the places are too short for it",
    "the stack is full",
    "its top would be past the crane's height limit",
    "a 20 ft box cannot stand on a longer one",
    "below are neither one long box nor two 20 ft boxes of one height",
    "a live reefer needs a plug",
    "dangerous goods have their own rows",
    "too close to dangerous goods of another class",
    "the block is for empties",
    "a laden box may not stand on an empty one",
    "only one high within 6 m of a building",
    "too heavy for the machine that serves the block",
    "outside the bay that the crane stands over",
)
"""Why a slot is refused, by code; 0 is allowed."""
(
    ALLOWED, CLOSED, BLOCK_ENDS, TOO_SHORT, FULL, TOO_HIGH, ON_LONGER, UNEVEN, NO_PLUG, NOT_DANGEROUS,
    TOO_CLOSE, FOR_EMPTIES, ON_EMPTY, NEAR_BUILDING, TOO_HEAVY, OTHER_BAY,
) = range(len(REASONS))  # fmt: skip
LIFTS_KG: dict[BlockKind, float] = {
    BlockKind.RTG: 41_000.0, BlockKind.RMG: 41_000.0, BlockKind.REACH_STACKER: 45_000.0,
    BlockKind.STRADDLE: 40_000.0, BlockKind.EMPTIES: 45_000.0,
}  # fmt: skip
"""Safe working load of what serves a block [kg]: RTG tender 41 t, Liebherr RMG 41 t, Kalmar 45 and 40 t."""
BUILDING_GAP_M = 6.0
"""Within this of a building boxes stand one high (ICHCA, International Safety Panel 5) [m]."""


@dataclass(frozen=True, eq=False)
class Legal(Table):
    """The verdict on every ground slot, as the lower place of the box.

    Attributes
    ----------
    ok : (g,) bool
    tier : (g,) int8
        The tier that the box would be in, from 0, also where it is refused.
    reason : (g,) int8
        Index into :data:`REASONS`: the first rule that it breaks.
    """

    ok: Flags
    tier: Bytes
    reason: Bytes


def legal(
    stock: Stock,
    slots: Slots,
    length_ft: int,
    height_m: float,
    gross_kg: float,
    reefer: bool,
    imdg: bytes,
    empty: bool,
    yard: Yard,
) -> Legal:
    """Judge every ground slot as a place for one box.

    Parameters
    ----------
    length_ft : int
        20, 40 or 45.
    height_m, gross_kg : float
        External height [m] and gross mass [kg].
    reefer : bool
        It is cooled and needs a plug.
    imdg : bytes
        IMDG class; empty where it holds no dangerous goods.
    empty : bool
    yard : Yard
        Whose slots these are: its blocks' kinds and its buildings count.

    Notes
    -----
    20 ft boxes never stand on longer ones; a longer one stands on one longer box or on two 20 ft boxes
    whose tops are level, for corner castings must meet. Heights are summed from real heights.
    """
    two = length_ft != 20
    here = np.arange(len(slots))
    second = np.where(slots.next >= 0, slots.next, here) if two else here
    below = _top_rows(stock)
    lifts_kg = np.array([LIFTS_KG[block.kind] for block in yard.blocks])
    broken: list[tuple[int, Flags]] = [
        (CLOSED, slots.closed),
        (BLOCK_ENDS, (slots.next < 0) & two),
        (TOO_SHORT, ~sizes.fits_pitch(length_ft, slots.bay_pitch_m)),
        (FULL, stock.count >= slots.tiers),
        (TOO_HIGH, np.maximum(stock.top_m, stock.top_m[second]) + height_m > slots.height_limit_m + 1e-9),
        (TOO_HEAVY, (gross_kg > lifts_kg)[slots.block]),
    ]
    if two:
        broken.append((UNEVEN, _uneven(stock, below, second)))
    else:
        broken.append((ON_LONGER, (below >= 0) & (_of(stock.length_ft, below) != 20)))
    broken += _goods(stock, slots, second, reefer, imdg)
    if not empty:
        kept = for_empties(yard)[slots.block]
        on_empty = (below >= 0) & _of(stock.empty, below)
        broken.append((FOR_EMPTIES, kept))
        broken.append((ON_EMPTY, (on_empty | on_empty[second]) & ~kept))
    near = near_building(yard, slots)
    broken.append((NEAR_BUILDING, (near | near[second]) & (stock.count > 0)))
    return _first_broken(stock, broken)


def _goods(
    stock: Stock, slots: Slots, second: np.ndarray, reefer: bool, imdg: bytes
) -> list[tuple[int, Flags]]:
    """Judge the slots by what is in the box: cooled goods and dangerous ones."""
    broken: list[tuple[int, Flags]] = []
    if reefer:
        broken.append((NO_PLUG, ~(slots.reefer | slots.reefer[second])))
    if imdg:
        close = segregation.too_close(stock, slots, imdg)
        broken.append((NOT_DANGEROUS, ~(slots.dangerous & slots.dangerous[second])))
        broken.append((TOO_CLOSE, close | close[second]))
    return broken


def _first_broken(stock: Stock, broken: list[tuple[int, Flags]]) -> Legal:
    reason = np.zeros(len(stock.count), np.int8)
    for code, bad in reversed(broken):
        reason[bad] = code
    return Legal(reason == ALLOWED, stock.count.copy(), reason)


def refusal(stock: Stock, slots: Slots, yard: Yard, row: int, ground: int) -> str:
    """Tell why a box that is not in a stack may not be put on a ground slot; empty where it may.

    The same rules as :func:`legal`, for one box and one slot, and so cheap enough for every tick.
    """
    if not 0 <= ground < len(slots):
        return f"expected a slot from 0 to {len(slots) - 1}"
    two = stock.length_ft[row] != 20
    grounds = [ground, int(slots.next[ground])] if two and slots.next[ground] >= 0 else [ground]
    part = np.array(grounds)
    places = Slots(
        **{
            name: getattr(slots, name)[part]
            for name in Slots.__dataclass_fields__
            if name not in ("next", "first")
        },
        next=np.array([1, -1][-len(part) :], np.int32),
        first=slots.first,
    )
    local = stock.with_columns(
        **{name: getattr(stock, name)[part] for name in ("occupant", "top_m", "count")}
    )
    live = bool(np.isfinite(stock.setpoint_c[row]))
    imdg = bytes(stock.imdg[row])
    found = legal(
        local, places, int(stock.length_ft[row]), float(stock.height_m[row]), float(stock.gross_kg[row]),
        live, b"", bool(stock.empty[row]), yard,
    )  # fmt: skip
    if found.reason[0]:
        return REASONS[int(found.reason[0])]
    if imdg and not slots.dangerous[part].all():
        return REASONS[NOT_DANGEROUS]
    if imdg and segregation.too_close(stock, slots, imdg, part)[part].any():
        return REASONS[TOO_CLOSE]
    return ""


def for_empties(yard: Yard) -> Flags:
    """Tell which blocks are kept for empties: (blocks,) bool."""
    return np.array([block.kind == BlockKind.EMPTIES for block in yard.blocks], bool)


def near_building(yard: Yard, slots: Slots) -> Flags:
    """Tell which places are so near a building that boxes stand one high only: (g,) bool."""
    near = np.zeros(len(slots), bool)
    half_m = 0.5 * float(np.hypot(sizes.LENGTH_M[20], sizes.WIDTH_M))
    for zone in yard.zones:
        if zone.kind != ZoneKind.BUILDING:
            continue
        ring = np.asarray(zone.ring_yard_m)
        margin_m = BUILDING_GAP_M + half_m
        inside = (slots.centre_yard_m > ring.min(0) - margin_m) & (
            slots.centre_yard_m < ring.max(0) + margin_m
        )
        which = np.flatnonzero(inside.all(axis=1))
        places = _outlines(slots, which)
        near[which] |= shapely.distance(places, shapely.Polygon(ring)) < BUILDING_GAP_M
    return near


def _outlines(slots: Slots, which: np.ndarray) -> np.ndarray:
    c, s = np.cos(slots.heading_rad[which]), np.sin(slots.heading_rad[which])
    u, v = sizes.LENGTH_M[20] / 2, sizes.WIDTH_M / 2
    corners = [
        slots.centre_yard_m[which] + np.column_stack((c * du - s * dv, s * du + c * dv))
        for du, dv in ((-u, -v), (u, -v), (u, v), (-u, v))
    ]
    outlines: np.ndarray = shapely.polygons(np.stack(corners, axis=1))
    return outlines


def _top_rows(stock: Stock) -> np.ndarray:
    last = np.maximum(stock.count.astype(np.intp) - 1, 0)
    rows: np.ndarray = stock.occupant[np.arange(len(stock.count)), last]
    return rows


def _of(column: np.ndarray, rows: np.ndarray) -> np.ndarray:
    """Give a column at rows of which some are -1, whose values then mean nothing."""
    return column[rows] if len(column) else np.zeros(len(rows), column.dtype)


def _uneven(stock: Stock, below: np.ndarray, second: np.ndarray) -> Flags:
    beside = below[second]
    short = (below >= 0) & (_of(stock.length_ft, below) == 20)
    level = (stock.count == stock.count[second]) & (np.abs(stock.top_m - stock.top_m[second]) <= LEVEL_M)
    carries: Flags = (below == beside) | (short & short[second] & level)
    return ~carries
