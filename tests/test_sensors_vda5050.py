"""VDA 5050: each map in its place, versions 2 and 3 alike, and an emergency stop is no good health."""

import json
from pathlib import Path

import pytest

from sensors.decoder import Decoder
from sensors.errors import SourceError
from sensors.messages import decode
from sensors.rules import Rules, SourceRules
from sensors.sources.config import rules_of
from sensors.sources.reading import read_config
from sensors.telemetry import Position
from sensors.vda5050 import FIELD_VIOLATED, NOT_LOCALIZED, NOT_PLACED, MapFrame
from twin.inputs import HealthReport, RawChunk

T_NS = 1_795_514_048_108_000_000
PLACE = {"x": 30.0, "y": 40.0, "theta": 0.0, "mapId": "quay"}
STATE = {
    "headerId": 1, "timestamp": "2026-11-24T09:54:08.108Z", "version": "2.1.0", "manufacturer": "x",
    "serialNumber": "AGV-07", "errors": [], "safetyState": {"eStop": "NONE", "fieldViolation": False},
    "agvPosition": PLACE | {"positionInitialized": True},
}  # fmt: skip
STATE_3 = {
    **{key: value for key, value in STATE.items() if key not in ("agvPosition", "safetyState")},
    "version": "3.0.0", "mobileRobotPosition": PLACE | {"localized": True},
    "safetyState": {"activeEmergencyStop": "NONE", "fieldViolation": False},
}  # fmt: skip
YARD, QUAY = MapFrame(121.6, 29.9), MapFrame(121.9, 29.7, 20.0)


def found(message: dict, frame: MapFrame | None = None, **maps: MapFrame) -> list[object]:
    kind, out = decode(json.dumps(message).encode(), frame, {}, maps)
    assert kind == "vda5050"
    assert isinstance(out, list), out
    return list(out)


def health(message: dict) -> HealthReport:
    (out,) = (one for one in found(message) if isinstance(one, HealthReport))
    return out


def test_a_position_is_placed_by_the_map_that_it_names():
    (there, *_) = found(STATE, quay=QUAY, yard=YARD)
    assert isinstance(there, Position)
    assert (there.lon_deg, there.lat_deg) == QUAY.geodetic(30.0, 40.0)


@pytest.mark.parametrize("message", [STATE, STATE_3])
def test_a_position_in_a_map_that_is_not_placed_is_left_out_with_that_reason_and_health_stands(message: dict):
    assert found(message, yard=YARD) == [NOT_PLACED, HealthReport("AGV-07", T_NS, True, "")]


def test_a_map_without_a_name_places_those_that_are_not_named():
    (there, *_) = found(STATE, YARD, yard=QUAY)
    assert isinstance(there, Position)
    assert (there.lon_deg, there.lat_deg) == YARD.geodetic(30.0, 40.0)


def test_version_3_says_in_its_words_what_version_2_says():
    assert found(STATE_3, quay=QUAY) == found(STATE, quay=QUAY)


@pytest.mark.parametrize(
    "where", [{"agvPosition": PLACE | {"positionInitialized": False}},
              {"mobileRobotPosition": PLACE | {"localized": False}}],
)  # fmt: skip
def test_a_vehicle_that_does_not_know_where_it_is_gives_no_position(where: dict):
    state = {key: value for key, value in STATE.items() if key != "agvPosition"}
    assert found(state | where, quay=QUAY)[0] == NOT_LOCALIZED


@pytest.mark.parametrize("key", ["eStop", "activeEmergencyStop"])
@pytest.mark.parametrize("kind", ["MANUAL", "REMOTE", "AUTOACK"])
def test_a_vehicle_in_emergency_stop_is_not_fit_and_says_which_stop(key: str, kind: str):
    state = STATE | {"safetyState": {key: kind, "fieldViolation": True}}
    assert health(state) == HealthReport("AGV-07", T_NS, False, f"emergency stop {kind}")
    assert health({k: v for k, v in state.items() if k != "errors"}).healthy is False


def test_a_violated_field_is_told_and_makes_no_vehicle_unfit():
    state = STATE | {"safetyState": {"eStop": "NONE", "fieldViolation": True}}
    assert health(state) == HealthReport("AGV-07", T_NS, True, FIELD_VIOLATED)


def test_a_released_stop_makes_well_again():
    assert health(STATE) == HealthReport("AGV-07", T_NS, True, "")


@pytest.mark.parametrize(
    ("level", "healthy"), [("WARNING", True), ("URGENT", True), ("CRITICAL", False), ("FATAL", False)]
)
def test_only_an_error_that_ends_the_order_makes_unfit(level: str, healthy: bool):
    errors = [{"errorType": "noise", "errorLevel": "WARNING"}, {"errorType": "motor", "errorLevel": level}]
    told = health(STATE_3 | {"errors": errors})
    assert told.healthy is healthy
    assert told.fault == ("noise" if healthy else "motor")


def test_a_position_left_out_is_counted_as_refused_and_its_message_taken():
    rules = Rules({"agvs": SourceRules(maps={"yard": YARD})})
    batch = Decoder(rules=rules).decode([RawChunk("agvs", T_NS, json.dumps(STATE).encode() + b"\n")])
    assert [reject.reason for reject in batch.rejects] == [NOT_PLACED]
    assert (len(batch.fixes), len(batch.events)) == (0, 1)


def config(folder: Path, maps: str) -> Path:
    path = folder / "yard.toml"
    path.write_text(f'[[source]]\nname = "agvs"\naddress = "tcp:192.0.2.7:5017"\n{maps}\n', "utf-8")
    return path


def test_the_file_of_sources_places_maps_by_name(tmp_path: Path):
    path = config(tmp_path, "[source.maps]\nquay = { lon_deg = 121.9, lat_deg = 29.7, bearing_deg = 20.0 }")
    assert rules_of(read_config(path)).sources["agvs"].maps == {"quay": QUAY}


@pytest.mark.parametrize(
    ("maps", "said"),
    [
        ('maps = { "quay" = { lon_deg = 999, lat_deg = 1 } }',
         "source 'agvs', maps.quay.lon_deg: expected degrees from -180 to 180, found 999"),
        ('maps = { "a" = { lon_deg = 1, lat_deg = 1 }, "b" = 3 }',
         "source 'agvs', maps.b: expected a table such as { lon_deg = 121.85"),
        ('maps = { "quay" = { lon_deg = 1 } }', "source 'agvs', maps.quay: expected the key lat_deg"),
        ('maps = { "quay" = { lon_deg = 1, lat_deg = 1, bearing = 2 } }', "write 'bearing_deg'"),
        ("maps = 3", "source 'agvs', maps: expected a table [source.maps] with lines"),
    ],
)  # fmt: skip
def test_a_map_that_cannot_be_is_refused_by_its_name(tmp_path: Path, maps: str, said: str):
    with pytest.raises(SourceError) as refused:
        read_config(config(tmp_path, maps))
    assert said in str(refused.value)
