"""Where runs are carried out: here, or in processes; a cluster's scheduler fits the same interface.

An executor takes tasks that pickle and hands each result over as it comes, in any order. A task depends
on nothing but itself, so the results are the same on every executor, and a task whose worker died is
simply run again. To add one (Dask, a batch queue): ``submit`` the function with its task to the
scheduler, call ``on_done`` for each future that completes, submit again up to ``retries`` times what
failed for the worker's sake, and let KeyboardInterrupt cancel what is left.
"""

import multiprocessing
import signal
from collections.abc import Callable, Sequence
from concurrent.futures import FIRST_COMPLETED, Future, ProcessPoolExecutor, wait
from concurrent.futures.process import BrokenProcessPool
from dataclasses import dataclass
from typing import Protocol

from twin.errors import TwinError
from twin.experiment.runs import Run, Task, carry_out

Work = Callable[[Task], Run]
OnDone = Callable[[Run], None]


class ExperimentError(TwinError):
    """A run that could not be carried out, with what was tried."""


class Executor(Protocol):
    """Carries tasks out and hands over what each gave, in any order."""

    def run(self, tasks: Sequence[Task], on_done: OnDone) -> None:
        """Carry out all tasks.

        Raises
        ------
        ExperimentError
            Where a task could not be carried out for all its tries; what was done has been handed over.
        """
        ...


@dataclass(frozen=True, slots=True)
class Serial:
    """One after the other, in this process."""

    work: Work = carry_out

    def run(self, tasks: Sequence[Task], on_done: OnDone) -> None:
        """Carry out all tasks in their order."""
        for task in tasks:
            on_done(self.work(task))


@dataclass(frozen=True, slots=True)
class Processes:
    """Side by side, in processes started afresh.

    A worker that dies takes its pool with it: a new pool runs again what had not come back, each task no
    more than ``retries`` times more.
    """

    workers: int
    retries: int = 2
    work: Work = carry_out

    def run(self, tasks: Sequence[Task], on_done: OnDone) -> None:
        """Carry out all tasks; ExperimentError where one's worker died once too often."""
        tries = dict.fromkeys(range(len(tasks)), 0)
        while tries:
            done, lost = self._round(tasks, list(tries), on_done)
            tries = {number: tried for number, tried in tries.items() if number not in done}
            for number in lost:  # any of those under way may have killed the pool
                tries[number] += 1
                if tries[number] > self.retries:
                    raise ExperimentError(
                        f"run {tasks[number].name}: its worker died in {tries[number]} tries"
                    )

    def _round(
        self, tasks: Sequence[Task], numbers: Sequence[int], on_done: OnDone
    ) -> tuple[set[int], list[int]]:
        """Run these tasks in one pool; give those that came back, and those lost where it broke."""
        context = multiprocessing.get_context("spawn")
        pool = ProcessPoolExecutor(self.workers, context, initializer=_leave_interrupts_to_the_parent)
        done: set[int] = set()
        left, running = list(numbers), dict[Future[Run], int]()
        try:
            # No more than the workers at a time, so that a broken pool costs few tries.
            while left or running:
                while left and len(running) < self.workers:
                    number = left.pop(0)
                    running[pool.submit(self.work, tasks[number])] = number
                finished, _ = wait(running, return_when=FIRST_COMPLETED)
                for future in finished:
                    on_done(future.result())
                    done.add(running.pop(future))
        except BrokenProcessPool:
            return done, list(running.values())
        finally:
            _end(pool)
        return done, []


def _leave_interrupts_to_the_parent() -> None:
    signal.signal(signal.SIGINT, signal.SIG_IGN)


def _end(pool: ProcessPoolExecutor) -> None:
    """End a pool at once, runs under way too."""
    workers = list((pool._processes or {}).values())
    pool.shutdown(wait=False, cancel_futures=True)
    for worker in workers:
        worker.terminate()
    for worker in workers:
        worker.join()
