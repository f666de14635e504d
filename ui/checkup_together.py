"""What the doctor finds of a site whose surveyed points all lie off alike: residuals do not show that."""

import numpy as np

from sensors.sources.config import Site, survey_of
from twin.errors import YardError
from twin.surveying import apart_m, outlier
from ui.findings import Finding, Mark

_ADVICE = (
    "a calibration takes that out; look whether frame and epoch of the site are those of its receivers, and "
    "whether their base station stands where it says"
)


def together(site: Site) -> list[Finding]:
    """Tell how far and where to the points lie off as they were measured, where all lie off alike; else none.

    A point that spoils the fit of the others is left out.
    """
    try:
        measured, surveyed = survey_of(site)
        row, rest_m = outlier(measured, surveyed)
        off_m = -apart_m(measured, surveyed)[:, :2]
    except YardError:
        return []  # told as such
    if not _alike(off_m, site.limit_m) and rest_m <= site.limit_m:
        off_m = np.delete(off_m, row, axis=0)
    east_m, north_m = off_m.mean(axis=0).tolist()
    far_m = float(np.hypot(east_m, north_m))
    if far_m <= site.limit_m or not _alike(off_m, site.limit_m):
        return []
    bearing_deg = round(float(np.degrees(np.arctan2(east_m, north_m)))) % 360
    who = f"all {len(off_m)}" if len(off_m) == len(measured) else f"{len(off_m)} of {len(measured)}"
    found = f"{who} points lie off together, {far_m:.2f} m to {bearing_deg:03d}°"
    return [
        Finding(
            "calibration as a whole", Mark.NOTE, "points that were measured where they are", found, _ADVICE
        )
    ]


def _alike(off_m: np.ndarray[tuple[int, ...], np.dtype[np.float64]], limit_m: float) -> bool:
    """Tell whether points (n, 2) are off by the same, to a limit [m]."""
    return float(np.hypot(*(off_m - off_m.mean(axis=0)).T).max()) <= limit_m
