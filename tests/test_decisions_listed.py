"""What people decided, as `yard-twin decisions` lists it from a journal."""

import hashlib
import json
from pathlib import Path

import pytest
import yard_at_work as work

from sensors.decoder import Decoder
from twin.clock import ManualClock
from twin.decisions import (
    Acknowledge,
    Decision,
    ForecastWind,
    PublishLayout,
    Remedy,
    SetClosed,
    Settle,
    Shelve,
)
from twin.journal.writer import JournalWriter
from twin.session import Bound, Session
from twin.stacking.suggestion import Refuse
from twin.yard.slots import SlotAddress
from ui.findings import iso
from ui.main import main

STATE = work.state_with(work.A)
UNTIL_NS = STATE.t_ns + 600 * work.SECOND
DECIDED = (
    Acknowledge((3, 4), "wang", "controller"),
    Shelve((5,), (2,), UNTIL_NS, "fitter on the way", "li", "controller"),
    Settle(7, Remedy.SLOT, "li", "controller", target=SlotAddress("A01", 1, 2, 1)),
    Refuse(9, "wang", "controller", "Safety"),
    SetClosed("A01", True, "zhao", "planner"),
    ForecastWind(21.5, UNTIL_NS, "zhao", "controller"),
)


def recorded(path: Path, decided: tuple[Decision, ...]) -> Path:
    """Record a tick in which nothing is decided, then a decision a tick."""
    clock, writer = ManualClock(STATE.t_ns), JournalWriter(path, {})
    session = Session(STATE, Bound((), Decoder(), clock, lambda _: STATE.yard, writer))
    session.tick()
    for decision in decided:
        session.decide(decision)
        clock.advance(0.1)
        session.tick()
    session.close()
    return path


@pytest.fixture
def journal(tmp_path: Path) -> Path:
    return recorded(tmp_path / "run.journal", (*DECIDED, PublishLayout(b"{}", "zhao", "planner")))


def test_each_decision_of_a_person_is_a_line_with_who_when_and_what(journal: Path, capsys):
    assert main(["decisions", str(journal), "--json"]) == 0
    rows = [json.loads(line) for line in capsys.readouterr().out.splitlines()]

    assert [(row["decision"], row["actor"], row["role"]) for row in rows] == [
        ("acknowledge", "wang", "controller"), ("shelve", "li", "controller"),
        ("settle", "li", "controller"), ("refuse", "wang", "controller"),
        ("set closed", "zhao", "planner"), ("forecast wind", "zhao", "controller"),
        ("publish layout", "zhao", "planner"),
    ]  # fmt: skip
    assert [row["t"] for row in rows] == [iso(STATE.t_ns + (k + 1) * work.SECOND // 10) for k in range(7)]
    assert rows[0]["alarms"] == [3, 4]
    assert (rows[1]["reason"], rows[1]["until_ns"]) == ("fitter on the way", iso(UNTIL_NS))
    assert (rows[2]["how"], rows[2]["target"]) == ("slot", str(SlotAddress("A01", 1, 2, 1)))
    assert (rows[4]["area"], rows[4]["closed"]) == ("A01", True)
    assert rows[5]["gust_mps"] == 21.5
    assert rows[6]["layout"] == f"2 bytes, SHA-256 {hashlib.sha256(b'{}').hexdigest()}"
    assert not {"levels", "terms"} & set().union(*rows)


def test_without_json_there_is_a_table_and_how_many_decided(journal: Path, capsys):
    assert main(["decisions", str(journal)]) == 0
    head, *lines, counts = capsys.readouterr().out.splitlines()

    assert head.split() == ["time", "who", "role", "decision", "what"]
    assert lines[0].endswith("wang             controller  acknowledge      alarms 3 4")
    assert lines[1].endswith(f"alarms 5, until {iso(UNTIL_NS)}, reason fitter on the way")
    assert lines[4].endswith("area A01, closed yes")
    assert counts == "7 decisions of 3 people"


def test_a_run_in_which_nobody_decided_says_so(tmp_path: Path, capsys):
    path = recorded(tmp_path / "run.journal", ())

    assert main(["decisions", str(path)]) == 0
    assert capsys.readouterr().out.splitlines()[1:] == ["0 decisions of 0 people"]


def test_a_file_that_is_no_journal_is_refused(tmp_path: Path, capsys):
    path = tmp_path / "run.journal"
    path.write_bytes(b"no journal" * 100)

    assert main(["decisions", str(path)]) != 0
    said = capsys.readouterr()
    assert "expected a journal of this program" in said.err
    assert said.out == ""
