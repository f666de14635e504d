"""What speaks against a slot that the controller points at, in a few lines and in full."""

import html

from twin.stacking.allocation import BAY_FULL, Against
from twin.stacking.suggestion import Term
from ui.i18n import Texts
from ui.judging import Judgement
from ui.panels.formats import NONE, grid, heading, number
from ui.panels.reasons import term_title
from ui.theme import Palette


def cost_line(weighed: Against, texts: Texts) -> str:
    """Give a slot's cost and rank beside the best one's, in a line."""
    if weighed.rank == 1:
        return texts.tr("The best slot by cost.")
    more = number(weighed.behind, 1)
    if not weighed.rank:
        return texts.tr("{more} s more than the best.", more=more)
    return texts.tr("{more} s more than the best; rank {rank}.", more=more, rank=weighed.rank)


def note_lines(found: Judgement, best: tuple[Term, ...], texts: Texts) -> tuple[str, ...]:
    """Give what is said of a slot beside the pointer: where, every reason against it, else what it costs.

    Parameters
    ----------
    best : tuple of Term
        Those of the slot that is suggested: what is dearest beside them is named.
    """
    tr, weighed = texts.tr, found.weighed
    if found.refused or weighed is None:
        return (str(found.target), *map(texts.reason, found.refused))
    lines = [str(found.target), cost_line(weighed, texts)]
    there = {term.name: _cost(term) for term in best}
    more = {term.name: _cost(term) - there.get(term.name, 0.0) for term in weighed.terms}
    worst = max(more, key=lambda name: more[name], default="")
    if worst and more[worst] > 0.05 and weighed.rank != 1:
        lines.append(
            tr("Mostly: {term}, {cost} s", term=term_title(texts, worst), cost=number(more[worst], 1))
        )
    if weighed.full:
        lines.append(tr(BAY_FULL))
    return tuple(lines)


def against_html(found: Judgement, best: tuple[Term, ...], texts: Texts, colours: Palette) -> str:
    """Give what speaks against a slot in full: reasons, and every term beside the suggested slot's.

    Parameters
    ----------
    best : tuple of Term
        Those of the slot that is suggested.
    """
    tr, weighed = texts.tr, found.weighed
    parts = [heading(tr("You point at {slot}", slot=found.target))]
    sign = f'<span style="color:{colours.high}">◆</span>&nbsp;'
    reasons = found.refused or ((BAY_FULL,) if weighed is not None and weighed.full else ())
    parts += [f'<p style="margin:2px 0">{sign}{html.escape(texts.reason(reason))}</p>' for reason in reasons]
    if weighed is None:
        return "".join(parts)
    parts.append(f'<p style="margin:2px 0">{html.escape(cost_line(weighed, texts))}</p>')
    there = {term.name: _cost(term) for term in best}
    rows = [
        (term_title(texts, term.name), _s(_cost(term)), _s(there[term.name]) if term.name in there else NONE)
        for term in sorted(weighed.terms, key=lambda term: there.get(term.name, 0.0) - _cost(term))
        if _cost(term) or there.get(term.name, 0.0)
    ]
    rows.append((tr("Total"), _s(sum(map(_cost, weighed.terms))), _s(sum(there.values()))))
    heads = (tr("Cost (s)"), tr("here"), tr("suggested"))
    parts.append(grid(heads, rows, colours.muted, colours.line))
    return "".join(parts) + f'<hr style="color:{colours.line}">'


def _cost(term: Term) -> float:
    return term.value * term.weight


def _s(value: float) -> str:
    return number(value, 1)
