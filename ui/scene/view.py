"""The yard as a widget: shows snapshots, and emits what was picked, pointed at or dragged."""

from __future__ import annotations

import math
from dataclasses import dataclass

import numpy as np
from PyQt6.QtCore import QPointF, Qt, pyqtSignal
from PyQt6.QtGui import QKeyEvent, QMouseEvent, QPainter, QWheelEvent
from PyQt6.QtWidgets import QWidget

from twin.snapshot import Snapshot
from twin.stacking.suggestion import Suggestion, SuggestionKind, SuggestionStatus
from twin.yard.model import Yard
from ui.scene.camera import Camera
from ui.scene.canvas import YardCanvas
from ui.scene.company import Company
from ui.scene.draft import Drag, draw_draft, take_hold
from ui.scene.placing import draw_note
from ui.scene.presets import near
from ui.scene.projection import Projection
from ui.scene.steering import after_key, dragged, wheel_zoom
from ui.view_state import Pick, PickKind

_CLICK_PX = 5.0


@dataclass(slots=True)
class Hand:
    """What the pointer does with the chosen suggestion: which move it holds, and the slots it was over."""

    move: int = -1
    ground: int | None = None
    """Where the held box is: None before it has been dragged, -1 over no slot."""
    pointed: int = -1
    open: bool = False
    """Over a ghost that can be taken hold of."""


class YardView(YardCanvas):
    """Shows snapshots of the yard in 3D; decides nothing.

    Signals
    -------
    picked, hovered : Pick or None
        What was clicked, and what lies under the pointer.
    pointer : float, float
        Where the pointer is on the ground [m, yard frame].
    frame_drawn : float
        How long the last frame took [ms].
    block_dragged, block_dropped : str, float, float
        While editing: a block's name, and how far it is from where it was [m].
    ghost_dragged, ghost_dropped : int, int
        A move of the chosen suggestion, and the ground slot that its box is held over, -1 for none.
    ghost_let_go
        The box is held no more: Esc.
    slot_pointed, slot_picked : int
        The ground slot under the pointer for the arriving box of the chosen suggestion, -1 for none.

    Notes
    -----
    Left button orbits, right and middle pan (so does left with Shift), the wheel zooms to the pointer,
    a double click flies there. Arrows, plus, minus, brackets, page keys and Home do the same by keys.
    """

    picked = pyqtSignal(object)
    hovered = pyqtSignal(object)
    pointer = pyqtSignal(float, float)
    block_dragged = pyqtSignal(str, float, float)
    block_dropped = pyqtSignal(str, float, float)
    ghost_dragged = pyqtSignal(int, int)
    ghost_dropped = pyqtSignal(int, int)
    ghost_let_go = pyqtSignal()
    slot_pointed = pyqtSignal(int)
    slot_picked = pyqtSignal(int)

    def __init__(self, parent: QWidget | None = None) -> None:
        """Make a view that is empty until the first snapshot."""
        super().__init__(parent)
        self._draft: Yard | None = None
        self._draft_block: str | None = None
        self._editing = False
        self._drag: Drag | None = None
        self._pressed: QPointF | None = None
        self._last = QPointF()
        self._steered = False
        self._deciding = False
        self._hand = Hand()
        self._company = Company()

    def show_snapshot(self, snapshot: Snapshot) -> None:
        """Show a tick; while a near miss is looked at again its machines are kept in view."""
        super().show_snapshot(snapshot)
        if self._closed or self._pilot.flying:
            return
        goal = self._company.goal(snapshot, self._view.encounter, self._pilot.camera, self._aspect())
        if goal is not None:
            self._fly(goal)
            self._company.steered = False

    def fly_to(self, preset_name: str) -> None:
        """Fly to a preset that somebody asked for."""
        self._company.steered = True
        super().fly_to(preset_name)

    def _steer(self, camera: Camera) -> None:
        self._company.steered = True
        super()._steer(camera)

    def set_deciding(self, deciding: bool) -> None:
        """Let the ghosts of the chosen suggestion be dragged, and slots be pointed at, or not."""
        self._deciding = deciding
        if not deciding:
            self.let_go()

    def let_go(self) -> None:
        """Hold no box any more."""
        if self._hand.move >= 0:
            self._hand.move, self._pressed = -1, None
            self.unsetCursor()
            self.ghost_let_go.emit()

    def show_draft(self, yard: Yard | None, selected: str | None = None) -> None:
        """Draw the blocks of a draft yard over the live one, one of them selected; None for no draft."""
        self._draft, self._draft_block = yard, selected
        self._ask_for_frame()  # in a turn of its own: panels that show the draft are painted in this one

    def set_editing(self, editing: bool) -> None:
        """Let the draft's blocks be dragged, or not."""
        self._editing, self._drag = editing, None
        self._ask_for_frame()

    def paint_below(self, painter: QPainter, projection: Projection) -> None:
        """Draw the draft over the picture."""
        if self._draft is not None:
            named = self._snapshot.state.yard.blocks if self._snapshot and self._view.labels else ()
            draw_draft(painter, self._draft, self._draft_block, self._drag, projection, named)

    def paint_marks(self, painter: QPainter, projection: Projection) -> None:
        """Write what speaks for and against the slot that is pointed at."""
        placing = self._view.placing
        if placing is not None:
            draw_note(painter, placing, self._note_at(projection), *self._size())

    def _note_at(self, projection: Projection) -> QPointF:
        """Give where a note is written: at the pointer, else at the box that keys hold over a slot."""
        boxes = None if self._scene is None else self._scene.ghosts.boxes
        if self.underMouse() or self._hand.move >= 0 or boxes is None or not len(boxes):
            return self._last
        x, y, _ = projection.points(np.array([[*boxes.centre_yard_m[0], boxes.top_m[0]]]))[0]
        return QPointF(x, y) if math.isfinite(x + y) else self._last

    # Ghosts and slots

    def _suggestion(self) -> Suggestion | None:
        """Give the suggestion chosen, where it can be decided."""
        if not self._deciding or self._editing or self._snapshot is None:
            return None
        rows = self._snapshot.state.suggestions
        found = next((s for s in rows if s.id == self._view.suggestion), None)
        return found if found is not None and found.status == SuggestionStatus.OFFERED else None

    def _ghost_at(self, at: QPointF) -> int:
        if self._scene is None or self._suggestion() is None:
            return -1
        return self._scene.ghost(self._pilot.camera, at.x(), at.y(), self._size())

    def _slot_at(self, at: QPointF, move: int) -> int:
        suggestion = self._suggestion()
        if self._scene is None or suggestion is None or not 0 <= move < len(suggestion.moves):
            return -1
        length_ft = suggestion.moves[move].length_ft
        return self._scene.slot(self._pilot.camera, at.x(), at.y(), self._size(), length_ft)

    def _drag_ghost(self, at: QPointF) -> None:
        if self._hand.ground is None:
            away = at - (self._pressed or at)
            if math.hypot(away.x(), away.y()) < _CLICK_PX:
                return
            self.setCursor(Qt.CursorShape.ClosedHandCursor)
        ground = self._slot_at(at, self._hand.move)
        if ground != self._hand.ground:
            self._hand.ground = ground
            self.ghost_dragged.emit(self._hand.move, ground)
        self.update()  # the note follows the pointer

    def _point_at(self, at: QPointF) -> None:
        """Tell which slot is pointed at while an arriving box looks for one."""
        over = self._ghost_at(at) >= 0
        if over != self._hand.open:
            self._hand.open = over
            self.setCursor(Qt.CursorShape.OpenHandCursor) if over else self.unsetCursor()
        suggestion = self._suggestion()
        placing = suggestion is not None and suggestion.kind is SuggestionKind.ALLOCATE
        ground = self._slot_at(at, 0) if placing and not over else -1
        if ground != self._hand.pointed:
            self._hand.pointed = ground
            self.slot_pointed.emit(ground)
        elif ground >= 0:
            self.update()

    # Mouse and keys

    def _size(self) -> tuple[float, float]:
        return float(self.width()), float(self.height())

    def _ground(self, at: QPointF) -> tuple[float, float] | None:
        return self._pilot.camera.ground_point(at.x(), at.y(), self._size())

    def _pick(self, at: QPointF) -> Pick | None:
        if self._scene is None:
            return None
        return self._scene.pick(self._pilot.camera, at.x(), at.y(), self._size())

    def mousePressEvent(self, event: QMouseEvent | None) -> None:
        """Take hold of a block while editing, else begin to steer."""
        if event is None:
            return
        self._pressed = self._last = event.position()
        self._steered = False
        self._drag = None
        plain = event.button() == Qt.MouseButton.LeftButton and not event.modifiers()
        self._hand.move, self._hand.ground = self._ghost_at(event.position()) if plain else -1, None
        if self._editing and self._draft is not None and event.button() == Qt.MouseButton.LeftButton:
            point = self._ground(event.position())
            if point is not None:
                self._drag = take_hold(self._draft, *point, self._draft_block)

    def mouseMoveEvent(self, event: QMouseEvent | None) -> None:
        """Drag a block, steer, or tell what lies under the pointer."""
        if event is None:
            return
        at = event.position()
        point = self._ground(at)
        if point is not None:
            self.pointer.emit(*point)
        if self._hand.move >= 0:
            self._drag_ghost(at)
        elif self._drag is not None:
            if point is not None:
                self._drag.to(*point)
                self.block_dragged.emit(self._drag.name, self._drag.dx_m, self._drag.dy_m)
                self.update()
        elif self._pressed is not None:
            self._steer_by(at, event)
        else:
            self._last = at
            self._hover_at(at)
            self._point_at(at)
        self._last = at

    def _steer_by(self, at: QPointF, event: QMouseEvent) -> None:
        away = at - (self._pressed or at)
        if not self._steered and math.hypot(away.x(), away.y()) < _CLICK_PX:
            return
        self._steered = True
        step = at - self._last
        shift = bool(event.modifiers() & Qt.KeyboardModifier.ShiftModifier)
        self._steer(dragged(self._pilot.camera, step.x(), step.y(), self._size(), event.buttons(), shift))

    def _hover_at(self, at: QPointF) -> None:
        found = self._pick(at)
        before = self._hover
        named = found if found is not None and found.kind in (PickKind.BOX, PickKind.MOVER) else None
        self._hover = named
        self.hovered.emit(found)
        if (before and (before.kind, before.row)) != (named and (named.kind, named.row)):
            self.update()

    def mouseReleaseEvent(self, event: QMouseEvent | None) -> None:
        """Drop a block, or pick what was clicked."""
        if event is None:
            return
        drag, self._drag = self._drag, None
        pressed, self._pressed = self._pressed, None
        move, self._hand.move = self._hand.move, -1
        if move >= 0 and self._hand.ground is not None:
            self.unsetCursor()
            self._hand.open = False
            self.ghost_dropped.emit(move, self._hand.ground)
        elif drag is not None and (abs(drag.dx_m) > 0.01 or abs(drag.dy_m) > 0.01):
            self.block_dropped.emit(drag.name, drag.dx_m, drag.dy_m)
            self.update()
        elif pressed is not None and not self._steered and event.button() == Qt.MouseButton.LeftButton:
            self.picked.emit(self._pick(event.position()))
            self.slot_picked.emit(self._hand.pointed)

    def mouseDoubleClickEvent(self, event: QMouseEvent | None) -> None:
        """Fly to what was double-clicked."""
        found = self._pick(event.position()) if event is not None else None
        self._pressed = None
        if found is not None:
            self._fly(near(found, self._pilot.camera))

    def leaveEvent(self, event: object) -> None:
        """Forget what was under the pointer."""
        if self._hand.pointed >= 0:
            self._hand.pointed = -1
            self.slot_pointed.emit(-1)
        if self._hover is not None:
            self._hover = None
            self.hovered.emit(None)
            self.update()

    def wheelEvent(self, event: QWheelEvent | None) -> None:
        """Zoom to the point under the pointer."""
        if event is None:
            return
        at = self._ground(event.position())
        self._steer(wheel_zoom(self._pilot.camera, float(event.angleDelta().y()), at))
        event.accept()

    def keyPressEvent(self, event: QKeyEvent | None) -> None:
        """Steer by keys: arrows, plus and minus, brackets, page keys; Home shows the whole yard."""
        if event is None:
            return
        if event.key() == Qt.Key.Key_Escape and self._hand.move >= 0:
            self.let_go()
            return
        if event.key() == Qt.Key.Key_Home:
            self.fly_to("yard")
            return
        camera = after_key(self._pilot.camera, event.key(), self._size())
        if camera is None:
            super().keyPressEvent(event)
            return
        self._steer(camera)
