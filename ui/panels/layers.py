"""Layers, and what the colours of the boxes mean."""

from dataclasses import replace

from PyQt6.QtCore import Qt, pyqtSignal
from PyQt6.QtWidgets import QCheckBox, QComboBox, QGridLayout, QLabel, QScrollArea, QVBoxLayout, QWidget

from twin.state import State
from ui.i18n import Texts, mark
from ui.panels.base import muted
from ui.scene.colouring import legend
from ui.scene.heat import STEPS
from ui.scene.heat_marks import ramp_words
from ui.theme import palette, swatch
from ui.view_state import ColourBy, ViewState

MODES: dict[ColourBy, str] = {
    ColourBy.LINE: mark("Shipping line"),
    ColourBy.STATUS: mark("Status"),
    ColourBy.DEPARTURE: mark("Departure"),
    ColourBy.WEIGHT: mark("Weight"),
    ColourBy.AGE: mark("Age of data"),
}
_LAYERS: tuple[tuple[str, str], ...] = (
    ("labels", mark("Names of blocks and machines")),
    ("zones", mark("Zones")),
    ("sigma_rings", mark("Error and age of every machine")),
    ("violations", mark("Boxes that stand against a rule")),
    ("heat", mark("Where near misses happen")),
    ("blind", mark("Where nothing is heard")),
)


class LayersPanel(QWidget):
    """Chooses layers and colours; emits the view that is wanted."""

    view_asked = pyqtSignal(object)
    """A :class:`ViewState`."""

    def __init__(self, texts: Texts, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.texts, self.theme = texts, "dark"
        self._view = ViewState()
        self._counts: dict[str, int] = {}
        self.column = self._scrolled()
        self.modes = QComboBox()
        self.modes.setAccessibleName("colour boxes by")
        caption = muted()
        texts.say(caption.setText, "Colour boxes by")
        self.column.addWidget(caption)
        self.column.addWidget(self.modes)
        self.legend = QGridLayout()
        self.legend.setContentsMargins(2, 4, 2, 8)
        self.legend.setHorizontalSpacing(10)
        self.column.addLayout(self.legend)
        self.checks = {key: self._check(key) for key, _ in _LAYERS}
        self.ramp = QGridLayout()
        self.ramp.setContentsMargins(26, 0, 2, 4)
        self.column.addLayout(self.ramp)
        self.column.addStretch(1)
        self._fill()
        self._name()
        self.modes.activated.connect(self._choose_mode)
        texts.listen(self._fill)
        texts.listen(self._name)

    def _scrolled(self) -> QVBoxLayout:
        """Give a column that scrolls where the panel is low, so that nothing of it is cut."""
        area, inner, around = QScrollArea(), QWidget(), QVBoxLayout(self)
        area.setWidgetResizable(True)
        area.setHorizontalScrollBarPolicy(Qt.ScrollBarPolicy.ScrollBarAlwaysOff)
        area.setWidget(inner)
        around.setContentsMargins(0, 0, 0, 0)
        around.addWidget(area)
        column = QVBoxLayout(inner)
        column.setContentsMargins(8, 8, 8, 8)
        return column

    def _check(self, key: str) -> QCheckBox:
        check = QCheckBox()
        check.setChecked(getattr(self._view, key))
        check.clicked.connect(lambda on: self.view_asked.emit(replace(self._view, **{key: on})))
        self.column.addWidget(check)
        return check

    def show_counts(self, state: State) -> None:
        """Write how many boxes stand against a rule, near misses there are, and places are not heard."""
        self.show_count("violations", len(state.violations))
        self.show_count("heat", len(state.near_misses))
        self.show_count("blind", len(state.reception.blind()))

    def show_count(self, key: str, count: int) -> None:
        """Write beside a layer how many it marks; nothing where there are none."""
        if self._counts.get(key, 0) != count:
            self._counts[key] = count
            self._name()

    def _name(self) -> None:
        for key, title in _LAYERS:
            count = self._counts.get(key, 0)
            words = self.texts.tr(title)
            self.checks[key].setText(f"{words} ({count})" if count else words)

    def show_view(self, view: ViewState) -> None:
        """Show what is chosen."""
        changed = (view.colour_by, view.heat) != (self._view.colour_by, self._view.heat)
        self._view = view
        for key, check in self.checks.items():
            check.setChecked(getattr(view, key))
        if changed:
            self._fill()

    def set_theme(self, theme: str) -> None:
        """Take another theme."""
        self.theme = theme
        self._fill()

    def _choose_mode(self, index: int) -> None:
        self.view_asked.emit(replace(self._view, colour_by=tuple(MODES)[index]))

    def _fill(self) -> None:
        self.modes.clear()
        self.modes.addItems([self.texts.tr(title) for title in MODES.values()])
        self.modes.setCurrentIndex(tuple(MODES).index(self._view.colour_by))
        for grid in (self.legend, self.ramp):
            while (item := grid.takeAt(0)) is not None:
                if (widget := item.widget()) is not None:
                    widget.hide()
                    widget.deleteLater()
        words_of = ramp_words()
        for column, (_, rgb, _) in enumerate(STEPS if self._view.heat else ()):
            mark_, words = QLabel(), QLabel(words_of[column])
            mark_.setPixmap(swatch("#{:02X}{:02X}{:02X}".format(*rgb), palette(self.theme).outline))
            self.ramp.addWidget(mark_, 0, 2 * column)
            self.ramp.addWidget(words, 0, 2 * column + 1)
        for index, (title, rgb) in enumerate(legend(self._view.colour_by)):
            mark_, words = QLabel(), QLabel(self.texts.tr(title))
            mark_.setPixmap(swatch("#{:02X}{:02X}{:02X}".format(*rgb), palette(self.theme).outline))
            self.legend.addWidget(mark_, index // 2, 2 * (index % 2))
            self.legend.addWidget(words, index // 2, 2 * (index % 2) + 1)
        self.legend.setColumnStretch(1, 1)
        self.legend.setColumnStretch(3, 1)
