"""Which machines are where they are shown, so that rules may go by their places."""

import numpy as np

from twin.clock import NS_PER_S
from twin.fleet.hearing import unproven_ns
from twin.fleet.suspicion import BESIDE_FIXES
from twin.fleet.table import Freshness
from twin.safety.rules.scene import Scene
from twin.tables import Flags

FITS_S = 2.0
"""A machine that is doubted for something beside its fixes is where it is shown while one that fitted is no
older [s]."""
_TRUSTED = np.isin(list(Freshness), (Freshness.FRESH, Freshness.LATE, Freshness.SIMULATED))


def placed(scene: Scene) -> Flags:
    """Tell which machines are where they are shown, (fleet,)."""
    tracks = scene.tracks
    found: Flags = _TRUSTED[tracks.freshness]
    rows = np.flatnonzero(tracks.freshness == Freshness.SUSPECT)
    if len(rows):
        fits = scene.t_ns - tracks.fix_ns[rows] <= FITS_S * NS_PER_S
        found[rows] = fits & np.isin(tracks.suspect[rows], BESIDE_FIXES) & (unproven_ns(tracks)[rows] == 0)
    return found
