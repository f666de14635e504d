"""The command ``yard-twin experiment``: policies compared on simulated shifts of the same seeds."""

import argparse
import os
import sys
from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING

from ui.options import UsageError

if TYPE_CHECKING:
    from twin.experiment.executors import Executor
    from twin.experiment.runs import Run, Task

SUMMARY = "compare policies on simulated shifts"
SCENARIOS = ("peak", "day")
_LAYOUT = "a sample (demo, compact), large:BOXES, or a *.yard.json file"


def add_arguments(command: argparse.ArgumentParser) -> None:
    """Add what the command takes."""
    add = command.add_argument
    add("--layout", default="demo", help=_LAYOUT)
    add(
        "--policies",
        default="default,suggested",
        help="names, the first is compared with; a wrong one lists them",
    )
    add("--seeds", type=int, default=10, help="how many seeds, from 1; each runs under every policy")
    add("--hours", type=float, default=1.0, help="measured hours of a shift, after 15 min of warm-up")
    add("--scenario", choices=SCENARIOS, default="peak", help="peak: more trucks come than can be served")
    add("--from", dest="start", default="", metavar="HH:MM", help="local time; peak 13:00, day 09:00")
    add("--boxes", type=int, help="how many boxes stand at the start")
    add("--trucks-per-hour", type=float, metavar="N", help="trucks an hour on the mean of a day")
    add("--step", type=float, default=0.5, metavar="S", help="length of a simulated step")
    add("--warm-up", type=float, default=15.0, metavar="MIN", help="before anything is measured")
    add("--workers", type=int, default=0, help="processes; 0: one a core, 1: none beside this one")
    add("--out", type=Path, metavar="DIR", help="folder for runs.csv, summary.csv and plots")
    add("--json", action="store_true", help="one object a figure and policy on stdout")


def run(options: argparse.Namespace) -> int:
    """Run the command; give its exit code: 130 where it was cancelled, 1 where a run could not be done.

    What was done by then is told all the same.
    """
    from twin.experiment.report import decomposition, json_lines, ordered, table

    tasks = _tasks(options)
    if options.out is not None and options.out.exists() and not options.out.is_dir():
        raise UsageError(f"--out: expected a folder, found the file {str(options.out)!r}")
    if options.out is not None:
        _made(options.out)
    runs, code = _carry_out(tasks, _executor(options, len(tasks)))
    place = {task.name: number for number, task in enumerate(tasks)}
    runs = ordered(sorted(runs, key=lambda run: place[f"{run.policy}, seed {run.seed}"]))
    if code:
        _tell(f"ended early: {len(runs)} of {len(tasks)} runs were done")
    if runs:
        lines = json_lines(runs) if options.json else [table(runs), decomposition(runs)]
        sys.stdout.write("\n".join(lines) + "\n")
        if options.out is not None:
            _write(options.out, runs)
    return code


def _made(folder: Path) -> None:
    """Make the folder before anything is computed for it."""
    try:
        folder.mkdir(parents=True, exist_ok=True)
    except OSError as error:
        raise UsageError(
            f"--out: expected a folder that can be written, found {str(folder)!r}: {error.strerror}"
        ) from None


def _carry_out(tasks: "Sequence[Task]", executor: "Executor") -> "tuple[list[Run], int]":
    """Carry out what can be; give what was done, and the exit code."""
    from twin.experiment.executors import ExperimentError

    runs: list[Run] = []

    def done(run: "Run") -> None:
        runs.append(run)
        turnover = run.figures["boxes_a_crane_hour"]
        _tell(
            f"{len(runs)} of {len(tasks)}: {run.policy}, seed {run.seed}: {turnover:.2f} boxes a crane hour"
        )

    try:
        executor.run(tasks, done)
    except KeyboardInterrupt:
        return runs, 130
    except ExperimentError as error:
        _tell(str(error))
        return runs, 1
    return runs, 0


def _executor(options: argparse.Namespace, tasks: int) -> "Executor":
    from twin.experiment.executors import Processes, Serial

    workers = min(options.workers or os.cpu_count() or 1, tasks)
    return Serial() if workers == 1 else Processes(workers)


def _tasks(options: argparse.Namespace) -> "list[Task]":
    """Make the runs that were asked for: all policies of a seed, then the next seed."""
    from twin.experiment.policies import names
    from twin.experiment.runs import Task

    policies = list(dict.fromkeys(word.strip() for word in options.policies.split(",") if word.strip()))
    unknown = [policy for policy in policies if policy not in names()]
    if unknown or not policies:
        found = repr(unknown[0]) if unknown else "none"
        raise UsageError(f"--policies: expected names of {', '.join(names())}, found {found}")
    for name, low, high in (
        ("seeds", 1, 10_000), ("hours", 0.01, 24.0), ("step", 0.05, 1.0), ("warm_up", 0.0, 600.0),
        ("workers", 0, 1024), ("boxes", 0, 200_000), ("trucks_per_hour", 0.0, 2000.0),
    ):  # fmt: skip
        value = getattr(options, name)
        if value is not None and not low <= value <= high:
            raise UsageError(f"--{name.replace('_', '-')}: expected {low} to {high}, found {value}")
    yard, scenario = _scenario(options)
    return [Task(yard, scenario, policy, seed) for seed in range(1, options.seeds + 1) for policy in policies]


def _scenario(options: argparse.Namespace):  # type: ignore[no-untyped-def]
    from dataclasses import replace

    from twin.experiment.runs import Scenario, peak
    from twin.operations.site import CRANES_FOR
    from ui.composition import DEMO_BOXES, load_yard
    from ui.options import RunOptions

    yard, _ = load_yard(RunOptions(layout=options.layout))
    places = sum(block.bays * block.rows * block.tiers for block in yard.blocks)
    boxes = options.boxes
    if boxes is None:
        boxes = DEMO_BOXES.get(options.layout, int(0.45 * places / 1.6))
    cranes = sum(block.kind in CRANES_FOR and not block.closed for block in yard.blocks)
    at = options.start or ("13:00" if options.scenario == "peak" else "09:00")
    start_ns = _start_ns(at)
    if options.scenario == "peak":
        scenario = peak(boxes, start_ns, cranes, hours=options.hours)
    else:
        scenario = Scenario(boxes, 60.0, start_ns, options.hours)
    if options.trucks_per_hour is not None:
        scenario = replace(scenario, trucks_per_hour=options.trucks_per_hour)
    return yard, replace(scenario, step_s=options.step, warm_up_s=60.0 * options.warm_up)


def _start_ns(text: str) -> int:
    """Give the instant of a local time on the day that all experiments play on [ns UTC]."""
    import datetime

    from twin.operations.arrivals import LOCAL_H

    try:
        hour, minute = (int(part) for part in text.split(":"))
        zone = datetime.timezone(datetime.timedelta(hours=LOCAL_H))
        at = datetime.datetime(2026, 6, 2, hour, minute, tzinfo=zone)
    except ValueError:
        raise UsageError(f"--from: expected HH:MM, found {text!r}") from None
    return round(at.timestamp()) * 1_000_000_000


def _tell(text: str) -> None:
    print(f"experiment: {text}", file=sys.stderr, flush=True)  # noqa: T201


def _write(folder: Path, runs: "Sequence[Run]") -> None:
    """Write tables and plots, each whole or not at all."""
    from twin.experiment.report import runs_csv, summary_csv
    from ui.cli.experiment_plots import plots

    try:
        folder.mkdir(parents=True, exist_ok=True)
        _replace(folder / "runs.csv", runs_csv(runs).encode())
        _replace(folder / "summary.csv", summary_csv(runs).encode())
        for name, picture in plots(runs).items():
            _replace(folder / name, picture)
    except OSError as error:
        raise UsageError(f"--out: {error}") from error


def _replace(path: Path, data: bytes) -> None:
    part = path.with_name(f".{path.name}.{os.getpid()}.part")
    part.write_bytes(data)
    part.replace(path)
