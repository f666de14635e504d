"""Reading and writing yard files: by suffix, whole or not at all."""

import os
import tempfile
from collections.abc import Callable
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path

from layouts import native
from layouts.report import LayoutError, LoadReport
from twin.yard.model import Yard

__all__ = ["FORMATS", "SAMPLES", "Format", "LayoutError", "LoadReport", "load", "sample", "save"]


@dataclass(frozen=True, slots=True)
class Format:
    """A format of yard files: its title, its reader and its writer."""

    title: str
    decode: Callable[[bytes, str], LoadReport]
    encode: Callable[[Yard], bytes]


FORMATS: dict[str, Format] = {
    ".yard.json": Format("Yard layout", native.decode, native.encode),
    ".json": Format("Yard layout", native.decode, native.encode),
}
"""Suffix to format; the longest suffix that fits is taken."""

SAMPLES: tuple[str, ...] = ("demo", "compact")
"""Names of the yards that ship."""

_YARDS = Path(__file__).parent / "yards"


def load(path: Path) -> LoadReport:
    """Read a yard file.

    Raises
    ------
    LayoutError
        Where it cannot be read, or holds no yard; the message names the file and the place in it.
    """
    form = _format(path)
    where = f"layout {path.name!r}"
    if path.exists() and not path.is_file():
        raise LayoutError(f"{where}: expected a file, found something else")
    try:
        with path.open("rb") as file:
            data = file.read(native.MAX_BYTES + 1)
            size = os.fstat(file.fileno()).st_size
    except OSError as error:
        raise LayoutError(f"{where}: expected a file to read, found: {_reason(error)}") from error
    if len(data) > native.MAX_BYTES:
        limit = native.MAX_BYTES // 2**20
        raise LayoutError(f"{where}: expected at most {limit} MiB, found {size / 2**20:.1f} MiB")
    return form.decode(data, path.name)


def save(yard: Yard, path: Path) -> None:
    """Write a yard file whole: beside the old one, flushed to the disk, then put in its place.

    Raises
    ------
    LayoutError
        Where it cannot be written, or could not be read again; an older file is then left as it was.
    """
    form = _format(path)
    data = form.encode(yard)
    form.decode(data, path.name)
    temporary = ""
    try:
        handle, temporary = tempfile.mkstemp(prefix=f".{path.name}.", suffix=".part", dir=path.parent)
        with os.fdopen(handle, "wb") as file:
            file.write(data)
            file.flush()
            os.fsync(file.fileno())
        _keep_mode(path, temporary)
        os.replace(temporary, path)
        _flush_folder(path.parent)
    except OSError as error:
        if temporary:
            with suppress(OSError):
                os.unlink(temporary)
        raise LayoutError(f"layout {path.name!r}: not saved: {_reason(error)}") from error


def sample(name: str) -> Yard:
    """Give a yard that ships.

    Raises
    ------
    LayoutError
        Where there is none of that name.
    """
    if name not in SAMPLES:
        raise LayoutError(f"sample: expected one of {', '.join(SAMPLES)}, found {name!r}")
    return load(_YARDS / f"{name}.yard.json").yard


def _format(path: Path) -> Format:
    suffixes = [suffix for suffix in FORMATS if path.name.lower().endswith(suffix)]
    if not suffixes:
        expected = ", ".join(FORMATS)
        raise LayoutError(f"layout {path.name!r}: expected a name that ends in {expected}")
    return FORMATS[max(suffixes, key=len)]


def _keep_mode(path: Path, temporary: str) -> None:
    """Give the new file the rights of the old one; a temporary file is private otherwise."""
    if path.exists():
        os.chmod(temporary, path.stat().st_mode & 0o777)
    else:
        mask = os.umask(0)
        os.umask(mask)
        os.chmod(temporary, 0o666 & ~mask)


def _flush_folder(folder: Path) -> None:
    """Bring the new name to the disk as well, where the system can."""
    if os.name != "posix":
        return
    handle = os.open(folder, os.O_RDONLY)
    try:
        os.fsync(handle)
    finally:
        os.close(handle)


def _reason(error: OSError) -> str:
    return error.strerror or str(error)
