"""Suggestions, the moves they ask for, and the work orders they become: values."""

from dataclasses import dataclass
from enum import IntEnum, StrEnum

from twin.yard.slots import SlotAddress


class SuggestionKind(StrEnum):
    """What a suggestion is for."""

    RELOCATE = "relocate"  # free a box before its truck comes
    ALLOCATE = "allocate"  # a slot for an arriving box


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
class Suggestion:
    """What a solver proposes; ``based_on_tick`` is the state that it saw."""

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
class Offer:
    """A solver's answer enters the twin."""

    suggestion: Suggestion
