"""The command ``yard-twin premarshal``."""

import argparse
import sys
from pathlib import Path
from typing import Any

from ui.cli.loading import loaded, look_at, refuse_empty
from ui.options import UsageError

SUMMARY = "sort a bay so that nothing blocks"


def add_arguments(command: argparse.ArgumentParser) -> None:
    """Add what the command takes."""
    command.add_argument(
        "files", nargs="+", type=Path, metavar="FILE",
        help="bays: .jsonl with stacks and max_tiers a line, or .bay with the tiers second in its name",
    )  # fmt: skip
    command.add_argument(
        "--budget-ms",
        type=float,
        default=1000.0,
        metavar="N",
        help="time for each bay [ms]",
    )
    command.add_argument(
        "--tiers", type=int, metavar="N", help="how high a stack may be, whatever the file says"
    )
    command.add_argument("--json", action="store_true", help="a JSON object a line instead of a table")


def run(options: argparse.Namespace) -> int:
    """Plan for every bay of the files; give the exit code."""
    if not 0 < options.budget_ms <= 86_400_000:
        raise UsageError(f"--budget-ms: expected above 0 to 86400000, found {options.budget_ms}")
    if options.tiers is not None and not 1 <= options.tiers <= 40:
        raise UsageError(f"--tiers: expected 1 to 40, found {options.tiers}")
    from twin.stacking.premarshal.reading import read
    from twin.stacking.premarshal.search import load

    # All are read before the first is solved: a damaged file leaves nothing half written.
    look_at(options.files)
    files = [read(path, options.tiers) for path in options.files]
    for path, bays in zip(options.files, files, strict=True):
        refuse_empty(path, len(bays))
    instances = [instance for bays in files for instance in bays]
    loaded(load, "the search")
    if not options.json:
        _say(f"{'file':32} {'bay':>5} {'bad':>4} {'moves':>6} {'bound':>6} {'proven':>7} {'ms':>8}")
    for instance in instances:
        _show(instance, options.budget_ms, as_json=options.json)
    return 0


def _show(instance: Any, budget_ms: float, *, as_json: bool) -> None:
    import json
    import time

    from twin.stacking.premarshal.search import premarshal

    start = time.perf_counter()
    found = premarshal(instance.stacks, instance.tiers, budget_ms / 1000.0)
    ms = round(1000.0 * (time.perf_counter() - start), 3)
    count = None if found.moves is None else len(found.moves)
    if as_json:
        line = {
            "file": instance.file, "index": instance.index, "badly_placed": found.badly_placed,
            "relocations": count, "count": count, "moves": found.moves,
            "lower_bound": found.lower_bound, "proven": found.proven, "ms": ms,
        }  # fmt: skip
        if found.reason:
            line |= {"lower_bound": None, "reason": found.reason}
        _say(json.dumps(line))
        return
    text = "-" if count is None else str(count)
    proven = "yes" if found.proven else "no"
    _say(
        f"{instance.file:32} {instance.index:5} {found.badly_placed:4} {text:>6} {found.lower_bound:6} "
        f"{proven:>7} {ms:8.1f}  {found.reason}".rstrip()
    )


def _say(line: str) -> None:
    sys.stdout.write(line + "\n")
    sys.stdout.flush()
