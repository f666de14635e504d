"""The state of the twin: immutable tables, made by the engine alone."""

from dataclasses import dataclass, field
from typing import Any

from numpy.typing import NDArray

from twin.decisions import Verdict
from twin.fleet.readings import Locks, no_locks
from twin.fleet.reception import Reception
from twin.fleet.table import Fleet, Tracks
from twin.flooding import Flooding
from twin.inputs import CraneReadings, Event
from twin.safety.encounters import Encounters, no_encounters
from twin.safety.levels import Limit
from twin.safety.log import AlarmLog, no_log
from twin.safety.near_misses import NearMisses, no_near_misses
from twin.safety.table import Alarms, Conflicts, Pending, none_pending
from twin.safety.watching import Lookout
from twin.stacking.suggestion import Outcome, Suggestion, WorkOrder
from twin.stock.reefers import Reefers, no_reefers
from twin.stock.rules import NEUTRAL, Conditions
from twin.stock.table import Stock
from twin.stock.violations import Violations, no_violations
from twin.tables import Ints, Table
from twin.waiting import Waiting
from twin.yard.model import Yard
from twin.yard.slots import Slots


@dataclass(frozen=True, slots=True)
class Weather:
    """The last wind reading, the worst of late, and the forecast; ``t_ns`` is 0 before the first reading.

    Attributes
    ----------
    peak_mps, peak_ns : float, int
        The highest gust that still counts [m/s], and when it was read.
    forecast_mps, forecast_until_ns : float, int
        The gust that a person entered as forecast, and until when it holds.
    mast : str
        Whose reading it is: of several masts that of the one where it blows hardest.
    """

    t_ns: int = 0
    speed_mps: float = 0.0
    gust_mps: float = 0.0
    from_deg: float | None = None
    peak_mps: float = 0.0
    peak_ns: int = 0
    forecast_mps: float = 0.0
    forecast_until_ns: int = 0
    mast: str = ""


@dataclass(frozen=True, slots=True)
class PickUp:
    """A truck announced for a box in the yard."""

    number: str
    arrives_ns: int


@dataclass(frozen=True, slots=True)
class Arrival:
    """A box that has passed the gate inwards and has no slot yet."""

    number: str
    truck: str
    since_ns: int


@dataclass(frozen=True, slots=True)
class Whereabouts:
    """Where the list has a box.

    Attributes
    ----------
    number : str
    place : str
        The name of its ``Place``; empty where no list knows it.
    slot : str
        Where it is stacked, in the usual notation; else empty.
    carrier : int
        Fleet row where it is carried, else -1.
    held : str
        "load" or "cargo" where a machine is believed to hold it, which is the carrier then; else empty.
    """

    number: str
    place: str
    slot: str = ""
    carrier: int = -1
    held: str = ""


@dataclass(frozen=True, slots=True)
class Settlement:
    """How a discrepancy was settled.

    Attributes
    ----------
    t_ns, actor, how, place : int, str, str, str
        When, by whom, whose word counted, where the box is since and what was taken for granted of it.
    before, after : tuple of Whereabouts
        Where its boxes were before and are since; None where no person settled it.
    """

    t_ns: int
    actor: str
    how: str
    place: str
    before: tuple[Whereabouts, ...] | None = None
    after: tuple[Whereabouts, ...] | None = None


@dataclass(frozen=True, slots=True)
class Discrepancy:
    """An impossible or doubtful stock event, for a person to settle: nothing is silently corrected.

    Attributes
    ----------
    t_ns, device, what : int, str, str
        When it happened, who told, and what, in words.
    id : int
        Counts from 1.
    box, other : str
        The box in question, and the one that it may have been taken for; empty where there is none.
    expected, found : str
        Where the list has it and where the sensors do: slots in their usual notation, else words.
    settled : Settlement or None
        None as long as it is open.
    """

    t_ns: int
    device: str
    what: str
    id: int = 0
    box: str = ""
    other: str = ""
    expected: str = ""
    found: str = ""
    settled: Settlement | None = None


@dataclass(frozen=True, slots=True)
class Reported:
    """The newest word of one thing: of which machine or box, what as its report names it, when, the value."""

    subject: str
    what: str
    t_ns: int
    value: float | bool | str


@dataclass(frozen=True, slots=True)
class Counts:
    """What has happened since the start of the session."""

    ticks: int = 0
    lines: int = 0
    fixes: int = 0
    readings: int = 0
    moves: int = 0
    lifted: int = 0
    boxes_in: int = 0
    boxes_out: int = 0
    alarms: int = 0
    rejects: tuple[tuple[str, int], ...] = ()


@dataclass(frozen=True, eq=False)
class Said(Table):
    """What was told of boxes in half a second, and what was believed at its start: see ``twin.retelling``.

    Attributes
    ----------
    t_ns : int
        The tick at which it begins.
    before_ns, newest_ns : int
        When the newest event or turn of twistlocks told before it was measured, and the newest with its own.
    poses, held : tuple of (n,) arrays
        The columns ``retelling.POSES`` and ``retelling.HELD`` of the tracks, the latter before the words.
    stock, weather, pick_ups, arrivals, orders, discrepancies
        As they were before the words.
    row : (k,) int32
        Fleet row of each reading.
    readings : CraneReadings
        (k,)
    turns : Locks
        Of the twistlocks, as they acted.
    events : tuple of Event
    added : tuple of (str, int)
        What the words added to the counts.
    """

    t_ns: int
    before_ns: int
    newest_ns: int
    poses: tuple[NDArray[Any], ...]
    held: tuple[NDArray[Any], ...]
    stock: Stock
    weather: Weather
    pick_ups: tuple[PickUp, ...]
    arrivals: tuple[Arrival, ...]
    orders: tuple[WorkOrder, ...]
    discrepancies: tuple[Discrepancy, ...]
    row: Ints
    readings: CraneReadings
    turns: Locks = field(default_factory=no_locks)
    events: tuple[Event, ...] = ()
    added: tuple[tuple[str, int], ...] = ()


@dataclass(frozen=True, eq=False)
class State(Table):
    """All that the twin believes at one tick.

    A table nothing happened to is the same object as in the state before. ``lookout`` only makes the next
    tick quicker: it is not part of the record, and without it the next state is the same. ``clock_back`` is
    until when a clock that jumped back is told of, and how far it was [ns]; (0, 0) where there was none, and
    0 first while the yard's time runs so far ahead of the clock.
    ``said`` is what was told of boxes in the last seconds, so that what comes late can be told in its place;
    ``waiting`` what machines said of late that were not announced yet. ``reported`` is what was last heard of
    machines' health and reefers' temperatures, in the order of their names; of that ``unfit`` names the
    machines that are not fit for work, and ``reefers`` has a row a reefer. ``closed`` names the blocks, zones
    and lanes that somebody closed. ``unrecorded`` tells that the journal of the run fails: the session says
    so in the inputs of a tick, so that a replay says it too. ``flooding`` is in whose names many lines come.
    """

    t_ns: int
    tick: int
    epoch: int
    yard: Yard
    slots: Slots
    stock: Stock
    fleet: Fleet
    tracks: Tracks
    conflicts: Conflicts
    alarms: Alarms
    next_id: int
    suggestions: tuple[Suggestion, ...] = ()
    orders: tuple[WorkOrder, ...] = ()
    pick_ups: tuple[PickUp, ...] = ()
    arrivals: tuple[Arrival, ...] = ()
    discrepancies: tuple[Discrepancy, ...] = ()
    verdicts: tuple[Verdict, ...] = ()
    weather: Weather = Weather()
    counts: Counts = Counts()
    outcomes: tuple[Outcome, ...] = ()
    conditions: Conditions = NEUTRAL
    violations: Violations = field(default_factory=no_violations)
    encounters: Encounters = field(default_factory=no_encounters)
    near_misses: NearMisses = field(default_factory=no_near_misses)
    alarm_log: AlarmLog = field(default_factory=no_log)
    pending: Pending = field(default_factory=none_pending)
    limits: tuple[Limit, ...] = ()
    out_of_service: tuple[str, ...] = ()
    closed: tuple[str, ...] = ()
    clock_back: tuple[int, int] = (0, 0)
    reception: Reception = field(default_factory=Reception)
    said: tuple[Said, ...] = ()
    waiting: tuple[Waiting, ...] = ()
    reported: tuple[Reported, ...] = ()
    unfit: tuple[str, ...] = ()
    reefers: Reefers = field(default_factory=no_reefers)
    unrecorded: bool = False
    flooding: Flooding = field(default_factory=Flooding)
    lookout: Lookout = field(default=Lookout(), repr=False)
