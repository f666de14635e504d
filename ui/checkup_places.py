"""What the doctor finds of frames and places: what positions are in, and where they lie."""

import dataclasses
import time
from collections.abc import Sequence

import numpy as np
import shapely

from sensors.sources.config import USUAL_FRAME, Entry, Site, reference_of
from twin.datum import EPOCH, Reference, moved_m, velocity_mm_a
from twin.frames import YardFrame
from twin.inputs import Batch
from twin.yard.model import Yard
from ui.fencing import MARGIN_M
from ui.findings import Finding, Mark

_S_A_YEAR = 31_556_952.0


def frame(name: str, found: Entry | Site | None, yard: Yard) -> Finding:
    """Tell what positions are taken to be in, and whether that was stated.

    Parameters
    ----------
    name : str
        Of the source.
    found : Entry, Site or None
        As the file names it; None: a source of the command line, which cannot state a frame.
    yard : Yard
        Where it is told how far another frame would be off.
    """
    reference = reference_of(found) if found is not None else Reference(USUAL_FRAME)
    text = f"{reference.frame} at epoch {reference.epoch if reference.moves else EPOCH:.1f}"
    lon, lat = (float(v[0]) for v in YardFrame.of(yard.georeference).geodetic_from_yard(np.zeros((1, 3)))[:2])
    if reference.moves:
        text += f", {_moves(reference, lon, lat)}"
    expected = "the frame and epoch that its positions are in"
    if found is not None and found.frame:
        return Finding(f"frame {name}", Mark.OK, expected, text)
    where = "in the file" if found is not None else "in a file for --sources"
    year = 1970 + time.time() / _S_A_YEAR
    off_m = moved_m(Reference("WGS 84", year), lon, lat)
    advice = f"state frame and epoch {where}: positions in WGS 84 of today would be {off_m:.2f} m off here"
    return Finding(f"frame {name}", Mark.NOTE, expected, f"{text}, not stated: assumed", advice)


def _moves(reference: Reference, lon_deg: float, lat_deg: float) -> str:
    """Tell how positions are taken to move: by the plate, or by a velocity beside what that tells."""
    if reference.velocity_mm_a is None:
        return f"plate {reference.plate}"
    own = ", ".join(f"{value:.1f}" for value in reference.velocity_mm_a)
    plate = dataclasses.replace(reference, velocity_mm_a=None)
    east, north = velocity_mm_a(plate, lon_deg, lat_deg)
    return (
        f"with its own velocity of {own} mm a year east, north and up, where plate {reference.plate} would "
        f"have {east:.1f}, {north:.1f}"
    )


def unnamed_map(name: str, found: Entry | None) -> list[Finding]:
    """Give a finding where a source places maps of VDA 5050 vehicles whatever they are called; else none."""
    if found is None or found.map is None:
        return []
    named = ", ".join(found.maps)
    return [
        Finding(
            f"map {name}", Mark.NOTE, "where each map of its vehicles lies, by its mapId in maps",
            f"one place for all maps{f' but {named}' if named else ''}, whatever they are called",
            "name each map in maps: a vehicle on any other map is shown at the same place",
        )
    ]  # fmt: skip


def expected(yard: Yard) -> str:
    """Give what is expected of the first position of a device."""
    return f"its first fix within {MARGIN_M:.0f} m of the fence of {yard.name}"


def first_places(name: str, batches: Sequence[Batch], yard: Yard) -> list[Finding]:
    """Tell whether the first position of each device lies on the ground of the yard."""
    ground = shapely.Polygon(yard.fence_yard_m)
    yard_frame, seen, out = YardFrame.of(yard.georeference), set(), []
    for batch in batches:
        fixes = batch.fixes
        xyz = yard_frame.yard_from_geodetic(fixes.lon_deg, fixes.lat_deg, fixes.h_m)
        devices, rows = np.unique(fixes.device, return_index=True)
        for place, row in sorted(zip(devices.tolist(), rows.tolist(), strict=True), key=lambda pair: pair[1]):
            device = batch.devices[place]
            if device in seen:
                continue
            seen.add(device)
            away_m = float(shapely.Point(xyz[row, :2]).distance(ground))
            lat, lon = float(fixes.lat_deg[row]), float(fixes.lon_deg[row])
            out.append(_placed(f"place {name}, {device}", away_m, lat, lon, yard))
    return out


def _placed(name: str, away_m: float, lat_deg: float, lon_deg: float, yard: Yard) -> Finding:
    how = "inside" if away_m == 0 else f"{_far(away_m)} outside"
    mark = Mark.OK if away_m <= MARGIN_M else Mark.WRONG
    advice = (
        f"if the yard is there, --site {lat_deg:.4f},{lon_deg:.4f} puts it there; else look at the layout's "
        "georeference"
    )
    return Finding(name, mark, expected(yard), f"{lat_deg:.7f}, {lon_deg:.7f}, {how}", advice)


def _far(away_m: float) -> str:
    return f"{away_m:.0f} m" if away_m < 10_000 else f"{away_m / 1000:,.0f} km"
