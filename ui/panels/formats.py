"""How values are written: the trade's units, UTC and local time, ages."""

import datetime
import html
import math
from collections.abc import Iterable, Sequence

from twin.clock import NS_PER_S
from ui.i18n import Texts, mark, typeset

UNKNOWN_NS = 2**63 - 1
NONE = "–"


def utc(t_ns: int, *, date: bool = False) -> str:
    """Give an instant [ns UTC] as HH:MM:SS, with the date before it where asked for."""
    when = datetime.datetime.fromtimestamp(t_ns // NS_PER_S, datetime.UTC)
    return when.strftime("%Y-%m-%d %H:%M:%S" if date else "%H:%M:%S")


def clock(texts: Texts, t_ns: int, *, date: bool = False) -> str:
    """Give an instant [ns UTC] as HH:MM:SS of the yard's clock, with the date before it where asked for."""
    return _there(texts, t_ns).strftime("%Y-%m-%d %H:%M:%S" if date else "%H:%M:%S")


def zone_name(texts: Texts, t_ns: int) -> str:
    """Name the zone of the yard's clock at an instant [ns UTC] by its offset: UTC+8."""
    offset = _there(texts, t_ns).utcoffset() or datetime.timedelta()
    minutes = round(offset.total_seconds() / 60)
    hours, rest = divmod(abs(minutes), 60)
    sign = typeset("-") if minutes < 0 else "+"
    return f"UTC{sign}{hours}{f':{rest:02d}' if rest else ''}" if minutes else "UTC"


def in_utc(t_ns: int) -> str:
    """Give an instant [ns UTC] as it is told beside the yard's clock: with its date, in UTC."""
    return f"{utc(t_ns, date=True)} UTC"


def _there(texts: Texts, t_ns: int) -> datetime.datetime:
    return datetime.datetime.fromtimestamp(t_ns // NS_PER_S, datetime.UTC).astimezone(texts.zone)


def span(seconds: float, texts: Texts | None = None) -> str:
    """Give a length of time: 0.4 s, 12 s, 3 min 20 s, 5 h 07 min, 2 d 4 h; in English without ``texts``."""
    if not math.isfinite(seconds):
        return NONE
    whole, sign = round(abs(seconds)), typeset("-") if seconds < 0 else ""
    form, values = mark("{s:.1f} s"), {"s": abs(seconds)}
    if abs(seconds) >= 10:
        form, values = _whole_span(whole)
    sign = "" if form == "{s:.1f} s" and f"{abs(seconds):.1f}" == "0.0" else sign
    return sign + (form.format(**values) if texts is None else texts.tr(form, **values))


def _whole_span(whole: int) -> tuple[str, dict[str, float]]:
    """Give a length of 10 s or more as a text and what it is filled with."""
    minutes, hours, days = whole // 60, whole // 3600, whole // 86_400
    if whole < 60:
        return mark("{s} s"), {"s": whole}
    if whole < 3600:
        return mark("{min} min {s:02d} s"), {"min": minutes, "s": whole % 60}
    if whole < 86_400:
        return mark("{h} h {min:02d} min"), {"h": hours, "min": minutes % 60}
    return mark("{d:d} d {h:d} h"), {"d": days, "h": hours % 24}


def number(value: float, digits: int = 0, unit: str = "") -> str:
    """Give a number with its unit, a thin space a thousand; a dash where it is not known."""
    if not math.isfinite(value):
        return NONE
    text = typeset(f"{round(value, digits) + 0.0:,.{digits}f}".replace(",", "\u202f"))
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
    """Give a table of HTML with a head, the first column left, the others right; escaped here.

    A text of the first column is never wrapped; a line feed in it begins a new line.
    """

    def cell(index: int, word: str, style: str, tag: str) -> str:
        side, wrap = ("right", "") if index else ("left", "white-space:nowrap; ")
        words = html.escape(word).replace("\n", "<br>")
        return f'<{tag} align="{side}" style="{wrap}{style}">{words}</{tag}>'

    def cells(words: Sequence[str], style: str, tag: str) -> str:
        return "".join(cell(index, word, style, tag) for index, word in enumerate(words))

    head_style = f"color:{muted}; font-weight:normal; padding:2px 8px 3px 0; border-bottom:1px solid {line}"
    body = "".join(f"<tr>{cells(row, 'padding:2px 8px 2px 0', 'td')}</tr>" for row in rows)
    return f'<table cellspacing="0" width="98%"><tr>{cells(heads, head_style, "th")}</tr>{body}</table>'


def heading(text: str) -> str:
    """Give a small heading of HTML, escaped here."""
    return f'<p style="font-weight:600; margin:10px 0 3px 0">{html.escape(text)}</p>'


def yes_no(texts: Texts, value: bool) -> str:
    """Give yes or no in the language chosen."""
    return texts.tr("yes") if value else texts.tr("no")
