"""The solver's seat: one worker process that is asked, and looked after, without ever waiting for it."""

import multiprocessing
from concurrent.futures import BrokenExecutor, Future, ProcessPoolExecutor

from twin.proposals import Problem
from twin.stacking.budget import WorkClock
from twin.stacking.problem import solve
from twin.stacking.suggestion import Suggestion

BUDGET_S = 0.5


class SolverProcess:
    """Solves one problem at a time in a process of its own; a crash of it costs that answer alone."""

    def __init__(self, budget_s: float = BUDGET_S) -> None:
        self._budget_s = budget_s
        self._pool: ProcessPoolExecutor | None = None
        self._future: Future[Suggestion | None] | None = None

    @property
    def busy(self) -> bool:
        """Whether a problem is being solved."""
        return self._future is not None

    def ask(self, problem: Problem) -> None:
        """Hand a problem over."""
        if self._pool is None:
            context = multiprocessing.get_context("spawn")
            self._pool = ProcessPoolExecutor(max_workers=1, mp_context=context)
        self._future = self._pool.submit(solve, problem, self._budget_s)

    def answer(self) -> tuple[bool, Suggestion | None]:
        """Give whether an answer has come, and the answer; None where there is no legal move."""
        if self._future is None or not self._future.done():
            return False, None
        future, self._future = self._future, None
        try:
            return True, future.result()
        except BrokenExecutor:
            self._pool = None
            return True, None

    def close(self) -> None:
        """End the process without waiting for it."""
        if self._pool is not None:
            self._pool.shutdown(wait=False, cancel_futures=True)
            self._pool = None


class SolverInline:
    """Solves at once on the caller's thread, by the work done and not by the time it takes.

    For tests and for runs faster than life: equal problems have equal answers, whatever the machine.
    """

    def __init__(self, budget_s: float = BUDGET_S) -> None:
        self._budget_s = budget_s
        self._problem: Problem | None = None

    @property
    def busy(self) -> bool:
        """Whether a problem waits for :meth:`answer`."""
        return self._problem is not None

    def ask(self, problem: Problem) -> None:
        """Hand a problem over."""
        self._problem = problem

    def answer(self) -> tuple[bool, Suggestion | None]:
        """Solve what was asked."""
        if self._problem is None:
            return False, None
        problem, self._problem = self._problem, None
        return True, solve(problem, self._budget_s, WorkClock())

    def close(self) -> None:
        """Do nothing: there is no process."""
