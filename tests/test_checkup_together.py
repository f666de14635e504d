"""What the doctor tells of what is off together, and of devices that differ from the others."""

import contextlib
import re
import socket
import threading
import time
from pathlib import Path

import pytest
from test_checkup import YARD, lines, surveyed

from sensors.nmea import tag_block
from ui.checkup import check_sources
from ui.findings import Mark


def lying_off(tmp_path: Path, off_m: dict[int, tuple[float, float, float]]) -> list[str]:
    found = check_sources(YARD, config=surveyed(tmp_path, off_m), wait_s=1.0)
    return [one.found for one in found if one.name == "calibration as a whole"]


@pytest.mark.parametrize(
    ("off_m", "said"),
    [
        ({}, ["all 4 points lie off together, 0.50 m to 127°"]),
        ({1: (0.3, 0.0, 0.0)}, ["3 of 4 points lie off together, 0.50 m to 127°"]),
        ({0: (0.3, 0.0, 0.0), 2: (-0.4, 0.3, 0.0)}, []),
        (dict.fromkeys(range(4), (1_000.0, 0.0, 0.0)), ["all 4 points lie off together, 1000.40 m to 090°"]),
        (dict.fromkeys(range(4), (-0.4, 0.3, 0.0)), []),
    ],
)
def test_points_that_all_lie_off_alike_are_told_with_how_far_and_where_to(
    tmp_path: Path, off_m: dict[int, tuple[float, float, float]], said: list[str]
):
    assert lying_off(tmp_path, off_m) == said


def test_devices_whose_clocks_differ_from_those_of_their_source_are_named(tmp_path: Path):
    def sent(device: str, off_s: float) -> bytes:
        told = lines(10.0, 10.0, time.time_ns() + round(off_s * 1e9), 2)
        return b"".join(tag_block(device) + line + b"\n" for line in told.splitlines())

    server = socket.create_server(("127.0.0.1", 0))

    def serve() -> None:
        peer, _ = server.accept()
        with peer, contextlib.suppress(OSError):
            for _ in range(20):
                peer.sendall(b"".join(sent(f"TT-0{k}", 30.0 if k == 3 else 0.0) for k in range(1, 5)))
                time.sleep(0.05)

    threading.Thread(target=serve, daemon=True).start()
    found = check_sources(YARD, specs=[f"tcp://127.0.0.1:{server.getsockname()[1]}"], wait_s=1.0)
    server.close()

    (clock,) = (one for one in found if one.name.startswith("clock "))
    assert clock.mark is Mark.WRONG
    assert re.search(
        r"^0\.\d{3} s (behind|ahead of) it; but TT-03 (29|30)\.\d{3} s ahead of it$", clock.found
    )
