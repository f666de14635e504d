"""The sources of a configuration file, opened and closed as the file is edited."""

from collections.abc import Callable, Iterator, Sequence
from dataclasses import replace
from pathlib import Path
from typing import overload

from sensors.clockfaults import Offsets
from sensors.errors import SourceError
from sensors.rules import RULES_SOURCE, write_rules
from sensors.sources.base import Retold, Source
from sensors.sources.config import Entry, Sources, rules_of
from sensors.sources.opening import holds_a_port, open_entry
from sensors.sources.reading import read_config
from sensors.sources.residuals import doubt_of
from twin.clock import NS_PER_S, Clock, SystemClock
from twin.inputs import RawChunk
from twin.snapshot import Link, SourceHealth

KEEPER = "#sources"
"""Name of what looks at the file, first among the sources: its health is the file's. None of them has it."""

LOOK_NS = NS_PER_S
"""How often the file is looked at."""


class HotSources(Sequence[Source]):
    """The sources that a file names, as a sequence that follows the file.

    Parameters
    ----------
    path : Path
    fence_deg : tuple of (float, float)
        Corners of the ground that positions must be on; empty: anywhere.
    clock : Clock
    offsets : Offsets
        Whose times are off, as a decoder keeps it (``Decoder.offsets``).
    read : callable
        Reads the file.

    Raises
    ------
    SourceError
        Where the file is wrong at the start. Later a wrong file changes nothing; the first source of
        the sequence says what is wrong with it.
    """

    def __init__(
        self,
        path: Path,
        *,
        fence_deg: tuple[tuple[float, float], ...] = (),
        clock: Clock | None = None,
        offsets: Offsets | None = None,
        read: Callable[[Path], Sources] = read_config,
    ) -> None:
        self._path, self._fence, self._clock, self._read = path, fence_deg, clock or SystemClock(), read
        self._offsets = offsets or Offsets()
        self._open: dict[str, tuple[Entry, Source]] = {}
        self._keeper = _Keeper(self)
        self.problem = self.doubt = ""
        self._mark = _mark(path)
        self._looked_ns = self._clock.now_ns()
        self._apply(read(path))

    def __len__(self) -> int:
        """Give the number of sources, the keeper of the file among them."""
        return len(self._open) + 1

    @overload
    def __getitem__(self, index: int) -> Source: ...
    @overload
    def __getitem__(self, index: slice) -> Sequence[Source]: ...
    def __getitem__(self, index: int | slice) -> Source | Sequence[Source]:
        """Give sources by their place."""
        return list(self)[index]

    def __iter__(self) -> Iterator[Source]:
        """Give the keeper of the file first: new rules must be known before what they are for."""
        return iter([self._keeper, *(source for _, source in self._open.values())])

    def look(self) -> None:
        """Take an edited file up; called by the keeper when it is polled."""
        now_ns = self._clock.now_ns()
        if abs(now_ns - self._looked_ns) < LOOK_NS:
            return
        self._looked_ns = now_ns
        mark = _mark(self._path)
        if mark == self._mark:
            return
        self._mark = mark
        try:
            self._apply(self._read(self._path))
            self.problem = ""
        except SourceError as error:
            self.problem = str(error)

    def _apply(self, config: Sources) -> None:
        """Close what is gone or changed, open what is new; a source that stayed the same goes on.

        What holds a port is opened last, once whoever held it is closed: it finds it free, and cannot fail.
        """
        stays = {entry.name for entry, _ in self._open.values() if entry in config.source}
        changed = [entry for entry in config.source if entry.name not in stays]
        opened = self._opened([entry for entry in changed if not holds_a_port(entry)])
        for name in self._open.keys() - stays:
            self._open.pop(name)[1].close()
        opened |= self._opened([entry for entry in changed if holds_a_port(entry)])
        both = self._open | opened
        self._open = {entry.name: both[entry.name] for entry in config.source}
        self._keeper.tell(write_rules(rules_of(config, self._fence)))
        self.doubt = doubt_of(config.calibration)

    def _opened(self, entries: Sequence[Entry]) -> dict[str, tuple[Entry, Source]]:
        """Open sources, all or none.

        Raises
        ------
        SourceError
            Where any cannot be.
        """
        out: dict[str, tuple[Entry, Source]] = {}
        problems: list[str] = []
        for entry in entries:
            try:
                source = open_entry(entry, self._path.parent, self._clock)
            except SourceError as error:
                problems.append(str(error))
            else:
                recorded = entry.address.startswith("file:")
                out[entry.name] = (entry, source if recorded else Retold(source, self._with_offsets))
        if problems:
            for _, source in out.values():
                source.close()
            raise SourceError("\n".join(problems))
        return out

    def _with_offsets(self, told: SourceHealth) -> SourceHealth:
        """Give the health of a source with whose times are off."""
        parts = (told.detail, self._offsets.told(told.name))
        return replace(told, detail="; ".join(filter(None, parts)))

    def close(self) -> None:
        """Close all of them."""
        for _, source in self._open.values():
            source.close()


def _mark(path: Path) -> tuple[int, int]:
    """Give what tells an edited file from the one before."""
    try:
        found = path.stat()
    except OSError:
        return (0, 0)
    return (found.st_mtime_ns, found.st_size)


class _Keeper:
    """Looks at the file, and puts new rules into the stream."""

    def __init__(self, sources: HotSources) -> None:
        self.name = KEEPER
        self.finished = False
        self._sources = sources
        self._rules = b""

    def tell(self, rules: bytes) -> None:
        """Give these rules out at the next poll."""
        self._rules = rules

    def poll(self) -> tuple[RawChunk, ...]:
        """Look at the file; give new rules, if there are."""
        self._sources.look()
        rules, self._rules = self._rules, b""
        return (RawChunk(RULES_SOURCE, self._sources._clock.now_ns(), rules),) if rules else ()

    def health(self, now_ns: int) -> SourceHealth:
        """Tell whether the file is right, and its calibration good."""
        problem, doubt = self._sources.problem, self._sources.doubt
        link = Link.WRONG if problem else Link.DOUBTED if doubt else Link.READ
        told = "; ".join(filter(None, (problem, doubt)))
        return SourceHealth(self.name, not told, 0.0, 0.0, 0, told, link)

    def close(self) -> None:
        """Do nothing: the session closes each source itself."""
