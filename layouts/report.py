"""What reading a layout gives: a yard and warnings, or one error."""

from dataclasses import dataclass

from twin.errors import TwinError
from twin.yard.model import Yard


class LayoutError(TwinError):
    """A layout file that cannot be read or written; the message says which, where and why."""


@dataclass(frozen=True, slots=True)
class LoadReport:
    """A yard as it was read, and what a person should know about the reading."""

    yard: Yard
    warnings: tuple[str, ...] = ()
