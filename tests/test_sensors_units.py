"""Units and sensors of TIC4.0 in other words than ours: converted, or passed over and told."""

import json
import math

import pytest

from sensors.decoder import Decoder
from sensors.messages import decode
from sensors.units import converted
from twin.inputs import RawChunk

WHEN = "2026-11-24T02:15:00.000Z"
T_NS = 1_795_486_500_000_000_000


@pytest.mark.parametrize(
    ("column", "value", "unit", "ours"),
    [
        ("supply_c", 0.0, "Fahrenheit", -160 / 9), ("supply_c", 255.15, "kelvin", -18.0),
        ("supply_c", -18.0, "degrees_Celsius", -18.0), ("hoist_m", 20.0, "feet", 6.096),
        ("hoist_m", 12.0, "inches", 0.3048), ("load_kg", 44_000.0, "pounds", 19_958.06428),
        ("load_kg", 20.0, "metric tons", 20_000.0), ("speed_mps", 10.0, "milesPerHour", 4.4704),
        ("speed_mps", 36.0, "kilometersPerHour", 10.0), ("speed_mps", 10.0, "feetPerSecond", 3.048),
        ("heading_deg", 1.0, "radians", 57.29577951308232),
        ("gyro_rps", 180.0, "degreesPerSecond", 3.14159265),
        ("length_ft", 40, "feet", 40), ("length_ft", 12.192, "metre", 40), ("length_ft", 6058, "mm", 20),
        ("length_ft", 13_716, "millimetres", 45), ("hoist_m", 5.0, "", 5.0), ("hoist_m", 5.0, "none", 5.0),
    ],
)  # fmt: skip
def test_a_value_in_another_unit_is_brought_to_ours(column: str, value: float, unit: str, ours: float):
    assert converted(column, value, unit) == pytest.approx(ours, rel=1e-8)


@pytest.mark.parametrize(
    ("column", "unit"),
    [("hoist_m", "furlong"), ("hoist_m", "kg"), ("load_kg", "kN"), ("supply_c", "percent")],
)
def test_a_unit_that_is_not_known_or_of_something_else_gives_nothing(column: str, unit: str):
    assert converted(column, 5.0, unit) is None


def heard(words: dict[str, object]) -> tuple[list[object], list[str]]:
    line = json.dumps({"msg.timestamp": WHEN} | words).encode() + b"\n"
    batch = Decoder().decode([RawChunk("gw", T_NS, line)])
    return [*batch.cranes.hoist_m.tolist(), *batch.events], [reject.reason for reject in batch.rejects]


def test_what_is_in_an_unknown_unit_is_passed_over_and_told_and_the_rest_of_the_message_stands():
    readings, reasons = heard({
        "che.0.id": "RTG-03", "che.0.hoist.position.height.output.actual.value": 5.0,
        "che.0.trolley.position.distance.#unit#furlong.output.actual.value": 3.0,
    })  # fmt: skip

    assert readings == [5.0]
    assert reasons == ["TIC4.0: trolley_m: unit not known"]


SPEED = "che.drive.speed.output.actual.value"
VALUE = {"output": {"actual": {"value": 7.2}}}


def beside(unit: object) -> list[dict[str, object]]:
    """Give a speed of 7.2 with its unit in each place that is beside it, before and behind it."""
    value, word = {"value": 7.2}, {"unit": unit}
    point = {"pom": "output", "pomt": "actual"}
    nested = [
        {"output": {"actual": value | word}}, {"output": {"actual": word | value}},
        {"output": {"actual": value} | word}, VALUE | word, word | VALUE,
        [point | value | word], word | point | value, {"output": {"actual": [value | word]}},
    ]  # fmt: skip
    flat: list[dict[str, object]] = [
        {SPEED: 7.2} | {f"che.drive.speed.{place}unit": unit} for place in ("output.actual.", "output.", "")
    ]
    flat += [dict(reversed(one.items())) for one in flat]
    flat.append({"che|drive|speed|@|output|actual|value": 7.2, "che.drive.speed.unit": unit})
    flat.append({"che.drive.speed.#name#wheel.output.actual.value": 7.2, "che.drive.speed.unit": unit})
    whole = {"msg": {"timestamp": WHEN}}
    where = {key: {"output": {"actual": {"value": 30.0}}} for key in ("latitude", "longitude")}
    out = [
        whole | {"che": {"id": "T1", "location": {"coordinate": where}, "drive": {"speed": one}}}
        for one in nested
    ]
    place = "che.location.coordinate.{}.output.actual.value"
    head = {"che.id": "T1", place.format("latitude"): 30.0, place.format("longitude"): 30.0}
    return out + [{"msg.timestamp": WHEN} | head | one for one in flat]


def speeds(message: dict[str, object]) -> tuple[list[float], list[str]]:
    batch = Decoder().decode([RawChunk("gw", T_NS, json.dumps(message).encode() + b"\n")])
    return batch.fixes.speed_mps.tolist(), [reject.reason for reject in batch.rejects]


@pytest.mark.parametrize("message", beside("km/h"))
def test_a_unit_counts_wherever_it_stands_beside_its_value(message: dict[str, object]):
    assert speeds(message) == ([pytest.approx(2.0)], [])


@pytest.mark.parametrize("message", [*beside("furlong"), *beside(5)])
def test_a_unit_beside_its_value_that_is_not_known_is_told(message: dict[str, object]):
    (speed,), reasons = speeds(message)
    assert math.isnan(speed)
    assert reasons == ["TIC4.0: speed_mps: unit not known"]


@pytest.mark.parametrize("message", [*beside(None), *beside("m/s")])
def test_a_unit_of_ours_or_none_changes_no_value(message: dict[str, object]):
    assert speeds(message) == ([7.2], [])


def test_the_unit_of_one_value_is_not_that_of_its_neighbour():
    readings, reasons = heard({
        "che.0.id": "RTG-03", "che.0.hoist.position.height.output.actual.value": 5.0,
        "che.0.trolley.position.distance.output.actual.unit": "furlong",
        "che.1.hoist.position.height.output.actual.unit": "foot",
        "che.0.hoist.position.height.output.estimated.unit": "foot",
    })  # fmt: skip

    assert (readings, reasons) == ([5.0], [])


@pytest.mark.parametrize(("value", "unit"), [(40, "foot"), (40.0, ""), (12.192, "meter"), (480, "inch")])
def test_a_spreader_that_tells_its_length_in_any_unit_is_heard_with_its_lock(value: float, unit: str):
    point = {"pom": "output", "pomt": "actual"}
    spreader = {
        "locked": {"status": [point | {"value": True}]},
        "size": {"length": [point | {"value": value, "unit": unit}]},
    }
    line = json.dumps({"msg": {"timestamp": WHEN}, "che": [{"id": "RTG-03", "spreader": spreader}]})
    batch = Decoder().decode([RawChunk("gw", T_NS, line.encode() + b"\n")])

    assert not batch.rejects
    assert (batch.cranes.locked.tolist(), batch.cranes.length_ft.tolist()) == ([1], [40])


def test_a_temperature_of_a_sensor_without_a_name_is_told_and_not_passed_over_in_silence():
    point = {"pom": "output", "pomt": "actual", "unit": "celsius"}
    message = {
        "msg": {"timestamp": WHEN},
        "cargo": [{"id": "MSKU1234565", "air": {"temperature": [point | {"value": -18.0}]}}],
    }

    for words in (message, {"cargo.0.id": "M", "cargo.0.air.temperature.output.actual.value": -18.0}):
        readings, reasons = heard(words)
        assert readings == []
        assert reasons == [
            "TIC4.0: cargo.air.temperature: expected a sensor named supply, return or setpoint"
        ]


@pytest.mark.parametrize("value", ["9" * 400, "-" + "9" * 4000, "1e308"])
def test_a_number_without_end_in_another_unit_raises_nothing(value: str):
    words = '{"msg.timestamp":"%s","che.0.id":"R","che.0.load.weight.#unit#tonne.output.actual.value":%s}'

    assert isinstance(decode((words % (WHEN, value)).encode())[1], str)


def test_reasons_do_not_count_places_in_lists_apart():
    agv = {"headerId": 1, "timestamp": WHEN, "serialNumber": "AGV-1"}
    found = {
        decode(json.dumps(agv | {"errors": [{}] * k + [{"errorType": 7}]}).encode())[1] for k in range(5)
    }

    assert len(found) == 1
