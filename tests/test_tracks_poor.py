"""A machine whose wheels are heard while its receiver gets worse, or while words of them are lost."""

import numpy as np

from twin.fleet import epochs, roster, tracking
from twin.fleet.kinds import KIND_NAMES, KINDS

NS = 1_000_000_000
T0 = 1_700_000_000 * NS
TRACTOR = KIND_NAMES.index("terminal_tractor")
LEVER_M = KINDS["terminal_tractor"].antenna_m
RING = 2.4477
"""So many sigmas an axis hold 95 of 100 places."""


def fleet_of(n):
    names = [f"TT-{row}" for row in range(n)]
    return roster.enlist(roster.empty_fleet(), roster.no_tracks(), names, [TRACTOR] * n, [-1] * n)


def driven(n, ticks, poor_from, poor_to):
    """Let tractors drive straight; give how far off each is shown at each tick, and its sigma, (ticks, n)."""
    rng, rows = np.random.default_rng(1), np.arange(n, dtype=np.int32)
    fleet, tracks = fleet_of(n)
    lasting_m, off_m, sigma_m = rng.normal(0.0, 1.5, (2, n)), [], []
    for tick in range(ticks):
        t_ns, x_m, poor = T0 + tick * NS // 10, 0.3 * tick, poor_from <= tick < poor_to
        error_m = lasting_m + rng.normal(0.0, 0.3, (2, n)) if poor else rng.normal(0.0, 0.012, (2, n))
        fixes = np.column_stack((x_m + LEVER_M[0] + error_m[0], LEVER_M[1] + error_m[1]))
        said = epochs.of_fixes(
            rows, np.full(n, t_ns), fixes, np.full(n, 1.5 if poor else 0.012),
            3.0 + rng.normal(0.0, 0.05, n), rng.normal(0.0, 0.01, n), np.full(n, np.nan),
            np.full(n, 1 if poor else 4, np.int8),
        )  # fmt: skip
        said = said.with_columns(
            odometer_mps=3.0 + rng.normal(0.0, 0.02, n), gyro_rps=rng.normal(0.0, 0.0018, n)
        )
        tracks, _ = tracking.take(fleet, tracks, said, t_ns=t_ns)
        off_m.append(np.hypot(tracks.x_m - x_m, tracks.y_m))
        sigma_m.append(tracks.sigma_m)
    return np.array(off_m), np.array(sigma_m)


def test_a_place_errs_by_as_much_as_poor_fixes_have_drawn_it_not_by_all_they_err_at_once():
    off_m, sigma_m = driven(150, 700, 150, 600)
    assert np.median(sigma_m[155]) < 0.03
    held = off_m <= RING * sigma_m
    for first, last in ((150, 170), (170, 250), (250, 400), (400, 600), (605, 700)):
        assert held[first:last].mean() > 0.92
    assert np.median(sigma_m[160]) < np.median(sigma_m[300]) < np.median(sigma_m[599])
    assert np.median(sigma_m[650]) < 0.03


def test_a_machine_whose_words_of_wheels_and_gyro_are_lost_is_less_sure_of_its_place():
    fleet, tracks = fleet_of(2)
    for tick in range(120):
        t_ns, lost = T0 + tick * NS // 10, np.array([False, tick == 119])
        fixes = np.column_stack((np.full(2, 0.3 * tick + LEVER_M[0]), np.full(2, LEVER_M[1])))
        said = epochs.of_fixes(
            np.arange(2, dtype=np.int32), np.full(2, t_ns), fixes, np.full(2, 0.012), np.full(2, 3.0),
            np.zeros(2), np.zeros(2), np.full(2, 4, np.int8),
        )  # fmt: skip
        said = said.with_columns(
            odometer_mps=np.where(lost, np.nan, 3.0), gyro_rps=np.where(lost, np.nan, 0.0)
        )
        tracks, _ = tracking.take(fleet, tracks, said, t_ns=t_ns)
        variances = tracks.covariance[:, [0, 2], [0, 2]]
        assert (variances[0] == variances[1]).all() != (tick == 119)
    assert (variances[1] > variances[0]).all()
