"""The cost terms in one table, and the named policies that rank slots for an arriving box."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass

import numpy as np

from twin.stacking.suggestion import Term
from twin.tables import Floats


@dataclass(frozen=True, slots=True)
class TermKind:
    """A named cost: its unit, and how many seconds of crane time one unit is worth."""

    unit: str
    weight: float


TERMS: dict[str, TermKind] = {
    # Of an arriving box.
    "expected_relocations": TermKind("boxes", 120.0),
    "departure_gap": TermKind("days", 6.0),
    "crane_travel": TermKind("m", 0.65),
    "truck_travel": TermKind("m", 0.15),
    "block_workload": TermKind("share", 150.0),
    "reefer_scarcity": TermKind("share", 200.0),
    "dangerous_scarcity": TermKind("share", 120.0),
    "group_apart": TermKind("share", 30.0),
    "lengths_mixed": TermKind("share", 60.0),
    "empty_among_laden": TermKind("boxes", 240.0),
    "heavy_on_light": TermKind("t", 4.0),
    "stack_height": TermKind("tiers", 6.0),
    # Of digging a box out.
    "relocations": TermKind("boxes", 120.0),
    "crane_time": TermKind("s", 1.0),
    "future_relocations": TermKind("boxes", 90.0),
    "lifted_mass": TermKind("t", 0.2),
}
"""Every cost term by name. A total is in seconds of crane time: a relocation takes about two minutes,
a crane travels a metre in 0.65 s, and a metre of a truck's way counts a fifth of its time."""

WEIGHTS: dict[str, float] = {name: kind.weight for name, kind in TERMS.items()}
"""What one unit of each term weighs in a total [s]."""

Columns = Mapping[str, Floats]
"""Cost terms by name, each (g,) in its own unit."""
Policy = Callable[[Columns, int], Floats]
"""Gives the cost of every slot (g,) from the terms and a seed; the lowest legal one is taken."""


def weighted(columns: Columns, seed: int) -> Floats:
    """Weigh all terms: the default."""
    return np.asarray(sum(WEIGHTS[name] * column for name, column in columns.items()))


def closest(columns: Columns, seed: int) -> Floats:
    """Take the slot that crane and truck reach first."""
    return np.asarray(sum(WEIGHTS[name] * columns[name] for name in ("crane_travel", "truck_travel")))


def levelling(columns: Columns, seed: int) -> Floats:
    """Take the lowest stack; among equals the closest."""
    return columns["stack_height"] * 1e6 + closest(columns, seed)


def category(columns: Columns, seed: int) -> Floats:
    """Keep boxes of one line, flow and length together; among equals the cheapest of all terms."""
    return (columns["group_apart"] + columns["lengths_mixed"]) * 1e6 + weighted(columns, seed)


def random(columns: Columns, seed: int) -> Floats:
    """Take any legal slot: the baseline to compare with."""
    return np.random.default_rng(seed).random(len(columns["stack_height"]))


POLICIES: dict[str, Policy] = {
    "weighted": weighted,
    "category": category,
    "closest": closest,
    "levelling": levelling,
    "random": random,
}
DEFAULT = "weighted"


def term(name: str, value: float) -> Term:
    """Give a named term with its unit and weight from the table."""
    kind = TERMS[name]
    return Term(name, float(value), kind.unit, kind.weight)


def total(terms: tuple[Term, ...]) -> float:
    """Give the weighted sum of terms [s]."""
    return sum(item.value * item.weight for item in terms)
