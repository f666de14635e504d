"""Suggestions, the moves they ask for, and the work orders they become: values."""

from dataclasses import dataclass
from enum import IntEnum, StrEnum

from twin.yard.slots import SlotAddress


class SuggestionKind(StrEnum):
    """What a suggestion is for."""

    RELOCATE = "relocate"  # free a box before its truck comes
    ALLOCATE = "allocate"  # a slot for an arriving box
    HOUSEKEEPING = "housekeeping"  # sort a bay while work is slack


class SuggestionStatus(IntEnum):
    """Where a suggestion stands."""

    OFFERED = 0
    ACCEPTED = 1
    REFUSED = 2
    WITHDRAWN = 3  # the yard changed under it


@dataclass(frozen=True, slots=True)
class Term:
    """One named cost term: its value in its own unit, and what it weighs in the total."""

    name: str
    value: float
    unit: str
    weight: float


@dataclass(frozen=True, slots=True)
class Move:
    """One box from where it is to a slot. ``source`` is None where it comes on a truck."""

    number: str
    length_ft: int
    source: SlotAddress | None
    target: SlotAddress


@dataclass(frozen=True, slots=True)
class Alternative:
    """Another slot that was weighed: its total and terms, or why it was refused."""

    target: SlotAddress
    total: float
    terms: tuple[Term, ...] = ()
    refused: str = ""


@dataclass(frozen=True, slots=True)
class Saving:
    """What a suggestion saves against what would be done without it, net of its own moves.

    Attributes
    ----------
    relocations : float
        Expected relocations until the boxes concerned have left; below 0 where it costs some.
    minutes : float
        Crane minutes.
    kwh, co2e_kg : float
        Energy of that crane time and what its making emits (factors: ``twin.stacking.energy``).
    sigma_relocations : float
        One sigma of ``relocations``; None where it is not known.
    against : str
        What it is compared with, in words: the yard's default slot, digging out while the truck waits.
    """

    relocations: float
    minutes: float
    kwh: float
    co2e_kg: float
    sigma_relocations: float | None
    against: str


@dataclass(frozen=True, slots=True)
class Promise:
    """How likely a box that is moved must be moved again before it leaves, as the suggestion has it."""

    number: str
    relocated: float


@dataclass(frozen=True, slots=True)
class Suggestion:
    """What a solver proposes; ``based_on_tick`` is the state that it saw.

    ``basis`` and ``conflicts`` are short texts: what it was worked out from (the departures known, the
    trucks announced, the weights), and what was checked against safety and work in progress and found to
    stand in its way now. ``confidence`` is the chance, 0 to 1, that it saves something; None where not known.
    ``before`` is what was offered, where somebody changed it since.
    """

    id: int
    kind: SuggestionKind
    subject: str
    moves: tuple[Move, ...]
    terms: tuple[Term, ...]
    alternatives: tuple[Alternative, ...]
    based_on_tick: int
    status: SuggestionStatus = SuggestionStatus.OFFERED
    lower_bound: int = 0
    proven: bool = False
    closed_reason: str = ""
    saving: Saving | None = None
    confidence: float | None = None
    basis: tuple[str, ...] = ()
    conflicts: tuple[str, ...] = ()
    promises: tuple[Promise, ...] = ()
    crane_s: float | None = None
    modified: bool = False
    before: "Suggestion | None" = None


def saves_nothing(suggestion: Suggestion) -> bool:
    """Tell whether nothing speaks for a suggestion over what the yard would do itself.

    That is where no figure of its saving is above nil, or none as they are told, to one decimal, and it is
    not likely to save anything. A dig-out spares its truck the wait whatever it saves.
    """
    saving = suggestion.saving
    if saving is None or suggestion.kind is SuggestionKind.RELOCATE:
        return False
    return max(_figures(saving)) <= 0.0 or tells_nothing(suggestion)


def tells_nothing(suggestion: Suggestion) -> bool:
    """Tell whether no figure of a saving is above nil as it is told, to one decimal, and none is likely."""
    saving, sure = suggestion.saving, suggestion.confidence
    if saving is None or sure is None or round(100 * sure) > 0:
        return False
    return all(round(value, 1) <= 0.0 for value in _figures(saving))


def _figures(saving: Saving) -> tuple[float, ...]:
    return saving.relocations, saving.minutes, saving.kwh, saving.co2e_kg


class OrderStatus(IntEnum):
    """Where a work order stands."""

    SENT = 0
    STARTED = 1
    DONE = 2
    FAILED = 3


@dataclass(frozen=True, slots=True)
class WorkOrder:
    """One move to be carried out, given to the work order sink."""

    id: int
    suggestion: int
    move: Move
    actor: str
    status: OrderStatus = OrderStatus.SENT
    reason: str = ""
    started_ns: int = 0
    done_ns: int = 0


@dataclass(frozen=True, slots=True)
class Accept:
    """An operator takes a suggestion."""

    suggestion: int
    actor: str
    role: str


@dataclass(frozen=True, slots=True)
class Refuse:
    """An operator refuses a suggestion, with a reason."""

    suggestion: int
    actor: str
    role: str
    reason: str


@dataclass(frozen=True, slots=True)
class Modify:
    """An operator puts one move of a suggestion on another slot; the rest stays as it is.

    ``terms`` are the costs of the new slot as the operator was shown them; empty where none were.
    """

    suggestion: int
    move: int
    target: SlotAddress
    actor: str
    role: str
    terms: tuple[Term, ...] = ()


@dataclass(frozen=True, slots=True)
class Offer:
    """A solver's answer enters the twin."""

    suggestion: Suggestion


@dataclass(frozen=True, slots=True)
class Outcome:
    """What became of an accepted suggestion, beside what it promised.

    Attributes
    ----------
    suggestion, kind, subject : int, SuggestionKind, str
    number : str
        The box that was moved; one row a box.
    promised, happened : float
        How likely it was to be moved again before it left, and whether it was: 0 or 1, None as long as
        it stands where it was put.
    promised_s, took_s : float
        Crane time of the whole suggestion [s]: as promised, and as its work orders took, None while
        they are under way.
    target : SlotAddress
        Where the suggestion puts it in the end.
    placed : bool
        It has come to stand there.
    """

    suggestion: int
    kind: SuggestionKind
    subject: str
    number: str
    promised: float
    target: SlotAddress
    happened: float | None = None
    promised_s: float | None = None
    took_s: float | None = None
    placed: bool = False
