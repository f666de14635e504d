"""Pairs of rectangles that may overlap, by the cells of a grid that both are in."""

import numpy as np

from twin.safety.collision import Rows
from twin.tables import Floats, expanded

_KEYS = 32_767
"""Cells are numbered with fifteen bits, so that keys sort as 16-bit numbers, in linear time."""
_ALONG, _ACROSS = 1, 181
"""Cells one column and one row apart are so many numbers apart."""
_MOST_CELLS = 64
"""A rectangle is laid over no more cells than this along either way: larger ones widen all cells."""
_FAR_CELLS = 1e9
"""Beyond so many cells from the middle all is one cell: whole numbers end somewhere."""


def near(lower: Floats, upper: Floats) -> tuple[Rows, Rows]:
    """Give all pairs of rectangles that overlap or touch.

    Parameters
    ----------
    lower, upper : (2, n)
        Corners of axis-parallel rectangles, x in the first row and y in the second; a rectangle
        with a NaN pairs with nothing.

    Returns
    -------
    i, j : (k,)
        Each pair once, i below j.

    Notes
    -----
    A rectangle is entered in every cell that it covers; a pair counts in the cell of the larger of
    their lower corners, which both are in. Cells that share a number are told apart by that rule.
    """
    good = np.flatnonzero(np.isfinite(lower.sum(axis=0) + upper.sum(axis=0)))
    if len(good) < 2:
        return np.empty(0, np.intp), np.empty(0, np.intp)
    if len(good) < lower.shape[1]:
        i, j = near(lower[:, good], upper[:, good])
        return good[i], good[j]
    extent_m = upper - lower
    cell_m = max(1.5 * float(extent_m.mean()), float(extent_m.max()) / _MOST_CELLS, 1.0)
    with np.errstate(over="ignore"):
        corners = np.concatenate((lower, upper)) * (1.0 / cell_m)
    cells = np.floor(np.clip(corners, -_FAR_CELLS, _FAR_CELLS)).astype(np.int64)
    first, wide = cells[:2], cells[2] - cells[0] + 1
    box, number = expanded(wide * (cells[3] - cells[1] + 1))
    up = number // wide[box]
    at_x, at_y = first[0][box] + number - up * wide[box], first[1][box] + up
    key = ((at_x * _ALONG + at_y * _ACROSS) & _KEYS).astype(np.int16)
    order = np.argsort(key, kind="stable")
    left, ahead = expanded(_following(key[order]))
    one, other = order[left], order[left + 1 + ahead]
    i, j = box[one], box[other]
    return _kept(i, j, (at_x[one], at_y[one]), first, lower, upper)


def _following(key: "np.ndarray[tuple[int], np.dtype[np.int16]]") -> Rows:
    """Give how many entries with the same key come after each, where equal keys stand together."""
    n = len(key)
    ends = np.append(np.flatnonzero(key[1:] != key[:-1]), n - 1)
    counts = ends.copy()
    counts[1:] -= ends[:-1]
    counts[0] += 1
    following: Rows = np.repeat(ends, counts) - np.arange(n)
    return following


def _kept(
    i: Rows, j: Rows, at: tuple[Rows, Rows], first: Rows, lower: Floats, upper: Floats
) -> tuple[Rows, Rows]:
    kept = np.flatnonzero((lower[0][i] <= upper[0][j]) & (lower[0][j] <= upper[0][i]))
    i, j, at_x, at_y = i[kept], j[kept], at[0][kept], at[1][kept]
    met = (lower[1][i] <= upper[1][j]) & (lower[1][j] <= upper[1][i])
    met &= (at_x == np.maximum(first[0][i], first[0][j])) & (at_y == np.maximum(first[1][i], first[1][j]))
    i, j = i[met], j[met]
    return np.minimum(i, j), np.maximum(i, j)
