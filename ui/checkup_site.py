"""What the doctor finds of a site's calibration: the residuals of its points, and which of them is off."""

import numpy as np

from sensors.sources.config import Site
from sensors.sources.residuals import Fit, blamed, fit_of, length
from twin.errors import YardError
from twin.surveying import Calibration
from twin.yard.model import Yard
from ui import checkup_places as places
from ui.findings import Finding, Mark

_AGAIN = "measure it again, or look at its numbers in the file"
_WITHOUT = "the sources are looked at without a calibration"


def calibration(yard: Yard, site: Site) -> list[Finding]:
    """Give a finding for each surveyed point, one for the calibration, and one for its frame.

    Parameters
    ----------
    yard : Yard
        Where it is told how far another frame would be off.
    site : Site
        Whose points may make no calibration: then how far each is from where it was measured is told.
    """
    try:
        out = _residuals(site, fit_of(site))
    except YardError as error:
        out = [_refused(error, "")]
    return [*out, places.frame("calibration", site, yard)]


def _residuals(site: Site, fit: Fit) -> list[Finding]:
    """Hold each point against the fit; where one point spoils that, against the fit of the others."""
    if isinstance(fit.whole, YardError):
        return [*_points(site, fit), _refused(fit.whole, blamed(site, fit) if fit.spoiler >= 0 else "")]
    return [*_points(site, fit), _shift(site, fit.whole, blamed(site, fit))]


def _points(site: Site, fit: Fit) -> list[Finding]:
    """Give a finding for each point: its residual, or how far it is from where it was measured."""
    limit, unfitted = f"residuals to {100 * site.limit_m:.1f} cm", fit.told is None
    how = f", by the fit without {site.points[fit.spoiler].name}" if fit.spoiler >= 0 else ""
    if unfitted:
        limit, how = "points that agree on how far they are from where they were measured", ", nothing fitted"
    out = []
    for point, (east, north, up) in zip(site.points, fit.apart_m().tolist(), strict=True):
        good = float(np.hypot(east, north)) <= site.limit_m and abs(up) <= 2 * site.limit_m
        mark = Mark.NOTE if unfitted else _mark(good)
        text = f"east {length(east)}, north {length(north)}, up {length(up)}{how}"
        out.append(Finding(f"calibration point {point.name}", mark, limit, text, "" if unfitted else _AGAIN))
    return out


def _shift(site: Site, found: Calibration, advice: str) -> Finding:
    shift = f"{found.east_m:+.3f}, {found.north_m:+.3f}, {found.up_m:+.3f} m"
    text = f"shift {shift}; turn {1e6 * found.turn_rad:.1f} urad; scale {found.ppm:+.1f} ppm"
    expected = f"residuals to {100 * site.limit_m:.1f} cm"
    return Finding("calibration", _mark(found.worst_m <= site.limit_m), expected, text, advice)


def _refused(error: YardError, advice: str) -> Finding:
    """Give what was expected and found of points that make no calibration."""
    where, _, rest = str(error).partition(": expected ")
    expected, _, found = rest.partition(", found ")
    name = where if where.startswith("calibration") else f"calibration, {where}"
    return Finding(name, Mark.WRONG, expected, found, "; ".join(filter(None, (advice, _WITHOUT))))


def _mark(good: bool) -> Mark:
    return Mark.OK if good else Mark.WRONG
