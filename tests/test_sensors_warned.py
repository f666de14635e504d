"""A receiver that warns of its own fix is not believed: RMC of status V beside a GGA with one."""

import itertools

import pytest

from sensors import nmea
from sensors.decoder import Decoder
from sensors.epochs import WARNED
from twin.inputs import Batch, RawChunk

T_NS = 1_790_000_005_000_000_000  # 2026-09-21 14:13:25 UTC
CUTS = ("whole", "by the line")


def line(body: str) -> bytes:
    return f"${body}*{nmea.checksum(body.encode()):02X}\r\n".encode()


def gga(second: int, quality: int = 4, talker: str = "GN") -> bytes:
    return line(f"{talker}GGA,1413{second:02d}.00,3112.0,N,12130.0,E,{quality},20,0.7,10.0,M,9.5,M,,")


def rmc(second: int, status: str, talker: str = "GN") -> bytes:
    return line(f"{talker}RMC,1413{second:02d}.00,{status},3112.0,N,12130.0,E,1.0,2.0,210926,,,A,V")


def decoded(cut: str, *lines: bytes) -> tuple[list[float], list[str]]:
    """Give the seconds of the fixes, and why what was refused."""
    decoder, found = Decoder(), list[Batch]()
    for data in [b"".join(lines)] if cut == "whole" else lines:
        found.append(decoder.decode([RawChunk("x", T_NS, data)]))
    found.append(decoder.finish())
    seconds = [t_ns % 60_000_000_000 / 1e9 for batch in found for t_ns in batch.fixes.t_ns.tolist()]
    return seconds, [reject.reason for batch in found for reject in batch.rejects]


@pytest.mark.parametrize("cut", CUTS)
def test_a_fix_that_its_rmc_calls_void_is_refused_with_that_reason(cut: str) -> None:
    epochs = itertools.chain(*((gga(k), rmc(k, "V" if k in (21, 23) else "A")) for k in range(20, 24)))
    assert decoded(cut, *epochs) == ([20.0, 22.0], [WARNED, WARNED])


@pytest.mark.parametrize("cut", CUTS)
def test_it_does_not_hang_on_which_of_the_two_comes_first(cut: str) -> None:
    epochs = itertools.chain(*((rmc(k, "V" if k == 21 else "A"), gga(k)) for k in range(20, 24)))
    assert decoded(cut, *epochs) == ([20.0, 22.0, 23.0], [WARNED])


@pytest.mark.parametrize("quality", [6, 7, 8])
def test_what_is_estimated_typed_in_or_made_up_has_status_v_by_the_standard_and_is_taken(
    quality: int,
) -> None:
    assert decoded("whole", gga(20, quality), rmc(20, "V")) == ([20.0], [])


def test_one_constellation_that_is_void_makes_no_fix_void_that_another_rmc_bears_out() -> None:
    lines = (gga(20), rmc(20, "V", "GP"), rmc(20, "A", "BD"), gga(21), rmc(21, "A", "BD"), rmc(21, "V", "GP"))
    assert decoded("whole", *lines) == ([20.0, 21.0], [])


def test_no_fix_beside_status_v_is_no_refusal() -> None:
    assert decoded("whole", gga(20, 0), rmc(20, "V")) == ([], [])


def test_what_was_heard_of_an_epoch_is_remembered_between_calls() -> None:
    before, after = Decoder(), Decoder()
    before.decode([RawChunk("x", T_NS, rmc(20, "V"))])
    after.recall(before.memory())
    batch = after.decode([RawChunk("x", T_NS, gga(20) + gga(21) + rmc(21, "A"))])
    assert [reject.reason for reject in batch.rejects] == [WARNED]
