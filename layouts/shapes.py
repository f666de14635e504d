"""Shapes of JSON values: each reads a value strictly and tells its own JSON Schema.

The reader and the schema come from one table, so they cannot drift apart.
"""

from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from enum import StrEnum
from typing import Any, Protocol

from layouts.report import LayoutError
from twin.errors import YardError

LONGEST_SHOWN = 60


class Shape(Protocol):
    """What a value must be."""

    def read(self, value: Any, where: str) -> Any:
        """Give the value as the model wants it; raise :class:`LayoutError` where it is something else."""
        ...

    def schema(self) -> dict[str, Any]:
        """Give the JSON Schema."""
        ...


def refused(where: str, expected: str, found: object) -> LayoutError:
    """Give the error for a value that is not as expected."""
    return LayoutError(f"{where.rstrip(' ,')}: expected {expected}, found {_shown(found)}")


def _shown(value: object) -> str:
    if isinstance(value, dict):
        return "an object"
    if isinstance(value, list):
        return f"a list of {len(value)}"
    if value is None or isinstance(value, bool):
        return {None: "null", True: "true", False: "false"}[value]
    if isinstance(value, int) and abs(value) >= 10**18:
        return "a number of 19 digits or more"
    text = repr(value)
    return text if len(text) <= LONGEST_SHOWN else text[: LONGEST_SHOWN - 3] + "..."


@dataclass(frozen=True)
class Whole:
    """A whole number within bounds."""

    low: int
    high: int

    def read(self, value: Any, where: str) -> int:
        """Give the number."""
        if isinstance(value, bool) or not isinstance(value, int) or not self.low <= value <= self.high:
            raise refused(where, f"{self.low} to {self.high}", value)
        return value

    def schema(self) -> dict[str, Any]:
        """Give the JSON Schema."""
        return {"type": "integer", "minimum": self.low, "maximum": self.high}


@dataclass(frozen=True)
class Number:
    """A finite number within bounds, whole or not."""

    low: float
    high: float

    def read(self, value: Any, where: str) -> float:
        """Give the number."""
        if isinstance(value, bool) or not isinstance(value, (int, float)):
            raise refused(where, "a number", value)
        if not self.low <= value <= self.high:
            raise refused(where, f"{self.low:g} to {self.high:g}", value)
        return float(value)

    def schema(self) -> dict[str, Any]:
        """Give the JSON Schema."""
        return {"type": "number", "minimum": self.low, "maximum": self.high}


@dataclass(frozen=True)
class Text:
    """A text without control characters."""

    most: int
    least: int = 1

    def read(self, value: Any, where: str) -> str:
        """Give the text."""
        if not isinstance(value, str):
            raise refused(where, "a text", value)
        if not self.least <= len(value) <= self.most:
            raise refused(where, f"{self.least} to {self.most} characters", len(value))
        if not value.isprintable():
            raise refused(where, "printable characters", value)
        return value

    def schema(self) -> dict[str, Any]:
        """Give the JSON Schema."""
        return {"type": "string", "minLength": self.least, "maxLength": self.most}


@dataclass(frozen=True)
class Choice:
    """One of the members of an enumeration."""

    kind: type[StrEnum]

    def read(self, value: Any, where: str) -> StrEnum:
        """Give the member."""
        for member in self.kind:
            if member.value == value and isinstance(value, str):
                return member
        raise refused(where, f"one of {', '.join(self.kind)}", value)

    def schema(self) -> dict[str, Any]:
        """Give the JSON Schema."""
        return {"enum": [member.value for member in self.kind]}


@dataclass(frozen=True)
class Truth:
    """True or false."""

    def read(self, value: Any, where: str) -> bool:
        """Give the value."""
        if not isinstance(value, bool):
            raise refused(where, "true or false", value)
        return value

    def schema(self) -> dict[str, Any]:
        """Give the JSON Schema."""
        return {"type": "boolean"}


@dataclass(frozen=True)
class Many:
    """A list; the model takes it as a tuple."""

    item: Shape
    most: int
    least: int = 0

    def read(self, value: Any, where: str) -> tuple[Any, ...]:
        """Give the items."""
        if not isinstance(value, list):
            raise refused(where, "a list", value)
        if not self.least <= len(value) <= self.most:
            span = str(self.least) if self.least == self.most else f"{self.least} to {self.most}"
            raise refused(where, f"a list of {span}", value)
        return tuple(self.item.read(item, f"{where}[{index}]") for index, item in enumerate(value))

    def schema(self) -> dict[str, Any]:
        """Give the JSON Schema."""
        return {
            "type": "array",
            "items": self.item.schema(),
            "minItems": self.least,
            "maxItems": self.most,
        }


@dataclass(frozen=True)
class Optional:
    """A value or null."""

    item: Shape

    def read(self, value: Any, where: str) -> Any:
        """Give the value or None."""
        return None if value is None else self.item.read(value, where)

    def schema(self) -> dict[str, Any]:
        """Give the JSON Schema."""
        return {"anyOf": [{"type": "null"}, self.item.schema()]}


@dataclass(frozen=True)
class Record:
    """An object with known keys, made into a value of the model.

    Keys that may be left out carry the model's own default; a key that is not known is refused,
    so that a slip of the pen is not a setting ignored.
    """

    make: Callable[..., Any]
    needed: dict[str, Shape]
    free: dict[str, Shape] = field(default_factory=dict)
    about: dict[str, str] = field(default_factory=dict)

    def read(self, value: Any, where: str) -> Any:
        """Give the value of the model."""
        if not isinstance(value, dict):
            raise refused(where, "an object", value)
        return self.build(dict(self._read_fields(value, where)), where)

    def build(self, fields: dict[str, Any], where: str) -> Any:
        """Make the value; what the model refuses becomes a :class:`LayoutError` that names the place."""
        try:
            return self.make(**fields)
        except YardError as error:
            at = where if where.endswith(" ") else f"{where}: "
            raise LayoutError(f"{at}{error}") from error

    def _read_fields(self, value: dict[str, Any], where: str) -> Iterator[tuple[str, Any]]:
        known = self.needed | self.free
        for key in value:
            if key not in known:
                raise refused(where, f"only the keys {', '.join(known)}", key)
        for key, shape in known.items():
            if key in value:
                yield (
                    key,
                    shape.read(value[key], f"{where}.{key}" if not where.endswith(" ") else where + key),
                )
            elif key in self.needed:
                raise LayoutError(f"{where.rstrip(' ,')}: expected the key {key!r}, found none")

    def schema(self) -> dict[str, Any]:
        """Give the JSON Schema."""
        properties = {}
        for key, shape in (self.needed | self.free).items():
            note = {"description": self.about[key]} if key in self.about else {}
            properties[key] = note | shape.schema()
        return {
            "type": "object",
            "properties": properties,
            "required": list(self.needed),
            "additionalProperties": False,
        }
