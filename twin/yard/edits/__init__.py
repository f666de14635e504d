"""Every edit of a yard.

An edit is a value that turns one :class:`~twin.yard.model.Yard` into the next: ``edit.title`` says in a few
words what it does, ``edit.apply(yard)`` gives the next revision and shares what it does not touch, and
raises :class:`~twin.errors.YardError` where the result could not exist. Undo is a step back in
:class:`twin.yard.history.History`.
"""

from twin.yard.edits.blocks import (
    AddBlock,
    MoveBlock,
    RemoveBlock,
    RenameBlock,
    ResizeBlock,
    SetBlock,
    TurnBlock,
)
from twin.yard.edits.editing import MAX_COORDINATE_M
from twin.yard.edits.lanes import AddLane, MoveLanePoint, RemoveLane
from twin.yard.edits.site import (
    AddGate,
    MoveGate,
    RemoveGate,
    RenameYard,
    SetBaseStation,
    SetFence,
    SetGeoreference,
    SetQuay,
)
from twin.yard.edits.zones import AddZone, MoveZone, RemoveZone, ReshapeZone
from twin.yard.history import Edit
from twin.yard.model import Yard

YardEdit = Edit[Yard]
"""A change of a yard as a value."""

EDITS = (
    AddBlock,
    AddGate,
    AddLane,
    AddZone,
    MoveBlock,
    MoveGate,
    MoveLanePoint,
    MoveZone,
    RemoveBlock,
    RemoveGate,
    RemoveLane,
    RemoveZone,
    RenameBlock,
    RenameYard,
    ReshapeZone,
    ResizeBlock,
    SetBaseStation,
    SetBlock,
    SetFence,
    SetGeoreference,
    SetQuay,
    TurnBlock,
)
"""Every kind of edit."""

__all__ = [
    "EDITS",
    "MAX_COORDINATE_M",
    "AddBlock",
    "AddGate",
    "AddLane",
    "AddZone",
    "MoveBlock",
    "MoveGate",
    "MoveLanePoint",
    "MoveZone",
    "RemoveBlock",
    "RemoveGate",
    "RemoveLane",
    "RemoveZone",
    "RenameBlock",
    "RenameYard",
    "ReshapeZone",
    "ResizeBlock",
    "SetBaseStation",
    "SetBlock",
    "SetFence",
    "SetGeoreference",
    "SetQuay",
    "TurnBlock",
    "YardEdit",
]
