"""Taking messages into beliefs: each machine's in order of measurement, one machine after the other."""

from math import isnan

import numpy as np

from twin.compiled import lean, packed
from twin.fleet import correction, doubting, lasting, starting, together
from twin.fleet.angles import trailed, wrapped
from twin.fleet.epochs import GATED, OLD, TAKEN, Epochs, in_order
from twin.fleet.memory import (
    BEGUN,
    EVERY,
    FIX,
    HELD,
    LAST,
    QUALITY,
    REFUSED,
    SINCE,
    SUSPECT,
    TRAILER,
    TRIED,
    Beliefs,
)
from twin.fleet.motion import STANDING_MPS
from twin.fleet.noise import (
    DOUBTED,
    OTHER_WAY_M,
    QUICKLY,
    RESTART_S,
    SELDOM,
    SLIGHT_M,
    TURNED_RAD,
    UNHEARD_S,
    UNSURE_M2,
)
from twin.fleet.places import (
    AWAY_EAST,
    AWAY_NORTH,
    EAST,
    FAST,
    GRADE,
    HEADING,
    NOSE,
    P_X,
    P_Y,
    WHEELS,
    A,
    Columns,
    Said,
    X,
    Y,
    keep,
    lay_out,
    listen,
    locked,
    put_back,
    room,
    rows_of,
    said_in,
    undo,
)  # fmt: skip
from twin.fleet.prediction import S_PER_NS, predict, since_s
from twin.fleet.suspicion import Suspicion
from twin.fleet.wheels import speed_of, turn_of, wheels_heard
from twin.fleet.working import Working
from twin.tables import Bytes, Floats, Ints, Longs

_DRIFT = int(Suspicion.DRIFT)


@lean
def step(b: Floats, k: Longs, kind: int, t_ns: int, rail: float) -> int:
    """Take what is laid out of one epoch; give TAKEN or GATED."""
    silent_s, fixed = since_s(k, t_ns), not isnan(b[EAST])
    if silent_s > UNHEARD_S and not fixed:
        # Wheels and gyro tell of the way since their last word, and of none before.
        return TAKEN
    if fixed and k[LAST] > 0 and isnan(b[WHEELS]) and not wheels_heard(b):
        doubting.watch_way(b, k, kind, t_ns)
    anew = silent_s > RESTART_S and abs(speed_of(b)) >= STANDING_MPS
    anew |= silent_s > UNHEARD_S and _turned(b)
    anew |= k[REFUSED] >= DOUBTED and starting.shows_heading(b, kind)
    if k[LAST] > 0 and not anew:
        return _go_on(b, k, kind, t_ns, rail)
    if fixed:
        if k[LAST] > 0:
            doubting.come_up(b, k, False)
        doubting.forget(b, k)
        starting.start(b, k, kind, t_ns, rail)
        k[FIX] = k[TRIED] = k[BEGUN] = t_ns
        b[A + QUALITY] = b[GRADE]
        # What was believed of its trailer was of another way.
        b[A + TRAILER] = b[HEADING]
    return TAKEN


@lean
def _turned(b: Floats) -> bool:
    """Tell whether the machine heads elsewhere than was believed: then its place says little either."""
    return not isnan(b[NOSE]) and abs(wrapped(b[NOSE] - b[HEADING])) > TURNED_RAD


@lean
def _go_on(b: Floats, k: Longs, kind: int, t_ns: int, rail: float) -> int:
    fixed, last = not isnan(b[EAST]), k[LAST]
    guessed, held = fixed and isnan(b[WHEELS]) and not wheels_heard(b), b[A + HELD]
    if guessed:
        keep(b)
    since_s = (t_ns - k[TRIED]) * S_PER_NS
    led = fixed and k[REFUSED] == 0 and lasting.led(b, since_s)
    dt = predict(b, k, kind, t_ns)
    if fixed:
        correction.unsettle(b, rail, dt)
        starting.learn_heading(b, kind, dt)
    # The first fixes after a gap may be as wrong as those that a track begins with.
    unsure = wheels_heard(b) and since_s > UNHEARD_S and b[P_X + X] + b[P_Y + Y] > UNSURE_M2
    speed = speed_of(b)
    told = speed if wheels_heard(b) else b[FAST]
    refused = correction.correct(b, kind, rail, led, since_s)
    again = doubting.weigh(b, k, t_ns, refused, 0.0 if isnan(told) else told * dt)
    if refused and isnan(b[NOSE]) and wheels_heard(b):
        starting.watch_heading(b, k, kind)
    way, off2 = speed * dt, b[AWAY_EAST] * b[AWAY_EAST] + b[AWAY_NORTH] * b[AWAY_NORTH]
    if refused and guessed:
        # A guess that a fix contradicts is no base for the next one.
        undo(b)
        correction.doubt(b)
        k[LAST], way, b[A + HELD] = last, 0.0, held
    elif refused and off2 < SLIGHT_M**2 and k[SUSPECT] != _DRIFT:
        # No wrong fix is off so little: the track has errors that its covariance does not know of.
        correction.doubt(b)
    if again:
        starting.believe_again(b, kind)
        k[REFUSED] = k[SINCE] = 0
        k[BEGUN] = t_ns
        if off2 > OTHER_WAY_M**2:
            b[A + TRAILER] = b[HEADING]
    if fixed:
        _learn_interval(k, t_ns - k[TRIED])
        k[TRIED] = t_ns
        if unsure and not refused:
            k[BEGUN] = t_ns
        if again or not refused:
            k[FIX] = t_ns
            b[A + QUALITY] = b[GRADE]
    b[A + TRAILER] = trailed(kind, b[A + TRAILER], b[HEADING], way, turn_of(b) * dt)
    return GATED if refused and not again else TAKEN


@lean
def _learn_interval(k: Longs, since_ns: int) -> None:
    """Learn how far apart fixes are as a rule: a gap counts for little, and is forgotten soon."""
    usual = k[EVERY]
    if usual == 0:
        k[EVERY] = max(since_ns, 0)
    elif since_ns > 0:
        k[EVERY] += (since_ns - usual) // (SELDOM if since_ns > usual else QUICKLY)


@packed
def _take(
    b: Floats, k: Longs, kind: Bytes, rail_rad: Floats, before: Columns, after: Columns, order: Longs,
    row: Ints, t_ns: Longs, said: Said, outcome: Bytes,
) -> None:  # fmt: skip
    """Take epochs, named in order of machine and instant, into the beliefs about all machines."""
    at = 0
    for i in range(len(kind)):
        lay_out(b, k, i, before)
        while at < len(order) and row[order[at]] == i:
            e = order[at]
            listen(b, e, said)
            outcome[e] = step(b, k, int(kind[i]), int(t_ns[e]), float(rail_rad[i]))
            at += 1
        put_back(b, k, i, after)


def taken(w: Working, epochs: Epochs, rail_rad: Floats) -> Bytes:
    """Take epochs into beliefs, in place.

    Parameters
    ----------
    w : Working
        All n machines.
    epochs : Epochs
        k rows in any order; none of a machine is before its last message.
    rail_rad : (n,)
        What each machine is bound to; NaN where it is bound to none.

    Returns
    -------
    (k,) int8
        TAKEN or GATED.
    """
    before = locked(w.mean.T), locked(w.covariance.T), locked(w.aids.T), locked(w.marks.T)
    return _taken(before, w, epochs, rail_rad)


def after(beliefs: Beliefs, kind: Bytes, epochs: Epochs, rail_rad: Floats) -> tuple[Working, Bytes]:
    """Give what is believed once epochs are taken, and their outcomes; see :func:`taken`."""
    w = Working(
        kind, np.empty_like(beliefs.mean, order="F"), np.empty_like(beliefs.covariance, order="F"),
        np.empty_like(beliefs.aids, order="F"), np.empty_like(beliefs.marks, order="F"),
    )  # fmt: skip
    return w, _taken(rows_of(beliefs), w, epochs, rail_rad)


def _taken(before: Columns, w: Working, epochs: Epochs, rail_rad: Floats) -> Bytes:
    outcome = np.full(len(epochs), OLD, np.int8)
    order = in_order(epochs.row, epochs.t_ns, epochs.fixed)
    b, k = room()
    into = w.mean.T, w.covariance.T, w.aids.T, w.marks.T
    _take(
        b, k, locked(w.kind), locked(rail_rad), before, into, order, locked(epochs.row), locked(epochs.t_ns),
        said_in(epochs), outcome,
    )  # fmt: skip
    together.hold(w)
    return outcome
