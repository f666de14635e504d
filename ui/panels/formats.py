"""How values are written: the trade's units, UTC and local time, ages."""

import datetime
import html
import math
from collections.abc import Iterable, Sequence

from twin.clock import NS_PER_S
from ui.i18n import Texts

UNKNOWN_NS = 2**63 - 1
NONE = "–"


def utc(t_ns: int, *, date: bool = False) -> str:
    """Give an instant [ns UTC] as HH:MM:SS, with the date before it where asked for."""
    when = datetime.datetime.fromtimestamp(t_ns // NS_PER_S, datetime.UTC)
    return when.strftime("%Y-%m-%d %H:%M:%S" if date else "%H:%M:%S")


def local(t_ns: int) -> str:
    """Give an instant [ns UTC] as HH:MM:SS of this machine's zone, with its offset; empty where it is UTC."""
    when = datetime.datetime.fromtimestamp(t_ns // NS_PER_S, datetime.UTC).astimezone()
    offset = when.utcoffset()
    if not offset:
        return ""
    hours, rest = divmod(round(offset.total_seconds() / 60), 60)
    return f"{when:%H:%M:%S} (UTC{hours:+d}{f':{rest:02d}' if rest else ''})"


def span(seconds: float) -> str:
    """Give a length of time: 0.4 s, 12 s, 3 min 20 s, 5 h 07 min, 2 d 4 h."""
    if not math.isfinite(seconds):
        return NONE
    if abs(seconds) < 10:
        return f"{seconds:.1f} s"
    whole = round(abs(seconds))
    sign = "-" if seconds < 0 else ""
    if whole < 60:
        return f"{sign}{whole} s"
    if whole < 3600:
        return f"{sign}{whole // 60} min {whole % 60:02d} s"
    if whole < 86_400:
        return f"{sign}{whole // 3600} h {whole % 3600 // 60:02d} min"
    return f"{sign}{whole // 86_400} d {whole % 86_400 // 3600} h"


def number(value: float, digits: int = 0, unit: str = "") -> str:
    """Give a number with its unit, a thin space a thousand; a dash where it is not known."""
    if not math.isfinite(value):
        return NONE
    text = f"{round(value, digits) + 0.0:,.{digits}f}".replace(",", "\u202f")
    return f"{text} {unit}" if unit else text


def name(raw: bytes) -> str:
    """Give the text of a name column's cell."""
    return bytes(raw).decode("ascii", "replace")


def fields(rows: Iterable[tuple[str, str]], muted: str) -> str:
    """Give label and value pairs as a table of HTML; both are escaped here."""
    cells = "".join(
        f'<tr><td style="color:{muted}; padding:2px 14px 2px 0">{html.escape(label)}</td>'
        f'<td style="padding:2px 0">{html.escape(value)}</td></tr>'
        for label, value in rows
    )
    return f'<table cellspacing="0" width="98%">{cells}</table>'


def grid(heads: Sequence[str], rows: Iterable[Sequence[str]], muted: str, line: str) -> str:
    """Give a table of HTML with a head, the first column left, the others right; escaped here."""

    def cells(words: Sequence[str], style: str, tag: str) -> str:
        return "".join(
            f'<{tag} align="{"right" if index else "left"}" style="{style}">{html.escape(word)}</{tag}>'
            for index, word in enumerate(words)
        )

    head_style = f"color:{muted}; font-weight:normal; padding:2px 8px 3px 0; border-bottom:1px solid {line}"
    body = "".join(f"<tr>{cells(row, 'padding:2px 8px 2px 0', 'td')}</tr>" for row in rows)
    return f'<table cellspacing="0" width="98%"><tr>{cells(heads, head_style, "th")}</tr>{body}</table>'


def heading(text: str) -> str:
    """Give a small heading of HTML, escaped here."""
    return f'<p style="font-weight:600; margin:10px 0 3px 0">{html.escape(text)}</p>'


def yes_no(texts: Texts, value: bool) -> str:
    """Give yes or no in the language chosen."""
    return texts.tr("yes") if value else texts.tr("no")
