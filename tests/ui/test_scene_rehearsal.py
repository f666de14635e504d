"""What the renderer makes ready before the view is seen."""

import numpy as np
import pytest

from ui.scene.meshes import image_of
from ui.scene.scene import YardScene


@pytest.fixture
def scene(qapp):
    made = YardScene((64, 48))
    yield made
    made.close()


def test_a_scene_made_ready_is_as_empty_as_before(scene):
    before = [renderer.GetActors().GetNumberOfItems() for renderer in (scene.stage.still, scene.stage.moving)]
    scene.prepare()
    after = [renderer.GetActors().GetNumberOfItems() for renderer in (scene.stage.still, scene.stage.moving)]
    assert after == before
    assert scene.stage.unfinished


def test_a_picture_has_the_pixels_that_it_was_made_of_and_keeps_them(qapp):
    pixels = np.random.default_rng(1).integers(0, 256, (5, 7, 4), np.uint8)
    image = image_of(pixels[::-1])
    expected = pixels[::-1, :, :3].tolist()
    pixels[:] = 0
    found = [[list(image.pixelColor(x, y).getRgb()[:3]) for x in range(7)] for y in range(5)]
    assert found == expected
