from dataclasses import replace

import pytest
from PyQt6.QtCore import Qt

from tests.ui.app_samples import ListFeed, Shelf, a_window, press
from tests.ui.suggestion_samples import DIG_OUT, PLACE, controller_snapshot, legal_slots
from twin.decisions import Acknowledge, SetClosed, SetService, Verdict
from twin.snapshot import Mode
from twin.stacking.suggestion import Modify, SuggestionStatus
from twin.stock import moves, rules
from twin.stock.rules import Conditions
from twin.yard.slots import SlotAddress, ground_slot, slot_address
from ui.i18n import Texts
from ui.judging import AddressError, judge, slot_named
from ui.panels.verdicts import VerdictReader

pytestmark = pytest.mark.qt_log_ignore("This plugin does not support", extend=True)


@pytest.fixture(scope="module")
def state():
    return controller_snapshot().state


@pytest.fixture
def feed():
    return ListFeed(controller_snapshot())


@pytest.fixture
def window(qtbot, feed):
    window = a_window(feed, Shelf())
    qtbot.addWidget(window)
    window.suggestions.table.choose(DIG_OUT)
    yield window
    window.close()


def the(state, number):
    return next(s for s in state.suggestions if s.id == number)


def another_slot(state, legal=True):
    """Give a ground slot of the same block that the box of the dig-out may, or may not, be put on."""
    move = the(state, DIG_OUT).moves[0]
    row = int(moves.rows_of(state.stock, [move.number])[0])
    allowed = set(legal_slots(state, row))
    now = ground_slot(state.yard, state.slots, move.target)
    here = (g for g in range(int(state.slots.first[1])) if g not in (now, int(state.stock.ground[row])))
    return next(g for g in here if (g in allowed) is legal and state.slots.next[g] >= 0)


def held(window):
    return window.view_state.placing


def test_a_box_held_over_a_legal_slot_is_not_refused(qtbot, window, state):
    ground = another_slot(state)
    window.view.ghost_dragged.emit(0, ground)
    qtbot.waitUntil(lambda: not window.placer._background.busy)
    assert held(window).ground == ground
    assert not held(window).refused
    assert held(window).lines == (str(held(window).target),)


def test_a_box_held_over_a_refused_slot_tells_the_reason(qtbot, window, state):
    window.view.ghost_dragged.emit(0, another_slot(state, legal=False))
    qtbot.waitUntil(lambda: held(window).refused)
    assert len(held(window).lines) > 1


def test_a_drop_on_a_legal_slot_is_the_decision_to_modify(qtbot, window, feed, state):
    ground = another_slot(state)
    window.view.ghost_dragged.emit(0, ground)
    qtbot.waitUntil(lambda: not window.placer._background.busy)
    window.view.ghost_dropped.emit(0, ground)
    (decision,) = feed.decisions
    assert (decision.suggestion, decision.move) == (DIG_OUT, 0)
    assert ground_slot(state.yard, state.slots, decision.target) == ground
    assert (decision.actor, decision.role) == (window.actor, "controller")


def test_a_drop_that_is_not_judged_yet_is_left_to_the_engine(window, feed, state):
    ground = another_slot(state, legal=False)
    window.view.ghost_dragged.emit(0, ground)
    window.view.ghost_dropped.emit(0, ground)
    assert [type(decision) for decision in feed.decisions] == [Modify]


def test_a_drop_on_a_refused_slot_decides_nothing_and_says_why(qtbot, window, feed, state):
    ground = another_slot(state, legal=False)
    window.view.ghost_dragged.emit(0, ground)
    qtbot.waitUntil(lambda: held(window).refused)
    reason = held(window).lines[1]
    window.view.ghost_dropped.emit(0, ground)
    assert feed.decisions == []
    assert reason in window.status.note.text()
    assert held(window) is None


def test_letting_go_changes_nothing(window, feed, state):
    window.view.ghost_dragged.emit(0, another_slot(state))
    window.view.ghost_let_go.emit()
    assert held(window) is None
    assert feed.decisions == []


def test_a_drop_where_it_was_decides_nothing(window, feed, state):
    ground = ground_slot(state.yard, state.slots, the(state, DIG_OUT).moves[0].target)
    window.view.ghost_dragged.emit(0, ground)
    window.view.ghost_dropped.emit(0, ground)
    assert feed.decisions == []


def test_a_dropped_box_stays_drawn_until_the_verdict_is_there(window, state):
    ground = another_slot(state)
    window.view.ghost_dragged.emit(0, ground)
    window.view.ghost_dropped.emit(0, ground)
    window.ticker.tick()
    assert held(window) is not None
    window.ticker.tick()
    assert held(window) is None


def test_a_box_is_held_no_more_where_its_suggestion_is_withdrawn(window, feed, state):
    window.view.ghost_dragged.emit(0, another_slot(state))
    rows = tuple(
        replace(s, status=SuggestionStatus.WITHDRAWN) if s.id == DIG_OUT else s for s in state.suggestions
    )
    feed.snapshot = replace(feed.snapshot, state=state.with_columns(suggestions=rows))
    window.ticker.tick()
    assert held(window) is None


def test_put_back_gives_the_box_its_slot_again(window, feed, state):
    ground = another_slot(state)
    window.view.ghost_dragged.emit(0, ground)
    window.view.ghost_dropped.emit(0, ground)
    press(window, "put_back")
    assert feed.decisions[1] == Modify(
        DIG_OUT, 0, the(state, DIG_OUT).moves[0].target, window.actor, "controller"
    )
    window.run("put_back")
    assert len(feed.decisions) == 2
    assert "nothing can be taken back now" in window.status.note.text()


def test_the_key_asks_for_an_address_and_enter_takes_it(qtbot, window, feed, state):
    ground = another_slot(state)
    address = slot_address(state.yard, state.slots, ground, int(state.stock.count[ground]), 40)
    press(window, "elsewhere")
    dialog = window.placer._dialog
    qtbot.keyClicks(dialog.line, str(address))
    qtbot.waitUntil(lambda: not window.placer._background.busy)
    assert held(window).ground == ground
    assert str(address) in dialog.verdict.text()
    qtbot.keyClick(dialog.line, Qt.Key.Key_Return)
    assert [(d.move, d.target) for d in feed.decisions] == [(0, address)]
    assert window.placer._dialog is None


def test_a_refused_address_is_not_taken_and_says_why(qtbot, window, feed, state):
    ground = another_slot(state, legal=False)
    address = str(slot_address(state.yard, state.slots, ground, 0, 40)).rsplit("-", 1)[0]
    window.run("elsewhere")
    dialog = window.placer._dialog
    dialog.line.setText(address)
    qtbot.waitUntil(lambda: held(window).refused)
    qtbot.keyClick(dialog.line, Qt.Key.Key_Return)
    assert feed.decisions == []
    assert "◆" in dialog.verdict.text()
    dialog.close()
    assert held(window) is None


def test_escape_closes_the_address_and_changes_nothing(qtbot, window, feed, state):
    window.run("elsewhere")
    dialog = window.placer._dialog
    dialog.line.setText(str(slot_address(state.yard, state.slots, another_slot(state), 0, 40)))
    qtbot.keyClick(dialog.line, Qt.Key.Key_Escape)
    assert held(window) is None
    assert feed.decisions == []


def test_the_slots_weighed_are_offered_and_chosen_by_arrow_keys(qtbot, window, state):
    window.suggestions.table.choose(PLACE)
    window.run("elsewhere")
    dialog = window.placer._dialog
    qtbot.keyClick(dialog.line, Qt.Key.Key_Down)
    first = next(other for other in the(state, PLACE).alternatives if not other.refused)
    assert dialog.line.text() == str(first.target)
    dialog.close()


def test_the_address_of_a_suggestion_that_has_closed_is_not_taken_for_another(window, feed, state):
    window.run("elsewhere")
    dialog = window.placer._dialog
    window.suggestions.table.choose(PLACE)
    dialog.line.setText("A01-001-01-1")
    dialog.taken.emit(0, "A01-001-01-1")
    assert feed.decisions == []
    assert "no longer open" in dialog.verdict.text()


def test_nothing_can_be_held_in_a_replay(window, feed):
    assert window.view.deciding
    window.run("replay_now")
    window.ticker.tick()
    assert not window.view.deciding
    window.suggestions.table.choose(7)
    window.run("elsewhere")
    assert window.placer._dialog is None


@pytest.mark.parametrize(
    ("text", "says"),
    [
        ("", "expected a slot"), ("A01-6", "expected a slot"), ("Q99-006-03", "expected one of the blocks"),
        ("A01-005-03", "even bay"), ("A01-400-03", "expected bay"), ("A01-002-01-5", "next free tier"),
    ],
)  # fmt: skip
def test_a_text_that_names_no_slot_for_the_box_says_what_is_wrong(state, text, says):
    with pytest.raises(AddressError, match=says):
        slot_named(state, text, 40)


def test_an_address_is_read_whatever_the_case_and_without_the_tier(state):
    free = int(state.stock.count[0]) + 1
    assert slot_named(state, " a01-001-01 ", 20) == 0
    assert slot_named(state, f"A01-001-01-{free}", 20) == 0


def test_the_judgement_names_the_tier_that_the_box_would_have_by_then(state):
    suggestion = the(state, DIG_OUT)
    ground = another_slot(state)
    target = slot_address(state.yard, state.slots, ground, 0, 40)
    found = judge(state, suggestion, 0, target)
    assert found.refused == ()
    assert found.target.tier == int(state.stock.count[ground]) + 1


def test_a_slot_is_judged_under_the_conditions_of_the_state(state):
    suggestion, ground = the(state, DIG_OUT), another_slot(state)
    target = slot_address(state.yard, state.slots, ground, 0, 40)
    stormy = state.with_columns(conditions=Conditions(gust_mps=25.0))
    assert judge(state, suggestion, 0, target).refused == ()
    assert judge(stormy, suggestion, 0, target).refused == (rules.REASONS[rules.WIND],)


def test_a_reason_about_another_move_keeps_what_it_is_about():
    assert Texts("zh").reason("MSKU1234565 to A01-006-01-3: the stack is full") == (
        "MSKU1234565 to A01-006-01-3: 堆垛已满"
    )


def test_a_reason_is_known_by_its_own_sentence_before_one_that_fits_any():
    assert Texts("zh").reason("LYJU6936475: expected it at A01-027-03-2, found it on a machine") == (
        "LYJU6936475: 应在 A01-027-03-2，却在设备上"
    )


def test_why_a_change_was_refused_is_told_in_the_language_chosen(qtbot, state):
    reader = VerdictReader("me", Texts("zh"))
    decision = Modify(DIG_OUT, 0, the(state, DIG_OUT).moves[0].target, "me", "controller")
    verdict = Verdict(decision, False, "MSKU1234565 to A01-006-01-3: the stack is full")
    said = []
    reader.said.connect(said.append)
    snapshot = controller_snapshot()
    reader.take(replace(snapshot, state=snapshot.state.with_columns(verdicts=(verdict,))))
    assert said == ["未更改：MSKU1234565 to A01-006-01-3: 堆垛已满"]


@pytest.mark.parametrize(
    ("decision", "sentence"),
    [
        (SetClosed("A01", True, "me", "controller"), "A01 is closed; the same command opens it again."),
        (SetClosed("A01", False, "me", "controller"), "A01 is open again."),
        (
            SetService("RTG-01", False, "me", "controller"),
            "RTG-01 is out of service; the same key puts it back.",
        ),
        (SetService("RTG-01", True, "me", "controller"), "RTG-01 is in service again."),
        (
            Modify(DIG_OUT, 0, SlotAddress("A01", 1, 1, 1), "me", "controller"),
            "Put back: the suggestion is as it was offered.",
        ),
        (Acknowledge((4,), "me", "controller"), "Acknowledged."),
        (Acknowledge((4, 7, 9), "me", "controller"), "Acknowledged: 3 alarms."),
    ],
)
def test_a_decision_that_was_taken_is_told_with_what_it_was_about(qtbot, decision, sentence):
    reader, said = VerdictReader("me", Texts("en")), []
    reader.said.connect(said.append)
    snapshot = controller_snapshot()
    reader.take(replace(snapshot, state=snapshot.state.with_columns(verdicts=(Verdict(decision, True, ""),))))
    assert said == [sentence]


def test_the_mode_of_the_shown_snapshot_decides_whether_ghosts_can_be_taken(window, feed):
    feed.snapshot = replace(feed.snapshot, mode=Mode.LIVE)
    window.ticker.tick()
    assert window.view.deciding
