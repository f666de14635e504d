"""What is said in the window while loops are loaded before the first tick."""

import pytest

from tests.ui.app_samples import ListFeed
from ui import warming
from ui.i18n import LANGUAGES, Texts
from ui.warming import PARTS, Loading

pytestmark = pytest.mark.qt_log_ignore("This plugin does not support", extend=True)


@pytest.fixture
def feed():
    return ListFeed()


@pytest.fixture
def loading(monkeypatch, window):
    """The card over a window that waits, and what it is told."""
    told = [Loading(1, 57, 0.4, 23.6)]
    monkeypatch.setattr(warming, "done", lambda: not told)
    monkeypatch.setattr(warming, "so_far", lambda: told[-1])
    window.start()
    return window.loading, told


def signs(card):
    return "".join(state.text() for state, _ in card.parts)


def test_what_is_done_what_is_being_done_and_what_waits_is_told_with_signs(loading):
    card, told = loading
    assert card.isVisible()
    assert signs(card) == "✓▸···"
    assert card.bar.value() == 400
    assert card.count.text() == "57 loops compiled, 23 s"
    told.append(Loading(4, 120, 0.9, 60.0))
    card.refresh()
    assert signs(card) == "✓✓✓✓▸"


def test_only_where_loops_are_compiled_minutes_are_spoken_of(loading):
    card, told = loading
    assert "minutes" in card.why.text()
    told.append(Loading(0, 0, 0.0, 0.3))
    card.refresh()
    assert "minutes" not in card.why.text()


def test_the_card_goes_once_all_is_loaded(loading):
    card, told = loading
    told.clear()
    card.refresh()
    assert not card.isVisible()
    assert not card._look.isActive()


def test_it_is_told_in_the_language_chosen(loading, window):
    card, _ = loading
    before = [card.title.text(), card.why.text(), card.count.text(), *(w.text() for _, w in card.parts)]
    window.run("language")
    window.turns.finish()
    after = [card.title.text(), card.why.text(), card.count.text(), *(w.text() for _, w in card.parts)]
    assert all(a != b for a, b in zip(after, before, strict=True))


@pytest.mark.parametrize("language", [code for code in LANGUAGES if code != "en"])
def test_every_part_is_known_in_the_other_language(language):
    texts = Texts(language)
    assert all(texts.tr(what) != what for what, _ in PARTS)


def test_the_window_can_be_closed_while_it_waits(loading, window):
    card, _ = loading
    assert "Ctrl+Q" in card.close_button.toolTip()
    card.close_button.click()
    assert not window.isVisible()
    assert not card._look.isActive()
    assert window.ticker.live is None
