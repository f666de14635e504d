import gc
from dataclasses import replace

import pytest
from PyQt6.QtWidgets import QLabel

from sensors import (
    decoder,
    doubling,
    epochs,
    gates,
    lines,
    messages,
    order,
    stepping,
    telemetry,
    tic40,
    vda5050,
)
from sensors.sources.hotplug import KEEPER
from tests.ui.samples import T_NS, alarms_of, sample_snapshot
from twin.flooding import Flooding, Sender
from twin.safety.alarms import RULE_NAMES
from twin.snapshot import Link, SourceHealth
from ui.i18n import Texts
from ui.panels.sources import SourcesPanel
from ui.panels.status import StatusBar

REASONS = {
    *lines.REASONS[1:], *gates.REASONS[1:], order.TWICE, order.RAN_BACK, epochs.TWO, epochs.WARNED,
    messages.TWICE, decoder.BINARY, decoder.CLOCK_OFF, stepping.TOGETHER, telemetry.NAME_TOO_LONG,
    f"message: {doubling.TWICE}",
    "no valid JSON object", "message: expected `int`, got `str` - at `$.t_ns`",
    "TIC4.0: message: object missing required field `speed_mps`", "VDA 5050: no valid JSON object",
    tic40.BOTH, tic40.TWO_LOCKED, vda5050.NOT_PLACED, vda5050.NOT_LOCALIZED, vda5050.FIELD_VIOLATED,
    "emergency stop MANUAL",
}  # fmt: skip
DETAILS = (
    "silent for 4.2 s, 0 devices connected to TCP 127.0.0.1:5018", "silent for 4.2 s",
    "1 device connected to TCP [::1]:5018, no bytes yet", "connected since 12:00:00Z, no bytes yet",
    "listens on TCP 0.0.0.0:5018 since 12:00:00Z, no device has connected yet",
    "listens on UDP 0.0.0.0:5018 since 12:00:00Z, nothing has come yet",
    "nothing has come to UDP 0.0.0.0:5018 for 9.1 s", "cannot connect: Connection refused; next try in 0.5 s",
    "2 gaps, the last 6.2 s up to 12:00:00Z (silent)", "3 refused from addresses not allowed, the last ::1",
    "7 of 9 positions over 200 m outside the fence of demo, the last at 39.90000,116.39000",
    "user: expected a user and password that it knows, found nobody by name: Not authorized",
    "calibration: expected residuals to 3.0 cm, found 12.5 cm at P3; "
    "without P3 the others agree to 0.3 cm, and P3 is left with east +25.0 cm, north +0.1 cm, up -0.0 cm",
    "address: expected an answer within 5 s, found none; the broker may hang",
    "the point with the largest residual is the first to doubt",
)  # fmt: skip


def chinese(text: str) -> bool:
    return any("\u4e00" <= letter <= "\u9fff" for letter in text)


def panel_of(qtbot, language: str, *sources: SourceHealth, rejects=()):
    panel = SourcesPanel(Texts(language))
    qtbot.addWidget(panel)
    panel.show()
    found = sample_snapshot(60)
    counts = replace(found.state.counts, rejects=rejects)
    panel.show_snapshot(replace(found, sources=sources, state=found.state.with_columns(counts=counts)))
    return panel


def row(panel, index: int = 0) -> list[str]:
    model = panel.table.model()
    return [model.index(index, column).data() for column in range(model.columnCount())]


@pytest.mark.parametrize("link", Link)
def test_how_the_bytes_of_a_source_come_is_told_in_both_languages(qtbot, link):
    source = SourceHealth("port", False, float("inf"), 0.0, 0, link=link)
    assert row(panel_of(qtbot, "en", source))[-1] == link.value
    assert chinese(row(panel_of(qtbot, "zh", source))[-1])


def flooded_by(qtbot, language, rule, **columns):
    """Give the panel of a source that a flood comes from, of an alarm's rule."""
    panel = panel_of(qtbot, language, SourceHealth("port", True, 0.1, 990.0, 0))
    senders = (
        Sender("port", "NOBODY", -1, 0, lines_per_s=900.0), Sender("port", "", -1, 0, lines_per_s=90.0),
        Sender("port", "TT-01", 5, 0, lines_per_s=500.0), Sender("other", "X", -1, 0, lines_per_s=400.0),
    )  # fmt: skip
    alarms = alarms_of(1, rule=[RULE_NAMES.index(rule)], **columns)
    flooding = Flooding(senders, ("other", "port"))
    state = panel.snapshot.state.with_columns(flooding=flooding, alarms=alarms, t_ns=2 * T_NS)
    panel.show_snapshot(replace(panel.snapshot, state=state))
    return row(panel)[-1]


@pytest.mark.parametrize("language", ["en", "zh"])
def test_a_source_that_is_flooded_is_told_with_the_rate_and_in_whose_name(qtbot, language):
    of_source = flooded_by(qtbot, language, "source_floods", source=[1])
    of_machine = flooded_by(qtbot, language, "machine_floods", mover=[5])
    if language == "zh":
        assert of_source == "泛洪：每秒 990 行不属于任何机械，多以 NOBODY 之名；已连接"
        assert of_machine == "泛洪：每秒 500 行，以 TT-01 的名义；已连接"
    else:
        assert of_source == "flooded: 990 lines/s of no machine, most as NOBODY; connected"
        assert of_machine == "flooded: 500 lines/s in the name of TT-01; connected"


def test_what_a_source_is_flooded_with_is_told_on_the_page_as_well(qtbot):
    panel = panel_of(qtbot, "en", SourceHealth("port", True, 0.1, 990.0, 0, "1 gap, the last 6.2 s"))
    flooding = Flooding((Sender("port", "NOBODY", -1, 0, lines_per_s=900.0),), ("port",))
    alarms = alarms_of(1, rule=[RULE_NAMES.index("source_floods")], source=[0])
    state = panel.snapshot.state.with_columns(flooding=flooding, alarms=alarms, t_ns=2 * T_NS)
    panel.show_snapshot(replace(panel.snapshot, state=state))
    told = "port: flooded: 900 lines/s of no machine, most as NOBODY; 1 gap, the last 6.2 s"
    assert told in panel.detail.toPlainText()


def test_a_source_is_not_called_flooded_for_another_or_for_a_flood_that_is_over(qtbot):
    assert flooded_by(qtbot, "en", "source_floods", source=[0]) == "connected"
    assert flooded_by(qtbot, "en", "source_floods", source=[1], clear_ns=[T_NS]) == "connected"


def test_a_port_that_nobody_has_sent_to_is_told_with_its_address(qtbot):
    detail = "listens on UDP 0.0.0.0:5018 since 12:00:00Z, nothing has come yet"
    source = SourceHealth("port", False, float("inf"), 0.0, 0, detail, Link.LISTENING)
    panel = panel_of(qtbot, "en", source)
    assert row(panel) == ["port", "–", "0", "0", "listening, nobody has sent yet"]
    assert f"port: {detail}" in panel.detail.toPlainText()
    assert "port: 自 12:00:00Z 起监听 UDP 0.0.0.0:5018，尚未收到任何数据" in (
        panel_of(qtbot, "zh", source).detail.toPlainText()
    )


def test_refusals_stand_under_their_source_with_reasons_and_the_twins_own_apart(qtbot):
    refused = (("wrong checksum", 2), ("time ran back", 1))
    walk = SourceHealth("walk", True, 0.1, 10.0, 3, refused=refused)
    total = (*refused, ("motion of a machine that was never announced", 7))
    text = " ".join(panel_of(qtbot, "en", walk, rejects=total).detail.toPlainText().split())
    assert "walk Lines wrong checksum 2 time ran back 1 whatever the source Lines motion of" in text
    assert text.count("wrong checksum") == 1


def test_the_file_of_sources_is_named_in_words_and_has_no_rate(qtbot):
    wrong = SourceHealth(KEEPER, False, 0.0, 0.0, 0, "file 'y.toml': expected TOML, found x", Link.WRONG)
    assert row(panel_of(qtbot, "en", wrong)) == ["File of sources", "–", "–", "–", "file is wrong"]
    assert "file 'y.toml'：应为 TOML，实为 x" in panel_of(qtbot, "zh", wrong).detail.toPlainText()


@pytest.mark.parametrize("words", sorted({*REASONS, *DETAILS}))
def test_what_sources_and_decoder_say_is_translated(words):
    texts = Texts("zh")
    assert all(chinese(texts.reason(part)) for part in words.split("; "))


@pytest.mark.parametrize("language", ["en", "zh"])
def test_names_of_sources_are_whole_where_there_is_little_room(qtbot, language):
    sources = [SourceHealth(KEEPER, True, 0.0, 0.0, 0, link=Link.READ)]
    sources += [SourceHealth("W" * 16, False, float("inf"), 0.0, 0, link=link) for link in Link]
    panel = panel_of(qtbot, language, *sources)
    panel.resize(430, 290)
    assert panel.table.columnWidth(0) >= panel.table.sizeHintForColumn(0) > 0


def test_the_file_of_sources_is_counted_as_no_source_but_marked_where_it_is_wrong(qtbot):
    bar = StatusBar(Texts("en"))
    qtbot.addWidget(bar)
    good = SourceHealth("port", True, 0.1, 10.0, 0, link=Link.CONNECTED)
    right = SourceHealth(KEEPER, True, 0.0, 0.0, 0, link=Link.READ)
    wrong = replace(right, connected=False, link=Link.WRONG)
    lamps = []
    for n, keeper in enumerate((right, wrong)):
        found = sample_snapshot(60)
        later = found.state.with_columns(t_ns=found.state.t_ns + n * 10**9)
        bar.show_snapshot(replace(found, sources=(keeper, good), state=later))
        assert "Sources 1/1" in [label.text() for label in bar.findChildren(QLabel)]
        symbol, _ = bar._lamps["sources"]
        lamps.append(symbol.pixmap().toImage())
    assert lamps[0] != lamps[1]


@pytest.fixture
def bar(qtbot):
    """A bar that is kept until the test's events are done: what is painted must not be collected."""
    found = StatusBar(Texts("en"))
    qtbot.addWidget(found)
    return found


def test_a_long_note_is_cut_and_does_not_widen_the_window(bar):
    bar.resize(1200, 30)
    bar.show()
    bar.say("short")
    narrow = bar.minimumSizeHint().width()
    assert bar.note.shown_text() == "short"
    bar.say("refused: " + "this box would lose its slot, " * 20)
    assert bar.minimumSizeHint().width() == narrow
    assert bar.note.shown_text().endswith("…")
    assert bar.note.shown_text()[:-1] in bar.note.text() == bar.note.toolTip()


def test_a_note_fades_and_that_of_a_bar_which_is_no_more_is_nobodys(qtbot, bar):
    for _ in range(20):
        other = StatusBar(Texts("en"))
        other._until.setInterval(20)
        other.say("gone with its bar")
        other.deleteLater()
        del other
        gc.collect()
    bar._until.setInterval(20)
    bar.say("history soon")
    qtbot.waitUntil(lambda: bar.note.text() == "")
