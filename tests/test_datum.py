"""From a receiver's frame and epoch to CGCS2000, beside PROJ's own tables and published figures."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from pyproj import Geod, Transformer
from pyproj.transformer import TransformerGroup

from twin.datum import FRAMES, PLATES, Reference, from_cgcs2000, moved_m, to_cgcs2000, velocity_mm_a
from twin.errors import YardError

LON, LAT, H = np.array([121.85, 121.86, 120.4]), np.array([30.62, 30.63, 36.1]), np.array([15.0, 20.0, -3.0])
GEOD = Geod(ellps="GRS80")
TO_EARTH = "proj=pipeline step proj=unitconvert xy_in=deg xy_out=rad step proj=cart ellps=GRS80"
EPSG_OF = {"ITRF2020": "EPSG:9988", "ITRF2014": "EPSG:7789", "ITRF2008": "EPSG:5332"}


def earth_centred(lon: np.ndarray, lat: np.ndarray, h: np.ndarray) -> np.ndarray:
    return np.column_stack(Transformer.from_pipeline(TO_EARTH).transform(lon, lat, h))


@pytest.mark.parametrize(
    ("frame", "epoch"), [("ITRF2020", 2026.9), ("ITRF2014", 2018.0), ("ITRF2008", 2010.5)]
)
def test_positions_go_back_with_the_plate_as_in_proj_and_then_to_itrf97_as_in_epsg(frame: str, epoch: float):
    there = earth_centred(LON, LAT, H)
    plate = Transformer.from_pipeline("inv init=ITRF2014:EURA t_epoch=2000")
    back = plate.transform(*there.T, np.full(3, epoch))[:3]
    helmert = TransformerGroup(EPSG_OF[frame], "EPSG:4918").transformers[0]
    expected = np.column_stack(helmert.transform(*back, np.full(3, 2000.0))[:3])

    found = earth_centred(*to_cgcs2000(Reference(frame, epoch), LON, LAT, H))

    assert np.abs(found - expected).max() < 2e-6


def test_a_position_of_today_is_three_quarters_of_a_metre_from_its_place_in_cgcs2000():
    assert moved_m(Reference("WGS 84", 2026.9), 121.85, 30.62) == pytest.approx(0.77, abs=0.01)


def test_the_plate_goes_east_and_a_little_south_under_shanghai():
    lon, lat, _ = from_cgcs2000(Reference("ITRF2014", 2001.0), LON[:1], LAT[:1], H[:1])
    still, _, _ = from_cgcs2000(Reference("ITRF2014", 2000.0), LON[:1], LAT[:1], H[:1])
    stood = from_cgcs2000(Reference("ITRF2014", 2000.0), LON[:1], LAT[:1], H[:1])[1]
    azimuth, _, metres = GEOD.inv(still, stood, lon, lat)

    # ITRF2014 plate motion model, EURA: 26.9 mm a year to the east and 10.9 to the south.
    assert metres[0] == pytest.approx(0.0290, abs=0.0002)
    assert azimuth[0] == pytest.approx(112.0, abs=1.0)


def test_the_velocity_of_a_station_nearby_counts_in_place_of_a_plate():
    reference = Reference("ITRF2014", 2010.0, velocity_mm_a=(32.0, -12.0, 1.0))
    lon, lat, h = from_cgcs2000(reference, LON[:1], LAT[:1], H[:1])
    still = from_cgcs2000(Reference("ITRF2014", 2000.0), LON[:1], LAT[:1], H[:1])
    azimuth, _, metres = GEOD.inv(still[0], still[1], lon, lat)

    assert metres[0] == pytest.approx(0.01 * np.hypot(32.0, 12.0), abs=1e-5)
    assert azimuth[0] == pytest.approx(90 + np.degrees(np.arctan2(12, 32)), abs=0.01)
    assert h[0] - still[2][0] == pytest.approx(0.010, abs=1e-5)


def test_cgcs2000_stays_as_it_is_bit_for_bit():
    assert all(a is b for a, b in zip(to_cgcs2000(Reference(), LON, LAT, H), (LON, LAT, H), strict=True))


@given(
    st.sampled_from([name for name, moves in FRAMES.items() if moves]),
    st.floats(1994, 2060),
    st.sampled_from(sorted(PLATES)),
    st.floats(-170, 170),
    st.floats(-80, 80),
)
def test_there_and_back_is_the_same_place(frame: str, epoch: float, plate: str, lon: float, lat: float):
    for velocity in (None, (31.0, -12.0, -2.0)):
        reference = Reference(frame, epoch, plate, velocity)
        back = to_cgcs2000(reference, *from_cgcs2000(reference, [lon], [lat], [100.0]))
        assert np.abs(np.array(back)[:, 0] - (lon, lat, 100.0)).max() < 1e-5
        assert np.abs(np.array(back)[:2, 0] - (lon, lat)).max() < 1e-9


def test_what_is_not_known_stays_unknown_and_an_unknown_height_costs_no_position():
    lon, lat, h = to_cgcs2000(
        Reference("WGS 84", 2026.9), [121.85, np.nan, np.inf], [30.62, 30.0, 30.0], [np.nan, 5.0, 5.0]
    )
    exact = to_cgcs2000(Reference("WGS 84", 2026.9), [121.85], [30.62], [0.0])

    assert (lon[0], lat[0]) == (exact[0][0], exact[1][0])
    assert np.isnan(h[0])
    assert np.isnan(lon[1:]).all()
    assert np.isnan(h[1:]).all()
    assert not len(to_cgcs2000(Reference("WGS 84", 2026.9), [], [], [])[0])


@pytest.mark.parametrize(
    ("reference", "said"),
    [
        ({"frame": "GCJ-02"}, "GCJ-02 is an obfuscation of maps"),
        ({"frame": "BD-09"}, "BD-09 is an obfuscation of maps"),
        ({"frame": "Xian 1980"}, "expected CGCS2000, WGS 84"),
        ({"frame": "WGS 84"}, "epoch: expected a year such as 2026.9"),
        ({"frame": "WGS 84", "epoch": float("nan")}, "epoch: expected a year"),
        ({"plate": "Atlantis"}, "plate: expected EURA"),
        ({"velocity_mm_a": (1e9, 0.0, 0.0)}, "velocity_mm_a: expected at most 200"),
    ],
)
def test_a_frame_that_is_no_measurement_or_not_known_is_refused_with_the_reason(reference: dict, said: str):
    with pytest.raises(YardError, match=said):
        Reference(**reference)


def test_a_velocity_is_that_which_was_told_or_that_of_the_plate():
    told = Reference("ITRF2020", 2026.9, velocity_mm_a=(31.0, -12.0, 0.0))
    assert velocity_mm_a(told, 121.5, 31.2) == pytest.approx((31.0, -12.0), abs=0.05)
    east, north = velocity_mm_a(Reference("ITRF2020", 2026.9, "EURA"), 121.5, 31.2)
    # Shanghai moves east-south-east with the plate, by some 3 cm a year.
    assert 20.0 < east < 40.0
    assert -20.0 < north < -5.0
