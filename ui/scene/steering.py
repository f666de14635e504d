"""What mouse and keys do to the camera, free of any window."""

from __future__ import annotations

import time

from PyQt6.QtCore import Qt

from ui.scene.camera import Camera, Flight

_TURN_RAD_A_PX = 0.0055
_WHEEL_STEP = 0.88
_KEY_PX = 60.0
_KEY_TURN_RAD = 0.12


def wheel_zoom(camera: Camera, angle: float, towards: tuple[float, float] | None) -> Camera:
    """Give the camera after the wheel turned by ``angle`` (120 a notch), held at a point of the ground."""
    return camera.zoomed(_WHEEL_STEP ** (angle / 120.0), towards)


def dragged(
    camera: Camera, dx: float, dy: float, size: tuple[float, float], buttons: Qt.MouseButton, shift: bool
) -> Camera:
    """Give the camera after the mouse moved with a button down: left orbits, right and middle pan."""
    if buttons & Qt.MouseButton.LeftButton and not shift:
        return camera.orbited(-dx * _TURN_RAD_A_PX, dy * _TURN_RAD_A_PX)
    return camera.panned(dx, dy, size)


def after_key(camera: Camera, key: int, size: tuple[float, float]) -> Camera | None:
    """Give the camera after a key; None for a key that does not steer."""
    pans = {
        Qt.Key.Key_Left: (_KEY_PX, 0.0),
        Qt.Key.Key_Right: (-_KEY_PX, 0.0),
        Qt.Key.Key_Up: (0.0, _KEY_PX),
        Qt.Key.Key_Down: (0.0, -_KEY_PX),
    }
    turns = {
        Qt.Key.Key_BracketLeft: (_KEY_TURN_RAD, 0.0),
        Qt.Key.Key_BracketRight: (-_KEY_TURN_RAD, 0.0),
        Qt.Key.Key_PageUp: (0.0, _KEY_TURN_RAD),
        Qt.Key.Key_PageDown: (0.0, -_KEY_TURN_RAD),
    }
    if key in pans:
        return camera.panned(*pans[Qt.Key(key)], size)
    if key in turns:
        return camera.orbited(*turns[Qt.Key(key)])
    if key in (Qt.Key.Key_Plus, Qt.Key.Key_Equal):
        return camera.zoomed(_WHEEL_STEP)
    if key == Qt.Key.Key_Minus:
        return camera.zoomed(1 / _WHEEL_STEP)
    return None


class Pilot:
    """Holds the camera and flies it."""

    def __init__(self) -> None:
        """Begin at rest."""
        self.camera = Camera()
        self._flight: Flight | None = None

    @property
    def flying(self) -> bool:
        """Whether a flight is under way."""
        return self._flight is not None

    def fly(self, goal: Camera) -> None:
        """Begin a flight to a camera."""
        self._flight = Flight(self.camera, goal, time.monotonic())

    def take(self, camera: Camera) -> None:
        """Stop any flight and be there."""
        self._flight, self.camera = None, camera

    def advance(self) -> bool:
        """Move on along the flight; give whether the camera moved."""
        if self._flight is None:
            return False
        self.camera, over = self._flight.at(time.monotonic())
        if over:
            self._flight = None
        return True

    def follow(self, x_m: float, y_m: float) -> bool:
        """Keep a point in the middle; give whether the camera moved."""
        if self.flying or (abs(x_m - self.camera.x_m) < 0.02 and abs(y_m - self.camera.y_m) < 0.02):
            return False
        self.camera = self.camera.moved(x_m - self.camera.x_m, y_m - self.camera.y_m)
        return True
