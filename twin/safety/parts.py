"""All parts of all machines as the twin believes them, with what they hold and how fast their drives go."""

import numpy as np

from twin.clock import NS_PER_S
from twin.fleet import shapes
from twin.fleet.motion import STANDING_MPS
from twin.fleet.table import Fleet, Tracks
from twin.stock.sizes import LENGTH_M
from twin.stock.table import Stock
from twin.tables import Floats, Ints

UNKNOWN_KG = 500.0
"""More than this under locked twistlocks is a box, whether it is known which or not [kg]."""
UNKNOWN_M = (shapes.BARE_SPREADER_M, 2.896)
"""Length and height that such a box has at least and at most [m]: what is not known is no free place."""
PLC_S = 2
"""Without a word for so long a trolley or hoist counts as standing [s]."""
_LENGTHS_M = np.full(128, np.nan)
for _ft, _m in LENGTH_M.items():
    _LENGTHS_M[_ft] = _m


def boxes_of(fleet: Fleet, tracks: Tracks, stock: Stock, t_ns: int | None = None) -> shapes.Boxes:
    """Give all parts of all machines that are present, their loads and cargoes included.

    What hangs heavily from a spreader that is locked is there though nobody knows which box it is.
    Trolleys and hoists go on as they last did, where that is fast enough to be no noise; at ``t_ns``
    those of which no word came for ``PLC_S`` stand.
    """
    x_m = np.where(fleet.present, tracks.x_m, np.nan)
    load_m, load_high_m = _sizes(stock, tracks.load, tracks.second_load)
    unknown = tracks.locked & (tracks.load < 0) & (tracks.load_kg > UNKNOWN_KG)
    if unknown.any():
        load_m, load_high_m = (
            np.where(unknown, least_m, side_m)
            for least_m, side_m in zip(UNKNOWN_M, (load_m, load_high_m), strict=True)
        )
    cargo_m, cargo_high_m = _sizes(stock, tracks.cargo, tracks.second_cargo)
    return shapes.mover_boxes(
        fleet.kind, x_m, tracks.y_m, tracks.heading_rad, tracks.trailer_heading_rad, tracks.trolley_m,
        tracks.hoist_m, tracks.speed_mps * np.cos(tracks.heading_rad),
        tracks.speed_mps * np.sin(tracks.heading_rad), load_m, load_high_m, cargo_m, cargo_high_m,
        *_rates(tracks, t_ns),
    )  # fmt: skip


def _rates(tracks: Tracks, t_ns: int | None) -> tuple[Floats, Floats]:
    """Give the speeds of trolleys and hoists that are to be relied on [m/s]."""
    told = True if t_ns is None else t_ns - tracks.plc_ns <= PLC_S * NS_PER_S
    trolley, hoist = tracks.trolley_mps, tracks.hoist_mps
    return (
        np.where(told & (np.abs(trolley) >= STANDING_MPS), trolley, 0.0),
        np.where(told & (np.abs(hoist) >= STANDING_MPS), hoist, 0.0),
    )


def _sizes(stock: Stock, box: Ints, second: Ints) -> tuple[Floats, Floats]:
    if not len(stock):
        nothing = np.full(len(box), np.nan)
        return nothing, nothing
    held = box >= 0
    length_m = np.where(held, _LENGTHS_M[stock.length_ft[box]], np.nan)
    height_m = np.where(held, stock.height_m[box], np.nan)
    two = np.flatnonzero(second >= 0)
    if len(two):
        length_m[two] = LENGTH_M[40]
        height_m[two] = np.maximum(height_m[two], stock.height_m[second[two]])
    return length_m, height_m
