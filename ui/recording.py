"""What is told of the record of a run: when it fails, when it goes on, what it lacks at the end."""

from collections.abc import Callable
from dataclasses import dataclass

from twin.journal.writer import JournalWriter

_WAITING = " rows wait in memory: "
"""What a journal's problem says before the disk's own words."""


@dataclass(frozen=True, slots=True)
class Lack:
    """What the journal of a run lacks once it is closed.

    Attributes
    ----------
    ticks, of : int
        How many of the last ticks are not in it, and how many there were; 0 where only its end, or some in
        between, is not.
    why : str
        In the disk's own words, or the journal's.
    """

    ticks: int
    of: int
    why: str

    def __str__(self) -> str:
        missing = f"the last {self.ticks} of {self.of} ticks were" if self.ticks else "its end was"
        return f"incomplete, {missing} not recorded: {self.why}"


def lack_of(journal: JournalWriter | None, ticks: int) -> Lack | None:
    """Give what a closed journal lacks of so many ticks; None where it is whole, or none was asked for."""
    if journal is None:
        return None
    missing, problem = ticks - journal.committed, journal.problem
    if not missing and not problem:
        return None
    why = problem.partition(_WAITING)[2] or problem or "the disk did not answer in time"
    return Lack(missing, ticks, why)


class Watched:
    """Tells once when a journal begins to fail, and once when it goes on.

    Parameters
    ----------
    journal : JournalWriter or None
        None: nothing is recorded, and nothing told.
    tell : callable
    """

    def __init__(self, journal: JournalWriter | None, tell: Callable[[str], None]) -> None:
        self._journal, self._tell, self._failing = journal, tell, False

    def look(self) -> None:
        """Look how the journal does now."""
        journal = self._journal
        if journal is None:
            return
        problem = journal.problem
        if bool(problem) is not self._failing:
            self._failing = bool(problem)
            self._tell(f"journal {journal.path}: {problem or 'recording goes on, what waited is recorded'}")
