"""Opens the window and runs it until it is closed."""

import gc
import sys
from collections.abc import Callable
from pathlib import Path

from PyQt6.QtCore import QLibraryInfo, QSettings, QTranslator, pyqtBoundSignal
from PyQt6.QtWidgets import QApplication

from layouts.report import LoadReport
from twin.yard.model import Yard
from ui import interrupts
from ui.bindings import Bindings
from ui.feed import Feed, OpenReplay, Replay
from ui.i18n import Texts, chosen_language
from ui.lasting import End
from ui.main_window import MainWindow
from ui.panels.faults import Faulty
from ui.theme import THEMES


class SceneTexts(QTranslator):
    """Gives Qt's own look-ups the window's catalogue, so that the scene speaks the language chosen."""

    def __init__(self, texts: Texts) -> None:
        super().__init__()
        self._texts, self._own = texts, QTranslator()
        self._own.load("qtbase_zh_CN", QLibraryInfo.path(QLibraryInfo.LibraryPath.TranslationsPath))

    def isEmpty(self) -> bool:  # noqa: N802 - overrides Qt
        """Tell Qt to ask."""
        return False

    def translate(  # type: ignore[override]  # PyQt6 takes None as "not known" and needs it so
        self, context: str | None, sourceText: str | None, disambiguation: str | None = None, n: int = -1
    ) -> str | None:
        """Give the text in the language chosen; None where it is not known, so that Qt keeps its own.

        What Qt says itself, in the dialog that asks for a file, comes from its own catalogue.
        """
        text = sourceText or ""
        found = self._texts.tr(text)
        if found != text:
            return found
        if self._texts.language != "zh":
            return None
        return self._own.translate(context or "", text, disambiguation or "", n) or None


def run_window(
    feed: Feed | None, open_replay: OpenReplay, *, save_layout: Callable[[Yard, Path], None],
    load_layout: Callable[[Path], LoadReport], language: str, demo: bool,
    smoke_s: float | None = None, picture: Path | None = None, replay: Replay | None = None,
    simulation: Faulty | None = None,
) -> int:  # fmt: skip
    """Show the window until it is closed.

    Parameters
    ----------
    feed : Feed or None
        The session to follow; None where only ``replay`` is looked at. Closed with the window.
    open_replay : callable
        Opens a journal, or with None the one that is being written.
    save_layout, load_layout : callable
        Write a yard to a file, read one.
    language : str
        ``en``, ``zh``, or empty for what was chosen last, else that of the system.
    demo : bool
        Show the first steps at the first start, once the yard is seen.
    smoke_s : float, optional
        Close after so many seconds of yard time from the first tick; nothing is then read from or written
        to the settings.
    picture : Path, optional
        Where a picture of the whole window goes before it closes.
    replay : Replay, optional
        A recording to show from the start.
    simulation : Faulty, optional
        The simulated yard that is followed, whose faults a trainer switches.

    Returns
    -------
    int
        The exit code: 0; 1 where the picture could not be written, or no yard was drawn by then; 128 and the
        number of the signal where one ended it.
    """
    app = _application()
    settings = None if smoke_s is not None else _settings()
    texts = Texts(_language(language, settings))
    translator = SceneTexts(texts)
    app.installTranslator(translator)
    bound = Bindings(feed, open_replay, save_layout, load_layout, settings, simulation)
    window = MainWindow(bound, texts, _theme(settings))
    texts.listen(window.view.update)
    _once(window.ticker.ticked, settle)
    end = End(window, picture)
    if smoke_s is not None:
        end.after(smoke_s)
    with interrupts.taken(end.stop, *interrupts.STOPS):
        window.start(replay)
        gc.collect()
        window.show()
        if demo and settings is not None and not settings.value("hint_seen", False, bool):
            _once(window.ticker.ticked, lambda: window.run("hint"))
        # What was closed while it opened would leave a loop that nothing ends.
        if window.isVisible() and not end.stopped:
            app.exec()
        window.close()
    gc.unfreeze()
    app.removeTranslator(translator)
    return end.code


def _once(signal: pyqtBoundSignal, then: Callable[[], object]) -> None:
    """Do something after what else a signal does, the first time that it comes."""

    def do(*_: object) -> None:
        signal.disconnect(do)
        then()

    signal.connect(do)


def settle() -> None:
    """Look for garbage no more in what lives as long as the window: that held it up for 120 ms at a time.

    What was garbage since the window opened stays: to look for it would take as long once more.
    """
    gc.freeze()


def _application() -> QApplication:
    app = QApplication.instance()
    if not isinstance(app, QApplication):
        app = QApplication(sys.argv[:1])
    app.setApplicationName("yard-twin")
    app.setStyle("Fusion")
    return app


def _settings() -> QSettings:
    return QSettings(QSettings.Format.IniFormat, QSettings.Scope.UserScope, "yard-twin", "window")


def _language(asked: str, settings: QSettings | None) -> str:
    kept = "" if settings is None else str(settings.value("language", ""))
    return chosen_language(asked or kept)


def _theme(settings: QSettings | None) -> str:
    kept = "" if settings is None else str(settings.value("theme", ""))
    return kept if kept in THEMES else THEMES[0]
