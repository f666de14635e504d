"""The commands behind the command line that are more than a line."""

import functools
import itertools
import textwrap
from pathlib import Path

from layouts import formats
from twin.journal.errors import JournalError
from twin.replay import JournalReplay
from twin.safety.rules import areas
from twin.session import Session
from twin.yard.slots import slots_of
from ui import displays, warming
from ui.composition import load_yard, open_replay, open_session, shift_machines
from ui.options import RunOptions, UsageError
from ui.verify import verify as verify_journal


def layout(action: str, name: str, to: Path | None) -> int:
    """Check a layout, or write a sample to a file."""
    yard, warnings = load_yard(RunOptions(layout=name))
    for warning in warnings:
        print(f"warning: {warning}")
    slots = slots_of(yard)
    print(
        f"{yard.name}: {len(yard.blocks)} blocks, {len(slots)} ground slots, {int(slots.tiers.sum())} TEU, "
        f"{len(yard.lanes)} lanes, {len(yard.gates)} gates"
    )
    if action == "write":
        if to is None:
            raise UsageError("layout write: expected --to FILE.yard.json, found none")
        if to.exists():
            raise UsageError(f"layout write: expected a new file, found {to} there already")
        formats.save(yard, to)
        print(f"written: {to}")
    return 0


def list_targets(options: RunOptions) -> int:
    """Print the machines of a simulated shift, which --fault target=NAME may name, by kind."""
    yard, _ = load_yard(options)
    for _, names in itertools.groupby(shift_machines(options, yard), lambda name: name.rstrip("0123456789")):
        print(textwrap.fill(" ".join(names), 100, break_on_hyphens=False))
    print("or T and five digits of a truck that comes later")
    return 0


def replay(path: Path, *, verify: bool = False, language: str = "") -> int:
    """Show a journal in the window, or compute it again and compare every keyframe."""
    if verify:
        return verify_journal(path)
    if not displays.has_display():
        found = displays.lacking()
        raise UsageError(
            f"replay: expected a display, found {found}; --verify needs none, nor does xvfb-run -a"
        )
    from ui.app import run_window

    warming.begin()
    try:
        shown = open_replay(path)
        return run_window(
            None, functools.partial(_replay_of, path, None), save_layout=formats.save,
            load_layout=formats.load, language=language, demo=False, replay=shown,
        )  # fmt: skip
    finally:
        warming.stop()


def run_in_window(options: RunOptions) -> int:
    """Open the window on a live session, and give the exit code: 1 where its journal lacks something."""
    warming.begin()
    opened = lack = None
    try:
        opened = open_session(options, inline=False)
        areas.prepare(opened.session.state.yard)
        journal = opened.journal
        from ui.app import run_window

        code = run_window(
            opened.session,
            functools.partial(_replay_of, None if journal is None else journal.path, opened.session),
            save_layout=formats.save, load_layout=formats.load, language=options.language,
            demo=opened.simulation is not None, smoke_s=options.duration_s, picture=options.picture,
            simulation=opened.simulation,
        )  # fmt: skip
    finally:
        warming.stop()
        if opened is not None:
            lack = opened.close()
    return code or int(lack is not None)


def _replay_of(current: Path | None, live: Session | None, path: Path | None) -> JournalReplay:
    found = path or current
    if found is None:
        raise JournalError("this run is not recorded, so there is nothing to replay")
    return open_replay(found, None if live is None else live.state)
