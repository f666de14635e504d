"""GNSS receivers as they are: what they report of a true pose, with honest errors.

Notes
-----
The errors follow the yard model measured for this project's filters: white noise of about 1 cm, a
Gauss-Markov part of 1 to 2 cm over 20 s (multipath near stacks), float solutions of 25 cm for 8 s
every few minutes, dual-antenna heading of 0.15 degrees. A real RTK drive against survey-grade truth
showed 4 cm an axis correlated over 2 s; a single-frequency code solution 1.5 m.
"""

from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

from sensors.simulation.places import Places
from twin.clock import NS_PER_S
from twin.fleet.kinds import KIND_NAMES, KINDS
from twin.tables import Bytes, Flags, Floats, Longs, Table, Texts

if TYPE_CHECKING:
    from twin.operations.truth import Truth

FIXED, FLOAT, SINGLE, NONE = 4, 5, 1, 0
"""NMEA GGA qualities that the model knows."""

STILL_MPS = 0.2
"""Below this speed a receiver gives no course."""


@dataclass(frozen=True, slots=True)
class ReceiverOptions:
    """How good the receivers are; SI units, one sigma.

    ``white_m`` and ``slow_m`` are horizontal errors of one axis by quality (fixed, float, single);
    heights are ``height_factor`` times as bad. ``float_every_s`` is the mean time between float
    solutions of a receiver (0 = never), ``float_s`` their length; ``single_share`` of them fall
    further, to a single solution. ``lost_every_s`` and ``lost_s`` are losses without any bytes.
    ``near_crane_m``: a vehicle this close to a gantry or quay crane has ``near_crane_factor`` the
    slow error.
    """

    white_m: tuple[float, float, float] = (0.008, 0.08, 0.5)
    slow_m: tuple[float, float, float] = (0.012, 0.24, 1.4)
    slow_s: float = 20.0
    height_factor: float = 1.6
    heading_rad: float = float(np.radians(0.15))
    speed_mps: float = 0.02
    float_every_s: float = 600.0
    float_s: float = 8.0
    single_share: float = 0.1
    lost_every_s: float = 0.0
    lost_s: float = 5.0
    near_crane_m: float = 15.0
    near_crane_factor: float = 1.5
    gst_interval_s: float = 1.0


PERFECT = ReceiverOptions(
    white_m=(0.0, 0.0, 0.0),
    slow_m=(0.0, 0.0, 0.0),
    heading_rad=0.0,
    speed_mps=0.0,
    float_every_s=0.0,
)
"""Receivers without an error, for tests."""


@dataclass(frozen=True, eq=False)
class Epoch(Table):
    """What the receivers report of one instant, one row a report.

    Attributes
    ----------
    row : (k,) int64
        Row of the truth.
    x_m, y_m, z_m : (k,) float
        The antenna, in the yard frame.
    speed_mps, course_rad, heading_rad : (k,) float
        In the yard frame, counter-clockwise from x; course NaN below ``STILL_MPS``.
    quality, satellites : (k,) int8
    hdop, sigma_m : (k,) float
        ``sigma_m`` is the true one-axis error: a receiver that knows itself.
    gst : (k,) bool
        Whether this report carries its error estimate.
    """

    row: Longs
    x_m: Floats
    y_m: Floats
    z_m: Floats
    speed_mps: Floats
    course_rad: Floats
    heading_rad: Floats
    quality: Bytes
    satellites: Bytes
    hdop: Floats
    sigma_m: Floats
    gst: Flags


_ANTENNA = np.array([KINDS[name].antenna_m for name in KIND_NAMES])
_INTERVAL_NS = np.array([round(KINDS[name].report_interval_s * 1e9) for name in KIND_NAMES], np.int64)
_CRANES = np.array([KINDS[name].hoist_range_m[1] > 0 and KINDS[name].speed_mps < 3 for name in KIND_NAMES])
_COLUMN = np.array([0, 2, 0, 0, 0, 1])  # GGA quality -> column of the figures


class Receivers:
    """All receivers of a yard: their slow errors and their solutions, from report to report.

    Parameters
    ----------
    places : Places
        Where the radio is blind.
    options : ReceiverOptions
    seed : int
        Equal seeds and equal truths give equal reports.
    """

    def __init__(self, places: Places, options: ReceiverOptions, seed: int) -> None:
        self._places = places
        self._options = options
        self._rng = np.random.default_rng(seed)
        self._rows: dict[bytes, int] = {}
        self._slow = np.zeros((0, 3))
        self._quality = np.zeros(0, np.int8)
        self._until_ns = np.zeros(0, np.int64)
        self._lost_until_ns = np.zeros(0, np.int64)
        self._next_ns = np.zeros(0, np.int64)
        self._next_gst_ns = np.zeros(0, np.int64)
        self._last_ns = np.zeros(0, np.int64)

    def report(self, truth: "Truth") -> tuple[Epoch, Flags]:
        """Give the reports that are due at the instant of ``truth``, and whom the radio reaches.

        Parameters
        ----------
        truth : Truth
            (n,) machines; later than the one before.

        Returns
        -------
        Epoch, (n,) bool
        """
        t_ns = truth.t_ns
        row = np.flatnonzero(truth.present & np.isfinite(truth.x_m) & np.isfinite(truth.y_m))
        own, kind = self._own(truth.name[row]), truth.kind[row]
        x, y = _antennas(truth, row)
        heard = ~self._places.blind(x, y)
        reached = np.zeros(len(truth.present), np.bool_)
        reached[row[heard]] = True
        self._drift(own, t_ns)
        due = heard & (t_ns >= self._next_ns[own])
        # A tenth early, so that steps which do not fall on the interval do not halve the rate.
        self._next_ns[own[due]] = t_ns + _INTERVAL_NS[kind[due]] * 9 // 10
        due &= self._lost_until_ns[own] <= t_ns
        steel = self._near_cranes(kind, x, y)
        return self._measured(truth, row[due], own[due], x[due], y[due], steel[due]), reached

    def _measured(self, truth: "Truth", row: Longs, own: Longs, x: Floats, y: Floats, steel: Floats) -> Epoch:
        """Give what receivers ``own`` measure with their antennas at ``x``, ``y``."""
        o, k = self._options, len(row)
        quality = self._quality[own]
        figures = _COLUMN[quality]
        white, slow = np.array(o.white_m)[figures], np.array(o.slow_m)[figures] * steel
        error = self._rng.standard_normal((k, 3)) * white[:, None] + self._slow[own] * slow[:, None]
        noise = self._rng.standard_normal((k, 2))
        east, north = _velocity(truth, row)
        speed = np.hypot(east, north)
        gst = (truth.t_ns >= self._next_gst_ns[own]) | (figures > 0)
        self._next_gst_ns[own[gst]] = truth.t_ns + round(o.gst_interval_s * NS_PER_S)
        return Epoch(
            row=row,
            x_m=x + error[:, 0],
            y_m=y + error[:, 1],
            z_m=_ANTENNA[truth.kind[row], 2] + error[:, 2] * o.height_factor,
            speed_mps=np.abs(speed + noise[:, 1] * o.speed_mps),
            course_rad=np.where(speed > STILL_MPS, np.arctan2(north, east), np.nan),
            heading_rad=truth.heading_rad[row] + noise[:, 0] * o.heading_rad,
            quality=quality,
            satellites=np.array([24, 9, 18], np.int8)[figures],
            hdop=np.array([0.7, 1.6, 0.9])[figures],
            sigma_m=np.hypot(white, slow),
            gst=gst,
        )

    def _own(self, name: Texts) -> Longs:
        """Give each mover's row here; make rows for new ones."""
        rows = self._rows
        before = len(rows)
        own = np.array([rows.setdefault(text, len(rows)) for text in name.tolist()], np.int64)
        new = len(rows) - before
        if new:
            self._slow = np.concatenate((self._slow, self._rng.standard_normal((new, 3))))
            self._quality = np.concatenate((self._quality, np.full(new, FIXED, np.int8)))
            for column in ("_until_ns", "_lost_until_ns", "_next_ns", "_next_gst_ns", "_last_ns"):
                setattr(self, column, np.concatenate((getattr(self, column), np.zeros(new, np.int64))))
        return own

    def _drift(self, own: Longs, t_ns: int) -> None:
        """Move slow errors and solutions on to ``t_ns``."""
        o = self._options
        passed_s = np.where(self._last_ns[own] > 0, np.maximum(t_ns - self._last_ns[own], 0) / 1e9, 0.0)
        self._last_ns[own] = t_ns
        keep = np.exp(-passed_s / o.slow_s)[:, None]
        fresh = self._rng.standard_normal((len(own), 3))
        self._slow[own] = keep * self._slow[own] + np.sqrt(1 - keep**2) * fresh
        chance = self._rng.random((len(own), 3))
        over = self._until_ns[own] <= t_ns
        self._quality[own[over]] = FIXED
        if o.float_every_s > 0:
            falls = over & (chance[:, 0] < passed_s / o.float_every_s)
            self._quality[own[falls]] = np.where(chance[falls, 1] < o.single_share, SINGLE, FLOAT)
            self._until_ns[own[falls]] = t_ns + round(o.float_s * 1e9)
        if o.lost_every_s > 0:
            lost = chance[:, 2] < passed_s / o.lost_every_s
            self._lost_until_ns[own[lost]] = t_ns + round(o.lost_s * 1e9)

    def _near_cranes(self, kind: Bytes, x: Floats, y: Floats) -> Floats:
        """Give how much worse the slow error of each is: steel above a vehicle reflects."""
        factor = np.ones(len(kind))
        crane = _CRANES[kind]
        if crane.any() and self._options.near_crane_factor != 1:
            gap = np.hypot(x[:, None] - x[crane], y[:, None] - y[crane])
            factor[(gap < self._options.near_crane_m).any(axis=1) & ~crane] = self._options.near_crane_factor
        return factor


def _antennas(truth: "Truth", row: Longs) -> tuple[Floats, Floats]:
    """Give where the antennas are in the yard frame [m]."""
    arm = _ANTENNA[truth.kind[row]]
    c, s = np.cos(truth.heading_rad[row]), np.sin(truth.heading_rad[row])
    return truth.x_m[row] + c * arm[:, 0] - s * arm[:, 1], truth.y_m[row] + s * arm[:, 0] + c * arm[:, 1]


def _velocity(truth: "Truth", row: Longs) -> tuple[Floats, Floats]:
    """Give the antennas' velocities: the machine's own, and its turning about the origin [m/s]."""
    arm = _ANTENNA[truth.kind[row]]
    c, s = np.cos(truth.heading_rad[row]), np.sin(truth.heading_rad[row])
    turn = np.nan_to_num(truth.yaw_rate_rps[row])
    ahead, aside = truth.speed_mps[row] - turn * arm[:, 1], turn * arm[:, 0]
    return c * ahead - s * aside, s * ahead + c * aside
