"""Why a suggestion is what it is: what it saves, moves, every cost term, what else was weighed."""

import html
from collections.abc import Iterable

from twin.stacking.suggestion import Alternative, Move, Suggestion, SuggestionKind, SuggestionStatus, Term
from twin.yard.model import Yard
from ui.i18n import Texts
from ui.panels.formats import NONE, grid, heading, number, span
from ui.panels.saving import factor_lines, saving_html
from ui.theme import Palette

ALTERNATIVES_SHOWN, REFUSED_SHOWN = 6, 3


def total_of(terms: Iterable[Term]) -> float:
    """Give the weighed sum of cost terms [s of crane time]."""
    return sum(term.value * term.weight for term in terms)


def term_title(texts: Texts, term: str) -> str:
    """Give the title of a cost term in the language chosen."""
    return texts.tr(term.replace("_", " ").capitalize())


def reasons_html(suggestion: Suggestion, texts: Texts, colours: Palette, yard: Yard | None = None) -> str:
    """Give the reasons of a suggestion as HTML; every text in it is escaped.

    Parameters
    ----------
    yard : Yard, optional
        Tells which machines would work, and so where the energy factors come from.
    """
    tr = texts.tr
    parts = [f"<p style='font-weight:600; margin:2px 0'>{html.escape(_headline(suggestion, texts))}</p>"]
    if suggestion.status != SuggestionStatus.OFFERED and suggestion.closed_reason:
        parts.append(f"<p style='margin:2px 0'>{html.escape(tr(suggestion.closed_reason))}</p>")
    parts.append(_conflicts(suggestion, texts, colours))
    parts.append(saving_html(suggestion, texts, colours.muted))
    parts.append(_moves(suggestion, texts, colours))
    parts.append(heading(tr("What it costs")))
    heads = (tr("Term"), tr("Value"), tr("Factor"), tr("Cost (s)"))
    parts.append(grid(heads, _term_words(suggestion.terms, texts), colours.muted, colours.line))
    if suggestion.alternatives:
        parts.append(heading(tr("What else was weighed")))
        best = total_of(suggestion.terms)
        rows = [_other_words(a, best, texts) for a in _some_of_each(suggestion.alternatives)]
        parts.append(grid((tr("Slot"), tr("Cost (s)"), tr("Why not")), rows, colours.muted, colours.line))
    parts.append(_basis(suggestion, yard, texts, colours))
    return "".join(parts)


def _conflicts(suggestion: Suggestion, texts: Texts, colours: Palette) -> str:
    """Give what stands in its way, marked by a shape and a colour; nothing where nothing does."""
    sign = f'<span style="color:{colours.high}">◆</span>&nbsp;'
    return "".join(
        f'<p style="margin:2px 0">{sign}{html.escape(texts.tr(conflict))}</p>'
        for conflict in suggestion.conflicts
    )


def _moves(suggestion: Suggestion, texts: Texts, colours: Palette) -> str:
    """Give the moves in their order, each with how likely its box must be moved again."""
    tr = texts.tr
    again = {promise.number: promise.relocated for promise in suggestion.promises}
    heads: tuple[str, ...] = (tr("Box, from → to"),)
    rows: list[tuple[str, ...]] = []
    last = {move.number: index for index, move in enumerate(suggestion.moves)}
    for index, move in enumerate(suggestion.moves):
        words = _move_words(index + 1, move, texts)
        if again:
            told = move.number in again and last[move.number] == index
            words = (*words, f"{100 * again[move.number]:.0f} %" if told else "")
        rows.append(words)
    if again:
        heads = (*heads, tr("Again"))
    note = tr("Again: how likely the box must be moved once more before it leaves.") if again else ""
    after = f'<p style="color:{colours.muted}; margin:3px 0">{html.escape(note)}</p>' if note else ""
    shown = grid(heads, rows, colours.muted, colours.line)
    return heading(tr("Moves")) + shown + _bound(suggestion, texts, colours) + after


def _basis(suggestion: Suggestion, yard: Yard | None, texts: Texts, colours: Palette) -> str:
    """Give what it was worked out from, the factors of energy and carbon included."""
    tr = texts.tr
    lines = [tr(text) for text in suggestion.basis]
    lines += factor_lines(suggestion, yard, texts)
    lines.append(tr("Worked out from the yard at tick {tick}.", tick=suggestion.based_on_tick))
    if suggestion.crane_s is not None:
        lines.insert(0, tr("Crane time promised: {time}", time=span(suggestion.crane_s, texts)))
    words = "<br>".join(map(html.escape, lines))
    return heading(tr("What it was based on")) + f'<p style="color:{colours.muted}; margin:2px 0">{words}</p>'


def _some_of_each(alternatives: tuple[Alternative, ...]) -> tuple[Alternative, ...]:
    """Give the best of those that were weighed, then a few of those that were refused."""
    weighed = tuple(other for other in alternatives if not other.refused)
    refused = tuple(other for other in alternatives if other.refused)
    return weighed[:ALTERNATIVES_SHOWN] + refused[:REFUSED_SHOWN]


def _headline(suggestion: Suggestion, texts: Texts) -> str:
    if suggestion.kind is SuggestionKind.RELOCATE:
        return texts.tr("Free {box} before its truck comes", box=suggestion.subject)
    if suggestion.kind is SuggestionKind.HOUSEKEEPING:
        return texts.tr("Sort around {box} while work is slack", box=suggestion.subject)
    return texts.tr("Place arriving {box}", box=suggestion.subject)


def _move_words(index: int, move: Move, texts: Texts) -> tuple[str, ...]:
    """Give a move in two lines: beside one another, Chinese ones would be wider than the panel."""
    source = str(move.source) if move.source is not None else texts.tr("truck")
    return (f"{index}. {move.number} ({move.length_ft}′)\n{source} → {move.target}",)


def _term_words(terms: tuple[Term, ...], texts: Texts) -> list[tuple[str, str, str, str]]:
    rows = [
        (
            term_title(texts, term.name),
            f"{number(term.value, 0 if float(term.value).is_integer() else 2)} {texts.tr(term.unit)}",
            f"× {term.weight:g}",
            number(term.value * term.weight, 1),
        )
        for term in sorted(terms, key=lambda term: -term.value * term.weight)
    ]
    return [*rows, (texts.tr("Total"), "", "", number(total_of(terms), 1))]


def _other_words(other: Alternative, best: float, texts: Texts) -> tuple[str, str, str]:
    if other.refused:
        return (str(other.target), NONE, texts.tr(other.refused))
    more = other.total - best
    worst = max(other.terms, key=lambda term: term.value * term.weight, default=None)
    why = texts.tr("{more:+.1f} s", more=more)
    if worst is not None:
        why += f", {term_title(texts, worst.name).lower()}"
    return (str(other.target), number(other.total, 1), why)


def _bound(suggestion: Suggestion, texts: Texts, colours: Palette) -> str:
    if suggestion.kind is not SuggestionKind.RELOCATE:
        return ""
    count = len(suggestion.moves)
    if suggestion.proven:
        text = texts.tr("Moves: {count}, proven to be the fewest.", count=count)
    else:
        text = texts.tr(
            "Moves: {count}; no plan can do with under {bound}.", count=count, bound=suggestion.lower_bound
        )
    return f'<p style="color:{colours.muted}; margin:3px 0">{html.escape(text)}</p>'
