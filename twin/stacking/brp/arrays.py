"""The same beam in whole arrays, for where there is no compiler: the states of many bays advance together.

A row is one state of one bay. Moves are first sorted by a cheap key; the best few of each bay are then
judged by the roll-out, all rows at once.
"""

import contextlib
from collections.abc import Callable, Sequence
from dataclasses import dataclass, fields

import numpy as np
from numpy.typing import NDArray

from twin.stacking.brp.abreast import STUCK, Abreast, Log, TimeIsUpError, roll_out
from twin.stacking.brp.instance import Instance, Move
from twin.stacking.brp.moves import NEVER

Ints = NDArray[np.int64]
Small = NDArray[np.int16]
Flags = NDArray[np.bool_]
_FAR = 1 << 14
_NONE = 1 << 40
_GROWTH = 4
_JUDGED = 8
"""How many children are judged by the roll-out for each one that is kept."""


@dataclass(slots=True)
class Rows:
    """States of bays of one shape: a row each.

    Attributes
    ----------
    cells : (n, stacks, tiers)
        Ranks from the ground up.
    low : (n, stacks, tiers + 1)
        The lowest rank among the lowest boxes of a stack.
    height, edge, top, under : (n, stacks)
        Boxes; the lowest rank; the top's rank, 0 for none; the lowest rank beneath the top.
    bad : (n,)
        Badly placed boxes.
    bay : (n,)
    """

    cells: Small
    low: Small
    height: Ints
    edge: Small
    top: Small
    under: Small
    bad: Ints
    bay: Ints

    def __len__(self) -> int:
        return len(self.bad)

    def taken(self, rows: Ints) -> "Rows":
        """Give some rows, to change on their own."""
        return Rows(*(getattr(self, field.name)[rows] for field in fields(self)))

    def abreast(self) -> Abreast:
        """Give all rows for a roll-out."""
        return Abreast(self.cells, self.height, self.bad)

    def look(self, rows: Ints, stacks: Ints) -> None:
        """Bring what lies open up to date, one stack a row."""
        height = self.height[rows, stacks]
        self.edge[rows, stacks] = self.low[rows, stacks, height]
        filled, below = height > 0, np.maximum(height - 1, 0)
        self.top[rows, stacks] = np.where(filled, self.cells[rows, stacks, below], 0)
        self.under[rows, stacks] = np.where(filled, self.low[rows, stacks, below], NEVER)

    def put(self, rows: Ints, source: Ints, target: Ints) -> None:
        """Move a top box in each of some rows, unchecked."""
        mine, edge = self.top[rows, source], self.edge[rows, target]
        self.bad[rows] += (mine > edge).astype(np.int64) - (mine > self.under[rows, source])
        height = self.height[rows, target]
        self.cells[rows, target, height] = mine
        self.low[rows, target, height + 1] = np.minimum(edge, mine)
        self.height[rows, target] = height + 1
        self.height[rows, source] -= 1
        self.look(rows, source)
        self.look(rows, target)

    def settle(self, rows: Ints) -> None:
        """Retrieve in some rows all that is due and free."""
        while len(rows):
            edge = self.edge[rows]
            due = edge.min(axis=1)
            free = (edge == due[:, None]) & (self.top[rows] == edge)
            source = free.argmax(axis=1)
            found = np.flatnonzero(free[np.arange(len(rows)), source])
            rows, source = rows[found], source[found]
            self.height[rows, source] -= 1
            self.look(rows, source)


def rows_of(instances: list[Instance]) -> Rows:
    """Give bays of one shape as they are found, after all that is due and free has left."""
    count, stacks, tiers = len(instances), len(instances[0].stacks), instances[0].max_tiers
    cells = np.zeros((count, stacks, tiers), np.int16)
    low = np.full((count, stacks, tiers + 1), NEVER, np.int16)
    height = np.zeros((count, stacks), np.int64)
    for bay, instance in enumerate(instances):
        rank = iter(instance.ranks())
        for s, stack in enumerate(instance.stacks):
            height[bay, s] = len(stack)
            cells[bay, s, : len(stack)] = [next(rank) for _ in stack]
    filled = np.arange(tiers) < height[:, :, None]
    low[:, :, 1:] = np.minimum.accumulate(np.where(filled, cells, NEVER), axis=2)
    nothing = np.zeros((count, stacks), np.int16)
    rows = Rows(
        cells,
        low,
        height,
        nothing,
        nothing.copy(),
        nothing.copy(),
        np.zeros(count, np.int64),
        np.arange(count),
    )
    every = np.arange(count)
    for s in range(stacks):
        rows.look(every, np.full(count, s))
    rows.settle(every)
    filled = np.arange(tiers) < rows.height[:, :, None]
    rows.bad[:] = (filled & (cells > low[:, :, :-1])).sum(axis=(1, 2))
    return rows


@dataclass(slots=True)
class Together:
    """Bays of one shape being searched together: per bay the best plan so far, and whether it is proven."""

    root: Rows
    restricted: bool
    best: Ints
    plans: list[list[Move]]
    bound: Ints
    closed: Flags

    @classmethod
    def of(cls, instances: list[Instance], restricted: bool, bound: Sequence[int] = ()) -> "Together":
        """Begin with the greedy plans; ``bound`` is what no plan of each bay beats, where known."""
        root, plans = rows_of(instances), [[] for _ in instances]  # type: Rows, list[list[Move]]
        least = np.array(bound if len(bound) else root.bad, np.int64)
        found = cls(root, restricted, np.full(len(root), STUCK), plans, least, root.bad == 0)
        for deep in (False, True)[: 1 if restricted else 2]:
            total, log = roll_out(root.abreast(), 0, np.full(len(root), STUCK), deep)
            found.note(total, log, root.bay, [])
        return found

    def note(self, total: Ints, log: Log, bay: Ints, history: list["Level"]) -> None:
        """Keep each plan that is better than the best one of its bay."""
        order = np.lexsort((total, bay))
        order = order[np.r_[True, np.diff(bay[order]) > 0]] if len(order) else order
        better = order[total[order] < self.best[bay[order]]]
        self.best[bay[better]] = total[better]
        ends = _of_rows(log, better, self.root.height.shape[1])
        for row, end in zip(better.tolist(), ends, strict=True):
            self.plans[bay[row]] = _path(history, row) + end

    def widen(self, width: int, widest: int, over: Callable[[], bool]) -> None:
        """Search with ever wider beams until all bays are closed or the time is up."""
        with contextlib.suppress(TimeIsUpError):
            while width <= widest and not self.closed.all():
                self.run(width, over)
                width *= _GROWTH

    def run(self, width: int, over: Callable[[], bool]) -> None:
        """Search once with a beam of a width, in every bay that is not closed."""
        self.closed |= self.best <= self.bound
        rows = self.root.taken(np.flatnonzero(~self.closed))
        whole = ~self.closed
        history: list[Level] = []
        while len(rows):
            if over():
                raise TimeIsUpError
            done = len(history) + 1
            parent, source, target, dropped = self._children(rows, done, width)
            whole[dropped] = False
            rows = rows.taken(parent)
            every = np.arange(len(rows))
            rows.put(every, source, target)
            once = _once(rows)
            rows, history = rows.taken(once), [*history, (parent[once], source[once], target[once])]
            bound = done + rows.bad
            cap = self.best[rows.bay] + 1
            total, log = roll_out(rows.abreast(), done, cap, not self.restricted, over)
            self.note(total, log, rows.bay, history)
            fine = np.flatnonzero(bound < self.best[rows.bay])
            kept = fine[_best((total + bound)[fine], rows.bay[fine], width)]
            whole[rows.bay[np.setdiff1d(fine, kept)]] = False
            kept = kept[(self.best > self.bound)[rows.bay[kept]]]
            rows = rows.taken(kept)
            rows.settle(np.arange(len(rows)))
            history[-1] = (history[-1][0][kept], history[-1][1][kept], history[-1][2][kept])
        self.closed |= whole | (self.best <= self.bound)

    def _children(self, rows: Rows, done: int, width: int) -> tuple[Ints, Ints, Ints, Ints]:
        """Give rows, from and to of the moves worth judging, and the bays in which others were dropped."""
        key, bound = self._keys(rows, done)
        moves = np.flatnonzero(bound < self.best[rows.bay][:, None])
        parent = moves // key.shape[1]
        bay = rows.bay[parent]
        chosen = _best(key.ravel()[moves], bay, _JUDGED * width)
        dropped = np.unique(np.delete(bay, chosen))
        stacks = rows.height.shape[1]
        inside = moves[chosen] % key.shape[1]
        return parent[chosen], inside // stacks, inside % stacks, dropped

    def _keys(self, rows: Rows, done: int) -> tuple[Ints, Ints]:
        """Give each pair of stacks, (n, stacks * stacks), a key and the bound, a barred one :data:`_NONE`."""
        count, stacks = rows.height.shape
        top, edge = rows.top.astype(np.int64), np.minimum(rows.edge, _FAR).astype(np.int64)
        bad = top[:, :, None] > edge[:, None, :]
        bound = rows.bad[:, None, None] + done + bad - (rows.top > rows.under)[:, :, None]
        empty = rows.height == 0
        barred = empty | (self.restricted & (rows.edge > rows.edge.min(axis=1, keepdims=True)))
        full = (rows.height >= rows.cells.shape[2]) | (empty & (np.cumsum(empty, axis=1) > 1))
        barred = barred[:, :, None] | full[:, None, :] | np.eye(stacks, dtype=bool)
        barred |= (rows.height == 1)[:, :, None] & empty[:, None, :]
        tight = np.where(bad, _FAR - edge[:, None, :], edge[:, None, :] - top[:, :, None])
        key = np.where(barred, _NONE, bound * 4 * _FAR + np.clip(tight, 0, 2 * _FAR))
        bound = np.where(barred, _NONE, bound)
        return key.reshape(count, -1), bound.reshape(count, -1)


Level = tuple[Ints, Ints, Ints]
"""Per row of a level: its row in the level before, and the move that led to it."""


def _best(key: Ints, bay: Ints, width: int) -> Ints:
    """Give the rows with the lowest keys of each bay."""
    order = np.lexsort((key, bay))
    _, first, number = np.unique(bay[order], return_index=True, return_inverse=True)
    return order[np.arange(len(order)) - first[number] < width]


def _once(rows: Rows) -> Ints:
    """Give one row of each state: stacks in another order are the same state."""
    tiers = rows.cells.shape[2]
    chosen = np.random.default_rng(1).integers(1, 1 << 62, (tiers,))
    factors = chosen.astype(np.uint64) | np.uint64(1)
    filled = rows.cells * (np.arange(tiers) < rows.height[:, :, None])
    mixed = np.zeros(rows.height.shape, np.uint64)
    for tier in range(tiers):
        mixed += filled[:, :, tier].astype(np.uint64) * factors[tier]
    mixed = (mixed ^ (mixed >> np.uint64(29))) * np.uint64(0x94D049BB133111EB)
    mark = (mixed ^ (mixed >> np.uint64(31))).sum(axis=1, dtype=np.uint64)
    _, once = np.unique(mark + rows.bay.astype(np.uint64) * np.uint64(0x9E3779B97F4A7C15), return_index=True)
    return np.sort(once)


def _path(history: list[Level], row: int) -> list[Move]:
    moves = []
    for parent, source, target in reversed(history):
        moves.append((int(source[row]), int(target[row])))
        row = int(parent[row])
    return moves[::-1]


def _of_rows(log: Log, wanted: Ints, stacks: int) -> list[list[Move]]:
    moves: list[list[Move]] = [[] for _ in wanted]
    for rows, source, target in log if len(wanted) else ():
        at = np.minimum(np.searchsorted(rows, wanted), len(rows) - 1)
        there = np.flatnonzero((rows[at] == wanted) & (target[at] < stacks))
        at = at[there]
        for number, *move in zip(there.tolist(), source[at].tolist(), target[at].tolist(), strict=True):
            moves[number].append((move[0], move[1]))
    return moves
