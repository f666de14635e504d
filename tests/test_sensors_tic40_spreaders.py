"""TIC4.0: several spreaders of one crane, locks that cannot be, where a machine is, and wind from nowhere."""

import json
import math

import pytest

from sensors.decoder import Decoder
from sensors.messages import decode
from sensors.telemetry import CraneReading
from sensors.tic40 import BOTH, TWO_LOCKED
from twin.inputs import RawChunk, Unfollowed, WindReading
from twin.state import Weather
from twin.weather import read

WHEN = "2026-11-24T09:54:08.108Z"
T_NS = 1_795_514_048_108_000_000
LENGTH, LOAD = "size.length", "load.weight"


def told(values: dict[str, object]) -> list[object]:
    """Give what a FLAT message of one crane becomes; keys are spreader and words."""
    message: dict[str, object] = {"msg.timestamp": WHEN, "che.@.name": "QC-01"}
    for key, value in values.items():
        place, _, words = key.partition(" ")
        message[f"che.@.spreader.{place}.{words}.output.actual.value"] = value
    _, out = decode(json.dumps(message).encode())
    assert isinstance(out, list), out
    return list(out)


def test_of_two_spreaders_the_one_that_is_locked_counts_with_its_load_and_length() -> None:
    found = told({
        "0 locked.status": False, f"0 {LOAD}": 0, f"0 {LENGTH}": 20,
        "1 locked.status": True, f"1 {LOAD}": 21_500, f"1 {LENGTH}": 40,
    })  # fmt: skip
    assert found == [CraneReading("QC-01", T_NS, load_kg=21_500.0, locked=True, length_ft=40)]


def test_two_spreaders_that_are_both_open_are_open_and_say_nothing_of_a_load() -> None:
    found = told({"0 locked.status": False, f"0 {LOAD}": 0, "1 locked.status": False, f"1 {LOAD}": 10})
    assert found == [CraneReading("QC-01", T_NS, locked=False)]


def test_two_spreaders_locked_at_once_tell_no_lock_and_are_counted() -> None:
    found = told({"0 locked.status": True, f"0 {LOAD}": 9_000, "1 unlocked.status": False})
    assert found[0] == TWO_LOCKED
    assert [type(one) for one in found[1:]] == [Unfollowed]


def test_one_open_spreader_says_nothing_where_another_is_turning() -> None:
    turning = {"1 locked.status": False, "1 unlocked.status": False}
    assert told({"0 locked.status": False} | turning) == []


def test_the_spreaders_of_nested_json_are_told_apart_as_well() -> None:
    def spreader(value: bool) -> dict[str, object]:
        status = [{"value": value, "pom": "output", "pomt": "actual", "timestamp": WHEN}]
        return {"locked": {"status": status}}

    message = {"che": [{"name": "QC-01", "spreader": [spreader(False), spreader(True)]}]}
    _, out = decode(json.dumps(message).encode())
    assert out == [CraneReading("QC-01", T_NS, locked=True)]


@pytest.mark.parametrize(
    ("locked", "unlocked", "expected"),
    [
        (True, False, [CraneReading("QC-01", T_NS, locked=True)]),
        (False, True, [CraneReading("QC-01", T_NS, locked=False)]),
        (False, False, []),
        (True, True, [BOTH]),
    ],
)
def test_a_lock_counts_where_both_of_its_switches_say_the_same(
    locked: bool, unlocked: bool, expected: list[object]
) -> None:
    assert told({"@ locked.status": locked, "@ unlocked.status": unlocked}) == expected


def test_a_contradiction_leaves_the_rest_of_the_reading_standing() -> None:
    found = told({"@ locked.status": True, "@ unlocked.status": True, f"@ {LOAD}": 8_000})
    assert found == [BOTH, CraneReading("QC-01", T_NS, load_kg=8_000.0)]


def test_wind_without_a_direction_has_none_and_not_north() -> None:
    message = {
        "msg.timestamp": WHEN,
        "terminal.@.name": "mast",
        "terminal.@.wind.speed.output.actual.value": 9.5,
    }
    own = b'{"type":"wind","device":"mast","t_ns":1,"speed_mps":3.0,"gust_mps":4.0}\n'
    data = json.dumps(message).encode() + b"\n" + own
    events = Decoder().decode([RawChunk("mast", T_NS, data)]).events
    assert [event.from_deg for event in events if isinstance(event, WindReading)] == [None, None]
    assert read(Weather(), WindReading("mast", T_NS, 9.5, 9.5)).from_deg is None


def test_a_tic40_message_tells_lock_and_position_together():
    line = (
        b'{"che.@.id":"EH-01","msg.timestamp":"2026-11-27T10:00:00Z",'
        b'"che.@.spreader.@.locked.status.output.actual.value":true,'
        b'"che.@.location.coordinate.latitude.output.actual.value":29.9,'
        b'"che.@.location.coordinate.longitude.output.actual.value":121.6,'
        b'"che.@.location.heading.angle.output.actual.value":90.0}\n'
    )
    batch = Decoder().decode([RawChunk("edge", 1_795_773_601_000_000_000, line)])

    assert batch.cranes.locked.tolist() == [1]
    assert (batch.cranes.lon_deg[0], batch.cranes.lat_deg[0]) == (121.6, 29.9)
    assert batch.cranes.heading_rad[0] == pytest.approx(math.pi / 2)
    assert batch.fixes.lon_deg.tolist() == [121.6]


def test_the_cargo_of_a_truck_at_a_gate_is_the_number_read_on_it() -> None:
    gate = {
        "msg.timestamp": WHEN, "gate.@.id": "GATE-1", "gate.@.lane.name.output.actual.value": "IN-1",
        "gate.@.truck.id.output.actual.value": "TRK-1", "gate.@.event.direction.output.actual.value": "in",
        "gate.@.cargo.id.output.actual.value": "MSKU1234565",
    }  # fmt: skip
    _, out = decode(json.dumps(gate).encode())
    assert isinstance(out, list), out
    (read,) = out

    assert (read.truck, read.lane, read.event, read.number, read.pick_up) == (
        "TRK-1", "IN-1", "in", "MSKU1234565", "",
    )  # fmt: skip
