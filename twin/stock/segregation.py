"""Which dangerous goods stand how far apart: the IMDG table as data, with its edition.

The table is that of IMDG 7.2.4 as retyped from one public source; have a person compare it with the
printed code before it is relied on. Classes that it does not name are kept apart from all.
"""

import numpy as np
import shapely
from numpy.typing import ArrayLike, NDArray
from scipy.spatial import cKDTree

from twin.stock import sizes
from twin.stock.table import Place, Stock
from twin.tables import Bytes, Flags, Floats, Ints, Texts
from twin.yard.slots import Slots

EDITION = "IMDG Code 7.2.4, as retyped by EasyJob-Pro-DG (a29cfa3)"
"""Where the table comes from. It gives 2.1 and 4.3 a 2, 3 and 4.3 a 2: older editions have X and 1."""
CLASSES: tuple[tuple[str, ...], ...] = (
    ("1.1", "1.2", "1.5"), ("1.3", "1.6"), ("1.4",), ("2.1",), ("2.2",), ("2.3",), ("3",), ("4.1",), ("4.2",),
    ("4.3",), ("5.1",), ("5.2",), ("6.1",), ("6.2",), ("7",), ("8",), ("9",),
)  # fmt: skip
"""The groups of classes that share a row of the table, in its order."""
_TABLE = """
    ***4224444442424X ***4224334442422X ***211222222X422X 442XXX212222X421X 221XXX1X1XX1X21XX
    221XXX2X2XX2X21XX 442212XX2222X32XX 4321XXXX1X12X321X 43221221X1221321X 4422XX2X1X22X221X
    4422XX2122X21312X 44221222222X1322X 22XXXXXX1X11X1XXX 4444223332331X33X 222211222212X3X2X
    4221XXX11122X32XX XXXXXXXXXXXXXXXXX
"""
APART_M: tuple[float, ...] = (0.0, 3.0, 6.0, 12.0, 24.0)
"""Least gap by code 0 (none) to 4 [m]: figures in use in ports, not of the code itself."""
_STRICTEST = 4


def _codes() -> Bytes:
    # X refers to the substance's own entry; * to the rules within class 1, which need more than a class.
    meaning = {"X": 0, "*": _STRICTEST} | {str(code): code for code in range(1, 5)}
    table = np.full((len(CLASSES) + 1, len(CLASSES) + 1), _STRICTEST, np.int8)
    table[:-1, :-1] = [[meaning[letter] for letter in row] for row in _TABLE.split()]
    table.setflags(write=False)
    return table


CODES: Bytes = _codes()
"""(18, 18) codes 0 to 4 between groups of classes; the last row and column: a class not known."""
_REACHES = np.arange(1, _STRICTEST + 1)[None, :, None] <= CODES[:, None, :]
BARRED: NDArray[np.uint32] = (_REACHES << np.arange(len(CODES))).sum(axis=2).astype(np.uint32)
"""(18, 4) a bit a group: those that goods of a group may not have within ring 0 to 3.

Ring r holds the places that are at least ``APART_M[r]`` and less than ``APART_M[r + 1]`` away.
"""
_GROUP = {name.encode(): group for group, names in enumerate(CLASSES) for name in names}


def groups_of(imdg: ArrayLike) -> NDArray[np.intp]:
    """Give the row of :data:`CODES` of each class; a letter behind it (``1.4S``) is not looked at.

    Parameters
    ----------
    imdg : (n,) S4

    Returns
    -------
    (n,) int
        17 where the class is not known, -1 where there is none.
    """
    codes = np.ascontiguousarray(np.atleast_1d(np.asarray(imdg, "S4"))).view(np.int32)
    known, groups = _SEEN["table"]
    place = np.minimum(np.searchsorted(known, codes), len(known) - 1)
    missed = known[place] != codes
    if missed.any():
        known = np.union1d(known, codes)
        _SEEN["table"] = (known, np.array([_group_of(bytes(name)) for name in known.view("S4")], np.intp))
        return groups_of(imdg)
    return groups[place]


def _group_of(name: bytes) -> int:
    return _GROUP.get(name.rstrip(b"ABCDEFGHJKLNS "), len(CLASSES)) if name else -1


_SEEN: dict[str, tuple[Ints, NDArray[np.intp]]] = {"table": (np.zeros(1, np.int32), np.array([-1]))}
"""Codes met so far, as numbers in rising order, and their rows of the table: classes are few."""


def holds_dangerous(imdg: Texts) -> Flags:
    """Tell which classes are not empty, of the shape given; faster than comparing the texts."""
    filled: Flags = np.ascontiguousarray(imdg).view(np.int32) != 0
    return filled


def dangerous_among(imdg: Texts, rows: NDArray[np.integer]) -> Flags:
    """Tell which of some rows hold dangerous goods: (m,); one number a row is read, not a text."""
    filled: Flags = np.ascontiguousarray(imdg).view(np.int32)[rows] != 0
    return filled


def group_of(imdg: bytes) -> int:
    """Give :func:`groups_of` of one class."""
    return _group_of(imdg[:4])


def too_close(stock: Stock, slots: Slots, imdg: bytes, among: NDArray[np.integer] | None = None) -> Flags:
    """Tell over which ground slots goods of a class would be too close to others that stand there.

    Parameters
    ----------
    imdg : bytes
        The class of the goods; empty: none, and nothing is too close.
    among : (m,) int, optional
        The ground slots asked about; all others are given as False.

    Returns
    -------
    (g,) bool
        By the gap between the 20 ft places on the ground, whatever the tiers.
    """
    close = np.zeros(len(slots), bool)
    (group,) = groups_of([imdg])
    rows = np.flatnonzero((stock.place == Place.STACKED) & holds_dangerous(stock.imdg))
    if group < 0 or not len(rows):
        return close
    codes = CODES[group, groups_of(stock.imdg[rows])]
    for code in range(1, len(APART_M)):
        asked = rows[codes == code]
        if len(asked):
            close |= _within(slots, _grounds(stock, slots, asked), APART_M[code], among)
    return close


def too_close_each(
    stock: Stock, slots: Slots, rows: NDArray[np.integer], among: NDArray[np.integer]
) -> NDArray[np.bool_]:
    """Tell for standing boxes over which ground slots each would be too close to the others that stand.

    Parameters
    ----------
    rows : (r,) int
        Stacked boxes with dangerous goods.
    among : (m,) int
        The ground slots asked about, each once; all others are given as False.

    Returns
    -------
    (r, g) bool
        As :func:`too_close` tells it for each of them where it were not there, in a fraction of the time.
    """
    close = np.zeros((len(rows), len(slots)), bool)
    others = np.flatnonzero((stock.place == Place.STACKED) & holds_dangerous(stock.imdg))
    long = others[stock.length_ft[others] != 20]
    place, at, gap_m = _gaps_near(
        slots, among, np.concatenate((stock.ground[others], slots.next[stock.ground[long]])), APART_M[-1]
    )
    whose = np.concatenate((others, long))[at]
    theirs, own = groups_of(stock.imdg[whose]), groups_of(stock.imdg[rows])
    for group in np.unique(own):
        near = gap_m < np.array(APART_M)[CODES[group, theirs]]
        for box in np.flatnonzero(own == group):
            close[box, among[place[near & (whose != rows[box])]]] = True
    return close


def _grounds(stock: Stock, slots: Slots, rows: NDArray[np.intp]) -> NDArray[np.int32]:
    long = rows[stock.length_ft[rows] != 20]
    return np.unique(np.concatenate((stock.ground[rows], slots.next[stock.ground[long]])))


def _within(
    slots: Slots, grounds: NDArray[np.int32], gap_m: float, among: NDArray[np.integer] | None
) -> Flags:
    """Tell which places have less than ``gap_m`` to one of ``grounds``."""
    which = np.arange(len(slots)) if among is None else np.asarray(among)
    place, _, found_m = _gaps_near(slots, which, grounds, gap_m)
    within = np.zeros(len(slots), bool)
    within[which[place[found_m < gap_m]]] = True
    return within


def _gaps_near(
    slots: Slots, which: NDArray[np.integer], grounds: NDArray[np.integer], within_m: float
) -> tuple[NDArray[np.intp], NDArray[np.intp], Floats]:
    """Give pairs of two lists of places, as indices into them, and their gaps [m].

    All that have a gap of less than ``within_m`` are among them, and some that have more.
    """
    reach_m = within_m + np.hypot(sizes.LENGTH_M[20], sizes.WIDTH_M)
    pairs = cKDTree(slots.centre_yard_m[which]).sparse_distance_matrix(
        cKDTree(slots.centre_yard_m[grounds]), reach_m, output_type="ndarray"
    )
    return pairs["i"], pairs["j"], gaps_m(slots, which[pairs["i"]], grounds[pairs["j"]])


def gaps_m(slots: Slots, one: NDArray[np.integer], other: NDArray[np.integer]) -> Floats:
    """Give the gap between 20 ft boxes on pairs of ground slots [m]: (n,), 0 where they touch.

    Notes
    -----
    Exact, whichever way the blocks are turned: parallel ones by their axes, others by the outlines.
    """
    dx, dy = (slots.centre_yard_m[one] - slots.centre_yard_m[other]).T
    heading, turn = slots.heading_rad[one], slots.heading_rad[one] - slots.heading_rad[other]
    c, s = np.cos(heading), np.sin(heading)
    along_m = np.maximum(np.abs(c * dx + s * dy) - sizes.LENGTH_M[20], 0.0)
    across_m = np.maximum(np.abs(c * dy - s * dx) - sizes.WIDTH_M, 0.0)
    found_m: Floats = np.hypot(along_m, across_m)
    askew = np.flatnonzero(np.abs(np.sin(turn)) > 1e-6)
    if len(askew):
        found_m[askew] = shapely.distance(outlines(slots, one[askew]), outlines(slots, other[askew]))
    return found_m


def outlines(slots: Slots, which: NDArray[np.integer]) -> np.ndarray:
    """Give the outlines of 20 ft boxes on ground slots: (n,) polygons in the yard frame."""
    c, s = np.cos(slots.heading_rad[which]), np.sin(slots.heading_rad[which])
    u, v = sizes.LENGTH_M[20] / 2, sizes.WIDTH_M / 2
    corners = [
        slots.centre_yard_m[which] + np.column_stack((c * du - s * dv, s * du + c * dv))
        for du, dv in ((-u, -v), (u, -v), (u, v), (-u, v))
    ]
    rings: np.ndarray = shapely.polygons(np.stack(corners, axis=1))
    return rings
