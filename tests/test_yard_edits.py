import math
from dataclasses import replace

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from layouts.generator import compact_yard
from twin.errors import YardError
from twin.yard.edits import (
    EDITS,
    AddBlock,
    AddGate,
    AddLane,
    AddZone,
    MoveBlock,
    MoveGate,
    MoveLanePoint,
    MoveZone,
    RemoveBlock,
    RemoveGate,
    RemoveLane,
    RemoveZone,
    RenameBlock,
    RenameYard,
    ReshapeZone,
    ResizeBlock,
    SetBaseStation,
    SetBlock,
    SetFence,
    SetGeoreference,
    SetQuay,
    TurnBlock,
    YardEdit,
)
from twin.yard.history import History
from twin.yard.model import Block, BlockKind, Gate, Georeference, Lane, LaneKind, Zone, ZoneKind
from twin.yard.roads import roads_of
from twin.yard.validation import Severity, findings

YARD = compact_yard()
metres = st.floats(-500, 500)
points = st.tuples(metres, metres)
blocks = st.sampled_from([block.name for block in YARD.blocks])
zones = st.sampled_from([zone.name for zone in YARD.zones])
lanes = st.sampled_from([lane.name for lane in YARD.lanes])
rings = st.lists(points, min_size=3, max_size=6).map(tuple)
new_block = st.builds(
    Block,
    name=st.sampled_from(["N01", "N02"]),
    kind=st.sampled_from(BlockKind),
    origin_yard_m=points,
    heading_rad=st.floats(-math.pi, math.pi),
    bays=st.integers(1, 200),
    rows=st.integers(1, 60),
    tiers=st.integers(1, 9),
)
BY_KIND: dict[type, st.SearchStrategy[YardEdit]] = {
    AddBlock: st.builds(AddBlock, new_block),
    AddGate: st.builds(AddGate, st.just(Gate("G9", (), (), (0.0, 0.0), (0.0, 0.0)))),
    AddLane: st.builds(AddLane, st.builds(Lane, st.just("new"), st.sampled_from(LaneKind), rings)),
    AddZone: st.builds(AddZone, st.builds(Zone, st.just("new"), st.sampled_from(ZoneKind), rings)),
    MoveBlock: st.builds(MoveBlock, blocks, metres, metres),
    MoveGate: st.builds(MoveGate, st.just("GATE-1"), metres, metres),
    MoveLanePoint: st.builds(MoveLanePoint, lanes, st.sampled_from([0, 1, -1]), points),
    MoveZone: st.builds(MoveZone, zones, metres, metres),
    RemoveBlock: st.builds(RemoveBlock, blocks),
    RemoveGate: st.builds(RemoveGate, st.just("GATE-1")),
    RemoveLane: st.builds(RemoveLane, lanes),
    RemoveZone: st.builds(RemoveZone, zones),
    RenameBlock: st.builds(RenameBlock, blocks, st.just("Z99")),
    RenameYard: st.builds(RenameYard, st.text(min_size=1, max_size=8)),
    ReshapeZone: st.builds(ReshapeZone, zones, rings),
    ResizeBlock: st.builds(ResizeBlock, blocks, st.integers(1, 200), st.integers(1, 60), st.integers(1, 9)),
    SetBaseStation: st.builds(SetBaseStation, st.none()),
    SetBlock: st.builds(SetBlock, blocks, st.fixed_dictionaries({"tiers": st.integers(1, 9)})),
    SetFence: st.builds(SetFence, rings),
    SetGeoreference: st.builds(SetGeoreference, st.builds(Georeference, st.just(4490), points)),
    SetQuay: st.builds(SetQuay, st.just("Q"), st.fixed_dictionaries({"cranes": st.integers(0, 4)})),
    TurnBlock: st.builds(TurnBlock, blocks, st.floats(-7, 7)),
}


def test_every_kind_of_edit_is_tried() -> None:
    assert set(BY_KIND) == set(EDITS)


@pytest.mark.parametrize("kind", EDITS, ids=lambda kind: kind.__name__)
@given(data=st.data())
@settings(max_examples=15)
def test_an_edit_undone_gives_the_yard_as_it_was_and_redone_as_it_became(
    kind: type, data: st.DataObject
) -> None:
    edit = data.draw(BY_KIND[kind])
    history = History(YARD)
    after = history.do(edit)
    assert after.revision == YARD.revision + 1
    assert history.undo_title == edit.title != ""
    assert history.undo() is YARD
    assert history.redo() is after


@given(st.lists(st.one_of(*BY_KIND.values()), max_size=12))
@settings(max_examples=40)
def test_any_row_of_edits_is_undone_step_by_step(edits: list[YardEdit]) -> None:
    history = History(YARD)
    seen = [YARD]
    for edit in edits:
        try:
            seen.append(history.do(edit))
        except YardError:
            assert history.current is seen[-1]
    for yard in reversed(seen[:-1]):
        assert history.undo() is yard
    assert not history.can_undo
    assert not history.dirty


def test_an_edit_shares_what_it_does_not_touch() -> None:
    after = MoveBlock("A01", 1.0, 0.0).apply(YARD)
    assert after.lanes is YARD.lanes
    assert after.blocks[1] is YARD.blocks[1]


def test_a_block_moves_by_as_much_as_it_is_told_to_a_tenth_of_a_millimetre() -> None:
    x, y = YARD.block("A01").origin_yard_m
    assert MoveBlock("A01", 1.00004, -2.5).apply(YARD).block("A01").origin_yard_m == (
        round(x + 1.0, 4),
        round(y - 2.5, 4),
    )


@given(st.floats(-7, 7))
def test_a_block_turns_about_its_middle(angle_rad: float) -> None:
    before, after = YARD.block("A01"), TurnBlock("A01", angle_rad).apply(YARD).block("A01")
    middle = before.yard_from_block(before.length_m / 2, before.width_m / 2)
    assert math.dist(middle, after.yard_from_block(after.length_m / 2, after.width_m / 2)) < 2e-4
    assert math.cos(after.heading_rad - before.heading_rad - angle_rad) == pytest.approx(1.0)


def test_a_block_made_narrower_loses_the_plugs_of_rows_that_are_gone() -> None:
    assert YARD.block("A01").reefer_rows == (1, 2)
    assert ResizeBlock("A01", 30, 1, 5).apply(YARD).block("A01").reefer_rows == (1,)


def test_a_removed_block_leaves_its_truck_lane_as_a_road() -> None:
    after = RemoveBlock("A01").apply(YARD)
    lane = next(lane for lane in after.lanes if lane.name == "TL-A01")
    assert (lane.kind, lane.block) == (LaneKind.ROAD, "")
    assert roads_of(after).follow.tolist() == roads_of(YARD).follow.tolist()


def test_the_truck_lane_of_a_renamed_block_still_serves_it() -> None:
    after = RenameBlock("A01", "Z99").apply(YARD)
    assert [lane.name for lane in after.lanes if lane.block == "Z99"] == ["TL-A01"]
    assert findings(after) == ()


def test_lanes_stay_joined_where_an_end_is_moved() -> None:
    end = next(lane for lane in YARD.lanes if lane.name == "TL-A01").centre_line_yard_m[-1]
    after = MoveLanePoint("TL-A01", -1, (end[0] + 0.5, end[1] - 0.25)).apply(YARD)
    assert roads_of(after).follow.tolist() == roads_of(YARD).follow.tolist()


def test_a_removed_lane_is_gone_from_its_gate_and_the_check_says_so() -> None:
    after = RemoveLane("GATE-1-IN-1").apply(YARD)
    assert after.gates[0].lanes_in == ()
    errors = [found.message for found in findings(after) if found.severity is Severity.ERROR]
    assert errors == ["has no lane in"]


def test_a_zone_moves_with_all_its_corners() -> None:
    before = YARD.zones[0]
    after = MoveZone(before.name, 3.0, 4.0).apply(YARD).zones[0]
    steps = [math.dist(p, q) for p, q in zip(before.ring_yard_m, after.ring_yard_m, strict=True)]
    assert steps == pytest.approx([5.0] * len(steps))


@pytest.mark.parametrize(
    ("edit", "expected"),
    [
        (MoveBlock("X", 0.0, 0.0), "'X'"),
        (MoveBlock("A01", math.nan, 0.0), "found nan"),
        (MoveBlock("A01", 1e9, 0.0), "within 20000 m"),
        (RemoveZone("X"), "'X'"),
        (RemoveBlock("X"), "'X'"),
        (AddBlock(YARD.blocks[0]), "used once"),
        (RenameBlock("A01", "B01"), "used once"),
        (RenameBlock("A01", ""), "1 to 12 characters"),
        (ResizeBlock("A01", 0, 6, 5), "bays: expected 1 to 200, found 0"),
        (SetBlock("A01", tiers=12), "tiers: expected 1 to 9, found 12"),
        (SetBlock("A01", tiers="five"), "values of the right kind"),
        (SetBlock("A01", colour="red"), "found 'colour'"),
        (SetBlock("A01", {"name": "B07"}), "found 'name'"),
        (MoveLanePoint("TL-A01", 9, (0.0, 0.0)), "a point of its centre line"),
        (MoveLanePoint("X", 0, (0.0, 0.0)), "'X'"),
        (AddGate(replace(YARD.gates[0], name="G2", lanes_in=("X",))), "a lane's name, found 'X'"),
    ],
    ids=str,
)
def test_an_edit_that_cannot_be_made_says_why(edit: YardEdit, expected: str) -> None:
    history = History(YARD)
    with pytest.raises(YardError, match=expected):
        history.do(edit)
    assert history.current is YARD
    assert not history.can_undo
