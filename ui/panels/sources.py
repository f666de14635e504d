"""Sources and diagnostics: whether what is shown can be trusted, and why not."""

import html

from PyQt6.QtWidgets import QWidget

from twin.snapshot import Snapshot, SourceHealth
from ui.i18n import Texts, mark
from ui.panels.base import Page, Panel
from ui.panels.formats import NONE, clock, fields, grid, heading, number, span
from ui.panels.rows import Column, Row, RowsTable
from ui.theme import lamp, palette

LATE_S = 3.0
"""A source that gave nothing for so long is marked."""
EVERY_NS = 1_000_000_000
DISCREPANCIES_SHOWN = 12


def healthy(source: SourceHealth) -> bool:
    """Tell whether a source is connected and gives bytes."""
    return source.connected and source.age_s <= LATE_S


class SourcesPanel(Panel):
    """Lists the sources; beneath, rejects by reason, doubtful stock events, journal and tick."""

    sleeps = True

    def __init__(self, texts: Texts, parent: QWidget | None = None) -> None:
        super().__init__(texts, parent)
        columns = (
            Column(mark("Source"), stretch=True),
            Column(mark("Age"), right=True),
            Column(mark("Lines/s"), right=True),
            Column(mark("Rejects"), right=True),
            Column(mark("Connection")),
        )
        self.table = RowsTable(columns, texts)
        self.table.setAccessibleName("sources")
        self.detail = Page()
        self.detail.setAccessibleName("diagnostics")
        self.column.addWidget(self.table, 2)
        self.column.addWidget(self.detail, 3)
        self._written_ns = 0

    def seen(self, snapshot: Snapshot) -> tuple[object, ...]:
        """Give the second that was written: health ages by itself."""
        if abs(snapshot.state.t_ns - self._written_ns) >= EVERY_NS:
            self._written_ns = snapshot.state.t_ns
        return (self._written_ns,)

    def draw(self, snapshot: Snapshot) -> None:
        """Write the health of everything."""
        self.table.show_rows([self._row(source) for source in snapshot.sources])
        self.detail.write(self._diagnostics(snapshot))

    def _row(self, source: SourceHealth) -> Row:
        good = healthy(source)
        words = self.texts.tr("connected") if source.connected else self.texts.tr("not connected")
        texts = (
            source.name, span(source.age_s, self.texts), number(source.lines_per_s, 0),
            number(source.rejects), words,
        )  # fmt: skip
        return Row(source.name, texts, lamp(self.theme, good), source.detail)

    def _diagnostics(self, snapshot: Snapshot) -> str:
        tr, state, colours = self.texts.tr, snapshot.state, palette(self.theme)
        journal = snapshot.journal
        counts = state.counts
        rows = [
            (tr("Tick"), f"{number(state.tick)}  ({number(snapshot.tick_ms, 1, 'ms')})"),
            (tr("Lines"), number(counts.lines)),
            (tr("Positions"), number(counts.fixes)),
            (tr("Crane readings"), number(counts.readings)),
            (tr("Journal"), tr("not recorded") if journal is None else journal.path),
        ]
        if journal is not None:
            rows.append((tr("Journal rows"), number(journal.rows)))
            rows.append((tr("Journal health"), journal.problem or tr("recording")))
        parts = [fields(rows, colours.muted), heading(tr("Rejected lines by reason"))]
        if counts.rejects:
            pairs = sorted(counts.rejects, key=lambda pair: -pair[1])
            table = [(tr(reason), number(count)) for reason, count in pairs]
            parts.append(grid((tr("Reason"), tr("Lines")), table, colours.muted, colours.line))
        else:
            parts.append(f'<p style="color:{colours.muted}; margin:2px 0">{html.escape(tr("none"))}</p>')
        parts.append(heading(tr("Doubtful stock events")))
        doubts = state.discrepancies[-DISCREPANCIES_SHOWN:][::-1]
        words = [f"{clock(self.texts, d.t_ns)}  {d.device}  {d.what}" for d in doubts] or [NONE]
        parts += [f"<p style='margin:2px 0'>{html.escape(text)}</p>" for text in words]
        return "".join(parts)
