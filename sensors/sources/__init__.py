"""Where bytes come from: files, TCP, and a simulated shift.

A source is named by a text: ``file:PATH`` or ``tcp:HOST:PORT``, with options behind a question mark:

- ``device=NAME``: the device of sentences without a TAG block, and the name of the source;
- ``kind=KIND`` and ``block=BLOCK``: what that device is (``twin.fleet.kinds``), told once at the start;
- ``speed=X``: for a file, how many times as fast as it was recorded, or ``max``.
"""

from collections.abc import Callable, Mapping, Sequence
from urllib.parse import unquote

from sensors.errors import SourceError
from sensors.lines import MAX_NAME_BYTES
from sensors.rules import Rules, SourceRules
from sensors.sources.base import Retold, Source
from sensors.sources.file import FileSource
from sensors.sources.hotplug import HotSources
from sensors.sources.live import LiveOptions
from sensors.sources.opening import SCHEMES
from sensors.sources.tcp import TcpSource
from sensors.sources.wording import meant
from twin.fleet.kinds import KIND_NAMES

__all__ = [
    "SOURCES", "FileSource", "HotSources", "Retold", "Source", "SourceError", "TcpSource", "open_all",
    "open_source", "rules_of_specs",
]  # fmt: skip

_COMMON = ("device", "kind", "block")


def _open_file(path: str, options: Mapping[str, str]) -> Source:
    speed = options.get("speed", "1")
    return FileSource(
        path,
        device=options.get("device", ""),
        kind=options.get("kind", ""),
        block=options.get("block", ""),
        speed=float("inf") if speed == "max" else _number("speed", speed),
    )


def _open_tcp(address: str, options: Mapping[str, str]) -> Source:
    host, colon, port = address.removeprefix("//").rpartition(":")
    if not (colon and host and port.isdecimal() and 0 < int(port) < 65_536):
        raise SourceError(f"source 'tcp:{address}': expected tcp:HOST:PORT with a port from 1 to 65535")
    device = options.get("device", "")
    kinds = {device: (options["kind"], options.get("block", ""))} if "kind" in options else {}
    return TcpSource(host.strip("[]"), int(port), name=device, options=LiveOptions(kinds=kinds))


SOURCES: dict[str, tuple[Callable[[str, Mapping[str, str]], Source], tuple[str, ...]]] = {
    "file": (_open_file, (*_COMMON, "speed")),
    "tcp": (_open_tcp, _COMMON),
}
"""Scheme -> what opens it, and the options that it knows."""


def open_source(spec: str) -> Source:
    """Open the source that ``spec`` names.

    Raises
    ------
    SourceError
        Where the scheme, an option or a value is not known, or the file cannot be read. A TCP peer
        that does not answer is no error: the source goes on trying and says so in its health.
    """
    scheme, colon, rest = spec.partition(":")
    if not colon or scheme not in SOURCES:
        wanted = ", ".join(f"{name}:" for name in SOURCES)
        where = f"; {scheme}: is named in a file, --sources yard.toml" if colon and scheme in SCHEMES else ""
        raise SourceError(f"source {spec!r}: expected one of {wanted}, found {scheme[:20]!r}{where}")
    opener, known = SOURCES[scheme]
    target, _, query = rest.partition("?")
    if not target:
        raise SourceError(f"source {spec!r}: expected something behind {scheme!r}:")
    options: dict[str, str] = {}
    for item in filter(None, query.split("&")):
        name, equals, value = item.partition("=")
        if name not in known or not equals or not value:
            raise SourceError(f"source {spec!r}: expected options {', '.join(known)}, found {item!r}")
        options[name] = unquote(value)
    _check(spec, options)
    return opener(target, options)


def open_all(specs: Sequence[str]) -> tuple[Source, ...]:
    """Open several sources.

    Raises
    ------
    SourceError
        As :func:`open_source`; also where two that state no device would go by one name, of which the yard
        keeps 16 characters.
    """
    opened: list[Source] = []
    spec_of: dict[str, str] = {}
    try:
        for spec in specs:
            source = open_source(spec)
            opened.append(source)
            other = spec_of.setdefault(source.name, spec)
            if other != spec and not ("device=" in spec and "device=" in other):
                raise SourceError(
                    f"source {spec!r}: expected another name than {other!r} has, found {source.name!r}; "
                    "put ?device=NAME behind both"
                )
    except BaseException:
        for one in opened:
            one.close()
        raise
    return tuple(opened)


def rules_of_specs(opened: Sequence[Source]) -> Rules:
    """Give what is known of sources that texts name: times of a file are those of a log."""
    files = (one.name for one in opened if isinstance(one, FileSource))
    return Rules({name: SourceRules(live=False) for name in files})


def _check(spec: str, options: Mapping[str, str]) -> None:
    device = options.get("device", "x")
    if not (device.isascii() and device.isprintable() and 1 <= len(device) <= MAX_NAME_BYTES):
        raise SourceError(
            f"source {spec!r}: device: expected 1 to {MAX_NAME_BYTES} ASCII letters, found {device!r}"
        )
    kind = options.get("kind", KIND_NAMES[0])
    if kind not in KIND_NAMES:
        hint = meant(kind, KIND_NAMES)
        raise SourceError(
            f"source {spec!r}: kind: expected one of {', '.join(KIND_NAMES)}, found {kind!r}{hint}"
        )
    if len(options.get("block", "")) > 12:
        raise SourceError(f"source {spec!r}: block: expected at most 12 characters")


def _number(name: str, text: str) -> float:
    try:
        value = float(text)
    except ValueError:
        value = -1.0
    if not 0 < value < 1e6:
        raise SourceError(f"source option {name}: expected a number above 0 or 'max', found {text!r}")
    return value
