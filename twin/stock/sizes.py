"""ISO 6346 size and type codes, and the ISO 668 sizes behind them."""

from collections.abc import Sequence

import numpy as np
from numpy.typing import ArrayLike, NDArray

from twin.tables import Bytes, Flags, Floats

LENGTH_M: dict[int, float] = {20: 6.058, 40: 12.192, 45: 13.716}
"""External length by nominal length in feet [m] (ISO 668)."""
WIDTH_M = 2.438
"""External width [m] (ISO 668)."""
END_GAP_M = 0.3
"""Least gap between the ends of two boxes of a row, for the spreader's flippers [m]."""
MAX_GROSS_KG = 30_480.0
"""Highest gross mass of the series 1 types (ISO 668) [kg]."""

_LENGTH_FT = {"2": 20, "4": 40, "L": 45, "9": 45}
# Second character: height (and width); the letters are boxes wider than 2438 mm.
_HEIGHT_M = {
    "0": 2.438, "2": 2.591, "3": 2.591, "4": 2.743, "5": 2.896,
    "6": 2.896, "8": 1.295, "9": 1.219, "C": 2.591, "D": 2.743, "E": 2.896, "F": 2.896,
}  # fmt: skip


def _lookup(values: dict[str, float]) -> Floats:
    table = np.full(256, np.nan)
    for letter, value in values.items():
        table[ord(letter)] = value
    table.setflags(write=False)
    return table


_LENGTHS = np.nan_to_num(_lookup({k: float(v) for k, v in _LENGTH_FT.items()})).astype(np.int8)
_HEIGHTS = _lookup(_HEIGHT_M)


def size_of(type_codes: ArrayLike) -> tuple[Bytes, Floats, Flags]:
    """Give nominal length, external height and "has its own cooling" of size and type codes.

    Parameters
    ----------
    type_codes : (n,) S4
        Codes such as ``22G1`` (ISO 6346:1995), group codes such as ``45RT`` and the older
        four digits such as ``4530``, which messages still carry.

    Returns
    -------
    length_ft : (n,) int8
        20, 40 or 45; 0 where the code is not known or its length has no slot in a yard.
    height_m : (n,) float
        External height [m]; NaN where the code is not known.
    reefer : (n,) bool
        Integral reefers, which need a plug while they have a set point.

    Notes
    -----
    The second character is the height: ``45G1`` is a 40 ft high-cube, never a 45 ft box. Boxes
    over 9 ft 6 in (``6``) count as 9 ft 6 in, for want of a number. Codes: ISO 6346 annexes.
    """
    codes = np.atleast_1d(np.asarray(type_codes, dtype="S4"))
    letters = np.frombuffer(codes.tobytes(), np.uint8).reshape(len(codes), 4)
    length_ft = _LENGTHS[letters[:, 0]]
    height_m = _HEIGHTS[letters[:, 1]]
    old = (letters[:, 2] >= ord("0")) & (letters[:, 2] <= ord("9"))
    reefer = np.where(old, letters[:, 2] == ord("3"), letters[:, 2] == ord("R"))
    known = (length_ft > 0) & np.isfinite(height_m)
    return (
        np.where(known, length_ft, 0).astype(np.int8),
        np.where(known, height_m, np.nan),
        reefer & known,
    )


def fits_pitch(length_ft: int, bay_pitch_m: Floats) -> NDArray[np.bool_]:
    """Tell which places are long enough for a box of that length.

    Parameters
    ----------
    length_ft : int
        20, 40 or 45.
    bay_pitch_m : (g,)
        Length of one ground slot [m].

    Notes
    -----
    A 40 ft box over two places of 6.40 m has 0.6 m to spare; a 45 ft box needs places of 7.01 m.
    """
    places = 1 if length_ft == 20 else 2
    needed = LENGTH_M[length_ft] + (END_GAP_M if length_ft == 45 else 0.0)
    return places * np.asarray(bay_pitch_m) >= needed - 1e-9


def texts(values: Sequence[str | bytes]) -> list[bytes]:
    """Give ASCII bytes of texts; what is not ASCII becomes ``?`` and so matches nothing."""
    return [value if isinstance(value, bytes) else value.encode("ascii", "replace") for value in values]
