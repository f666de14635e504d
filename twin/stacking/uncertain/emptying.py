"""Bays emptied in many orders at once: how often boxes are relocated, by loops or by arrays."""

import numpy as np

from twin.compiled import COMPILED, compiled
from twin.tables import Floats, Longs

LOWEST, MIN_MAX = 0, 1
"""Where a blocking box goes: to the lowest other stack; or to the tightest stack whose soonest told
departure is not before the box's, else to the one whose soonest is latest. Ties to the lowest index."""
_LATE = 1e18


def emptied(stacks: Longs, leaves: Floats, told: Floats, rule: int, tiers: int, until: float) -> Longs:
    """Count the relocations of bays whose boxes leave one by one.

    Parameters
    ----------
    stacks : (b, s, t) int64
        Box by bay, stack and tier, -1 where none; filled from below.
    leaves : (b, n) float
        When the boxes leave; of equal ones the lower number first.
    told : (b, n) float
        What the rule goes by; it knows nothing of ``leaves``.
    rule : int
        ``LOWEST`` or ``MIN_MAX``.
    tiers : int
        Highest stack.
    until : float
        What leaves then or later stays.

    Returns
    -------
    (b,) int64
        Where no other stack has room a blocking box is set aside and back on its stack: one relocation.
    """
    work = np.full((*stacks.shape[:2], max(tiers, stacks.shape[2])), -1, np.int64)
    work[:, :, : stacks.shape[2]] = stacks
    order = np.argsort(leaves, axis=1, kind="stable")
    run = _by_loops if COMPILED else _by_arrays
    return np.asarray(run(work, leaves, told, order, rule, tiers, until))


def warm() -> None:
    """Compile, or load what was compiled, before a clock runs."""
    one = np.zeros((1, 1))
    emptied(np.zeros((1, 1, 1), np.int64), one, one, MIN_MAX, 1, np.inf)


@compiled
def _by_loops(
    stacks: Longs, leaves: Floats, told: Floats, order: Longs, rule: int, tiers: int, until: float
) -> Longs:
    """Empty bay after bay."""
    bays, width, _ = stacks.shape
    out = np.zeros(bays, np.int64)
    height = np.zeros(width, np.int64)
    soonest = np.zeros(width, np.float64)
    where = np.full(leaves.shape[1], -1, np.int64)
    for bay in range(bays):
        _begin(stacks[bay], told[bay], height, soonest, where)
        for due in order[bay]:
            source = where[due]
            if source < 0:
                continue
            if leaves[bay, due] >= until:
                break
            at = height[source] - 1
            while stacks[bay, source, at] != due:
                box = stacks[bay, source, at]
                out[bay] += 1
                target = _target(height, soonest, source, told[bay, box], rule, tiers)
                if target >= 0:
                    stacks[bay, source, at] = -1
                    stacks[bay, target, height[target]] = box
                    where[box] = target
                    height[target] += 1
                    soonest[target] = min(soonest[target], told[bay, box])
                at -= 1
            where[due] = -1
            stacks[bay, source, at] = -1
            _close(stacks[bay, source], told[bay], height, soonest, source)
    return out


@compiled
def _begin(stacks: Longs, told: Floats, height: Longs, soonest: Floats, where: Longs) -> None:
    """Set heights, soonest departures and places of one bay."""
    where[:] = -1
    for s in range(stacks.shape[0]):
        height[s] = 0
        soonest[s] = _LATE
        for box in stacks[s]:
            if box >= 0:
                height[s] += 1
                where[box] = s
                soonest[s] = min(soonest[s], told[box])


@compiled
def _target(height: Longs, soonest: Floats, source: int, mine: float, rule: int, tiers: int) -> int:
    """Give the stack that takes a blocking box, -1 where none has room."""
    target = -1
    for s in range(len(height)):
        if s == source or height[s] >= tiers:
            continue
        if target < 0:
            target = s
        elif rule == LOWEST:
            if height[s] < height[target]:
                target = s
        elif soonest[target] >= mine:
            if mine <= soonest[s] < soonest[target]:
                target = s
        elif soonest[s] > soonest[target]:
            target = s
    return target


@compiled
def _close(stack: Longs, told: Floats, height: Longs, soonest: Floats, source: int) -> None:
    """Let those that were set aside down on their stack, in their old order."""
    high = height[source]
    height[source] = 0
    soonest[source] = _LATE
    for t in range(high):
        box = stack[t]
        if box >= 0:
            stack[t] = -1
            stack[height[source]] = box
            height[source] += 1
            soonest[source] = min(soonest[source], told[box])


def _by_arrays(
    stacks: Longs, leaves: Floats, told: Floats, order: Longs, rule: int, tiers: int, until: float
) -> Longs:
    """Empty all bays together, the step of one box at a time."""
    bays, _, high = stacks.shape
    rows = np.arange(bays)
    out = np.zeros(bays, np.int64)
    padded = np.column_stack((told, np.full(bays, _LATE)))
    for step in range(leaves.shape[1]):
        due = order[:, step]
        here = (stacks == due[:, None, None]) & (leaves[rows, due] < until)[:, None, None]
        at = here.reshape(bays, -1).argmax(axis=1)
        active = here.any(axis=(1, 2))
        source, tier = at // high, at % high
        for t in range(high - 1, 0, -1):
            box = stacks[rows, source, t]
            moving = np.flatnonzero(active & (box >= 0) & (t > tier))
            if not len(moving):
                continue
            out[moving] += 1
            target = _targets(stacks[moving], padded[moving], source[moving], box[moving], rule, tiers)
            fits = target >= 0
            moving, target = moving[fits], target[fits]
            stacks[moving, source[moving], t] = -1
            stacks[moving, target, (stacks[moving, target] >= 0).sum(axis=1)] = box[moving]
        live = np.flatnonzero(active)
        stacks[live, source[live], tier[live]] = -1
        _settle(stacks, live, source[live])
    return out


def _targets(stacks: Longs, told: Floats, source: Longs, box: Longs, rule: int, tiers: int) -> Longs:
    """Give per bay the stack that takes a blocking box, -1 where none has room."""
    rows = np.arange(len(stacks))
    height = (stacks >= 0).sum(axis=2)
    free = height < tiers
    free[rows, source] = False
    if rule == LOWEST:
        key = np.where(free, height, np.inf)
    else:
        soonest = told[rows[:, None, None], stacks].min(axis=2)
        mine = told[rows, box][:, None]
        safe = free & (soonest >= mine)
        latest = np.where(free, -soonest, np.inf)
        key = np.where(safe.any(axis=1)[:, None], np.where(safe, soonest, np.inf), latest)
    target = key.argmin(axis=1)
    return np.where(free[rows, target], target, -1)


def _settle(stacks: Longs, bays: Longs, source: Longs) -> None:
    """Close the gap that a box left in its stack below those that were set aside."""
    column = stacks[bays, source]
    rank = np.argsort(column < 0, axis=1, kind="stable")
    stacks[bays, source] = np.take_along_axis(column, rank, axis=1)
