"""JSON messages: what goes in comes out, and what is wrong is refused without repeating it."""

import dataclasses
import json
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from sensors.decoder import Decoder
from sensors.telemetry import (
    MESSAGES,
    CraneReading,
    Motion,
    decode,
    encode_event,
    encode_motion,
    encode_reading,
)
from twin.fleet.kinds import KIND_NAMES
from twin.inputs import (
    BoxAnnouncement,
    BoxRead,
    GateEvent,
    GateRead,
    HealthReport,
    MachineNotice,
    OrderReport,
    PickUpAnnouncement,
    RawChunk,
    ReeferReading,
    Reject,
    WindReading,
)
from twin.stock.table import BoxNotice

T_NS = 1_790_000_000_123_456_789
BOX = BoxNotice("MSKU1234565", "45G1", 23_450.0, False, 3, 1, 2, -18.0, "3", T_NS + 1)
EVENTS = [
    GateRead("gate-1", T_NS, "Gate 1", "in-1", GateEvent.IN, "T12345", BOX),
    GateRead("gate-1", T_NS, "Gate 1", "out-1", GateEvent.OUT, "T12345", None, "MSKU1234565"),
    BoxRead("RTG-01", T_NS, "MSKU1234565"),
    MachineNotice("RTG-01", T_NS, "rtg", "A01"),
    MachineNotice("T12345", T_NS, "external_truck"),
    BoxAnnouncement("tos", T_NS, BoxNotice("MSKU1234565", "22G1", 2_300.0, True)),
    PickUpAnnouncement("tos", T_NS, "MSKU1234565", T_NS + 3_600_000_000_000),
    WindReading("mast", T_NS, 7.5, 11.0, 315.0),
    OrderReport("RTG-01", T_NS, 7, "refused", "no such box"),
    HealthReport("RTG-01", T_NS, False, "hoist drive 17"),
    ReeferReading("rms", T_NS, "MSKU1234565", -17.5, -16.0, -18.0, 31.5, True),
]


@pytest.mark.parametrize("event", EVENTS, ids=lambda event: type(event).__name__)
def test_an_event_comes_back_as_it_was_written(event):
    line = encode_event(event)

    assert line.endswith(b"\n")
    assert line.count(b"\n") == 1
    assert decode(line) == event


def test_every_message_type_is_tried_here():
    written = {json.loads(encode_event(event))["type"] for event in EVENTS}

    assert written | {"crane", "motion", "position"} == set(MESSAGES)


@pytest.mark.parametrize("kind", KIND_NAMES)
def test_every_kind_of_machine_may_be_told(kind: str):
    assert decode(encode_event(MachineNotice("X", 0, kind))) == MachineNotice("X", 0, kind)


@given(st.none() | st.floats(-100, 100), st.none() | st.floats(-20, 20))
def test_a_motion_reading_keeps_every_bit(odometer_mps: float | None, gyro_rps: float | None):
    found = decode(encode_motion("TT-1", T_NS, odometer_mps, gyro_rps))

    assert found == Motion("TT-1", T_NS, odometer_mps, gyro_rps)


@settings(deadline=None)
@given(st.floats(-200, 200), st.floats(-50, 100), st.floats(-10_000, 200_000), st.booleans())
def test_a_reading_keeps_every_bit(trolley_m: float, hoist_m: float, load_kg: float, locked: bool):
    found = decode(encode_reading("QC-1", T_NS, trolley_m, hoist_m, load_kg, locked, 45))

    assert found == CraneReading("QC-1", T_NS, trolley_m, hoist_m, load_kg, locked, 45)


CRANE = {"type": "crane", "device": "QC-1", "t_ns": T_NS}


@pytest.mark.parametrize(
    ("message", "why"),
    [
        ("", "no valid JSON object"),
        ("{", "no valid JSON object"),
        ("[" * 100_000, ""),
        ('{"type":"crane","device":"QC-1","t_ns":1,"trolley_m":NaN}', "no valid JSON object"),
        ('{"type":"crane","device":"QC-1","t_ns":1,"trolley_m":1e999}', ""),
        ("[]", "message: expected `object`, got `array`"),
        ({"device": "QC-1", "t_ns": 1}, "message: object missing required field `type`"),
        ({"type": "lorry"}, "message: unknown type"),
        ({"type": 7}, ""),
        (CRANE | {"colour": "mauve"}, "message: unknown field"),
        (CRANE | {"trolley_m": "1"}, "message: expected `float | null`, got `str` - at `$.trolley_m`"),
        (CRANE | {"trolley_m": 1e9}, ""),
        (CRANE | {"locked": 1}, "message: expected `bool | null`, got `int` - at `$.locked`"),
        (CRANE | {"length_ft": 30}, "message: value not allowed"),
        (CRANE | {"t_ns": -1}, ""),
        (CRANE | {"t_ns": 2**63}, ""),
        (CRANE | {"t_ns": 1.5}, ""),
        (CRANE | {"device": ""}, ""),
        (CRANE | {"device": "X" * 17}, ""),
        (CRANE | {"device": "集"}, ""),
        ({"type": "machine", "device": "X", "t_ns": 1, "kind": "zeppelin"}, ""),
        (
            {"type": "order", "device": "X", "t_ns": 1, "order": 1, "state": "lost"},
            "message: value not allowed",
        ),
        ({"type": "box_read", "device": "X", "t_ns": 1, "number": "msku1234565"}, ""),
    ],
)
def test_a_wrong_message_is_refused_and_its_words_are_not_repeated(message, why: str):
    text = message if isinstance(message, str) else json.dumps(message, ensure_ascii=False)

    found = decode(text.encode(), "port")

    assert isinstance(found, Reject)
    assert found.source == "port"
    assert not why or found.reason == why
    assert not any(word in found.reason for word in ("mauve", "zeppelin", "lorry", "集"))


@settings(deadline=None)
@given(st.binary(max_size=200))
def test_no_bytes_raise(line: bytes):
    assert decode(line) is not None


@settings(deadline=None)
@given(
    st.recursive(st.none() | st.booleans() | st.floats() | st.text(), lambda v: st.dictionaries(st.text(), v))
)
def test_no_json_raises(value):
    assert isinstance(decode(json.dumps(value).encode()), Reject)


README = Path(__file__).parents[1] / "sensors" / "README.md"


def test_the_examples_of_the_description_are_read():
    examples = [
        line.strip() for line in README.read_text("utf-8").splitlines() if line.startswith('    {"type"')
    ]

    assert len(examples) >= 3
    assert not [line for line in examples if isinstance(decode(line.encode()), Reject)]


@pytest.mark.parametrize("name", MESSAGES)
def test_every_field_of_every_message_is_described(name: str):
    text = README.read_text("utf-8")
    fields = MESSAGES[name].struct.__struct_fields__

    assert f"| `{name}` |" in text
    assert [field for field in fields if f"`{field}`" not in text] == []


def test_an_event_that_comes_twice_counts_once_also_in_another_call():
    line = encode_event(EVENTS[0])
    other = encode_event(dataclasses.replace(EVENTS[0], t_ns=T_NS + 1))
    decoder = Decoder()
    first = decoder.decode([RawChunk("gate", T_NS, line + line + other)])
    kept = Decoder()
    kept.recall(decoder.memory())
    again = kept.decode([RawChunk("gate", T_NS, line)])

    assert len(first.events) == 2
    assert again.events == ()
    assert [reject.reason for reject in (*first.rejects, *again.rejects)] == 2 * ["message given out before"]


def test_a_reading_survives_its_own_bytes_with_its_position():
    line = encode_reading("EH-01", 5, None, 2.0, 0.0, True, 20, (121.6, 29.9, 90.0))
    assert b'"lon_deg":121.6,"lat_deg":29.9,"heading_deg":90.0' in line
    assert CraneReading("EH-01", 5, None, 2.0, 0.0, True, 20).lon_deg is None
