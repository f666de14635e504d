import math
from dataclasses import replace

import pytest

from layouts.native import decode
from tests.ui.app_samples import ListFeed, Shelf, a_window, press
from twin.decisions import PublishLayout
from twin.errors import YardError
from twin.yard.edits import MoveBlock, RenameBlock, ResizeBlock, SetBlock, TurnBlock
from ui.editor.draft import free_name
from ui.editor.form import BlockForm, rows_of_text
from ui.i18n import Texts

pytestmark = pytest.mark.qt_log_ignore("This plugin does not support", extend=True)


@pytest.fixture
def feed():
    return ListFeed()


@pytest.fixture
def shelf():
    return Shelf()


@pytest.fixture
def window(qtbot, feed, shelf):
    window = a_window(feed, shelf)
    qtbot.addWidget(window)
    window.run("plan")
    window.run("edit")
    window.draft.select("A01")
    yield window
    window.close()


@pytest.fixture
def form(qtbot, feed):
    form = BlockForm(Texts("en"))
    qtbot.addWidget(form)
    form.show_block(feed.snapshot.state.yard.blocks[0])
    return form


def origin(window):
    return window.draft.yard.block("A01").origin_yard_m


def test_a_dragged_block_moves_in_the_draft_and_undo_brings_it_back(window, feed):
    window.view.block_dropped.emit("A01", 3.0, -2.0)
    assert origin(window) == (33.0, 60.0)
    press(window, "undo")
    assert window.draft.yard == feed.snapshot.state.yard
    press(window, "redo")
    assert origin(window) == (33.0, 60.0)


def test_editing_a_copy_leaves_the_live_yard_as_it_is(window, feed):
    before = feed.snapshot.state.yard
    window.planner.nudge(1.0, 0.0)
    window.ticker.tick()
    assert window.snapshot.state.yard is before


@pytest.mark.parametrize("step", [0.01, 0.1, 1.0])
def test_an_arrow_key_nudges_by_its_step(window, step):
    window.planner.nudge(step, 0.0)
    assert origin(window)[0] == pytest.approx(30.0 + step, abs=1e-9)


def test_arrow_keys_nudge_only_while_a_block_of_a_draft_is_selected(window):
    assert all(shortcut.isEnabled() for shortcut in window._keyboard._nudges)
    window.draft.select(None)
    assert not any(shortcut.isEnabled() for shortcut in window._keyboard._nudges)


def publish(qtbot, window, feed):
    press(window, "publish")
    qtbot.waitUntil(lambda: bool(feed.decisions), timeout=20_000)


def test_publishing_sends_the_draft_as_a_decision_of_a_planner(qtbot, window, feed):
    window.planner.nudge(1.0, 0.0)
    publish(qtbot, window, feed)
    (decision,) = feed.decisions
    assert isinstance(decision, PublishLayout)
    assert decision.role == "planner"
    sent = decode(decision.layout, "decision").yard
    assert sent.blocks == window.draft.yard.blocks
    assert sent.revision == feed.snapshot.state.yard.revision + 1


def test_a_refused_publication_keeps_the_draft_and_says_why(qtbot, window, feed):
    feed.answer = (False, "12 boxes would lose their slot")
    publish(qtbot, window, feed)
    window.ticker.tick()
    assert window.draft.editing
    assert "12 boxes would lose their slot" in window.status.note.text()


def test_a_published_draft_is_closed(qtbot, window, feed):
    feed.answer = (True, "")
    publish(qtbot, window, feed)
    window.ticker.tick()
    assert not window.draft.editing


def test_findings_and_effect_come_by_themselves(qtbot, window):
    window.view.block_dropped.emit("A01", 0.0, 20.0)
    with qtbot.waitSignal(window.draft.checked, timeout=20_000):
        pass
    assert any("overlaps" in finding.message for finding in window.draft.effect.findings)
    assert "keeps its place" in window.effect.body.toPlainText()


def test_removing_a_block_that_holds_boxes_says_how_many_lose_their_place(qtbot, window):
    press(window, "remove_block")
    with qtbot.waitSignal(window.draft.checked, timeout=20_000):
        pass
    lost = len(window.draft.effect.refit.displaced)
    assert lost > 0
    assert f"{lost} boxes would lose their place" in window.effect.body.toPlainText()
    assert window.draft.effect.after.teu < window.draft.effect.before.teu


def test_double_clicking_a_finding_looks_at_its_place(qtbot, window):
    with qtbot.waitSignal(window.draft.checked, timeout=20_000):
        window.view.block_dropped.emit("A01", 0.0, 20.0)
    window.findings.table.opened.emit(0)
    finding = window.draft.effect.findings[0]
    assert (window.view.cameras[-1]["x_m"], window.view.cameras[-1]["y_m"]) == (finding.x_m, finding.y_m)


def test_an_edit_that_cannot_be_changes_nothing_and_says_why(window):
    before = window.draft.yard
    window.draft.do(RenameBlock("A01", "B01"))
    assert window.draft.yard is before
    assert "used once" in window.status.note.text()


def test_an_added_block_has_a_free_name_and_is_selected(window):
    press(window, "add_block")
    assert window.draft.selected == "A03"
    assert len(window.draft.yard.blocks) == 7


def test_a_draft_that_was_left_is_taken_up_again(window):
    window.planner.nudge(1.0, 0.0)
    press(window, "discard")
    assert window.view.draft == (None, "A01")
    window.run("edit")
    assert origin(window) == (31.0, 62.0)


def test_the_draft_is_shown_in_its_workspace_only(window):
    window.run("control")
    assert window.view.draft[0] is None
    assert not window.view.editing
    window.run("plan")
    assert window.view.editing


def test_a_saved_draft_opens_again_and_its_warnings_are_shown(window, shelf, tmp_path):
    window.planner.nudge(1.0, 0.0)
    saved = window.draft.yard
    window.planner.save(tmp_path / "mine.yard.json")
    assert not window.draft.dirty
    window.planner.nudge(1.0, 0.0)
    window.planner.open(tmp_path / "mine.yard.json")
    assert window.draft.yard == saved
    assert window.status.note.text() == "a warning"


def test_a_layout_that_cannot_be_read_leaves_the_draft(window, tmp_path):
    def refuse(path):
        raise YardError("blocks[0].tiers: expected 1 to 9, got 0")

    before = window.draft.yard
    window.planner._load = refuse
    window.planner.open(tmp_path / "bad.yard.json")
    assert window.draft.yard is before
    assert "expected 1 to 9" in window.status.note.text()


def test_without_a_block_chosen_there_are_no_fields(window):
    window.draft.select(None)
    assert not window.editor.form.isVisibleTo(window.editor)
    window.draft.select(window.draft.yard.blocks[0].name)
    assert window.editor.form.isVisibleTo(window.editor)


def test_a_form_that_was_not_touched_asks_for_no_edit(form, feed):
    block = feed.snapshot.state.yard.blocks[0]
    assert form.edit_of(block) is None
    form.show_block(replace(block, origin_yard_m=(30.0049, 62.0), heading_rad=math.radians(12.3449)))
    assert form.edit_of(form._block) is None


def test_each_field_asks_for_its_own_edit(form, feed):
    block = feed.snapshot.state.yard.blocks[0]
    edits = []
    form.edited.connect(edits.append)
    form.origin_x.setValue(30.01)
    assert isinstance(edits[-1], MoveBlock)
    assert edits[-1].dx_m == pytest.approx(0.01)
    form.show_block(block)
    form.heading.setValue(90.0)
    assert edits[-1] == TurnBlock("A01", pytest.approx(math.pi / 2))
    form.show_block(block)
    form.tiers.setValue(4)
    assert edits[-1] == ResizeBlock("A01", 20, 6, 4)
    form.show_block(block)
    form.closed.click()
    assert edits[-1] == SetBlock("A01", closed=True)


@pytest.mark.parametrize(
    ("text", "rows"), [("", ()), ("1, 3-5", (1, 3, 4, 5)), ("2,2", (2,)), ("1，2", (1, 2)), ("5-3", ())]
)
def test_rows_are_read_from_numbers_and_ranges(text, rows):
    assert rows_of_text(text) == rows


@pytest.mark.parametrize("text", ["a", "1-", "-1", "1-2-3", "1-999999999"])
def test_what_is_no_list_of_rows_is_refused(text):
    with pytest.raises(YardError, match="rows"):
        rows_of_text(text)


def test_a_free_name_keeps_letters_and_width(feed):
    assert free_name(feed.snapshot.state.yard, "A01") == "A03"
