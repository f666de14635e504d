"""Recorded logs of real receivers: how far tracks are from a reference, beside the raw fixes.

No log has a truth that others measured. Two references are fair to the raw fixes:

- *Fixed neighbours*, of a receiver that moves: a fix is held against the parabola through the RTK-fixed fixes
  within a second before and after it, itself left out. At fixed epochs it tells the noise of a fix; at float
  epochs between fixed ones, what the float solution is off by.
- *Mean*, of a receiver that stands: the scatter about the mean of all its fixes, raw and filtered about the
  same point. What all fixes have in common is not seen.
"""

from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from sensors.decoder import Decoder
from sensors.rules import Rules
from twin.clock import NS_PER_S
from twin.engine import SIGMA_OF_QUALITY_M
from twin.fleet import motion, roster, tracking
from twin.fleet.kinds import KIND_NAMES, KINDS
from twin.fleet.table import Tracks
from twin.frames import YardFrame
from twin.inputs import RawChunk
from twin.yard.model import Georeference

LOGS = Path(__file__).parents[1] / ".." / "shared" / "data" / "nmea"
KIND = "reach_stacker"
FIXED, FLOAT = 4, 5
STANDS_M = 3.0
"""A receiver whose fixes all lie within so far of their mean stands, where no wheels tell [m]."""
FEWEST = 20
ABOUT_S = 1.0
"""The parabola is laid through fixed fixes so near in time [s]."""
SETTLED = 10
"""So many fixes begin a track and are not counted."""

Floats = NDArray[np.float64]


@dataclass(frozen=True, slots=True)
class Log:
    """Fixes of one receiver, one row each.

    Attributes
    ----------
    t_s : (n,) float
        Since the first.
    raw_m, shown_m : (n, 2) float
        The fix, and where the track has the antenna once it has taken the fix, about the first [m].
    quality : (n,) int8
    """

    t_s: Floats
    raw_m: Floats
    shown_m: Floats
    quality: NDArray[np.int8]


def read(path: Path) -> Log | None:
    """Decode a log and track it; None where it has too few fixes of one receiver to tell."""
    decoder = Decoder(rules=Rules(as_sent=True))
    fixes = decoder.decode([RawChunk("log", 1_700_000_000 * NS_PER_S, path.read_bytes())]).fixes
    order = np.argsort(fixes.t_ns, kind="stable")
    order = order[(fixes.quality[order] > 0) & (fixes.device[order] == 0)]
    order = order[np.diff(fixes.t_ns[order], prepend=-1) > 0]
    if len(order) < FEWEST + SETTLED:
        return None
    lon, lat = fixes.lon_deg[order], fixes.lat_deg[order]
    frame = YardFrame.of(_about(float(lon[0]), float(lat[0])))
    raw_m = frame.yard_from_geodetic(lon, lat, np.zeros(len(lon)))[:, :2]
    quality, sigma_m = fixes.quality[order], fixes.sigma_m[order]
    sigma_m = np.where(np.isnan(sigma_m), -SIGMA_OF_QUALITY_M[np.clip(quality, 0, 8)], sigma_m)
    course = frame.heading_from_bearing(fixes.course_rad[order])
    heading = frame.heading_from_bearing(fixes.heading_rad[order])
    fleet, tracks = roster.enlist(
        roster.empty_fleet(), roster.no_tracks(), ["A"], [KIND_NAMES.index(KIND)], [-1]
    )
    t_ns, row, shown = fixes.t_ns[order], np.zeros(1, np.int32), []
    for k in range(len(order)):
        one = slice(k, k + 1)
        tracks, _ = tracking.apply_fixes(
            fleet, tracks, row, t_ns[one], raw_m[one], sigma_m[one], fixes.speed_mps[order][one],
            course[one], heading[one], quality[one],
        )  # fmt: skip
        shown.append(_antenna(tracks, int(t_ns[k])))
    return Log((t_ns - t_ns[0]) / NS_PER_S, raw_m, np.array(shown), quality)


def _about(lon_deg: float, lat_deg: float) -> Georeference:
    """Give a frame about a point: the zone of a grid does not matter, as frames are local."""
    from layouts.generator import compact_yard
    from twin.frames import moved

    return moved(compact_yard().georeference, lat_deg, lon_deg, 0.0)


def _antenna(tracks: Tracks, t_ns: int) -> Floats:
    names = ("x_m", "y_m", "heading_rad", "speed_mps", "yaw_rate_rps")
    pose = np.array([[getattr(tracks, name)[0] for name in names]])
    x_m, y_m, heading = motion.moved(pose, np.array([(t_ns - tracks.pose_ns[0]) / NS_PER_S]))[0, :3]
    ahead, aside, _ = KINDS[KIND].antenna_m
    c, s = np.cos(heading), np.sin(heading)
    return np.array([x_m + c * ahead - s * aside, y_m + s * ahead + c * aside])


def about_neighbours(log: Log) -> tuple[Floats, NDArray[np.intp]]:
    """Give the reference of fixes that lie between fixed ones, (k, 2), and which these are."""
    out, rows = [], []
    for k in range(SETTLED, len(log.t_s)):
        dt_s = log.t_s - log.t_s[k]
        near = (np.abs(dt_s) <= ABOUT_S) & (log.quality == FIXED)
        near[k] = False
        if (near & (dt_s < 0)).sum() >= 2 and (near & (dt_s > 0)).sum() >= 2:
            out.append(np.polynomial.polynomial.polyfit(dt_s[near], log.raw_m[near], 2)[0])
            rows.append(k)
    return np.array(out).reshape(-1, 2), np.array(rows, np.intp)


def errors(log: Log) -> Iterator[tuple[str, Floats, Floats]]:
    """Give a reference in words, and the errors of raw fixes and of the track against it [m]."""
    settled = slice(SETTLED, None)
    mean = log.raw_m[settled].mean(axis=0)
    if float(np.hypot(*(log.raw_m[settled] - mean).T).max()) <= STANDS_M:
        yield (
            "about the mean, stands",
            *(np.hypot(*(way[settled] - mean).T) for way in (log.raw_m, log.shown_m)),
        )
        return
    reference, rows = about_neighbours(log)
    for quality, name in ((FIXED, "fixed"), (FLOAT, "float")):
        of = log.quality[rows] == quality
        if of.sum() >= FEWEST:
            ways = (np.hypot(*(way[rows][of] - reference[of]).T) for way in (log.raw_m, log.shown_m))
            yield (f"{name}, about fixed neighbours", *ways)


def lines() -> Iterator[str]:
    """Give the figures as lines of text; one line where no logs lie beside this checkout."""
    yield "real logs, raw fixes and track [cm]; no truth was measured: the references are the logs' own fixes"
    if not LOGS.is_dir():
        yield "  no logs beside this checkout"
        return
    yield f"  {'log':34} {'reference':32} {'n':>5} {'raw p50':>8} {'track':>7} {'raw p95':>8} {'track':>7}"
    for path in sorted(LOGS.glob("*/*")):
        log = read(path) if path.suffix in (".log", ".ubx") else None
        for name, raw, shown in errors(log) if log is not None else ():
            figures = [100 * np.percentile(way, at) for at in (50, 95) for way in (raw, shown)]
            text = f"{figures[0]:8.2f} {figures[1]:7.2f} {figures[2]:8.2f} {figures[3]:7.2f}"
            yield f"  {path.parent.name + '/' + path.name:34} {name:32} {len(raw):5} {text}"
