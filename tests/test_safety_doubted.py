"""Machines that are doubted while their fixes fit are foreseen like others; else their place is not known."""

import numpy as np
import pytest
import yard_at_work as work
from test_safety_alarms import NS, Desk

from sensors.decoder import Decoder
from sensors.nmea import encode_gga, encode_hdt, encode_rmc, tag_block
from sensors.telemetry import encode_event
from twin.engine import initial_state, step
from twin.fleet.suspicion import Suspicion
from twin.fleet.table import Freshness
from twin.frames import YardFrame
from twin.inputs import MachineNotice, RawChunk
from twin.safety.rules import RULE_NAMES
from twin.stock import moves
from twin.yard.slots import slots_of

SPEED_MPS, APART_M, AWAY = 4.0, 60.0, (100.0, 300.0)


def head_on(clock_s, seconds=7.0, foreign_from_s=99.0):
    """Drive two tractors at one another; the second's clock goes wrong, or another source sends as it."""
    yard = work.compact_yard()
    state = initial_state(yard, moves.empty_stock(slots_of(yard)), work.T0)
    frame, decoder, raised = YardFrame.of(yard.georeference), Decoder(), {}
    for k in range(round(seconds * 10)):
        t_ns = work.T0 + k * NS // 10
        chunks = [b"".join(_said(frame, one, k / 10, t_ns, clock_s if k > 20 else 0.0) for one in (0, 1))]
        if k == 0:
            hello = (MachineNotice(name, t_ns, "terminal_tractor") for name in ("TT-01", "TT-02"))
            chunks.insert(0, b"".join(map(encode_event, hello)))
        found = [RawChunk("gw", t_ns, data) for data in chunks]
        if k / 10 >= foreign_from_s:
            found.append(RawChunk("other", t_ns, _said(frame, 1, k / 10 + 9.0, t_ns, 0.0)))
        state = step(state, t_ns, decoder.decode(found), (), work.refuse_layouts)
        for rule, level in zip(state.alarms.rule, state.alarms.level, strict=True):
            raised.setdefault(RULE_NAMES[rule], (k / 10, int(level)))
    return state, raised


def _said(frame, one, t_s, t_ns, off_s):
    x = AWAY[0] + (SPEED_MPS * t_s if one == 0 else APART_M - SPEED_MPS * t_s)
    heading = 0.0 if one == 0 else np.pi
    forward = 2.9 * np.cos(heading)
    lon, lat, h = (float(v[0]) for v in frame.geodetic_from_yard(np.array([[x + forward, AWAY[1], 5.0]])))
    bearing = float(frame.bearing_from_heading(np.array([heading]))[0])
    t_ns, tag = t_ns + round(off_s * NS), tag_block(f"TT-0{one + 1}")
    return (
        encode_rmc(t_ns, lon, lat, SPEED_MPS, bearing, tag=tag)
        + encode_hdt(bearing, tag=tag)
        + encode_gga(t_ns, lon, lat, h, 0.0, 4, 20, 0.7, tag=tag)
    )


@pytest.mark.parametrize("clock_s", [0.0, -40.0, -3600.0, 40.0])
def test_a_contact_is_told_of_one_whose_clock_is_wrong_as_of_any_other(clock_s):
    state, raised = head_on(clock_s)

    assert (state.tracks.suspect[1] == Suspicion.CLOCK) is np.bool_(clock_s != 0.0)
    # They touch once 60 m less a tractor's length and a trailer's are driven, at 8 m/s.
    assert "contact" in raised
    assert raised["contact"][0] < 6.0
    assert "overlap" in raised


def test_who_drives_at_one_in_whose_name_another_source_sends_is_warned():
    state, raised = head_on(0.0, foreign_from_s=2.0)

    assert state.tracks.suspect[1] == Suspicion.FOREIGN
    assert "unknown_place" in raised
    assert "contact" not in raised


def test_a_clock_that_is_wrong_is_an_alarm_of_its_own_and_not_of_its_places():
    _, raised = head_on(-40.0, seconds=15.0)

    assert "clock_off" in raised
    assert "position_suspect" not in raised


def test_that_the_clocks_of_many_are_off_is_no_alarm_of_each():
    desk = Desk(8)
    desk.set(freshness=Freshness.SUSPECT, suspect=Suspicion.CLOCK)
    for _ in range(80):
        desk.set(fix_ns=desk.t_ns)
        desk.tick()
    assert "clock_off" not in desk.names()


def doubted(code, fits_s, speed_mps=6.0, **conflict):
    """The first drives at the second, which is doubted, and whose last fix that fitted is so old."""
    desk = Desk()
    desk.set(speed_mps=[speed_mps, 0.0])
    for _ in range(8):
        desk.set(
            freshness=[Freshness.FRESH, Freshness.SUSPECT], suspect=[0, code],
            fix_ns=[desk.t_ns, desk.t_ns - round(fits_s * NS)],
        )  # fmt: skip
        desk.conflict(**{"time_s": 1.2, "gap_m": 7.0} | conflict)
        desk.tick()
    return desk.names()


@pytest.mark.parametrize("code", [Suspicion.JUMP, Suspicion.DRIFT, Suspicion.FROZEN, Suspicion.WRONG_FIX])
def test_who_drives_to_where_one_may_be_whose_fixes_do_not_fit_is_warned(code):
    names = doubted(code, 4.0)
    assert "unknown_place" in names
    assert "contact" not in names


@pytest.mark.parametrize("code", [Suspicion.CLOCK])
def test_while_its_fixes_fit_the_contact_itself_is_told(code):
    names = doubted(code, 0.1)
    assert "contact" in names
    assert "unknown_place" not in names


@pytest.mark.parametrize(
    "code", [Suspicion.BEHIND, Suspicion.MOVED, Suspicion.FROZEN, Suspicion.TWICE, Suspicion.FOREIGN]
)
def test_where_the_fixes_themselves_are_doubted_the_place_is_not_known_though_they_fit(code):
    assert "unknown_place" in doubted(code, 0.1)


def test_who_goes_slowly_enough_to_stop_is_not_told():
    assert "unknown_place" not in doubted(Suspicion.JUMP, 4.0, speed_mps=0.5, time_s=4.0)
