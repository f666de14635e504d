from dataclasses import replace

import pytest

from tests.ui.app_samples import ListFeed, Shelf, a_snapshot, a_window, press
from tests.ui.samples import T_NS
from twin.decisions import Remedy, Reopen, Settle
from twin.reconciliation import ASSUMED_KG
from twin.state import Discrepancy, Settlement
from twin.yard.slots import SlotAddress

pytestmark = pytest.mark.qt_log_ignore("This plugin does not support", extend=True)

LISTED = (
    Discrepancy(T_NS, "RTG-01", "taken", 1, "SFBU5213038", "NSCU6903726", "B01-005-01-1", "B01-009-02-1"),
    Discrepancy(T_NS, "RTG-02", "set down a box that was never identified", 2, found="B01-011-02-1"),
    Discrepancy(T_NS, "RTG-03", "closed", 3, "CMAU0000018", settled=Settlement(T_NS, "li", "list", "")),
    Discrepancy(T_NS, "QC-1", "read CMAU0000018, which is on no list", 4, "CMAU0000018"),
)


@pytest.fixture
def feed():
    base = a_snapshot(60)
    return ListFeed(replace(base, state=base.state.with_columns(discrepancies=LISTED)))


@pytest.fixture
def window(qtbot, feed):
    window = a_window(feed, Shelf())
    qtbot.addWidget(window)
    window.docks.raise_panel("discrepancies")
    yield window
    window.close()


def listed(window):
    return [row.key for row in window.discrepancies.table.rows.rows]


def test_what_is_open_is_listed_newest_first_and_counted(window):
    assert listed(window) == [4, 2, 1]
    assert window.discrepancies.summary.text() == "3 open, 1 settled"
    assert window.docks.docks["discrepancies"].windowTitle() == "Discrepancies (3)"


def test_settled_ones_are_listed_where_that_is_asked_for_with_who_and_how(window):
    window.discrepancies.all.setChecked(True)
    assert listed(window) == [4, 3, 2, 1]
    assert window.discrepancies.table.rows.rows[1].texts[-1] == "List right, li 14:13:20"


def test_a_row_tells_what_was_expected_and_what_was_found(window):
    assert window.discrepancies.table.rows.rows[2].texts[3:6] == (
        "SFBU5213038",
        "B01-005-01-1",
        "B01-009-02-1",
    )


def test_the_sensors_word_is_taken_with_name_and_role(window, feed):
    window.discrepancies.table.choose(1)
    press(window, "settle_sensors")
    assert feed.decisions == [Settle(1, Remedy.SENSORS, window.actor, "controller")]


def test_the_lists_word_is_taken(window, feed):
    window.discrepancies.table.choose(1)
    press(window, "settle_list")
    assert feed.decisions == [Settle(1, Remedy.LIST, window.actor, "controller")]


def test_a_slot_that_is_typed_is_taken(window, feed):
    window.discrepancies.table.choose(1)
    window.discrepancies.slot.setText("b01-009-02-1")
    press(window, "settle_slot")
    target = SlotAddress("B01", 9, 2, 1)
    assert feed.decisions == [Settle(1, Remedy.SLOT, window.actor, "controller", target)]
    assert window.discrepancies.slot.text() == ""


def test_a_text_that_names_no_slot_is_refused_with_what_was_expected(window, feed):
    window.discrepancies.table.choose(1)
    window.discrepancies.slot.setText("somewhere")
    press(window, "settle_slot")
    assert feed.decisions == []
    assert "expected block-bay-row-tier" in window.status.note.text()
    assert "expected block-bay-row-tier" in window.discrepancies.buttons[Remedy.SLOT].toolTip()


def test_a_discrepancy_without_a_box_needs_its_number(window, feed):
    window.discrepancies.table.choose(2)
    assert window.discrepancies.box.isEnabled()
    assert not window.discrepancies.buttons[Remedy.SENSORS].isEnabled()
    window.discrepancies.box.setText("msku1234565")
    press(window, "settle_sensors")
    assert feed.decisions == [Settle(2, Remedy.SENSORS, window.actor, "controller", number="MSKU1234565")]


def test_the_sensors_cannot_be_right_where_they_found_no_place(window, feed):
    window.discrepancies.table.choose(4)
    button = window.discrepancies.buttons[Remedy.SENSORS]
    assert not button.isEnabled()
    assert button.toolTip() == "discrepancy 4: the sensors tell no place; name a slot"


def test_a_box_on_no_list_is_put_on_the_stock_with_what_is_typed_of_it(window, feed):
    panel = window.discrepancies
    panel.table.choose(1)
    assert panel.mass.isHidden()
    panel.table.choose(4)
    assert not panel.mass.isHidden()
    for edit, text in (
        (panel.box, "cmau0000010"), (panel.slot, "B01-009-02-1"), (panel.type, "20g0"), (panel.mass, "8,000"),
    ):  # fmt: skip
        edit.setText(text)
    press(window, "settle_slot")
    target = SlotAddress("B01", 9, 2, 1)
    assert feed.decisions == [
        Settle(4, Remedy.SLOT, window.actor, "controller", target, "CMAU0000010", "20G0", 8_000.0)
    ]


def test_a_number_that_was_read_wrong_says_which_digit_is_and_can_be_typed(window, feed):
    panel = window.discrepancies
    panel.table.choose(4)
    panel.slot.setText("B01-009-02-1")
    panel.box.setText("CMAU0000017")
    assert "expected the check digit 0 (ISO 6346), found 7" in panel.buttons[Remedy.SLOT].toolTip()
    assert not panel.buttons[Remedy.SLOT].isEnabled()
    panel.box.setText("CMAU0000010")
    assert panel.buttons[Remedy.SLOT].isEnabled()
    assert panel.buttons[Remedy.SLOT].toolTip() == ""


def test_a_weight_that_is_no_number_is_told_beside_the_button(window):
    panel = window.discrepancies
    panel.table.choose(4)
    panel.slot.setText("B01-009-02-1")
    panel.mass.setText("heavy")
    assert panel.buttons[Remedy.SLOT].toolTip() == "Weight: expected kilograms as 24500, found heavy"


def test_what_is_assumed_is_what_the_fields_say(window):
    panel = window.discrepancies
    panel.table.choose(4)
    assert panel.mass.placeholderText() == f"Weight: {ASSUMED_KG:.0f} kg assumed"


def test_what_is_settled_is_taken_back_where_it_is_chosen(window, feed):
    window.discrepancies.all.setChecked(True)
    window.discrepancies.table.choose(3)
    window.discrepancies.back.click()
    assert feed.decisions == [Reopen(3, window.actor, "controller")]


def own_settled(window, feed):
    done = Settlement(T_NS + 5, window.actor, "list", "")
    listed = (replace(LISTED[0], settled=done), *LISTED[1:])
    feed.snapshot = replace(feed.snapshot, state=feed.snapshot.state.with_columns(discrepancies=listed))
    window.ticker.tick()
    window.turns.finish()


def test_undo_takes_back_what_one_settled_last(window, feed):
    own_settled(window, feed)
    press(window, "put_back")
    assert feed.decisions == [Reopen(1, window.actor, "controller")]


def test_where_one_settled_nothing_undo_says_so(window, feed):
    press(window, "reopen")
    assert feed.decisions == []
    assert "You have settled no discrepancy" in window.status.note.text()
    press(window, "put_back")
    assert "nothing can be taken back now" in window.status.note.text()


def test_what_is_settled_is_not_settled_again(window, feed):
    window.discrepancies.all.setChecked(True)
    window.discrepancies.table.choose(3)
    for button in window.discrepancies.buttons.values():
        assert not button.isEnabled()


def test_nothing_is_settled_in_a_replay(window, feed):
    window.run("replay_now")
    window.turns.finish()
    window.docks.raise_panel("discrepancies")
    window.ticker.tick()
    assert not any(button.isEnabled() for button in window.discrepancies.buttons.values())
    window.run("settle_list")
    assert feed.decisions == []


def test_the_key_flies_to_the_slot_else_to_the_machine_that_told(window, feed):
    press(window, "next_discrepancy")
    assert window.view.flights[-1].startswith("mover:")
    press(window, "next_discrepancy")
    block = next(b for b in feed.snapshot.state.yard.blocks if b.name == "B01")
    x, y = block.yard_from_block(5.5 * block.bay_pitch_m, 1.5 * block.row_pitch_m)
    assert window.view.cameras[-1]["x_m"] == pytest.approx(x)
    assert window.view.cameras[-1]["y_m"] == pytest.approx(y)


def test_a_list_without_discrepancies_says_that_all_agrees(window, feed):
    feed.snapshot = replace(feed.snapshot, state=feed.snapshot.state.with_columns(discrepancies=()))
    window.ticker.tick()
    assert window.discrepancies.summary.text() == "Sensors and list agree."


def test_idle_ticks_list_nothing_again(window):
    before = window.discrepancies.drawn
    for _ in range(3):
        window.ticker.tick()
    assert window.discrepancies.drawn == before
