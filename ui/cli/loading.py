"""Loading of compiled loops: quiet where it is quick, told where it takes long."""

import sys
import threading
from collections.abc import Callable

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
