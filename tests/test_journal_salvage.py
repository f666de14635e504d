"""What is read of a journal that was cut or damaged."""

import os
import sqlite3
from pathlib import Path

import pytest

from twin.journal.errors import JournalError
from twin.journal.reader import JournalReader
from twin.journal.salvage import salvage
from twin.journal.writer import BASE_EVERY, JournalWriter
from ui.main import main

TICKS, EVERY, PAGE = 400, 10, 4096


@pytest.fixture
def journal(tmp_path: Path) -> Path:
    """Bodies that do not pack: a row a page or so, keyframes over several."""
    path = tmp_path / "whole.journal"
    writer = JournalWriter(path, {"devices": b"{}", "yard": b"demo"})
    writer.keyframe(0, 0, os.urandom(6000))
    for seq in range(1, TICKS + 1):
        writer.append(seq, seq, b"%d " % seq + os.urandom(1500))
        if seq % EVERY == 0:
            writer.keyframe(seq, seq, os.urandom(6000))
    writer.mark(7, 7, "alarm", "1")
    writer.close()
    return path


def ticks(path: Path) -> list[tuple[int, bytes]]:
    reader = JournalReader(path)
    rows = [(row.seq, row.body) for row in reader.ticks(0, 10 * TICKS)]
    reader.close()
    return rows


def keyframes(path: Path) -> dict[int, bytes]:
    reader = JournalReader(path)
    found = {seq: reader.keyframe(seq).body for seq, _ in reader.keyframe_instants()}
    reader.close()
    return found


def test_of_a_sound_journal_all_is_read(journal, tmp_path):
    found = salvage(journal, to := tmp_path / "new.journal")
    assert found.whole
    assert not found.gaps
    assert found.ticks == TICKS
    assert found.last_ns == TICKS
    assert ticks(to) == ticks(journal)
    assert keyframes(to) == keyframes(journal)
    reader = JournalReader(to)
    assert reader.meta("yard") == b"demo"
    assert reader.marks("alarm") == [(7, "1")]
    reader.close()


@pytest.mark.parametrize("share", [0.95, 0.6, 0.25])
def test_of_a_cut_journal_all_before_the_cut_is_read(journal, tmp_path, share):
    whole, states, size = ticks(journal), keyframes(journal), journal.stat().st_size
    os.truncate(journal, int(size * share))
    with pytest.raises(JournalError, match=r"cut.*yard-twin salvage"):
        JournalReader(journal)
    found = salvage(journal, to := tmp_path / "new.journal")
    read = ticks(to)
    assert not found.whole
    assert read == whole[: len(read)]
    assert (share - 0.1) * TICKS < len(read) == found.ticks < TICKS
    assert keyframes(to).items() <= states.items()
    assert 0 in keyframes(to)


@pytest.mark.parametrize("share", [0.2, 0.5, 0.8])
def test_of_a_journal_with_damaged_pages_what_is_before_and_behind_is_read(journal, tmp_path, share):
    whole, states = dict(ticks(journal)), keyframes(journal)
    with journal.open("r+b") as file:
        file.seek(int(share * journal.stat().st_size) // PAGE * PAGE)
        file.write(b"\xff" * (3 * PAGE))
    found = salvage(journal, to := tmp_path / "new.journal")
    read = dict(ticks(to))
    assert read.items() <= whole.items()
    assert 1 in read
    assert TICKS in read
    assert len(read) >= TICKS - 12
    assert keyframes(to).items() <= states.items()
    assert not found.whole
    assert found.gaps >= 1


def test_keyframes_packed_against_one_that_is_lost_are_left_out(journal, tmp_path):
    database = sqlite3.connect(journal)
    database.execute("DELETE FROM keyframe WHERE seq = 0")
    database.commit()
    database.close()
    found = salvage(journal, to := tmp_path / "new.journal")
    first_whole = BASE_EVERY * EVERY
    assert min(keyframes(to)) == first_whole
    assert found.keyframes == len(keyframes(to))


def test_a_file_that_is_there_is_not_written_over(journal, tmp_path):
    to = tmp_path / "mine"
    to.write_bytes(b"mine")
    with pytest.raises(JournalError, match="expected a new file"):
        salvage(journal, to)
    assert to.read_bytes() == b"mine"


@pytest.mark.parametrize("size", [0, 100, 3 * PAGE])
def test_where_nothing_can_be_read_nothing_is_left_behind(journal, tmp_path, size):
    os.truncate(journal, size)
    with pytest.raises(JournalError):
        salvage(journal, to := tmp_path / "new.journal")
    assert not to.exists()


def test_the_command_tells_what_it_read(journal, tmp_path, capsys):
    os.truncate(journal, journal.stat().st_size // 2)
    to = tmp_path / "new.journal"
    assert main(["salvage", str(journal), str(to)]) == 0
    said = capsys.readouterr().out
    assert f"{len(ticks(to))} ticks" in said
    assert "not all could be read" in said
    assert str(to) in said
    assert main(["salvage", str(journal), str(to)]) == 2
    assert "expected a new file" in capsys.readouterr().err
