"""What a viewer may see at one tick."""

from dataclasses import dataclass
from enum import StrEnum

from twin.state import State


class Mode(StrEnum):
    """Which time a viewer looks at."""

    LIVE = "live"
    SIMULATION = "simulation"
    REPLAY = "replay"
    RECORDED = "recorded"  # a log of real receivers, played from a file


@dataclass(frozen=True, slots=True)
class SourceHealth:
    """How a source is doing: ``age_s`` since its last bytes, infinite before the first."""

    name: str
    connected: bool
    age_s: float
    lines_per_s: float
    rejects: int
    detail: str = ""


@dataclass(frozen=True, slots=True)
class JournalHealth:
    """Whether what happens is being recorded; ``problem`` is empty while it is."""

    path: str
    rows: int
    problem: str = ""


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
