"""Loops compiled to machine code where numba is there; the same functions in plain Python where it is not.

Whoever asks for speed without a compiler asks :data:`COMPILED` and takes an array path instead.
"""

import contextlib
import os
from collections.abc import Callable
from typing import Any, TypeVar

Function = TypeVar("Function", bound=Callable[..., object])

numba: Any = None
if os.environ.get("YARD_TWIN_COMPILER") != "0":
    with contextlib.suppress(ImportError):
        import numba

COMPILED: bool = numba is not None
"""Whether :func:`compiled` compiles; ``YARD_TWIN_COMPILER=0`` in the environment forbids it."""


def compiled(function: Function) -> Function:
    """Compile a function of numbers and arrays at its first call; later runs load it from a cache.

    Notes
    -----
    Importing this module imports numba (0.7 s), so a module that uses it is itself imported only where a
    search begins, never by the command line's ``--help`` or the window's start.
    """
    if numba is None:
        return function
    wrapped: Function = numba.njit(cache=True, nogil=True, error_model="numpy")(function)
    return wrapped
