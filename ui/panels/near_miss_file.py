"""Near misses as a CSV file: written whole or not at all."""

import csv
import datetime
import io
from pathlib import Path

import numpy as np

from twin.clock import NS_PER_S
from twin.errors import TwinError
from twin.fleet.kinds import KIND_NAMES
from twin.fleet.table import Freshness
from twin.safety.near_misses import BUILDING, NearMisses
from twin.tables import Ints
from ui import whole
from ui.panels.formats import name

HEADER: tuple[str, ...] = (
    "time_utc", "until_utc", "name", "kind", "other_name", "other_kind", "place", "x_m", "y_m", "ttc_s",
    "pet_s", "min_gap_m", "speed_mps", "other_speed_mps", "position", "other_position", "loaded",
    "other_loaded", "wind_mps", "gust_mps",
)  # fmt: skip
_FORMULA = ("=", "+", "-", "@", "\t", "\r")


class ExportError(TwinError):
    """A file that could not be written."""


def csv_text(found: NearMisses, places: list[str], rows: Ints) -> str:
    """Give near misses as CSV, a header first.

    Notes
    -----
    A time that there was none of is empty. A name that a spreadsheet would take for a formula begins with
    an apostrophe.
    """
    out = io.StringIO()
    writer = csv.writer(out, lineterminator="\n")
    writer.writerow(HEADER)
    for row in rows.tolist():
        writer.writerow(_line(found, places[row], row))
    return out.getvalue()


def _line(found: NearMisses, place: str, row: int) -> list[str]:
    return [
        _utc(int(found.t_ns[row])), _utc(int(found.until_ns[row])),
        _plain(name(found.name[row])), _kind(int(found.kind[row])),
        _plain(name(found.other_name[row])), _kind(int(found.other_kind[row])), _plain(place),
        *(_number(float(getattr(found, column)[row])) for column in HEADER[7:14]),
        _freshness(int(found.freshness[row])), _freshness(int(found.other_freshness[row])),
        str(int(found.loaded[row])), str(int(found.other_loaded[row])),
        _number(float(found.wind_mps[row])), _number(float(found.gust_mps[row])),
    ]  # fmt: skip


def _utc(t_ns: int) -> str:
    if t_ns <= 0:
        return ""
    when = datetime.datetime.fromtimestamp(t_ns // NS_PER_S, datetime.UTC)
    return f"{when:%Y-%m-%dT%H:%M:%S}.{t_ns % NS_PER_S // 1_000_000:03d}Z"


def _number(value: float) -> str:
    return f"{value:.3f}" if np.isfinite(value) else ""


def _kind(kind: int) -> str:
    if 0 <= kind < len(KIND_NAMES):
        return KIND_NAMES[kind]
    return "building" if kind == BUILDING else "stack"


def _freshness(grade: int) -> str:
    return Freshness(grade).name.lower() if grade >= 0 else ""


def _plain(text: str) -> str:
    return f"'{text}" if text.startswith(_FORMULA) else text


def write_whole(path: Path, text: str) -> None:
    """Write a text file whole or not at all: what was there before stays where that fails.

    Raises
    ------
    ExportError
        Where the place cannot be written: no rights, no room, no such folder.
    """
    try:
        whole.write_whole(path, text.encode())
    except OSError as error:
        found = whole.reason_of(error)
        raise ExportError(f"file '{path}': expected a place that can be written, found: {found}") from error
