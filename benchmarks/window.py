"""The window under a flood of alarms and through a shift's ordinary steps: how long each event holds it.

The real window over the demo yard, its simulation in a process of its own, as ``make run`` opens it.
``python -m benchmarks.window flood`` prints every block over 50 ms; ``steps`` those of ordinary work.
"""

from __future__ import annotations

import os
import subprocess
import sys
import tempfile
from collections.abc import Callable, Iterable
from dataclasses import replace
from functools import partial
from pathlib import Path

import msgspec
import numpy as np
from PyQt6.QtCore import QEvent, QTimer

from benchmarks.rows import Row, absent
from benchmarks.watchdog import Block, Watched, held
from layouts import formats
from sensors.decoder import Decoder
from sensors.nmea import encode_gga, tag_block
from sensors.sources.simulated import SimulatedSource
from sensors.telemetry import encode_event
from twin.clock import Clock, ManualClock
from twin.engine import initial_state
from twin.frames import YardFrame
from twin.inputs import MachineNotice, RawChunk
from twin.journal.writer import JournalWriter
from twin.replay import JournalReplay
from twin.safety.rules import areas
from twin.session import Bound, Session
from twin.snapshot import Mode, Snapshot, SourceHealth
from twin.solving import SolverProcess
from twin.stock.generate import fill
from twin.stock.rules import USUAL
from twin.yard.model import LaneKind, Yard
from twin.yard.slots import slots_of
from ui import warming
from ui.app import settle
from ui.bindings import Bindings
from ui.composition import SourceClock, open_replay
from ui.i18n import Texts
from ui.main_window import MainWindow
from ui.panels.base import Panel
from ui.scene.kind_drawing import KindDrawing
from ui.yards import read_layout

T0_NS = 1_799_974_800_000_000_000
BOXES, CROWD, EACH_TICK = 10_000, 1_000, 10
BEFORE, FLOOD, AFTER = 60, 110, 30
"""Ticks before the flood, in it, and after it."""
_STEP_MS = 1600
TICK = "take Timer"
"""The event in which the engine steps."""


class Crowd:
    """Machines that come where they must not be, ten a tick: people in a block, trucks outside the yard."""

    def __init__(self, yard: Yard, clock: SourceClock, most: int = CROWD) -> None:
        block = yard.blocks[0]
        half = CROWD // 2
        people = [block.yard_from_block(2.0 + 1.5 * (k % 100), 2.0 + 2.0 * (k // 100)) for k in range(half)]
        trucks = [(-1000.0 - 30.0 * k, -1000.0) for k in range(half)]
        points = np.array([point for pair in zip(people, trucks, strict=True) for point in pair])
        lon, lat, _ = YardFrame.of(yard.georeference).geodetic_from_yard(
            np.column_stack((points, np.zeros(len(points))))
        )
        self._places = list(zip(lon.tolist(), lat.tolist(), strict=True))
        self._clock, self._most, self._come = clock, most, 0
        self.on = False

    def poll(self) -> tuple[RawChunk, ...]:
        """Give the next machines' first words; those of the tick before are heard once more."""
        if not self.on:
            return ()
        t_ns = self._clock.now_ns()
        new = range(self._come, min(self._come + EACH_TICK, self._most))
        again = range(max(self._come - EACH_TICK, 0), self._come)
        self._come = new.stop if len(new) else self._most
        lines = [self._hello(k, t_ns) + self._fix(k, t_ns) for k in new]
        lines += [self._fix(k, t_ns) for k in again]
        return (RawChunk("crowd", t_ns, b"".join(lines)),) if lines else ()

    def _name(self, k: int) -> str:
        return f"P{k:04d}" if k % 2 == 0 else f"X{k:04d}"

    def _hello(self, k: int, t_ns: int) -> bytes:
        return encode_event(MachineNotice(self._name(k), t_ns, "external_truck" if k % 2 else "person"))

    def _fix(self, k: int, t_ns: int) -> bytes:
        lon, lat = self._places[k]
        return encode_gga(t_ns, lon, lat, 3.0, 0.0, 4, 24, 0.6, tag=tag_block(self._name(k)))

    def health(self, now_ns: int) -> SourceHealth:
        """Tell that all is well."""
        return SourceHealth("crowd", True, 0.0, 0.0, 0)

    def close(self) -> None:
        """End."""


class Meeting:
    """Two trucks that pass each other within a metre on the longest road, again and again."""

    def __init__(self, yard: Yard, clock: Clock) -> None:
        roads = [np.array(lane.centre_line_yard_m) for lane in yard.lanes if lane.kind is LaneKind.ROAD]
        self._road = max(roads, key=lambda line: float(np.hypot(*(line[-1] - line[0]))))
        self._frame, self._clock, self._said = YardFrame.of(yard.georeference), clock, False

    def poll(self) -> tuple[RawChunk, ...]:
        """Give where both are."""
        t_ns = self._clock.now_ns()
        a, b = self._road[0], self._road[-1]
        along = (b - a) / float(np.hypot(*(b - a)))
        left = np.array([-along[1], along[0]])
        away_m = 60.0 - 6.0 * ((t_ns - T0_NS) / 1e9 % 20.0)
        middle = (a + b) / 2
        lines = []
        for name, way, aside_m in (("M-1", -along, 0.0), ("M-2", along, 3.4)):
            x, y = middle + way * away_m + left * aside_m
            lon, lat, _ = self._frame.geodetic_from_yard(np.array([[x, y, 0.0]]))
            if not self._said:
                lines.append(encode_event(MachineNotice(name, t_ns, "terminal_tractor")))
            fix = encode_gga(t_ns, float(lon[0]), float(lat[0]), 3.0, 0.0, 4, 24, 0.6, tag=tag_block(name))
            lines.append(fix)
        self._said = True
        return (RawChunk("meeting", t_ns, b"".join(lines)),)

    def health(self, now_ns: int) -> SourceHealth:
        """Tell that all is well."""
        return SourceHealth("meeting", True, 0.0, 0.0, 0)

    def close(self) -> None:
        """End."""


class Stage:
    """The demo yard with its session, and the window over it."""

    def __init__(self, app: Watched, crowd: int) -> None:
        self.app, self.ticks = app, 0
        yard = formats.sample("demo")
        slots = slots_of(yard)
        stock = fill(yard, slots, BOXES, 1, T0_NS)
        self.simulation = SimulatedSource(yard, slots, stock, seed=1, t_ns=T0_NS, inline=False)
        clock = SourceClock(self.simulation)
        self.crowd = Crowd(yard, clock, crowd)
        self._folder = tempfile.TemporaryDirectory()
        self.path = path = Path(self._folder.name) / "window.journal"
        self.elsewhere = _recorded_elsewhere(Path(self._folder.name) / "elsewhere.journal")
        sources = (self.simulation, self.crowd, *((Meeting(yard, clock),) if crowd < CROWD else ()))
        bound = Bound(
            sources, Decoder(), clock, read_layout, JournalWriter(path, {}), SolverProcess(), self.simulation,
            Mode.SIMULATION,
        )  # fmt: skip
        areas.prepare(yard)
        self.session = Session(initial_state(yard, stock, T0_NS, USUAL), bound)
        self.window = MainWindow(
            Bindings(self.session, self._replayed, _unsaved, formats.load, None, self.simulation),
            Texts("en"),
        )
        self.window.ticker.ticked.connect(self._count)

    def open(self) -> None:
        """Open the window, as the program does."""
        self.window.start()
        self.window.show()

    def _count(self) -> None:
        self.ticks += 1
        if self.ticks == 1:
            settle()

    def _replayed(self, path: Path | None) -> JournalReplay:
        return open_replay(path or self.path, self.session.state)

    def close(self) -> None:
        """Close the window and what is under it."""
        self.window.close()
        self.window.deleteLater()
        del self.window
        self.app.sendPostedEvents(None, QEvent.Type.DeferredDelete.value)
        self._folder.cleanup()


def _recorded_elsewhere(path: Path) -> Path:
    """Record a few seconds of a yard that is not the one shown, though as large."""
    yard, clock = replace(formats.sample("demo"), revision=9), ManualClock(T0_NS)
    state = initial_state(yard, fill(yard, slots_of(yard), BOXES, 2, T0_NS), T0_NS, USUAL)
    bound = Bound((Meeting(yard, clock),), Decoder(), clock, read_layout, JournalWriter(path, {}))
    session = Session(state, bound)
    for _ in range(60):
        clock.t_ns += 100_000_000
        session.tick()
    session.close()
    return path


def _unsaved(yard: Yard, path: Path) -> None:
    """Save nothing: no step asks for it."""


def _flood(stage: Stage) -> None:
    app, window = stage.app, stage.window

    def look() -> None:
        if stage.ticks < BEFORE:
            app.phase = "opening" if stage.ticks < 20 else "before"
        elif stage.ticks < BEFORE + FLOOD:
            app.phase, stage.crowd.on = "flood", True
        elif stage.ticks < BEFORE + FLOOD + AFTER:
            app.phase = "after"
        else:
            app.quit()

    window.ticker.ticked.connect(look)
    stage.open()
    app.exec()


def _steps(stage: Stage) -> None:
    app, window = stage.app, stage.window
    stage.crowd.on = True

    def publish() -> None:
        window.draft.begin()
        window.draft.select(window.draft.yard.blocks[0].name if window.draft.yard is not None else None)
        window.draft.add_like(window.draft.block)
        window.planner.publish()

    steps: list[tuple[str, Callable[[], object]]] = [
        ("standing", lambda: None), ("standing", lambda: None),
        ("plan", partial(window.run, "plan")), ("train", partial(window.run, "train")),
        ("control", partial(window.run, "control")), ("plan", partial(window.run, "plan")),
        ("train", partial(window.run, "train")), ("control", partial(window.run, "control")),
        ("fly to an alarm", partial(window.run, "next_alarm")),
        ("acknowledge", partial(window.run, "acknowledge")),
        ("fly to the next", partial(window.run, "next_alarm")),
        ("whole yard", partial(window.run, "yard")),
        ("near misses", partial(window.run, "next_near_miss")),
        ("heat map", partial(window.run, "heat")),
        ("replay a near miss", partial(window.run, "replay_near_miss")), ("replaying", lambda: None),
        ("replaying at speed 16", partial(window.player.set_speed, 16.0)), ("at speed 16", lambda: None),
        ("back to live", partial(window.run, "back_live")),
        ("open a journal", partial(window.player.begin, stage.path)),
        ("another yard", partial(window.player.begin, stage.elsewhere)), ("another yard", lambda: None),
        ("back to live", partial(window.run, "back_live")),
        ("Chinese", partial(window.run, "language")), ("English", partial(window.run, "language")),
        ("theme", partial(window.run, "theme")), ("theme", partial(window.run, "theme")),
        ("edit", partial(window.run, "plan")), ("publish", publish), ("published", lambda: None),
        ("control", partial(window.run, "control")), ("the end", window.close),
    ]  # fmt: skip

    def next_step() -> None:
        if not steps:
            app.quit()
            return
        app.phase, step = steps.pop(0)
        QTimer.singleShot(0, step)

    pulse = QTimer()
    pulse.setInterval(_STEP_MS)
    pulse.timeout.connect(next_step)
    app.phase = "opening"
    QTimer.singleShot(6000, pulse.start)
    stage.open()
    app.exec()


def _make_naive() -> None:
    """Tell each panel everything at each tick, and lay every machine out anew, as is written first."""
    panel_show, seat = Panel.show_snapshot, KindDrawing.show

    def show_all(self: KindDrawing, *arguments: object) -> int:
        self.forget()
        return seat(self, *arguments)  # type: ignore[arg-type]

    def tell_all(self: Panel, snapshot: Snapshot) -> None:
        self._seen = ()
        panel_show(self, snapshot)

    KindDrawing.show = show_all  # type: ignore[method-assign,assignment]
    Panel.show_snapshot = tell_all  # type: ignore[method-assign]


def blocks_of(scene: str, naive: bool = False) -> list[Block]:
    """Run a scene here, ``flood`` or ``steps``, and give its blocks; once a process."""
    if not (os.environ.get("DISPLAY") or os.environ.get("QT_QPA_PLATFORM")):
        os.environ["QT_QPA_PLATFORM"] = "offscreen"
    warming.prepare()
    warming.load()
    if naive:
        _make_naive()
    app = Watched(sys.argv[:1])
    app.setStyle("Fusion")
    stage = Stage(app, CROWD if scene == "flood" else 4)
    (_flood if scene == "flood" else _steps)(stage)
    stage.close()
    return app.blocks


def rows() -> Iterable[Row]:
    """Give the rows of this module."""
    title, peer = "1,000 alarms in 10 s: window's blocks", "panels told everything each tick"
    ours, naive = _elsewhere("flood"), _elsewhere("flood", "naive")
    if not ours or not naive:
        yield absent(title, peer, "the window did not open")
        return
    mine, other = (held(_own(found, "flood")) for found in (ours, naive))
    tick = held(block.cpu_ms for block in ours if block.phase == "flood" and block.what == TICK)
    for name, a, b in (("p99", mine.p99_ms, other.p99_ms), ("max", mine.most_ms, other.most_ms)):
        note = f"processor time; ours {mine}; the tick itself {tick}" if name == "p99" else f"peer {other}"
        yield Row(f"{title}, {name}", peer, a, b, b / a, 0.0, note)


def _own(found: list[Block], phase: str) -> Iterable[float]:
    """Give how long the window's own events took [ms]: the tick of the engine apart."""
    return (block.cpu_ms for block in found if block.phase == phase and block.what != TICK)


def _elsewhere(*words: str) -> list[Block]:
    done = subprocess.run(
        [sys.executable, "-m", "benchmarks.window", *words, "--json"], stdout=subprocess.PIPE, check=False
    )
    return msgspec.json.decode(done.stdout, type=list[Block]) if done.returncode == 0 else []


def main(words: list[str]) -> int:
    """Run one scene and print what held the window."""
    found = blocks_of(words[0] if words else "flood", "naive" in words)
    if "--json" in words:
        print(msgspec.json.encode(found).decode())
        return 0
    for phase in dict.fromkeys(block.phase for block in found):
        mine = [block for block in found if block.phase == phase]
        print(f"{phase:20} own  {held(_own(found, phase))}")
        print(f"{'':20} cpu  {held(block.cpu_ms for block in mine)}")
        print(f"{'':20} wall {held(block.wall_ms for block in mine)}")
        for block in sorted(mine, key=lambda block: -block.cpu_ms)[:8]:
            if block.cpu_ms > 50.0:
                print(f"{'':24}{block.cpu_ms:7.1f} cpu {block.wall_ms:7.1f} wall  {block.what}")
    return 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
