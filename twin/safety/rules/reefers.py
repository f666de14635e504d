"""Reefers that stand in the yard: out of the band round their set point, or without power."""

from math import inf

import numpy as np

from twin.clock import NS_PER_S
from twin.safety.levels import Levels
from twin.safety.rules.scene import Found, Scene, about_boxes, nothing
from twin.stock.table import Place
from twin.tables import Flags, Floats, Ints

FROZEN_C = -10.0
"""Set points from here down are kept by the return air, others by the supply air (Carrier 69NT40-541 manual,
T-354, 4.3.12: frozen mode)."""
BAND_C = Levels(2.0, inf, inf, deadband=0.5)
"""The widest band that these units call in range is 2 degrees off the set point (ibid., code Cd30)."""
DELAY_S = 1800.0
"""A defrost is over by then, and a box that was set down is plugged in [s]; as terminals usually have it."""
HEARD_S = 3600.0
"""A word older than this raises nothing; it keeps what it has raised [s]."""


def _standing(scene: Scene) -> tuple[Ints, Ints, Floats, Flags]:
    """Give of reefers in stacks that are set to something: which, their boxes, set point, heard of late."""
    reefers, stock = scene.reefers, scene.stock
    at = np.maximum(reefers.row, 0)
    set_c = np.where(np.isnan(reefers.setpoint_c), stock.setpoint_c[at], reefers.setpoint_c)
    stands = (reefers.row >= 0) & (stock.place[at] == Place.STACKED) & ~np.isnan(set_c)
    rows = np.flatnonzero(stands).astype(np.int32)
    late = scene.t_ns - reefers.heard_ns[rows] > HEARD_S * NS_PER_S
    return rows, reefers.row[rows], set_c[rows], ~late


def off_set_point(scene: Scene) -> Found:
    """Find reefers whose air is off their set point; ``value`` is by how much, above 0 where too warm."""
    if not len(scene.reefers) or not len(scene.stock):
        return nothing()
    rows, boxes, set_c, fresh = scene.once(_standing)
    supply_c, return_c = scene.reefers.supply_c[rows], scene.reefers.return_c[rows]
    frozen = set_c <= FROZEN_C
    air_c, other_c = np.where(frozen, return_c, supply_c), np.where(frozen, supply_c, return_c)
    off_c = np.where(np.isnan(air_c), other_c, air_c) - set_c
    own = any(limit.rule == "reefer_off_set_point" for limit in scene.limits)
    least_c = 0.0 if own else BAND_C.warning - BAND_C.deadband
    found = np.flatnonzero(np.abs(off_c) >= least_c)
    return about_boxes(scene, boxes[found], off_c[found], np.abs(off_c[found]), fresh[found])


def unpowered(scene: Scene) -> Found:
    """Find reefers that say that they have no power."""
    if not len(scene.reefers) or not len(scene.stock):
        return nothing()
    rows, boxes, _, fresh = scene.once(_standing)
    found = np.flatnonzero(scene.reefers.powered[rows] == 0)
    none = np.zeros(len(found))
    return about_boxes(scene, boxes[found], none, none, fresh[found])
