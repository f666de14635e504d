"""Units of measurements in other words than ours, brought to those of our messages."""

import math

METRE = {
    "meter": 1.0, "metre": 1.0, "m": 1.0, "millimeter": 0.001, "millimetre": 0.001, "mm": 0.001,
    "centimeter": 0.01, "centimetre": 0.01, "cm": 0.01, "decimeter": 0.1, "dm": 0.1, "inch": 0.0254,
    "inche": 0.0254, "in": 0.0254, "foot": 0.3048, "feet": 0.3048, "ft": 0.3048,
}  # fmt: skip
FOOT = {unit: metres / METRE["foot"] for unit, metres in METRE.items()}
KILOGRAM = {
    "kilogram": 1.0, "kg": 1.0, "gram": 0.001, "g": 0.001, "tonne": 1000.0, "ton": 1000.0, "t": 1000.0,
    "metricton": 1000.0, "metrictonne": 1000.0, "pound": 0.45359237, "lb": 0.45359237,
}  # fmt: skip
METRE_A_SECOND = {
    "meterpersecond": 1.0, "metrepersecond": 1.0, "m/s": 1.0, "mps": 1.0, "kilometerperhour": 1 / 3.6,
    "kilometreperhour": 1 / 3.6, "kmh": 1 / 3.6, "kph": 1 / 3.6, "km/h": 1 / 3.6, "meterperminute": 1 / 60,
    "metreperminute": 1 / 60, "m/min": 1 / 60, "knot": 1852 / 3600, "kn": 1852 / 3600, "kt": 1852 / 3600,
    "mileperhour": 0.44704, "mph": 0.44704, "footpersecond": 0.3048, "ft/s": 0.3048,
}  # fmt: skip
DEGREE = {"degree": 1.0, "deg": 1.0, "°": 1.0, "radian": 180 / math.pi, "rad": 180 / math.pi}
RADIAN_A_SECOND = {
    "radianpersecond": 1.0, "rad/s": 1.0, "degreepersecond": math.pi / 180, "deg/s": math.pi / 180,
    "°/s": math.pi / 180,
}  # fmt: skip
CELSIUS = {"celsius": 1.0, "degreecelsius": 1.0, "degc": 1.0, "°c": 1.0, "c": 1.0}
FAHRENHEIT = {"fahrenheit", "degreefahrenheit", "degf", "°f", "f"}
KELVIN = {"kelvin", "k"}
"""Names of a unit, in lower case, without blanks and the s of a plural -> what it is in ours.

The pound and the foot are those of 1959, the knot that of the first hydrographic conference of 1929.
"""

_MOST = 1e15
_NONE = {"", "none", "na", "n/a", "null"}
_BY_END = {
    "_m": METRE, "_mps": METRE_A_SECOND, "_kg": KILOGRAM, "_ft": FOOT, "_deg": DEGREE,
    "_rps": RADIAN_A_SECOND, "_c": CELSIUS,
}  # fmt: skip


def converted(column: str, value: float, unit: str) -> float | None:
    """Give a value in the unit that a field of our messages has.

    Parameters
    ----------
    column : str
        The field, as ``hoist_m``; what follows its last underscore is its unit.
    value : float
    unit : str
        What its sender says it is in; empty: in ours.

    Returns
    -------
    float or None
        None where the unit is not known, or measures something else. A number beyond what any message
        holds stays as it is. A length in feet is a name, as 20 of what is 6.058 m long: a whole number.
    """
    ours = _measured(column, value, unit)
    return round(ours) if ours is not None and column.endswith("_ft") else ours


def _measured(column: str, value: float, unit: str) -> float | None:
    """Give a value as it was measured in the unit of a field; None where its unit is none for that."""
    plain = unit.lower().replace(" ", "").replace("_", "").replace("degrees", "degree")
    if plain in _NONE or abs(value) > _MOST:
        return value
    known = _BY_END.get(column[column.rfind("_") :])
    if known is None:
        return value
    factor = known.get(plain) or known.get(_singular(plain))
    if factor is not None:
        return value * factor
    if known is CELSIUS and plain in FAHRENHEIT:
        return (value - 32.0) / 1.8
    return value - 273.15 if known is CELSIUS and plain in KELVIN else None


def _singular(unit: str) -> str:
    """Give a unit's name without the s of a plural: metersPerSecond, degrees."""
    first, per, rest = unit.partition("per")
    first = "foot" if first == "feet" and per else first
    return first.removesuffix("s") + per + rest
