"""Whether positions of real sources lie on the ground of the yard: a log from elsewhere is told as such."""

import sys
from collections import Counter
from collections.abc import Sequence
from dataclasses import replace

import numpy as np
import shapely
from numpy.typing import NDArray

from sensors.decoder import Decoder
from sensors.rules import Rules
from twin.frames import YardFrame
from twin.inputs import Batch, RawChunk
from twin.snapshot import SourceHealth
from twin.yard.model import Yard

MARGIN_M = 200.0
"""How far outside the fence a position may still be: trucks queue there, and ships lie there."""
TOLD_AFTER = 20
"""So many positions are looked at before it is told on stderr that all are outside."""


class NotingDecoder(Decoder):
    """Decodes, and notes how many positions of each source lie outside the fence, and where the last is.

    Parameters
    ----------
    yard : Yard
    rules : Rules
        What is known of the sources beforehand.
    """

    def __init__(self, yard: Yard, rules: Rules | None = None) -> None:
        super().__init__(rules=rules)
        ground = shapely.Polygon(yard.fence_yard_m).buffer(MARGIN_M, join_style="mitre")
        shapely.prepare(ground)
        self._ground, self._frame = ground, YardFrame.of(yard.georeference)
        self._yard, self._told = yard.name, False
        self.fixes: Counter[str] = Counter()
        self.outside: Counter[str] = Counter()
        self._where: dict[str, str] = {}

    def decode(self, chunks: Sequence[RawChunk]) -> Batch:
        """Read chunks; see :meth:`Decoder.decode`."""
        batch = super().decode(chunks)
        if len(batch.fixes):
            self._look(batch)
        return batch

    def note(self, source: str) -> str:
        """Tell how many positions of a source are outside; empty where none is."""
        outside = self.outside[source]
        if not outside:
            return ""
        return (
            f"{outside} of {self.fixes[source]} positions over {MARGIN_M:.0f} m outside the fence of "
            f"{self._yard}, the last at {self._where[source]}; --site LAT,LON puts the yard there"
        )

    def noted(self, health: SourceHealth) -> SourceHealth:
        """Give the health of a source with the note in it."""
        parts = (health.detail, self.note(health.name))
        return replace(health, detail="; ".join(filter(None, parts)))

    def noted_live(self, health: SourceHealth) -> SourceHealth:
        """Give the health of a source that is no recording: with whose times are off, too."""
        parts = (health.detail, self.offsets.told(health.name))
        return self.noted(replace(health, detail="; ".join(filter(None, parts))))

    def _look(self, batch: Batch) -> None:
        fixes = batch.fixes
        xyz = self._frame.yard_from_geodetic(fixes.lon_deg, fixes.lat_deg, fixes.h_m)
        away = ~shapely.contains_xy(self._ground, xyz[:, 0], xyz[:, 1]) & (fixes.quality != 0)
        sources = self._sources_of(batch)[fixes.device]
        self.fixes.update(sources.tolist())
        self.outside.update(sources[away].tolist())
        for name in dict.fromkeys(sources[away].tolist()):
            last = int(np.flatnonzero(away & (sources == name))[-1])
            self._where[name] = f"{fixes.lat_deg[last]:.5f},{fixes.lon_deg[last]:.5f}"
        if not self._told and self.fixes.total() >= TOLD_AFTER and self.outside == self.fixes:
            self._told = True
            for name in self.outside:
                sys.stderr.write(f"yard-twin: source {name}: {self.note(name)}\n")

    def _sources_of(self, batch: Batch) -> NDArray[np.str_]:
        """Give the source that each device of a batch is heard from."""
        rows = [self._index[name] for name in batch.devices]
        return np.char.decode(self._pending.origin[rows], "ascii")
