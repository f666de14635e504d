from dataclasses import replace

import pytest

from tests.ui.app_samples import ListFeed, Shelf, a_snapshot, a_window
from twin.stacking.suggestion import OrderStatus
from ui.i18n import Texts
from ui.panels.orders import ADVICE, failed

pytestmark = pytest.mark.qt_log_ignore("This plugin does not support", extend=True)
WHY = "1 box stands on MSKU1234565"


@pytest.fixture
def feed():
    return ListFeed(a_snapshot())


@pytest.fixture
def window(qtbot, feed):
    window = a_window(feed, Shelf())
    qtbot.addWidget(window)
    window.docks.raise_panel("orders")
    yield window
    window.close()


def ordered(feed, *orders):
    feed.snapshot = replace(feed.snapshot, state=replace(feed.snapshot.state, orders=orders))


def test_an_order_that_failed_is_counted_marked_told_and_says_what_to_do(window, feed):
    (order,) = feed.snapshot.state.orders
    window.ticker.tick()
    ordered(feed, replace(order, status=OrderStatus.FAILED, reason=WHY))
    window.ticker.tick()
    window.turns.finish()
    assert "1" in window.docks.docks["orders"].windowTitle()
    assert window.status.note.text() == f"Work order 31 failed: {WHY}"
    window.board.orders.draw(feed.snapshot)
    (row,) = window.board.orders.table.rows.rows
    assert (row.symbol is not None, row.bold) == (True, True)
    assert row.texts[3].startswith(WHY)
    assert window.board.orders.advice.text() == ADVICE
    assert not window.board.orders.advice.isHidden()


def test_an_order_that_goes_on_is_neither_counted_nor_marked(window, feed):
    window.ticker.tick()
    window.turns.finish()
    window.board.orders.draw(feed.snapshot)
    assert "1" not in window.docks.docks["orders"].windowTitle()
    assert window.board.orders.table.rows.rows[0].symbol is None
    assert window.board.orders.advice.isHidden()


def test_an_order_that_failed_counts_until_its_box_is_ordered_anew():
    (order,) = a_snapshot().state.orders
    bad = replace(order, status=OrderStatus.FAILED, reason=WHY)
    assert failed((bad,)) == (bad,)
    assert failed((bad, replace(order, id=32))) == ()


@pytest.mark.parametrize(("words", "chinese"), [(WHY, "上有 1 个箱"), ("3 boxes stand on X", "上有 3 个箱")])
def test_why_an_order_failed_is_told_in_chinese(words, chinese):
    assert chinese in Texts("zh").reason(words)
