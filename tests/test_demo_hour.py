"""The demo's shift beside its truth: no false alarm that is critical, few alarms, every move in its slot.

In the simulated yard machines never touch one another nor a stack, which is held here too. So an alarm of
the first priority is false, unless it is of the wind: a mast measures that as it is.
"""

from collections import Counter
from dataclasses import dataclass, field

import numpy as np
import pytest
import yard_at_work as work
from moves_watched import Watched, hold
from true_machines import true_boxes

from layouts import formats
from sensors.decoder import Decoder
from sensors.simulation.places import Places
from sensors.sources.simulated import SimulatedSource
from twin.engine import initial_state
from twin.safety.contact import truth_overlaps
from twin.safety.log import AlarmLog, Held
from twin.safety.rules import RULE_NAMES, RULES, Topic
from twin.safety.table import Priority
from twin.session import Bound, Session
from twin.state import State
from twin.stock.generate import fill
from twin.stock.rules import USUAL
from twin.yard.slots import slots_of
from ui.composition import DEMO_BOXES, SourceClock

NINE_IN_CHINA = 1_799_974_800 * work.SECOND
MOST_A_DAY = 150
"""Alarms of a day that a person can answer (EEMUA 191)."""
_WIND = np.array([rule.topic is Topic.WIND for rule in RULES.values()])


@dataclass(slots=True)
class Shift:
    """What became of a stretch of the demo."""

    state: State
    standing: int
    watched: Watched
    touched: list[str] = field(default_factory=list)


def demo(seconds: float, tick_s: float = 0.1, seed: int = 1) -> Shift:
    """Run the demo with its sensors, as `make run` does but for window, clock, record and solver."""
    yard = formats.sample("demo")
    slots = slots_of(yard)
    stock = fill(yard, slots, DEMO_BOXES["demo"], seed, NINE_IN_CHINA)
    simulation = SimulatedSource(yard, slots, stock, seed=seed, t_ns=NINE_IN_CHINA, inline=True)
    bound = Bound((simulation,), Decoder(), SourceClock(simulation), work.refuse_layouts)
    session = Session(initial_state(yard, stock, NINE_IN_CHINA, USUAL), bound)
    out = Shift(session.state, DEMO_BOXES["demo"], Watched(simulation.shift.stock))
    passed_ns, places = round(tick_s * work.SECOND), Places(yard)
    for tick in range(1, round(seconds / tick_s) + 1):
        simulation.advance_to(NINE_IN_CHINA + tick * passed_ns)
        session.tick()
        now = simulation.shift.stock
        out.watched.look(now, session.state, simulation.truth, places)
        if tick * passed_ns % work.SECOND == 0:
            parts = true_boxes(simulation.truth, now)
            out.touched += truth_overlaps(parts, now, session.state.slots)
    session.close()
    out.state = session.state
    return out


def false_critical(log: AlarmLog) -> list[str]:
    """Name the rules of the critical alarms that nothing in the shift was the cause of."""
    rows = np.flatnonzero((log.priority == Priority.CRITICAL) & ~_WIND[log.rule])
    return [RULE_NAMES[rule] for rule in log.rule[rows]]


def raised(log: AlarmLog) -> Counter[str]:
    """Count the alarms that were put before a person, by rule, those held back at first included."""
    return Counter(RULE_NAMES[rule] for rule in log.rule[(log.held != Held.BY_DESIGN) | (log.shown_ns > 0)])


def test_forty_seconds_of_the_demo_raise_no_alarm_and_tell_every_move_in_its_slot() -> None:
    shift = demo(40.0, tick_s=0.5)

    assert shift.touched == []
    assert raised(shift.state.alarm_log) == {}
    hold(shift.watched, shift.state, shift.standing, 1.0)


@pytest.mark.soak
@pytest.mark.parametrize("seed", [1, 2])
def test_an_hour_of_the_demo_raises_few_alarms_none_falsely_critical_and_loses_no_box(seed: int) -> None:
    shift = demo(3600.0, seed=seed)

    alarms = raised(shift.state.alarm_log)
    print(f"seed {seed}: {alarms.total()} alarms in an hour, {dict(alarms)}")  # noqa: T201
    assert shift.touched == []
    assert false_critical(shift.state.alarm_log) == []
    assert alarms.total() * 24 <= MOST_A_DAY
    hold(shift.watched, shift.state, shift.standing, 0.999)
    assert shift.watched.right > 300
