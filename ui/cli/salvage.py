"""``yard-twin salvage``: what can still be read of a journal that was cut or damaged, as a sound one."""

import argparse
import sys
from pathlib import Path

SUMMARY = "write what can be read of a journal that is cut or damaged to a new one"


def add_arguments(command: argparse.ArgumentParser) -> None:
    """Add the arguments of this command."""
    command.add_argument("journal", type=Path, help="a file that `run` wrote; it stays as it is")
    command.add_argument("to", type=Path, help="the new file")


def run(options: argparse.Namespace) -> int:
    """Write the new journal and tell what is in it; give 0.

    Raises
    ------
    TwinError
        Where nothing can be read, or the new file not be written.
    """
    from twin.journal.salvage import salvage
    from ui.cli.loading import Progress
    from ui.findings import instant
    from ui.plurals import some

    progress = Progress()
    found = salvage(options.journal, options.to, lambda rows: progress.tell(lambda: f"{rows} rows read"))
    progress.end()
    until = f", the last of {instant(found.last_ns)}" if found.ticks else ""
    counts = ((found.keyframes, "keyframe"), (found.marks, "mark"))
    lines = ["; ".join((f"{some(found.ticks, 'tick')}{until}", *(some(*one) for one in counts)))]
    if found.whole:
        lines.append("all that the journal holds could be read")
    else:
        gaps = some(found.gaps, "gap")
        lines.append(f"not all could be read: {gaps} in the midst; more may be missing at the end")
    lines.append(f"written to {options.to}; look at it: yard-twin replay {options.to}")
    sys.stdout.write("\n".join(lines) + "\n")
    return 0
