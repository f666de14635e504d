"""A leap second: stamps of all devices step back by one, and nothing is stale, marked or out of its time."""

from collections.abc import Callable
from dataclasses import dataclass, field

import numpy as np
import pytest
import yard_at_work as work

from layouts.generator import compact_yard
from sensors.clockfaults import CLOCK_OFF
from sensors.decoder import Decoder
from sensors.nmea import encode_gga, encode_hdt, encode_rmc, sentence, tag_block
from sensors.stepping import TOGETHER
from sensors.telemetry import encode_event, encode_motion
from twin import engine
from twin.fleet.kinds import KINDS
from twin.fleet.suspicion import Suspicion
from twin.fleet.table import UNHEARD, Freshness
from twin.frames import YardFrame
from twin.inputs import MachineNotice, RawChunk
from twin.stock import moves
from twin.yard.slots import slots_of

S = 1_000_000_000
TICK_NS = S // 10
LEAP_NS = 1_798_761_600 * S
"""2027-01-01, 00:00:00 UTC."""
BEGIN_NS = LEAP_NS - 6 * S
SPEED_MPS, LATE_NS = 4.0, 30_000_000
FRAME = YardFrame.of(compact_yard().georeference)
MACHINES = {"TT-1": "terminal_tractor", "TT-2": "terminal_tractor", "TT-3": "terminal_tractor",
            "TRUCK-1": "external_truck", "TRUCK-2": "external_truck"}  # fmt: skip
SLOW = ("TRUCK-2",)
"""Sends once a second."""

Clock = Callable[[str, int], int]
"""What a device's clock says at an instant of ours."""


def repeated(name: str, t_ns: int) -> int:
    """The last second of the day again."""
    return t_ns - S if t_ns >= LEAP_NS else t_ns


def sixtieth(name: str, t_ns: int) -> int:
    """23:59:60, then the new day; told apart by being negative."""
    if LEAP_NS <= t_ns < LEAP_NS + S:
        return -t_ns
    return repeated(name, t_ns)


def alone(name: str, t_ns: int) -> int:
    return repeated(name, t_ns) if name == "TT-1" else t_ns


def fix(name: str, says_ns: int, x_m: float, y_m: float) -> bytes:
    lon, lat, h = (float(v[0]) for v in FRAME.geodetic_from_yard(np.array([[x_m, y_m, 3.0]])))
    tag, way = tag_block(name), float(FRAME.bearing_from_heading(0.0))
    leaps, t_ns = says_ns < 0, abs(says_ns) - (S if says_ns < 0 else 0)
    lines = (
        encode_gga(t_ns, lon, lat, h - 10.0, 10.0, 4, 24, 0.6, tag=tag)
        + encode_rmc(t_ns, lon, lat, SPEED_MPS, way, tag=tag)
        + encode_hdt(way, tag=tag)
    )
    return retold(lines.replace(b",235959.", b",235960."), tag) if leaps else lines


def retold(lines: bytes, tag: bytes) -> bytes:
    """With checksums that are right again."""
    bodies = (line.split(b"$")[1].split(b"*")[0].decode() for line in lines.splitlines())
    return b"".join(sentence(body, tag) for body in bodies)


@dataclass
class Night:
    """Machines that drive through midnight, and what the twin makes of what they send."""

    clock: Clock
    noise: np.random.Generator = field(default_factory=lambda: np.random.default_rng(5))
    reasons: list[tuple[str, str]] = field(default_factory=list)
    ages_s: list[float] = field(default_factory=list)
    decoder: Decoder = field(default_factory=Decoder)

    def __post_init__(self) -> None:
        yard = compact_yard()
        self.state = engine.initial_state(yard, moves.empty_stock(slots_of(yard)), BEGIN_NS)
        hello = b"".join(encode_event(MachineNotice(name, BEGIN_NS, kind)) for name, kind in MACHINES.items())
        self._take(BEGIN_NS, hello)
        self.ticks = 0

    def tick(self, also: bytes = b"") -> None:
        self.ticks += 1
        t_ns = BEGIN_NS + self.ticks * TICK_NS
        self._take(t_ns + LATE_NS, b"".join(self._said(name, t_ns) for name in MACHINES) + also)

    def _said(self, name: str, t_ns: int) -> bytes:
        says_ns = self.clock(name, t_ns)
        wheels = encode_motion(name, abs(says_ns) - (S if says_ns < 0 else 0), SPEED_MPS, 0.0)
        if name in SLOW and self.ticks % 10:
            return wheels
        x_m, y_m = self.place(name)
        dx_m, dy_m = self.noise.normal(0.0, 0.005, 2)
        return fix(name, says_ns, x_m + dx_m, y_m + dy_m) + wheels

    def place(self, name: str) -> tuple[float, float]:
        return -70.0 + SPEED_MPS * self.ticks / 10, -40.0 - 8.0 * list(MACHINES).index(name)

    def _take(self, t_rx_ns: int, data: bytes) -> None:
        batch = self.decoder.decode([RawChunk("gateway", t_rx_ns, data)])
        self.reasons += [(one.reason, one.device) for one in batch.rejects]
        self.ages_s += ((t_rx_ns - batch.fixes.t_ns) / S).tolist()
        self.state = engine.step(self.state, t_rx_ns + TICK_NS // 2, batch, (), work.refuse_layouts)

    def told(self, reason: str) -> list[str]:
        return [device for why, device in self.reasons if why == reason]

    def off_m(self) -> list[float]:
        """How far each antenna is shown from where it is."""
        tracks, out = self.state.tracks, []
        on_m = SPEED_MPS * ((self.state.t_ns - BEGIN_NS) / S - self.ticks / 10)
        for row, (name, kind) in enumerate(MACHINES.items()):
            x_m, y_m = self.place(name)
            ahead_m = float(tracks.x_m[row]) + KINDS[kind].antenna_m[0] - x_m - on_m
            out.append(float(np.hypot(ahead_m, tracks.y_m[row] - y_m)))
        return out


@pytest.mark.parametrize("clock", [repeated, sixtieth])
def test_over_a_leap_second_no_machine_is_marked_stale_or_out_of_its_time(clock: Clock) -> None:
    night = Night(clock)
    for _ in range(30):
        night.tick()
    night.ages_s.clear()
    for _ in range(70):
        night.tick()
        tracks = night.state.tracks
        assert not set(tracks.freshness.tolist()) & {int(one) for one in (*UNHEARD, Freshness.SUSPECT)}
        assert set(tracks.suspect.tolist()) == {Suspicion.NONE}
        assert max(night.off_m()) < 0.1

    assert min(night.ages_s) >= 0.0
    assert max(night.ages_s) < 0.1
    assert len(night.ages_s) >= 70 * 4 + 7 - 2 * 5
    assert night.told(TOGETHER) == [""]
    assert night.told(CLOCK_OFF) == []
    assert night.decoder.offsets.told("gateway") == ""
    assert night.state.tracks.freshness.tolist() == [Freshness.FRESH] * 5


def test_a_device_whose_clock_alone_steps_back_is_doubted_for_it_and_its_fixes_go_on() -> None:
    night, seen = Night(alone), set()
    for _ in range(110):
        night.tick()
        seen.add(int(night.state.tracks.suspect[0]))
        assert set(night.state.tracks.suspect[1:].tolist()) == {Suspicion.NONE}
        assert night.ticks < 30 or max(night.off_m()) < 0.1

    assert seen == {Suspicion.NONE, Suspicion.CLOCK}
    assert set(night.told(CLOCK_OFF)) == {"TT-1"}
    assert night.told(TOGETHER) == []
