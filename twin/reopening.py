"""A controller's word on a discrepancy taken back: its boxes are where they were before."""

from dataclasses import replace

import numpy as np

from twin import pairs
from twin.decisions import Reopen
from twin.desk import Desk
from twin.errors import StockError, YardError
from twin.righting import bring_back, exchanged, let_go, put, slot_of, taken_for_words, whereabouts
from twin.state import Settlement, Whereabouts
from twin.stock import moves
from twin.stock.table import Place


def reopen(desk: Desk, decision: Reopen) -> str:
    """Take back how a discrepancy was settled; give the reason why not, empty where it is open again.

    Parameters
    ----------
    desk : Desk
        Changed where it is taken back, and only then.
    decision : Reopen

    Notes
    -----
    Taken back only as long as its boxes are where the word put them, and can go back to where they were. A
    box that was on no list before is gone then: its row in the stock stays.
    """
    item = next((one for one in desk.discrepancies if one.id == decision.discrepancy), None)
    if item is None:
        return f"discrepancy {decision.discrepancy}: expected one on the list, found none"
    done = item.settled
    if done is None:
        return f"discrepancy {item.id}: it is open already"
    if done.before is None or done.after is None:
        return f"discrepancy {item.id}: {done.actor} settled it by its own word, not a person"
    for was, now in zip(done.after, whereabouts(desk, [one.number for one in done.after]), strict=True):
        if was != now:
            return f"discrepancy {item.id}: {was.number} was moved since"
    kept = (desk.stock, desk.tracks, desk.discrepancies, dict(desk.added))
    try:
        _restore(desk, done, done.before)
    except (StockError, YardError) as error:
        desk.stock, desk.tracks, desk.discrepancies, desk.added = kept
        return str(error)
    desk.tell_anew(replace(item, settled=None))
    return ""


def _restore(desk: Desk, done: Settlement, before: tuple[Whereabouts, ...]) -> None:
    changed = [was for was, now in zip(before, done.after or (), strict=True) if was != now]
    if len(changed) == 2:
        one, other = changed
        exchanged(desk, one.number, other.number)
        if not one.place:
            _never_came(desk, one.number)
            lost = taken_for_words(other.number, one.number)
            desk.discrepancies = tuple(item for item in desk.discrepancies if item.what != lost)
    elif changed:
        _put_back(desk, changed[0])


def _never_came(desk: Desk, number: str) -> None:
    """Let a box go again that was taken in by the word that is taken back."""
    box = desk.box(number)
    if desk.stock.place[box] == Place.ANNOUNCED:
        desk.count("boxes_in")
    _leave(desk, box)


def _leave(desk: Desk, box: int) -> None:
    desk.stock = moves.leave(desk.stock, np.array([box], np.int32))
    desk.count("boxes_out")


def _put_back(desk: Desk, was: Whereabouts) -> None:
    """Put one box back to where it was."""
    slot = slot_of(was.slot)
    if slot is not None:
        put(desk, was.number, slot)
        return
    box = desk.box(was.number)
    place = Place(int(desk.stock.place[box]))
    if place is Place.STACKED:
        desk.stock = moves.lift(desk.stock, desk.slots, box, -1)
    elif place is Place.GONE:
        bring_back(desk, box)
    let_go(desk, box)
    if was.place == Place.CARRIED.name:
        _hand_back(desk, box, was)
    elif was.place == Place.ANNOUNCED.name:
        columns = desk.stock.editable("place", "carrier")
        columns["place"][box], columns["carrier"][box] = Place.ANNOUNCED, -1
        desk.stock = desk.stock.with_columns(**columns)
        desk.count("boxes_in", -1)
    else:
        _leave(desk, box)


def _hand_back(desk: Desk, box: int, was: Whereabouts) -> None:
    """Give a box back to the machine that held it, where it holds nothing else by now."""
    desk.stock = moves.carry(desk.stock, np.array([box], np.int32), np.array([was.carrier], np.int32))
    if not was.held:
        return
    machine = desk.name(was.carrier)
    if others := pairs.held(desk, was.held, was.carrier):
        raise StockError(f"{machine} holds {desk.number(others[0])} by now")
    if was.held == "load" and not desk.tracks.locked[was.carrier]:
        raise StockError(f"{machine} has opened its twistlocks since")
    pairs.hold(desk, was.held, was.carrier, (box,))
