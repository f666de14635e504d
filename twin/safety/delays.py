"""What rules have found and do not raise yet: each finding waits for its rule's on-delay."""

import numpy as np
from numpy.typing import NDArray

from twin.clock import NS_PER_S
from twin.safety import life
from twin.safety.life import Findings, keys_of
from twin.safety.rules import RULES
from twin.safety.table import Alarms, Pending
from twin.tables import Flags, Longs

ON_DELAY_NS = np.array([round(rule.on_delay_s * NS_PER_S) for rule in RULES.values()], np.int64)
_OVER_GAPS = np.array([rule.over_gaps for rule in RULES.values()], np.bool_)


def due(before: Pending, alarms: Alarms, found: Findings, t_ns: int) -> tuple[Findings, Pending]:
    """Give what is to be raised now, and what goes on waiting for its on-delay.

    Parameters
    ----------
    before : Pending
    alarms : Alarms
        Those that stand: what they are about waits for nothing.
    found : Findings
        Of this tick.
    t_ns : int
        Now [ns UTC].

    Returns
    -------
    Findings
    Pending
        The same object where nothing began, ceased or was raised.
    """
    keys = keys_of(found)
    stand = life.standing_keys(alarms)
    stands = np.isin(keys, stand)
    waiting = keys_of(before)
    at = np.minimum(np.searchsorted(waiting, keys), max(len(waiting) - 1, 0))
    waited = (waiting[at] == keys) if len(waiting) else np.zeros(len(keys), np.bool_)
    since_ns = np.where(waited, _resumed_ns(before, t_ns)[at] if len(waiting) else 0, t_ns)
    asks = ~stands & ((found.level > 0) | waited)
    raises = asks & (found.level > 0) & (t_ns - since_ns >= ON_DELAY_NS[found.rule])
    rows = np.flatnonzero(asks & ~raises)
    more = _lapsed(before, ~np.isin(waiting, keys) & ~np.isin(waiting, stand), t_ns)
    pending = _joined(found, rows, since_ns[rows], more)
    same = len(pending) == len(before) and all(
        np.array_equal(getattr(pending, name), getattr(before, name)) for name in Pending.__dataclass_fields__
    )
    return found.take(np.flatnonzero(raises)), before if same else pending


def _resumed_ns(before: Pending, t_ns: int) -> Longs:
    """Give since when what is found again counts as found: what a gap took from it is made up for."""
    gap_ns = np.where(before.lapsed_ns > 0, t_ns - before.lapsed_ns, 0)
    resumed: Longs = np.minimum(before.since_ns + 2 * gap_ns, t_ns)
    return resumed


def _lapsed(before: Pending, gone: Flags, t_ns: int) -> Pending:
    """Give what is not found now, of rules that count over gaps, while the gap is the shorter of both."""
    lapsed_ns = np.where(before.lapsed_ns > 0, before.lapsed_ns, t_ns)
    kept = gone & _OVER_GAPS[before.rule] & (t_ns - lapsed_ns < lapsed_ns - before.since_ns)
    return before.with_columns(lapsed_ns=lapsed_ns).take(kept)


def _joined(found: Findings, rows: NDArray[np.intp], since_ns: Longs, lapsed: Pending) -> Pending:
    """Give findings that wait and those in a gap as one table, in the order of their keys."""
    waits = Pending(
        found.rule[rows], found.mover[rows], found.other[rows], found.box[rows],
        found.source[rows], since_ns, np.zeros(len(rows), np.int64),
    )  # fmt: skip
    if not len(lapsed):
        return waits
    names = Pending.__dataclass_fields__
    both = Pending(**{name: np.concatenate((getattr(waits, name), getattr(lapsed, name))) for name in names})
    return both.take(np.argsort(keys_of(both), kind="stable"))
