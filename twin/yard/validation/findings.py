"""What a check of a yard gives."""

from dataclasses import dataclass
from enum import StrEnum


class Severity(StrEnum):
    """How bad a finding is."""

    ERROR = "error"  # cannot be built or worked as it is drawn
    WARNING = "warning"  # can be, but somebody should look


@dataclass(frozen=True, slots=True)
class Finding:
    """Something a planner should know: how bad, where, what, and a point to look at [m]."""

    severity: Severity
    where: str
    message: str
    x_m: float
    y_m: float


def error(where: str, message: str, point: tuple[float, float]) -> Finding:
    """Give a finding that stands in the way."""
    return Finding(Severity.ERROR, where, message, float(point[0]), float(point[1]))


def warning(where: str, message: str, point: tuple[float, float]) -> Finding:
    """Give a finding that somebody should look at."""
    return Finding(Severity.WARNING, where, message, float(point[0]), float(point[1]))
