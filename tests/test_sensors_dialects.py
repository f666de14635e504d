"""TIC4.0 and VDA 5050: their words become our readings; a hundred thousand mutations raise nothing."""

import json
import math
import random
import re
from pathlib import Path

import numpy as np
import pytest
from pyproj import Geod

from sensors import telemetry, tic40, vda5050
from sensors.decoder import Decoder
from sensors.messages import decode
from sensors.rules import Rules, SourceRules
from sensors.telemetry import CraneReading, Motion, Position
from sensors.vda5050 import MapFrame
from twin.inputs import GateRead, HealthReport, RawChunk, ReeferReading, WindReading

WHEN = "2026-11-24T09:54:08.108Z"
T_NS = 1_795_514_048_108_000_000


def measure(value, *, pom: str = "output", pomt: str = "actual", **more) -> list[dict]:
    return [{"value": value, "pom": pom, "pomt": pomt, "timestamp": WHEN, **more}]


CRANE = {
    "msg": {"id": "1", "sender": "plc", "timestamp": WHEN, "version": "2023.009"},
    "che": [
        {
            "id": "7",
            "name": "RTG-03",
            "type": "RTG",
            "location": {
                "coordinate": [
                    {"latitude": 29.9, "longitude": 121.6, "altitude": 19.5, "accuracy": 0.02,
                     "pom": "output", "pomt": "actual", "timestamp": WHEN}
                ]
            },
            "spreader": [
                {
                    "id": "",
                    "locked": {"status": measure(True)},
                    "load": {"weight": measure(21.5, unit="tonne")},
                    "size": {"length": measure(40)},
                }
            ],
            "trolley": {"position": {"distance": measure(-4.185)}},
            "hoist": {"position": {"height": measure(5.79)}},
            "health": [{"healthy": {"status": measure(False)}, "fault": {"event": measure("hoist 17")}}],
            "wind": {"speed": measure(36.0, unit="kmh"), "direction": measure(315.0)},
        }
    ],
}  # fmt: skip

FLAT = {
    "msg.timestamp": WHEN,
    "che.@.id": "RTG-03",
    "che.@.spreader.@.locked.status.output.actual.value": True,
    "che.@.spreader.@.locked.status.output.actual.timestamp": WHEN,
    "che.@.spreader.@.locked.status.input.actual.value": False,
    "che.@.spreader.@.load.weight.output.actual.value": 21_500,
    "che.@.trolley.position.distance.output.actual.value": -4.185,
    "che.@.hoist.position.height.ioutput.actual.value": 5.79,
    "che.@.hoist.position.height.output.planning.value": 99.0,
    "che.@.health.healthy.status.ioutput.actual.boolean": True,
}

REEFER = {
    "msg|timestamp": WHEN,
    "cargo|@|id": "MSKU1234565",
    "cargo|@|air|temperature|#name#supplysensor1|#unit#celsius|output|actual|value": -17.5,
    "cargo|@|air|temperature|#name#returnsensor1|#unit#celsius|output|actual|value": -16,
    "cargo|@|air|temperature|#name#setpoint|#unit#celsius|input|actual|value": -18,
    "cargo|@|ambient|temperature|output|actual|value": 31.5,
    "cargo|@|powered|status|output|actual|value": True,
}

AGV = {
    "headerId": 12, "timestamp": WHEN, "version": "2.1.0", "manufacturer": "x", "serialNumber": "AGV-07",
    "orderId": "", "orderUpdateId": 0, "lastNodeId": "n1", "lastNodeSequenceId": 0, "driving": True,
    "operatingMode": "AUTOMATIC", "nodeStates": [], "edgeStates": [], "actionStates": [],
    "batteryState": {"batteryCharge": 80.0, "charging": False},
    "safetyState": {"eStop": "NONE", "fieldViolation": False},
    "errors": [{"errorType": "laserDirty", "errorLevel": "WARNING"}],
    "agvPosition": {"x": 30.0, "y": 40.0, "theta": 0.0, "mapId": "yard", "positionInitialized": True,
                    "deviationRange": 0.05},
    "velocity": {"vx": 3.0, "vy": 0.0, "omega": 0.0},
}  # fmt: skip


def found(message: dict, frame: MapFrame | None = None) -> dict[type, object]:
    kind, out = decode(json.dumps(message).encode(), frame)
    assert isinstance(out, list), out
    assert kind
    return {type(one): one for one in out}


def test_nested_tic40_gives_position_spreader_load_health_and_wind():
    out = found(CRANE)

    own = {"lon_deg": 121.6, "lat_deg": 29.9, "point": "machine"}
    assert out[Position] == Position("RTG-03", T_NS, h_m=19.5, sigma_m=0.02, **own)
    assert out[CraneReading] == CraneReading("RTG-03", T_NS, -4.185, 5.79, 21_500.0, True, 40, **own)
    assert out[HealthReport] == HealthReport("RTG-03", T_NS, False, "hoist 17")
    assert out[WindReading] == WindReading("RTG-03", T_NS, 10.0, 10.0, 315.0)


def test_flat_tic40_counts_what_is_measured_and_not_what_is_ordered_or_planned():
    out = found(FLAT)

    assert out[CraneReading] == CraneReading("RTG-03", T_NS, -4.185, 5.79, 21_500.0, True)
    assert out[HealthReport] == HealthReport("RTG-03", T_NS, True)


def test_wheels_and_gyro_of_a_machine_become_a_motion_reading_in_si():
    out = found(
        {"msg.timestamp": WHEN, "che.@.name": "TT-07",
         "che.@.odometer.speed.#unit#kmh.output.actual.value": -7.2,
         "che.@.gyro.yaw.rate.#unit#deg/s.output.actual.value": 90.0}
    )  # fmt: skip

    assert out[Motion] == Motion("TT-07", T_NS, pytest.approx(-2.0), pytest.approx(math.pi / 2))


def test_a_reefer_reports_its_temperatures_and_what_it_was_set_to():
    out = found(REEFER)

    assert out[ReeferReading] == ReeferReading(
        "MSKU1234565", T_NS, "MSKU1234565", -17.5, -16.0, -18.0, 31.5, True
    )


def test_the_nested_and_the_flat_message_of_the_manual_are_read_and_say_the_same():
    manual = Path(tic40.__file__).with_name("README.md").read_text("utf-8")
    written = re.findall(r'^    (\{"msg(?:.+\n)+)', manual, re.MULTILINE)
    nested, flat = (found(json.loads(one)) for one in written)

    assert nested == flat
    assert nested[Position] == Position(
        "TT-07", T_NS, 121.8501, 30.6201, speed_mps=2.0, heading_deg=90.0, point="machine"
    )


def test_a_gate_read_in_tic40_words_is_one():
    out = found(
        {"msg.timestamp": WHEN, "gate.@.id": "Gate 1", "gate.@.lane.name": "in-1",
         "gate.@.truck.id": "T12345", "gate.@.event.direction.output.actual.value": "in"}
    )  # fmt: skip

    assert out[GateRead] == GateRead("Gate 1", T_NS, "Gate 1", "in-1", "in", "T12345")


def test_two_machines_of_one_message_keep_their_own_readings():
    message = {
        "msg": {"timestamp": WHEN},
        "che": [
            {"name": name, "spreader": [{"locked": {"status": measure(locked)}}]}
            for name, locked in (("RTG-01", True), ("RTG-02", False))
        ],
    }

    _, out = decode(json.dumps(message).encode())

    assert out == [CraneReading("RTG-01", T_NS, locked=True), CraneReading("RTG-02", T_NS, locked=False)]


def test_an_automated_vehicle_is_where_the_geodesic_says_and_heads_along_its_map():
    frame = MapFrame(121.6, 29.9, 20.0)
    out = found(AGV, frame)

    east, north = Geod(ellps="GRS80").inv(121.6, 29.9, out[Position].lon_deg, out[Position].lat_deg)[:2]
    bearing, _, away_m = Geod(ellps="GRS80").inv(121.6, 29.9, out[Position].lon_deg, out[Position].lat_deg)
    assert east is not None
    assert north is not None
    assert away_m == pytest.approx(50.0, abs=0.005)
    assert bearing == pytest.approx(20.0 + math.degrees(math.atan2(30, 40)), abs=0.01)
    assert out[Position].heading_deg == pytest.approx(110.0)
    assert out[Position].course_deg == pytest.approx(110.0)
    assert (out[Position].speed_mps, out[Position].sigma_m) == (3.0, 0.05)
    assert out[HealthReport] == HealthReport("AGV-07", T_NS, True, "laserDirty")


def test_a_map_that_is_placed_nowhere_gives_health_but_no_position():
    assert set(found(AGV)) == {HealthReport, str}


def test_a_fatal_error_is_no_good_health():
    fatal = AGV | {"errors": [{"errorType": "eStop", "errorLevel": "FATAL"}]}

    assert found(fatal)[HealthReport] == HealthReport("AGV-07", T_NS, False, "eStop")


@pytest.mark.parametrize("more", [{}, {"connectionState": "CONNECTIONBROKEN"}, {"errors": None}])
def test_a_message_that_lists_no_errors_tells_nothing_of_health(more: dict):
    """A vehicle that said FATAL would be well again with its next place."""
    place = {key: value for key, value in AGV.items() if key not in ("errors", "agvPosition")}

    assert found(place | more) == {}
    assert set(found({**place, **more, "errors": []})) == {HealthReport}


def test_messages_of_all_dialects_become_one_batch():
    rules = Rules({"mqtt": SourceRules(frame=MapFrame(121.6, 29.9))})
    data = b"".join(json.dumps(one).encode() + b"\n" for one in (CRANE, REEFER, AGV))

    batch = Decoder(rules=rules).decode([RawChunk("mqtt", T_NS, data)])

    assert set(batch.devices) == {"RTG-03", "AGV-07"}
    assert len(batch.fixes) == 2
    assert batch.cranes.locked.tolist() == [1]
    assert batch.rejects == ()
    assert len(batch.events) == 4


@pytest.mark.parametrize(
    ("message", "why"),
    [
        ({"che": [{"name": "R", "spreader": [{"locked": {"status": [{"value": True, "pom": "output"}]}}]}]},
         "TIC4.0: che: expected msg.timestamp, or one beside a value: ISO 8601 with Z or an offset"),
        ({"msg.timestamp": WHEN, "che.@.spreader.@.locked.status.output.actual.value": True},
         "TIC4.0: che: expected che.id or che.name"),
        (FLAT | {"che.@.trolley.position.distance.output.actual.value": 1e300},
         "TIC4.0: message: expected `float` <= 200.0 - at `$.trolley_m`"),
        (FLAT | {"che.@.trolley.position.distance.output.actual.value": "far"}, ""),
        (AGV | {"timestamp": "yesterday"}, "VDA 5050: timestamp: expected ISO 8601 in UTC"),
        (AGV | {"agvPosition": {"x": 1e300, "y": 0, "theta": 0}},
         "VDA 5050: message: expected `float` <= 1000000.0 - at `$.agvPosition.x`"),
        (AGV | {"serialNumber": 7}, "VDA 5050: message: expected `str`, got `int` - at `$.serialNumber`"),
        ({"msg": {"timestamp": WHEN}, "che": [[]] * 3000}, ""),
    ],
)  # fmt: skip
def test_a_wrong_message_of_a_dialect_is_refused_and_says_why(message: dict, why: str):
    _, out = decode(json.dumps(message).encode())

    assert isinstance(out, str) or out == []
    assert not why or out == why


def test_nesting_without_end_is_refused():
    deep = b'{"che":' * 200 + b"1" + b"}" * 200

    assert decode(deep)[1] == "TIC4.0: nested too deep"
    assert isinstance(decode(b'{"che":' * 40_000)[1], str)


def mutated(chance: random.Random, line: bytes) -> bytes:
    """Change a few bytes, or swap a number for one that is none."""
    out = bytearray(line)
    for _ in range(chance.randint(1, 4)):
        place = chance.randrange(len(out))
        act = chance.randrange(5)
        if act == 0:
            out[place] = chance.randrange(256)
        elif act == 1:
            del out[place : place + chance.randint(1, 12)]
        elif act == 2:
            out[place:place] = chance.choice(
                (b"1e999", b"NaN", b"-1e308", b"Infinity", b"null", b"[]", b"{}", b"9" * 40, b'"', b"\\u0000")
            )
        elif act == 3:
            out[place:place] = out[chance.randrange(len(out)) :][: chance.randint(1, 30)]
        else:
            out[place] = ord(chance.choice('0123456789.-+eE,:{}[]"tfn'))
        if not out:
            break
    return bytes(out).replace(b"\n", b" ")


def test_thirty_thousand_mutated_messages_raise_nothing_and_no_value_is_out_of_range():
    feed(30_000, 5)


@pytest.mark.soak
def test_a_million_mutated_messages_raise_nothing_and_no_value_is_out_of_range():
    feed(1_000_000, 6)


def feed(count: int, seed: int) -> None:
    """Decode mutated messages; hold that none raises and that every value taken can be."""
    chance = random.Random(seed)
    lines = [json.dumps(one).encode() for one in (CRANE, FLAT, REEFER, AGV)]
    lines += [
        telemetry.encode_reading("RTG-01", T_NS, 1.5, 12.25, 20_000.0, True, 40).strip(),
        telemetry.encode_event(WindReading("mast", T_NS, 7.5, 11.0, 315.0)).strip(),
    ]
    short = [lines[1], lines[2], lines[4], lines[5], *lines]
    rules = Rules({"m": SourceRules(frame=MapFrame(121.6, 29.9))})
    decoder, taken, refused = Decoder(rules=rules), 0, 0
    for _ in range(count // 1000):
        data = b"\n".join(mutated(chance, chance.choice(short)) for _ in range(1000))
        batch = decoder.decode([RawChunk("m", T_NS, data)])
        taken += len(batch.cranes) + len(batch.fixes) + len(batch.events)
        refused += len(batch.rejects)
        assert all(reject.reason for reject in batch.rejects)
        in_range(batch)

    assert taken > count // 10
    assert refused > count // 10


def in_range(batch) -> None:
    fixes, cranes = batch.fixes, batch.cranes
    assert (np.abs(fixes.lat_deg) <= 90).all()
    assert (np.abs(fixes.lon_deg) <= 180).all()
    for column in (fixes.h_m, fixes.speed_mps, fixes.sigma_m, fixes.heading_rad, fixes.course_rad):
        assert not np.isinf(column).any()
    for column, most in ((cranes.trolley_m, 200), (cranes.hoist_m, 100), (cranes.load_kg, 200_000)):
        assert (np.abs(column[np.isfinite(column)]) <= most).all()
        assert not np.isinf(column).any()
    for event in batch.events:
        if isinstance(event, WindReading):
            assert 0 <= event.speed_mps <= 120
            assert event.from_deg is None or 0 <= event.from_deg <= 360


def test_every_point_of_tic40_leads_to_a_field_of_a_message():
    for kind, column in tic40.POINTS.values():
        fields = telemetry.MESSAGES[kind].struct.__struct_fields__
        assert column in fields or column == "unlocked"


def test_an_instant_has_an_offset_and_microseconds():
    assert vda5050.instant_ns("2026-11-24T17:54:08.108+08:00") == T_NS
    assert vda5050.instant_ns("2026-11-24T09:54:08.108") is None
    assert vda5050.instant_ns("") is None
