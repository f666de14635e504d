import numpy as np
from test_safety_scorecard import T_NS, log_of

from twin.safety.alarms import RULE_NAMES
from twin.safety.log import no_log
from twin.safety.scorecard import DAY_NS, MINUTE_NS, figures_of
from ui.i18n import Texts
from ui.panels.scores import ScorePage


def test_an_empty_log_meets_every_target(qtbot):
    page = ScorePage(Texts("en"))
    qtbot.addWidget(page)
    rows = page.rows(figures_of(no_log(), T_NS), "dark")
    assert rows[0].texts[:3] == ("Alarms in a day", "0", "≤ 150")
    assert len({row.symbol.cacheKey() for row in rows}) == 1


def test_a_target_that_is_missed_has_another_symbol_and_names_the_rule(qtbot):
    page = ScorePage(Texts("en"))
    qtbot.addWidget(page)
    rows = page.rows(figures_of(log_of(np.linspace(0.1, 1300, 160)), T_NS), "dark")
    assert rows[0].symbol.cacheKey() != rows[2].symbol.cacheKey()
    assert rows[0].texts[3] == f"most of them: {RULE_NAMES[0].capitalize()}"
    assert DAY_NS > 1300 * MINUTE_NS
