"""Files of bays and the command ``yard-twin relocate``."""

import json

import pytest
from relocation_checks import replayed

from twin.stacking.brp.instance import RelocationError
from twin.stacking.instances import read_bays
from ui.main import main

DAT = "3 7\n3 1 5 2\n2 7 3\n2 6 4\n"
ZHU = "2\n3 3 4 1 1 1 2 2 1 3 1\n2 2 2 1 1 2 1\n"


def written(folder, name, text):
    path = folder / name
    path.write_text(text)
    return path


def test_a_caserta_voss_file_takes_its_height_limit_from_its_name(tmp_path):
    (bay,) = read_bays(written(tmp_path, "data3-3-12.dat", DAT))

    assert bay.stacks == ((1, 5, 2), (7, 3), (6, 4))
    assert bay.max_tiers == 5


def test_a_text_file_gives_the_place_of_each_box(tmp_path):
    first, second = read_bays(written(tmp_path, "bays.txt", ZHU))

    assert first.stacks == ((1, 2), (3,), (4,))
    assert (first.max_tiers, second.max_tiers) == (3, 2)
    assert second.stacks == ((1,), (2,))


def test_lines_of_json_may_hold_groups(tmp_path):
    path = written(tmp_path, "a.jsonl", '{"stacks": [[2, 2], []], "max_tiers": 2}\n\n')

    assert read_bays(path)[0].stacks == ((2, 2), ())


@pytest.mark.parametrize(
    ("name", "text", "words"),
    [
        ("data3-3-1.dat", "3 8\n3 1 5 2\n2 7 3\n2 6 4\n", "expected 8 boxes in all, found 7"),
        ("data3-3-1.dat", "3 7\n3 1 5\n2 7 3\n2 6 4\n", "line 2, expected 3 boxes, found 2"),
        ("data3-3-1.dat", "3 7\n3 1 5 2\n2 7 3\n", "expected 3 lines of stacks after the first, found 2"),
        ("data3-3-1.dat", "3 7\n3 1 5 2\n2 7 3\n2 6 5\n", "box 5: expected it once, found it 2 times"),
        ("data3-3-1.dat", "3 7\n3 1 x 2\n2 7 3\n2 6 4\n", "line 2, expected whole numbers, found 'x'"),
        ("data0-3-1.dat", "1 3\n3 1 2 3\n", r"stacks\[0\]: expected at most 2 boxes, found 3"),
        ("data3-3-1.dat", "", "line 1, expected 2 whole numbers, found 0"),
        ("bay.dat", DAT, "expected dataH-W-K.dat"),
        ("a.txt", "3\n2 2 1 1 1\n", "line 1: expected the number of bays that follow, 1, found 3"),
        ("a.txt", "1\n2 2 2 1 1\n", "line 2, expected 4 numbers for 2 boxes, found 2"),
        ("a.txt", "1\n2 2 1 3 1\n", "box 1: expected a stack of 1 to 2 and a tier of 1 to 2, found 3 1"),
        ("a.txt", "1\n2 2 2 1 1 1 1\n", "box 2: expected a place of its own, found box 1 in 1 1"),
        ("a.txt", "1\n2 2 1 1 2\n", "stack 1: expected no gap, found tier 1 empty"),
        ("a.txt", "1\n999999999 2 0\n", "stacks: expected 1 to 200"),
        ("a.jsonl", "{]", "line 1, expected a JSON object, found text that is none"),
        ("a.jsonl", "[" * 100_000, "line 1, expected a JSON object"),
        ("a.jsonl", "[]", r"line 1, expected a JSON object, found \[\]"),
        ("a.jsonl", "{}", "expected a field 'stacks', found none"),
        ("a.jsonl", '{"stacks": 3, "max_tiers": 2}', "stacks: expected a list of stacks, found 3"),
        ("a.jsonl", '{"stacks": [1], "max_tiers": 2}', r"stacks\[0\]: expected a list of boxes, found 1"),
        ("a.jsonl", '{"stacks": [[NaN]], "max_tiers": 2}', "expected a whole number, found nan"),
        ("a.jsonl", '{"stacks": [[1]], "max_tiers": "2"}', "max_tiers: expected 1 to 100, found '2'"),
    ],
)
def test_a_damaged_file_is_refused_with_the_place_and_the_fault(tmp_path, name, text, words):
    path = written(tmp_path, name, text)
    with pytest.raises(RelocationError, match=words) as caught:
        read_bays(path)

    assert str(caught.value).startswith(f"file '{path}'")


def test_a_file_that_is_no_text_is_refused(tmp_path):
    path = tmp_path / "a.jsonl"
    path.write_bytes(b'{"stacks": \xff}')
    with pytest.raises(RelocationError, match="expected UTF-8 text"):
        read_bays(path)


def test_the_command_prints_a_plan_a_line(tmp_path, capsys):
    bays = written(tmp_path, "bays.txt", ZHU)
    dat = written(tmp_path, "data3-3-1.dat", DAT)

    assert main(["relocate", str(bays), str(dat), "--json", "--budget-ms", "50"]) == 0
    lines = [json.loads(line) for line in capsys.readouterr().out.splitlines()]

    assert [(line["file"], line["index"]) for line in lines] == [
        (str(bays), 0),
        (str(bays), 1),
        (str(dat), 0),
    ]
    stacks = [[[1, 2], [3], [4]], [[1], [2]], [[1, 5, 2], [7, 3], [6, 4]]]
    for line, bay, tiers in zip(lines, stacks, (3, 2, 5), strict=True):
        assert set(line) == {"file", "index", "relocations", "moves", "lower_bound", "proven", "ms"}
        assert replayed(bay, tiers, line["moves"]) == line["relocations"]


def test_a_bay_without_room_is_answered_with_a_reason(tmp_path, capsys):
    path = written(tmp_path, "a.jsonl", '{"stacks": [[1, 2], [3, 4]], "max_tiers": 2}')

    assert main(["relocate", str(path), "--json", "--restricted"]) == 0
    (line,) = [json.loads(line) for line in capsys.readouterr().out.splitlines()]

    assert (line["relocations"], line["moves"], line["proven"]) == (None, [], True)
    assert line["reason"] == "no plan: box 1 in stack 0 has 1 above it, and other stacks have room for 0"


def test_the_table_has_a_row_a_bay(tmp_path, capsys):
    path = written(tmp_path, "bays.txt", ZHU)

    assert main(["relocate", str(path)]) == 0
    heading, *rows = capsys.readouterr().out.splitlines()

    assert heading.split() == ["file", "bay", "boxes", "relocations", "bound", "proven", "ms"]
    assert [row.split()[:5] for row in rows] == [
        ["bays.txt", "0", "4", "1", "1"],
        ["bays.txt", "1", "2", "0", "0"],
    ]


@pytest.mark.parametrize("words", [["--budget-ms", "0"], ["--budget-ms", "nan"]])
def test_a_budget_that_cannot_be_is_refused(tmp_path, capsys, words):
    path = written(tmp_path, "bays.txt", ZHU)

    assert main(["relocate", str(path), *words]) == 2
    assert "--budget-ms: expected above 0" in capsys.readouterr().err


def test_one_damaged_file_among_good_ones_leaves_nothing_written(tmp_path, capsys):
    good, bad = written(tmp_path, "bays.txt", ZHU), written(tmp_path, "x.jsonl", "{")

    assert main(["relocate", str(good), str(bad), "--json"]) == 2
    out, err = capsys.readouterr()
    assert out == ""
    assert "line 1, expected a JSON object" in err
