"""The timeline of a replay: a strip of alarms, a cursor, speed, steps and an instant to type."""

import datetime

from PyQt6.QtCore import QPointF, QRectF, QSize, Qt, pyqtSignal
from PyQt6.QtGui import QColor, QMouseEvent, QPainter, QPaintEvent, QPen
from PyQt6.QtWidgets import QComboBox, QHBoxLayout, QLabel, QLineEdit, QSizePolicy, QToolButton, QWidget

from twin.clock import NS_PER_S
from twin.snapshot import Mode, Snapshot
from ui.actions import action
from ui.i18n import Texts
from ui.panels.base import Panel, muted
from ui.panels.formats import clock, in_utc, span, zone_name
from ui.theme import icon, palette

SPEEDS: tuple[float, ...] = (0.25, 0.5, 1.0, 2.0, 4.0, 8.0, 16.0, 32.0, 64.0)
BINS = 240
DENSITY_NS = 5 * NS_PER_S
"""The strip is asked for anew where the record has grown by this."""
_MARGIN_PX = 8.0


def instant_of(
    text: str, span_ns: tuple[int, int], zone: datetime.tzinfo | None = datetime.UTC
) -> int | None:
    """Give the instant [ns UTC] that ``HH:MM``, ``HH:MM:SS`` or ``HH:MM:SS.fff`` names in a span.

    Parameters
    ----------
    zone : tzinfo or None
        In which the clock stands; None for this machine's zone.
    span_ns : (first, last)
        The day is that of the first instant at which the clock shows the text within the span.

    Returns
    -------
    int or None
        None where it is no time of day, or outside the span.
    """
    try:
        typed = datetime.time.fromisoformat(text.strip())
    except ValueError:
        return None
    day = datetime.datetime.fromtimestamp(span_ns[0] // NS_PER_S, datetime.UTC).astimezone(zone).date()
    for days in range(2):
        when = datetime.datetime.combine(day + datetime.timedelta(days), typed, zone)
        t_ns = round(when.replace(microsecond=0).timestamp()) * NS_PER_S + typed.microsecond * 1000
        if span_ns[0] - NS_PER_S < t_ns <= span_ns[1]:
            return max(t_ns, span_ns[0])
    return None


class Strip(QWidget):
    """The recorded span from left to right: alarms as bars, the cursor as a line."""

    sought = pyqtSignal(object)
    """An instant [ns UTC] that was clicked or dragged to; too large for a C int, so an object."""

    def __init__(self, texts: Texts, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.texts, self.theme = texts, "dark"
        self._span_ns, self._t_ns = (0, 0), 0
        self._density: list[int] = []
        self.setSizePolicy(QSizePolicy.Policy.Expanding, QSizePolicy.Policy.Expanding)
        self.setMinimumHeight(56)
        self.setAccessibleName("recorded time")
        self.setCursor(Qt.CursorShape.PointingHandCursor)

    def show_span(self, span_ns: tuple[int, int], t_ns: int, density: list[int]) -> None:
        """Show a span, where the cursor is, and how many alarms were raised in equal parts of it."""
        self._span_ns, self._t_ns, self._density = span_ns, t_ns, density
        self.update()

    def sizeHint(self) -> QSize:
        """Give room for bars and times."""
        return QSize(600, 84)

    def instant_at(self, x_px: float) -> int:
        """Give the instant [ns UTC] under a place of the strip."""
        first, last = self._span_ns
        share = (x_px - _MARGIN_PX) / max(1.0, self.width() - 2 * _MARGIN_PX)
        return first + round(min(1.0, max(0.0, share)) * (last - first))

    def mousePressEvent(self, event: QMouseEvent | None) -> None:
        """Seek to where was clicked."""
        if event is not None and self._span_ns[1] > self._span_ns[0]:
            self.sought.emit(self.instant_at(event.position().x()))

    def mouseMoveEvent(self, event: QMouseEvent | None) -> None:
        """Scrub."""
        if event is not None and event.buttons() & Qt.MouseButton.LeftButton:
            self.mousePressEvent(event)

    def paintEvent(self, event: QPaintEvent | None) -> None:
        """Paint bars, times and the cursor."""
        colours, painter = palette(self.theme), QPainter(self)
        painter.setRenderHint(QPainter.RenderHint.Antialiasing)
        text_h = self.fontMetrics().height() + 4
        area = QRectF(_MARGIN_PX, 2, self.width() - 2 * _MARGIN_PX, self.height() - text_h - 2)
        painter.fillRect(area, QColor(colours.window))
        self._paint_bars(painter, area, QColor(colours.high))
        if self._span_ns[1] > self._span_ns[0]:
            self._paint_times(painter, area, text_h)
            first, last = self._span_ns
            x = area.left() + area.width() * (self._t_ns - first) / (last - first)
            painter.setPen(QPen(QColor(colours.selection), 2.0))
            painter.drawLine(QPointF(x, area.top()), QPointF(x, area.bottom()))
        painter.end()

    def _paint_bars(self, painter: QPainter, area: QRectF, colour: QColor) -> None:
        most = max(self._density, default=0)
        if not most:
            return
        wide = area.width() / len(self._density)
        for index, count in enumerate(self._density):
            if count:
                tall = area.height() * (0.25 + 0.75 * count / most)
                bar = QRectF(area.left() + index * wide, area.bottom() - tall, max(2.0, wide - 1), tall)
                painter.fillRect(bar, colour)

    def _paint_times(self, painter: QPainter, area: QRectF, text_h: float) -> None:
        painter.setPen(QColor(palette(self.theme).muted))
        first, last = self._span_ns
        parts = max(1, min(8, int(area.width() // 130)))
        for part in range(parts + 1):
            x = area.left() + area.width() * part / parts
            side = Qt.AlignmentFlag.AlignLeft if part == 0 else Qt.AlignmentFlag.AlignHCenter
            box = QRectF(x if part == 0 else x - 60, area.bottom() + 2, 120, text_h)
            if part == parts:
                side, box = Qt.AlignmentFlag.AlignRight, QRectF(x - 120, area.bottom() + 2, 120, text_h)
            painter.drawText(
                box,
                side | Qt.AlignmentFlag.AlignVCenter,
                clock(self.texts, first + (last - first) * part // parts),
            )


class TimelinePanel(Panel):
    """Controls a replay; decides nothing itself."""

    asked = pyqtSignal(str)
    """The id of a command."""
    sought = pyqtSignal(object)
    speed_asked = pyqtSignal(float)
    density_asked = pyqtSignal()

    def __init__(self, texts: Texts, parent: QWidget | None = None) -> None:
        super().__init__(texts, parent)
        self.strip = Strip(texts)
        self.buttons: dict[str, QToolButton] = {}
        self.speeds, self.instant = QComboBox(), QLineEdit()
        self.where = QLabel()
        self.note = muted()
        self._density: list[int] = []
        self._density_end_ns = 0
        row = QHBoxLayout()
        for command in ("alarm_before", "step_back", "play", "step_forward", "alarm_after"):
            row.addWidget(self._button(command))
        row.addSpacing(8)
        for widget in (self.speeds, self.instant):
            row.addWidget(widget)
        row.addStretch(1)
        for command in ("replay_now", "open_replay", "back_live"):
            row.addWidget(self._button(command))
        self.column.addLayout(row)
        self.column.addWidget(self.where)
        self.column.addWidget(self.note)
        self.column.addWidget(self.strip, 1)
        self._wire()
        self.show_off()

    def _wire(self) -> None:
        self.speeds.addItems([f"{speed:g}×" for speed in SPEEDS])
        self.speeds.setAccessibleName("speed")
        self.instant.setPlaceholderText("HH:MM:SS")
        self.instant.setFixedWidth(120)
        self.instant.setAccessibleName("instant")
        self.texts.say(self.instant.setToolTip, "Type an instant of the yard's clock and press Enter")
        self.speeds.activated.connect(lambda index: self.speed_asked.emit(SPEEDS[index]))
        self.instant.returnPressed.connect(self._seek_typed)
        self.strip.sought.connect(self.sought)

    def _button(self, command: str) -> QToolButton:
        button, row = QToolButton(), action(command)
        if row.icon:
            button.setIcon(icon(self.theme, row.icon))
            button.setAccessibleName(row.text)
        else:
            self.texts.say(button.setText, row.text)
        key = row.shortcut
        self.texts.say(lambda text: button.setToolTip(f"{text}  ({key})"), row.tooltip)
        button.clicked.connect(lambda: self.asked.emit(command))
        self.buttons[command] = button
        return button

    def seen(self, snapshot: Snapshot) -> tuple[object, ...]:
        """Give what the cursor stands on; a replay that is held and grows no further draws nothing."""
        return (snapshot.state, snapshot.mode, snapshot.playing) if snapshot.mode is Mode.REPLAY else (None,)

    def draw(self, snapshot: Snapshot) -> None:
        """Show where the cursor is."""
        if snapshot.mode is not Mode.REPLAY:
            self.show_off()
            return
        self._enable(True)
        self.note.hide()
        self.where.show()
        if not self._density or snapshot.span_ns[1] - self._density_end_ns > DENSITY_NS:
            self._density_end_ns = snapshot.span_ns[1]
            self.density_asked.emit()
        last = snapshot.span_ns[1]
        t_ns = snapshot.state.t_ns
        self.strip.theme = self.theme
        self.strip.show_span(snapshot.span_ns, t_ns, self._density)
        behind = self.texts.tr("{time} before the end", time=span((last - t_ns) / 1e9, self.texts))
        parts = (clock(self.texts, t_ns, date=True), zone_name(self.texts, t_ns), behind)
        self.where.setToolTip(in_utc(t_ns))
        self.where.setText("   ".join(filter(None, parts)))
        self.buttons["play"].setIcon(icon(self.theme, "pause" if snapshot.playing else "play"))
        if not self.speeds.hasFocus() and snapshot.speed in SPEEDS:
            self.speeds.setCurrentIndex(SPEEDS.index(snapshot.speed))

    def show_density(self, density: list[int]) -> None:
        """Take how many alarms were raised in each part of the span."""
        self._density = density
        self.strip.update()

    def show_off(self) -> None:
        """Show that nothing is replayed."""
        self._density, self._density_end_ns = [], 0
        self._enable(False)
        self.where.hide()
        self.strip.theme = self.theme
        self.strip.show_span((0, 0), 0, [])
        self.note.setText(
            self.texts.tr("Nothing is replayed. Press R to look at this session again, or open a journal.")
        )
        self.note.show()

    def set_theme(self, theme: str) -> None:
        """Take another theme, icons included."""
        self.theme = theme
        for command, button in self.buttons.items():
            if name := action(command).icon:
                button.setIcon(icon(theme, name))
        self.strip.theme = theme
        self.strip.update()
        super().set_theme(theme)

    def _enable(self, on: bool) -> None:
        for command, button in self.buttons.items():
            button.setEnabled(on or command in ("replay_now", "open_replay"))
        self.speeds.setEnabled(on)
        self.instant.setEnabled(on)

    def _seek_typed(self) -> None:
        if self.snapshot is None:
            return
        t_ns = instant_of(self.instant.text(), self.snapshot.span_ns, self.texts.zone)
        if t_ns is None:
            self.instant.selectAll()
        else:
            self.sought.emit(t_ns)
