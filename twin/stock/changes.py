"""What differs between two stocks of one yard: the boxes to look at again."""

from collections.abc import Sequence

import numpy as np
from numpy.typing import NDArray

from twin.stock.table import Stock

Index = NDArray[np.intp]
_BITS = {"|S4": "<i4", "<f8": "<i8"}


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
