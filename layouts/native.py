"""The native format: a yard as one versioned JSON document, described in ``layouts/README.md``."""

import json
from dataclasses import fields, is_dataclass
from typing import Any

from layouts.migrations import VERSION, Document, migrate
from layouts.report import LayoutError, LoadReport
from layouts.shapes import Choice, Many, Number, Optional, Record, Text, Truth, Whole, refused
from twin import keys_once
from twin.errors import YardError
from twin.frames import YardFrame
from twin.keys_once import KeyTwiceError
from twin.yard.edits import MAX_COORDINATE_M
from twin.yard.model import (
    MAX_TIERS,
    BaseStation,
    Block,
    BlockKind,
    Gate,
    Georeference,
    Lane,
    LaneKind,
    Quay,
    Side,
    Yard,
    Zone,
    ZoneKind,
)
from twin.yard.validation import findings, overlapping_blocks

FORMAT = "yard-twin layout"
MAX_BYTES = 16 * 1024 * 1024
"""Largest file that is read."""
MAX_GROUND_SLOTS = 1_000_000
MOST_WARNINGS = 50
LATER = frozenset({"row_limits_m", "stack_load_kg", "lines"})
"""Keys of a block that are written only where they are set, so that an older program reads the rest."""
DECIMALS = 4
"""Decimals of a length in metres: a tenth of a millimetre."""

_COORDINATE = Number(-MAX_COORDINATE_M, MAX_COORDINATE_M)
_POINT = Many(_COORDINATE, 2, 2)
_LINE = Many(_POINT, 10_000, 2)
_RING = Many(_POINT, 10_000, 3)
_NAME = Text(80)
_ANGLE = Number(-1_000.0, 1_000.0)
_ROWS = Many(Whole(1, 60), 60)

_GEOREFERENCE = Record(
    Georeference,
    {"epsg": Whole(1, 999_999), "origin": Many(Number(-1e8, 1e8), 2, 2)},
    {"h0_m": Number(-1_000.0, 10_000.0), "rotation_rad": _ANGLE},
    {
        "epsg": "geographic or projected system of the origin, such as 4490 or 4549 (CGCS2000)",
        "origin": "east, north [m] or longitude, latitude [deg], in the units of the system",
        "h0_m": "ellipsoidal height at which z is 0 [m]",
        "rotation_rad": "turn of the yard's x axis, counter-clockwise from east [rad]",
    },
)
_BLOCK = Record(
    Block,
    {
        "name": Text(12),
        "kind": Choice(BlockKind),
        "origin_yard_m": _POINT,
        "heading_rad": _ANGLE,
        "bays": Whole(1, 200),
        "rows": Whole(1, 60),
        "tiers": Whole(1, MAX_TIERS),
    },
    {
        "bay_pitch_m": Number(0.1, 100.0),
        "row_pitch_m": Number(0.1, 100.0),
        "truck_lane_side": Choice(Side),
        "height_limit_m": Number(0.1, 100.0),
        "reefer_rows": _ROWS,
        "dangerous_rows": _ROWS,
        "closed": Truth(),
        "row_limits_m": Many(Number(0.1, 100.0), 60),
        "stack_load_kg": Optional(Number(1.0, 1e7)),
        "lines": Many(_NAME, 60),
    },
    {
        "origin_yard_m": "outer corner of the ground slot of bay 1, row 1 [m]",
        "row_limits_m": "highest top face of each row, row 1 first; other rows have height_limit_m [m]",
        "stack_load_kg": "what the ground under one 20 ft place bears, null: any stack [kg]",
        "lines": "names of the lines that it is kept for; none: all",
    },
)
_LANE = Record(
    Lane,
    {"name": _NAME, "kind": Choice(LaneKind), "centre_line_yard_m": _LINE},
    {
        "width_m": Number(0.1, 100.0),
        "speed_limit_mps": Number(0.1, 100.0),
        "block": Text(12, 0),
        "junction": Text(80, 0),
    },
    {"centre_line_yard_m": "in the direction of driving; lanes join where end meets start within 1 cm"},
)
_GATE = Record(
    Gate,
    {
        "name": _NAME,
        "lanes_in": Many(_NAME, 100),
        "lanes_out": Many(_NAME, 100),
        "ocr_portal_yard_m": _POINT,
        "weighbridge_yard_m": _POINT,
    },
)
_ZONE = Record(
    Zone,
    {"name": _NAME, "kind": Choice(ZoneKind), "ring_yard_m": _RING},
    {"height_m": Number(0.0, 1_000.0)},
)
_QUAY = Record(
    Quay,
    {"name": _NAME, "edge_yard_m": Many(_POINT, 2, 2)},
    {"rail_setback_m": Number(0.0, 1_000.0), "gauge_m": Number(0.1, 1_000.0), "cranes": Whole(0, 100)},
    {"edge_yard_m": "the quay's edge, water on the right"},
)
_BASE_STATION = Record(BaseStation, {"name": _NAME, "position_yard_m": Many(_COORDINATE, 3, 3)})
_YARD = Record(
    Yard,
    {"name": _NAME, "georeference": _GEOREFERENCE, "fence_yard_m": _RING},
    {
        "blocks": Many(_BLOCK, 5_000),
        "lanes": Many(_LANE, 50_000),
        "gates": Many(_GATE, 1_000),
        "zones": Many(_ZONE, 10_000),
        "quays": Many(_QUAY, 100),
        "base_station": Optional(_BASE_STATION),
        "revision": Whole(0, 2**53),
    },
)


def encode(yard: Yard) -> bytes:
    """Give the document of a yard: UTF-8, one line a block, lane, gate or zone.

    Lengths are written to a tenth of a millimetre, angles and the origin in full.
    """
    lines = ["{", f' "format": {_json(FORMAT)},', f' "version": {VERSION},']
    entries = []
    for key in (*_YARD.needed, *_YARD.free):
        value = getattr(yard, key)
        if key in ("blocks", "lanes", "gates", "zones", "quays"):
            rows = ",\n".join(f"  {_json(_plain(item))}" for item in value)
            entries.append(f" {_json(key)}: [\n{rows}\n ]" if value else f" {_json(key)}: []")
        else:
            entries.append(f" {_json(key)}: {_json(_plain(value))}")
    return ("\n".join(lines) + "\n" + ",\n".join(entries) + "\n}\n").encode()


def decode(data: bytes, source: str) -> LoadReport:
    """Read a document.

    Parameters
    ----------
    data : bytes
        The file's content.
    source : str
        The file's name, for messages.

    Returns
    -------
    LoadReport
        Its warnings are what the checks of a yard found, but for what stands in the way of reading.

    Raises
    ------
    LayoutError
        Where the document is too large, is cut off, is of another format or a newer version, holds
        anything unknown or out of bounds, or where two blocks overlap. Names file, place, expected, found.
    """
    where = f"layout {source!r}"
    document = _document(data, where)
    version = document.pop("version")
    document.pop("format")
    yard = _YARD.read(migrate(document, version, where), f"{where}, ")
    _refuse_impossible(yard, where)
    notes = [f"{where}, {finding.where}: {finding.message}" for finding in findings(yard)]
    if version < VERSION:
        notes.insert(0, f"{where}: was written in version {version} and is read as version {VERSION}")
    if len(notes) > MOST_WARNINGS:
        notes = [*notes[:MOST_WARNINGS], f"{where}: {len(notes) - MOST_WARNINGS} warnings more"]
    return LoadReport(yard, tuple(notes))


def schema() -> dict[str, Any]:
    """Give the JSON Schema of the native format, as in ``layouts/yard.schema.json``."""
    body = _YARD.schema()
    head = {"format": {"const": FORMAT}, "version": {"const": VERSION}}
    return {
        "$schema": "https://json-schema.org/draft/2020-12/schema",
        "title": FORMAT,
        "description": "Metres, radians and seconds; x to the yard's east, y to its north, z up.",
        "type": "object",
        "properties": head | body["properties"],
        "required": ["format", "version", *body["required"]],
        "additionalProperties": False,
    }


def _document(data: bytes, where: str) -> Document:
    if len(data) > MAX_BYTES:
        limit = MAX_BYTES // 2**20
        raise LayoutError(f"{where}: expected at most {limit} MiB, found {len(data) / 2**20:.1f} MiB")
    try:
        document = keys_once.loads(data.decode("utf-8-sig"), _constant)
    except UnicodeDecodeError as error:
        raise LayoutError(f"{where}: expected UTF-8 text, found the byte {data[error.start]:#04x}") from error
    except json.JSONDecodeError as error:
        raise LayoutError(f"{where}, {_syntax(error)}") from error
    except KeyTwiceError as error:
        raise LayoutError(f"{where}, line {error.line}: {error}") from error
    except RecursionError as error:
        raise LayoutError(f"{where}: expected a flat document, found lists nested too deep") from error
    except ValueError as error:
        raise LayoutError(f"{where}: {error}") from error
    if not isinstance(document, dict) or document.get("format") != FORMAT:
        found = document.get("format") if isinstance(document, dict) else document
        raise refused(f"{where}, format", repr(FORMAT), found)
    version = document.get("version")
    if isinstance(version, bool) or not isinstance(version, int):
        raise refused(f"{where}, version", "a whole number", version)
    return document


def _syntax(error: json.JSONDecodeError) -> str:
    if not error.doc[error.pos :].strip() or error.msg.startswith("Unterminated"):
        return f"line {error.lineno}: expected more, found the end of the file; it may have been cut off"
    return f"line {error.lineno}, column {error.colno}: expected JSON, found an error ({error.msg})"


def _constant(name: str) -> float:
    raise ValueError(f"expected finite numbers, found {name}")


def _refuse_impossible(yard: Yard, where: str) -> None:
    index = {block.name: number for number, block in enumerate(yard.blocks)}
    for one, other, (x, y) in overlapping_blocks(yard):
        raise LayoutError(
            f"{where}, blocks[{index[one.name]}] {one.name!r}: expected blocks apart, found it over "
            f"blocks[{index[other.name]}] {other.name!r} at ({x:.2f}, {y:.2f})"
        )
    ground = sum(block.bays * block.rows for block in yard.blocks)
    if ground > MAX_GROUND_SLOTS:
        raise LayoutError(f"{where}, blocks: expected at most {MAX_GROUND_SLOTS} places, found {ground}")
    try:
        YardFrame.of(yard.georeference)
    except YardError as error:
        raise LayoutError(f"{where}, {error}") from error


def _json(value: Any) -> str:
    return json.dumps(value, ensure_ascii=False, allow_nan=False)


def _plain(value: Any, *, exact: bool = False) -> Any:
    """Give lists, objects, texts and numbers; metres are rounded, what is ``exact`` is not."""
    if is_dataclass(value):
        keys = [
            field.name
            for field in fields(value)
            if field.name not in LATER or getattr(value, field.name) != field.default
        ]
        whole = isinstance(value, Georeference)
        return {key: _plain(getattr(value, key), exact=whole or key.endswith("_rad")) for key in keys}
    if isinstance(value, (tuple, list)):
        return [_plain(item, exact=exact) for item in value]
    if isinstance(value, float):
        return value if exact else round(value, DECIMALS) + 0.0
    return value
