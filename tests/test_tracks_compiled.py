"""The compiled filter and the same functions in plain Python give the same numbers, bit for bit."""

import hashlib
import os
import subprocess
import sys
from pathlib import Path

import numpy as np

from benchmarks.yard_noise import NS, Vehicles
from twin import codec
from twin.fleet import roster, tracking

ROOT = Path(__file__).parent.parent
LIVES = {
    "wheels and headings": ("terminal_tractor", True, True, 250),
    "fixes and headings": ("external_truck", False, True, 120),
    "fixes alone": ("reach_stacker", False, False, 120),
    "wheels without a gyro": ("terminal_tractor", True, False, 200, False),
    "on rails": ("rtg", True, False, 120),
}


def lived(kind, wheels, heading, steps, gyro=True):
    """Give the bytes of tracks that saw good fixes, wrong ones, jumps, silence and late packets."""
    n = 3
    vehicles = Vehicles(n, 9, kind=kind, wheels=wheels, heading=heading)
    fleet, tracks = roster.enlist(
        roster.empty_fleet(), roster.no_tracks(), ["A", "B", "C"], vehicles.kind.tolist(), [-1] * n
    )
    rail, held = np.array([0.3, np.nan, np.nan]), []
    for step in range(steps):
        now = vehicles.next()
        said = now.said.take(~((now.said.row == 2) & (step % 60 >= 40)))
        if not gyro:
            said = said.with_columns(gyro_rps=np.full(len(said), np.nan))
        if step > 70 and len(said):
            said = said.with_columns(x_m=said.x_m + np.where(said.row == 1, 6.0, 0.0))
        if step % 20 == 3:
            held.append(said)
            continue
        tracks, _ = tracking.take(fleet, tracks, said, t_ns=now.t_ns, rail_heading_rad=rail)
        if held and step % 20 == 15:
            tracks, _ = tracking.take(fleet, tracks, held.pop(), t_ns=now.t_ns, rail_heading_rad=rail)
        tracks = tracking.at(fleet, tracks, now.t_ns + NS // 20)
    assert np.isfinite(tracks.x_m).all()
    return codec.encode(tracks)


def digests():
    return " ".join(hashlib.sha256(lived(*life)).hexdigest() for life in LIVES.values())


def test_without_the_compiler_the_tracks_are_the_same_bit_for_bit():
    environment = {**os.environ, "YARD_TWIN_COMPILER": "0"}
    code = "import sys; sys.path[:0] = ['.', 'tests']; import test_tracks_compiled as t; print(t.digests())"
    done = subprocess.run(
        [sys.executable, "-c", code], cwd=ROOT, env=environment, capture_output=True, text=True, check=True
    )
    assert done.stdout.split() == digests().split()
