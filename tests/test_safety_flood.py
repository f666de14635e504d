"""A thousand alarms in ten seconds, as bytes through a session and its journal."""

import numpy as np
import pytest

from layouts.generator import compact_yard
from sensors.decoder import Decoder
from sensors.nmea import encode_gga, tag_block
from sensors.telemetry import encode_event
from twin.clock import ManualClock
from twin.engine import initial_state
from twin.frames import YardFrame
from twin.inputs import MachineNotice, RawChunk
from twin.journal.reader import JournalReader
from twin.journal.writer import JournalWriter
from twin.replay import JournalReplay
from twin.safety.rules import RULE_NAMES
from twin.safety.table import FLOOD_REASON, AlarmState, Priority
from twin.session import ALARM_MARK, Bound, Session
from twin.snapshot import SourceHealth
from twin.stock import moves
from twin.tables import digest
from twin.yard.slots import slots_of

T0 = 1_800_000_000_000_000_000
EACH, TICKS, STEP_S = 500, 25, 0.4
MANY = 2 * EACH // TICKS


def refuse_layouts(_):
    raise AssertionError("no layout is published in this test")


class Crowd:
    """People who stand in a block, and trucks that are shown far outside, all within ten seconds."""

    def __init__(self, yard):
        block = yard.blocks[0]
        people = [block.yard_from_block(2.0 + 1.5 * (k % 100), 2.0 + 2.0 * (k // 100)) for k in range(EACH)]
        trucks = [(-1000.0 - 30.0 * k, -1000.0) for k in range(EACH)]
        points = np.array([point for pair in zip(people, trucks, strict=True) for point in pair])
        frame = YardFrame.of(yard.georeference)
        lon, lat, _ = frame.geodetic_from_yard(np.column_stack((points, np.zeros(2 * EACH))))
        self.places = list(zip(lon.tolist(), lat.tolist(), strict=True))
        self.now, self.clock = 0, ManualClock(T0)

    def poll(self):
        rows = self._rows(self.now)
        # A receiver's epoch is whole when its next one comes.
        lines = [self._hello(row) + self._fix(row) for row in rows]
        lines += [self._fix(row) for row in self._rows(self.now - 1)]
        self.now += 1
        return (RawChunk("gateway", self.clock.t_ns, b"".join(lines)),) if lines else ()

    def _rows(self, tick):
        return range(tick * MANY, (tick + 1) * MANY) if 0 <= tick < TICKS else range(0)

    def _name(self, row):
        return f"P{row:04d}" if row % 2 == 0 else f"X{row:04d}"

    def _hello(self, row):
        kind = "person" if row % 2 == 0 else "external_truck"
        return encode_event(MachineNotice(self._name(row), self.clock.t_ns, kind))

    def _fix(self, row):
        lon, lat = self.places[row]
        return encode_gga(self.clock.t_ns, lon, lat, 3.0, 0.0, 4, 24, 0.6, tag=tag_block(self._name(row)))

    def health(self, now_ns):
        return SourceHealth("gateway", True, 0.0, 0.0, 0)

    def close(self):
        pass


@pytest.fixture(scope="module")
def flooded(tmp_path_factory):
    """A session through which the crowd came, what was hidden at any of its ticks, and its journal."""
    yard = compact_yard()
    crowd, path = Crowd(yard), tmp_path_factory.mktemp("flood") / "flood.journal"
    state = initial_state(yard, moves.empty_stock(slots_of(yard)), T0)
    session = Session(state, Bound((crowd,), Decoder(), crowd.clock, refuse_layouts, JournalWriter(path, {})))
    hidden = []
    for _ in range(TICKS + 4):
        crowd.clock.advance(STEP_S)
        session.tick()
        alarms = session.state.alarms
        held = np.isin(alarms.state, (AlarmState.SUPPRESSED, AlarmState.SHELVED))
        hidden += alarms.id[held & (alarms.priority == Priority.CRITICAL)].tolist()
    session.close()
    return session, hidden, path


def test_a_thousand_alarms_in_ten_seconds_are_all_in_the_log(flooded):
    session, _, _ = flooded
    log = session.state.alarm_log
    names = [RULE_NAMES[rule] for rule in log.rule]
    assert (names.count("closed_block"), names.count("out_of_yard")) == (EACH, EACH)
    assert log.id.tolist() == list(range(1, len(log) + 1))
    assert log.raised_ns.max() - log.raised_ns.min() <= 12_000_000_000


def test_none_of_them_is_lost_from_the_journal_read_back(flooded):
    session, _, path = flooded
    reader = JournalReader(path)
    assert sum(int(text) for _, text in reader.marks(ALARM_MARK)) == len(session.state.alarm_log)
    assert len(reader.ticks(0, 1000)) == session.state.tick
    reader.close()
    replay = JournalReplay(path, Decoder, refuse_layouts)
    replay.seek(T0)
    replay.seek_forward(session.state.tick)
    assert digest(replay.state.alarm_log) == digest(session.state.alarm_log)
    replay.close()


def test_no_critical_alarm_is_hidden_at_any_tick_and_the_low_ones_are_held_back(flooded):
    session, hidden, _ = flooded
    alarms = session.state.alarms
    assert hidden == []
    critical = alarms.priority == Priority.CRITICAL
    assert critical.sum() == EACH
    assert (alarms.state[critical] == AlarmState.UNACKNOWLEDGED).all()
    held = alarms.reason == FLOOD_REASON.encode()
    assert held.sum() >= EACH - 10
    assert (alarms.priority[held] == Priority.LOW).all()
