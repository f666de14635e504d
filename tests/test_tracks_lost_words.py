"""Words of wheels and gyros that are lost, late, or of other instants than the fixes cost no good fix."""

from dataclasses import replace

import numpy as np
import pytest

from benchmarks.accuracy import RING
from benchmarks.yard_noise import BESIDE, CLEAN, LOST, NS, WRONG, Instant, Vehicles
from twin.fleet import taking
from twin.fleet.epochs import GATED, Epochs
from twin.fleet.kinds import KIND_NAMES, KINDS
from twin.fleet.memory import no_beliefs
from twin.fleet.working import Working

T0 = 1_800_000_000 * NS
N = 100


def unheard(said: Epochs, lost: np.ndarray) -> Epochs:
    """Give the same without what wheels and gyros of some machines say."""
    wheels, gyro = np.where(lost, np.nan, said.odometer_mps), np.where(lost, np.nan, said.gyro_rps)
    return said.with_columns(odometer_mps=wheels, gyro_rps=gyro)


def in_a_bend(lost_share: float) -> tuple[float, float]:
    """Give the share of fixes refused of trucks that steer unevenly round a bend, and the ring's coverage."""
    rng = np.random.default_rng(2)
    forward, left = KINDS["external_truck"].antenna_m[:2]
    w = Working.of(no_beliefs(N), np.full(N, KIND_NAMES.index("external_truck"), np.int8))
    x, y, heading = np.zeros(N), np.zeros(N), rng.uniform(-3.0, 3.0, N)
    slow, keep = rng.standard_normal((2, N)), np.exp(-0.1 / 20.0)
    refused, held = [], []
    for step in range(300):
        speed, turn = 3.7, rng.uniform(0.1, 0.27, N)
        middle, heading = heading + 0.05 * turn, heading + 0.1 * turn
        x, y = x + 0.1 * speed * np.cos(middle), y + 0.1 * speed * np.sin(middle)
        slow = keep * slow + np.sqrt(1.0 - keep**2) * rng.standard_normal((2, N))
        error = 0.008 * rng.standard_normal((2, N)) + 0.012 * slow
        c, s = np.cos(heading), np.sin(heading)
        arm_x, arm_y = c * forward - s * left, s * forward + c * left
        east, north = c * speed - turn * arm_y, s * speed + turn * arm_x
        said = Epochs(
            np.arange(N, dtype=np.int32), np.full(N, T0 + step * NS // 10), x + arm_x + error[0],
            y + arm_y + error[1], np.full(N, 0.0144), np.hypot(east, north), np.arctan2(north, east),
            heading + np.radians(0.15) * rng.standard_normal(N), np.full(N, 4, np.int8),
            speed + 0.02 * rng.standard_normal(N), turn + np.radians(0.1) * rng.standard_normal(N),
        )  # fmt: skip
        outcome = taking.taken(w, unheard(said, rng.random(N) < lost_share), np.full(N, np.nan))
        if step > 50:
            refused.append(outcome == GATED)
            sigma = np.sqrt((w.covariance[0, 0] + w.covariance[1, 1]) / 2.0)
            held.append(np.hypot(w.mean[0] - x, w.mean[1] - y) < RING * sigma)
    return float(np.mean(refused)), float(np.mean(held))


@pytest.mark.parametrize("lost_share", [0.0, 0.05, 0.3])
def test_a_truck_that_steers_round_a_bend_has_no_good_fix_refused_for_words_of_its_gyro_lost(lost_share):
    refused, held = in_a_bend(lost_share)
    assert refused <= 0.001
    assert 0.93 <= held <= 0.97


def antennas_at(vehicles: Vehicles, pose: np.ndarray) -> np.ndarray:
    """Give where antennas are, (2, n)."""
    c, s = np.cos(pose[2]), np.sin(pose[2])
    forward, left = vehicles.lever
    return pose[:2] + np.stack((c * forward - s * left, s * forward + c * left))


def apart(vehicles: Vehicles, now: Instant, pose: np.ndarray) -> tuple[Epochs, Epochs]:
    """Give the fixes of half a step before, at another pose, and the words."""
    said, everybody, none = now.said, np.ones(N, np.bool_), np.full(N, np.nan)
    back_x, back_y = antennas_at(vehicles, pose) - antennas_at(vehicles, now.pose)
    fixes = unheard(said, everybody).with_columns(
        t_ns=said.t_ns - NS // 20, x_m=said.x_m + back_x, y_m=said.y_m + back_y,
        heading_rad=said.heading_rad + pose[2] - now.pose[2],
    )  # fmt: skip
    words = said.with_columns(
        x_m=none, y_m=none, sigma_m=none, speed_mps=none, course_rad=none, heading_rad=none,
        quality=np.full(N, -1, np.int8),
    )  # fmt: skip
    return fixes.take(fixes.fixed), words


def driven(
    *, lost_share: float = 0.0, between: bool = False, antennas: int = 2, settled: int = 100
) -> dict[str, float]:
    """Give what became of the fixes of tractors whose words come with them, or halfway between two.

    Those of the first ``settled`` steps do not count.
    """
    vehicles, rng = Vehicles(N, 6, heading=antennas == 2), np.random.default_rng(5)
    w, rails, before = Working.of(no_beliefs(N), vehicles.kind), np.full(N, np.nan), vehicles.pose
    columns = []
    for step in range(900):
        now = vehicles.next()
        said, pose = unheard(now.said, rng.random(N) < lost_share), now.pose
        fixes, words = said.take(said.fixed), said.take(~said.fixed)
        if between:
            pose = (now.pose + before) / 2.0
            fixes, words = apart(vehicles, replace(now, said=said), pose)
        gated = np.zeros(N, np.bool_)
        gated[fixes.row] = taking.taken(w, fixes, rails) == GATED
        sigma = np.sqrt((w.covariance[0, 0] + w.covariance[1, 1]) / 2.0)
        error = np.hypot(w.mean[0] - pose[0], w.mean[1] - pose[1])
        if step > settled:
            columns.append((error, error < RING * sigma, now.fate, gated))
        taking.taken(w, words, rails)
        before = now.pose
    error, held, fate, gated = (np.array(column) for column in zip(*columns, strict=True))
    seen = fate != LOST
    good = np.isin(fate, (CLEAN, BESIDE))
    return {
        "p95_m": np.percentile(error[seen], 95), "ring": held[seen].mean(),
        "good refused": gated[good].mean(), "wrong refused": gated[fate == WRONG].mean(),
    }  # fmt: skip


@pytest.mark.parametrize(("lost_share", "between"), [(0.05, False), (0.0, True), (0.05, True)])
def test_words_lost_or_between_the_fixes_cost_neither_a_good_fix_nor_let_a_wrong_one_in(lost_share, between):
    found = driven(lost_share=lost_share, between=between)
    assert found["p95_m"] < 0.05
    assert 0.93 <= found["ring"] <= 0.97
    assert found["good refused"] <= 0.001
    assert found["wrong refused"] >= 0.98


def test_a_machine_with_one_antenna_is_as_near_where_its_words_lie_between_its_fixes():
    # Some drive off late, and learn only then which way they head.
    with_them, between = (driven(antennas=1, between=one, settled=300) for one in (False, True))
    assert with_them["p95_m"] < 0.05
    assert between["p95_m"] < max(1.3 * with_them["p95_m"], 0.05)
    assert between["good refused"] < 0.012
    assert min(with_them["wrong refused"], between["wrong refused"]) > 0.85
