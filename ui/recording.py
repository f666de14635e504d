"""What is told of the record of a run: when it fails, when it goes on, what it lacks at the end."""

from collections.abc import Callable
from dataclasses import dataclass

from twin.journal.errors import Lost, Trouble
from twin.journal.writer import JournalWriter
from ui.findings import instant
from ui.i18n import mark
from ui.plurals import some

_TABLES = {"tick": mark("tick"), "keyframe": mark("keyframe"), "mark": mark("mark")}


@dataclass(frozen=True, slots=True)
class Lack:
    """What the journal of a run lacks once it is closed.

    Attributes
    ----------
    ticks, of : int
        How many ticks are not in it, and how many there were; 0 where only its end, or a keyframe, is not.
    why : str
        In the disk's own words, or the journal's.
    first : Lost or None
        The first row whose content could not be written; None where it is the last ticks that are missing.
    """

    ticks: int
    of: int
    why: str
    first: Lost | None = None

    def __str__(self) -> str:
        if self.first is not None and self.ticks:
            begins = f"from the {self.first.table} of {instant(self.first.t_ns)} on"
            missing = f"{self.ticks} of {some(self.of, 'tick')} were not recorded, {begins}"
        elif self.first is not None:
            missing = f"the {self.first.table} of {instant(self.first.t_ns)} was not recorded"
        elif self.ticks:
            missing = f"the last {self.ticks} of {self.of} ticks were not recorded"
        else:
            missing = "its end was not recorded"
        return f"incomplete, {missing}: {self.why}"


def lack_of(journal: JournalWriter | None, ticks: int) -> Lack | None:
    """Give what a closed journal lacks of so many ticks; None where it is whole, or none was asked for."""
    if journal is None:
        return None
    missing, trouble = ticks - journal.ticks, journal.trouble
    if journal.first_lost is not None:
        first, why = journal.first_lost
        return Lack(missing, ticks, why, first)
    if not missing and trouble is None:
        return None
    return Lack(missing, ticks, "the disk did not answer in time" if trouble is None else trouble.why)


def told(trouble: Trouble) -> str:
    """Tell in English why something is not recorded."""
    return why_not_recorded(trouble, _filled_in, instant)


def _filled_in(text: str, **values: object) -> str:
    return text.format(**values) if values else text  # the disk's own words may have braces


def why_not_recorded(trouble: Trouble, tr: Callable[..., str], at: Callable[[int], str]) -> str:
    """Tell why something is not recorded.

    Parameters
    ----------
    trouble : Trouble
    tr : callable
        Gives a text in the reader's language, its ``{names}`` filled in.
    at : callable
        Writes an instant [ns UTC].
    """
    lost, why = trouble.lost, tr(trouble.why)
    if lost is None:
        words = mark("not recorded, {count} rows wait in memory: {why}")
        return tr(words, count=trouble.waiting, why=why)
    words = mark("not recorded, the {what} of {time} cannot be written: {why}")
    return tr(words, what=tr(_TABLES[lost.table]), time=at(lost.t_ns), why=why)


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
        trouble = journal.trouble
        if (trouble is not None) is not self._failing:
            self._failing = trouble is not None
            self._tell(f"journal {journal.path}: {told(trouble) if trouble else _goes_on(journal)}")


def _goes_on(journal: JournalWriter) -> str:
    lost = journal.lost_ticks
    return (
        f"recording goes on, {some(lost, 'tick')} lost"
        if lost
        else "recording goes on, what waited is recorded"
    )
