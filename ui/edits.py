"""What is told of an edited file of sources while a run goes on without a window."""

from collections.abc import Callable, Sequence

from sensors.sources.hotplug import KEEPER
from twin.snapshot import SourceHealth


class Edits:
    """Tells at once of an edit that is not taken, and when the file is right again.

    Parameters
    ----------
    tell : callable

    Attributes
    ----------
    refused : list of str
        What was wrong with each.
    """

    def __init__(self, tell: Callable[[str], None]) -> None:
        self._tell, self._problem = tell, ""
        self.refused: list[str] = []

    def look(self, sources: Sequence[SourceHealth]) -> None:
        """Look how the file does now."""
        problem = next((told.detail for told in sources if told.name == KEEPER), "")
        if problem == self._problem:
            return
        self._problem = problem
        if problem:
            self.refused.append(problem)
            self._tell(f"the edit is not taken, the sources go on as before: {problem}")
        else:
            self._tell("the file of sources is right again, and taken")
