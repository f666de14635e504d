"""What is wrong with a draft, and what it would change."""

import html

from PyQt6.QtCore import pyqtSignal
from PyQt6.QtWidgets import QVBoxLayout, QWidget

from twin.yard.validation import Finding, Severity
from ui.editor.draft import Draft, Effect
from ui.i18n import Texts, mark, typeset
from ui.panels.base import Page, muted
from ui.panels.formats import grid, heading, number
from ui.panels.rows import Column, Row, RowsTable
from ui.theme import lamp, palette

SEVERITIES: dict[str, str] = {Severity.ERROR: mark("Error"), Severity.WARNING: mark("Warning")}


class FindingsPanel(QWidget):
    """Lists what is wrong with the draft, errors first."""

    opened = pyqtSignal(float, float)
    """A place in the yard frame [m] to fly to."""

    def __init__(self, draft: Draft, texts: Texts, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.draft, self.texts, self.theme = draft, texts, "dark"
        columns = (Column(mark("Severity")), Column(mark("Where")), Column(mark("What"), stretch=True))
        self.table = RowsTable(columns, texts)
        self.table.setAccessibleName("findings")
        self.note = muted()
        column = QVBoxLayout(self)
        column.setContentsMargins(8, 8, 8, 8)
        column.addWidget(self.note)
        column.addWidget(self.table, 1)
        self.table.opened.connect(self._open)
        draft.checked.connect(self.refresh)
        draft.changed.connect(self._say)
        texts.listen(self.refresh)
        self.refresh()

    @property
    def shown(self) -> tuple[Finding, ...]:
        """The findings listed."""
        return () if self.draft.effect is None else self.draft.effect.findings

    def refresh(self) -> None:
        """List what was found."""
        self.table.show_rows([self._row(index, finding) for index, finding in enumerate(self.shown)])
        self._say()

    def set_theme(self, theme: str) -> None:
        """Take another theme."""
        self.theme = theme
        self.refresh()

    def open_next(self) -> None:
        """Go to the finding after the one selected."""
        if self.shown:
            keys = self.table.keys()
            key = (keys[0] + 1) % len(self.shown) if keys and isinstance(keys[0], int) else 0
            self.table.choose(key)
            self._open(key)

    def _say(self) -> None:
        tr = self.texts.tr
        errors = sum(finding.severity is Severity.ERROR for finding in self.shown)
        if not self.draft.editing:
            text = tr("No draft is open.")
        elif self.draft.checking:
            text = tr("Checking...")
        elif not self.shown:
            text = tr("Nothing is wrong with this draft.")
        else:
            warnings = len(self.shown) - errors
            text = tr(
                "Errors: {errors}, warnings: {warnings}. A double-click flies there.",
                errors=errors,
                warnings=warnings,
            )
        self.note.setText(text)

    def _row(self, index: int, finding: Finding) -> Row:
        symbol = lamp(self.theme, False, 16, finding.severity is Severity.WARNING)
        texts = (
            self.texts.tr(SEVERITIES[finding.severity]),
            self.texts.tr(finding.where),
            self.texts.tr(finding.message),
        )
        return Row(index, texts, symbol)

    def _open(self, key: object) -> None:
        if isinstance(key, int) and 0 <= key < len(self.shown):
            self.opened.emit(self.shown[key].x_m, self.shown[key].y_m)


class EffectPanel(QWidget):
    """Tells capacity before and after, and what happens to the boxes that stand."""

    def __init__(self, draft: Draft, texts: Texts, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.draft, self.texts, self.theme = draft, texts, "dark"
        self.body = Page()
        self.body.setAccessibleName("effect of the draft")
        column = QVBoxLayout(self)
        column.setContentsMargins(8, 8, 8, 8)
        column.addWidget(self.body)
        draft.checked.connect(self.refresh)
        texts.listen(self.refresh)
        self.refresh()

    def set_theme(self, theme: str) -> None:
        """Take another theme."""
        self.theme = theme
        self.refresh()

    def refresh(self) -> None:
        """Write the effect."""
        effect = self.draft.effect
        if effect is None:
            text = self.texts.tr(
                "What a draft changes is worked out here: capacity, and what happens to the boxes that stand."
            )
            self.body.write(f'<p style="color:{palette(self.theme).muted}">{html.escape(text)}</p>')
        else:
            self.body.write(self._html(effect))

    def _html(self, effect: Effect) -> str:
        tr, colours = self.texts.tr, palette(self.theme)
        rows = [
            (title, number(before), number(after), typeset(f"{after - before:+,d}").replace(",", "\u202f"))
            for title, before, after in (
                (tr("Ground slots"), effect.before.ground_slots, effect.after.ground_slots),
                (tr("Capacity (TEU)"), effect.before.teu, effect.after.teu),
            )
        ]
        heads = ("", tr("Live"), tr("Draft"), tr("Change"))
        parts = [grid(heads, rows, colours.muted, colours.line), heading(tr("Boxes that stand"))]
        if effect.refit.stock is not None:
            words = [tr("Every standing box keeps its place.")]
        else:
            lost = len(effect.refit.displaced)
            words = [tr("{boxes} boxes would lose their place; publishing would be refused.", boxes=lost)]
            words += [f"• {tr(text)}" for text in effect.refit.refused]
        parts += [f'<p style="margin:3px 0">{html.escape(text)}</p>' for text in words]
        return "".join(parts)
