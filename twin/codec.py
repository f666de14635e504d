"""States and decisions to bytes and back: msgpack with named records, never anything executable.

A record is a map of one entry, its name to the array of its fields; only the classes listed here
can be named, so a hostile file can at worst be refused. Arrays travel as an extension: dtype,
shape, bytes.
"""

import dataclasses
from collections.abc import Callable
from enum import Enum
from functools import cache
from typing import Any

import msgspec
import numpy as np

from twin import decisions, flooding, inputs, packing, state
from twin.errors import TwinError
from twin.fleet.epochs import Epochs
from twin.fleet.memory import Beliefs, Memory
from twin.fleet.readings import Locks
from twin.fleet.reception import Reception
from twin.fleet.table import Fleet, Tracks
from twin.safety.encounters import Encounters
from twin.safety.levels import Limit
from twin.safety.log import AlarmLog
from twin.safety.near_misses import NearMisses
from twin.safety.table import Alarms, Conflicts, Pending
from twin.stacking import suggestion
from twin.stock.reefers import Reefers
from twin.stock.rules import Conditions
from twin.stock.table import BoxNotice, Stock
from twin.stock.violations import Violations
from twin.waiting import Waiting
from twin.yard import model
from twin.yard.slots import SlotAddress, slots_of


class CodecError(TwinError):
    """Bytes that hold no state or decision of this program."""


_ARRAY = 1
_ENUM = 3

_CLASSES: tuple[type, ...] = (
    model.Georeference, model.Block, model.Lane, model.Gate, model.Zone, model.Quay, model.BaseStation,
    model.Yard, SlotAddress, BoxNotice, Stock, Fleet, Tracks, Memory, Beliefs, Epochs, Reception, Alarms,
    Conflicts, Encounters, Limit, AlarmLog, NearMisses, Pending,
    suggestion.Term, suggestion.Move, suggestion.Alternative, suggestion.Suggestion, suggestion.WorkOrder,
    suggestion.Saving, suggestion.Promise, suggestion.Outcome,
    suggestion.Accept, suggestion.Refuse, suggestion.Modify, suggestion.Offer,
    decisions.Acknowledge, decisions.PublishLayout, decisions.Shelve, decisions.Unshelve,
    decisions.SetLimit, decisions.SetService, decisions.SetClosed,
    decisions.ForecastWind, decisions.Settle, decisions.Reopen, decisions.Verdict, Conditions, Violations,
    state.Weather, state.PickUp, state.Arrival, state.Discrepancy, state.Whereabouts,
    state.Settlement, state.Counts,
    state.Reported, state.State, packing.Patch, inputs.RawChunk, inputs.CraneReadings, inputs.GateRead,
    inputs.BoxRead,
    inputs.MachineNotice, inputs.BoxAnnouncement, inputs.PickUpAnnouncement, inputs.WindReading,
    inputs.OrderReport, inputs.HealthReport, inputs.ReeferReading, inputs.Unfollowed, inputs.Fixes,
    inputs.MotionReadings, Waiting, Locks, Reefers, flooding.Flooding, flooding.Sender,
)  # fmt: skip
_ENUMS: tuple[type[Enum], ...] = (
    model.BlockKind, model.Side, model.LaneKind, model.ZoneKind, suggestion.SuggestionKind,
    suggestion.SuggestionStatus, suggestion.OrderStatus, decisions.Remedy, inputs.GateEvent,
)  # fmt: skip
_BY_NAME: dict[str, type] = {cls.__name__: cls for cls in (*_CLASSES, *_ENUMS)}
_DERIVED = frozenset({"slots", "lookout"})
_DTYPES = frozenset("bifSU")


def encode(value: Any) -> bytes:
    """Give the bytes of a state, a decision, a chunk, or a tuple of them.

    Raises
    ------
    CodecError
        Where something in it is of a class that is not listed here.
    """
    return msgspec.msgpack.encode(_plain(value))


class Encoder:
    """Gives the bytes that :func:`encode` does, state after state; a yard that stays is written once.

    A yard's roads are tens of thousands of numbers in tuples: most of the work, while nobody changes them.
    """

    def __init__(self) -> None:
        self._yard: model.Yard | None = None
        self._written = msgspec.Raw()

    def encode(self, value: Any) -> bytes:
        """Give the bytes of a value: see :func:`encode`."""
        return msgspec.msgpack.encode(_plain(value, self._yard_of))

    def _yard_of(self, yard: model.Yard) -> msgspec.Raw:
        if yard is not self._yard:
            self._yard, self._written = yard, msgspec.Raw(encode(yard))
        return self._written


def decode(data: bytes) -> Any:
    """Give back what :func:`encode` was given; slots are laid out again from the yard.

    Raises
    ------
    CodecError
        Where the bytes are cut, damaged or name a class that is not listed here.
    """
    try:
        return _built(msgspec.msgpack.decode(data, ext_hook=_from_extension))
    except CodecError:
        raise
    except (msgspec.MsgspecError, TwinError, ValueError, TypeError, KeyError, RecursionError) as error:
        raise CodecError(f"record: expected one of this program, found a damaged one: {error}") from error


def start_of(data: bytes) -> tuple[int, model.Yard, Stock, Conditions]:
    """Give what the first state of a run was made of, whatever version its other tables are of.

    Parameters
    ----------
    data : bytes
        Of a tuple that begins with a state before its first tick.

    Returns
    -------
    t_ns, yard, stock, conditions
        As :func:`twin.engine.initial_state` takes them.

    Raises
    ------
    CodecError
        Where it is a later state, or these are of another version themselves.
    """
    try:
        record, *_ = msgspec.msgpack.decode(data, ext_hook=_from_extension)
        t_ns, tick, *fields = record["State"]
        tables = {name: field for field in fields if isinstance(field, dict) for name in field}
        yard, stock, conditions = (_built(tables[name]) for name in ("Yard", "Stock", "Conditions"))
    except CodecError:
        raise
    except (msgspec.MsgspecError, TwinError, ValueError, TypeError, KeyError, RecursionError) as error:
        raise CodecError(f"record: expected the first state of a run, found another: {error}") from error
    if tick != 0 or not isinstance(t_ns, int):
        raise CodecError(f"record: expected a state before the first tick, found tick {tick!r} of {t_ns!r}")
    return t_ns, yard, stock, conditions


_LATER: dict[Any, int] = {decisions.Settle: 2, suggestion.Suggestion: 1, inputs.GateRead: 1}
"""How many of the last fields of what people, solvers and gates tell came later: older records lack them."""


@cache
def _fields(cls: type) -> tuple[str, ...]:
    return tuple(f.name for f in dataclasses.fields(cls) if f.name not in _DERIVED)


def _plain(value: Any, yard_of: Callable[[model.Yard], Any] | None = None) -> Any:
    if value is None or type(value) in (bool, int, float, str, bytes):
        return value
    if isinstance(value, np.ndarray):
        head = msgspec.msgpack.encode((value.dtype.str, value.shape))
        return msgspec.msgpack.Ext(_ARRAY, len(head).to_bytes(2, "little") + head + value.tobytes())
    if isinstance(value, tuple):
        return [_plain(item, yard_of) for item in value]
    if yard_of is not None and isinstance(value, model.Yard):
        return yard_of(value)
    if isinstance(value, Enum):
        return msgspec.msgpack.Ext(_ENUM, msgspec.msgpack.encode((_listed(type(value)), value.value)))
    if dataclasses.is_dataclass(value) and not isinstance(value, type):
        fields = {name: getattr(value, name) for name in _fields(type(value))}
        if isinstance(value, state.State):
            fields["said"] = packing.packed(value.said, value)
        return {_listed(type(value)): [_plain(field, yard_of) for field in fields.values()]}
    if isinstance(value, np.generic):
        return value.item()
    raise CodecError(f"record: expected one of the twin's values, found {type(value).__name__}")


def _listed(cls: type) -> str:
    if _BY_NAME.get(cls.__name__) is not cls:
        raise CodecError(f"record: expected one of the twin's values, found {cls.__name__}")
    return cls.__name__


def _from_extension(code: int, data: memoryview) -> Any:
    if code == _ARRAY:
        size = int.from_bytes(data[:2], "little")
        text, shape = msgspec.msgpack.decode(data[2 : 2 + size])
        dtype = np.dtype(str(text))
        if dtype.kind not in _DTYPES:
            raise CodecError(f"record: expected an array of numbers or bytes, found {text!r}")
        return np.frombuffer(bytes(data[2 + size :]), dtype).reshape(tuple(shape))
    if code == _ENUM:
        name, value = msgspec.msgpack.decode(data)
        return _class(name)(value)
    raise CodecError(f"record: expected extension {_ARRAY} or {_ENUM}, found {code}")


def _class(name: object) -> Callable[..., Any]:
    found = _BY_NAME.get(str(name))
    if found is None:
        raise CodecError(f"record: expected the name of one of the twin's values, found {name!r}")
    return found


def _built(value: Any) -> Any:
    if isinstance(value, list):
        return tuple(_built(item) for item in value)
    if isinstance(value, dict):
        ((name, items),) = value.items()
        cls = _class(name)
        names = _fields(cls)
        if not len(names) - _LATER.get(cls, 0) <= len(items) <= len(names):
            raise CodecError(f"record {name}: expected {len(names)} fields, found {len(items)}")
        fields = dict(zip(names, map(_built, items), strict=False))
        if cls is state.State:
            fields["slots"] = slots_of(fields["yard"])
            made = state.State(**fields | {"said": ()})
            return made.with_columns(said=packing.unpacked(fields["said"], made))
        return cls(**fields)
    return value
