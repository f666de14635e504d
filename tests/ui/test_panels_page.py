import pytest

from ui.panels.base import Page

pytestmark = pytest.mark.qt_log_ignore("This plugin does not support", extend=True)

LONG = "<p>".join(["line"] * 80)


@pytest.fixture
def page(qtbot):
    page = Page()
    qtbot.addWidget(page)
    page.resize(300, 200)
    page.show()
    page.write(LONG, "one")
    page.verticalScrollBar().setValue(page.verticalScrollBar().maximum())
    return page


def test_a_page_that_is_written_anew_stays_where_it_was_scrolled_to(page):
    place = page.verticalScrollBar().value()
    page.write(f"{LONG}<p>more", "one")
    assert "more" in page.toPlainText()
    assert page.verticalScrollBar().value() == place > 0


def test_a_page_about_something_else_begins_at_its_top(page):
    page.write(LONG, "another")
    assert page.verticalScrollBar().value() == 0


def test_the_same_words_are_not_laid_out_again(page):
    revision = page.document().revision()
    page.write(LONG, "one")
    assert page.document().revision() == revision
