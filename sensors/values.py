"""Lines that are JSON and no object: they are told as that, wherever they came from."""

import msgspec
import numpy as np

from sensors.lines import BACKSLASH, Rows, reason

_ALONE = reason("TAG block: no sentence behind it")
_NEITHER = reason("neither an NMEA sentence nor a JSON object")
_NO_OBJECT = reason("JSON, but no object")
_FIRST = frozenset(b'["-0123456789tfn')
"""What a JSON text other than an object begins with (RFC 8259)."""


def refuse_values(data: bytes, rows: Rows) -> None:
    """Tell which refused lines are a JSON list, text, number or word, behind a TAG block or not; in place."""
    for row in np.flatnonzero((rows.reason == _ALONE) | (rows.reason == _NEITHER)).tolist():
        line = data[int(rows.start[row]) : int(rows.end[row])]
        if line[:1] and line[0] == BACKSLASH:
            line = line.split(b"\\", 2)[2].strip()
        if line and line[0] in _FIRST and _is_json(line):
            rows.reason[row] = _NO_OBJECT


def _is_json(text: bytes) -> bool:
    try:
        msgspec.json.decode(text)
    except (msgspec.DecodeError, RecursionError):
        return False
    return True
