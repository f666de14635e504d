"""What people and solvers decide: inputs of the twin like any other, each with a name on it."""

from dataclasses import dataclass
from enum import StrEnum

from twin.stacking.suggestion import Accept, Modify, Offer, Refuse
from twin.yard.slots import SlotAddress


@dataclass(frozen=True, slots=True)
class Acknowledge:
    """An operator acknowledges alarms, by id."""

    alarms: tuple[int, ...]
    actor: str
    role: str


@dataclass(frozen=True, slots=True)
class PublishLayout:
    """A planner makes a layout the live one: the native layout document, as bytes."""

    layout: bytes
    actor: str
    role: str


class Remedy(StrEnum):
    """Whose word settles a discrepancy."""

    SENSORS = "sensors"
    LIST = "list"
    SLOT = "slot"


@dataclass(frozen=True, slots=True)
class Settle:
    """A controller settles a discrepancy: the sensors are right, the list is, or the box is elsewhere.

    ``target`` is the slot where ``how`` is SLOT; ``number`` names the box where the discrepancy does not, or
    read it wrong. ``type_code`` (ISO 6346) and ``gross_kg`` are of a box that was on no list; where they are
    not given, they are assumed.
    """

    discrepancy: int
    how: Remedy
    actor: str
    role: str
    target: SlotAddress | None = None
    number: str = ""
    type_code: str = ""
    gross_kg: float | None = None


@dataclass(frozen=True, slots=True)
class Reopen:
    """A controller takes back how a discrepancy was settled: it is open again, its box where it was."""

    discrepancy: int
    actor: str
    role: str


@dataclass(frozen=True, slots=True)
class ForecastWind:
    """A controller enters the highest gust of the forecast [m/s] and until when it holds [ns UTC]."""

    gust_mps: float
    until_ns: int
    actor: str
    role: str


@dataclass(frozen=True, slots=True)
class Shelve:
    """A controller puts alarms aside until an instant [ns UTC], with a reason; never critical ones.

    ``levels`` are those that the controller saw, one an alarm (``safety.table.Level``): one that is graver
    by the time the decision comes is not put aside.
    """

    alarms: tuple[int, ...]
    levels: tuple[int, ...]
    until_ns: int
    reason: str
    actor: str
    role: str


@dataclass(frozen=True, slots=True)
class Unshelve:
    """A controller takes shelved alarms back before their time."""

    alarms: tuple[int, ...]
    actor: str
    role: str


@dataclass(frozen=True, slots=True)
class SetLimit:
    """Someone sets the thresholds of a rule, where a zone (or block) and for a kind of machine; "" is any.

    The three are in the unit of the rule's own; all None takes back what was set.
    """

    rule: str
    zone: str
    kind: str
    warning: float | None
    slow_down: float | None
    stop: float | None
    actor: str
    role: str


@dataclass(frozen=True, slots=True)
class SetService:
    """Someone takes a machine out of service (maintenance), or puts it back."""

    machine: str
    in_service: bool
    actor: str
    role: str


@dataclass(frozen=True, slots=True)
class SetClosed:
    """Someone closes a block, a zone or a lane to vehicles and people, or opens it again, by its name."""

    area: str
    closed: bool
    actor: str
    role: str


Decision = (
    Accept
    | Refuse
    | Modify
    | Offer
    | Acknowledge
    | PublishLayout
    | ForecastWind
    | Settle
    | Reopen
    | Shelve
    | Unshelve
    | SetLimit
    | SetService
    | SetClosed
)


@dataclass(frozen=True, slots=True)
class Verdict:
    """How the engine answered a decision: taken or not, and why not."""

    decision: Decision
    taken: bool
    reason: str = ""
