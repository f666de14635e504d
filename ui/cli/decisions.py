"""``yard-twin decisions``: who decided what, and when, as a journal has it."""

import argparse
import hashlib
import re
import sys
from collections.abc import Iterator
from dataclasses import fields
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING, Any

from ui.findings import iso
from ui.plurals import some

if TYPE_CHECKING:
    from twin.decisions import Decision

SUMMARY = "list who decided what in a recorded run, and when"
AT_ONCE = 500
"""So many ticks are read between two words of progress."""
_HEAD = f"{'time':24} {'who':16} {'role':11} {'decision':16} what"
_SEEN = ("levels", "terms")
"""What a person was shown, not what was decided."""


def add_arguments(command: argparse.ArgumentParser) -> None:
    """Add the arguments of this command."""
    command.add_argument("journal", type=Path, help="a file that `run` wrote, one that is running included")
    command.add_argument("--json", action="store_true", help="one JSON object a line")


def run(options: argparse.Namespace) -> int:
    """List the decisions of people, in their order; give 0.

    What solvers offered is left out. Whether a decision was taken is computed, not recorded: a replay shows
    it.

    Raises
    ------
    TwinError
        Where the file is no sound journal.
    """
    from sensors.telemetry import encode_json

    rows = list(listed(options.journal))  # so that nothing is printed where the file cannot be read
    if options.json:
        sys.stdout.writelines(encode_json(row).decode() + "\n" for row in rows)
        return 0
    people = {row["actor"] for row in rows}
    sys.stdout.write("\n".join((_HEAD, *map(_text, rows))) + "\n")
    sys.stdout.write(f"{some(len(rows), 'decision')} of {some(len(people), 'person', 'people')}\n")
    return 0


def listed(path: Path) -> Iterator[dict[str, Any]]:
    """Give what each person decided, in order: when, who, as what, and the decision's own fields.

    Raises
    ------
    JournalError
        Where the file is no sound journal.
    """
    from twin.journal.reader import JournalReader
    from twin.recorded import decided_in
    from twin.stacking.suggestion import Offer
    from ui.cli.loading import Progress

    reader, progress, seq = JournalReader(path), Progress(), 0
    try:
        while rows := reader.ticks(seq, AT_ONCE):
            for row in rows:
                for decision in decided_in(row):
                    if not isinstance(decision, Offer):
                        yield {"t": iso(row.t_ns), "tick": row.seq} | _fields(decision)
            seq = rows[-1].seq
            progress.tell(partial("{} ticks read".format, seq))
    finally:
        progress.end()
        reader.close()


def _fields(decision: "Decision") -> dict[str, Any]:
    """Give a decision's fields as words and numbers, its name and who decided first."""
    name = re.sub(r"(?<!^)(?=[A-Z])", " ", type(decision).__name__).lower()
    told = {field.name: getattr(decision, field.name) for field in fields(decision)}
    first = {"actor": told.pop("actor"), "role": told.pop("role"), "decision": name}
    return first | {key: _plain(key, value) for key, value in told.items() if key not in _SEEN}


def _plain(key: str, value: Any) -> Any:
    if key.endswith("_ns"):
        return iso(value)
    if isinstance(value, bytes):
        return f"{len(value)} bytes, SHA-256 {hashlib.sha256(value).hexdigest()}"
    if isinstance(value, tuple):
        return list(value)
    return value if value is None or isinstance(value, (bool, int, float)) else str(value)


def _text(row: dict[str, Any]) -> str:
    what = ", ".join(
        f"{key.removesuffix('_ns').replace('_', ' ')} {_short(value)}"
        for key, value in row.items()
        if key not in ("t", "tick", "actor", "role", "decision") and value not in (None, "", [])
    )
    return f"{row['t']:24} {row['actor']:16} {row['role']:11} {row['decision']:16} {what}".rstrip()


def _short(value: Any) -> str:
    if isinstance(value, list):
        return " ".join(map(str, value))
    return ("yes" if value else "no") if isinstance(value, bool) else str(value)
