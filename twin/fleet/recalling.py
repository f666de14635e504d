"""Late packets: filtering a track again from before them, and what has to be kept for that."""

import numpy as np
from numpy.typing import NDArray

from twin.fleet.epochs import Epochs, stacked
from twin.fleet.memory import HORIZON_NS, SPACING_NS, Beliefs, Memory, until_ns
from twin.fleet.working import Working
from twin.tables import Bytes, Flags, Floats


def known(memory: Memory, epochs: Epochs) -> tuple[Flags, Flags]:
    """Tell which epochs were heard before, and which of these told another place then.

    Parameters
    ----------
    memory : Memory
    epochs : Epochs
        Few: this looks through all that is remembered.

    Returns
    -------
    heard, elsewhere : (k,) bool
    """
    heard, elsewhere = np.zeros(len(epochs), np.bool_), np.zeros(len(epochs), np.bool_)
    before = _of(memory, np.unique(epochs.row))
    if before is None:
        return heard, elsewhere
    places = {key: place for place, key in enumerate(_keys(before))}
    for place, key in enumerate(_keys(epochs)):
        at = places.get(key)
        if at is not None:
            heard[place] = True
            away = np.hypot(epochs.x_m[place] - before.x_m[at], epochs.y_m[place] - before.y_m[at])
            elsewhere[place] = away > 1.0
    return heard, elsewhere


def _keys(epochs: Epochs) -> list[tuple[int, int, bool]]:
    return list(zip(epochs.row.tolist(), epochs.t_ns.tolist(), epochs.fixed.tolist(), strict=True))


def _of(memory: Memory, rows: NDArray[np.integer]) -> Epochs | None:
    """Give what is remembered of some machines."""
    parts = [part for table in memory.epochs if len(part := table.take(np.isin(table.row, rows)))]
    return stacked(parts) if parts else None


def again(
    memory: Memory, kind: Bytes, late: Epochs, rail_rad: Floats
) -> tuple[NDArray[np.intp], Working, tuple[Beliefs, ...]]:
    """Filter machines again, with packets that came late in their places.

    Parameters
    ----------
    memory : Memory
    kind : (n,) int8
    late : Epochs
        None heard before.
    rail_rad : (n,)

    Returns
    -------
    rows : (m,) int
        The machines.
    w : Working
        What is believed of them now.
    points : tuple of Beliefs
        Those of ``memory``, with the late packets in them.
    """
    rows = np.unique(late.row).astype(np.intp)
    before = _of(memory, rows)
    epochs = late if before is None else stacked([before, late])
    first = np.full(len(rows), np.iinfo(np.int64).max)
    np.minimum.at(first, np.searchsorted(rows, late.row), late.t_ns)
    points = [point.grown(len(kind)) for point in memory.points]
    last = np.array([until_ns(point.marks[:, rows]) for point in points])
    start = np.maximum((last < first).cumprod(axis=0).sum(axis=0) - 1, 0)
    w = Working.of(points[0], kind).some(rows)
    local = epochs.with_columns(row=np.searchsorted(rows, epochs.row).astype(np.int32))
    for number, point in enumerate(points):
        begins = np.flatnonzero(start == number)
        w.put(begins, Working.of(point, kind).some(rows[begins]))
        until = last[number + 1] if number + 1 < len(points) else np.full(len(rows), first.dtype.type(2**62))
        _run(w, local, until, start <= number, rail_rad[rows])
        if number + 1 < len(points):
            patched = Working.of(points[number + 1], kind)
            done = np.flatnonzero(start <= number)
            patched.put(rows[done], w.some(done))
            points[number + 1] = patched.beliefs()
    return rows, w, tuple(points)


def _run(w: Working, epochs: Epochs, last_ns: NDArray[np.int64], going: Flags, rail_rad: Floats) -> None:
    """Take what lies between what each machine has taken and an instant, in place."""
    row = epochs.row
    due = going[row] & (epochs.t_ns > until_ns(w.marks)[row]) & (epochs.t_ns <= last_ns[row])
    if due.any():
        from twin.fleet import taking  # compiled: loaded where it is first needed

        taking.taken(w, epochs.take(due), rail_rad)


def remembered(
    memory: Memory, beliefs: Beliefs, points: tuple[Beliefs, ...], new: Epochs, now_ns: int
) -> Memory:
    """Give the memory after a tick: ``new`` was taken, ``points`` are those before it."""
    epochs, at_ns, arrived = (*memory.epochs, new), memory.point_ns, memory.arrived
    if now_ns - at_ns[-1] >= SPACING_NS or now_ns < at_ns[-1]:
        points, at_ns = (*points, beliefs), (*at_ns, now_ns)
        arrived = (*arrived, len(epochs))
    while len(points) > 1 and at_ns[1] <= now_ns - HORIZON_NS:
        points, at_ns, arrived = points[1:], at_ns[1:], arrived[1:]
        gone = arrived[0]
        epochs, arrived = epochs[gone:], tuple(count - gone for count in arrived)
    return Memory(beliefs, points, at_ns, epochs, arrived)
