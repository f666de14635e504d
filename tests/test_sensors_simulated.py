"""A simulated shift as a source: stepped here, and in a process of its own."""

import subprocess
import sys
import time

import numpy as np
import psutil
import pytest

from layouts.generator import compact_yard
from sensors.decoder import Decoder
from sensors.errors import SourceError
from sensors.simulation.receiver import PERFECT
from sensors.sources.simulated import SimulatedSource
from twin.inputs import MachineNotice, OrderReport
from twin.stacking.suggestion import Move, WorkOrder
from twin.stock.generate import fill
from twin.yard.slots import SlotAddress, slots_of

T_NS = 1_790_000_000_000_000_000
S = 1_000_000_000
YARD = compact_yard()
SLOTS = slots_of(YARD)
STOCK = fill(YARD, SLOTS, 200, 1, T_NS)


def source(*, inline: bool, **more) -> SimulatedSource:
    return SimulatedSource(YARD, SLOTS, STOCK, seed=1, t_ns=T_NS, inline=inline, **more)


def wait_until(condition, limit_s: float = 30.0) -> None:
    ends = time.monotonic() + limit_s
    while not condition():
        assert time.monotonic() < ends
        time.sleep(0.02)


# -- here -------------------------------------------------------------------------------------------


def test_equal_seeds_give_equal_bytes():
    one, other = source(inline=True), source(inline=True)
    for k in range(1, 4):
        one.advance_to(T_NS + k * S)
    other.advance_to(T_NS + 3 * S)

    assert [chunk.data for chunk in one.poll()] == [chunk.data for chunk in other.poll()]


def test_every_machine_is_told_of_before_it_is_located():
    shift, decoder, told = source(inline=True), Decoder(), set()
    for k in range(1, 101):
        shift.advance_to(T_NS + k * S // 5)
        batch = decoder.decode(shift.poll())
        told |= {event.device for event in batch.events if isinstance(event, MachineNotice)}
        assert set(batch.devices) <= told
        assert batch.rejects == ()

    assert len(told) >= 2


def test_what_perfect_receivers_send_is_the_truth():
    shift, decoder = source(inline=True, receivers=PERFECT), Decoder()
    shift.advance_to(T_NS + 2 * S)
    batch = decoder.decode(shift.poll())

    present = {
        name.decode() for name, here in zip(shift.truth.name, shift.truth.present, strict=True) if here
    }
    assert set(batch.devices) <= present
    assert np.all(batch.fixes.quality == 4)
    assert shift.now_ns == T_NS + 2 * S


def test_its_health_is_good_while_it_runs_and_says_when_it_is_closed():
    shift = source(inline=True)
    shift.advance_to(T_NS + S)
    shift.poll()

    assert shift.health(T_NS + S).connected
    shift.close()
    assert shift.health(T_NS + S).detail == "closed"
    assert shift.finished


# -- in a process of its own ------------------------------------------------------------------------


def test_a_shift_in_its_own_process_sends_bytes_that_are_read():
    shift, decoder, fixes = source(inline=False, speed=5.0), Decoder(), []
    try:
        wait_until(lambda: fixes.extend(decoder.decode(shift.poll()).fixes.t_ns.tolist()) or len(fixes) > 20)
        assert shift.now_ns > T_NS
        assert shift.health(shift.now_ns).connected
        assert all(T_NS <= t_ns <= shift.now_ns for t_ns in fixes)
    finally:
        shift.close()


def test_a_poll_gives_no_more_than_a_second_and_leaves_the_rest_for_the_next():
    shift, reached, received = source(inline=False, speed=50.0), [T_NS], []
    try:

        def polled() -> bool:
            received.extend(chunk.t_rx_ns for chunk in shift.poll())
            reached.append(shift.now_ns)
            return shift.now_ns > T_NS + 8 * S

        wait_until(polled)
        assert np.diff(reached).max() <= S
        assert sorted(received) == received
    finally:
        shift.close()


@pytest.mark.parametrize("inline", [True, False])
def test_an_order_is_answered_with_a_report(inline: bool):
    shift, decoder, reports = source(inline=inline), Decoder(), []
    slot = SlotAddress(YARD.blocks[0].name, 1, 1, 1)
    try:
        shift.send(WorkOrder(7, 3, Move("MSKU1234565", 20, slot, slot), "test"))

        def reported() -> bool:
            if inline:
                shift.advance_to(shift.now_ns + S)
            events = decoder.decode(shift.poll()).events
            reports.extend(event for event in events if isinstance(event, OrderReport))
            return bool(reports)

        wait_until(reported)
        assert reports[0].order == 7
    finally:
        shift.close()


def test_the_truth_is_not_to_be_had_from_another_process():
    shift = source(inline=False)
    try:
        with pytest.raises(SourceError, match="inline"):
            _ = shift.truth
    finally:
        shift.close()


def test_a_shift_that_cannot_start_says_why():
    shift = source(inline=False, options={"no_such_option": 1})
    try:
        wait_until(lambda: shift.finished)
        health = shift.health(T_NS)
        assert not health.connected
        assert health.detail.startswith("simulation ended: TypeError")
    finally:
        shift.close()


def test_a_process_that_is_killed_is_missed():
    before = {child.pid for child in psutil.Process().children()}
    shift = source(inline=False)
    try:
        wait_until(lambda: shift.poll() != ())
        for child in psutil.Process().children():
            if child.pid not in before and "spawn_main" in " ".join(child.cmdline()):
                child.kill()
        wait_until(lambda: shift.poll() == () and shift.finished)
        assert shift.health(T_NS).detail.startswith("simulation ended: exit code")
    finally:
        shift.close()


def test_a_speed_that_cannot_be_is_refused():
    with pytest.raises(SourceError, match="speed"):
        source(inline=False, speed=0.0)


PARENT = """
import sys, time
from layouts.generator import compact_yard
from sensors.sources.simulated import SimulatedSource
from twin.stock.generate import fill
from twin.yard.slots import slots_of

if __name__ == "__main__":
    yard = compact_yard()
    slots = slots_of(yard)
    source = SimulatedSource(yard, slots, fill(yard, slots, 10, 1, 0), seed=1, t_ns=0, inline=False)
    while not source.poll():
        assert not source.finished, source.health(0)
        time.sleep(0.02)
    assert not any(name.startswith("PyQt6") for name in sys.modules)
    print("running", flush=True)
    time.sleep(60)
"""


def test_the_process_dies_with_its_parent():
    parent = subprocess.Popen([sys.executable, "-c", PARENT], stdout=subprocess.PIPE)
    with parent:
        assert parent.stdout is not None
        assert parent.stdout.readline().strip() == b"running"
        children = psutil.Process(parent.pid).children(recursive=True)
        parent.kill()
    try:
        gone, alive = psutil.wait_procs(children, timeout=20)
        assert not alive
        assert gone
    finally:
        for child in children:
            if child.is_running():
                child.kill()
