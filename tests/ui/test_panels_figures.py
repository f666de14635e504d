from itertools import combinations

import pytest
from PyQt6.QtCore import QRectF
from PyQt6.QtGui import QFont

from ui.panels.figures import FillBars
from ui.theme import FAMILIES, TEXT_PX

pytestmark = pytest.mark.qt_log_ignore("This plugin does not support", extend=True)


def bars(qtbot, blocks, size, language="en"):
    font, found = QFont(), FillBars()
    qtbot.addWidget(found)
    font.setFamilies(list(FAMILIES))
    font.setPixelSize(TEXT_PX[language])
    found.setFont(font)
    found.resize(*size)
    found.show_shares([(f"{chr(65 + k % 6)}{1 + k // 6:02d}", k / max(blocks - 1, 1)) for k in range(blocks)])
    return found


@pytest.mark.parametrize("language", ["en", "zh"])
@pytest.mark.parametrize("blocks", [1, 6, 17, 20])
def test_each_bar_has_the_name_of_its_block(qtbot, blocks, language):
    found = bars(qtbot, blocks, (370, 200), language)
    cells = found.cells()
    assert found.named()
    assert len(cells) == blocks
    assert not any(a.intersects(b) for a, b in combinations(cells, 2))
    assert all(QRectF(found.rect()).contains(cell) for cell in cells)


def test_blocks_that_have_room_for_no_names_have_bars_and_are_told_by_hovering(qtbot):
    found = bars(qtbot, 200, (370, 200))
    assert not found.named()
    assert "A01  0 %" in found.toolTip()
    assert all(QRectF(found.rect()).adjusted(0, 0, 1, 1).contains(cell) for cell in found.cells())


@pytest.mark.parametrize("blocks", [0, 17, 200])
def test_bars_are_painted_whatever_their_number(qtbot, blocks):
    image = bars(qtbot, blocks, (370, 200)).grab().toImage()
    colours = {image.pixel(x, y) for x in range(0, 370, 3) for y in range(0, 200, 3)}
    assert (len(colours) > 1) == (blocks > 0)
