"""Two small plots of promise against truth, painted by Qt: points, bands, and the line where both agree."""

from __future__ import annotations

import math
from dataclasses import dataclass

from PyQt6.QtCore import QEvent, QPointF, QRectF, QSize, Qt
from PyQt6.QtGui import QColor, QFontMetricsF, QHelpEvent, QPainter, QPaintEvent, QPen, QPolygonF
from PyQt6.QtWidgets import QSizePolicy, QToolTip, QWidget

from ui.theme import Palette, palette

_NEAR_PX = 14.0
_STEPS = (1.0, 2.0, 2.5, 5.0, 10.0)


@dataclass(frozen=True, slots=True)
class Point:
    """A point of a plot, with words for hovering and a text ``beside`` it, over the plot.

    ``low`` and ``high`` bound its band, ``size`` is its radius [px], ``off`` says that it is abnormal.
    """

    x: float
    y: float
    low: float
    high: float
    size: float
    off: bool
    told: str
    beside: str = ""


def round_step(span: float, most: int) -> float:
    """Give a round step that parts a span into at most so many; 1 for no span."""
    if not (math.isfinite(span) and span > 0):
        return 1.0
    raw = span / max(most, 1)
    power = 10.0 ** math.floor(math.log10(raw))
    return next((step * power for step in _STEPS if step * power >= raw * (1 - 1e-9)), 10.0 * power)


class Plot(QWidget):
    """Points of promise (across) against truth (up), with the line where both are the same.

    Parameters
    ----------
    top : float
        How far both axes reach; 0 takes what the points need.
    """

    def __init__(self, top: float = 0.0, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.theme = "dark"
        self._fixed, self._top = top, top or 1.0
        self._points: tuple[Point, ...] = ()
        self._titles = ("", "", "")
        self._percent = top == 1.0  # shares are written as percent
        self.setSizePolicy(QSizePolicy.Policy.Expanding, QSizePolicy.Policy.Expanding)
        self.setMinimumSize(220, 130)
        self.setMouseTracking(True)

    def sizeHint(self) -> QSize:
        """Give room for axes and points."""
        return QSize(320, 200)

    def show_points(self, points: tuple[Point, ...], titles: tuple[str, str, str]) -> None:
        """Show points under a title, with words for the axis across and the axis up."""
        self._points, self._titles = points, titles
        if not self._fixed:
            most = max((max(p.x, p.y) for p in points), default=1.0)
            step = round_step(most, 4)
            self._top = step * max(1, math.ceil(most / step - 1e-9))
        self.setAccessibleName(titles[0])
        self.setAccessibleDescription("; ".join(point.told.replace("\n", ", ") for point in points))
        self.update()

    @property
    def points(self) -> tuple[Point, ...]:
        """What is shown."""
        return self._points

    def area(self) -> QRectF:
        """Give where the points lie [px]."""
        text = QFontMetricsF(self.font())
        left = (
            text.horizontalAdvance("1000 ") + 6 if not self._percent else text.horizontalAdvance("100 % ") + 4
        )
        top, bottom = text.height() + 8, text.height() + 5
        return QRectF(left, top, max(self.width() - left - 12, 10), max(self.height() - top - bottom, 10))

    def place(self, x: float, y: float) -> QPointF:
        """Give where a value lies [px]."""
        area = self.area()
        return QPointF(
            area.left() + area.width() * x / self._top, area.bottom() - area.height() * y / self._top
        )

    def point_at(self, at: QPointF) -> Point | None:
        """Give the point nearest to a place, None where none is near."""

        def away(point: Point) -> float:
            offset = self.place(point.x, point.y) - at
            return math.hypot(offset.x(), offset.y()) - point.size

        nearest = min(self._points, key=away, default=None)
        return nearest if nearest is not None and away(nearest) <= _NEAR_PX else None

    def event(self, event: QEvent | None) -> bool:
        """Tell of the point under the pointer."""
        if isinstance(event, QHelpEvent) and event.type() == QEvent.Type.ToolTip:
            found = self.point_at(QPointF(event.pos()))
            if found is None:
                QToolTip.hideText()
            else:
                QToolTip.showText(event.globalPos(), found.told, self)
            return True
        return super().event(event)

    def paintEvent(self, event: QPaintEvent | None) -> None:
        """Paint axes, the line of agreement, bands and points."""
        colours, painter = palette(self.theme), QPainter(self)
        painter.setRenderHint(QPainter.RenderHint.Antialiasing)
        self._paint_axes(painter, colours)
        painter.setPen(QPen(QColor(colours.muted), 1.2, Qt.PenStyle.DashLine))
        painter.drawLine(self.place(0, 0), self.place(self._top, self._top))
        for point in self._points:
            self._paint_point(painter, colours, point)
        painter.end()

    def _paint_axes(self, painter: QPainter, colours: Palette) -> None:
        area, text = self.area(), QFontMetricsF(self.font())
        title, across, up = self._titles
        painter.fillRect(area, QColor(colours.window))
        head = QRectF(0, 0, self.width() - 8, area.top() - 2)
        painter.setPen(QColor(colours.text))
        painter.drawText(head, Qt.AlignmentFlag.AlignLeft, title)
        painter.setPen(QColor(colours.muted))
        painter.drawText(head, Qt.AlignmentFlag.AlignRight, f"↑ {up}   → {across}")
        right = Qt.AlignmentFlag.AlignRight | Qt.AlignmentFlag.AlignVCenter
        for value in self._marks(area.height(), 1.6 * text.height()):
            y = self.place(0, value).y()
            self._paint_line(painter, colours, QPointF(area.left(), y), QPointF(area.right(), y))
            painter.drawText(QRectF(0, y - 10, area.left() - 5, 20), right, self._words(value))
        for value in self._marks(area.width(), 70.0):
            x, words = self.place(value, 0).x(), self._words(value)
            self._paint_line(painter, colours, QPointF(x, area.top()), QPointF(x, area.bottom()))
            wide = text.horizontalAdvance(words)
            place = min(max(x - wide / 2, area.left() - 4), self.width() - wide - 1)
            painter.drawText(QPointF(place, area.bottom() + text.ascent() + 3), words)

    def _marks(self, span_px: float, apart_px: float) -> list[float]:
        """Give the values that an axis of that length is marked at."""
        most = max(1, int(span_px // apart_px))
        step = (0.25 if most >= 4 else 0.5) if self._percent else round_step(self._top, min(most, 6))
        return [k * step for k in range(int(self._top / step + 1e-6) + 1)]

    def _words(self, value: float) -> str:
        return f"{100 * value:.0f} %" if self._percent else f"{value:g}"

    def _paint_line(self, painter: QPainter, colours: Palette, start: QPointF, end: QPointF) -> None:
        painter.setPen(QPen(QColor(colours.line), 1.0))
        painter.drawLine(start, end)
        painter.setPen(QColor(colours.muted))

    def _paint_point(self, painter: QPainter, colours: Palette, point: Point) -> None:
        """Paint a point and its band: a grey circle, or where it is abnormal a coloured diamond."""
        colour = QColor(colours.high if point.off else colours.text)
        at = self.place(point.x, point.y)
        if point.high > point.low:
            painter.setPen(QPen(QColor(colours.muted), 1.6))
            painter.drawLine(self.place(point.x, point.low), self.place(point.x, point.high))
            for end in (point.low, point.high):
                tip = self.place(point.x, end)
                painter.drawLine(tip - QPointF(4, 0), tip + QPointF(4, 0))
        painter.setPen(QPen(QColor(colours.outline if point.off else colours.window), 1.2))
        painter.setBrush(colour)
        r = point.size
        if point.off:
            corners = [QPointF(0, -1.3 * r), QPointF(1.3 * r, 0), QPointF(0, 1.3 * r), QPointF(-1.3 * r, 0)]
            painter.drawPolygon(QPolygonF([at + corner for corner in corners]))
        else:
            painter.drawEllipse(at, r, r)
        if point.beside:
            painter.setPen(QColor(colours.muted))
            painter.drawText(QPointF(at.x() + 5, self.area().top() + 15), point.beside)
