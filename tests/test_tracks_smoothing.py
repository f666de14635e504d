"""Places told afterwards, by all that was measured before and after."""

import numpy as np
import pytest

from benchmarks.accuracy import measured, smoothed_errors
from benchmarks.yard_noise import NS, T0_NS, Vehicles
from twin.fleet import epochs, motion, smoothing
from twin.fleet.kinds import KIND_NAMES


def drive(n=3, seconds=15.0, **has):
    vehicles = Vehicles(n, 4, **has)
    run = [vehicles.next() for _ in range(round(seconds * 10))]
    return vehicles.kind, run, epochs.stacked([now.said for now in run])


def test_smoothed_places_are_within_four_centimetres_and_nearer_than_the_tracks():
    error = smoothed_errors(16, 80.0, 3)
    tracked = measured(16, 80.0, 3)
    assert 100 * np.percentile(error, 95) < 4.0
    assert 100 * np.percentile(error, 95) < 0.9 * tracked.p(95)


def test_a_place_is_told_for_each_message_in_order_of_machine_and_instant():
    kind, run, heard = drive()
    found = smoothing.smoothed(kind, heard)
    assert len(found) == len(heard)
    assert (np.lexsort((found.t_ns, found.row)) == np.arange(len(found))).all()
    assert set(found.t_ns.tolist()) == {now.t_ns for now in run}


def test_messages_in_another_order_and_twice_give_the_same_places():
    kind, _, heard = drive()
    shuffled = np.random.default_rng(1).permutation(np.repeat(np.arange(len(heard)), 2))
    one, other = smoothing.smoothed(kind, heard), smoothing.smoothed(kind, heard.take(shuffled))
    assert one.x_m.tobytes() == other.x_m.tobytes()
    assert one.t_ns.tobytes() == other.t_ns.tobytes()


def test_the_last_place_is_that_of_the_filter():
    kind, run, heard = drive(n=1)
    found = smoothing.smoothed(kind, heard)
    assert found.t_ns[-1] == run[-1].t_ns
    assert found.sigma_m[-1] >= found.sigma_m[:-20].min()


@pytest.mark.parametrize("speed_mps", [0.0, 4.0])
def test_machines_without_wheels_are_smoothed_too(speed_mps):
    rng, n = np.random.default_rng(1), 200
    t_ns = T0_NS + np.arange(n) * NS // 10
    x_m = speed_mps * 0.1 * np.arange(n) + 0.5
    xy = np.column_stack((x_m, np.zeros(n))) + rng.normal(0, 0.03, (n, 2))
    column = lambda value: np.full(n, value)  # noqa: E731
    heard = epochs.of_fixes(
        np.zeros(n, np.int32), t_ns, xy, column(0.03), column(speed_mps), column(0.0), column(0.0),
        np.full(n, 4, np.int8),
    )  # fmt: skip
    found = smoothing.smoothed(np.array([KIND_NAMES.index("reach_stacker")], np.int8), heard)
    error = np.hypot(found.x_m - (x_m - 0.5), found.y_m)
    assert np.percentile(error, 95) < 0.6 * np.percentile(np.hypot(xy[:, 0] - x_m, xy[:, 1]), 95)
    assert np.abs(motion.wrapped(found.heading_rad)).max() < 0.05


def test_nothing_recorded_gives_no_place():
    found = smoothing.smoothed(np.zeros(2, np.int8), epochs.no_epochs())
    assert len(found) == 0
