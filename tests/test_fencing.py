"""A log from elsewhere, and an attack on a machine that does not exist, are told as such."""

import time
from pathlib import Path

import numpy as np
import pytest

from layouts import formats
from sensors.nmea import encode_gga
from twin.frames import YardFrame
from ui.composition import open_session
from ui.main import main
from ui.options import RunOptions, UsageError

S = 1_000_000_000


def log_at(folder: Path, lat: float, lon: float) -> Path:
    file = folder / "walk.nmea"
    t_ns = time.time_ns() // S * S
    lines = [encode_gga(t_ns + k * S // 10, lon, lat, 5.0, 10.0, 4, 20, 0.7) for k in range(30)]
    file.write_bytes(b"".join(lines))
    return file


def played(file: Path) -> str:
    spec = f"file:{file}?device=RS-09&kind=reach_stacker&speed=max"
    opened = open_session(RunOptions(layout="compact", sources=(spec,), record=False), inline=True)
    snapshot = opened.session.tick()
    snapshot = opened.session.tick()
    opened.session.close()
    return snapshot.sources[0].detail


def test_positions_of_another_place_are_told_with_how_many_and_where(tmp_path: Path, capsys) -> None:
    detail = played(log_at(tmp_path, 39.9, 116.39))

    assert "of 29 positions over 200 m outside the fence" in detail or "of 30 positions" in detail
    assert "39.90000,116.39000" in detail
    assert "outside the fence" in capsys.readouterr().err


def test_positions_in_the_yard_are_not_remarked_on(tmp_path: Path, capsys) -> None:
    frame = YardFrame.of(formats.sample("compact").georeference)
    lon, lat, _ = frame.geodetic_from_yard(np.array([[10.0, 10.0, 0.0]]))
    detail = played(log_at(tmp_path, float(lat[0]), float(lon[0])))

    assert "outside" not in detail
    assert capsys.readouterr().err == ""


def test_a_source_in_the_yard_is_not_blamed_for_positions_of_another(tmp_path: Path, capsys) -> None:
    frame = YardFrame.of(formats.sample("compact").georeference)
    lon, lat, _ = frame.geodetic_from_yard(np.array([[10.0, 10.0, 0.0]]))
    specs = []
    for name, place in (("HERE", (float(lat[0]), float(lon[0]))), ("THERE", (39.9, 116.39))):
        (tmp_path / name).mkdir()
        file = log_at(tmp_path / name, *place)
        specs.append(f"file:{file}?device={name}&kind=reach_stacker&speed=max")
    opened = open_session(RunOptions(layout="compact", sources=tuple(specs), record=False), inline=True)
    opened.session.tick()
    here, there = opened.session.tick().sources
    opened.session.close()

    assert "outside" not in here.detail
    assert "29 positions over 200 m outside" in there.detail or "30 positions over" in there.detail
    assert capsys.readouterr().err == ""


def test_a_target_that_the_yard_does_not_have_is_refused_with_one_of_each_kind_that_it_has() -> None:
    options = RunOptions(layout="compact", faults=("jump_m=5", "target=NOBODY"), record=False)
    with pytest.raises(
        UsageError, match=r"fault target: .*, found 'NOBODY'; there are .*RTG-01, .* and others"
    ):
        open_session(options, inline=True)


def test_the_command_ends_with_two_where_the_target_is_unknown(capsys) -> None:
    words = ["run", "--headless", "--layout", "compact", "--no-journal", "--duration", "1"]
    assert main([*words, "--fault", "frozen", "--fault", "target=NOBODY"]) == 2
    assert "fault target" in capsys.readouterr().err
