"""Evidence against a machine's fixes, gathered epoch by epoch, and what it amounts to.

What is refused is a jump or a wrong fix at once. What is taken may still be led astray: slow drifts show
in innovations that lean to one side for seconds, a frozen receiver in places that stay alike to the
millimetre while wheels turn, two senders of one name in fixes that are refused and taken by turns.
"""

import numpy as np

from twin.clock import NS_PER_S
from twin.fleet.correction import CONSISTENT, Verdicts
from twin.fleet.epochs import Epochs
from twin.fleet.memory import (
    AWAY_X,
    AWAY_Y,
    EVIDENCE,
    LEAN_X,
    LEAN_Y,
    REFUSED,
    REPEATS,
    SEEN_X,
    SEEN_Y,
    SHARE,
    SINCE,
    SUSPECT,
    WAY,
)  # fmt: skip
from twin.fleet.suspicion import Suspicion
from twin.fleet.working import Working
from twin.tables import Flags, Floats

HOLD_S = 10.0
"""A suspicion stands so long after its last evidence; a jump only until a fix is taken [s]."""
REACQUIRE_S = 20.0
"""Fixes that wheels contradict are believed after all once they agreed for so long [s]."""
FAR_M = 5.0
"""A fix called exact that is nearer than this to its track is a wrong fix, one farther away a jump [m]."""
CREPT_M = 0.35
"""Where the first refused fix was nearer than this, those before it had drifted there [m]."""
CREEPING_M = 0.2
"""A refused fix that is farther from the first of its streak than this creeps [m]."""
AGREE_M = 0.4
"""Refused fixes agree while they are no farther from their first than this [m]."""
SAME_M = 0.002
"""Places that differ by less are the same place told again [m]."""
ROLLED_M = 1.0
"""So far wheels turn before a receiver that tells the same place counts as frozen [m]."""
TURNS = 0.3
"""Refused and taken by turns: the share of changes, averaged over ten epochs, that two senders make."""
APART_M = 1.0
"""Two senders stand at least so far apart [m]."""
LEAN = 0.02
"""Weight of an innovation in the mean of late: about five seconds at ten a second."""
LEANING = 0.8
"""Square of that mean, in sigmas, from which a track is drawn away: chance is 0.01 an axis."""
REPLAYS = 3.0
"""So many fixes of an earlier time make a replay; one that is taken in order counts against three tenths."""
_TURN_SHARE = 0.1


def weigh(w: Working, fix: Epochs, verdicts: Verdicts, way_m: Floats) -> Flags:
    """Weigh fixes that were compared with their beliefs, in place.

    Parameters
    ----------
    w : Working
        k machines.
    fix : Epochs
        One row each; rows without a fix say nothing.
    verdicts : Verdicts
    way_m : (k,)
        How far wheels turned since the epoch before; where there are none, speed over ground times time.

    Returns
    -------
    (k,) bool
        Whose refused fixes agreed for so long that they are to be believed.
    """
    fixed, refused = fix.fixed, verdicts.refused
    taken = fixed & ~refused
    before = w.marks[REFUSED] > 0
    changed = np.where(fixed, (before != refused) * 1.0 - w.aids[SHARE], 0.0)
    w.aids[SHARE] += _TURN_SHARE * changed
    frozen = _frozen(w, fix, fixed, way_m)
    _lean(w, verdicts, taken)
    strayed_m, again = _streaks(w, fix, verdicts, refused)
    off_m = np.hypot(verdicts.away_m[0], verdicts.away_m[1])
    w.aids[REPEATS] = np.maximum(w.aids[REPEATS] - 0.3 * taken, 0.0)
    found = np.zeros(len(fix), np.int64)
    lean2 = w.aids[LEAN_X] ** 2 + w.aids[LEAN_Y] ** 2
    found[taken & (lean2 > LEANING)] = Suspicion.DRIFT
    wrong = (fix.quality == 4) & (off_m < FAR_M)
    found[refused] = np.where(wrong, Suspicion.WRONG_FIX, Suspicion.JUMP)[refused]
    first_m = np.hypot(w.aids[AWAY_X], w.aids[AWAY_Y])
    crept = strayed_m > np.where(first_m < CREPT_M, CREEPING_M, CREPT_M)
    found[refused & w.wheels & crept & (w.marks[REFUSED] > CONSISTENT)] = Suspicion.DRIFT
    found[refused & (w.aids[SHARE] > TURNS) & (off_m > APART_M)] = Suspicion.TWICE
    found[frozen] = Suspicion.FROZEN
    _settle(w, fix, found, taken)
    return again


def _settle(w: Working, fix: Epochs, found: np.ndarray, taken: Flags) -> None:
    """Note new evidence; let a suspicion go that a fix refutes or whose evidence is old."""
    marks = w.marks
    old = (fix.t_ns - marks[EVIDENCE]) > HOLD_S * NS_PER_S
    code = marks[SUSPECT]
    brief = (code == Suspicion.JUMP) | (code == Suspicion.WRONG_FIX) | (code == Suspicion.FROZEN)
    over = taken & (found == 0) & (brief | old)
    marks[SUSPECT] = np.where(over, 0, marks[SUSPECT])
    # Two senders, once seen, explain the jumps between them, and a drift where it has led.
    lasting = (marks[SUSPECT] == Suspicion.TWICE) | (marks[SUSPECT] == Suspicion.DRIFT)
    known = lasting & ((found == Suspicion.JUMP) | (found == Suspicion.WRONG_FIX)) & ~old
    told = (found > 0) & ~known
    marks[SUSPECT] = np.where(told, found, marks[SUSPECT])
    marks[EVIDENCE] = np.where(told, fix.t_ns, marks[EVIDENCE])


def _frozen(w: Working, fix: Epochs, fixed: Flags, way_m: Floats) -> Flags:
    """Tell whose receiver says the same place again though its wheels turned."""
    aids = w.aids
    same = (np.abs(fix.x_m - aids[SEEN_X]) < SAME_M) & (np.abs(fix.y_m - aids[SEEN_Y]) < SAME_M)
    aids[WAY] = np.where(fixed & ~same, 0.0, aids[WAY] + np.nan_to_num(np.abs(way_m)))
    moved = fixed & ~same
    aids[SEEN_X] = np.where(moved, fix.x_m, aids[SEEN_X])
    aids[SEEN_Y] = np.where(moved, fix.y_m, aids[SEEN_Y])
    frozen: Flags = fixed & same & (aids[WAY] > ROLLED_M)
    return frozen


def _lean(w: Working, verdicts: Verdicts, taken: Flags) -> None:
    """Average innovations in sigmas, of machines whose wheels are heard; a refused one ends the mean."""
    known = taken & w.wheels
    sigma = np.sqrt(verdicts.variance_m2)
    for row, away, one in ((LEAN_X, verdicts.away_m[0], sigma[0]), (LEAN_Y, verdicts.away_m[1], sigma[1])):
        w.aids[row] += np.where(known, LEAN * (away / one - w.aids[row]), 0.0)


def _streaks(w: Working, fix: Epochs, verdicts: Verdicts, refused: Flags) -> tuple[Floats, Flags]:
    """Count refused fixes in a row; tell how far each is from their first, and which agreed for long."""
    marks, aids = w.marks, w.aids
    begins = refused & (marks[REFUSED] == 0)
    strayed = np.hypot(verdicts.away_m[0] - aids[AWAY_X], verdicts.away_m[1] - aids[AWAY_Y])
    astray = strayed > np.maximum(4.0 * np.sqrt(verdicts.variance_m2.sum(axis=0)), AGREE_M)
    new = begins | (refused & astray)
    marks[SINCE] = np.where(new, fix.t_ns, marks[SINCE])
    aids[AWAY_X] = np.where(new, verdicts.away_m[0], aids[AWAY_X])
    aids[AWAY_Y] = np.where(new, verdicts.away_m[1], aids[AWAY_Y])
    marks[REFUSED] = np.where(refused, marks[REFUSED] + 1, np.where(fix.fixed, 0, marks[REFUSED]))
    long = fix.t_ns - marks[SINCE] > REACQUIRE_S * NS_PER_S
    again: Flags = refused & w.wheels & long & ~astray & (marks[REFUSED] > CONSISTENT)
    return np.where(begins | astray, 0.0, strayed), again


def forget(w: Working) -> None:
    """Drop what spoke against the fixes of tracks that begin anew, in place."""
    w.aids[[SHARE, LEAN_X, LEAN_Y, WAY, AWAY_X, AWAY_Y]] = 0.0
    w.aids[[SEEN_X, SEEN_Y]] = np.nan
    w.marks[[REFUSED, SINCE, SUSPECT, EVIDENCE]] = 0


def accuse(w: Working, row: int, code: Suspicion, t_ns: int) -> None:
    """Note evidence against a machine from elsewhere, in place; one replayed fix is none yet."""
    if code is Suspicion.REPLAYED:
        w.aids[REPEATS, row] += 1.0
        if w.aids[REPEATS, row] < REPLAYS:
            return
    w.marks[SUSPECT, row], w.marks[EVIDENCE, row] = code, max(t_ns, int(w.marks[EVIDENCE, row]))
