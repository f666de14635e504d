import csv
import math
import pickle
from pathlib import Path

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from pyproj import Geod, Transformer

from twin.errors import YardError
from twin.frames import YardFrame, moved
from twin.yard.model import Georeference

YARD = Georeference(epsg=4549, origin=(677_394.558, 3_390_304.192), h0_m=15.0, rotation_rad=0.4)
DATA = Path(__file__).parents[1] / ".." / "shared" / "data" / "yard" / "epsg_cgcs2000.csv"


def test_the_origin_of_a_gauss_kruger_yard_is_where_epsg_says() -> None:
    frame = YardFrame.of(YARD)
    assert frame.lon_0_deg == pytest.approx(121.85, abs=1e-8)
    assert frame.lat_0_deg == pytest.approx(30.62, abs=1e-8)
    point = frame.yard_from_geodetic([frame.lon_0_deg], [frame.lat_0_deg], [15.0])
    assert np.abs(point).max() < 1e-6


def test_a_northing_along_the_meridian_of_a_sphere_is_its_arc() -> None:
    frame = YardFrame(0.0, 0.0, 0.0, 0.0, a_m=6_000_000.0, inverse_flattening=1e15)
    north = frame.yard_from_geodetic([0.0], [0.01], [0.0])[0]
    assert north[0] == pytest.approx(0.0, abs=1e-9)
    assert north[1] == pytest.approx(math.radians(0.01) * 6_000_000.0, abs=1e-6)


@given(
    st.lists(
        st.tuples(st.floats(-5_000, 5_000), st.floats(-5_000, 5_000), st.floats(-100, 100)),
        min_size=1,
        max_size=20,
    ),
    st.floats(-math.pi, math.pi),
)
def test_there_and_back_within_five_kilometres_loses_less_than_a_tenth_of_a_millimetre(
    points: list[tuple[float, float, float]], rotation_rad: float
) -> None:
    frame = YardFrame.of(Georeference(4549, (677_394.0, 3_390_304.0), 15.0, rotation_rad))
    there = np.array(points)
    back = frame.yard_from_geodetic(*frame.geodetic_from_yard(there))
    assert np.abs(back - there).max() < 1e-4


def test_lengths_are_those_on_the_ellipsoid_to_a_millimetre_at_two_kilometres() -> None:
    frame = YardFrame.of(Georeference(4490, (121.85, 30.62)))
    ends = np.array([(2_000.0, 0.0), (0.0, 2_000.0), (-1_500.0, 900.0)])
    lon, lat, _ = frame.geodetic_from_yard(ends)
    geod = Geod(a=frame.a_m, rf=frame.inverse_flattening)
    _, _, length_m = geod.inv(np.full(3, frame.lon_0_deg), np.full(3, frame.lat_0_deg), lon, lat)
    assert np.abs(length_m - np.hypot(*ends.T)).max() < 1e-3


def test_positions_agree_with_a_projection_that_pyproj_builds_from_the_same_words() -> None:
    frame = YardFrame.of(Georeference(4549, (677_394.0, 3_390_304.0), 0.0, 0.0))
    words = f"+proj=tmerc +lat_0={frame.lat_0_deg!r} +lon_0={frame.lon_0_deg!r} +k=1 +ellps=GRS80"
    oracle = Transformer.from_crs("EPSG:4490", words, always_xy=True)
    rng = np.random.default_rng(5)
    lon, lat = 121.85 + rng.uniform(-0.05, 0.05, 500), 30.62 + rng.uniform(-0.05, 0.05, 500)
    found = frame.yard_from_geodetic(lon, lat, np.zeros(500))
    assert np.abs(found[:, :2] - np.column_stack(oracle.transform(lon, lat))).max() < 1e-4


def test_the_x_axis_is_turned_counter_clockwise_from_east() -> None:
    frame = YardFrame.of(Georeference(4490, (121.0, 31.0), 0.0, math.pi / 2))
    north = frame.yard_from_geodetic([121.0], [31.001], [0.0])[0]
    assert north[0] > 100
    assert north[1] == pytest.approx(0.0, abs=1e-6)


def test_east_is_heading_zero_and_north_a_quarter_turn_where_nothing_is_turned() -> None:
    frame = YardFrame.of(Georeference(4490, (121.0, 31.0)))
    headings = frame.heading_from_bearing(np.radians([90.0, 0.0, 270.0]))
    assert headings[:2] == pytest.approx([0.0, math.pi / 2])
    assert abs(headings[2]) == pytest.approx(math.pi)


@given(st.floats(-10, 10), st.floats(-4, 4))
def test_a_heading_has_the_bearing_that_gave_it(bearing_rad: float, rotation_rad: float) -> None:
    frame = YardFrame.of(Georeference(4490, (121.0, 31.0), 0.0, rotation_rad))
    back = frame.bearing_from_heading(frame.heading_from_bearing(np.array([bearing_rad])))
    assert math.cos(back[0] - bearing_rad) == pytest.approx(1.0)
    assert 0.0 <= back[0] < 2 * math.pi + 1e-12


def test_what_is_not_known_stays_unknown_and_what_is_impossible_becomes_so() -> None:
    frame = YardFrame.of(YARD)
    lon = [math.nan, 121.85, 121.85, math.inf, 121.85]
    lat = [30.6, math.nan, 30.62, 30.6, 95.0]
    points = frame.yard_from_geodetic(lon, lat, [1.0, 1.0, math.nan, 1.0, 1.0])
    assert np.isnan(points[[0, 1, 3, 4]]).all()
    assert np.isfinite(points[2, :2]).all()
    assert np.isnan(points[2, 2])
    lon_deg, _, h_m = frame.geodetic_from_yard([(math.nan, 0.0, 0.0), (0.0, 0.0, math.nan)])
    assert np.isnan(lon_deg).tolist() == [True, False]
    assert np.isnan(h_m).all()


def test_no_positions_give_no_points() -> None:
    frame = YardFrame.of(YARD)
    assert frame.yard_from_geodetic([], [], []).shape == (0, 3)
    assert [len(column) for column in frame.geodetic_from_yard(np.empty((0, 3)))] == [0, 0, 0]


def test_points_without_z_lie_on_the_datum_of_the_yard() -> None:
    assert YardFrame.of(YARD).geodetic_from_yard([(10.0, 20.0)])[2].tolist() == [15.0]


@pytest.mark.parametrize(
    ("epsg", "expected"),
    [(1, "a known EPSG code"), (4479, "geographic or projected"), (2415, "satellite positions")],
)
def test_a_code_that_cannot_carry_a_yard_is_refused_with_the_reason(epsg: int, expected: str) -> None:
    with pytest.raises(YardError, match=expected) as refused:
        YardFrame.of(Georeference(epsg, (500_000.0, 3_390_304.0)))
    assert str(epsg) in str(refused.value)


def test_an_origin_off_the_earth_is_refused() -> None:
    with pytest.raises(YardError, match="origin"):
        YardFrame.of(Georeference(4490, (30.0, 121.0)))


def test_every_chinese_system_of_the_list_makes_a_frame() -> None:
    if not DATA.exists():
        pytest.skip(f"needs the list of CGCS2000 systems, {DATA.name}, which is not here")
    with DATA.open(newline="") as file:
        rows = [row for row in csv.DictReader(file) if row["type"] == "PROJECTED_CRS"]
    assert len(rows) > 60
    for row in rows:
        frame = YardFrame.of(Georeference(int(row["epsg"]), (float(row["false_easting"]), 3_400_000.0)))
        assert frame.lon_0_deg == pytest.approx(float(row["central_meridian"]), abs=1e-9)


def test_a_yard_shown_elsewhere_keeps_its_rotation_and_takes_the_height_it_is_given() -> None:
    there = moved(YARD, lat_deg=51.0, lon_deg=7.0, h_m=None)
    assert (there.h0_m, there.rotation_rad) == (15.0, 0.4)
    assert moved(YARD, 51.0, 7.0, 80.0).h0_m == 80.0
    point = YardFrame.of(there).yard_from_geodetic([7.0], [51.0], [15.0])
    assert np.abs(point).max() < 1e-9
    with pytest.raises(YardError):
        moved(YARD, 151.0, 7.0, None)


def test_a_frame_travels_to_another_process() -> None:
    frame = YardFrame.of(YARD)
    assert pickle.loads(pickle.dumps(frame)) == frame  # noqa: S301
