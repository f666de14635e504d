"""Both machines of a near miss stay in the picture while it is looked at again, until somebody steers."""

from __future__ import annotations

import math
from collections.abc import Iterable
from dataclasses import replace
from itertools import product

import numpy as np

from twin.clock import NS_PER_S
from twin.fleet.kinds import KIND_NAMES, KINDS
from twin.snapshot import Mode, Snapshot
from twin.tables import Floats
from ui.scene.camera import Camera
from ui.scene.framing import framed
from ui.scene.overlays import encountered
from ui.view_state import Encounter

FROM_NS, UNTIL_NS = 11 * NS_PER_S, 3 * NS_PER_S
"""How long before a near miss its machines are looked for, and how long after it they are kept in view."""
_FILL = 0.75
_EDGE = 0.03
"""A machine nearer to the edge than this share of the picture is about to leave it."""
_CLOSER = 0.5
"""The eye goes nearer once that more than halves its distance: not at each metre that machines approach."""
_LOW_RAD, _HIGH_RAD = math.radians(45.0), math.radians(65.0)
"""From lower down a truck between two blocks is behind their stacks."""
_PLAIN_DEG = 30.0


def surroundings(snapshot: Snapshot, rows: Iterable[int]) -> Floats:
    """Give the corners of what machines may cover, whichever way they stand.

    Returns
    -------
    (n, 3)
        In the yard frame [m], eight a machine; none of one whose place is not known.
    """
    fleet, tracks = snapshot.state.fleet, snapshot.state.tracks
    corners: list[tuple[float, float, float]] = []
    for row in rows:
        x, y = float(tracks.x_m[row]), float(tracks.y_m[row])
        if not math.isfinite(x + y):
            continue
        parts = KINDS[KIND_NAMES[int(fleet.kind[row])]].parts
        reach = max(abs(part.centre_m[k]) + part.half_m[k] for part in parts for k in (0, 1))
        top = max(part.centre_m[2] + part.half_m[2] for part in parts)
        corners += product((x - reach, x + reach), (y - reach, y + reach), (0.0, top))
    return np.array(corners, float).reshape(-1, 3)


class Company:
    """Tells where the eye has to go for the near miss that is replayed; decides nothing else."""

    def __init__(self) -> None:
        """Begin with no near miss."""
        self._encounter: Encounter | None = None
        self._fitted = False
        self.steered = False
        """Whether somebody has taken the camera since this near miss is shown: it is left to them."""

    def goal(
        self, snapshot: Snapshot, encounter: Encounter | None, now: Camera, aspect: float
    ) -> Camera | None:
        """Give the camera that sees all machines of a near miss; None where the one there is will do.

        Parameters
        ----------
        encounter : Encounter or None
            The near miss that is looked at again.
        now : Camera
            The direction that it looks in is kept, as far as nothing hides the ground from there.
        aspect : float
            Width of the picture by its height.
        """
        if encounter is not self._encounter:
            self._encounter, self._fitted, self.steered = encounter, False, False
        if encounter is None or self.steered or snapshot.mode is not Mode.REPLAY:
            return None
        if not -UNTIL_NS <= encounter.t_ns - snapshot.state.t_ns <= FROM_NS:
            return None
        points = surroundings(snapshot, encountered(snapshot, encounter))
        if not len(points):
            return None
        if math.isfinite(encounter.x_m + encounter.y_m):
            points = np.vstack((points, (encounter.x_m, encounter.y_m, 0.0)))
        rise = min(max(now.elevation_rad, _LOW_RAD), _HIGH_RAD)
        fit = framed(
            replace(now, z_m=0.0, elevation_rad=rise, view_angle_deg=_PLAIN_DEG), points, aspect, _FILL
        )
        if self._fitted and _inside(now, points, aspect) and fit.distance_m > _CLOSER * now.distance_m:
            return None
        self._fitted = True
        return fit


def _inside(camera: Camera, points: Floats, aspect: float) -> bool:
    """Tell whether all points lie well inside the picture."""
    seen = camera.project(points, (aspect, 1.0))[:, :2] / (aspect, 1.0)
    return bool(np.isfinite(seen).all() and (seen > _EDGE).all() and (seen < 1.0 - _EDGE).all())
