"""VDA 5050 state messages of automated vehicles.

Notes
-----
VDA 5050 version 2: topic ``state`` (and ``visualization``, which has the same position; it lists no errors,
so it tells nothing of the vehicle's health). Positions are in the map of the vehicle's maker; a source names
where that map lies (:class:`MapFrame`).
"""

import datetime
import math
from collections.abc import Mapping
from typing import Annotated, Any

import msgspec
from msgspec import Meta

from sensors.telemetry import NAME_TOO_LONG, NOBODY, Decoded, checked, fitting, told

_Metres = Annotated[float, Meta(ge=-1e6, le=1e6)]


class MapFrame(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """Where a vehicle's map lies: its origin, and the bearing of its y axis [deg from north, clockwise]."""

    lon_deg: Annotated[float, Meta(ge=-180, le=180)]
    lat_deg: Annotated[float, Meta(ge=-85, le=85)]
    bearing_deg: Annotated[float, Meta(ge=-360, le=360)] = 0.0

    def geodetic(self, x_m: float, y_m: float) -> tuple[float, float]:
        """Give longitude and latitude [deg] of a point of the map.

        Notes
        -----
        In the plane that touches the ellipsoid (GRS 80) at the origin; good to 1 cm within 1 km.
        """
        turn = math.radians(self.bearing_deg)
        east = x_m * math.cos(turn) + y_m * math.sin(turn)
        north = y_m * math.cos(turn) - x_m * math.sin(turn)
        lat = math.radians(self.lat_deg)
        squeeze = 0.00669438002290
        bend = 1 - squeeze * math.sin(lat) ** 2
        across, along = 6_378_137.0 / math.sqrt(bend), 6_378_137.0 * (1 - squeeze) / bend**1.5
        lat_deg = self.lat_deg + math.degrees(north / along - east**2 * math.tan(lat) / (2 * across * along))
        lon_deg = self.lon_deg + math.degrees(
            east / (across * math.cos(lat)) * (1 + north * math.tan(lat) / along)
        )
        return lon_deg, lat_deg


class _Position(msgspec.Struct, frozen=True, rename="camel"):
    x: _Metres
    y: _Metres
    theta: Annotated[float, Meta(ge=-7, le=7)]
    position_initialized: bool = True
    deviation_range: Annotated[float, Meta(ge=0, le=1e6)] | None = None


class _Velocity(msgspec.Struct, frozen=True):
    vx: Annotated[float, Meta(ge=-100, le=100)] = 0.0
    vy: Annotated[float, Meta(ge=-100, le=100)] = 0.0


class _Error(msgspec.Struct, frozen=True, rename="camel"):
    error_type: Annotated[str, Meta(max_length=1000)] = ""
    error_level: Annotated[str, Meta(max_length=40)] = ""


class _State(msgspec.Struct, frozen=True, rename="camel"):
    header_id: int
    timestamp: Annotated[str, Meta(max_length=40)]
    serial_number: Annotated[str, Meta(min_length=1, max_length=200)]
    agv_position: _Position | None = None
    velocity: _Velocity | None = None
    errors: list[_Error] | None = None


_DECODER = msgspec.json.Decoder(_State)


def looks_like(line: bytes) -> bool:
    """Tell whether a JSON line is a VDA 5050 message."""
    return b'"headerId"' in line and b'"serialNumber"' in line


def instant_ns(text: str) -> int | None:
    """Give the instant [ns UTC] of an ISO 8601 time with an offset or Z; None where it is none."""
    try:
        when = datetime.datetime.fromisoformat(text)
    except ValueError:
        return None
    if when.tzinfo is None or when.year < 1971:
        return None
    whole = when.replace(microsecond=0)
    return round(whole.timestamp()) * 1_000_000_000 + when.microsecond * 1_000


def decode(line: bytes, frame: MapFrame | None, machines: Mapping[str, str] = NOBODY) -> list[Decoded] | str:
    """Read one state message.

    Parameters
    ----------
    line : bytes
    frame : MapFrame or None
        Where the vehicle's map lies; without it, positions are left out.
    machines : mapping
        The machine of a device whose own name is too long for the yard.

    Returns
    -------
    list
        A position where the vehicle knows it and the map is placed, and its health where it lists its errors.
    str
        Why it is refused.
    """
    try:
        state = _DECODER.decode(line)
    except msgspec.ValidationError as error:
        return f"VDA 5050: {told(str(error))}"
    except (msgspec.MsgspecError, RecursionError, UnicodeDecodeError):
        return "VDA 5050: no valid JSON object"
    t_ns = instant_ns(state.timestamp)
    if t_ns is None:
        return "VDA 5050: timestamp: expected ISO 8601 in UTC"
    device = fitting(state.serial_number, machines)
    if not device:
        return NAME_TOO_LONG
    common: dict[str, object] = {"device": device, "t_ns": t_ns}
    found = [_health(state.errors, common)] if state.errors is not None else []
    if state.agv_position is not None and state.agv_position.position_initialized and frame is not None:
        found.insert(0, _position(state, frame, common))
    out: list[Decoded] = []
    for message in map(checked, found):
        if isinstance(message, str):
            return f"VDA 5050: {message}"
        out.append(message)
    return out


def _health(errors: list[_Error], common: dict[str, object]) -> dict[str, object]:
    fatal = [error for error in errors if error.error_level == "FATAL"]
    worst = (fatal or errors or [_Error()])[0]
    return common | {"type": "health", "healthy": not fatal, "fault": worst.error_type[:80]}


def _position(state: _State, frame: MapFrame, common: dict[str, object]) -> dict[str, Any]:
    where = state.agv_position
    assert where is not None
    lon_deg, lat_deg = frame.geodetic(where.x, where.y)
    # The map's x axis points a quarter turn clockwise of its y axis; theta is counter-clockwise from x.
    heading_deg = (frame.bearing_deg + 90.0 - math.degrees(where.theta)) % 360.0
    out = common | {"type": "position", "lon_deg": lon_deg, "lat_deg": lat_deg, "heading_deg": heading_deg}
    if where.deviation_range is not None:
        out["sigma_m"] = where.deviation_range
    if state.velocity is not None:
        out["speed_mps"] = math.hypot(state.velocity.vx, state.velocity.vy)
        way = math.degrees(math.atan2(state.velocity.vy, state.velocity.vx))
        if out["speed_mps"]:
            out["course_deg"] = (heading_deg - way) % 360.0
    return out
