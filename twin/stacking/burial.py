"""How likely each standing box must be moved for one below it, over the whole yard at once."""

from collections.abc import Collection
from dataclasses import dataclass

import numpy as np
from scipy.special import ndtr

from twin.clock import NS_PER_S
from twin.stock.notices import NOT_KNOWN_NS, rows_of
from twin.stock.table import Place, Stock
from twin.tables import Floats, Longs
from twin.yard.slots import Slots

SIGMA_S = 12 * 3600.0
"""One sigma of a departure that is told without a truck [s]."""
_NODES, _SHARES = np.polynomial.hermite_e.hermegauss(9)
_SHARES = _SHARES / _SHARES.sum()
"""Points and weights of a normal distribution, exact for polynomials up to degree 17."""


@dataclass(frozen=True, slots=True, eq=False)
class Pairs:
    """Every box with every box below it.

    Attributes
    ----------
    box, below : (n,) int64
        Container rows, sorted by ``box``; a long box below in both places is there once.
    """

    box: Longs
    below: Longs


def pairs_of(stock: Stock, slots: Slots) -> Pairs:
    """Give every pair of standing boxes of which one is somewhere below the other."""
    over, under = [], []
    occupant = stock.occupant.astype(np.int64)
    for high in range(1, occupant.shape[1] if occupant.ndim == 2 else 0):
        grounds = np.flatnonzero(occupant[:, high] >= 0)
        for low in range(high):
            over.append(occupant[grounds, high])
            under.append(occupant[grounds, low])
    box = np.concatenate(over) if over else np.zeros(0, np.int64)
    below = np.concatenate(under) if under else np.zeros(0, np.int64)
    # A long box is met over both its places: each pair counts once.
    keys = np.unique(box * len(stock) + below)
    return Pairs(keys // max(1, len(stock)), keys % max(1, len(stock)))


def blocked(stock: Stock, pairs: Pairs, trucks: Collection[str] = (), sigma_s: float = SIGMA_S) -> Floats:
    """Give how likely each box must be moved because one below it leaves first.

    Parameters
    ----------
    trucks : numbers
        Boxes whose truck is announced: they leave before all others, in any order.
    sigma_s : float
        One sigma of a departure that is told [s]; independent of one another.

    Returns
    -------
    (n,) float
        0 where nothing is below, and for boxes that stand in no stack.

    Notes
    -----
    Departures are normal about what is told; a box of which none is told is as likely the first as any.
    With ``m`` such boxes below and ``T`` the departure of the box, the chance to stay is the mean over
    ``T`` of the chances that each box below leaves later, by Gauss-Hermite quadrature.
    """
    chance = np.zeros(len(stock))
    if not len(pairs.box):
        return chance
    told, first, at_s = _known(stock, trucks)
    starts = np.flatnonzero(np.diff(pairs.box, prepend=-1))
    box = pairs.box[starts]
    unknown = np.add.reduceat((~told & ~first)[pairs.below].astype(float), starts)
    called = np.add.reduceat(first[pairs.below].astype(float), starts)
    below_told = np.add.reduceat((told & ~first)[pairs.below].astype(float), starts) > 0
    gap = (at_s[pairs.below] - at_s[pairs.box]) / sigma_s
    both = (told & ~first)[pairs.below] & (told & ~first)[pairs.box]
    later = np.where(both[:, None], ndtr(np.where(both, gap, 0.0)[:, None] - _NODES), 1.0)
    all_later = np.multiply.reduceat(later, starts) @ _SHARES
    # A box not told is early or late with even chance, and in any order among those like it.
    early = (1.0 - 0.5 ** (unknown + 1.0)) / (unknown + 1.0)
    stays = np.where(told[box], all_later * 0.5**unknown, np.where(below_told, early, 1.0 / (unknown + 1.0)))
    stays = np.where(called > 0, 0.0, stays)
    stays = np.where(first[box], 1.0 / (called + 1.0), stays)
    chance[box] = 1.0 - stays
    return chance


def _known(stock: Stock, trucks: Collection[str]) -> tuple[np.ndarray, np.ndarray, Floats]:
    """Give which departures are told, which boxes a truck is announced for, and the departures [s]."""
    told = stock.departs_ns != NOT_KNOWN_NS
    first = np.zeros(len(stock), bool)
    rows = rows_of(stock, sorted(trucks)) if trucks else np.zeros(0, np.int64)
    first[rows[rows >= 0]] = True
    since = int(stock.departs_ns[told].min()) if told.any() else 0
    at_s = np.where(told, (stock.departs_ns - since) / NS_PER_S, 0.0)
    return told, first & (stock.place == Place.STACKED), at_s
