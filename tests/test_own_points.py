"""Vehicles and cranes that tell their own point, not an antenna's: they are shown where they say they are."""

import datetime
import json
import math
import re
from pathlib import Path

import numpy as np
import pytest
import yard_at_work as work

import sensors
from sensors.decoder import Decoder
from sensors.rules import Rules, SourceRules
from sensors.sources.config import rules_of
from sensors.sources.reading import read_config
from sensors.vda5050 import MapFrame
from twin.fleet.kinds import KINDS
from twin.fleet.readings import Locks
from twin.frames import YardFrame
from twin.handling import Desk
from twin.hindsight import located
from twin.inputs import CraneReadings, RawChunk
from twin.state import State

YARD = work.compact_yard()
FRAME = YardFrame.of(YARD.georeference)
CENTRE_M = (60.0, -60.0)
ROUND_M, ROUND_RPS = 15.0, 0.1
Pose = tuple[float, float, float]
"""East and north in the yard, and the heading from its x axis [m, m, rad]."""


def bearing_deg(heading: float) -> float:
    return math.degrees(float(FRAME.bearing_from_heading(np.array([heading]))[0]))


def geodetic(x_m: float, y_m: float) -> tuple[float, float]:
    lon, lat, _ = FRAME.geodetic_from_yard(np.array([[x_m, y_m]]))
    return float(lon[0]), float(lat[0])


MAP = MapFrame(*geodetic(0.0, 0.0), bearing_deg(math.pi / 2))


def when(t_ns: int) -> str:
    whole = datetime.datetime.fromtimestamp(t_ns // work.SECOND, datetime.UTC)
    return f"{whole:%Y-%m-%dT%H:%M:%S}.{t_ns % work.SECOND // 1_000_000:03d}Z"


def standing(_: float) -> Pose:
    return 30.0, -40.0, 0.7


def turning(t_s: float) -> Pose:
    a = ROUND_RPS * t_s
    x_m, y_m = CENTRE_M
    return x_m + ROUND_M * math.sin(a), y_m - ROUND_M * math.cos(a), a


def vda5050(pose: Pose, speed_mps: float, t_ns: int) -> dict:
    x_m, y_m, heading = pose
    theta = math.remainder(heading, 2 * math.pi)
    return {
        "headerId": 1, "timestamp": when(t_ns), "serialNumber": "M-1", "errors": [],
        "agvPosition": {"x": x_m, "y": y_m, "theta": theta, "mapId": "m", "deviationRange": 0.02},
        "velocity": {"vx": speed_mps, "vy": 0.0},
    }  # fmt: skip


def tic40(pose: Pose, speed_mps: float, t_ns: int, sensor: str = "") -> dict:
    x_m, y_m, heading = pose
    lon_deg, lat_deg = geodetic(x_m, y_m)
    values = {
        f"location.coordinate.latitude{sensor}": lat_deg, f"location.coordinate.longitude{sensor}": lon_deg,
        f"location.coordinate.accuracy{sensor}": 0.02,
        "location.heading.angle": bearing_deg(heading), "drive.speed": speed_mps,
    }  # fmt: skip
    head = {"msg.timestamp": when(t_ns), "che.@.id": "M-1"}
    return head | {f"che.@.{words}.output.actual.value": value for words, value in values.items()}


def ours(pose: Pose, speed_mps: float, t_ns: int, point: str = "machine") -> dict:
    lon_deg, lat_deg = geodetic(*pose[:2])
    return {
        "type": "position", "device": "M-1", "t_ns": t_ns, "lon_deg": lon_deg, "lat_deg": lat_deg,
        "sigma_m": 0.02, "heading_deg": bearing_deg(pose[2]), "speed_mps": speed_mps, "point": point,
    }  # fmt: skip


def driven(kind: str, message, way, rules: Rules | None = None, steps: int = 150, **more) -> State:
    """Give the state of a yard once a machine has told its way for some tenths of a second."""
    decoder = Decoder(rules=rules or Rules({"bus": SourceRules(frame=MAP)}))
    state = work.initial_state(YARD, work.moves.empty_stock(work.initial_slots(YARD)), work.T0)
    for k in range(steps):
        t_ns = work.T0 + (k + 1) * work.SECOND // 10
        now = [message(way(k / 10), 0.0 if way is standing else ROUND_M * ROUND_RPS, t_ns, **more)]
        now = [{"type": "machine", "device": "M-1", "t_ns": t_ns, "kind": kind}] * (k == 0) + now
        data = b"".join(json.dumps(one).encode() + b"\n" for one in now)
        batch = decoder.decode([RawChunk("bus", t_ns, data)])
        assert not batch.rejects
        state = work.ticked(state, batch)
    return state


def off_m(state: State, pose: Pose) -> tuple[float, float]:
    """Give how far ahead and to the left of a pose the machine is shown."""
    east, north = state.tracks.x_m[0] - pose[0], state.tracks.y_m[0] - pose[1]
    c, s = math.cos(pose[2]), math.sin(pose[2])
    return float(c * east + s * north), float(c * north - s * east)


@pytest.mark.parametrize("message", [vda5050, tic40, ours])
@pytest.mark.parametrize("kind", ["agv", "straddle_carrier", "terminal_tractor"])
def test_a_machine_that_tells_its_own_point_is_shown_there(kind: str, message):
    state = driven(kind, message, standing, steps=10)
    assert off_m(state, standing(0.0)) == pytest.approx((0.0, 0.0), abs=0.01)


@pytest.mark.parametrize("message", [vda5050, tic40])
def test_a_vehicle_that_tells_its_own_point_is_followed_round_a_bend_and_never_doubted(message):
    state = driven("agv", message, turning)
    assert off_m(state, turning(14.9)) == pytest.approx((0.0, 0.0), abs=0.05)
    assert state.tracks.suspect[0] == 0
    assert not [reason for reason, _ in state.counts.rejects if "gated" in reason]


def without_heading(pose: Pose, speed_mps: float, t_ns: int) -> dict:
    words = tic40(pose, speed_mps, t_ns)
    return {name: value for name, value in words.items() if "heading" not in name}


@pytest.mark.parametrize("way", [standing, turning])
@pytest.mark.parametrize("kind", ["agv", "terminal_tractor", "reach_stacker"])
def test_an_own_point_of_a_machine_that_never_told_a_heading_is_as_unsure_as_its_antenna_is_far(kind, way):
    state = driven(kind, without_heading, way)
    arm_m = math.hypot(*KINDS[kind].antenna_m[:2])
    assert math.hypot(*off_m(state, way(14.9))) == pytest.approx(arm_m, abs=0.1)
    assert arm_m < state.tracks.sigma_m[0]
    assert state.tracks.suspect[0] == 0


def test_it_is_shown_at_its_own_point_once_it_has_told_a_heading_and_never_doubted():
    def late(pose: Pose, speed_mps: float, t_ns: int) -> dict:
        return (tic40 if t_ns > work.T0 + 8 * work.SECOND else without_heading)(pose, speed_mps, t_ns)

    state = driven("agv", late, turning)
    assert off_m(state, turning(14.9)) == pytest.approx((0.0, 0.0), abs=0.1)
    assert state.tracks.sigma_m[0] < 0.1
    assert state.tracks.suspect[0] == 0


@pytest.mark.parametrize(
    ("message", "more"), [(tic40, {"sensor": ".#name#gnss1"}), (ours, {"point": "antenna"})]
)
def test_a_place_of_a_named_sensor_is_that_of_the_antenna(message, more: dict[str, str]):
    state = driven("agv", message, standing, steps=10, **more)
    assert off_m(state, standing(0.0)) == pytest.approx((-KINDS["agv"].antenna_m[0], 0.0), abs=0.01)


@pytest.mark.parametrize("message", [vda5050, tic40])
def test_a_lever_arm_says_where_on_the_machine_its_own_point_is(tmp_path: Path, message):
    path = tmp_path / "yard.toml"
    path.write_text(
        '[[source]]\nname = "bus"\naddress = "tcp:192.0.2.7:5017"\n'
        f"map = {{ lon_deg = {MAP.lon_deg}, lat_deg = {MAP.lat_deg}, bearing_deg = {MAP.bearing_deg} }}\n"
        '[source.machines]\n"M-1" = { machine = "M-1", kind = "agv", lever_arm_m = [-2.0, 0.5, 0.0] }\n'
    )
    state = driven("agv", message, standing, rules_of(read_config(path)), steps=10)
    assert off_m(state, standing(0.0)) == pytest.approx((2.0, -0.5), abs=0.01)


@pytest.mark.parametrize("lever_m", [None, (1.0, 2.0, 0.0)])
def test_a_turn_of_twistlocks_says_of_which_point_its_place_is(lever_m: tuple[float, float, float] | None):
    words = tic40(standing(0.0), 0.0, work.T0) | {"che.@.spreader.@.locked.status.output.actual.value": True}
    rules = Rules({"bus": SourceRules(levers_m={"M-1": lever_m} if lever_m else {})})
    chunk = RawChunk("bus", work.T0, json.dumps(words).encode() + b"\n")
    cranes = Decoder(rules=rules).decode([chunk]).cranes
    x_m, y_m, _ = FRAME.yard_from_geodetic(cranes.lon_deg, cranes.lat_deg, 0.0)[0]

    assert cranes.own.tolist() == [lever_m is None]
    moved_m = math.hypot(x_m - standing(0.0)[0], y_m - standing(0.0)[1])
    assert moved_m == pytest.approx(math.hypot(*lever_m) if lever_m else 0.0, abs=1e-3)


def test_a_kept_turn_of_twistlocks_acts_by_the_machines_own_point_as_by_its_antenna():
    state = driven("empty_handler", ours, standing, steps=10)
    x_m, y_m, heading = standing(0.0)
    antenna_m, spreader_m = KINDS["empty_handler"].antenna_m[0], KINDS["empty_handler"].spreader_x_m
    t_ns = np.array([state.t_ns - 60 * work.SECOND])
    one, row = np.zeros(1), np.zeros(1, np.int32)
    locks = Locks(row, t_ns, np.ones(1, np.bool_), one, one, one, np.full(1, 20, np.int8))
    for own, ahead_m in ((True, 0.0), (False, antenna_m)):
        lon_deg, lat_deg = geodetic(x_m + ahead_m * math.cos(heading), y_m + ahead_m * math.sin(heading))
        said = CraneReadings(
            row, t_ns, one * np.nan, one, one, np.ones(1, np.int8), np.full(1, 20, np.int8),
            np.array([lon_deg]), np.array([lat_deg]), np.radians([bearing_deg(heading)]), np.array([own]),
        )  # fmt: skip
        found = located(Desk.of(state), locks, row, said)
        there = (x_m + spreader_m * math.cos(heading), y_m + spreader_m * math.sin(heading))
        assert (found.x_m[0], found.y_m[0]) == pytest.approx(there, abs=0.01)


def test_the_manual_lists_where_the_antennas_of_all_kinds_are():
    manual = Path(sensors.__file__).with_name("README.md").read_text("utf-8")
    rows = re.findall(r"^\| `(\w+)` \| [^|]+ \| (\S+), (\S+), (\S+) \|$", manual, re.MULTILINE)
    assert {kind: tuple(map(float, arm)) for kind, *arm in rows} == {
        name: kind.antenna_m for name, kind in KINDS.items()
    }
