"""What a run without a window tells at its end: alarms by name, sources, what to do about refusals."""

import dataclasses
import json
import re
from pathlib import Path

import numpy as np
import pytest
import yard_at_work as work

from sensors.sources.hotplug import KEEPER
from twin.safety.alarms import RULE_NAMES
from twin.safety.log import Held, no_log
from twin.safety.table import Priority
from twin.snapshot import Link, Mode, Snapshot, SourceHealth
from twin.state import State
from twin.waiting import REASONS
from ui import main
from ui.edits import Edits
from ui.headless import MOST_ALARMS, as_text, summarise

T_NS = 1_790_000_000_000_000_000
RULE = RULE_NAMES.index("position_suspect")


def state(priorities: list[int]) -> State:
    """Give a state of one crane with so many alarms in its log, a second apart."""
    n = len(priorities)
    log = no_log().with_columns(
        id=np.arange(1, n + 1), rule=np.full(n, RULE, np.int32), priority=np.array(priorities, np.int8),
        level=np.ones(n, np.int8), mover=np.zeros(n, np.int32), other=np.full(n, -1, np.int32),
        box=np.full(n, -1, np.int32), source=np.full(n, -1, np.int32), ground=np.full(n, -1, np.int32),
        raised_ns=T_NS + 1_000_000_000 * np.arange(n),
        returned_ns=np.zeros(n, np.int64), ack_ns=np.zeros(n, np.int64), shown_ns=np.zeros(n, np.int64),
        actor=np.zeros(n, "S32"), held=np.zeros(n, np.int8),
    )  # fmt: skip
    crane, _ = work.crane_over(work.state_with(), 12)
    counts = dataclasses.replace(crane.counts, alarms=n)
    return dataclasses.replace(crane, alarm_log=log, counts=counts)


def told(found: State, *sources: SourceHealth) -> str:
    return as_text(summarise(Snapshot(found, Mode.LIVE, sources, None, 0.0)))


def test_an_alarm_is_told_by_rule_machine_priority_and_time() -> None:
    found = state([Priority.HIGH])
    machine = found.fleet.name[0].decode()
    text = told(found)

    assert f"  high: position suspect, {machine}, 2026-09-21 14:13:20Z" in text
    assert "\n1 alarm raised, " in text


def test_of_many_alarms_the_worst_are_told_first_and_how_many_more_there_were() -> None:
    found = state([Priority.LOW] * 11 + [Priority.CRITICAL])
    lines = [line for line in told(found).splitlines() if line.startswith("  ")]

    assert len(lines) == MOST_ALARMS + 1
    assert lines[0].startswith("  critical: position suspect")
    assert lines[-1] == "  and 2 more"
    assert len(summarise(Snapshot(found, Mode.LIVE, (), None, 0.0))["alarms"]) == MOST_ALARMS  # type: ignore[arg-type]


def test_what_was_asked_for_to_go_wrong_is_told_and_a_target_that_never_came() -> None:
    snapshot = Snapshot(state([]), Mode.LIVE, (), None, 0.0)
    machine = snapshot.state.fleet.name[0].decode()
    for target, never in ((machine, ""), ("T99999", "; T99999 never came")):
        found = summarise(snapshot, faults=("jump_m", f"target={target}"))
        assert found["faults"] == ["jump_m", f"target={target}"]
        assert found["target_never_came"] == ("T99999" if never else "")
        assert f"\nfaults: jump_m, target={target}{never}\n" in as_text(found)
    assert "faults:" not in as_text(summarise(snapshot))


def held_back(found: State, held: dict[int, Held]) -> State:
    """Let alarms of the log, by their rows, be held back all the time; those not by design are raised."""
    log = found.alarm_log
    values = log.editable("held", "shown_ns")
    values["shown_ns"][:] = log.raised_ns
    for row, why in held.items():
        values["held"][row], values["shown_ns"][row] = why, 0
    by_design = sum(why is Held.BY_DESIGN for why in held.values())
    counts = dataclasses.replace(found.counts, alarms=len(log) - by_design)
    return dataclasses.replace(found, alarm_log=log.with_columns(**values), counts=counts)


def test_an_alarm_that_was_suppressed_by_design_is_counted_and_listed_as_that() -> None:
    lines = told(held_back(state([Priority.LOW]), {0: Held.BY_DESIGN})).splitlines()

    assert any(line.startswith("0 alarms raised, 0 standing, 1 suppressed by design; ") for line in lines)
    (one,) = (line for line in lines if line.startswith("  "))
    assert one.endswith(", suppressed by design, back to normal")


def test_alarms_that_nobody_was_shown_are_listed_behind_those_that_were() -> None:
    found = held_back(state([Priority.HIGH, Priority.LOW, Priority.LOW]), {0: Held.BY_DESIGN, 1: Held.FLOOD})
    text = told(found)

    assert "2 alarms raised, 0 standing, 1 suppressed by design; " in text
    first, second, third = (line for line in text.splitlines() if line.startswith("  "))
    assert first.startswith("  low")
    assert first.endswith(":22Z, back to normal")
    assert second.endswith("suppressed by design, back to normal")
    assert third.endswith("held back in a flood, back to normal")


def test_counts_of_one_are_told_without_an_s_and_others_with_one() -> None:
    assert "\n0 alarms raised, 0 standing; 0 suggestions; 0 discrepancies; rejects: none" in told(state([]))
    assert "0 boxes standing, 0 on machines, 1 machine\n" in told(state([]))


def test_the_file_of_sources_is_told_as_such_and_only_where_it_is_wrong() -> None:
    good = SourceHealth(KEEPER, True, 0.0, 0.0, 0)
    wrong = SourceHealth(KEEPER, False, 0.0, 0.0, 0, "file 'yard.toml': expected TOML, found x")
    walk = SourceHealth("walk", True, 0.1, 12.0, 0)

    assert told(state([]), good, walk).splitlines()[0] == "source walk: 12 lines/s, heard 0.1 s ago"
    assert (
        told(state([]), wrong, walk).splitlines()[0]
        == "file of sources: file 'yard.toml': expected TOML, found x"
    )


def test_an_edit_that_is_not_taken_is_told_at_once_and_once_and_so_is_that_the_file_is_right_again() -> None:
    said: list[str] = []
    edits = Edits(said.append)
    for detail in ("", "expected TOML", "expected TOML", "", "expected one name", "expected TOML"):
        edits.look((SourceHealth("walk", True, 0.1, 12.0, 0, "x"), file_of_sources(detail)))

    assert said == [
        "the edit is not taken, the sources go on as before: expected TOML",
        "the file of sources is right again, and taken",
        "the edit is not taken, the sources go on as before: expected one name",
        "the edit is not taken, the sources go on as before: expected TOML",
    ]
    assert edits.refused == ["expected TOML", "expected one name", "expected TOML"]


def test_a_file_of_sources_that_was_wrong_before_is_told_as_that_at_the_end() -> None:
    shown = Snapshot(state([]), Mode.LIVE, (file_of_sources(""),), None, 0.0)
    first = as_text(summarise(shown, edits=["expected TOML"])).splitlines()[0]

    assert first == "file of sources: right by now; an edit before was not taken: expected TOML"


def test_a_calibration_that_is_off_is_told_once_and_is_no_edit_that_was_refused() -> None:
    said: list[str] = []
    edits = Edits(said.append)
    off = dataclasses.replace(file_of_sources("calibration: off"), link=Link.DOUBTED)
    wrong = dataclasses.replace(file_of_sources("expected TOML; calibration: off"), link=Link.WRONG)
    for file in (off, off, wrong, off):
        edits.look((file,))

    assert said == [
        "calibration: off",
        "the edit is not taken, the sources go on as before: expected TOML; calibration: off",
        "the file of sources is right again, and taken",
    ]
    assert edits.refused == ["expected TOML; calibration: off"]


def file_of_sources(detail: str) -> SourceHealth:
    return SourceHealth(KEEPER, not detail, 0.0, 0.0, 0, detail)


def test_a_source_is_told_with_rate_age_what_else_is_known_and_what_was_refused_of_it() -> None:
    reasons = (("wrong checksum", 3), ("malformed number", 1))
    heard = SourceHealth("walk", True, 0.1, 12.0, 4, "1 gap, the last 6.2 s", refused=reasons)
    lost = SourceHealth("walk", False, 9.0, 0.0, 0, "cannot connect: Connection refused")
    never = SourceHealth("walk", False, float("inf"), 0.0, 0, "cannot connect: Connection refused")

    assert told(state([]), heard).splitlines()[0] == (
        "source walk: 12 lines/s, heard 0.1 s ago; 1 gap, the last 6.2 s; "
        "refused: 3 wrong checksum, 1 malformed number"
    )
    assert told(state([]), lost).splitlines()[0] == (
        "source walk: heard 9.0 s ago; cannot connect: Connection refused"
    )
    assert told(state([]), never).splitlines()[0] == (
        "source walk: never heard; cannot connect: Connection refused"
    )


@pytest.mark.usefixtures("qapp")
def test_a_flood_is_told_of_its_source_and_its_alarm_by_the_name_of_that(tmp_path: Path) -> None:
    words = ["run", "--layout", "compact", "--fault", "flood_per_s=1000", "--fault", "after_s=1"]
    more = ["--headless", "--no-journal", "--duration", "10", "--out", str(tmp_path)]
    assert main.main([*words, *more]) == 0

    found = json.loads((tmp_path / "summary.json").read_text("utf-8"))
    (alarm,) = (one for one in found["alarms"] if one["rule"] == "source_floods")
    (source,) = (name for name, text in found["sources"].items() if "flooded: 1000 lines/s" in text)
    assert "of no machine, most as NOBODY" in found["sources"][source]
    assert (alarm["source"], alarm["standing"]) == (source, True)
    says, by_now = alarm["says"].split(" (as it came; by now ")
    assert says == f"1000 lines a second that are of no machine come from {source}"
    assert by_now.endswith("1/s NOBODY)")
    assert f"high: source floods, {source}, " in as_text(found)


def test_positions_of_machines_that_nobody_announced_come_with_what_to_do() -> None:
    found = state([])
    counts = dataclasses.replace(found.counts, rejects=((REASONS["fixes"], 9),))
    text = told(dataclasses.replace(found, counts=counts))

    assert "rejects: 9 position of a machine that was never announced" in text
    assert "?device=NAME&kind=KIND" in text
    assert "[source.machines]" in text
    assert "hint" not in told(found)


@pytest.mark.soak
@pytest.mark.usefixtures("qapp")
def test_the_readmes_own_attack_raises_an_alarm_of_the_machine_that_it_attacks(tmp_path: Path) -> None:
    readme = (Path(__file__).parents[1] / "README.md").read_text("utf-8")
    found = re.search(r"yard-twin (run --fault [^#]*)#", readme)
    assert found
    words = [*found[1].split(), "--headless", "--no-journal", "--duration", "60", "--out", str(tmp_path)]

    assert main.main(words) == 0
    alarms = json.loads((tmp_path / "summary.json").read_text("utf-8"))["alarms"]
    assert any(one["machine"] == "TT-03" and one["rule"] == "position_suspect" for one in alarms)
