"""Bays read from files, and the command that sorts them."""

import json

import pytest
from premarshal_check import after, is_sorted

from twin.stacking.premarshal.model import LayoutError
from twin.stacking.premarshal.reading import read
from ui.main import main

BAY = "3 5\n2 1 2\n0\n3 3 1 2\n"
GOOD = '{"stacks": [[1, 2], [], [3, 1, 2]], "max_tiers": 4}'


def written(tmp_path, name, text):
    path = tmp_path / name
    path.write_bytes(text if isinstance(text, bytes) else text.encode())
    return path


def test_both_forms_give_the_same_bay(tmp_path):
    text = read(written(tmp_path, "cpmp_3_4_5_3_1_1.bay", BAY))[0]
    line = read(written(tmp_path, "bays.jsonl", f"{GOOD}\n\n{GOOD}\n"))

    assert text.stacks == line[0].stacks == ((1, 2), (), (3, 1, 2))
    assert text.tiers == line[0].tiers == 4
    assert [(bay.file, bay.index) for bay in line] == [("bays.jsonl", 0), ("bays.jsonl", 1)]


@pytest.mark.parametrize("name", ["cpmp_3_4_5_3_1_1.bay", "bay-3-4.bay", "BF1_3_4.bay", "3 4"])
def test_tiers_are_the_second_number_of_the_name(tmp_path, name):
    assert read(written(tmp_path, name, BAY))[0].tiers == 4


def test_tiers_given_count_more_than_the_name(tmp_path):
    assert read(written(tmp_path, "noname.bay", BAY), 7)[0].tiers == 7


@pytest.mark.parametrize(
    ("name", "text", "message"),
    [
        ("a.jsonl", "", "expected a bay a line, found none"),
        ("a.jsonl", "{", "line 1: expected a JSON object"),
        ("a.jsonl", "[" * 100_000, "line 1: expected a JSON object"),
        ("a.jsonl", GOOD + "\n17\n", "line 2: expected a JSON object, found '17'"),
        ("a.jsonl", '{"stacks": [[1]]}', "max_tiers: expected 1 to 40, found None"),
        ("a.jsonl", '{"stacks": [[1]], "max_tiers": true}', "max_tiers: expected 1 to 40, found True"),
        ("a.jsonl", '{"stacks": 5, "max_tiers": 3}', "stacks: expected 1 to 200 lists, found 5"),
        ("a.jsonl", '{"stacks": [5], "max_tiers": 3}', r"stacks\[0\]: expected a list, found 5"),
        ("a.jsonl", '{"stacks": [[1, NaN]], "max_tiers": 3}', r"stacks\[0\]\[1\]: expected a whole number"),
        ("a.jsonl", '{"stacks": [[1, -2]], "max_tiers": 3}', r"stacks\[0\]\[1\]: expected a whole number"),
        (
            "a.jsonl",
            '{"stacks": [[1, 2]], "max_tiers": 1}',
            r"stacks\[0\]: expected at most 1 boxes, found 2",
        ),
        ("a.jsonl", b"\xff\xfe", "expected UTF-8 text"),
        ("a_3_4.bay", "", "line 1: expected stacks and boxes"),
        ("a_3_4.bay", "3\n", "line 1: expected stacks and boxes"),
        ("a_3_4.bay", "3 5\n2 1 2\n", "expected 3 lines after the first, found 1"),
        ("a_3_4.bay", "1 2\n2 1 x\n", "line 2: expected whole numbers, found 'x'"),
        ("a_3_4.bay", "1 2\n3 1 2\n", "line 2: expected 3 boxes"),
        ("a_3_4.bay", "1 9\n2 1 2\n", "line 1: expected 2 boxes, found 9"),
        ("a_3_1.bay", "1 2\n2 1 2\n", r"stacks\[0\]: expected at most 1 boxes, found 2"),
        ("a_3_99999999999999999999.bay", "1 2\n2 1 2\n", "max_tiers: expected 1 to 40"),
        ("noname.bay", BAY, "expected the tiers as the second number of its name"),
        ("a_3_4.bay", f"{'9' * 5000} 1\n", "line 1: expected whole numbers"),
    ],
)
def test_a_damaged_file_is_refused_by_name_and_place(tmp_path, name, text, message):
    path = written(tmp_path, name, text)

    with pytest.raises(LayoutError, match=message) as caught:
        read(path)

    assert str(path) in str(caught.value)
    assert len(str(caught.value)) < 500


def test_the_command_prints_a_line_a_bay_that_replays_to_a_sorted_one(tmp_path, capsys):
    lines = written(tmp_path, "bays.jsonl", f"{GOOD}\n{GOOD}\n")
    text = written(tmp_path, "cpmp_3_4_5_3_1_1.bay", BAY)

    code = main(["premarshal", str(lines), str(text), "--budget-ms", "500", "--json"])

    found = [json.loads(line) for line in capsys.readouterr().out.splitlines()]
    assert code == 0
    assert [(line["file"], line["index"]) for line in found] == [
        ("bays.jsonl", 0), ("bays.jsonl", 1), ("cpmp_3_4_5_3_1_1.bay", 0),
    ]  # fmt: skip
    for line in found:
        assert (line["count"], line["lower_bound"], line["proven"], line["badly_placed"]) == (2, 2, True, 2)
        assert line["relocations"] == len(line["moves"]) == 2
        assert is_sorted(after([[1, 2], [], [3, 1, 2]], 4, line["moves"]))
        assert line["ms"] >= 0


def test_the_command_gives_a_reason_where_there_is_no_plan(tmp_path, capsys):
    full = written(tmp_path, "full.jsonl", '{"stacks": [[1, 2], [2, 1]], "max_tiers": 2}\n')

    assert main(["premarshal", str(full), "--json"]) == 0

    (line,) = capsys.readouterr().out.splitlines()
    found = json.loads(line)
    assert found["reason"] == "no box can move: every stack is full"
    assert found["moves"] is found["count"] is found["lower_bound"] is None


def test_the_command_prints_a_table_without_json(tmp_path, capsys):
    assert main(["premarshal", str(written(tmp_path, "bays.jsonl", GOOD))]) == 0

    head, row = capsys.readouterr().out.splitlines()
    assert head.split() == ["file", "bay", "bad", "moves", "bound", "proven", "ms"]
    assert row.split()[:6] == ["bays.jsonl", "0", "2", "2", "2", "yes"]


@pytest.mark.parametrize(
    "words", [["--budget-ms", "0"], ["--budget-ms", "nan"], ["--budget-ms", "inf"], ["--tiers", "0"]]
)
def test_the_command_refuses_numbers_that_cannot_be(tmp_path, capsys, words):
    assert main(["premarshal", str(written(tmp_path, "bays.jsonl", GOOD)), *words]) == 2
    assert "expected" in capsys.readouterr().err


def test_a_damaged_file_after_a_good_one_leaves_nothing_printed(tmp_path, capsys):
    good = written(tmp_path, "good.jsonl", GOOD)

    assert main(["premarshal", str(good), str(tmp_path / "none.jsonl"), "--json"]) == 2

    captured = capsys.readouterr()
    assert captured.out == ""
    assert "none.jsonl" in captured.err
