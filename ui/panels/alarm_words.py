"""What an alarm says of itself: as it came while it stands, of what was once it has gone."""

from twin.safety.alarms import RULE_NAMES, is_over, sentence
from twin.safety.table import Alarms, AlarmState
from twin.state import State
from ui.i18n import Texts, mark

WAS: dict[str, str] = {
    "overlap": mark("{mover} and {other} overlapped by {value:.2f} m"),
    "contact": mark("{mover} came within {value:.1f} s of touching {other}"),
    "gantry_travel": mark("{mover} came within {value:.1f} s of travelling into {other}"),
    "crane_to_crane": mark("{mover} and {other} closed in on one runway: {value:.1f} m were left"),
    "truck_lifted": mark("{mover} lifted {other} with its box: {value:.1f} t on the spreader"),
    "safe_height": mark("{mover} came within {value:.1f} s of swinging its load or spreader into {other}"),
    "load_over_people": mark("{mover} carried {value:.0f} kg over a pedestrian zone, or was about to"),
    "pedestrian_zone": mark("{mover} came within {value:.1f} s of a pedestrian zone"),
    "closed_block": mark("{mover} came within {value:.1f} s of a block where it must not be"),
    "closed_area": mark("{mover} came within {value:.1f} s of where it was closed"),
    "block_profile": mark("{mover} travelled towards {other}, {value:.1f} m higher than it can pass"),
    "exclusion_zone": mark("{mover} came within {value:.1f} s of an exclusion zone"),
    "wind_stop": mark("Wind was at {value:.1f} m/s: all cranes were to be stopped and secured"),
    "wind_warning": mark("Wind was at {value:.1f} m/s: no lifts above tier 3, nobody on foot"),
    "unknown_place": mark(
        "{mover} came within {value:.1f} s of where {other} might have been; nobody knew where it was"
    ),
    "too_uncertain": mark(
        "{mover} and {other} might have touched: known to {value:.1f} m only, nobody could tell"
    ),
    "position_in_lane": mark("{mover} was in a working lane and its position was {value:.0f} s old"),
    "doubted_in_lane": mark("{mover} was in a working lane and sent positions that did not fit its track"),
    "unproven_in_lane": mark("{mover} had come up in a working lane, where nothing proved that it was"),
    "position_lost": mark("{mover} had sent no position for {value:.0f} s"),
    "positions_lost": mark("{value:.0f} machines had sent no position"),
    "positions_late": mark("{value:.0f} machines had positions that were seconds old"),
    "positions_suspect": mark(
        "{value:.0f} machines sent positions that did not fit their tracks, or that nothing proved"
    ),
    "never_located": mark("{mover} was announced and had sent no position"),
    "never_located_many": mark("{value:.0f} machines were announced and had sent no position"),
    "clock_back": mark("The clock had been set back: it was {value:.0f} s behind the yard's own time"),
    "not_recorded": mark("What happened was not being recorded"),
    "source_floods": mark("{value:.0f} lines a second that were of no machine came from {source}"),
    "machine_floods": mark("{value:.0f} lines a second came in the name of {mover}"),
    "wrong_way": mark("{mover} drove against its lane's direction at {value:.1f} m/s"),
    "reefer_unpowered": mark("Reefer {box} reported that it had no power"),
    "position_suspect": mark("{mover} sent positions that did not fit its track"),
    "place_unproven": mark("{mover} had come up where nothing proved that it was"),
    "fix_degraded": mark("{mover} positioned itself without corrections: sigma {value:.1f} m"),
    "fixes_degraded": mark("{value:.0f} machines positioned themselves without corrections"),
    "stopped_in_lane": mark("{mover} stood on the road"),
    "place_unknown": mark("{mover} sent a place that was no number"),
    "out_of_yard": mark("{mover} was shown far outside the yard"),
    "shape_unknown": mark("{mover} had a part without a size"),
    "clock_off": mark("{mover} had a clock that was wrong"),
    "position_replayed": mark("{mover} sent positions of an earlier time"),
    "name_twice": mark("{mover} was there twice"),
    "faster_than_kind": mark("{mover} was faster than its kind goes"),
    "too_fast": mark("{mover} went {value:.1f} m/s, above its lane's limit"),
    "stock_doubtful": mark("{mover} had reported a stock event that cannot be"),
    "machine_unfit": mark("{mover} reported that it was not fit for work"),
    "reefer_off_set_point": mark("Reefer {box} was {value:+.1f} °C from its set point"),
}
"""What is said of an alarm of a rule once it has gone."""
WAS_NOW: dict[str, str] = {
    "contact": mark("{mover} and {other} were as near as their places were known, about to touch"),
    "pedestrian_zone": mark("{mover} was in a pedestrian zone"),
    "closed_block": mark("{mover} was in a block where it must not be"),
    "closed_area": mark("{mover} was where it was closed"),
    "exclusion_zone": mark("{mover} was in an exclusion zone"),
}
"""The same of rules that tell a time, where that was over."""


def has_gone(alarms: Alarms, row: int) -> bool:
    """Tell whether what an alarm is about is over, though it is still listed."""
    shelved = alarms.state[row] == AlarmState.SHELVED and alarms.clear_ns[row] > 0
    return bool(alarms.state[row] == AlarmState.RETURNED or shelved)


def said(texts: Texts, state: State, row: int) -> str:
    """Give an alarm's sentence in the language chosen, in the past tense where it has gone.

    Its measure is that of when the alarm came, or the worst since.
    """
    alarms = state.alarms
    words, values = sentence(
        alarms, row, state.fleet, state.yard, state.slots, state.stock, state.flooding.sources
    )
    if has_gone(alarms, row):
        rule = RULE_NAMES[int(alarms.rule[row])]
        words = WAS_NOW.get(rule, WAS[rule]) if is_over(alarms, row) else WAS[rule]
    other = str(values["other"])
    if other.startswith("stack "):
        values["other"] = f"{texts.tr(mark('stack'))} {other.removeprefix('stack ')}"
    return texts.tr(words, **values)
