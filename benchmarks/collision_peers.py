"""The same overlaps found by shapely, coal, FCL, Bullet and Box2D; stacks are built outside the time."""

import importlib
import importlib.util
import weakref
from collections.abc import Callable
from typing import Any

import numpy as np
import shapely

from twin.fleet.shapes import Boxes
from twin.safety import collision
from twin.safety.collision import TOUCH_M, sides_of

Pairs = set[tuple[int, int]]
Finder = Callable[[Boxes], object]


def outlines(boxes: Boxes) -> Any:
    """Give the outlines as shapely polygons."""
    u, v = np.array([1, 1, -1, -1]), np.array([1, -1, -1, 1])
    along, across = boxes.half_l_m[:, None] * u, boxes.half_w_m[:, None] * v
    x = boxes.x_m[:, None] + boxes.cos[:, None] * along - boxes.sin[:, None] * across
    y = boxes.y_m[:, None] + boxes.sin[:, None] * along + boxes.cos[:, None] * across
    return shapely.polygons(np.stack((x, y), axis=2))


def by_shapely(stacks: Boxes) -> Finder:
    """Find overlaps with STRtrees of polygons, `intersects`, and the heights."""
    shapes = outlines(stacks)
    tree = shapely.STRtree(shapes)

    def find(boxes: Boxes) -> tuple[Pairs, Pairs]:
        own = outlines(boxes)
        i, j = shapely.STRtree(own).query(own, predicate="intersects")
        kept = (i < j) & (boxes.mover[i] != boxes.mover[j]) & _level(boxes, i, boxes, j)
        box, stack = tree.query(own, predicate="intersects")
        against = _level(boxes, box, stacks, stack)
        i, j, box, stack = i[kept], j[kept], box[against], stack[against]
        # What only touches intersects as well.
        met = shapely.area(shapely.intersection(own[i], own[j])) > TOUCH_M
        hit = shapely.area(shapely.intersection(own[box], shapes[stack])) > TOUCH_M
        return _pairs(i[met], j[met]), _pairs(box[hit], stack[hit])

    return find


def by_bounds(stacks: Boxes) -> Finder:
    """Find overlaps with STRtrees of bounds and this program's separating axes."""
    tree = shapely.STRtree(_rectangles(stacks))

    def find(boxes: Boxes) -> tuple[Pairs, Pairs]:
        own = _rectangles(boxes)
        i, j = shapely.STRtree(own).query(own)
        kept = (i < j) & (boxes.mover[i] != boxes.mover[j])
        i, j = i[kept], j[kept]
        box, stack = tree.query(own)
        met = collision.apart_m(sides_of(boxes, i), sides_of(boxes, j)) < -TOUCH_M
        hit = collision.apart_m(sides_of(boxes, box), sides_of(stacks, stack)) < -TOUCH_M
        return _pairs(i[met], j[met]), _pairs(box[hit], stack[hit])

    return find


def by_engine(module: str, stacks: Boxes, boxes: Boxes) -> Finder:
    """Count the touching pairs with the dynamic trees of FCL or of coal, its successor.

    Their shapes stay; each tick sets their places, one call a box, and asks for all pairs. They count
    what only touches, and parts of one machine.
    """
    engine: Any = importlib.import_module(module)
    turned = engine.Transform3s if module == "coal" else engine.Transform
    objects = _objects(engine, turned, boxes)
    moving, standing = engine.DynamicAABBTreeCollisionManager(), engine.DynamicAABBTreeCollisionManager()
    standing.registerObjects(_objects(engine, turned, stacks)) if module == "fcl" else [
        standing.registerObject(item) for item in _objects(engine, turned, stacks)
    ]
    for item in objects:
        moving.registerObject(item)
    moving.setup()
    standing.setup()

    def find(at: Boxes) -> int:
        turns, places = _poses(at)
        for item, turn, place in zip(objects, turns, places, strict=True):
            item.setTransform(turned(turn, place))
            if module == "coal":
                item.computeAABB()
        moving.update()
        if module == "coal":
            own, against = engine.CollisionCallBackCollect(100_000), engine.CollisionCallBackCollect(100_000)
            moving.collide(own)
            moving.collide(standing, against)
            return int(own.numCollisionPairs() + against.numCollisionPairs())
        found = 0
        for others in ((), (standing,)):
            data = engine.CollisionData(engine.CollisionRequest(num_max_contacts=100_000))
            moving.collide(*others, data, engine.defaultCollisionCallback)
            found += len(data.result.contacts)
        return found

    return find


def by_bullet(boxes: Boxes) -> Finder:
    """Find the overlapping pairs of machines with Bullet; nothing stands there."""
    bullet: Any = importlib.import_module("pybullet")
    world = bullet.connect(bullet.DIRECT)
    bodies = []
    for half in np.column_stack((boxes.half_l_m, boxes.half_w_m, (boxes.top_m - boxes.bottom_m) / 2)):
        shape = bullet.createCollisionShape(bullet.GEOM_BOX, halfExtents=half.tolist(), physicsClientId=world)
        bodies.append(bullet.createMultiBody(1.0, shape, physicsClientId=world))

    def find(at: Boxes) -> Pairs:
        half_turn = np.arctan2(at.sin, at.cos) / 2
        turns = np.column_stack((0 * half_turn, 0 * half_turn, np.sin(half_turn), np.cos(half_turn)))
        places = np.column_stack((at.x_m, at.y_m, (at.bottom_m + at.top_m) / 2))
        for body, place, turn in zip(bodies, places.tolist(), turns.tolist(), strict=True):
            bullet.resetBasePositionAndOrientation(body, place, turn, physicsClientId=world)
        bullet.performCollisionDetection(physicsClientId=world)
        found = {(p[1], p[2]) for p in bullet.getContactPoints(physicsClientId=world) or () if p[8] < 0.0}
        rows = {tuple(sorted((bodies.index(a), bodies.index(b)))) for a, b in found} if found else set()
        return {(i, j) for i, j in rows if at.mover[i] != at.mover[j]}

    # A world stays in memory until it is given back.
    weakref.finalize(find, bullet.disconnect, world)
    return find


def by_box2d(boxes: Boxes) -> Finder:
    """Find the overlapping pairs of machines with Box2D and the heights; nothing stands there."""
    box2d: Any = importlib.import_module("Box2D")
    world = box2d.b2World(gravity=(0, 0), doSleep=False)
    bodies = []
    turns = np.arctan2(boxes.sin, boxes.cos)
    for row, (x, y, turn) in enumerate(zip(boxes.x_m, boxes.y_m, turns, strict=True)):
        body = world.CreateDynamicBody(userData=row, position=(float(x), float(y)), angle=float(turn))
        half = float(boxes.half_l_m[row]), float(boxes.half_w_m[row])
        body.CreatePolygonFixture(box=half, density=1.0, isSensor=False)
        bodies.append(body)

    def find(at: Boxes) -> Pairs:
        for body, x, y, turn in zip(bodies, at.x_m, at.y_m, np.arctan2(at.sin, at.cos), strict=True):
            body.transform = (float(x), float(y)), float(turn)
            body.awake = True
        world.Step(0.0, 0, 0)
        found = set()
        for contact in world.contacts:
            if contact.touching:
                i, j = sorted((contact.fixtureA.body.userData, contact.fixtureB.body.userData))
                if (
                    at.mover[i] != at.mover[j]
                    and at.bottom_m[i] < at.top_m[j]
                    and at.bottom_m[j] < at.top_m[i]
                ):
                    found.add((i, j))
        return found

    return find


def installed(module: str) -> bool:
    """Tell whether a peer is there."""
    return importlib.util.find_spec(module) is not None


def _rectangles(boxes: Boxes) -> Any:
    low, high = collision.bounds_of(boxes)
    return shapely.box(low[0], low[1], high[0], high[1])


def _level(one: Boxes, i: Any, other: Boxes, j: Any) -> Any:
    return (one.bottom_m[i] < other.top_m[j] - TOUCH_M) & (other.bottom_m[j] < one.top_m[i] - TOUCH_M)


def _pairs(i: Any, j: Any) -> Pairs:
    return set(zip(i.tolist(), j.tolist(), strict=True))


def _poses(boxes: Boxes) -> tuple[Any, Any]:
    turns = np.zeros((len(boxes), 3, 3))
    turns[:, 0, 0] = turns[:, 1, 1] = boxes.cos
    turns[:, 1, 0], turns[:, 0, 1], turns[:, 2, 2] = boxes.sin, -boxes.sin, 1.0
    return turns, np.column_stack((boxes.x_m, boxes.y_m, (boxes.bottom_m + boxes.top_m) / 2))


def _objects(engine: Any, turned: Any, boxes: Boxes) -> list[Any]:
    turns, places = _poses(boxes)
    sizes = np.column_stack((2 * boxes.half_l_m, 2 * boxes.half_w_m, boxes.top_m - boxes.bottom_m))
    return [
        engine.CollisionObject(engine.Box(*map(float, size)), turned(turn, place))
        for size, turn, place in zip(sizes, turns, places, strict=True)
    ]
