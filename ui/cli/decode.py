"""``yard-twin decode``: what a recorded log says, a line a fix, and how much of it was refused and why."""

import argparse
import contextlib
import re
import sys
from collections import Counter
from collections.abc import Callable, Generator, Iterator
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING, Any, BinaryIO

from ui.findings import iso
from ui.plurals import some

if TYPE_CHECKING:
    from sensors.decoder import Decoder
    from twin.inputs import Batch
    from ui.cli.refusals import Refusals

SUMMARY = "read logs of receivers: a line a fix, then counts by sentence and by reason for refusing"

STDIN = "-"
NOTHING_READ, CANCELLED = 1, 130
BLOCK_BYTES = 1 << 18
GRACE_NS, HALF_DAY_NS = 60 * 1_000_000_000, 43_200 * 1_000_000_000
_DATED = re.compile(rb"\$(?:[A-Z]{2}RMC,(\d{6})[^,\n]*,A,(?:[^,\n]*,){6}(\d{6}),|KSXT,(\d{14}))")
_HEAD = (
    f"{'time':24} {'latitude':>14} {'longitude':>15} {'h m':>9} fix sat {'hdop':>5} {'course':>6} {'m/s':>7}"
)


def add_arguments(command: argparse.ArgumentParser) -> None:
    """Add the arguments of this command."""
    command.add_argument(
        "files", nargs="+", metavar="FILE", help="a log of any size; - reads what is piped in"
    )
    command.add_argument("--json", action="store_true", help="one JSON object a line, counts last")
    command.add_argument(
        "--grid", type=int, default=0, metavar="EPSG",
        help="add east and north in a Gauss-Kruger zone, as 4550; positions are taken as CGCS2000",
    )  # fmt: skip
    command.add_argument("--date", metavar="DAY", help="day of sentences without one, as 2026-11-24")


def run(options: argparse.Namespace) -> int:
    """Read the files; give 0, 1 where nothing in one of them could be read, 130 where that was interrupted.

    Raises
    ------
    TwinError
        Where a file cannot be read, or the day or the grid is none.
    """
    from sensors.telemetry import encode_json
    from ui.cli.loading import loaded, look_at

    look_at([Path(name) for name in options.files if name != STDIN])
    log = Log(options.date, options.grid)
    for name in options.files:
        with _opened(name):
            pass  # so that nothing is printed where one of them cannot be read
    show = (lambda row: encode_json(row).decode()) if options.json else _text
    loaded(_warm, "what reads sentences")
    if not options.json:
        sys.stdout.write(_HEAD + (f"  {'east m':>11} {'north m':>12}" if options.grid else "") + "\n")
    whole = _written(log, options.files, show)
    if log.outside:
        sys.stderr.write(f"yard-twin: {log.outside}\n")
    counts = log.counts() | ({} if whole else {"interrupted": True})
    sys.stdout.write((encode_json(counts).decode() if options.json else _table(counts)) + "\n")
    return (NOTHING_READ if log.unread else 0) if whole else CANCELLED


def _written(log: "Log", files: list[str], show: Callable[[dict[str, Any]], str]) -> bool:
    """Write the fixes of files; give False where that was interrupted."""
    from ui.cli.loading import say

    try:
        for name in files:
            with contextlib.closing(log.fixes(name)) as fixes:
                sys.stdout.writelines(show(row) + "\n" for row in fixes)
    except KeyboardInterrupt:
        say("interrupted: the counts are of what was read by then")
        return False
    return True


def _warm() -> None:
    from sensors.decoder import warm

    warm()


class Log:
    """Reads logs a block at a time, and counts what is in them.

    Parameters
    ----------
    date : str or None
        Day of sentences that have none, ISO 8601; None: the last that is not after the file was written.
    grid : int
        EPSG code of the zone in which fixes are given too; 0: none.

    Attributes
    ----------
    unread : int
        How many of the files had no sentence or message that could be read.

    Raises
    ------
    UsageError
        Where the day is none.
    YardError
        Where the grid is none.
    """

    def __init__(self, date: str | None = None, grid: int = 0) -> None:
        if grid:
            from twin.surveying import grid_from_geodetic

            grid_from_geodetic(grid, [], [])  # so that a wrong one is told before anything is printed
        self._grid = grid
        self._outside = 0
        self._day_ns = _day(date) if date else 0
        self._sentences: Counter[str] = Counter()
        self._rejects: Counter[str] = Counter()
        self._without: Counter[str] = Counter()
        self._sky: dict[str, dict[str, int]] = {}
        self._fixes = self._lines = self.unread = 0

    def fixes(self, name: str) -> Generator[dict[str, Any], None, None]:
        """Give what a file's fixes say, in the order in which they came; it counts once closed.

        Raises
        ------
        UsageError
            Where it cannot be read.
        """
        from sensors.decoder import Decoder
        from sensors.rules import Rules
        from ui.cli.refusals import Refusals

        decoder = Decoder(rules=Rules(as_sent=True), counting=True)
        called = "standard input" if name == STDIN else f"file {name!r}"
        refusals, before = Refusals(called), (self._fixes, self._lines)
        try:
            with _opened(name) as file:
                for batch in self._batches(name, file, called, decoder, refusals):
                    yield from self._rows(batch)
            yield from self._rows(decoder.finish())
        finally:
            refusals.finish()
            self._sum_up(decoder, called, refusals.other(), *before)

    def _batches(
        self, name: str, file: BinaryIO, called: str, decoder: "Decoder", refusals: "Refusals"
    ) -> Iterator["Batch"]:
        """Give what a file says, a block at a time; tell how far it is."""
        from sensors.sources.base import LineCutter
        from twin.inputs import RawChunk
        from ui.cli.loading import Progress

        # Where no date is sent, the day is the one nearest to the last time known.
        t_ns, dated = self._day_ns or _latest_ns(file), bool(self._day_ns)
        cutter, progress, read, ended = LineCutter(), Progress(), 0, False
        while not ended:
            block = _read(name, file)
            ended, read = not block, read + len(block)
            if not (data := cutter.finish() if ended else cutter.feed(block)):
                continue
            first_ns = None if dated or ended else first_date_ns(data)
            dated, t_ns = dated or first_ns is not None, first_ns or t_ns
            batch = decoder.decode([RawChunk("log", t_ns, data)])
            refusals.look(data, batch.rejects)
            t_ns = int(batch.fixes.t_ns[-1]) if len(batch.fixes) else t_ns
            yield batch
            if not sys.stdout.isatty():  # there the fixes themselves show it
                progress.tell(partial(_how_far, called, file, read, self._fixes))
        progress.end()

    def _sum_up(self, decoder: "Decoder", called: str, other: str, fixes: int, lines: int) -> None:
        """Take the counts of a file; tell why it has no fix, where it has none."""
        from ui.cli.refusals import unread, why_none

        without = decoder.placeless
        self.unread += not decoder.sentences
        if self._fixes == fixes:
            without = without + unread(decoder.sentences)
            sys.stderr.write(
                f"yard-twin: {why_none(called, self._lines - lines, decoder.sentences, without, other)}\n"
            )
        self._without += without
        self._sentences += decoder.sentences
        for device, counts in decoder.sky.most().items():
            self._see(counts if device == "log" else {f"{device} {k}": v for k, v in counts.items()})

    def _see(self, counts: dict[str, dict[str, int]]) -> None:
        """Take how many satellites a receiver used and saw; of several files the most."""
        for name, found in counts.items():
            known = self._sky.setdefault(name, {"used": 0, "in_view": 0})
            for how, count in found.items():
                known[how] = max(known[how], count)

    def counts(self) -> dict[str, Any]:
        """Give how many there were, by type and by reason, the most frequent first."""
        return {
            "sentences": dict(self._sentences.most_common()),
            "rejects": dict(self._rejects.most_common()),
            "without_position": dict(self._without.most_common()),
            "satellites": self._sky,
            "fixes": self._fixes,
            "lines": self._lines,
        }

    def _rows(self, batch: "Batch") -> Iterator[dict[str, Any]]:
        self._lines += batch.lines
        self._fixes += len(batch.fixes)
        self._rejects.update(reject.reason for reject in batch.rejects)
        if self._grid and len(batch.fixes):
            from twin.surveying import outside_grid

            self._outside += int(outside_grid(self._grid, batch.fixes.lon_deg).sum())
        yield from _rows(batch, self._grid)

    @property
    def outside(self) -> str:
        """Tell how many fixes lie outside the zone that they are given in; empty where none does."""
        if not self._outside:
            return ""
        from twin.surveying import meridian_deg

        return (
            f"{self._outside} of {self._fixes} fixes lie outside grid {self._grid}, whose meridian is "
            f"{meridian_deg(self._grid):g} degrees: its east and north are stretched there"
        )


def _rows(batch: "Batch", grid: int) -> Iterator[dict[str, Any]]:
    """Give each fix in the words of the command's output."""
    import numpy as np

    fixes = batch.fixes
    places = _places(batch, grid)
    course = np.degrees(fixes.course_rad)
    columns = (
        fixes.t_ns, fixes.lat_deg, fixes.lon_deg, fixes.h_m.round(4), fixes.quality, fixes.satellites,
        fixes.hdop, course.round(4), fixes.speed_mps.round(4), fixes.device,
    )  # fmt: skip
    for (t_ns, lat, lon, h, quality, sats, hdop, way, speed, device), place in zip(
        zip(*(column.tolist() for column in columns), strict=True), places, strict=True
    ):
        row = {
            "t": iso(t_ns), "lat": lat, "lon": lon, "h": _known(h),
            "quality": quality if quality >= 0 else None, "sats": sats if sats >= 0 else None,
            "hdop": _known(hdop), "course": _known(way), "speed_mps": _known(speed),
        } | place  # fmt: skip
        if batch.devices[device] != "log":
            row["device"] = batch.devices[device]
        yield row


def _places(batch: "Batch", grid: int) -> list[dict[str, float | None]]:
    """Give east and north of each fix in a grid; nothing where there is none."""
    if not grid:
        return [{}] * len(batch.fixes)
    from twin.surveying import grid_from_geodetic

    east, north = grid_from_geodetic(grid, batch.fixes.lon_deg, batch.fixes.lat_deg)
    pairs = zip(east.round(4).tolist(), north.round(4).tolist(), strict=True)
    return [{"east": _known(x), "north": _known(y)} for x, y in pairs]


def _known(value: float) -> float | None:
    return value if value == value else None


def _day(text: str) -> int:
    """Give noon of a day [ns UTC]: every time of that day is nearest to it."""
    import datetime

    from ui.options import UsageError

    try:
        day = datetime.date.fromisoformat(text)
    except ValueError:
        raise UsageError(f"--date: expected a day such as 2026-11-24, found {text!r}") from None
    noon = datetime.datetime(day.year, day.month, day.day, 12, tzinfo=datetime.UTC)
    return round(noon.timestamp()) * 1_000_000_000


def _opened(name: str) -> BinaryIO:
    import os

    from ui.options import UsageError

    if name == STDIN:
        return os.fdopen(os.dup(sys.stdin.fileno()), "rb")
    try:
        return Path(name).open("rb")
    except OSError as error:
        raise UsageError(
            f"file {name!r}: expected a file that can be read, found: {error.strerror}"
        ) from None


def _read(name: str, file: BinaryIO) -> bytes:
    from ui.options import UsageError

    try:
        return file.read1(BLOCK_BYTES) if hasattr(file, "read1") else file.read(BLOCK_BYTES)
    except OSError as error:
        raise UsageError(f"file {name!r}: cannot be read any further: {error.strerror}") from None


def _how_far(called: str, file: BinaryIO, read: int, fixes: int) -> str:
    """Tell how much of a file was read; of what is piped in, how much by now."""
    import os
    import stat

    found = os.fstat(file.fileno())
    of = f" of {found.st_size / 1e6:.0f}" if stat.S_ISREG(found.st_mode) else ""
    return f"{called}: {read / 1e6:.0f}{of} MB read, {some(fixes, 'fix', 'fixes')}"


def _latest_ns(file: BinaryIO) -> int:
    """Give the instant that times without a date are nearest to, so that none is after the file was written.

    Half a day before that, as the nearest of all days is within half a day; a minute is let pass, as
    clocks differ.
    """
    import os
    import stat
    import time

    found = os.fstat(file.fileno())
    written_ns = found.st_mtime_ns if stat.S_ISREG(found.st_mode) else time.time_ns()
    return written_ns + GRACE_NS - HALF_DAY_NS


def first_date_ns(data: bytes) -> int | None:
    """Give the first instant with a date in lines [ns UTC], None where there is none."""
    import datetime

    for found in _DATED.finditer(data):
        clock, day, both = found.groups()
        text = both or (b"20" if day[4:] < b"80" else b"19") + day[4:] + day[2:4] + day[:2] + clock
        try:
            at = datetime.datetime.strptime(text.decode(), "%Y%m%d%H%M%S").replace(tzinfo=datetime.UTC)
        except ValueError:
            continue
        return round(at.timestamp()) * 1_000_000_000
    return None


def _text(row: dict[str, Any]) -> str:
    """Give a fix as a line of the table."""

    def shown(name: str, form: str) -> str:
        return "-" if row[name] is None else format(row[name], form)

    return (
        f"{row['t']:24} {row['lat']:14.9f} {row['lon']:15.9f} {shown('h', '.3f'):>9} "
        f"{shown('quality', 'd'):>3} {shown('sats', 'd'):>3} {shown('hdop', '.1f'):>5} "
        f"{shown('course', '.1f'):>6} {shown('speed_mps', '.3f'):>7}"
        + (f"  {shown('east', '.3f'):>11} {shown('north', '.3f'):>12}" if "east" in row else "")
        + (f"  {row['device']}" if "device" in row else "")
    )


def _table(counts: dict[str, Any]) -> str:
    """Give the counts as text."""
    out = ["", f"{some(counts['fixes'], 'fix', 'fixes')} of {some(counts['lines'], 'line')}"]
    titles = ("sentences", "sentences"), ("refused", "rejects"), ("without a position", "without_position")
    for title, part in ((title, counts[name]) for title, name in titles):
        out += [f"{title}:", *(f"{count:9d}  {name}" for name, count in part.items())] if part else []
    sky = counts["satellites"]
    out += ["satellites, the most used of those in view:"] if sky else []
    out += [f"{found['used']:4d} of {found['in_view']:3d}  {name}" for name, found in sky.items()]
    return "\n".join(out)
