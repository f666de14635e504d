"""A run whose disk is full: it says so when it begins and at the end, and leaves nothing half-written."""

import json
import re
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

import pytest

from sensors.sources.simulated import SimulatedSource
from twin.journal.errors import Lost, Trouble
from twin.journal.writer import JournalWriter
from ui.findings import instant
from ui.i18n import Texts
from ui.main import main
from ui.recording import Watched, lack_of, told, why_not_recorded
from ui.whole import write_whole

SECOND = 1_000_000_000
LIMIT = 100 * 1024


@dataclass
class Journal:
    """The two things that are looked at of a journal."""

    path: Path = Path("a.journal")
    trouble: Trouble | None = None
    lost_ticks: int = 0


def test_a_journal_that_fails_is_told_of_once_and_again_when_it_goes_on() -> None:
    journal, said = Journal(), []
    watched = Watched(journal, said.append)  # type: ignore[arg-type]
    for waiting in (0, 2, 9, 0, 0, 1):
        journal.trouble = Trouble("database or disk is full", waiting) if waiting else None
        watched.look()

    assert said == [
        "journal a.journal: not recorded, 2 rows wait in memory: database or disk is full",
        "journal a.journal: recording goes on, what waited is recorded",
        "journal a.journal: not recorded, 1 rows wait in memory: database or disk is full",
    ]


def test_why_nothing_is_recorded_is_told_in_the_windows_words_whatever_the_disk_says() -> None:
    waiting, lost = Trouble("no {room}", 3), Trouble("no {room}", 0, Lost("keyframe", 1, SECOND))

    assert told(waiting) == "not recorded, 3 rows wait in memory: no {room}"
    assert told(lost) == "not recorded, the keyframe of 1970-01-01 00:00:01Z cannot be written: no {room}"
    for trouble in (waiting, lost):
        window = why_not_recorded(trouble, Texts("en").tr, instant)
        assert window == told(trouble)


def test_a_journal_that_took_every_tick_lacks_nothing_and_one_that_took_less_lacks_the_rest(
    tmp_path: Path,
) -> None:
    journal = JournalWriter(tmp_path / "a.journal", {})
    journal.append(1, SECOND, b"one")
    journal.append(2, 2 * SECOND, b"two")
    journal.close()

    assert lack_of(journal, 2) is None
    assert str(lack_of(journal, 5)) == (
        "incomplete, the last 3 of 5 ticks were not recorded: the disk did not answer in time"
    )
    assert lack_of(None, 5) is None


def test_a_journal_whose_end_alone_was_refused_is_incomplete_for_the_disks_own_reason(tmp_path: Path) -> None:
    journal = JournalWriter(tmp_path / "a.journal", {})
    journal.append(1, SECOND, b"one")
    journal.close()
    journal.trouble = Trouble("database or disk is full", 2)

    assert str(lack_of(journal, 1)) == "incomplete, its end was not recorded: database or disk is full"


def test_a_file_that_cannot_be_put_in_its_place_leaves_nothing_beside_it(tmp_path: Path) -> None:
    place = tmp_path / "yard.png"
    place.mkdir()

    with pytest.raises(OSError, match="yard"):
        write_whole(place, b"picture")

    assert list(tmp_path.iterdir()) == [place]


@pytest.fixture
def fills(monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    """Let no file grow beyond a limit once a run has begun."""
    resource = pytest.importorskip("resource")
    before, tick = resource.getrlimit(resource.RLIMIT_FSIZE), SimulatedSource.advance_to

    def advance(source: SimulatedSource, t_ns: int) -> None:
        resource.setrlimit(resource.RLIMIT_FSIZE, (LIMIT, before[1]))
        tick(source, t_ns)

    monkeypatch.setattr(SimulatedSource, "advance_to", advance)
    yield
    resource.setrlimit(resource.RLIMIT_FSIZE, before)


@pytest.mark.usefixtures("qapp", "fills")
def test_a_run_whose_disk_fills_says_how_much_is_not_recorded_and_fails(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    out, journal = tmp_path / "out", tmp_path / "run.journal"
    code = main(
        ["run", "--layout", "compact", "--headless", "--duration", "3", "--out", str(out),
         "--journal", str(journal)]
    )  # fmt: skip
    said = capsys.readouterr()
    lines = [line for line in said.err.splitlines() if str(journal) in line]
    summary = json.loads((out / "summary.json").read_text("utf-8"))

    assert code == 1
    assert re.search(r"incomplete, the last \d+ of 30 ticks were not recorded: \S", lines[-1])
    assert summary["ticks_not_recorded"] > 0
    assert summary["journal_lacks"] in lines[-1]
    assert f"journal: {journal}, {summary['journal_lacks']}" in said.out
    assert f"none: picture {out / 'yard.png'}: expected a place that can be written, found: " in said.out
    assert [file.name for file in out.iterdir()] == ["summary.json"]
