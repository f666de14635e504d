"""The cost terms in one table, and the named policies that rank slots for an arriving box."""

import math
import tomllib
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from pathlib import Path

import numpy as np

from twin.errors import TwinError
from twin.stacking.suggestion import Term
from twin.tables import Floats


class WeightError(TwinError):
    """A weight that is none: the message names the term, what was expected and what was found."""


class PolicyError(TwinError):
    """A policy that is not known."""


@dataclass(frozen=True, slots=True)
class TermKind:
    """A named cost: its unit, and how many seconds of crane time one unit is worth."""

    unit: str
    weight: float


_UNITS: dict[str, dict[str, str]] = {
    "arriving": {
        "expected_relocations": "boxes",
        "departure_gap": "days",
        "crane_travel": "m",
        "truck_travel": "m",
        "queue": "vehicles",
        "block_workload": "share",
        "reefer_scarcity": "share",
        "dangerous_scarcity": "share",
        "group_apart": "share",
        "lengths_mixed": "share",
        "empty_among_laden": "boxes",
        "heavy_on_light": "t",
        "stack_height": "tiers",
        "energy": "kWh",
    },
    "digging_out": {
        "relocations": "boxes",
        "crane_time": "s",
        "future_relocations": "boxes",
        "lifted_mass": "t",
    },
}
"""The unit of every term, by what it is for."""
ARRIVING: tuple[str, ...] = tuple(_UNITS["arriving"])
"""The terms of a slot for an arriving box."""
WEIGHTS_FILE = Path(__file__).with_name("weights.toml")
"""The weights that ship, each with its reason."""


def read_weights(path: Path = WEIGHTS_FILE) -> dict[str, float]:
    """Give the weight of every term from a file.

    Raises
    ------
    WeightError
        Where the file cannot be read, or a term is missing, not known, below 0 or not a number.
    """
    where = f"weights {path.name!r}"
    try:
        tables = tomllib.loads(path.read_text("utf-8"))
    except (OSError, UnicodeDecodeError, tomllib.TOMLDecodeError) as error:
        raise WeightError(f"{where}: expected a readable TOML file, found: {error}") from error
    for table in tables:
        if table not in _UNITS:
            raise WeightError(f"{where}, {table}: expected only {', '.join(_UNITS)}, found another")
    weights: dict[str, float] = {}
    for table, units in _UNITS.items():
        given = tables.get(table)
        if not isinstance(given, dict):
            raise WeightError(f"{where}, {table}: expected a table of weights, found none")
        for name in given:
            if name not in units:
                raise WeightError(f"{where}, {table}.{name}: expected one of {', '.join(units)}")
        for name in units:
            weights[name] = _weight(given.get(name), f"{where}, {table}.{name}")
    return weights


def _weight(found: object, where: str) -> float:
    number = isinstance(found, (int, float)) and not isinstance(found, bool)
    if not number or not math.isfinite(float(found)) or float(found) < 0.0:  # type: ignore[arg-type]
        what = "none" if found is None else repr(found)
        raise WeightError(f"{where}: expected a number from 0 [s], found {what}")
    return float(found)  # type: ignore[arg-type]


WEIGHTS: dict[str, float] = read_weights()
"""What one unit of each term weighs in a total [s of crane time]."""
TERMS: dict[str, TermKind] = {
    name: TermKind(unit, WEIGHTS[name]) for units in _UNITS.values() for name, unit in units.items()
}
"""Every cost term by name; a total is in seconds of crane time."""

Columns = Mapping[str, Floats]
"""Cost terms by name, each (n,) in its own unit; beside them :data:`BESIDE`."""
BESIDE = ("slack_days", "top_slack_days")
"""Columns that are no cost but what some policies go by: the days from this box's departure to the soonest
below, and to that of the box right below; negative where that leaves first, 1000 on the ground."""
Policy = Callable[[Columns, int], Floats]
"""Gives the cost of every slot (n,) from the terms and a seed; the lowest legal one is taken."""


def weighted(columns: Columns, seed: int) -> Floats:
    """Weigh all terms: the default."""
    return np.asarray(sum(WEIGHTS[name] * columns[name] for name in ARRIVING))


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


def min_max(columns: Columns, seed: int) -> Floats:
    """Take the tightest stack whose soonest departure is later, else the one whose soonest is the latest."""
    return _tightest(columns["slack_days"]) * 1e4 + closest(columns, seed)


def residence_time(columns: Columns, seed: int) -> Floats:
    """Stand on the box that stays longer, by the least; else on the one that stays nearest as long."""
    return _tightest(columns["top_slack_days"]) * 1e4 + closest(columns, seed)


def _tightest(slack_days: Floats) -> Floats:
    # A tenth of an hour decides; what is closer counts as equal, and the closest of those is taken.
    later = np.round(slack_days * 240.0)
    return np.where(slack_days > 0.0, later, 1e7 - later)


POLICIES: dict[str, Policy] = {
    "weighted": weighted,
    "category": category,
    "closest": closest,
    "levelling": levelling,
    "min_max": min_max,
    "residence_time": residence_time,
    "random": random,
}
DEFAULT = "weighted"
YARD_DEFAULT = "levelling"
"""What a yard does without the twin: what a suggestion is compared with."""


def policy_of(name: str) -> Policy:
    """Give the policy of a name.

    Raises
    ------
    PolicyError
        Where there is none.
    """
    if name not in POLICIES:
        raise PolicyError(f"policy: expected one of {', '.join(POLICIES)}, found {name!r}")
    return POLICIES[name]


def term(name: str, value: float) -> Term:
    """Give a named term with its unit and weight from the table."""
    kind = TERMS[name]
    return Term(name, float(value), kind.unit, kind.weight)


def total(terms: tuple[Term, ...]) -> float:
    """Give the weighted sum of terms [s]."""
    return sum(item.value * item.weight for item in terms)
