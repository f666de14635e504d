"""What stands in tables saved as CSV, and their files: written whole or not at all."""

from pathlib import Path

from twin.errors import TwinError
from ui import whole
from ui.findings import iso

_FORMULA = ("=", "+", "-", "@", "\t", "\r")


class ExportError(TwinError):
    """A file that could not be written."""


def utc(t_ns: int) -> str:
    """Give an instant in UTC as ISO 8601, to the millisecond; empty where it is 0."""
    return iso(t_ns - t_ns % 1_000_000) if t_ns > 0 else ""


def plain(text: str) -> str:
    """Give a name; one that a spreadsheet would take for a formula begins with an apostrophe."""
    return f"'{text}" if text.startswith(_FORMULA) else text


def write_whole(path: Path, text: str) -> None:
    """Write a text file whole or not at all: what was there before stays where that fails.

    Raises
    ------
    ExportError
        Where the place cannot be written: no rights, no room, no such folder.
    """
    try:
        whole.write_whole(path, text.encode())
    except OSError as error:
        found = whole.reason_of(error)
        raise ExportError(f"file '{path}': expected a place that can be written, found: {found}") from error
