"""The JSON lines of one call: our own messages, TIC4.0 and VDA 5050."""

import zlib
from collections.abc import Mapping, Sequence
from dataclasses import replace

import msgspec
import numpy as np
from numpy.typing import NDArray

from sensors import doubling, telemetry, tic40, vda5050
from sensors.clockwork import STORED_NS, on_our_clock
from sensors.lines import REASONS, Lines, reason
from sensors.pending import TOLD, Pending
from sensors.placing import foreign
from sensors.rules import Rules
from sensors.stepping import on_steps
from sensors.telemetry import NOBODY, CraneReading, Decoded, Motion, Position
from twin.inputs import (
    CraneReadings,
    Event,
    Fixes,
    MachineNotice,
    MotionReadings,
    RawChunk,
    Reject,
    no_fixes,
    no_motions,
    no_readings,
)
from twin.tables import Bytes, Flags, Floats, Ints, Longs

TWICE = "message given out before"
NOT_LISTED = REASONS[reason("device not listed for its source")]
FOREIGN = REASONS[reason("device speaks from another source")]


class Messages:
    """The messages of one call.

    Parameters
    ----------
    lines : Lines
    chunks : sequence of RawChunk
        What the lines were cut from.
    rules : Rules

    Attributes
    ----------
    rejects : dict
        Line -> why it was refused.
    whose : dict
        Line -> the device of a position that was refused as another source's.
    kinds : dict
        Kind of message -> how many lines were of it.
    device : (k,) int32
        Of each message, once :meth:`name_devices` has been called.
    t_rx_ns, sent_ns : (k,) int64
        Reception of each message, and when it was measured by its sender's clock; once they are
        :meth:`taken`, as if that had not stepped.
    """

    def __init__(self, lines: Lines, chunks: Sequence[RawChunk], rules: Rules) -> None:
        self.rejects: dict[int, str] = {}
        self.whose: dict[int, str] = {}
        self.kinds: dict[str, int] = {}
        self._as_sent = rules.as_sent
        self._found: list[Decoded] = []
        self._foreign: set[int] = set()
        self._chunk: list[int] = []
        self._line: list[int] = []
        self._sum: list[int] = []
        received: list[int] = []
        rows = np.flatnonzero(lines.json)
        doubled = doubling.complaints(lines.data, lines.body[rows], lines.end[rows])
        for row, wrong in zip(rows.tolist(), doubled, strict=True):
            if wrong:
                self.rejects[row] = f"message: {wrong}"
                continue
            chunk = chunks[int(lines.chunk[row])]
            line = lines.data[lines.body[row] : lines.end[row]]
            sender = lines.devices[lines.device[row]] if lines.device[row] >= 0 else ""
            found = self._read(row, line, chunk.source, sender, rules)
            if isinstance(found, str):
                self.rejects[row] = found
            else:
                self._found += found
                received += [chunk.t_rx_ns] * len(found)
                self._chunk += [int(lines.chunk[row])] * len(found)
                self._line += [row] * len(found)
                self._sum += [zlib.crc32(line) + k for k in range(len(found))]
        self.device: Ints = np.zeros(len(received), np.int32)
        self.t_rx_ns: Longs = np.array(received, np.int64)
        self.sent_ns: Longs = np.array([found.t_ns for found in self._found], np.int64)

    def _read(self, row: int, line: bytes, source: str, sender: str, rules: Rules) -> list[Decoded] | str:
        """Read one line; where a TAG block names the ``sender``, that must be the device.

        What is passed over of it is told as refused, and the rest of it stands.
        """
        known = rules.sources.get(source)
        kind, found = decode(line) if known is None else decode(line, known.frame, known.machines, known.maps)
        if isinstance(found, str):
            return found
        out = []
        for message in found:
            if isinstance(message, str):
                self.rejects[row] = message
                continue
            if sender and message.device != sender:
                return "message: not the device that its TAG block names"
            machine = rules.machine(source, message.device)
            if machine is None:
                return NOT_LISTED
            if machine != message.device:
                message = renamed(message, machine)
            out.append(message)
        self.kinds[kind] = self.kinds.get(kind, 0) + 1
        return out

    def name_devices(self, known: tuple[str, ...]) -> tuple[str, ...]:
        """Index the devices of the messages; give those not known yet."""
        if not self._found:
            return ()
        index = {name: row for row, name in enumerate(known)}
        for row, found in enumerate(self._found):
            self.device[row] = index.setdefault(found.device, len(index))
        return tuple(index)[len(known) :]

    @property
    def line(self) -> list[int]:
        """In which line each message stands, (k,)."""
        return self._line

    def refuse_foreign(self, pending: Pending, chunks: Sequence[RawChunk]) -> None:
        """Refuse the positions of devices that another source brings; what else those send is taken."""
        rows = [row for row, found in enumerate(self._found) if isinstance(found, Position)]
        if not rows:
            return
        odd = foreign(pending, *self.positions(), chunks)
        for row in np.array(rows)[odd].tolist():
            self.rejects[self._line[row]] = FOREIGN
            self.whose[self._line[row]] = self._found[row].device
            self._foreign.add(row)

    def positions(self) -> tuple[Ints, Ints, Longs]:
        """Give the device of each position, the chunk that it came in, and its reception."""
        rows = [row for row, found in enumerate(self._found) if isinstance(found, Position)]
        rows = [row for row in rows if row not in self._foreign]
        return self.device[rows], np.array(self._chunk, np.int32)[rows], self.t_rx_ns[rows]

    def clocked(self) -> tuple[Ints, Longs, Longs, Ints]:
        """Give of each message that its own clock tells of how far it is behind its reception, and in what.

        Returns
        -------
        device, behind_ns, t_rx_ns, chunk : (k,)
            Without those by which sources announce machines: these are by our clock.
        """
        rows = [not isinstance(found, MachineNotice) for found in self._found]
        received_ns = self.t_rx_ns[rows]
        return (
            self.device[rows], received_ns - self.sent_ns[rows], received_ns,
            np.array(self._chunk, np.int32)[rows],
        )  # fmt: skip

    def taken(
        self, pending: Pending
    ) -> tuple[Fixes, CraneReadings, MotionReadings, tuple[Event, ...], Pending]:
        """Give the positions, the readings and the events, on our clock."""
        if not self._found:
            return no_fixes(), no_readings(), no_motions(), (), pending
        offsets = pending.json_offset_ns.copy()
        sent = t_ns = self.sent_ns
        if not self._as_sent:
            self.sent_ns = on_steps(pending, self.device, sent, self.t_rx_ns)
            t_ns = on_our_clock(self.device, self.sent_ns, self.t_rx_ns, offsets, STORED_NS)
        moved = t_ns != sent
        told, told_place = pending.told.copy(), pending.told_place.copy()
        readings: dict[int, CraneReading] = {}
        motions: dict[int, Motion] = {}
        positions: dict[int, Position] = {}
        events: list[Event] = []
        for row, found in enumerate(self._found):
            if isinstance(found, CraneReading):
                readings[row] = found
            elif isinstance(found, Motion):
                motions[row] = found
            elif isinstance(found, Position):
                if row not in self._foreign:
                    positions[row] = found
            elif self._is_new(row, told, told_place):
                events.append(replace(found, t_ns=int(t_ns[row])) if moved[row] else found)
            else:
                self.rejects[self._line[row]] = TWICE
        noses_rad = pending.nose_rad
        fixes = _fixes(self.device, t_ns, self.t_rx_ns, positions, noses_rad) if positions else no_fixes()
        table = _readings(self.device, t_ns, readings) if readings else no_readings()
        moves = _motions(self.device, t_ns, motions) if motions else no_motions()
        if events:
            pending = pending.with_columns(told=told, told_place=told_place)
        return fixes, table, moves, tuple(events), pending.with_columns(json_offset_ns=offsets)

    def _is_new(self, row: int, told: Longs, told_place: NDArray[np.int32]) -> bool:
        """Tell whether an event has not come before, and remember it; in place."""
        who, mark = int(self.device[row]), self._sum[row]
        if (told[who] == mark).any():
            return False
        told[who, told_place[who]] = mark
        told_place[who] = (told_place[who] + 1) % TOLD
        return True


def decode(
    line: bytes,
    frame: vda5050.MapFrame | None = None,
    machines: Mapping[str, str] = NOBODY,
    maps: Mapping[str, vda5050.MapFrame] = vda5050.NO_MAPS,
) -> tuple[str, Sequence[Decoded | str] | str]:
    """Read one JSON line of any dialect.

    Parameters
    ----------
    line : bytes
    frame : MapFrame or None
        Where a map of a VDA 5050 vehicle lies that is not in ``maps``.
    machines : mapping
        The machine of a device whose own name is too long for the yard.
    maps : mapping
        Where maps of VDA 5050 vehicles lie, by their ``mapId``.

    Returns
    -------
    str
        Kind of message: our own type, ``tic4.0`` or ``vda5050``.
    list or str
        What it says, with why parts of it were passed over; or why it is refused. Nothing is raised.
    """
    if vda5050.looks_like(line):
        return "vda5050", vda5050.decode(line, frame, machines, maps)
    if tic40.looks_like(line):
        return "tic4.0", tic40.decode(line, machines)
    found = telemetry.decode(line)
    if isinstance(found, Reject):
        return "", found.reason
    return telemetry.kind_of(found), [found]


def renamed(message: Decoded, machine: str) -> Decoded:
    """Give a message as it would be from another device."""
    if isinstance(message, msgspec.Struct):
        return msgspec.structs.replace(message, device=machine)
    return replace(message, device=machine)


def _floats(found: Mapping[int, msgspec.Struct], name: str) -> Floats:
    return np.array([getattr(one, name) for one in found.values()], np.float64)


def _smalls(found: Mapping[int, msgspec.Struct], name: str) -> Bytes:
    values = [getattr(one, name) for one in found.values()]
    return np.array([-1 if value is None else value for value in values], np.int8)


def _readings(device: Ints, t_ns: Longs, found: dict[int, CraneReading]) -> CraneReadings:
    rows = list(found)
    return CraneReadings(
        device[rows],
        t_ns[rows],
        _floats(found, "trolley_m"),
        _floats(found, "hoist_m"),
        _floats(found, "load_kg"),
        _smalls(found, "locked"),
        _smalls(found, "length_ft"),
        _floats(found, "lon_deg"),
        _floats(found, "lat_deg"),
        np.radians(_floats(found, "heading_deg")),
        _own(found),
    )


def _motions(device: Ints, t_ns: Longs, found: dict[int, Motion]) -> MotionReadings:
    rows = list(found)
    return MotionReadings(
        device[rows], t_ns[rows], _floats(found, "odometer_mps"), _floats(found, "gyro_rps")
    )


def _own(found: Mapping[int, CraneReading] | Mapping[int, Position]) -> Flags:
    """Tell which positions are of their machine's own point."""
    return np.array([one.point == "machine" for one in found.values()], np.bool_)


def _fixes(device: Ints, t_ns: Longs, t_rx_ns: Longs, found: dict[int, Position], noses_rad: Floats) -> Fixes:
    """Make the table of positions; ``noses_rad`` is how each device headed last."""
    rows = list(found)
    nan = np.full(len(rows), np.nan)
    heading_rad = np.radians(_floats(found, "heading_deg"))
    way_rad = np.where(np.isfinite(heading_rad), heading_rad, noses_rad[device[rows]])
    way_rad = np.where(np.isnan(way_rad), np.inf, way_rad)
    return Fixes(
        device[rows],
        t_ns[rows],
        t_rx_ns[rows],
        _floats(found, "lon_deg"),
        _floats(found, "lat_deg"),
        _floats(found, "h_m"),
        _smalls(found, "quality"),
        np.full(len(rows), -1, np.int8),
        nan,
        _floats(found, "sigma_m"),
        _floats(found, "speed_mps"),
        np.radians(_floats(found, "course_deg")),
        heading_rad,
        np.where(_own(found), way_rad, np.nan),
    )
