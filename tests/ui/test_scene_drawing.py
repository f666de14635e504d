import gc
from dataclasses import replace

import numpy as np
import pytest
from vtkmodules.vtkCommonCore import vtkObjectBase

from tests.ui.samples import T_NS, no_alarms, no_conflicts, sample_snapshot
from twin.fleet.table import Freshness
from twin.stock.moves import lift, stack
from twin.yard.slots import slots_of
from ui.scene.camera import Camera
from ui.scene.kind_drawing import hatching
from ui.scene.machines import template
from ui.scene.palette import LINE_COLOURS
from ui.scene.posing import lit_colours, posed
from ui.scene.scene import YardScene
from ui.scene.stage import PARTS, Refresh
from ui.view_state import ColourBy, ViewState

SIZE = (480, 300)
CAMERA = Camera(150, 90, 0, -2.0, 0.5, 330)


@pytest.fixture(scope="module")
def snapshot():
    return sample_snapshot()


@pytest.fixture(scope="module")
def shared_scene(qapp):
    scene = YardScene(SIZE)
    yield scene
    scene.close()


@pytest.fixture
def scene(shared_scene, snapshot):
    shared_scene.show_view(ViewState())
    shared_scene.show_snapshot(snapshot)
    return shared_scene


def with_state(snapshot, **columns):
    return replace(snapshot, state=snapshot.state.with_columns(**columns))


def moved(snapshot, by_m=15.0):
    tracks = snapshot.state.tracks
    return with_state(snapshot, tracks=tracks.with_columns(x_m=tracks.x_m + by_m))


def pixel(picture, camera, point):
    x, y, _ = camera.project(np.array([point], float), SIZE)[0]
    return picture[int(y), int(x), :3].astype(int)


def test_a_live_frame_is_the_very_picture_that_a_full_one_would_be(scene, snapshot):
    scene.draw(CAMERA, SIZE)
    scene.show_snapshot(moved(snapshot))
    frames = scene.stage.still_frames
    live = scene.draw(CAMERA, SIZE).copy()
    assert scene.stage.still_frames == frames
    scene.stage.touch_still()
    full = scene.draw(CAMERA, SIZE)
    assert scene.stage.still_frames == frames + 1
    assert np.array_equal(live, full)


def test_a_machine_that_moves_leaves_no_trace(scene, snapshot):
    before = scene.draw(CAMERA, SIZE).copy()
    scene.show_snapshot(moved(snapshot))
    assert not np.array_equal(scene.draw(CAMERA, SIZE), before)
    scene.show_snapshot(snapshot)
    assert np.array_equal(scene.draw(CAMERA, SIZE), before)


def test_another_camera_or_size_draws_the_still_layer_again(scene):
    scene.draw(CAMERA, SIZE)
    frames = scene.stage.still_frames
    scene.draw(CAMERA.zoomed(0.9), SIZE)
    scene.draw(CAMERA.zoomed(0.9), (300, 200))
    assert scene.stage.still_frames == frames + 2


def test_an_idle_tick_builds_nothing(scene, snapshot):
    built = scene.stacks.rebuilt
    assert not scene.show_snapshot(with_state(snapshot, t_ns=T_NS + 100_000_000, tick=2))
    assert scene.stacks.rebuilt == built


def test_a_lift_builds_one_block_again(scene, snapshot):
    state = snapshot.state
    ground = int(np.flatnonzero((state.stock.count > 0) & (state.slots.block == 2))[0])
    row = int(state.stock.occupant[ground, state.stock.count[ground] - 1])
    after = lift(state.stock, state.slots, row, 0)
    built = scene.stacks.rebuilt
    scene.show_snapshot(with_state(snapshot, stock=after))
    assert scene.stacks.rebuilt == built + 1
    assert row not in scene.boxes[2].row


def renumbered(stock):
    """Count the rows of a stock the other way round: each place holds the same box by another number."""
    last, back = len(stock) - 1, np.arange(len(stock) - 1, -1, -1)
    turned = {
        name: column[back]
        for name in stock.__dataclass_fields__
        if (column := getattr(stock, name)).shape[:1] == back.shape and name != "occupant"
    }
    occupant = np.where(stock.occupant >= 0, last - stock.occupant, -1).astype(np.int32)
    return stock.with_columns(**turned, occupant=occupant)


def test_after_a_new_epoch_the_same_stacks_stand_and_are_known_by_their_new_rows(scene, snapshot):
    stock, built = snapshot.state.stock, scene.stacks.rebuilt
    before, other = scene.boxes, renumbered(stock)
    scene.show_snapshot(with_state(snapshot, stock=other, epoch=snapshot.state.epoch + 1))
    assert scene.stacks.rebuilt == built
    for one, same in zip(before, scene.boxes, strict=True):
        np.testing.assert_array_equal(stock.number[one.row], other.number[same.row])


def test_a_new_epoch_with_another_stack_builds_its_block_again(scene, snapshot):
    state, built = snapshot.state, scene.stacks.rebuilt
    ground = int(np.flatnonzero((state.stock.count > 0) & (state.slots.block == 2))[0])
    row = int(state.stock.occupant[ground, state.stock.count[ground] - 1])
    after = renumbered(lift(state.stock, state.slots, row, 0))
    scene.show_snapshot(with_state(snapshot, stock=after, epoch=state.epoch + 1))
    assert scene.stacks.rebuilt == built + 1


def test_an_equal_yard_read_anew_leaves_the_ground_and_what_stands_on_it(scene, snapshot):
    yard = replace(snapshot.state.yard)
    actors = scene.stage.still.GetActors().GetNumberOfItems()
    frames, built = scene.stage.still_frames, scene.stacks.rebuilt
    scene.draw(CAMERA, SIZE)
    frames = scene.stage.still_frames
    scene.show_snapshot(with_state(snapshot, yard=yard, slots=slots_of(yard)))
    scene.draw(CAMERA, SIZE)
    assert (scene.stacks.rebuilt, scene.stage.still_frames) == (built, frames)
    assert scene.stage.still.GetActors().GetNumberOfItems() == actors


def test_a_scene_built_part_after_part_is_the_scene_built_at_once(qapp, snapshot):
    at_once, parted = YardScene(SIZE), YardScene(SIZE)
    try:
        at_once.show_snapshot(snapshot)
        parted.show_snapshot(snapshot, 0.0)
        assert parted.pending
        assert sum(boxes is not None for boxes in parted.boxes) == 1
        parted.draw(CAMERA, SIZE)
        while parted.pending:
            parted.build(0.0)
        for scene in (at_once, parted):
            scene.set_fine(False)
        one, other = (scene.draw(CAMERA, SIZE).astype(int) for scene in (at_once, parted))
        assert np.abs(one - other).max() <= 2  # where two faces meet either may be drawn last
    finally:
        at_once.close()
        parted.close()


def test_a_box_put_down_is_drawn_where_it_stands(scene, snapshot):
    state = snapshot.state
    row = int(state.stock.occupant[int(np.argmax(state.stock.count)), state.stock.count.max() - 1])
    ground = int(state.stock.ground[row])
    x, y = state.slots.centre_yard_m[ground]
    camera = Camera(x, y, 0, -2.0, 1.0, 60)
    quiet = with_state(snapshot, fleet=state.fleet.with_columns(present=np.zeros(len(state.fleet), bool)))
    scene.show_snapshot(quiet)
    before = scene.draw(camera, SIZE).copy()
    lifted = lift(state.stock, state.slots, row, 0)
    scene.show_snapshot(with_state(quiet, stock=lifted))
    without = scene.draw(camera, SIZE).copy()
    assert not np.array_equal(before, without)
    back = stack(lifted, state.slots, np.array([row], np.int32), np.array([ground], np.int32))
    scene.show_snapshot(with_state(quiet, stock=back))
    assert np.array_equal(scene.draw(camera, SIZE), before)


@pytest.mark.parametrize("mode", list(ColourBy))
def test_every_colouring_draws_a_picture_of_its_own(scene, mode):
    plain = scene.draw(CAMERA, SIZE).copy()
    scene.show_view(ViewState(colour_by=mode))
    assert (mode is ColourBy.LINE) == np.array_equal(scene.draw(CAMERA, SIZE), plain)


def test_a_roof_has_the_hue_of_its_line(scene, snapshot):
    state = snapshot.state
    boxes = scene.boxes[0]
    red = [k for k in range(len(boxes)) if state.stock.line[boxes.row[k]] == 0]
    top = max(red, key=lambda k: boxes.top_m[k])
    x, y = boxes.centre_yard_m[top]
    above = Camera(x, y, float(boxes.top_m[top]), -1.5, 1.5, 40)
    quiet = state.fleet.with_columns(present=np.zeros(len(state.fleet), bool))
    scene.show_snapshot(with_state(snapshot, fleet=quiet))
    r, g, b = pixel(scene.draw(above, SIZE), above, (x, y, boxes.top_m[top]))
    assert LINE_COLOURS[0][0] > LINE_COLOURS[0][1]
    assert r > 1.5 * g
    assert r > 1.5 * b


def test_water_is_bluer_than_the_quay(scene):
    picture = scene.draw(CAMERA, SIZE)
    water = pixel(picture, CAMERA, (150.0, -20.0, -2.5))
    assert water[2] - water[0] > 25
    ground = pixel(picture, CAMERA, (60.0, 38.0, 0.0))
    assert abs(ground[2] - ground[0]) < 15


def test_zones_are_painted_only_while_their_layer_is_on(scene):
    corner = (20.0, 46.0, 0.0)
    near = Camera(20, 46, 0, -1.5, 1.4, 30)
    painted = scene.draw(near, SIZE).copy()
    scene.show_view(ViewState(zones=False))
    bare = scene.draw(near, SIZE).copy()
    assert pixel(painted, near, corner)[0] - pixel(painted, near, corner)[2] > 15
    assert abs(int(pixel(bare, near, corner)[0]) - int(pixel(bare, near, corner)[2])) < 15


def test_the_ground_in_the_shade_of_a_stack_is_darker(scene, snapshot):
    light = scene.ground._light.light
    assert light.max() == pytest.approx(1.0, abs=0.01)
    assert light.min() < 0.5


def test_a_scene_that_is_closed_leaves_no_vtk_object_behind(qapp, snapshot):
    def count():
        gc.collect()
        return sum(isinstance(thing, vtkObjectBase) for thing in gc.get_objects())

    def once():
        scene = YardScene(SIZE)
        scene.show_snapshot(snapshot)
        scene.draw(CAMERA, SIZE)
        scene.close()

    once()
    before = count()
    for _ in range(3):
        once()
    assert count() <= before


def test_machines_are_posed_as_their_heading_says(snapshot):
    tracks = snapshot.state.tracks
    shape = template("external_truck")
    rows = np.array([10], np.int32)
    turned = tracks.with_columns(
        heading_rad=np.full(len(tracks.x_m), np.pi / 2),
        trailer_heading_rad=np.full(len(tracks.x_m), np.pi / 2),
    )
    points = posed(shape, turned, rows)[0]
    assert points[:, 0] == pytest.approx(tracks.x_m[10] - shape.points[:, 1], abs=1e-4)
    assert points[:, 1] == pytest.approx(tracks.y_m[10] + shape.points[:, 0], abs=1e-4)


def test_a_spreader_goes_with_trolley_and_hoist_and_its_ropes_stay_at_the_trolley(snapshot):
    tracks = snapshot.state.tracks
    shape = template("rtg")
    rows = np.array([0], np.int32)
    n = len(tracks.x_m)

    def at(trolley, hoist):
        there = tracks.with_columns(trolley_m=np.full(n, trolley), hoist_m=np.full(n, hoist))
        return posed(shape, there, rows)[0]

    step = at(3.0, 5.0) - at(0.0, 0.0)
    spreader, trolley, body = (shape.joints == k for k in (3, 2, 0))
    assert step[spreader] == pytest.approx(np.tile((0.0, 3.0, 5.0), (spreader.sum(), 1)), abs=1e-4)
    assert step[trolley] == pytest.approx(np.tile((0.0, 3.0, 0.0), (trolley.sum(), 1)), abs=1e-4)
    assert step[body] == pytest.approx(0.0, abs=1e-4)


def test_a_machine_not_heard_of_is_greyer(snapshot):
    tracks = snapshot.state.tracks
    shape = template("rtg")

    def colourfulness(freshness):
        of = tracks.with_columns(freshness=np.full(len(tracks.x_m), freshness, np.int8))
        colours = lit_colours(shape, of, np.array([0], np.int32))[0].astype(int)
        return (colours.max(axis=1) - colours.min(axis=1)).max()

    assert colourfulness(Freshness.STALE) < 0.3 * colourfulness(Freshness.FRESH)


def test_the_hatching_is_plain_where_fresh_machines_take_their_paint():
    pixels = hatching(64)
    assert (pixels[64 - 10 : 64 - 3, 3:10] == 255).all()
    assert (pixels < 255).any()


def test_an_empty_yard_is_drawn_without_complaint(qapp, snapshot):
    from twin.stock.moves import empty_stock
    from twin.yard.slots import slots_of

    yard = replace(snapshot.state.yard, blocks=(), lanes=(), gates=(), zones=(), quays=())
    slots = slots_of(yard)
    fleet = snapshot.state.fleet.with_columns(present=np.zeros(len(snapshot.state.fleet), bool))
    bare = with_state(
        snapshot,
        yard=yard,
        slots=slots,
        stock=empty_stock(slots),
        fleet=fleet,
        alarms=no_alarms(),
        conflicts=no_conflicts(),
        suggestions=(),
    )
    scene = YardScene(SIZE)
    scene.show_snapshot(bare)
    assert scene.draw(CAMERA, SIZE).shape == (300, 480, 4)
    scene.close()


def test_strips_drawn_one_a_frame_end_in_the_picture_drawn_whole(scene):
    scene.set_fine(True)
    whole = scene.draw(CAMERA, SIZE).astype(int)
    scene.set_fine(False)
    scene.draw(CAMERA, SIZE)
    scene.set_fine(True)
    frames = [scene.draw(CAMERA, SIZE, Refresh.PART).astype(int) for _ in range(PARTS)]
    assert not scene.stage.unfinished
    off = [np.abs(frame - whole).mean() for frame in frames]
    assert off == sorted(off, reverse=True)
    assert off[0] > 4 * off[-1]
    assert (np.abs(frames[-1] - whole).max(axis=2) > 8).mean() < 0.005  # edges are smoothed strip by strip


def test_changes_that_come_between_strips_do_not_leave_the_lower_ones_as_they_were(scene):
    scene.set_fine(False)
    scene.draw(CAMERA, SIZE)
    scene.show_view(ViewState(zones=False))
    for _ in range(PARTS):
        frame = scene.draw(CAMERA, SIZE, Refresh.PART).copy()
        scene.stage.touch_still()
    assert scene.stage.unfinished
    whole = scene.draw(CAMERA, SIZE)
    assert (np.abs(frame.astype(int) - whole).max(axis=2) > 8).mean() < 0.005
    assert not scene.stage.unfinished


def test_what_changed_is_left_for_later_where_that_is_asked(scene):
    scene.set_fine(False)
    before = scene.draw(CAMERA, SIZE).copy()
    scene.show_view(ViewState(zones=False))
    assert np.array_equal(scene.draw(CAMERA, SIZE, Refresh.LATER), before)
    assert scene.stage.unfinished
    assert not np.array_equal(scene.draw(CAMERA, SIZE, Refresh.NOW), before)


@pytest.mark.parametrize("refresh", [Refresh.LATER, Refresh.PART])
def test_another_camera_is_drawn_whole_whatever_was_asked(scene, refresh):
    scene.draw(CAMERA.moved(30.0, 0.0), SIZE)
    drawn = scene.draw(CAMERA, SIZE, refresh).copy()
    assert not scene.stage.unfinished
    scene.stage.touch_still()
    assert np.array_equal(drawn, scene.draw(CAMERA, SIZE))


def test_a_frame_in_passing_is_the_whole_picture_and_the_next_one_is_drawn_whole_again(scene):
    whole = scene.draw(CAMERA, SIZE).copy()
    elsewhere = replace(CAMERA, azimuth_rad=-1.0)
    scene.draw(elsewhere, SIZE)
    frames = scene.stage.still_frames
    passing = scene.draw(CAMERA, SIZE, Refresh.PASSING).copy()
    assert np.array_equal(passing, whole)
    assert not scene.holds(CAMERA, SIZE)
    assert np.array_equal(scene.draw(CAMERA, SIZE, Refresh.LATER), whole)
    assert scene.stage.still_frames == frames + 2
