"""The status bar: what just happened, health of sources and journal, tick and counts."""

from PyQt6.QtCore import QTimer
from PyQt6.QtWidgets import QHBoxLayout, QLabel, QStatusBar, QWidget

from sensors.sources.hotplug import KEEPER
from twin.snapshot import Mode, Snapshot
from twin.stock.table import Place
from ui.i18n import Texts, typeset
from ui.panels.formats import number
from ui.panels.line import Line
from ui.panels.trust import trust_of
from ui.theme import lamp

EVERY_NS = 1_000_000_000
NOTE_MS = 30_000
"""So long a note stands [ms]: then it is history."""


class StatusBar(QStatusBar):
    """Shows health at a glance; the note at its left says what an action led to."""

    def __init__(self, texts: Texts, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.texts, self.theme = texts, "dark"
        self.setSizeGripEnabled(False)
        self.note = Line()
        self.note.setProperty("role", "note")
        self.note.setAccessibleName("what just happened")
        self.pointer, self.tick, self.counts = QLabel(), QLabel(), QLabel()
        self._lamps: dict[str, tuple[QLabel, QLabel]] = {}
        self.addWidget(self.note, 1)
        self.addPermanentWidget(self.pointer)
        for key in ("positions", "sources", "journal"):
            self.addPermanentWidget(self._lamp(key))
        self.addPermanentWidget(self.counts)
        self.addPermanentWidget(self.tick)
        self.tick.setMinimumWidth(210)
        self._said, self._said_in = "", texts.language
        self._until = QTimer(self)
        self._until.setSingleShot(True)
        self._until.setInterval(NOTE_MS)
        # A method and no lambda: that of a bar which is no more is called by nobody.
        self._until.timeout.connect(self._fade)
        self._frame_ms = 0.0
        self._written_ns = -EVERY_NS
        self._snapshot: Snapshot | None = None
        texts.listen(self.refresh)
        texts.listen(self._say_again)

    def _lamp(self, key: str) -> QWidget:
        pair = (QLabel(), QLabel())
        box = QWidget()
        row = QHBoxLayout(box)
        row.setContentsMargins(6, 0, 2, 0)
        row.setSpacing(2)
        for label in pair:
            row.addWidget(label)
        box.setStyleSheet("background: transparent")
        self._lamps[key] = pair
        return box

    def say(self, text: str) -> None:
        """Show a note until the next one, or until it is history."""
        self._said, self._said_in = text, self.texts.language
        self._write_note(text)
        if text:
            self._until.start()

    def withdraw(self, text: str) -> None:
        """Let a note go that is true no longer, where it still stands."""
        if self._said == text:
            self.say("")

    def _fade(self) -> None:
        """Let the note go that is history."""
        self.say("")

    def _write_note(self, text: str) -> None:
        self.note.setText(text)
        self.note.setToolTip(text)

    def _say_again(self) -> None:
        """Say the note in the language chosen now; one that is only known in another goes."""
        if self._said_in == self.texts.language:
            self._write_note(self._said)
        else:
            self._write_note(self.texts.tr(self._said) if self._said_in == "en" else "")

    def show_frame_ms(self, frame_ms: float) -> None:
        """Take how long the scene took to draw."""
        self._frame_ms = frame_ms

    def show_pointer(self, x_m: float, y_m: float) -> None:
        """Show where the pointer is on the ground [m, yard frame]."""
        self.pointer.setText(typeset(f"x {x_m:.1f}  y {y_m:.1f} m"))

    def show_snapshot(self, snapshot: Snapshot) -> None:
        """Take a snapshot; written once a second of its time, and where its journal fails or goes on."""
        before, self._snapshot = self._snapshot, snapshot
        if before is not None and before.mode is Mode.REPLAY is not snapshot.mode:
            self.say("")
        failing = _fails(before) is not _fails(snapshot)
        if failing or abs(snapshot.state.t_ns - self._written_ns) >= EVERY_NS:
            self._written_ns = snapshot.state.t_ns
            self.refresh()

    def refresh(self) -> None:
        """Write everything."""
        if self._snapshot is None:
            return
        snapshot, tr = self._snapshot, self.texts.tr
        trust = trust_of(snapshot.state)
        words = tr(
            "Positions {fresh}/{all}, worst {worst}", fresh=trust.fresh, all=trust.present,
            worst=number(trust.worst_m, 2, "m"),
        )  # fmt: skip
        self._set("positions", trust.good, words if trust.present else tr("No position"))
        good = [source.connected for source in snapshot.sources if source.name != KEEPER]
        words = tr("Sources {good}/{all}", good=sum(good), all=len(good)) if good else tr("No source")
        self._set("sources", all(source.connected for source in snapshot.sources), words)
        journal = snapshot.journal
        if journal is None or not journal.good:
            # Why stands in the notice over the yard: a long reason here widened the window beyond the screen.
            self._set("journal", False, tr("Not recorded"))
        else:
            self._set("journal", True, tr("Recorded {rows} rows", rows=number(journal.rows)))
        state = snapshot.state
        standing = int((state.stock.place == Place.STACKED).sum())
        present = int(state.fleet.present.sum())
        self.counts.setText(
            tr("{boxes} boxes, {machines} machines", boxes=number(standing), machines=present)
        )
        self.tick.setText(
            tr("tick {tick:.1f} ms, frame {frame:.0f} ms", tick=snapshot.tick_ms, frame=self._frame_ms)
        )

    def _set(self, key: str, good: bool, words: str) -> None:
        symbol, text = self._lamps[key]
        symbol.setPixmap(lamp(self.theme, good))
        text.setText(words)


def _fails(snapshot: Snapshot | None) -> bool:
    """Tell whether what a snapshot shows is not recorded."""
    return snapshot is not None and snapshot.journal is not None and not snapshot.journal.good
