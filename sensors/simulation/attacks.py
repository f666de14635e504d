"""What is done to one machine of a simulated yard, or said in its name; and to the receivers of all."""

from collections import deque
from typing import TYPE_CHECKING

import numpy as np

from sensors.simulation.receiver import FIXED, Epoch
from sensors.simulation.switches import Switches
from sensors.writing import encode_gga, tag_block
from twin.clock import NS_PER_S
from twin.fleet.kinds import KIND_NAMES, KINDS

if TYPE_CHECKING:
    from twin.frames import YardFrame
    from twin.operations.truth import Truth

FOREIGN = "foreign"
"""The source of a foreign sender."""

_CYCLE_NS, _WRONG_NS = 20 * NS_PER_S, 5 * NS_PER_S
_VEHICLE = np.array([KINDS[name].hoist_range_m[1] <= 0 for name in KIND_NAMES])


class Attacks:
    """Changes what a receiver reports, and adds what was never measured.

    Parameters
    ----------
    frame : YardFrame
    """

    def __init__(self, frame: "YardFrame") -> None:
        self._frame = frame
        self._since: dict[str, int] = {}
        self._stuck: tuple[float, float, float] | None = None
        self._sent: deque[tuple[int, list[bytes]]] = deque()
        self._flooded = 0.0

    def target(self, truth: "Truth", switches: Switches) -> bytes:
        """Give the name of the machine that is attacked; empty where there is none yet."""
        if switches.target:
            return switches.target.encode("ascii", "replace")
        names = truth.name[truth.present & _VEHICLE[truth.kind]].tolist()
        return min(names) if names else b""

    def distorted(self, truth: "Truth", epoch: Epoch, switches: Switches) -> Epoch:
        """Give the reports with those of the target changed, and all where all are led away."""
        name = self.target(truth, switches)
        mine = np.flatnonzero(truth.name[epoch.row] == name)
        since = {key: self._since.get(key, truth.t_ns) for key in ("drift_mps",) if getattr(switches, key)}
        self._since = since
        if not switches.frozen:
            self._stuck = None
        if not len(mine) and not switches.spoof_m:
            return epoch
        columns = epoch.editable("x_m", "y_m", "z_m", "quality")
        columns["x_m"] += switches.spoof_m
        away_m = switches.jump_m
        if switches.drift_mps:
            away_m += switches.drift_mps * (truth.t_ns - since["drift_mps"]) / NS_PER_S
        if switches.wrong_fix_m and truth.t_ns % _CYCLE_NS < _WRONG_NS:
            away_m += switches.wrong_fix_m
            columns["quality"][mine] = FIXED
        columns["x_m"][mine] += away_m
        if switches.frozen and len(mine):
            row = int(mine[0])
            if self._stuck is None:
                self._stuck = tuple(float(columns[key][row]) for key in ("x_m", "y_m", "z_m"))  # type: ignore[assignment]
            for key, value in zip(("x_m", "y_m", "z_m"), self._stuck or (), strict=True):
                columns[key][mine] = value
        return epoch.with_columns(**columns)

    def clock_ns(self, name: bytes, target: bytes, switches: Switches) -> int:
        """Give by how much a receiver's clock is wrong [ns]."""
        return round(switches.clock_s * NS_PER_S) if name == target else 0

    def remembered(self, t_ns: int, packets: list[bytes], switches: Switches) -> list[bytes]:
        """Keep what the target sends now; give what it sent long enough ago."""
        if not switches.replay_s:
            self._sent.clear()
            return []
        self._sent.append((t_ns, packets))
        out: list[bytes] = []
        while self._sent and self._sent[0][0] <= t_ns - switches.replay_s * NS_PER_S:
            out += self._sent.popleft()[1]
        return out

    def forged(self, truth: "Truth", switches: Switches) -> tuple[list[bytes], list[bytes]]:
        """Give what is sent in the target's name, on its own line and by a foreign sender."""
        name = self.target(truth, switches)
        row = np.flatnonzero((truth.name == name) & truth.present)
        out: list[list[bytes]] = []
        for away_m in (switches.duplicate_m, switches.foreign_m):
            made = bool(away_m) and len(row) > 0 and bool(np.isfinite(truth.x_m[row[0]]))
            out.append([self._forged(truth, int(row[0]), away_m)] if made else [])
        return out[0] + self._flood(truth, switches), out[1]

    def _forged(self, truth: "Truth", row: int, away_m: float) -> bytes:
        point = np.array([[truth.x_m[row] + away_m, truth.y_m[row], 3.0]])
        lon, lat, h = (float(value[0]) for value in self._frame.geodetic_from_yard(point))
        tag = tag_block(truth.name[row].decode("ascii"))
        return encode_gga(truth.t_ns, lon, lat, h - 10.0, 10.0, FIXED, 20, 0.8, tag=tag)

    def _flood(self, truth: "Truth", switches: Switches) -> list[bytes]:
        if not switches.flood_per_s:
            return []
        self._flooded += switches.flood_per_s / 10
        count, self._flooded = int(self._flooded), self._flooded % 1
        lon, lat, h = (float(v[0]) for v in self._frame.geodetic_from_yard(np.zeros((1, 3))))
        line = encode_gga(truth.t_ns, lon, lat, h - 10.0, 10.0, FIXED, 20, 0.8, tag=tag_block("NOBODY"))
        return [line] * count
