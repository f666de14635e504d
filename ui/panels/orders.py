"""The work orders that accepted suggestions became."""

from PyQt6.QtWidgets import QWidget

from twin.snapshot import Snapshot
from twin.stacking.suggestion import OrderStatus, WorkOrder
from ui.i18n import Texts, mark
from ui.panels.base import Panel, muted
from ui.panels.rows import Column, Row, RowsTable
from ui.theme import lamp

STATUS: dict[int, str] = {
    OrderStatus.SENT: mark("Sent"),
    OrderStatus.STARTED: mark("Started"),
    OrderStatus.DONE: mark("Done"),
    OrderStatus.FAILED: mark("Failed"),
}
SHOWN = 200
ADVICE = mark("Failed: the box was not moved. Call the crane's driver, or have the move ordered anew.")


def failed(orders: tuple[WorkOrder, ...]) -> tuple[WorkOrder, ...]:
    """Give the orders that failed and whose boxes nobody has ordered anywhere since."""
    last = {order.move.number: order for order in orders}
    return tuple(order for order in last.values() if order.status is OrderStatus.FAILED)


class OrderPanel(Panel):
    """Lists work orders, newest first."""

    sleeps = True

    def __init__(self, texts: Texts, parent: QWidget | None = None) -> None:
        super().__init__(texts, parent)
        columns = (
            Column(mark("Order"), right=True),
            Column(mark("State")),
            Column(mark("Box")),
            Column(mark("Move"), stretch=True),
        )
        self.table = RowsTable(columns, texts)
        self.table.setAccessibleName("work orders")
        self.empty, self.advice = muted(), muted()
        self.column.addWidget(self.empty)
        self.column.addWidget(self.advice)
        self.column.addWidget(self.table, 1)

    def seen(self, snapshot: Snapshot) -> tuple[object, ...]:
        """Give the orders."""
        return (snapshot.state.orders,)

    def draw(self, snapshot: Snapshot) -> None:
        """List the orders."""
        orders = snapshot.state.orders[-SHOWN:][::-1]
        self.empty.setVisible(not orders)
        self.empty.setText(self.texts.tr("No work order yet. Accept a suggestion to make one."))
        self.advice.setText(self.texts.tr(ADVICE))
        self.advice.setVisible(bool(failed(snapshot.state.orders)))
        self.table.show_rows([self._row(order) for order in orders])

    def _row(self, order: WorkOrder) -> Row:
        move = order.move
        source = str(move.source) if move.source is not None else self.texts.tr("truck")
        state = self.texts.tr(STATUS[order.status])
        where, why = f"{source} → {move.target}", self.texts.reason(order.reason)
        bad = order.status is OrderStatus.FAILED
        texts = (str(order.id), state, move.number, f"{why}  ({where})" if why else where)
        tooltip = "\n".join(filter(None, (where, why, f"{self.texts.tr('By')}: {order.actor}")))
        return Row(order.id, texts, lamp(self.theme, False) if bad else None, tooltip, bad)
