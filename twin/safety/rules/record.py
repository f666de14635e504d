"""The record of the run itself, where it fails: the session tells so in the inputs of a tick."""

from twin.safety.rules.scene import Found, Scene, about_the_yard, nothing


def not_written(scene: Scene) -> Found:
    """Find that what happens is not being recorded."""
    return about_the_yard(1.0, True) if scene.unrecorded else nothing()
