"""What a viewer may see at one tick."""

from dataclasses import dataclass
from enum import StrEnum

from twin.journal.errors import Trouble
from twin.state import State


class Mode(StrEnum):
    """Which time a viewer looks at."""

    LIVE = "live"
    SIMULATION = "simulation"
    REPLAY = "replay"
    RECORDED = "recorded"  # a log of real receivers, played from a file


class Link(StrEnum):
    """How bytes of a source come, or why none do; the value is what is shown."""

    CONNECTED = "connected"
    WAITING = "no bytes yet, connected"
    SILENT = "silent, connected"
    LISTENING = "listening, nobody has sent yet"
    JOINED = "no bytes yet, a device is connected"
    RECEIVING = "receiving"
    DESERTED = "listening, nobody sends now"
    LOST = "not connected"
    PLAYING = "playing"
    PLAYED = "played to its end"
    READ = "file is right"
    DOUBTED = "file is read, its calibration is off"
    WRONG = "file is wrong"


@dataclass(frozen=True, slots=True)
class SourceHealth:
    """How a source is doing.

    Attributes
    ----------
    name : str
    connected : bool
        Whether bytes come as expected.
    age_s : float
        Since its last bytes, infinite before the first.
    lines_per_s : float
    rejects : int
        How many lines were refused since the start.
    detail : str
        What else is worth telling, in parts with semicolons between.
    link : Link or None
        How its bytes come; None where no more is known than ``connected`` says.
    refused : tuple of (str, int)
        Reasons with how many lines were refused for each, the most frequent first.
    """

    name: str
    connected: bool
    age_s: float
    lines_per_s: float
    rejects: int
    detail: str = ""
    link: Link | None = None
    refused: tuple[tuple[str, int], ...] = ()


@dataclass(frozen=True, slots=True)
class Hole:
    """A stretch of time that a record cannot be computed over, for a tick of it is not in there.

    Attributes
    ----------
    from_ns, until_ns : int
        From the tick that is missing to the next keyframe [ns UTC]; the latter 0 where none follows.
    why : str
        Why it is missing; empty where the record does not tell.
    """

    from_ns: int
    until_ns: int
    why: str


@dataclass(frozen=True, slots=True)
class JournalHealth:
    """Whether what happens is being recorded, and whether what is replayed was.

    Attributes
    ----------
    path : str
    rows : int
    trouble : Trouble or None
        None while all is recorded.
    lost_ticks : int
        How many ticks are lost for good.
    hole : Hole or None
        Where the cursor of a replay stands, if in one.
    other_version : bool
        Whether what is replayed was recorded by another version, and is computed again by this one.
    """

    path: str
    rows: int
    trouble: Trouble | None = None
    lost_ticks: int = 0
    hole: Hole | None = None
    other_version: bool = False

    @property
    def good(self) -> bool:
        """Whether what is shown is recorded."""
        return self.trouble is None and self.hole is None


@dataclass(frozen=True, slots=True)
class Snapshot:
    """One tick as viewers see it; panels compare its tables with ``is`` to know what changed.

    ``epoch`` (of the state) rises on a seek, a load and a publication: viewers then drop stale marks.
    """

    state: State
    mode: Mode
    sources: tuple[SourceHealth, ...]
    journal: JournalHealth | None
    tick_ms: float
    speed: float = 1.0
    playing: bool = True
    span_ns: tuple[int, int] = (0, 0)
