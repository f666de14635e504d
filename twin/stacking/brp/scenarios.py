"""What a first move is worth where the order of departures is known roughly: a mean over sampled orders."""

from collections.abc import Sequence

import numpy as np
from numpy.typing import ArrayLike, NDArray

from twin.compiled import compiled
from twin.stacking.brp.bounds import badly_placed
from twin.stacking.brp.instance import Instance, Move, RelocationError
from twin.stacking.brp.moves import NEVER, Small, copy_state, relocate, settle, state_of
from twin.stacking.brp.rollout import roll_out

Floats = NDArray[np.float64]


def expected_relocations(
    stacks: Sequence[int],
    max_tiers: int,
    orders: ArrayLike,
    first: Sequence[Move],
    *,
    deep: bool = True,
) -> Floats:
    """Give for each first move how many relocations empty the bay, that move included, over sampled orders.

    Parameters
    ----------
    stacks : per stack, how many boxes stand in it.
    max_tiers : int
    orders : (samples, boxes) int
        Per sample the rank of each box, stack by stack from the ground up; smaller leaves earlier.
    first : moves to weigh, each from a stack to a stack; (-1, -1) for none.
    deep : bool
        Finish each sample as the search's roll-out does; else by min-max.

    Returns
    -------
    (moves, samples) float
        Relocations; infinite where the rule finds no room, and where the move cannot be made. The mean
        over the last axis is what to minimise.

    Raises
    ------
    RelocationError
        Where the orders are not one rank a box.
    """
    ranks = np.asarray(orders)
    boxes = sum(stacks)
    if ranks.ndim != 2 or ranks.shape[1] != boxes:
        raise RelocationError(f"orders: expected shape (samples, {boxes}), found {ranks.shape}")
    if ranks.size and not 1 <= ranks.min() <= ranks.max() < NEVER:
        raise RelocationError(
            f"orders: expected ranks of 1 to {NEVER - 1}, found {ranks.min()} to {ranks.max()}"
        )
    state = state_of(Instance(tuple((1,) * height for height in stacks), max_tiers))
    moves = np.array(first, np.int64).reshape(-1, 2)
    found = np.zeros((len(moves), len(ranks)))
    _weigh(state, np.ascontiguousarray(ranks, np.int16), moves, deep, found)
    return found


@compiled
def _weigh(state: Small, ranks: Small, moves: NDArray[np.int64], deep: bool, found: Floats) -> None:
    stacks, low = state.shape[0], state.shape[1] // 2
    trial, faces = np.zeros_like(state), np.zeros((5, stacks), np.int64)
    place = np.zeros(ranks.shape[1] + 1, np.int16)
    allowed, no_record = np.zeros((0, stacks), np.bool_), np.zeros((0, 2), np.int16)
    for m in range(len(moves)):
        source, target = moves[m]
        for k in range(len(ranks)):
            copy_state(state, trial)
            for s in range(stacks):
                for h in range(trial[s, 0]):
                    trial[s, low + h + 1] = min(trial[s, low + h], ranks[k, trial[s, h + 1]])
            done = 0
            if source >= 0:
                if source == target or trial[source, 0] == 0 or trial[target, 0] >= low - 1:
                    found[m, k] = np.inf
                    continue
                relocate(trial, ranks[k], source, target)
                done = 1
            settle(trial, ranks[k])
            badly = badly_placed(trial, ranks[k])
            total, _ = roll_out(
                trial, ranks[k], allowed, True, faces, place, badly, done, 1 << 19, deep, no_record
            )
            found[m, k] = total if total < 1 << 20 else np.inf
