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
from twin.fleet import motion
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
    slow error. ``wrong_every_s`` is the mean time between wrong fixes that are called fixed (0 = never),
    off by ``wrong_m`` (least, most), for ``wrong_s``. ``wheel_mps`` and ``wheel_scale`` are noise and
    scale error of an odometer, ``gyro_rps`` and ``gyro_bias_rps`` those of a gyro.
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
    wrong_every_s: float = 0.0
    wrong_m: tuple[float, float] = (0.4, 3.0)
    wrong_s: float = 5.0
    wheel_mps: float = 0.02
    wheel_scale: float = 0.005
    gyro_rps: float = float(np.radians(0.1))
    gyro_bias_rps: float = float(np.radians(0.3))


PERFECT = ReceiverOptions(
    white_m=(0.0, 0.0, 0.0),
    slow_m=(0.0, 0.0, 0.0),
    heading_rad=0.0,
    speed_mps=0.0,
    float_every_s=0.0,
    wheel_mps=0.0,
    wheel_scale=0.0,
    gyro_rps=0.0,
    gyro_bias_rps=0.0,
)
"""Receivers without an error, for tests."""

NOISES: dict[str, ReceiverOptions] = {
    "perfect": PERFECT,
    "clean": ReceiverOptions(slow_m=(0.003, 0.24, 1.4), float_every_s=0.0),
    "demo": ReceiverOptions(),
    "yard": ReceiverOptions(
        white_m=(0.01, 0.08, 0.5), slow_m=(0.02, 0.24, 1.4), float_every_s=200.0, lost_every_s=60.0,
        wrong_every_s=300.0,
    ),
}  # fmt: skip
"""Noise by name: ``yard`` is what the filters were measured with."""


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


@dataclass(frozen=True, eq=False)
class Motions(Table):
    """What wheels and gyros say, one row a machine that the radio reaches; see ``MotionReadings``."""

    row: Longs
    odometer_mps: Floats
    gyro_rps: Floats


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
        self.options = options
        self.multipath, self.outage = 1.0, 0
        self._rng = np.random.default_rng(seed)
        # Apart from the others, so that what is new draws nothing from them.
        self._more, self._drives, self._kept = (np.random.default_rng([seed, n]) for n in (3, 4, 5))
        self._rows: dict[bytes, int] = {}
        self._slow = np.zeros((0, 3))
        self._quality = np.zeros(0, np.int8)
        self._until_ns = np.zeros(0, np.int64)
        self._lost_until_ns = np.zeros(0, np.int64)
        self._next_ns = np.zeros(0, np.int64)
        self._next_gst_ns = np.zeros(0, np.int64)
        self._last_ns = np.zeros(0, np.int64)
        self._wrong_until_ns = np.zeros(0, np.int64)
        self._wrong_m = np.zeros((0, 2))
        self._wheels = np.zeros((0, 2))

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
        x, y = antennas(truth, row)
        heard = ~self._places.blind(x, y)
        reached = np.zeros(len(truth.present), np.bool_)
        reached[row[heard]] = True
        self._drift(own, t_ns)
        due = heard & (t_ns >= self._next_ns[own])
        # A tenth early, so that steps which do not fall on the interval do not halve the rate.
        self._next_ns[own[due]] = t_ns + _INTERVAL_NS[kind[due]] * 9 // 10
        due &= self._lost_until_ns[own] <= t_ns
        steel = self._near_cranes(kind, x, y)
        if self.multipath != 1.0:
            steel[self._places.beside(x, y) & ~_CRANES[kind]] *= self.multipath
        return self._measured(truth, row[due], own[due], x[due], y[due], steel[due]), reached

    def measured_alone(self, truth: "Truth", row: int) -> tuple[float, float, float] | None:
        """Give what one machine measures while no radio reaches it, for its own memory.

        Parameters
        ----------
        truth : Truth
            That :meth:`report` was given last.
        row : int
            Of the machine.

        Returns
        -------
        (x, y, heading) or None
            Its antenna in the yard frame [m], and how it heads [rad]; None where its receiver has no fix.
        """
        rows = np.array([row])
        own = int(self._own(truth.name[rows])[0])
        if self._lost_until_ns[own] > truth.t_ns or self.outage > 1:
            return None
        figure = _COLUMN[FLOAT if self.outage else self._quality[own]]
        white_m, slow_m = self.options.white_m[figure], self.options.slow_m[figure]
        noise = self._kept.standard_normal(3)
        error_m = noise[:2] * white_m + self._slow[own, :2] * slow_m
        if self._wrong_until_ns[own] > truth.t_ns:
            error_m = error_m + self._wrong_m[own]
        x, y = (float(part[0]) for part in antennas(truth, rows))
        heading_rad = float(truth.heading_rad[row]) + float(noise[2]) * self.options.heading_rad
        return x + float(error_m[0]), y + float(error_m[1]), heading_rad

    def _measured(self, truth: "Truth", row: Longs, own: Longs, x: Floats, y: Floats, steel: Floats) -> Epoch:
        """Give what receivers ``own`` measure with their antennas at ``x``, ``y``."""
        o, k = self.options, len(row)
        quality = self._quality[own]
        if self.outage:
            quality = np.full(k, FLOAT if self.outage == 1 else NONE, np.int8)
        figures = _COLUMN[quality]
        white, slow = np.array(o.white_m)[figures], np.array(o.slow_m)[figures] * steel
        error = self._rng.standard_normal((k, 3)) * white[:, None] + self._slow[own] * slow[:, None]
        error[:, :2] += np.where((self._wrong_until_ns[own] > truth.t_ns)[:, None], self._wrong_m[own], 0.0)
        noise = self._rng.standard_normal((k, 2))
        east, north = _velocity(truth, row)
        speed = np.hypot(east, north)
        gst = (truth.t_ns >= self._next_gst_ns[own]) | (figures > 0)
        self._next_gst_ns[own[gst]] = truth.t_ns + round(o.gst_interval_s * NS_PER_S)
        return Epoch(
            row=row,
            x_m=x + error[:, 0],
            y_m=y + error[:, 1],
            z_m=motion.ANTENNA_M[truth.kind[row], 2] + error[:, 2] * o.height_factor,
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
            times = ("_until_ns", "_lost_until_ns", "_next_ns", "_next_gst_ns", "_last_ns", "_wrong_until_ns")
            for column in times:
                setattr(self, column, np.concatenate((getattr(self, column), np.zeros(new, np.int64))))
            self._wrong_m = np.concatenate((self._wrong_m, np.zeros((new, 2))))
            self._wheels = np.concatenate((self._wheels, self._more.standard_normal((new, 2))))
        return own

    def _drift(self, own: Longs, t_ns: int) -> None:
        """Move slow errors and solutions on to ``t_ns``."""
        o = self.options
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
        if o.wrong_every_s > 0:
            self._mislead(own, passed_s, t_ns)

    def _mislead(self, own: Longs, passed_s: Floats, t_ns: int) -> None:
        """Let some receivers take a wrong solution for a fixed one."""
        o, chance = self.options, self._more.random((len(own), 3))
        wrong = (chance[:, 0] < passed_s / o.wrong_every_s) & (self._wrong_until_ns[own] <= t_ns)
        least, most = o.wrong_m
        away_m = least + (most - least) * chance[wrong, 1]
        way = 2 * np.pi * chance[wrong, 2]
        self._wrong_m[own[wrong]] = np.column_stack((away_m * np.cos(way), away_m * np.sin(way)))
        self._wrong_until_ns[own[wrong]] = t_ns + round(o.wrong_s * 1e9)

    def motions(self, truth: "Truth", reached: Flags) -> Motions:
        """Give what wheels say of every machine that the radio reaches, and the gyros of vehicles.

        Parameters
        ----------
        truth : Truth
            That :meth:`report` was given last.
        reached : (n,) bool
            As it told.

        Notes
        -----
        A gantry's drives have encoders, and it has no gyro: its yaw rate is NaN.
        """
        crane = _CRANES[truth.kind]
        row = np.concatenate((np.flatnonzero(reached & ~crane), np.flatnonzero(reached & crane)))
        own, gantries = self._own(truth.name[row]), int((reached & crane).sum())
        draws = ((self._more, len(row) - gantries), (self._drives, gantries))
        noise = np.concatenate([rng.standard_normal((many, 2)) for rng, many in draws])
        o = self.options
        scale = 1 + o.wheel_scale * self._wheels[own, 0]
        moving = np.abs(truth.speed_mps[row]) > 0.0
        gyro = np.nan_to_num(truth.yaw_rate_rps[row]) + o.gyro_bias_rps * self._wheels[own, 1]
        return Motions(
            row=row,
            odometer_mps=np.where(moving, truth.speed_mps[row] * scale + o.wheel_mps * noise[:, 0], 0.0),
            gyro_rps=np.where(crane[row], np.nan, gyro + o.gyro_rps * noise[:, 1]),
        )

    def _near_cranes(self, kind: Bytes, x: Floats, y: Floats) -> Floats:
        """Give how much worse the slow error of each is: steel above a vehicle reflects."""
        factor = np.ones(len(kind))
        crane = _CRANES[kind]
        if crane.any() and self.options.near_crane_factor != 1:
            gap = np.hypot(x[:, None] - x[crane], y[:, None] - y[crane])
            factor[(gap < self.options.near_crane_m).any(axis=1) & ~crane] = self.options.near_crane_factor
        return factor


def antennas(truth: "Truth", row: Longs) -> tuple[Floats, Floats]:
    """Give where the antennas are in the yard frame [m]."""
    arm = motion.ANTENNA_M[truth.kind[row]]
    c, s = np.cos(truth.heading_rad[row]), np.sin(truth.heading_rad[row])
    return truth.x_m[row] + c * arm[:, 0] - s * arm[:, 1], truth.y_m[row] + s * arm[:, 0] + c * arm[:, 1]


def _velocity(truth: "Truth", row: Longs) -> tuple[Floats, Floats]:
    """Give the antennas' velocities: the machine's own, and its turning about the origin [m/s]."""
    arm = motion.ANTENNA_M[truth.kind[row]]
    c, s = np.cos(truth.heading_rad[row]), np.sin(truth.heading_rad[row])
    turn = np.nan_to_num(truth.yaw_rate_rps[row])
    ahead, aside = truth.speed_mps[row] - turn * arm[:, 1], turn * arm[:, 0]
    return c * ahead - s * aside, s * ahead + c * aside
