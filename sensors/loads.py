"""In whose names many lines come at once: a tick whose lines are of many names is hardly looked at."""

from collections.abc import Sequence

import numpy as np

from sensors.lines import Lines
from sensors.messages import Messages
from twin.clock import NS_PER_S
from twin.compiled import compiled
from twin.inputs import Load, RawChunk
from twin.tables import Ints, Longs

MANY = 30
"""More lines than this of one name are told of, where they came within ``AT_ONCE_NS``."""
AT_ONCE_NS = NS_PER_S // 10
MOST_LOADS = 64
"""So many names are told of, those of the most lines."""


def loads(
    lines: Lines, messages: Messages, known: int, count: int, t_rx_ns: Longs, chunks: Sequence[RawChunk]
) -> tuple[Load, ...]:
    """Tell in whose names many lines came.

    Parameters
    ----------
    lines : Lines
    messages : Messages
        Of the same lines, with their devices named.
    known, count : int
        So many devices were heard before, and with those that are new.
    t_rx_ns : (c,) int64
        When the chunks were received.
    chunks : sequence of RawChunk

    Returns
    -------
    tuple of Load
        The most lines first. Those of no device, and of all that are new, are told by their source.
    """
    who = _whose(lines, messages)
    counts = np.zeros(count + 1, np.int64)
    if _most(who, counts) <= MANY and known == count:
        return ()
    many = MANY * max(1.0, float(np.ptp(t_rx_ns)) / AT_ONCE_NS)
    if counts.max() <= many and counts[known + 1 :].sum() <= many:
        return ()
    nobody = (who < 0) | (who >= known)
    counted = np.flatnonzero((counts > many)[who + 1] | nobody)
    names = list(dict.fromkeys(chunk.source for chunk in chunks))
    source = np.array([names.index(chunk.source) for chunk in chunks])[lines.chunk[counted]]
    keys = np.where(nobody, -1, who)[counted].astype(np.int64) * len(names) + source
    found, times = np.unique(keys, return_counts=True)
    out = []
    for place in np.argsort(-times, kind="stable")[:MOST_LOADS].tolist():
        device, at = divmod(int(found[place]), len(names))
        if device >= 0 or times[place] > many:
            out.append(Load(names[at], lines.devices[device] if device >= 0 else "", int(times[place])))
    return tuple(out)


@compiled
def _most(who: Ints, counts: Longs) -> int:
    """Count the lines of each device, in place, those of none first; give the most."""
    most = 0
    for line in range(len(who)):
        place = who[line] + 1
        counts[place] += 1
        most = max(most, counts[place])
    return most


def _whose(lines: Lines, messages: Messages) -> Ints:
    """Give the device of each line, -1 where it has none; that of a message is the one that it names."""
    if not len(messages.device):
        return lines.device
    who = lines.device.copy()
    who[messages.line] = messages.device
    return who
