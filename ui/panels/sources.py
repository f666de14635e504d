"""Sources and diagnostics: whether what is shown can be trusted, and why not."""

import html
from collections import Counter

from PyQt6.QtWidgets import QWidget

from sensors.sources.hotplug import KEEPER
from twin.snapshot import Link, Snapshot, SourceHealth
from twin.state import State
from ui.floods import floods_from
from ui.i18n import Texts, mark
from ui.panels.base import Page, Panel
from ui.panels.formats import NONE, clock, fields, grid, heading, number, span
from ui.panels.record import health_words
from ui.panels.rows import Column, Row, RowsTable
from ui.theme import lamp, palette

EVERY_NS = 1_000_000_000
DISCREPANCIES_SHOWN = 12


_LINKS = {
    Link.CONNECTED: mark("connected"),
    Link.WAITING: mark("no bytes yet, connected"),
    Link.SILENT: mark("silent, connected"),
    Link.LISTENING: mark("listening, nobody has sent yet"),
    Link.JOINED: mark("no bytes yet, a device is connected"),
    Link.RECEIVING: mark("receiving"),
    Link.DESERTED: mark("listening, nobody sends now"),
    Link.LOST: mark("not connected"),
    Link.PLAYING: mark("playing"),
    Link.PLAYED: mark("played to its end"),
    Link.READ: mark("file is right"),
    Link.DOUBTED: mark("file is read, its calibration is off"),
    Link.WRONG: mark("file is wrong"),
}


def named(source: SourceHealth, texts: Texts) -> str:
    """Give the name of a source as it is shown; that of the file of sources in words."""
    return texts.tr("File of sources") if source.name == KEEPER else source.name


def linked(source: SourceHealth, texts: Texts) -> str:
    """Say how the bytes of a source come, or why none do."""
    return texts.tr(_LINKS[source.link or (Link.CONNECTED if source.connected else Link.LOST)])


def detailed(source: SourceHealth, texts: Texts) -> str:
    """Say what else is told of a source, part by part as far as the language knows it."""
    return texts.tr("; ").join(texts.reason(part) for part in source.detail.split("; "))


def flooded(state: State, source: SourceHealth, texts: Texts) -> list[str]:
    """Say what a source is flooded with, by the alarms that stand."""
    return [texts.tr(flood.words(), **flood.fields()) for flood in floods_from(state, source.name)]


def unattributed(snapshot: Snapshot) -> list[tuple[str, int]]:
    """Give the reasons of refusals that are of no source shown, with their counts: the twin's own."""
    left = Counter(dict(snapshot.state.counts.rejects))
    for source in snapshot.sources:
        left.subtract(dict(source.refused))
    return [(reason, count) for reason, count in left.most_common() if count > 0]


class SourcesPanel(Panel):
    """Lists the sources; beneath, rejects by reason, doubtful stock events, journal and tick."""

    sleeps = True

    def __init__(self, texts: Texts, parent: QWidget | None = None) -> None:
        super().__init__(texts, parent)
        columns = (
            Column(mark("Source")),
            Column(mark("Age"), right=True),
            Column(mark("Lines/s"), right=True),
            Column(mark("Rejects"), right=True),
            Column(mark("Connection"), stretch=True),
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
        self.table.show_rows([self._row(source, snapshot.state) for source in snapshot.sources])
        self.detail.write(self._diagnostics(snapshot))

    def _row(self, source: SourceHealth, state: State) -> Row:
        age, rate, refused = (
            span(source.age_s, self.texts),
            number(source.lines_per_s, 0),
            number(source.rejects),
        )
        if source.name == KEEPER:
            age = rate = refused = NONE
        floods = flooded(state, source, self.texts)
        links = self.texts.tr("; ").join((*floods, linked(source, self.texts)))
        words = (named(source, self.texts), age, rate, refused, links)
        good = source.connected and not floods
        return Row(source.name, words, lamp(self.theme, good), detailed(source, self.texts))

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
            lost = tr("recording; ticks lost: {count}", count=journal.lost_ticks)
            going = lost if journal.lost_ticks else tr("recording")
            rows.append((tr("Journal health"), health_words(self.texts, journal) or going))
        parts = [self._connections(snapshot), self._rejects(snapshot), heading(tr("This run"))]
        parts.append(fields(rows, colours.muted))
        parts.append(heading(tr("Doubtful stock events")))
        doubts = state.discrepancies[-DISCREPANCIES_SHOWN:][::-1]
        words = [f"{clock(self.texts, d.t_ns)}  {d.device}  {self.texts.reason(d.what)}" for d in doubts]
        return "".join(parts + [_line(text) for text in words or [NONE]])

    def _connections(self, snapshot: Snapshot) -> str:
        """Give a line for each source of which more is told than a table has room for."""
        lines = []
        for source in snapshot.sources:
            parts = *flooded(snapshot.state, source, self.texts), detailed(source, self.texts)
            if words := self.texts.tr("; ").join(filter(None, parts)):
                lines.append(_line(f"{named(source, self.texts)}: {words}"))
        return "".join([heading(self.texts.tr("Connections")), *lines]) if lines else ""

    def _rejects(self, snapshot: Snapshot) -> str:
        """Give what was refused of each source, by reason, and what of none of them."""
        tr, colours = self.texts.tr, palette(self.theme)
        groups = [
            (named(source, self.texts), source.refused) for source in snapshot.sources if source.refused
        ]
        rest = unattributed(snapshot)
        groups += [(tr("whatever the source"), tuple(rest))] if rest else []
        parts = [heading(tr("Rejected lines by reason"))]
        for name, reasons in groups:
            rows = [(self.texts.reason(reason), number(count)) for reason, count in reasons]
            parts.append(grid((name, tr("Lines")), rows, colours.muted, colours.line))
        return "".join(parts if groups else [*parts, _line(tr("none"), colours.muted)])


def _line(text: str, colour: str = "") -> str:
    """Give a line of HTML, escaped here."""
    style = f"color:{colour}; margin:2px 0" if colour else "margin:2px 0"
    return f'<p style="{style}">{html.escape(text)}</p>'
