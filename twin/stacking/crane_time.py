"""How long a yard's machine takes for relocations in a bay: travel, trolley, hoist, locks."""

from dataclasses import replace

import numpy as np
from numpy.typing import ArrayLike

from twin.fleet.kinds import Kind
from twin.stacking.bay import Step
from twin.stacking.ways import MACHINES
from twin.stacking.window import Window
from twin.tables import Floats

_CLEAR_M = 0.5


def timed(window: Window) -> Window:
    """Give a window whose bay knows how long its machine travels between the cells."""
    travel_s = _travel_s(MACHINES[window.kind], window.centres_m)
    return replace(window, bay=replace(window.bay, travel_s=travel_s))


def crane_s(window: Window, steps: tuple[Step, ...]) -> float:
    """Give the crane time of relocations one after the other [s].

    Notes
    -----
    Each is: travel empty, lower, lock, hoist laden, travel laden, lower laden, unlock, hoist. Speeds and
    accelerations are the machine's (``fleet.kinds``); hoisting goes to half a metre over the bay.
    """
    kind, bay = MACHINES[window.kind], window.bay
    tops_m = [sum(bay.height_m[box] for box in stack) for stack in bay.stacks]
    time_s, at = 0.0, steps[0].source if steps else 0
    for step in steps:
        height_m = bay.height_m[step.box]
        clear_m = max(tops_m) + height_m + _CLEAR_M
        time_s += bay.travel_s[at][step.source] + bay.travel_s[step.source][step.target]
        time_s += 2 * float(_time_s(clear_m - tops_m[step.source], kind.hoist_mps, kind.hoist_mps2))
        cells = (step.source, bay.pair[step.source]) if bay.long[step.box] else (step.source,)
        for cell in cells:
            tops_m[cell] -= height_m
        cells = (step.target, bay.pair[step.target]) if bay.long[step.box] else (step.target,)
        bottom_m = max(tops_m[cell] for cell in cells)
        for cell in cells:
            tops_m[cell] = bottom_m + height_m
        lower_m = clear_m - tops_m[step.target]
        time_s += 2 * float(_time_s(lower_m, kind.hoist_laden_mps, kind.hoist_mps2)) + 2 * kind.lock_s
        at = step.target
    return time_s


def _time_s(way_m: ArrayLike, speed_mps: float, acceleration_mps2: float) -> Floats:
    """Give the time from rest to rest over a way [s]."""
    ways_m: Floats = np.maximum(np.asarray(way_m, float), 0.0)
    short_s = 2.0 * np.sqrt(ways_m / acceleration_mps2)
    long_s = ways_m / speed_mps + speed_mps / acceleration_mps2
    return np.where(ways_m * acceleration_mps2 < speed_mps**2, short_s, long_s)


def _travel_s(kind: Kind, centres_m: tuple[tuple[float, float], ...]) -> tuple[tuple[float, ...], ...]:
    """Give the travel times between cells: trolley across, then the machine along the block [s]."""
    centres = np.array(centres_m)
    along_m, across_m = np.abs(centres[:, None] - centres[None]).transpose(2, 0, 1)
    speed_mps = kind.trolley_mps or kind.speed_laden_mps
    times_s = _time_s(across_m, speed_mps, kind.trolley_mps2 or kind.acceleration_mps2)
    times_s = times_s + _time_s(along_m, kind.speed_laden_mps, kind.acceleration_mps2)
    return tuple(map(tuple, times_s.tolist()))
