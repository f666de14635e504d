"""Container numbers with their check digit (ISO 6346)."""

import numpy as np
from numpy.typing import ArrayLike

from twin.errors import StockError
from twin.tables import Bytes, Flags

_FIRST_DIGIT, _FIRST_LETTER = ord("0"), ord("A")
_LETTER_VALUES = [v for v in range(10, 39) if v % 11]
_VALUES = np.full(256, -1, np.int64)
_VALUES[_FIRST_DIGIT : _FIRST_DIGIT + 10] = np.arange(10)
_VALUES[_FIRST_LETTER : _FIRST_LETTER + 26] = _LETTER_VALUES
_VALUES.setflags(write=False)
_WEIGHTS = 2 ** np.arange(10)
_CATEGORIES = np.frombuffer(b"UJZ", np.uint8)


def _letters(numbers: ArrayLike) -> np.ndarray[tuple[int, int], np.dtype[np.uint8]]:
    array = np.atleast_1d(np.asarray(numbers))
    if array.dtype.kind == "U":
        array = np.char.encode(array, "ascii", "replace")
    # One byte more than a number has, so that a longer text is seen as longer.
    padded = array.astype("S12")
    return np.frombuffer(padded.tobytes(), np.uint8).reshape(len(padded), 12)


def check_digits(numbers: ArrayLike) -> Bytes:
    """Give the check digit of each number.

    Parameters
    ----------
    numbers : (n,) S10 or S11
        Owner code, category and serial number; an eleventh character is not looked at.

    Returns
    -------
    (n,) int8
        0 to 9; -1 where the first ten characters are no three letters, category and six digits.

    Notes
    -----
    ISO 6346: letters count 10 to 38 without the multiples of 11, position i weighs 2^i, the sum
    modulo 11; a remainder of 10 gives 0 (such numbers should not be issued).
    """
    letters = _letters(numbers)
    digits = (_VALUES[letters[:, :10]] @ _WEIGHTS) % 11 % 10
    return np.where(_well_formed(letters), digits, -1).astype(np.int8)


def valid(numbers: ArrayLike) -> Flags:
    """Tell which are whole, well-formed numbers whose check digit is right.

    Parameters
    ----------
    numbers : (n,) S11
    """
    letters = _letters(numbers)
    given = letters[:, 10].astype(np.int64) - _FIRST_DIGIT
    right: Flags = (check_digits(numbers) == given) & (given >= 0) & (letters[:, 11] == 0)
    return right


def fault(number: str) -> str:
    """Tell what is wrong with a container number; empty where nothing is."""
    if valid([number])[0]:
        return ""
    digit = int(check_digits([number])[0])
    if digit < 0 or len(number) != 11 or not number[10].isdecimal():
        return f"box {number}: expected 3 letters, U, J or Z, and 7 digits (ISO 6346)"
    return f"box {number}: expected the check digit {digit} (ISO 6346), found {number[10]}"


def remainders(numbers: ArrayLike) -> Bytes:
    """Give the sums modulo 11, 10 included, of well-formed numbers.

    Parameters
    ----------
    numbers : (n,) S10 or S11
    """
    return ((_VALUES[_letters(numbers)[:, :10]] @ _WEIGHTS) % 11).astype(np.int8)


def with_check_digit(number: str) -> str:
    """Give a number of ten characters with its check digit behind it.

    Raises
    ------
    StockError
        Where it is not three letters, a category (U, J or Z) and six digits.
    """
    digit = int(check_digits([number[:10]])[0]) if len(number) == 10 else -1
    if digit < 0:
        raise StockError(
            f"container number {number!r}: expected 3 letters, U, J or Z, and 6 digits, found something else"
        )
    return f"{number}{digit}"


def _well_formed(letters: np.ndarray[tuple[int, int], np.dtype[np.uint8]]) -> Flags:
    owner, serial = letters[:, :3], letters[:, 4:10]
    owner_ok = ((owner >= _FIRST_LETTER) & (owner < _FIRST_LETTER + 26)).all(axis=1)
    serial_ok = ((serial >= _FIRST_DIGIT) & (serial < _FIRST_DIGIT + 10)).all(axis=1)
    return owner_ok & serial_ok & np.isin(letters[:, 3], _CATEGORIES)
