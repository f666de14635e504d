"""A run without a window: as fast as it goes, a line of progress, a picture and a summary."""

import json
import math
import sys
import time
from collections.abc import Sequence
from dataclasses import asdict
from functools import partial
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from sensors.sources.hotplug import KEEPER
from twin.clock import NS_PER_S
from twin.safety.alarms import RULE_NAMES, box_name, describe, source_name
from twin.safety.log import Held
from twin.safety.table import AlarmState, Priority
from twin.snapshot import Snapshot, SourceHealth
from twin.state import State
from twin.stock.table import Place
from twin.waiting import REASONS
from ui import displays, interrupts, warming
from ui.cli.loading import Progress, say
from ui.composition import Opened, open_session
from ui.edits import Edits
from ui.findings import instant
from ui.floods import floods_from
from ui.i18n import Texts
from ui.options import RunOptions, UsageError
from ui.panels.alarm_now import now_text
from ui.plurals import some
from ui.recording import Lack, Watched
from ui.whole import reason_of, write_whole

DEFAULT_S = 120.0
MOST_ALARMS = 10
"""So many alarms are listed at the end of a run."""
TICK_NS = NS_PER_S // 10
_STANDING = (AlarmState.UNACKNOWLEDGED, AlarmState.ACKNOWLEDGED, AlarmState.SHELVED)
_HELD = {Held.BY_DESIGN: "suppressed by design", Held.FLOOD: "held back in a flood"}


def run_headless(options: RunOptions) -> int:
    """Run for ``duration_s`` of yard time from the first tick, then write ``yard.png`` and ``summary.json``.

    A run that is told to stop writes both of what it came to; told twice it stops where it is.

    Returns
    -------
    int
        0; 128 and the signal's number where one ended the run; 1 where a picture has nothing on it or cannot
        be written, or one that was asked for cannot be made, where the summary cannot be written, or where
        the journal lacks something of the run.

    Raises
    ------
    TwinError
        Where layout, source or journal cannot be opened.
    """
    _make_folders(options)
    opened = open_session(options, inline=True)
    if not options.headless:
        gone = f"Nothing answers at display {displays.named()!r}" if displays.named() else "No display here"
        print(f"{gone}: running headless. A picture and a summary follow.", flush=True)
    asked = interrupts.Asked()
    try:
        warming.load()
        with interrupts.taken(asked, *interrupts.STOPS):
            snapshot, edits = _advance(opened, options.duration_s or DEFAULT_S, asked)
    finally:
        lack = opened.close()
    summary = summarise(snapshot, lack, edits, options.faults)
    print(as_text(summary))
    picture, file = options.picture or options.out / "yard.png", options.out / "summary.json"
    problem, failed = _picture(snapshot, picture)
    unwritten = _write(summary, file)
    print(f"picture: {problem or picture}\nsummary: {unwritten or file}")
    if asked.number:
        return interrupts.code_of(asked.number)
    return int(failed or bool(problem and options.picture) or bool(unwritten) or lack is not None)


def _write(summary: dict[str, object], path: Path) -> str:
    """Write the summary; give the reason where there is none."""
    try:
        write_whole(path, (json.dumps(summary, indent=2) + "\n").encode())
    except OSError as error:
        return f"none: summary {path}: expected a place that can be written, found: {reason_of(error)}"
    return ""


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


def _advance(opened: Opened, duration_s: float, asked: interrupts.Asked) -> tuple[Snapshot, Sequence[str]]:
    """Tick through the run, or until it is told to stop.

    Give its last snapshot, and what was wrong with edits of the file of sources.
    """
    session, simulation = opened.session, opened.simulation
    begins_ns, span_ns = session.state.t_ns, round(duration_s * NS_PER_S)
    progress, started_s = Progress(), time.monotonic()
    record, edits = Watched(opened.journal, progress.say), Edits(progress.say)
    snapshot: Snapshot | None = None
    while snapshot is None or (session.state.t_ns < begins_ns + span_ns and not asked.number):
        if simulation is not None:
            simulation.advance_to(session.state.t_ns + TICK_NS)
        else:
            time.sleep(TICK_NS / NS_PER_S)
        first, snapshot = snapshot is None, session.tick()
        record.look()
        edits.look(snapshot.sources)
        if first and simulation is None:
            begins_ns = session.state.t_ns  # with real sources time has gone on while the program was loaded
        progress.tell(partial(_so_far, session.state.t_ns - begins_ns, duration_s))
    progress.end()
    if asked.number:
        say(f"told to stop: {_so_far(session.state.t_ns - begins_ns, duration_s)}")
    if sys.stderr.isatty():
        say(f"{duration_s:g} s of yard time in {time.monotonic() - started_s:.1f} s")
    return snapshot, edits.refused


def _so_far(passed_ns: int, duration_s: float) -> str:
    return f"{passed_ns / NS_PER_S:.0f} of {duration_s:g} s of yard time"


def summarise(
    snapshot: Snapshot, lack: Lack | None = None, edits: Sequence[str] = (), faults: Sequence[str] = ()
) -> dict[str, object]:
    """Give the figures of a run that a person or a script looks at first.

    Parameters
    ----------
    snapshot : Snapshot
        Of its last tick.
    lack : Lack, optional
        What its journal lacks; None where that is whole.
    edits : sequence of str
        What was wrong with edits of the file of sources.
    faults : sequence of str
        What was asked for to go wrong.
    """
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
        "alarms_standing": int(np.isin(state.alarms.state, _STANDING).sum()),
        "alarms_suppressed": int(((state.alarm_log.held == Held.BY_DESIGN) & _unseen(state)).sum()),
        "alarms": worst_alarms(state),
        "suggestions": len(state.suggestions),
        "orders": len(state.orders),
        "discrepancies": [f"{item.device}: {item.what}" for item in state.discrepancies],
        "sources": dict(filter(None, (_source(told, state, edits) for told in snapshot.sources))),
        "faults": list(faults),
        "target_never_came": _never_came(faults, state),
        "journal": snapshot.journal.path if snapshot.journal else "",
        "journal_lacks": "" if lack is None else str(lack),
        "ticks_not_recorded": 0 if lack is None else lack.ticks,
        "counts": counts,
    }


def _unseen(state: State) -> NDArray[np.bool_]:
    """Tell which alarms of the log were held back all the time."""
    unseen: NDArray[np.bool_] = (state.alarm_log.held != Held.NOT) & (state.alarm_log.shown_ns == 0)
    return unseen


def _source(told: SourceHealth, state: State, edits: Sequence[str]) -> tuple[str, str] | None:
    """Give the name of a source and how it does; None of the file of sources, where that was always right."""
    if told.name == KEEPER:
        before = f"right by now; an edit before was not taken: {edits[-1]}" if edits else ""
        return ("file of sources", told.detail or before) if told.detail or before else None
    rate = f"{told.lines_per_s:.0f} lines/s, " if told.connected or not told.detail else ""
    heard = f"heard {told.age_s:,.1f} s ago" if math.isfinite(told.age_s) else "never heard"
    refused = ", ".join(f"{count} {reason}" for reason, count in told.refused)
    floods = (flood.words().format(**flood.fields()) for flood in floods_from(state, told.name))
    parts = (f"{rate}{heard}", *floods, told.detail, f"refused: {refused}" if refused else "")
    return told.name, "; ".join(filter(None, parts))


def worst_alarms(state: State) -> list[dict[str, str | bool]]:
    """Give the alarms that were raised, the worst first and of these the first; at most :data:`MOST_ALARMS`.

    Those that were held back all the time come last.

    Returns
    -------
    list of dict
        ``rule``, ``machine``, ``box`` and ``source`` (empty where it is of none), ``priority``,
        ``raised`` (UTC), ``standing``, ``held``: why nobody was shown it (empty where it was shown), and
        ``says``: its sentence, empty once it is gone.
    """
    log, alarms = state.alarm_log, state.alarms
    standing = {number: row for row, number in enumerate(alarms.id.tolist())}
    out: list[dict[str, str | bool]] = []
    unseen = _unseen(state)
    for row in np.lexsort((log.id, -log.level, log.priority, unseen))[:MOST_ALARMS].tolist():
        mover, at = int(log.mover[row]), standing.get(int(log.id[row]))
        gone = at is None or alarms.state[at] == AlarmState.RETURNED
        says = "" if at is None else _said(state, at)
        out.append({
            "rule": RULE_NAMES[int(log.rule[row])],
            "machine": state.fleet.name[mover].decode("ascii", "replace") if mover >= 0 else "",
            "box": box_name(state.stock, int(log.box[row])),
            "source": source_name(state.flooding.sources, int(log.source[row])),
            "priority": Priority(int(log.priority[row])).name.lower(),
            "raised": instant(int(log.raised_ns[row])),
            "standing": not gone,
            "held": _HELD[Held(int(log.held[row]))] if unseen[row] else "",
            "says": says,
        })  # fmt: skip
    return out


def _said(state: State, row: int) -> str:
    """Say in a sentence what a standing alarm is about: its measure as it came, and as it is by now."""
    known = state.fleet, state.yard, state.slots, state.stock, state.flooding.sources
    by_now = now_text(state, row, Texts("en"), named=True)
    says = describe(state.alarms, row, *known)
    return f"{says} (as it came; by now {by_now})" if by_now else says


def as_text(summary: dict[str, object]) -> str:
    """Give a summary as the lines that a terminal shows."""
    counts = summary["counts"]
    assert isinstance(counts, dict)
    told = summary["sources"]
    assert isinstance(told, dict)
    doubts = summary["discrepancies"]
    assert isinstance(doubts, list)
    return "\n".join((
        *(f"source {name}: {detail}" if name != "file of sources" else f"{name}: {detail}"
          for name, detail in told.items()),
        f"yard {summary['yard']}: {_some(summary['boxes_standing'], 'box', 'boxes')} standing, "
        f"{summary['boxes_carried']} on machines, {_some(summary['machines'], 'machine')}",
        f"{_some(summary['ticks'], 'tick')}, {_some(counts['lines'], 'line')}, "
        f"{_some(counts['fixes'], 'position')}; {_some(counts['moves'], 'move')}, "
        f"{_some(counts['boxes_in'], 'box', 'boxes')} in, {counts['boxes_out']} out",
        f"{_some(counts['alarms'], 'alarm')} raised, {summary['alarms_standing']} standing"
        f"{_suppressed(summary['alarms_suppressed'])}; "
        f"{_some(summary['suggestions'], 'suggestion')}; "
        f"{some(len(doubts), 'discrepancy', 'discrepancies')}; rejects: {_rejects(counts['rejects'])}",
        *_alarm_lines(summary),
        *_fault_lines(summary),
        *_hints(counts["rejects"]),
        f"journal: {summary['journal'] or 'not recorded'}"
        f"{', ' if summary['journal_lacks'] else ''}{summary['journal_lacks']}",
    ))  # fmt: skip


def _some(count: object, one: str, several: str = "") -> str:
    assert isinstance(count, int)
    return some(count, one, several)


def _suppressed(count: object) -> str:
    return f", {count} suppressed by design" if count else ""


def _rejects(found: dict[str, int]) -> str:
    return ", ".join(f"{count} {why}" for why, count in found.items()) or "none"


def _alarm_lines(summary: dict[str, object]) -> list[str]:
    """Give a line for each of the worst alarms, and how many are not listed."""
    alarms, counts = summary["alarms"], summary["counts"]
    assert isinstance(alarms, list)
    assert isinstance(counts, dict)
    out = []
    for one in alarms:
        rule = one["rule"].replace("_", " ")
        named = one["machine"] or one["box"] or one["source"]
        whose = f", {named}" if named else ""
        says = f": {one['says']}" if one["says"] else ""
        how = "standing" if one["standing"] else "back to normal"
        how = f"{one['held']}, {how}" if one["held"] else how
        out.append(f"  {one['priority']}: {rule}{whose}, {one['raised']}, {how}{says}")
    suppressed = summary["alarms_suppressed"]
    assert isinstance(suppressed, int)
    more = counts["alarms"] + suppressed - len(alarms)
    return [*out, f"  and {more} more"] if more > 0 else out


def _fault_lines(summary: dict[str, object]) -> list[str]:
    """Tell what was asked for to go wrong."""
    faults = summary["faults"]
    assert isinstance(faults, list)
    never = f"; {summary['target_never_came']} never came" if summary["target_never_came"] else ""
    return [f"faults: {', '.join(faults)}{never}"] if faults else []


def _never_came(faults: Sequence[str], state: State) -> str:
    """Give the machine that faults were to befall, where the yard never had it."""
    target = next((one.partition("=")[2] for one in reversed(faults) if one.startswith("target=")), "")
    return "" if target.encode("ascii", "replace") in state.fleet.name.tolist() else target


def _hints(rejects: dict[str, int]) -> list[str]:
    """Tell what to do where machines were heard that nobody announced."""
    if not any(why in REASONS.values() for why in rejects):
        return []
    return [
        "hint: machines are refused whose kind nobody told; give it with ?device=NAME&kind=KIND behind the "
        "address of --source, or with [source.machines] in the file of --sources"
    ]


def _picture(snapshot: Snapshot, path: Path) -> tuple[str, bool]:
    """Write the picture; give the reason where there is none, and whether one was drawn that is no good.

    Where nothing can be drawn at all the run counts without it.
    """
    try:
        from ui.scene.offscreen import PictureError, render_picture
    except (ImportError, OSError) as error:
        return f"none, OpenGL is missing here: {error}", False
    try:
        render_picture(snapshot, path)
    except PictureError as error:
        return f"none: {error}", True
    except (RuntimeError, OSError) as error:
        return f"none, OpenGL is missing here: {error}", False
    return "", False
