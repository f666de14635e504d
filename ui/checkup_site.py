"""What the doctor finds of a site's calibration: the residuals of its points, and which of them is off."""

import numpy as np

from sensors.sources.config import Site, survey_of
from twin.errors import YardError
from twin.surveying import Calibration, apart_m, calibrated, outlier
from twin.tables import Floats
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
        out = _residuals(site, *survey_of(site))
    except YardError as error:
        out = [_refused(error, "")]
    return [*out, places.frame("calibration", site, yard)]


def _residuals(site: Site, measured: Floats, surveyed: Floats) -> list[Finding]:
    """Hold each point against the fit; where one point spoils that, against the fit of the others."""
    names, limit_m = [point.name for point in site.points], site.limit_m
    row, rest_m = outlier(measured, surveyed)
    try:
        whole, problem = calibrated(names, measured, surveyed), None
    except YardError as error:
        whole, problem = None, error
    spoilt = rest_m <= limit_m and (whole is None or whole.worst_m > limit_m)
    others = np.arange(len(names)) != row
    fit = calibrated((), measured[others], surveyed[others]) if spoilt else whole
    advice = f"without {names[row]} the others agree to {100 * rest_m:.1f} cm" if spoilt else ""
    points = _points(site, fit, measured, surveyed, f", by the fit without {names[row]}" if spoilt else "")
    if whole is None:
        assert problem is not None
        return [*points, _refused(problem, advice)]
    return [*points, _shift(site, whole, advice)]


def _points(
    site: Site, fit: Calibration | None, measured: Floats, surveyed: Floats, how: str
) -> list[Finding]:
    """Give a finding for each point: its residual, or how far it is from where it was measured."""
    limit = f"residuals to {100 * site.limit_m:.1f} cm"
    if fit is None:
        limit, how = "points that agree on how far they are from where they were measured", ", nothing fitted"
    brought = measured if fit is None else np.column_stack(fit.applied(*measured.T))
    out = []
    for point, (east, north, up) in zip(site.points, apart_m(brought, surveyed).tolist(), strict=True):
        good = float(np.hypot(east, north)) <= site.limit_m and abs(up) <= 2 * site.limit_m
        mark = Mark.NOTE if fit is None else _mark(good)
        text = f"east {_length(east)}, north {_length(north)}, up {_length(up)}{how}"
        out.append(
            Finding(f"calibration point {point.name}", mark, limit, text, "" if fit is None else _AGAIN)
        )
    return out


def _shift(site: Site, found: Calibration, advice: str) -> Finding:
    shift = f"{found.east_m:+.3f}, {found.north_m:+.3f}, {found.up_m:+.3f} m"
    text = f"shift {shift}; turn {1e6 * found.turn_rad:.1f} urad; scale {found.ppm:+.1f} ppm"
    expected = f"residuals to {100 * site.limit_m:.1f} cm"
    usual = "the point with the largest residual is the first to doubt"
    return Finding("calibration", _mark(found.worst_m <= site.limit_m), expected, text, advice or usual)


def _refused(error: YardError, advice: str) -> Finding:
    """Give what was expected and found of points that make no calibration."""
    where, _, rest = str(error).partition(": expected ")
    expected, _, found = rest.partition(", found ")
    name = where if where.startswith("calibration") else f"calibration, {where}"
    return Finding(name, Mark.WRONG, expected, found, "; ".join(filter(None, (advice, _WITHOUT))))


def _mark(good: bool) -> Mark:
    return Mark.OK if good else Mark.WRONG


def _length(metres: float) -> str:
    """Give a length in units that fit it."""
    return f"{100 * metres:+.1f} cm" if abs(metres) < 1.0 else f"{metres:+.2f} m"
