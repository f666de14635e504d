"""How the engine answers decisions: each is checked against the yard as it is now."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass, field, replace

import numpy as np

from twin import clearance, outcomes, reconciliation, reopening, roles, weather
from twin.alarm_rulings import AlarmDesk, rule_on_alarms
from twin.decisions import (
    Acknowledge,
    Decision,
    ForecastWind,
    PublishLayout,
    Reopen,
    SetClosed,
    SetLimit,
    SetService,
    Settle,
    Shelve,
    Unshelve,
    Verdict,
)
from twin.errors import TwinError
from twin.handling import Desk
from twin.stacking.modification import RefusedError, modified, rehearsed
from twin.stacking.problem import still_valid
from twin.stacking.suggestion import (
    Accept,
    Modify,
    Offer,
    OrderStatus,
    Outcome,
    Refuse,
    Suggestion,
    SuggestionKind,
    SuggestionStatus,
    WorkOrder,
)
from twin.stock.refit import refit
from twin.stock.rules import Conditions
from twin.stock.table import Place
from twin.yard.model import Yard
from twin.yard.slots import slots_of

ReadLayout = Callable[[bytes], Yard]
KEPT_SUGGESTIONS = 60
KEPT_ORDERS = 200


@dataclass(slots=True)
class Bench:
    """What decisions change, while they change it; the desk's tables included."""

    desk: Desk
    tick: int
    next_id: int
    alarm_desk: AlarmDesk
    suggestions: tuple[Suggestion, ...]
    outcomes: tuple[Outcome, ...]
    conditions: Conditions
    read_layout: ReadLayout
    published: bool = False
    verdicts: list[Verdict] = field(default_factory=list)

    def new_id(self) -> int:
        """Give an id that was never given before."""
        self.next_id += 1
        return self.next_id - 1


def take_decisions(bench: Bench, decisions: Sequence[Decision]) -> None:
    """Answer decisions in the order in which they came."""
    for decision in decisions:
        role = getattr(decision, "role", roles.SOLVER)
        reason = roles.authorize(role, decision) or _ruling(bench, decision)
        bench.verdicts.append(Verdict(decision, not reason, reason))


def _ruling(bench: Bench, decision: Decision) -> str:
    match decision:
        case Offer():
            return _offer(bench, decision)
        case Accept():
            return _accept(bench, decision)
        case Refuse():
            return _close(bench, decision.suggestion, SuggestionStatus.REFUSED, decision.reason)
        case Modify():
            return _modify(bench, decision)
        case Acknowledge() | Shelve() | Unshelve() | SetLimit() | SetService() | SetClosed():
            return rule_on_alarms(bench.alarm_desk, decision)
        case Settle():
            return reconciliation.settle(bench.desk, decision, bench.alarm_desk.t_ns)
        case Reopen():
            return reopening.reopen(bench.desk, decision)
        case ForecastWind():
            return _forecast(bench, decision)
        case PublishLayout():
            return _publish(bench, decision)


def _offer(bench: Bench, offer: Offer) -> str:
    reason = _staleness(bench, offer.suggestion) or _against_rules(bench, offer.suggestion)
    if reason:
        return reason
    warned = clearance.cautions(bench.desk, bench.alarm_desk.alarms, offer.suggestion)
    suggestion = replace(
        offer.suggestion, id=bench.new_id(), status=SuggestionStatus.OFFERED, conflicts=warned
    )
    bench.suggestions = (*bench.suggestions, suggestion)
    return ""


def _accept(bench: Bench, accept: Accept) -> str:
    suggestion = _open_one(bench, accept.suggestion)
    if suggestion is None:
        return f"suggestion {accept.suggestion}: expected an open one, found none"
    reason = _staleness(bench, suggestion) or _against_rules(bench, suggestion)
    if reason:
        _close(bench, suggestion.id, SuggestionStatus.WITHDRAWN, reason)
        return reason
    orders = tuple(WorkOrder(bench.new_id(), suggestion.id, move, accept.actor) for move in suggestion.moves)
    bench.desk.orders = _kept((*bench.desk.orders, *orders))
    bench.outcomes = outcomes.promised(bench.outcomes, suggestion)
    return _close(bench, suggestion.id, SuggestionStatus.ACCEPTED, "")


def _modify(bench: Bench, decision: Modify) -> str:
    suggestion = _open_one(bench, decision.suggestion)
    if suggestion is None:
        return f"suggestion {decision.suggestion}: expected an open one, found none"
    desk = bench.desk
    try:
        changed = modified(
            desk.yard, desk.slots, desk.stock, suggestion, decision.move, decision.target, decision.terms,
            bench.conditions,
        )  # fmt: skip
    except RefusedError as error:
        return str(error)
    reason = clearance.blocked(desk, changed, bench.alarm_desk.closed)
    if not reason:
        if changed.modified:
            changed = replace(changed, basis=(*changed.basis, f"changed by {decision.actor}"))
        bench.suggestions = tuple(changed if item.id == changed.id else item for item in bench.suggestions)
    return reason


def _kept(orders: tuple[WorkOrder, ...]) -> tuple[WorkOrder, ...]:
    """Forget the oldest finished orders beyond the number kept."""
    done = [order.id for order in orders if order.status in (OrderStatus.DONE, OrderStatus.FAILED)]
    forgotten = set(done[: max(0, len(orders) - KEPT_ORDERS)])
    return tuple(order for order in orders if order.id not in forgotten)


def _open_one(bench: Bench, number: int) -> Suggestion | None:
    for suggestion in bench.suggestions:
        if suggestion.id == number and suggestion.status is SuggestionStatus.OFFERED:
            return suggestion
    return None


def _close(bench: Bench, number: int, status: SuggestionStatus, reason: str) -> str:
    if _open_one(bench, number) is None:
        return f"suggestion {number}: expected an open one, found none"
    changed = tuple(
        replace(item, status=status, closed_reason=reason) if item.id == number else item
        for item in bench.suggestions
    )
    closed = [item.id for item in changed if item.status is not SuggestionStatus.OFFERED]
    forgotten = set(closed[: max(0, len(changed) - KEPT_SUGGESTIONS)])
    bench.suggestions = tuple(item for item in changed if item.id not in forgotten)
    return ""


def withdraw_stale(bench: Bench) -> None:
    """Withdraw the open suggestions that the yard has changed under."""
    for suggestion in bench.suggestions:
        if suggestion.status is SuggestionStatus.OFFERED:
            reason = _staleness(bench, suggestion)
            if reason:
                _close(bench, suggestion.id, SuggestionStatus.WITHDRAWN, reason)


def _staleness(bench: Bench, suggestion: Suggestion) -> str:
    desk = bench.desk
    box = desk.box(suggestion.subject)
    place = Place(int(desk.stock.place[box])) if box >= 0 else Place.GONE
    if suggestion.kind is SuggestionKind.RELOCATE and place is not Place.STACKED:
        return f"{suggestion.subject} stands in no stack any more"
    if suggestion.kind is SuggestionKind.ALLOCATE and place is not Place.CARRIED:
        return f"{suggestion.subject} waits for a slot no more"
    valid = still_valid(desk.yard, desk.slots, desk.stock, suggestion, bench.conditions)
    return valid or clearance.blocked(desk, suggestion, bench.alarm_desk.closed)


def _against_rules(bench: Bench, suggestion: Suggestion) -> str:
    """Tell which rule a move of a suggestion would break, as the yard and the wind are now."""
    desk = bench.desk
    try:
        rehearsed(desk.yard, desk.slots, desk.stock, list(suggestion.moves), bench.conditions)
    except RefusedError as error:
        return str(error)
    return ""


def _forecast(bench: Bench, decision: ForecastWind) -> str:
    if not 0.0 <= decision.gust_mps <= weather.STRONGEST_MPS:
        return f"forecast gust: expected 0 to {weather.STRONGEST_MPS:.0f} m/s, found {decision.gust_mps}"
    bench.desk.weather = replace(
        bench.desk.weather, forecast_mps=decision.gust_mps, forecast_until_ns=decision.until_ns
    )
    return ""


def _publish(bench: Bench, decision: PublishLayout) -> str:
    desk = bench.desk
    try:
        yard = bench.read_layout(decision.layout)
    except TwinError as error:
        return str(error)
    slots = slots_of(yard)
    fitted = refit(desk.stock, desk.slots, yard, slots, desk.yard)
    if fitted.stock is None:
        return "; ".join(fitted.refused[:5]) or "standing stock would lose its slots"
    names = {block.name: index for index, block in enumerate(yard.blocks)}
    moved = [names.get(block.name, -1) for block in desk.yard.blocks]
    block = np.array([*moved, -1], np.int32)[desk.fleet.block]
    desk.fleet = desk.fleet.with_columns(block=block)
    revision = desk.yard.revision + 1
    if yard.revision != revision:  # else it stays the yard whose maps may be drawn already
        yard = replace(yard, revision=revision)
    desk.yard, desk.slots, desk.stock = yard, slots, fitted.stock
    bench.published = True
    return ""
