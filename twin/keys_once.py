"""JSON texts in which every object has each key once: a second one would silently win."""

import json
import re
from collections.abc import Callable
from typing import Any

_TOKEN = re.compile(r'"(?:[^"\\]|\\.)*"(?P<key>\s*:)?|[{}\[\]]', re.DOTALL)


class KeyTwiceError(ValueError):
    """A key that stands in one object twice.

    Attributes
    ----------
    key : str
    line : int
        Of its second place, from 1.
    """

    def __init__(self, key: str, line: int) -> None:
        super().__init__(f"expected each key once in an object, found {key!r} again")
        self.key, self.line = key, line


def loads(text: str, constant: Callable[[str], Any] | None = None) -> Any:
    """Read a JSON text.

    Parameters
    ----------
    text : str
    constant : callable, optional
        Given ``NaN``, ``Infinity`` and ``-Infinity``, as of :func:`json.loads`.

    Raises
    ------
    KeyTwiceError
        Where an object has a key twice.
    ValueError, RecursionError
        As :func:`json.loads`.
    """
    doubled = False

    def once(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
        nonlocal doubled
        out = dict(pairs)
        doubled |= len(out) < len(pairs)
        return out

    found = json.loads(text, object_pairs_hook=once, parse_constant=constant)
    if doubled:
        raise _first(text)
    return found


def _first(text: str) -> KeyTwiceError:
    """Find the first key of a valid JSON text that stands in its object a second time."""
    seen: list[set[str]] = []
    for token in _TOKEN.finditer(text):
        word = token.group()
        if word in ("{", "["):
            seen.append(set())
        elif word in ("}", "]"):
            seen.pop()
        elif token.group("key"):
            name = json.loads(word.removesuffix(token.group("key")))
            if name in seen[-1]:
                return KeyTwiceError(name, text.count("\n", 0, token.start()) + 1)
            seen[-1].add(name)
    raise AssertionError("a key stands twice: expected to find it")
