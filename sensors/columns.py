"""The numbers, times and places of the sentences of one type, read sentence after sentence into columns."""

from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from sensors.lines import reason
from sensors.numbers import BAD, EMPTY, POWERS, number
from twin.compiled import compiled
from twin.tables import Bytes, Flags, Floats, Ints, Longs

CLOCK, LATITUDE, LONGITUDE = 6, 4, 5
"""Digits before the point of times, latitudes and longitudes: what a group is."""

_POWERS_FLOAT = POWERS.astype(np.float64)
_MALFORMED, _TIME = reason("malformed number"), reason("time out of range")
_LATITUDE, _LONGITUDE = reason("latitude out of range"), reason("longitude out of range")
_NS_PER_S = 1_000_000_000


class Numbers(NamedTuple):
    """Which fields of a type are plain numbers.

    Attributes
    ----------
    field, column : (f,) int64
        Fields from 1 (the address is 0), and the columns that they go to.
    least, most : (f,) float
        What each may be; infinite where its column is judged elsewhere.
    """

    field: Longs
    column: Longs
    least: Floats
    most: Floats


@compiled
def read_numbers(
    buffer: NDArray[np.uint8],
    commas: Ints,
    rows: Longs,
    which: Numbers,
    table: Floats,
    bad: Bytes,
    outside: Flags,
) -> None:
    """Read plain numbers.

    Parameters
    ----------
    buffer : (b,) uint8
    commas, rows : (fields, k) int32, (k,) int64
        As of :class:`sensors.fields.Fields`.
    which : Numbers
    table : (columns, n) float
        Gets the numbers; what is empty or malformed stays as it is.
    bad : (n,) int8
        Gets the reason of sentences with a malformed number that have none yet.
    outside : (n,) bool
        Gets True where a number is out of its range.
    """
    for k in range(len(rows)):
        row = rows[k]
        for f in range(len(which.field)):
            field = which.field[f]
            before, behind, digits, scale, negative = number(
                buffer, commas[field - 1, k] + 1, commas[field, k]
            )
            if digits == EMPTY:
                continue
            if digits == BAD:
                if bad[row] == 0:
                    bad[row] = _MALFORMED
                continue
            value = (before * POWERS[scale] + behind) / _POWERS_FLOAT[scale]
            if negative:
                value = -value
            table[which.column[f], row] = value
            if value < which.least[f] or value > which.most[f]:
                outside[row] = True


@compiled
def read_groups(
    buffer: NDArray[np.uint8],
    commas: Ints,
    rows: Longs,
    fields: Longs,
    kinds: Longs,
    time: Longs,
    latitude: Floats,
    longitude: Floats,
    bad: Bytes,
) -> None:
    """Read times (``hhmmss.sss``), latitudes and longitudes (``ddmm.mmmm``).

    Parameters
    ----------
    buffer, commas, rows
        As of :func:`read_numbers`.
    fields, kinds : (g,) int64
        Fields of the groups, and what each is.
    time : (n,) int64
        Gets nanoseconds since midnight.
    latitude, longitude : (n,) float
        Get degrees without sign.
    bad : (n,) int8
        Gets the reason of sentences that have none yet: a malformed group before one out of range.
    """
    for k in range(len(rows)):
        row, worst = rows[k], 0
        for g in range(len(fields)):
            field, kind = fields[g], kinds[g]
            whole, fraction, digits, scale, negative = number(
                buffer, commas[field - 1, k] + 1, commas[field, k]
            )
            if digits == EMPTY:
                continue
            if digits == BAD:
                worst = _MALFORMED
                continue
            if kind == CLOCK:
                hour, minute, second = whole // 10_000, whole // 100 % 100, whole % 100
                wrong = negative or digits != CLOCK or scale > 9
                if wrong or hour > 23 or minute > 59 or second > 60:
                    worst = worst if worst else _TIME
                    continue
                time[row] = ((hour * 60 + minute) * 60 + second) * _NS_PER_S + fraction * POWERS[9 - scale]
                continue
            degrees, unit = whole // 100, POWERS[scale]
            minutes = ((whole - degrees * 100) * unit + fraction) / unit
            value = degrees + minutes / 60
            wrong = negative or digits < 3 or minutes >= 60
            if kind == LATITUDE:
                latitude[row] = value
                if (wrong or value > 90) and not worst:
                    worst = _LATITUDE
            else:
                longitude[row] = value
                if (wrong or value > 180) and not worst:
                    worst = _LONGITUDE
        if bad[row] == 0:
            bad[row] = worst
