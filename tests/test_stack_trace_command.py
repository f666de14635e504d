"""The command stack-trace: recorded tables in, one line of figures out, damaged tables refused."""

import json

import pytest
from stack_trace_files import write

from twin.stacking.uncertain.sample import Sample, sample_record
from ui.main import main

SMALL = Sample(positions=4, rows=6, tiers=4, standing=24, arrivals=40)
STATE = "cid,size_ft,iso,laden,direction,bl_group,in_date,bay,row,tier\n"
OPS = "time,action,cid,size_ft,iso,laden,direction,bl_group,in_date,bay,row,tier,booked,bound\n"


def run(capsys, initial, operations, *more):
    code = main(["stack-trace", "--initial", str(initial), "--operations", str(operations), "--json", *more])
    out, err = capsys.readouterr()
    return code, out, err


def tables(tmp_path, state, ops):
    initial, operations = tmp_path / "state.csv", tmp_path / "ops.csv"
    initial.write_text(state)
    operations.write_text(ops)
    return initial, operations


def test_a_box_that_buries_the_first_to_leave_is_relocated_once(tmp_path, capsys):
    state = STATE + "A,20,22G1,1,I,x,2024-01-01,1,1,1\nB,20,22G1,1,I,y,2024-01-01,1,1,2\n"
    ops = OPS + "2024-01-05 10:00:00,leave,A,20,22G1,1,I,x,2024-01-01,1,1,1,,\n"
    code, out, _ = run(capsys, *tables(tmp_path, state, ops))
    found = json.loads(out)
    assert code == 0
    assert out.count("\n") == 1
    assert (found["relocations"], found["leaves"], found["blocked_leaves"]) == (1, 1, 1)
    assert (found["lower_bound"], found["standing"], found["enters"]) == (1, 1, 0)


def test_columns_may_come_in_any_order_and_case_with_other_columns_between(tmp_path, capsys):
    state = "Tier;ROW;Bay;colour;cid\n1;1;1;red;A\n2;1;1;blue;B\n"
    ops = "cid;Action;note;TIME;booked\nA;LEAVE;;2024/1/5 10:00;2024/1/5 09:00\n"
    code, out, _ = run(capsys, *tables(tmp_path, state, ops), "--departures", "unknown")
    assert code == 0
    assert json.loads(out)["relocations"] == 1


@pytest.mark.parametrize("policy", ["expected", "min_max", "levelling", "random"])
@pytest.mark.parametrize("departures", ["known", "noise:1", "unknown"])
def test_every_rule_plays_a_record_to_the_end_and_twice_the_same(tmp_path, capsys, policy, departures):
    initial, operations = write(tmp_path, sample_record(5, SMALL))
    words = ["--policy", policy, "--departures", departures, "--rows", "6"]
    code, out, _ = run(capsys, initial, operations, *words)
    found, again = json.loads(out), json.loads(run(capsys, initial, operations, *words)[1])
    assert code == 0
    in_and_here = found["at_start"] + found["enters"] - found["no_slot"]
    assert in_and_here - found["leaves"] == found["standing"]
    assert found["relocations"] >= found["lower_bound"]
    assert {k: v for k, v in found.items() if "ms" not in k} == {
        k: v for k, v in again.items() if "ms" not in k
    }


def test_contradictory_records_are_counted_with_their_reasons(tmp_path, capsys):
    state = STATE + "A,20,22G1,1,I,x,2024-01-01,1,1,1\nA,20,22G1,1,I,x,2024-01-01,1,2,1\n"
    ops = (
        OPS
        + "2024-01-05 10:00:00,leave,GHOST,20,22G1,1,I,x,2024-01-01,1,1,1,,\n"
        + "2024-01-05 11:00:00,enter,A,20,22G1,1,I,x,2024-01-01,1,1,1,,\n"
        + "2024-01-05 12:00:00,leave,A,20,22G1,1,I,x,2024-01-01,1,1,1,,\n"
    )
    code, out, _ = run(capsys, *tables(tmp_path, state, ops))
    found = json.loads(out)
    assert code == 0
    assert found["leaves"] == 1
    assert sum(found["rejects"].values()) == 3


@pytest.mark.parametrize(
    ("state", "ops", "words"),
    [
        ("", OPS, ["state.csv", "line 1", "cid", "an empty file"]),
        ("cid,bay,row\nA,1,1\n", OPS, ["state.csv", "line 1", "'tier'"]),
        (STATE + "A,20,22G1,1,I,x,,1,1,zero\n", OPS, ["state.csv", "line 2", "'tier'", "'zero'"]),
        (STATE + "A,20,22G1,1,I,x,,1,1,0\n", OPS, ["state.csv", "line 2", "'tier'", "1 to 9", "'0'"]),
        (STATE + "A,20,22G1,1,I,x,,999999999999,1,1\n", OPS, ["line 2", "'bay'", "1 to 399"]),
        (STATE + "A,33,22G1,1,I,x,,1,1,1\n", OPS, ["line 2", "'size_ft'", "20, 40 or 45", "'33'"]),
        (STATE + "A,20,22G1,perhaps,I,x,,1,1,1\n", OPS, ["line 2", "'laden'", "'perhaps'"]),
        (STATE + ",20,22G1,1,I,x,,1,1,1\n", OPS, ["line 2", "'cid'", "nothing"]),
        (STATE, OPS, ["operations", "at least one"]),
        (STATE, OPS + "soon,enter,A,20,,1,I,x,,1,1,1,,\n", ["ops.csv", "line 2", "'time'", "'soon'"]),
        (STATE, OPS + "2024-13-01,enter,A,20,,1,I,x,,1,1,1,,\n", ["ops.csv", "line 2", "'time'"]),
        (
            STATE + "A,20,22G1,1,I,x,,1,1,1\n",
            OPS + "1970-01-02,leave,A,,,,,,,,,,,\n2024-01-01,enter,B,20,,,,,,1,1,1,,\n",
            ["operations", "3650 days"],
        ),
        (STATE, OPS + "2024-01-01,fly,A,20,,1,I,x,,1,1,1,,\n", ["line 2", "'action'", "'fly'"]),
        (STATE, OPS + "2024-01-01,enter\n", ["ops.csv", "line 2", "cells", "2"]),
        (STATE, OPS + '2024-01-01,enter,"A,20\n', ["ops.csv", "line 2"]),
        (STATE, OPS + "2024-01-01,enter,A,20,,1,I,x,,,,,,\n", ["bays", "at least one"]),
    ],
)  # fmt: skip
def test_a_damaged_table_is_refused_by_file_line_and_column(tmp_path, capsys, state, ops, words):
    code, out, err = run(capsys, *tables(tmp_path, state, ops))
    assert code == 2
    assert out == ""
    assert [word for word in words if word not in err] == []


def test_bytes_that_are_no_text_are_refused(tmp_path, capsys):
    initial, operations = tables(tmp_path, STATE, OPS)
    operations.write_bytes(b"\xff\xfe\x00\x01" * 10)
    assert run(capsys, initial, operations)[0] == 2
    assert run(capsys, initial, tmp_path / "nowhere.csv")[0] == 2
    assert run(capsys, initial, tmp_path)[0] == 2


@pytest.mark.parametrize(
    ("words", "expected"),
    [
        (("--departures", "noise:much"), "noise:DAYS"),
        (("--departures", "noise:nan"), "noise:DAYS"),
        (("--departures", "noise:-1"), "noise:DAYS"),
        (("--policy", "magic"), "expected, "),
        (("--rows", "0"), "1 to 60"),
        (("--tiers", "99"), "1 to 9"),
        (("--seed", "-1"), "0 or more"),
    ],
)
def test_words_that_cannot_be_are_refused(tmp_path, capsys, words, expected):
    code, out, err = run(capsys, *tables(tmp_path, STATE, OPS), *words)
    assert (code, out) == (2, "")
    assert expected in err
