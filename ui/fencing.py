"""Whether positions of real sources lie on the ground of the yard: a log from elsewhere is told as such."""

import sys
from collections.abc import Sequence
from dataclasses import replace

import shapely

from sensors.decoder import Decoder
from sensors.sources import Source
from twin.frames import YardFrame
from twin.inputs import Batch, RawChunk
from twin.snapshot import SourceHealth
from twin.yard.model import Yard

MARGIN_M = 200.0
"""How far outside the fence a position may still be: trucks queue there, and ships lie there."""
TOLD_AFTER = 20
"""So many positions are looked at before it is told on stderr that all are outside."""


class NotingDecoder(Decoder):
    """Decodes, and notes how many positions lie outside the fence, and where the last of these is.

    Parameters
    ----------
    yard : Yard
    """

    def __init__(self, yard: Yard) -> None:
        super().__init__()
        ground = shapely.Polygon(yard.fence_yard_m).buffer(MARGIN_M, join_style="mitre")
        shapely.prepare(ground)
        self._ground, self._frame = ground, YardFrame.of(yard.georeference)
        self._yard, self._where, self._told = yard.name, "", False
        self.fixes = self.outside = 0

    def decode(self, chunks: Sequence[RawChunk]) -> Batch:
        """Read chunks; see :meth:`Decoder.decode`."""
        batch = super().decode(chunks)
        if len(batch.fixes):
            self._look(batch)
        return batch

    @property
    def note(self) -> str:
        """Tell how many positions are outside; empty where none is."""
        if not self.outside:
            return ""
        return (
            f"{self.outside} of {self.fixes} positions over {MARGIN_M:.0f} m outside the fence of "
            f"{self._yard}, the last at {self._where}; --site LAT,LON puts the yard there"
        )

    def _look(self, batch: Batch) -> None:
        fixes = batch.fixes
        xyz = self._frame.yard_from_geodetic(fixes.lon_deg, fixes.lat_deg, fixes.h_m)
        away = ~shapely.contains_xy(self._ground, xyz[:, 0], xyz[:, 1]) & (fixes.quality != 0)
        self.fixes += len(fixes)
        if away.any():
            self.outside += int(away.sum())
            last = int(away.nonzero()[0][-1])
            self._where = f"{fixes.lat_deg[last]:.5f},{fixes.lon_deg[last]:.5f}"
        if not self._told and self.fixes >= TOLD_AFTER and self.outside == self.fixes:
            self._told = True
            sys.stderr.write(f"yard-twin: {self.note}\n")


class NotedSource:
    """A source whose health tells what its decoder noted."""

    def __init__(self, source: Source, decoder: NotingDecoder) -> None:
        self._source, self._decoder = source, decoder

    @property
    def name(self) -> str:
        """Name of the source."""
        return self._source.name

    @property
    def finished(self) -> bool:
        """Whether nothing will come any more."""
        return self._source.finished

    def poll(self) -> tuple[RawChunk, ...]:
        """Give what has come since the last call."""
        return self._source.poll()

    def health(self, now_ns: int) -> SourceHealth:
        """Tell how the source is doing, and whether its positions are of this yard."""
        found = self._source.health(now_ns)
        words = [text for text in (found.detail, self._decoder.note) if text]
        return replace(found, detail="; ".join(words))

    def close(self) -> None:
        """Let go of everything."""
        self._source.close()
