"""Key figures: how fast the yard works, how full it is, who waits."""

import math
from collections import deque

import numpy as np
from PyQt6.QtCore import QRectF, QSize, Qt
from PyQt6.QtGui import QColor, QPainter, QPaintEvent
from PyQt6.QtWidgets import QGridLayout, QHBoxLayout, QLabel, QSizePolicy, QVBoxLayout, QWidget

from twin.fleet.kinds import KIND_NAMES
from twin.snapshot import Snapshot
from twin.state import Counts, State
from twin.stock.table import Place
from ui.i18n import Texts, mark
from ui.panels.base import Panel
from ui.panels.formats import NONE, number, span
from ui.panels.trust import Trust, trust_of
from ui.theme import palette

WINDOW_NS = 3600 * 10**9
SAMPLE_NS = 10 * 10**9
ENOUGH_NS = 120 * 10**9
"""A rate is given once two minutes were watched: before that one move would be thirty an hour."""

_BAR_PX = 24
"""The least height of a bar [px]."""

_FIGURES: tuple[tuple[str, str], ...] = (
    ("moves", mark("Moves per hour")),
    ("boxes_in", mark("Boxes in per hour")),
    ("boxes_out", mark("Boxes out per hour")),
    ("standing", mark("Boxes standing")),
    ("filled", mark("Yard filled")),
    ("trucks", mark("Trucks in the yard")),
    ("waiting", mark("Boxes without a slot")),
    ("longest", mark("Longest wait")),
    ("wind", mark("Wind (gust)")),
    ("heard", mark("Machines heard in time")),
    ("doubted", mark("Late, stale, lost, suspect, simulated")),
    ("worst", mark("Worst error (1 σ)")),
)


class Rates:
    """Counts over the last hour, and the rates they give."""

    def __init__(self) -> None:
        self._seen: deque[tuple[int, Counts]] = deque()
        self._epoch = -1

    def take(self, state: State) -> None:
        """Note the counts of a state; a jump in time begins anew."""
        if state.epoch != self._epoch or (self._seen and state.t_ns < self._seen[-1][0]):
            self._seen.clear()
            self._epoch = state.epoch
        if not self._seen or state.t_ns - self._seen[-1][0] >= SAMPLE_NS:
            self._seen.append((state.t_ns, state.counts))
        while state.t_ns - self._seen[0][0] > WINDOW_NS:
            self._seen.popleft()

    def per_hour(self, state: State, count: str) -> float:
        """Give the rate of a count [1/h] over the last hour, NaN before two minutes were seen."""
        if not self._seen or state.t_ns - self._seen[0][0] < ENOUGH_NS:
            return float("nan")
        then_ns, then = self._seen[0]
        done: int = getattr(state.counts, count) - getattr(then, count)
        return float(done * WINDOW_NS / (state.t_ns - then_ns))


class FillBars(QWidget):
    """How full each block is, as bars with their figures."""

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._rows: list[tuple[str, float]] = []
        self.theme = "dark"
        self.setSizePolicy(QSizePolicy.Policy.Expanding, QSizePolicy.Policy.Expanding)
        self.setAccessibleName("how full each block is")

    def show_shares(self, rows: list[tuple[str, float]]) -> None:
        """Show names and shares (0 to 1)."""
        self._rows = rows
        self.setToolTip("\n".join(f"{block}  {100 * share:.0f} %" for block, share in rows))
        self.update()

    def sizeHint(self) -> QSize:
        """Give room for a dozen bars."""
        return QSize(360, 120)

    def cells(self) -> list[QRectF]:
        """Give where each block's bar lies with its figure and its name, in rows where needed [px]."""
        if not self._rows:
            return []
        most = max(1, self.height() // (2 * self.fontMetrics().height() + _BAR_PX))
        rows = min(most, math.ceil(len(self._rows) * self._name_px() / max(self.width(), 1)))
        columns = math.ceil(len(self._rows) / rows)
        wide, tall = min(64.0, self.width() / columns), self.height() / rows
        return [
            QRectF(index % columns * wide, index // columns * tall, wide, tall)
            for index in range(len(self._rows))
        ]

    def named(self) -> bool:
        """Tell whether the names of the blocks find room; else they are told by hovering."""
        cells = self.cells()
        return bool(cells) and cells[0].width() >= self._name_px()

    def _name_px(self) -> float:
        words = ("100", *(block for block, _ in self._rows))
        return 8.0 + max(map(self.fontMetrics().horizontalAdvance, words))

    def paintEvent(self, event: QPaintEvent | None) -> None:
        """Paint a bar a block, its figure above and its name below."""
        colours, painter = palette(self.theme), QPainter(self)
        text_h, named = self.fontMetrics().height(), self.named()
        painter.setPen(QColor(colours.text))
        for (block, share), cell in zip(self._rows, self.cells(), strict=True):
            bar = cell.adjusted(4, text_h + 3, -4, -text_h - 3) if named else cell.adjusted(1, 3, -1, -3)
            painter.fillRect(bar, QColor(colours.raised))
            filled = bar.adjusted(0, bar.height() * (1.0 - min(1.0, share)), 0, 0)
            painter.fillRect(filled, QColor(colours.muted))
            if named:
                middle = Qt.AlignmentFlag.AlignHCenter
                painter.drawText(cell, middle | Qt.AlignmentFlag.AlignTop, f"{100 * share:.0f}")
                painter.drawText(cell, middle | Qt.AlignmentFlag.AlignBottom, block)
        painter.end()


class FiguresPanel(Panel):
    """Shows the key figures and how full the blocks are."""

    sleeps = True

    def __init__(self, texts: Texts, parent: QWidget | None = None) -> None:
        super().__init__(texts, parent)
        self.rates = Rates()
        self.values: dict[str, QLabel] = {}
        self.bars = FillBars()
        cards = QGridLayout()
        cards.setSpacing(6)
        for index, (key, title) in enumerate(_FIGURES):
            cards.addWidget(self._card(key, title), index // 3, index % 3)
        right = QVBoxLayout()
        caption = QLabel()
        caption.setProperty("role", "muted")
        caption.setWordWrap(True)
        texts.say(caption.setText, "Filled, % of each block's places")
        right.addWidget(caption)
        right.addWidget(self.bars, 1)
        both = QHBoxLayout()
        both.addLayout(cards, 1)
        both.addSpacing(16)
        both.addLayout(right, 1)
        self.column.addLayout(both)
        self._written_ns = 0

    def _card(self, key: str, title: str) -> QWidget:
        card, caption, value = QWidget(), QLabel(), QLabel(NONE)
        card.setObjectName("card")
        caption.setProperty("role", "muted")
        value.setProperty("role", "figure")
        self.texts.say(caption.setText, title)
        box = QHBoxLayout(card)
        box.setContentsMargins(10, 2, 10, 2)
        box.addWidget(caption, 1)
        box.addWidget(value)
        self.values[key] = value
        return card

    def seen(self, snapshot: Snapshot) -> tuple[object, ...]:
        """Give the stock and the counts, looked at once a second."""
        self.rates.take(snapshot.state)
        if abs(snapshot.state.t_ns - self._written_ns) < 10**9 and self._seen:
            return self._seen
        self._written_ns = snapshot.state.t_ns
        state = snapshot.state
        return (state.stock, state.counts, state.arrivals, state.weather, state.fleet, state.tracks)

    def draw(self, snapshot: Snapshot) -> None:
        """Write the figures."""
        state = snapshot.state
        for key, text in self._figures(state).items():
            self.values[key].setText(text)
        self.bars.theme = self.theme
        self.bars.show_shares(shares(state))

    def _figures(self, state: State) -> dict[str, str]:
        used, room = int(state.stock.count.sum(dtype=np.int64)), int(state.slots.tiers.sum(dtype=np.int64))
        trucks = state.fleet.present & (state.fleet.kind == KIND_NAMES.index("external_truck"))
        longest = max((state.t_ns - arrival.since_ns for arrival in state.arrivals), default=0)
        wind = state.weather
        return {
            **{key: number(self.rates.per_hour(state, key)) for key in ("moves", "boxes_in", "boxes_out")},
            "standing": number(int((state.stock.place == Place.STACKED).sum())),
            "filled": f"{100 * used / room:.0f} %" if room else NONE,
            "trucks": number(int(trucks.sum())),
            "waiting": number(len(state.arrivals)),
            "longest": span(longest / 1e9, self.texts) if state.arrivals else NONE,
            "wind": f"{wind.speed_mps:.1f} ({wind.gust_mps:.1f}) m/s" if wind.t_ns else NONE,
            **trusted(trust_of(state)),
        }


def trusted(trust: Trust) -> dict[str, str]:
    """Give how well the machines are located, as it is written."""
    if not trust.present:
        return {"heard": NONE, "doubted": NONE, "worst": NONE}
    return {
        "heard": f"{trust.fresh} / {trust.present}",
        "doubted": f"{trust.late}, {trust.stale}, {trust.lost}, {trust.suspect}, {trust.simulated}",
        "worst": number(trust.worst_m, 2, "m"),
    }


def shares(state: State) -> list[tuple[str, float]]:
    """Give how full each block is: its name and a share of its places."""
    first, out = state.slots.first, []
    for index, block in enumerate(state.yard.blocks):
        part = slice(int(first[index]), int(first[index + 1]))
        room = int(state.slots.tiers[part].sum(dtype=np.int64))
        out.append((block.name, int(state.stock.count[part].sum(dtype=np.int64)) / room if room else 0.0))
    return out
