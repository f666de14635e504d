"""The ground is painted thing after thing, between two frames, and is the ground painted at once."""

from dataclasses import replace

import numpy as np
import pytest

from tests.ui.samples import sample_yard
from twin.yard.slots import slots_of
from ui.scene.ground import Ground
from ui.scene.ground_paint import GroundPainter
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
