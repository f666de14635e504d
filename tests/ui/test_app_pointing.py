from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace

import pytest

from tests.ui.app_samples import ListFeed, Shelf, a_window
from tests.ui.suggestion_samples import DIG_OUT, PLACE, controller_snapshot
from twin.stock import rules
from twin.stock.rules import terrain_of
from twin.stock.rules.tops import tops_of
from twin.yard.slots import ground_slot, slot_address
from ui.i18n import Texts
from ui.judging import Judgement, judge, on_top, weigh
from ui.panels.against import against_html, note_lines
from ui.theme import palette

pytestmark = pytest.mark.qt_log_ignore("This plugin does not support", extend=True)
EN, COLOURS = Texts("en"), palette("dark")


@pytest.fixture(scope="module")
def state():
    return controller_snapshot().state


@pytest.fixture
def window(qtbot):
    window = a_window(ListFeed(controller_snapshot()), Shelf())
    qtbot.addWidget(window)
    window.suggestions.table.choose(PLACE)
    yield window
    window.close()


def the(state, number):
    return next(s for s in state.suggestions if s.id == number)


def refused_ground(state):
    """Give a ground slot with a long box on top: no 20 ft box may stand there."""
    stock = state.stock
    return next(
        g for g in range(len(state.slots))
        if 0 < stock.count[g] < state.slots.tiers[g]
        and stock.length_ft[stock.occupant[g, stock.count[g] - 1]] != 20
    )  # fmt: skip


def best_ground(state):
    return ground_slot(state.yard, state.slots, the(state, PLACE).moves[0].target)


def placing(window):
    return window.view_state.placing


def test_pointing_at_a_refused_slot_tells_every_reason(qtbot, window, state):
    ground = refused_ground(state)
    window.view.slot_pointed.emit(ground)
    qtbot.waitUntil(lambda: placing(window).refused)
    row = int((state.stock.number == b"MSKU1234565").nonzero()[0][0])
    texts = [rule.text for rule in rules.broken_rules(state.stock, state.slots, state.yard, row, ground)]
    assert rules.REASONS[rules.ON_LONGER] in texts
    assert set(texts) <= set(placing(window).lines)
    assert not placing(window).held


def test_pointing_at_a_legal_slot_tells_cost_and_rank(qtbot, window, state):
    other = the(state, PLACE).alternatives[3].target
    window.view.slot_pointed.emit(ground_slot(state.yard, state.slots, other))
    qtbot.waitUntil(lambda: len(placing(window).lines) > 1)
    assert "s more than the best; rank" in placing(window).lines[1]
    assert not placing(window).refused


def test_the_suggested_slot_is_the_best_by_cost(qtbot, window, state):
    window.view.slot_pointed.emit(best_ground(state))
    qtbot.waitUntil(lambda: len(placing(window).lines) > 1)
    assert placing(window).lines[1] == "The best slot by cost."


def test_pointing_away_takes_the_note_away(window, state):
    window.view.slot_pointed.emit(best_ground(state))
    window.view.slot_pointed.emit(-1)
    assert placing(window) is None


def test_a_click_writes_the_reasons_over_those_of_the_suggestion(qtbot, window, state):
    ground = refused_ground(state)
    window.view.slot_pointed.emit(ground)
    window.view.slot_picked.emit(ground)
    qtbot.waitUntil(lambda: "You point at" in window.suggestions.detail.toPlainText())
    text = window.suggestions.detail.toPlainText()
    assert rules.REASONS[rules.ON_LONGER] in text
    assert text.index("You point at") < text.index("Place arriving")
    window.view.slot_picked.emit(-1)
    assert "You point at" not in window.suggestions.detail.toPlainText()


def test_reasons_of_a_slot_go_with_the_suggestion_that_they_are_for(qtbot, window, state):
    ground = refused_ground(state)
    window.view.slot_pointed.emit(ground)
    window.view.slot_picked.emit(ground)
    qtbot.waitUntil(lambda: "You point at" in window.suggestions.detail.toPlainText())
    window.suggestions.table.choose(DIG_OUT)
    assert "You point at" not in window.suggestions.detail.toPlainText()


def test_a_box_that_is_held_is_not_taken_for_pointing(window, state):
    window.view.ghost_dragged.emit(0, best_ground(state))
    window.view.slot_pointed.emit(refused_ground(state))
    assert placing(window).held


def test_a_box_held_over_a_slot_is_told_its_cost_too(qtbot, window, state):
    other = the(state, PLACE).alternatives[2].target
    window.view.ghost_dragged.emit(0, ground_slot(state.yard, state.slots, other))
    qtbot.waitUntil(lambda: len(placing(window).lines) > 1)
    assert "more than the best" in placing(window).lines[1]


def test_in_a_replay_nothing_is_pointed_at(window, state):
    window.run("replay_now")
    window.ticker.tick()
    window.view.slot_pointed.emit(best_ground(state))
    assert placing(window) is None


# Without a window


def test_a_box_that_stands_already_is_judged_and_not_weighed(state):
    suggestion = the(state, DIG_OUT)
    assert weigh(state, suggestion, suggestion.moves[0].target) is None


def test_the_terms_here_stand_beside_those_of_the_suggested_slot(state):
    suggestion = the(state, PLACE)
    found = judge(state, suggestion, 0, suggestion.alternatives[4].target)
    page = against_html(found, suggestion.terms, EN, COLOURS)
    assert str(found.target) in page
    assert "suggested" in page
    assert page.count("<tr>") >= 3


def test_a_slot_without_a_reason_against_it_has_no_colour(state):
    suggestion = the(state, PLACE)
    target = suggestion.moves[0].target
    good = judge(state, suggestion, 0, target)
    assert COLOURS.high not in against_html(good, suggestion.terms, EN, COLOURS)
    bad = replace(good, refused=("the stack is full",))
    assert COLOURS.high in against_html(bad, suggestion.terms, EN, COLOURS)


def test_a_note_lists_reasons_and_no_cost_where_a_rule_refuses(state):
    found = judge(state, the(state, PLACE), 0, on_top(state, refused_ground(state), 20))
    assert note_lines(found, (), EN)[1:] == found.refused


def test_a_note_names_the_term_that_is_dearest_beside_the_suggested_slot(state):
    suggestion = the(state, PLACE)
    found = judge(state, suggestion, 0, suggestion.alternatives[4].target)
    costs = {term.name: term.value * term.weight for term in suggestion.terms}
    more = {term.name: term.value * term.weight - costs[term.name] for term in found.weighed.terms}
    worst = max(more, key=more.get)
    assert worst.replace("_", " ").capitalize() in note_lines(found, suggestion.terms, EN)[2]


def test_a_note_is_in_the_language_chosen(state):
    found = Judgement(slot_address(state.yard, state.slots, 0, 0), ("the stack is full",))
    assert note_lines(found, (), Texts("zh")) == ("A01-001-01-1", "堆垛已满")


def test_a_thread_that_judges_leaves_alone_what_the_engine_keeps(state):
    terrain = terrain_of(state.yard, state.slots)
    kept = tops_of(terrain, state.stock)
    suggestion = the(state, DIG_OUT)
    target = suggestion.moves[0].target
    with ThreadPoolExecutor(1) as pool:
        found = pool.submit(judge, state, suggestion, 0, target).result()
        others = pool.submit(tops_of, terrain, state.stock).result()
    assert found.target == target
    assert kept.stock is state.stock
    assert others is not kept
