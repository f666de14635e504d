"""The command ``yard-twin stack-trace``."""

import argparse
import json
import sys
from pathlib import Path

from ui.cli.loading import loaded
from ui.options import UsageError

SUMMARY = "replay a recorded block under our own decisions"


def add_arguments(command: argparse.ArgumentParser) -> None:
    """Add what the command takes."""
    add = command.add_argument
    add(
        "--initial",
        type=Path,
        required=True,
        metavar="CSV",
        help="what stood at the start: cid,size_ft,iso,laden,direction,bl_group,in_date,bay,row,tier",
    )
    add(
        "--operations",
        type=Path,
        required=True,
        metavar="CSV",
        help="who came and went: time,action (enter or leave), the columns of --initial, booked,bound",
    )
    add(
        "--policy",
        default="expected",
        metavar="NAME",
        help="the rule that chooses slots; `expected` where not given",
    )
    add(
        "--departures",
        default="known",
        metavar="KNOWN",
        help="what the rule is told: known, noise:DAYS or unknown; known where not given",
    )
    add("--seed", type=int, default=1, help="of estimates and scenarios; the same gives the same")
    add("--rows", type=int, default=15, help="rows of the block; 15")
    add("--tiers", type=int, default=4, help="highest stack; 4")
    add("--json", action="store_true", help="one JSON object on one line")


def run(options: argparse.Namespace) -> int:
    """Run the command; give its exit code."""
    from twin.stacking.uncertain.emptying import warm
    from twin.stacking.uncertain.policies import RULES
    from twin.stacking.uncertain.trace import Departures, read_record, trace

    if options.policy not in RULES:
        raise UsageError(f"--policy: expected one of {', '.join(RULES)}, found {options.policy[:40]!r}")
    for name, most in (("rows", 60), ("tiers", 9)):
        if not 1 <= getattr(options, name) <= most:
            raise UsageError(f"--{name}: expected 1 to {most}, found {getattr(options, name)}")
    if not 0 <= options.seed < 2**63:
        raise UsageError(f"--seed: expected 0 or more, found {options.seed}")
    departures = Departures.of(options.departures)
    block = read_record(options.initial, options.operations, options.rows, options.tiers)
    loaded(warm, "the rules")  # before any decision is timed
    found = trace(block, options.policy, departures, options.seed)
    if options.json:
        sys.stdout.write(json.dumps(found) + "\n")
    else:
        sys.stdout.writelines(f"{name:18} {value}\n" for name, value in found.items())
    return 0
