"""Binds the draft to the yard view, to files and to the live yard."""

from collections.abc import Callable
from dataclasses import replace
from pathlib import Path

from PyQt6.QtCore import QObject

from layouts.native import encode
from layouts.report import LoadReport
from twin.decisions import Decision, PublishLayout
from twin.errors import TwinError
from twin.yard.edits import MoveBlock, RemoveBlock, TurnBlock
from twin.yard.model import Yard
from ui.editor.background import Background
from ui.editor.draft import Draft
from ui.editor.panel import EditorPanel, ask_what_to_open, ask_where_to_save
from ui.i18n import Texts
from ui.scene.view import YardView
from ui.yards import made_ready

QUARTER_RAD = 1.5707963267948966


class Planner(QObject):
    """Carries out the commands of the editor.

    Parameters
    ----------
    save_layout, load_layout : callable
        Write a yard to a file, read one: they raise a TwinError or OSError where that fails.
    decide : callable
        Takes the decision to publish.
    actor : str
        The name that decisions are signed with.
    """

    def __init__(
        self, draft: Draft, panel: EditorPanel, view: YardView, texts: Texts, *,
        save_layout: Callable[[Yard, Path], None], load_layout: Callable[[Path], LoadReport],
        decide: Callable[[Decision], None], note: Callable[[str], None], identity: tuple[str, str],
    ) -> None:  # fmt: skip
        super().__init__(panel)
        self._draft, self._panel, self._view, self._texts = draft, panel, view, texts
        self._save, self._load, self._decide, self._note = save_layout, load_layout, decide, note
        self._identity = identity
        self._here = False
        self._written: Background[bytes] = Background(self._publish, lambda error: note(str(error)), self)
        draft.changed.connect(self.show_draft)
        draft.refused.connect(note)
        view.block_dragged.connect(self._dragged)
        view.block_dropped.connect(self._dropped)
        self._commands: dict[str, Callable[[], None]] = {
            "edit": draft.begin, "discard": draft.leave, "undo": draft.undo, "redo": draft.redo,
            "add_block": lambda: draft.add_like(draft.block), "remove_block": self._remove,
            "turn_block": self._turn, "rename_block": self._rename, "open_layout": self._ask_open,
            "save_layout": self._ask_save, "publish": self.publish,
        }  # fmt: skip

    def run(self, command: str) -> bool:
        """Carry out a command by id; False where it is none of the editor's."""
        if command not in self._commands:
            return False
        self._commands[command]()
        return True

    def enter(self, here: bool) -> None:
        """Show the draft while its workspace is shown, and only then."""
        self._here = here
        self.show_draft()

    def show_draft(self) -> None:
        """Show the draft over the live yard."""
        yard = self._draft.yard if self._here else None
        self._view.show_draft(yard, self._draft.selected)
        self._view.set_editing(yard is not None)

    def nudge(self, dx_m: float, dy_m: float) -> None:
        """Move the selected block by a step [m]."""
        if (block := self._draft.block) is not None:
            self._draft.do(MoveBlock(block.name, dx_m, dy_m))

    def publish(self) -> None:
        """Ask for the draft to become the live layout; it is made ready beside the window first."""
        if (yard := self._draft.yard) is not None:
            written = replace(yard, revision=self._draft.next_revision)
            self._written.ask(lambda: made_ready(encode(written)))
            self._note(self._texts.tr("Publishing the draft..."))

    def _publish(self, layout: bytes) -> None:
        self._decide(PublishLayout(layout, *self._identity))

    def close(self) -> None:
        """Stop the thread."""
        self._written.close()

    def open(self, path: Path) -> None:
        """Open a layout file as the draft."""
        try:
            report = self._load(path)
        except (TwinError, OSError) as error:
            self._note(str(error))
            return
        self._draft.open(report.yard)
        warned = "; ".join(report.warnings)
        self._note(warned or self._texts.tr("Opened {file}", file=path.name))

    def save(self, path: Path) -> None:
        """Save the draft to a file."""
        yard = self._draft.yard
        if yard is None:
            return
        try:
            self._save(yard, path)
        except (TwinError, OSError) as error:
            self._note(str(error))
            return
        self._draft.mark_saved()
        self._note(self._texts.tr("Saved {file}", file=path.name))

    def _ask_open(self) -> None:
        if chosen := ask_what_to_open(self._panel, self._texts):
            self.open(Path(chosen))

    def _ask_save(self) -> None:
        yard = self._draft.yard
        if yard is not None and (
            chosen := ask_where_to_save(self._panel, self._texts, f"{yard.name}.yard.json")
        ):
            self.save(Path(chosen))

    def _remove(self) -> None:
        if (block := self._draft.block) is not None and self._draft.do(RemoveBlock(block.name)):
            self._note(self._texts.tr("Block {name} removed; undo brings it back.", name=block.name))

    def _turn(self) -> None:
        if (block := self._draft.block) is not None:
            self._draft.do(TurnBlock(block.name, QUARTER_RAD))

    def _rename(self) -> None:
        if self._draft.block is not None:
            self._panel.form.name.setFocus()
            self._panel.form.name.selectAll()

    def _dragged(self, name: str, dx_m: float, dy_m: float) -> None:
        self._draft.select(name)
        self._note(self._texts.tr("{name}: {dx:+.2f} m, {dy:+.2f} m", name=name, dx=dx_m, dy=dy_m))

    def _dropped(self, name: str, dx_m: float, dy_m: float) -> None:
        self._draft.select(name)
        self._draft.do(MoveBlock(name, round(dx_m, 2), round(dy_m, 2)))
