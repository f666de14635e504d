"""A journal whose keyframes are another version's is computed again from its first state, and says so."""

import sqlite3
from pathlib import Path

import msgspec
import pytest
import yard_at_work as work
import zstandard

from sensors.decoder import Decoder
from twin import codec, rerun
from twin.clock import ManualClock
from twin.decisions import ForecastWind
from twin.journal.errors import JournalError
from twin.journal.reader import JournalReader
from twin.journal.writer import JournalWriter
from twin.replay import JournalReplay
from twin.roles import CONTROLLER
from twin.session import Bound, Session
from twin.tables import digest
from ui.main import main


def recorded(path: Path, ticks: int = 40):
    """Record a tick a second, in the sixth of which a forecast is entered; give the states."""
    state = work.state_with(work.A, work.B)
    clock, journal = ManualClock(state.t_ns), JournalWriter(path, {})
    session = Session(state, Bound((), Decoder(), clock, work.refuse_layouts, journal))
    states = [state]
    for tick in range(1, ticks + 1):
        clock.advance(1.0)
        if tick == 6:
            session.decide(ForecastWind(20.0, clock.t_ns + 3600 * work.SECOND, "li", CONTROLLER))
        session.tick()
        states.append(session.state)
    session.close()
    return states


def with_fewer_fields(path: Path, record: str) -> None:
    """Leave the last field of a record out of every keyframe, as a version before it was there."""

    def cut(value):
        if isinstance(value, list):
            return [cut(item) for item in value]
        if isinstance(value, dict):
            ((name, fields),) = value.items()
            return {name: [cut(field) for field in (fields[:-1] if name == record else fields)]}
        return value

    reader = JournalReader(path)
    bodies = [(reader.keyframe(seq).body, seq) for seq, _ in reader.keyframe_instants()]
    reader.close()
    database = sqlite3.connect(path)
    with database:
        for body, seq in bodies:
            kept = msgspec.msgpack.decode(
                body, ext_hook=lambda code, data: msgspec.msgpack.Ext(code, bytes(data))
            )
            packed = zstandard.ZstdCompressor().compress(msgspec.msgpack.encode(cut(kept)))
            database.execute("UPDATE keyframe SET base = NULL, body = ? WHERE seq = ?", (packed, seq))
    database.close()


@pytest.fixture(scope="module")
def older(tmp_path_factory: pytest.TempPathFactory):
    path = tmp_path_factory.mktemp("older") / "a.journal"
    states = recorded(path)
    with_fewer_fields(path, "State")
    return path, states


def test_a_replay_of_another_version_gives_what_this_one_computes_wherever_it_jumps(older) -> None:
    path, states = older
    replay = JournalReplay(path, Decoder, work.refuse_layouts)

    for tick in (7, 40, 3, 25, 0, 39):
        replay.seek(states[tick].t_ns)
        snapshot = replay.tick()
        while not replay.settled:
            snapshot = replay.tick()
        assert digest(replay.state) == digest(states[tick])
        assert snapshot.journal is not None
        assert snapshot.journal.other_version
    replay.close()


def test_a_journal_of_this_version_is_not_told_to_be_of_another(tmp_path: Path) -> None:
    recorded(tmp_path / "a.journal", 3)
    replay = JournalReplay(tmp_path / "a.journal", Decoder, work.refuse_layouts)

    assert not replay.other_version
    replay.close()


def test_a_check_does_not_take_for_met_what_it_cannot_compare(older, capsys) -> None:
    assert main(["replay", str(older[0]), "--verify"]) == 1
    said = capsys.readouterr()

    assert "expected keyframes of this version, found another's" in said.err
    assert "met bit for bit" not in said.out


def test_a_journal_whose_yard_is_another_versions_too_is_refused_by_what_differs(tmp_path: Path) -> None:
    recorded(tmp_path / "a.journal", 3)
    with_fewer_fields(tmp_path / "a.journal", "Yard")

    with pytest.raises(JournalError, match="expected a state of this version, found: record Yard"):
        JournalReplay(tmp_path / "a.journal", Decoder, work.refuse_layouts)


def test_a_later_state_is_no_beginning() -> None:
    state = work.state_with(work.A).with_columns(tick=3)

    with pytest.raises(codec.CodecError, match="expected a state before the first tick, found tick 3"):
        codec.start_of(codec.encode((state, b"")))


def test_states_to_go_on_from_lie_further_apart_the_more_there_are(older) -> None:
    path, states = older
    kept = rerun.Rerun(JournalReader(path).keyframe(0), Decoder)
    first_ns, decoder = states[0].t_ns, Decoder()
    for minute in range(1, 200):
        kept.note(states[0].with_columns(t_ns=first_ns + minute * 60 * work.SECOND), decoder)

    for minute in (0, 1, 50, 150, 199):
        t_ns = first_ns + minute * 60 * work.SECOND
        assert 0 <= t_ns - kept.reached_ns(t_ns) <= 8 * 60 * work.SECOND
    assert len(kept._kept) <= rerun.MOST
