"""Ticks far apart, as of a simulation faster than life: what came is taken part by part."""

from pathlib import Path

import pytest
import yard_at_work as work

from sensors.decoder import Decoder
from twin.inputs import RawChunk
from twin.replay import JournalReplay
from twin.session import PART_NS, parts_of
from twin.state import State
from twin.tables import digest
from ui.composition import open_session
from ui.options import RunOptions

S, T0 = work.SECOND, work.T0
RUN_S = 64


def chunk(at_s: float, text: str = "") -> RawChunk:
    return RawChunk("bus", T0 + round(at_s * S), text.encode())


def told(now_s: float, *at_s: float) -> list[tuple[float, list[float]]]:
    parts = parts_of(T0, T0 + round(now_s * S), tuple(map(chunk, at_s)))
    return [((until - T0) / S, [(one.t_rx_ns - T0) / S for one in part]) for until, part in parts]


@pytest.mark.parametrize(
    ("now_s", "at_s", "expected"),
    [
        (0.1, (0.05, 0.1), [(0.1, [0.05, 0.1])]),
        (1.0, (0.2, 1.0), [(1.0, [0.2, 1.0])]),
        (2.4, (0.5, 1.0, 1.1, 2.3), [(1.0, [0.5, 1.0]), (2.0, [1.1]), (2.4, [2.3])]),
        (3.0, (2.5, 0.5, 2.9), [(3.0, [2.5, 0.5, 2.9])]),
        (3.0, (0.5,), [(1.0, [0.5]), (3.0, [])]),
        (3.0, (-5.0, 9.0), [(1.0, [-5.0]), (3.0, [9.0])]),
        (3.0, (), [(3.0, [])]),
        (-4.0, (-4.5,), [(-4.0, [-4.5])]),
    ],
)
def test_what_came_is_cut_by_the_second_and_keeps_its_order(now_s, at_s, expected) -> None:
    assert told(now_s, *at_s) == expected


def ran(every_s: float, journal: Path | None = None) -> tuple[State, int]:
    """A compact yard at work for a minute, and how many ticks of its session were taken."""
    options = RunOptions(layout="compact", seed=1, start_ns=T0, journal=journal, record=journal is not None)
    opened = open_session(options, inline=True)
    simulation, session = opened.simulation, opened.session
    assert simulation is not None
    ticks = round(RUN_S / every_s)
    for tick in range(1, ticks + 1):
        simulation.advance_to(T0 + round(tick * every_s * S))
        session.tick()
    session.close()
    return session.state, ticks


@pytest.fixture(scope="module")
def fast(tmp_path_factory: pytest.TempPathFactory) -> tuple[Path, State]:
    """Ticks eight seconds of the yard apart, and their journal."""
    path = tmp_path_factory.mktemp("fast") / "fast.journal"
    return path, ran(8.0, path)[0]


def test_ticks_eight_seconds_apart_bring_no_discrepancy_and_the_stock_of_ticks_a_second_apart(fast) -> None:
    assert fast[1].discrepancies == ()
    assert fast[1].counts.lifted > 0
    slow, ticks = ran(PART_NS / S)
    assert fast[1].tick == slow.tick == ticks
    assert digest(fast[1].stock, fast[1].tracks) == digest(slow.stock, slow.tracks)


def test_a_replay_of_parts_ends_as_the_run_did_bit_for_bit(fast) -> None:
    path, state = fast
    replay = JournalReplay(path, Decoder, work.refuse_layouts)
    replay.seek_forward(state.tick)
    assert digest(replay.state) == digest(state)
    replay.close()
