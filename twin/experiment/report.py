"""An experiment as text, as JSON lines and as CSV."""

import json
import math
from collections.abc import Sequence

from twin.delimited import csv_text
from twin.experiment.runs import SHARES, Run
from twin.experiment.statistics import Compared, Estimate, compare

TOLD: dict[str, str] = {
    "boxes_a_crane_hour": "boxes a crane hour on duty",
    "boxes_an_hour_at_work": "boxes an hour at work",
    "relocations_a_retrieval": "relocations a retrieval",
    "turn_min": "truck turn, mean [min]",
    "turn_p95_min": "truck turn, p95 [min]",
    "outside_min": "wait outside [min]",
    "trucks": "trucks served",
    "crane_km": "crane travel [km]",
    "kwh": "energy [kWh]",
    "co2_kg": "CO2 [kg]",
    "occupancy": "occupancy",
    "turned_away": "trucks turned away",
    "violations": "stock violations",
    "deadlocks": "deadlocks",
}
"""Figures of the table, in its order, and what they are called."""
PRODUCTIVE = ("share_handling_laden", "share_handling_lifting", "share_handling_locks")


def table(runs: Sequence[Run]) -> str:
    """Give the figures as text: each policy's mean, its 95 % interval, and the change against the first."""
    lines = [f"{'figure':30}{'policy':16}{'mean':>11}{'95 %':>10}{'change':>11}{'95 %':>9}{'runs':>6}"]
    found = compare(runs, list(TOLD))
    for figure, title in TOLD.items():
        for row in (row for row in found if row.figure == figure):
            change = "" if row.policy == found[0].policy else _percent(row.relative.mean)
            half = "" if row.policy == found[0].policy else _percent(row.relative.half, sign="±")
            lines.append(
                f"{title:30}{row.policy:16}{_number(row.value.mean):>11}"
                f"{'±' + _number(row.value.half):>10}{change:>11}{half:>9}{row.value.n:>6}"
            )
    return "\n".join(lines)


def decomposition(runs: Sequence[Run]) -> str:
    """Give what crane time is spent on, and the most that crane time allows, as text.

    Notes
    -----
    The bound: were no box relocated and no metre driven empty, an hour of crane time would handle
    the boxes handled over the share spent on them with a box on the spreader, lifting or locking. The
    turnover on duty stays below it by the share in which cranes wait for vehicles: that part no stacking
    decision gives back, unless vehicles come round sooner for it.
    """
    found = {
        (row.policy, row.figure): row.value.mean for row in compare(runs, [*SHARES, "boxes_a_crane_hour"])
    }
    policies = list(dict.fromkeys(policy for policy, _ in found))
    lines = ["", f"{'crane time':30}" + "".join(f"{policy:>16}" for policy in policies)]
    for name in SHARES:
        title = name.removeprefix("share_").replace("_", ", ")
        lines.append(f"{title:30}" + "".join(f"{found[p, name]:>16.1%}" for p in policies))
    handled = {p: found[p, "boxes_a_crane_hour"] for p in policies}
    bound = {p: handled[p] / sum(found[p, name] for name in PRODUCTIVE) for p in policies}
    lines.append(f"{'boxes a crane hour on duty':30}" + "".join(f"{handled[p]:>16.2f}" for p in policies))
    lines.append(f"{'bound: never empty, never idle':30}" + "".join(f"{bound[p]:>16.2f}" for p in policies))
    return "\n".join(lines)


def json_lines(runs: Sequence[Run]) -> list[str]:
    """Give one object a figure and policy; what is not known is null."""

    def known(value: float) -> float | None:
        return value if math.isfinite(value) else None

    def interval(value: Estimate) -> list[float | None]:
        return [known(value.mean), known(value.half)]

    return [
        json.dumps(
            {
                "policy": row.policy, "figure": row.figure, "runs": row.value.n,
                "mean": known(row.value.mean), "half": known(row.value.half),
                "change": interval(row.change), "relative": interval(row.relative), "p": known(row.p),
            }
        )
        for row in compare(runs, [*TOLD, *SHARES])
    ]  # fmt: skip


def runs_csv(runs: Sequence[Run]) -> str:
    """Give one row a run, in the order of policies and seeds."""
    names = list(runs[0].figures) if runs else []
    rows = [[run.policy, run.seed, *(repr(run.figures[name]) for name in names)] for run in ordered(runs)]
    return csv_text(["policy", "seed", *names], rows)


def summary_csv(runs: Sequence[Run]) -> str:
    """Give one row a policy and figure: mean, half width, change against the first policy, its half width."""
    rows = [_summary(row) for row in compare(ordered(runs), [*TOLD, *SHARES])]
    names = [
        "policy",
        "figure",
        "runs",
        "mean",
        "half",
        "change",
        "change_half",
        "relative",
        "relative_half",
        "p",
    ]
    return csv_text(names, rows)


def ordered(runs: Sequence[Run]) -> list[Run]:
    """Give runs by policy, in the order in which policies appear, then by seed."""
    place = {policy: number for number, policy in enumerate(dict.fromkeys(run.policy for run in runs))}
    return sorted(runs, key=lambda run: (place[run.policy], run.seed))


def _summary(row: Compared) -> list[object]:
    estimates = (row.value, row.change, row.relative)
    halves = [repr(number) for each in estimates for number in (each.mean, each.half)]
    return [row.policy, row.figure, row.value.n, *halves, repr(row.p)]


def _number(value: float) -> str:
    if not math.isfinite(value):
        return "-"
    return f"{value:.0f}" if abs(value) >= 1000 else f"{value:.2f}"


def _percent(value: float, sign: str = "") -> str:
    if not math.isfinite(value):
        return "-"
    return f"{sign}{value:.1%}" if sign else f"{value:+.1%}"
