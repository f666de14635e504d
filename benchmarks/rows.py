"""One row of a benchmark: this program and a peer, timed in turn in the same run."""

import statistics
import time
from collections.abc import Callable, Iterable
from dataclasses import dataclass

ROUNDS = 7
"""How often each side is timed where a module does not say otherwise."""


@dataclass(frozen=True, slots=True)
class Row:
    """What one comparison found.

    Attributes
    ----------
    title : str
        What was done, and to how many.
    peer : str
        What it was compared with.
    ours_ms, peer_ms : float
        Medians over the rounds [ms]; NaN where a side could not run.
    ratio : float
        Median of the rounds' own ratios, peer over ours: above 1 this program is faster.
    spread : float
        Half of the range of the middle half of the ratios.
    note : str
        Why a side could not run, or that the answers differ and how.
    """

    title: str
    peer: str
    ours_ms: float
    peer_ms: float
    ratio: float
    spread: float
    note: str = ""


def compare(
    title: str, ours: Callable[[], object], theirs: Callable[[], object], peer: str, *, rounds: int = ROUNDS,
    note: str = "", calls: int = 1,
) -> Row:  # fmt: skip
    """Time two callables in turn and give their row.

    Parameters
    ----------
    title : str
        What is done.
    ours, theirs : callable
        Called once to warm up, then once a round each, ours and theirs by turns, so that whatever
        else the machine does meets both.
    peer : str
        Who else does it.
    rounds : int
        At least 1.
    note : str
        Carried into the row.
    calls : int
        How often each is called in a round; times are those of one call.
    """
    ours()
    theirs()
    mine, other = [], []
    for _ in range(rounds):
        mine.append(_seconds(ours, calls))
        other.append(_seconds(theirs, calls))
    ratios = sorted(b / a for a, b in zip(mine, other, strict=True))
    low, high = _quartiles(ratios)
    return Row(
        title, peer, 1e3 * statistics.median(mine), 1e3 * statistics.median(other),
        statistics.median(ratios), (high - low) / 2.0, note,
    )  # fmt: skip


def absent(title: str, peer: str, why: str) -> Row:
    """Give the row of a comparison that could not be made: it is shown, not hidden."""
    nan = float("nan")
    return Row(title, peer, nan, nan, nan, nan, why)


def _seconds(call: Callable[[], object], calls: int) -> float:
    start = time.perf_counter()
    for _ in range(calls):
        call()
    return max((time.perf_counter() - start) / calls, 1e-9)


def _quartiles(values: list[float]) -> tuple[float, float]:
    if len(values) < 2:
        return values[0], values[0]
    low, _, high = statistics.quantiles(values, n=4, method="inclusive")
    return low, high


def table(rows: Iterable[Row]) -> str:
    """Give rows as lines of text under a heading."""
    lines = [f"{'what':44} {'beside':34} {'ours':>9} {'peer':>10} {'ratio':>16}"]
    for row in rows:
        if row.ratio == row.ratio:
            found = f"{row.ours_ms:7.2f}ms {row.peer_ms:8.2f}ms {row.ratio:8.1f}x ±{row.spread:5.1f}"
        else:
            found = "   absent"
        lines.append(f"{row.title:44} {row.peer:34} {found}" + (f"  {row.note}" if row.note else ""))
    return "\n".join(lines)
