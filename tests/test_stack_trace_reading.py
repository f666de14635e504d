"""Recorded tables: the many ways to write one thing, and what contradicts itself."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from stack_trace_files import write

from twin.stacking.uncertain import cells, recorded
from twin.stacking.uncertain.cells import CellError
from twin.stacking.uncertain.record import NEVER_D
from twin.stacking.uncertain.sample import Sample, sample_record
from twin.stacking.uncertain.tables import RecordError, read_operations, read_standing
from twin.stacking.uncertain.trace import Departures, DeparturesError, read_record

NINE_S = 1_706_693_400.0  # 2024-01-31 09:30:00 UTC
STATE = "cid,size_ft,bay,row,tier\n"
OPS = "time,action,cid,size_ft,bay,row,tier,booked\n"


@pytest.mark.parametrize(
    "text",
    [
        "2024-01-31T09:30:00Z", "2024-01-31 09:30:00", "2024-01-31 09:30", "2024/1/31 9:30",
        "2024.01.31 09:30:00",
        "2024-01-31T17:30:00+08:00", "2024-01-31T04:30:00-0500", "2024-01-31 09:30:00.000", "20240131093000",
        "202401310930", "1706693400", "1706693400000", "1706693400.0",
    ],
)  # fmt: skip
def test_one_instant_is_read_however_it_is_written(text):
    assert cells.instant_s(text) == NINE_S


@pytest.mark.parametrize(
    "text",
    ["", "soon", "2024-02-30", "2024-01-31 25:00", "31/01/2024", "12345", "1969-12-31", "9999999999999999"],
)
def test_what_is_no_instant_is_refused(text):
    with pytest.raises(CellError, match="a time such as"):
        cells.instant_s(text)


@given(st.text(max_size=40))
def test_no_text_in_a_cell_does_more_than_be_refused(text):
    for read in (
        cells.instant_s,
        cells.length_ft,
        cells.laden,
        cells.enters,
        lambda t: cells.whole(t, "bay"),
    ):
        try:
            read(text)
        except CellError:
            continue


def test_lengths_loads_and_actions_are_read_as_systems_write_them():
    assert [cells.length_ft(text) for text in ("20", "40HC", "45'", "20 ft", "40.0")] == [20, 40, 45, 20, 40]
    assert [cells.laden(text) for text in ("1", "F", "true", "E", "0", "False", "")] == [
        True, True, True, False, False, False, None,
    ]  # fmt: skip
    assert [cells.enters(text) for text in ("ENTER", "in", "Leave", "OUT")] == [True, True, False, False]


def files(tmp_path, state, ops):
    initial, operations = tmp_path / "state.csv", tmp_path / "ops.csv"
    initial.write_text(STATE + state)
    operations.write_text(OPS + ops)
    return initial, operations


def test_a_written_record_is_read_as_it_was(tmp_path):
    record = sample_record(3, Sample(positions=5, rows=4, standing=30, arrivals=30))
    block = read_record(*write(tmp_path, record), 4, 4)
    there = np.flatnonzero(np.isin(np.arange(len(record.long)), record.box) | (record.first_cell >= 0))
    assert not block.rejects
    assert not block.notes
    assert block.record.long.tolist() == record.long[there].tolist()
    assert block.record.enters.tolist() == record.enters.tolist()
    assert np.allclose(block.record.time_d, record.time_d - record.time_d[0], atol=1e-9)
    assert (block.record.leaves_d == NEVER_D).sum() == (record.leaves_d[there] == NEVER_D).sum()


def test_long_boxes_stand_over_two_short_bays(tmp_path):
    state = "A,20,1,1,1\nB,20,3,1,1\nC,40,2,1,2\n"
    record = read_record(*files(tmp_path, state, "2024-01-01,leave,A,,,,,\n"), 15, 4).record
    assert record.first_cell.tolist() == [0, 15, 0]
    assert record.long.tolist() == [False, False, True]


@pytest.mark.parametrize(
    ("state", "reason"),
    [
        ("A,40,2,1,1\nB,20,1,1,2\n", recorded.MOVED),
        ("A,20,1,1,1\nB,20,1,1,3\n", recorded.MOVED),
        ("A,20,1,1,1\nB,20,1,16,1\n", recorded.OUTSIDE),
        ("A,20,1,1,1\nB,20,1,2,5\n", recorded.OUTSIDE),
    ],
)
def test_a_box_that_cannot_stand_where_it_was_recorded_is_set_nearby_and_noted(tmp_path, state, reason):
    block = read_record(*files(tmp_path, state, "2024-01-01,leave,A,,,,,\n"), 15, 4)
    assert (block.record.first_cell >= 0).all()
    assert block.notes == {reason: 1}


def test_a_box_that_finds_no_slot_at_the_start_is_left_out_with_its_departure(tmp_path):
    state = "A,20,1,1,1\nB,20,1,1,2\n"
    block = read_record(*files(tmp_path, state, "2024-01-01,leave,B,,,,,\n2024-01-02,leave,A,,,,,\n"), 1, 1)
    assert block.rejects == {recorded.NO_ROOM: 1}
    assert block.record.box.tolist() == [0]


def test_operations_out_of_order_are_sorted_in_and_noted(tmp_path):
    ops = "2024-01-03,leave,A,,,,,\n2024-01-02,enter,B,20,1,1,1,\n"
    block = read_record(*files(tmp_path, "A,20,1,1,1\n", ops), 15, 4)
    assert block.notes == {recorded.LATE: 1}
    assert block.record.enters.tolist() == [True, False]


def test_a_box_that_left_may_come_again_as_another(tmp_path):
    ops = "2024-01-02,leave,A,,,,,\n2024-01-03,enter,A,20,,,,\n2024-01-04,leave,A,,,,,\n"
    block = read_record(*files(tmp_path, "A,20,1,1,1\n", ops), 15, 4)
    assert not block.rejects
    assert block.record.box.tolist() == [0, 1, 1]


def test_relocations_of_the_record_are_boxes_that_left_from_another_slot(tmp_path):
    ops = "2024-01-02,leave,A,,1,2,1,\n2024-01-03,leave,B,,1,3,1,\n"
    block = read_record(*files(tmp_path, "A,20,1,1,1\nB,20,1,3,1\n", ops), 15, 4)
    assert block.relocated == 1
    silent = read_record(*files(tmp_path, "A,20,1,1,1\n", "2024-01-02,leave,A,,,,,\n"), 15, 4)
    assert silent.relocated is None


def test_an_announcement_after_the_departure_or_in_words_is_none(tmp_path):
    ops = (
        "2024-01-02 12:00,leave,A,,,,,2024-01-02 11:00\n"
        "2024-01-03 12:00,leave,B,,,,,2024-01-03 13:00\n"
        "2024-01-04 12:00,leave,C,,,,,yes\n"
    )
    state = "A,20,1,1,1\nB,20,1,2,1\nC,20,1,3,1\n"
    announced_d = read_record(*files(tmp_path, state, ops), 15, 4).record.announced_d
    assert announced_d[0] == pytest.approx(-1.0 / 24.0)
    assert np.isnan(announced_d[1:]).all()


def test_a_table_too_long_is_refused_before_it_is_read(tmp_path, monkeypatch):
    initial, operations = files(tmp_path, "A,20,1,1,1\n" * 50, "")
    monkeypatch.setattr("twin.stacking.uncertain.tables.MOST_LINES", 20)
    with pytest.raises(RecordError, match="at most 20 lines"):
        read_standing(initial)
    monkeypatch.setattr("twin.stacking.uncertain.tables.MOST_BYTES", 10)
    with pytest.raises(RecordError, match="at most 10 bytes"):
        read_operations(operations)


def test_a_cell_of_a_million_characters_is_refused_by_its_column(tmp_path):
    initial, _ = files(tmp_path, "A" * 1000 + ",20,1,1,1\n", "")
    with pytest.raises(RecordError, match="'cid': expected at most 256"):
        read_standing(initial)
    initial.write_text(STATE + "A" * 1_000_000 + ",20,1,1,1\n")
    with pytest.raises(RecordError, match="line 2"):
        read_standing(initial)


@pytest.mark.parametrize(
    "words", ["", "noise", "noise:", "noise:x", "noise:inf", "noise:nan", "noise:-1", "KNOWN "]
)
def test_departures_that_cannot_be_are_refused(words):
    with pytest.raises(DeparturesError, match="noise:DAYS"):
        Departures.of(words)
