"""The ground is painted thing after thing, between two frames, and is the ground painted at once."""

from dataclasses import replace

import numpy as np
import pytest

from tests.ui.samples import sample_yard
from twin.yard.slots import slots_of
from ui.scene.camera import Camera
from ui.scene.ground import Ground
from ui.scene.ground_paint import GroundPainter
from ui.scene.palette import ASPHALT
from ui.scene.stage import Stage

TILE = (0.0, 160.0, 2.0, (300, 300))


@pytest.fixture(scope="module")
def yard():
    return sample_yard(1, 2)


@pytest.fixture
def ground(qapp):
    stage = Stage((64, 64))
    yield Ground(stage)
    stage.close()


def painted(ground):
    """Give the pictures of the tiles that are handed over, after painting what waits."""
    while ground.pending:
        ground.build_next()
    textures = (mesh.actor.GetTexture() for mesh in ground._meshes)
    images = [texture.GetInput() for texture in textures if texture is not None]
    return [np.array(image.GetPointData().GetScalars()) for image in images]


def test_a_tile_is_painted_with_a_pause_after_each_lane_and_block(qapp, yard):
    pauses = sum(1 for _ in GroundPainter(*TILE).painting(yard))
    assert pauses >= len(yard.lanes) + len(yard.blocks) + len(yard.zones)


def test_a_tile_painted_with_pauses_is_the_one_painted_at_once(qapp, yard):
    painter = GroundPainter(*TILE)
    for _ in painter.painting(yard):
        pass
    np.testing.assert_array_equal(painter.pixels(), GroundPainter(*TILE).paint(yard))


def test_a_yard_that_changes_while_a_tile_is_half_painted_leaves_nothing_of_the_old_one(ground, yard):
    slots, bare = slots_of(yard), replace(yard, zones=())
    ground.show(yard, slots)
    for _ in range(5):
        ground.build_next()
    ground.show(bare, slots)
    half_way = painted(ground)
    ground.show(yard, slots)
    painted(ground)
    ground.show(bare, slots)
    for one, other in zip(half_way, painted(ground), strict=True):
        np.testing.assert_array_equal(one, other)


def test_where_a_tile_is_not_painted_yet_the_ground_is_bare_and_no_hole(ground, yard):
    ground.show(yard, slots_of(yard))
    camera = Camera(x_m=80.0, y_m=100.0, distance_m=150.0, elevation_rad=1.3)
    picture = ground._stage.draw(camera, (64, 64), 3000.0)
    assert np.abs(picture[32, 32, :3].astype(int) - ASPHALT).max() <= 12
    before = ground._stage.still.GetActors().GetNumberOfItems()
    tiles = len(ground._tiles)
    painted(ground)
    assert ground._stage.still.GetActors().GetNumberOfItems() == before + tiles - 1
