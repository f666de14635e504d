"""A run without a window that a signal tells to stop: what it came to is written, and its journal closed."""

import json
import signal
import sys
from pathlib import Path

import pytest

from sensors.sources.simulated import SimulatedSource
from twin.journal.reader import JournalReader
from twin.session import END_MARK
from ui.main import main

# A picture needs a Qt application; the window's tests need theirs to be the one.
pytestmark = [
    pytest.mark.usefixtures("qapp"),
    pytest.mark.skipif(sys.platform == "win32", reason="there no signal stops a program in an orderly way"),
]


def headless(tmp_path: Path, journal: Path) -> list[str]:
    """A short run on the compact yard."""
    out = str(tmp_path / "out")
    return [
        "run",
        "--layout",
        "compact",
        "--headless",
        "--duration",
        "1",
        "--out",
        out,
        "--journal",
        str(journal),
    ]


def stopped_in_tick(monkeypatch: pytest.MonkeyPatch, number: int, times: int) -> None:
    """Have a run of the simulator be told to stop in its first tick, so many times."""
    tick = SimulatedSource.advance_to

    def stopped(source: SimulatedSource, t_ns: int) -> None:
        tick(source, t_ns)
        for _ in range(times):
            signal.raise_signal(number)

    monkeypatch.setattr(SimulatedSource, "advance_to", stopped)


@pytest.mark.parametrize("number", [signal.SIGTERM, signal.SIGINT])
def test_a_run_that_is_told_to_stop_writes_what_it_came_to_and_closes_its_journal(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str], number: int
) -> None:
    before = signal.signal(number, signal.default_int_handler)
    stopped_in_tick(monkeypatch, number, 1)
    journal = tmp_path / "run.journal"
    try:
        code = main(headless(tmp_path, journal))
        after = signal.getsignal(number)
    finally:
        signal.signal(number, before)

    assert code == 128 + number
    assert after is signal.default_int_handler
    assert JournalReader(journal).marks(END_MARK)
    assert json.loads((tmp_path / "out" / "summary.json").read_text())["ticks"] == 1
    assert (tmp_path / "out" / "yard.png").exists()
    assert "told to stop: 0 of" in capsys.readouterr().err


def test_a_run_that_is_told_to_stop_twice_stops_where_it_is_and_still_closes_its_journal(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    stopped_in_tick(monkeypatch, signal.SIGTERM, 2)
    journal = tmp_path / "run.journal"

    with pytest.raises(SystemExit) as ended:
        main(headless(tmp_path, journal))

    assert ended.value.code == 128 + signal.SIGTERM
    assert JournalReader(journal).marks(END_MARK)
    assert not (tmp_path / "out" / "summary.json").exists()
