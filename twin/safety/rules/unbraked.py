"""Who comes at another without having begun to brake: slowly, or along its side."""

import numpy as np

from twin.fleet import motion
from twin.fleet.hearing import told_before
from twin.fleet.kinds import KIND_NAMES
from twin.safety import encounters
from twin.safety.collision import Rows
from twin.safety.rules.scene import Scene
from twin.tables import Flags, Floats, Ints

WALK_MPS = 1.4
"""Slower than a walk machines crawl up to what they serve, braked or not."""
BEGUN = 0.5
"""Who brakes with this share of what it takes has begun to brake, and goes on harder."""
ASIDE_MPS2 = 0.8
"""Harder braking than this keeps two apart that close in along their sides."""
AGAINST_MPS = 0.2
"""Slower than this two go side by side, or behind one another [m/s]."""
HEARD_S = 0.5
"""Of who was not heard for longer nobody knows whether he has begun to brake [s]."""


_DRIVEN = ~motion.ON_TRACK & (np.array(KIND_NAMES) != "person")
_Sides = list[tuple[Ints, Flags]]
"""The fleet rows of the one and of the other in encounters, and which of them move."""


def unbraked(scene: Scene, rows: Rows, when_s: Floats) -> Flags:
    """Tell in which encounters of machines that go where they like nobody has begun to brake, (k,).

    Parameters
    ----------
    scene : Scene
    rows : (k,)
        Rows of ``scene.encounters``.
    when_s : (k,)
        When their clearance is used up [s].

    Notes
    -----
    Two come near one another by how fast their gap closes; along their sides that is little, and nobody
    stops for it in less than the whole of his speed; nor does one whose trailer sweeps inwards in a turn.
    So both are asked: what brakes the gap, and what brakes the one against the other.
    """
    e, tracks = scene.encounters, scene.tracks
    moves, age_s = motion.is_moving(tracks.speed_mps), encounters.unheard(scene.fleet, tracks, scene.t_ns)[0]
    sides = [(beside[rows], (beside[rows] >= 0) & moves[beside[rows]]) for beside in (e.mover, e.other)]
    late = np.zeros(len(rows), np.bool_)
    for mover, goes in sides:
        late |= goes & (age_s[mover] > HEARD_S)
        # People, and what cranes do with trolley and hoist, are other matters.
        late |= (mover >= 0) & ~_DRIVEN[scene.fleet.kind[mover]]
    closing_mps = np.maximum(e.gap_m[rows], 0.0) / np.maximum(e.time_s[rows], 1e-3)
    both_s = 2.0 * np.maximum(when_s, 1e-3)
    against_mps, (towards, along) = _against_mps(scene, sides), _slows_mps2(scene, sides, rows)
    needed, aside = closing_mps / both_s, against_mps / both_s
    slow = (closing_mps > WALK_MPS) & (towards < BEGUN * needed)
    slow |= (against_mps > WALK_MPS) & (along < BEGUN * aside)
    none: Flags = ~late & (slow | (aside > ASIDE_MPS2))
    return none


def _against_mps(scene: Scene, sides: _Sides) -> Floats:
    """Give what speed one of two has to brake away so that they no longer go against one another, (k,) [m/s].

    That of the one who does it most easily: who closes in sideways has to brake away all that he goes.
    """
    tracks = scene.tracks
    ways = [np.exp(1j * tracks.heading_rad[mover]) for mover, _ in sides]
    goes_mps = [np.where(goes, tracks.speed_mps[mover], 0.0) for mover, goes in sides]
    against = goes_mps[0] * ways[0] - goes_mps[1] * ways[1]
    against_mps, least = np.abs(against), np.full(len(against), np.inf)
    for way, speed_mps in zip(ways, goes_mps, strict=True):
        share = np.abs((against * way.conj()).real) / np.maximum(against_mps, AGAINST_MPS)
        away_mps = against_mps / np.maximum(share, 1e-3)
        least = np.where(speed_mps != 0.0, np.minimum(least, away_mps), least)
    most: Floats = np.where(np.isfinite(least), least, 0.0)
    return most


def _slows_mps2(scene: Scene, sides: _Sides, rows: Rows) -> Floats:
    """Give how fast two have come to close in more slowly of late, and to go more slowly, (2, k) [m/s2].

    Of who is not known longer it is taken that he goes on as he did.
    """
    e, tracks, slows = scene.encounters, scene.tracks, np.zeros((2, len(rows)))
    for mover, goes in sides:
        some = np.flatnonzero(goes)
        row = mover[some]
        speed_mps, before_s = told_before(tracks, row)
        towards = np.arctan2(e.y_m[rows[some]] - tracks.y_m[row], e.x_m[rows[some]] - tracks.x_m[row])
        ahead = np.cos(towards - tracks.heading_rad[row]) * np.sign(tracks.speed_mps[row])
        gained = speed_mps - np.abs(tracks.speed_mps[row])
        slower = np.where(before_s > 0.0, gained / np.maximum(before_s, 1e-3), 0.0)
        slows[:, some] += slower * np.stack((ahead, np.ones(len(some))))
    return slows
