"""Whether sources, their clocks and frames are as they should be: what ``yard-twin doctor`` asks of them."""

import time
from collections import Counter
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from pathlib import Path

import numpy as np

from sensors import sources
from sensors.decoder import Decoder, warm
from sensors.rules import RULES_SOURCE, Rules, read_rules, write_rules
from sensors.sources.base import Source
from sensors.sources.config import Entry
from sensors.sources.reading import read_entries, read_usable
from twin.inputs import Batch, MachineNotice, RawChunk
from twin.snapshot import SourceHealth
from twin.tables import Floats
from twin.yard.model import Yard
from ui import checkup_places as places
from ui.checkup_site import calibration
from ui.checkup_together import together
from ui.cli.loading import loaded, say
from ui.findings import Finding, Mark, clock_advice, instant, span
from ui.plurals import some

CLOCK_S = 1.0
"""A source's times may be so far from this machine's clock [s]."""
LEAST_USED = 5
"""An RTK fix wants so many satellites."""
WAIT_S = 5.0
_POLL_S = 0.05
_PLACELESS = {"announce", "box_read", "gate", "health", "order", "pick_up", "reefer", "wind"}
"""Messages that belong to no place: a source of these alone has no positions to look at."""
_MOST_TOLD = 3
_UNREADABLE = "none of it can be read: let it send NMEA or JSON, not binary alone; look at port and speed"


@dataclass(slots=True)
class _Heard:
    """What one source has sent while it was listened to; ``entry`` as the file names it, None of a spec.

    ``own`` is how many lines are the program's own: what it says of the source's machines at the start.
    """

    recorded: bool
    entry: Entry | None = None
    own: int = 0
    decoder: Decoder = field(default_factory=lambda: Decoder(rules=Rules(as_sent=True), counting=True))
    batches: list[Batch] = field(default_factory=list)

    @property
    def lines(self) -> int:
        """How many lines came from outside."""
        return max(0, sum(batch.lines for batch in self.batches) - self.own)

    @property
    def refused(self) -> Counter[str]:
        """How many lines were refused, by reason."""
        return Counter(reject.reason for batch in self.batches for reject in batch.rejects)

    @property
    def fixes(self) -> int:
        """How many positions came."""
        return sum(len(batch.fixes) for batch in self.batches)

    @property
    def placed(self) -> list[str]:
        """Of whom positions came, in the order in which they did."""
        seen = (batch.devices[device] for batch in self.batches for device in batch.fixes.device.tolist())
        return list(dict.fromkeys(seen))

    @property
    def unplaced(self) -> list[str]:
        """Which machines that the file names have given no position."""
        named = {one.machine for one in self.entry.machines.values()} if self.entry else set()
        return sorted(named.difference(self.placed))

    @property
    def placeless(self) -> str:
        """What it sends, where all of that belongs to no place; else empty."""
        kinds = Counter({kind: n for kind, n in self.decoder.sentences.items() if kind != "machine"})
        return _counted(kinds) if kinds and set(kinds) <= _PLACELESS else ""


def check_sources(
    yard: Yard,
    *,
    config: Path | None = None,
    specs: Sequence[str] = (),
    wait_s: float = WAIT_S,
    sleep: Callable[[float], None] = time.sleep,
) -> list[Finding]:
    """Listen to sources for a while and tell what is wrong with them.

    Parameters
    ----------
    yard : Yard
        Whose fence positions must be in.
    config : Path or None
        A file of sources.
    specs : sequence of str
        Sources as ``--source`` has them.
    wait_s : float
        How long is listened at most [s]; shorter where every source has been heard.

    Raises
    ------
    TwinError
        Where the file or a source cannot be. Points that make no calibration are a finding: the sources are
        looked at without.
    """
    read = read_entries(config) if config is not None else None
    site = read.calibration if read is not None else None
    findings = [*calibration(yard, site), *together(site)] if site else []
    opened: Sequence[Source] = sources.open_all(specs)
    heard = {one.name: _of_spec(spec) for one, spec in zip(opened, specs, strict=True)}
    if config is not None and read is not None:
        opened = [*opened, *sources.HotSources(config, read=read_usable)]
        heard |= {entry.name: _of_entry(entry) for entry in read.source}
    try:
        loaded(warm, "what reads sentences")
        say(f"listening to {some(len(heard), 'source')} for {wait_s:g} s at most")
        _listen(opened, heard, wait_s, sleep)
        told = {one.name: one.health(time.time_ns()) for one in opened}
    finally:
        for one in opened:
            one.close()
    for name, said in heard.items():
        findings.append(_source(name, said, told[name], wait_s))
        findings += [_clock(name, said), *_sky(name, said)]
        findings += [places.frame(name, said.entry, yard), *places.unnamed_map(name, said.entry)]
        findings += [*_places(name, said, yard), *_machines(name, said), *_named(name, said)]
    return findings


def _of_spec(spec: str) -> _Heard:
    """Give what is known of a source of the command line."""
    told = any(option.startswith("kind=") for option in spec.partition("?")[2].split("&"))
    return _Heard(spec.startswith("file:"), own=int(told))


def _of_entry(entry: Entry) -> _Heard:
    """Give what is known of a source of the file."""
    own = sum(bool(machine.kind) for machine in entry.machines.values())
    return _Heard(entry.address.startswith("file:"), entry, own)


def _listen(
    opened: Sequence[Source], heard: dict[str, _Heard], wait_s: float, sleep: Callable[[float], None]
) -> None:
    """Decode what comes, each source apart, until all and their machines were placed or the time is over."""
    ends_s = time.monotonic() + wait_s
    while True:
        for source in opened:
            chunks = source.poll()
            for chunk in chunks:
                rules = read_rules(chunk.data) if chunk.source == RULES_SOURCE else None
                if rules is not None:
                    _tell(rules, heard)
            if source.name in heard and chunks:
                one = heard[source.name]
                one.batches.append(one.decoder.decode(chunks))
        located = all(any(len(batch.fixes) > 1 for batch in one.batches) for one in heard.values())
        if (located and not any(one.unplaced for one in heard.values())) or time.monotonic() >= ends_s:
            break
        sleep(_POLL_S)
    for said in heard.values():
        said.batches.append(said.decoder.finish())


def _tell(rules: Rules, heard: dict[str, _Heard]) -> None:
    """Let decoders go by rules, but neither by the fence nor by our clock: these are looked at here."""
    plain = Rules(rules.sources, (), {}, True, rules.calibration)
    for one in heard.values():
        one.decoder.decode([RawChunk(RULES_SOURCE, 0, write_rules(plain))])


def _mark(good: bool) -> Mark:
    return Mark.OK if good else Mark.WRONG


def _counted(counts: Counter[str]) -> str:
    """Give the most frequent with their counts."""
    told = ", ".join(f"{count} {what}" for what, count in counts.most_common(_MOST_TOLD))
    return f"{told} and others" if len(counts) > _MOST_TOLD else told


def _source(name: str, one: _Heard, told: SourceHealth, wait_s: float) -> Finding:
    """Tell whether anything came that could be read; what the program itself says of machines is nothing."""
    refused = one.refused
    taken = one.lines - sum(refused.values()) > 0 or one.fixes > 0
    parts = (told.detail, f"refused: {_counted(refused)}" if refused else "")
    detail = "; ".join(part for part in parts if part)
    found = f"{some(one.lines, 'line')}{f' ({detail})' if detail else ''}"
    advice = _advice(told, one.entry) if not one.lines else _UNREADABLE
    expected = f"lines within {wait_s:g} s"
    return Finding(f"source {name}", _mark(one.lines > 0 and taken), expected, found, advice)


def _advice(told: SourceHealth, entry: Entry | None) -> str:
    """Tell what to look at where no line came."""
    if "addresses not allowed" in told.detail:
        return "name its network in `allow` of the source, if it may be heard"
    if "expected" in told.detail:
        return "change that key of the file, or what it names"
    if "cannot listen" in told.detail:
        return "end the other program that has this port, or take an address that this machine has"
    if entry is not None and entry.address.startswith(("udp:", "tcp-listen:")):
        return _unheard(entry)
    if "no bytes" in told.detail and entry is not None and entry.topics:
        who = f"{entry.user!r}" if entry.user else "a client without a name"
        return f"nothing is published on {', '.join(entry.topics)}, or the broker lets {who} read none of it"
    if "no bytes" in told.detail:
        return "the other side is there and silent: let it send NMEA or JSON lines on this line"
    if "empty" in told.detail:
        return "take a file with lines"
    return "look at address and port, whether the device is on, and whether a firewall is between"


def _unheard(entry: Entry) -> str:
    """Tell what to look at where nothing comes to a port of this machine."""
    scheme, _, place = entry.address.partition(":")
    host, _, port = place.removeprefix("//").rpartition(":")
    if host.startswith(("127.", "localhost", "[::1]")):
        who = f"at {host} this machine itself is heard alone: listen on 0.0.0.0 and name others in `allow`"
    elif entry.allow:
        who = f"{', '.join(entry.allow)} alone may be heard; look also whether a firewall is between"
    else:
        who = "this machine itself is heard alone: name the device's network in `allow`"
    do = "send" if scheme == "udp" else "connect, and send"
    return f"let the device {do} NMEA or JSON lines to port {port} of this machine; {who}"


def _sky(name: str, one: _Heard) -> list[Finding]:
    """Tell how many satellites each receiver uses of those in view, where it says so."""
    out = []
    for device, counts in one.decoder.sky.now().items():
        used = sum(found["used"] for found in counts.values())
        each = (f"{system} {found['used']} of {found['in_view']}" for system, found in counts.items())
        text = ", ".join(each) or "none"
        named = any(found["used"] for found in counts.values()) or not counts
        mark = _mark(used >= LEAST_USED or not named)
        advice = "look at the antenna: its view of the sky, its cable"
        out.append(Finding(f"satellites {name}, {device}", mark, f"{LEAST_USED} or more used", text, advice))
    return out


def _clock(name: str, one: _Heard) -> Finding:
    """Hold the times of a source against the times of reception."""
    expected = f"times within {CLOCK_S:g} s of this machine's clock"
    if one.recorded:
        return Finding(f"clock {name}", Mark.NOTE, "recorded times", "a file: not compared")
    if not one.fixes:
        return Finding(f"clock {name}", *_unlooked(one, expected, "no position to compare"))
    by_device = _lateness(one)
    late_s = float(np.median(np.concatenate(list(by_device.values()))))
    found = f"{_late(late_s)} it"
    if abs(late_s) > CLOCK_S:
        found += f": the last is {instant(max(int(b.fixes.t_ns.max()) for b in one.batches if len(b.fixes)))}"
    own_s = {device: float(np.median(away_s)) for device, away_s in by_device.items()}
    others = sorted(
        (device for device, found_s in own_s.items() if abs(found_s - late_s) > CLOCK_S),
        key=lambda device: -abs(own_s[device] - late_s),
    )
    if others:
        told = ", ".join(f"{device} {_late(own_s[device])} it" for device in others[:_MOST_TOLD])
        more = f" and {len(others) - _MOST_TOLD} more" if len(others) > _MOST_TOLD else ""
        found += f"; but {told}{more}"
    good = abs(late_s) <= CLOCK_S and not others
    worst_s = own_s[others[0]] if others and abs(late_s) <= CLOCK_S else late_s
    return Finding(f"clock {name}", _mark(good), expected, found, clock_advice(worst_s))


def _lateness(one: _Heard) -> dict[str, Floats]:
    """Give by how much the positions of each device are behind their reception [s]."""
    out: dict[str, list[Floats]] = {}
    for batch in one.batches:
        away_s = (batch.fixes.t_rx_ns - batch.fixes.t_ns) / 1e9
        for place in np.unique(batch.fixes.device).tolist():
            out.setdefault(batch.devices[place], []).append(away_s[batch.fixes.device == place])
    return {device: np.concatenate(parts) for device, parts in out.items()}


def _late(late_s: float) -> str:
    return f"{span(abs(late_s))} {'behind' if late_s >= 0 else 'ahead of'}"


def _unlooked(one: _Heard, expected: str, found: str) -> tuple[Mark, str, str]:
    """Give mark, expected and found of what could not be looked at as no position came."""
    if one.placeless:
        return Mark.NOTE, "no positions from this source", f"none: it sends {one.placeless}"
    return Mark.UNKNOWN, expected, found


def _places(name: str, one: _Heard, yard: Yard) -> list[Finding]:
    """Tell whether each device is on the ground of the yard; where none was placed, why."""
    if one.fixes:
        return places.first_places(name, one.batches, yard)
    why = [_counted(counts) for counts in (one.decoder.placeless, one.refused) if counts]
    found = ": ".join(part for part in (f"no position in {some(one.lines, 'line')}", ", ".join(why)) if part)
    dark = "it has no fix yet: look at its antenna and its view of the sky" if one.decoder.placeless else ""
    return [Finding(f"place {name}", *_unlooked(one, places.expected(yard), found), dark)]


def _machines(name: str, one: _Heard) -> list[Finding]:
    """Tell whose positions come without a word of what machine that is: a run refuses these."""
    said = {e.device for batch in one.batches for e in batch.events if isinstance(e, MachineNotice)}
    where = "?device=NAME&kind=KIND behind the address" if one.entry is None else "[source.machines]"
    return [
        Finding(
            f"machine {name}, {device}", Mark.WRONG, "a kind, as rtg or reach_stacker", "none: a run would "
            "refuse its positions", f"give it with {where}, or let the device announce itself",
        )
        for device in one.placed
        if device not in said
    ]  # fmt: skip


def _named(name: str, one: _Heard) -> list[Finding]:
    """Tell of which machines of the file no position came, where others' did: refused, or not heard.

    What was refused of nobody in particular may have been theirs.
    """
    told: dict[str, Counter[str]] = {}
    for reject in (reject for batch in one.batches for reject in batch.rejects):
        told.setdefault(reject.device, Counter())[reject.reason] += 1
    out = []
    for machine in one.unplaced if one.fixes else []:
        mark, found = Mark.NOTE, "none while it was listened"
        if refused := told.get(machine, told.get("")):
            mark, found = Mark.WRONG, f"none: refused {_counted(refused)}"
        expected = "a position of each machine that the file names"
        out.append(Finding(f"place {name}, {machine}", mark, expected, found))
    return out
