"""Key figures: how fast the yard works, how full it is, who waits."""

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
    ("doubted", mark("Late, stale, lost, suspect")),
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

    def paintEvent(self, event: QPaintEvent | None) -> None:
        """Paint a column a block."""
        if not self._rows:
            return
        colours, painter = palette(self.theme), QPainter(self)
        text_h = self.fontMetrics().height()
        wide = min(64.0, self.width() / len(self._rows))
        tall = max(10.0, self.height() - 2 * text_h - 8)
        if wide < 36:
            small = painter.font()
            small.setPixelSize(11)
            painter.setFont(small)
        for index, (block, share) in enumerate(self._rows):
            x = index * wide
            bar = QRectF(x + 4, text_h + 3, wide - 8, tall)
            painter.fillRect(bar, QColor(colours.raised))
            height = bar.height() * min(1.0, share)
            painter.fillRect(
                QRectF(bar.x(), bar.bottom() - height, bar.width(), height), QColor(colours.muted)
            )
            painter.setPen(QColor(colours.text))
            if wide >= 24:
                above = QRectF(x, 0, wide, text_h)
                painter.drawText(above, Qt.AlignmentFlag.AlignCenter, f"{100 * share:.0f}")
                below = QRectF(x, self.height() - text_h - 1, wide, text_h)
                painter.drawText(below, Qt.AlignmentFlag.AlignCenter, block)
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
        "doubted": f"{trust.late}, {trust.stale}, {trust.lost}, {trust.suspect}",
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
