"""The notice under the band while nothing of what happens is recorded: sign, colour and words."""

from functools import partial

from PyQt6.QtCore import pyqtSignal
from PyQt6.QtWidgets import QHBoxLayout, QLabel, QWidget

from twin.clock import NS_PER_S
from twin.journal.errors import Trouble
from twin.snapshot import JournalHealth, Snapshot
from ui.i18n import Texts, mark
from ui.panels.formats import clock
from ui.panels.line import Line
from ui.recording import why_not_recorded
from ui.theme import SIGN_PX, palette, severity_pixmap

_DANGER = 2


def health_words(texts: Texts, journal: JournalHealth) -> str:
    """Tell why something is not recorded, or was not; empty where all is."""
    trouble, hole, tr = journal.trouble, journal.hole, texts.tr
    if hole is not None:
        why = tr(hole.why) or tr("the journal does not tell why")
        if not hole.until_ns:
            return tr("not recorded from {since} on: {why}", since=clock(texts, hole.from_ns), why=why)
        since, until = (clock(texts, t_ns) for t_ns in (hole.from_ns, hole.until_ns))
        return tr("not recorded from {since} to {until}: {why}", since=since, until=until, why=why)
    return "" if trouble is None else why_not_recorded(trouble, tr, partial(clock, texts))


def _todo(trouble: Trouble) -> str:
    if trouble.lost is None:
        return mark("Look at its disk: once it can be written, recording goes on by itself.")
    return mark("Recording goes on with what follows; a replay leaves this out, and says so.")


class RecordNotice(QWidget):
    """Stands over everything as long as the journal of the live yard fails."""

    said = pyqtSignal(str)
    """That recording goes on."""

    def __init__(self, texts: Texts, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.texts, self.theme = texts, "dark"
        self.setObjectName("record")
        self.sign, self.title, self.why = QLabel(), QLabel(), Line()
        self.title.setObjectName("not_recorded")
        self.title.setAccessibleName("nothing is recorded")
        self.why.setAccessibleName("why nothing is recorded")
        self._snapshot: Snapshot | None = None
        self._since_ns: int | None = None
        self._written: tuple[object, ...] = ()
        row = QHBoxLayout(self)
        row.setContentsMargins(12, 4, 12, 4)
        row.setSpacing(8)
        row.addWidget(self.sign)
        row.addWidget(self.title)
        row.addWidget(self.why, 1)
        texts.listen(self.refresh)
        self.hide()

    def show_live(self, snapshot: Snapshot) -> None:
        """Take a snapshot of the live yard, also while a replay is shown."""
        self._snapshot = snapshot
        failing = snapshot.journal is not None and snapshot.journal.trouble is not None
        if failing is (self._since_ns is None):
            self._since_ns = snapshot.state.t_ns if failing else None
            self._written = ()
            self.setVisible(failing)
            if not failing:
                self.said.emit(self._goes_on(snapshot))
        if failing and (written := (self._since_ns, snapshot.state.t_ns // NS_PER_S)) != self._written:
            self._written = written
            self.refresh()

    def _goes_on(self, snapshot: Snapshot) -> str:
        lost = 0 if snapshot.journal is None else snapshot.journal.lost_ticks
        if lost:
            return self.texts.tr("Recording goes on; ticks lost: {count}.", count=lost)
        return self.texts.tr("Recording goes on; what waited is recorded.")

    def refresh(self) -> None:
        """Write everything."""
        snapshot, since_ns, tr = self._snapshot, self._since_ns, self.texts.tr
        if snapshot is None or snapshot.journal is None or since_ns is None:
            return
        trouble = snapshot.journal.trouble
        if trouble is None:
            return
        colours = palette(self.theme)
        sheet = (
            f"QWidget#record {{ background: {colours.panel}; border: 3px solid {colours.critical}; }}"
            f"QLabel#not_recorded {{ background: {colours.critical}; color: {colours.band_text};"
            " font-weight: 700; padding: 3px 10px; }"
        )
        if sheet != self.styleSheet():  # setting it again would polish every label anew
            self.setStyleSheet(sheet)
        self.sign.setPixmap(severity_pixmap(self.theme, _DANGER, SIGN_PX))
        self.title.setText(tr("NOT RECORDED since {time}", time=clock(self.texts, since_ns)))
        why, both = health_words(self.texts, snapshot.journal), "{why}. {more}"
        if lost := snapshot.journal.lost_ticks:
            why = tr(both, why=why, more=tr("Ticks lost: {count}", count=lost))
        self.why.setText(tr(both, why=why, more=tr(_todo(trouble))))
        self.why.setToolTip(f"{self.why.text()}\n{snapshot.journal.path}")
