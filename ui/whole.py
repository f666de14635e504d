"""Files written whole or not at all: beside their place, flushed to the disk, then put there."""

import os
from contextlib import suppress
from pathlib import Path


def write_whole(path: Path, content: bytes) -> None:
    """Write a file; what was there before stays where that fails, and nothing half-written is left.

    Raises
    ------
    OSError
        Where the place cannot be written: no rights, no room, no such folder.
    """
    part = path.with_name(f".{path.name}.part")
    try:
        with part.open("wb") as file:
            file.write(content)
            file.flush()
            os.fsync(file.fileno())
        os.replace(part, path)
    except OSError:
        with suppress(OSError):
            part.unlink(missing_ok=True)
        raise


def reason_of(error: OSError) -> str:
    """Give in a few words why a file could not be written."""
    return error.strerror or str(error)
