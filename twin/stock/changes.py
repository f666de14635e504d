"""What differs between two stocks of one yard: the ground slots and the boxes to look at again."""

from collections.abc import Sequence

import numpy as np
from numpy.typing import NDArray

from twin.stock.table import Stock

Index = NDArray[np.intp]
_BITS = {"|S4": "<i4", "<f8": "<i8"}


def changed_grounds(before: Stock, after: Stock) -> Index | None:
    """Give the ground slots on which other boxes stand; None where the two are not of one yard."""
    if before.occupant.shape != after.occupant.shape:
        return None
    if before.occupant is after.occupant:
        return np.empty(0, np.intp)
    differ = np.flatnonzero(before.occupant.ravel() != after.occupant.ravel())
    return np.unique(differ // before.occupant.shape[1])


def changed_rows(before: Stock, after: Stock, columns: Sequence[str]) -> Index:
    """Give the rows of boxes known in both of which one of some columns differs; NaN equals NaN."""
    n = min(len(before), len(after))
    differ = np.zeros(n, bool)
    for name in columns:
        one, other = getattr(before, name), getattr(after, name)
        if one is other:
            continue
        # Bits are compared: texts of four letters as one number, and NaN equals NaN.
        bits = _BITS.get(one.dtype.str, one.dtype.str)
        differ |= np.ascontiguousarray(one[:n]).view(bits) != np.ascontiguousarray(other[:n]).view(bits)
    return np.flatnonzero(differ)
