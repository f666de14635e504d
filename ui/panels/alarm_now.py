"""What an alarm's measure is by now, beside the sentence that tells it as it was when the alarm came."""

import math

import numpy as np

from twin import reports
from twin.clock import NS_PER_S
from twin.safety.alarms import RULE_NAMES, source_name
from twin.state import State
from ui.i18n import Texts
from ui.panels.alarm_words import has_gone
from ui.panels.formats import number, span

_MEETING = ("overlap", "contact", "gantry_travel", "safe_height", "unknown_place")
_AGE = ("position_lost", "position_in_lane")
_SPEED = ("wrong_way", "too_fast")
_FLOODS = ("source_floods", "machine_floods")
_WIND = ("wind_stop", "wind_warning")


def now_text(state: State, row: int, texts: Texts, *, named: bool = False) -> str:
    """Give what an alarm measures by now: a time to contact, an overlap, an age, a speed, the wind, a rate.

    Of a machine that is not fit for work, what fault it told of.
    Empty where it has gone, where its two meet no more, and where its rule measures nothing that goes on.
    Where it is ``named`` a flood's rate has in whose name most of it comes, which a column has no room for.
    """
    alarms, rule = state.alarms, RULE_NAMES[int(state.alarms.rule[row])]
    mover = int(alarms.mover[row])
    if has_gone(alarms, row):
        return ""
    if rule in _WIND:
        return number(max(state.weather.speed_mps, state.weather.gust_mps), 1, "m/s")
    if rule in _FLOODS:
        rate, name = _rate(state, row)
        return f"{rate} {name}".rstrip() if named else rate
    if not 0 <= mover < len(state.fleet):
        return ""
    if rule in _AGE:
        return span((state.t_ns - int(state.tracks.fix_ns[mover])) / NS_PER_S, texts)
    if rule == "machine_unfit":
        return _fault(state, mover, texts)
    if rule in _SPEED:
        return number(math.fabs(state.tracks.speed_mps[mover]), 1, "m/s")
    return _nearness(state, row, texts) if rule in _MEETING else ""


def _fault(state: State, mover: int, texts: Texts) -> str:
    """Give what a machine that is not fit for work told last of why; empty where it told nothing."""
    name = state.fleet.name[mover].decode("ascii", "replace")
    told = reports.of(state.reported, name).get("fault")
    return texts.tr("fault {code}", code=texts.tr(str(told.value))) if told is not None and told.value else ""


def _rate(state: State, row: int) -> tuple[str, str]:
    """Tell how many lines come by now a second, and in whose name most of those that are of no machine."""
    source = source_name(state.flooding.sources, int(state.alarms.source[row]))
    if source:
        rate, name = state.flooding.by_source().get(source, (0.0, ""))
        return number(rate, 0, "1/s"), name
    mover = int(state.alarms.mover[row])
    return number(sum(one.lines_per_s for one in state.flooding.senders if one.row == mover), 0, "1/s"), ""


def _nearness(state: State, row: int, texts: Texts) -> str:
    """Tell how near the two of an alarm are; of a machine and stacks the one that it reaches soonest."""
    alarms, conflicts = state.alarms, state.conflicts
    other = int(alarms.other[row])
    with_stack = other < 0 and int(alarms.ground[row]) != -1
    same = (conflicts.mover == alarms.mover[row]) & (conflicts.other == other)
    found = np.flatnonzero(same & ((conflicts.ground != -1) | (not with_stack)))
    if not len(found) or (other < 0 and not with_stack):
        return ""
    one = found[int(np.argmin(conflicts.time_s[found]))]
    time_s, gap_m = float(conflicts.time_s[one]), float(conflicts.gap_m[one])
    if time_s > 0:
        return texts.tr("{s:.1f} s", s=time_s)
    return texts.tr("overlap {depth:.1f} m", depth=-gap_m) if gap_m < 0 else texts.tr("touching")
