"""The properties of a block, to the centimetre: each field gives one edit."""

import math

from PyQt6.QtCore import QLocale, pyqtSignal
from PyQt6.QtWidgets import (
    QCheckBox,
    QComboBox,
    QDoubleSpinBox,
    QFormLayout,
    QLabel,
    QLineEdit,
    QSpinBox,
    QWidget,
)

from twin.errors import YardError
from twin.yard.edits import MoveBlock, RenameBlock, ResizeBlock, SetBlock, TurnBlock, YardEdit
from twin.yard.model import MAX_TIERS, Block, BlockKind, Side
from ui.i18n import Texts, mark
from ui.panels.inspector_fields import BLOCK_KINDS

SIDES: dict[str, str] = {Side.LEFT: mark("Left"), Side.RIGHT: mark("Right"), Side.NONE: mark("None")}
REACH_M = 20_000.0
_TINY = 5e-5


def rows_of_text(text: str) -> tuple[int, ...]:
    """Give the row numbers of a text such as ``1, 3-5``.

    Raises
    ------
    YardError
        Where it is no such list.
    """
    rows: set[int] = set()
    for part in filter(None, (part.strip() for part in text.replace("，", ",").split(","))):
        first, dash, last = part.partition("-")
        if not (first.strip().isdecimal() and (not dash or last.strip().isdecimal())):
            raise YardError(f"rows: expected a list such as 1, 3-5, found {text!r}")
        low, high = int(first), int(last if dash else first)
        if high - low > 100:
            raise YardError(f"rows: expected at most 100 rows, found {text!r}")
        rows.update(range(low, high + 1))
    return tuple(sorted(rows))


class BlockForm(QWidget):
    """Shows a block's properties; emits the edit that a changed field asks for."""

    edited = pyqtSignal(object)
    refused = pyqtSignal(str)

    def __init__(self, texts: Texts, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.texts = texts
        self._block: Block | None = None
        self.rows = QFormLayout(self)
        self.rows.setContentsMargins(0, 4, 0, 0)
        self.rows.setFieldGrowthPolicy(QFormLayout.FieldGrowthPolicy.AllNonFixedFieldsGrow)
        self.name, self.kind, self.side = QLineEdit(), QComboBox(), QComboBox()
        self.name.setMaxLength(12)
        self.origin_x, self.origin_y = _metres(REACH_M), _metres(REACH_M)
        self.heading = _metres(360.0, " °")
        self.bays, self.stack_rows, self.tiers = _count(200), _count(60), _count(MAX_TIERS)
        self.bay_pitch, self.row_pitch = _metres(30.0, low=0.01), _metres(30.0, low=0.01)
        self.height_limit = _metres(60.0, low=0.01)
        self.reefer, self.dangerous = QLineEdit(), QLineEdit()
        self.closed = QCheckBox()
        self._lay_out()
        self._wire()
        self._fill_choices()
        texts.listen(self._fill_choices)
        self.show_block(None)

    def _lay_out(self) -> None:
        for title, field in (
            (mark("Name"), self.name),
            (mark("Kind"), self.kind),
            (mark("Origin x"), self.origin_x),
            (mark("Origin y"), self.origin_y),
            (mark("Heading"), self.heading),
            (mark("Bays"), self.bays),
            (mark("Rows"), self.stack_rows),
            (mark("Tiers"), self.tiers),
            (mark("Bay pitch"), self.bay_pitch),
            (mark("Row pitch"), self.row_pitch),
            (mark("Truck lane"), self.side),
            (mark("Height limit"), self.height_limit),
            (mark("Reefer rows"), self.reefer),
            (mark("Dangerous goods rows"), self.dangerous),
            (mark("Closed"), self.closed),
        ):
            label = QLabel()
            label.setProperty("role", "muted")
            self.texts.say(label.setText, title)
            field.setAccessibleName(title)
            self.rows.addRow(label, field)

    def _wire(self) -> None:
        for spin in (
            self.origin_x,
            self.origin_y,
            self.heading,
            self.bays,
            self.stack_rows,
            self.tiers,
            self.bay_pitch,
            self.row_pitch,
            self.height_limit,
        ):
            spin.setKeyboardTracking(False)
            spin.valueChanged.connect(self._apply)
        for line in (self.name, self.reefer, self.dangerous):
            line.editingFinished.connect(self._apply)
        self.kind.activated.connect(self._apply)
        self.side.activated.connect(self._apply)
        self.closed.clicked.connect(self._apply)

    def _fill_choices(self) -> None:
        for box, titles in ((self.kind, BLOCK_KINDS), (self.side, SIDES)):
            index = max(0, box.currentIndex())
            box.clear()
            for key, title in titles.items():
                box.addItem(self.texts.tr(title), key)
            box.setCurrentIndex(index)

    def show_block(self, block: Block | None) -> None:
        """Show a block; None greys the form out."""
        self._block = None
        self.setEnabled(block is not None)
        if block is None:
            return
        self.name.setText(block.name)
        self.kind.setCurrentIndex(list(BLOCK_KINDS).index(block.kind.value))
        self.side.setCurrentIndex(list(SIDES).index(block.truck_lane_side))
        self.origin_x.setValue(block.origin_yard_m[0])
        self.origin_y.setValue(block.origin_yard_m[1])
        self.heading.setValue(math.degrees(block.heading_rad) % 360)
        for spin, value in (
            (self.bays, block.bays),
            (self.stack_rows, block.rows),
            (self.tiers, block.tiers),
        ):
            spin.setValue(value)
        self.bay_pitch.setValue(block.bay_pitch_m)
        self.row_pitch.setValue(block.row_pitch_m)
        self.height_limit.setValue(block.height_limit_m)
        self.reefer.setText(", ".join(map(str, block.reefer_rows)))
        self.dangerous.setText(", ".join(map(str, block.dangerous_rows)))
        self.closed.setChecked(block.closed)
        self._block = block

    def _apply(self, *_: object) -> None:
        block = self._block
        if block is None:
            return
        try:
            edit = self.edit_of(block)
        except YardError as error:
            self.refused.emit(str(error))
            self.show_block(block)
            return
        if edit is not None:
            self.edited.emit(edit)

    def edit_of(self, block: Block) -> YardEdit | None:
        """Give the edit that makes ``block`` what the fields say; None where they already say it.

        Raises
        ------
        YardError
            Where a field holds no such value.
        """
        if (name := self.name.text().strip()) != block.name:
            return RenameBlock(block.name, name)
        dx, dy = (
            self.origin_x.value() - block.origin_yard_m[0],
            self.origin_y.value() - block.origin_yard_m[1],
        )
        if max(abs(dx), abs(dy)) > 0.005 + _TINY:
            return MoveBlock(block.name, dx, dy)
        turn = math.remainder(math.radians(self.heading.value()) - block.heading_rad, 2 * math.pi)
        if abs(turn) > math.radians(0.005) + 1e-9:
            return TurnBlock(block.name, turn)
        size = (self.bays.value(), self.stack_rows.value(), self.tiers.value())
        if size != (block.bays, block.rows, block.tiers):
            return ResizeBlock(block.name, *size)
        changes = self._changes(block)
        return SetBlock(block.name, changes) if changes else None

    def _changes(self, block: Block) -> dict[str, object]:
        wanted: dict[str, object] = {
            "kind": BlockKind(self.kind.currentData()),
            "truck_lane_side": Side(self.side.currentData()),
            "reefer_rows": rows_of_text(self.reefer.text()),
            "dangerous_rows": rows_of_text(self.dangerous.text()),
            "closed": self.closed.isChecked(),
        }
        for name, spin in (
            ("bay_pitch_m", self.bay_pitch),
            ("row_pitch_m", self.row_pitch),
            ("height_limit_m", self.height_limit),
        ):
            if abs(spin.value() - getattr(block, name)) > 0.005 + _TINY:
                wanted[name] = spin.value()
        return {name: value for name, value in wanted.items() if value != getattr(block, name)}


def _metres(reach: float, suffix: str = " m", low: float | None = None) -> QDoubleSpinBox:
    spin = QDoubleSpinBox()
    spin.setLocale(QLocale.c())
    spin.setRange(-reach if low is None else low, reach)
    spin.setDecimals(2)
    spin.setSingleStep(0.01)
    spin.setSuffix(suffix)
    return spin


def _count(most: int) -> QSpinBox:
    spin = QSpinBox()
    spin.setRange(1, most)
    return spin
