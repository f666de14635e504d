"""A clock that jumps back."""

from twin.clock import NS_PER_S
from twin.safety.rules.scene import Found, Scene, about_the_yard, nothing

BACK_NS = NS_PER_S
"""From so far back on a clock has jumped, and the yard's own time runs on ahead of it; else it stands until
that has caught up [ns]."""
TICK_NS = NS_PER_S // 10
"""What has passed since the tick before where the clock does not tell it [ns]."""
TOLD_NS = 60 * NS_PER_S
"""So long after it has caught up a jump is told of [ns]."""


def followed(before: tuple[int, int], t_ns: int, clock_ns: int) -> tuple[int, int]:
    """Give until when a jump back is told of [ns UTC], and how far it was [ns]; (0, 0) where there is none.

    The first is 0 as well while the yard's time runs ahead of the clock by the second, until that is right.

    Parameters
    ----------
    before : (int, int)
        What this gave at the tick before.
    t_ns : int
        The instant of the tick before [ns UTC].
    clock_ns : int
        What the clock says now [ns UTC].
    """
    ahead = ahead_ns(before)
    if ahead and clock_ns >= t_ns:
        return clock_ns + TOLD_NS, ahead
    back_ns = t_ns - clock_ns - ahead
    if back_ns >= BACK_NS:
        return 0, ahead + back_ns + TICK_NS
    return before if ahead or before[0] > clock_ns else (0, 0)


def ahead_ns(clock_back: tuple[int, int]) -> int:
    """Give by how much the yard's time runs ahead of the clock [ns], by what :func:`followed` gave."""
    return clock_back[1] if clock_back[0] == 0 else 0


def wound_back(scene: Scene) -> Found:
    """Find that the clock has jumped back, of late."""
    return about_the_yard(scene.clock_back_s, True) if scene.clock_back_s > 0.0 else nothing()
