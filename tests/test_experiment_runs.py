import math
import os
import signal
from dataclasses import replace
from pathlib import Path

import pytest

from layouts.generator import compact_yard
from twin.experiment.executors import ExperimentError, Processes, Serial
from twin.experiment.policies import names, planner
from twin.experiment.report import json_lines, runs_csv, summary_csv, table
from twin.experiment.runs import Run, Scenario, Task, carry_out, peak
from twin.experiment.statistics import compare, estimate
from twin.stacking.policies import PolicyError

AT_ONE = 1_780_376_400_000_000_000
SHORT = Scenario(700, 90.0, AT_ONE, hours=0.05, warm_up_s=60.0, calls_off=True)


def task(policy: str = "default", seed: int = 1, scenario: Scenario = SHORT) -> Task:
    return Task(compact_yard(), scenario, policy, seed)


def collect(executor, tasks) -> list[Run]:
    runs: list[Run] = []
    executor.run(tasks, runs.append)
    return sorted(runs, key=lambda run: (run.policy, run.seed))


def told(name: str, value: float, seed: int) -> Run:
    return Run(name, seed, {"x": value})


def made_up(task: Task) -> Run:
    return told(task.policy, float(task.seed), task.seed)


def dies_once(task: Task) -> Run:
    mark = Path(os.environ["YARD_TWIN_TEST_MARKS"]) / f"{task.policy}-{task.seed}"
    if task.seed == 2 and not mark.exists():
        mark.touch()
        os.kill(os.getpid(), signal.SIGKILL)
    return made_up(task)


def dies(task: Task) -> Run:
    os.kill(os.getpid(), signal.SIGKILL)
    raise AssertionError(task)


# --- runs -------------------------------------------------------------------------------------


def test_the_same_seeds_give_the_same_table_in_processes_as_here():
    tasks = [task(policy, seed) for seed in (1,) for policy in ("default", "suggested")]
    here, there = collect(Serial(), tasks), collect(Processes(2), tasks)
    assert runs_csv(here) == runs_csv(there)
    assert summary_csv(here) == summary_csv(there)


def test_no_suggested_move_breaks_the_stock_or_leaves_vehicles_in_a_ring():
    longer = replace(SHORT, hours=0.15, boxes=1000)
    figures = carry_out(task("suggested", 3, longer)).figures
    assert figures["violations"] == figures["deadlocks"] == 0.0
    assert figures["boxes"] > 0.0


@pytest.mark.parametrize("policy", names())
def test_every_policy_by_name_runs_a_shift(policy):
    figures = carry_out(task(policy, 1, replace(SHORT, hours=0.02))).figures
    assert figures["violations"] == 0.0


def test_the_shares_of_crane_time_are_all_of_it():
    figures = carry_out(task()).figures
    assert sum(value for name, value in figures.items() if name.startswith("share_")) == pytest.approx(1.0)


def test_there_is_no_planner_of_another_name():
    with pytest.raises(PolicyError, match="levelling"):
        planner("level")


def test_the_peak_asks_for_trucks_by_the_cranes_there_are():
    one, two = peak(700, AT_ONE, 1), peak(700, AT_ONE, 2)
    assert two.trucks_per_hour == 2 * one.trucks_per_hour
    assert one.calls_off


# --- executors --------------------------------------------------------------------------------


def test_a_task_whose_worker_died_is_run_again_and_none_twice(tmp_path, monkeypatch):
    monkeypatch.setenv("YARD_TWIN_TEST_MARKS", str(tmp_path))
    tasks = [task("default", seed) for seed in (1, 2, 3)]
    runs = collect(Processes(1, work=dies_once), tasks)
    assert [run.seed for run in runs] == [1, 2, 3]


def test_a_task_whose_worker_always_dies_is_given_up_by_name():
    with pytest.raises(ExperimentError, match=r"default, seed 7: its worker died in 1 tries"):
        Processes(1, retries=0, work=dies).run([task("default", 7)], lambda run: None)


# --- statistics -------------------------------------------------------------------------------


def test_an_interval_is_students():
    found = estimate([1.0, 2.0, 3.0, 4.0])
    assert found.mean == 2.5
    assert found.half == pytest.approx(3.182446 * math.sqrt(5.0 / 3.0) / 2.0, rel=1e-6)


def test_one_run_has_no_interval_and_none_has_no_mean():
    assert math.isnan(estimate([3.0]).half)
    assert math.isnan(estimate([math.nan]).mean)


def test_differences_are_paired_by_seed_whatever_the_order_of_the_runs():
    runs = [
        told("a", 10.0, 1),
        told("b", 31.0, 3),
        told("a", 20.0, 2),
        told("b", 12.0, 1),
        told("a", 30.0, 3),
    ]
    second = compare(runs, ["x"])[1]
    assert (second.policy, second.change.mean, second.change.n) == ("b", 1.5, 2)
    assert second.relative.mean == pytest.approx(1.5 / 20.0)


def test_a_table_and_lines_of_a_single_run_tell_no_interval():
    run = carry_out(task("default", 1, replace(SHORT, hours=0.01)))
    assert "±-" in table([run])
    assert '"half": null' in json_lines([run])[0]
