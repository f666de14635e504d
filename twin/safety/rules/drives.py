"""What hangs from machines, and whether the drives that take it along go on as they did."""

import numpy as np

from twin.clock import NS_PER_S
from twin.fleet import motion
from twin.fleet.hearing import told_before
from twin.fleet.kinds import KIND_NAMES, KINDS, Joint
from twin.fleet.shapes import LOAD_PART
from twin.safety.allowed import LANDING_M
from twin.safety.collision import Rows
from twin.safety.rules.scene import Scene
from twin.tables import Bytes, Flags, Floats, Ints

CREEP_MPS = 0.25
"""Slower than this a drive creeps to its place, stopped in a hand's breadth [m/s]."""
STEADY_MPS = 0.05
"""A drive that goes on as it did changes by no more than this from one half second to the next [m/s].

One that brakes changes by 0.1 m/s at least: the slowest hoists brake with 0.2 m/s2.
"""
SPELLS, SPELL_S = 3, 0.35
"""So many times on end it is looked at, over so long each at least [s]."""
FULL = 0.9
"""From this share of its full speed on the braking that is left tells of a drive early enough."""
RATE_NOISE_MPS = 0.06
"""The speed of a drive, told by two words of it a tenth of a second apart, may be so much less."""

_SPREADERS = {
    name: [index for index, part in enumerate(kind.parts) if part.joint is Joint.SPREADER]
    for name, kind in KINDS.items()
}
_SPREADER_PART = np.array([(_SPREADERS[name] or [-1])[0] for name in KIND_NAMES])
_FULL_MPS = FULL * np.array([(k.trolley_mps or np.inf, k.hoist_mps or np.inf) for k in KINDS.values()])
_HOIST_MPS = np.array([(k.hoist_mps, k.hoist_laden_mps) for k in KINDS.values()])


def hanging(kind: Bytes, part: Bytes) -> Flags:
    """Tell which parts of machines hang from a hoist: spreaders and what they hold."""
    hangs: Flags = (part == LOAD_PART) | (part == _SPREADER_PART[kind])
    return hangs


def unbraked_drives(scene: Scene, mover: Ints) -> Flags:
    """Tell which machines have trolley, hoist or gantry going on as they did, slower than these can, (k,).

    At full speed a drive that will brake does so two seconds before it is there, so that one which does not
    is told by what braking is left. A slower one brakes later: only that it goes on as it did tells of it.

    Parameters
    ----------
    scene : Scene
    mover : (k,) int32
        Fleet rows.
    """
    tracks, kind = scene.tracks, scene.fleet.kind[mover]
    speed = np.abs([tracks.trolley_mps[mover], np.minimum(tracks.hoist_mps[mover], 0.0)])
    goes = speed >= motion.STANDING_MPS
    rolls = motion.is_moving(tracks.speed_mps[mover])
    out: Flags = (goes & (speed >= CREEP_MPS)).any(axis=0) | rolls
    some = np.flatnonzero(out)
    kept = (~goes[:, some] | _steady(scene, mover[some], _FULL_MPS[kind[some]].T)).all(axis=0)
    before_mps, before_s = told_before(tracks, mover[some])
    slowed = before_mps - np.abs(tracks.speed_mps[mover[some]]) > STEADY_MPS
    out[some] = kept & (~rolls[some] | ((before_s > 0.0) & ~slowed))
    return out


def _steady(scene: Scene, mover: Ints, below_mps: Floats) -> Flags:
    """Tell of which machines trolley, and hoist, went evenly for a second and more, slower than this, (2, k).

    What was told of them less than ``SPELLS`` times on end, or is no number, was not even.
    """
    tracks = scene.tracks
    places = np.stack((tracks.trolley_m[mover], tracks.hoist_m[mover]))
    told_ns, speeds = tracks.plc_ns[mover], np.full((SPELLS, 2, len(mover)), np.nan)
    spell = np.zeros(len(mover), np.intp)
    for said in reversed(scene.drives_before):
        known = np.flatnonzero((mover < len(said.told_ns)) & (spell < SPELLS))
        row = mover[known]
        since_s = (told_ns[known] - said.told_ns[row]) / NS_PER_S
        long = since_s >= SPELL_S
        known, row, since_s = known[long], row[long], since_s[long]
        was = np.stack((said.trolley_m[row], said.hoist_m[row]))
        speeds[spell[known], :, known] = ((places[:, known] - was) / since_s).T
        places[:, known], told_ns[known] = was, said.told_ns[row]
        spell[known] += 1
    steady: Flags = speeds.max(axis=0) - speeds.min(axis=0) <= STEADY_MPS
    steady &= np.abs(speeds).max(axis=0) < below_mps
    return steady


def lifts_clear(scene: Scene, rows: Rows) -> Flags:
    """Tell in which encounters with stacks what hangs is being lifted, and will be above in time, (k,).

    Parameters
    ----------
    scene : Scene
    rows : (k,)
        Rows of ``scene.encounters``.
    """
    e, tracks, stock = scene.encounters, scene.tracks, scene.stock
    mover, ground = e.mover[rows], e.ground[rows]
    kind, load = scene.fleet.kind[mover], tracks.load[mover]
    lifts = hanging(kind, e.part[rows]) & (ground >= 0) & (tracks.hoist_mps[mover] > RATE_NOISE_MPS)
    if not lifts.any():
        return lifts
    under_m = tracks.hoist_m[mover] - np.where(load >= 0, stock.height_m[load], 0.0)
    rises_m = _HOIST_MPS[kind, tracks.locked[mover].astype(np.intp)] * e.time_s[rows]
    clear: Flags = lifts & (under_m + rises_m > stock.top_m[np.maximum(ground, 0)] - LANDING_M)
    return clear
