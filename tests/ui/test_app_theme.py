from collections import Counter

import pytest
from PyQt6.QtGui import QColor, QKeySequence

from twin.safety.table import Priority
from ui.actions import ACTIONS, action, nudge_keys
from ui.theme import THEMES, Palette, alarm_pixmap, icon, palette, style_sheet
from ui.workspaces import PANEL_TITLES, WORKSPACES


def luminance(colour: str) -> float:
    def linear(value: float) -> float:
        return value / 12.92 if value <= 0.04045 else ((value + 0.055) / 1.055) ** 2.4

    c = QColor(colour)
    return 0.2126 * linear(c.redF()) + 0.7152 * linear(c.greenF()) + 0.0722 * linear(c.blueF())


def contrast(a: str, b: str) -> float:
    low, high = sorted((luminance(a), luminance(b)))
    return (high + 0.05) / (low + 0.05)


def test_contrast_of_black_on_white_is_21():
    assert contrast("#000000", "#FFFFFF") == pytest.approx(21.0)


@pytest.mark.parametrize("theme", THEMES)
def test_texts_are_readable_on_every_ground(theme):
    colours = palette(theme)
    for ground in (colours.window, colours.panel, colours.raised, colours.selected):
        assert contrast(colours.text, ground) >= 7.0
        assert contrast(colours.muted, ground) >= 4.5


@pytest.mark.parametrize("theme", THEMES)
@pytest.mark.parametrize("mode", ["live", "simulation", "replay", "stale"])
def test_the_words_on_the_band_are_readable(theme, mode):
    colours = palette(theme)
    assert contrast(colours.band_text, colours.of_mode(mode)) >= 4.5


def test_the_three_modes_have_three_colours():
    colours = palette("dark")
    assert len({colours.of_mode(mode) for mode in ("live", "simulation", "replay")}) == 3


@pytest.mark.parametrize("theme", THEMES)
def test_an_alarm_symbol_or_its_outline_stands_out(theme):
    colours = palette(theme)
    for priority in Priority:
        found = contrast(colours.of_priority(priority), colours.panel)
        assert max(found, contrast(colours.outline, colours.panel) if theme == "light" else 0) >= 3.0


def test_alarm_colours_are_used_for_nothing_else():
    for theme in THEMES:
        colours = palette(theme)
        values = Counter(getattr(colours, name) for name in Palette.__dataclass_fields__)
        assert all(values[colours.of_priority(priority)] == 1 for priority in Priority)


def test_priorities_differ_in_shape_without_any_colour(qapp):
    shapes = set()
    for priority in Priority:
        image = alarm_pixmap("dark", priority, True).toImage()
        places = ((x, y) for x in range(image.width()) for y in range(image.height()))
        shapes.add(tuple(image.pixelColor(x, y).alpha() > 128 for x, y in places))
    assert len(shapes) == 3


@pytest.mark.parametrize("theme", THEMES)
@pytest.mark.parametrize("language", ["en", "zh"])
def test_no_field_of_the_style_sheet_is_left_open(theme, language):
    assert "$" not in style_sheet(theme, language)


def test_every_icon_of_a_command_can_be_drawn(qapp):
    for row in ACTIONS:
        if row.icon:
            assert not icon("dark", row.icon).pixmap(20, 20).isNull(), row.id


def test_no_key_means_two_things_in_one_workspace():
    for workspace in WORKSPACES:
        keys = [key for row in ACTIONS if row.workspace in ("", workspace.id) for key in row.keys]
        keys += list(nudge_keys()) if workspace.id == "plan" else []
        normal = Counter(QKeySequence(key).toString() for key in keys)
        assert [key for key, count in normal.items() if count > 1] == []


def test_every_command_has_a_key_that_qt_knows_and_a_tooltip():
    for row in ACTIONS:
        assert all(QKeySequence(key).toString() for key in row.keys), row.id
        assert row.tooltip, row.id
        assert row.tooltip != row.text, row.id


def test_ids_are_used_once_and_every_undo_is_a_command():
    assert len({row.id for row in ACTIONS}) == len(ACTIONS)
    for row in ACTIONS:
        if row.undo:
            action(row.undo)


def test_every_workspace_shows_panels_that_have_titles():
    for workspace in WORKSPACES:
        for name in (
            *workspace.right_top,
            *workspace.right_bottom,
            *workspace.bottom,
            *workspace.bottom_side,
        ):
            assert name in PANEL_TITLES
