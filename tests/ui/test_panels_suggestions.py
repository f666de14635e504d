import re
from dataclasses import replace

import pytest
from PyQt6.QtCore import QRect, Qt
from PyQt6.QtGui import QFont, QFontMetrics

from tests.ui.app_samples import ListFeed, Shelf, a_suggestion, a_window
from tests.ui.suggestion_samples import DIG_OUT, PLACE, REFUSED, SORT, controller_snapshot, saving
from twin.clock import NS_PER_S
from twin.stacking.suggestion import Promise, SuggestionKind
from twin.yard.model import Block, BlockKind
from ui.i18n import Texts
from ui.panels.base import Page
from ui.panels.reasons import reasons_html
from ui.panels.saving import FACTORS, ranked, saving_cells
from ui.panels.suggestion_rows import LINES_PX, SHARES, SuggestionRow
from ui.panels.suggestions import REASONS, SuggestionPanel
from ui.theme import FAMILIES, TEXT_PX, palette

pytestmark = pytest.mark.qt_log_ignore("This plugin does not support", extend=True)
EN, COLOURS = Texts("en"), palette("dark")
TOLD = replace(
    a_suggestion(), saving=saving(-0.4, 5.25), confidence=0.82, conflicts=("RTG-02 is at work here",),
    basis=("the truck announced for 01:25",), promises=(Promise("TCLU7654321", 0.12),), crane_s=191.4,
)  # fmt: skip


@pytest.fixture
def window(qtbot):
    window = a_window(ListFeed(controller_snapshot()), Shelf())
    qtbot.addWidget(window)
    yield window
    window.close()


def test_the_most_useful_suggestion_comes_first_and_what_was_decided_last(window):
    assert [row.key for row in window.suggestions.table.rows.rows] == [DIG_OUT, PLACE, SORT, REFUSED]


def test_nothing_can_be_decided_before_there_is_anything_to_decide(qtbot):
    panel = SuggestionPanel(Texts("en"))
    qtbot.addWidget(panel)
    buttons = (panel.accept_button, panel.elsewhere_button, panel.refuse_button, panel.reason)
    assert not any(button.isEnabled() for button in buttons)


def test_a_likely_small_saving_goes_before_an_unlikely_large_one():
    likely = replace(a_suggestion(1), saving=saving(1.0, 5.0), confidence=0.9)
    large = replace(a_suggestion(2), saving=saving(1.0, 8.0), confidence=0.3)
    silent = a_suggestion(3)
    assert [s.id for s in ranked([silent, large, likely])] == [1, 2, 3]


def test_a_row_tells_what_where_moves_saving_and_how_sure(window):
    row = window.suggestions.table.rows.rows[0]
    assert isinstance(row, SuggestionRow)
    assert row.head.startswith("1  Dig out ")
    assert "A01-" in row.head
    assert row.count == "1 move"
    assert row.cells == ("1.4 reloc.", "5.2 min", "13.0 kWh", "3.5 kg CO₂e", "82 % sure")


def test_a_choice_that_nothing_speaks_for_says_so_in_place_of_figures():
    idle = replace(TOLD, kind=SuggestionKind.ALLOCATE, saving=saving(0.0, 0.01), confidence=0.001)
    assert saving_cells(idle, EN) == ("no better than the yard's own choice",)
    told = reasons_html(idle, EN, COLOURS)
    assert "nothing speaks for this choice" in told
    assert "chance of 0 %" not in told
    assert len(saving_cells(replace(idle, confidence=0.02), EN)) == len(SHARES)


def test_what_costs_instead_of_saving_has_a_minus_sign():
    assert saving_cells(TOLD, EN)[0] == "−0.4 reloc."


def test_a_dig_out_that_moves_by_default_tells_what_its_truck_is_spared():
    by_default = replace(TOLD, saving=saving(0.0, 0.0), confidence=None)

    assert saving_cells(by_default, EN) == ("spares its truck 3.2 min",)
    told = reasons_html(by_default, EN, COLOURS)
    assert "by default. Done before its truck comes, they spare it 3.2 min of waiting." in told


def test_what_frees_no_box_spares_no_truck():
    sorting = replace(TOLD, kind=SuggestionKind.HOUSEKEEPING)

    assert "truck comes" in reasons_html(TOLD, EN, COLOURS)
    assert "truck comes" not in reasons_html(sorting, EN, COLOURS)


def test_only_a_suggestion_with_something_in_its_way_is_marked(window):
    marked = {row.key: row.marked for row in window.suggestions.table.rows.rows}
    assert marked == {DIG_OUT: False, PLACE: False, SORT: True, REFUSED: False}


def told(window, suggestions):
    """Let a tick pass in which there are these suggestions."""
    window.ticker.live.snapshot = replace(
        window.snapshot, state=window.snapshot.state.with_columns(suggestions=suggestions)
    )
    window.ticker.tick()


def point_at(panel, key):
    """Choose a row as a person does."""
    panel.table.choose(key)
    panel.table.clicked.emit(panel.table.currentIndex())


def better_ones(state, count=8):
    better = (replace(a_suggestion(60 + k), saving=saving(9.0, 90.0), confidence=1.0) for k in range(count))
    return (*better, *state.suggestions)


def later(window, seconds):
    state = window.snapshot.state
    later = state.with_columns(t_ns=state.t_ns + round(seconds * NS_PER_S))
    window.ticker.live.snapshot = replace(window.snapshot, state=later)
    window.ticker.tick()


def test_while_a_list_fills_the_most_useful_is_chosen_until_a_person_points_at_one(window):
    panel, first = window.suggestions, window.snapshot.state
    assert panel.table.keys() == (DIG_OUT,)
    told(window, better_ones(first, 1))
    assert panel.table.keys() == (60,)
    point_at(panel, 60)
    told(window, better_ones(first, 8))
    assert panel.table.keys() == (60,)


def test_once_a_list_has_stood_for_ten_seconds_what_is_chosen_stays_so(window):
    panel, first = window.suggestions, window.snapshot.state
    later(window, 9.5)
    told(window, better_ones(first, 1))
    assert panel.table.keys() == (60,)
    later(window, 1.0)
    told(window, better_ones(first, 8)[1:])
    assert panel.table.keys() == (61,)  # the one chosen is gone
    told(window, better_ones(first, 1)[:1] + better_ones(first, 8)[1:])
    assert panel.table.keys() == (61,)


def test_a_list_that_was_empty_fills_anew(window):
    panel, first = window.suggestions, window.snapshot.state
    told(window, ())
    later(window, 60.0)
    told(window, first.suggestions)
    later(window, 1.0)
    told(window, better_ones(first, 1))
    assert panel.table.keys() == (60,)


def test_the_row_chosen_stays_in_view_when_better_ones_come_before_it(window):
    panel = window.suggestions
    point_at(panel, DIG_OUT)
    better = tuple(
        replace(a_suggestion(number), saving=saving(9.0, 90.0), confidence=1.0) for number in range(60, 68)
    )
    state = window.snapshot.state
    told(window, (*better, *state.suggestions))
    line = [row.key for row in panel.table.rows.rows].index(DIG_OUT)
    assert panel.table.keys() == (DIG_OUT,)
    assert line == len(better)
    assert panel.table.viewport().rect().contains(panel.table.visualRect(panel.table.rows.index(line, 0)))


def test_the_row_chosen_stays_whole_in_view_when_the_list_gets_lower(window):
    table = window.suggestions.table
    table.choose(SORT)
    table.resize(table.width(), table.height() - LINES_PX // 2)
    assert table.viewport().rect().contains(table.visualRect(table.currentIndex()))


def test_a_list_scrolled_away_from_the_row_chosen_is_left_there(window):
    table = window.suggestions.table
    table.choose(DIG_OUT)
    state = window.snapshot.state
    more = tuple(a_suggestion(number) for number in range(60, 68))
    told(window, (*state.suggestions, *more))
    table.scrollToBottom()
    told(window, (*state.suggestions, *more[1:]))
    assert table.verticalScrollBar().value() > 0


@pytest.mark.parametrize("language", ["en", "zh"])
def test_no_slot_or_box_of_the_reasons_is_wrapped_in_a_panel_of_the_narrowest_width(qtbot, language):
    font, shown = QFont(), Page()
    qtbot.addWidget(shown)
    font.setFamilies(list(FAMILIES))
    font.setPixelSize(TEXT_PX[language])
    shown.setFont(font)
    shown.resize(410 - 2 * 8, 400)
    shown.show()
    shown.setHtml(reasons_html(TOLD, Texts(language), COLOURS))
    block, named = shown.document().begin(), 0
    while block.isValid():
        lines = block.text().split("\u2028")
        if re.search(r"[A-Z]{4}\d{7}\s\(|^[A-Z]\d\d-\d", block.text()):
            named += 1
            assert block.layout().lineCount() == len(lines), block.text()
            widest = max(block.layout().lineAt(k).naturalTextWidth() for k in range(len(lines)))
            assert widest < shown.viewport().width()
        block = block.next()
    assert named == len(TOLD.moves) + len(TOLD.alternatives)


@pytest.mark.parametrize("language", ["en", "zh"])
def test_nothing_of_a_row_is_cut_in_a_panel_of_the_narrowest_width(window, language):
    texts = Texts(language)
    font = QFont(window.font())
    font.setPixelSize(TEXT_PX[language] - 1)
    small = QFontMetrics(font)
    wide = 410 - 2 * 8 - 2 * 8 - 11
    worst = replace(TOLD, saving=saving(12.4, 25.2), confidence=1.0)
    for cell, share in zip(saving_cells(worst, texts), SHARES, strict=True):
        assert small.horizontalAdvance(cell) <= wide * share / 100, cell


def test_the_rows_fit_their_texts_in_the_list_that_is_shown(window):
    table = window.suggestions.table
    area: QRect = table.visualRect(table.rows.index(0, 0))
    for row in table.rows.rows:
        metrics = QFontMetrics(table.font())
        assert metrics.horizontalAdvance(f"{row.head}  {row.count}") + 36 <= area.width()


def test_three_whole_rows_are_seen_in_a_window_of_900_px(window):
    assert window.suggestions.table.viewport().height() >= 3 * LINES_PX


def test_the_reasons_tell_saving_sigma_basis_conflicts_and_promises():
    page = reasons_html(TOLD, EN, COLOURS)
    for words in (
        "Saves −0.40 ± 0.40 relocations, 5.2 crane minutes, 13.1 kWh, 3.5 kg CO₂e", "chance of 82 %",
        "Against: digging out while the truck waits", "the truck announced for 01:25",
        "RTG-02 is at work here", "12 %", "3 min 11 s",
    ):  # fmt: skip
        assert words in page, words


def test_only_a_conflict_has_a_colour_of_its_own():
    assert COLOURS.high in reasons_html(TOLD, EN, COLOURS)
    assert COLOURS.high not in reasons_html(replace(TOLD, conflicts=()), EN, COLOURS)


def test_a_promise_is_told_where_the_box_comes_to_rest():
    first, second = TOLD.moves
    twice = replace(TOLD, moves=(first, replace(second, number=first.number)))
    page = reasons_html(replace(twice, promises=(Promise(first.number, 0.37),)), EN, COLOURS)
    assert page.count("37 %") == 1
    assert page.index("37 %") > page.index(str(second.target))


def test_the_source_of_the_energy_factor_is_that_of_the_machine_that_would_work():
    blocks = [Block("A01", kind, (0.0, 0.0), 0.0, 20, 6, 5) for kind in (BlockKind.RTG, BlockKind.RMG)]
    yards = [type("Y", (), {"blocks": (block,)})() for block in blocks]
    pages = [reasons_html(TOLD, EN, COLOURS, yard) for yard in yards]
    assert "Georgia Ports" in pages[0]
    assert "OpenTISim" in pages[1]
    assert all(FACTORS.split(":")[0] in page for page in pages)


def test_what_a_solver_wrote_is_escaped():
    assert "<script>" not in reasons_html(replace(TOLD, basis=("<script>",)), EN, COLOURS)


def test_sorting_has_words_of_its_own_in_both_languages():
    sorting = replace(TOLD, kind=SuggestionKind.HOUSEKEEPING)
    assert "Sort around CMAU0000018" in reasons_html(sorting, EN, COLOURS)
    assert "整理 CMAU0000018" in reasons_html(sorting, Texts("zh"), COLOURS)


def test_reading_the_reasons_is_not_interrupted_by_the_next_tick(window):
    window.suggestions.table.choose(PLACE)
    bar = window.suggestions.detail.verticalScrollBar()
    bar.setValue(bar.maximum())
    place = bar.value()
    state = window.snapshot.state
    again = tuple(state.suggestions)[::-1][::-1]
    window.show_snapshot(replace(window.snapshot, state=state.with_columns(suggestions=(*again,))))
    window.suggestions.refresh()
    assert place > 0
    assert bar.value() == place


def test_a_refusal_without_a_reason_asks_for_it_and_return_takes_the_one_chosen(window, qtbot):
    panel, refused = window.suggestions, []
    panel.refused.connect(lambda number, why: refused.append((number, why)))
    panel.table.choose(DIG_OUT)
    window.run("refuse")
    assert refused == []
    assert "reason" in window.status.note.text()
    popup = panel.reason.view()
    qtbot.keyClick(popup, Qt.Key.Key_Down)
    qtbot.keyClick(popup, Qt.Key.Key_Down)
    marked = REASONS[popup.currentIndex().row()]
    assert marked != REASONS[0]
    qtbot.keyClick(popup, Qt.Key.Key_Return)
    assert refused == [(DIG_OUT, marked)]
    assert panel.reason.currentText() == ""


def test_a_reason_that_is_typed_is_taken_by_return_and_belongs_to_its_suggestion(window, qtbot):
    panel, refused = window.suggestions, []
    panel.refused.connect(lambda number, why: refused.append((number, why)))
    panel.table.choose(DIG_OUT)
    panel.reason.setEditText("for another")
    panel.table.choose(PLACE)
    panel.refuse()
    assert refused == []
    panel.reason.hidePopup()
    panel.reason.setEditText("hold for customs")
    qtbot.keyClick(panel.reason.lineEdit(), Qt.Key.Key_Return)
    assert refused == [(PLACE, "hold for customs")]


def test_refusing_where_no_open_suggestion_is_selected_says_so(window):
    window.suggestions.table.choose(REFUSED)
    window.run("refuse")
    assert window.status.note.text() == "No open suggestion is selected."
