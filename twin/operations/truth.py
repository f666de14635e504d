"""What is really so in a simulated shift: the table that receivers and tests look at."""

from dataclasses import dataclass

from twin.inputs import Event
from twin.tables import Bytes, Flags, Floats, Ints, Table, Texts


@dataclass(frozen=True, eq=False)
class Truth(Table):
    """Every machine of the shift at one instant, without error, in the yard frame.

    Rows are only added: a truck that has left keeps its row, with ``present`` false.

    Attributes
    ----------
    t_ns : int
        The instant [ns UTC].
    name : (n,) S16
        The name that its device sends.
    kind : (n,) int8
        Index into ``kinds.KIND_NAMES``.
    block : (n,) int32
        Index into ``Yard.blocks`` of the block that a yard crane works in, -1 for the others.
    present : (n,) bool
        In the yard.
    x_m, y_m, heading_rad, speed_mps, yaw_rate_rps : (n,) float
        Pose and motion of the machine's origin (see ``kinds``); NaN where it is not present. The
        speed is along the heading, negative where a crane travels backwards.
    trailer_heading_rad : (n,) float
        NaN where it has no trailer.
    trolley_m, hoist_m : (n,) float
        Along machine y, spreader underside above ground; NaN where it has none.
    locked : (n,) bool
        The twistlocks are closed.
    load_kg : (n,) float
        What hangs from the spreader; NaN where it has none.
    load, cargo : (n,) S11
        Number of the box under the spreader, and on the trailer; empty where there is none.
    spreader_ft : (n,) int8
        Telescoped to 20, 40 or 45; -1 where it has none.
    events : tuple of Event
        What devices report of this step.
    """

    t_ns: int
    name: Texts
    kind: Bytes
    block: Ints
    present: Flags
    x_m: Floats
    y_m: Floats
    heading_rad: Floats
    speed_mps: Floats
    yaw_rate_rps: Floats
    trailer_heading_rad: Floats
    trolley_m: Floats
    hoist_m: Floats
    locked: Flags
    load_kg: Floats
    load: Texts
    cargo: Texts
    spreader_ft: Bytes
    events: tuple[Event, ...] = ()

    def __len__(self) -> int:
        """Give the number of machines ever in the shift."""
        return len(self.name)
