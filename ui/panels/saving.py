"""What a suggestion saves, in words: net of its own moves, with how sure that is."""

import html
from collections.abc import Iterable

from twin.stacking.energy import DRIVES
from twin.stacking.suggestion import Saving, Suggestion, SuggestionKind, SuggestionStatus, tells_nothing
from twin.yard.model import Yard
from ui.i18n import Texts, mark
from ui.panels.formats import number

FACTORS = mark("CO₂: IPCC 2006 for diesel, the Chinese grid's average of 2022 for electric drives.")
"""Where the carbon factors of ``twin.stacking.energy`` come from, in short."""


def ranked(suggestions: Iterable[Suggestion]) -> list[Suggestion]:
    """Give the open suggestions, most useful first: expected crane minutes saved, then as they came.

    One that does not tell what it saves comes after those that do.
    """
    still = [s for s in suggestions if s.status == SuggestionStatus.OFFERED]
    return sorted(still, key=lambda s: -expected_minutes(s))


def expected_minutes(suggestion: Suggestion) -> float:
    """Give the crane minutes saved times the chance that it saves; minus infinity where not known."""
    if suggestion.saving is None:
        return float("-inf")
    sure = 1.0 if suggestion.confidence is None else suggestion.confidence
    return suggestion.saving.minutes * sure


def saving_cells(suggestion: Suggestion, texts: Texts) -> tuple[str, ...]:
    """Give what it saves at a glance: relocations, minutes, energy, carbon, how sure; () where not known.

    A dig-out that moves as the yard would itself saves only that it is done before the truck comes.
    """
    saving, tr = suggestion.saving, texts.tr
    if saving is None:
        return ()
    if _is_the_default(suggestion) and (spared := _spared_min(suggestion)):
        return (tr("spares its truck {minutes} min", minutes=spared),)
    if saves_nothing(suggestion):
        return (tr("no better than the yard's own choice"),)
    cells = (
        tr("{count} reloc.", count=number(saving.relocations, 1)),
        tr("{minutes} min", minutes=number(saving.minutes, 1)),
        f"{number(saving.kwh, 1)} kWh",
        f"{number(saving.co2e_kg, 1)} kg CO₂e",
    )
    return (*cells, sure_words(suggestion.confidence, texts))


def saves_nothing(suggestion: Suggestion) -> bool:
    """Tell whether no figure of a saving is above nil as it is written: nothing speaks for this choice."""
    return tells_nothing(suggestion) and not _spared_min(suggestion)


def sure_words(confidence: float | None, texts: Texts) -> str:
    """Give how sure it is that something is saved; empty where that is not known."""
    return "" if confidence is None else texts.tr("{chance} % sure", chance=f"{100 * confidence:.0f}")


def saving_html(suggestion: Suggestion, texts: Texts, muted: str) -> str:
    """Give what is saved in full: figures with units, how sure that is, and against what."""
    saving, tr = suggestion.saving, texts.tr
    if saving is None:
        return f'<p style="margin:2px 0; color:{muted}">{html.escape(tr("What it saves is not known."))}</p>'
    words = tr(
        "Saves {relocations} relocations, {minutes} crane minutes, {kwh} kWh, {carbon} kg CO₂e.",
        relocations=_with_sigma(saving), minutes=number(saving.minutes, 1),
        kwh=number(saving.kwh, 1), carbon=number(saving.co2e_kg, 1),
    )  # fmt: skip
    sure = suggestion.confidence
    if _is_the_default(suggestion):
        words = tr("The moves are those that the yard makes by default.")
    if saves_nothing(suggestion):
        words = tr("It saves nothing: nothing speaks for this choice over the yard's own.")
    elif sure is not None:
        words += " " + tr("It saves something with a chance of {chance} %.", chance=f"{100 * sure:.0f}")
    if spared := _spared_min(suggestion):
        words += " " + tr(
            "Done before its truck comes, they spare it {minutes} min of waiting.", minutes=spared
        )
    beside = tr("Against: {what}", what=tr(saving.against)) if saving.against else ""
    return (
        f'<p style="margin:2px 0">{html.escape(words)}</p>'
        f'<p style="margin:2px 0; color:{muted}">{html.escape(beside)}</p>'
    )


def _is_the_default(suggestion: Suggestion) -> bool:
    saving = suggestion.saving
    return (
        saving is not None and suggestion.confidence is None and saving.relocations == saving.minutes == 0.0
    )


def _spared_min(suggestion: Suggestion) -> str:
    """Give how long a truck would wait for the moves of a dig-out [min]; empty for what frees no box."""
    if suggestion.kind != SuggestionKind.RELOCATE or not suggestion.crane_s:
        return ""
    return number(suggestion.crane_s / 60.0, 1)


def factor_lines(suggestion: Suggestion, yard: Yard | None, texts: Texts) -> list[str]:
    """List where the factors of energy and carbon come from; nothing where no saving is told."""
    if suggestion.saving is None:
        return []
    drives = [texts.tr("Energy: {source}.", source=source) for source in _drives(suggestion, yard)]
    return [*drives, texts.tr(FACTORS)]


def _with_sigma(saving: Saving) -> str:
    text = number(saving.relocations, 2)
    return text if saving.sigma_relocations is None else f"{text} ± {number(saving.sigma_relocations, 2)}"


def _drives(suggestion: Suggestion, yard: Yard | None) -> list[str]:
    """Name the sources of the drives that would work, each once."""
    kinds = {} if yard is None else {block.name: block.kind for block in yard.blocks}
    served = (kinds.get(move.target.block) for move in suggestion.moves)
    return list(dict.fromkeys(DRIVES[kind].source for kind in served if kind is not None))
