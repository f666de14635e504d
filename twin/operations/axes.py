"""One axis of a machine: speeds that rise and fall at a given acceleration and stop where they should."""

import math

CREEP_MPS = 0.02
"""The last centimetres are driven no slower than this [m/s]."""


def stopping_speed(distance_m: float, braking_mps2: float, dt_s: float) -> float:
    """Give the highest speed over the coming step from which ``distance_m`` is enough to stop [m/s].

    Notes
    -----
    Solves ``v dt + v^2 / (2 b) = d``: the step itself is driven at ``v``.
    """
    if distance_m <= 0.0:
        return 0.0
    drop = braking_mps2 * dt_s
    return math.sqrt(drop * drop + 2.0 * braking_mps2 * distance_m) - drop


def approach(
    at_m: float, speed_mps: float, goal_m: float, top_mps: float, acceleration_mps2: float, dt_s: float
) -> tuple[float, float]:
    """Move an axis towards a goal for one step: a trapezoid of speed.

    Parameters
    ----------
    at_m, speed_mps : float
        Where it is and its signed speed.
    goal_m : float
        Where it shall stand.
    top_mps, acceleration_mps2 : float
        Its highest speed and what it speeds up and slows down with.

    Returns
    -------
    at_m, speed_mps : float
        After the step; exactly ``goal_m`` and 0 once it has arrived.
    """
    distance = goal_m - at_m
    sign = 1.0 if distance >= 0 else -1.0
    left = abs(distance)
    along = max(0.0, speed_mps * sign)
    wanted = min(along + acceleration_mps2 * dt_s, top_mps, stopping_speed(left, acceleration_mps2, dt_s))
    wanted = max(wanted, CREEP_MPS)
    if left < 1e-4 or wanted * dt_s >= left:
        return goal_m, 0.0
    return at_m + sign * wanted * dt_s, sign * wanted
