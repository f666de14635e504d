"""Expected relocations of bays whose order of departure is uncertain: exact, simulated, and decided by."""

from functools import cache

import numpy as np

from twin.errors import StockError
from twin.stacking.uncertain.emptying import LOWEST, MIN_MAX, emptied
from twin.tables import Floats, Longs

FOREVER = np.inf


def exact_uniform(stacks: int, tiers: int) -> float:
    """Give the expected relocations of full stacks when the next box is always any one, equally likely.

    Parameters
    ----------
    stacks, tiers : int
        1 to 8 stacks, full to 1 to 8 tiers; blocking boxes go one by one to the lowest other stack,
        and there is no limit to heights.

    Returns
    -------
    float
        19.892 for 6 stacks of 4, 32.747 for 6 of 5; exact but for rounding.

    Raises
    ------
    StockError
        Where there are more, or only one stack higher than one box.

    Notes
    -----
    As the next box is uniform among all that stand, which box stands where does not matter: a state is
    the heights, in order. Of a stack of ``h`` each depth is equally likely, so over the ``N`` boxes

        E(heights) = 1/N * sum over stacks, sum over d = 0 .. h-1 of (d + E(heights after))

    with d boxes put one by one on the lowest other stacks.
    """
    if not (1 <= stacks <= 8 and 1 <= tiers <= 8) or (stacks == 1 and tiers > 1):
        raise StockError(f"bay: expected 2 to 8 stacks and 1 to 8 tiers, found {stacks} and {tiers}")
    return _expected((tiers,) * stacks)


@cache
def _expected(heights: tuple[int, ...]) -> float:
    boxes = sum(heights)
    if not boxes:
        return 0.0
    total = 0.0
    for index, high in enumerate(heights):
        others = list(heights[:index] + heights[index + 1 :])
        for above in range(high):
            total += above + _expected(tuple(sorted((*others, high - above - 1))))
            if above + 1 < high:
                others[others.index(min(others))] += 1
    return total / boxes


def simulated_uniform(stacks: int, tiers: int, bays: int, seed: int) -> Longs:
    """Give the relocations (bays,) of full bays emptied in random order, without limit to heights."""
    boxes = stacks * tiers
    full = np.broadcast_to(np.arange(boxes).reshape(stacks, tiers), (bays, stacks, tiers))
    leaves = np.random.default_rng(seed).random((bays, boxes))
    return emptied(full, leaves, leaves, LOWEST, boxes, FOREVER)


def expected_relocations(
    stacks: Longs,
    mean_d: Floats,
    sigma_d: Floats,
    scenarios: int,
    seed: int,
    *,
    tiers: int | None = None,
    rule: int = MIN_MAX,
) -> Floats:
    """Give the expected relocations until bays are empty, departures being normal and independent.

    Parameters
    ----------
    stacks : (b, s, t) int64
        Box by bay, stack and tier, -1 where none; filled from below. Bays may share boxes.
    mean_d, sigma_d : (n,) float
        Departure of each box and its standard deviation [days]; infinite means stay for good.
    scenarios : int
        Orders drawn; the same ones for every bay, so that bays that hold the same boxes compare well.
    seed : int
    tiers : int, optional
        Highest stack, the t of ``stacks`` where not given.
    rule : int
        ``MIN_MAX`` by the means, or ``LOWEST``.

    Returns
    -------
    (b,) float
        Mean over the scenarios; 0 for an empty bay.

    Raises
    ------
    StockError
        Where shapes do not belong together, a box floats, or a number is NaN or negative.
    """
    stacks = np.asarray(stacks, np.int64)
    mean, sigma = np.asarray(mean_d, float), np.asarray(sigma_d, float)
    _checked(stacks, mean, sigma, scenarios)
    if not stacks.size or not len(mean):
        return np.zeros(len(stacks))
    leaves = _drawn(mean, sigma, scenarios, seed)
    high = stacks.shape[2] if tiers is None else tiers
    return mean_relocations(stacks, leaves, np.minimum(mean, 1e17), high, FOREVER, rule=rule)


def target_costs(
    stacks: Longs,
    mean_d: Floats,
    sigma_d: Floats,
    due: int,
    scenarios: int,
    seed: int,
    *,
    tiers: int | None = None,
) -> Floats:
    """Give what a bay will cost after the topmost box over one that is due went to each of its stacks.

    Parameters
    ----------
    stacks : (s, t) int64
        Box by stack and tier, -1 where none; filled from below.
    mean_d, sigma_d : (n,) float
        As for :func:`expected_relocations`.
    due : int
        A box that is buried, and leaves next.
    scenarios, seed, tiers
        As for :func:`expected_relocations`.

    Returns
    -------
    (s,) float
        Expected relocations, that one counted; inf for the box's own stack and for full ones. The
        least is the stack to choose.

    Raises
    ------
    StockError
        As for :func:`expected_relocations`, and where nothing stands on the box that is due.
    """
    stacks = np.asarray(stacks, np.int64)
    mean, sigma = np.asarray(mean_d, float), np.asarray(sigma_d, float)
    _checked(stacks[None], mean, sigma, scenarios)
    height = (stacks >= 0).sum(axis=1)
    own = np.flatnonzero((stacks == due).any(axis=1))
    if not len(own) or due < 0 or stacks[own[0], height[own[0]] - 1] == due:
        raise StockError(f"box {due}: expected a buried box of the bay, found none on it")
    high = stacks.shape[1] if tiers is None else tiers
    targets = np.flatnonzero((height < high) & (np.arange(len(stacks)) != own[0]))
    wide = np.full((len(targets), len(stacks), max(high, stacks.shape[1])), -1, np.int64)
    wide[:, :, : stacks.shape[1]] = stacks
    each, top = np.arange(len(targets)), height[own[0]] - 1
    wide[each, targets, height[targets]] = stacks[own[0], top]
    wide[:, own[0], top] = -1
    leaves = _drawn(mean, sigma, scenarios, seed)
    leaves[:, due] = -np.inf
    costs = np.full(len(stacks), np.inf)
    costs[targets] = 1.0 + mean_relocations(wide, leaves, np.minimum(mean, 1e17), high, FOREVER)
    return costs


def mean_relocations(
    stacks: Longs, leaves_d: Floats, told_d: Floats, tiers: int, until_d: float, *, rule: int = MIN_MAX
) -> Floats:
    """Give the mean relocations (b,) of bays over scenarios of departure.

    Parameters
    ----------
    stacks : (b, s, t) int64
        Box by bay, stack and tier, -1 where none.
    leaves_d : (k, n) float
        Departures by scenario [days].
    told_d : (n,) float
        What the rule goes by in every scenario: it knows no more than a later decision will.
    tiers : int
        Highest stack.
    until_d : float
        What leaves then or later stays.
    rule : int
        ``MIN_MAX`` or ``LOWEST``.
    """
    bays, scenarios = len(stacks), len(leaves_d)
    found = emptied(
        np.repeat(stacks, scenarios, axis=0),
        np.tile(leaves_d, (bays, 1)),
        np.broadcast_to(told_d, (bays * scenarios, len(told_d))),
        rule,
        tiers,
        until_d,
    )
    return np.asarray(found.reshape(bays, scenarios).mean(axis=1))


def _drawn(mean: Floats, sigma: Floats, scenarios: int, seed: int) -> Floats:
    """Draw departures (scenarios, n) [days]; who stays for good leaves at infinity."""
    luck = np.random.default_rng(seed).standard_normal((scenarios, len(mean)))
    finite = np.isfinite(mean)
    return np.asarray(np.where(finite, mean + np.where(finite, sigma, 0.0) * luck, np.inf))


def _checked(stacks: Longs, mean: Floats, sigma: Floats, scenarios: int) -> None:
    if stacks.ndim != 3 or mean.ndim != 1 or mean.shape != sigma.shape:
        raise StockError(
            f"bays: expected (b, s, t) boxes and (n,) means and deviations, "
            f"found {stacks.shape}, {mean.shape}, {sigma.shape}"
        )
    if not 1 <= scenarios <= 100_000:
        raise StockError(f"scenarios: expected 1 to 100000, found {scenarios}")
    if stacks.size and not -1 <= stacks.min() <= stacks.max() < len(mean):
        raise StockError(f"stacks: expected boxes from -1 to {len(mean) - 1}, found {stacks.max()}")
    if np.isnan(mean).any() or not (sigma >= 0.0).all():
        raise StockError("boxes: expected means that are numbers and deviations from 0, found others")
    if ((stacks[:, :, 1:] >= 0) & (stacks[:, :, :-1] < 0)).any():
        raise StockError("stacks: expected boxes filled from below, found one that floats")
