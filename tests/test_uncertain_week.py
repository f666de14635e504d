"""A week of yard blocks at stock level: events by the hour, and what knowing departures to a day saves."""

import dataclasses

import numpy as np
import pytest
from uncertain_checker import check

from layouts.generator import demo_yard
from twin.errors import StockError
from twin.operations.arrivals import HOURLY_SHARE
from twin.stacking.uncertain.beliefs import Noisy
from twin.stacking.uncertain.places import places_of
from twin.stacking.uncertain.policies import RULES
from twin.stacking.uncertain.replay import replay
from twin.stacking.uncertain.week import Week, week_record
from twin.yard.model import BlockKind


def block(kind):
    return next(block for block in demo_yard().blocks if block.kind == kind)


@pytest.mark.parametrize("kind", [BlockKind.RTG, BlockKind.RMG])
def test_departures_known_to_a_day_save_two_fifths_of_the_relocations_of_levelling(kind):
    record = week_record([block(kind)], HOURLY_SHARE, 3)
    ours, levelled = (
        replay(record, Noisy(record, 1.0, 3, 24), RULES[name], 3, keep_room=True)
        for name in ("expected", "levelling")
    )
    check(record, ours)
    check(record, levelled)
    assert ours.leaves == levelled.leaves > 400
    assert ours.relocations <= 0.6 * levelled.relocations


def test_a_week_has_its_shares_and_its_seed():
    record, again = (week_record([block(BlockKind.RTG)] * 2, HOURLY_SHARE, 5) for _ in range(2))
    assert all(
        np.array_equal(getattr(record, f.name), getattr(again, f.name), equal_nan=True)
        for f in dataclasses.fields(record)
        if f.name not in ("places", "enters", "long", "box", "group", "kind", "first_cell", "cell")
    )
    comes = record.box[record.enters]
    assert record.long[comes].mean() == pytest.approx(0.57 / 0.97, abs=0.04)
    assert (np.diff(record.time_d) >= 0.0).all()
    hour = (record.time_d * 24.0 % 24.0).astype(int)
    assert (hour == 13).sum() > 4 * (hour == 3).sum()
    stay_d = (record.leaves_d - record.born_d)[comes]
    assert np.median(stay_d[stay_d < 5.0]) > 1.0


def test_longest_boxes_come_only_where_a_place_is_long_enough():
    short, long = (
        week_record([dataclasses.replace(block(BlockKind.RTG), bay_pitch_m=pitch)], HOURLY_SHARE, 5)
        for pitch in (6.45, 7.32)
    )
    assert len(long.long) > len(short.long)


def test_closed_blocks_and_blocks_for_empties_take_no_part():
    closed = dataclasses.replace(block(BlockKind.RTG), closed=True)
    blocks = [closed, block(BlockKind.EMPTIES), block(BlockKind.RMG)]
    places = week_record(blocks, HOURLY_SHARE, 1, Week(days=1.0, fill=0.2)).places
    assert len(places.row) == 44 * 8
    assert places.across.all()
    with pytest.raises(StockError, match="not closed"):
        places_of([closed])


@pytest.mark.parametrize(
    ("make", "message"),
    [
        (lambda: Week(days=0.0), "days"),
        (lambda: Week(days=float("nan")), "days"),
        (lambda: Week(fill=1.0), "fill"),
        (lambda: week_record([block(BlockKind.RTG)], (1.0,) * 23, 1), "24 rates"),
        (lambda: week_record([block(BlockKind.RTG)], (0.0,) * 24, 1), "24 rates"),
    ],
)
def test_a_week_that_cannot_be_is_refused(make, message):
    with pytest.raises(StockError, match=message):
        make()
