"""A widget with a camera over the yard: flies and steers it, keeps the whole yard or a machine in view."""

from __future__ import annotations

import math
from collections.abc import Callable, Mapping

from PyQt6.QtCore import QTimer
from PyQt6.QtWidgets import QWidget

from twin.snapshot import Snapshot
from ui.scene.camera import Camera, camera_of
from ui.scene.presets import preset
from ui.scene.steering import Pilot
from ui.view_state import ViewState

_REST_MS, _FLIGHT_MS = 220, 15


class FlownWidget(QWidget):
    """Holds the camera of a view; what is drawn from it is up to those built on this one."""

    def __init__(self, parent: QWidget | None = None) -> None:
        """Begin with no yard, nobody having steered yet: the whole of it is to come into view."""
        super().__init__(parent)
        self._snapshot: Snapshot | None = None
        self._view = ViewState()
        self._pilot = Pilot()
        self._framing = self._placed = self._resized = False
        self._rest = self._timer(_REST_MS, self._redraw, once=True)
        self._flight = self._timer(_FLIGHT_MS, self._fly_on)

    def _timer(self, interval_ms: int, then: Callable[[], None], once: bool = False) -> QTimer:
        timer = QTimer(self)
        timer.setObjectName(then.__name__.strip("_"))
        timer.setSingleShot(once)
        timer.setInterval(interval_ms)
        timer.timeout.connect(then)
        return timer

    def _redraw(self) -> None:
        """Have a frame drawn from where the camera is by now."""

    def _settle(self) -> bool:
        """Have the whole yard in view anew after changes of size; give whether that was due."""
        if not self._resized:
            return False
        self._resized = False
        self._frame_yard()
        return True

    def _frame_yard(self) -> bool:
        """Have the whole yard in view; give whether there is one."""
        if self._snapshot is None:
            return False
        goal = preset("yard", self._snapshot, self._pilot.camera, self._aspect())
        if goal is not None:
            self._pilot.take(goal)
        return goal is not None

    def camera(self) -> dict[str, float]:
        """Give the camera as plain values, ready for JSON."""
        self._settle()
        return self._pilot.camera.as_dict()

    def set_camera(self, camera: Mapping[str, float]) -> None:
        """Put the camera where :meth:`camera` said it was; what is missing or not finite is left."""
        self._placed = True
        self._steer(camera_of(camera, self._pilot.camera))

    def fly_to(self, preset_name: str) -> None:
        """Fly to ``yard``, ``top``, ``gate``, ``quay``, ``block:NAME`` or ``mover:ROW``."""
        if self._snapshot is None:
            return
        goal = preset(preset_name, self._snapshot, self._pilot.camera, self._aspect())
        if goal is not None:
            self._fly(goal)

    def _fly(self, goal: Camera) -> None:
        self._settle()
        self._placed, self._framing = True, False
        if not self.isVisible():
            self._steer(goal)
            return
        self._pilot.fly(goal)
        self._flight.start()

    def _fly_on(self) -> None:
        self._pilot.advance()
        if not self._pilot.flying:
            self._flight.stop()
            self._rest.start()
        self._redraw()

    def _steer(self, camera: Camera) -> None:
        self._flight.stop()
        self._framing = self._resized = False
        self._pilot.take(camera)
        self._rest.start()
        self._redraw()

    def _follow(self) -> bool:
        """Keep the followed machine in the middle; give whether the camera moved."""
        row, snapshot = self._view.follow, self._snapshot
        if row is None or snapshot is None or not 0 <= row < len(snapshot.state.fleet):
            return False
        x, y = float(snapshot.state.tracks.x_m[row]), float(snapshot.state.tracks.y_m[row])
        return math.isfinite(x + y) and self._pilot.follow(x, y)

    def _moving(self) -> bool:
        return self._pilot.flying or self._rest.isActive()

    def _aspect(self) -> float:
        return max(self.width(), 1) / max(self.height(), 1)
