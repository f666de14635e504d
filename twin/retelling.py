"""Words of boxes that come late: the last seconds are told again, each word in its place.

Crane readings and events act on the stock one after another, so their order counts. What is told is kept
for some seconds with the tables as they were before it. Where a word comes that was measured before others
that were told already, the tables go back to before it, and all words since act again in order of
measurement: stock, orders and the list of what cannot be end as they would have in order. Words in order
wait for nothing.
"""

from collections.abc import Sequence
from itertools import compress
from operator import not_

import numpy as np

from twin import hindsight, words
from twin.acting import acted, acted_again, some_locks, still_turned
from twin.clock import NS_PER_S
from twin.desk import Desk
from twin.fleet import tracking
from twin.fleet.table import HOLDS
from twin.inputs import Event, no_readings
from twin.slipping import Slipped, slipped_in
from twin.state import Said
from twin.tables import Longs
from twin.words import HELD as HELD
from twin.words import TABLES
from twin.words import Words as Words

HORIZON_NS = hindsight.KEPT_NS
"""Words may be this late and still be told in their place."""
SPACING_NS = NS_PER_S // 2
"""Between two instants to which the tables can go back."""
MOST = 8_192
"""So many words are kept; under a flood, words may be less late."""
TOO_LATE = "telemetry too late to be told in its place"
_LONG_AGO = -(2**62)


def take(desk: Desk, said: tuple[Said, ...], told: Words, t_ns: int, *, moved: bool) -> tuple[Said, ...]:
    """Let a tick's words act on the desk's tables, in place; late ones where they belong.

    Parameters
    ----------
    desk : Desk
        Its tracks have the tick's fixes in them.
    said : tuple of Said
        What was told in the last seconds, oldest first.
    told : Words
    t_ns : int
        The tick.
    moved : bool
        Whether the tracks differ from those of the tick before.

    Returns
    -------
    tuple of Said
        The same object where nothing is told and nothing moved.
    """
    if not len(told) and not moved:
        return said
    said = _begun(desk, said, t_ns)
    desk.kept_ns = said[-1].t_ns - hindsight.KEPT_NS
    if not len(told):
        return said
    behind = told.readings.t_ns <= desk.tracks.plc_ns[told.row]
    late = _late(desk, said, told, np.flatnonzero(behind)) if behind.any() else np.empty(0, np.int64)
    few = told.some(late) if len(late) else None
    told = told.some(~behind) if behind.any() else told
    tracks, locks = tracking.apply_readings(desk.fleet, desk.tracks, told.row, told.readings)
    locks = hindsight.located(desk, locks, told.row, told.readings)
    desk.tracks = tracks
    said = (*said[:-1], words.with_readings(said[-1], told.row, told.readings))
    anew: Slipped | None = None
    if few is not None:
        slipped = slipped_in(desk, said, few.row, few.readings)
        said = slipped.said
        anew = None if slipped.alike else slipped
        locks = locks if anew is None else still_turned(locks, anew)
    belated = [_is_late(said, event) for event in told.events]
    late_events = list(compress(told.events, belated))
    behind = (locks.t_ns > words.oldest_ns(said)) & (locks.t_ns <= said[-1].newest_ns)
    if late_events or behind.any() or anew is not None:
        said = acted_again(desk, said, late_events, some_locks(locks, behind), anew)
    events = list(compress(told.events, map(not_, belated)))
    return (*said[:-1], acted(desk, said[-1], events, some_locks(locks, ~behind)))


def acted_on(desk: Desk) -> tuple[object, ...]:
    """Give the tables of which nothing can be told again once a decision has changed them."""
    held = (getattr(desk.tracks, name) for name in HOLDS)
    return desk.yard, desk.stock, desk.pick_ups, desk.arrivals, desk.discrepancies, *held


def kept(said: tuple[Said, ...], desk: Desk, before: Sequence[object]) -> tuple[Said, ...]:
    """Give what was told, or nothing where a decision has changed what it acted on.

    Parameters
    ----------
    before : sequence
        :func:`acted_on` before the decisions.
    """
    return said if all(one is other for one, other in zip(before, acted_on(desk), strict=True)) else ()


def _begun(desk: Desk, said: tuple[Said, ...], t_ns: int) -> tuple[Said, ...]:
    """Give the list with an entry to which a tick's words can be put, and without what is too old."""
    if said and t_ns - said[-1].t_ns < SPACING_NS:
        return said
    while len(said) > 1 and said[1].t_ns <= t_ns - HORIZON_NS:
        said = said[1:]
    while said and sum(len(one.row) + len(one.events) for one in said) > MOST:
        said = said[1:]
    newest_ns = said[-1].newest_ns if said else _LONG_AGO
    tables = {name: getattr(desk, name) for name in TABLES}
    begun = Said(
        t_ns=t_ns, before_ns=newest_ns, newest_ns=newest_ns, poses=words.coarse_poses(desk),
        held=words.columns_of(desk, HELD), **tables, row=np.empty(0, np.int32), readings=no_readings(),
    )  # fmt: skip
    return (*said, begun)


def _late(desk: Desk, said: tuple[Said, ...], told: Words, behind: Longs) -> Longs:
    """Give the readings that are new and can be told in their place; count those that cannot."""
    from twin import interleaving
    from twin.fleet.places import locked

    fate = np.empty(len(behind), np.int8)
    rows, t_ns = told.row[behind], told.readings.t_ns[behind]
    interleaving.judged(
        locked(rows), locked(t_ns), locked(np.concatenate([one.row for one in said])),
        locked(words.gathered(said, "t_ns")), locked(desk.tracks.plc_ns),
        locked(words.padded(desk, HELD, said[0].held)["plc_ns"]), words.oldest_ns(said), fate,
    )  # fmt: skip
    over = behind[fate == interleaving.TOO_LATE].tolist()
    for k in over:
        hindsight.note_overtaken(desk, int(told.row[k]), told.readings, k)
    if over:
        desk.count("!" + TOO_LATE, len(over))
    new: Longs = behind[fate == interleaving.NEW]
    return new


def _is_late(said: tuple[Said, ...], event: Event) -> bool:
    """Tell whether an event belongs before others; what is far older is told as it comes."""
    return words.counts(event) and words.oldest_ns(said) < event.t_ns <= said[-1].newest_ns
