"""How wide the columns of the alarm list are: as wide as their longest words in the language chosen."""

from PyQt6.QtGui import QFont, QFontMetrics

from twin.safety.table import AlarmState, Level
from ui.i18n import Texts, mark
from ui.panels.alarm_rows import (
    GONE,
    LEVEL,
    NOW,
    PRIORITIES,
    PRIORITY,
    SINCE,
    STATE,
    STATES,
    TITLES,
    WHAT,
    level_text,
)
from ui.panels.formats import span
from ui.theme import FAMILIES, SIGN_PX, TEXT_PX

FOLD_PX = 34
TOLD_PX = 270
"""How wide the last column is where it tells a reason and the time left."""
_ROOM_PX = 20
"""Around a cell's text: the style sheet's padding and the style's own margin."""


def widths_px(texts: Texts, *, held: bool = False) -> tuple[int, ...]:
    """Give a width a column; 0 for the sentence, which takes what is left.

    Parameters
    ----------
    held : bool
        For alarms that are shelved or suppressed.
    """
    font = QFont()
    font.setFamilies(list(FAMILIES))
    font.setPixelSize(TEXT_PX[texts.language])
    wide = QFontMetrics(font).horizontalAdvance
    told = longest_words(texts)
    found = [_ROOM_PX + max(map(wide, told.get(column, ("",)))) for column in range(len(TITLES))]
    found[0], found[WHAT] = FOLD_PX, 0
    found[PRIORITY] += SIGN_PX + 4
    if held:
        found[STATE] = TOLD_PX
    return tuple(found)


def longest_words(texts: Texts) -> dict[int, list[str]]:
    """Give by column what is written in it, as long as it comes."""
    tr = texts.tr
    lives = (STATES[AlarmState.UNACKNOWLEDGED], STATES[AlarmState.ACKNOWLEDGED], GONE)
    told = {
        PRIORITY: [tr(words) for words in PRIORITIES.values()],
        LEVEL: [level_text(texts, int(level)) for level in Level],
        SINCE: ["00:00:00"],
        NOW: [tr("overlap {depth:.1f} m", depth=88.8), tr(mark("touching")), span(3599.0, texts)],
        STATE: [*map(tr, lives), tr("{count} new under it", count=88)],
    }
    return {column: [tr(TITLES[column]), *words] for column, words in told.items()}
