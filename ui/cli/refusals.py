"""What ``yard-twin decode`` says on stderr: refused lines by their numbers, and why a log gives no fix."""

import sys
from collections import Counter
from collections.abc import Sequence
from typing import TYPE_CHECKING

from sensors.packed import HEAD, no_log
from ui.plurals import some

if TYPE_CHECKING:
    from twin.inputs import Reject

MOST_TOLD = 10
"""So many refused lines of a log are told one by one; all are counted."""
_SHOWN = 60
"""So many characters of a line are quoted; dots behind the quote say that it goes on."""
_UNREAD = {
    "GGAH": "GGAH alone, of a second antenna", "GLL": "GLL, not read", "GLLH": "GLLH, not read",
    "GNS": "GNS, not read", "GNSH": "GNSH, not read", "RMCH": "RMCH, not read", "RMA": "RMA, not read",
}  # fmt: skip
"""Sentences with a position that makes no fix, and what is said of them where a log has no other."""
_MOST_TYPES = 5


class Refusals:
    """Tells the first refused lines of a log by their numbers.

    Parameters
    ----------
    name : str
        What the log is called in messages.
    """

    def __init__(self, name: str) -> None:
        self._name = name
        self._lines = self._told = self._more = 0
        self._head = b""

    def look(self, data: bytes, rejects: Sequence["Reject"]) -> None:
        """Take the next lines of the log and what was refused of them, in their order."""
        self._head = self._head or data[:HEAD]
        text, at = b"\n" + data, 0
        for reject in rejects:
            found = text.find(b"\n" + reject.line, at) if reject.line else -1
            if found < 0 or self._told == MOST_TOLD:
                self._more += 1
                continue
            at, self._told = found + 1, self._told + 1
            number = self._lines + text.count(b"\n", 0, found + 1)
            sys.stderr.write(
                f"yard-twin: {self._name}, line {number}: {reject.reason}: {_quoted(reject.line)}\n"
            )
        self._lines += data.count(b"\n")

    def finish(self) -> None:
        """Tell how many more there were."""
        if self._more and self._told:
            sys.stderr.write(f"yard-twin: {self._name}: {self._more} refused more, see the counts\n")

    def other(self) -> str:
        """Tell what the log is where it is none; empty where that is not known."""
        return no_log(self._head)


def _quoted(line: bytes) -> str:
    text = line.decode("ascii", "backslashreplace")
    return f"{text[:_SHOWN]!r}{'...' if len(text) > _SHOWN else ''}"


def unread(sentences: Counter[str]) -> Counter[str]:
    """Give the sentences with a position that makes no fix, by what is said of them."""
    return Counter({_UNREAD[name]: count for name, count in sentences.items() if name in _UNREAD})


def why_none(name: str, lines: int, sentences: Counter[str], without: Counter[str], other: str = "") -> str:
    """Say in a sentence why a log gives no fix; ``other`` is what it is where it is no log."""
    if other and not sentences:
        why = other
    elif without:
        why = ", ".join(f"{count} {what}" for what, count in without.most_common())
    elif sentences:
        most = ", ".join(f"{count} {what}" for what, count in sentences.most_common(_MOST_TYPES))
        why = f"none is a GGA, RMC or KSXT, the most are {most}"
    else:
        why = "none could be read"
    return f"{name}: no fix in {some(lines, 'line')}: {why}"
