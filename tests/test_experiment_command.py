import csv
import json

import pytest

from twin.experiment import executors
from ui.main import main

QUICK = [
    "experiment",
    "--layout",
    "compact",
    "--seeds",
    "1",
    "--hours",
    "0.02",
    "--warm-up",
    "0",
    "--workers",
    "1",
]


def test_it_prints_a_table_and_writes_one_row_a_run_and_plots(tmp_path, capsys):
    assert main([*QUICK, "--out", str(tmp_path / "new" / "folder")]) == 0
    found = capsys.readouterr()
    assert "boxes a crane hour on duty" in found.out
    assert "crane time" in found.out
    assert "2 of 2" in found.err
    with (tmp_path / "new" / "folder" / "runs.csv").open() as file:
        rows = list(csv.DictReader(file))
    assert [(row["policy"], row["seed"]) for row in rows] == [("default", "1"), ("suggested", "1")]
    assert float(rows[0]["occupancy"]) > 0.0
    names = sorted(path.name for path in (tmp_path / "new" / "folder").iterdir())
    assert names == ["crane_time.png", "figures.png", "runs.csv", "summary.csv"]


def test_json_is_one_object_a_line(capsys):
    assert main([*QUICK, "--policies", "default", "--json"]) == 0
    lines = [json.loads(line) for line in capsys.readouterr().out.splitlines()]
    assert {"policy", "figure", "mean", "half", "relative"} <= set(lines[0])
    assert {line["policy"] for line in lines} == {"default"}


@pytest.mark.parametrize(
    "words",
    [
        ["--policies", "best"], ["--policies", ","], ["--seeds", "0"], ["--hours", "-1"], ["--hours", "nan"],
        ["--from", "nine"], ["--from", "25:00"], ["--boxes", "-1"], ["--boxes", "199000"],
        ["--trucks-per-hour", "-3"], ["--layout", "nowhere.yard.json"], ["--step", "0"], ["--workers", "-1"],
    ],
)  # fmt: skip
def test_a_word_that_cannot_be_ends_with_two_and_prints_nothing(words, capsys):
    assert main([*QUICK, *words]) == 2
    found = capsys.readouterr()
    assert found.out == ""
    assert found.err


def test_a_file_where_the_folder_should_be_is_refused_before_anything_runs(tmp_path, capsys):
    (tmp_path / "here").write_text("")
    assert main([*QUICK, "--out", str(tmp_path / "here")]) == 2
    assert "1 of" not in capsys.readouterr().err


def test_what_was_done_before_it_was_cancelled_is_printed_and_written(tmp_path, capsys, monkeypatch):
    class Impatient:
        def run(self, tasks, on_done):
            executors.Serial().run(tasks[:1], on_done)
            raise KeyboardInterrupt

    monkeypatch.setattr("ui.cli.experiment._executor", lambda options, tasks: Impatient())
    assert main([*QUICK, "--out", str(tmp_path)]) == 130
    found = capsys.readouterr()
    assert "1 of 2 runs were done" in found.err
    assert "boxes a crane hour on duty" in found.out
    assert len((tmp_path / "runs.csv").read_text().splitlines()) == 2
