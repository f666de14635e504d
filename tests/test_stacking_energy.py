import pytest

from twin.stacking.energy import DRIVES, energy_of
from twin.yard.model import BlockKind


def test_every_kind_of_block_has_a_drive_with_its_source() -> None:
    assert DRIVES.keys() == set(BlockKind)
    assert all(drive.source for drive in DRIVES.values())


def test_an_hour_of_an_rtg_burns_fifteen_litres() -> None:
    kwh, co2_kg = energy_of(BlockKind.RTG, 3600.0)

    assert kwh == pytest.approx(15.1 * 9.96)
    assert co2_kg == pytest.approx(15.1 * 2.66)


def test_time_saved_is_energy_saved() -> None:
    spent, saved = energy_of(BlockKind.RMG, 120.0), energy_of(BlockKind.RMG, -120.0)

    assert [-x for x in saved] == pytest.approx(list(spent))
