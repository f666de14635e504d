"""What the doctor finds of the machines that a file of sources names."""

import json
from pathlib import Path

from test_checkup import MACHINE, YARD, config, lines

from ui.checkup import check_sources
from ui.findings import Mark


def test_a_machine_that_the_file_names_and_nobody_hears_is_told_by_name(tmp_path: Path):
    more = MACHINE + 'other = { machine = "TT-09", kind = "terminal_tractor" }\n'
    (tmp_path / "walk.nmea").write_bytes(lines(10.0, 10.0, 1_790_000_000_000_000_000))
    file = config(tmp_path, f'[[source]]\nname = "walk"\naddress = "file:walk.nmea"\n{more}')
    found = [one for one in check_sources(YARD, config=file, wait_s=0.5) if "TT-09" in one.name]

    assert [(one.name, one.mark) for one in found] == [("place walk, TT-09", Mark.NOTE)]


def test_a_machine_whose_positions_are_refused_beside_others_is_wrong(tmp_path: Path):
    more = MACHINE + '"AGV-03" = { machine = "AGV-03", kind = "agv" }\n'
    state = {
        "headerId": 1, "timestamp": "2026-11-24T09:54:08.10Z", "version": "2.0.0", "manufacturer": "K",
        "serialNumber": "AGV-03", "agvPosition": {
            "x": 1.0, "y": 1.0, "theta": 0.0, "mapId": "nowhere", "positionInitialized": True,
        },
    }  # fmt: skip
    said = lines(10.0, 10.0, 1_790_000_000_000_000_000) + json.dumps(state).encode() + b"\r\n"
    (tmp_path / "walk.nmea").write_bytes(said)
    file = config(tmp_path, f'[[source]]\nname = "walk"\naddress = "file:walk.nmea"\n{more}')
    (found,) = (one for one in check_sources(YARD, config=file, wait_s=0.5) if "AGV-03" in one.name)

    assert found.mark is Mark.WRONG
    assert "position in a map that its source does not place" in found.found
