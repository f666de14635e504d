"""Tables of columns: frozen dataclasses whose arrays cannot be written to.

A table that nothing happened to is the same object in two states, so ``is`` answers
"must I draw this again?".
"""

import dataclasses
import hashlib
from functools import cache
from typing import Any, TypeVar

import numpy as np
from numpy.typing import NDArray

Floats = NDArray[np.float64]
Singles = NDArray[np.float32]
Ints = NDArray[np.int32]
Longs = NDArray[np.int64]
Bytes = NDArray[np.int8]
Flags = NDArray[np.bool_]
Texts = NDArray[np.bytes_]

TableT = TypeVar("TableT", bound="Table")


@cache
def _names(table: Any) -> dict[str, None]:
    """Give the names of the columns of a table, in their order."""
    return {field.name: None for field in dataclasses.fields(table)}


@dataclasses.dataclass(frozen=True, eq=False)
class Table:
    """Base of the struct-of-arrays tables; every array field has one row a thing.

    Notes
    -----
    Making a table takes its arrays over: they are set read-only in place, never copied.
    """

    def __post_init__(self) -> None:
        """Lock the arrays."""
        kind: Any = type(self)
        columns = self.__dict__
        for name in _names(kind):
            value = columns[name]
            if isinstance(value, np.ndarray):
                value.setflags(write=False)

    def __setstate__(self, columns: dict[str, Any]) -> None:
        """Take the columns of a pickle and lock them again."""
        self.__dict__.update(columns)
        self.__post_init__()

    def with_columns(self: TableT, **columns: Any) -> TableT:
        """Give a table with some columns replaced; the others are shared, not copied."""
        kind: Any = type(self)
        mine, names = self.__dict__, _names(kind)
        if not columns.keys() <= names.keys():
            unknown = ", ".join(sorted(columns.keys() - names.keys()))
            raise TypeError(f"{type(self).__name__}: expected columns {', '.join(names)}, found {unknown}")
        made: TableT = object.__new__(kind)
        # What is worked out from columns, and kept beside them, is not taken along.
        made.__dict__.update({name: mine[name] for name in names} | columns)
        for value in columns.values():
            if isinstance(value, np.ndarray):
                value.setflags(write=False)
        return made

    def editable(self, *names: str) -> dict[str, NDArray[Any]]:
        """Give writable copies of the named columns, ready for :meth:`with_columns`."""
        return {name: getattr(self, name).copy() for name in names}


def digest(*values: object) -> bytes:
    """Give the SHA-256 of tables, arrays, tuples and plain values, bit for bit.

    Parameters
    ----------
    *values : Table, frozen dataclass, ndarray, tuple, bytes, str, int, float, bool or None
        NaN counts by its bits; order counts.

    Returns
    -------
    bytes
        32 bytes; equal only where every column is equal bit for bit.
    """
    sha = hashlib.sha256()
    for value in values:
        _feed(sha, value)
    return sha.digest()


def _feed(sha: Any, value: object) -> None:
    if isinstance(value, np.ndarray):
        sha.update(f"a{value.dtype.str}{value.shape}".encode())
        sha.update(np.ascontiguousarray(value).tobytes())
    elif dataclasses.is_dataclass(value) and not isinstance(value, type):
        sha.update(f"d{type(value).__name__}".encode())
        for field in dataclasses.fields(value):
            if field.compare or isinstance(value, Table):
                _feed(sha, getattr(value, field.name))
    elif isinstance(value, (tuple, list)):
        sha.update(f"t{len(value)}".encode())
        for item in value:
            _feed(sha, item)
    else:
        sha.update(f"v{type(value).__name__}:{value!r};".encode())


def expanded(counts: NDArray[np.integer]) -> tuple[NDArray[np.intp], NDArray[np.intp]]:
    """Give for counts (2, 0, 3) the owners (0, 0, 2, 2, 2) and the numbers within (0, 1, 0, 1, 2)."""
    owner = np.repeat(np.arange(len(counts)), counts)
    starts = np.cumsum(counts) - counts
    return owner, np.arange(len(owner)) - starts[owner]
