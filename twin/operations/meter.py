"""What yard cranes and trucks do with their time, measured step by step.

A crane that has a job is at work, and what for is told by the job: a box from or to a vehicle
(``handling``), one that stands in somebody's way (``relocating``), the same before anybody came
(``ahead``). At each instant it drives along the block (``empty`` or ``laden``), or moves trolley and
hoist (``lifting``), or pauses while its locks turn (``locks``). Without a job it drives to where it will
be wanted (``ahead``, ``empty``), or waits: for a vehicle that is on its way (``waiting``), or for work
(``nothing``).
"""

from dataclasses import dataclass, field

from twin.clock import NS_PER_S
from twin.operations.site import Job, Site, Visit

PURPOSES = ("handling", "relocating", "ahead", "idle")
PHASES = ("empty", "laden", "lifting", "locks", "waiting", "nothing")


@dataclass(slots=True)
class Meter:
    """Times and ways since ``since_ns``; quay cranes and tractors are not measured.

    Attributes
    ----------
    spent_s : dict
        (purpose, phase) -> crane time, all yard cranes together [s].
    at_work_s : dict
        Block -> time in which its crane did not stand still for want of work [s].
    way_m : float
        Way of all yard cranes along their blocks [m].
    turn_s : list of float
        Of each truck that has left: from the portal of a gate in, to that of a gate out [s].
    outside_s : list of float
        Of the same: how long after it was due it passed the portal in [s].
    before : dict
        ``Shift.counts`` when it began.
    """

    since_ns: int
    before: dict[str, int]
    spent_s: dict[tuple[str, str], float] = field(default_factory=dict)
    at_work_s: dict[int, float] = field(default_factory=dict)
    way_m: float = 0.0
    turn_s: list[float] = field(default_factory=list)
    outside_s: list[float] = field(default_factory=list)
    was_at_m: list[float] = field(default_factory=list)

    @classmethod
    def of(cls, site: Site) -> "Meter":
        """Begin now."""
        return cls(site.t_ns, dict(site.counts), was_at_m=[crane.along_m for crane in site.cranes])

    def observe(self, site: Site, dt_s: float) -> None:
        """Note what each yard crane did in the step just made."""
        for block, index in site.crane_of_block.items():
            crane = site.cranes[index]
            moved_m = abs(crane.along_m - self.was_at_m[index])
            self.was_at_m[index] = crane.along_m
            self.way_m += moved_m
            job = site.jobs.get(index)
            if job is None and not crane.script:
                key = "idle", "waiting" if site.bound.get(block, 0) else "nothing"
            else:
                key = _purpose(job), self._phase(site, index, moved_m)
                self.at_work_s[block] = self.at_work_s.get(block, 0.0) + dt_s
            self.spent_s[key] = self.spent_s.get(key, 0.0) + dt_s

    def _phase(self, site: Site, index: int, moved_m: float) -> str:
        crane = site.cranes[index]
        if moved_m > 0.0:
            return "laden" if crane.locked else "empty"
        still = not crane.script or crane.script[0].wait_s > 0.0
        return "locks" if still else "lifting"

    def left(self, visit: Visit, t_ns: int) -> None:
        """Note a truck that has left."""
        self.turn_s.append((t_ns - visit.in_ns) / NS_PER_S)
        if visit.due_ns:
            self.outside_s.append((visit.in_ns - visit.due_ns) / NS_PER_S)

    def counted(self, site_counts: dict[str, int], name: str) -> int:
        """Give how often something happened since it began."""
        return site_counts.get(name, 0) - self.before.get(name, 0)


def _purpose(job: Job | None) -> str:
    if job is None or job.ahead:
        return "ahead"
    return "handling" if job.vehicle >= 0 else "relocating"
