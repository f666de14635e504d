"""The window: the yard in the middle, panels around it, commands from one table."""

import getpass
import logging
from collections.abc import Callable, Iterator
from dataclasses import replace
from functools import partial

from PyQt6.QtCore import Qt
from PyQt6.QtGui import QCloseEvent
from PyQt6.QtWidgets import QMainWindow, QVBoxLayout, QWidget

from twin.decisions import Decision
from twin.snapshot import Mode, Snapshot
from twin.stacking.suggestion import Accept, Refuse
from ui.actions import Action, Needs
from ui.asking import Asker
from ui.bindings import Bindings
from ui.dressing import Dresser
from ui.editor.planner import Planner
from ui.ending import Ending
from ui.feed import Replay
from ui.i18n import Texts
from ui.keyboard import Keyboard
from ui.opening import open_within_screen
from ui.panels.band import MODES, ModeBand
from ui.panels.base import Follower, Themed
from ui.panels.board import Board
from ui.panels.clocks import zone_of
from ui.panels.docks import Docks
from ui.panels.finding import place_of, same_thing
from ui.panels.header import Header
from ui.panels.hint import HintCard
from ui.panels.loading import LoadingCard
from ui.panels.player import Player
from ui.panels.record import RecordNotice
from ui.panels.replay_strip import ReplayStrip
from ui.panels.status import StatusBar
from ui.panels.verdicts import VerdictReader
from ui.placing import Placer
from ui.scene.view import YardView
from ui.shortcuts import KeyList, why_not
from ui.theme import THEMES
from ui.ticker import Ticker
from ui.view_state import Encounter, Pick, PickKind, ViewState
from ui.watch import Watch
from ui.wheels import guard_wheels
from ui.workspaces import WORKSPACES, workspace

_log = logging.getLogger(__name__)
_VIEWS = {"yard": "yard", "top": "top", "gate_view": "gate", "quay_view": "quay"}
LAYER_COMMANDS = ("labels", "zones", "violations", "sigma_rings", "heat", "blind")
CLOSE_M = 120.0
"""How far the camera stays from a place that is flown to [m]."""


class MainWindow(QMainWindow):
    """Shows snapshots, and turns what people do into decisions and views; decides nothing."""

    def __init__(self, bound: Bindings, texts: Texts, theme: str = "dark") -> None:
        super().__init__()
        self.texts, self.theme, self._bound = texts, theme, bound
        self.actor = getpass.getuser()
        self.snapshot: Snapshot | None = None
        self.view_state = ViewState()
        self.workspace = WORKSPACES[0]
        self.view, self.band, self.header = YardView(), ModeBand(texts), Header(texts)
        self.status, self.strip, self.record = StatusBar(texts), ReplayStrip(texts), RecordNotice(texts)
        self.board = board = Board(texts, bound.simulation, self)
        self.alarms, self.suggestions, self.inspector = board.alarms, board.suggestions, board.inspector
        self.near_misses, self.discrepancies = board.near_misses, board.discrepancies
        self.violations, self.faults, self.timeline = board.violations, board.faults, board.timeline
        self.layers, self.draft, self.editor = board.layers, board.draft, board.editor
        self.findings, self.effect = board.findings, board.effect
        self.ticker = Ticker(bound.feed, self)
        self.turns = self.ticker.turns
        self.player = Player(self.ticker, self.timeline, bound.open_replay, texts, self.status.say, self)
        self.planner = Planner(
            self.draft, self.editor, self.view, texts,
            save_layout=bound.save_layout, load_layout=bound.load_layout, decide=self.decide,
            note=self.status.say, identity=(self.actor, workspace("plan").role),
        )  # fmt: skip
        self.placer = Placer(
            self.view, self.suggestions, texts, decide=self.decide, note=self.status.say,
            show=lambda placing: self.set_view(replace(self.view_state, placing=placing)),
            identity=lambda: (self.actor, self._role()),
        )  # fmt: skip
        self.asker = Asker(self, texts, self.usable)
        self.watch = Watch(
            self, (self.alarms, self.near_misses, self.discrepancies), texts, decide=self.decide,
            note=self.status.say, withdraw=self.status.withdraw, fly=self.view.fly_to,
            identity=lambda: (self.actor, self._role()), look=self.fly_to_point, mark=self._mark_encounter,
            select=self._select_machine, replay=self.player.begin_at,
            show_panel=lambda name: self.docks.raise_panel(name), machine=self._machine,
        )  # fmt: skip
        self.placer.taken_back_first = self.watch.reopen_since
        self._parts = (self.player.run, self.planner.run, self.placer.run, self.watch.run)
        self.verdicts = VerdictReader(self.actor, texts, self)
        self.hint, self.loading = HintCard(texts, self), LoadingCard(texts, self)
        for card in (self.hint, self.loading):
            card.hide()
        self.dresser, self._ending = Dresser(self), Ending(self, self._last_steps)
        self._lay_out()
        self._wire()
        self._keyboard = Keyboard(self, self.view, self._run_key, self.planner.nudge)
        self._shortcuts = self._keyboard.shortcuts
        self.set_theme(theme)
        guard_wheels(self)
        self.turns.finish()
        self.show_workspace("control")

    def _lay_out(self) -> None:
        top = QWidget()
        column = QVBoxLayout(top)
        column.setContentsMargins(0, 0, 0, 0)
        column.setSpacing(0)
        for part in (self.band, self.record, self.header, self.strip):
            part.setAttribute(Qt.WidgetAttribute.WA_StyledBackground)
            column.addWidget(part)
        self.setMenuWidget(top)
        self.setCentralWidget(self.view)
        self.setStatusBar(self.status)
        open_within_screen(self)
        self.docks = Docks(self, self.board.by_name(), self.texts)

    def _wire(self) -> None:
        self.ticker.ticked.connect(self.show_snapshot)
        self.ticker.live_ticked.connect(self._take_live)
        self.ticker.failed.connect(self._tick_failed)
        for teller in (self.verdicts, self.faults, self.record, self.suggestions):
            teller.said.connect(self.status.say)
        self.verdicts.published.connect(self.draft.forget)
        for source in (self.header, self.strip, self.timeline, self.editor, self.hint, self.loading):
            source.asked.connect(self.run)
        self.hint.closed.connect(lambda: self._keep("hint_seen", True))
        self.suggestions.accepted.connect(lambda i: self.decide(Accept(i, self.actor, self._role())))
        self.suggestions.refused.connect(lambda i, why: self.decide(Refuse(i, self.actor, self._role(), why)))
        self.suggestions.chosen.connect(
            lambda i: self.set_view(replace(self.view_state, suggestion=i, placing=None))
        )
        self.violations.chosen.connect(lambda v: self.set_view(replace(self.view_state, violation=v)))
        self.near_misses.filtered.connect(lambda of: self.set_view(replace(self.view_state, heat_of=of)))
        self.violations.opened.connect(self._fly_to_box)
        self.inspector.follow_asked.connect(self._follow)
        self.layers.view_asked.connect(self.set_view)
        self.findings.opened.connect(self.fly_to_point)
        self.player.began.connect(lambda: self.show_workspace("train"))
        for changed in (self.player.began, self.player.ended):
            changed.connect(self.watch.forget_encounter)
        self.band.alarms_asked.connect(lambda: self.docks.raise_panel("alarms"))
        self.view.picked.connect(self.select)
        self.view.pointer.connect(self.status.show_pointer)
        self.view.frame_drawn.connect(self.status.show_frame_ms)
        self.draft.changed.connect(self._enable)

    # Snapshots

    def show_snapshot(self, snapshot: Snapshot) -> None:
        """Show a snapshot in the scene and the band, and to all else that follows it in turns to come."""
        before, self.snapshot = self.snapshot, snapshot
        if before is not None and before.state.epoch != snapshot.state.epoch:
            self._drop_stale_marks(before, snapshot)
        if before is None or before.state.yard is not snapshot.state.yard:
            for number, tell in enumerate(self.texts.enter(zone_of(snapshot.state.yard))):
                self.turns.do(("zone", number), tell)
        self.view.show_snapshot(snapshot)
        self.band.show_snapshot(snapshot)
        followers: tuple[Follower, ...] = (self.strip, self.status, *self.board.followers)
        for part in followers:
            self.turns.do(("told", part), partial(part.show_snapshot, snapshot))
        self.turns.do(self.placer, partial(self.placer.take, snapshot))
        for counter in (self.docks, self.layers):
            self.turns.do(counter, partial(counter.show_counts, snapshot.state))
        if before is None or before.mode is not snapshot.mode or before.state.yard is not snapshot.state.yard:
            self._name_window(snapshot)
        if before is None or before.mode is not snapshot.mode:
            self._enable()

    def _take_live(self, snapshot: Snapshot) -> None:
        self.record.show_live(snapshot)
        self.turns.do("live", partial(self.strip.show_live, snapshot))
        self.verdicts.take(snapshot)
        self.draft.follow_live(snapshot.state)

    def _tick_failed(self, problem: str) -> None:
        words = self.texts.tr("A tick failed, the picture stands: {problem}", problem=problem)
        self.status.say(words if problem else self.texts.tr("Ticks are running again."))

    def _drop_stale_marks(self, before: Snapshot, now: Snapshot) -> None:
        pick = same_thing(self.view_state.selected, before.state, now.state)
        following = self.view_state.follow is not None and pick is not None and pick.kind is PickKind.MOVER
        follow = pick.row if following and pick is not None else None
        self.set_view(replace(self.view_state, selected=pick, follow=follow))

    def _name_window(self, snapshot: Snapshot) -> None:
        word = self.texts.tr(MODES[snapshot.mode])
        self.setWindowTitle(f"yard-twin: {self.texts.tr(snapshot.state.yard.name)} ({word})")
        self.view.set_watermark("" if snapshot.mode is Mode.LIVE else word)

    # Decisions

    def decide(self, decision: Decision) -> None:
        """Put a decision into the next tick of the live feed; none while a replay is shown."""
        live = self.ticker.live
        if live is None or self.ticker.replay is not None:
            self.status.say(self.texts.tr("This is a recording: go back to live to decide."))
            return
        live.decide(decision)

    def _role(self) -> str:
        return self.workspace.role if self.workspace.id != "train" else workspace("control").role

    # The view

    def set_view(self, view: ViewState) -> None:
        """Show another view: selection, layers, colours."""
        changed = view.selected != self.view_state.selected or view.follow != self.view_state.follow
        self.view_state = view
        self.view.show_view(view)
        self.layers.show_view(view)
        if changed:
            self.inspector.show_pick(view.selected, view.follow is not None)
            self._enable()

    def select(self, pick: Pick | None) -> None:
        """Select what was clicked; in the editor a block of the draft."""
        if self.workspace.id == "plan" and self.draft.editing:
            blocks = () if self.snapshot is None else self.snapshot.state.yard.blocks
            on_block = pick is not None and pick.kind is PickKind.BLOCK and pick.row < len(blocks)
            self.draft.select(blocks[pick.row].name if on_block and pick is not None else None)
            return
        chosen = None if pick is None or pick.kind is PickKind.GROUND else pick
        self.set_view(replace(self.view_state, selected=chosen, follow=None))
        if chosen is not None:
            self.docks.raise_panel("inspector")

    def fly_to_point(self, x_m: float, y_m: float) -> None:
        """Look at a place of the yard frame [m] from near by."""
        self.view.set_camera({"x_m": x_m, "y_m": y_m, "z_m": 0.0, "distance_m": CLOSE_M})

    def _fly_to_selection(self) -> None:
        pick, snapshot = self.view_state.selected, self.snapshot
        if pick is None or snapshot is None:
            return
        if pick.kind is PickKind.MOVER:
            self.view.fly_to(f"mover:{pick.row}")
        elif pick.kind is PickKind.BLOCK:
            self.view.fly_to(f"block:{snapshot.state.yard.blocks[pick.row].name}")
        else:
            self.fly_to_point(*place_of(snapshot.state, pick.kind, pick.row)[:2])

    def _fly_to_box(self, row: int) -> None:
        if self.snapshot is not None:
            self.select(Pick(PickKind.BOX, row, place_of(self.snapshot.state, PickKind.BOX, row)))
            self._fly_to_selection()
            self.docks.raise_panel("violations")

    def _machine(self) -> int:
        """Give the fleet row of the machine selected, -1 for none."""
        pick = self.view_state.selected
        return pick.row if pick is not None and pick.kind is PickKind.MOVER else -1

    def _select_machine(self, row: int) -> None:
        """Select a machine by its fleet row."""
        if self.snapshot is not None and 0 <= row < len(self.snapshot.state.fleet):
            self.select(Pick(PickKind.MOVER, row, place_of(self.snapshot.state, PickKind.MOVER, row)))

    def _mark_encounter(self, encounter: Encounter | None) -> None:
        self.strip.show_encounter(encounter)
        self.set_view(replace(self.view_state, encounter=encounter))

    def _follow(self, on: bool) -> None:
        pick = self.view_state.selected
        row = pick.row if on and pick is not None and pick.kind is PickKind.MOVER else None
        self.set_view(replace(self.view_state, follow=row))

    # Commands

    def run(self, command: str) -> None:
        """Carry out a command by its id."""
        self.hint.follow(command)
        if command in {row.id for row in WORKSPACES}:
            self.show_workspace(command)
        elif command in _VIEWS:
            self.view.fly_to(_VIEWS[command])
        elif command in LAYER_COMMANDS:
            self.set_view(self.view_state.toggled(command))
        elif not any(part(command) for part in (self._run_own, *self._parts)):
            _log.debug("command %s does nothing now", command)

    def _run_key(self, row: Action) -> None:
        """Carry out the command of a key, or say why it does nothing now."""
        if self.usable(row):
            self.run(row.id)
        else:
            self.status.say(why_not(row, self.workspace.id, self.texts))

    def _run_own(self, command: str) -> bool:
        own: dict[str, Callable[[], object]] = {
            "to_selection": self._fly_to_selection, "find": self._ask_find,
            "follow": lambda: self._follow(self.view_state.follow is None),
            "theme": lambda: self.set_theme(THEMES[1 - THEMES.index(self.theme)]),
            "language": self._switch_language, "palette": lambda: self.asker.command(self.run),
            "shortcuts": lambda: KeyList(self.texts, self).open(), "hint": lambda: self.hint.place(self.view),
            "next_violation": self.violations.next_violation, "faults_off": self.faults.all_off,
            "accept": self.suggestions.accept, "refuse": self.suggestions.refuse,
            "open_replay": lambda: self.asker.journal(self.player.begin),
            "replay_now": lambda: self.player.begin(None),
            "back_live": self.player.end, "next_finding": self.findings.open_next, "quit": self.close,
        }  # fmt: skip
        if command not in own:
            return False
        own[command]()
        return True

    def usable(self, row: Action) -> bool:
        """Tell whether a command can be used in what is shown now."""
        live = self.snapshot is not None and self.snapshot.mode is not Mode.REPLAY
        held = {
            Needs.LIVE: live, Needs.REPLAY: self.player.replay is not None, Needs.EDITING: self.draft.editing,
            Needs.BLOCK: self.draft.block is not None, Needs.SELECTION: self.view_state.selected is not None,
        }  # fmt: skip
        here = row.workspace in ("", self.workspace.id)
        return here and all(true for need, true in held.items() if need in row.needs)

    def show_workspace(self, workspace_id: str) -> None:
        """Show another workspace."""
        self.workspace = workspace(workspace_id)
        self.docks.show_workspace(self.workspace)
        self.header.show_workspace(workspace_id)
        self.planner.enter(workspace_id == "plan")
        self.view.setFocus()
        self._enable()

    def _enable(self) -> None:
        nudging = self.workspace.id == "plan" and self.draft.block is not None
        self._keyboard.enable(self.usable, nudging)

    # Language, theme, dialogs

    def set_theme(self, theme: str) -> None:
        """Take another theme."""
        self.theme = self.band.theme = self.record.theme = self.status.theme = theme
        self.dresser.dress(theme, self.texts.language)
        for plain in (self.band, self.record, self.status):
            self.turns.do(("theme", plain), plain.refresh)
        themed: tuple[Themed, ...] = (self.header, self.strip, *self.board.themed)
        for part in themed:
            self.turns.do(("theme", part), partial(part.set_theme, theme))
        self._keep("theme", theme)

    def _switch_language(self) -> None:
        for number, say in enumerate(self.texts.begin("zh" if self.texts.language == "en" else "en")):
            self.turns.do(("said", number), say)
        self.dresser.dress(self.theme, self.texts.language)
        self._keep("language", self.texts.language)
        if self.snapshot is not None:
            self._name_window(self.snapshot)

    def _ask_find(self) -> None:
        def go(pick: Pick) -> None:
            self.select(pick)
            self._fly_to_selection()

        if self.snapshot is not None:
            self.asker.thing(self.snapshot.state, go)

    def _keep(self, key: str, value: object) -> None:
        if self._bound.settings is not None:
            self._bound.settings.setValue(key, value)

    # Beginning and end

    def start(self, replay: Replay | None = None) -> None:
        """Begin to tick once all is loaded; with ``replay`` a recording is shown from the start."""
        self.view.prepare()
        self.loading.follow(self.view)
        if replay is not None:
            self.player.show(replay)
        else:
            self.ticker.tick()
        self.ticker.start()

    def closeEvent(self, event: QCloseEvent | None) -> None:
        """Stop the ticks, let the scene go, close the feed: in turns, out of sight."""
        if self._ending.go_on():
            super().closeEvent(event)
        elif event is not None:
            event.ignore()

    def _last_steps(self) -> Iterator[Callable[[], object]]:
        """Give what is to be done before the window is closed."""
        self.ticker.stop()
        self.loading.stop()
        scene: list[object] = []
        yield from (self.draft.close, self.placer.close, self.planner.close)
        yield from (self.violations.close_thread, self.watch.close)
        yield lambda: scene.append(self.view.close_scene())
        yield scene.clear
        yield self.ticker.close
