"""Recorded logs of real receivers: how far tracks are from a reference, beside the raw fixes.

No log has a truth that others measured. Three references are made of the logs' own fixes:

- *Fixed neighbours*, of a receiver that moves: a fix is held against the parabola through the RTK-fixed fixes
  within a second before and after it, itself left out. It takes gait and corners for noise: where it
  finds 7 cm (95 %), fixes follow one another within 2.4 cm of where the receiver's velocity leads.
- *Led neighbours*: the same, each brought to the instant by the velocities told meanwhile. This one knows how
  the walker went. Both have the fixes' own lasting errors and so flatter raw fixes and tracks.
- *Mean*, of a receiver that stands: the scatter about the mean of all its fixes, raw and filtered about the
  same point. What all fixes have in common is not seen, and that mean knows of fixes to come: it favours the
  raw ones, of which it is made, over any track that averages what has been.
"""

from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from sensors.decoder import Decoder
from sensors.rules import Rules
from twin.clock import NS_PER_S
from twin.fleet import motion, roster, tracking
from twin.fleet.kinds import KIND_NAMES, KINDS
from twin.fleet.table import Tracks
from twin.frames import YardFrame
from twin.inputs import SIGMA_OF_QUALITY_M, RawChunk
from twin.yard.model import Georeference

LOGS = Path(__file__).parents[1] / ".." / "shared" / "data" / "nmea"
KIND = "reach_stacker"
KINDS_WORTH = ("reach_stacker", "external_truck", "person")
"""Kinds that a user may name who carries a receiver about."""
FIXED, FLOAT = 4, 5
STANDS_M = 3.0
"""A receiver whose fixes all lie within so far of their mean stands, where no wheels tell [m]."""
FEWEST = 20
ABOUT_S = 1.0
"""The parabola is laid through fixed fixes so near in time [s]."""
PERCENTS = (50, 95, 99)
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
    velocity_mps : (n, 2) float
        As the receiver tells it; 0 where it tells no course.
    """

    t_s: Floats
    raw_m: Floats
    shown_m: Floats
    quality: NDArray[np.int8]
    velocity_mps: Floats


def read(path: Path, kind: str = KIND) -> Log | None:
    """Decode a log and track it as a kind; None where it has too few fixes of one receiver to tell."""
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
        roster.empty_fleet(), roster.no_tracks(), ["A"], [KIND_NAMES.index(kind)], [-1]
    )
    t_ns, row, shown = fixes.t_ns[order], np.zeros(1, np.int32), []
    for k in range(len(order)):
        one = slice(k, k + 1)
        tracks, _ = tracking.apply_fixes(
            fleet, tracks, row, t_ns[one], raw_m[one], sigma_m[one], fixes.speed_mps[order][one],
            course[one], heading[one], quality[one],
        )  # fmt: skip
        shown.append(_antenna(tracks, int(t_ns[k]), kind))
    fast = np.nan_to_num(np.where(np.isnan(course), 0.0, fixes.speed_mps[order]))
    velocity = fast[:, None] * np.column_stack((np.cos(np.nan_to_num(course)), np.sin(np.nan_to_num(course))))
    return Log((t_ns - t_ns[0]) / NS_PER_S, raw_m, np.array(shown), quality, velocity)


def _about(lon_deg: float, lat_deg: float) -> Georeference:
    """Give a frame about a point: the zone of a grid does not matter, as frames are local."""
    from layouts.generator import compact_yard
    from twin.frames import moved

    return moved(compact_yard().georeference, lat_deg, lon_deg, 0.0)


def _antenna(tracks: Tracks, t_ns: int, kind: str) -> Floats:
    names = ("x_m", "y_m", "heading_rad", "speed_mps", "yaw_rate_rps")
    pose = np.array([[getattr(tracks, name)[0] for name in names]])
    x_m, y_m, heading = motion.moved(pose, np.array([(t_ns - tracks.pose_ns[0]) / NS_PER_S]))[0, :3]
    ahead, aside, _ = KINDS[kind].antenna_m
    c, s = np.cos(heading), np.sin(heading)
    return np.array([x_m + c * ahead - s * aside, y_m + s * ahead + c * aside])


def about_neighbours(log: Log, *, led: bool = False) -> tuple[Floats, NDArray[np.intp]]:
    """Give the reference of fixes that lie between fixed ones, (k, 2), and which these are.

    ``led`` brings neighbours along by the velocities told, each of which is the mean since the fix before, as
    u-blox tells it; else a parabola is laid through them.
    """
    out, rows = [], []
    way = np.cumsum(log.velocity_mps * np.diff(log.t_s, prepend=log.t_s[0])[:, None], axis=0)
    straight = log.raw_m - way if led else log.raw_m
    for k in range(SETTLED, len(log.t_s)):
        dt_s = log.t_s - log.t_s[k]
        near = (np.abs(dt_s) <= ABOUT_S) & (log.quality == FIXED)
        near[k] = False
        if (near & (dt_s < 0)).sum() >= 2 and (near & (dt_s > 0)).sum() >= 2:
            found = np.polynomial.polynomial.polyfit(dt_s[near], straight[near], 1 if led else 2)[0]
            out.append(found + way[k] if led else found)
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
    for led, neighbours in ((False, "fixed neighbours"), (True, "led neighbours")):
        reference, rows = about_neighbours(log, led=led)
        for quality, name in ((FIXED, "fixed"), (FLOAT, "float")):
            of = log.quality[rows] == quality
            if of.sum() >= FEWEST:
                ways = (np.hypot(*(way[rows][of] - reference[of]).T) for way in (log.raw_m, log.shown_m))
                yield (f"{name}, about {neighbours}", *ways)


def lines() -> Iterator[str]:
    """Give the figures as lines of text; one line where no logs lie beside this checkout."""
    yield "real logs, raw fixes and track [cm]; no truth was measured: the references are the logs' own fixes"
    if not LOGS.is_dir():
        yield "  no logs beside this checkout"
        return
    yield f"  {'log':30} {'as':15} {'reference':30} {'n':>4}" + "".join(
        f" {f'raw p{at}':>8} {'track':>7}" for at in PERCENTS
    )
    for path in sorted(LOGS.glob("*/*")):
        if path.suffix not in (".log", ".ubx"):
            continue
        for kind in KINDS_WORTH:
            log = read(path, kind)
            for name, raw, shown in errors(log) if log is not None else ():
                text = "".join(
                    f" {100 * np.percentile(raw, at):8.2f} {100 * np.percentile(shown, at):7.2f}"
                    for at in PERCENTS
                )
                yield f"  {path.parent.name + '/' + path.name:30} {kind:15} {name:30} {len(raw):4}{text}"
