import dataclasses

import yard_at_work as work
from yard_at_work import A, B, C

from twin import roles, weather
from twin.decisions import ForecastWind
from twin.inputs import WindReading
from twin.state import State, Weather
from twin.stock import moves, violations
from twin.stock.rules import NEUTRAL, WIND

HOUR = 3600 * work.SECOND


def blown(before: Weather, gust_mps: float, t_ns: int) -> Weather:
    return weather.read(before, WindReading("W1", t_ns, gust_mps * 0.7, gust_mps, 90.0))


def test_a_gust_counts_for_ten_minutes_and_then_no_more() -> None:
    wind = blown(blown(Weather(), 18.5, work.T0), 4.0, work.T0 + 60 * work.SECOND)
    still = weather.ruled(NEUTRAL, wind, work.T0 + 599 * work.SECOND)
    over = weather.ruled(still, wind, work.T0 + 601 * work.SECOND)

    assert still.gust_mps == 18.1
    assert over.gust_mps == 0.0


def test_it_is_told_which_gust_counts_and_until_when() -> None:
    wind = blown(blown(Weather(), 18.5, work.T0), 4.0, work.T0 + 60 * work.SECOND)
    told = dataclasses.replace(wind, forecast_mps=20.0, forecast_until_ns=work.T0 + HOUR)
    now_ns, later_ns = work.T0 + 60 * work.SECOND, work.T0 + 601 * work.SECOND

    assert weather.counted(wind, now_ns) == (18.5, work.T0 + 600 * work.SECOND)
    assert weather.counted(wind, later_ns) == (4.0, later_ns)
    assert weather.counted(told, now_ns) == (20.0, work.T0 + HOUR)
    assert weather.counted(told, work.T0 + HOUR) == (4.0, work.T0 + HOUR)


def at_masts(*words: tuple[str, float, float]) -> Weather:
    """Give the weather after words of masts: whose, after how many seconds, the gust."""
    wind = Weather()
    for mast, after_s, gust_mps in words:
        t_ns = work.T0 + round(after_s * work.SECOND)
        wind = weather.read(wind, WindReading(mast, t_ns, gust_mps * 0.7, gust_mps, 90.0))
    return wind


def test_of_several_masts_that_of_the_hardest_wind_speaks_whatever_the_order_of_their_words() -> None:
    for words in (
        [("N", 0, 19.6), ("S", 0, 4.0)],
        [("S", 0, 4.0), ("N", 0, 19.6)],
        [("S", 1, 4.0), ("N", 0, 19.6)],
    ):
        assert at_masts(*words).gust_mps == 19.6
    assert at_masts(("N", 0, 19.6), ("S", 30, 4.0), ("N", 31, 3.0)).gust_mps == 3.0
    assert at_masts(("N", 0, 19.6), ("S", 30, 4.0), ("N", 31, 3.0), ("S", 32, 4.0)).gust_mps == 4.0
    assert at_masts(("N", 0, 19.6), ("S", 61, 4.0)).gust_mps == 4.0


def test_wind_within_one_step_keeps_the_same_conditions() -> None:
    assert weather.ruled(NEUTRAL, blown(Weather(), 14.9, work.T0), work.T0) is NEUTRAL


def test_a_forecast_holds_until_its_end() -> None:
    state = work.state_with(A)
    decision = ForecastWind(20.0, state.t_ns + HOUR, "li", roles.CONTROLLER)

    state = work.ticked(state, decisions=(decision,))
    later = work.ticked(state, seconds=3700.0)

    assert state.conditions.gust_mps == 19.4
    assert later.conditions.gust_mps == 0.0


def test_a_forecast_beyond_any_wind_is_refused() -> None:
    decision = ForecastWind(400.0, work.T0 + HOUR, "li", roles.CONTROLLER)

    (verdict,) = work.ticked(work.state_with(A), decisions=(decision,)).verdicts

    assert not verdict.taken
    assert "expected 0 to 110 m/s, found 400" in verdict.reason


def high(state: State) -> State:
    numbers = [A, B, C, "SUDU1910806"]
    stock = moves.announce(moves.empty_stock(state.slots), [work.notice(n, gross_kg=9000.0) for n in numbers])
    return state.with_columns(stock=moves.stack(stock, state.slots, moves.rows_of(stock, numbers), [0] * 4))


def test_what_stands_too_high_for_the_forecast_is_listed_as_soon_as_it_is_entered() -> None:
    state = work.ticked(high(work.state_with()))
    assert len(state.violations) == 0

    state = work.ticked(state, decisions=(ForecastWind(18.5, state.t_ns + HOUR, "li", roles.CONTROLLER),))

    assert WIND in state.violations.rule.tolist()
    expected = violations.check(state.yard, state.slots, state.stock, state.conditions)
    assert state.violations.row.tolist() == expected.row.tolist()


def test_a_tick_in_which_nothing_moves_keeps_the_list_of_violations() -> None:
    state = work.ticked(high(work.state_with()))

    assert work.ticked(state).violations is state.violations


def test_violations_after_a_move_are_those_of_a_full_check() -> None:
    state = work.ticked(high(work.state_with()))
    state = dataclasses.replace(state, conditions=dataclasses.replace(state.conditions, pillar_tiers=1))
    state = work.ticked(state.with_columns(violations=violations.check(
        state.yard, state.slots, state.stock, state.conditions
    )))  # fmt: skip
    moved, trolley_m = work.crane_over(state, 0)
    t_ns = moved.t_ns + work.SECOND // 10
    lifting = work.readings(0, t_ns, trolley_m, float(moved.stock.top_m[0]), 1)

    after = work.ticked(moved, work.batch(["RTG-01"], cranes=lifting))

    expected = violations.check(after.yard, after.slots, after.stock, after.conditions)
    assert after.stock is not moved.stock
    assert after.violations.row.tolist() == expected.row.tolist()
    assert after.violations.rule.tolist() == expected.rule.tolist()
