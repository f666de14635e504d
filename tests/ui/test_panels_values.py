import math
from dataclasses import replace

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from tests.ui.app_samples import a_snapshot, a_suggestion
from twin.clock import NS_PER_S
from twin.fleet import suspicion
from twin.state import Counts
from twin.stock.table import Place
from ui.i18n import Texts
from ui.panels.alarm_rows import ordered, preset_of
from ui.panels.figures import Rates, shares
from ui.panels.finding import offered_things, pick_of, same_thing
from ui.panels.formats import fields, number, span, utc
from ui.panels.inspector_fields import block_fields, box_fields, mover_fields, where_is_box
from ui.panels.reasons import reasons_html, total_of
from ui.panels.timeline import instant_of
from ui.scene.camera import Camera
from ui.scene.presets import preset
from ui.theme import palette
from ui.view_state import PickKind

EN = Texts("en")
DAY_NS = 1_790_000_000 // 86_400 * 86_400 * NS_PER_S


@pytest.fixture(scope="module")
def state():
    return a_snapshot().state


@pytest.mark.parametrize(
    ("seconds", "text"),
    [
        (0.0, "0.0 s"), (9.94, "9.9 s"), (59.4, "59 s"), (61, "1 min 01 s"), (3 * 3600 + 300, "3 h 05 min"),
        (90_000, "1 d 1 h"), (-75, "−1 min 15 s"), (math.inf, "–"), (math.nan, "–"),
    ],
)  # fmt: skip
def test_a_length_of_time_is_written_in_the_units_people_read(seconds, text):
    assert span(seconds) == text


@given(st.floats(0, 1e9))
def test_every_length_of_time_can_be_written(seconds):
    assert span(seconds)


def test_numbers_carry_units_and_a_dash_stands_for_what_is_not_known():
    assert number(24_321.6, 0, "kg") == "24\u202f322 kg"
    assert number(math.nan, 1, "m") == "–"


def test_a_box_that_a_machine_out_of_radio_has_is_on_none_that_is_known(state):
    columns = state.stock.editable("place", "carrier")
    columns["place"][0], columns["carrier"][0] = Place.CARRIED, -1
    unheard = state.with_columns(stock=state.stock.with_columns(**columns))

    assert where_is_box(unheard, 0, EN) == "On a machine that no radio reaches"
    assert preset("box:0", replace(a_snapshot(), state=unheard), Camera(), 1.5) is None


def test_an_instant_is_written_in_utc():
    assert utc(0, date=True) == "1970-01-01 00:00:00"


def test_what_a_message_brought_is_escaped():
    assert "<script>" not in fields([("a", "<script>")], "#000000")


def test_a_suggestion_with_markup_in_it_is_escaped():
    bad = replace(a_suggestion(), subject="<b>x</b>")
    assert "<b>x</b>" not in reasons_html(bad, EN, palette("dark"))


def test_every_term_and_alternative_of_a_suggestion_is_given():
    page = reasons_html(a_suggestion(), EN, palette("dark"))
    for text in ("Crane time", "Future relocations", "A01-014-02-1", "kept for dangerous goods", "proven"):
        assert text in page


def test_the_total_is_the_weighed_sum_of_the_terms():
    assert total_of(a_suggestion().terms) == pytest.approx(2 * 120 + 191.4 + 0.35 * 90)


def test_alarms_come_by_state_then_priority_then_newest(state):
    alarms = state.alarms.with_columns(
        priority=np.array([3, 1, 1], np.int8), state=np.array([0, 1, 0], np.int8)
    )
    assert ordered(alarms) == [2, 0, 1]


def test_an_alarm_without_machine_or_slot_is_looked_at_from_its_nearest_block(state):
    assert preset_of(state, 0).startswith("block:")
    nowhere = state.alarms.with_columns(x_m=np.full(3, np.nan))
    assert preset_of(replace(state, alarms=nowhere), 0) == "yard"


def test_a_box_tells_its_slot_mass_and_what_stands_above(state):
    row = int(np.flatnonzero((state.stock.place == Place.STACKED) & (state.stock.tier == 0))[0])
    told = dict(box_fields(state, row, EN))
    assert told["Where"].count("-") == 3
    assert told["Gross mass"].endswith("kg")
    above = state.stock.occupant[state.stock.ground[row]]
    assert int(told["Boxes above"]) >= int((above >= 0).sum()) - 1


def test_every_box_machine_and_block_can_be_told(state):
    for texts in (EN, Texts("zh")):
        for row in range(len(state.stock)):
            assert box_fields(state, row, texts)
        for row in range(len(state.fleet)):
            assert mover_fields(state, row, texts)
        for row in range(len(state.yard.blocks)):
            assert block_fields(state, row, texts)


def test_a_machine_that_has_left_is_told_as_gone_and_nothing_more_of_it(state):
    present = state.fleet.present.copy()
    present[0] = False
    told = dict(mover_fields(replace(state, fleet=state.fleet.with_columns(present=present)), 0, EN))
    assert told["Position data"] == "Has left through a gate"
    assert set(told) == {"Kind", "Position data"}


def test_a_machine_tells_age_fix_quality_and_sigma(state):
    told = dict(mover_fields(state, 0, EN))
    assert told["Fix quality"] == "4  RTK fixed"
    assert told["Sigma, horizontal"] == "0.03 m"
    assert told["Age of position"] == "0.0 s"


def test_a_rate_is_not_given_before_two_minutes_were_seen(state):
    rates = Rates()
    rates.take(state)
    later = replace(state, t_ns=state.t_ns + 60 * NS_PER_S, counts=Counts(moves=1))
    rates.take(later)
    assert math.isnan(rates.per_hour(later, "moves"))


def test_thirty_moves_in_half_an_hour_are_sixty_an_hour(state):
    rates = Rates()
    rates.take(replace(state, counts=Counts()))
    later = replace(state, t_ns=state.t_ns + 1800 * NS_PER_S, counts=Counts(moves=30))
    rates.take(later)
    assert rates.per_hour(later, "moves") == pytest.approx(60.0)


def test_a_jump_in_time_begins_the_rates_anew(state):
    rates = Rates()
    rates.take(state)
    later = replace(state, t_ns=state.t_ns + 1800 * NS_PER_S, epoch=9, counts=Counts(moves=30))
    rates.take(later)
    assert math.isnan(rates.per_hour(later, "moves"))


def test_shares_of_the_blocks_lie_between_none_and_all(state):
    assert [name for name, _ in shares(state)] == [block.name for block in state.yard.blocks]
    assert all(0 <= share <= 1 for _, share in shares(state))


def test_a_machine_is_found_by_a_part_of_its_name(state):
    (found, *_) = offered_things(state, EN, "rtg-02")
    pick = pick_of(state, found[0])
    assert (pick.kind, pick.row) == (PickKind.MOVER, 1)


def test_a_box_is_found_by_its_number(state):
    wanted = state.stock.number[5].decode()
    assert offered_things(state, EN, wanted.lower())[0][1] == wanted


def test_nothing_is_found_for_a_name_that_nothing_has(state):
    assert offered_things(state, EN, "no such thing") == []


def test_a_box_that_is_gone_in_the_other_epoch_is_no_longer_selected(state):
    pick = pick_of(state, "box:0")
    others = state.stock.with_columns(number=np.full(len(state.stock), b"XXXU0000000", "S11"))
    assert same_thing(pick, state, replace(state, stock=others)) is None


@pytest.mark.parametrize(
    ("text", "seconds"), [("00:10", 600), ("00:10:05", 605), (" 00:10:05.500 ", 605.5), ("01:00", 3600)]
)
def test_a_typed_instant_is_that_of_the_recorded_day(text, seconds):
    assert instant_of(text, (DAY_NS, DAY_NS + 3600 * NS_PER_S)) == DAY_NS + round(seconds * NS_PER_S)


def test_a_typed_instant_after_midnight_is_found_in_a_span_over_midnight():
    first, last = DAY_NS + 86_000 * NS_PER_S, DAY_NS + 87_000 * NS_PER_S
    assert instant_of("00:05", (first, last)) == DAY_NS + 86_700 * NS_PER_S


@pytest.mark.parametrize("text", ["", "later", "25:00", "12:00", "1"])
def test_what_is_no_instant_of_the_span_is_none(text):
    assert instant_of(text, (DAY_NS, DAY_NS + 3600 * NS_PER_S)) is None


def test_a_machine_in_doubt_tells_why_and_one_out_of_service_that_it_raises_no_alarms(state):
    suspect = state.tracks.suspect.copy()
    suspect[0] = suspicion.Suspicion.JUMP
    doubted = state.with_columns(
        tracks=state.tracks.with_columns(suspect=suspect), out_of_service=(state.fleet.name[0].decode(),)
    )
    told = dict(mover_fields(doubted, 0, EN))
    assert told["Doubted"] == suspicion.REASONS[suspicion.Suspicion.JUMP]
    assert "raises no alarms" in told["Service"]
    assert "Doubted" not in dict(mover_fields(state, 0, EN))
