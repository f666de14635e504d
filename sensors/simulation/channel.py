"""The way from a device to its reception: latency, jitter, packets that come twice, late, or out of order."""

import heapq

import numpy as np

from sensors.simulation.switches import Switches
from twin.clock import NS_PER_S
from twin.inputs import RawChunk

_GRAIN_NS = 10_000_000
"""Receptions nearer than that are one."""


class Channel:
    """Packets on their way.

    Parameters
    ----------
    seed : int
        Equal seeds and equal packets give equal receptions.
    """

    def __init__(self, seed: int) -> None:
        self._rng = np.random.default_rng([seed, 4])
        self._on_the_way: list[tuple[int, int, str, bytes]] = []
        self._count = 0

    def send(self, source: str, t_ns: int, packets: list[bytes], switches: Switches) -> None:
        """Put the packets of one instant on their way, each whole and in its order where nothing is wrong."""
        if not packets:
            return
        first_ns = t_ns + round(switches.latency_s * NS_PER_S)
        if not (switches.jitter_s or switches.duplicates or switches.late):
            self._put(first_ns, source, b"".join(packets))
            return
        chance = self._rng.random((len(packets), 4))
        jitter_s = self._rng.exponential(1.0, (len(packets), 2)) * switches.jitter_s
        for packet, (late, how_late, twice, how_twice), (a, b) in zip(
            packets, chance.tolist(), jitter_s.tolist(), strict=True
        ):
            delay_s = a + (switches.late_s * how_late if late < switches.late else 0.0)
            self._put(first_ns + _rounded(delay_s), source, packet)
            if twice < switches.duplicates:
                self._put(first_ns + _rounded(b + switches.late_s * how_twice), source, packet)

    def _put(self, t_rx_ns: int, source: str, data: bytes) -> None:
        heapq.heappush(self._on_the_way, (t_rx_ns, self._count, source, data))
        self._count += 1

    def due(self, t_ns: int) -> tuple[RawChunk, ...]:
        """Give what has been received by an instant, in order of reception."""
        out: list[tuple[int, str, list[bytes]]] = []
        while self._on_the_way and self._on_the_way[0][0] <= t_ns:
            t_rx_ns, _, source, data = heapq.heappop(self._on_the_way)
            if out and out[-1][:2] == (t_rx_ns, source):
                out[-1][2].append(data)
            else:
                out.append((t_rx_ns, source, [data]))
        return tuple(RawChunk(source, t_rx_ns, b"".join(parts)) for t_rx_ns, source, parts in out)


def _rounded(delay_s: float) -> int:
    return round(delay_s * NS_PER_S) // _GRAIN_NS * _GRAIN_NS
