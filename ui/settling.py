"""What a controller types about a discrepancy, and whether the twin would take it as the yard is now."""

import math
from dataclasses import dataclass

from twin.decisions import Remedy, Settle
from twin.desk import Desk
from twin.reconciliation import settle
from twin.righting import slot_of
from twin.state import Discrepancy, State
from twin.stock import moves
from ui.i18n import Texts, mark


@dataclass(frozen=True, slots=True)
class Typed:
    """What is typed: the number of the box and its slot, and of a box on no list its type and mass [kg]."""

    number: str = ""
    slot: str = ""
    type_code: str = ""
    gross_kg: str = ""

    def mass_kg(self) -> float | None:
        """Give the mass [kg], None where none is typed; NaN where it is no number."""
        try:
            return float(self.gross_kg.replace(",", "")) if self.gross_kg else None
        except ValueError:
            return math.nan


def asked(discrepancy: int, how: Remedy, typed: Typed, actor: str, role: str) -> Settle:
    """Give the decision that is asked for."""
    target = slot_of(typed.slot.upper()) if how is Remedy.SLOT else None
    return Settle(
        discrepancy, how, actor, role, target, typed.number.upper(), typed.type_code.upper(), typed.mass_kg()
    )


def is_unlisted(state: State, number: str) -> bool:
    """Tell whether a number is one that no list has."""
    return bool(number) and int(moves.rows_of(state.stock, [number.upper()])[0]) < 0


def why_not(state: State, item: Discrepancy, how: Remedy, typed: Typed, texts: Texts) -> str:
    """Give why a discrepancy cannot be settled so, and what to do instead; empty where it can."""
    tr = texts.tr
    if how is not Remedy.LIST and not (typed.number or item.box):
        return tr(mark("Type the number of the box first."))
    if how is Remedy.SLOT and not typed.slot:
        return tr(mark("Type the slot where the box stands first."))
    if how is Remedy.SLOT and slot_of(typed.slot.upper()) is None:
        return tr(mark("Slot: expected block-bay-row-tier as A01-035-03-2, found {slot}"), slot=typed.slot)
    if typed.gross_kg and math.isnan(typed.mass_kg() or 0.0):
        return tr(mark("Weight: expected kilograms as 24500, found {mass}"), mass=typed.gross_kg)
    return texts.reason(settle(Desk.of(state), asked(item.id, how, typed, "", ""), state.t_ns))
