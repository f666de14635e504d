import copy
import dataclasses
import itertools
import json
import math
import pickle
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from layouts import native
from layouts.generator import compact_yard, demo_yard, large_yard
from layouts.migrations import MIGRATIONS, VERSION, migrate
from layouts.report import LayoutError
from twin.yard.edits import MoveBlock, TurnBlock
from twin.yard.model import BaseStation, Block, Gate, Georeference, Lane, Quay, Yard, Zone

YARD = compact_yard()
BYTES = native.encode(YARD)
DOCUMENT: dict[str, Any] = json.loads(BYTES)
SCHEMA = Path(native.__file__).with_name("yard.schema.json")


def changed(*path: str | int, to: Any) -> bytes:
    document = copy.deepcopy(DOCUMENT)
    at = document
    for key in path[:-1]:
        at = at[key]
    at[path[-1]] = to
    return json.dumps(document).encode()


def refusal(data: bytes) -> str:
    with pytest.raises(LayoutError) as refused:
        native.decode(data, "north.yard.json")
    return str(refused.value)


def is_read_or_refused_by_name(data: bytes) -> bool:
    try:
        return isinstance(native.decode(data, "x").yard, Yard)
    except LayoutError as error:
        return str(error).startswith("layout 'x'")


@pytest.mark.parametrize("yard", [YARD, demo_yard(), large_yard(20_000)], ids=lambda yard: yard.name)
def test_a_yard_is_read_as_it_was_written(yard: Yard) -> None:
    report = native.decode(native.encode(yard), "x")
    assert report.yard == yard
    assert report.warnings == ()
    assert native.encode(report.yard) == native.encode(yard)


@given(st.floats(-900, 900), st.floats(-900, 900), st.floats(-3, 3))
@settings(max_examples=25)
def test_writing_again_what_was_read_changes_no_byte(dx: float, dy: float, angle: float) -> None:
    moved = dataclasses.replace(YARD, blocks=YARD.blocks[:1], lanes=(), gates=())
    yard = TurnBlock("A01", angle).apply(MoveBlock("A01", dx, dy).apply(moved))
    once = native.encode(yard)
    again = native.decode(once, "x").yard
    assert native.encode(again) == once
    assert math.dist(again.blocks[0].origin_yard_m, yard.blocks[0].origin_yard_m) < 1e-4
    assert again.blocks[0].heading_rad == yard.blocks[0].heading_rad


def test_the_longitude_of_an_origin_keeps_all_its_digits() -> None:
    place = Georeference(4490, (121.123456789012, 30.987654321098))
    yard = dataclasses.replace(YARD, georeference=place)
    assert native.decode(native.encode(yard), "x").yard.georeference == place


def test_what_may_be_left_out_takes_the_value_of_the_model() -> None:
    data = {key: DOCUMENT[key] for key in ("format", "version", "name", "georeference", "fence_yard_m")}
    data["blocks"] = [
        {
            "name": "A",
            "kind": "rtg",
            "origin_yard_m": [20, 20],
            "heading_rad": 0,
            "bays": 1,
            "rows": 1,
            "tiers": 1,
        }
    ]
    yard = native.decode(json.dumps(data).encode(), "x").yard
    assert yard.blocks[0].bay_pitch_m == 6.45
    assert yard.lanes == ()
    assert yard.base_station is None


def test_a_file_with_a_byte_order_mark_is_read() -> None:
    assert native.decode(b"\xef\xbb\xbf" + BYTES, "x").yard == YARD


def test_what_the_checks_find_comes_as_warnings() -> None:
    lanes = [lane for lane in DOCUMENT["lanes"] if lane["name"] != "J GATE-1 GATE-1-IN-1 to east"]
    report = native.decode(json.dumps(DOCUMENT | {"lanes": lanes[:-1]}).encode(), "north.yard.json")
    assert any("'north.yard.json', lane" in warning for warning in report.warnings)


@pytest.mark.parametrize(
    ("data", "expected"),
    [
        (
            changed("blocks", 1, "tiers", to=12),
            "layout 'north.yard.json', blocks[1].tiers: expected 1 to 9, found 12",
        ),
        (changed("blocks", 0, "tiers", to=4.5), "blocks[0].tiers: expected 1 to 9, found 4.5"),
        (changed("blocks", 0, "tiers", to=True), "blocks[0].tiers: expected 1 to 9, found true"),
        (changed("blocks", 0, "bays", to=10**40), "expected 1 to 200, found a number of 19 digits"),
        (changed("blocks", 0, "kind", to="barge"), "blocks[0].kind: expected one of rtg, rmg,"),
        (changed("blocks", 0, "kind", to=["rtg"]), "found a list of 1"),
        (changed("blocks", 0, "name", to=""), "blocks[0].name: expected 1 to 12 characters, found 0"),
        (changed("blocks", 0, "name", to="A\n1"), "expected printable characters"),
        (changed("blocks", 0, "closed", to=1), "blocks[0].closed: expected true or false, found 1"),
        (
            changed("blocks", 0, "origin_yard_m", to=[1.0]),
            "origin_yard_m: expected a list of 2, found a list",
        ),
        (changed("blocks", 0, "origin_yard_m", to=[1.0, None]), "origin_yard_m[1]: expected a number"),
        (changed("blocks", 0, "origin_yard_m", to=[1.0, 3e4]), "expected -20000 to 20000, found 30000.0"),
        (
            changed("blocks", 0, "reefer_rows", to=[7]),
            "blocks[0]: block 'A01'.reefer_rows: expected rows 1 to 6",
        ),
        (changed("blocks", 0, "colour", to="red"), "blocks[0]: expected only the keys name, kind,"),
        (changed("blocks", 1, "name", to="A01"), "blocks[1].name: expected a name used once, found 'A01'"),
        (changed("blocks", to={}), "layout 'north.yard.json', blocks: expected a list, found an object"),
        (changed("lanes", 3, "block", to="Z9"), "lanes[3].block: expected a block's name, found 'Z9'"),
        (
            changed("lanes", 3, "centre_line_yard_m", to=[[0, 0]]),
            "expected a list of 2 to 10000, found a list",
        ),
        (
            changed("gates", 0, "lanes_in", to=["nowhere"]),
            "gates[0]: expected a lane's name, found 'nowhere'",
        ),
        (changed("georeference", "epsg", to=2415), "georeference.epsg: expected a datum that satellite"),
        (changed("georeference", "origin", to=[1e7, 1e8]), "georeference.origin: expected a point inside"),
        (changed("fence_yard_m", to=[[0, 0], [1, 1]]), "fence_yard_m: expected a list of 3 to 10000"),
        (changed("name", to=7), "layout 'north.yard.json', name: expected a text, found 7"),
        (changed("format", to="something"), "format: expected 'yard-twin layout', found 'something'"),
        (changed("version", to=2), "version: expected at most 1, found 2; the file was written by a newer"),
        (changed("version", to=0), "version: expected 1 to 1, found 0"),
        (changed("version", to="1"), "version: expected a whole number, found '1'"),
        (BYTES.replace(b'"name": "A01"', b'"name": "A01", "name": "A01"'), "each key once in an object"),
        (BYTES.replace(b'"heading_rad": 0.0', b'"heading_rad": NaN'), "expected finite numbers, found NaN"),
        (
            BYTES.replace(b'"heading_rad": 0.0', b'"heading_rad": -Infinity'),
            "finite numbers, found -Infinity",
        ),
        (
            BYTES.replace(b'"heading_rad": 0.0', b'"heading_rad": 1e999'),
            "heading_rad: expected -1000 to 1000",
        ),
        (BYTES.replace(b'"heading_rad": 0.0', b'"heading_rad": ' + b"9" * 5000), "north.yard.json"),
        (BYTES[: len(BYTES) // 2], "expected more, found the end of the file; it may have been cut off"),
        (b"", "expected more, found the end of the file"),
        (b"\0" * 400, "line 1, column 1: expected JSON"),
        (b"[" * 200_000, "nested too deep"),
        (b'{"a":' * 100_000, "nested too deep"),
        (b"[]", "format: expected 'yard-twin layout', found a list of 0"),
        (b"null", "format: expected 'yard-twin layout', found null"),
        (
            b'{"format": "yard-twin layout", "version": 1}',
            "'north.yard.json': expected the key 'name', found none",
        ),
        (b"\xff\xfe{}", "expected UTF-8 text, found the byte 0xff"),
        (pickle.dumps(DOCUMENT), "expected UTF-8 text"),
        (b" " * (native.MAX_BYTES + 1), "expected at most 16 MiB, found 16.0 MiB"),
    ],
    ids=itertools.count(),
)
def test_a_document_that_is_no_yard_is_refused_with_place_expected_and_found(
    data: bytes, expected: str
) -> None:
    message = refusal(data)
    assert expected in message
    assert message.startswith("layout 'north.yard.json'")


def test_two_blocks_over_each_other_are_refused_by_both_names() -> None:
    x, y = DOCUMENT["blocks"][0]["origin_yard_m"]
    message = refusal(changed("blocks", 1, "origin_yard_m", to=[x + 250.0, y + 20.0]))
    assert "blocks[0] 'A01': expected blocks apart, found it over blocks[1] 'B01' at (" in message


def test_more_places_than_the_tables_hold_are_refused_before_they_are_laid_out() -> None:
    huge = DOCUMENT["blocks"][0] | {"bays": 200, "rows": 60, "bay_pitch_m": 7.0, "reefer_rows": []}
    many = [
        huge | {"name": f"B{k}", "origin_yard_m": [1_500.0 * (k % 13) - 10_000, 180.0 * (k // 13) - 1_000]}
        for k in range(100)
    ]
    assert "expected at most 1000000 places, found 1200000" in refusal(
        json.dumps(DOCUMENT | {"blocks": many, "lanes": [], "gates": []}).encode()
    )


@given(st.data())
@settings(max_examples=150, deadline=None)
def test_a_damaged_file_is_read_or_refused_but_never_crashes(data: st.DataObject) -> None:
    damaged = bytearray(BYTES)
    for _ in range(data.draw(st.integers(1, 4))):
        at = data.draw(st.integers(0, len(damaged) - 1))
        damaged[at : at + data.draw(st.integers(0, 3))] = data.draw(st.binary(max_size=3))
    assert is_read_or_refused_by_name(bytes(damaged))


values = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats(allow_nan=False) | st.text(max_size=5),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=5), inner, max_size=3),
    max_leaves=8,
)
places = st.sampled_from(
    [
        ("name",),
        ("fence_yard_m",),
        ("fence_yard_m", 0),
        ("georeference",),
        ("georeference", "epsg"),
        ("georeference", "origin"),
        ("blocks", 0),
        ("blocks", 0, "rows"),
        ("blocks", 0, "row_pitch_m"),
        ("lanes", 5, "kind"),
        ("lanes", 5, "centre_line_yard_m"),
        ("gates", 0, "lanes_out"),
        ("zones", 0, "ring_yard_m"),
        ("quays", 0, "edge_yard_m"),
        ("base_station",),
        ("revision",),
    ]
)


@given(places, values)
@settings(max_examples=200, deadline=None)
def test_any_value_in_any_place_is_read_or_refused(place: tuple[str | int, ...], value: Any) -> None:
    assert is_read_or_refused_by_name(changed(*place, to=value))


def test_the_schema_beside_the_reader_is_the_readers_own() -> None:
    assert json.loads(SCHEMA.read_text()) == native.schema()


@pytest.mark.parametrize(
    ("model", "path"),
    [
        (Yard, ()),
        (Georeference, ("georeference",)),
        (Block, ("blocks", "items")),
        (Lane, ("lanes", "items")),
        (Gate, ("gates", "items")),
        (Zone, ("zones", "items")),
        (Quay, ("quays", "items")),
        (BaseStation, ("base_station", "anyOf", 1)),
    ],
)
def test_the_schema_knows_every_field_of_the_model_and_asks_for_those_without_a_default(
    model: type, path: tuple[Any, ...]
) -> None:
    at: Any = native.schema()["properties"] if path else native.schema()
    for key in path:
        at = at[key]
    fields = dataclasses.fields(model)
    names = {"format", "version"} if model is Yard else set()
    assert set(at["properties"]) - names == {field.name for field in fields}
    must = {
        field.name
        for field in fields
        if field.default is dataclasses.MISSING and field.default_factory is dataclasses.MISSING
    }
    assert set(at["required"]) - names == must
    assert at["additionalProperties"] is False


def test_there_is_a_way_from_every_older_version_to_the_present_one() -> None:
    assert set(MIGRATIONS) == set(range(1, VERSION))


def test_migrations_run_one_after_the_other() -> None:
    table = {1: lambda d: d | {"b": 1}, 2: lambda d: d | {"c": d["b"] + 1}}
    assert migrate({"a": 0}, 1, "layout 'x'", table, 3) == {"a": 0, "b": 1, "c": 2}
    assert migrate({"b": 5}, 2, "layout 'x'", table, 3) == {"b": 5, "c": 6}
    with pytest.raises(LayoutError, match="expected 1 to 3, found 0"):
        migrate({}, 0, "layout 'x'", table, 3)
