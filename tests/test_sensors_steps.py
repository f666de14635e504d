"""Clocks that step back: told from packets that come twice or late, and put on the stamps after it."""

import numpy as np
import pytest

from sensors.clockfaults import CLOCK_OFF
from sensors.decoder import Decoder
from sensors.epochs import TWO
from sensors.nmea import encode_gga, encode_rmc, tag_block
from sensors.order import RAN_BACK, TWICE
from sensors.stepping import TOGETHER
from sensors.telemetry import encode_reading
from twin.inputs import RawChunk

S = 1_000_000_000
T_NS = 1_790_000_000 * S
STEP_NS = S // 10
WAY_DEG = 4e-6
"""A tenth of a second of way."""


def packet(device: str, says_ns: int, lon_deg: float) -> bytes:
    tag = tag_block(device)
    return encode_gga(says_ns, lon_deg, 31.2, 10.0, 9.5, 4, 20, 0.7, tag=tag) + encode_rmc(
        says_ns, lon_deg, 31.2, 3.0, 1.0, tag=tag
    )


class Gateway:
    """What comes of devices, ten times a second: each says by how much its clock is back."""

    def __init__(self) -> None:
        self.decoder, self.tick = Decoder(), 0
        self.ages_s: dict[str, list[float]] = {}
        self.reasons: list[tuple[str, str]] = []

    def now_ns(self) -> int:
        return T_NS + self.tick * STEP_NS

    def hear(self, data: bytes) -> None:
        batch = self.decoder.decode([RawChunk("gw", self.now_ns() + 20_000_000, data)])
        for device, t_ns in zip(batch.fixes.device.tolist(), batch.fixes.t_ns.tolist(), strict=True):
            self.ages_s.setdefault(batch.devices[device], []).append((self.now_ns() - t_ns) / S)
        self.reasons += [(one.reason, one.device) for one in batch.rejects]
        self.tick += 1

    def drive(self, ticks: int, back_s: dict[str, float], *, still: tuple[str, ...] = ()) -> None:
        """Have devices send, each from another place at each instant but for those that stand still."""
        for _ in range(ticks):
            lines = [
                packet(
                    name, self.now_ns() - round(back * S), 121.5 + (name not in still) * WAY_DEG * self.tick
                )
                for name, back in back_s.items()
            ]
            self.hear(b"".join(lines))

    def told(self, reason: str) -> list[str]:
        return [device for why, device in self.reasons if why == reason]


FOUR = ("A", "B", "C", "D")


def all_back(back_s: float, *names: str) -> dict[str, float]:
    return dict.fromkeys(names or FOUR, back_s)


@pytest.mark.parametrize("back_s", [1.0, 3.0, 0.7])
def test_a_step_of_all_clocks_moves_no_fix_in_time_and_is_told_once_of_nobody(back_s: float) -> None:
    gw = Gateway()
    gw.drive(30, all_back(0.0))
    gw.drive(80, all_back(back_s))

    assert max(max(ages[2:]) for ages in gw.ages_s.values()) < 1e-6
    assert min(min(ages) for ages in gw.ages_s.values()) > -1e-6
    assert {len(ages) for ages in gw.ages_s.values()} <= {107, 108}
    assert gw.told(TOGETHER) == [""]
    assert gw.told(CLOCK_OFF) == []


def test_one_that_steps_among_others_is_named_after_three_seconds_until_it_is_right_again() -> None:
    gw = Gateway()
    gw.drive(30, all_back(0.0))
    gw.drive(25, all_back(0.0) | {"A": 2.0})
    assert gw.told(CLOCK_OFF) == []
    gw.drive(30, all_back(0.0) | {"A": 2.0})
    assert set(gw.told(CLOCK_OFF)) == {"A"}
    named = len(gw.reasons)
    gw.drive(80, all_back(0.0))

    assert [why for why, _ in gw.reasons[named:] if why == CLOCK_OFF] == []
    assert min(map(min, gw.ages_s.values())) >= -1e-6
    assert max(gw.ages_s["A"][2:]) < 0.15
    assert gw.told(TOGETHER) == []


def test_whoever_stands_still_or_is_heard_later_goes_with_a_step_that_most_made() -> None:
    gw = Gateway()
    gw.drive(30, all_back(0.0, *FOUR, "AWAY"), still=("D",))
    gw.drive(60, all_back(1.0), still=("D",))
    gw.drive(30, all_back(1.0, *FOUR, "AWAY", "NEW"), still=("D",))

    for name in ("D", "AWAY", "NEW"):
        assert max(gw.ages_s[name][3:]) < 0.15
    assert gw.told(CLOCK_OFF) == []


def test_a_memory_keeps_the_step_of_all_clocks() -> None:
    gw = Gateway()
    gw.drive(30, all_back(0.0))
    gw.drive(30, all_back(1.0))
    other = Decoder()
    other.recall(gw.decoder.memory())
    gw.decoder = other
    gw.drive(30, all_back(1.0, "NEW"))

    assert max(gw.ages_s["NEW"][1:]) < 0.15


def test_readings_of_a_crane_without_a_receiver_go_with_the_step_but_not_those_kept_from_before() -> None:
    gw = Gateway()
    gw.drive(30, all_back(0.0))
    gw.drive(60, all_back(1.0))
    at = gw.now_ns()
    lines = encode_reading("RTG-1", at - S, hoist_m=3.0) + encode_reading("RTG-1", at - 600 * S, hoist_m=4.0)
    batch = gw.decoder.decode([RawChunk("gw", at, lines)])

    assert batch.cranes.t_ns.tolist() == [at, at - 600 * S]


def test_what_was_sent_before_and_comes_again_a_second_later_is_no_step() -> None:
    """A second line that is a second behind, once the first is dead; or somebody who plays it again."""
    gw, sent = Gateway(), []
    for k in range(60):
        sent.append(b"".join(packet(name, gw.now_ns(), 121.5 + WAY_DEG * k) for name in FOUR))
        gw.hear(sent[k] if k < 30 else sent[k - 10])

    assert gw.told(TOGETHER) == []
    assert not gw.decoder._pending.step_ns.any()
    assert set(gw.told(TWICE)) == set(FOUR)
    assert gw.ages_s["A"][-1] == pytest.approx(1.0)


@pytest.mark.parametrize("every", [1, 10])
def test_a_second_receiver_of_a_name_a_second_behind_is_no_step(every: int) -> None:
    gw = Gateway()
    for k in range(200):
        second = packet("A", gw.now_ns() - S, 121.6) if k >= 50 else b""
        gw.hear(second + packet("A", gw.now_ns(), 121.5 + WAY_DEG * k) if k % every == 0 else b"")

    assert not gw.decoder._pending.step_ns.any()
    assert np.allclose(gw.ages_s["A"][3:], gw.ages_s["A"][3])
    assert set(gw.told(TWO if every == 10 else TWICE)) == {"A"}


def test_a_packet_late_by_a_second_beside_others_is_no_step() -> None:
    gw, chance = Gateway(), np.random.default_rng(4)
    late: list[tuple[int, bytes]] = []
    for k in range(300):
        now = packet("A", gw.now_ns(), 121.5 + WAY_DEG * k)
        held = chance.random() < 0.3
        late += [(k + 10, now)] if held or chance.random() < 0.1 else []
        gw.hear(b"".join(data for at, data in late if at == k) + (b"" if held else now))

    assert not gw.decoder._pending.step_ns.any()
    assert gw.told(CLOCK_OFF) == []


@pytest.mark.parametrize("back_s", [7.0, 9.0, 15.0, 28.0])
def test_a_step_to_before_what_is_remembered_is_known_by_the_place_that_goes_on(back_s: float) -> None:
    gw = Gateway()
    gw.drive(90, all_back(0.0, "A", "B"))
    gw.drive(40, all_back(0.0, "A", "B") | {"A": back_s})

    # The first two tell of the step: until then they are taken for packets that come late.
    assert [age for age in gw.ages_s["A"][2:] if age > 1e-6] in ([], [back_s] * 2)
    assert len(gw.ages_s["A"]) >= 127
    assert set(gw.told(CLOCK_OFF)) == {"A"}
    assert gw.told(RAN_BACK).count("A") <= 2


def test_what_was_sent_before_a_while_and_comes_again_is_no_step() -> None:
    gw = Gateway()
    gw.drive(200, all_back(0.0, "A"))
    for tick in range(20, 60):
        gw.hear(packet("A", T_NS + tick * STEP_NS, 121.5 + WAY_DEG * tick))

    assert gw.told(CLOCK_OFF) == []
    assert gw.told(RAN_BACK).count("A") >= 4
    assert max(gw.ages_s["A"]) > 10.0
