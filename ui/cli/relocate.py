"""The command ``yard-twin relocate``."""

import argparse
import sys
from pathlib import Path
from typing import Any

from ui.cli.loading import loaded, look_at, refuse_empty
from ui.options import UsageError

SUMMARY = "plan the relocations that empty a bay"
_MOST_MS = 86_400_000


def add_arguments(command: argparse.ArgumentParser) -> None:
    """Add what the command takes."""
    command.add_argument(
        "files", nargs="+", type=Path, metavar="FILE",
        help="bays: .jsonl with stacks and max_tiers a line, Caserta-Voss dataH-W-K.dat, or Zhu's text",
    )  # fmt: skip
    command.add_argument("--budget-ms", type=float, default=300.0, metavar="N", help="time for each bay [ms]")
    command.add_argument("--restricted", action="store_true", help="move only boxes above one that is due")
    command.add_argument("--json", action="store_true", help="a JSON object a line instead of a table")


def run(options: argparse.Namespace) -> int:
    """Plan for every bay of the files; give the exit code.

    A bay that cannot be emptied is an answer, with its reason; the exit code is 0 then too.
    """
    if not 0 < options.budget_ms <= _MOST_MS:
        raise UsageError(f"--budget-ms: expected above 0 to {_MOST_MS}, found {options.budget_ms}")
    from twin.stacking.instances import read_bays

    # All are read before the first is solved: a damaged file leaves nothing half written.
    look_at(options.files)
    files = [(path, read_bays(path)) for path in options.files]
    for path, bays in files:
        refuse_empty(path, len(bays))
    from twin.stacking.brp.solver import solve, warm

    loaded(warm, "the search")
    if not options.json:
        _say(f"{'file':32} {'bay':>5} {'boxes':>6} {'relocations':>12} {'bound':>6} {'proven':>7} {'ms':>8}")
    for path, bays in files:
        for index, bay in enumerate(bays):
            plan = solve(bay, options.budget_ms / 1e3, restricted=options.restricted)
            _say(_line(path, index, plan) if options.json else _row(path, index, bay.boxes, plan))
    return 0


def _line(path: Path, index: int, plan: Any) -> str:
    import json

    found = {
        "file": str(path),
        "index": index,
        "relocations": plan.relocations,
        "moves": plan.moves,
        "lower_bound": plan.lower_bound,
        "proven": plan.proven,
        "ms": round(plan.ms, 3),
    }
    return json.dumps(found | ({"reason": plan.reason} if plan.reason else {}))


def _row(path: Path, index: int, boxes: int, plan: Any) -> str:
    found = "-" if plan.relocations is None else str(plan.relocations)
    proven = "yes" if plan.proven else "no"
    row = f"{path.name:32} {index:5} {boxes:6} {found:>12} {plan.lower_bound:6} {proven:>7} {plan.ms:8.1f}"
    return f"{row}  {plan.reason}" if plan.reason else row


def _say(line: str) -> None:
    sys.stdout.write(line + "\n")
    sys.stdout.flush()
