"""Who overlaps whom now, and who will within seconds: beside shapely, coal, FCL and plain Python."""

import importlib.util
import math
from collections.abc import Callable, Iterable
from functools import partial

import numpy as np
import shapely

from benchmarks.rows import Row, absent, compare
from layouts.generator import large_yard
from twin.fleet.kinds import KIND_NAMES
from twin.fleet.shapes import Boxes, mover_boxes
from twin.safety import collision, standing
from twin.stock.generate import fill
from twin.yard.model import Yard
from twin.yard.slots import slots_of

MACHINES = (100, 300, 1000)
HORIZON_S = 4.0
STANDING = 100_000
LOOPED = 300
"""The largest fleet that the nested loops are asked about."""
TOUCH_M = 1e-9
"""Everybody asked counts boxes this close as touching only [m]."""
KIND_SHARES = {"terminal_tractor": 0.45, "external_truck": 0.35, "rtg": 0.12, "reach_stacker": 0.08}


def machines(n: int, seed: int = 1) -> Boxes:
    """Scatter ``n`` machines of a yard's mix over 700 x 400 m a thousand, cranes in all their parts."""
    rng = np.random.default_rng(seed)
    names = rng.choice(list(KIND_SHARES), n, p=list(KIND_SHARES.values()))
    kind = np.array([KIND_NAMES.index(name) for name in names], np.int8)
    side = math.sqrt(n / 1000.0)
    heading = rng.choice([0.0, math.pi / 2, math.pi, -math.pi / 2], n) + rng.normal(0.0, 0.02, n)
    speed = rng.choice([0.0, 2.0, 5.5], n)
    none = np.full(n, np.nan)
    return mover_boxes(
        kind, rng.uniform(0, 700 * side, n), rng.uniform(0, 400 * side, n), heading, heading,
        rng.uniform(-8, 8, n), rng.uniform(4, 15, n), speed * np.cos(heading), speed * np.sin(heading),
        none, none, np.where(rng.random(n) < 0.5, 12.192, np.nan), np.full(n, 2.591),
    )  # fmt: skip


def overlaps(boxes: Boxes) -> set[tuple[int, int]]:
    """Find the overlapping pairs with this program's broad and narrow phase."""
    i, j = collision.pairs(boxes)
    hit = collision.overlapping(boxes.take(i), boxes.take(j))
    return set(zip(i[hit].tolist(), j[hit].tolist(), strict=True))


def contacts(boxes: Boxes) -> int:
    """Count the pairs that meet within the horizon."""
    i, j = collision.pairs(boxes, HORIZON_S)
    return int(np.isfinite(collision.time_to_contact(boxes.take(i), boxes.take(j), HORIZON_S)).sum())


def outlines(boxes: Boxes) -> "np.ndarray[tuple[int], np.dtype[np.object_]]":
    """Give the outlines as shapely polygons."""
    u, v = np.array([1, 1, -1, -1]), np.array([1, -1, -1, 1])
    along, across = boxes.half_l_m[:, None] * u, boxes.half_w_m[:, None] * v
    x = boxes.x_m[:, None] + boxes.cos[:, None] * along - boxes.sin[:, None] * across
    y = boxes.y_m[:, None] + boxes.sin[:, None] * along + boxes.cos[:, None] * across
    return np.asarray(shapely.polygons(np.stack((x, y), axis=2)))


def by_shapely(boxes: Boxes) -> set[tuple[int, int]]:
    """Find the overlapping pairs with an STRtree over polygons and GEOS for the narrow phase."""
    shapes = outlines(boxes)
    i, j = shapely.STRtree(shapes).query(shapes)
    kept = (i < j) & (boxes.mover[i] != boxes.mover[j])
    kept &= collision.height_gap_m(boxes.take(i), boxes.take(j)) < -TOUCH_M
    i, j = i[kept], j[kept]
    hit = shapely.area(shapely.intersection(shapes[i], shapes[j])) > TOUCH_M
    return set(zip(i[hit].tolist(), j[hit].tolist(), strict=True))


def by_loops(boxes: Boxes) -> set[tuple[int, int]]:
    """Find the overlapping pairs with two nested loops and the separating axes in plain Python."""
    columns = [getattr(boxes, name).tolist() for name in boxes.__dataclass_fields__][:8]
    rows = list(zip(*columns, strict=True))
    mover = boxes.mover.tolist()
    found = set()
    for i, one in enumerate(rows):
        for j in range(i + 1, len(rows)):
            other = rows[j]
            reach = one[4] + one[5] + other[4] + other[5]
            near = abs(one[0] - other[0]) < reach and abs(one[1] - other[1]) < reach
            if near and mover[i] != mover[j] and _meet(one, other):
                found.add((i, j))
    return found


def _meet(one: tuple[float, ...], other: tuple[float, ...]) -> bool:
    if max(one[6], other[6]) > min(one[7], other[7]) - TOUCH_M:
        return False
    dx, dy = other[0] - one[0], other[1] - one[1]
    for c, s in ((one[2], one[3]), (-one[3], one[2]), (other[2], other[3]), (-other[3], other[2])):
        reach = -TOUCH_M
        for box in (one, other):
            reach += box[4] * abs(box[2] * c + box[3] * s) + box[5] * abs(box[2] * s - box[3] * c)
        if abs(dx * c + dy * s) >= reach:
            return False
    return True


def by_engine(module: str, boxes: Boxes) -> int:
    """Count the touching pairs with the dynamic tree and the box code of FCL or of coal, its successor."""
    engine = importlib.import_module("fcl" if module == "python-fcl" else "coal")
    objects = []
    for row in range(len(boxes)):
        size = 2 * boxes.half_l_m[row], 2 * boxes.half_w_m[row], boxes.top_m[row] - boxes.bottom_m[row]
        c, s = boxes.cos[row], boxes.sin[row]
        turn = np.array([[c, -s, 0.0], [s, c, 0.0], [0.0, 0.0, 1.0]])
        place = np.array([boxes.x_m[row], boxes.y_m[row], (boxes.top_m[row] + boxes.bottom_m[row]) / 2])
        if module == "python-fcl":
            objects.append(engine.CollisionObject(engine.Box(*size), engine.Transform(turn, place)))
        else:
            shape, at = engine.Box(*size), engine.Transform3s(turn, place)
            objects.append(engine.CollisionObject(shape, at))
    manager = engine.DynamicAABBTreeCollisionManager()
    for item in objects:
        manager.registerObject(item)
    manager.setup()
    if module == "python-fcl":
        data = engine.CollisionData(engine.CollisionRequest(num_max_contacts=100_000))
        manager.collide(data, engine.defaultCollisionCallback)
        return len(data.result.contacts)
    callback = engine.CollisionCallBackCollect(100_000)
    manager.collide(callback)
    return int(callback.numCollisionPairs())


def rows() -> Iterable[Row]:
    """Compare overlaps now for three sizes of fleet, and contacts within 4 s with small steps of shapely.

    Peers get the same boxes. They build their own shapes within the time, as this program does from
    poses each tick. FCL and coal count boxes that only touch, and parts of one machine.
    """
    for n in MACHINES:
        boxes = machines(n)
        title = f"overlaps now, {n} machines, {len(boxes)} boxes"
        peers: dict[str, Callable[[Boxes], object]] = {"shapely STRtree, intersection": by_shapely}
        if n <= LOOPED:
            peers["loops in Python"] = by_loops
        for peer, theirs in peers.items():
            note = "same pairs" if overlaps(boxes) == theirs(boxes) else "PAIRS DIFFER"
            yield compare(title, partial(overlaps, boxes), partial(theirs, boxes), peer, note=note)
        yield from _engines(title, boxes)
    yield _against_stacks()
    boxes = machines(1000)
    yield compare(
        "contact within 4 s, 1000 machines", partial(contacts, boxes), partial(_stepped, boxes),
        "20 steps of shapely", rounds=3, note="the peer misses contacts between its steps",
    )  # fmt: skip


def _engines(title: str, boxes: Boxes) -> Iterable[Row]:
    for name, module in (("python-fcl", "fcl"), ("coal", "coal")):
        if importlib.util.find_spec(module) is None:
            yield absent(title, name, f"not installed here: pip install {name}")
        else:
            theirs = partial(by_engine, name, boxes)
            note = "the peer also finds what only touches, and parts of one machine"
            yield compare(title, partial(overlaps, boxes), theirs, name, rounds=3, note=note)


def _against_stacks() -> Row:
    """Compare machines against what stands; the peer's tree over the stacks is built outside the time."""
    yard = large_yard(STANDING)
    slots = slots_of(yard)
    stock = fill(yard, slots, STANDING, 1, 0)
    stacks = standing.stack_boxes(stock, slots, np.flatnonzero(stock.count > 0))
    boxes = _scattered(machines(300), yard)
    shapes = outlines(stacks)
    tree = shapely.STRtree(shapes)

    def ours() -> int:
        i, ground = standing.stacks_near(boxes, stock, slots)
        there = standing.stack_boxes(stock, slots, ground)
        return int(collision.overlapping(boxes.take(i), there).sum())

    def theirs() -> int:
        own = outlines(boxes)
        i, j = tree.query(own)
        kept = collision.height_gap_m(boxes.take(i), stacks.take(j)) < -TOUCH_M
        return int((shapely.area(shapely.intersection(own[i[kept]], shapes[j[kept]])) > TOUCH_M).sum())

    title = f"300 machines against {len(stacks)} stacks of {len(stock)} boxes"
    note = "same count" if ours() == theirs() else "COUNTS DIFFER"
    return compare(title, ours, theirs, "shapely STRtree, intersection", note=note)


def _scattered(boxes: Boxes, yard: Yard) -> Boxes:
    """Stretch machines over a yard."""
    fence = np.array(yard.fence_yard_m)
    low, high = fence.min(axis=0), fence.max(axis=0)
    x, y = boxes.x_m / boxes.x_m.max(), boxes.y_m / boxes.y_m.max()
    return boxes.with_columns(x_m=low[0] + x * (high - low)[0], y_m=low[1] + y * (high - low)[1])


def _stepped(boxes: Boxes) -> int:
    met: set[tuple[int, int]] = set()
    for t_s in np.linspace(0.0, HORIZON_S, 21):
        met |= by_shapely(
            boxes.with_columns(x_m=boxes.x_m + t_s * boxes.vx_mps, y_m=boxes.y_m + t_s * boxes.vy_mps)
        )
    return len(met)
