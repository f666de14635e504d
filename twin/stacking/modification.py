"""A suggestion that a person changed: one move to another slot, the rest as it was, checked and costed."""

from dataclasses import replace

import numpy as np

from twin.errors import StockError, YardError
from twin.stacking.policies import term
from twin.stacking.suggestion import Move, Suggestion, SuggestionKind, Term
from twin.stock import moves, rules
from twin.stock.rules import NEUTRAL, Conditions
from twin.stock.table import Place, Stock
from twin.yard.model import Yard
from twin.yard.slots import SlotAddress, Slots, ground_slot, slot_address


class RefusedError(StockError):
    """A change that cannot be made; the message says which rule it breaks."""


def modified(
    yard: Yard,
    slots: Slots,
    stock: Stock,
    suggestion: Suggestion,
    index: int,
    target: SlotAddress,
    terms: tuple[Term, ...] = (),
    conditions: Conditions = NEUTRAL,
) -> Suggestion:
    """Put one move of a suggestion on another slot.

    Parameters
    ----------
    index : int
        Which move, from 0.
    target : SlotAddress
        Where its box is to go; the tier is that of the stack's top, whatever is given.
    terms : tuple of Term
        What an arriving box costs there; relocations are counted here.
    conditions : Conditions
        House rules and wind.

    Returns
    -------
    Suggestion
        With ``modified`` set, and as it was offered in ``before``. What was promised no longer holds and is
        dropped. Where all moves are again as they were offered it is what was offered.

    Raises
    ------
    RefusedError
        Where there is no such move or slot, or a box may not stand where it would come to stand.
    """
    if not 0 <= index < len(suggestion.moves):
        raise RefusedError(f"move {index}: expected 0 to {len(suggestion.moves) - 1}")
    wanted = list(suggestion.moves)
    wanted[index] = replace(wanted[index], target=target)
    done = rehearsed(yard, slots, stock, wanted, conditions)
    offered = suggestion.before or suggestion
    if suggestion.modified and done == offered.moves:
        return offered
    if suggestion.kind is SuggestionKind.RELOCATE:
        _keep_off(yard, slots, stock, suggestion, target)
    if suggestion.kind is not SuggestionKind.ALLOCATE:
        terms = _terms(stock, done)
    return replace(
        suggestion, moves=done, terms=terms, alternatives=(), lower_bound=0, proven=False, saving=None,
        confidence=None, promises=(), crane_s=None, modified=True, before=offered,
    )  # fmt: skip


def rehearsed(
    yard: Yard, slots: Slots, stock: Stock, wanted: list[Move], conditions: Conditions
) -> tuple[Move, ...]:
    """Make moves one after the other on a copy of the stock, each as the rules have it.

    Returns
    -------
    tuple of Move
        With the tiers that the boxes come to stand in.

    Raises
    ------
    RefusedError
        Where a box may not be taken or set as a move says.
    """
    done: list[Move] = []
    at: dict[str, SlotAddress] = {}
    for move in wanted:
        row = int(moves.rows_of(stock, [move.number])[0])
        if row < 0:
            raise RefusedError(f"box {move.number}: expected a known number, found none")
        source = at.get(move.number, move.source)
        ground = _ground(yard, slots, move.target)
        why = _why_not(yard, slots, move, source, ground)
        if not why and source is not None:
            stock = moves.lift(stock, slots, row, 0)
        why = why or rules.refusal(stock, slots, yard, row, ground, conditions)
        if why:
            raise RefusedError(f"{move.number} to {move.target}: {why}")
        stock = moves.stack(stock, slots, [row], [ground])
        found = slot_address(yard, slots, ground, int(stock.tier[row]), move.length_ft)
        at[move.number] = found
        done.append(replace(move, source=source, target=found))
    return tuple(done)


def _why_not(yard: Yard, slots: Slots, move: Move, source: SlotAddress | None, ground: int) -> str:
    odd = move.target.bay % 2 == 1
    if odd != (move.length_ft == 20):
        return f"a {move.length_ft} ft box needs an {'odd' if move.length_ft == 20 else 'even'} bay"
    if source is not None and move.target.block != source.block:
        return f"the crane of block {source.block} does not reach block {move.target.block}"
    if source is not None and ground_slot(yard, slots, source) == ground:
        return "it would be put down where it stands"
    return ""


def _terms(stock: Stock, done: tuple[Move, ...]) -> tuple[Term, ...]:
    rows = moves.rows_of(stock, [move.number for move in done])
    lifted_t = float(np.sum(stock.gross_kg[rows])) / 1000.0
    return (term("relocations", len(done)), term("lifted_mass", lifted_t))


def _keep_off(yard: Yard, slots: Slots, stock: Stock, suggestion: Suggestion, target: SlotAddress) -> None:
    """Refuse a slot on the box that is to be freed."""
    (row,) = moves.rows_of(stock, [suggestion.subject])
    if row < 0 or stock.place[row] != Place.STACKED:
        return
    ground = _ground(yard, slots, target)
    over = {ground, int(slots.next[ground])} if target.bay % 2 == 0 else {ground}
    if over & set(moves.places_of(stock, slots, int(row))):
        raise RefusedError(f"{target}: it would stand on {suggestion.subject}, which is to be freed")


def _ground(yard: Yard, slots: Slots, address: SlotAddress) -> int:
    try:
        return ground_slot(yard, slots, address)
    except YardError as error:
        raise RefusedError(str(error)) from error
