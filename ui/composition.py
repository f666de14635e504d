"""The composition root: binds layouts, sensors, journal and solver into a session. No Qt, no VTK."""

import datetime
import os
import re
import time
from collections.abc import Sequence
from dataclasses import dataclass, replace
from pathlib import Path

import numpy as np
import platformdirs
import shapely

from layouts import formats, generator
from sensors import sources
from sensors.decoder import Decoder
from sensors.simulation import fault_words
from sensors.simulation.switches import parse_switches
from sensors.sources.simulated import SimulatedSource
from twin.clock import Clock, SystemClock
from twin.engine import initial_state
from twin.frames import YardFrame, moved
from twin.journal.writer import JournalWriter
from twin.replay import JournalReplay
from twin.session import Bound, Session, Solver, Source
from twin.snapshot import Mode
from twin.solving import SolverInline, SolverProcess
from twin.state import State
from twin.stock import generate, moves
from twin.stock.rules import USUAL
from twin.stock.table import Stock
from twin.yard.model import Georeference, Yard
from twin.yard.slots import Slots, slots_of
from ui import fencing
from ui.cli.loading import say
from ui.main import VERSION
from ui.options import RunOptions, Site, UsageError
from ui.recording import Lack, lack_of
from ui.yards import read_layout

DEMO_BOXES = {"demo": 10_000, "compact": 700}
DEMO_HOUR_UTC = 1
"""The demo's shift starts at nine in the morning in China, so that the yard is at work at any hour."""


@dataclass(frozen=True, slots=True)
class Opened:
    """A session, and what of it a caller needs to know."""

    session: Session
    simulation: SimulatedSource | None
    journal: JournalWriter | None

    def close(self) -> Lack | None:
        """Close the session; give what its journal then lacks, which is told on stderr too."""
        self.session.close()
        lack = lack_of(self.journal, self.session.state.tick)
        if lack is not None and self.journal is not None:
            say(f"journal {self.journal.path}: {lack}")
        return lack


class SourceClock:
    """The clock of a simulated shift: the instant up to which its bytes have come."""

    def __init__(self, source: SimulatedSource) -> None:
        self._source = source

    def now_ns(self) -> int:
        """Give the simulated instant [ns UTC]."""
        return self._source.now_ns


def load_yard(options: RunOptions) -> tuple[Yard, tuple[str, ...]]:
    """Give the yard that was asked for, and what is worth a warning.

    Raises
    ------
    TwinError
        Where the layout cannot be read, or is none.
    """
    name = options.layout
    warnings: tuple[str, ...] = ()
    if name in formats.SAMPLES:
        yard = formats.sample(name)
    elif name.startswith("large:") and name[6:].isdigit():
        yard = generator.large_yard(int(name[6:]))
    else:
        if "." not in name and not Path(name).exists():
            samples = ", ".join(formats.SAMPLES)
            raise UsageError(
                f"layout: expected one of {samples}, large:BOXES or a yard file, found {name[:80]!r}"
            )
        report = formats.load(Path(name))
        yard, warnings = report.yard, report.warnings
    if options.site is not None:
        site = options.site
        yard = replace(yard, georeference=_centred(yard, site))
    return yard, warnings


def _centred(yard: Yard, site: Site) -> Georeference:
    """Put the middle of a yard's fence on a site."""
    there = moved(yard.georeference, site.lat_deg, site.lon_deg, site.h_m)
    xs, ys = zip(*yard.fence_yard_m, strict=True)
    middle = np.array([[-(min(xs) + max(xs)) / 2, -(min(ys) + max(ys)) / 2, 0.0]])
    lon, lat, _ = YardFrame.of(there).geodetic_from_yard(middle)
    return moved(yard.georeference, float(lat[0]), float(lon[0]), site.h_m)


def _has_sources(options: RunOptions) -> bool:
    """Tell whether positions come from real sources and not from the simulation."""
    return bool(options.sources) or options.sources_file is not None


def _mode_of(options: RunOptions) -> Mode:
    """Tell a live yard from one that is only played from files."""
    if options.sources_file is not None:
        return Mode.LIVE
    return Mode.RECORDED if all(spec.startswith("file:") for spec in options.sources) else Mode.LIVE


def fence_deg(yard: Yard) -> tuple[tuple[float, float], ...]:
    """Give longitude and latitude of the corners of the ground that positions must be on."""
    ground = shapely.Polygon(yard.fence_yard_m).buffer(fencing.MARGIN_M, join_style="mitre")
    corners = np.column_stack((np.array(ground.exterior.coords), np.zeros(len(ground.exterior.coords))))
    lon, lat, _ = YardFrame.of(yard.georeference).geodetic_from_yard(corners)
    return tuple(zip(lon.tolist(), lat.tolist(), strict=True))


def start_of(options: RunOptions) -> int:
    """Give when a run starts [ns UTC]: real sources now, the demo at nine in the morning in China."""
    if options.start_ns is not None:
        return options.start_ns
    if _has_sources(options):
        return time.time_ns()
    day = datetime.datetime.now(datetime.UTC).replace(hour=DEMO_HOUR_UTC, minute=0, second=0, microsecond=0)
    return round(day.timestamp()) * 1_000_000_000


def standing_stock(options: RunOptions, yard: Yard, slots: Slots, t_ns: int) -> Stock:
    """Give the stock report that the run starts with.

    Raises
    ------
    StockError
        Where the yard cannot hold so many boxes.
    """
    boxes = options.boxes
    if boxes is None:
        usual = DEMO_BOXES.get(options.layout, int(0.45 * slots.tiers.sum() / 1.6))
        boxes = 0 if _has_sources(options) else usual
    if boxes == 0:
        return moves.empty_stock(slots)
    return generate.fill(yard, slots, boxes, options.seed, t_ns)


def open_session(options: RunOptions, *, inline: bool) -> Opened:
    """Open the session that was asked for.

    Parameters
    ----------
    options : RunOptions
    inline : bool
        Simulate and solve on the caller's thread, stepwise: the same seed gives the same run.

    Raises
    ------
    TwinError
        Where layout, source or journal cannot be opened.
    """
    yard, _ = load_yard(options)
    slots, t_ns = slots_of(yard), start_of(options)
    stock = standing_stock(options, yard, slots, t_ns)
    journal = open_journal(options)
    simulation: SimulatedSource | None = None
    clock: Clock = SystemClock()
    try:
        found = sources.open_all(options.sources)
        decoder = fencing.NotingDecoder(yard, sources.rules_of_specs(found)) if found else Decoder()
        opened: Sequence[Source] = found
        if isinstance(decoder, fencing.NotingDecoder):
            opened = tuple(
                sources.Retold(
                    one, decoder.noted if isinstance(one, sources.FileSource) else decoder.noted_live
                )
                for one in found
            )
        if options.sources_file is not None:
            opened = sources.HotSources(
                options.sources_file, fence_deg=fence_deg(yard), clock=clock, offsets=decoder.offsets
            )
        elif not options.sources:
            switches = parse_switches(options.faults) if options.faults else None
            if switches is not None and switches.target:
                _find_target(switches.target, _machines(yard, slots, stock, options.seed, t_ns))
            simulation = SimulatedSource(
                yard, slots, stock, seed=options.seed, t_ns=t_ns, inline=inline, speed=options.speed,
                switches=switches,
            )  # fmt: skip
            opened, clock = (simulation,), SourceClock(simulation)
    except BaseException:
        if journal is not None:
            journal.close()
            journal.path.unlink(missing_ok=True)
        raise
    solver: Solver = SolverInline() if inline else SolverProcess()
    mode = Mode.SIMULATION if simulation is not None else _mode_of(options)
    bound = Bound(opened, decoder, clock, read_layout, journal, solver, simulation, mode)
    return Opened(Session(initial_state(yard, stock, t_ns, USUAL), bound), simulation, journal)


def shift_machines(options: RunOptions, yard: Yard) -> list[str]:
    """Give the machines that a simulated shift begins with, by name.

    Raises
    ------
    StockError
        Where the yard cannot hold so many boxes.
    """
    slots, t_ns = slots_of(yard), start_of(options)
    return _machines(yard, slots, standing_stock(options, yard, slots, t_ns), options.seed, t_ns)


def _machines(yard: Yard, slots: Slots, stock: Stock, seed: int, t_ns: int) -> list[str]:
    from twin.operations.shift import Shift  # here alone: a run without a target need not load it

    names = Shift.start(yard, slots, stock, seed, t_ns).truth().name.tolist()
    return sorted(name.decode("ascii") for name in names)


def _find_target(target: str, names: list[str]) -> None:
    """Refuse an attack on a machine that the shift does not have and that no truck from outside is called."""
    if target in names or re.fullmatch(r"T\d{5}", target):
        return
    meant = fault_words.near(target, names, 3)
    firsts = {name.partition("-")[0]: name for name in reversed(names) if "-" in name}
    hint = f"near are {', '.join(meant)}" if meant else f"there are {', '.join(firsts.values())} and others"
    raise UsageError(
        "fault target: expected a machine of this shift, or T and five digits of a truck that comes later, "
        f"found {target[:40]!r}; {hint}; --fault target=list lists them"
    )


def open_journal(options: RunOptions) -> JournalWriter | None:
    """Open the record of this run; None where it was asked not to be recorded.

    Raises
    ------
    JournalError
        Where it cannot be written.
    """
    if not options.record:
        return None
    path = options.journal
    if path is None or path.is_dir():
        folder = path or Path(platformdirs.user_data_dir("yard-twin")) / "journals"
        stamp = datetime.datetime.now(datetime.UTC).strftime("%Y%m%dT%H%M%SZ")
        path = folder / f"{stamp}-{os.getpid()}.journal"
    return JournalWriter(path, {"program": f"yard-twin {VERSION}".encode()})


def open_replay(path: Path, beside: State | None = None) -> JournalReplay:
    """Open a recorded journal under a cursor, where something is live beside that.

    Raises
    ------
    JournalError
        Where it is none.
    """
    return JournalReplay(path, Decoder, read_layout, beside)
