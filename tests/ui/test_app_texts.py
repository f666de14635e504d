import ast
import io
import re
from dataclasses import replace
from datetime import timedelta, timezone
from pathlib import Path
from typing import get_args

import pytest
from babel.messages.pofile import read_po as babel_read_po
from hypothesis import given
from hypothesis import strategies as st

from tests.ui.samples import sample_yard
from twin.decisions import Decision
from twin.fleet import suspicion
from twin.fleet.kinds import KINDS
from twin.safety.alarms import RULES
from twin.stacking.policies import TERMS
from twin.stacking.suggestion import Offer
from twin.stock.rules import REASONS
from twin.yard.model import Georeference
from ui.app import SceneTexts
from ui.i18n import Texts, catalogue, chosen_language, read_po
from ui.panels.clocks import offset_of, zone_of
from ui.panels.formats import clock, span, zone_name
from ui.panels.timeline import instant_of
from ui.panels.verdicts import _NOT_TAKEN, _TAKEN
from ui.scene import closures, conflicts, heat_marks, labels
from ui.scene.colouring import legend
from ui.view_state import ColourBy

ROOT = Path(__file__).parents[2]
CATALOGUE = ROOT / "assets" / "translations" / "zh_CN.po"
MINE = (
    "app", "main_window", "workspaces", "actions", "ticker", "theme", "shortcuts",
    "placing", "judging", "asking", "watch",
)  # fmt: skip
FIELD = re.compile(r"\{([a-z_]+)")


def texts_in_code() -> set[str]:
    files = [ROOT / "ui" / f"{name}.py" for name in MINE]
    files += [*(ROOT / "ui" / "panels").glob("*.py"), *(ROOT / "ui" / "editor").glob("*.py")]
    found = set()
    for path in files:
        for node in ast.walk(ast.parse(path.read_text("utf-8"))):
            if isinstance(node, ast.Call):
                name = getattr(node.func, "attr", getattr(node.func, "id", ""))
                place = {"tr": 0, "mark": 0, "say": 1}.get(name, 99)
                if len(node.args) > place and isinstance(node.args[place], ast.Constant):
                    found.add(node.args[place].value)
    return {text for text in found if isinstance(text, str)}


def texts_in_tables() -> set[str]:
    titles = {name.replace("_", " ").capitalize() for name in (*TERMS, *RULES)}
    legends = {title for mode in ColourBy if mode is not ColourBy.LINE for title, _ in legend(mode)}
    units = {kind.unit for kind in TERMS.values()}
    kinds = {kind.title for kind in KINDS.values()}
    alarms = {
        text for rule in RULES.values() for text in (rule.says, rule.cause, rule.consequence, rule.action)
    } | {rule.says_now for rule in RULES.values() if rule.says_now}
    doubts = {text for text in suspicion.REASONS.values() if text}
    scene = {conflicts.STACK, conflicts.OVERLAP, conflicts.SECONDS, labels.DOUBTED, labels.SECONDS}
    scene |= {closures.WORDS, heat_marks.TITLE, heat_marks.NOTHING, heat_marks.WORST}
    return titles | legends | units | kinds | alarms | doubts | {r for r in REASONS if r} | scene


def test_every_text_of_the_window_has_a_chinese_translation():
    assert sorted((texts_in_code() | texts_in_tables()) - set(catalogue("zh"))) == []


def test_every_decision_of_a_person_is_answered_in_words():
    answered = set(get_args(Decision)) - {Offer}
    assert set(_TAKEN) == set(_NOT_TAKEN) == answered


@pytest.mark.parametrize(
    "words",
    [
        "set down a box that was never identified", "read MSKU1234565, which is on no list",
        "alarms [3]: critical ones are never shelved", "alarms [3]: graver by now than when they were chosen",
        "expected a slot, found none",
        "box MSCU7654323: expected the check digit 9 (ISO 6346), found 3",
        "A01-003-11-1, taken in as 22G1 of 30480 kg (type and weight assumed)",
        "MSKU1234565 was taken for TCLU7654321: where it is, nothing has told",
        "discrepancy 4: MSKU1234565 was moved since", "RTG-01 has opened its twistlocks since",
        "discrepancy 4: the sensors tell no place; name a slot", "thresholds: expected at most 4, found 6",
        "closed at (1.00, 2.00) where no box is known",
    ],
)  # fmt: skip
def test_what_the_twin_says_of_alarms_and_discrepancies_is_translated(words):
    told = Texts("zh").reason(words)
    assert told != words
    assert any("\u4e00" <= letter <= "\u9fff" for letter in told)


def test_every_translation_has_the_fields_of_its_english_text():
    for english, chinese in catalogue("zh").items():
        assert set(FIELD.findall(english)) == set(FIELD.findall(chinese)), english


def test_the_catalogue_is_read_as_babel_reads_it():
    entries = babel_read_po(io.BytesIO(CATALOGUE.read_bytes()))
    expected = {message.id: message.string for message in entries if message.id}
    assert read_po(CATALOGUE.read_text("utf-8")) == expected


def test_strings_continued_on_further_lines_are_joined():
    assert read_po('msgid ""\n"one "\n"two"\nmsgstr "eins "\n"zwei"\n') == {"one two": "eins zwei"}


@pytest.mark.parametrize("text", ["", "\n\n", "# nothing\n", 'msgid "a"\nmsgstr ""\n'])
def test_what_is_not_translated_is_not_in_the_catalogue(text):
    assert read_po(text) == {}


def test_switching_the_language_sets_again_what_was_said():
    texts, shown = Texts("en"), []
    texts.say(shown.append, "Alarms")
    texts.switch("zh")
    texts.switch("en")
    assert shown == ["Alarms", "报警", "Alarms"]


def test_a_sentence_of_the_core_is_known_again_by_its_pattern():
    assert Texts("zh").tr("overlaps block B01") == "与箱区 B01 重叠"


def test_a_text_that_nobody_translated_stays_as_it_is():
    assert Texts("zh").tr("nobody translated this") == "nobody translated this"


@given(st.text(max_size=60))
def test_no_text_whatever_breaks_the_translation(text):
    assert isinstance(Texts("zh").tr(text), str)


@pytest.mark.parametrize(("asked", "chosen"), [("zh", "zh"), ("en", "en"), ("zh_CN", "zh")])
def test_the_language_asked_for_is_taken(asked, chosen):
    assert chosen_language(asked) == chosen


NINE_IN_CHINA = 1_799_974_800 * 10**9


@pytest.mark.parametrize(
    ("asked", "told"),
    [
        ("+8", "09:00:00 UTC+8"), ("0", "01:00:00 UTC"), ("+5:30", "06:30:00 UTC+5:30"),
        ("-3", "22:00:00 UTC−3"),
    ],
)  # fmt: skip
def test_instants_are_told_by_the_clock_of_the_zone_asked_for(asked, told):
    texts = Texts()
    texts.take_zone(zone_of(sample_yard(), asked))
    assert f"{clock(texts, NINE_IN_CHINA)} {zone_name(texts, NINE_IN_CHINA)}" == told


def test_a_yard_that_is_surveyed_in_cgcs2000_has_the_time_of_china():
    yard = replace(sample_yard(), georeference=Georeference(4549, (677394.0, 3390304.0)))
    assert zone_of(yard, "") == timezone(timedelta(hours=8))


def test_a_yard_of_another_frame_has_the_time_of_this_machine():
    assert zone_of(sample_yard(), "") is None


@pytest.mark.parametrize("words", ["Shanghai", "+25", "8:99", "++8"])
def test_what_is_no_offset_is_no_zone(words):
    assert offset_of(words) is None


def test_an_instant_that_is_typed_is_one_of_the_yards_clock():
    span_ns = (NINE_IN_CHINA - 3600 * 10**9, NINE_IN_CHINA + 3600 * 10**9)
    assert instant_of("09:00", span_ns, timezone(timedelta(hours=8))) == NINE_IN_CHINA
    assert instant_of("01:00", span_ns) == NINE_IN_CHINA


@pytest.mark.parametrize(
    ("seconds", "english", "chinese"),
    [
        (4.21, "4.2 s", "4.2 秒"), (60, "1 min 00 s", "1 分 00 秒"), (-75, "−1 min 15 s", "−1 分 15 秒"),
        (4000, "1 h 06 min", "1 小时 06 分"), (532_800, "6 d 4 h", "6 天 4 小时"),
    ],
)  # fmt: skip
def test_a_length_of_time_is_told_in_the_language_chosen(seconds, english, chinese):
    assert span(seconds) == span(seconds, Texts("en")) == english
    assert span(seconds, Texts("zh")) == chinese


def test_numbers_that_are_filled_in_have_a_minus_sign_and_names_keep_their_hyphens():
    said = Texts("en").tr("Reefer {box} is {value:+.1f} °C from its set point", box="A-1", value=-3.25)
    assert said == "Reefer A-1 is −3.2 °C from its set point"
    assert Texts("en").tr("{count} more", count=-2) == "−2 more"
    assert Texts("zh").tr("{more:+.1f} s", more=-1.5) == "−1.5 秒"
    assert Texts("zh").tr("{min} min {s:02d} s", min=3, s=7) == "3 分 07 秒"


def test_what_qt_says_itself_is_said_in_chinese(qapp):
    texts = SceneTexts(Texts("zh"))
    assert texts.translate("QFileDialog", "File &name:") not in (None, "File &name:")
    assert SceneTexts(Texts("en")).translate("QFileDialog", "File &name:") is None
