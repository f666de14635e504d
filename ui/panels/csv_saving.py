"""Tables that are asked for as CSV files: written beside the window, which is told how it went."""

from collections.abc import Callable
from pathlib import Path

from PyQt6.QtCore import pyqtSignal
from PyQt6.QtWidgets import QFileDialog, QPushButton, QWidget

from ui.editor.background import Background
from ui.i18n import Texts, mark
from ui.panels.csv_file import write_whole


class CsvButton(QPushButton):
    """Asks for a file and writes a table into it.

    Parameters
    ----------
    name : str
        The file that is proposed.
    taken : callable
        Takes what is listed at the time; gives what writes it as CSV, None where nothing is listed.
    """

    said = pyqtSignal(str)
    """What saving led to."""

    def __init__(
        self, name: str, taken: Callable[[], Callable[[], str] | None], texts: Texts,
        parent: QWidget | None = None,
    ) -> None:  # fmt: skip
        super().__init__(parent)
        self._name, self._taken, self._texts = name, taken, texts
        texts.say(self.setText, mark("Save CSV..."))
        self.clicked.connect(lambda: self.ask())
        self._writer: Background[Path] = Background(
            lambda path: self.said.emit(texts.tr("Saved: {path}", path=path)),
            lambda error: self.said.emit(str(error)), self,
        )  # fmt: skip

    def ask(self) -> bool:
        """Ask for a file and write what is listed into it; False where nothing is."""
        if self._taken() is None:
            return False
        title = self._texts.tr("Save CSV...")
        path = QFileDialog.getSaveFileName(self.window(), title, self._name, "CSV (*.csv)")[0]
        if path:
            self.save(Path(path))
        return True

    def save(self, path: Path) -> None:
        """Write what is listed into a file; :attr:`said` tells how it went."""
        written = self._taken()
        if written is None:
            return

        def work() -> Path:
            write_whole(path, written())
            return path

        self._writer.ask(work)

    def close_thread(self) -> None:
        """Finish what is being written."""
        self._writer.close()
