"""Whose positions are taken, and where they are: sources, their frames, the calibration of a site."""

from collections.abc import Mapping, Sequence

import numpy as np

from sensors.gates import inside
from sensors.lines import MAX_NAME_BYTES
from sensors.pending import Pending
from sensors.rules import Rules
from twin.datum import to_cgcs2000
from twin.inputs import SIGMA_OF_QUALITY_M, CraneReadings, Fixes, RawChunk
from twin.tables import Flags, Floats, Ints, Longs, Texts

_A_M, _E2 = 6_378_137.0, 0.006_694_380_022_90
TAKEN_OVER_NS = 10 * 1_000_000_000
"""A device whose source is silent for so long may be taken over by another."""


def heard_from(
    pending: Pending, device: Ints, chunk: Ints, t_rx_ns: Longs, chunks: Sequence[RawChunk]
) -> Pending:
    """Note from which source each device's positions come, and when they last did.

    Parameters
    ----------
    pending : Pending
    device, chunk : (k,) int32
        Of each line that may hold a position, in their order.
    t_rx_ns : (k,) int64
    chunks : sequence of RawChunk
    """
    if not len(device):
        return pending
    placed_ns = pending.placed_ns.copy()
    np.maximum.at(placed_ns, device, t_rx_ns)
    pending = pending.with_columns(placed_ns=placed_ns)
    names = sources_of(chunks)
    if len(set(names.tolist())) == 1 and _all_of(names[0], pending, device):
        return pending
    found = names[chunk]
    if (pending.origin[device] == found).all():
        return pending
    origin = pending.origin.copy()
    origin[device] = found
    return pending.with_columns(origin=origin)


def sources_of(chunks: Sequence[RawChunk]) -> Texts:
    """Give the source of each chunk."""
    return np.array(
        [one.source[:MAX_NAME_BYTES].encode("ascii", "replace") for one in chunks], f"S{MAX_NAME_BYTES}"
    )


def _all_of(source: bytes, pending: Pending, device: Ints) -> bool:
    """Tell whether all positions so far of some devices came from one source."""
    of_source = pending.origin == source
    return bool(of_source.all() or of_source[device].all())


def foreign(pending: Pending, device: Ints, chunk: Ints, t_rx_ns: Longs, chunks: Sequence[RawChunk]) -> Flags:
    """Tell which lines name a device that another source has brought positions of in the last seconds.

    A device is taken from one source at a time, so that nobody else speaks for it; another may take over
    once the first has been silent for ``TAKEN_OVER_NS``.

    Parameters
    ----------
    pending : Pending
        As it was before these lines.
    device, chunk : (k,) int32
    t_rx_ns : (k,) int64
    chunks : sequence of RawChunk

    Returns
    -------
    (k,) bool
    """
    names = sources_of(chunks)
    if len(set(names.tolist())) == 1 and _all_of(names[0], pending, device):
        return np.zeros(len(device), np.bool_)
    found, owner = names[chunk], pending.origin[device]
    new = owner == b""
    if new.any():  # the first line of this call tells whose a new device is
        first: dict[int, bytes] = {}
        for row in np.flatnonzero(new).tolist():
            first.setdefault(int(device[row]), bytes(found[row]))
        owner = np.where(new, [first.get(one, b"") for one in device.tolist()], owner)
    silent = t_rx_ns - pending.placed_ns[device] > TAKEN_OVER_NS
    other: Flags = (found != owner) & ~(silent & ~new)
    return other


def disowned(pending: Pending, rules: Rules) -> Pending:
    """Free the devices of sources that are named no more: whoever brings them next may speak for them."""
    names = [name.encode("ascii", "replace") for name in rules.sources]
    gone = ~np.isin(pending.origin, np.array([b"", *names], f"S{MAX_NAME_BYTES}"))
    return pending.with_columns(origin=np.where(gone, b"", pending.origin)) if gone.any() else pending


def headed(fixes: Fixes, pending: Pending) -> Pending:
    """Note the last heading that each device told of two antennas."""
    told = np.isfinite(fixes.heading_rad)
    if not told.any():
        return pending
    nose_rad = pending.nose_rad.copy()
    nose_rad[fixes.device[told]] = fixes.heading_rad[told]
    return pending.with_columns(nose_rad=nose_rad)


def placed(fixes: Fixes, pending: Pending, rules: Rules) -> Fixes:
    """Give fixes in CGCS2000, by the frames of their sources, calibrated, and at their kinds' antennas.

    Parameters
    ----------
    fixes : Fixes
        ``device`` indexes ``pending``.
    pending : Pending
        Says which source each device is heard from, and how it headed last.
    rules : Rules

    Notes
    -----
    A lever arm wants a heading: a device that never told one of two antennas is left where it is. Of one that
    has a lever arm, a position of its own point is there, and so of an antenna from then on.
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
        if rules.calibration.least_sigma_m > 0.0:
            columns["sigma_m"] = _no_surer(fixes, rules.calibration.least_sigma_m)
    fixes = fixes.with_columns(**columns)
    levers = {name: arm for source in rules.sources.values() for name, arm in source.levers_m.items()}
    return _levered(fixes, pending, levers) if levers else fixes


def _no_surer(fixes: Fixes, least_m: float) -> Floats:
    """Give one sigma of fixes, none below ``least_m``, also where a receiver tells none."""
    known_m = np.where(
        np.isnan(fixes.sigma_m), SIGMA_OF_QUALITY_M[np.clip(fixes.quality, 0, 8)], fixes.sigma_m
    )
    out: Floats = np.where(known_m < least_m, least_m, fixes.sigma_m)
    return out


def readings_placed(readings: CraneReadings, pending: Pending, rules: Rules) -> CraneReadings:
    """Give crane readings whose own positions are brought where :func:`placed` brings fixes.

    A position outside the fence is left out; the reading stays.
    """
    told = np.flatnonzero(np.isfinite(readings.lon_deg + readings.lat_deg))
    if not len(told) or not (rules.moves() or rules.fence_deg):
        return readings
    n = len(told)
    blank, small = np.full(n, np.nan), np.full(n, -1, np.int8)
    fixes = Fixes(
        readings.device[told], readings.t_ns[told], readings.t_ns[told], readings.lon_deg[told],
        readings.lat_deg[told], np.zeros(n), small, small, blank, blank, blank, blank,
        readings.heading_rad[told], np.where(readings.own[told], 0.0, np.nan),
    )  # fmt: skip
    fixes = placed(fixes, pending, rules)
    columns = readings.editable("lon_deg", "lat_deg", "own")
    columns["own"][told] = np.isfinite(fixes.own_rad)
    columns["lon_deg"][told], columns["lat_deg"][told] = fixes.lon_deg, fixes.lat_deg
    if rules.fence_deg:
        outside = told[~inside(rules.fence_deg, fixes.lon_deg, fixes.lat_deg)]
        columns["lon_deg"][outside] = columns["lat_deg"][outside] = np.nan
    return readings.with_columns(**columns)


def _levered(fixes: Fixes, pending: Pending, levers: Mapping[str, tuple[float, float, float]]) -> Fixes:
    """Move antennas to where the machines' kinds have them."""
    arms, given = np.zeros((len(pending), 3)), np.zeros(len(pending), np.bool_)
    for name, arm in levers.items():
        of = pending.name == name.encode("ascii", "replace")
        arms[of], given[of] = arm, True
    ahead, left, up = arms[fixes.device].T
    way = np.where(np.isfinite(fixes.heading_rad), fixes.heading_rad, pending.nose_rad[fixes.device])
    east, north = ahead * np.sin(way) - left * np.cos(way), ahead * np.cos(way) + left * np.sin(way)
    lat = np.radians(fixes.lat_deg)
    bend = 1 - _E2 * np.sin(lat) ** 2
    lon_deg = np.degrees(east / (np.cos(lat) * _A_M / np.sqrt(bend)))
    lat_deg = np.degrees(north * bend**1.5 / (_A_M * (1 - _E2)))
    known = np.isfinite(way)
    of_antenna = given[fixes.device] & (known | np.isfinite(fixes.own_rad))
    return fixes.with_columns(
        lon_deg=fixes.lon_deg - np.where(known, lon_deg, 0.0),
        lat_deg=fixes.lat_deg - np.where(known, lat_deg, 0.0),
        h_m=fixes.h_m - up,
        own_rad=np.where(of_antenna, np.nan, fixes.own_rad),
    )
