"""The near misses as Qt asks for them, what of them a person asked for, and how each is written."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import shapely
from PyQt6.QtCore import QModelIndex, QObject, Qt

from twin.clock import NS_PER_S
from twin.fleet.kinds import KIND_NAMES, KINDS
from twin.fleet.table import UNHEARD, Freshness
from twin.safety.near_misses import BUILDING, STACK, NearMisses
from twin.tables import Floats, Ints, Longs
from twin.yard.model import Lane, Yard
from ui.i18n import Texts, mark
from ui.panels.formats import NONE, clock, in_utc, name, number
from ui.panels.inspector_fields import FRESHNESS
from ui.panels.titled import TitledModel
from ui.view_state import Encounter

TITLES: tuple[str, ...] = (
    mark("Time"), mark("Who"), mark("Where"), mark("To contact"), mark("Between (PET)"),
    mark("Least gap"), mark("Speeds"), mark("Positions, load"), mark("Wind (gust)"),
)  # fmt: skip
TIME, WHO, WHERE, TTC, PET, GAP, SPEEDS, STATE, WIND = range(len(TITLES))
EXPLAINED: dict[int, str] = {
    TTC: mark("Least time to contact, had both gone on as they did"),
    PET: mark("Post-encroachment time: how long after the one the other came to the same place"),
    GAP: mark("Least gap between their outlines; below 0 they overlapped"),
    TIME: mark("When it came under its threshold; an ellipsis while it still is"),
    WHERE: mark("The block or the zone, else the road or the junction, else metres of the yard frame"),
    SPEEDS: mark("Speed of the first, then of the other, when they were nearest in time"),
    STATE: mark("How well each position was known, in the order of the names, and who carried a box"),
    WIND: mark("Mean wind and gust then"),
}
UNSURE = (*UNHEARD, Freshness.SUSPECT)
"""A machine whose position is one of these may be elsewhere."""
VERGE_M = 2.0
"""So far beside a lane counts as being on it [m]."""
BESIDE_M = 8.0
"""So far around a block counts as being at it [m]: its truck lane and the crane's wheels."""


@dataclass(frozen=True, slots=True)
class Wanted:
    """Which near misses are listed; -1, "" and infinity leave nothing out.

    Attributes
    ----------
    kind : int
        Index into ``KIND_NAMES`` of either machine.
    place : str
        Name of a block or zone.
    most_s : float
        The longest time to contact, or between two that crossed, that is listed [s].
    since_ns : int
        The earliest that is listed [ns UTC].
    sure : bool
        Whether those are left out in which a place was not known: stale, lost or doubted.
    """

    kind: int = -1
    place: str = ""
    most_s: float = float("inf")
    since_ns: int = 0
    sure: bool = False


def places_of(found: NearMisses, yard: Yard) -> list[str]:
    """Give the block, else the zone, else the way that each near miss happened at; empty where at none."""
    names = [""] * len(found)
    open_: np.ndarray = np.isfinite(found.x_m + found.y_m)
    for block in yard.blocks:
        u, v = block.block_from_yard(found.x_m, found.y_m)
        inside = (u > -BESIDE_M) & (u < block.length_m + BESIDE_M)
        inside &= (v > -BESIDE_M) & (v < block.width_m + BESIDE_M) & open_
        for row in np.flatnonzero(inside).tolist():
            names[row] = block.name
        open_ &= ~inside
    for zone in yard.zones:
        inside = _within(np.array(zone.ring_yard_m), found.x_m, found.y_m) & open_
        for row in np.flatnonzero(inside).tolist():
            names[row] = zone.name
        open_ &= ~inside
    for row, lane in _lanes_at(found, yard, np.flatnonzero(open_)).items():
        way = f"junction {lane.junction}" if lane.junction else f"road {lane.name}"
        names[row] = f"block {lane.block}" if lane.block else way
    return names


def _lanes_at(found: NearMisses, yard: Yard, rows: Longs) -> dict[int, Lane]:
    """Give the lane that each of the rows lies on or beside."""
    if not len(rows) or not yard.lanes:
        return {}
    ways = [lane.centre_line_yard_m for lane in yard.lanes]
    of = np.repeat(np.arange(len(ways)), [len(way) for way in ways])
    lines = shapely.STRtree(shapely.linestrings(np.concatenate(ways), indices=of))
    widest_m = max(lane.width_m for lane in yard.lanes) / 2 + VERGE_M
    points = shapely.points(found.x_m[rows], found.y_m[rows])
    at, lanes = lines.query_nearest(points, max_distance=widest_m, all_matches=False)
    return {int(rows[a]): yard.lanes[lane] for a, lane in zip(at.tolist(), lanes.tolist(), strict=True)}


def _within(ring: Floats, x: Floats, y: Floats) -> np.ndarray:
    """Tell which points lie in a polygon, by the crossings of a ray."""
    inside = np.zeros(len(x), np.bool_)
    for (x0, y0), (x1, y1) in zip(ring, np.roll(ring, -1, axis=0), strict=True):
        with np.errstate(invalid="ignore", divide="ignore"):
            crosses = ((y0 > y) != (y1 > y)) & (x < (x1 - x0) * (y - y0) / (y1 - y0) + x0)
        inside ^= crosses
    return inside


def chosen(found: NearMisses, places: list[str], wanted: Wanted) -> Ints:
    """Give the rows of the near misses that are wanted, newest first."""
    kept = found.t_ns >= wanted.since_ns
    if wanted.kind >= 0:
        kept &= (found.kind == wanted.kind) | (found.other_kind == wanted.kind)
    if np.isfinite(wanted.most_s):
        kept &= np.fmin(found.ttc_s, found.pet_s) <= wanted.most_s
    if wanted.sure:
        kept &= ~np.isin(found.freshness, UNSURE) & ~np.isin(found.other_freshness, UNSURE)
    if wanted.place:
        kept &= np.array([place == wanted.place for place in places], np.bool_)
    rows: Ints = np.flatnonzero(kept)[::-1].astype(np.int32)
    return rows


def arranged(found: NearMisses, rows: Ints, column: int, falling: bool) -> Ints:
    """Give rows in the order of a column; by time where it has no order of its own."""
    keys = {
        TTC: found.ttc_s,
        PET: found.pet_s,
        GAP: found.min_gap_m,
        SPEEDS: found.speed_mps,
        WIND: found.gust_mps,
    }
    key = keys.get(column, found.t_ns)[rows]
    order = np.argsort(key, kind="stable")
    return rows[order[::-1]] if falling else rows[order]


def who(found: NearMisses, row: int, texts: Texts) -> str:
    """Name both of a near miss."""
    other = name(found.other_name[row])
    if found.other_kind[row] == STACK:
        what, space, slot = other.partition(" ")
        other = f"{texts.tr(what)}{space}{slot}"
    return f"{name(found.name[row])} / {other}"


def kind_title(kind: int) -> str:
    """Give the title of a kind of machine or of what stands, in English."""
    if kind >= 0:
        return KINDS[KIND_NAMES[kind]].title
    return mark("building") if kind == BUILDING else mark("stack")


def encounter_of(found: NearMisses, row: int) -> Encounter:
    """Give a near miss as it is looked at again."""
    return Encounter(
        name(found.name[row]), name(found.other_name[row]), int(found.t_ns[row]), float(found.x_m[row]),
        float(found.y_m[row]), float(found.ttc_s[row]), float(found.min_gap_m[row]),
        float(found.pet_s[row]), int(found.until_ns[row]),
    )  # fmt: skip


class NearMissModel(TitledModel):
    """Near misses of one state, those that are wanted; a text is made when its cell is seen."""

    def __init__(self, texts: Texts, parent: QObject | None = None) -> None:
        super().__init__(TITLES, texts, parent, EXPLAINED)
        self.found: NearMisses | None = None
        self.places: list[str] = []
        self.rows: Ints = np.empty(0, np.int32)

    def show(self, found: NearMisses, places: list[str], rows: Ints) -> None:
        """Take near misses, where each was, and which of them are listed in which order."""
        same = len(rows) == len(self.rows) and bool((rows == self.rows).all())
        if same and self.found is not None:
            self.found, self.places = found, places
            return
        self.beginResetModel()
        self.found, self.places, self.rows = found, places, rows
        self.endResetModel()

    def row_of(self, line: int) -> int:
        """Give the near miss of a line, -1 where there is none."""
        return int(self.rows[line]) if 0 <= line < len(self.rows) else -1

    def rowCount(self, parent: QModelIndex = QModelIndex()) -> int:  # noqa: B008
        """Give the number of lines."""
        return 0 if parent.isValid() else len(self.rows)

    def data(self, index: QModelIndex, role: int = Qt.ItemDataRole.DisplayRole) -> object:
        """Give what a cell shows."""
        row = self.row_of(index.row())
        if self.found is None or row < 0:
            return None
        if role == Qt.ItemDataRole.DisplayRole:
            return self._text(self.found, row, index.column())
        if role == Qt.ItemDataRole.ToolTipRole:
            at = in_utc(int(self.found.t_ns[row]))
            return at if index.column() == TIME else self._told(self.found, row)
        return None

    def _text(self, found: NearMisses, row: int, column: int) -> str:
        if column == TIME:
            lasts = "" if found.until_ns[row] > 0 else "…"
            return f"{clock(self._texts, int(found.t_ns[row]))}{lasts}"
        if column == WHO:
            return who(found, row, self._texts)
        if column == WHERE:
            place = self._texts.tr(self.places[row])
            return place or f"{number(found.x_m[row])}, {number(found.y_m[row])} m"
        if column in (TTC, PET):
            return number(float((found.ttc_s if column == TTC else found.pet_s)[row]), 1, "s")
        if column == GAP:
            return number(float(found.min_gap_m[row]), 2, "m")
        if column == SPEEDS:
            speeds = (float(found.speed_mps[row]), float(found.other_speed_mps[row]))
            return f"{number(speeds[0], 1)}, {number(speeds[1], 1, 'm/s')}"
        if column == STATE:
            return self._states(found, row)
        return f"{found.wind_mps[row]:.1f} ({found.gust_mps[row]:.1f}) m/s"

    def _states(self, found: NearMisses, row: int) -> str:
        tr = self._texts.tr
        sides = (
            (found.freshness, found.loaded, found.kind),
            (found.other_freshness, found.other_loaded, found.other_kind),
        )
        words = []
        for freshness, loaded, kind in sides:
            known = FRESHNESS.get(int(freshness[row]), kind_title(int(kind[row])))
            told = tr(known).split(":")[0].split("：")[0]
            words.append(f"{told}, {tr('loaded')}" if loaded[row] else told)
        return " / ".join(words)

    def _told(self, found: NearMisses, row: int) -> str:
        tr = self._texts.tr
        kinds = [tr(kind_title(int(kind))) for kind in (found.kind[row], found.other_kind[row])]
        until_ns = int(found.until_ns[row])
        told = f"{(until_ns - int(found.t_ns[row])) / NS_PER_S:.1f} s" if until_ns > 0 else NONE
        return tr(
            "{first} and {other}; under the threshold for {time}", first=kinds[0], other=kinds[1], time=told
        )
