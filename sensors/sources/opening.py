"""Opens the sources that a configuration names, by the scheme of their address."""

import re
from collections.abc import Callable, Mapping
from dataclasses import replace
from pathlib import Path

from sensors.errors import SourceError
from sensors.sources.base import Source
from sensors.sources.broker_words import Problem, said
from sensors.sources.config import Entry, password_of
from sensors.sources.file import FileSource
from sensors.sources.listening import LOOPBACK, TcpListener, UdpSource, networks
from sensors.sources.live import LiveOptions
from sensors.sources.mqtt import PORT, TLS_PORT, Broker, MqttSource, tls_problem
from sensors.sources.serial_port import SerialSource
from sensors.sources.tcp import TcpSource
from sensors.telemetry import fitting
from twin.clock import Clock, SystemClock

_HOST_PORT = re.compile(r"^(\[[0-9A-Fa-f:.%]+\]|[^:\[\]\s]+):(\d{1,5})$")

_PORTS = "with a port from 1 to 65535"
_BROKERS = ("mqtt", "mqtts")
_OF_SCHEMES = {
    "live": ("tcp", "tcp-listen", "udp", "serial", "mqtt", "mqtts"),
    "allow": ("tcp-listen", "udp"), "baud": ("serial",), "tls": ("mqtts",),
    **dict.fromkeys(("topics", "qos", "user", "password_env", "password_file"), _BROKERS),
}  # fmt: skip
"""Keys that say nothing of some sources -> the schemes of those of which they do."""
_USUAL = Entry("x", "file:x")
_ANYWHERE = ("0.0.0.0", "::")
_LISTEN = ("tcp-listen", "udp")


def host_and_port(text: str, port: int | None = None) -> tuple[str, int] | None:
    """Give host and port of ``HOST:PORT`` (IPv6 in brackets); None where it is none."""
    match = _HOST_PORT.match(text if port is None or _HOST_PORT.match(text) else f"{text}:{port}")
    if match is None or not 0 <= int(match[2]) < 65_536:
        return None
    return match[1].strip("[]"), int(match[2])


def _has_port(rest: str) -> bool:
    found = host_and_port(rest)
    return found is not None and found[1] > 0


def _split(entry: Entry) -> tuple[str, str]:
    scheme, _, rest = entry.address.partition(":")
    return scheme, rest.removeprefix("//")


def address_problems(entry: Entry) -> list[Problem]:
    """Give what is wrong with an address and what belongs to it."""
    scheme, rest = _split(entry)
    if scheme not in SCHEMES:
        out = [("address", f"one of {', '.join(f'{name}:' for name in SCHEMES)}", repr(entry.address))]
    else:
        out = _place_problems(entry, scheme, rest)
    if scheme in _BROKERS:
        bad = [topic for topic in entry.topics if not topic or len(topic) > 200 or not _is_filter(topic)]
        out += [("topics", "at least one topic filter", "none")] if not entry.topics else []
        out += [("topics", "topic filters such as yard/pos/+", repr(topic)) for topic in bad]
    if entry.tls is not None and entry.tls.key and not entry.tls.certificate:
        out.append(("tls.certificate", "one, as there is tls.key", "none"))
    out += [
        (key, f"none but for {' and '.join(f'{name}:' for name in schemes)}", f"it for {scheme}:")
        for key, schemes in _OF_SCHEMES.items()
        if scheme in SCHEMES and scheme not in schemes and getattr(entry, key) != getattr(_USUAL, key)
    ]
    try:
        networks(entry.allow)
    except ValueError:
        out.append(("allow", "networks such as 192.0.2.0/24", repr(entry.allow)))
    return out


def holds_a_port(entry: Entry) -> bool:
    """Tell whether a source has a port of this machine to itself."""
    return _split(entry)[0] in (*_LISTEN, "serial")


def same_port(one: Entry, other: Entry) -> bool:
    """Tell whether two sources would read one port: of two, one would get nothing."""
    (scheme, rest), (its, its_rest) = _split(one), _split(other)
    if scheme != its or not holds_a_port(one):
        return False
    here, there = host_and_port(rest), host_and_port(its_rest)
    if scheme == "serial" or here is None or there is None:
        return rest == its_rest
    hosts = {"127.0.0.1" if host == "localhost" else host for host, _ in (here, there)}
    return here[1] == there[1] and (len(hosts) == 1 or bool(hosts & set(_ANYWHERE)))


def _place_problems(entry: Entry, scheme: str, rest: str) -> list[Problem]:
    """Give what is wrong behind the scheme of an address."""
    if not rest:
        return [("address", f"something behind {scheme}:", repr(entry.address))]
    if scheme in ("tcp", "tcp-listen", "udp") and not _has_port(rest):
        return [("address", f"{scheme}:HOST:PORT {_PORTS}", repr(entry.address))]
    if scheme in _BROKERS and not host_and_port(rest, PORT):
        return [("address", f"{scheme}:HOST or {scheme}:HOST:PORT {_PORTS}", repr(entry.address))]
    return []


def _is_filter(topic: str) -> bool:
    """Tell whether wildcards stand alone in their levels, and # in the last."""
    levels = topic.split("/")
    alone = all(level in ("+", "#") or not set(level) & {"+", "#", "\0"} for level in levels)
    return alone and "#" not in levels[:-1]


def open_entry(entry: Entry, folder: Path, clock: Clock | None = None) -> Source:
    """Open one source.

    Parameters
    ----------
    entry : Entry
    folder : Path
        Where the configuration lies: files that it names are looked for from there.
    clock : Clock
        Gives the time of reception.

    Raises
    ------
    SourceError
        Where a file that it names cannot be read. A peer that does not answer is no error.
    """
    scheme, rest = _split(entry)
    return SCHEMES[scheme](entry, rest, folder, clock or SystemClock())


def _kinds(entry: Entry) -> dict[str, tuple[str, str]]:
    """Give what the devices are, by their own names; by its machine's where one is too long for the yard."""
    machines = {device: one.machine for device, one in entry.machines.items()}
    return {
        fitting(device, machines): (one.kind, one.block) for device, one in entry.machines.items() if one.kind
    }


def _options(entry: Entry, clock: Clock) -> LiveOptions:
    return LiveOptions(
        entry.device, _kinds(entry), entry.interval_s, hang_s=max(10.0, 5 * entry.interval_s), clock=clock
    )


def _address(rest: str, port: int | None = None) -> tuple[str, int]:
    found = host_and_port(rest, port)
    if found is None:
        raise SourceError(f"address {rest!r}: expected HOST:PORT")
    return found


def _file(entry: Entry, rest: str, folder: Path, clock: Clock) -> Source:
    try:
        source = FileSource(folder / rest, kinds=_kinds(entry), clock=clock)
    except SourceError as error:
        raise SourceError(f"source {entry.name!r}, address: {error}") from None
    source.name = entry.name
    return source


def _tcp(entry: Entry, rest: str, folder: Path, clock: Clock) -> Source:
    return TcpSource(*_address(rest), name=entry.name, options=_options(entry, clock))


def _listen(entry: Entry, rest: str, folder: Path, clock: Clock) -> Source:
    allow = entry.allow or LOOPBACK
    return TcpListener(*_address(rest), name=entry.name, allow=allow, options=_options(entry, clock))


def _udp(entry: Entry, rest: str, folder: Path, clock: Clock) -> Source:
    allow = entry.allow or LOOPBACK
    return UdpSource(*_address(rest), name=entry.name, allow=allow, options=_options(entry, clock))


def _serial(entry: Entry, rest: str, folder: Path, clock: Clock) -> Source:
    return SerialSource(rest, baud=entry.baud, name=entry.name, options=_options(entry, clock))


def _mqtt(entry: Entry, rest: str, folder: Path, clock: Clock) -> Source:
    secure = entry.address.startswith("mqtts:")
    host, port = _address(rest, TLS_PORT if secure else PORT)
    files, problems = _papers(entry, folder)
    password = ""
    try:
        password = password_of(entry, folder)
    except SourceError as error:
        problems.append(str(error))
    broker = Broker(
        host, port, tuple(entry.topics), entry.qos, secure, **files, user=entry.user, password=password
    )
    for part in (replace(broker, certificate="", key=""), replace(broker, ca="")):
        problem = tls_problem(part)
        problems += [f"source {entry.name!r}: {said(problem)}"] if problem is not None else []
    if problems:
        raise SourceError("\n".join(problems))
    machines = {device: one.machine for device, one in entry.machines.items()}
    return MqttSource(broker, name=entry.name, options=_options(entry, clock), machines=machines)


def _papers(entry: Entry, folder: Path) -> tuple[dict[str, str], list[str]]:
    """Give the files under ``tls`` that are there, and what is said of those that are not."""
    named = {key: getattr(entry.tls, key) if entry.tls else "" for key in ("ca", "certificate", "key")}
    missing = [key for key, name in named.items() if name and not (folder / name).is_file()]
    there = {key: str(folder / name) if name and key not in missing else "" for key, name in named.items()}
    if {"certificate", "key"} & set(missing):  # neither can be looked at alone
        there |= {"certificate": "", "key": ""}
    return there, [
        f"source {entry.name!r}: tls.{key}: expected a file, found {named[key]!r}" for key in missing
    ]


SCHEMES: Mapping[str, Callable[[Entry, str, Path, Clock], Source]] = {
    "file": _file,
    "tcp": _tcp,
    "tcp-listen": _listen,
    "udp": _udp,
    "serial": _serial,
    "mqtt": _mqtt,
    "mqtts": _mqtt,
}
"""Scheme of an address -> what opens it."""
