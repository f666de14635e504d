"""From raw chunks to one batch of fixes, readings and events; nothing is ever raised."""

import dataclasses
from collections.abc import Mapping, Sequence

import msgspec
import numpy as np

from sensors import nmea, telemetry
from sensors.clockwork import STORED_NS, on_our_clock
from sensors.cutting import cut
from sensors.epochs import merge
from sensors.errors import SensorError
from sensors.lines import REASONS, Lines
from sensors.pending import Pending
from sensors.telemetry import CraneReading
from twin.inputs import EMPTY_BATCH, Batch, CraneReadings, Event, RawChunk, Reject, no_readings
from twin.tables import Bytes, Floats, Ints, Longs

DECODERS: dict[str, nmea.SentenceType | telemetry.MessageType] = {**nmea.SENTENCES, **telemetry.MESSAGES}
"""Every message type that is read, by the name that stands in its lines."""

REJECT_BYTES = 120
"""How much of a refused line is kept."""

BINARY = "binary data in front of a sentence"
"""A reason that leaves the sentence behind the data standing."""


class Decoder:
    """Reads the lines of all sources; keeps what is pending between calls.

    Parameters
    ----------
    devices : mapping
        Source name -> name of the device whose sentences come without a TAG block; a source that is
        not named here stands for a device of its own name.

    Notes
    -----
    An epoch of a device is given out when the next one begins, or at the end of the call if its
    usual last sentence is there (see :mod:`sensors.epochs`). The decoder asks no clock and has no
    other state than :meth:`memory` gives, so equal chunks give equal batches.
    """

    def __init__(self, devices: Mapping[str, str] | None = None) -> None:
        self._devices = dict(devices or {})
        self._pending = Pending.of(())

    def decode(self, chunks: Sequence[RawChunk]) -> Batch:
        """Read chunks in their order of reception.

        Returns
        -------
        Batch
            ``devices`` are those that the fixes and readings refer to. ``lines`` counts every line
            but empty ones and comments. Valid sentences of types that are not read are lines only.
        """
        chunks = [chunk for chunk in chunks if chunk.data]
        if not chunks:
            return EMPTY_BATCH
        known = [name.decode("ascii") for name in self._pending.name.tolist()]
        lines = cut(chunks, self._devices, known)
        sentences, codes = nmea.read(lines)
        t_rx_ns = np.array([chunk.t_rx_ns for chunk in chunks], np.int64)
        row = sentences.line
        who, when = lines.device[row], t_rx_ns[lines.chunk[row]]
        messages = _Messages(lines, t_rx_ns)
        pending = self._pending.joined_by(lines.devices[len(known) :])
        pending = pending.joined_by(messages.name_devices(lines.devices))
        pending = _heard(pending, (who, when), (messages.device, messages.t_rx_ns))
        fixes, pending, late = merge(pending, sentences, who, when)
        readings, events, pending = messages.taken(pending)
        used = np.unique(np.concatenate((fixes.device, readings.device)))
        place = np.zeros(len(pending), np.int32)
        place[used] = np.arange(len(used), dtype=np.int32)
        names = tuple(name.decode("ascii") for name in pending.name[used].tolist())
        self._pending = pending.without_the_silent(int(t_rx_ns.max()))
        return Batch(
            names,
            fixes.with_columns(device=place[fixes.device]),
            readings.with_columns(device=place[readings.device]),
            events,
            _rejects(lines, codes, chunks, messages.rejects, late),
            len(lines),
        )

    def memory(self) -> bytes:
        """Give all that is remembered between calls, as JSON."""
        columns = {name: getattr(self._pending, name).tobytes() for name in Pending.__dataclass_fields__}
        return msgspec.json.encode(columns)

    def recall(self, memory: bytes) -> None:
        """Go back to what :meth:`memory` gave.

        Raises
        ------
        SensorError
            Where ``memory`` is none of this decoder's.
        """
        blank = Pending.of(())
        try:
            columns = msgspec.json.decode(memory, type=dict[str, bytes])
            arrays = {
                name: np.frombuffer(columns[name], getattr(blank, name).dtype)
                .reshape(-1, *getattr(blank, name).shape[1:])
                .copy()
                for name in Pending.__dataclass_fields__
            }
        except (msgspec.MsgspecError, KeyError, ValueError, RecursionError) as error:
            raise SensorError(f"decoder memory: expected what memory() gave, found {error}") from error
        if len({len(array) for array in arrays.values()}) != 1:
            raise SensorError("decoder memory: expected columns of one length")
        self._pending = Pending(**arrays)


class _Messages:
    """The JSON lines of one call."""

    def __init__(self, lines: Lines, t_rx_ns: Longs) -> None:
        self.rejects: dict[int, str] = {}
        self._found: list[Event | CraneReading] = []
        rows: list[int] = []
        for row in np.flatnonzero(lines.json).tolist():
            line = lines.data[lines.start[row] : lines.end[row]]
            found = telemetry.decode(line)
            if isinstance(found, Reject):
                self.rejects[row] = found.reason
            else:
                rows.append(row)
                self._found.append(found)
        self.device: Ints = np.zeros(len(rows), np.int32)
        self.t_rx_ns: Longs = t_rx_ns[lines.chunk[rows]]

    def name_devices(self, known: tuple[str, ...]) -> tuple[str, ...]:
        """Index the devices of the messages; give those not known yet."""
        index = {name: row for row, name in enumerate(known)}
        for row, found in enumerate(self._found):
            self.device[row] = index.setdefault(found.device, len(index))
        return tuple(index)[len(known) :]

    def taken(self, pending: Pending) -> tuple[CraneReadings, tuple[Event, ...], Pending]:
        """Give the readings and the events, on our clock."""
        if not self._found:
            return no_readings(), (), pending
        offsets = pending.json_offset_ns.copy()
        sent = np.array([found.t_ns for found in self._found], np.int64)
        t_ns = on_our_clock(self.device, sent, self.t_rx_ns, offsets, STORED_NS)
        moved = t_ns != sent
        rows, readings, events = [], [], []
        for row, found in enumerate(self._found):
            if isinstance(found, CraneReading):
                rows.append(row)
                readings.append(found)
            else:
                events.append(dataclasses.replace(found, t_ns=int(t_ns[row])) if moved[row] else found)
        table = _readings(self.device[rows], t_ns[rows], readings) if rows else no_readings()
        return table, tuple(events), pending.with_columns(json_offset_ns=offsets)


def _readings(device: Ints, t_ns: Longs, found: list[CraneReading]) -> CraneReadings:
    def floats(name: str) -> Floats:
        return np.array([getattr(reading, name) for reading in found], np.float64)

    def smalls(name: str) -> Bytes:
        values = [getattr(reading, name) for reading in found]
        return np.array([-1 if value is None else value for value in values], np.int8)

    return CraneReadings(
        device,
        t_ns,
        floats("trolley_m"),
        floats("hoist_m"),
        floats("load_kg"),
        smalls("locked"),
        smalls("length_ft"),
    )


def _heard(pending: Pending, *receptions: tuple[Ints, Longs]) -> Pending:
    """Note the last reception of each device."""
    heard = pending.heard_ns.copy()
    for device, t_ns in receptions:
        np.maximum.at(heard, device, t_ns)
    return pending.with_columns(heard_ns=heard)


def _rejects(
    lines: Lines,
    codes: Bytes,
    chunks: Sequence[RawChunk],
    messages: Mapping[int, str],
    late: Sequence[tuple[int, str]],
) -> tuple[Reject, ...]:
    """Give the refused lines in their order."""
    found = {row: REASONS[codes[row]] for row in np.flatnonzero(codes).tolist()} | dict(messages)
    out = []
    for row in sorted(found):
        first = int(lines.start[row])
        last = min(int(lines.end[row]), first + REJECT_BYTES)
        out.append(Reject(chunks[int(lines.chunk[row])].source, lines.data[first:last], found[row]))
    # These leave the lines that they stand in standing.
    out += [Reject(chunks[int(lines.chunk[row])].source, b"", BINARY) for row in lines.binary]
    out += [Reject(chunks[int(lines.chunk[max(row, 0)])].source, b"", text) for row, text in late]
    return tuple(out)
