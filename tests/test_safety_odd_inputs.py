"""What no sensor should say: it is marked, it breaks nothing, and it silences nothing else."""

import dataclasses

import numpy as np
from scripted_yard import Actor, batch_of, still, straight
from test_safety_life import Desk

from twin.fleet.table import Freshness
from twin.safety.table import Priority
from twin.stock import moves
from twin.stock.table import BoxNotice


def truck(name, pose, **more):
    return Actor(name, "external_truck", pose, **more)


def without_places(desk):
    """The batch of the next tick with places that are no numbers."""
    given = batch_of(desk.script, desk.t, desk.ticks, desk.rng, desk.frame)
    nowhere = np.full(len(given.fixes), np.nan)
    return dataclasses.replace(given, fixes=given.fixes.with_columns(lon_deg=nowhere))


def ran(desk, seconds):
    for _ in range(round(seconds * 10)):
        desk.tick()
    return desk


def test_places_that_are_no_numbers_are_counted_and_the_machine_is_told_lost():
    desk = Desk(truck("T1", straight(100.0, 100.0, 0.0, 3.0))).tick().tick()
    x_m = desk.state.tracks.x_m[0]
    for _ in range(20):
        desk.tick(batch=without_places(desk), seconds=1.0)
    assert ("position without a fix", 20) in desk.state.counts.rejects
    assert desk.state.tracks.freshness[0] == Freshness.LOST
    # Dead reckoning ends with the third second.
    assert x_m < desk.state.tracks.x_m[0] < x_m + 3.0 * 3.5
    assert desk.rules() == ["position_lost"]


def test_a_machine_far_outside_is_marked_where_it_is_said_to_be():
    desk = ran(Desk(truck("T1", still(-2000.0, 100.0, 0.0))), 2.0)
    assert desk.rules() == ["out_of_yard"]
    assert abs(desk.state.tracks.x_m[0] + 2000.0) < 0.1


def test_one_name_that_two_machines_send_is_marked():
    both = truck("T1", still(100.0, 100.0, 0.0)), truck("T1", still(140.0, 100.0, 0.0))
    desk = ran(Desk(*both), 8.0)
    assert desk.rules() == ["name_twice"]
    assert desk.state.tracks.freshness[0] == Freshness.SUSPECT


def test_a_box_without_a_height_marks_the_machine_that_has_it():
    desk = Desk(truck("T1", still(100.0, 100.0, 0.0))).tick()
    state = desk.state
    stock = moves.announce(state.stock, [BoxNotice("ODDU0000001", "22G1", 10_000.0)])
    desk.state = state.with_columns(
        stock=stock.with_columns(height_m=np.zeros(1)),
        tracks=state.tracks.with_columns(cargo=np.zeros(1, np.int32)),
    )
    assert ran(desk, 2.0).rules() == ["shape_unknown"]


def test_odd_machines_and_a_clock_that_jumps_silence_no_contact():
    odd = [truck("T1", still(-1e7, 100.0, 0.0)), truck("T2", still(100.0, 1e6, 0.0))]
    pair = [truck("T3", straight(230.0, 200.0, 0.0, 5.0)), truck("T4", still(260.0, 200.0, np.pi / 2))]
    desk = Desk(*odd, *pair)
    for tick in range(120):
        desk.tick(clock_s=-5.0 if tick in (20, 21) else 0.0)
        if "overlap" in desk.rules():
            break
    rules = dict(zip(desk.rules(), desk.alarms.priority.tolist(), strict=True))
    assert {"contact", "overlap", "out_of_yard", "clock_back"} <= set(rules)
    assert rules["contact"] == Priority.CRITICAL
