"""What commands without a window share: their files looked at, their loops loaded, how far they are."""

import sys
import threading
import time
from collections.abc import Callable, Sequence
from pathlib import Path

from ui.options import UsageError

SLOW_S, COMPILED_S, AGAIN_S = 1.0, 4.0, 10.0
"""After so long it is told that loops are being loaded, after so much longer that they are compiled, as
none takes so long from the cache, and how often that they still are [s]."""
TOLD_EVERY_S = 5.0
"""How often progress is told on stderr [s]; on a terminal, in one line, each second."""


def say(text: str) -> None:
    """Tell something on stderr, at once."""
    sys.stderr.write(f"yard-twin: {text}\n")
    sys.stderr.flush()


def loaded(load: Callable[[], object], what: str) -> None:
    """Call what loads or compiles loops; where it takes long say so on stderr, and for how long by now.

    Parameters
    ----------
    load : callable
    what : str
        What the loops are for, as ``the search (1 of 2)``.
    """
    over = threading.Event()
    threading.Thread(target=_tell, args=(over, what), name="told of compiling", daemon=True).start()
    try:
        load()
    finally:
        over.set()


def _tell(over: threading.Event, what: str) -> None:
    """Tell that loops are being loaded until that is over."""
    begun_s = time.monotonic()
    if over.wait(SLOW_S):
        return
    say(f"loading {what}")
    if over.wait(COMPILED_S):
        return
    say("it is compiled, which takes up to a minute the first time on this machine")
    while not over.wait(AGAIN_S):
        say(f"still loading, {time.monotonic() - begun_s:.0f} s by now")


class Progress:
    """Tells on stderr how far something is.

    Parameters
    ----------
    every_s : float
        How often it is told [s]; on a terminal, in one line, each second.
    """

    def __init__(self, every_s: float = TOLD_EVERY_S) -> None:
        self._every_s = every_s
        self._told_s = time.monotonic()
        self._begun = False

    def tell(self, text: Callable[[], str]) -> None:
        """Tell it, where enough time has passed since it was told last."""
        terminal, now_s = sys.stderr.isatty(), time.monotonic()
        if now_s - self._told_s < (min(1.0, self._every_s) if terminal else self._every_s):
            return
        self._told_s, self._begun = now_s, terminal
        sys.stderr.write(f"\ryard-twin: {text()}" if terminal else f"yard-twin: {text()}\n")
        sys.stderr.flush()

    def say(self, text: str) -> None:
        """Tell something else, in a line of its own."""
        self.end()
        say(text)

    def end(self) -> None:
        """End the line on a terminal."""
        if self._begun:
            sys.stderr.write("\n")
            self._begun = False


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
