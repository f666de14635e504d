"""What a plan costs the crane in time, and the same number of relocations in less of it."""

import time
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass

from twin.stacking.brp.instance import Instance, Move, RelocationError
from twin.stacking.brp.replay import OUT, with_retrievals


@dataclass(frozen=True, slots=True)
class CraneTimes:
    """How long a crane takes for one row, one tier, one bay [s], empty and laden.

    Stacks are numbered bay by bay; the truck lane is one row before the first.

    Notes
    -----
    Trolley 1.2 and 2.4 s a row, hoist 2.59 and 5.18 s a tier, typical of rubber-tyred gantry cranes; a yard
    sets its own. The gantry's time is for blocks whose crane carries boxes from bay to bay.
    """

    trolley_empty_s: float = 1.2
    trolley_laden_s: float = 2.4
    hoist_empty_s: float = 2.59
    hoist_laden_s: float = 5.18
    gantry_s: float = 3.5
    rows: int = 1 << 30

    def travel_s(self, source: int, target: int, *, laden: bool) -> float:
        """Give the time from above one stack to above another; gantry and trolley move at once."""
        bays = abs(self._bay(source) - self._bay(target))
        rows = abs(self._row(source) - self._row(target))
        return max(bays * self.gantry_s, rows * (self.trolley_laden_s if laden else self.trolley_empty_s))

    def _bay(self, stack: int) -> int:
        return max(stack, 0) // self.rows

    def _row(self, stack: int) -> int:
        return stack % self.rows if stack >= 0 else OUT


def crane_time_s(instance: Instance, moves: Sequence[Move], times: CraneTimes | None = None) -> float:
    """Give how long a crane works on a plan [s], from over the truck lane on.

    Parameters
    ----------
    instance : Instance
    moves : all moves, retrievals too.
    times : CraneTimes, optional

    Notes
    -----
    A spreader goes down empty from above the highest tier to the box, up laden, over, down laden to where the
    box is set, up empty. A truck stands on the ground, in the lane beside the bay that the box leaves.
    """
    times = times or CraneTimes()
    height = [len(stack) for stack in instance.stacks]
    top, at, total = instance.max_tiers, OUT, 0.0
    for source, target in moves:
        height[source] -= 1
        lift, drop = top - height[source], top
        if target != OUT:
            height[target] += 1
            drop = top - height[target] + 1
        total += times.travel_s(at, source, laden=False) + times.travel_s(source, target, laden=True)
        total += (lift + drop) * (times.hoist_empty_s + times.hoist_laden_s)
        at = target
    return total


def quicker(
    instance: Instance,
    relocations: Sequence[Move],
    times: CraneTimes | None = None,
    budget_s: float = 0.1,
    clock: Callable[[], float] = time.perf_counter,
) -> list[Move]:
    """Give as few relocations that take the crane less time, where they are found.

    Parameters
    ----------
    instance : Instance
    relocations : moves between stacks that empty the bay.
    times : CraneTimes, optional
    budget_s : float
        When to stop [s].
    clock : callable
        Gives seconds.

    Notes
    -----
    One box at a time goes to another stack, and all later moves fetch it from there; what is still legal and
    quicker is kept, until no such change is left.
    """
    deadline = clock() + budget_s
    best = list(relocations)
    least_s = crane_time_s(instance, with_retrievals(instance, best), times)
    found = True
    while found:
        found = False
        for changed in _changes(instance, best):
            if clock() >= deadline:
                return best
            try:
                taken_s = crane_time_s(instance, with_retrievals(instance, changed), times)
            except RelocationError:
                continue
            if taken_s < least_s - 1e-9:
                best, least_s, found = changed, taken_s, True
                break
    return best


def _changes(instance: Instance, relocations: list[Move]) -> Iterator[list[Move]]:
    """Give plans in which one relocation goes elsewhere and the box's next one starts there."""
    allowed = instance.allowed
    boxes = _boxes(instance, relocations)
    for number, (source, target) in enumerate(relocations):
        later = next((n for n in range(number + 1, len(boxes)) if boxes[n] == boxes[number]), None)
        for other in range(len(instance.stacks)):
            if other in (source, target) or not (allowed is None or allowed[boxes[number], other]):
                continue
            changed = list(relocations)
            changed[number] = (source, other)
            if later is not None:
                changed[later] = (other, relocations[later][1])
            yield changed


def _boxes(instance: Instance, relocations: Sequence[Move]) -> list[int]:
    """Give the number of the box that each relocation moves."""
    numbers = iter(range(instance.boxes))
    stacks = [[next(numbers) for _ in stack] for stack in instance.stacks]
    boxes = []
    for source, target in with_retrievals(instance, relocations):
        box = stacks[source].pop()
        if target != OUT:
            stacks[target].append(box)
            boxes.append(box)
    return boxes
