"""One palette, one style sheet, and the shapes that go with every colour that means something.

Notes
-----
Normal is grey; a saturated colour always means something abnormal, and never stands alone: each
priority has its own shape and number (ISA-101, FAA HF-STD-001 8.6.2.7.3). Text on a panel reaches a
contrast of 11:1 (WCAG 2.2 asks for 4.5:1), symbols 3:1 or an outline that does.
"""

import functools
import json
from dataclasses import dataclass
from pathlib import Path
from string import Template

from PyQt6.QtCore import QByteArray, QPointF, QRectF, Qt
from PyQt6.QtGui import QColor, QFont, QIcon, QPainter, QPen, QPixmap, QPolygonF

from twin.safety.table import Priority

_ASSETS = Path(__file__).parent.parent / "assets"
THEMES: tuple[str, ...] = ("dark", "light")
FAMILIES = ("Noto Sans CJK SC", "Microsoft YaHei UI", "PingFang SC", "Segoe UI", "DejaVu Sans")
"""Tried in this order: each holds Latin and Chinese of one design, the last ones Latin alone."""
SIGN_PX = 20
"""Edge of an alarm's symbol: the widest of those that stand in a row of a table."""
TEXT_PX = {"en": 14, "zh": 16}
"""Height of running text: 16 arcmin at 600 mm is 14 px; Chinese needs 16 px (NUREG-0700 1.3.1-4)."""


@dataclass(frozen=True, slots=True)
class Palette:
    """The colours of a theme by what they are for, as ``#RRGGBB``."""

    window: str
    panel: str
    raised: str
    hover: str
    line: str
    text: str
    muted: str
    selection: str
    selected: str
    outline: str
    critical: str
    high: str
    low: str
    diagnostic: str
    live: str
    simulation: str
    replay: str
    stale: str
    band_text: str

    def of_priority(self, priority: int) -> str:
        """Give the colour of an alarm priority."""
        return {Priority.CRITICAL: self.critical, Priority.HIGH: self.high}.get(Priority(priority), self.low)

    def of_mode(self, mode: str) -> str:
        """Give the colour of the band: live, simulation, replay, or stale where no live source is heard."""
        return {"live": self.live, "simulation": self.simulation, "stale": self.stale}.get(mode, self.replay)


@functools.cache
def palette(theme: str) -> Palette:
    """Give the palette of a theme: ``dark`` or ``light``."""
    return Palette(**json.loads((_ASSETS / "themes" / f"{theme}.json").read_text("utf-8")))


@functools.cache
def style_sheet(theme: str, language: str) -> str:
    """Give the style sheet of a theme and a language, filled in from the palette."""
    colours = palette(theme)
    template = Template((_ASSETS / "themes" / "window.qss").read_text("utf-8"))
    values = {name: getattr(colours, name) for name in Palette.__dataclass_fields__}
    size = TEXT_PX[language]
    arrow = (_ASSETS / "icons" / f"down-{theme}.svg").as_posix()
    check = (_ASSETS / "icons" / f"check-{theme}.svg").as_posix()
    sizes = {"px": size, "large_px": size + 3, "small_px": size - 1}
    families = ", ".join(f'"{family}"' for family in FAMILIES)
    return template.substitute(values, **sizes, families=families, arrow=arrow, check=check)


@functools.cache
def alarm_icon(theme: str, priority: int, filled: bool, size: int = SIGN_PX) -> QIcon:
    """Give the symbol of a priority for a row: a square 1, a triangle 2, an inverted triangle 3; cached.

    Parameters
    ----------
    filled : bool
        False draws it hollow: acknowledged, or the dark half of a blink.
    size : int
        Edge [px].
    """
    return steady(alarm_pixmap(theme, priority, filled, size))


@functools.cache
def alarm_pixmap(theme: str, priority: int, filled: bool, size: int = SIGN_PX) -> QPixmap:
    """Give the symbol of :func:`alarm_icon` as a picture; cached, needs a running application."""
    colours = palette(theme)
    colour = QColor(colours.of_priority(priority))
    pixmap, painter = _canvas(size)
    edge = QColor(colours.outline) if filled or theme == "light" else colour
    painter.setPen(QPen(edge, 2.0))
    painter.setBrush(colour if filled else Qt.BrushStyle.NoBrush)
    low, high, middle = 1.5, size - 1.5, size / 2
    if priority == Priority.CRITICAL:
        painter.drawRect(QRectF(low, low, high - low, high - low))
    elif priority == Priority.HIGH:
        painter.drawPolygon(QPolygonF([QPointF(middle, low), QPointF(high, high), QPointF(low, high)]))
    else:
        painter.drawPolygon(QPolygonF([QPointF(low, low), QPointF(high, low), QPointF(middle, high)]))
    font = QFont(painter.font())
    font.setPixelSize(round(size * 0.55))
    font.setBold(True)
    painter.setFont(font)
    on_dark = priority == Priority.CRITICAL
    painter.setPen(QColor("#FFFFFF" if on_dark and filled else "#1A1A1A" if filled else colours.text))
    shift = {Priority.HIGH: 0.14, Priority.LOW: -0.14}.get(Priority(priority), 0.0) * size
    painter.drawText(QRectF(0, shift, size, size), Qt.AlignmentFlag.AlignCenter, str(priority))
    painter.end()
    return pixmap


def steady(picture: QPixmap) -> QIcon:
    """Give a picture as an icon that keeps its colours, which tell how grave it is, in a selected row."""
    found = QIcon(picture)
    found.addPixmap(picture, QIcon.Mode.Selected)
    return found


@functools.cache
def lamp(theme: str, good: bool, size: int = 14, hollow: bool = False) -> QPixmap:
    """Give a health mark: a grey ring while all is well, a diamond where it is not (hollow: less bad)."""
    colours = palette(theme)
    pixmap, painter = _canvas(size)
    middle, edge = size / 2, size - 1.5
    if good:
        painter.setPen(QPen(QColor(colours.muted), 2.0))
        painter.drawEllipse(QRectF(2.5, 2.5, size - 5, size - 5))
    else:
        painter.setPen(QPen(QColor(colours.text if hollow else colours.outline), 1.5 if hollow else 1.0))
        painter.setBrush(Qt.BrushStyle.NoBrush if hollow else QColor(colours.high))
        corners = [(middle, 1.5), (edge, middle), (middle, edge), (1.5, middle)]
        painter.drawPolygon(QPolygonF([QPointF(x, y) for x, y in corners]))
    painter.end()
    return pixmap


@functools.cache
def severity_pixmap(theme: str, severity: int, size: int = 18) -> QPixmap:
    """Give the mark of what stands against a rule: hollow, filled, and crossed where it is a danger.

    ``severity`` is as in ``twin.stock.rules``: 0 a note, 1 a rule, 2 a danger.
    """
    colours = palette(theme)
    pixmap, painter = _canvas(size)
    middle, edge = size / 2, size - 1.5
    corners = [QPointF(middle, 1.5), QPointF(edge, middle), QPointF(middle, edge), QPointF(1.5, middle)]
    colour = QColor(colours.critical if severity >= 2 else colours.high)
    painter.setPen(QPen(QColor(colours.outline) if severity else QColor(colours.text), 1.5))
    painter.setBrush(colour if severity else Qt.BrushStyle.NoBrush)
    painter.drawPolygon(QPolygonF(corners))
    if severity >= 2:
        painter.setPen(QPen(QColor("#FFFFFF"), 2.0))
        reach = size * 0.16
        painter.drawLine(QPointF(middle - reach, middle - reach), QPointF(middle + reach, middle + reach))
        painter.drawLine(QPointF(middle - reach, middle + reach), QPointF(middle + reach, middle - reach))
    painter.end()
    return pixmap


@functools.cache
def swatch(colour: str, outline: str, size: int = 14) -> QPixmap:
    """Give a small square of a colour, for legends."""
    pixmap, painter = _canvas(size)
    painter.setPen(QPen(QColor(outline), 1.0))
    painter.setBrush(QColor(colour))
    painter.drawRect(QRectF(1, 1, size - 2, size - 2))
    painter.end()
    return pixmap


@functools.cache
def icon(theme: str, name: str) -> QIcon:
    """Give an icon of ``assets/icons`` in the theme's text colour, with a paler disabled form."""
    drawing = (_ASSETS / "icons" / f"{name}.svg").read_text("utf-8")
    found = QIcon()
    colours = palette(theme)
    for mode, colour in ((QIcon.Mode.Normal, colours.text), (QIcon.Mode.Disabled, colours.line)):
        pixmap = QPixmap()
        pixmap.loadFromData(QByteArray(drawing.replace("currentColor", colour).encode()), "SVG")
        found.addPixmap(pixmap, mode)
    return found


def _canvas(size: int) -> tuple[QPixmap, QPainter]:
    pixmap = QPixmap(size, size)
    pixmap.fill(Qt.GlobalColor.transparent)
    painter = QPainter(pixmap)
    painter.setRenderHint(QPainter.RenderHint.Antialiasing)
    return pixmap, painter
