"""The nine attacks, from bytes on the wire to what a person reads: each machine is marked, with its reason.

TT-1 is attacked; TT-2 drives beside it and stays believed. Both drive straight on and send ten times a
second what receivers, wheels and gyros send.
"""

import math
from collections.abc import Callable
from dataclasses import dataclass, replace
from functools import cache

import numpy as np
import pytest
import yard_at_work as work

from layouts.generator import compact_yard
from sensors.decoder import Decoder
from sensors.nmea import encode_gga, encode_hdt, encode_rmc, tag_block
from sensors.telemetry import encode_event, encode_motion
from twin import engine
from twin.fleet.kinds import KINDS
from twin.fleet.suspicion import REASONS, Suspicion
from twin.fleet.table import UNHEARD, Freshness
from twin.frames import YardFrame
from twin.inputs import MachineNotice, RawChunk
from twin.safety.rules import RULE_NAMES
from twin.stock import moves
from twin.yard.slots import slots_of
from ui.i18n import LANGUAGES, Texts
from ui.panels.inspector_fields import mover_fields

S = 1_000_000_000
T0 = 1_800_000_000 * S
STEP_NS = S // 10
SPEED_MPS = 3.0
QUIET_S = 10.0
TARGET, BESIDE = "TT-1", "TT-2"
KIND = "terminal_tractor"
ARM_M = KINDS[KIND].antenna_m[0]


@dataclass(frozen=True)
class Said:
    """What a machine's receiver and wheels say at one instant; the clock's error is in ``t_ns``."""

    name: str
    t_ns: int
    x_m: float
    y_m: float
    speed_mps: float = SPEED_MPS

    def lines(self, frame: YardFrame) -> bytes:
        return self.fix(frame) + encode_motion(self.name, self.t_ns, SPEED_MPS, 0.0)

    def fix(self, frame: YardFrame) -> bytes:
        lon, lat, h = frame.geodetic_from_yard(np.array([[self.x_m, self.y_m, 3.0]]))
        tag = tag_block(self.name)
        way = float(frame.bearing_from_heading(0.0))
        place = float(lon[0]), float(lat[0])
        return (
            encode_gga(self.t_ns, *place, float(h[0]) - 10.0, 10.0, 4, 24, 0.6, tag=tag)
            + encode_rmc(self.t_ns, *place, self.speed_mps, way, mode="R", tag=tag)
            + encode_hdt(way, tag=tag)
        )


class Yard:
    """Two vehicles at work, and whoever is between their devices and the twin."""

    def __init__(self) -> None:
        yard = compact_yard()
        self.frame = YardFrame.of(yard.georeference)
        self.state = engine.initial_state(yard, moves.empty_stock(slots_of(yard)), T0)
        self.decoder, self.rng, self.step = Decoder(), np.random.default_rng(7), 0
        self.heard: list[Said] = []
        hello = b"".join(encode_event(MachineNotice(name, T0, KIND)) for name in (TARGET, BESIDE))
        self._take([RawChunk("gateway", T0, hello)])
        while self.step < QUIET_S * 10:
            self.tick(lambda yard, said: (said.lines(yard.frame), b""))

    def copy(self) -> "Yard":
        """A yard that goes on from here."""
        other = object.__new__(Yard)
        other.__dict__.update(self.__dict__)
        other.decoder, other.rng = Decoder(), np.random.default_rng(11)
        other.decoder.recall(self.decoder.memory())
        other.heard = list(self.heard)
        return other

    def tick(self, attack: Callable[["Yard", Said], tuple[bytes, bytes]]) -> None:
        """Go on; ``attack`` gives what comes in the target's name from its gateway, and from a stranger."""
        self.step += 1
        now_ns = T0 + self.step * STEP_NS
        noise = self.rng.standard_normal((2, 2)) * 0.01
        x_m = -60.0 + SPEED_MPS * self.step / 10
        target, beside = (
            Said(name, now_ns, x_m + noise[k, 0], y_m + noise[k, 1])
            for k, (name, y_m) in enumerate(((TARGET, -40.0), (BESIDE, -60.0)))
        )
        self.heard.append(target)
        mine, stranger = attack(self, target)
        chunks = [RawChunk("gateway", now_ns, mine + beside.lines(self.frame))]
        self._take([*chunks, RawChunk("stranger", now_ns, stranger)] if stranger else chunks)

    def _take(self, chunks: list[RawChunk]) -> None:
        batch = self.decoder.decode(chunks)
        self.state = engine.step(self.state, chunks[0].t_rx_ns + STEP_NS // 2, batch, (), work.refuse_layouts)


@cache
def at_work() -> Yard:
    return Yard()


def jump(yard: Yard, said: Said) -> tuple[bytes, bytes]:
    return replace(said, x_m=said.x_m + 25.0).lines(yard.frame), b""


def slow_drift(yard: Yard, said: Said) -> tuple[bytes, bytes]:
    since_s = yard.step / 10 - QUIET_S
    return replace(said, y_m=said.y_m + 0.5 * since_s).lines(yard.frame), b""


def replayed_hour(yard: Yard, said: Said) -> tuple[bytes, bytes]:
    """All that it sent before comes again, beside what it sends now."""
    old = yard.heard[yard.step - 90]
    return said.lines(yard.frame) + replace(old, t_ns=old.t_ns - 3600 * S).lines(yard.frame), b""


def replayed_seconds(yard: Yard, said: Said) -> tuple[bytes, bytes]:
    return said.lines(yard.frame) + yard.heard[yard.step - 85].lines(yard.frame), b""


def duplicate_id(yard: Yard, said: Said) -> tuple[bytes, bytes]:
    """A second device of its name on the same line."""
    other = replace(said, x_m=said.x_m + 40.0, t_ns=said.t_ns + STEP_NS // 2)
    return said.lines(yard.frame) + other.lines(yard.frame), b""


def duplicate_instant(yard: Yard, said: Said) -> tuple[bytes, bytes]:
    """A second device of its name that measures at the same instants, as receivers do."""
    return said.lines(yard.frame) + replace(said, x_m=said.x_m + 40.0).fix(yard.frame), b""


def frozen_receiver(yard: Yard, said: Said) -> tuple[bytes, bytes]:
    """It says the same place again and again, while the odometer counts on."""
    stuck = yard.heard[round(QUIET_S * 10) - 1]
    return replace(said, x_m=stuck.x_m, y_m=stuck.y_m, speed_mps=0.0).lines(yard.frame), b""


def wrong_fix_labelled_fixed(yard: Yard, said: Said) -> tuple[bytes, bytes]:
    return replace(said, y_m=said.y_m + 1.5).lines(yard.frame), b""


def foreign_sender(yard: Yard, said: Said) -> tuple[bytes, bytes]:
    return said.lines(yard.frame), replace(said, x_m=said.x_m + 80.0).fix(yard.frame)


def clock_an_hour_ahead(yard: Yard, said: Said) -> tuple[bytes, bytes]:
    return replace(said, t_ns=said.t_ns + 3600 * S).lines(yard.frame), b""


def clock_an_hour_behind(yard: Yard, said: Said) -> tuple[bytes, bytes]:
    return replace(said, t_ns=said.t_ns - 3600 * S).lines(yard.frame), b""


def clock_seconds_ahead(yard: Yard, said: Said) -> tuple[bytes, bytes]:
    return replace(said, t_ns=said.t_ns + 10 * S).lines(yard.frame), b""


def flood(yard: Yard, said: Said) -> tuple[bytes, bytes]:
    """Hundreds of fixes in its name in a tenth of a second."""
    many = (replace(said, t_ns=said.t_ns - k * 1_000_000) for k in range(90, 0, -1))
    return b"".join(one.fix(yard.frame) for one in many) + said.lines(yard.frame), b""


Attack = Callable[[Yard, Said], tuple[bytes, bytes]]

ATTACKS: dict[str, tuple[Attack, Suspicion]] = {
    "1 jump": (jump, Suspicion.JUMP),
    "2 slow drift": (slow_drift, Suspicion.DRIFT),
    "3 replayed hour": (replayed_hour, Suspicion.REPLAYED),
    "3 replayed seconds": (replayed_seconds, Suspicion.REPLAYED),
    "4 duplicate id": (duplicate_id, Suspicion.TWICE),
    "4 duplicate id at the same instant": (duplicate_instant, Suspicion.TWICE),
    "5 frozen receiver with a moving odometer": (frozen_receiver, Suspicion.FROZEN),
    "6 wrong fix labelled fixed": (wrong_fix_labelled_fixed, Suspicion.WRONG_FIX),
    "7 foreign sender": (foreign_sender, Suspicion.FOREIGN),
    "8 clock an hour ahead": (clock_an_hour_ahead, Suspicion.CLOCK),
    "8 clock an hour behind": (clock_an_hour_behind, Suspicion.CLOCK),
    "8 clock seconds ahead": (clock_seconds_ahead, Suspicion.CLOCK),
    "9 flood": (flood, Suspicion.FLOOD),
}
"""Each attack, and why its machine is doubted within three seconds."""


@pytest.mark.parametrize(("attack", "reason"), ATTACKS.values(), ids=ATTACKS.keys())
def test_an_attack_marks_its_machine_within_three_seconds_tells_why_and_moves_it_nowhere(
    attack: Attack, reason: Suspicion
) -> None:
    yard = at_work().copy()
    told: set[str] = set()
    for _ in range(30):
        yard.tick(attack)
        tracks, true = yard.state.tracks, yard.heard[-1]
        if tracks.freshness[0] in (Freshness.SUSPECT, Freshness.LOST):
            told |= {value for _, value in mover_fields(yard.state, 0, Texts())}
        away_m = math.hypot(tracks.x_m[0] + ARM_M - true.x_m, tracks.y_m[0] - true.y_m)
        assert away_m < 1.5 or tracks.freshness[0] in UNHEARD
        assert tracks.suspect[1] == Suspicion.NONE
        assert tracks.freshness[1] == Freshness.FRESH

    assert any(REASONS[reason] in text for text in told)
    assert yard.state.tracks.freshness[0] in (Freshness.SUSPECT, *UNHEARD)


def test_two_machines_that_nobody_attacks_are_believed() -> None:
    yard = at_work().copy()
    for _ in range(60):
        yard.tick(lambda yard, said: (said.lines(yard.frame), b""))
        assert yard.state.tracks.suspect.tolist() == [Suspicion.NONE] * 2
        assert yard.state.tracks.freshness.tolist() == [Freshness.FRESH] * 2


def test_every_reason_can_be_read_in_both_languages() -> None:
    for language in LANGUAGES:
        texts = Texts(language)
        for code in Suspicion:
            assert code is Suspicion.NONE or texts.tr(REASONS[code])


@pytest.mark.parametrize("behind", [85, 3600 * 10])
def test_a_replay_of_one_that_stands_is_an_alarm_too(behind: int) -> None:
    yard = at_work().copy()
    stands = yard.heard[-1]

    def again(yard: Yard, said: Said) -> tuple[bytes, bytes]:
        now = replace(said, x_m=stands.x_m, y_m=stands.y_m, speed_mps=0.0)
        old = replace(now, t_ns=said.t_ns - behind * STEP_NS)
        return now.fix(yard.frame) + (old.fix(yard.frame) if yard.step > 200 else b""), b""

    for _ in range(140):
        yard.tick(again)

    assert yard.state.tracks.suspect.tolist() == [Suspicion.REPLAYED, Suspicion.NONE]
    told = yard.state.alarms.rule == RULE_NAMES.index("position_replayed")
    assert yard.state.alarms.mover[told].tolist() == [0]
