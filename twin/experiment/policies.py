"""Planners by the names that the command line takes."""

from dataclasses import dataclass

from twin.experiment.suggested import Suggested, first_reached, ranked_slots
from twin.operations.planning import Plain, Planner
from twin.operations.site import Site
from twin.stacking.policies import POLICIES, PolicyError

YARD_DEFAULT, SUGGESTED = "default", "suggested"


@dataclass(frozen=True, slots=True)
class Ranked(Plain):
    """Puts arriving boxes where a policy of the twin's registry would; all else as the yard's default."""

    policy: str = "levelling"

    def slot(self, site: Site, box: int, *, any_room: bool = False, spare: int = 0) -> int:
        """Choose the slot that costs least under the policy, by the departures in the stock alone."""
        cost = ranked_slots(site, box, self.policy, {}, any_room=any_room, spare=spare)
        return -1 if cost is None else first_reached(site, box, cost)


def names() -> tuple[str, ...]:
    """Give every name that :func:`planner` takes."""
    return (YARD_DEFAULT, SUGGESTED, *POLICIES)


def planner(name: str) -> Planner:
    """Give the planner of a name: the yard's default, the twin's suggestions, or a policy for slots alone.

    Raises
    ------
    PolicyError
        Where there is none of that name.
    """
    if name == YARD_DEFAULT:
        return Plain()
    if name == SUGGESTED:
        return Suggested()
    if name in POLICIES:
        return Ranked(name)
    raise PolicyError(f"policy {name!r}: expected one of {', '.join(names())}")
