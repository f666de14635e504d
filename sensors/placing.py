"""Brings the positions of a call to CGCS2000 and onto a site's surveyed points."""

from collections.abc import Sequence

import numpy as np

from sensors.lines import MAX_NAME_BYTES
from sensors.pending import Pending
from sensors.rules import Rules
from twin.datum import to_cgcs2000
from twin.inputs import Fixes, RawChunk
from twin.tables import Ints


def heard_from(pending: Pending, device: Ints, chunk: Ints, chunks: Sequence[RawChunk]) -> Pending:
    """Note from which source each device's positions come.

    Parameters
    ----------
    pending : Pending
    device, chunk : (k,) int32
        Of each line that may hold a position, in their order.
    chunks : sequence of RawChunk
    """
    names = np.array([one.source[:MAX_NAME_BYTES] for one in chunks], f"S{MAX_NAME_BYTES}")
    found = names[chunk]
    if (pending.origin[device] == found).all():
        return pending
    origin = pending.origin.copy()
    origin[device] = found
    return pending.with_columns(origin=origin)


def placed(fixes: Fixes, pending: Pending, rules: Rules) -> Fixes:
    """Give fixes in CGCS2000, by the frames of their sources, and calibrated.

    Parameters
    ----------
    fixes : Fixes
        ``device`` indexes ``pending``.
    pending : Pending
        Says which source each device is heard from.
    rules : Rules
    """
    if not len(fixes) or not rules.moves():
        return fixes
    columns = {name: getattr(fixes, name).copy() for name in ("lon_deg", "lat_deg", "h_m")}
    origin = pending.origin[fixes.device]
    for name, source in rules.sources.items():
        rows = np.flatnonzero(origin == name.encode("ascii", "replace")) if source.reference else np.empty(0)
        if source.reference and len(rows):
            moved = to_cgcs2000(source.reference, *(column[rows] for column in columns.values()))
            for column, values in zip(columns.values(), moved, strict=True):
                column[rows] = values
    if rules.calibration is not None:
        columns = dict(zip(columns, rules.calibration.applied(*columns.values()), strict=True))
    return fixes.with_columns(**columns)
