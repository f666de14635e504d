"""From raw chunks to one batch of fixes, readings and events; nothing is ever raised."""

from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import replace

import msgspec
import numpy as np

from sensors import nmea, telemetry
from sensors.batches import joined, named_alone, rows_of, stacked
from sensors.clockfaults import CLOCK_OFF, Offsets, Words, clocks_checked
from sensors.clockwork import NOT_SET
from sensors.counting import count_placeless, count_sentences
from sensors.cutting import cut
from sensors.epochs import finish, merge
from sensors.errors import SensorError
from sensors.gates import REASONS as GATE_REASONS
from sensors.gates import gate
from sensors.lines import REASONS, Lines, reason
from sensors.loads import loads
from sensors.messages import Messages
from sensors.pending import Pending
from sensors.placing import disowned, foreign, headed, heard_from, placed, readings_placed, sources_of
from sensors.rules import RULES_SOURCE, Rules, SourceRules, named, read_rules
from sensors.sky import Sky
from sensors.stepping import TOGETHER, agreed, own_ns, started
from sensors.tags import Tags
from twin.errors import YardError
from twin.inputs import EMPTY_BATCH, Batch, Fixes, RawChunk, Reject
from twin.tables import Bytes, Ints, Longs

DECODERS: dict[str, nmea.SentenceType | telemetry.MessageType] = {**nmea.SENTENCES, **telemetry.MESSAGES}
"""Every message type that is read, by the name that stands in its lines."""

REJECT_BYTES = 120
"""How much of a refused line is kept."""

SLAB_BYTES = 1 << 19
"""More than this is read in pieces, so that what is worked on stays in the processor's cache."""

_FOREIGN = reason("device speaks from another source")

BINARY = "binary data in front of a sentence"
"""A reason that leaves the sentence behind the data standing."""


class Decoder:
    """Reads the lines of all sources; keeps what is pending between calls.

    Parameters
    ----------
    devices : mapping
        Source name -> name of the device whose sentences come without a TAG block; a source that is
        not named here stands for a device of its own name.
    rules : Rules
        All that is known of sources beforehand; ``devices`` is added to it.
    counting : bool
        Whether ``sentences``, ``placeless`` and ``sky`` are kept.

    Attributes
    ----------
    sentences : Counter
        Valid sentences by type and JSON messages by kind, since the start.
    placeless : Counter
        Valid sentences that should give a position and give none, by what they say of it.
    sky : Sky
        Satellites used and in view, by device.
    offsets : Offsets
        Whose times are far from their reception.

    Notes
    -----
    An epoch of a device is given out when the next one begins, or at the end of the call if its
    usual last sentence is there (see :mod:`sensors.epochs`). The decoder asks no clock and has no
    other state than :meth:`memory` gives, so equal chunks give equal batches.
    """

    def __init__(
        self, devices: Mapping[str, str] | None = None, *, rules: Rules | None = None, counting: bool = False
    ) -> None:
        known = {name: SourceRules(device) for name, device in (devices or {}).items()}
        rules = rules or Rules()
        self._rules = msgspec.structs.replace(rules, sources=known | rules.sources)
        self._devices = self._rules.devices()
        self._pending = Pending.of(())
        self._index: dict[str, int] = {}
        self._scale_ns = 0
        self._tags = Tags()
        self._counting = counting
        self.sentences: Counter[str] = Counter()
        self.placeless: Counter[str] = Counter()
        self.sky = Sky()
        self.offsets = Offsets()

    @property
    def rules(self) -> Rules:
        """What the decoder goes by; after :meth:`recall`, what the other went by."""
        return self._rules

    def decode(self, chunks: Sequence[RawChunk]) -> Batch:
        """Read chunks in their order of reception.

        Returns
        -------
        Batch
            ``devices`` are those that the fixes and readings refer to. ``lines`` counts every line
            but empty ones and comments. Valid sentences of types that are not read are lines only.
        """
        batches = []
        for change, part in _by_rules(chunks):
            if change is not None:
                self._rules, self._devices = change, change.devices()
                self._pending = disowned(self._pending, change)
            batches += [self._decode(slab) for slab in _slabs(part)]
        return joined(batches)

    def _decode(self, chunks: Sequence[RawChunk]) -> Batch:
        known = len(self._index)
        lines = cut(chunks, self._devices, self._index, self._tags)
        messages = Messages(lines, chunks, self._rules)
        if self._rules.renames():
            lines = named(lines, chunks, self._rules, known)
        t_rx_ns = np.array([chunk.t_rx_ns for chunk in chunks], np.int64)
        new = lines.devices[known:] + messages.name_devices(lines.devices)
        pending = started(self._pending.joined_by(new), known, self._scale_ns)
        self._index.update(zip(new, range(known, known + len(new)), strict=True))
        lines = _owned(lines, pending, t_rx_ns, chunks)
        sentences, codes = nmea.read(lines)
        row = sentences.line
        who, when = lines.device[row], t_rx_ns[lines.chunk[row]]
        pending = _heard(pending, (who, when), (messages.device, messages.t_rx_ns))
        pending = heard_from(pending, who, lines.chunk[row], when, chunks)
        messages.refuse_foreign(pending, chunks)
        pending = heard_from(pending, *messages.positions(), chunks)
        fixes, pending, late = merge(
            pending, sentences, who, when, as_sent=self._rules.as_sent, scale_ns=self._scale_ns
        )
        before_ns = self._scale_ns
        pending, self._scale_ns = agreed(pending, int(t_rx_ns.max()), before_ns)
        positions, readings, motions, events, pending = messages.taken(pending)
        pending, wrong = self._clocks(fixes, messages, pending, chunks)
        readings = readings_placed(readings, pending, self._rules)
        if len(positions):
            fixes = stacked([fixes, positions])
        pending = headed(fixes, pending)
        fixes = placed(fixes, pending, self._rules)
        passed = gate(fixes, pending, self._rules)
        rejects = _rejects(lines, codes, chunks, messages, late)
        rejects += _of_devices([(row, CLOCK_OFF) for row in wrong], pending)
        if self._scale_ns > before_ns:
            rejects += (Reject(chunks[-1].source, b"", TOGETHER),)
        if passed.outcome.any():
            rejects += _gated(fixes, passed.outcome, chunks, pending, tuple(self._index))
            fixes = rows_of(fixes, np.flatnonzero(passed.outcome == 0))
        if self._counting:
            self.sentences += count_sentences(lines, codes)
            self.placeless += count_placeless(lines, sentences)
            self.sentences.update(messages.kinds)
            self.sky.look(lines, codes)
        batch = named_alone(tuple(self._index), fixes, readings, motions)
        many = loads(lines, messages, known, len(self._index), t_rx_ns, chunks)
        self._remember(passed.pending.without_the_silent(int(t_rx_ns.max())))
        return replace(batch, events=events, rejects=rejects, lines=len(lines), loads=many)

    def _clocks(
        self, fixes: Fixes, messages: Messages, pending: Pending, chunks: Sequence[RawChunk]
    ) -> tuple[Pending, list[int]]:
        """Hold the times of fixes, as sent, and of messages against their reception; give whose are off."""
        parts = []
        if len(fixes):
            of, moved_ns = fixes.device, pending.offset_ns[fixes.device]
            behind_ns = fixes.t_rx_ns - fixes.t_ns + np.where(moved_ns == NOT_SET, 0, moved_ns)
            behind_ns += own_ns(pending, self._scale_ns)[of]
            parts.append((of, behind_ns, fixes.t_rx_ns, pending.origin[of], np.zeros(len(of), np.bool_)))
        if len(messages.device):
            device, behind_ns, t_rx_ns, chunk = messages.clocked()
            of_json = np.ones(len(device), np.bool_)
            parts.append((device, behind_ns, t_rx_ns, sources_of(chunks)[chunk], of_json))
        if self._rules.as_sent or not parts:
            return pending, []
        words = Words.joined(parts)
        self.offsets.look(self._index, words)
        return clocks_checked(self._pending, pending, words, self._rules, self._scale_ns)

    def finish(self) -> Batch:
        """Give out the epochs that are still open, as at the end of a log."""
        fixes, pending, refused = finish(self._pending, as_sent=self._rules.as_sent)
        fixes = placed(fixes, pending, self._rules)
        passed = gate(fixes, pending, self._rules)
        self._pending = passed.pending
        kept = rows_of(fixes, np.flatnonzero(passed.outcome == 0))
        batch = named_alone(tuple(self._index), kept, EMPTY_BATCH.cranes, EMPTY_BATCH.motions)
        return replace(batch, rejects=_of_devices(refused, pending))

    def _remember(self, pending: Pending) -> None:
        """Keep what is pending; where devices were forgotten, the others have new places."""
        if len(pending) != len(self._index):
            names = (name.decode("ascii") for name in pending.name.tolist())
            self._index = {name: place for place, name in enumerate(names)}
            self._tags.forget()
        self._pending = pending

    def memory(self) -> bytes:
        """Give all that is remembered between calls, as MessagePack: columns as they lie, quick and small."""
        columns = {name: getattr(self._pending, name).tobytes() for name in Pending.__dataclass_fields__}
        kept = _Memory(rules=self._rules, scale_ns=self._scale_ns, columns=columns)
        return msgspec.msgpack.encode(kept)

    def recall(self, memory: bytes) -> None:
        """Go back to what :meth:`memory` gave.

        Raises
        ------
        SensorError
            Where ``memory`` is none of this decoder's.
        """
        blank = Pending.of(())
        try:
            kept = msgspec.msgpack.decode(memory, type=_Memory)
            arrays = {}
            for name in Pending.__dataclass_fields__:
                like = getattr(blank, name)
                flat = np.frombuffer(kept.columns[name], like.dtype)
                arrays[name] = flat.reshape(-1, *like.shape[1:]).copy()
        except (msgspec.MsgspecError, YardError, KeyError, ValueError, RecursionError) as error:
            raise SensorError(f"decoder memory: expected what memory() gave, found {error}") from error
        if len({len(array) for array in arrays.values()}) != 1:
            raise SensorError("decoder memory: expected columns of one length")
        self._rules, self._devices = kept.rules, kept.rules.devices()
        self._scale_ns = kept.scale_ns
        self._index = {}
        self._tags.forget()
        self._remember(Pending(**arrays))


class _Memory(msgspec.Struct, forbid_unknown_fields=True):
    rules: Rules
    scale_ns: int
    columns: dict[str, bytes]


def _by_rules(chunks: Sequence[RawChunk]) -> Iterator[tuple[Rules | None, Sequence[RawChunk]]]:
    """Give chunks in parts, each under the rules that stand before it."""
    change: Rules | None = None
    begin = 0
    for place, chunk in enumerate(chunks):
        if chunk.source == RULES_SOURCE and (rules := read_rules(chunk.data)) is not None:
            yield change, chunks[begin:place]
            change, begin = rules, place + 1
    yield change, chunks[begin:] if begin else chunks


def _slabs(chunks: Sequence[RawChunk]) -> Iterator[list[RawChunk]]:
    """Give chunks in pieces of bounded size, cut at line ends."""
    slab: list[RawChunk] = []
    size = 0
    for chunk in chunks:
        begin = 0
        while begin < len(chunk.data):
            stop = begin + SLAB_BYTES - size
            if stop < len(chunk.data):
                end = chunk.data.rfind(b"\n", begin, stop) + 1
                if not end and not slab:  # one line that is longer than a slab
                    end = chunk.data.find(b"\n", stop) + 1 or len(chunk.data)
            else:
                end = len(chunk.data)
            if end > begin:
                slab.append(chunk if end - begin == len(chunk.data) else _part(chunk, begin, end))
                size += end - begin
                begin = end
            if begin < len(chunk.data) or size >= SLAB_BYTES:
                yield slab
                slab, size = [], 0
    if slab:
        yield slab


def _part(chunk: RawChunk, begin: int, end: int) -> RawChunk:
    return RawChunk(chunk.source, chunk.t_rx_ns, chunk.data[begin:end])


def _owned(lines: Lines, pending: Pending, t_rx_ns: Longs, chunks: Sequence[RawChunk]) -> Lines:
    """Refuse the sentences of devices that another source brings."""
    rows = np.flatnonzero(lines.sentence)
    chunk = lines.chunk[rows]
    odd = rows[foreign(pending, lines.device[rows], chunk, t_rx_ns[chunk], chunks)]
    if not odd.size:
        return lines
    columns = lines.editable("reason", "sentence")
    columns["reason"][odd] = _FOREIGN
    columns["sentence"][odd] = False
    return lines.with_columns(**columns)


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
    messages: Messages,
    late: Sequence[tuple[int, str]],
) -> tuple[Reject, ...]:
    """Give the refused lines in their order."""
    found = {row: REASONS[codes[row]] for row in np.flatnonzero(codes).tolist()} | messages.rejects
    out = []
    for row in sorted(found):
        first = int(lines.start[row])
        last = min(int(lines.end[row]), first + REJECT_BYTES)
        source = chunks[int(lines.chunk[row])].source
        device = messages.whose.get(row) or _device(lines, row)
        out.append(Reject(source, lines.data[first:last], found[row], device))
    # These leave the lines that they stand in standing.
    out += [Reject(chunks[int(lines.chunk[row])].source, b"", BINARY) for row in lines.binary]
    for row, text in late:
        out.append(Reject(chunks[int(lines.chunk[max(row, 0)])].source, b"", text, _device(lines, row)))
    return tuple(out)


def _of_devices(refused: Sequence[tuple[int, str]], pending: Pending) -> tuple[Reject, ...]:
    """Tell of what is refused of devices whatever line it stood in."""
    return tuple(
        Reject(pending.origin[row].decode(), b"", why, pending.name[row].decode()) for row, why in refused
    )


def _device(lines: Lines, row: int) -> str:
    """Give whose a line is; empty where that is not known."""
    device = int(lines.device[row]) if row >= 0 else -1
    return lines.devices[device] if 0 <= device < len(lines.devices) else ""


def _gated(
    fixes: Fixes, outcome: Bytes, chunks: Sequence[RawChunk], pending: Pending, devices: Sequence[str]
) -> tuple[Reject, ...]:
    """Give the fixes that did not pass the gates; the source is that which the device was heard of last."""
    out = []
    sources = dict(zip(sources_of(chunks).tolist(), (chunk.source for chunk in chunks), strict=True))
    for row in np.flatnonzero(outcome).tolist():
        device = int(fixes.device[row])
        origin = bytes(pending.origin[device])
        source, why = sources.get(origin, origin.decode()), GATE_REASONS[int(outcome[row])]
        out.append(Reject(source, b"", why, devices[device]))
    return tuple(out)


def warm() -> None:
    """Compile the loops that read sentences, or load them from their cache, so that no tick waits for it."""
    decoder = Decoder()
    for second in range(3):  # a fix is given out once the next one begins, a tag kept once it is known
        t_ns = second * 1_000_000_000
        lines = (
            nmea.tag_block("warm"), nmea.encode_gga(t_ns, 121.6, 29.9, 5.0, 10.0, 4, 24, 0.7),
            nmea.encode_rmc(t_ns, 121.6, 29.9, 4.2, 1.0),
            nmea.sentence("KSXT,20260101000000.00,121.6,29.9,5.0,1.0,1.0,1.0,1.0,,3,3,20,20,,,,,,,,"),
            b'{"type":"none"}\n',
        )  # fmt: skip
        decoder.decode([RawChunk("warm", t_ns, b"".join(lines))])
