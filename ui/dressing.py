"""Gives the window its theme and its language's fonts, widget after widget while it goes on.

Notes
-----
A style sheet that is set on a window polishes all of its widgets at once: 150 ms for the 720 of this one.
So one sheet holds every theme and language, each under a property of the window, and is set once; after
a change of the property the widgets are polished a few at a time, those in view first.
"""

from __future__ import annotations

import functools
import re

from PyQt6 import sip
from PyQt6.QtCore import QEvent
from PyQt6.QtGui import QFont
from PyQt6.QtWidgets import QApplication, QMainWindow, QWidget

from ui.i18n import LANGUAGES
from ui.theme import FAMILIES, TEXT_PX, THEMES, style_sheet
from ui.turns import Turns

_RULE = re.compile(r"([^{}]+)\{([^{}]*)\}")
_WINDOW = "QMainWindow"


@functools.cache
def whole_sheet() -> str:
    """Give the style sheets of all themes and languages as one, each under the window's properties.

    What differs between languages is under ``language``, all else under ``theme``.
    """
    parts = []
    for theme in THEMES:
        rules = [_rules(style_sheet(theme, language)) for language in LANGUAGES]
        for k, (selector, said) in enumerate(rules[0]):
            common = [line for line in said if all(line in other[k][1] for other in rules)]
            parts.append(_rule(selector, "theme", theme, common))
    for language in LANGUAGES:
        spoken = _rules(style_sheet(THEMES[0], language))
        others = [_rules(style_sheet(THEMES[0], other)) for other in LANGUAGES if other != language]
        for k, (selector, said) in enumerate(spoken):
            own = [line for line in said if any(line not in other[k][1] for other in others)]
            parts.append(_rule(selector, "language", language, own))
    return "\n".join(filter(None, parts))


def _rules(sheet: str) -> list[tuple[str, list[str]]]:
    """Give selectors and declarations of a sheet."""
    return [
        (selector.strip(), [line.strip() for line in said.split(";") if line.strip()])
        for selector, said in _RULE.findall(sheet)
    ]


def _rule(selector: str, name: str, value: str, said: list[str]) -> str:
    """Give a rule that holds in a window with a property of that value; nothing where it says nothing."""
    window = f'{_WINDOW}[{name}="{value}"]'
    wanted = (one.strip() for one in selector.split(","))
    under = (
        one.replace(_WINDOW, window, 1) if one.startswith(_WINDOW) else f"{window} {one}" for one in wanted
    )
    return f"{', '.join(under)} {{ {'; '.join(said)} }}" if said else ""


class Dresser:
    """Dresses a window and its dialogs.

    Parameters
    ----------
    window : QMainWindow
        Dressed at once the first time, in turns of its loop from then on.
    """

    def __init__(self, window: QMainWindow) -> None:
        self._window = window
        self._turns = Turns(window, "dress")

    @property
    def pending(self) -> bool:
        """Whether some widgets are still as they were."""
        return self._turns.pending

    def dress(self, theme: str, language: str) -> None:
        """Give the window a theme, and fonts that hold the language's characters."""
        window = self._window
        if (window.property("theme"), window.property("language")) == (theme, language):
            return
        window.setProperty("theme", theme)
        if window.property("language") != language:
            window.setProperty("language", language)
            QApplication.setFont(_font(language))
        if not window.styleSheet():
            window.setStyleSheet(whole_sheet())
            return
        widgets = [window, *window.findChildren(QWidget)]
        self._turns.stop()
        for widget in sorted(widgets, key=lambda widget: not widget.isVisible()):
            self._turns.do(widget, functools.partial(_polish, widget))

    def finish(self) -> None:
        """Dress now what is still as it was."""
        self._turns.finish()


def _font(language: str) -> QFont:
    font = QFont()
    font.setFamilies(list(FAMILIES))
    font.setPixelSize(TEXT_PX[language])
    return font


def _polish(widget: QWidget) -> None:
    """Have a widget take its rules anew, as setting a style sheet does with each."""
    if sip.isdeleted(widget):
        return
    style = widget.style()
    if style is not None:
        style.polish(widget)
        QApplication.sendEvent(widget, QEvent(QEvent.Type.StyleChange))
