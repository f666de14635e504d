"""A compact yard, a few boxes and hand-made batches, for tests of the engine."""

import numpy as np

from layouts.generator import compact_yard
from twin.engine import initial_state, step
from twin.frames import YardFrame
from twin.inputs import EMPTY_BATCH, Batch, CraneReadings, Event, Fixes, MachineNotice, no_fixes, no_readings
from twin.state import State
from twin.stock import moves
from twin.stock.table import BoxNotice
from twin.yard.model import Yard

T0 = 1_800_000_000_000_000_000
SECOND = 1_000_000_000
A, B, C = "CSQU3054383", "MSKU9070323", "TEMU0000006"


def refuse_layouts(_: bytes) -> Yard:
    raise AssertionError("no layout is published in this test")


def notice(number: str, type_code: str = "22G1", gross_kg: float = 12_000.0) -> BoxNotice:
    return BoxNotice(number, type_code, gross_kg)


def state_with(*numbers: str, ground: int = 0, type_code: str = "22G1") -> State:
    """A compact yard whose first stack holds these boxes, bottom to top."""
    yard = compact_yard()
    empty = initial_state(yard, moves.empty_stock(initial_slots(yard)), T0)
    stock = moves.announce(empty.stock, [notice(number, type_code) for number in numbers])
    rows = moves.rows_of(stock, list(numbers))
    stock = moves.stack(stock, empty.slots, rows, np.full(len(rows), ground, np.int32))
    return empty.with_columns(stock=stock)


def initial_slots(yard: Yard):
    from twin.yard.slots import slots_of

    return slots_of(yard)


def fixes_at(
    state: State, devices: list[str], xy_m: list[tuple[float, float]], heading: float, t_ns: int
) -> Fixes:
    """RTK-fixed positions of standing machines whose antennas stand at ``xy_m``."""
    frame = YardFrame.of(state.yard.georeference)
    n = len(devices)
    points = np.column_stack((np.array(xy_m, float).reshape(n, 2), np.full(n, 5.0)))
    lon, lat, h = frame.geodetic_from_yard(points)
    bearing = np.full(n, float(frame.bearing_from_heading(np.array([heading]))[0]))
    return Fixes(
        np.arange(n, dtype=np.int32), np.full(n, t_ns), np.full(n, t_ns), lon, lat, h,
        np.full(n, 4, np.int8), np.full(n, 20, np.int8), np.full(n, 0.7), np.full(n, 0.01),
        np.zeros(n), np.full(n, np.nan), bearing,
    )  # fmt: skip


def readings(
    device: int, t_ns: int, trolley_m: float, hoist_m: float, locked: int, length_ft: int = 20
) -> CraneReadings:
    one = np.ones(1)
    return CraneReadings(
        np.array([device], np.int32), np.array([t_ns]), one * trolley_m, one * hoist_m, one * 0.0,
        np.array([locked], np.int8), np.array([length_ft], np.int8),
    )  # fmt: skip


def batch(
    devices: list[str],
    fixes: Fixes | None = None,
    cranes: CraneReadings | None = None,
    events: tuple[Event, ...] = (),
) -> Batch:
    return Batch(tuple(devices), fixes or no_fixes(), cranes or no_readings(), events, (), 0)


def ticked(state: State, given: Batch = EMPTY_BATCH, decisions: tuple = (), seconds: float = 0.1) -> State:
    return step(state, state.t_ns + round(seconds * SECOND), given, decisions, refuse_layouts)


def crane_over(state: State, ground: int) -> tuple[State, float]:
    """An RTG that stands over a ground slot of the first block; gives its trolley position there [m]."""
    block = state.yard.blocks[0]
    x, y = state.slots.centre_yard_m[ground]
    heading = block.heading_rad
    sideways = 5.0
    portal = (x - sideways * -np.sin(heading), y - sideways * np.cos(heading))
    t_ns = state.t_ns + SECOND // 10
    hello = MachineNotice("RTG-01", t_ns, "rtg", block.name)
    given = batch(
        ["RTG-01"],
        fixes_at(state, ["RTG-01"], [portal], heading, t_ns),
        readings(0, t_ns, sideways, 15.0, 0),
        (hello,),
    )
    return ticked(state, given), sideways
