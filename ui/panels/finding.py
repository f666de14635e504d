"""Finding a box, a machine or a block by its name, and knowing it again after a jump in time."""

import numpy as np

from twin.state import State
from twin.stock.table import Place
from ui.i18n import Texts
from ui.panels.formats import name
from ui.panels.inspector_fields import kind_title, where_is_box
from ui.shortcuts import Offered
from ui.view_state import Pick, PickKind

SHOWN = 40


def offered_things(state: State, texts: Texts, typed: str) -> list[Offered]:
    """Give what carries a name that holds the text typed: blocks, machines, then boxes.

    Returns
    -------
    list of (key, name, what it is)
        The key is ``kind:row``, for :func:`pick_of`.
    """
    found: list[Offered] = []
    for index, block in enumerate(state.yard.blocks):
        if typed in block.name.lower():
            found.append((f"{PickKind.BLOCK}:{index}", block.name, texts.tr("Block")))
    for row in _holding(state.fleet.name, typed):
        if state.fleet.present[row]:
            title = kind_title(texts, int(state.fleet.kind[row]))
            found.append((f"{PickKind.MOVER}:{row}", name(state.fleet.name[row]), title))
    if len(typed) >= 2:
        here = (row for row in _holding(state.stock.number, typed) if state.stock.place[row] != Place.GONE)
        for row, _ in zip(here, range(SHOWN), strict=False):
            found.append(
                (f"{PickKind.BOX}:{row}", name(state.stock.number[row]), where_is_box(state, row, texts))
            )
    return found[:SHOWN]


def _holding(names: np.ndarray, typed: str) -> list[int]:
    if not len(names):
        return []
    at = np.char.find(np.char.lower(names), typed.encode("ascii", "ignore"))
    return [int(row) for row in np.flatnonzero(at >= 0)]


def pick_of(state: State, key: str) -> Pick:
    """Give the pick of a key of :func:`offered_things`."""
    kind, _, row = key.partition(":")
    return Pick(PickKind(kind), int(row), place_of(state, PickKind(kind), int(row)))


def place_of(state: State, kind: PickKind, row: int) -> tuple[float, float, float]:
    """Give where a thing is in the yard frame [m]; NaN where that is not known."""
    if kind is PickKind.BLOCK:
        return (*state.yard.blocks[row].middle_yard_m, 0.0)
    if kind is PickKind.MOVER:
        return (float(state.tracks.x_m[row]), float(state.tracks.y_m[row]), 0.0)
    ground, carrier = int(state.stock.ground[row]), int(state.stock.carrier[row])
    if state.stock.place[row] == Place.STACKED and ground >= 0:
        x, y = state.slots.centre_yard_m[ground]
        return (float(x), float(y), float(state.stock.bottom_m[row]))
    if state.stock.place[row] == Place.CARRIED and carrier >= 0:
        return place_of(state, PickKind.MOVER, carrier)
    return (np.nan, np.nan, np.nan)


def same_thing(pick: Pick | None, before: State, now: State) -> Pick | None:
    """Give the pick of the same box, machine or block in a state of another epoch; None where it is gone.

    Rows are stable within an epoch only: a thing is known again by its name.
    """
    if pick is None or pick.kind is PickKind.GROUND:
        return None
    if pick.kind is PickKind.BLOCK:
        names = [block.name for block in now.yard.blocks]
        wanted = before.yard.blocks[pick.row].name
        rows = [names.index(wanted)] if wanted in names else []
    else:
        old, new = (s.fleet.name if pick.kind is PickKind.MOVER else s.stock.number for s in (before, now))
        rows = [int(row) for row in np.flatnonzero(new == old[pick.row])]
    return Pick(pick.kind, rows[0], place_of(now, pick.kind, rows[0])) if rows else None
