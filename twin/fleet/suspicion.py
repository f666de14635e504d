"""Why a machine's position is doubted: one code a reason, kept with its track.

A position that is doubted is shown where it was last believed, never where the doubtful fixes are.
"""

from enum import IntEnum

from twin.fleet.memory import EVIDENCE, GONE_X, GONE_Y, REPEATS, SUSPECT, UNPROVEN
from twin.fleet.working import Working

REPLAYS = 3.0
"""So many fixes of an earlier time make a replay, or a receiver that is behind; one that is taken in order
counts against three tenths."""


class Suspicion(IntEnum):
    """What speaks against a machine's position: the last evidence, a jump or a wrong fix beside no other."""

    NONE = 0
    JUMP = 1
    DRIFT = 2
    REPLAYED = 3
    TWICE = 4
    FROZEN = 5
    WRONG_FIX = 6
    FOREIGN = 7
    CLOCK = 8
    FLOOD = 9
    BEHIND = 10
    MOVED = 11


BESIDE_FIXES = (Suspicion.CLOCK,)
"""What is wrong beside its own fixes: while these fit, a machine is where it is shown. Where another sends in
its name nobody knows which of the two is the machine's."""

REASONS: dict[int, str] = {
    Suspicion.NONE: "",
    Suspicion.JUMP: "Jumped farther than it can have gone",
    Suspicion.DRIFT: "Drifts away from what wheels and gyro say",
    Suspicion.REPLAYED: "Sends positions of an earlier time",
    Suspicion.TWICE: "Two senders use its name",
    Suspicion.FROZEN: "Receiver stands still while the wheels turn",
    Suspicion.WRONG_FIX: "Fix called exact is off",
    Suspicion.FOREIGN: "Position came from a source that is not its own",
    Suspicion.CLOCK: "Its clock is wrong",
    Suspicion.FLOOD: "Sends far more than a receiver does",
    Suspicion.BEHIND: "Positions come seconds late: its clock, or the line",
    Suspicion.MOVED: "Came up where it cannot have come; shown there, not proven yet",
}
"""What a person reads for each code."""

OF_REJECTS: dict[str, Suspicion] = {
    "device speaks from another source": Suspicion.FOREIGN,
    "position too far from the one before": Suspicion.JUMP,
    "time ran back": Suspicion.REPLAYED,
    "two positions of one instant": Suspicion.TWICE,
    "clock of the device is off": Suspicion.CLOCK,
}
"""What is refused before it is decoded to a position tells of its device, by the reason of the refusal."""


def accuse(w: Working, row: int, code: Suspicion, t_ns: int) -> None:
    """Note evidence against a machine, not of its fixes, in place; one replayed or late fix is none."""
    if code in (Suspicion.REPLAYED, Suspicion.BEHIND):
        w.aids[REPEATS, row] = min(w.aids[REPEATS, row] + 1.0, 2.0 * REPLAYS)
        if w.aids[REPEATS, row] < REPLAYS:
            return
    w.marks[SUSPECT, row], w.marks[EVIDENCE, row] = code, max(t_ns, int(w.marks[EVIDENCE, row]))


def prove(w: Working, row: int) -> None:
    """Let a machine be where it is shown against its wheels, in place."""
    w.marks[UNPROVEN, row] = 0
    w.aids[[GONE_X, GONE_Y], row] = 0.0
    if w.marks[SUSPECT, row] == Suspicion.MOVED:
        w.marks[SUSPECT, row] = Suspicion.NONE
