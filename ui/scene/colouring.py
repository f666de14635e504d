"""What the colour of a box means: one function a mode, and its legend."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
from numpy.typing import NDArray

from twin.clock import NS_PER_S
from twin.stock.table import LINES, Customs, Stock
from twin.tables import Ints
from ui.scene.palette import (
    DEPARTURE_COLOURS,
    LINE_COLOURS,
    RGB,
    STATUS_COLOURS,
    WEIGHT_COLOURS,
)
from ui.view_state import ColourBy

HOUR_NS = 3600 * NS_PER_S
UNKNOWN_NS = np.iinfo(np.int64).max
AGE_COLOURS: tuple[tuple[str, RGB], ...] = tuple(
    (label, colour)
    for label, (_, colour) in zip(
        ("Only in the stock report", "Seen over an hour ago", "Seen within the hour", "Seen within 10 min"),
        reversed(WEIGHT_COLOURS[:4]),
        strict=True,
    )
)

Classes = NDArray[np.int64]


def legend(colour_by: ColourBy) -> tuple[tuple[str, RGB], ...]:
    """Give the names and colours of a mode, in the order of its classes."""
    if colour_by is ColourBy.LINE:
        return tuple(zip(LINES, LINE_COLOURS, strict=True))
    return _LEGENDS[colour_by]


_LEGENDS: dict[ColourBy, tuple[tuple[str, RGB], ...]] = {
    ColourBy.STATUS: STATUS_COLOURS,
    ColourBy.DEPARTURE: DEPARTURE_COLOURS,
    ColourBy.WEIGHT: WEIGHT_COLOURS,
    ColourBy.AGE: AGE_COLOURS,
}


def classes(stock: Stock, rows: Ints, colour_by: ColourBy, t_ns: int) -> Classes:
    """Give each box's class, an index into the mode's legend.

    Parameters
    ----------
    rows : (n,)
        Stock rows.
    t_ns : int
        The tick [ns UTC]: how long a box has until it leaves depends on it.

    Returns
    -------
    (n,) int
    """
    if colour_by is ColourBy.LINE:
        return stock.line[rows].astype(np.int64) % len(LINES)
    if colour_by is ColourBy.STATUS:
        return _status(stock, rows)
    if colour_by is ColourBy.DEPARTURE:
        return _departure(stock, rows, t_ns)
    if colour_by is ColourBy.WEIGHT:
        return np.searchsorted(np.array([5e3, 12e3, 20e3, 26e3]), stock.gross_kg[rows], side="right")
    seen_ns = stock.seen_ns[rows]
    age_ns = t_ns - seen_ns
    return np.select((seen_ns == 0, age_ns > HOUR_NS, age_ns > HOUR_NS // 6), (0, 1, 2), 3).astype(np.int64)


def _status(stock: Stock, rows: Ints) -> Classes:
    held = np.isin(stock.customs[rows], (Customs.HELD, Customs.SELECTED))
    conditions: Sequence[NDArray[np.bool_]] = (
        held,
        stock.imdg[rows] != b"",
        np.isfinite(stock.setpoint_c[rows]),
        stock.empty[rows],
    )
    return np.select(conditions, (4, 3, 2, 1), 0)


def _departure(stock: Stock, rows: Ints, t_ns: int) -> Classes:
    departs = stock.departs_ns[rows]
    left_h = (departs - t_ns) // HOUR_NS
    conditions = (departs == UNKNOWN_NS, departs < t_ns, left_h < 6, left_h < 24, left_h < 72)
    return np.select(conditions, (5, 0, 1, 2, 3), 4)


def changes_with_time(colour_by: ColourBy) -> bool:
    """Tell whether boxes change class as time passes."""
    return colour_by in (ColourBy.DEPARTURE, ColourBy.AGE)
