"""filterpy's filters, one a machine: a small one, and one that tells as much of a machine as ours does.

filterpy is imported where filters are made, so that a machine without it shows an absent row.
"""

from math import cos, sin
from typing import Any

import numpy as np

from twin.fleet.motion import ANTENNA_M
from twin.fleet.noise import (
    DRIFT,
    GYRO_HEADING_SIGMA_RAD,
    GYRO_RPS,
    GYRO_WALK,
    HEADING_SIGMA_RAD,
    HEADING_WALK,
    MULTIPATH_S,
    PUSH,
    SHARE_WALK,
    SLIP_M2,
    SPEED_M2PS2,
    SWERVES,
    WALK,
    WHEEL_MPS,
    WHEEL_SHARE,
    WHITE_SHARE,
)
from twin.tables import Floats

DT_S = 0.1
RTK_FIXED = 4
X, Y, HEADING, SPEED, YAW_RATE, BIAS_X, BIAS_Y = range(7)


def small_filters(places: Floats, sigma_m: float) -> list[Any]:
    """Give Kalman filters of four states that take positions, (n, 2), and nothing else."""
    from filterpy.kalman import KalmanFilter

    filters = []
    for x, y in places:
        one = KalmanFilter(dim_x=4, dim_z=2)
        one.x = np.array([x, y, 0.0, 0.0])
        one.P = np.diag([0.01, 0.01, 4.0, 4.0])
        one.F = np.eye(4)
        one.F[0, 2] = one.F[1, 3] = DT_S
        one.H, one.R, one.Q = np.eye(2, 4), sigma_m**2 * np.eye(2), 0.01 * np.eye(4)
        filters.append(one)
    return filters


def driven_filters(places: Floats, heading: Floats, speed_mps: float, sigma_m: float, kind: int) -> list[Any]:
    """Give extended filters of machines of which fixes alone are heard.

    Five states: x, y, heading, speed, yaw rate. Each takes the place of its antenna, its velocity (2) and its
    heading at once; arc, noise and lever arm are ours. No gate, no doubt, no trailer, no weighing of what
    lasts of a fix's error.
    """
    from filterpy.kalman import ExtendedKalmanFilter

    push, swerve, drift, walk = PUSH[kind], SWERVES[kind], DRIFT[kind] * DT_S, WALK[kind] * DT_S
    forth, side = (float(part) for part in ANTENNA_M[kind][:2])

    class Driven(ExtendedKalmanFilter):  # type: ignore[misc]
        def predict_x(self, u: object = 0) -> None:
            """Go along the arc."""
            _, _, heading, speed, yaw_rate = self.x.tolist()
            east, north, c, s = _chord(heading, speed * DT_S, yaw_rate * DT_S)
            self.x = np.add(self.x, (east, north, yaw_rate * DT_S, 0.0, 0.0))
            F, Q = self.F, self.Q
            F[X, 2:] = -north, DT_S * c, -north * DT_S * 0.5
            F[Y, 2:] = east, DT_S * s, east * DT_S * 0.5
            along, lever = push * DT_S**3 / 3.0, push * DT_S**2 / 2.0
            Q[X, X], Q[Y, Y] = along * c * c + drift, along * s * s + drift
            Q[X, Y] = Q[Y, X] = along * c * s
            Q[X, SPEED] = Q[SPEED, X] = lever * c
            Q[Y, SPEED] = Q[SPEED, Y] = lever * s

        def said(self, x: Floats) -> Floats:
            """Give what would be measured."""
            x_m, y_m, heading, speed, yaw_rate = x.tolist()
            c, s = cos(heading), sin(heading)
            ax, ay = c * forth - s * side, s * forth + c * side
            return np.array(
                (x_m + ax, y_m + ay, speed * c - yaw_rate * ay, speed * s + yaw_rate * ax, heading)
            )

        def jacobian(self, x: Floats) -> Floats:
            """Give how that depends on the states."""
            heading, speed = x[HEADING], x[SPEED]
            c, s = cos(heading), sin(heading)
            ax, ay, H = c * forth - s * side, s * forth + c * side, self.H
            H[0, HEADING], H[1, HEADING] = -ay, ax
            H[2, 2:] = -speed * s, c, -ay
            H[3, 2:] = speed * c, s, ax
            return H

    speed_m2, heading_rad2 = SPEED_M2PS2[RTK_FIXED], HEADING_SIGMA_RAD**2
    filters = []
    for (x, y), to in zip(places, heading, strict=True):
        one = Driven(dim_x=5, dim_z=5)
        one.x = np.array((x, y, to, speed_mps, 0.0))
        one.P = np.diag((sigma_m**2, sigma_m**2, heading_rad2, speed_m2, 0.01))
        one.F, one.H = np.eye(5), np.eye(5)
        one.F[HEADING, YAW_RATE] = DT_S
        one.H[4] = 0.0, 0.0, 1.0, 0.0, 0.0
        one.H[2:4, :2] = 0.0
        one.Q = np.zeros((5, 5))
        one.Q[HEADING, HEADING] = swerve * DT_S**3 / 3.0 + walk
        one.Q[HEADING, YAW_RATE] = one.Q[YAW_RATE, HEADING] = swerve * DT_S**2 / 2.0
        one.Q[SPEED, SPEED], one.Q[YAW_RATE, YAW_RATE] = push * DT_S, swerve * DT_S
        one.R = np.diag((sigma_m**2, sigma_m**2, speed_m2, speed_m2, heading_rad2))
        filters.append(one)
    return filters


def wheeled_filters(places: Floats, heading: Floats, sigma_m: float, kind: int) -> list[Any]:
    """Give extended filters of machines whose wheels and gyros are heard as well.

    Seven states: x, y, heading, what wheels say too little, what a gyro does, and what lasts of the fixes'
    errors (2). Each is led by wheels and gyro, ``predict((speed, yaw rate))``, and takes the place of its
    antenna and its heading at once; otherwise as :func:`driven_filters`.
    """
    from filterpy.kalman import ExtendedKalmanFilter

    forth, side = (float(part) for part in ANTENNA_M[kind][:2])
    white_m2 = WHITE_SHARE * sigma_m**2
    lasting_m, keep = (sigma_m**2 - white_m2) ** 0.5, float(np.exp(-DT_S / MULTIPATH_S))
    word_m2, slip_m2 = (WHEEL_MPS * DT_S) ** 2, SLIP_M2 * DT_S

    class Wheeled(ExtendedKalmanFilter):  # type: ignore[misc]
        def predict_x(self, u: tuple[float, float]) -> None:
            """Go along the arc that wheels and gyro tell."""
            (told_mps, told_rps), (_, _, heading, share, off_rps, _, _) = u, self.x.tolist()
            turned = (told_rps + off_rps) * DT_S
            east, north, c, s = _chord(heading, told_mps * (1.0 + share) * DT_S, turned)
            self.x = np.add(self.x, (east, north, turned, 0.0, 0.0, 0.0, 0.0))
            self.x[BIAS_X:] *= keep
            F, Q, along = self.F, self.Q, told_mps * DT_S
            F[X, 2:5] = -north, along * c, -north * DT_S * 0.5
            F[Y, 2:5] = east, along * s, east * DT_S * 0.5
            Q[X, X], Q[Y, Y] = word_m2 * c * c + slip_m2, word_m2 * s * s + slip_m2
            Q[X, Y] = Q[Y, X] = word_m2 * c * s

        def said(self, x: Floats) -> Floats:
            """Give what would be measured."""
            x_m, y_m, heading, _, _, bias_x, bias_y = x.tolist()
            c, s = cos(heading), sin(heading)
            return np.array((
                x_m + c * forth - s * side + lasting_m * bias_x,
                y_m + s * forth + c * side + lasting_m * bias_y, heading,
            ))  # fmt: skip

        def jacobian(self, x: Floats) -> Floats:
            """Give how that depends on the states."""
            c, s = cos(x[HEADING]), sin(x[HEADING])
            self.H[0, HEADING], self.H[1, HEADING] = -s * forth - c * side, c * forth - s * side
            return self.H

    heading_rad2 = GYRO_HEADING_SIGMA_RAD**2
    filters = []
    for (x, y), to in zip(places, heading, strict=True):
        one = Wheeled(dim_x=7, dim_z=3)
        one.x = np.array((x, y, to, 0.0, 0.0, 0.0, 0.0))
        one.P = np.diag((sigma_m**2, sigma_m**2, heading_rad2, WHEEL_SHARE**2, 1e-4, 1.0, 1.0))
        one.F, one.H = np.eye(7), np.zeros((3, 7))
        one.F[HEADING, YAW_RATE] = DT_S
        one.F[BIAS_X, BIAS_X] = one.F[BIAS_Y, BIAS_Y] = keep
        one.H[0, X] = one.H[1, Y] = one.H[2, HEADING] = 1.0
        one.H[0, BIAS_X] = one.H[1, BIAS_Y] = lasting_m
        one.Q = np.diag((
            0.0, 0.0, (GYRO_RPS * DT_S) ** 2 + HEADING_WALK * DT_S, SHARE_WALK * DT_S, GYRO_WALK * DT_S,
            1.0 - keep**2, 1.0 - keep**2,
        ))  # fmt: skip
        one.R = np.diag((white_m2, white_m2, heading_rad2))
        filters.append(one)
    return filters


def _chord(heading: float, way_m: float, turned: float) -> tuple[float, float, float, float]:
    """Give east, north, and the cosine and sine of the chord of a way that turns by an angle."""
    half = 0.5 * turned
    share = sin(half) / half if abs(half) > 1e-9 else 1.0
    c, s = cos(heading + half), sin(heading + half)
    return way_m * share * c, way_m * share * s, c, s
