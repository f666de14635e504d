"""What machines say of their health and reefers of their temperatures is known, dated, and shown."""

import itertools

import numpy as np
import pytest
import yard_at_work as work
from yard_at_work import A, B

from sensors.decoder import Decoder
from sensors.telemetry import encode_json
from twin import codec, reports
from twin.inputs import HealthReport, RawChunk, ReeferReading
from twin.safety.rules import RULE_NAMES
from twin.safety.table import AlarmState, Priority
from twin.state import Reported, State
from twin.tables import digest
from ui.i18n import LANGUAGES, Texts
from ui.panels.alarm_now import now_text
from ui.panels.inspector_fields import box_fields, mover_fields

T0, S = work.T0, work.SECOND


def told(state: State, *events: HealthReport | ReeferReading) -> State:
    return work.ticked(state, work.batch([], events=events))


def test_a_reefers_temperatures_in_words_of_tic40_are_beside_its_box() -> None:
    state = work.state_with(A)
    line = encode_json({
        "msg.timestamp": "2027-01-15T08:00:00Z",
        "cargo.@.id": A,
        "cargo.@.air.temperature.#name#supplysensor1.output.actual.value": -18.5,
        "cargo.@.powered.status.output.actual.value": False,
    })  # fmt: skip
    batch = Decoder().decode([RawChunk("rack", T0, line + b"\n")])

    after = work.ticked(state, batch, seconds=2.0)
    fields = dict(box_fields(after, 0, Texts()))

    assert batch.rejects == ()
    assert fields["Supply air"].startswith("−18.5 °C  (")
    assert fields["Powered"].startswith("no  (")


def test_a_machines_health_and_fault_are_beside_it_until_it_is_healthy_again() -> None:
    state, _ = work.crane_over(work.state_with(A), 0)
    ill = told(state, HealthReport("RTG-01", state.t_ns, False, "E42"))
    well = told(ill, HealthReport("RTG-01", ill.t_ns, True))

    for texts in map(Texts, LANGUAGES):
        tr = texts.tr
        assert dict(mover_fields(ill, 0, texts))[tr("Fault")].startswith("E42")
        assert dict(mover_fields(ill, 0, texts))[tr("Health")].startswith(tr("not healthy"))
        assert tr("Fault") not in dict(mover_fields(well, 0, texts))
        assert dict(mover_fields(well, 0, texts))[tr("Health")].startswith(tr("healthy"))
        assert tr("Health") not in dict(mover_fields(state, 0, texts))


def waited(state: State, seconds: float) -> State:
    return work.ticked(state, work.batch([]), seconds=seconds)


def unfit(state: State) -> list[str]:
    found = state.alarms.take(state.alarms.rule == RULE_NAMES.index("machine_unfit"))
    return [state.fleet.name[row].decode() for row in found.mover.tolist()]


def test_a_machine_that_calls_itself_unfit_for_some_seconds_is_an_alarm_of_low_priority() -> None:
    state, _ = work.crane_over(work.state_with(A), 0)
    ill = told(state, HealthReport("RTG-01", state.t_ns, False, "E42"))
    assert unfit(ill) == unfit(waited(ill, 4.0)) == []
    raised = waited(waited(ill, 4.0), 2.0)
    assert unfit(raised) == ["RTG-01"]
    row = np.flatnonzero(raised.alarms.rule == RULE_NAMES.index("machine_unfit"))
    assert raised.alarms.priority[row].tolist() == [Priority.LOW]
    told_by_now = [now_text(raised, int(row[0]), Texts(language)) for language in ("en", "zh")]
    assert told_by_now == ["fault E42", "故障 E42"]
    well = told(raised, HealthReport("RTG-01", raised.t_ns, True))
    returned = waited(waited(well, 30.0), 60.0).alarms
    assert returned.state[returned.rule == RULE_NAMES.index("machine_unfit")] == AlarmState.RETURNED


def test_a_fault_that_does_not_make_a_machine_unfit_and_one_of_a_stranger_raise_nothing() -> None:
    state, _ = work.crane_over(work.state_with(A), 0)
    said = HealthReport("RTG-01", state.t_ns, True, "E7"), HealthReport("XX-99", state.t_ns, False, "E42")
    assert unfit(waited(waited(told(state, *said), 1.0), 9.0)) == []


@pytest.mark.parametrize("order", list(itertools.permutations(range(4)))[::5])
def test_reports_that_come_late_leave_what_they_leave_in_order(order: tuple[int, ...]) -> None:
    said = (
        ReeferReading("RACK", T0 + S, B, supply_c=1.0),
        ReeferReading("RACK", T0 + 2 * S, B, supply_c=3.0),
        ReeferReading("RACK", T0 + 3 * S, B, return_c=2.0),
        HealthReport("RTG-01", T0 + S, True),
    )
    known: tuple[Reported, ...] = ()
    for k in order:
        known = reports.heard(known, (said[k],))

    assert known == reports.heard((), said)
    assert [(one.what, one.value) for one in reports.of(known, B).values()] == [
        ("return_c", 2.0), ("supply_c", 3.0),
    ]  # fmt: skip
    assert reports.of(known, A) == {}


def test_an_idle_tick_and_an_older_word_share_what_is_known() -> None:
    state = told(work.state_with(A), ReeferReading("RACK", T0 + S, A, supply_c=1.0))

    assert work.ticked(state).reported is state.reported
    assert told(state, ReeferReading("RACK", T0, A, supply_c=5.0)).reported is state.reported


def test_what_is_known_survives_a_keyframe() -> None:
    state = told(
        work.state_with(A),
        ReeferReading("RACK", T0, A, -18.0, powered=True),
        HealthReport("T", T0, None, "X"),
    )
    again = codec.decode(codec.encode(state))

    assert again.reported == state.reported
    assert digest(again) == digest(state)


def test_names_without_number_fill_no_memory(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(reports, "MOST", 10)
    known: tuple[Reported, ...] = ()
    for k in range(30):
        known = reports.heard(known, (HealthReport(f"M{k}", T0 + k, True),))

    assert len(known) == 10
    assert reports.of(known, "M29")["healthy"].value is True
