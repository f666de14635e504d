"""What is known of sources beforehand: who sends, which machine that is, how fast it goes, where."""

from collections.abc import Sequence

import msgspec
import numpy as np

from sensors.lines import Lines, reason
from sensors.vda5050 import MapFrame
from twin.datum import Reference
from twin.errors import YardError
from twin.inputs import RawChunk
from twin.surveying import Calibration

RULES_SOURCE = "#rules"
"""Name of a chunk that is no source's: new rules, in the stream, so that the journal holds them too."""

_NOT_LISTED = reason("device not listed for its source")


class SourceRules(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """What is known of one source.

    Attributes
    ----------
    device : str
        The device of sentences without a TAG block; empty: the source's own name.
    machines : dict
        Device as it names itself -> machine.
    listed : bool
        Whether devices that are not in ``machines`` are refused.
    frame : MapFrame or None
        Where the map of automated vehicles lies, whatever its name.
    maps : dict
        Where their maps lie, by name; before ``frame``.
    live : bool or None
        True: what it brings is of now; False: it plays what was recorded; None: not known.
    reference : Reference or None
        What its positions are in; None: CGCS2000.
    levers_m : dict
        Machine -> how far the point whose place it sends is from its kind's antenna: forward, left, up [m].
    """

    device: str = ""
    machines: dict[str, str] = {}
    listed: bool = False
    frame: MapFrame | None = None
    reference: Reference | None = None
    levers_m: dict[str, tuple[float, float, float]] = {}
    maps: dict[str, MapFrame] = {}
    live: bool | None = None


class Rules(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """What a decoder goes by; a value, kept with the decoder's memory so that a replay has the same.

    Attributes
    ----------
    sources : dict
        Name of a source -> what is known of it; of others nothing is.
    fence_deg : tuple of (float, float)
        Longitude and latitude of the corners inside which positions must be; empty: anywhere.
    speeds_mps : dict
        Machine -> its highest speed; of others none is known.
    as_sent : bool
        Whether the times sent are kept however old they are: to read a log, not to follow a yard.
    calibration : Calibration or None
        What brings the site's positions onto its surveyed points.
    """

    sources: dict[str, SourceRules] = {}
    fence_deg: tuple[tuple[float, float], ...] = ()
    speeds_mps: dict[str, float] = {}
    as_sent: bool = False
    calibration: Calibration | None = None

    def devices(self) -> dict[str, str]:
        """Give source -> device for sentences without a TAG block."""
        return {name: source.device for name, source in self.sources.items() if source.device}

    def renames(self) -> bool:
        """Tell whether any device is named otherwise than it names itself, or refused."""
        return any(source.machines or source.listed for source in self.sources.values())

    def moves(self) -> bool:
        """Tell whether any position is moved by a frame, a calibration or a lever arm."""
        moved = (source.reference or source.levers_m for source in self.sources.values())
        return self.calibration is not None or any(moved)

    def machine(self, source: str, device: str) -> str | None:
        """Give the machine of a device; None where its source may not bring it."""
        known = self.sources.get(source)
        if known is None:
            return device
        return known.machines.get(device, None if known.listed else device)


def named(lines: Lines, chunks: Sequence[RawChunk], rules: Rules, known: int) -> Lines:
    """Name the machines of sentences, and refuse the devices that are not listed.

    Parameters
    ----------
    known : int
        How many of ``lines.devices`` were there before: machines, not names of devices.
    """
    sources = {name: row for row, name in enumerate(dict.fromkeys(chunk.source for chunk in chunks))}
    source_of = np.array([sources[chunk.source] for chunk in chunks], np.int64)
    rows = np.flatnonzero(lines.sentence)
    pair = source_of[lines.chunk[rows]] * len(lines.devices) + lines.device[rows]
    pairs, which = np.unique(pair, return_inverse=True)
    index = {name: row for row, name in enumerate(lines.devices[:known])}
    names = list(sources)
    machines = []
    each = (part.tolist() for part in np.divmod(pairs, max(1, len(lines.devices))))
    for source, device in zip(*each, strict=True):
        machine = rules.machine(names[source], lines.devices[device])
        machines.append(-1 if machine is None else index.setdefault(machine, len(index)))
    columns = lines.editable("device", "reason", "sentence")
    columns["device"][rows] = np.array(machines, np.int32)[which]
    foreign = rows[columns["device"][rows] < 0]
    columns["reason"][foreign] = _NOT_LISTED
    columns["sentence"][foreign] = False
    return lines.with_columns(**columns, devices=tuple(index))


def write_rules(rules: Rules) -> bytes:
    """Give rules as the line of a chunk of :data:`RULES_SOURCE`."""
    return msgspec.json.encode(rules) + b"\n"


def read_rules(data: bytes) -> Rules | None:
    """Give the rules of a chunk; None where it holds none."""
    try:
        return msgspec.json.decode(data, type=Rules)
    except (msgspec.MsgspecError, YardError, RecursionError, UnicodeDecodeError):
        return None
