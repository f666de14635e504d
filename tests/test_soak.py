"""Long runs: `make soak`. The short ones of the same kind are in test_session.py."""

import warnings
from pathlib import Path

import numpy as np
import psutil
import pytest
import yard_at_work as work
from true_machines import true_boxes

from twin.fleet import roster
from twin.fleet.table import Freshness
from twin.operations.truth import Truth
from twin.safety.contact import truth_overlaps
from twin.state import State
from twin.stock import moves
from twin.stock.table import Place
from ui.composition import open_session
from ui.options import RunOptions
from ui.verify import verify

MINUTES = 10
RTK_FIXED = 4


def errors_m(truth: Truth, state: State) -> np.ndarray:
    """How far what is shown is from the truth, for machines heard within their interval [m]."""
    row = roster.row_of(state.fleet, [name.decode() for name in truth.name])
    heard = (row >= 0) & truth.present & state.fleet.present[row]
    heard &= (state.tracks.freshness[row] == Freshness.FRESH) & (state.tracks.quality[row] == RTK_FIXED)
    row = row[heard]
    return np.hypot(state.tracks.x_m[row] - truth.x_m[heard], state.tracks.y_m[row] - truth.y_m[heard])


@pytest.mark.soak
def test_ten_minutes_of_the_demo_keep_every_promise(tmp_path: Path) -> None:
    path = tmp_path / "soak.journal"
    opened = open_session(RunOptions(layout="demo", start_ns=work.T0, journal=path), inline=True)
    session, simulation = opened.session, opened.simulation
    assert simulation is not None
    process = psutil.Process()
    standing = int((session.state.stock.place == Place.STACKED).sum())
    memory_mb, overlaps, away_m = [], [], []
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        for tick in range(1, MINUTES * 600 + 1):
            simulation.advance_to(work.T0 + tick * work.SECOND // 10)
            session.tick()
            if tick % 10 == 0:
                shift = simulation.shift
                overlaps += truth_overlaps(
                    true_boxes(simulation.truth, shift.stock), shift.stock, session.state.slots
                )
                away_m.append(errors_m(simulation.truth, session.state))
            if tick % 600 == 0:
                memory_mb.append(process.memory_info().rss / 1e6)
        state, shift = session.state, simulation.shift
        session.close()

    place = state.stock.place
    here = int(np.isin(place, (Place.STACKED, Place.CARRIED)).sum())
    assert overlaps == []
    assert moves.check(state.stock, state.slots) == ()
    assert standing + state.counts.boxes_in == state.counts.boxes_out + here
    assert [item.what for item in state.discrepancies] == []
    assert shift.deadlocks == 0
    assert state.counts.moves >= 6 * MINUTES
    assert max(memory_mb[2:]) - memory_mb[1] < 40, memory_mb
    p50, p95, p99 = np.percentile(np.concatenate(away_m), (50, 95, 99))
    assert p95 < 0.05, f"position error p50 {p50:.3f}, p95 {p95:.3f}, p99 {p99:.3f} m"
    print(f"position error p50 {p50:.3f}, p95 {p95:.3f}, p99 {p99:.3f} m; resident memory {memory_mb} MB")  # noqa: T201
    assert verify(path) == 0
