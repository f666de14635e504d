"""What the edits of a yard share: looking a thing up by name, rounding, the next revision."""

from collections.abc import Callable, Iterable
from dataclasses import fields, replace
from typing import Any, Protocol, TypeVar

from twin.errors import YardError
from twin.yard.model import Point, Yard

MAX_COORDINATE_M = 20_000.0
"""How far from the frame's origin anything may lie [m]; beyond, the frame's scale is no longer 1."""


class Named(Protocol):
    """Whatever has a name."""

    @property
    def name(self) -> str:
        """The name."""
        ...


NamedT = TypeVar("NamedT", bound=Named)


def metres(value: float) -> float:
    """Round to a tenth of a millimetre, the step of layout files.

    Raises
    ------
    YardError
        Where it lies out of the frame, or is no number.
    """
    if not abs(value) <= MAX_COORDINATE_M:
        raise YardError(f"coordinate: expected a number within {MAX_COORDINATE_M:.0f} m, found {value}")
    return round(value, 4) + 0.0


def moved_point(point: Point, dx_m: float, dy_m: float) -> Point:
    """Give a point moved [m], rounded as :func:`metres` does."""
    return metres(point[0] + dx_m), metres(point[1] + dy_m)


def changed(items: Iterable[NamedT], name: str, change: Callable[[NamedT], NamedT]) -> tuple[NamedT, ...]:
    """Replace the item of that name; raise :class:`YardError` where there is none."""
    out, found = [], False
    for item in items:
        hit = item.name == name
        found |= hit
        out.append(change(item) if hit else item)
    if not found:
        raise YardError(f"edit: expected the name of something in the yard, found {name!r}")
    return tuple(out)


def without(items: Iterable[NamedT], name: str) -> tuple[NamedT, ...]:
    """Leave the item of that name out; raise :class:`YardError` where there is none."""
    kept = tuple(items)
    left = tuple(item for item in kept if item.name != name)
    if len(left) == len(kept):
        raise YardError(f"edit: expected the name of something in the yard, found {name!r}")
    return left


def next_revision(yard: Yard, **changes: Any) -> Yard:
    """Give the yard with some fields replaced and its revision one higher."""
    return replace(yard, revision=yard.revision + 1, **changes)


def with_fields(item: NamedT, changes: Iterable[tuple[str, Any]]) -> NamedT:
    """Give a block or a quay with some of its fields replaced, its name left as it is.

    Raises
    ------
    YardError
        Where it has no such field, or the result could not exist.
    """
    known = {field.name for field in fields(item)} - {"name"}  # type: ignore[arg-type]
    for key, _ in changes:
        if key not in known:
            raise YardError(f"{item.name!r}: expected one of {', '.join(sorted(known))}, found {key!r}")
    try:
        return replace(item, **dict(changes))  # type: ignore[type-var]
    except TypeError as error:
        raise YardError(f"{item.name!r}: expected values of the right kind, found {dict(changes)}") from error
