"""What speaks for and against a slot for a box of a suggestion: pure, so that a thread can work it out."""

import re
from dataclasses import dataclass

from twin.errors import TwinError, YardError
from twin.proposals import conditions_of, cranes_of, knowledge_of, queues
from twin.stacking.allocation import Against, Request, against
from twin.stacking.modification import RefusedError, modified
from twin.stacking.suggestion import Suggestion, SuggestionKind
from twin.state import State
from twin.stock import moves
from twin.yard.slots import SlotAddress, ground_slot, slot_address
from ui.i18n import mark

_ADDRESS = re.compile(r"\s*(.+?)-(\d{1,4})-(\d{1,3})(?:-(\d{1,2}))?\s*")
NO_ADDRESS = mark("expected a slot as in A01-035-03-2, the tier may be left out")


class AddressError(TwinError):
    """A text that names no slot of the yard for the box."""


@dataclass(frozen=True, slots=True)
class Judgement:
    """What is said of a slot.

    Attributes
    ----------
    target : SlotAddress
        The slot, with the tier that the box would have by then.
    refused : tuple of str
        The reasons against it; empty where it may be taken.
    weighed : Against, optional
        Its costs and rank, where the box comes on a truck and every slot has been weighed.
    """

    target: SlotAddress
    refused: tuple[str, ...] = ()
    weighed: Against | None = None


def on_top(state: State, ground: int, length_ft: int) -> SlotAddress:
    """Give the slot on top of what stands on a ground slot."""
    return slot_address(state.yard, state.slots, ground, int(state.stock.count[ground]), length_ft)


def judge(state: State, suggestion: Suggestion, move: int, target: SlotAddress) -> Judgement:
    """Tell whether a move of a suggestion may go to another slot, as the engine would rule now.

    Parameters
    ----------
    move : int
        Which, from 0.
    target : SlotAddress
        The tier is that of the stack's top by then, whatever is given.
    """
    weighed = weigh(state, suggestion, target)
    try:
        changed = modified(
            state.yard, state.slots, state.stock, suggestion, move, target, conditions=state.conditions,
        )  # fmt: skip
    except RefusedError as error:
        number = suggestion.moves[move].number if move < len(suggestion.moves) else ""
        first = str(error).removeprefix(f"{number} to {target}: ")
        broken = () if weighed is None else tuple(rule.text for rule in weighed.rules)
        return Judgement(target, tuple(dict.fromkeys((first, *broken))), weighed)
    return Judgement(changed.moves[move].target, (), weighed)


def weigh(state: State, suggestion: Suggestion, target: SlotAddress) -> Against | None:
    """Give what speaks against a slot for an arriving box; None for a box that stands already."""
    if suggestion.kind is not SuggestionKind.ALLOCATE or not suggestion.moves:
        return None
    request = request_of(state, suggestion.moves[0].number)
    return None if request is None else against(request, ground_slot(state.yard, state.slots, target))


def request_of(state: State, number: str) -> Request | None:
    """Give the question for a slot for a box, as the solver was asked it; None where it is not known."""
    row = int(moves.rows_of(state.stock, [number])[0])
    if row < 0:
        return None
    return Request(
        state.yard, state.slots, state.stock, row, cranes_of(state), conditions=conditions_of(state),
        knowledge=knowledge_of(state), queue=queues(state),
    )  # fmt: skip


def slot_named(state: State, text: str, length_ft: int) -> int:
    """Give the ground slot of a typed address for a box of that length.

    Raises
    ------
    AddressError
        Where it is no address, the yard has no such slot, the bay is not one of such a box, or the tier
        is not the next free one.
    """
    found = _ADDRESS.fullmatch(text)
    if found is None:
        raise AddressError(NO_ADDRESS)
    names = {block.name.upper(): block.name for block in state.yard.blocks}
    name, bay, row, tier = found.groups()
    try:
        address = SlotAddress(names.get(name.strip().upper(), name), int(bay), int(row), int(tier or 1))
        ground = ground_slot(state.yard, state.slots, address)
    except YardError as error:
        raise AddressError(str(error)) from error
    if (address.bay % 2 == 1) != (length_ft == 20):
        raise AddressError(f"a {length_ft} ft box needs an {'odd' if length_ft == 20 else 'even'} bay")
    free = int(state.stock.count[ground]) + 1
    if tier and int(tier) != free:
        raise AddressError(f"the next free tier there is {free}")
    return ground
