"""The draft: a copy of the live layout under edit, checked after every change."""

from dataclasses import dataclass, replace

from PyQt6.QtCore import QObject, QTimer, pyqtSignal

from twin.errors import YardError
from twin.state import State
from twin.stock.refit import Refit, refit
from twin.stock.table import Stock
from twin.yard.edits import AddBlock, YardEdit
from twin.yard.history import History
from twin.yard.model import Block, Yard
from twin.yard.slots import Slots, slots_of
from twin.yard.validation import Capacity, Finding, capacity, findings
from ui.editor.background import Background

CHECK_MS = 150
"""A draft is checked once it has not been changed for so long."""


@dataclass(frozen=True, slots=True)
class Effect:
    """What a draft is worth: findings, capacity before and after, what happens to standing boxes."""

    yard: Yard
    findings: tuple[Finding, ...]
    before: Capacity
    after: Capacity
    refit: Refit


def effect_of(draft: Yard, yard: Yard, slots: Slots, stock: Stock) -> Effect:
    """Check a draft against the live yard: pure, slow enough for a thread of its own."""
    fitted = refit(stock, slots, draft, slots_of(draft), yard)
    return Effect(draft, findings(draft), capacity(yard), capacity(draft), fitted)


class Draft(QObject):
    """A history of yards, the block selected in it, and the effect of the newest."""

    changed = pyqtSignal()
    """Another yard, another selection, begun or ended."""
    checked = pyqtSignal()
    """:attr:`effect` is new."""
    refused = pyqtSignal(str)
    """An edit that cannot be, and why."""

    def __init__(self, parent: QObject | None = None) -> None:
        super().__init__(parent)
        self._history: History[Yard] | None = None
        self._editing = False
        self._live: State | None = None
        self.selected: str | None = None
        self.effect: Effect | None = None
        self._check: Background[Effect] = Background(self._take_effect, self._check_failed, self)
        self._delay = QTimer(self)
        self._delay.setSingleShot(True)
        self._delay.setInterval(CHECK_MS)
        self._delay.timeout.connect(self.check)

    @property
    def editing(self) -> bool:
        """Whether a draft is open."""
        return self._editing and self._history is not None

    @property
    def yard(self) -> Yard | None:
        """The draft, None where none is open."""
        return self._history.current if self._history is not None and self._editing else None

    @property
    def block(self) -> Block | None:
        """The selected block."""
        yard = self.yard
        return None if yard is None else next((b for b in yard.blocks if b.name == self.selected), None)

    @property
    def next_revision(self) -> int:
        """The revision that the draft has once it is the live layout."""
        return 0 if self._live is None else self._live.yard.revision + 1

    @property
    def undo_title(self) -> str:
        """What undo takes back; empty where there is nothing."""
        return self._history.undo_title if self._history is not None and self._history.can_undo else ""

    @property
    def redo_title(self) -> str:
        """What redo does again; empty where there is nothing."""
        return self._history.redo_title if self._history is not None else ""

    @property
    def dirty(self) -> bool:
        """Whether the draft holds edits that are not saved."""
        return self._history is not None and self._history.dirty

    @property
    def checking(self) -> bool:
        """Whether :attr:`effect` is older than the draft."""
        return self._delay.isActive() or self._check.busy

    def follow_live(self, state: State) -> None:
        """Take the live state that a draft is compared with."""
        published = self._live is not None and self._live.yard is not state.yard
        self._live = state
        if published and self.editing:
            self._delay.start()

    def begin(self) -> None:
        """Copy the live layout, or take up the draft that was left."""
        if self._live is None or self.editing:
            return
        if self._history is None:
            self._history = History(self._live.yard)
        self._editing = True
        self._renew()

    def open(self, yard: Yard) -> None:
        """Take a yard from a file as the draft."""
        self._history, self._editing, self.selected = History(yard), True, None
        self._renew()

    def leave(self) -> None:
        """Hide the draft; :meth:`begin` takes it up again."""
        self._editing, self.effect = False, None
        self._delay.stop()
        self.changed.emit()
        self.checked.emit()

    def forget(self) -> None:
        """Leave the draft for good: it was published."""
        self._history = None
        self.leave()

    def mark_saved(self) -> None:
        """Note that the draft is on disk."""
        if self._history is not None:
            self._history.mark_saved()
            self.changed.emit()

    def select(self, name: str | None) -> None:
        """Select a block by name, None for none."""
        if name != self.selected:
            self.selected = name
            self.changed.emit()

    def do(self, edit: YardEdit) -> bool:
        """Make an edit; False and :attr:`refused` where the yard could not exist."""
        if self._history is None or not self.editing:
            return False
        try:
            self._history.do(edit)
        except YardError as error:
            self.refused.emit(str(error))
            self.changed.emit()
            return False
        self._renew()
        return True

    def undo(self) -> None:
        """Take the last edit back."""
        if self._history is not None and self.editing:
            self._history.undo()
            self._renew()

    def redo(self) -> None:
        """Make the edit again."""
        if self._history is not None and self.editing:
            self._history.redo()
            self._renew()

    def add_like(self, block: Block | None) -> None:
        """Add a block like ``block`` (the first one where None) on its far side, a lane's width away."""
        yard = self.yard
        if yard is None or not yard.blocks:
            return
        like = block or yard.blocks[0]
        origin = like.yard_from_block(0.0, like.width_m + 14.0)
        name = free_name(yard, like.name)
        origin = (round(origin[0], 2), round(origin[1], 2))
        if self.do(AddBlock(replace(like, name=name, origin_yard_m=origin))):
            self.select(name)

    def check(self) -> None:
        """Work out findings and effect now, beside the window."""
        yard, live = self.yard, self._live
        if yard is not None and live is not None:
            self._check.ask(lambda: effect_of(yard, live.yard, live.slots, live.stock))

    def close(self) -> None:
        """Stop the thread."""
        self._delay.stop()
        self._check.close()

    def _renew(self) -> None:
        if self.selected is not None and self.block is None:
            self.selected = None
        self.changed.emit()
        self._delay.start()

    def _take_effect(self, effect: Effect) -> None:
        if self.editing:
            self.effect = effect
            self.checked.emit()

    def _check_failed(self, error: Exception) -> None:
        self.refused.emit(str(error))


def free_name(yard: Yard, like: str) -> str:
    """Give a block name not in use: the letters of ``like`` with the next free number."""
    taken = {block.name for block in yard.blocks}
    stem = like.rstrip("0123456789") or "B"
    width = max(2, len(like) - len(stem))
    return next(name for number in range(1, 10_000) if (name := f"{stem[:8]}{number:0{width}d}") not in taken)
