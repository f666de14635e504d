"""Why a suggestion is what it is: moves, every cost term, what else was weighed."""

import html
from collections.abc import Iterable

from twin.stacking.suggestion import Alternative, Move, Suggestion, SuggestionKind, SuggestionStatus, Term
from ui.i18n import Texts
from ui.panels.formats import NONE, grid, heading, number
from ui.theme import Palette

ALTERNATIVES_SHOWN, REFUSED_SHOWN = 6, 3


def total_of(terms: Iterable[Term]) -> float:
    """Give the weighed sum of cost terms [s of crane time]."""
    return sum(term.value * term.weight for term in terms)


def term_title(texts: Texts, term: str) -> str:
    """Give the title of a cost term in the language chosen."""
    return texts.tr(term.replace("_", " ").capitalize())


def reasons_html(suggestion: Suggestion, texts: Texts, colours: Palette) -> str:
    """Give the reasons of a suggestion as HTML; every text in it is escaped."""
    tr = texts.tr
    parts = [f"<p style='font-weight:600; margin:2px 0'>{html.escape(_headline(suggestion, texts))}</p>"]
    if suggestion.status != SuggestionStatus.OFFERED and suggestion.closed_reason:
        parts.append(f"<p style='margin:2px 0'>{html.escape(suggestion.closed_reason)}</p>")
    parts.append(heading(tr("Moves")))
    moves = [_move_words(index, move, texts) for index, move in enumerate(suggestion.moves, 1)]
    parts.append(grid((tr("Box"), tr("From"), tr("To")), moves, colours.muted, colours.line))
    parts.append(_bound(suggestion, texts, colours))
    parts.append(heading(tr("What it costs")))
    heads = (tr("Term"), tr("Value"), tr("Factor"), tr("Cost (s)"))
    parts.append(grid(heads, _term_words(suggestion.terms, texts), colours.muted, colours.line))
    if suggestion.alternatives:
        parts.append(heading(tr("What else was weighed")))
        best = total_of(suggestion.terms)
        rows = [_other_words(a, best, texts) for a in _some_of_each(suggestion.alternatives)]
        parts.append(grid((tr("Slot"), tr("Cost (s)"), tr("Why not")), rows, colours.muted, colours.line))
    seen = tr("Worked out from the yard at tick {tick}.", tick=suggestion.based_on_tick)
    parts.append(f'<p style="color:{colours.muted}">{html.escape(seen)}</p>')
    return "".join(parts)


def _some_of_each(alternatives: tuple[Alternative, ...]) -> tuple[Alternative, ...]:
    """Give the best of those that were weighed, then a few of those that were refused."""
    weighed = tuple(other for other in alternatives if not other.refused)
    refused = tuple(other for other in alternatives if other.refused)
    return weighed[:ALTERNATIVES_SHOWN] + refused[:REFUSED_SHOWN]


def _headline(suggestion: Suggestion, texts: Texts) -> str:
    if suggestion.kind is SuggestionKind.RELOCATE:
        return texts.tr("Free {box} before its truck comes", box=suggestion.subject)
    return texts.tr("Place arriving {box}", box=suggestion.subject)


def _move_words(index: int, move: Move, texts: Texts) -> tuple[str, str, str]:
    source = str(move.source) if move.source is not None else texts.tr("truck")
    return (f"{index}. {move.number} ({move.length_ft}′)", source, str(move.target))


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
