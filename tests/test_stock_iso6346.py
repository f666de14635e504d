"""Container numbers and size codes."""

import csv
from pathlib import Path

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from twin.errors import StockError
from twin.stock import iso6346, sizes

FACTS = Path(__file__).parents[1] / ".." / "shared" / "data" / "yard"
stems = st.from_regex(r"[A-Z]{3}[UJZ][0-9]{6}", fullmatch=True)


def facts(name):
    path = FACTS / name
    if not path.exists():
        pytest.skip(f"the table {name} is not here")
    with path.open(newline="") as file:
        return list(csv.DictReader(file))


def test_the_check_digit_of_a_number_worked_out_by_hand_is_right():
    # C13 S30 Q28 U32 3 0 5 4 3 8: 13 + 60 + 112 + 256 + 48 + 0 + 320 + 512 + 768 + 4096 = 6185 = 562 x 11 + 3
    assert iso6346.check_digits(["CSQU305438"]).tolist() == [3]


def test_every_public_vector_has_its_check_digit_and_verdict():
    rows = facts("iso6346_check_digit_vectors.csv")
    numbers = np.array([row["container_no"] for row in rows], "S11")

    assert iso6346.check_digits(numbers).tolist() == [int(row["expected"]) for row in rows]
    assert iso6346.valid(numbers).tolist() == [row["valid"] == "True" for row in rows]
    assert iso6346.remainders(numbers).tolist() == [int(row["sum_mod_11"]) for row in rows]


@given(stems)
def test_a_number_with_its_check_digit_is_valid(stem):
    assert iso6346.valid([iso6346.with_check_digit(stem)]).all()


@given(stems, st.integers(0, 9), st.integers(1, 9))
def test_a_serial_digit_misread_is_found_unless_the_remainder_was_ten(stem, place, change):
    number = iso6346.with_check_digit(stem)
    index = 4 + place % 6
    misread = number[:index] + str((int(number[index]) + change) % 10) + number[index + 1 :]
    remainders = iso6346.remainders([number, misread])

    found = not iso6346.valid([misread]).any()

    # 10 is written as 0, so these two remainders alone are not told apart.
    assert found or set(remainders.tolist()) == {0, 10}


@pytest.mark.parametrize(
    "text", ["", "CSQU305438", "CSQU30543833", "csqu3054383", "CSQA3054383", "CSQU30543X3", "CSQU305438é"]
)
def test_what_is_no_whole_number_is_not_valid(text):
    assert not iso6346.valid([text]).any()


def test_no_numbers_have_no_check_digits():
    assert iso6346.check_digits(np.empty(0, "S11")).shape == (0,)
    assert iso6346.valid(np.empty(0, "S11")).shape == (0,)


@pytest.mark.parametrize("stem", ["", "CSQU30543", "CSQU3054383", "CSQX305438"])
def test_a_stem_that_is_none_is_refused(stem):
    with pytest.raises(StockError, match="expected 3 letters"):
        iso6346.with_check_digit(stem)


def test_the_common_types_have_their_iso_668_sizes():
    rows = facts("iso6346_common_types.csv")
    length_ft, height_m, _ = sizes.size_of([row["iso_type"] for row in rows])

    assert [round(sizes.LENGTH_M[ft] * 1000) for ft in length_ft.tolist()] == [
        int(row["length_mm"]) for row in rows
    ]
    assert np.round(height_m * 1000).astype(int).tolist() == [int(row["height_mm"]) for row in rows]


def test_the_old_group_codes_have_the_size_of_the_new_ones():
    rows = facts("iso6346_common_types.csv")
    old = sizes.size_of([row["old_group"] for row in rows])
    new = sizes.size_of([row["iso_type"] for row in rows])

    assert old[0].tolist() == new[0].tolist()
    assert old[1].tolist() == new[1].tolist()


def test_the_five_of_45g1_is_its_height_and_not_its_length():
    length_ft, height_m, reefer = sizes.size_of([b"45G1", b"L5G1", b"42R1", b"4530", b"4500"])

    assert length_ft.tolist() == [40, 45, 40, 40, 40]
    assert height_m.tolist() == [2.896, 2.896, 2.591, 2.896, 2.896]
    assert reefer.tolist() == [False, False, True, True, False]


def test_a_type_that_is_not_known_has_no_size():
    length_ft, height_m, reefer = sizes.size_of([b"", b"30G1", b"ZZZZ", b"2ZG1"])

    assert length_ft.tolist() == [0, 0, 0, 0]
    assert np.isnan(height_m).all()
    assert not reefer.any()


def test_a_forty_five_foot_box_needs_longer_places_than_a_forty():
    pitch_m = np.array([6.40, 6.45, 7.00, 7.008, 7.315])

    assert sizes.fits_pitch(20, pitch_m).all()
    assert sizes.fits_pitch(40, pitch_m).all()
    assert sizes.fits_pitch(45, pitch_m).tolist() == [False, False, False, True, True]
