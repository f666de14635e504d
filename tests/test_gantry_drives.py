"""A gantry whose drives tell how far it went is not led astray by its receiver for some seconds."""

import numpy as np
import pytest
import yard_at_work as work

from sensors.decoder import Decoder
from sensors.simulation.emitter import Emitter
from sensors.simulation.receiver import NOISES
from sensors.simulation.switches import Switches
from twin.engine import step
from twin.frames import YardFrame
from twin.operations.shift import Shift
from twin.stock import moves


def worst_m(switches: Switches, seconds: float) -> float:
    """How far the track of a gantry that stands gets from where it is [m], after its first seconds."""
    state = work.state_with()
    shift = Shift.start(
        state.yard, state.slots, moves.empty_stock(state.slots), 1, work.T0,
        trucks_per_hour=0.0, vessel=False,
    )  # fmt: skip
    emitter = Emitter(YardFrame.of(state.yard.georeference), state.yard, 1, NOISES["clean"])
    decoder, worst = Decoder(), 0.0
    for tick in range(1, round(10 * seconds)):
        truth = shift.advance(0.1)
        if tick == 50:
            emitter.switch(switches)
        state = step(state, truth.t_ns, decoder.decode(emitter.emit(truth)), (), work.refuse_layouts)
        if tick > 50:
            name = switches.target.encode()
            at, row = truth.name.tolist().index(name), state.fleet.name.tolist().index(name)
            away = state.tracks.x_m[row] - truth.x_m[at], state.tracks.y_m[row] - truth.y_m[at]
            worst = max(worst, float(np.hypot(*away)))
    return worst


@pytest.mark.parametrize("jump_m", [1.5, 10.0])
def test_a_gantry_that_stands_is_not_moved_by_a_wrong_fix_or_a_jump(jump_m):
    assert worst_m(Switches(target="RTG-01", jump_m=jump_m), 9.0) < 0.1
