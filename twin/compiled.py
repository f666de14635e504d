"""Loops compiled to machine code where numba is there; the same functions in plain Python where it is not.

Whoever asks for speed without a compiler asks :data:`COMPILED` and takes an array path instead.
"""

import contextlib
import hashlib
import os
from collections.abc import Callable
from functools import cache
from pathlib import Path
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
    return _compiled(function)


def lean(function: Function) -> Function:
    """Compile a function that makes no arrays, as :func:`compiled`, but as a part of those that call it.

    Notes
    -----
    Else each call passes arrays by their parts and counts references to them, atomically: half of the time
    of loops that are made of many small functions.
    """
    return _compiled(function, _nrt=False, forceinline=True)


def packed(function: Function) -> Function:
    """Compile a function, as :func:`lean`, with arithmetic on neighbouring numbers done on several at once.

    Notes
    -----
    For what is called from Python, whose parts are compiled within it. numba leaves this to be asked for, as
    compilers have made mistakes in it; each such function is tested to do what it does in plain Python.
    """
    wrapped: Any = lean(function)
    compile_ = getattr(wrapped, "compile", None)
    if compile_ is None:
        return function

    def compile_packed(signature: object) -> object:
        before, numba.config.SLP_VECTORIZE = numba.config.SLP_VECTORIZE, 1
        try:
            return compile_(signature)
        finally:
            numba.config.SLP_VECTORIZE = before

    wrapped.compile = compile_packed
    kept: Function = wrapped
    return kept


def _compiled(function: Function, **more: bool) -> Function:
    if numba is None:
        return function
    options = {"nogil": True, "error_model": "numpy", **more}
    try:
        wrapped: Any = numba.njit(cache=True, **options)(function)
    except RuntimeError:
        # No folder for the cache may be written to: then it is compiled anew in each run.
        unkept: Function = numba.njit(**options)(function)
        return unkept
    _date(wrapped, function.__module__)
    kept: Function = wrapped
    return kept


def _date(wrapped: Any, module: str) -> None:
    """Make what is cached of a function old once any file of its package changes.

    What it calls or takes for a constant may be in another file, whose changes the compiler does not see.
    """
    # WORKAROUND numba, "Caching" in its user manual, "Invalidation": remove when callees count, too.
    file = getattr(getattr(wrapped, "_cache", None), "_cache_file", None)
    if file is not None and hasattr(file, "_source_stamp"):
        file._source_stamp = file._source_stamp, _digest(module.rpartition(".")[0])


@cache
def _digest(package: str) -> str:
    """Give the SHA-256 of the files of a package: of ``twin.safety.rules`` all beneath ``twin/safety``.

    What all packages take from, this module and ``series.py``, counts as well.
    """
    here = Path(__file__)
    root = here.parent.parent
    folders = package.split(".")[:2]
    files = sorted(root.joinpath(*folders).rglob("*.py")) if package else []
    sha = hashlib.sha256()
    for file in [here, here.with_name("series.py"), *files]:
        sha.update(file.read_bytes())
    return sha.hexdigest()
