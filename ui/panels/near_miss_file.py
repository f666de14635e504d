"""Near misses as a CSV file."""

import numpy as np

from twin import delimited
from twin.fleet.kinds import KIND_NAMES
from twin.fleet.table import Freshness
from twin.safety.near_misses import BUILDING, NearMisses
from twin.tables import Ints
from ui.panels.csv_file import plain, utc
from ui.panels.formats import name

HEADER: tuple[str, ...] = (
    "time_utc", "until_utc", "name", "kind", "other_name", "other_kind", "place", "x_m", "y_m", "ttc_s",
    "pet_s", "min_gap_m", "speed_mps", "other_speed_mps", "position", "other_position", "loaded",
    "other_loaded", "wind_mps", "gust_mps",
)  # fmt: skip


def csv_text(found: NearMisses, places: list[str], rows: Ints) -> str:
    """Give near misses as CSV, a header first.

    Notes
    -----
    A time that there was none of is empty.
    """
    return delimited.csv_text(HEADER, (_line(found, places[row], row) for row in rows.tolist()))


def _line(found: NearMisses, place: str, row: int) -> list[str]:
    return [
        utc(int(found.t_ns[row])), utc(int(found.until_ns[row])),
        plain(name(found.name[row])), _kind(int(found.kind[row])),
        plain(name(found.other_name[row])), _kind(int(found.other_kind[row])), plain(place),
        *(_number(float(getattr(found, column)[row])) for column in HEADER[7:14]),
        _freshness(int(found.freshness[row])), _freshness(int(found.other_freshness[row])),
        str(int(found.loaded[row])), str(int(found.other_loaded[row])),
        _number(float(found.wind_mps[row])), _number(float(found.gust_mps[row])),
    ]  # fmt: skip


def _number(value: float) -> str:
    return f"{value:.3f}" if np.isfinite(value) else ""


def _kind(kind: int) -> str:
    if 0 <= kind < len(KIND_NAMES):
        return KIND_NAMES[kind]
    return "building" if kind == BUILDING else "stack"


def _freshness(grade: int) -> str:
    return Freshness(grade).name.lower() if grade >= 0 else ""
