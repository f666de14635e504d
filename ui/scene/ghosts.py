"""Boxes that are not there yet: where the selected suggestion would set them down."""

from __future__ import annotations

from dataclasses import replace

import numpy as np

from twin.errors import YardError
from twin.snapshot import Snapshot
from twin.stacking.suggestion import Move, Suggestion
from twin.stock.table import Stock
from twin.tables import Floats, Ints
from twin.yard.slots import SlotAddress, Slots, ground_slot
from ui.scene.faces import WIDTH_M, Boxes, faces_of, half_lengths
from ui.scene.light import plain_light
from ui.scene.meshes import Mesh, triangles_of_quads
from ui.scene.palette import REFUSED, SUGGESTION
from ui.scene.stage import Stage
from ui.view_state import ViewState

_TIER_M = 2.6
_ALPHA = 120


def chosen_suggestion(snapshot: Snapshot, view: ViewState) -> Suggestion | None:
    """Give the suggestion chosen, its box where it is held; None where none is chosen."""
    found = next((s for s in snapshot.state.suggestions if s.id == view.suggestion), None)
    held = view.placing
    if found is None or held is None or not held.held or held.move >= len(found.moves):
        return found
    moves = list(found.moves)
    moves[held.move] = replace(moves[held.move], target=held.target)
    return replace(found, moves=tuple(moves))


class Ghosts:
    """Draws the targets of one suggestion as translucent boxes; one held over a refused slot is marked."""

    def __init__(self, stage: Stage) -> None:
        """Stand on a stage."""
        self._stage, self._mesh, self._on = stage, Mesh(), False
        self._mesh.actor.ForceTranslucentOn()
        self.boxes: Boxes | None = None
        self._shown: tuple[object, ...] = ()

    def show(self, snapshot: Snapshot, view: ViewState) -> bool:
        """Take the suggestion chosen in a view, or none; give whether anything changed."""
        chosen = next((s for s in snapshot.state.suggestions if s.id == view.suggestion), None)
        held = view.placing if view.placing is not None and view.placing.held else None
        shown = (chosen, held, snapshot.state.stock if chosen is not None else None)
        if len(self._shown) == 3 and all(a is b for a, b in zip(shown, self._shown, strict=True)):
            return False
        self._shown = shown
        if self._on:
            self._stage.moving.RemoveActor(self._mesh.actor)
            self._on = False
        self.boxes = None
        suggestion = chosen_suggestion(snapshot, view)
        if suggestion is None or not suggestion.moves:
            return True
        self.boxes = boxes = targets(snapshot, suggestion)
        if not len(boxes):
            return True
        self._build(boxes, held.move if held is not None and held.refused else -1)
        return True

    def _build(self, boxes: Boxes, refused: int) -> None:
        faces = faces_of(boxes, np.ones((len(boxes), 5), bool))
        light = np.repeat(plain_light(faces.normal), 4)[:, None]
        base = np.where((boxes.row == refused)[:, None], REFUSED, SUGGESTION)[faces.box].repeat(4, axis=0)
        colours = np.column_stack((base * light, np.full(len(light), _ALPHA)))
        self._mesh.set_points(faces.corner_yard_m.reshape(-1, 3).astype(np.float32))
        self._mesh.set_faces(triangles_of_quads(len(faces)))
        self._mesh.set_colours(np.clip(colours, 0, 255).astype(np.uint8))
        self._stage.add(self._mesh.actor, moving=True)
        self._on = True


def targets(snapshot: Snapshot, suggestion: Suggestion) -> Boxes:
    """Give where a suggestion's moves set their boxes down; a slot that the yard has not is left out.

    ``row`` is which move it is, not a row of the stock.
    """
    placed = [(k, place_of(snapshot, move.target, move)) for k, move in enumerate(suggestion.moves)]
    found = [(k, place) for k, place in placed if place is not None]
    kept = np.array([place for _, place in found], float).reshape(-1, 7)
    n = len(kept)
    return Boxes(
        np.array([k for k, _ in found], np.int32),
        kept[:, :2].copy(),
        np.cos(kept[:, 2]),
        np.sin(kept[:, 2]),
        kept[:, 3].copy(),
        np.full(n, WIDTH_M / 2 + 0.02),
        kept[:, 4].copy(),
        kept[:, 5].copy(),
    )


def place_of(
    snapshot: Snapshot, address: SlotAddress, move: Move
) -> tuple[float, float, float, float, float, float, float] | None:
    """Give x, y, heading, half length, bottom, top and length [m, rad] of a box at an address."""
    state = snapshot.state
    try:
        ground = ground_slot(state.yard, state.slots, address)
    except YardError:
        return None
    x, y, heading = _centre(state.slots, ground, move.length_ft)
    bottom = _bottom_m(state.stock, state.slots, ground, address.tier - 1)
    half = float(half_lengths(np.array([move.length_ft], np.int8))[0])
    return x, y, heading, half, bottom, bottom + _height_m(state.stock, move.number), 2 * half


def _centre(slots: Slots, ground: int, length_ft: int) -> tuple[float, float, float]:
    heading = float(slots.heading_rad[ground])
    shift = float(slots.bay_pitch_m[ground]) / 2 if length_ft > 20 else 0.0
    x, y = slots.centre_yard_m[ground]
    return float(x + np.cos(heading) * shift), float(y + np.sin(heading) * shift), heading


def _bottom_m(stock: Stock, slots: Slots, ground: int, tier: int) -> float:
    """Give the height of a tier's underside: on what stands there, else on tiers of 2.6 m."""
    count = int(stock.count[ground])
    if tier <= count:
        under: Ints = stock.occupant[ground, :tier]
        heights: Floats = stock.height_m[under[under >= 0]]
        return float(heights.sum())
    return float(stock.top_m[ground]) + (tier - count) * _TIER_M


def _height_m(stock: Stock, number: str) -> float:
    found = np.flatnonzero(stock.number == number.encode())
    return float(stock.height_m[found[0]]) if len(found) else _TIER_M
