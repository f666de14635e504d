"""Building blocks of machine meshes: bars, beams and wheels, each corner tied to what moves it."""

from __future__ import annotations

from dataclasses import dataclass, field

import numpy as np
from numpy.typing import NDArray

from twin.tables import Floats
from ui.scene.faces import CORNERS, NORMALS
from ui.scene.palette import RGB

Vector = tuple[float, float, float]

BODY, TRAILER, TROLLEY, SPREADER, BOOM = range(5)
"""What carries a corner: as ``twin.fleet.kinds.Joint``; BOOM corners go with trolley and hoist, as a reach
stacker's boom head does."""

_TELESCOPE_M = 3.0
# All six sides: undersides of girders and trailers can be seen.
_SIX_CORNERS: NDArray[np.float64] = np.concatenate(
    (CORNERS, np.array([[(-1, 1, 0), (1, 1, 0), (1, -1, 0), (-1, -1, 0)]], float))
)
_SIX_NORMALS: NDArray[np.float64] = np.concatenate((NORMALS, np.array([(0, 0, -1)], float)))


@dataclass(slots=True)
class Builder:
    """Collects quadrangles of one machine kind in its own frame.

    ``coarse`` leaves out what throws no shadow, as railings and windows, and makes wheels square: from
    afar no eye can tell.
    """

    coarse: bool = False
    points: list[Floats] = field(default_factory=list)
    normals: list[Floats] = field(default_factory=list)
    colours: list[Floats] = field(default_factory=list)
    joints: list[NDArray[np.int8]] = field(default_factory=list)
    casts: list[NDArray[np.bool_]] = field(default_factory=list)

    def add(
        self,
        corners: Floats,
        normals: Floats,
        colour: RGB,
        joint: int | NDArray[np.int8],
        casts: bool = True,
    ) -> None:
        """Add quadrangles (m, 4, 3) with one outward normal each (m, 3)."""
        m = len(corners)
        self.points.append(corners.reshape(-1, 3))
        self.normals.append(np.repeat(normals, 4, axis=0))
        self.colours.append(np.tile(np.array(colour, float), (4 * m, 1)))
        self.joints.append(np.full(4 * m, joint, np.int8) if isinstance(joint, int) else joint)
        self.casts.append(np.full(m, casts))

    def block(self, centre: Vector, size: Vector, colour: RGB, joint: int = BODY, casts: bool = True) -> None:
        """Add an upright box by its centre and full size [m]."""
        if self.coarse and not casts:
            return
        half = np.array(size) / 2
        signs = _SIX_CORNERS * (1, 1, 2) - (0, 0, 1)
        self.add(np.array(centre) + signs * half, _SIX_NORMALS, colour, joint, casts)

    def beam(
        self,
        start: Vector,
        end: Vector,
        width_m: float,
        colour: RGB,
        joints: tuple[int, int] = (BODY, BODY),
        casts: bool = True,
        depth_m: float = 0.0,
    ) -> None:
        """Add a bar between two points, each end of it tied to its own joint."""
        self.beams(np.array([start]), np.array([end]), width_m, colour, joints, casts, depth_m)

    def beams(
        self,
        starts: Floats,
        ends: Floats,
        width_m: float,
        colour: RGB,
        joints: tuple[int, int] = (BODY, BODY),
        casts: bool = True,
        depth_m: float = 0.0,
    ) -> None:
        """Add bars between points (n, 3) each, as :meth:`beam` does."""
        if self.coarse and not casts:
            return
        along = ends - starts
        along = along / np.maximum(np.linalg.norm(along, axis=1, keepdims=True), 1e-9)
        side = np.cross(along, (0.0, 0.0, 1.0))
        side[np.linalg.norm(side, axis=1) < 1e-6] = (0.0, 1.0, 0.0)
        side /= np.linalg.norm(side, axis=1, keepdims=True)
        up = np.cross(side, along)
        half = np.array([width_m / 2, (depth_m or width_m) / 2])
        # In the bar's own frame x runs along it; y is against `side`, so that the frame is right-handed.
        signs = _SIX_CORNERS * (1, 1, 2) - (0, 0, 1)
        far = signs[..., 0] > 0
        across, over = signs[..., 1, None] * half[0], signs[..., 2, None] * half[1]
        corners = np.where(far[..., None], ends[:, None, None], starts[:, None, None])
        corners = corners - side[:, None, None] * across + up[:, None, None] * over
        normals = (
            _SIX_NORMALS[:, 0, None] * along[:, None]
            - _SIX_NORMALS[:, 1, None] * side[:, None]
            + _SIX_NORMALS[:, 2, None] * up[:, None]
        )
        tied = np.tile(np.where(far, joints[1], joints[0]).astype(np.int8).ravel(), len(starts))
        self.add(corners.reshape(-1, 4, 3), normals.reshape(-1, 3), colour, tied, casts)

    def wheel(
        self, centre: Vector, radius_m: float, width_m: float, colour: RGB, joint: int = BODY, sides: int = 8
    ) -> None:
        """Add a wheel whose axle lies across, along y."""
        sides = 4 if self.coarse else sides
        turn = np.pi / 4 if self.coarse else 0.0  # square wheels stand on a side
        angles = np.arange(sides + 1) * 2 * np.pi / sides + turn
        rim = np.column_stack((np.cos(angles), np.zeros(sides + 1), np.sin(angles)))
        near, far = rim * radius_m + (0, -width_m / 2, 0), rim * radius_m + (0, width_m / 2, 0)
        tread = np.stack((near[:-1], near[1:], far[1:], far[:-1]), axis=1)
        outward = (rim[:-1] + rim[1:]) / 2
        middle = np.array(centre)
        self.add(middle + tread[:, ::-1], outward, colour, joint, False)
        # Only the side that looks outward is ever seen.
        way = 1.0 if centre[1] > 0 else -1.0
        ring = far if way > 0 else near
        hub = np.array((0.0, way * width_m / 2, 0.0))
        k = np.arange(0, sides, 2)
        disc = np.stack((np.broadcast_to(hub, (len(k), 3)), ring[k], ring[k + 1], ring[k + 2]), axis=1)
        if way > 0:
            disc = disc[:, ::-1]
        self.add(middle + disc, np.tile((0, way, 0), (len(k), 1)), colour, joint, False)


@dataclass(frozen=True, eq=False)
class Template:
    """One machine kind's mesh in its own frame.

    Attributes
    ----------
    points, normals : (k, 3) float32
    colours : (k, 3) float32
    joints : (k,) int8
    casts : (k / 4,) bool
        Which quadrangles throw a shadow.
    hatching : (k, 2) float32
        Coordinates in the hatching texture.
    stretch : (k,) float32
        1 or -1 on the ends of a spreader, which telescope out and in; else 0.
    """

    points: NDArray[np.float32]
    normals: NDArray[np.float32]
    colours: NDArray[np.float32]
    joints: NDArray[np.int8]
    casts: NDArray[np.bool_]
    hatching: NDArray[np.float32]
    stretch: NDArray[np.float32]


def template_of(builder: Builder, spreader_axis: int = 0) -> Template:
    """Close a builder: give its quadrangles as one mesh; its spreader lies along x (0) or y (1)."""
    points = np.concatenate(builder.points).astype(np.float32)
    normals = np.concatenate(builder.normals).astype(np.float32)
    joints = np.concatenate(builder.joints)
    out = points[:, spreader_axis]
    telescopes = np.isin(joints, (SPREADER, BOOM)) & (np.abs(out) > _TELESCOPE_M)
    # Stripes run over each face by its two wider directions.
    flat = np.where(
        np.abs(normals[:, 2:3]) > 0.7,
        points[:, :2],
        np.where(np.abs(normals[:, :1]) > 0.7, points[:, 1:], points[:, ::2]),
    )
    return Template(
        points,
        normals,
        np.concatenate(builder.colours).astype(np.float32),
        joints,
        np.concatenate(builder.casts),
        (flat / 1.6).astype(np.float32),
        np.where(telescopes, np.sign(out), 0).astype(np.float32),
    )
