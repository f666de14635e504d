"""What people and solvers decide: inputs of the twin like any other, each with a name on it."""

from dataclasses import dataclass

from twin.stacking.suggestion import Accept, Modify, Offer, Refuse


@dataclass(frozen=True, slots=True)
class Acknowledge:
    """An operator acknowledges alarms, by id."""

    alarms: tuple[int, ...]
    actor: str
    role: str


@dataclass(frozen=True, slots=True)
class PublishLayout:
    """A planner makes a layout the live one: the native layout document, as bytes."""

    layout: bytes
    actor: str
    role: str


@dataclass(frozen=True, slots=True)
class ForecastWind:
    """A controller enters the highest gust of the forecast [m/s] and until when it holds [ns UTC]."""

    gust_mps: float
    until_ns: int
    actor: str
    role: str


Decision = Accept | Refuse | Modify | Offer | Acknowledge | PublishLayout | ForecastWind


@dataclass(frozen=True, slots=True)
class Verdict:
    """How the engine answered a decision: taken or not, and why not."""

    decision: Decision
    taken: bool
    reason: str = ""
