"""What ``yard-twin replay FILE --verify`` tells: what a journal holds, and whether its run was cut."""

from pathlib import Path

import pytest
import yard_at_work as work

from sensors.decoder import Decoder
from twin.clock import ManualClock
from twin.journal.writer import JournalWriter
from twin.session import Bound, Session
from ui.main import main
from ui.verify import verify


def recorded(path: Path, seconds: int, *, ended: bool) -> Path:
    """Record some seconds of a yard in which nothing happens; cut, without its last keyframe."""
    state = work.state_with(work.A)
    clock, journal = ManualClock(state.t_ns), JournalWriter(path, {})
    session = Session(state, Bound((), Decoder(), clock, work.refuse_layouts, journal))
    for _ in range(seconds):
        clock.advance(1.0)
        session.tick()
    if ended:
        session.close()
    else:
        journal.close()  # as where the process is killed: what was committed stays
    return path


def told(capsys: pytest.CaptureFixture[str], path: Path) -> tuple[int, str, str]:
    code = main(["replay", str(path), "--verify"])
    said = capsys.readouterr()
    return code, said.out, said.err


def test_a_run_that_was_cut_is_told_as_such_with_what_could_not_be_compared(tmp_path: Path, capsys):
    code, said, _ = told(capsys, recorded(tmp_path / "cut.journal", 13, ended=False))

    assert code == 0
    assert "it has no mark of its end: the run was cut" in said
    assert "the last 3 ticks (3.0 s) could be computed again, with no keyframe" in said


def test_a_run_that_was_cut_right_at_a_keyframe_is_not_taken_for_one_that_ended(tmp_path: Path, capsys):
    _, said, _ = told(capsys, recorded(tmp_path / "cut.journal", 10, ended=False))

    assert "the run was cut" in said
    assert "could be computed again" not in said


def test_a_run_that_ended_is_told_with_how_long_it_is_and_up_to_when(tmp_path: Path, capsys):
    code, said, err = told(capsys, recorded(tmp_path / "whole.journal", 12, ended=True))

    assert code == 0
    assert "it holds 12.0 s, 2027-01-15 08:00:00Z to 2027-01-15 08:00:12Z" in said
    assert "cut" not in said
    assert err == ""


def test_a_long_check_tells_on_stderr_how_far_it_is(tmp_path: Path, capsys):
    code = verify(recorded(tmp_path / "long.journal", 12, ended=True), told_every_s=0.0)
    said = capsys.readouterr()

    assert code == 0
    assert "10 of 12 s computed again and met, up to 2027-01-15 08:00:10Z" in said.err
    assert "computed again" not in said.out


def test_a_folder_is_no_journal(tmp_path: Path, capsys):
    code, said, err = told(capsys, tmp_path)

    assert (code, said) == (2, "")
    assert "expected a file, found a folder" in err
