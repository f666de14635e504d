"""JSON objects in which a key stands twice: which of its two words counts would hang on the reader.

RFC 8259, section 4: names within an object should be unique; what software does where they are not cannot
be foretold.
"""

import json
import re

import numpy as np
from numpy.typing import NDArray

from twin import keys_once
from twin.compiled import COMPILED, compiled
from twin.tables import Flags, Longs

TWICE = "a key twice in one object"
_NO_JSON = "no valid JSON object"
_MOST_KEYS, _DEEPEST = 256, 32
_QUOTE, _BACKSLASH, _COLON, _SPACE, _TAB, _CR = 0x22, 0x5C, 0x3A, 0x20, 0x09, 0x0D
_OPEN, _CLOSE, _OPEN_LIST, _CLOSE_LIST = 0x7B, 0x7D, 0x5B, 0x5D
_START, _FACTOR = 14_695_981_039_346_656_037, 1_099_511_628_211  # FNV-1a, 64 bits
_STRINGS = re.compile(rb'"([^"]*)"(\s*:)?')


def complaints(data: bytes, begin: NDArray[np.integer], end: NDArray[np.integer]) -> list[str]:
    """Tell of each line what speaks against its keys; empty where nothing does.

    Parameters
    ----------
    data : bytes
    begin, end : (n,) int
        Where each line's object begins and ends.

    Returns
    -------
    list of str
        A line that is no JSON may be passed here: its reader refuses it.
    """
    if not len(begin):
        return []
    first, after = begin.astype(np.int64), end.astype(np.int64)
    if COMPILED:
        looked_at = np.zeros(len(first), np.bool_)
        _look(np.frombuffer(data, np.uint8), first, after, looked_at)
        flags = looked_at.tolist()
    else:
        flags = [_may_double(data[a:b]) for a, b in zip(first.tolist(), after.tolist(), strict=True)]
    spans = zip(first.tolist(), after.tolist(), flags, strict=True)
    return [complaint(data[a:b]) if flag else "" for a, b, flag in spans]


def complaint(line: bytes) -> str:
    """Tell what speaks against the keys of one object, read in full; empty where nothing does."""
    try:
        keys_once.loads(line.decode(json.detect_encoding(line), "surrogatepass"))
    except keys_once.KeyTwiceError:
        return TWICE
    except (ValueError, RecursionError):
        return _NO_JSON
    return ""


def _may_double(line: bytes) -> bool:
    """Tell whether a key may stand twice: exact where one name stands in no two objects."""
    if b"\\" in line:
        return True
    keys = [name for name, colon in _STRINGS.findall(line) if colon]
    return len(set(keys)) < len(keys)


@compiled
def _look(data: NDArray[np.uint8], begin: Longs, end: Longs, looked_at: Flags) -> None:
    """Mark the lines in which a key may stand twice; equal hashes, escapes and crowds are marked as well."""
    keys = np.empty(_MOST_KEYS, np.uint64)
    bases = np.empty(_DEEPEST, np.int64)
    for line in range(len(begin)):
        count = depth = 0
        at, last = begin[line], end[line]
        while at < last:
            byte = data[at]
            at += 1
            if byte in (_OPEN, _OPEN_LIST):
                if depth == _DEEPEST:
                    looked_at[line] = True
                    break
                bases[depth] = count
                depth += 1
            elif byte in (_CLOSE, _CLOSE_LIST):
                if depth > 0:
                    depth -= 1
                    count = bases[depth]
            elif byte == _QUOTE:
                name, escaped = np.uint64(_START), False
                while at < last and data[at] != _QUOTE:
                    if data[at] == _BACKSLASH:
                        escaped = True
                        at += 1
                    name = (name ^ np.uint64(data[at] if at < last else 0)) * np.uint64(_FACTOR)
                    at += 1
                at += 1
                while at < last and (data[at] == _SPACE or _TAB <= data[at] <= _CR):
                    at += 1
                if at >= last or data[at] != _COLON:
                    continue
                base = bases[depth - 1] if depth > 0 else 0
                for k in range(base, count):
                    if keys[k] == name:
                        looked_at[line] = True
                if escaped or count == _MOST_KEYS:
                    looked_at[line] = True
                if looked_at[line]:
                    break
                keys[count] = name
                count += 1
