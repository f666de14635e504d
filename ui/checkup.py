"""Whether sources, their clocks and frames are as they should be: what ``yard-twin doctor`` asks of them."""

import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import shapely

from sensors import sources
from sensors.decoder import Decoder
from sensors.rules import RULES_SOURCE, Rules, read_rules, write_rules
from sensors.sources.base import Source
from sensors.sources.config import calibration_of, read_config
from twin.frames import YardFrame
from twin.inputs import Batch, RawChunk
from twin.yard.model import Yard
from ui.fencing import MARGIN_M

CLOCK_S = 1.0
"""A source's times may be so far from this machine's clock [s]."""
LEAST_USED = 5
"""An RTK fix wants so many satellites."""
WAIT_S = 5.0
_POLL_S = 0.05


@dataclass(frozen=True, slots=True)
class Finding:
    """One check: what was looked at, whether it is good, what was expected and what was found."""

    name: str
    good: bool
    expected: str
    found: str

    def __str__(self) -> str:
        """Give a line for a person."""
        mark = "ok     " if self.good else "wrong  "
        return f"{mark} {self.name}: expected {self.expected}, found {self.found}"


@dataclass(slots=True)
class _Heard:
    """What one source has sent while it was listened to."""

    decoder: Decoder
    recorded: bool
    batches: list[Batch]


def check_sources(
    yard: Yard,
    *,
    config: Path | None = None,
    specs: Sequence[str] = (),
    wait_s: float = WAIT_S,
    sleep: Callable[[float], None] = time.sleep,
) -> list[Finding]:
    """Listen to sources for a while and tell what is wrong with them.

    Parameters
    ----------
    yard : Yard
        Whose fence positions must be in.
    config : Path or None
        A file of sources.
    specs : sequence of str
        Sources as ``--source`` has them.
    wait_s : float
        How long is listened at most [s]; shorter where every source has been heard.

    Raises
    ------
    TwinError
        Where the file or a source cannot be.
    """
    findings = _calibration(config) if config is not None else []
    opened: Sequence[Source] = [sources.open_source(spec) for spec in specs]
    files = {one.name for one, spec in zip(opened, specs, strict=True) if spec.startswith("file:")}
    if config is not None:
        opened = [*opened, *sources.HotSources(config)]
        files |= {entry.name for entry in read_config(config).source if entry.address.startswith("file:")}
    heard = {
        one.name: _Heard(Decoder(rules=Rules(as_sent=True), counting=True), one.name in files, [])
        for one in opened
        if one.name != "sources"
    }
    try:
        _listen(opened, heard, wait_s, sleep)
        told = {one.name: one.health(time.time_ns()) for one in opened}
    finally:
        for one in opened:
            one.close()
    for name, said in heard.items():
        lines = sum(batch.lines for batch in said.batches)
        detail = f" ({told[name].detail})" if told[name].detail else ""
        expected = f"lines within {wait_s:g} s"
        findings.append(Finding(f"source {name}", lines > 0, expected, f"{lines} lines{detail}"))
        findings += [_clock(name, said), *_sky(name, said), *_frames(name, said, yard)] if lines else []
    return findings


def _sky(name: str, one: _Heard) -> list[Finding]:
    """Tell how many satellites each receiver uses of those in view, where it says so."""
    out = []
    for device, counts in one.decoder.sky.now().items():
        used = sum(found["used"] for found in counts.values())
        each = (f"{system} {found['used']} of {found['in_view']}" for system, found in counts.items())
        text = ", ".join(each) or "none"
        named = any(found["used"] for found in counts.values()) or not counts
        good = used >= LEAST_USED or not named
        out.append(Finding(f"satellites {name}, {device}", good, f"{LEAST_USED} or more used", text))
    return out


def _listen(
    opened: Sequence[Source], heard: dict[str, _Heard], wait_s: float, sleep: Callable[[float], None]
) -> None:
    """Decode what comes, each source apart, until all have given a position or the time is over."""
    ends_s = time.monotonic() + wait_s
    while True:
        for source in opened:
            chunks = source.poll()
            for chunk in chunks:
                rules = read_rules(chunk.data) if chunk.source == RULES_SOURCE else None
                if rules is not None:
                    _tell(rules, heard)
            if source.name in heard and chunks:
                one = heard[source.name]
                one.batches.append(one.decoder.decode(chunks))
        located = all(any(len(batch.fixes) > 1 for batch in one.batches) for one in heard.values())
        if located or time.monotonic() >= ends_s:
            break
        sleep(_POLL_S)
    for said in heard.values():
        said.batches.append(said.decoder.finish())


def _tell(rules: Rules, heard: dict[str, _Heard]) -> None:
    """Let decoders go by rules, but neither by the fence nor by our clock: these are looked at here."""
    plain = Rules(rules.sources, (), {}, True, rules.calibration)
    for one in heard.values():
        one.decoder.decode([RawChunk(RULES_SOURCE, 0, write_rules(plain))])


def _calibration(config: Path) -> list[Finding]:
    site = read_config(config).calibration
    if site is None:
        return []
    found, out = calibration_of(site), []
    limit = f"residuals to {100 * site.limit_m:.1f} cm"
    for name, (east, north, up) in zip(found.names, found.residuals_m, strict=True):
        text = f"east {100 * east:+.1f}, north {100 * north:+.1f}, up {100 * up:+.1f} cm"
        good = float(np.hypot(east, north)) <= site.limit_m and abs(up) <= 2 * site.limit_m
        out.append(Finding(f"calibration point {name}", good, limit, text))
    shift = f"{found.east_m:+.3f}, {found.north_m:+.3f}, {found.up_m:+.3f} m"
    text = f"shift {shift}; turn {1e6 * found.turn_rad:.1f} urad; scale {found.ppm:+.1f} ppm"
    return [*out, Finding("calibration", found.worst_m <= site.limit_m, limit, text)]


def _clock(name: str, one: _Heard) -> Finding:
    """Hold the times of a source against the times of reception."""
    expected = f"times within {CLOCK_S:g} s of this machine's clock"
    if one.recorded:
        return Finding(f"clock {name}", True, "recorded times", "a file: not compared")
    away_s = np.concatenate([(b.fixes.t_rx_ns - b.fixes.t_ns) / 1e9 for b in one.batches])
    if not len(away_s):
        return Finding(f"clock {name}", True, expected, "no position to compare")
    late_s = float(np.median(away_s))
    return Finding(f"clock {name}", abs(late_s) <= CLOCK_S, expected, f"{late_s:.3f} s behind it")


def _frames(name: str, one: _Heard, yard: Yard) -> list[Finding]:
    """Tell whether the first position of each device lies on the ground of the yard."""
    ground = shapely.Polygon(yard.fence_yard_m)
    frame, seen, out = YardFrame.of(yard.georeference), set(), []
    for batch in one.batches:
        fixes = batch.fixes
        xyz = frame.yard_from_geodetic(fixes.lon_deg, fixes.lat_deg, fixes.h_m)
        for row, place in enumerate(fixes.device.tolist()):
            device = batch.devices[place]
            if device in seen:
                continue
            seen.add(device)
            away_m = float(shapely.Point(xyz[row, :2]).distance(ground))
            where = f"{fixes.lat_deg[row]:.7f}, {fixes.lon_deg[row]:.7f}"
            how = "inside" if away_m == 0 else f"{away_m:.0f} m outside"
            expected = f"its first fix within {MARGIN_M:.0f} m of the fence of {yard.name}"
            out.append(Finding(f"frame {name}, {device}", away_m <= MARGIN_M, expected, f"{where}, {how}"))
    return out
