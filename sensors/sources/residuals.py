"""How well a site's surveyed points agree: which of them spoils the fit, and what is told of it."""

from dataclasses import dataclass

import numpy as np

from sensors.sources.config import Site, survey_of
from twin.errors import YardError
from twin.surveying import Calibration, apart_m, calibrated, outlier
from twin.tables import Floats


@dataclass(frozen=True, slots=True)
class Fit:
    """The points of a site, and what fits them.

    Attributes
    ----------
    measured, surveyed : (n, 3)
        As :func:`sensors.sources.config.survey_of` gives them.
    whole : Calibration or YardError
        Of all points; why they make none.
    spoiler : int
        The point that spoils the fit of the others; -1 where there is none, or none can be told.
    rest_m : float
        The largest residual without it [m].
    """

    measured: Floats
    surveyed: Floats
    whole: Calibration | YardError
    spoiler: int
    rest_m: float

    @property
    def told(self) -> Calibration | None:
        """What the points are held against: the fit without the one that spoils it; None where none is."""
        if self.spoiler < 0:
            return self.whole if isinstance(self.whole, Calibration) else None
        others = np.arange(len(self.measured)) != self.spoiler
        return calibrated((), self.measured[others], self.surveyed[others])

    def apart_m(self) -> Floats:
        """Give east, north and up of each point off what it is held against [m], (n, 3)."""
        fit = self.told
        brought = self.measured if fit is None else np.column_stack(fit.applied(*self.measured.T))
        return apart_m(brought, self.surveyed)


def fit_of(site: Site) -> Fit:
    """Fit the points of a site.

    Raises
    ------
    YardError
        As :func:`sensors.sources.config.survey_of` does.
    """
    measured, surveyed = survey_of(site)
    whole: Calibration | YardError
    try:
        whole = calibrated([point.name for point in site.points], measured, surveyed)
    except YardError as error:
        whole = error
    row, rest_m = outlier(measured, surveyed)
    spoilt = rest_m <= site.limit_m and not (isinstance(whole, Calibration) and whole.worst_m <= site.limit_m)
    return Fit(measured, surveyed, whole, row if spoilt else -1, rest_m)


def doubt_of(site: Site | None) -> str:
    """Say that a calibration in use is worse than its limit, and by which point; empty where it is good."""
    if site is None:
        return ""
    fit = fit_of(site)
    if not isinstance(fit.whole, Calibration) or fit.whole.worst_m <= site.limit_m:
        return ""
    sizes_m = [float(np.hypot(east, north)) for east, north, _ in fit.whole.residuals_m]
    worst = site.points[int(np.argmax(sizes_m))].name
    said = (
        f"calibration: expected residuals to {100 * site.limit_m:.1f} cm, "
        f"found {100 * fit.whole.worst_m:.1f} cm at {worst}"
    )
    return f"{said}; {blamed(site, fit)}"


def blamed(site: Site, fit: Fit) -> str:
    """Say which point to doubt."""
    if fit.spoiler < 0:
        return "the point with the largest residual is the first to doubt"
    name = site.points[fit.spoiler].name
    east, north, up = fit.apart_m()[fit.spoiler].tolist()
    return (
        f"without {name} the others agree to {100 * fit.rest_m:.1f} cm, "
        f"and {name} is left with east {length(east)}, north {length(north)}, up {length(up)}"
    )


def length(metres: float) -> str:
    """Give a length in units that fit it."""
    return f"{100 * metres:+.1f} cm" if abs(metres) < 1.0 else f"{metres:+.2f} m"
