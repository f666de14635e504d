"""Plots of an experiment, drawn off screen."""

import io
from collections.abc import Sequence

from twin.experiment.report import TOLD
from twin.experiment.runs import SHARES, Run
from twin.experiment.statistics import compare

FIGURES = (
    "boxes_a_crane_hour", "boxes_an_hour_at_work", "relocations_a_retrieval",
    "turn_min", "crane_km", "co2_kg",
)  # fmt: skip
"""What the first plot shows."""


def plots(runs: Sequence[Run]) -> dict[str, bytes]:
    """Give the plots as PNG by file name: means with intervals, and what crane time is spent on."""
    import matplotlib

    matplotlib.use("Agg")
    return {"figures.png": _figures(runs), "crane_time.png": _crane_time(runs)}


def _figures(runs: Sequence[Run]) -> bytes:
    from matplotlib.figure import Figure

    found = compare(runs, FIGURES)
    picture = Figure(figsize=(11, 6), layout="constrained")
    for axes, name in zip(picture.subplots(2, 3).flat, FIGURES, strict=True):
        rows = [row for row in found if row.figure == name]
        halves = [row.value.half if row.value.n > 1 else 0.0 for row in rows]
        axes.bar([row.policy for row in rows], [row.value.mean for row in rows], yerr=halves, capsize=5)
        axes.set_title(TOLD[name], fontsize=10)
        axes.tick_params(axis="x", rotation=20)
    return _png(picture)


def _crane_time(runs: Sequence[Run]) -> bytes:
    from matplotlib.figure import Figure

    found = compare(runs, SHARES)
    policies = list(dict.fromkeys(row.policy for row in found))
    picture = Figure(figsize=(11, 1.5 + 0.6 * len(policies)), layout="constrained")
    axes = picture.subplots()
    left = [0.0] * len(policies)
    for name in SHARES:
        widths = [row.value.mean for row in found if row.figure == name]
        axes.barh(policies, widths, left=left, label=name.removeprefix("share_").replace("_", ", "))
        left = [start + width for start, width in zip(left, widths, strict=True)]
    axes.set_xlabel("share of crane time on duty")
    axes.invert_yaxis()
    axes.legend(fontsize=7, ncols=1, loc="center left", bbox_to_anchor=(1.0, 0.5))
    return _png(picture)


def _png(picture) -> bytes:  # type: ignore[no-untyped-def]
    out = io.BytesIO()
    picture.savefig(out, format="png", dpi=110)
    return out.getvalue()
