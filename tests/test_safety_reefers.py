"""Alarms about reefers: out of the band round their set point, or without power; each names its box."""

from dataclasses import replace

import numpy as np
import pytest
import yard_at_work as work
from yard_at_work import A, B, C

from twin import codec
from twin.decisions import Acknowledge, SetLimit, Shelve
from twin.inputs import BoxAnnouncement, ReeferReading
from twin.safety.alarms import describe
from twin.safety.rules import RULE_NAMES
from twin.safety.scorecard import figures_of
from twin.safety.table import AlarmState, Priority
from twin.snapshot import Mode, Snapshot
from twin.state import State
from twin.stock import moves
from twin.stock.table import Place
from twin.tables import digest
from ui.i18n import LANGUAGES, Texts
from ui.panels.alarm_rows import preset_of, where_of
from ui.panels.alarm_words import said
from ui.scene.camera import Camera
from ui.scene.presets import preset

S, MINUTE = work.SECOND, 60.0
WARM, DARK = "reefer_off_set_point", "reefer_unpowered"


def yard(*numbers: str) -> State:
    return work.state_with(*(numbers or (A, B)), type_code="22R1")


def word(state: State, number: str = A, **said: float | bool) -> State:
    """The state after a reefer has said something; frozen cargo, in its band, where nothing else is said."""
    told = {"setpoint_c": -18.0, "supply_c": -18.2, "return_c": -17.5, "powered": True} | said
    return work.ticked(state, work.batch([], events=(ReeferReading("RACK", state.t_ns, number, **told),)))


def waited(state: State, minutes: float) -> State:
    return work.ticked(state, seconds=minutes * MINUTE)


def told(state: State) -> list[tuple[str, str]]:
    """The rules and boxes of the alarms that stand."""
    alarms = state.alarms
    return [
        (RULE_NAMES[rule], state.stock.number[box].decode())
        for rule, box in zip(alarms.rule.tolist(), alarms.box.tolist(), strict=True)
    ]


def warm(state: State | None = None) -> State:
    """A yard with one reefer that has been 6 degrees too warm for half an hour and is an alarm."""
    return waited(waited(word(yard() if state is None else state, return_c=-12.0), 20.0), 11.0)


@pytest.mark.parametrize(
    ("said", "value"),
    [
        ({"return_c": -15.9}, 2.1),
        ({"return_c": -20.5}, -2.5),
        ({"return_c": -16.1, "supply_c": -5.0}, None),
        ({"setpoint_c": 5.0, "supply_c": 7.5, "return_c": 5.0}, 2.5),
        ({"setpoint_c": 5.0, "supply_c": 5.5, "return_c": 9.0}, None),
        ({"setpoint_c": 13.0, "supply_c": 10.5, "return_c": 13.0}, -2.5),
    ],
)
def test_frozen_cargo_is_judged_by_the_return_air_and_chilled_by_the_supply(said, value):
    state = waited(waited(word(yard(), **said), 20.0), 11.0)
    assert told(state) == ([] if value is None else [(WARM, A)])
    assert state.alarms.value.tolist() == pytest.approx([] if value is None else [value])


def test_a_defrost_of_twenty_minutes_is_no_alarm():
    warmed = waited(word(yard(), return_c=-8.0), 20.0)
    assert len(warmed.pending) == 1
    cooled = waited(word(warmed), 15.0)
    assert told(cooled) == []
    assert len(cooled.pending) == 0


def test_an_alarm_about_a_box_is_low_names_it_and_no_machine_and_stands_at_its_slot():
    state = warm()
    alarms = state.alarms
    assert told(state) == [(WARM, A)]
    assert (alarms.mover[0], alarms.other[0], alarms.priority[0]) == (-1, -1, Priority.LOW)
    assert (alarms.x_m[0], alarms.y_m[0]) == tuple(state.slots.centre_yard_m[0])
    says = describe(alarms, 0, state.fleet, state.yard, state.slots, state.stock)
    assert says == f"Reefer {A} is +6.0 °C from its set point"


def test_it_returns_to_normal_below_the_dead_band_and_goes_when_acknowledged():
    state = warm()
    between = waited(waited(word(state, return_c=-16.2), 1.0), 2.0)
    assert between.alarms.state.tolist() == [AlarmState.UNACKNOWLEDGED]
    cooled = waited(waited(word(between), 1.0), 2.0)
    assert cooled.alarms.state.tolist() == [AlarmState.RETURNED]
    ids = tuple(cooled.alarms.id.tolist())
    gone = work.ticked(cooled, decisions=(Acknowledge(ids, "li", "controller"),))
    assert len(gone.alarms) == 0
    assert gone.alarm_log.box.tolist() == [0]


def test_it_is_acknowledged_and_shelved_like_any_other():
    state = warm()
    one = (int(state.alarms.id[0]), int(state.alarms.level[0]))
    seen = work.ticked(state, decisions=(Acknowledge(one[:1], "li", "controller"),))
    assert seen.alarms.state.tolist() == [AlarmState.ACKNOWLEDGED]
    shelving = Shelve(one[:1], one[1:], state.t_ns + 600 * S, "at the vet", "li", "controller")
    shelved = work.ticked(state, decisions=(shelving,))
    assert shelved.alarms.state.tolist() == [AlarmState.SHELVED]
    assert waited(waited(shelved, 9.0), 2.0).alarms.state.tolist() == [AlarmState.UNACKNOWLEDGED]


def test_two_boxes_of_one_rule_are_two_alarms_and_one_does_not_return_with_the_other():
    both = word(word(yard(), return_c=-12.0), B, return_c=-10.0)
    state = waited(waited(both, 20.0), 11.0)
    assert told(state) == [(WARM, A), (WARM, B)]
    cooled = waited(waited(word(state), 1.0), 2.0)
    assert cooled.alarms.state.tolist() == [AlarmState.RETURNED, AlarmState.UNACKNOWLEDGED]


def test_a_reefer_without_power_is_high_and_explains_that_it_gets_warm():
    state = waited(waited(word(yard(), return_c=-12.0, powered=False), 20.0), 11.0)
    assert told(state) == [(DARK, A), (WARM, A)]
    assert state.alarms.priority.tolist() == [Priority.HIGH, Priority.LOW]
    assert state.alarms.state.tolist() == [AlarmState.UNACKNOWLEDGED, AlarmState.SUPPRESSED]
    assert state.alarms.reason[1] == DARK.encode()


def test_what_an_alarm_explains_stays_held_back_while_that_one_is_shelved():
    state = waited(waited(word(yard(), return_c=-12.0, powered=False), 20.0), 11.0)
    dark, level = int(state.alarms.id[0]), int(state.alarms.level[0])
    shelving = Shelve((dark,), (level,), state.t_ns + 600 * S, "rack under repair", "li", "controller")
    shelved = waited(work.ticked(state, decisions=(shelving,)), 1.0)
    assert shelved.alarms.state.tolist() == [AlarmState.SHELVED, AlarmState.SUPPRESSED]
    # Power is back, the cargo is still warm: what it no longer explains comes forward.
    lit = waited(word(shelved, return_c=-12.0), 0.1)
    assert told(lit) == [(DARK, A), (WARM, A)]
    assert lit.alarms.state.tolist() == [AlarmState.SHELVED, AlarmState.UNACKNOWLEDGED]


def test_one_reefer_without_power_does_not_explain_that_another_gets_warm():
    both = word(word(yard(), powered=False), B, return_c=-10.0)
    state = waited(waited(both, 20.0), 11.0)
    assert told(state) == [(DARK, A), (WARM, B)]
    assert state.alarms.state.tolist() == [AlarmState.UNACKNOWLEDGED, AlarmState.UNACKNOWLEDGED]


def test_reefers_of_a_rack_that_lost_its_power_are_one_group():
    state = waited(waited(word(word(yard(), powered=False), B, powered=False), 20.0), 11.0)
    assert told(state) == [(DARK, A), (DARK, B)]
    assert len(set(state.alarms.group.tolist())) == 1


def test_a_box_that_is_set_to_nothing_or_is_in_no_stack_raises_nothing():
    idle = word(yard(), setpoint_c=None, powered=False)
    assert told(waited(waited(idle, 20.0), 11.0)) == []
    away = yard()
    away = away.with_columns(
        stock=away.stock.with_columns(place=np.full(2, Place.ANNOUNCED, away.stock.place.dtype))
    )
    assert told(warm(away)) == []


def test_the_set_point_of_the_list_counts_where_the_reefer_does_not_say_its_own():
    state = yard()
    state = state.with_columns(stock=state.stock.with_columns(setpoint_c=np.array([-25.0, np.nan])))
    state = waited(waited(word(state, setpoint_c=None), 20.0), 11.0)
    assert state.alarms.value.tolist() == pytest.approx([7.5])


def test_a_word_of_an_hour_ago_raises_nothing_and_keeps_what_it_raised():
    silent = waited(word(yard(), return_c=-12.0), 61.0)
    assert told(waited(silent, 40.0)) == []
    assert told(waited(warm(), 240.0)) == [(WARM, A)]


def test_a_word_before_the_box_is_announced_counts_once_it_stands():
    early = word(yard(), C, return_c=-5.0)
    assert early.reefers.row.tolist() == [-1]
    notice = BoxAnnouncement("TOS", early.t_ns, work.notice(C, "22R1"))
    known = work.ticked(early, work.batch([], events=(notice,)))
    row = int(known.reefers.row[0])
    assert known.stock.number[row].decode() == C
    stock = moves.stack(known.stock, known.slots, [row], [1])
    assert told(waited(waited(work.ticked(known.with_columns(stock=stock)), 20.0), 11.0)) == [(WARM, C)]


def test_a_threshold_that_is_set_for_a_block_counts_for_the_reefers_in_it():
    state = yard()
    block = state.yard.blocks[0].name
    limit = SetLimit(WARM, block, "", 10.0, 20.0, 30.0, "ma", "planner")
    assert told(warm(work.ticked(state, decisions=(limit,)))) == []
    tight = replace(limit, warning=0.3, slow_down=5.0, stop=30.0)
    state = waited(waited(word(work.ticked(state, decisions=(tight,))), 20.0), 11.0)
    assert told(state) == [(WARM, A)]


def test_an_idle_tick_shares_reefers_alarms_and_log():
    state = warm()
    after = work.ticked(state)
    for name in ("reefers", "unfit", "reported", "alarms", "alarm_log", "pending"):
        assert getattr(after, name) is getattr(state, name), name


def test_a_reefers_word_leaves_the_machines_that_are_unfit_the_same_object():
    state = word(yard())
    assert word(state, return_c=-17.0).unfit is state.unfit


def test_live_and_from_a_keyframe_the_same_alarms_come_bit_for_bit():
    state = waited(word(yard(), return_c=-12.0, powered=False), 20.0)
    again = codec.decode(codec.encode(state))
    assert digest(again) == digest(state)
    live, replayed = (waited(word(one, B, return_c=-9.0), 11.0) for one in (state, again))
    assert told(live) == [(DARK, A), (WARM, A)]
    assert digest(replayed) == digest(live)


def test_its_row_names_the_box_and_where_it_is_and_the_camera_flies_there():
    state = warm()
    for texts in map(Texts, LANGUAGES):
        assert A in said(texts, state, 0)
    assert where_of(state, 0).startswith(f"{A} / {state.yard.blocks[0].name}-001-01-1")
    assert preset_of(state, 0) == "box:0"
    camera = preset("box:0", Snapshot(state, Mode.SIMULATION, (), None, 0.0), Camera(500.0, 500.0))
    assert camera is not None
    assert (camera.x_m, camera.y_m) == tuple(state.slots.centre_yard_m[0])


def test_the_scorecard_counts_boxes_apart():
    both = word(word(yard(), return_c=-12.0), B, return_c=-10.0)
    state = waited(waited(both, 20.0), 11.0)
    again = [state.alarm_log.take([k, k]).with_columns(id=np.arange(2) + 2 * k) for k in range(2)]
    names = again[0].__dataclass_fields__
    log = replace(again[0], **{n: np.concatenate([getattr(one, n) for one in again]) for n in names})
    assert figures_of(log, state.t_ns).chatter == 0
