"""Words of boxes: what a tick's readings and events are while they act, and what is kept of them."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from twin.desk import Desk
from twin.fleet import roster
from twin.fleet.table import HOLDS
from twin.inputs import CraneReadings, Event, HealthReport, MachineNotice, ReeferReading
from twin.safety.rules.scene import Drives
from twin.state import Said
from twin.tables import Flags, Ints, Longs

POSES = (
    "x_m", "y_m", "heading_rad", "speed_mps", "yaw_rate_rps", "pose_ns", "trailer_heading_rad", "freshness",
)  # fmt: skip
_GRAINS = {
    "x_m": 2**-8, "y_m": 2**-8, "heading_rad": 2**-12, "speed_mps": 2**-8, "yaw_rate_rps": 2**-10,
    "trailer_heading_rad": 2**-12,
}  # fmt: skip
"""Poses that are kept are so coarse: what is of half a second ago is off by more, and they compress well."""
FOLLOWED = ("trolley_m", "hoist_m", "load_kg", "locked", "plc_ns", "trolley_mps", "hoist_mps")
"""Columns of the tracks that readings tell."""
HELD = (*FOLLOWED, *HOLDS)
TABLES = ("stock", "weather", "pick_ups", "arrivals", "orders", "discrepancies")
READ = tuple(CraneReadings.__dataclass_fields__)
"""The columns of readings."""
_ANY_ORDER = (MachineNotice, HealthReport, ReeferReading)
"""Events whose order does not count."""


@dataclass(frozen=True, eq=False, slots=True)
class Words:
    """What is told: the fleet row (k,) of each reading, the readings, and the events."""

    row: Ints
    readings: CraneReadings
    events: tuple[Event, ...]

    def __len__(self) -> int:
        """Give the number of words."""
        return len(self.row) + len(self.events)

    def some(self, which: Flags | Longs) -> "Words":
        """Give the words of these readings, and all events."""
        return Words(self.row[which], some(self.readings, which), self.events)


def some(readings: CraneReadings, which: Any) -> CraneReadings:
    """Give some readings."""
    return readings.with_columns(**{name: getattr(readings, name)[which] for name in READ})


def joined(one: CraneReadings, other: CraneReadings) -> CraneReadings:
    """Give readings and more."""
    if not len(other):
        return one
    columns = {name: np.concatenate((getattr(one, name), getattr(other, name))) for name in READ}
    return one.with_columns(**columns)


def with_readings(one: Said, row: Ints, readings: CraneReadings) -> Said:
    """Give an entry with more readings in it."""
    if not len(row):
        return one
    rows = np.concatenate((one.row, row), dtype=np.int32)
    return one.with_columns(row=rows, readings=joined(one.readings, readings))


def gathered(said: Sequence[Said], name: str) -> NDArray[Any]:
    """Give a column of the readings of some entries, one behind the other."""
    return np.concatenate([getattr(one.readings, name) for one in said])


def drives_of(said: Sequence[Said]) -> tuple[Drives, ...]:
    """Give where trolleys and hoists were when each entry began, oldest first."""
    trolley, hoist, told = (HELD.index(name) for name in ("trolley_m", "hoist_m", "plc_ns"))
    return tuple(Drives(one.held[trolley], one.held[hoist], one.held[told]) for one in said)


def counts(event: Event) -> bool:
    """Tell whether the order of an event counts."""
    return not isinstance(event, _ANY_ORDER)


def oldest_ns(said: Sequence[Said]) -> int:
    """Give the instant that the tables cannot go back behind."""
    return max(said[0].t_ns, said[0].before_ns)


def columns_of(desk: Desk, names: Sequence[str]) -> tuple[NDArray[Any], ...]:
    """Give columns of the tracks."""
    return tuple(getattr(desk.tracks, name) for name in names)


def coarse_poses(desk: Desk) -> tuple[NDArray[Any], ...]:
    """Give the poses of all machines as they are kept."""
    exact = dict(zip(POSES, columns_of(desk, POSES), strict=True))
    return tuple(
        np.rint(column / _GRAINS[name]) * _GRAINS[name] if name in _GRAINS else column
        for name, column in exact.items()
    )


def padded(desk: Desk, names: Sequence[str], columns: Sequence[NDArray[Any]]) -> dict[str, NDArray[Any]]:
    """Give columns of the tracks by name, with rows of machines of which nothing was known yet."""
    more = len(desk.fleet) - len(columns[0])
    if not more:
        return dict(zip(names, columns, strict=True))
    blank = roster.blank_tracks(more)
    return {
        name: np.concatenate((column, getattr(blank, name)))
        for name, column in zip(names, columns, strict=True)
    }
