"""A receiver that tells its error once a second is believed in between."""

import numpy as np

from benchmarks.yard_noise import Vehicles
from twin import codec
from twin.fleet import roster, tracking


def tracked(between_m: float, *, told_every: int, steps: int = 80, float_steps: range = range(0)) -> bytes:
    """Give the beliefs about a vehicle that tells 1.4 cm now and then, and something else in between.

    In some steps its solution floats, and tells 25 cm.
    """
    vehicles = Vehicles(1, 3)
    fleet, tracks = roster.enlist(
        roster.empty_fleet(), roster.no_tracks(), ["A"], vehicles.kind.tolist(), [-1]
    )
    for step in range(steps):
        now = vehicles.next()
        sigma_m = np.full(len(now.said), 0.014 if step % told_every == 0 else between_m)
        said = now.said.with_columns(sigma_m=sigma_m)
        if step in float_steps:
            said = said.with_columns(sigma_m=np.full(1, 0.25), quality=np.full(1, 5, np.int8))
        tracks, _ = tracking.take(fleet, tracks, said, t_ns=now.t_ns)
    return codec.encode((tracks.memory.beliefs,))


def test_a_fix_whose_error_is_not_told_counts_as_good_as_the_last_that_told_it():
    assert tracked(-0.02, told_every=10) == tracked(0.014, told_every=1)


def test_an_error_that_is_told_counts_whatever_was_told_before():
    assert tracked(0.02, told_every=10) != tracked(0.014, told_every=1)


def test_a_receiver_that_is_fixed_again_counts_as_good_as_when_it_was_fixed_before():
    floats = range(31, 50)
    told_now_and_then = tracked(-0.02, told_every=30, float_steps=floats)
    assert told_now_and_then == tracked(0.014, told_every=1, float_steps=floats)
