"""A real receiver's log played to the end: the machine is shown where PROJ says that its antenna was."""

import dataclasses
import re
from functools import lru_cache
from itertools import pairwise
from pathlib import Path

import numpy as np
import pyproj
import pytest

from layouts.generator import compact_yard
from sensors.decoder import Decoder
from sensors.sources.file import FileSource
from twin.clock import ManualClock
from twin.engine import initial_state, step
from twin.fleet import motion
from twin.fleet.kinds import KINDS
from twin.frames import moved
from twin.state import State
from twin.stock import moves
from twin.tables import Floats
from twin.yard.slots import slots_of

LOGS = Path(__file__).parents[1] / ".." / "shared" / "data" / "nmea"
WALK = LOGS / "gnss_imu" / "gnss_1730.ubx"
"""A walk with a u-blox receiver, fixed and float RTK, four fixes a second, no heading; UBX between."""
OTHERS = ("gpsd/nmea-rtk.log", "gpsd/ublox-zed-f9p-nmea.log", "gpsd/beidou-bd.log",
          "pynmeagps/pygpsdata-mixed.log", "pynmeagps/pygpsdata-um981.log")  # fmt: skip
KIND = "reach_stacker"
T0_NS = 1_800_000_000 * 10**9
NS = 10**9
_GGA = re.compile(
    rb"\$G[A-Z]GGA,(\d\d)(\d\d)(\d\d\.\d+),(\d\d)(\d+\.\d+),([NS]),(\d{3})(\d+\.\d+),([EW]),([1-9])"
)


def text_of(path: Path) -> bytes:
    if not path.is_file():
        pytest.skip(f"the log {path.name} is not beside this checkout")
    return path.read_bytes()


def geodetic(path: Path) -> dict[int, tuple[float, float]]:
    """Read longitude and latitude [deg] of every GGA with a fix, by nanosecond of the day."""
    out = {}
    for gga in _GGA.finditer(text_of(path)):
        hours, minutes, seconds, lat, lat_min, north, lon, lon_min, east, _ = (
            g.decode() for g in gga.groups()
        )
        t_ns = round((int(hours) * 3600 + int(minutes) * 60 + float(seconds)) * 1000) * 10**6
        lat_deg = (int(lat) + float(lat_min) / 60.0) * (1 if north == "N" else -1)
        out[t_ns] = ((int(lon) + float(lon_min) / 60.0) * (1 if east == "E" else -1), lat_deg)
    return out


def projected(path: Path) -> dict[int, tuple[float, float]]:
    """Project them with PROJ's own transverse Mercator about the first, on GRS 80 [m]."""
    fixes = geodetic(path)
    lon_0, lat_0 = next(iter(fixes.values()))
    words = f"+proj=tmerc +lat_0={lat_0!r} +lon_0={lon_0!r} +k=1 +x_0=0 +y_0=0 +ellps=GRS80 +units=m"
    return {t_ns: pyproj.Proj(words)(*lonlat) for t_ns, lonlat in fixes.items()}


def played(path: Path) -> list[State]:
    """Play a log at its own pace in a compact yard moved to its first fix; give the state of every tick."""
    lon_deg, lat_deg = next(iter(geodetic(path).values()))
    yard = compact_yard()
    yard = dataclasses.replace(yard, georeference=moved(yard.georeference, lat_deg, lon_deg, None))
    clock, decoder = ManualClock(T0_NS), Decoder()
    source = FileSource(path, device="RS-01", kind=KIND, clock=clock)
    states = [initial_state(yard, moves.empty_stock(slots_of(yard)), T0_NS)]
    while not source.finished and len(states) < 3000:
        clock.advance(0.1)
        states.append(step(states[-1], clock.t_ns, decoder.decode(source.poll()), (), None))  # type: ignore[arg-type]
    source.close()
    return states


def shown_antenna_m(state: State) -> Floats:
    """Give where the antenna of the machine shown was at the instant of its last fix [m]."""
    tracks = state.tracks
    names = ("x_m", "y_m", "heading_rad", "speed_mps", "yaw_rate_rps")
    pose = np.array([[getattr(tracks, name)[0] for name in names]])
    back_s = (tracks.fix_ns - tracks.pose_ns) / NS
    x_m, y_m, heading = motion.moved(pose, back_s)[0, :3]
    forward_m, left_m, _ = KINDS[KIND].antenna_m
    c, s = np.cos(heading), np.sin(heading)
    return np.array([x_m + c * forward_m - s * left_m, y_m + s * forward_m + c * left_m])


@lru_cache(maxsize=1)
def walk() -> tuple[State, Floats, Floats, Floats]:
    """Give the last state of the walk, and of each fix the shown place, PROJ's place, and its sigma [m].

    The log's clock is years before the one it is played with: fixes are paired by their number.
    """
    places = np.array(list(projected(WALK).values()))
    shown, true, sigma = [], [], []
    states = played(WALK)
    for before, state in pairwise(states):
        if not len(before.tracks.fix_ns) or state.tracks.fix_ns[0] == before.tracks.fix_ns[0]:
            continue
        shown.append(shown_antenna_m(state))
        true.append(places[state.counts.fixes - 1])
        sigma.append(state.tracks.sigma_m[0])
    return states[-1], np.array(shown), np.array(true), np.array(sigma)


def test_the_walker_is_shown_where_proj_says_that_the_antenna_was():
    _, shown, true, sigma = walk()
    away_m = np.hypot(*(shown - true).T)
    assert len(away_m) > 500
    assert np.percentile(away_m, 95) < 0.25
    assert away_m.max() < 0.5
    assert (away_m < 3.0 * sigma).mean() > 0.99


def test_the_way_shown_is_the_way_that_was_walked():
    _, shown, true, _ = walk()
    whole = [np.hypot(*np.diff(way[::8], axis=0).T).sum() for way in (shown, true)]
    assert whole[1] > 100.0
    assert whole[0] == pytest.approx(whole[1], rel=0.03)


def test_hardly_a_fix_of_the_walk_is_refused():
    state, shown, _, _ = walk()
    refused = dict(state.counts.rejects).get("position gated: too far from the track", 0)
    assert refused <= 3
    assert len(shown) > 0.97 * state.counts.fixes


@pytest.mark.parametrize("name", OTHERS)
def test_logs_of_other_receivers_are_played_to_the_end(name):
    truth = np.array(list(projected(LOGS / name).values()))
    tracks = played(LOGS / name)[-1].tracks
    assert len(tracks.x_m) == 1
    lower, upper = truth.min(axis=0) - 10.0, truth.max(axis=0) + 10.0
    place = np.array([tracks.x_m[0], tracks.y_m[0]])
    assert ((place > lower) & (place < upper)).all()
    assert abs(tracks.speed_mps[0]) < 3.0
