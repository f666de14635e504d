"""What alarm rules look at, what they find, and what a rule is made of."""

from collections.abc import Callable
from dataclasses import dataclass, field
from enum import Enum
from math import inf
from typing import Any, TypeVar

import numpy as np
from numpy.typing import NDArray

from twin.fleet.table import Fleet, Tracks
from twin.flooding import Flooding
from twin.safety.encounters import Encounters
from twin.safety.levels import ALWAYS, Levels, Limit
from twin.safety.table import Priority
from twin.stock.reefers import Reefers, no_reefers
from twin.stock.table import Stock
from twin.tables import Flags, Floats, Ints, Longs, Table
from twin.yard.model import Yard
from twin.yard.slots import Slots

Answer = TypeVar("Answer")
NEVER_S = (inf, inf)


@dataclass(frozen=True, slots=True)
class Drives:
    """Where trolleys and hoists were by the last words of them at an earlier tick, one row a machine.

    Attributes
    ----------
    trolley_m, hoist_m : (n,) float
        As in :class:`twin.fleet.table.Tracks`; n is the machines of then, the first of today's.
    told_ns : (n,) int64
        When these words were measured [ns UTC].
    """

    trolley_m: Floats
    hoist_m: Floats
    told_ns: Longs


@dataclass(frozen=True, slots=True)
class Scene:
    """What rules look at.

    ``weather`` is the last wind and gust [m/s]; ``doubtful`` are fleet rows of stock events that cannot be,
    ``out_of_service`` those of machines in maintenance, ``unwell`` those of machines that call themselves
    unfit for work, -1 one that is not known; ``reefers`` is what reefers last said of themselves; ``faults``
    are ``safety.faults.Fault`` bits of each machine; ``limits`` are thresholds that people set;
    ``clock_back_s`` is how far the clock jumped back of late [s], 0 where it did not; ``closed`` names the
    blocks, zones and lanes that somebody closed; ``drives_before`` is where trolleys and hoists were in the
    last seconds, oldest first; ``unrecorded`` tells that the journal of the run fails; ``flooding`` in whose
    names many lines come.
    """

    t_ns: int
    fleet: Fleet
    tracks: Tracks
    encounters: Encounters
    yard: Yard
    slots: Slots
    stock: Stock
    weather: tuple[float, float]
    doubtful: Ints
    out_of_service: Ints
    faults: Ints
    limits: tuple[Limit, ...] = ()
    clock_back_s: float = 0.0
    unwell: Ints = field(default_factory=lambda: np.empty(0, np.int32))
    reefers: Reefers = field(default_factory=no_reefers)
    closed: tuple[str, ...] = ()
    drives_before: tuple[Drives, ...] = ()
    unrecorded: bool = False
    flooding: Flooding = field(default_factory=Flooding)
    _answers: dict[Any, Any] = field(default_factory=dict, init=False, repr=False, compare=False)

    def once(self, ask: "Callable[[Scene], Answer]") -> Answer:
        """Give what a function says of this scene; it is asked once, however many rules want to know."""
        if ask not in self._answers:
            self._answers[ask] = ask(self)
        answer: Answer = self._answers[ask]
        return answer


@dataclass(frozen=True, eq=False)
class Found(Table):
    """Findings of one rule, one row each.

    Attributes
    ----------
    mover, other, ground : (n,) int32
        Fleet rows and the ground slot; -1 none.
    box : (n,) int32
        Row of the stock where it is about a box and no machine; -1 else.
    source : (n,) int32
        Place in ``Flooding.sources`` where it is about a source alone; -1 else. May be left out.
    x_m, y_m : (n,) float
        Where (NaN nowhere).
    value, measure : (n,) float
        What the rule's sentence tells, and what is held against its levels.
    raises : (n,) bool
        False where it keeps an alarm standing but raises none.
    """

    mover: Ints
    other: Ints
    ground: Ints
    box: Ints
    x_m: Floats
    y_m: Floats
    value: Floats
    measure: Floats
    raises: Flags
    source: Ints = field(default_factory=lambda: np.empty(0, np.int32))

    def __post_init__(self) -> None:
        """Take findings of which no source is told as of none."""
        if len(self.source) != len(self.mover):
            object.__setattr__(self, "source", np.full(len(self.mover), -1, np.int32))
        super().__post_init__()

    def __len__(self) -> int:
        """Give the number of findings."""
        return len(self.mover)

    def take(self, rows: NDArray[np.integer]) -> "Found":
        """Give the named rows."""
        return Found(**{name: getattr(self, name)[rows] for name in self.__dataclass_fields__})


class Topic(Enum):
    """What the alarms of a rule are about: those of one topic may have one cause all over the yard."""

    CONTACT = "contact"
    PLACE = "place"
    TRAFFIC = "traffic"
    POSITION = "position"
    WIND = "wind"
    STOCK = "stock"
    MACHINE = "machine"
    REEFER = "reefer"
    RECORD = "record"
    FLOOD = "flood"


@dataclass(frozen=True, slots=True)
class Rule:
    """An alarm rule as a row of data.

    Attributes
    ----------
    priority : Priority
        From the level slow-down on; a mere warning of a critical rule is high.
    topic : Topic
    find : callable
        Of a scene; gives what the rule finds.
    says : str
        An English sentence with the fields ``mover``, ``other``, ``box``, ``source`` and ``value``; the
        key of its translations.
    cause, consequence, action : str
        What usually lies behind it, what follows if nobody acts, what to do.
    respond_s : float
        How long there is for it [s].
    levels : Levels
    on_delay_s, off_delay_s : float
        How long it must be found before it is raised, and be gone before it has returned to normal [s].
    over_gaps : bool
        A while in which it is not found takes as much from what it has been found for, and no more: what is
        found most of the time is raised at last.
    graver_after_s : (float, float)
        How long after it was raised it asks to slow down and to stop whatever its measure is [s].
    says_now : str
        The sentence where the time that it tells is over; empty where it tells none, or never that.
    worse : int
        Which way what it tells gets worse while it stands: 1 up, -1 down; 0 where it is told as it came.
    """

    priority: Priority
    topic: Topic
    find: Callable[[Scene], Found]
    says: str
    cause: str
    consequence: str
    action: str
    respond_s: float
    levels: Levels = field(default=ALWAYS)
    on_delay_s: float = field(default=0.0)
    off_delay_s: float = field(default=5.0)
    over_gaps: bool = field(default=False)
    graver_after_s: tuple[float, float] = field(default=NEVER_S)
    says_now: str = field(default="")
    worse: int = field(default=0)


def about_machines(scene: Scene, rows: Any, value: Any, raises: Any, measure: Any = None) -> Found:
    """Give findings about single machines, where they are; ``measure`` is the value where not given."""
    rows = np.asarray(rows, np.int32)
    if not len(rows):
        return nothing()
    nobody = np.full(len(rows), -1, np.int32)
    value = np.broadcast_to(np.asarray(value, np.float64), rows.shape).copy()
    measure = value if measure is None else np.broadcast_to(np.asarray(measure, np.float64), rows.shape)
    return Found(
        rows, nobody, nobody, nobody, scene.tracks.x_m[rows], scene.tracks.y_m[rows], value,
        np.array(measure), np.broadcast_to(np.asarray(raises, np.bool_), rows.shape).copy(),
    )  # fmt: skip


def about_boxes(scene: Scene, rows: Any, value: Floats, measure: Floats, raises: Flags) -> Found:
    """Give findings about single boxes that stand in stacks, where they stand."""
    rows = np.asarray(rows, np.int32)
    nobody, ground = np.full(len(rows), -1, np.int32), scene.stock.ground[rows]
    x_m, y_m = scene.slots.centre_yard_m[ground].T
    return Found(nobody, nobody, ground, rows, x_m.copy(), y_m.copy(), value, measure, raises)


def about_sources(places: Any, value: Floats, raises: Flags) -> Found:
    """Give findings about single sources, by their places in ``Flooding.sources``."""
    nobody, nowhere = np.full(len(value), -1, np.int32), np.full(len(value), np.nan)
    source = np.asarray(places, np.int32)
    return Found(nobody, nobody, nobody, nobody, nowhere, nowhere, value, value, raises, source)


def about_the_yard(value: float, raises: bool) -> Found:
    """Give one finding about the yard as a whole."""
    nobody, nowhere, one = np.array([-1], np.int32), np.array([np.nan]), np.array([value])
    return Found(nobody, nobody, nobody, nobody, nowhere, nowhere, one, one, np.array([raises]))


def nothing() -> Found:
    """Give no finding: always the same table, for most rules find nothing at most ticks."""
    return _NOTHING


_I, _F = np.empty(0, np.int32), np.empty(0)
_NOTHING = Found(_I, _I, _I, _I, _F, _F, _F, _F, np.empty(0, np.bool_))
