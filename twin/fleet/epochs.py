"""What machines say of their place and motion at one instant: a fix, wheels, a gyro, or several of these."""

from dataclasses import dataclass, fields

import numpy as np
from numpy.typing import NDArray

from twin.tables import Bytes, Flags, Floats, Ints, Longs, Table

TAKEN, GATED, OLD = 0, 1, 2
"""What becomes of an epoch."""


@dataclass(frozen=True, eq=False)
class Epochs(Table):
    """Measurements, one row a machine and instant; NaN where not sent.

    Attributes
    ----------
    row : (k,) int32
        Fleet row.
    t_ns : (k,) int64
        Measurement [ns UTC].
    x_m, y_m : (k,) float
        The antenna in the yard frame; NaN where there is no fix.
    sigma_m : (k,) float
        One sigma of the fix, an axis [m]; negative where the receiver did not tell it: then what it told
        last at the same quality counts, else the amount.
    speed_mps, course_rad : (k,) float
        Over ground; the speed is never negative.
    heading_rad : (k,) float
        Of two antennas, counter-clockwise from the yard's x.
    quality : (k,) int8
        NMEA GGA quality; -1 where there is no fix.
    odometer_mps, gyro_rps : (k,) float
        Speed of the wheels, negative in reverse; yaw rate, counter-clockwise.
    """

    row: Ints
    t_ns: Longs
    x_m: Floats
    y_m: Floats
    sigma_m: Floats
    speed_mps: Floats
    course_rad: Floats
    heading_rad: Floats
    quality: Bytes
    odometer_mps: Floats
    gyro_rps: Floats

    def __len__(self) -> int:
        """Give the number of epochs."""
        return len(self.row)

    @property
    def fixed(self) -> Flags:
        """Which have a fix."""
        return np.isfinite(self.x_m)

    def take(self, rows: NDArray[np.integer] | Flags) -> "Epochs":
        """Give the named rows."""
        return Epochs(*(getattr(self, name)[rows] for name in _NAMES))


_NAMES = tuple(field.name for field in fields(Epochs))


def no_epochs() -> Epochs:
    """Give a table without a row."""
    return of_motions(np.empty(0, np.int32), np.empty(0, np.int64), np.empty(0), np.empty(0))


def of_fixes(
    row: Ints, t_ns: Longs, xy_yard_m: Floats, sigma_m: Floats, speed_mps: Floats, course_rad: Floats,
    heading_rad: Floats, quality: Bytes,
) -> Epochs:  # fmt: skip
    """Give fixes as epochs; the columns are those of :class:`Epochs`, the places (k, 2)."""
    nan = np.full(len(row), np.nan)
    x_m, y_m = np.ascontiguousarray(xy_yard_m.T)
    sigma_m = np.nan_to_num(sigma_m, nan=10.0)
    return Epochs(
        row, t_ns, x_m, y_m, sigma_m, speed_mps, course_rad, heading_rad, quality, nan, nan
    )  # fmt: skip


def of_motions(row: Ints, t_ns: Longs, odometer_mps: Floats, gyro_rps: Floats) -> Epochs:
    """Give readings of wheels and gyros as epochs without a fix."""
    nan = np.full(len(row), np.nan)
    none = np.full(len(row), -1, np.int8)
    return Epochs(row, t_ns, nan, nan, nan, nan, nan, nan, none, odometer_mps, gyro_rps)


def stacked(tables: list[Epochs]) -> Epochs:
    """Give several tables as one, in their order."""
    if len(tables) == 1:
        return tables[0]
    return Epochs(*(np.concatenate([getattr(table, name) for table in tables]) for name in _NAMES))


def joined(fixes: Epochs, motions: Epochs) -> Epochs:
    """Give fixes and motions, those of one machine and instant as one row."""
    if not len(fixes) or not len(motions):
        return fixes if len(fixes) else motions
    if np.array_equal(fixes.row, motions.row) and np.array_equal(fixes.t_ns, motions.t_ns):
        return fixes.with_columns(odometer_mps=motions.odometer_mps, gyro_rps=motions.gyro_rps)
    both = stacked([fixes, motions])
    order = np.lexsort((~both.fixed, both.t_ns, both.row))
    row, t_ns, fixed = both.row[order], both.t_ns[order], both.fixed[order]
    pair = np.zeros(len(order), np.bool_)
    pair[1:] = (row[1:] == row[:-1]) & (t_ns[1:] == t_ns[:-1]) & fixed[:-1] & ~fixed[1:]
    if not pair.any():
        return both
    into, gone = order[:-1][pair[1:]], order[1:][pair[1:]]
    columns = both.editable("odometer_mps", "gyro_rps")
    for values in columns.values():
        values[into] = values[gone]
    kept = np.ones(len(order), np.bool_)
    kept[gone] = False
    return both.with_columns(**columns).take(kept)


def in_order(row: Ints, t_ns: Longs, fixed: Flags) -> NDArray[np.intp]:
    """Give the order by machine, instant, motion before fix."""
    return np.arange(len(row)) if rising(row) else np.lexsort((fixed, t_ns, row))


def rising(row: Ints) -> bool:
    """Tell whether each machine is there once at most, in their order."""
    return len(row) < 2 or bool((row[1:] > row[:-1]).all())
