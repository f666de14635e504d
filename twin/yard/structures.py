"""The fixed structures of a yard, and how tables of encounters name them beside its ground slots."""

from twin.yard.model import Yard, Zone, ZoneKind

FIRST = -2
"""The number of the first structure where ground slots are numbered from 0, and -1 is none; the next -3."""


def buildings_of(yard: Yard) -> tuple[Zone, ...]:
    """Give the buildings of a yard, in the order of its zones."""
    return tuple(zone for zone in yard.zones if zone.kind is ZoneKind.BUILDING)


def structure_name(yard: Yard, number: int) -> str:
    """Name a structure by its number, ``FIRST`` or below; empty where the yard has none of it any more."""
    buildings = buildings_of(yard)
    return buildings[FIRST - number].name if 0 <= FIRST - number < len(buildings) else ""
