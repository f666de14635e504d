"""What is told of an edited file of sources while a run goes on without a window."""

from collections.abc import Callable, Sequence

from sensors.sources.hotplug import KEEPER
from twin.snapshot import Link, SourceHealth


class Edits:
    """Tells at once of an edit that is not taken, of a file right again, of a calibration that is off.

    Parameters
    ----------
    tell : callable

    Attributes
    ----------
    refused : list of str
        What was wrong with each.
    """

    def __init__(self, tell: Callable[[str], None]) -> None:
        self._tell, self._problem, self._doubt = tell, "", ""
        self.refused: list[str] = []

    def look(self, sources: Sequence[SourceHealth]) -> None:
        """Look how the file does now, and the calibration in it."""
        file = next((told for told in sources if told.name == KEEPER), None)
        if file is None:
            return
        if file.link is Link.DOUBTED:
            if file.detail != self._doubt:
                self._tell(file.detail)
            self._doubt = file.detail
            self._look_at("")
        else:
            self._doubt = self._doubt if file.detail else ""
            self._look_at(file.detail)

    def _look_at(self, problem: str) -> None:
        if problem == self._problem:
            return
        self._problem = problem
        if problem:
            self.refused.append(problem)
            self._tell(f"the edit is not taken, the sources go on as before: {problem}")
        else:
            self._tell("the file of sources is right again, and taken")
