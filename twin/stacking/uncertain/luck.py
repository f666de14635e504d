"""Random numbers a box: those of a box do not depend on how many boxes come after it.

A replay of a record whose end was cut off makes the same decisions up to the cut.
"""

from collections.abc import Callable

import numpy as np

from twin.tables import Floats

CHUNK = 64
"""Boxes that draw from one generator."""


def errors(seed: int, rows: int) -> Floats:
    """Give standard normal errors (rows,), fixed by seed and row."""
    return _chunks(seed, 1, rows, lambda rng: rng.standard_normal(CHUNK))


def shares(seed: int, stream: int, rows: int, scenarios: int) -> Floats:
    """Give shares in (0, 1) (rows, scenarios), each row spread evenly and in an order of its own.

    Parameters
    ----------
    seed : int
    stream : int
        Different ones give independent shares.
    rows, scenarios : int
    """

    def draw(rng: np.random.Generator) -> Floats:
        ranks = rng.permuted(np.tile(np.arange(scenarios), (CHUNK, 1)), axis=1)
        return (ranks + rng.uniform(1e-6, 1.0 - 1e-6, (CHUNK, scenarios))) / scenarios

    return _chunks(seed, stream, rows, draw)


def _chunks(seed: int, stream: int, rows: int, draw: Callable[[np.random.Generator], Floats]) -> Floats:
    parts = [draw(np.random.default_rng((seed, stream, start))) for start in range(0, max(rows, 1), CHUNK)]
    return np.concatenate(parts)[:rows]
