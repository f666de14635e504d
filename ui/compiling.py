"""What the compiler of loops is at: it tells of each function that it begins with.

Imported only where something is to be compiled: it imports numba.
"""

import contextlib
import sys
from collections.abc import Callable
from typing import Any

from numba.core import event

Note = Callable[[str, str], None]
"""Takes the module and the name of a function; what it raises ends the compiling."""


class _Listener(event.Listener):
    def __init__(self, note: Note) -> None:
        self._note = note

    def on_start(self, event: Any) -> None:
        function = event.data["dispatcher"].py_func
        self._note(function.__module__, function.__qualname__)

    def on_end(self, event: Any) -> None:
        """Need not be told."""


def listening(note: Note) -> contextlib.AbstractContextManager[object]:
    """Have the compiler tell of each function that is not found in its cache, before it begins with it."""
    told: contextlib.AbstractContextManager[object] = event.install_listener("numba:compile", _Listener(note))
    return told


def within(module: str, package: str) -> bool:
    """Tell whether a module is a package or in it, by their full names."""
    return module == package or module.startswith(f"{package}.")


def functions_in(package: str) -> int:
    """Count the compiled functions of a package's modules, those that are imported."""
    modules = [module for name, module in list(sys.modules.items()) if within(name, package)]
    return len({id(one) for module in modules for one in vars(module).values() if _is_of(one, package)})


def _is_of(thing: object, package: str) -> bool:
    function = getattr(thing, "py_func", None)
    return function is not None and within(function.__module__, package)


def keeps(loop: Any) -> bool:
    """Tell whether what is compiled of a function is kept for later runs."""
    stats = getattr(loop, "stats", None)
    return stats is not None and stats.cache_path is not None
