"""What sources are flooded with, as far as alarms stand that say so."""

from collections.abc import Iterator
from dataclasses import dataclass

import numpy as np

from twin.safety.alarms import RULE_NAMES, source_name
from twin.state import State
from ui.i18n import mark

_OF_SOURCE, _OF_MACHINE = RULE_NAMES.index("source_floods"), RULE_NAMES.index("machine_floods")


@dataclass(frozen=True, slots=True)
class Flood:
    """Lines that are too many: how many a second, in which name (empty: none), whether it is a machine's."""

    lines_per_s: float
    name: str
    of_machine: bool

    def words(self) -> str:
        """Give the English sentence with its fields still open."""
        if self.of_machine:
            return mark("flooded: {rate:.0f} lines/s in the name of {name}")
        if self.name:
            return mark("flooded: {rate:.0f} lines/s of no machine, most as {name}")
        return mark("flooded: {rate:.0f} lines/s of no machine")

    def fields(self) -> dict[str, str | float]:
        """Give what fills it."""
        return {"rate": self.lines_per_s, "name": self.name}


def floods_from(state: State, source: str) -> Iterator[Flood]:
    """Give what floods come from a source now: those of no machine, then those in the names of machines."""
    alarms, flooding = state.alarms, state.flooding
    stands = alarms.clear_ns == 0
    for row in np.flatnonzero(stands & (alarms.rule == _OF_SOURCE)).tolist():
        if source_name(flooding.sources, int(alarms.source[row])) == source:
            yield Flood(*flooding.by_source().get(source, (0.0, "")), of_machine=False)
    for row in np.flatnonzero(stands & (alarms.rule == _OF_MACHINE)).tolist():
        for one in flooding.senders:
            if one.row == alarms.mover[row] and one.source == source:
                yield Flood(one.lines_per_s, one.device, of_machine=True)
