"""The bytes that the devices of a yard would send of a true state of it."""

import math
from typing import TYPE_CHECKING, Literal

import numpy as np

from sensors.nmea import encode_gga, encode_gst, encode_hdt, encode_rmc, tag_block
from sensors.simulation.attacks import FOREIGN, Attacks
from sensors.simulation.channel import Channel
from sensors.simulation.places import Places
from sensors.simulation.receiver import (
    FIXED,
    FLOAT,
    NOISES,
    NONE,
    SINGLE,
    Epoch,
    ReceiverOptions,
    Receivers,
)
from sensors.simulation.switches import Switches
from sensors.telemetry import encode_event, encode_motion, encode_reading
from twin.clock import NS_PER_S
from twin.inputs import MachineNotice, RawChunk
from twin.tables import Flags
from twin.yard.model import Yard

if TYPE_CHECKING:
    from twin.frames import YardFrame
    from twin.operations.truth import Truth

SEPARATION_M = 10.0
"""Geoid above the ellipsoid, as sent in GGA; about right for the coast of East China."""

IDLE_NS = NS_PER_S
"""A crane that stands still reports this often; one that moves, at every step."""

MOVED_M = 0.002
"""Trolley or hoist has moved where it differs by more from what was sent last."""

STILL_MPS = 0.01

_MODE = {FIXED: "R", FLOAT: "F", SINGLE: "A"}
_FEET: dict[int, Literal[20, 40, 45]] = {20: 20, 40: 40, 45: 45}
_WIRED = MachineNotice
"""Events that a gateway sends for a machine, whether its radio is reached or not."""


class Emitter:
    """Turns truths into bytes: NMEA behind TAG blocks for every fix, JSON lines for cranes and events.

    Parameters
    ----------
    frame : YardFrame
        Of the yard.
    yard : Yard
        Its radio-blind zones hold back what movers in them send.
    seed : int
        Equal seeds and equal truths give equal bytes.
    options : ReceiverOptions
        How good the receivers are.
    latency_s : float
        From measurement to reception: an epoch is given by the first call at or after its reception.
    blind : bool
        Whether radio-blind zones are blind.

    Notes
    -----
    Fixes in a blind zone are lost. Events of machines, and crane readings in which the lock changed,
    are kept and sent when the radio is back, as devices with a memory do; each such reading with the
    position that the machine's own receiver had then.
    """

    def __init__(
        self,
        frame: "YardFrame",
        yard: Yard,
        seed: int,
        options: ReceiverOptions | None = None,
        *,
        latency_s: float = 0.05,
        blind: bool = True,
        source: str = "simulation",
    ) -> None:
        self._frame = frame
        self._places = Places(yard)
        self._base = options or ReceiverOptions()
        self._receivers = Receivers(self._places, self._base, seed)
        self._rng = np.random.default_rng([seed, 1])
        self._source = source
        self._tags: dict[bytes, bytes] = {}
        self._sent: dict[bytes, tuple[int, float, float, bool]] = {}
        self._kept: dict[str, list[bytes]] = {}
        self._channel, self._attacks = Channel(seed), Attacks(frame)
        self._target = b""
        self.switch(Switches(latency_s=latency_s, blind=blind))

    def switch(self, switches: Switches) -> None:
        """Make receivers, radio and network as they are told to be, from the next instant on."""
        self._switches = switches
        self._places.shaded = switches.blind
        self._receivers.options = NOISES[switches.noise] if switches.noise else self._base
        self._receivers.multipath, self._receivers.outage = switches.multipath, switches.outage

    def emit(self, truth: "Truth") -> tuple[RawChunk, ...]:
        """Measure ``truth`` and give what has been received by its instant.

        Returns
        -------
        tuple of RawChunk
            One a step that had anything to send, in order of reception; where packets are late or
            jitter, one a reception.
        """
        switches = self._switches
        epoch, reached = self._receivers.report(truth)
        self._target = self._attacks.target(truth, switches) if switches.attacks else b""
        if switches.attacks:
            epoch = self._attacks.distorted(truth, epoch, switches)
        out = self._events(truth, reached)
        positions = self._fixes(truth, epoch)
        out += positions
        out += self._motions(truth, reached)
        out += self._readings(truth, reached)
        if switches.attacks:
            tag = self._tag(self._target)
            mine = [packet for packet in positions if packet.startswith(tag)]
            beside, foreign = self._attacks.forged(truth, switches)
            out += self._attacks.remembered(truth.t_ns, mine, switches) + beside
            self._channel.send(FOREIGN, truth.t_ns, foreign, switches)
        self._channel.send(self._source, truth.t_ns, out, switches)
        return self._channel.due(truth.t_ns)

    def _events(self, truth: "Truth", reached: Flags) -> list[bytes]:
        """Write the events; keep those of machines that no radio reaches, and give those kept before."""
        out: list[bytes] = []
        if truth.events or self._kept:
            shadowed = {name.decode("ascii") for name in truth.name[truth.present & ~reached].tolist()}
            # A memory is emptied in its order, in one go.
            heard = [name for name in self._kept if name not in shadowed]
            out += [b"".join(self._kept.pop(name)) for name in heard]
            for event in truth.events:
                line = encode_event(event)
                if event.device in shadowed and not isinstance(event, _WIRED):
                    self._kept.setdefault(event.device, []).append(line)
                else:
                    out.append(line)
        return out

    def _fixes(self, truth: "Truth", epoch: Epoch) -> list[bytes]:
        """Write GGA, RMC, GST where due, and HDT of every report, a packet each."""
        if not len(epoch.row):
            return []
        lon, lat, h = self._frame.geodetic_from_yard(np.column_stack((epoch.x_m, epoch.y_m, epoch.z_m)))
        course = self._frame.bearing_from_heading(epoch.course_rad)
        heading = self._frame.bearing_from_heading(epoch.heading_rad)
        out = []
        columns = (
            truth.name[epoch.row], lon, lat, h - SEPARATION_M, epoch.speed_mps, course, heading,
            epoch.quality, epoch.satellites, epoch.hdop, epoch.sigma_m, epoch.gst,
        )  # fmt: skip
        for name, x, y, z, v, way, nose, quality, satellites, hdop, sigma, gst in zip(
            *(column.tolist() for column in columns), strict=True
        ):
            tag = self._tag(name)
            t_ns = truth.t_ns + self._attacks.clock_ns(name, self._target, self._switches)
            if quality == NONE:
                lost = encode_gga(t_ns, 0.0, 0.0, 0.0, 0.0, 0, 0, 99.0, tag=tag)
                out.append(lost + encode_rmc(t_ns, 0.0, 0.0, 0.0, 0.0, valid=False, tag=tag))
                continue
            parts = [
                encode_gga(t_ns, x, y, z, SEPARATION_M, quality, satellites, hdop, tag=tag),
                encode_rmc(t_ns, x, y, v, way, mode=_MODE[quality], tag=tag),
            ]
            if gst:
                parts.append(encode_gst(t_ns, sigma, sigma, 1.6 * sigma, tag=tag))
            parts.append(encode_hdt(nose, tag=tag))
            out.append(b"".join(parts))
        return out

    def _motions(self, truth: "Truth", reached: Flags) -> list[bytes]:
        """Write what wheels and gyros say."""
        found = self._receivers.motions(truth, reached)
        columns = (truth.name[found.row], found.odometer_mps.round(4), found.gyro_rps.round(6))
        return [
            encode_motion(name.decode("ascii"), truth.t_ns, odometer, None if math.isnan(gyro) else gyro)
            for name, odometer, gyro in zip(*(column.tolist() for column in columns), strict=True)
        ]

    def _tag(self, name: bytes) -> bytes:
        tag = self._tags.get(name)
        if tag is None:
            tag = self._tags[name] = tag_block(name.decode("ascii"))
        return tag

    def _readings(self, truth: "Truth", reached: Flags) -> list[bytes]:
        """Write the readings of cranes that move or whose lock changed, and of the others once a second."""
        out: list[bytes] = []
        rows = np.flatnonzero(truth.present & np.isfinite(truth.hoist_m))
        # Encoders are good to millimetres, load cells to half a percent.
        noise = self._rng.standard_normal((len(rows), 3)) * (0.002, 0.002, 0.005)
        columns = (
            truth.name[rows], truth.trolley_m[rows], truth.hoist_m[rows],
            np.nan_to_num(truth.load_kg[rows]) * (1 + noise[:, 2]), truth.locked[rows],
            truth.spreader_ft[rows], np.abs(truth.speed_mps[rows]) > STILL_MPS, reached[rows], noise[:, :2],
        )  # fmt: skip
        for row, name, trolley, hoist, load, locked, feet, drives, heard, error in zip(
            rows.tolist(), *(column.tolist() for column in columns), strict=True
        ):
            turned = locked != self._sent.get(name, (0, 0.0, 0.0, locked))[3]
            if not self._is_due(name, truth.t_ns, trolley, hoist, locked, drives):
                continue
            if not heard and not turned:
                continue
            line = encode_reading(
                name.decode("ascii"),
                truth.t_ns,
                None if math.isnan(trolley) else round(trolley + error[0], 3),
                round(hoist + error[1], 3),
                round(load, -1),
                locked,
                _FEET.get(feet),
                None if heard else self._where(truth, row),
            )
            if heard:
                out.append(line)
            else:
                self._kept.setdefault(name.decode("ascii"), []).append(line)
        return out

    def _where(self, truth: "Truth", row: int) -> tuple[float, float, float] | None:
        """Give longitude, latitude and heading [deg] as a machine out of radio has them; None: no fix."""
        found = self._receivers.measured_alone(truth, row)
        if found is None:
            return None
        lon, lat, _ = self._frame.geodetic_from_yard(np.array([[found[0], found[1], 0.0]]))
        bearing = float(np.degrees(self._frame.bearing_from_heading(found[2])))
        return round(float(lon[0]), 9), round(float(lat[0]), 9), round(bearing, 3)

    def _is_due(
        self, name: bytes, t_ns: int, trolley_m: float, hoist_m: float, locked: bool, drives: bool
    ) -> bool:
        """Tell whether a crane reports now, and remember what it reports."""
        sent_ns, trolley_sent_m, hoist_sent_m, locked_sent = self._sent.get(
            name, (0, math.inf, math.inf, locked)
        )
        moves = drives or abs(trolley_m - trolley_sent_m) > MOVED_M or abs(hoist_m - hoist_sent_m) > MOVED_M
        due = moves or locked != locked_sent or t_ns - sent_ns >= IDLE_NS
        if due:
            self._sent[name] = (t_ns, trolley_m, hoist_m, locked)
        return due
