"""Telemetry and events: one JSON object a line, each with its ``"type"``.

Objects are strict: unknown types, unknown fields, wrong types, NaN and infinity are refused.
Instants are integers, nanoseconds UTC since 1970. README.md describes every message.
"""

import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from types import MappingProxyType
from typing import Annotated, Literal

import msgspec
from msgspec import Meta

from sensors.lines import MAX_NAME_BYTES
from twin.fleet.kinds import KIND_NAMES
from twin.inputs import (
    BoxAnnouncement,
    BoxRead,
    Event,
    GateEvent,
    GateRead,
    HealthReport,
    MachineNotice,
    OrderReport,
    PickUpAnnouncement,
    ReeferReading,
    Reject,
    WindReading,
)
from twin.stock.table import LINES, BoxNotice

Instant = Annotated[int, Meta(ge=0, le=2**62)]
Name = Annotated[str, Meta(pattern=r"^[ -~]{1,16}$")]
Number = Annotated[str, Meta(pattern=r"^[A-Z]{4}[0-9]{7}$")]
Place = Annotated[str, Meta(max_length=40)]
Point = Literal["antenna", "machine"]
"""Of what a position is: of the receiver's antenna, or of the machine's own point of reference."""


class _Message(msgspec.Struct, frozen=True, forbid_unknown_fields=True, omit_defaults=True, tag_field="type"):
    """What every message has: who sent it, and when it was measured."""

    device: Name
    t_ns: Instant


class CraneReading(_Message, frozen=True, tag="crane"):
    """Crane and spreader as the PLC sees them; a value that is not known is left out."""

    trolley_m: Annotated[float, Meta(ge=-200, le=200)] | None = None
    hoist_m: Annotated[float, Meta(ge=-50, le=100)] | None = None
    load_kg: Annotated[float, Meta(ge=-10_000, le=200_000)] | None = None
    locked: bool | None = None
    length_ft: Literal[20, 40, 45] | None = None
    lon_deg: Annotated[float, Meta(ge=-180, le=180)] | None = None
    lat_deg: Annotated[float, Meta(ge=-90, le=90)] | None = None
    heading_deg: Annotated[float, Meta(ge=0, le=360)] | None = None
    point: Point = "antenna"


class Motion(_Message, frozen=True, tag="motion"):
    """What a machine's wheels and gyro say; a value that is not known is left out."""

    odometer_mps: Annotated[float, Meta(ge=-100, le=100)] | None = None
    gyro_rps: Annotated[float, Meta(ge=-20, le=20)] | None = None


class Box(msgspec.Struct, frozen=True, forbid_unknown_fields=True, omit_defaults=True):
    """A container inside a message; the fields of ``twin.stock.table.BoxNotice``."""

    number: Number
    type_code: Annotated[str, Meta(pattern=r"^[A-Z0-9]{4}$")]
    gross_kg: Annotated[float, Meta(ge=0, le=100_000)]
    empty: bool = False
    line: Annotated[int, Meta(ge=0, lt=len(LINES))] = 0
    flow: Annotated[int, Meta(ge=0, le=3)] = 0
    customs: Annotated[int, Meta(ge=0, le=4)] = 0
    setpoint_c: Annotated[float, Meta(ge=-100, le=100)] | None = None
    imdg: Annotated[str, Meta(pattern=r"^[0-9A-Z.]{0,4}$")] = ""
    departs_ns: Instant | None = None


class Gate(_Message, frozen=True, tag="gate"):
    """A truck at a gate's OCR portal."""

    gate: Place
    lane: Place
    event: GateEvent
    truck: Name
    box: Box | None = None
    pick_up: Annotated[str, Meta(pattern=r"^([A-Z]{4}[0-9]{7})?$")] = ""
    number: Annotated[str, Meta(pattern=r"^([A-Z]{4}[0-9]{7})?$")] = ""


class BoxNumber(_Message, frozen=True, tag="box_read"):
    """A camera read the number of the box under a spreader."""

    number: Number


class Machine(_Message, frozen=True, tag="machine"):
    """A machine says that it exists."""

    kind: Annotated[str, Meta(pattern=f"^({'|'.join(KIND_NAMES)})$")]
    block: Annotated[str, Meta(max_length=12)] = ""


class Announcement(_Message, frozen=True, tag="announce"):
    """A box that will come, or news of one that is here."""

    box: Box


class PickUp(_Message, frozen=True, tag="pick_up"):
    """A truck is announced for a box."""

    number: Number
    arrives_ns: Instant


class Wind(_Message, frozen=True, tag="wind"):
    """Wind at a mast; one without a vane leaves the direction out."""

    speed_mps: Annotated[float, Meta(ge=0, le=120)]
    gust_mps: Annotated[float, Meta(ge=0, le=120)]
    from_deg: Annotated[float, Meta(ge=0, le=360)] | None = None


class Position(_Message, frozen=True, tag="position"):
    """A position of a machine that sends no NMEA: geodetic, as its receiver or its own map gives it."""

    lon_deg: Annotated[float, Meta(ge=-180, le=180)]
    lat_deg: Annotated[float, Meta(ge=-90, le=90)]
    h_m: Annotated[float, Meta(ge=-1_000, le=20_000)] | None = None
    sigma_m: Annotated[float, Meta(ge=0, le=1e6)] | None = None
    speed_mps: Annotated[float, Meta(ge=0, le=1_000)] | None = None
    course_deg: Annotated[float, Meta(ge=0, le=360)] | None = None
    heading_deg: Annotated[float, Meta(ge=0, le=360)] | None = None
    quality: Annotated[int, Meta(ge=0, le=9)] = 1
    point: Point = "antenna"


class Health(_Message, frozen=True, tag="health"):
    """How a machine is."""

    healthy: bool | None = None
    fault: Annotated[str, Meta(max_length=80)] = ""


Celsius = Annotated[float, Meta(ge=-100, le=100)]


class Reefer(_Message, frozen=True, tag="reefer"):
    """What a reefer's controller measures."""

    number: Number
    supply_c: Celsius | None = None
    return_c: Celsius | None = None
    setpoint_c: Celsius | None = None
    ambient_c: Celsius | None = None
    powered: bool | None = None


class Order(_Message, frozen=True, tag="order"):
    """How a work order stands."""

    order: Annotated[int, Meta(ge=0, le=2**62)]
    state: Literal["started", "done", "refused"]
    reason: Annotated[str, Meta(max_length=200)] = ""


Message = (
    CraneReading
    | Motion
    | Position
    | Gate
    | BoxNumber
    | Machine
    | Announcement
    | PickUp
    | Wind
    | Health
    | Reefer
    | Order
)
Decoded = Event | CraneReading | Motion | Position


@dataclass(frozen=True, slots=True)
class MessageType:
    """A row of the table of messages: how it is written, and the event that it becomes."""

    struct: type[_Message]
    event: type[Event] | None


MESSAGES: dict[str, MessageType] = {
    "crane": MessageType(CraneReading, None),
    "motion": MessageType(Motion, None),
    "position": MessageType(Position, None),
    "gate": MessageType(Gate, GateRead),
    "box_read": MessageType(BoxNumber, BoxRead),
    "machine": MessageType(Machine, MachineNotice),
    "announce": MessageType(Announcement, BoxAnnouncement),
    "pick_up": MessageType(PickUp, PickUpAnnouncement),
    "wind": MessageType(Wind, WindReading),
    "health": MessageType(Health, HealthReport),
    "reefer": MessageType(Reefer, ReeferReading),
    "order": MessageType(Order, OrderReport),
}
"""Message type -> its row; :data:`Message` is the union of the same."""

_KIND_OF: dict[type, str] = {entry.event or entry.struct: name for name, entry in MESSAGES.items()}
_EVENT_OF = {entry.struct: entry.event for entry in MESSAGES.values() if entry.event is not None}
_STRUCT_OF = {event: struct for struct, event in _EVENT_OF.items()}
_ENCODER = msgspec.json.Encoder()
_DECODER = msgspec.json.Decoder(Message)


def kind_of(found: Decoded) -> str:
    """Give the type of message that something decoded came as."""
    return _KIND_OF[type(found)]


def encode_json(value: object) -> bytes:
    """Write a plain value as JSON, without a line end; NaN becomes null."""
    return _ENCODER.encode(value)


def encode_event(event: Event) -> bytes:
    """Write an event as one JSON line."""
    struct = _STRUCT_OF[type(event)]
    values = {name: getattr(event, name) for name in struct.__struct_fields__}
    box = values.get("box")
    if isinstance(box, BoxNotice):
        values["box"] = Box(**{name: getattr(box, name) for name in Box.__struct_fields__})
    return _ENCODER.encode(struct(**values)) + b"\n"


def encode_reading(
    device: str,
    t_ns: int,
    trolley_m: float | None = None,
    hoist_m: float | None = None,
    load_kg: float | None = None,
    locked: bool | None = None,
    length_ft: Literal[20, 40, 45] | None = None,
    where: tuple[float, float, float | None] | None = None,
) -> bytes:
    """Write a crane reading as one JSON line; None leaves a value out.

    ``where`` is longitude, latitude and heading [deg] of its machine at that instant.
    """
    lon_deg, lat_deg, heading_deg = where or (None, None, None)
    reading = CraneReading(
        device, t_ns, trolley_m, hoist_m, load_kg, locked, length_ft, lon_deg, lat_deg, heading_deg
    )
    return _ENCODER.encode(reading) + b"\n"


def encode_motion(device: str, t_ns: int, odometer_mps: float | None, gyro_rps: float | None) -> bytes:
    """Write a motion reading as one JSON line; None leaves a value out."""
    return _ENCODER.encode(Motion(device, t_ns, odometer_mps, gyro_rps)) + b"\n"


def decode(line: bytes, source: str = "") -> Decoded | Reject:
    """Read one JSON line.

    Parameters
    ----------
    line : bytes
        One object; its line end may be there.
    source : str
        Named in a :class:`Reject`.

    Returns
    -------
    Event, CraneReading, Motion, Position or Reject
        Nothing is raised. The wording of a reject never repeats what was sent, so reasons can be counted.
    """
    try:
        message = _DECODER.decode(line)
    except msgspec.ValidationError as error:
        return Reject(source, line[:120], told(str(error)))
    except (msgspec.DecodeError, RecursionError, UnicodeDecodeError):
        return Reject(source, line[:120], "no valid JSON object")
    return event_of(message)


def event_of(message: Message) -> Decoded:
    """Give the event that a message becomes; a reading or a position is one itself."""
    event = _EVENT_OF.get(type(message))
    if event is None:
        return message  # type: ignore[return-value]
    return _event(event, message)


def checked(values: dict[str, object]) -> Decoded | str:
    """Make a message of values as they would stand in JSON, or tell why it cannot be one."""
    try:
        return event_of(msgspec.convert(values, Message))
    except msgspec.ValidationError as error:
        return told(str(error))


def _event(event: Callable[..., Event], message: _Message) -> Event:
    values = {name: getattr(message, name) for name in message.__struct_fields__}
    box = values.get("box")
    if isinstance(box, Box):
        values["box"] = BoxNotice(**{name: getattr(box, name) for name in box.__struct_fields__})
    return event(**values)


NAME_TOO_LONG = (
    f"device name not of 1 to {MAX_NAME_BYTES} ASCII characters: name its machine under `machines`"
)
_FITS = re.compile(rf"[ -~]{{1,{MAX_NAME_BYTES}}}")
NOBODY: Mapping[str, str] = MappingProxyType({})


def fits(name: str) -> bool:
    """Tell whether a device's name may be a machine's."""
    return _FITS.fullmatch(name) is not None


def fitting(name: str, machines: Mapping[str, str] = NOBODY) -> str:
    """Give a device's name, or the machine's where it is none that fits the yard; empty where none is known.

    Notes
    -----
    No part of a long name will do: what differs in the rest would be taken for one device.
    """
    return name if fits(name) else machines.get(name, "")


_PLACES = re.compile(r"\[\d+\]")


def told(text: str) -> str:
    """Give msgspec's finding without the sender's own words in it."""
    text = _PLACES.sub("[...]", text)
    if "`$.device`" in text and "regex" in text:
        return f"message: device: expected 1 to {MAX_NAME_BYTES} ASCII characters"
    if text.startswith(("Expected", "Object missing required field")):
        return f"message: {text[0].lower()}{text[1:]}"
    if text.startswith("Object contains unknown field"):
        return "message: unknown field"
    if "`$.type`" in text:
        return "message: unknown type"
    return "message: value not allowed"
