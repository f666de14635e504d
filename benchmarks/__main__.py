"""Run the benchmarks: ``python -m benchmarks [module ...]``; without a name, all of them."""

import importlib
import platform
import sys
from types import ModuleType

import numpy as np

from benchmarks.rows import Row, table

MODULES = (
    "collision",
    "tracking",
    "accuracy",
    "decoding",
    "mqtt",
    "rendering",
    "window",
    "tick",
    "late_words",
    "stacking",
    "premarshal",
    "uncertain",
    "allocation",
    "relocation",
)
"""Modules of this package with a function ``rows() -> Iterable[Row]``, or ``lines() -> Iterable[str]``."""


def _module(name: str) -> ModuleType | str:
    try:
        return importlib.import_module(f"benchmarks.{name}")
    except ImportError as error:
        return f"absent: {error}"


def main(names: list[str]) -> int:
    """Run the named benchmarks and print their tables; 2 where a name is not known."""
    unknown = [name for name in names if name not in MODULES]
    if unknown:
        print(f"expected some of {', '.join(MODULES)}, found {', '.join(unknown)}", file=sys.stderr)
        return 2
    print(f"Python {platform.python_version()}, NumPy {np.__version__}, {platform.machine()}")
    print("Median of rounds by turns; ratio = peer / ours; ± half of its middle half.")
    for name in names or MODULES:
        module = _module(name)
        print(f"\n{name}")
        if isinstance(module, str):
            print(f"  {module}")
            continue
        if hasattr(module, "lines"):
            for line in module.lines():
                print(line, flush=True)
            continue
        rows: list[Row] = list(module.rows())
        print(table(rows))
    return 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
