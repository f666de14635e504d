"""VDA 5050 state messages of automated vehicles.

Notes
-----
VDA 5050 versions 1.1 to 3.0: topic ``state`` (and ``visualization``, which has the same position; it lists
no errors, so it tells nothing of the vehicle's health). Version 3 calls ``agvPosition`` by the name of
``mobileRobotPosition``, ``positionInitialized`` by ``localized``, and ``eStop`` by ``activeEmergencyStop``.
Positions are in a map of the vehicle's maker, named by ``mapId``; a source names where each map lies
(:class:`MapFrame`), and they are of the vehicle's own point of reference, not of an antenna.
"""

import datetime
import math
from collections.abc import Mapping
from types import MappingProxyType
from typing import Annotated, Any

import msgspec
from msgspec import Meta

from sensors.telemetry import NAME_TOO_LONG, NOBODY, Decoded, checked, fitting, told

NOT_PLACED = "VDA 5050: position in a map that its source does not place"
NOT_LOCALIZED = "VDA 5050: position of a vehicle that does not know where it is"
FIELD_VIOLATED = "protective field violated"

_NO_STOP = "NONE"
_UNFIT = ("FATAL", "CRITICAL")
"""Levels of errors with which a vehicle cannot go on with its order (VDA 5050 3.0, schema of ``state``)."""

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


NO_MAPS: Mapping[str, MapFrame] = MappingProxyType({})


class _Position(msgspec.Struct, frozen=True, rename="camel"):
    x: _Metres
    y: _Metres
    theta: Annotated[float, Meta(ge=-7, le=7)]
    map_id: Annotated[str, Meta(max_length=1000)] = ""
    position_initialized: bool = True
    localized: bool = True
    deviation_range: Annotated[float, Meta(ge=0, le=1e6)] | None = None


class _Velocity(msgspec.Struct, frozen=True):
    vx: Annotated[float, Meta(ge=-100, le=100)] = 0.0
    vy: Annotated[float, Meta(ge=-100, le=100)] = 0.0


class _Error(msgspec.Struct, frozen=True, rename="camel"):
    error_type: Annotated[str, Meta(max_length=1000)] = ""
    error_level: Annotated[str, Meta(max_length=40)] = ""


class _Safety(msgspec.Struct, frozen=True, rename="camel"):
    e_stop: Annotated[str, Meta(max_length=40)] = _NO_STOP
    active_emergency_stop: Annotated[str, Meta(max_length=40)] = _NO_STOP
    field_violation: bool = False

    @property
    def stop(self) -> str:
        """Kind of the emergency stop that is active; empty where none is."""
        kinds = (self.active_emergency_stop, self.e_stop)
        return next((kind for kind in kinds if kind.upper() not in (_NO_STOP, "")), "")


class _State(msgspec.Struct, frozen=True, rename="camel"):
    header_id: int
    timestamp: Annotated[str, Meta(max_length=40)]
    serial_number: Annotated[str, Meta(min_length=1, max_length=200)]
    agv_position: _Position | None = None
    mobile_robot_position: _Position | None = None
    velocity: _Velocity | None = None
    errors: list[_Error] | None = None
    safety_state: _Safety | None = None

    @property
    def position(self) -> _Position | None:
        """Where the vehicle says that it is."""
        return self.mobile_robot_position or self.agv_position


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


def decode(
    line: bytes,
    frame: MapFrame | None,
    machines: Mapping[str, str] = NOBODY,
    maps: Mapping[str, MapFrame] = NO_MAPS,
) -> list[Decoded | str] | str:
    """Read one state message.

    Parameters
    ----------
    line : bytes
    frame : MapFrame or None
        Where a map lies that is not in ``maps``, whatever its name; without it, positions in such a map are
        left out.
    machines : mapping
        The machine of a device whose own name is too long for the yard.
    maps : mapping
        Where maps lie, by their ``mapId``.

    Returns
    -------
    list
        A position where the vehicle knows it and the map is placed, and its health where it lists its errors
        or stands in an emergency stop; a text is why its position was left out.
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
    out: list[Decoded | str] = []
    found = []
    if (where := state.position) is not None:
        place = maps.get(where.map_id, frame)
        if not (where.position_initialized and where.localized):
            out.append(NOT_LOCALIZED)
        elif place is None:
            out.append(NOT_PLACED)
        else:
            found.append(_position(where, state.velocity, place, common))
    safety = state.safety_state or _Safety()
    if state.errors is not None or safety.stop:
        found.append(_health(state.errors or [], safety, common))
    for message in map(checked, found):
        if isinstance(message, str):
            return f"VDA 5050: {message}"
        out.append(message)
    return out


def _health(errors: list[_Error], safety: _Safety, common: dict[str, object]) -> dict[str, object]:
    """Give how a vehicle is; a violated field stops it, but it is fit once the field is free."""
    unfit = [error.error_type for level in _UNFIT for error in errors if error.error_level == level]
    stop = [f"emergency stop {safety.stop}"] if safety.stop else []
    field = [FIELD_VIOLATED] if safety.field_violation else []
    fault = next(filter(None, (*stop, *unfit, *field, *(error.error_type for error in errors))), "")
    return common | {"type": "health", "healthy": not (stop or unfit), "fault": fault[:80]}


def _position(
    where: _Position, velocity: _Velocity | None, frame: MapFrame, common: dict[str, object]
) -> dict[str, Any]:
    lon_deg, lat_deg = frame.geodetic(where.x, where.y)
    # The map's x axis points a quarter turn clockwise of its y axis; theta is counter-clockwise from x.
    heading_deg = (frame.bearing_deg + 90.0 - math.degrees(where.theta)) % 360.0
    out = common | {"type": "position", "point": "machine", "heading_deg": heading_deg}
    out |= {"lon_deg": lon_deg, "lat_deg": lat_deg}
    if where.deviation_range is not None:
        out["sigma_m"] = where.deviation_range
    if velocity is not None:
        out["speed_mps"] = math.hypot(velocity.vx, velocity.vy)
        way = math.degrees(math.atan2(velocity.vy, velocity.vx))
        if out["speed_mps"]:
            out["course_deg"] = (heading_deg - way) % 360.0
    return out
