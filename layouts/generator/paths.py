"""Centre lines: straights, fillets and shifts whose arcs a semitrailer can follow."""

import math

from twin.yard.model import Point, Polyline

STEP_M = 1.0
"""Longest chord of an arc [m]."""

Pose = tuple[Point, float]
"""A point in the yard frame [m] and a heading there [rad]."""


def ahead(pose: Pose, distance_m: float) -> Point:
    """Give the point that lies ``distance_m`` before a pose; behind it where negative."""
    (x, y), heading = pose
    return x + distance_m * math.cos(heading), y + distance_m * math.sin(heading)


def arc(pose: Pose, radius_m: float, turn_rad: float) -> list[Point]:
    """Give the points of an arc from a pose, the pose's own point left out.

    ``turn_rad`` is counter-clockwise where positive; chords are at most :data:`STEP_M` long.
    """
    (x, y), heading = pose
    side = math.copysign(1.0, turn_rad)
    cx, cy = x - side * radius_m * math.sin(heading), y + side * radius_m * math.cos(heading)
    count = max(1, math.ceil(abs(turn_rad) * radius_m / STEP_M))
    angles = (heading + turn_rad * k / count for k in range(1, count + 1))
    return [(cx + side * radius_m * math.sin(a), cy - side * radius_m * math.cos(a)) for a in angles]


def turn(start: Pose, end: Pose) -> Polyline:
    """Give the way between two poses at an angle: straight, the widest arc that fits, straight."""
    (x0, y0), heading_0 = start
    (x1, y1), heading_1 = end
    angle = math.remainder(heading_1 - heading_0, 2 * math.pi)
    c, s = math.cos(heading_0), math.sin(heading_0)
    forward, left = c * (x1 - x0) + s * (y1 - y0), c * (y1 - y0) - s * (x1 - x0)
    second = left / math.sin(angle)
    first = forward - second * math.cos(angle)
    leg = min(first, second)
    corner_start = ahead(start, first - leg)
    points = [start[0], corner_start, *arc((corner_start, heading_0), leg / math.tan(abs(angle) / 2), angle)]
    return tidy([*points, end[0]])


def shift(start: Pose, left_m: float, radius_m: float, pad_m: float) -> tuple[Polyline, Pose]:
    """Give a change of lane from a pose and the pose it ends at: two arcs, then ``pad_m`` straight on.

    Beyond 60 degrees a straight piece lies between the arcs.
    """
    (_, heading), side = start, math.copysign(1.0, left_m)
    angle = math.acos(max(0.5, 1 - abs(left_m) / (2 * radius_m)))
    rest = max(0.0, abs(left_m) - 2 * radius_m * (1 - math.cos(angle)))
    points = [start[0], *arc(start, radius_m, side * angle)]
    points.append(ahead((points[-1], heading + side * angle), rest / math.sin(angle)))
    points += arc((points[-1], heading + side * angle), radius_m, -side * angle)
    points.append(ahead((points[-1], heading), pad_m))
    return tidy(points), (points[-1], heading)


def shift_length_m(left_m: float, radius_m: float) -> float:
    """Give how far along its heading a change of lane reaches, without its pad [m]."""
    angle = math.acos(max(0.5, 1 - abs(left_m) / (2 * radius_m)))
    rest = max(0.0, abs(left_m) - 2 * radius_m * (1 - math.cos(angle)))
    return 2 * radius_m * math.sin(angle) + (rest / math.tan(angle) if rest else 0.0)


def reversed_line(line: Polyline) -> Polyline:
    """Give a centre line from its end to its start."""
    return tuple(reversed(line))


def tidy(points: list[Point]) -> Polyline:
    """Round to a tenth of a millimetre and drop points that repeat the one before."""
    out: list[Point] = []
    for x, y in points:
        point = (round(x, 4) + 0.0, round(y, 4) + 0.0)
        if not out or math.dist(point, out[-1]) > 1e-3:
            out.append(point)
    return tuple(out)
