"""A run without a window: as fast as it goes, a line of progress, a picture and a summary."""

import json
import sys
import time
from dataclasses import asdict
from pathlib import Path

from twin.clock import NS_PER_S
from twin.snapshot import Snapshot
from twin.stock.table import Place
from ui import warming
from ui.composition import Opened, open_session
from ui.options import RunOptions, UsageError

DEFAULT_S = 120.0
TICK_NS = NS_PER_S // 10


def run_headless(options: RunOptions) -> int:
    """Run for ``duration_s`` of yard time, then write ``yard.png`` and ``summary.json``.

    Raises
    ------
    TwinError
        Where layout, source or journal cannot be opened.
    """
    _make_folders(options)
    opened = open_session(options, inline=True)
    try:
        warming.load()
        snapshot = _advance(opened, options.duration_s or DEFAULT_S)
    finally:
        opened.session.close()
    picture = options.picture or options.out / "yard.png"
    summary = summarise(snapshot)
    (options.out / "summary.json").write_text(json.dumps(summary, indent=2) + "\n", "utf-8")
    print(as_text(summary))
    problem = _picture(snapshot, picture)
    print(f"picture: {problem or picture}\nsummary: {options.out / 'summary.json'}")
    return 0


def _make_folders(options: RunOptions) -> None:
    """Make the folders that the run will write to, so that it does not fail at its end."""
    for name, folder in (
        ("--out", options.out),
        ("--picture", (options.picture or options.out / "x").parent),
    ):
        try:
            folder.mkdir(parents=True, exist_ok=True)
        except OSError as error:
            raise UsageError(f"{name}: expected a folder to write to, found: {error}") from error


def _advance(opened: Opened, duration_s: float) -> Snapshot:
    session, simulation = opened.session, opened.simulation
    end_ns = session.state.t_ns + round(duration_s * NS_PER_S)
    shown_s, started_s = time.monotonic(), time.monotonic()
    snapshot: Snapshot | None = None
    while snapshot is None or session.state.t_ns < end_ns:
        if simulation is not None:
            simulation.advance_to(session.state.t_ns + TICK_NS)
        else:
            time.sleep(TICK_NS / NS_PER_S)
        snapshot = session.tick()
        if time.monotonic() - shown_s > 1.0 and sys.stderr.isatty():
            shown_s = time.monotonic()
            done = 1 - (end_ns - session.state.t_ns) / (duration_s * NS_PER_S)
            print(f"\r{done:5.0%} of {duration_s:g} s  ", end="", file=sys.stderr, flush=True)
    if sys.stderr.isatty():
        print(f"\r{duration_s:g} s of yard time in {time.monotonic() - started_s:.1f} s", file=sys.stderr)
    return snapshot


def summarise(snapshot: Snapshot) -> dict[str, object]:
    """Give the figures of a run that a person or a script looks at first."""
    state = snapshot.state
    place = state.stock.place
    counts = asdict(state.counts)
    counts["rejects"] = dict(state.counts.rejects)
    return {
        "yard": state.yard.name,
        "t_ns": state.t_ns,
        "ticks": state.tick,
        "machines": int(state.fleet.present.sum()),
        "boxes_standing": int((place == Place.STACKED).sum()),
        "boxes_carried": int((place == Place.CARRIED).sum()),
        "boxes_gone": int((place == Place.GONE).sum()),
        "alarms_standing": len(state.alarms),
        "suggestions": len(state.suggestions),
        "orders": len(state.orders),
        "discrepancies": [f"{item.device}: {item.what}" for item in state.discrepancies],
        "sources": {one.name: one.detail or f"{one.lines_per_s:.0f} lines/s" for one in snapshot.sources},
        "journal": snapshot.journal.path if snapshot.journal else "",
        "counts": counts,
    }


def as_text(summary: dict[str, object]) -> str:
    """Give a summary as the lines that a terminal shows."""
    counts = summary["counts"]
    assert isinstance(counts, dict)
    told = summary["sources"]
    assert isinstance(told, dict)
    doubts = summary["discrepancies"]
    assert isinstance(doubts, list)
    return "\n".join((
        *(f"source {name}: {detail}" for name, detail in told.items()),
        f"yard {summary['yard']}: {summary['boxes_standing']} boxes standing, {summary['boxes_carried']} on "
        f"machines, {summary['machines']} machines",
        f"{summary['ticks']} ticks, {counts['lines']} lines, {counts['fixes']} positions; "
        f"{counts['moves']} moves, {counts['boxes_in']} boxes in, {counts['boxes_out']} out",
        f"{counts['alarms']} alarms raised, {summary['alarms_standing']} standing; {summary['suggestions']} "
        f"suggestions; {len(doubts)} discrepancies; rejects: {counts['rejects'] or 'none'}",
        f"journal: {summary['journal'] or 'not recorded'}",
    ))  # fmt: skip


def _picture(snapshot: Snapshot, path: Path) -> str:
    """Write the picture; give the reason where there is none. The run counts without it."""
    try:
        from ui.scene.offscreen import render_picture

        render_picture(snapshot, path)
    except (ImportError, RuntimeError, OSError) as error:
        return f"none, OpenGL is missing here: {error}"
    return ""
