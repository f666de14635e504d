import numpy as np
from PyQt6.QtCore import Qt

from tests.ui.app_samples import a_snapshot
from tests.ui.samples import near_misses_of
from twin.safety.near_misses import BUILDING, STACK
from ui.i18n import Texts
from ui.panels.near_miss_file import csv_text
from ui.panels.near_miss_rows import STATE, WHO, NearMissModel, who


def test_a_building_is_called_one_in_the_list_and_in_the_file_and_a_stack_a_stack():
    stands = {"other_kind": np.array([BUILDING, STACK], np.int8), "other_freshness": np.full(2, -1, np.int8)}
    names = np.array([b"gate office", b"stack B01-001-01"], "S16")
    found = near_misses_of(a_snapshot(60).state, [(8, -1), (9, -1)], other_name=names, **stands)
    rows = NearMissModel(Texts("zh"))
    rows.show(found, ["", ""], np.arange(2, dtype=np.int32))
    assert [who(found, row, Texts("zh")).split(" / ")[1] for row in (0, 1)] == [
        "gate office", "堆垛 B01-001-01",
    ]  # fmt: skip
    for row, word in enumerate(("建筑物", "堆垛")):
        assert word in rows.data(rows.index(row, STATE))
        assert word in rows.data(rows.index(row, WHO), Qt.ItemDataRole.ToolTipRole)
    lines = csv_text(found, ["", ""], np.arange(2)).splitlines()[1:]
    assert [line.split(",")[5] for line in lines] == ["building", "stack"]
