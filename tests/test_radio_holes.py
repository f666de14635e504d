"""What a machine lifts and sets while no radio reaches it is told right once it is out, or listed."""

import math
from pathlib import Path

import numpy as np
import pytest
import yard_at_work as work
from yard_at_work import A, B, C

from sensors.decoder import Decoder
from sensors.telemetry import Position, encode_event, encode_json, encode_reading
from twin import codec, spreaders
from twin.clock import ManualClock
from twin.decisions import Remedy, Settle
from twin.fleet.kinds import KINDS
from twin.fleet.table import Freshness
from twin.frames import YardFrame
from twin.inputs import BoxRead, GateEvent, GateRead, MachineNotice, RawChunk
from twin.journal.writer import JournalWriter
from twin.replay import JournalReplay
from twin.session import Bound, Session
from twin.snapshot import SourceHealth
from twin.state import State
from twin.stock import moves
from twin.stock.table import Place
from twin.tables import digest

HANDLER = "EH-01"
HIGH_M = 2.591
HOLE_S = 180
ENTRY = 12
"""The ground slot over which the handler's spreader is as it enters the hole, and as it comes out."""
LIFTED_S, SET_S = 60, 120


class Edge:
    """A source that says what is put into it, when it is due."""

    def __init__(self, clock: ManualClock) -> None:
        self.clock = clock
        self.said: list[bytes] = []

    def poll(self) -> tuple[RawChunk, ...]:
        said, self.said = self.said, []
        return (RawChunk("edge", self.clock.t_ns, b"".join(said)),) if said else ()

    def health(self, now_ns: int) -> SourceHealth:
        return SourceHealth("edge", True, 0.0, 0.0, 0)

    def close(self) -> None:
        self.said = []


class Yard:
    """A handler at work in a compact yard, told of by bytes alone; ``numbers`` stand in the first stack."""

    def __init__(self, *numbers: str, journal: Path | None = None) -> None:
        state = work.state_with(*numbers)
        self.start, self.frame = state, YardFrame.of(state.yard.georeference)
        self.clock = ManualClock(state.t_ns)
        self.edge = Edge(self.clock)
        writer = None if journal is None else JournalWriter(journal, {})
        bound = Bound((self.edge,), Decoder(), self.clock, work.refuse_layouts, writer)
        self.session = Session(state, bound)
        self.kept: list[bytes] = []
        self.edge.said.append(encode_event(MachineNotice(HANDLER, state.t_ns, "empty_handler")))
        for second in (2, 1, 0):  # it drives up
            self.tick(self.position(ENTRY, back_m=2.0 * second, speed_mps=2.0), self.reading(8.0, False))

    @property
    def state(self) -> State:
        return self.session.state

    def tick(self, *lines: bytes, seconds: float = 1.0) -> None:
        self.clock.advance(seconds)
        self.edge.said += lines
        self.session.tick()

    def heading(self) -> float:
        """Towards the stacks."""
        return float(self.start.yard.blocks[0].heading_rad) + math.pi / 2

    def where(self, ground: int, *, aside_m: float = 0.0, back_m: float = 0.0) -> tuple[float, float, float]:
        """Longitude, latitude and heading [deg] where its spreader is over a ground slot."""
        x, y = self.start.slots.centre_yard_m[ground]
        back_m += KINDS["empty_handler"].spreader_x_m - KINDS["empty_handler"].antenna_m[0]
        way = self.heading()
        point = np.array([[x - back_m * math.cos(way) + aside_m, y - back_m * math.sin(way), 0.0]])
        lon, lat, _ = self.frame.geodetic_from_yard(point)
        return float(lon[0]), float(lat[0]), float(np.degrees(self.frame.bearing_from_heading(way)))

    def position(self, ground: int, *, back_m: float = 0.0, speed_mps: float = 0.0) -> bytes:
        lon, lat, heading = self.where(ground, back_m=back_m)
        t_ns = self.clock.t_ns + work.SECOND - work.SECOND // 20
        found = Position(HANDLER, t_ns, lon, lat, 5.0, 0.02, speed_mps, heading, heading, 4)
        return encode_json(found) + b"\n"

    def reading(self, hoist_m: float, locked: bool) -> bytes:
        t_ns = self.clock.t_ns + work.SECOND - work.SECOND // 20
        return encode_reading(HANDLER, t_ns, None, hoist_m, 0.0, locked, 20)

    def keep(
        self, seconds: int, where: tuple[float, float, float | None] | None, hoist_m: float, locked: bool
    ) -> None:
        """Let the handler's twistlocks turn so long after it entered the hole; told later."""
        t_ns = self.clock.t_ns + seconds * work.SECOND
        self.kept.append(encode_reading(HANDLER, t_ns, None, hoist_m, 0.0, locked, 20, where))

    def work_in_hole(self, target: int = 6, *, told: bool = True, aside_m: float = 0.0) -> None:
        """Lift the top of the first stack, set it on a ground slot; then nothing is heard for the time."""
        tiers = int(self.start.stock.count[0])
        source, end = self.where(0, aside_m=aside_m), self.where(target)
        self.keep(LIFTED_S, source if told else None, HIGH_M * tiers, True)
        self.keep(SET_S, end if told else None, HIGH_M, False)

    def silence(self, seconds: int) -> None:
        """Let time pass in which nothing is heard."""
        for _ in range(seconds // 10):
            self.tick(seconds=10.0)
        for _ in range(seconds % 10):
            self.tick()

    def out(self) -> None:
        """Let the handler come out: what it kept, then what it says now."""
        self.tick(*self.kept, self.position(ENTRY), self.reading(8.0, False))
        self.kept = []
        self.tick(self.position(ENTRY), self.reading(8.0, False))


def stands(state: State, number: str) -> tuple[int, int]:
    """Ground slot and tier of a box; -1 where it stands in none."""
    row = int(moves.rows_of(state.stock, [number])[0])
    return int(state.stock.ground[row]), int(state.stock.tier[row])


def stacked_by_others(yard: Yard, number: str, ground: int) -> None:
    """A crane whose words come at once sets a box."""
    stock = moves.announce(yard.state.stock, [work.notice(number)])
    row = moves.rows_of(stock, [number])
    stock = moves.stack(stock, yard.state.slots, row, np.array([ground], np.int32))
    seen_ns = stock.seen_ns.copy()
    seen_ns[row] = yard.clock.t_ns
    yard.session.state = yard.state.with_columns(stock=stock.with_columns(seen_ns=seen_ns))


def test_a_lift_and_a_set_in_a_radio_hole_are_told_in_their_slots_once_the_machine_is_out() -> None:
    yard = Yard(A, B)
    yard.work_in_hole()
    yard.silence(HOLE_S)
    assert stands(yard.state, B) == (0, 1)
    yard.out()

    assert stands(yard.state, B) == (6, 0)
    assert stands(yard.state, A) == (0, 0)
    assert yard.state.discrepancies == ()
    assert (yard.state.counts.lifted, yard.state.counts.moves) == (1, 1)
    assert yard.state.tracks.load.tolist() == [-1]


def test_the_camera_that_read_the_box_in_the_hole_bears_it_out() -> None:
    yard = Yard(A, B)
    t_ns = yard.clock.t_ns + LIFTED_S * work.SECOND
    yard.kept.append(encode_event(BoxRead(HANDLER, t_ns, B)))
    yard.work_in_hole()
    yard.silence(HOLE_S)
    yard.out()

    assert stands(yard.state, B) == (6, 0)
    assert yard.state.discrepancies == ()


def test_what_a_gate_saw_and_nobody_believed_is_settled_once_the_machine_in_the_hole_tells_of_it() -> None:
    yard = Yard(A, B)
    gate = [GateRead("G", yard.clock.t_ns, "G", "in", GateEvent.IN, truck) for truck in ("T-1", "T-2")]
    yard.tick(*map(encode_event, gate))
    yard.keep(LIFTED_S, yard.where(0), 2 * HIGH_M, True)
    yard.keep(SET_S, yard.where(0, back_m=9.0), 1.3 + HIGH_M, False)
    yard.silence(HOLE_S - 40)
    seen = GateRead("G", yard.clock.t_ns, "G", "out", GateEvent.OUT, "T-1", work.notice(B))
    yard.tick(encode_event(seen), seconds=20.0)
    assert [(one.box, one.settled) for one in yard.state.discrepancies] == [(B, None)]
    assert stands(yard.state, B) == (0, 1)
    yard.silence(20)
    yard.out()

    (item,) = yard.state.discrepancies
    assert item.settled is not None
    assert (item.settled.actor, item.settled.how, item.settled.place) == (HANDLER, Remedy.SENSORS, "gone")
    assert item.settled.t_ns > item.t_ns
    assert yard.state.stock.place[moves.rows_of(yard.state.stock, [B])[0]] == Place.GONE
    assert yard.state.counts.boxes_out == 1


def left_without(yard: Yard) -> None:
    """A truck brings a box to the handler in its hole, and leaves empty before that is heard of."""
    came = GateRead("G", yard.clock.t_ns, "G", "in", GateEvent.IN, "T-1", work.notice(C))
    yard.tick(encode_event(came))
    yard.keep(LIFTED_S, yard.where(0, back_m=9.0), 1.3 + HIGH_M, True)
    yard.kept.append(encode_event(BoxRead(HANDLER, yard.clock.t_ns + LIFTED_S * work.SECOND, C)))
    yard.keep(SET_S, yard.where(6), HIGH_M, False)
    yard.silence(HOLE_S - 40)
    left = GateRead("G", yard.clock.t_ns, "G", "out", GateEvent.OUT, "T-1")
    yard.tick(encode_event(left), seconds=20.0)


def test_a_box_that_its_truck_left_without_stands_where_the_machine_in_the_hole_set_it() -> None:
    yard = Yard(A, B)
    left_without(yard)
    assert [(one.box, one.found, one.settled) for one in yard.state.discrepancies] == [(C, "none", None)]
    assert yard.state.stock.place[moves.rows_of(yard.state.stock, [C])[0]] == Place.CARRIED
    assert yard.state.counts.boxes_out == 0
    yard.silence(20)
    yard.out()

    assert stands(yard.state, C) == (6, 0)
    (item,) = yard.state.discrepancies
    assert item.settled is not None
    assert (item.settled.actor, item.settled.how) == (HANDLER, Remedy.SENSORS)
    assert (yard.state.counts.boxes_in, yard.state.counts.boxes_out) == (1, 0)


def test_a_box_that_a_gate_did_not_see_leave_is_gone_where_a_controller_believes_the_list() -> None:
    yard = Yard(A, B)
    left_without(yard)
    (item,) = yard.state.discrepancies
    yard.session.decide(Settle(item.id, Remedy.LIST, "kim", "controller"))
    yard.tick()

    (item,) = yard.state.discrepancies
    assert item.settled is not None
    assert item.settled.place == "gone"
    assert yard.state.stock.place[moves.rows_of(yard.state.stock, [C])[0]] == Place.GONE
    assert yard.state.counts.boxes_out == 1


@pytest.mark.parametrize(("low_m", "told"), [(1.3, 0), (0.0, 1)], ids=["a deck", "the ground"])
def test_a_box_set_beside_the_slots_in_a_hole_is_on_a_vehicle_that_may_be_far_by_now(
    low_m: float, told: int
) -> None:
    yard = Yard(A, B)
    yard.keep(LIFTED_S, yard.where(0), 2 * HIGH_M, True)
    yard.keep(SET_S, yard.where(0, back_m=9.0), low_m + HIGH_M, False)
    yard.silence(HOLE_S)
    yard.out()

    box = moves.rows_of(yard.state.stock, [B])[0]
    assert yard.state.stock.place[box] == Place.CARRIED
    assert (yard.state.stock.carrier[box] == spreaders.UNKNOWN) == (not told)
    assert len(yard.state.discrepancies) == told


def test_a_machine_in_a_hole_is_lost_where_it_was_last_heard_and_its_doubt_does_not_shrink() -> None:
    yard = Yard(A, B)
    before = yard.state.tracks
    yard.work_in_hole()
    yard.silence(10)
    lost = yard.state.tracks
    for _ in range(HOLE_S // 10 - 1):
        yard.silence(10)
        now = yard.state.tracks
        assert now.freshness.tolist() == [Freshness.LOST]
        assert (now.x_m[0], now.y_m[0], now.pose_ns[0]) == (lost.x_m[0], lost.y_m[0], lost.pose_ns[0])
        assert now.sigma_m[0] >= before.sigma_m[0]
    yard.out()

    assert yard.state.tracks.freshness.tolist() == [Freshness.FRESH]


def test_a_lift_told_late_from_a_stack_that_others_used_since_is_listed_and_moves_nothing() -> None:
    yard = Yard(A, B)
    yard.work_in_hole()
    yard.silence(90)
    stacked_by_others(yard, C, 0)
    yard.silence(HOLE_S - 90)
    yard.out()

    assert stands(yard.state, C) == (0, 2)
    assert stands(yard.state, B) == (0, 1)
    first = yard.state.discrepancies[0]
    assert first.device == HANDLER
    assert "lifted at" in first.what
    assert "7.77 m high now and was 5.18 m" in first.what
    assert moves.check(yard.state.stock, yard.state.slots) == ()


def test_a_lift_told_late_of_a_box_that_was_set_there_since_is_listed() -> None:
    yard = Yard(A)
    yard.keep(LIFTED_S, yard.where(0), HIGH_M * 2, True)
    yard.silence(90)
    stacked_by_others(yard, C, 0)
    yard.silence(HOLE_S - 90)
    yard.out()

    assert stands(yard.state, C) == (0, 1)
    assert "where others have set since" in yard.state.discrepancies[0].what
    assert yard.state.discrepancies[0].box == C


def test_a_set_told_late_on_a_stack_that_others_used_since_is_listed_with_the_box_and_the_slot() -> None:
    yard = Yard(A, B)
    yard.work_in_hole(target=6)
    yard.silence(150)
    stacked_by_others(yard, C, 6)
    yard.silence(HOLE_S - 150)
    yard.out()

    assert stands(yard.state, C) == (6, 0)
    row = int(moves.rows_of(yard.state.stock, [B])[0])
    assert Place(int(yard.state.stock.place[row])) is Place.CARRIED
    (one,) = yard.state.discrepancies
    assert one.box == B
    assert "out of radio, where the stack is 2.59 m high now and was 0.00 m" in one.what
    assert moves.check(yard.state.stock, yard.state.slots) == ()


def test_words_kept_without_a_position_are_listed_and_guessed_nowhere() -> None:
    yard = Yard(A, B)
    yard.work_in_hole(told=False)
    yard.silence(HOLE_S)
    yard.out()

    assert stands(yard.state, B) == (0, 1)
    assert [item.what for item in yard.state.discrepancies] == [
        "spreader moved while its position was not known"
    ] * 2


def test_a_kept_position_farther_away_than_the_machine_can_have_come_is_not_believed() -> None:
    yard = Yard(A, B)
    yard.work_in_hole(aside_m=3_000.0)
    yard.silence(HOLE_S)
    yard.out()

    assert stands(yard.state, B) == (0, 1)
    assert yard.state.discrepancies[0].what == "spreader moved while its position was not known"


def test_a_hole_of_four_seconds_is_told_in_its_place_with_the_machines_own_position() -> None:
    yard = Yard(A, B)
    yard.keep(3, yard.where(0), HIGH_M * 2, True)
    yard.keep(4, yard.where(6), HIGH_M, False)
    yard.silence(5)
    yard.out()

    assert stands(yard.state, B) == (6, 0)
    assert yard.state.discrepancies == ()


def test_kept_words_that_newer_ones_have_overtaken_are_listed_once_with_box_and_slot() -> None:
    yard = Yard(A, B)
    yard.work_in_hole()
    yard.silence(HOLE_S)
    kept, yard.kept = yard.kept, []
    for _ in range(10):
        yard.out()
    for _ in range(2):
        yard.tick(*kept)

    assert stands(yard.state, B) == (0, 1)
    closed, opened = yard.state.discrepancies
    assert closed.what == "twistlocks closed at A01-001-01-3 out of radio, told after newer words"
    assert (closed.box, closed.device) == (B, HANDLER)
    assert "twistlocks opened at" in opened.what


@pytest.mark.parametrize("break_s", [30, HOLE_S + 1])
def test_a_hole_is_replayed_from_the_journal_bit_for_bit(tmp_path: Path, break_s: int) -> None:
    yard = Yard(A, B, journal=tmp_path / "hole.journal")
    yard.work_in_hole()
    yard.silence(HOLE_S)
    yard.out()
    for _ in range(3):
        yard.tick()
    yard.session.close()

    replay = JournalReplay(tmp_path / "hole.journal", Decoder, work.refuse_layouts)
    replay.seek(yard.start.t_ns + break_s * work.SECOND)
    replay.seek_forward(yard.state.tick)
    assert digest(replay.state) == digest(yard.state)
    assert codec.encode(codec.decode(codec.encode(yard.state))) == codec.encode(yard.state)
    assert stands(replay.state, B) == (6, 0)
    replay.close()
