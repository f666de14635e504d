"""Reads how the twin answered one's own decisions, and says it in a sentence."""

from PyQt6.QtCore import QObject, pyqtSignal

from twin.decisions import (
    Acknowledge,
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
from twin.snapshot import Snapshot
from twin.stacking.suggestion import Accept, Modify, Offer, OrderStatus, Refuse, Suggestion, WorkOrder
from ui.i18n import Texts, mark

_TAKEN: dict[type, str] = {
    Accept: mark("Suggestion accepted: the work orders are sent."),
    Refuse: mark("Suggestion refused; the reason is recorded."),
    Modify: mark("Slot changed; Put back takes it back, Accept sends it."),
    Acknowledge: mark("Acknowledged."),
    ForecastWind: mark("Forecast taken: what would stand too high is listed against the rules."),
    PublishLayout: mark("Published: the draft is the live layout now."),
    Shelve: mark("Shelved: it comes back by itself, or with Take back."),
    Unshelve: mark("Taken back: the alarm stands again."),
    SetLimit: mark("Limits set; Alarm limits takes them back."),
    SetService: mark("{about} is out of service; the same key puts it back."),
    SetClosed: mark("{about} is closed; the same command opens it again."),
    Settle: mark("Settled; recorded with your name. Take back undoes it."),
    Reopen: mark("Taken back: the discrepancy is open again, its box where it was."),
}
_UNDONE: dict[type, str] = {
    SetService: mark("{about} is in service again."),
    SetClosed: mark("{about} is open again."),
}
_PUT_BACK = mark("Put back: the suggestion is as it was offered.")
_SEVERAL = mark("Acknowledged: {count} alarms.")
_NOT_TAKEN: dict[type, str] = {
    Accept: mark("Not accepted: {reason}"),
    Refuse: mark("Not refused: {reason}"),
    Modify: mark("Not changed: {reason}"),
    Acknowledge: mark("Not acknowledged: {reason}"),
    ForecastWind: mark("Forecast not taken: {reason}"),
    PublishLayout: mark("Not published: {reason}"),
    Shelve: mark("Not shelved: {reason}"),
    Unshelve: mark("Not taken back: {reason}"),
    SetLimit: mark("Limits not set: {reason}"),
    SetService: mark("Not changed: {reason}"),
    SetClosed: mark("Not changed: {reason}"),
    Settle: mark("Not settled: {reason}"),
    Reopen: mark("Not taken back: {reason}"),
}


class VerdictReader(QObject):
    """Says what became of decisions; each verdict once."""

    said = pyqtSignal(str)
    published = pyqtSignal()

    def __init__(self, actor: str, texts: Texts, parent: QObject | None = None) -> None:
        super().__init__(parent)
        self._actor, self._texts = actor, texts
        self._seen: tuple[Verdict, ...] = ()
        self._orders: tuple[WorkOrder, ...] | None = None

    def take(self, snapshot: Snapshot) -> None:
        """Read the verdicts of a tick, and which work orders failed in it."""
        self._take_orders(snapshot.state.orders)
        verdicts = snapshot.state.verdicts
        if verdicts is self._seen:
            return
        self._seen = verdicts
        for verdict in verdicts:
            decision = verdict.decision
            if isinstance(decision, Offer) or decision.actor != self._actor:
                continue
            self.said.emit(self._sentence(verdict, snapshot.state.suggestions))
            if verdict.taken and isinstance(decision, PublishLayout):
                self.published.emit()

    def _take_orders(self, orders: tuple[WorkOrder, ...]) -> None:
        before, self._orders = self._orders, orders
        if before is None or before is orders:
            return
        known = {order.id for order in before if order.status is OrderStatus.FAILED}
        for order in orders:
            if order.status is OrderStatus.FAILED and order.id not in known:
                words = mark("Work order {number} failed: {reason}")
                self.said.emit(
                    self._texts.tr(words, number=order.id, reason=self._texts.reason(order.reason))
                )

    def _sentence(self, verdict: Verdict, suggestions: tuple[Suggestion, ...]) -> str:
        kind, tr = type(verdict.decision), self._texts.tr
        if not verdict.taken:
            return tr(_NOT_TAKEN[kind], reason=self._texts.reason(verdict.reason))
        words, about, many = _TAKEN[kind], "", 1
        match verdict.decision:
            case Acknowledge(alarms=alarms) if len(alarms) > 1:
                words, many = _SEVERAL, len(alarms)
            case Modify(suggestion=number) if any(s.id == number and not s.modified for s in suggestions):
                words = _PUT_BACK
            case SetService(machine=about, in_service=True) | SetClosed(area=about, closed=False):
                words = _UNDONE[kind]
            case SetService(machine=about) | SetClosed(area=about):
                pass
        return tr(words, about=about, count=many)
