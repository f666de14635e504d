"""What cannot be written into a journal: told once, left out whole, marked; a replay says so and goes on."""

import sqlite3
import time
from collections.abc import Callable
from pathlib import Path

import pytest
import yard_at_work as work

from sensors.decoder import Decoder
from twin import codec
from twin.clock import ManualClock
from twin.journal.errors import Lost
from twin.journal.reader import JournalReader
from twin.journal.writer import JournalWriter
from twin.replay import JournalReplay
from twin.session import Bound, Session
from twin.tables import digest
from ui.composition import open_session
from ui.headless import summarise
from ui.options import RunOptions
from ui.recording import Watched, lack_of, told
from ui.verify import verify

SECOND = 1_000_000_000
WHY = "record: expected one of the twin's values, found list"


def unwritable() -> bytes:
    return codec.encode([])


def until(so: Callable[[], object]) -> None:
    """Wait until something is so."""
    end_s = time.monotonic() + 20.0
    while not so():
        assert time.monotonic() < end_s
        time.sleep(0.01)


def test_a_tick_that_cannot_be_written_is_marked_and_the_next_ones_are_written(tmp_path: Path) -> None:
    journal = JournalWriter(tmp_path / "a.journal", {})
    journal.append(1, SECOND, b"one")
    journal.append(2, 2 * SECOND, unwritable)
    journal.append(3, 3 * SECOND, b"three")
    until(lambda: journal.committed == 3)
    trouble = journal.trouble
    journal.append(4, 4 * SECOND, b"four")
    journal.close()
    reader = JournalReader(tmp_path / "a.journal")

    assert [row.body for row in reader.ticks(0, 9)] == [b"one", b"three", b"four"]
    assert reader.holes() == [(2, 2)]
    assert reader.why_lost(2) == (2 * SECOND, WHY)
    assert trouble is not None
    assert told(trouble) == f"not recorded, the tick of 1970-01-01 00:00:02Z cannot be written: {WHY}"
    assert (journal.ticks, journal.lost_ticks) == (3, 1)
    assert str(lack_of(journal, 4)) == (
        f"incomplete, 1 of 4 ticks were not recorded, from the tick of 1970-01-01 00:00:02Z on: {WHY}"
    )


def test_a_tick_recorded_twice_is_left_out_and_does_not_hold_up_the_others(tmp_path: Path) -> None:
    journal = JournalWriter(tmp_path / "a.journal", {})
    for seq, body in ((1, b"one"), (1, b"again"), (2, b"two")):
        journal.append(seq, SECOND, body)
    journal.close()

    assert [row.body for row in JournalReader(tmp_path / "a.journal").ticks(0, 9)] == [b"one", b"two"]
    assert journal.first_lost is not None


def test_a_keyframe_that_cannot_be_written_leaves_no_hole(tmp_path: Path) -> None:
    journal = JournalWriter(tmp_path / "a.journal", {})
    journal.keyframe(0, 0, b"state" * 100)
    journal.append(1, SECOND, b"one")
    journal.keyframe(1, SECOND, unwritable)
    journal.append(2, 2 * SECOND, b"two")
    journal.keyframe(2, 2 * SECOND, b"state" * 99)
    journal.close()
    reader = JournalReader(tmp_path / "a.journal")

    assert reader.holes() == []
    assert [reader.keyframe(seq).body for seq in (0, 2)] == [b"state" * 100, b"state" * 99]
    assert journal.first_lost == (Lost("keyframe", 1, SECOND), WHY)
    assert str(lack_of(journal, 2)) == (
        f"incomplete, the keyframe of 1970-01-01 00:00:01Z was not recorded: {WHY}"
    )


def test_what_waited_for_a_full_disk_is_all_there_keyframes_too(tmp_path: Path, monkeypatch) -> None:
    monkeypatch.setattr("twin.journal.writer.RETRY_S", 0.01)
    refusals = iter(range(3))

    def full() -> bytes:
        if next(refusals, None) is not None:
            raise sqlite3.OperationalError("database or disk is full")
        return b"one"

    journal = JournalWriter(tmp_path / "a.journal", {})
    journal.keyframe(0, 0, b"whole" * 100)
    journal.append(1, SECOND, full)
    until(lambda: journal.trouble is not None)
    assert journal.trouble is not None
    assert told(journal.trouble).endswith("rows wait in memory: database or disk is full")
    until(lambda: journal.trouble is None)
    journal.keyframe(1, SECOND, b"whole" * 99)
    journal.close()
    reader = JournalReader(tmp_path / "a.journal")

    assert [reader.keyframe(seq).body for seq in (0, 1)] == [b"whole" * 100, b"whole" * 99]
    assert lack_of(journal, 1) is None


def test_ticks_that_find_no_room_in_memory_any_more_are_a_hole_and_told_as_lost(
    tmp_path: Path, monkeypatch
) -> None:
    monkeypatch.setattr("twin.journal.writer.RETRY_S", 0.01)
    monkeypatch.setattr("twin.journal.writer.PENDING_LIMIT", 4)
    full = [True]

    def held() -> bytes:
        if full:
            raise sqlite3.OperationalError("database or disk is full")
        return b"held"

    journal = JournalWriter(tmp_path / "a.journal", {})
    for seq in range(1, 11):
        journal.append(seq, seq * SECOND, held)
    lost = journal.lost_ticks
    full.clear()
    until(lambda: journal.committed == 4)
    journal.append(11, 11 * SECOND, b"goes on")
    journal.close()
    reader = JournalReader(tmp_path / "a.journal")

    assert lost == 6
    assert [row.seq for row in reader.ticks(0, 99)] == [1, 2, 3, 4, 11]
    assert reader.holes() == [(5, 10)]
    assert reader.why_lost(5) == (5 * SECOND, "nothing could be written for an hour")
    assert str(lack_of(journal, 11)) == (
        "incomplete, 6 of 11 ticks were not recorded, from the tick of 1970-01-01 00:00:05Z on: "
        "nothing could be written for an hour"
    )


def test_what_is_lost_is_told_once_and_that_recording_goes_on(tmp_path: Path, monkeypatch) -> None:
    monkeypatch.setattr("twin.journal.writer.TOLD_S", 0.0)
    journal, lines = JournalWriter(tmp_path / "a.journal", {}), list[str]()
    watched = Watched(journal, lines.append)
    for seq in (1, 2, 3, 4):
        journal.append(seq, seq * SECOND, b"good" if seq in (1, 4) else unwritable, urgent=True)
        until(lambda: not journal._pending)
        watched.look()
    journal.close()

    assert [line.partition("a.journal: ")[2] for line in lines] == [
        f"not recorded, the tick of 1970-01-01 00:00:02Z cannot be written: {WHY}",
        "recording goes on, 2 ticks lost",
    ]


class Losing(JournalWriter):
    """Is handed some ticks that cannot be written."""

    lost: tuple[int, ...] = ()

    def append(self, seq, t_ns, body, *, urgent=False) -> None:
        super().append(seq, t_ns, unwritable if seq in self.lost else body, urgent=urgent)


def recorded(path: Path, lost: tuple[int, ...], ticks: int = 30):
    """Record a tick a second of a yard in which nothing happens; give its states."""
    state = work.state_with(work.A)
    clock, journal = ManualClock(state.t_ns), Losing(path, {})
    journal.lost = lost
    session = Session(state, Bound((), Decoder(), clock, work.refuse_layouts, journal))
    states = [state]
    for tick in range(1, ticks + 1):
        clock.advance(1.0)
        session.tick()
        states.append(session.state)
        if tick in lost:
            until(lambda: journal.lost_ticks)
    session.close()
    return states


@pytest.fixture(scope="module")
def with_a_hole(tmp_path_factory: pytest.TempPathFactory):
    path = tmp_path_factory.mktemp("hole") / "a.journal"
    return path, recorded(path, (13, 14))


def test_a_replay_says_where_the_hole_is_and_goes_on_from_the_keyframe_after_it(with_a_hole) -> None:
    path, states = with_a_hole
    replay = JournalReplay(path, Decoder, work.refuse_layouts)
    seen: dict[int, tuple[int, bool]] = {}
    for tick in range(1, 31):
        replay.seek(states[tick].t_ns)
        snapshot = replay.tick()
        while not replay.settled:
            snapshot = replay.tick()
        hole = snapshot.journal.hole
        seen[tick] = snapshot.state.tick, hole is not None
        assert digest(replay.state) == digest(states[replay.state.tick])
        if hole is not None:
            assert (hole.from_ns, hole.why) == (states[13].t_ns, WHY)
    after = next(tick for tick in range(13, 31) if not seen[tick][1])

    assert [seen[tick] for tick in range(1, 13)] == [(tick, False) for tick in range(1, 13)]
    assert [seen[tick] for tick in range(13, after)] == [(12, True)] * (after - 13)
    assert [seen[tick] for tick in range(after, 31)] == [(tick, False) for tick in range(after, 31)]
    assert 14 <= after <= 16  # the session keeps a keyframe as soon as it is told
    replay.close()


def test_stepping_passes_a_hole_both_ways(with_a_hole) -> None:
    replay = JournalReplay(with_a_hole[0], Decoder, work.refuse_layouts)
    there = []
    for ticks in (1,) * 40 + (-1,) * 40:
        replay.step(ticks)
        while not replay.settled:
            replay.tick()
        there.append(replay.state.tick)

    assert there[:12] == list(range(1, 13))
    assert there[39] == 30
    assert there[-1] == 1
    replay.close()


def test_a_hole_to_the_end_of_a_journal_is_one_too(tmp_path: Path) -> None:
    recorded(tmp_path / "a.journal", (13,), 15)
    database = sqlite3.connect(tmp_path / "a.journal")
    with database:
        database.execute("DELETE FROM keyframe WHERE seq >= 13")
    database.close()
    replay = JournalReplay(tmp_path / "a.journal", Decoder, work.refuse_layouts)
    replay.seek(replay.span_ns[1])
    while not replay.settled:
        replay.tick()
    hole = replay.tick().journal.hole

    assert replay.state.tick == 12
    assert (hole.until_ns, hole.why) == (0, WHY)
    replay.close()


def test_a_check_tells_of_each_hole_and_fails(with_a_hole, capsys: pytest.CaptureFixture[str]) -> None:
    assert verify(with_a_hole[0]) == 1
    said = capsys.readouterr()

    assert f"ticks 13 to 14 of 2027-01-15 08:00:13Z not recorded: {WHY}; what follows is computed" in said.err
    assert "keyframes met bit for bit" in said.out


def test_a_run_with_a_tick_that_cannot_be_written_says_which_at_its_end(
    tmp_path: Path, capsys: pytest.CaptureFixture[str], monkeypatch
) -> None:
    monkeypatch.setattr(Losing, "lost", (5,))
    monkeypatch.setattr("ui.composition.JournalWriter", Losing)
    options = RunOptions(layout="compact", start_ns=work.T0, journal=tmp_path / "run.journal")
    opened = open_session(options, inline=True)
    assert opened.simulation is not None
    for tick in range(1, 9):
        opened.simulation.advance_to(work.T0 + tick * SECOND // 10)
        snapshot = opened.session.tick()
    lack = opened.close()
    summary = summarise(snapshot, lack)

    assert summary["ticks_not_recorded"] == 1
    assert str(lack).startswith("incomplete, 1 of 8 ticks were not recorded, from the tick of 2027-")
    assert summary["journal_lacks"] in capsys.readouterr().err
    assert len(JournalReader(tmp_path / "run.journal").ticks(0, 99)) == 7
