"""What crane time costs in energy and carbon, each factor with its source.

A diesel machine's kilowatt-hours are those of the fuel burnt, an electric one's those taken from the
grid; so sums over both compare carbon better than energy. Carbon is CO2 of combustion or of the grid;
methane, nitrous oxide and the making of machines and fuel are left out.
"""

from dataclasses import dataclass

from twin.yard.model import BlockKind

DIESEL_KWH_PER_L = 9.96
"""Energy of a litre of diesel [kWh]: 43.0 MJ/kg (IPCC 2006, volume 2, table 1.2) at 0.834 kg/L."""
DIESEL_CO2_KG_PER_L = 2.66
"""CO2 of a litre of diesel [kg]: 74.1 kg/GJ (IPCC 2006, volume 2, table 1.4) of the energy above."""
GRID_CO2_KG_PER_KWH = 0.5366
"""CO2 of a kilowatt-hour of the Chinese grid [kg]: the national average of 2022, published by the Ministry
of Ecology and Environment on 2024-12-26."""


@dataclass(frozen=True, slots=True)
class Drive:
    """What a machine at work takes: ``power_kw`` of fuel or grid energy, ``co2_kg_per_kwh`` of it."""

    power_kw: float
    co2_kg_per_kwh: float
    source: str


def _diesel(litres_per_hour: float, source: str) -> Drive:
    return Drive(
        litres_per_hour * DIESEL_KWH_PER_L,
        DIESEL_CO2_KG_PER_L / DIESEL_KWH_PER_L,
        source,
    )


_REACH_STACKER = _diesel(18.0, "reach stacker 18 L/h (Kalmar, 2020)")
DRIVES: dict[BlockKind, Drive] = {
    BlockKind.RTG: _diesel(15.1, "diesel RTG 4 US gal/h (Georgia Ports Authority, 2009)"),
    BlockKind.RMG: Drive(
        15.0 * 11.3,
        GRID_CO2_KG_PER_KWH,
        "electric RMG 15 kWh a box (OpenTISim) at 11.3 boxes/h (TU Delft 2007.TEL.7168)",
    ),
    BlockKind.REACH_STACKER: _REACH_STACKER,
    BlockKind.STRADDLE: _diesel(10.0, "hybrid shuttle carrier 10 L/h (Port of Virginia, 2016)"),
    # None found for empty handlers by the hour; theirs is lighter work, so this is an upper bound.
    BlockKind.EMPTIES: _REACH_STACKER,
}
"""What serves a block, by the block's kind."""


def energy_of(kind: BlockKind, crane_s: float) -> tuple[float, float]:
    """Give energy [kWh] and CO2 [kg] of so much time at work of the machine that serves a block.

    Parameters
    ----------
    kind : BlockKind
    crane_s : float
        Time at work [s]; below 0 for time saved.
    """
    drive = DRIVES[kind]
    kwh = drive.power_kw * crane_s / 3600.0
    return kwh, kwh * drive.co2_kg_per_kwh
