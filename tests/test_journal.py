import os
import sqlite3
import stat
from pathlib import Path

import pytest

from twin.journal.errors import JournalError
from twin.journal.reader import JournalReader
from twin.journal.writer import BASE_EVERY, JournalWriter

SECOND = 1_000_000_000


def recorded(path: Path, ticks: int) -> Path:
    writer = JournalWriter(path, {"devices": b"{}"})
    for seq in range(1, ticks + 1):
        writer.append(seq, seq * SECOND, b"tick %d" % seq)
        if seq % 5 == 0:
            writer.keyframe(seq, seq * SECOND, b"state after %d" % seq + bytes(2000))
    writer.mark(3, 3 * SECOND, "alarm", "1")
    writer.close()
    return path


def test_what_was_handed_over_is_read_back_in_order(tmp_path: Path) -> None:
    reader = JournalReader(recorded(tmp_path / "a.journal", 12))

    rows = reader.ticks(after_seq=0, limit=100)

    assert [row.body for row in rows] == [b"tick %d" % seq for seq in range(1, 13)]
    assert reader.span_ns() == (SECOND, 12 * SECOND)
    assert reader.meta("devices") == b"{}"
    assert reader.marks("alarm") == [(3 * SECOND, "1")]


def test_a_seek_finds_the_keyframe_before_the_instant(tmp_path: Path) -> None:
    reader = JournalReader(recorded(tmp_path / "a.journal", 12))

    assert reader.keyframe_before(11 * SECOND).seq == 10
    assert reader.keyframe_before(10 * SECOND).body.startswith(b"state after 10")
    assert reader.seq_at(11 * SECOND + 5) == 11


def test_before_the_first_keyframe_the_first_one_is_given(tmp_path: Path) -> None:
    reader = JournalReader(recorded(tmp_path / "a.journal", 12))

    assert reader.keyframe_before(0).seq == 5


def test_keyframes_packed_against_a_base_unpack_to_what_they_were(tmp_path: Path) -> None:
    path = tmp_path / "a.journal"
    writer = JournalWriter(path, {})
    bodies = {seq: os.urandom(500) + b"%d" % seq for seq in range(1, 2 * BASE_EVERY + 3)}
    for seq, body in bodies.items():
        writer.keyframe(seq, seq, body)
    writer.close()

    reader = JournalReader(path)

    assert {seq: reader.keyframe(seq).body for seq in bodies} == bodies


def test_a_keyframe_handed_over_twice_is_kept_once(tmp_path: Path) -> None:
    writer = JournalWriter(tmp_path / "a.journal", {})
    writer.keyframe(7, 7, b"state")
    writer.keyframe(7, 7, b"state")
    writer.close()

    assert JournalReader(tmp_path / "a.journal").keyframe_before(7).body == b"state"


def test_a_reader_sees_what_is_committed_while_the_writer_goes_on(tmp_path: Path) -> None:
    writer = JournalWriter(tmp_path / "a.journal", {})
    writer.append(1, 10, b"first", urgent=True)
    assert writer.wait(1, 10.0)

    reader = JournalReader(tmp_path / "a.journal")

    assert [row.body for row in reader.ticks(0, 10)] == [b"first"]
    writer.close()


def test_a_journal_belongs_to_its_owner_alone(tmp_path: Path) -> None:
    path = recorded(tmp_path / "a.journal", 1)

    assert stat.S_IMODE(path.stat().st_mode) & 0o077 == 0 or os.name == "nt"


def test_an_existing_file_is_never_written_over(tmp_path: Path) -> None:
    path = tmp_path / "a.journal"
    path.write_bytes(b"somebody's")

    with pytest.raises(JournalError, match="expected a new file"):
        JournalWriter(path, {})

    assert path.read_bytes() == b"somebody's"


def test_a_folder_that_cannot_be_written_is_named(tmp_path: Path) -> None:
    (tmp_path / "file").write_bytes(b"")

    with pytest.raises(JournalError, match="expected a folder to write to"):
        JournalWriter(tmp_path / "file" / "a.journal", {})


@pytest.mark.parametrize("content", [b"", b"no database", b"SQLite format 3\x00" + bytes(200)])
def test_a_file_that_is_no_journal_is_refused(tmp_path: Path, content: bytes) -> None:
    path = tmp_path / "a.journal"
    path.write_bytes(content)

    with pytest.raises(JournalError, match="expected a journal"):
        JournalReader(path)


def test_a_journal_of_a_later_version_is_refused_by_its_number(tmp_path: Path) -> None:
    path = recorded(tmp_path / "a.journal", 1)
    database = sqlite3.connect(path)
    database.execute("PRAGMA user_version = 99")
    database.close()

    with pytest.raises(JournalError, match=r"expected version 1, found 99"):
        JournalReader(path)


def test_a_damaged_row_is_refused_and_named(tmp_path: Path) -> None:
    path = recorded(tmp_path / "a.journal", 3)
    database = sqlite3.connect(path)
    with database:
        database.execute("UPDATE tick SET body = X'00112233' WHERE seq = 2")
    database.close()

    with pytest.raises(JournalError, match="damaged"):
        JournalReader(path).ticks(0, 10)


def test_rows_wait_in_memory_while_the_disk_refuses_them(tmp_path: Path) -> None:
    path = tmp_path / "a.journal"
    writer = JournalWriter(path, {})
    lock = sqlite3.connect(path, isolation_level=None)
    lock.execute("BEGIN EXCLUSIVE")
    writer.append(1, 10, b"kept", urgent=True)

    assert not writer.wait(1, 0.2)
    lock.execute("ROLLBACK")
    lock.close()

    assert writer.wait(1, 20.0)
    writer.close()
    assert [row.body for row in JournalReader(path).ticks(0, 10)] == [b"kept"]
