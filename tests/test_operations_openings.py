"""How vehicles of a simulated shift brake, and where they are when it opens."""

from collections.abc import Iterator

import numpy as np
import pytest

from layouts.generator import compact_yard, demo_yard
from sensors.simulation.places import Places
from sensors.simulation.receiver import antennas
from twin.operations.shift import Shift
from twin.operations.traffic import BRAKING_MPS2
from twin.stock.generate import fill
from twin.yard.model import Yard
from twin.yard.slots import slots_of

T0_NS = 1_800_000_000_000_000_000
STEP_S = 0.1


def shifts(yard: Yard, boxes: int, *seeds: int) -> Iterator[Shift]:
    slots = slots_of(yard)
    stock = fill(yard, slots, boxes, 1, T0_NS)
    for seed in seeds:
        yield Shift.start(yard, slots, stock, seed, T0_NS)


def test_who_follows_brakes_no_harder_where_the_one_ahead_leaves_the_lane():
    # In the first minute of this shift two that see a stop line late would brake at 2 m/s2.
    (begun,) = shifts(demo_yard(), 10_000, 1)
    hardest, before = 0.0, begun.truth()
    for _ in range(640):
        truth = begun.advance(STEP_S)
        known = len(before)
        there = truth.present[:known] & before.present & ~np.isnan(before.trailer_heading_rad)
        slower = (before.speed_mps - truth.speed_mps[:known])[there] / STEP_S
        hardest, before = max(hardest, float(slower.max(initial=0.0))), truth
    assert BRAKING_MPS2 / 2 < hardest <= 1.5 * BRAKING_MPS2


@pytest.mark.parametrize(
    ("yard", "boxes", "seeds"),
    [(demo_yard(), 10_000, (1, 5, 10, 15)), (compact_yard(), 1_500, (1, 5, 7, 15))],
    ids=["demo", "compact"],
)
def test_no_vehicle_is_out_of_radio_when_a_shift_opens(yard, boxes, seeds):
    places = Places(yard)
    for begun in shifts(yard, boxes, *seeds):
        truth = begun.truth()
        unheard = places.blind(*antennas(truth, np.arange(len(truth)))) & truth.present
        assert truth.name[unheard & ~np.isnan(truth.trailer_heading_rad)].tolist() == []
