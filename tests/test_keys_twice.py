"""A key that stands twice in one JSON object is refused: in files with its line, in streams with a count."""

import os
import random
import subprocess
import sys
from collections import Counter
from pathlib import Path

import numpy as np
import pytest

from layouts import native
from layouts.generator import compact_yard
from layouts.report import LayoutError
from sensors import doubling
from sensors.decoder import Decoder
from sensors.telemetry import encode_reading
from twin import keys_once
from twin.inputs import RawChunk
from twin.keys_once import KeyTwiceError
from ui import main

T_NS = 1_790_000_000_000_000_000
ROOT = Path(__file__).parent.parent
WORDS = ('"a"', '"b"', '"a\\u0062"', '"ab"', '":a"', '"}"', '"a":', '"b" :', '":a":', '"ab":', '"\\u0061":',
         "{", "}", "[", "]", ",", "1", "null", " ", "\n", "\\", '"')  # fmt: skip


def crane(device: str = "RTG-01", **again: object) -> bytes:
    line = encode_reading(device, T_NS, -3.2, 12.5, 20_000.0, locked=True, length_ft=40).strip()
    more = "".join(f',"{name}":{value}' for name, value in again.items())
    return line[:-1] + more.encode() + b"}\n"


def rejects(*lines: bytes) -> Counter[str]:
    batch = Decoder().decode([RawChunk("x", T_NS, b"".join(lines))])
    return Counter(one.reason for one in batch.rejects)


def test_of_two_words_of_one_reading_neither_counts_and_the_line_is_counted_by_its_reason() -> None:
    batch = Decoder().decode([RawChunk("x", T_NS, crane() + crane("RTG-02", hoist_m=3.0))])
    assert batch.devices == ("RTG-01",)
    assert [one.reason for one in batch.rejects] == ["message: a key twice in one object"]


@pytest.mark.parametrize(
    "line",
    [
        b'{"type":"wind","device":"M","t_ns":1790000000000000000,"speed_mps":3.0,"speed_mps":30.0}\n',
        b'{"type":"wind","device":"M","t_ns":1790000000000000000,"speed_mps":3.0, "speed_mps" : 3.0}\n',
        b'{"type":"wind","device":"M","t_ns":1790000000000000000,"speed_mps":3.0,"speed_mp\\u0073":30.0}\n',
        b'{"msg":{"timestamp":"2026-09-21T15:33:20Z"},"terminal":{"wind":{"speed":{"value":3,"value":30}}}}\n',
        b'{"headerId":1,"timestamp":"2026-09-21T15:33:20Z","serialNumber":"A","serialNumber":"B"}\n',
    ],
)
def test_a_key_is_found_twice_in_any_dialect_however_it_is_written(line: bytes) -> None:
    assert rejects(line) == {"message: a key twice in one object": 1}


@pytest.mark.parametrize(
    "text",
    [
        '{"a":{"v":1},"b":{"v":2}}',
        '{"a":[{"v":1},{"v":2}],"v":3}',
        '{"a":"a","b":"a\\":"}',
        '{"a":"b",":x":1,"x":2}',
        '{"a":"}","b":{},"c":"a"}',
    ],
)
def test_a_name_in_two_objects_or_as_a_value_is_not_twice(text: str) -> None:
    line = text.encode()
    assert doubling.complaints(line, np.array([0]), np.array([len(line)])) == [""]
    assert keys_once.loads(text)


def told(lines: list[bytes]) -> list[str]:
    ends = np.cumsum([len(line) for line in lines])
    return doubling.complaints(b"".join(lines), ends - [len(line) for line in lines], ends)


def many_lines() -> list[bytes]:
    """Objects with keys from few names, nested now and then, and rubbish."""
    rng = random.Random(3)

    def made(deep: int) -> str:
        pairs = []
        for _ in range(rng.randrange(5)):
            key = rng.choice(("a", "b", "c", ":a", "a\\u0062", "ab", "\\u0061", "}", "d e"))
            value = (
                made(deep - 1) if deep and rng.random() < 0.4 else rng.choice(('"a"', "1", '"b\\":"', "[]"))
            )
            pairs.append(f'"{key}"{rng.choice(("", " "))}:{value}')
        return "{" + ",".join(pairs) + "}"

    rubbish = ["{" + "".join(rng.choices(WORDS, k=rng.randrange(1, 14))) for _ in range(500)]
    return [text.encode() for text in [made(3) for _ in range(2000)] + rubbish]


def test_what_is_found_is_what_a_full_reader_finds() -> None:
    lines = many_lines()
    found = told(lines)
    expected = [doubling.complaint(line) for line in lines]
    assert expected.count(doubling.TWICE) > 300
    for line, one, other in zip(lines, found, expected, strict=True):
        # What is no JSON may be left to its own reader.
        assert one == other or (one == "" and other != doubling.TWICE), line


def test_without_the_compiler_the_same_is_found() -> None:
    code = "import test_keys_twice as t; print(t.told(t.many_lines()).count(t.doubling.TWICE))"
    found = subprocess.run(
        [sys.executable, "-c", code], cwd=ROOT / "tests", text=True, capture_output=True, check=True,
        env=os.environ | {"YARD_TWIN_COMPILER": "0", "PYTHONPATH": str(ROOT)},
    )  # fmt: skip
    assert int(found.stdout) == told(many_lines()).count(doubling.TWICE)


def test_a_deep_or_crowded_object_is_read_in_full() -> None:
    deep = b'{"a":' * 40 + b"1" + b"}" * 40
    crowd = "{" + ",".join(f'"k{k}":1' for k in range(400))
    assert told([deep, (crowd + "}").encode(), (crowd + ',"k7":2}').encode()]) == ["", "", doubling.TWICE]


def test_a_layout_with_a_key_twice_is_refused_with_line_and_key() -> None:
    text = native.encode(compact_yard()).decode()
    assert text.count('"name"') > 3
    second = text.index('"kind"', text.index('"blocks"'))
    twice = text[:second] + '"name": "Z99",\n' + text[second:]
    line = twice.count("\n", 0, second) + 1
    with pytest.raises(LayoutError, match=rf"line {line}: expected each key once in an object, found 'name'"):
        native.decode(twice.encode(), "layout 'x.yard.json'")


@pytest.mark.parametrize("command", ["relocate", "premarshal"])
def test_a_bay_with_a_key_twice_is_refused_with_file_line_and_key(tmp_path, capsys, command: str) -> None:
    path = tmp_path / "bays.jsonl"
    path.write_text('{"stacks": [[1]], "max_tiers": 4}\n{"stacks": [[1]], "max_tiers": 4, "max_tiers": 5}\n')
    assert main.main([command, str(path), "--json"]) == 2
    out, err = capsys.readouterr()
    assert out == ""
    assert "bays.jsonl" in err
    assert "line 2" in err
    assert "expected each key once in an object, found 'max_tiers' again" in err


def test_the_line_of_the_second_key_is_told_among_names_of_other_objects() -> None:
    text = '{\n "a": {"x": 1},\n "b": [{"x": 1}, {"x": "a: b"}],\n "c": 1,\n "\\u0061": 2\n}'
    with pytest.raises(KeyTwiceError) as caught:
        keys_once.loads(text)
    assert (caught.value.key, caught.value.line) == ("a", 5)
