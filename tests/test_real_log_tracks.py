"""On real receivers' logs a track is never worse than the raw fixes, whatever kind a user says that it is."""

from functools import lru_cache

import numpy as np
import pytest

from benchmarks import real_logs

LOGS = (
    "gnss_imu/gnss_1730.ubx", "gpsd/gpsdf.log", "gpsd/quectel-l76k-nmea.log", "gpsd/skytraq-dgps.log",
    "gpsd/ublox-neo-m9n-nmea.log",
)  # fmt: skip
LAG_M = 0.002
"""The references are the raw fixes' own neighbours or mean, so whatever is no raw fix differs by chance: the
worst of these rows by 1.4 mm, at p99 of 333 fixes, which from draw to draw differs by 0.6 mm (one sigma)."""


@lru_cache(maxsize=20)
def log_of(name, kind):
    path = real_logs.LOGS / name
    if not path.is_file():
        pytest.skip(f"the log {name} is not beside this checkout")
    return real_logs.read(path, kind)


@pytest.mark.parametrize("kind", real_logs.KINDS_WORTH)
@pytest.mark.parametrize("name", LOGS)
def test_a_track_is_no_worse_than_the_raw_fixes_of_a_real_log(name, kind):
    compared = list(real_logs.errors(log_of(name, kind)))
    assert compared
    for reference, raw, shown in compared:
        for percent in real_logs.PERCENTS:
            mine, theirs = (float(np.percentile(way, percent)) for way in (shown, raw))
            assert mine <= theirs + LAG_M, f"{reference}, p{percent}"


@pytest.mark.parametrize("kind", real_logs.KINDS_WORTH)
def test_no_fix_of_a_walk_round_corners_leaves_its_track_behind(kind):
    log = log_of(LOGS[0], kind)
    behind_m = np.hypot(*(log.shown_m - log.raw_m)[real_logs.SETTLED :].T)
    assert np.percentile(behind_m, 99) < 0.1
    assert behind_m.max() < 0.5
