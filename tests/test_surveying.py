"""Gauss-Kruger zones and the calibration of a site from surveyed points."""

import csv
import math
from pathlib import Path

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from pyproj import CRS

from twin.errors import YardError
from twin.frames import YardFrame
from twin.surveying import (
    GRIDS,
    calibrated,
    geodetic_from_grid,
    grid_from_geodetic,
    grid_of,
    outside_grid,
)

TABLE = Path(__file__).parents[1] / ".." / "shared" / "data" / "yard" / "epsg_cgcs2000.csv"
SITE = YardFrame(121.85, 30.62, 0.0, 0.0)
CORNERS_M = np.array([(0.0, 0.0, 4.0), (800.0, 30.0, 4.5), (750.0, 400.0, 5.0), (-20.0, 380.0, 4.2)])


def test_a_point_of_yangshan_is_where_epsg_puts_it():
    east, north = grid_from_geodetic(4549, [121.85], [30.62])
    zoned, _ = grid_from_geodetic(4528, [121.0], [30.62])

    assert east[0] == pytest.approx(677_394.558, abs=6e-4)
    assert north[0] == pytest.approx(3_390_304.192, abs=6e-4)
    assert zoned[0] == pytest.approx(40_595_883.233, abs=6e-4)


@given(st.floats(73.5, 135.4), st.floats(18, 53), st.sampled_from([3, 6]), st.booleans())
def test_a_longitude_lies_in_the_zone_that_is_named_and_comes_back_from_there(
    lon: float, lat: float, width: int, numbered: bool
):
    epsg = grid_of(lon, width_deg=width, numbered=numbered)
    projection = CRS.from_epsg(epsg).to_cf()
    east, north = grid_from_geodetic(epsg, [lon], [lat])
    back = geodetic_from_grid(epsg, east, north)

    assert abs(lon - projection["longitude_of_central_meridian"]) <= width / 2 + 1e-9
    assert (east[0] > 1e6) == numbered
    assert (back[0][0], back[1][0]) == pytest.approx((lon, lat), abs=1e-9)


def test_every_grid_is_of_cgcs2000():
    assert all(CRS.from_epsg(epsg).name.startswith("CGCS2000") for epsg in GRIDS)
    if TABLE.exists():
        with TABLE.open() as file:
            codes = {int(row[0]) for row in csv.reader(file) if row and row[0].isdecimal()}
        assert set(GRIDS) <= codes


@pytest.mark.parametrize("epsg", [4326, 32651, 0, 2379])
def test_another_grid_is_refused(epsg: int):
    with pytest.raises(YardError, match="expected EPSG 4491 to 4554"):
        grid_from_geodetic(epsg, [121.0], [30.0])


def test_a_place_outside_china_has_no_zone_and_what_is_not_known_no_grid_position():
    with pytest.raises(YardError, match="expected 3 or 6 degrees and 72 to 138"):
        grid_of(2.0)
    assert np.isnan(grid_from_geodetic(4549, [np.nan], [30.0])[0]).all()


def measured_of(shift: tuple[float, float, float], turn: float, ppm: float, noise: np.ndarray) -> np.ndarray:
    """Give what receivers show of the corners, where their frame is shifted, turned and scaled."""
    c, s = math.cos(turn), math.sin(turn)
    shown = CORNERS_M.copy()
    shown[:, :2] = (CORNERS_M[:, :2] * (1 + ppm * 1e-6)) @ np.array([[c, s], [-s, c]])
    return np.column_stack(SITE.geodetic_from_yard(shown + shift + noise))


SURVEYED = np.column_stack(SITE.geodetic_from_yard(CORNERS_M))
NAMES = ("P1", "P2", "P3", "P4")


@given(
    st.tuples(st.floats(-2, 2), st.floats(-2, 2), st.floats(-1, 1)),
    st.floats(-1e-3, 1e-3),
    st.floats(-50, 50),
)
def test_points_without_an_error_are_brought_onto_the_survey_to_a_tenth_of_a_millimetre(
    shift: tuple[float, float, float], turn: float, ppm: float
):
    measured = measured_of(shift, turn, ppm, np.zeros((4, 3)))
    found = calibrated(NAMES, measured, SURVEYED)
    back = SITE.yard_from_geodetic(*found.applied(*measured.T))

    assert np.abs(back - CORNERS_M).max() < 1e-4
    assert found.worst_m < 1e-4
    assert found.turn_rad == pytest.approx(-turn, abs=1e-7)
    assert found.ppm == pytest.approx(-ppm, abs=0.5)


def test_residuals_show_the_point_that_was_confused():
    noise = np.zeros((4, 3))
    noise[2] = (0.30, 0.0, 0.05)
    found = calibrated(NAMES, measured_of((0.5, -0.6, 0.1), 0.0, 0.0, noise), SURVEYED)

    sizes = [math.hypot(east, north) for east, north, _ in found.residuals_m]
    assert found.names[int(np.argmax(sizes))] == "P3"
    assert found.worst_m == max(sizes)
    assert found.rms_m == pytest.approx(math.sqrt(sum(s * s for s in sizes) / 4))


def test_residuals_are_those_of_a_least_squares_solver():
    rng = np.random.default_rng(1)
    measured = measured_of((0.5, -0.6, 0.1), 2e-5, 3.0, rng.normal(0, 0.01, (4, 3)))
    found = calibrated(NAMES, measured, SURVEYED)

    frame = YardFrame(found.lon_0_deg, found.lat_0_deg, 0.0, 0.0)
    seen, true = frame.yard_from_geodetic(*measured.T), frame.yard_from_geodetic(*SURVEYED.T)
    rows = [((x, -y, 1, 0), (y, x, 0, 1)) for x, y, _ in seen]
    design = np.array(rows, np.float64).reshape(-1, 4)
    solved, *_ = np.linalg.lstsq(design, true[:, :2].ravel(), rcond=None)
    left = (true[:, :2].ravel() - design @ solved).reshape(-1, 2)

    assert np.abs(np.array(found.residuals_m)[:, :2] - left).max() < 1e-7
    assert np.array(found.residuals_m)[:, 2].sum() == pytest.approx(0.0, abs=1e-6)


@pytest.mark.parametrize(
    ("rows", "said"),
    [
        ([0, 1], "expected 3 or more points, found 2"),
        ([0, 1, 1], "expected points 20 m off a line"),
        ([1, 0, 3, 2], "are the points in one order"),
    ],
)
def test_points_that_tell_too_little_or_are_confused_are_refused(rows: list[int], said: str):
    measured = measured_of((0.5, -0.6, 0.1), 0.0, 0.0, np.zeros((4, 3)))
    with pytest.raises(YardError, match=said):
        calibrated([NAMES[k] for k in rows], measured[rows], SURVEYED[rows] if rows[0] == 0 else SURVEYED)


@pytest.mark.parametrize("shift_m", [(500.0, 0.0, 0.0), (-9.0, 9.0, 0.0), (0.0, 0.0, 130.0)])
def test_a_shift_that_no_frame_of_measurement_makes_is_refused(shift_m: tuple[float, float, float]):
    with pytest.raises(YardError, match="expected a shift of up to 10 m and 100 m in height, found"):
        calibrated(NAMES, measured_of(shift_m, 0.0, 0.0, np.zeros((4, 3))), SURVEYED)


def test_points_read_in_the_zone_beside_are_no_points_in_another_order():
    lon, lat, h = measured_of((0.5, -0.6, 0.1), 0.0, 0.0, np.zeros((4, 3))).T
    east, north = grid_from_geodetic(4550, lon, lat)
    lon, lat = geodetic_from_grid(4549, east, north)
    with pytest.raises(YardError, match=r"expected a shift of up to 10 m .*, found 2\d{5}"):
        calibrated(NAMES, np.column_stack((lon, lat, h)), SURVEYED)


def test_a_zone_with_half_a_zone_on_each_side_holds_surveys_near_its_edge():
    assert outside_grid(4550, [120.0, 121.4, 123.0, 126.1, np.nan]).tolist() == [
        True,
        True,
        False,
        True,
        True,
    ]
    assert outside_grid(4550, [119.9, 120.1, 125.9, 126.1], beside=True).tolist() == [
        True,
        False,
        False,
        True,
    ]


def test_a_place_that_is_none_is_refused():
    for measured, surveyed in ((np.full((4, 3), np.nan), SURVEYED), (SURVEYED, np.full((4, 3), np.nan))):
        with pytest.raises(YardError, match="expected points on Earth"):
            calibrated(NAMES, measured, surveyed)


def test_surveyed_points_in_metres_are_refused_where_degrees_are_meant():
    measured = measured_of((0.5, -0.6, 0.1), 0.0, 0.0, np.zeros((4, 3)))
    with pytest.raises(YardError, match="expected points on Earth"):
        calibrated(NAMES, measured, CORNERS_M + np.array((677_450.0, 3_390_350.0, 0.0)))
