"""Truth seen through receivers, and as the bytes of a yard's devices."""

import copy
import math
import pickle
from types import SimpleNamespace

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from shapely.geometry import Point, Polygon

from sensors.decoder import Decoder
from sensors.simulation.emitter import Emitter
from sensors.simulation.places import Places, inside
from sensors.simulation.receiver import FIXED, PERFECT, ReceiverOptions, Receivers
from twin.fleet.kinds import KIND_NAMES, KINDS
from twin.frames import YardFrame
from twin.inputs import BoxRead, GateEvent, GateRead, MachineNotice
from twin.yard.model import Georeference, Yard, Zone, ZoneKind

T_NS = 1_790_000_000_000_000_000
STEP_NS = 100_000_000
FENCE = ((-500.0, -500.0), (500.0, -500.0), (500.0, 500.0), (-500.0, 500.0))
BLIND = Zone("shadow", ZoneKind.RADIO_BLIND, ((100.0, 100.0), (200.0, 100.0), (200.0, 200.0), (100.0, 200.0)))
YARD = Yard("test", Georeference(4326, (121.6, 29.9), 12.0, 0.3), FENCE, zones=(BLIND,))
FRAME = YardFrame.of(YARD.georeference)


def truth(k: int = 0, events: tuple = (), **columns) -> SimpleNamespace:
    """Give the truth of step k: one tractor and one RTG unless ``columns`` say otherwise."""
    n = len(columns.get("name", (0, 0)))
    base = {
        "name": np.array([b"TT-01", b"RTG-01"], "S16"),
        "kind": np.array([KIND_NAMES.index("terminal_tractor"), KIND_NAMES.index("rtg")], np.int8),
        "present": np.ones(n, np.bool_),
        "x_m": np.array([10.0, 50.0]),
        "y_m": np.array([20.0, -30.0]),
        "heading_rad": np.array([0.5, 0.0]),
        "speed_mps": np.zeros(n),
        "yaw_rate_rps": np.zeros(n),
        "trolley_m": np.array([np.nan, 2.5]),
        "hoist_m": np.array([np.nan, 12.0]),
        "locked": np.zeros(n, np.bool_),
        "load_kg": np.zeros(n),
        "spreader_ft": np.array([0, 40], np.int8),
    }
    return SimpleNamespace(t_ns=T_NS + k * STEP_NS, events=events, **(base | columns))


def emitter(options: ReceiverOptions = PERFECT, latency_s: float = 0.0, **more) -> Emitter:
    return Emitter(FRAME, YARD, 1, options, latency_s=latency_s, **more)


def fixes_of(source: Emitter, truths: list) -> dict[str, np.ndarray]:
    """Give (t, x, y, heading) rows by device, decoded from the bytes of ``truths``."""
    decoder, found = Decoder(), {}
    for instant in truths:
        batch = decoder.decode(source.emit(instant))
        f = batch.fixes
        xyz = FRAME.yard_from_geodetic(f.lon_deg, f.lat_deg, f.h_m)
        for row, device in enumerate(f.device.tolist()):
            heading = float(FRAME.heading_from_bearing(f.heading_rad[row : row + 1])[0])
            found.setdefault(batch.devices[device], []).append([f.t_ns[row] - T_NS, *xyz[row], heading])
    return {name: np.array(rows) for name, rows in found.items()}


# -- places -----------------------------------------------------------------------------------------

RING = ((0.0, 0.0), (10.0, 0.0), (10.0, 4.0), (4.0, 4.0), (4.0, 10.0), (0.0, 10.0))


@settings(deadline=None)
@given(st.lists(st.tuples(st.floats(-2, 12), st.floats(-2, 12)), max_size=20))
def test_a_point_lies_inside_a_ring_where_shapely_says_so(points):
    shape = Polygon(RING)
    xy = np.array(points).reshape(-1, 2)

    found = inside(RING, xy[:, 0], xy[:, 1])

    for point, answer in zip(points, found.tolist(), strict=True):
        if shape.boundary.distance(Point(point)) > 1e-9:
            assert answer == shape.contains(Point(point))


def test_a_place_that_is_not_known_is_in_no_zone():
    assert not Places(YARD).blind(np.array([np.nan]), np.array([150.0]))[0]


# -- receivers --------------------------------------------------------------------------------------


def test_a_perfect_receiver_reports_where_its_antenna_is():
    epoch, _ = Receivers(Places(None), PERFECT, 1).report(truth())

    arm = KINDS["terminal_tractor"].antenna_m
    assert epoch.x_m[0] == pytest.approx(10 + arm[0] * math.cos(0.5) - arm[1] * math.sin(0.5))
    assert epoch.y_m[0] == pytest.approx(20 + arm[0] * math.sin(0.5) + arm[1] * math.cos(0.5))
    assert epoch.z_m[0] == pytest.approx(arm[2])
    assert np.isnan(epoch.course_rad).all()


def test_an_antenna_in_front_of_the_axle_moves_sideways_in_a_turn():
    instant = truth(speed_mps=np.array([5.0, 0.0]), yaw_rate_rps=np.array([0.2, 0.0]))

    epoch, _ = Receivers(Places(None), PERFECT, 1).report(instant)

    arm = KINDS["terminal_tractor"].antenna_m
    assert epoch.speed_mps[0] == pytest.approx(math.hypot(5.0, 0.2 * arm[0]))
    assert epoch.course_rad[0] == pytest.approx(0.5 + math.atan2(0.2 * arm[0], 5.0))


def test_errors_of_fixed_solutions_are_as_large_as_the_receiver_says():
    options = ReceiverOptions(float_every_s=0.0, near_crane_factor=1.0)
    n = 400
    many = {
        "name": np.array([f"TT-{i}" for i in range(n)], "S16"),
        "kind": np.full(n, KIND_NAMES.index("terminal_tractor"), np.int8),
        "x_m": np.zeros(n), "y_m": np.zeros(n), "heading_rad": np.zeros(n),
    }  # fmt: skip
    receivers = Receivers(Places(None), options, 3)
    epochs = [receivers.report(truth(k, **many))[0] for k in range(0, 600, 20)]

    errors = np.concatenate([epoch.y_m for epoch in epochs])
    assert all(np.all(epoch.quality == FIXED) for epoch in epochs)
    assert errors.std() == pytest.approx(float(epochs[0].sigma_m[0]), rel=0.1)
    assert errors.std() < 0.02


def test_the_error_of_one_receiver_is_correlated_over_seconds():
    options = ReceiverOptions(float_every_s=0.0)
    receivers = Receivers(Places(None), options, 3)
    y = np.array([receivers.report(truth(k))[0].y_m for k in range(8000)])
    y = y - y.mean(axis=0)

    lag = (y[20:] * y[:-20]).mean(axis=0) / (y**2).mean(axis=0)

    assert np.all(lag > 0.3)


def test_float_solutions_come_and_go_and_are_said_to_be_worse():
    receivers = Receivers(Places(None), ReceiverOptions(float_every_s=20.0, float_s=3.0), 5)
    epochs = [receivers.report(truth(k))[0] for k in range(2000)]
    quality = np.concatenate([epoch.quality for epoch in epochs])
    sigma = np.concatenate([epoch.sigma_m for epoch in epochs])

    assert 0.05 < np.mean(quality != FIXED) < 0.3
    assert sigma[quality == FIXED].max() < 0.03 < 0.2 < sigma[quality != FIXED].min()
    assert np.all(np.concatenate([epoch.gst for epoch in epochs])[quality != FIXED])


def test_a_copy_goes_on_as_its_original_does_and_can_cross_to_another_process():
    one = emitter(ReceiverOptions())
    one.emit(truth(0))
    other = copy.deepcopy(one)

    assert pickle.dumps(one)

    assert [one.emit(truth(k)) for k in range(1, 20)] == [other.emit(truth(k)) for k in range(1, 20)]


# -- bytes ------------------------------------------------------------------------------------------


def test_the_bytes_of_a_perfect_receiver_give_the_truth_back_to_a_millimetre():
    truths = [truth(k, x_m=np.array([10.0 + k, 50.0])) for k in range(4)]

    found = fixes_of(emitter(), truths)["TT-01"]

    arm = KINDS["terminal_tractor"].antenna_m
    assert found[:, 0].tolist() == [k * STEP_NS for k in range(4)]
    assert found[:, 1] - arm[0] * math.cos(0.5) == pytest.approx([10 + k for k in range(4)], abs=1e-3)
    assert found[:, 2] - arm[0] * math.sin(0.5) == pytest.approx([20] * 4, abs=1e-3)
    assert found[:, 4] == pytest.approx([0.5] * 4, abs=1e-5)


def test_bytes_arrive_after_their_latency_and_say_so():
    source = emitter(latency_s=0.25)

    assert [source.emit(truth(k)) for k in range(3)] == [(), (), ()]
    (first,) = source.emit(truth(3))

    assert first.t_rx_ns == T_NS + 250_000_000
    assert b".000," in first.data


def test_a_mover_in_a_blind_zone_sends_nothing_and_is_heard_again_after():
    xs = [90.0, 95.0, 120.0, 150.0, 210.0, 215.0]
    truths = [truth(k, x_m=np.array([x, 50.0]), y_m=np.array([150.0, -30.0])) for k, x in enumerate(xs)]

    found = fixes_of(emitter(), truths)

    assert [round(t / STEP_NS) for t in found["TT-01"][:, 0]] == [0, 1, 4, 5]
    assert len(found["RTG-01"]) == 6


def test_with_blind_zones_switched_off_it_is_heard_everywhere():
    truths = [truth(k, x_m=np.array([150.0, 50.0]), y_m=np.array([150.0, -30.0])) for k in range(3)]

    assert len(fixes_of(emitter(blind=False), truths)["TT-01"]) == 3


def test_what_a_machine_read_in_a_blind_zone_comes_when_it_is_out():
    read = BoxRead("RTG-01", T_NS + STEP_NS, "MSKU1234565")
    where = [-30.0, 150.0, 150.0, -30.0]
    truths = [
        truth(k, (read,) if k == 1 else (), x_m=np.array([10.0, 150.0]), y_m=np.array([20.0, y]),
              locked=np.array([False, k >= 1]))
        for k, y in enumerate(where)
    ]  # fmt: skip
    source, decoder = emitter(), Decoder()

    batches = [decoder.decode(source.emit(instant)) for instant in truths]

    assert [batch.events for batch in batches] == [(), (), (), (read,)]
    turned = [(t, locked) for b in batches for t, locked in zip(b.cranes.t_ns, b.cranes.locked, strict=True)]
    assert (T_NS + STEP_NS, 1) in turned


def test_gates_and_new_machines_are_heard_also_in_a_blind_zone():
    events = (
        MachineNotice("TT-01", T_NS, "terminal_tractor"),
        GateRead("gate", T_NS, "gate", "in-1", GateEvent.IN, "TT-01"),
    )
    instant = truth(0, events, x_m=np.array([150.0, 50.0]), y_m=np.array([150.0, -30.0]))

    assert Decoder().decode(emitter().emit(instant)).events == events


def test_a_crane_that_stands_still_reports_once_a_second_and_at_once_when_its_lock_turns():
    truths = [truth(k, locked=np.array([False, k >= 5])) for k in range(20)]
    source, decoder = emitter(), Decoder()

    times = [t for instant in truths for t in decoder.decode(source.emit(instant)).cranes.t_ns.tolist()]

    assert [(t - T_NS) // STEP_NS for t in times] == [0, 5, 15]


def test_a_crane_that_hoists_reports_at_every_step():
    truths = [truth(k, hoist_m=np.array([np.nan, 12.0 - 0.05 * k])) for k in range(10)]
    source, decoder = emitter(), Decoder()
    batches = [decoder.decode(source.emit(instant)) for instant in truths]

    hoist = np.concatenate([batch.cranes.hoist_m for batch in batches])
    assert hoist == pytest.approx([12 - 0.05 * k for k in range(10)], abs=0.02)
    assert batches[0].cranes.length_ft.tolist() == [40]


def test_movers_that_left_say_nothing():
    assert emitter().emit(truth(present=np.zeros(2, np.bool_))) == ()


def test_every_line_that_is_sent_is_read():
    source, decoder = emitter(ReceiverOptions(float_every_s=5.0)), Decoder()
    batches = [decoder.decode(source.emit(truth(k))) for k in range(300)]

    assert sum(len(batch.rejects) for batch in batches) == 0
    assert sum(len(batch.fixes) for batch in batches) >= 2 * 299


def test_a_gantry_tells_the_speed_of_its_drives_and_no_yaw_rate():
    source = emitter(ReceiverOptions())
    heard = [Decoder().decode(source.emit(truth(k, speed_mps=np.array([3.0, -2.0])))) for k in range(20)]

    told = {name: [] for name in ("TT-01", "RTG-01")}
    for batch in heard:
        for device, *values in zip(
            batch.motions.device, batch.motions.odometer_mps, batch.motions.gyro_rps, strict=True
        ):
            told[batch.devices[device]].append(values)
    vehicle, gantry = (np.array(told[name]) for name in ("TT-01", "RTG-01"))
    assert len(vehicle) == len(gantry) == 20
    assert np.isfinite(vehicle).all()
    assert gantry[:, 0] == pytest.approx(-2.0, abs=0.15)
    assert np.isnan(gantry[:, 1]).all()
