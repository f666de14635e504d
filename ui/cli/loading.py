"""What commands without a window share: their files looked at, their loops loaded."""

import sys
import threading
from collections.abc import Callable, Sequence
from pathlib import Path

from ui.options import UsageError

SLOW_S = 2.0


def loaded(load: Callable[[], object]) -> None:
    """Call what loads or compiles a search; say so on stderr where it takes over two seconds."""
    note = threading.Timer(SLOW_S, sys.stderr.write, ("yard-twin: compiling, once on this machine\n",))
    note.daemon = True
    note.start()
    try:
        load()
    finally:
        note.cancel()


def look_at(paths: Sequence[Path]) -> None:
    """Refuse what is there and no regular file: a named pipe that nobody writes to is waited for without end.

    Raises
    ------
    UsageError
        Names the first of them.
    """
    for path in paths:
        if path.exists() and not path.is_file():
            kind = "a folder" if path.is_dir() else "a named pipe" if path.is_fifo() else "a device"
            raise UsageError(f"file {str(path)!r}: expected a regular file, found {kind}")


def refuse_empty(path: Path, bays: int) -> None:
    """Refuse a file without a bay.

    Raises
    ------
    UsageError
        Names it.
    """
    if not bays:
        raise UsageError(f"file {str(path)!r}: expected at least one bay, found none")
