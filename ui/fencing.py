"""Whether positions of real sources lie on the ground of the yard: a log from elsewhere is told as such."""

import sys
from collections.abc import Sequence
from dataclasses import replace

import shapely

from sensors.decoder import Decoder
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

    def noted(self, health: SourceHealth) -> SourceHealth:
        """Give the health of a source with the note in it."""
        return replace(health, detail="; ".join(text for text in (health.detail, self.note) if text))

    def noted_live(self, health: SourceHealth) -> SourceHealth:
        """Give the health of a source that is no recording: with whose times are off, too."""
        parts = (health.detail, self.offsets.told(health.name))
        return self.noted(replace(health, detail="; ".join(filter(None, parts))))

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
