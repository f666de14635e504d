import dataclasses
import shutil
from collections.abc import Sequence
from pathlib import Path

import numpy as np
import pytest
import yard_at_work as work
from yard_at_work import A, B

from sensors.decoder import Decoder
from twin import codec, roles
from twin.clock import ManualClock
from twin.decisions import Acknowledge
from twin.engine import initial_state
from twin.inputs import Batch, RawChunk
from twin.journal.reader import JournalReader
from twin.journal.writer import JournalWriter
from twin.replay import JournalReplay
from twin.session import Bound, Session
from twin.snapshot import Mode, SourceHealth
from twin.solving import SolverInline
from twin.stacking.suggestion import Accept, OrderStatus, Refuse, SuggestionStatus, WorkOrder
from twin.stock import moves
from twin.tables import digest
from twin.yard.slots import slot_address
from ui.composition import open_session
from ui.options import RunOptions
from ui.verify import verify


class ListSource:
    """Gives one chunk a poll out of a list."""

    def __init__(self, *lines: bytes) -> None:
        self.lines = list(lines)

    def poll(self) -> tuple[RawChunk, ...]:
        return (RawChunk("list", work.T0, self.lines.pop(0)),) if self.lines else ()

    def health(self, now_ns: int) -> SourceHealth:
        return SourceHealth("list", True, 0.0, 0.0, 0)

    def close(self) -> None:
        self.lines = []


class ListSink:
    """Keeps the orders that it is given."""

    def __init__(self) -> None:
        self.orders: list[WorkOrder] = []

    def send(self, order: WorkOrder) -> None:
        self.orders.append(order)


def session_of(
    state, journal: JournalWriter | None = None, source: ListSource | None = None, **more
) -> Session:
    bound = Bound(
        (source or ListSource(),), Decoder(), ManualClock(state.t_ns), work.refuse_layouts, journal, **more
    )
    return Session(state, bound)


def ran(path: Path, seconds: float, seed: int = 3):
    """A compact yard at work, recorded."""
    options = RunOptions(layout="compact", seed=seed, start_ns=work.T0, journal=path)
    opened = open_session(options, inline=True)
    simulation, session = opened.simulation, opened.session
    assert simulation is not None
    for tick in range(1, round(seconds * 10) + 1):
        simulation.advance_to(work.T0 + tick * work.SECOND // 10)
        session.tick()
    session.close()
    return session.state


@pytest.fixture(scope="module")
def recorded(tmp_path_factory: pytest.TempPathFactory):
    """Half a minute of a shift, as it ended, and its journal: nobody writes to that."""
    path = tmp_path_factory.mktemp("shift") / "shift.journal"
    return path, ran(path, 31)


@pytest.fixture(scope="module")
def carried_out():
    """The twin's state and the true stock once the orders of the first suggestion are done."""
    opened = open_session(RunOptions(layout="compact", seed=3, start_ns=work.T0, record=False), inline=True)
    simulation, session = opened.simulation, opened.session
    assert simulation is not None
    accepted = 0
    for tick in range(1, 2001):  # five a second, as on a machine that is slow
        simulation.advance_to(work.T0 + tick * work.SECOND // 5)
        state = session.tick().state
        if not accepted and state.suggestions:
            accepted = state.suggestions[0].id
            session.decide(Accept(accepted, "li", roles.CONTROLLER))
        if state.orders and all(order.status is OrderStatus.DONE for order in state.orders):
            break
    session.close()
    return state, simulation.shift.stock


def test_bytes_are_handed_to_the_journal_before_they_are_decoded(tmp_path: Path) -> None:
    handed: list[int] = []

    class Journal(JournalWriter):
        def append(self, seq, t_ns, body, *, urgent=False) -> None:
            handed.append(seq)
            super().append(seq, t_ns, body, urgent=urgent)

    class LateDecoder(Decoder):
        def decode(self, chunks: Sequence[RawChunk]) -> Batch:
            assert handed[-1] == session.state.tick + 1
            return super().decode(chunks)

    state = work.state_with(A)
    journal = Journal(tmp_path / "a.journal", {})
    source = ListSource(b"not a sentence\n")
    bound = Bound((source,), LateDecoder(), ManualClock(state.t_ns), work.refuse_layouts, journal)
    session = Session(state, bound)

    session.tick()
    session.close()

    body = JournalReader(tmp_path / "a.journal").ticks(0, 1)[0].body
    assert codec.decode(body)[0][0].data == b"not a sentence\n"


def test_replay_from_any_keyframe_ends_where_the_live_run_ended(recorded) -> None:
    path, live = recorded
    instants = JournalReader(path).keyframe_instants()
    assert len(instants) >= 4

    for _, t_ns in instants:
        replay = JournalReplay(path, Decoder, work.refuse_layouts)
        replay.seek(t_ns)
        replay.seek_forward(live.tick)
        assert digest(replay.state) == digest(live)
        replay.close()


def test_a_journal_verifies_itself_and_finds_a_changed_input(
    recorded, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    import sqlite3

    import zstandard

    path = Path(shutil.copy(recorded[0], tmp_path))
    assert verify(path) == 0

    database = sqlite3.connect(path)
    with database:
        for seq in range(20, 60):
            body = zstandard.ZstdCompressor().compress(codec.encode(((), ())))
            database.execute("UPDATE tick SET body = ? WHERE seq = ?", (body, seq))
    database.close()

    assert verify(path) == 1
    assert "differs from its keyframe" in capsys.readouterr().err


def test_the_same_seed_gives_the_same_state_and_another_seed_another(tmp_path: Path) -> None:
    first, second, other = (
        ran(tmp_path / f"{name}.journal", 8, seed) for name, seed in (("a", 3), ("b", 3), ("c", 4))
    )

    assert digest(first) == digest(second)
    assert digest(first) != digest(other)


def test_a_buried_box_that_is_announced_gets_a_suggestion_and_accepting_it_sends_orders() -> None:
    state = work.state_with(A, B)
    state = dataclasses.replace(state, pick_ups=(_pick_up(A, state.t_ns),))
    sink = ListSink()
    session = session_of(state, solver=SolverInline(), sink=sink)
    for _ in range(4):
        session.tick()
    (offered,) = session.state.suggestions
    assert offered.subject == A

    session.decide(Accept(offered.id, "li", roles.CONTROLLER))
    session.tick()

    assert session.state.suggestions[0].status is SuggestionStatus.ACCEPTED
    assert [order.move.number for order in sink.orders] == [B]
    assert session.state.orders[0].status is OrderStatus.SENT
    session.close()


def test_a_suggestion_is_withdrawn_when_the_yard_changes_under_it() -> None:
    state = work.state_with(A, B)
    state = dataclasses.replace(state, pick_ups=(_pick_up(A, state.t_ns),))
    session = session_of(state, solver=SolverInline())
    for _ in range(4):
        session.tick()
    (row,) = moves.rows_of(session.state.stock, [B])
    changed = moves.lift(session.state.stock, session.state.slots, int(row), 0)
    session.state = session.state.with_columns(stock=changed)
    offered = session.state.suggestions[0]

    session.decide(Accept(offered.id, "li", roles.CONTROLLER))
    snapshot = session.tick()

    assert not snapshot.state.verdicts[0].taken
    assert snapshot.state.suggestions[0].status is SuggestionStatus.WITHDRAWN
    assert not snapshot.state.orders
    session.close()


def test_a_role_that_may_not_decide_is_told_so() -> None:
    state = work.state_with(A, B)
    session = session_of(state)

    session.decide(Refuse(1, "wang", roles.PLANNER, "no"))
    session.decide(Acknowledge((1,), "wang", roles.CONTROLLER))
    verdicts = session.tick().state.verdicts

    assert [verdict.taken for verdict in verdicts] == [False, False]
    assert "role 'planner' may not refuse" in verdicts[0].reason
    assert "expected standing ones" in verdicts[1].reason
    session.close()


def test_a_decision_is_on_the_disk_when_its_verdict_is_shown(tmp_path: Path) -> None:
    path = tmp_path / "a.journal"
    state = work.state_with(A)
    session = session_of(state, JournalWriter(path, {}))
    session.decide(Refuse(1, "li", roles.CONTROLLER, "no"))

    session.tick()

    reader = JournalReader(path)
    decisions = [codec.decode(row.body)[1] for row in reader.ticks(0, 10)]
    assert decisions == [(Refuse(1, "li", roles.CONTROLLER, "no"),)]
    session.close()


def test_a_seek_back_and_forth_gives_the_state_of_that_instant(recorded) -> None:
    replay = JournalReplay(recorded[0], Decoder, work.refuse_layouts)
    first, last = replay.span_ns
    middle = first + 12 * work.SECOND

    replay.seek(middle)
    while not replay.settled:
        replay.tick()
    there = digest(replay.state)
    replay.seek(last)
    while not replay.settled:
        replay.tick()
    replay.seek(middle)
    while not replay.settled:
        snapshot = replay.tick()

    assert digest(replay.state) == there
    assert replay.state.t_ns <= middle < replay.state.t_ns + work.SECOND
    assert snapshot.mode is Mode.REPLAY
    replay.step(-1)
    while not replay.settled:
        replay.tick()
    assert replay.state.t_ns < middle
    replay.close()


def test_a_replay_decodes_and_steps_in_turns_and_forgets_what_a_jump_leaves_behind(
    recorded, monkeypatch
) -> None:
    monkeypatch.setattr("twin.replay.WORK_S", 0.0)
    replay = JournalReplay(recorded[0], Decoder, work.refuse_layouts)
    start, first_ns = digest(replay.state), replay.span_ns[0]
    assert replay._drawing is not None
    replay._drawing.result()  # the maps, which its first step waits for
    replay.seek(first_ns + 4 * work.SECOND)

    ticks = [replay.tick().state.tick for _ in range(5)]

    assert [later - ticks[0] for later in ticks] == [0, 1, 1, 2, 2]  # and the third is decoded
    replay.seek(first_ns)
    replay.seek(first_ns + 4 * work.SECOND)
    while not replay.settled:
        replay.tick()
    there = digest(replay.state)
    fresh = JournalReplay(recorded[0], Decoder, work.refuse_layouts)
    fresh.seek_forward(replay.state.tick)
    assert there == digest(fresh.state) != start
    replay.close()
    fresh.close()


def test_the_cursor_of_a_replay_waits_until_the_state_has_come_up_to_it(recorded) -> None:
    replay = JournalReplay(recorded[0], Decoder, work.refuse_layouts)
    first, there_ns = replay.span_ns[0], replay.span_ns[0] + 4 * work.SECOND
    replay.seek(there_ns)
    replay._state, replay._decoder = replay._from_keyframe(first)
    replay.play()
    for now_s in (0.0, 0.1, 3.0):
        replay._run_cursor(now_s)
    assert replay.t_ns == there_ns

    replay.pause()
    while not replay.settled:
        replay.tick()
    replay.play()
    for now_s in (7.0, 7.5):
        replay._run_cursor(now_s)
    assert replay.t_ns == there_ns + work.SECOND // 2
    replay.close()


def test_the_twin_sees_the_simulated_stock_move_and_agrees_with_it(carried_out) -> None:
    state, true = carried_out

    assert state.t_ns - work.T0 >= 180 * work.SECOND
    assert state.counts.moves > 0
    assert [item.what for item in state.discrepancies] == []
    shared = moves.rows_of(true, state.stock.number.tolist())
    same = (true.place[shared] == state.stock.place) & (true.ground[shared] == state.stock.ground)
    assert np.count_nonzero(~same) <= 3  # what a spreader holds at this very moment may be a message away


def _pick_up(number: str, t_ns: int):
    from twin.state import PickUp

    return PickUp(number, t_ns + 600 * work.SECOND)


def test_the_first_state_has_no_machine() -> None:
    state = work.state_with(A)

    assert len(initial_state(state.yard, state.stock, 0).fleet) == 0


def test_an_accepted_suggestion_is_carried_out_and_the_sensors_tell_so(carried_out) -> None:
    state, _ = carried_out
    move = state.orders[-1].move
    (row,) = moves.rows_of(state.stock, [move.number])
    ground, tier = int(state.stock.ground[row]), int(state.stock.tier[row])
    assert all(order.status is OrderStatus.DONE for order in state.orders)
    assert slot_address(state.yard, state.slots, ground, tier, move.length_ft) == move.target
