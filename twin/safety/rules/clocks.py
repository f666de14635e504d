"""A clock that jumps back."""

from twin.clock import NS_PER_S
from twin.safety.rules.scene import Found, Scene, about_the_yard, nothing

BACK_NS = NS_PER_S
"""From so far back on a clock has jumped [ns]."""
TOLD_NS = 60 * NS_PER_S
"""So long after it has caught up a jump is told of [ns]."""


def followed(before: tuple[int, int], t_ns: int, clock_ns: int) -> tuple[int, int]:
    """Give until when a jump back is told of [ns UTC], and how far it was [ns]; (0, 0) where there is none.

    Parameters
    ----------
    before : (int, int)
        What this gave at the tick before.
    t_ns : int
        The instant of the tick before [ns UTC].
    clock_ns : int
        What the clock says now [ns UTC].
    """
    back_ns = t_ns - clock_ns
    if back_ns >= BACK_NS:
        return t_ns + TOLD_NS, max(back_ns, before[1])
    return before if before[0] > clock_ns else (0, 0)


def wound_back(scene: Scene) -> Found:
    """Find that the clock has jumped back, of late."""
    return about_the_yard(scene.clock_back_s, True) if scene.clock_back_s > 0.0 else nothing()
