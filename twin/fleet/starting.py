"""Where beliefs begin: from a first fix, anew after a long silence, or with a heading just learnt."""

import numpy as np
from numpy.typing import NDArray

from twin.fleet import motion
from twin.fleet.correction import (
    COURSE_MPS,
    HEADING_SIGMA_RAD,
    HEADING_UNKNOWN_RAD2,
    NOISE_SCALE,
    SIDEWAYS,
    along_rail,
    carry_by_lever,
    lever,
    split,
)  # fmt: skip
from twin.fleet.epochs import Epochs
from twin.fleet.memory import GYRO, IDLE, LAST, ODOMETER, STILL
from twin.fleet.prediction import GYRO_OFF_RPS, WHEEL_SHARE
from twin.fleet.working import BIAS_X, BIAS_Y, HEADING, SPEED, YAW_RATE, Working, X, Y
from twin.tables import Floats


def start(w: Working, fix: Epochs, rail_rad: Floats) -> None:
    """Start beliefs from first fixes, in place.

    A heading is taken from the rail, from two antennas, or from the course of one that moves; else
    it is not known, and is 0 with a variance that says so.
    """
    moving = fix.speed_mps >= COURSE_MPS
    heading = np.where(np.isnan(fix.heading_rad) & moving, fix.course_rad, fix.heading_rad)
    on_rail = np.isfinite(rail_rad)
    heading = np.where(on_rail, along_rail(rail_rad, heading), heading)
    known = np.isfinite(heading)
    mean, P = np.zeros_like(w.mean), np.zeros_like(w.covariance)
    mean[X], mean[Y] = fix.x_m, fix.y_m
    mean[HEADING] = np.where(known, heading, 0.0)
    backwards = np.cos(np.nan_to_num(fix.course_rad) - mean[HEADING]) < 0
    reverse = np.isfinite(fix.course_rad) & known & backwards
    mean[SPEED] = np.nan_to_num(fix.speed_mps) * np.where(reverse, -1.0, 1.0)
    wheels = np.isfinite(fix.odometer_mps)
    gyro = np.isfinite(fix.gyro_rps)
    white, lasting = split(fix.sigma_m, wheels)
    P[X, X] = P[Y, Y] = white + lasting**2
    P[BIAS_X, BIAS_X] = P[BIAS_Y, BIAS_Y] = 1.0
    P[X, BIAS_X] = P[BIAS_X, X] = P[Y, BIAS_Y] = P[BIAS_Y, Y] = -lasting
    sensed = np.where(np.isfinite(fix.heading_rad), 2.0 * HEADING_SIGMA_RAD, 0.3) ** 2
    P[HEADING, HEADING] = np.where(known, np.where(on_rail, 1e-8, sensed), np.pi**2 / 3.0)
    P[SPEED, SPEED] = np.where(np.isfinite(fix.speed_mps), 0.1**2, 3.0**2)
    P[YAW_RATE, YAW_RATE] = np.where(motion.ON_TRACK[w.kind], 1e-10, 0.1**2)
    mean[SPEED] = np.where(wheels, 0.0, mean[SPEED])
    P[SPEED, SPEED] = np.where(wheels, WHEEL_SHARE**2, P[SPEED, SPEED])
    P[YAW_RATE, YAW_RATE] = np.where(gyro, GYRO_OFF_RPS**2, P[YAW_RATE, YAW_RATE])
    w.mean[:], w.covariance[:] = mean, P
    w.aids[ODOMETER], w.aids[GYRO] = fix.odometer_mps, fix.gyro_rps
    w.aids[IDLE] = np.nan_to_num(fix.odometer_mps)
    w.aids[STILL] = 0.0
    w.marks[LAST] = fix.t_ns
    carry_by_lever(w, -1.0, np.ones(len(fix), np.bool_))


def learn_headings(w: Working, fix: Epochs) -> None:
    """Give machines whose heading is not known that of their course, or of the way they came."""
    rows = _unknown(w, fix)
    if not len(rows):
        return
    some, fix, all_of_them = w.some(rows), fix.take(rows), np.ones(len(rows), np.bool_)
    carry_by_lever(some, 1.0, all_of_them)
    way_x, way_y = fix.x_m - some.mean[X], fix.y_m - some.mean[Y]
    far = np.hypot(way_x, way_y) > np.maximum(1.0, 4.0 * np.sqrt(NOISE_SCALE) * fix.sigma_m)
    course = np.where(fix.speed_mps >= COURSE_MPS, fix.course_rad, np.nan)
    course = np.where(np.isnan(course) & far, np.arctan2(way_y, way_x), course)
    backwards = some.wheels & (some.aids[ODOMETER] < 0)
    course = np.where(backwards, motion.wrapped(course + np.pi), course)
    learnt = np.isfinite(course)
    some.mean[HEADING] = np.where(learnt, course, some.mean[HEADING])
    forwards = learnt & ~some.wheels
    some.mean[SPEED] = np.where(forwards, np.abs(some.mean[SPEED]), some.mean[SPEED])
    some.covariance[HEADING, :, learnt] = 0.0
    some.covariance[:, HEADING, learnt] = 0.0
    some.covariance[HEADING, HEADING, learnt] = 0.3**2
    carry_by_lever(some, -1.0, all_of_them)
    w.put(rows, some)


def _unknown(w: Working, fix: Epochs) -> NDArray[np.intp]:
    sideways = np.abs(np.sin(fix.course_rad - w.mean[HEADING])) > SIDEWAYS
    fast = fix.speed_mps > 4.0 * COURSE_MPS
    unknown = w.covariance[HEADING, HEADING] >= HEADING_UNKNOWN_RAD2
    unknown |= sideways & fast & ~motion.ON_TRACK[w.kind]
    return np.flatnonzero(unknown & np.isnan(fix.heading_rad) & fix.fixed)


def believe_again(w: Working, fix: Epochs) -> None:
    """Put beliefs where their fixes are, in place, keeping heading, speed and what was learnt of wheels."""
    white, lasting = split(fix.sigma_m, w.wheels)
    lever_x, lever_y = lever(w.kind, w.mean[HEADING])
    w.mean[X], w.mean[Y] = fix.x_m - lever_x, fix.y_m - lever_y
    w.mean[BIAS_X:] = 0.0
    P = w.covariance
    turn = P[HEADING, HEADING].copy()
    for state in (X, Y, BIAS_X, BIAS_Y):
        P[state] = 0.0
        P[:, state] = 0.0
    P[X, X] = white + lasting**2 + lever_y**2 * turn
    P[Y, Y] = white + lasting**2 + lever_x**2 * turn
    P[BIAS_X, BIAS_X] = P[BIAS_Y, BIAS_Y] = 1.0
    P[X, BIAS_X] = P[BIAS_X, X] = P[Y, BIAS_Y] = P[BIAS_Y, Y] = -lasting
