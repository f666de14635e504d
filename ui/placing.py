"""Binds the yard view to a suggestion: its boxes are held over other slots, dropped there, put back."""

from collections.abc import Callable
from dataclasses import replace

from PyQt6.QtCore import QObject
from PyQt6.QtWidgets import QWidget

from twin.decisions import Decision
from twin.snapshot import Mode, Snapshot
from twin.stacking.suggestion import Modify, Suggestion, SuggestionStatus, Term
from twin.yard.slots import SlotAddress
from ui.editor.background import Background
from ui.i18n import Texts
from ui.judging import AddressError, Judgement, judge, on_top, slot_named
from ui.panels.against import against_html, note_lines
from ui.panels.elsewhere import Elsewhere
from ui.panels.suggestions import SuggestionPanel
from ui.scene.view import YardView
from ui.theme import palette
from ui.view_state import Placing

_PATIENCE = 2
"""How many snapshots a box that was dropped stays drawn where it was, until the verdict is there."""

Key = tuple[int, int, int]
"""Suggestion, move, ground slot."""


class Placer(QObject):
    """Shows where a box would go and what speaks against it; a drop becomes the decision to modify.

    Parameters
    ----------
    show : callable
        Takes what the scene is to show, None for nothing.
    decide, note : callable
        Take a decision, and words for the status bar.
    identity : callable
        Gives the name and the role that decisions are signed with.
    """

    def __init__(
        self, view: YardView, panel: SuggestionPanel, texts: Texts, *,
        show: Callable[[Placing | None], None], decide: Callable[[Decision], None],
        note: Callable[[str], None], identity: Callable[[], tuple[str, str]],
    ) -> None:  # fmt: skip
        super().__init__(panel)
        self._view, self._panel, self._texts = view, panel, texts
        self._show, self._decide, self._note, self._identity = show, decide, note, identity
        self._snapshot: Snapshot | None = None
        self._placing: Placing | None = None
        self._for: Suggestion | None = None
        self._sent, self._pinned = 0, -1
        self._undo: list[tuple[int, int, int, SlotAddress]] = []
        self.taken_back_first: Callable[[int], bool] = lambda _since_ns: False
        """Takes back another decision, of after an instant [ns UTC]; False where there is none."""
        self._dialog: Elsewhere | None = None
        self._terms: tuple[Term, ...] = ()
        self._background: Background[tuple[Key, Judgement]] = Background(self._judged, self._failed, self)
        view.ghost_dragged.connect(self.hold)
        view.ghost_dropped.connect(self.drop)
        view.ghost_let_go.connect(self.clear)
        view.slot_pointed.connect(self.point)
        view.slot_picked.connect(self.pin)
        panel.elsewhere_asked.connect(self.ask)
        texts.listen(lambda: panel.show_pointed(""))

    def run(self, command: str) -> bool:
        """Carry out a command by id; False where it is none of these."""
        own = {"elsewhere": self.ask, "put_back": self.put_back}
        if command not in own:
            return False
        own[command]()
        return True

    def take(self, snapshot: Snapshot) -> None:
        """Follow a snapshot: a box is held no more where its suggestion has changed or closed."""
        before, self._snapshot = self._snapshot, snapshot
        if before is None or before.mode is not snapshot.mode:
            self._view.set_deciding(snapshot.mode is not Mode.REPLAY)
        if self._placing is None:
            return
        if self._sent:
            self._sent -= 1
            if not self._sent:
                self.clear()
        elif not _same(self._suggestion(), self._for):
            self._end()
        elif before is not None and before.state.stock is not snapshot.state.stock:
            self._ask_judge()  # what was right of the yard before need not be right now

    def _suggestion(self) -> Suggestion | None:
        """Give the suggestion chosen, where it can be decided."""
        current = self._panel.current()
        return current if current is not None and self._panel.is_open() else None

    # Holding and dropping

    def hold(self, move: int, ground: int) -> None:
        """Hold the box of a move over a ground slot; -1 holds it over none."""
        suggestion, snapshot = self._suggestion(), self._snapshot
        if suggestion is None or snapshot is None or not 0 <= move < len(suggestion.moves):
            return
        if ground < 0:
            self.clear()
            return
        target = on_top(snapshot.state, ground, suggestion.moves[move].length_ft)
        self._for, self._terms = suggestion, ()
        self._put(Placing(move, ground, target, (str(target),)))
        self._ask_judge()

    def point(self, ground: int) -> None:
        """Tell what speaks against a slot for the arriving box; -1 for no slot."""
        suggestion, snapshot = self._suggestion(), self._snapshot
        if self._dialog is not None or (self._placing is not None and self._placing.held):
            return
        if ground < 0 or suggestion is None or snapshot is None or not suggestion.moves:
            self.clear()
            return
        target = on_top(snapshot.state, ground, suggestion.moves[0].length_ft)
        self._for = suggestion
        self._put(Placing(0, ground, target, (str(target),), held=False))
        self._ask_judge()

    def pin(self, ground: int) -> None:
        """Write what speaks against a slot over the reasons of the suggestion; -1 takes it away."""
        self._pinned = ground
        if ground < 0:
            self._panel.show_pointed("")
        else:
            self._ask_judge()

    def drop(self, move: int, ground: int) -> None:
        """Put the box of a move on a ground slot: the decision to modify, unless a rule refuses it."""
        suggestion, placing = self._suggestion(), self._placing
        if suggestion is None or placing is None or (placing.move, placing.ground) != (move, ground):
            self.clear()
            return
        old = suggestion.moves[move].target
        if placing.target == old:
            self.clear()
        elif placing.refused:
            why = ", ".join(placing.lines[1:])
            self._note(self._texts.tr("Not put on {slot}: {reason}", slot=placing.target, reason=why))
            self.clear()
        else:
            now_ns = 0 if self._snapshot is None else self._snapshot.state.t_ns
            self._undo.append((now_ns, suggestion.id, move, old))
            self._modify(suggestion.id, move, placing.target, self._terms)

    def _modify(self, suggestion: int, move: int, target: SlotAddress, terms: tuple[Term, ...] = ()) -> None:
        self._sent = _PATIENCE
        self._decide(Modify(suggestion, move, target, *self._identity(), terms))

    def put_back(self) -> None:
        """Give the box that was put elsewhere last its slot again, unless another decision was the last."""
        snapshot = self._snapshot
        rows = () if snapshot is None else snapshot.state.suggestions
        still = {s.id for s in rows if s.status == SuggestionStatus.OFFERED}
        self._undo = [row for row in self._undo if row[1] in still]
        if self.taken_back_first(self._undo[-1][0] if self._undo else 0):
            return
        if not self._undo:
            self._note(self._texts.tr("Of what you decided nothing can be taken back now."))
            return
        self._modify(*self._undo.pop()[1:])

    def clear(self) -> None:
        """Show no slot any more."""
        self._sent = 0
        if self._placing is not None:
            self._put(None)

    def _end(self) -> None:
        self._view.let_go()
        self.clear()

    def _put(self, placing: Placing | None) -> None:
        self._placing = placing
        self._show(placing)

    # What speaks against it

    def _ask_judge(self) -> None:
        suggestion, placing, snapshot = self._for, self._placing, self._snapshot
        if suggestion is None or placing is None or snapshot is None:
            return
        key, state = (suggestion.id, placing.move, placing.ground), snapshot.state
        target = placing.target
        self._background.ask(lambda: (key, judge(state, suggestion, placing.move, target)))

    def _judged(self, answer: tuple[Key, Judgement]) -> None:
        key, found = answer
        placing, suggestion = self._placing, self._for
        if placing is None or suggestion is None or key != (suggestion.id, placing.move, placing.ground):
            return
        self._terms = found.weighed.terms if found.weighed is not None else ()
        lines = note_lines(found, suggestion.terms, self._texts)
        self._put(replace(placing, target=found.target, lines=lines, refused=bool(found.refused)))
        if placing.ground == self._pinned and found.weighed is not None:
            colours = palette(self._panel.theme)
            self._panel.show_pointed(against_html(found, suggestion.terms, self._texts, colours))
        if self._dialog is not None:
            free = self._texts.tr("{slot} can be taken.", slot=found.target)
            self._dialog.show_verdict("; ".join(lines) if found.refused else free, bool(found.refused))

    def _failed(self, error: Exception) -> None:
        self._note(f"{type(error).__name__}: {error}")

    # By keys

    def ask(self) -> None:
        """Ask for the address of another slot."""
        suggestion = self._suggestion()
        if suggestion is None or not suggestion.moves:
            self._note(self._texts.tr("No open suggestion is selected."))
            return
        window = self._panel.window()
        parent = window if isinstance(window, QWidget) else self._panel
        dialog = self._dialog = Elsewhere(suggestion, self._texts, self._panel.theme, parent)
        dialog.typed.connect(self._type)
        dialog.taken.connect(self._take)
        dialog.finished.connect(lambda _: self._closed())
        middle = parent.mapToGlobal(parent.rect().center())
        dialog.move(middle.x() - dialog.width() // 2, parent.mapToGlobal(parent.rect().topLeft()).y() + 90)
        dialog.show()
        dialog.line.setFocus()

    def _type(self, move: int, text: str) -> bool:
        suggestion, snapshot, dialog = self._suggestion(), self._snapshot, self._dialog
        if snapshot is None or dialog is None:
            return False
        if suggestion is None or not _same(suggestion, dialog.suggestion):
            dialog.show_verdict(self._texts.tr("That suggestion is no longer open."), refused=True)
            return False
        try:
            ground = slot_named(snapshot.state, text, suggestion.moves[move].length_ft)
        except AddressError as error:
            dialog.show_verdict(self._texts.tr(str(error)) if text.strip() else "", bool(text.strip()))
            self.clear()
            return False
        if self._placing is None or (self._placing.move, self._placing.ground) != (move, ground):
            dialog.show_verdict("", refused=False)
            self.hold(move, ground)
        return True

    def _take(self, move: int, text: str) -> None:
        if self._type(move, text) and self._placing is not None and self._dialog is not None:
            if self._placing.refused:
                return
            ground = self._placing.ground
            self.drop(move, ground)
            self._dialog.close()

    def _closed(self) -> None:
        if self._dialog is not None:
            self._dialog.deleteLater()
            self._dialog = None
        if not self._sent:
            self.clear()

    def close(self) -> None:
        """Stop the thread."""
        self._background.close()


def _same(one: Suggestion | None, other: Suggestion | None) -> bool:
    """Tell whether two are one suggestion with the same moves."""
    return one is not None and other is not None and (one.id, one.moves) == (other.id, other.moves)
