"""SIGINT and SIGTERM: a run that is told to stop closes its sources and its journal first."""

import signal
import sys
from collections.abc import Callable, Iterator
from contextlib import contextmanager

STOPS = (signal.SIGINT, signal.SIGTERM)
"""What a person or a system asks a program by to stop."""


@contextmanager
def taken(take: Callable[[int], object], *numbers: signal.Signals) -> Iterator[None]:
    """Have ``take`` called with the number of a signal while this lasts; one that is ignored stays so."""
    before = {one: signal.getsignal(one) for one in numbers}
    mine = [one for one, handler in before.items() if handler not in (signal.SIG_IGN, None)]
    for one in mine:
        signal.signal(one, lambda number, _: take(number))
    try:
        yield
    finally:
        for one in mine:
            signal.signal(one, before[one])


class Asked:
    """Remembers the signal that asked to stop, so that what is under way ends well; a second stops at once.

    Attributes
    ----------
    number : int
        Of the signal; 0 before one came.
    """

    def __init__(self) -> None:
        self.number = 0

    def __call__(self, number: int) -> None:
        """Take a signal."""
        if self.number:
            stop(number)
        self.number = number


def code_of(number: int) -> int:
    """Give the exit code of a program that a signal stopped."""
    return 128 + number


def stop(number: int) -> None:
    """Stop where the program is, so that all that it holds is let go on the way out."""
    sys.exit(code_of(number))
