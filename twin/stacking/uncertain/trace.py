"""A recorded block, read and replayed under a named rule: what it took, as one row of plain values."""

import math
from dataclasses import dataclass
from pathlib import Path

import numpy as np

from twin.errors import TwinError
from twin.stacking.uncertain.beliefs import Beliefs, Known, Noisy
from twin.stacking.uncertain.policies import RULES
from twin.stacking.uncertain.record import Record
from twin.stacking.uncertain.recorded import Recorded, recorded
from twin.stacking.uncertain.replay import Outcome, replay
from twin.stacking.uncertain.residence import Learnt
from twin.stacking.uncertain.tables import read_operations, read_standing

DEFAULT_RULE = "expected"
MOST_DAYS = 365.0


class DeparturesError(TwinError):
    """Words for what is known of departures that cannot be."""


@dataclass(frozen=True, slots=True)
class Departures:
    """What a policy is told of departures.

    Attributes
    ----------
    words : as given: ``known``, ``noise:DAYS`` or ``unknown``.
    sigma_d : error of the estimates [days], 0 where known, None where nothing is told.
    """

    words: str
    sigma_d: float | None

    @classmethod
    def of(cls, words: str) -> "Departures":
        """Read ``known``, ``noise:DAYS`` or ``unknown``.

        Raises
        ------
        DeparturesError
            Where it is none of these, or the days are not from 0 to a year.
        """
        if words == "known":
            return cls(words, 0.0)
        if words == "unknown":
            return cls(words, None)
        head, _, days = words.partition(":")
        try:
            sigma_d = float(days) if head == "noise" else math.nan
        except ValueError:
            sigma_d = math.nan
        if not 0.0 <= sigma_d <= MOST_DAYS:
            raise DeparturesError(
                f"departures: expected known, unknown or noise:DAYS with 0 to {MOST_DAYS:.0f} days, "
                f"found {words[:40]!r}"
            )
        return cls(words, sigma_d)

    def beliefs(self, record: Record, seed: int) -> Beliefs:
        """Give what a policy may know of a record."""
        if self.sigma_d is None:
            return Learnt(record, seed)
        return Noisy(record, self.sigma_d, seed) if self.sigma_d > 0.0 else Known(record)


def read_record(standing: Path, operations: Path, rows: int, tiers: int) -> Recorded:
    """Read a recorded block.

    Raises
    ------
    RecordError
        Where a file is damaged: file, line, column, expected and found.
    """
    return recorded(read_standing(standing), read_operations(operations), rows, tiers)


def trace(block: Recorded, policy: str, departures: Departures, seed: int) -> dict[str, object]:
    """Replay a recorded block under a rule and give its figures by name.

    Parameters
    ----------
    block : Recorded
    policy : str
        One of ``RULES``.
    departures : Departures
    seed : int
        Of estimates, scenarios and rules that draw.
    """
    record = block.record
    out = replay(record, departures.beliefs(record, seed), RULES[policy], seed)
    ms = np.array(out.ms) if out.ms else np.zeros(1)
    return {
        "policy": policy,
        "departures": departures.words,
        "seed": seed,
        "relocations": out.relocations,
        "leaves": out.leaves,
        "blocked_leaves": out.blocked_leaves,
        "enters": out.enters,
        "no_slot": out.no_slot,
        "outside_bay": out.outside_bay,
        "at_start": int((record.first_cell >= 0).sum()),
        "standing": int(out.enters - out.no_slot - out.leaves + (record.first_cell >= 0).sum()),
        "lower_bound": out.blocking_at_start,
        "human_relocations": block.relocated,
        "ms_p50": round(float(np.percentile(ms, 50)), 3),
        "ms_p95": round(float(np.percentile(ms, 95)), 3),
        "rejects": _counted(block, out),
        "notes": dict(sorted(block.notes.items())),
    }


def _counted(block: Recorded, out: Outcome) -> dict[str, int]:
    reasons = dict(sorted(block.rejects.items()))
    if out.leaves_without_slot:
        reasons["leaves, but had found no slot"] = out.leaves_without_slot
    return reasons
