"""The look of each equipment kind, built on the parts of ``twin.fleet.kinds`` with finer detail."""

from __future__ import annotations

import functools
from collections.abc import Callable

from twin.fleet.kinds import EXTERNAL_TRUCK, KINDS, QUAY_CRANE, RMG, RTG, SPREADER_HEIGHT_M, Kind, Part
from ui.scene.machine_parts import BODY, BOOM, SPREADER, TRAILER, TROLLEY, Builder, Template, template_of
from ui.scene.palette import GLASS, HOUSE, MACHINE, RGB, RUBBER, STEEL, STEEL_DARK
from ui.scene.palette import SPREADER as SPREADER_COLOUR

_SIDES = (1, -1)


def _part(kind: Kind, name: str) -> Part:
    return next(part for part in kind.parts if part.name == name)


def _solid(builder: Builder, part: Part, colour: RGB, shrink: float = 1.0) -> None:
    size = tuple(2 * h * shrink for h in part.half_m)
    builder.block(part.centre_m, (size[0], size[1], size[2]), colour, min(int(part.joint), SPREADER))


def _spreader(builder: Builder, along_x: bool = True, x: float = 0.0, joint: int = SPREADER) -> None:
    """Add a telescopic spreader with its head block; its underside at z = 0."""

    def block(u: float, v: float, z: float, lu: float, lv: float, lz: float, colour: RGB) -> None:
        centre, size = ((u, v, z), (lu, lv, lz)) if along_x else ((x + v, u, z), (lv, lu, lz))
        builder.block(centre, size, colour, joint)

    for v in (0.55, -0.55):
        block(0, v, 0.36, 11.6, 0.28, 0.34, SPREADER_COLOUR)
    for u in (5.95, -5.95):
        block(u, 0, 0.3, 0.32, 2.42, 0.4, SPREADER_COLOUR)
        for v in (1.12, -1.12):
            block(u, v, 0.06, 0.2, 0.2, 0.2, STEEL_DARK)
    block(0, 0, 0.36, 2.6, 1.7, 0.42, SPREADER_COLOUR)
    block(0, 0, 0.74, 2.2, 1.5, 0.32, STEEL)


def _ropes(builder: Builder, top_m: float, spread: tuple[float, float]) -> None:
    for x in _SIDES:
        for y in _SIDES:
            builder.beam(
                (x * 0.9, y * 0.6, SPREADER_HEIGHT_M),
                (x * spread[0], y * spread[1], top_m),
                0.07,
                STEEL_DARK,
                (SPREADER, TROLLEY),
                casts=False,
            )


def _railing(builder: Builder, start: tuple[float, float, float], end: tuple[float, float, float]) -> None:
    a, b = (start[0], start[1], start[2] + 1.05), (end[0], end[1], end[2] + 1.05)
    builder.beam(a, b, 0.06, STEEL, casts=False)
    for k in range(9):
        t = k / 8
        foot = (start[0] + (end[0] - start[0]) * t, start[1] + (end[1] - start[1]) * t, start[2])
        builder.beam(foot, (foot[0], foot[1], foot[2] + 1.05), 0.05, STEEL, casts=False)


def gantry(kind: Kind, coarse: bool = False) -> Builder:
    """Give a yard gantry crane: portal, trolley with cab, ropes and spreader."""
    b, paint = Builder(coarse), MACHINE[kind.name]
    for part in kind.parts:
        if part.name.startswith(("leg", "girder")):
            _solid(b, part, paint)
    sill, leg = _part(kind, "sill left"), _part(kind, "leg left front")
    girder, trolley = _part(kind, "girder front"), _part(kind, "trolley")
    y, x = sill.centre_m[1], leg.centre_m[0]
    top = girder.centre_m[2]
    for side in _SIDES:
        b.block((0, side * y, 1.75), (2 * sill.half_m[0], 0.9, 0.7), paint)
        b.beam((-x, side * y, 7.5), (x, side * y, 7.5), 0.5, paint)
        b.beam((-x, side * y, 7.5), (x, side * y, 2.2), 0.22, paint, casts=False)
        for end in _SIDES:
            bogie = end * (sill.half_m[0] - 1.6)
            b.block((bogie, side * y, 1.15), (2.6, 1.0, 0.7), STEEL_DARK)
            for w in (-0.75, 0.75):
                radius = 0.45 if kind.on_rail else 0.78
                b.wheel((bogie + w, side * y, radius), radius, 0.6, RUBBER)
        b.beam((-x, side * y, top), (x, side * y, top), 0.9, paint, depth_m=1.2)
    b.block((0.0, -y - 0.2, 3.1), (4.4, 1.2, 2.0), HOUSE)  # power unit on the sill
    for k in range(8):  # ladder
        b.block((x + 0.65, y, 2.4 + 2.3 * k), (0.12, 0.7, 0.08), STEEL, casts=False)
    for side in _SIDES:
        half = girder.half_m[1]
        _railing(b, (side * (x + 0.9), -half, top + 0.8), (side * (x + 0.9), half, top + 0.8))
    size = trolley.half_m
    z = trolley.centre_m[2]
    b.block((0, 0, z - 0.4), (2 * size[0] + 1.2, 2 * size[1], 0.5), STEEL, TROLLEY)
    b.block((0.6, 0, z + 0.6), (3.2, 2.6, 1.6), HOUSE, TROLLEY)
    b.block((-2.0, 0, z + 0.3), (1.2, 3.0, 0.9), STEEL_DARK, TROLLEY)
    b.block((x - 1.6, 2.9, top - 1.9), (1.9, 1.7, 2.1), HOUSE, TROLLEY)  # cab
    b.block((x - 1.6, 2.9, top - 2.2), (1.98, 1.78, 0.9), GLASS, TROLLEY)
    _ropes(b, z - 0.5, (1.6, 0.9))
    _spreader(b)
    return b


def quay_crane(coarse: bool = False) -> Builder:
    """Give a ship-to-shore crane: portal, A-frame with stays, boom, house, trolley, spreader."""
    b, paint, kind = Builder(coarse), MACHINE["quay_crane"], QUAY_CRANE
    for part in kind.parts:
        if part.name.startswith(("leg", "portal")):
            _solid(b, part, paint)
    for side in (15.0, -15.0):
        b.block((0, side, 2.6), (18.0, 1.3, 1.4), paint)
        for x in (-7.0, 7.0):
            b.block((x, side, 1.3), (5.0, 1.2, 0.9), STEEL_DARK)
            for w in (-1.8, -0.6, 0.6, 1.8):
                b.wheel((x + w, side, 0.45), 0.45, 0.5, RUBBER, sides=8)
        b.beam((-8, side, 39.2), (8, side, 39.2), 1.3, paint)
    for x in (8.0, -8.0):
        b.beam((x, 15, 14.5), (x, -15, 14.5), 1.3, paint)
        b.beam((x, 15, 39.2), (x, -15, 39.2), 1.2, paint)
        b.beam((x, 15, 15.0), (x, -15, 38.0), 0.7, paint)
        b.beam((x * 0.8, -15, 40), (x * 0.3, -9, 64), 0.9, paint)  # A-frame
        b.beam((x * 0.8, 15, 40), (x * 0.3, -9, 64), 0.7, paint)
        boom = 2.1 if x > 0 else -2.1
        b.beam((boom, 32, 41.5), (boom, -70, 41.5), 0.9, paint, depth_m=2.4)
        for far in (-38.0, -66.0):  # forestays
            b.beam((x * 0.3, -9, 63.6), (boom, far, 42.6), 0.32, STEEL)
        b.beam((x * 0.3, -9, 63.6), (boom, 30, 42.8), 0.32, STEEL)
        _railing(b, (boom * 1.35, 30, 42.4), (boom * 1.35, -69, 42.4))
    for y in range(-66, 33, 7):
        b.beam((-2.1, y, 41.0), (2.1, y, 41.0), 0.5, paint, casts=False)
    b.beam((-2.4, -9, 64), (2.4, -9, 64), 0.9, paint)
    b.block((0, 20.0, 45.5), (8.0, 14.0, 5.0), HOUSE)
    b.block((0, 20.0, 48.15), (8.3, 14.3, 0.3), STEEL)
    b.block((9.0, 15.0, 26.0), (1.4, 1.4, 22.0), STEEL, casts=False)  # lift shaft
    b.block((0, 0, 39.3), (7.0, 5.0, 1.0), STEEL, TROLLEY)
    b.block((3.6, 4.2, 37.6), (2.4, 2.6, 2.6), HOUSE, TROLLEY)
    b.block((3.6, 4.2, 37.2), (2.5, 2.7, 1.1), GLASS, TROLLEY)
    _ropes(b, 39.0, (2.2, 1.2))
    _spreader(b)
    return b


def tractor(kind: Kind, coarse: bool = False) -> Builder:
    """Give a tractor unit with its chassis: road truck or terminal tractor."""
    b, paint = Builder(coarse), MACHINE[kind.name]
    cab = _part(kind, "cab")
    x, _, z = cab.centre_m
    hx, hy, hz = cab.half_m
    road = kind is EXTERNAL_TRUCK
    width = 2 * hy if road else 1.6
    y = 0.0 if road else 0.35
    b.block((x, y, z + 0.15), (2 * hx, width, 2 * hz - 0.3), paint)
    b.block((x + 0.04, y, z + hz * 0.42), (2 * hx, width * 0.94, hz * 0.62), GLASS, casts=False)
    b.block((x + 0.1, y, z - hz * 0.55), (2 * hx, width * 0.8, 0.25), STEEL_DARK, casts=False)
    if road:
        b.block((x - 0.3, 0, z + hz + 0.25), (1.6, 2.2, 0.5), paint)  # air deflector
        for side in _SIDES:
            b.block((x + hx - 0.1, side * 1.42, z + 0.75), (0.2, 0.25, 0.7), STEEL_DARK, casts=False)
    b.block((1.2, 0, 0.85), (4.6, 1.1, 0.35), STEEL_DARK)
    b.block((x + hx - 0.1, 0, 0.6), (0.35, 2.45, 0.4), STEEL)
    for side in _SIDES:
        b.block((1.3, side * 0.95, 0.75), (1.1, 0.5, 0.6), STEEL, casts=False)
        b.wheel((x + 0.05, side * 1.05, 0.5), 0.5, 0.34, RUBBER)
        b.wheel((0.0, side * 0.92, 0.5), 0.5, 0.6, RUBBER)
    _chassis(b)
    return b


def _chassis(b: Builder) -> None:
    for side in _SIDES:
        b.block((-5.5, side * 0.5, 1.05), (12.4, 0.2, 0.36), STEEL_DARK, TRAILER)
        for x in (-9.2, -10.5):
            b.wheel((x, side * 0.95, 0.5), 0.5, 0.56, RUBBER, TRAILER)
        b.block((-2.4, side * 0.7, 0.55), (0.18, 0.18, 0.9), STEEL, TRAILER, casts=False)
        b.block((-11.66, side * 0.9, 0.95), (0.12, 0.4, 0.18), (150, 70, 62), TRAILER, casts=False)
    for x in (0.55, -5.5, -11.55):
        b.block((x, 0, 1.15), (0.3, 2.42, 0.2), STEEL_DARK, TRAILER)


def reach_stacker(coarse: bool = False) -> Builder:
    """Give a reach stacker: the boom's head goes with the spreader."""
    b, paint = Builder(coarse), MACHINE["reach_stacker"]
    b.block((0.9, 0, 1.55), (7.6, 2.6, 1.1), paint)
    b.block((-2.3, 0, 2.15), (1.8, 3.3, 1.5), paint)  # counterweight
    b.block((0.4, 0.0, 2.9), (1.9, 1.7, 1.8), HOUSE)
    b.block((0.5, 0.0, 3.15), (1.96, 1.76, 0.9), GLASS, casts=False)
    for side in _SIDES:
        for offset in (0.0, 0.62):
            b.wheel((3.9, side * (1.35 + offset), 0.85), 0.85, 0.55, RUBBER, sides=12)
        b.wheel((-1.9, side * 1.55, 0.75), 0.75, 0.6, RUBBER, sides=12)
        b.beam((-2.2, side * 0.75, 4.0), (-1.2, side * 0.75, 2.4), 0.35, paint)
        b.beam((2.6, side * 0.55, 2.0), (6.0, side * 0.4, 1.4), 0.28, STEEL, (BODY, BOOM))
    b.beam((-2.4, 0, 4.2), (8.2, 0, 1.9), 0.85, paint, (BODY, BOOM))
    b.block((8.2, 0, 1.25), (0.9, 1.4, 1.1), STEEL_DARK, BOOM)
    _spreader(b, along_x=False, x=8.2, joint=BOOM)
    return b


def empty_handler(coarse: bool = False) -> Builder:
    """Give an empty-container handler: a mast in front, the carriage goes up it with the spreader."""
    b, paint = Builder(coarse), MACHINE["empty_handler"]
    b.block((1.2, 0, 1.5), (6.8, 2.6, 1.1), paint)
    b.block((-2.0, 0, 2.0), (1.6, 3.2, 1.5), paint)  # counterweight
    b.block((0.8, 0.0, 2.9), (1.9, 1.7, 1.8), HOUSE)
    b.block((0.9, 0.0, 3.15), (1.96, 1.76, 0.9), GLASS, casts=False)
    for side in _SIDES:
        for offset in (0.0, 0.5):
            b.wheel((4.4, side * (1.3 + offset), 0.8), 0.8, 0.5, RUBBER, sides=12)
        b.wheel((-1.6, side * 1.5, 0.7), 0.7, 0.55, RUBBER, sides=12)
        b.beam((6.2, side * 0.75, 0.5), (6.2, side * 0.75, 22.8), 0.35, paint)
    for z in (7.0, 14.5, 22.4):
        b.beam((6.2, -0.75, z), (6.2, 0.75, z), 0.3, STEEL)
    b.block((7.2, 0, 0.7), (1.6, 1.7, 1.0), STEEL_DARK, SPREADER)
    _spreader(b, along_x=False, x=8.2)
    return b


_BUILDERS: dict[str, Callable[[bool], Builder]] = {
    "rtg": lambda coarse: gantry(RTG, coarse),
    "rmg": lambda coarse: gantry(RMG, coarse),
    "quay_crane": quay_crane,
    "terminal_tractor": lambda coarse: tractor(KINDS["terminal_tractor"], coarse),
    "external_truck": lambda coarse: tractor(EXTERNAL_TRUCK, coarse),
    "reach_stacker": reach_stacker,
    "empty_handler": empty_handler,
}


@functools.cache
def template(kind_name: str, coarse: bool = False) -> Template:
    """Give the mesh of an equipment kind; a kind without a look of its own is drawn from its parts.

    ``coarse`` gives the one for views from afar, with a third to a half of the faces.
    """
    builder = _BUILDERS.get(kind_name)
    axis = 1 if KINDS[kind_name].spreader_x_m > 0 else 0
    return template_of(builder(coarse) if builder else plain(KINDS[kind_name]), axis)


def prepare() -> None:
    """Build the meshes of all kinds, so that the first machine of one need not wait for it."""
    for name in KINDS:
        for coarse in (False, True):
            template(name, coarse)


def plain(kind: Kind) -> Builder:
    """Give a kind's bare parts."""
    b = Builder()
    for part in kind.parts:
        _solid(b, part, MACHINE.get(kind.name, STEEL))
    return b
