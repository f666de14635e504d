"""What is remembered of every device between calls."""

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from sensors.clockwork import NOT_SET
from sensors.nmea import NO_TIME
from twin.tables import Bytes, Flags, Floats, Longs, Table, Texts

FORGET_NS = 600 * 1_000_000_000
"""A device not heard for so long is forgotten: trucks come once and leave."""

MOST_DEVICES, KEPT_DEVICES = 8_192, 6_144
"""Of more devices than the first so many are remembered, lest invented names fill the memory."""

TOLD = 32
"""How many events of a device are remembered, so that one that comes twice counts once."""

COUNT, SAME, TOD, RX, BY, AT, FAILED = range(7)
"""Columns of ``Pending.slide``: how many epochs may tell of a step, and whether one of these has the place
that was given out with its stamp; stamp and reception of the newest epoch before them; by how much it is,
at least; reception of the first of them; of the last one after others that seemed to tell of one."""
SLIDE = 7

REMEMBERED = 64
"""How many epochs given out are remembered: 6.4 s at ten a second, more than a packet is late."""


@dataclass(frozen=True, eq=False)
class Pending(Table):
    """What is remembered of every device between calls, one row each.

    Attributes
    ----------
    name : (d,) S16
    open : (d,) bool
        An epoch has begun and was not given out.
    tod_ns, day, t_rx_ns : (d,) int64
        Of that epoch, or of the last one given out; ``NO_TIME`` before the first.
    warned : (d,) int8
        Whether that epoch's RMC warn of its position; see ``merging``.
    rank, placed : (d,) int8
        Whose quality and whose position it has; see ``Sentences``; ``placed`` is -1 without a position.
    tally : (d,) int64
        How many sentences of each type it has, seven bits each.
    last : (d,) int8
        Type of its last sentence.
    closing : (d,) int8
        Type that ended the epoch before, -1 where not known.
    ends : (d,) int8
        How many sentences of that type it had.
    heard_ns : (d,) int64
        Last reception of anything.
    offset_ns, json_offset_ns : (d,) int64
        What the device's times are moved by; see ``clockwork``.
    lon_deg, lat_deg, h_m, hdop, sigma_m, speed_mps, course_rad, heading_rad : (d,) float
    second_lon_deg, second_lat_deg : (d,) float
        Of the second antenna.
    quality, satellites : (d,) int8
        Of the open epoch.
    given : (d, REMEMBERED) int32
        Milliseconds of the day of epochs given out, in a ring; -1 where there is none.
    given_mark : (d, REMEMBERED) int32
        The place of each, as :func:`sensors.merging.mark_of` gives it.
    place : (d,) int32
        Where the next one goes in the ring.
    back : (d,) int8
        How many epochs in a row were refused because their time ran back.
    back_ns : (d,) int64
        Time of day of the last of these.
    gate_lon_deg, gate_lat_deg : (d,) float
        Last position that passed the gates.
    gate_ns : (d,) int64
        When that was measured.
    far : (d,) int8
        How many positions in a row were refused since because they were too far from it.
    origin : (d,) S16
        The source of its positions.
    placed_ns : (d,) int64
        When that last sent one.
    nose_rad : (d,) float
        The last heading that it told of two antennas.
    told : (d, TOLD) int64
        Check sums of its last events, in a ring; -1 where there is none.
    told_place : (d,) int32
        Where the next one goes in the ring.
    ksxt_m : (d,) float
        What makes an ellipsoidal height of that of its KSXT; NaN while that is not known.
    clock : (d,) int8
        Whether its clock is right; see ``clockfaults``.
    odd_ns : (d,) int64
        Since which reception its times have been far from theirs, as they were from its first words on;
        ``NO_TIME`` where they are not.
    step_ns : (d,) int64
        By how much its clock stepped back, which is put on its times; see ``stepping``.
    stepped_ns : (d,) int64
        The last reception before that step; ``NO_TIME`` where it was first heard after it.
    slide : (d, SLIDE) int64
        What may be a step: see :data:`COUNT` and those beside it.
    """

    name: Texts
    open: Flags
    tod_ns: Longs
    day: Longs
    t_rx_ns: Longs
    rank: Bytes
    placed: Bytes
    tally: Longs
    last: Bytes
    closing: Bytes
    ends: Bytes
    heard_ns: Longs
    offset_ns: Longs
    json_offset_ns: Longs
    lon_deg: Floats
    lat_deg: Floats
    h_m: Floats
    hdop: Floats
    sigma_m: Floats
    speed_mps: Floats
    course_rad: Floats
    heading_rad: Floats
    second_lon_deg: Floats
    second_lat_deg: Floats
    quality: Bytes
    satellites: Bytes
    warned: Bytes
    given: NDArray[np.int32]
    given_mark: NDArray[np.int32]
    place: NDArray[np.int32]
    back: Bytes
    back_ns: Longs
    gate_lon_deg: Floats
    gate_lat_deg: Floats
    gate_ns: Longs
    far: Bytes
    origin: Texts
    placed_ns: Longs
    nose_rad: Floats
    told: Longs
    told_place: NDArray[np.int32]
    ksxt_m: Floats
    clock: Bytes
    odd_ns: Longs
    step_ns: Longs
    stepped_ns: Longs
    slide: Longs

    def __len__(self) -> int:
        """Give the number of devices."""
        return len(self.name)

    @staticmethod
    def of(names: tuple[str, ...]) -> "Pending":
        """Give the rows of devices of which nothing is known yet."""
        n = len(names)
        small = {
            "rank": 0,
            "placed": -1,
            "ends": 0,
            "last": -1,
            "closing": -1,
            "quality": -1,
            "satellites": -1,
            "warned": -1,
        }
        small |= {"back": 0, "far": 0, "clock": 0}
        columns = {name: np.full(n, np.nan) for name in Pending.__dataclass_fields__}
        columns |= {name: np.full(n, value, np.int8) for name, value in small.items()}
        times = (
            "tod_ns", "day", "t_rx_ns", "heard_ns", "back_ns", "gate_ns", "placed_ns", "stepped_ns", "odd_ns",
        )  # fmt: skip
        columns |= {name: np.full(n, NO_TIME, np.int64) for name in times}
        columns["tally"] = np.zeros(n, np.int64)
        columns |= {name: np.full(n, NOT_SET, np.int64) for name in ("offset_ns", "json_offset_ns")}
        columns["given"] = np.full((n, REMEMBERED), -1, np.int32)
        columns["given_mark"] = np.zeros((n, REMEMBERED), np.int32)
        columns["step_ns"], columns["slide"] = np.zeros(n, np.int64), np.zeros((n, SLIDE), np.int64)
        columns["place"] = np.zeros(n, np.int32)
        columns["told"] = np.full((n, TOLD), -1, np.int64)
        columns["told_place"] = np.zeros(n, np.int32)
        columns["open"] = np.zeros(n, np.bool_)
        columns["name"] = np.array(names, "S16")
        columns["origin"] = np.zeros(n, "S16")
        return Pending(**columns)

    def rows(self, keep: Flags | Longs) -> "Pending":
        """Give some of the rows."""
        return Pending(*(getattr(self, name)[keep] for name in self.__dataclass_fields__))

    def joined_by(self, names: tuple[str, ...]) -> "Pending":
        """Give these rows, followed by those of new devices."""
        if not names:
            return self
        more = Pending.of(names)
        columns = {}
        for name in self.__dataclass_fields__:
            columns[name] = np.concatenate((getattr(self, name), getattr(more, name)))
        return Pending(**columns)

    def without_the_silent(self, now_ns: int) -> "Pending":
        """Forget devices not heard for ``FORGET_NS``; a clock that was set back forgets none.

        Of too many those are forgotten first of which no epoch was given out, of these the longest silent.
        """
        keep = now_ns - self.heard_ns <= FORGET_NS
        if np.count_nonzero(keep) > MOST_DEVICES:
            order = np.lexsort((-self.heard_ns, self.given[:, 0] < 0, ~keep))
            keep[order[KEPT_DEVICES:]] = False
        return self if keep.all() else self.rows(keep)
