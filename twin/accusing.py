"""Machines doubted for what comes in their names, beside what speaks against their positions."""

from twin.desk import Desk
from twin.fleet import roster, tracking
from twin.fleet.suspicion import OF_REJECTS, Suspicion
from twin.flooding import Flooding
from twin.inputs import Batch


def take_accusations(desk: Desk, batch: Batch, flooding: Flooding, t_ns: int) -> None:
    """Doubt machines whose lines are too many, or were refused for what speaks against their positions."""
    told = [one for one in batch.rejects if one.device and one.reason in OF_REJECTS]
    found = [(one.row, Suspicion.FLOOD) for one in flooding.senders if one.row >= 0 and one.floods(t_ns)]
    if told:
        rows = roster.row_of(desk.fleet, [one.device for one in told]).tolist()
        found += [(row, OF_REJECTS[one.reason]) for row, one in zip(rows, told, strict=True) if row >= 0]
    desk.tracks = tracking.accused(desk.fleet, desk.tracks, found, t_ns)
