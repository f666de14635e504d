"""The wind as the rules of standing see it: the worst of late and the forecast, in the steps that count."""

from dataclasses import replace
from math import isfinite

from twin.clock import NS_PER_S
from twin.inputs import WindReading
from twin.state import Weather
from twin.stock.rules import WIND_LIMITS, Conditions

HOLD_NS = 600 * NS_PER_S
"""A gust counts for so long after it was read: ten minutes, the averaging time of wind reports."""
OVERTAKEN_NS = 10 * NS_PER_S
"""A packet is late by no more than this; farther back a mast's clock was set."""
MAST_NS = 60 * NS_PER_S
"""A mast speaks for the yard so long after its reading, where it blows less at the others."""
STRONGEST_MPS = 110.0
"""No gust at the ground was ever measured much above this [m/s]: 113.3 m/s, Barrow Island 1996 (WMO)."""


def read(before: Weather, reading: WindReading) -> Weather:
    """Take a wind reading; of one that a later one has overtaken, or of a calmer mast, its gust alone."""
    gust_mps, t_ns = reading.gust_mps, reading.t_ns
    worse = gust_mps >= before.peak_mps or t_ns - before.peak_ns > HOLD_NS
    peak = (gust_mps, t_ns) if worse else (before.peak_mps, before.peak_ns)
    late = 0 < before.t_ns - t_ns <= OVERTAKEN_NS
    if before.mast not in ("", reading.device) and abs(t_ns - before.t_ns) <= MAST_NS:
        late = _force_mps(reading.speed_mps, gust_mps) < _force_mps(before.speed_mps, before.gust_mps)
    if late:
        return replace(before, peak_mps=peak[0], peak_ns=peak[1])
    return replace(
        before, t_ns=t_ns, speed_mps=reading.speed_mps, gust_mps=gust_mps, from_deg=reading.from_deg,
        peak_mps=peak[0], peak_ns=peak[1], mast=reading.device,
    )  # fmt: skip


def _force_mps(*speeds_mps: float) -> float:
    """Give the highest of speeds, those that a mast does not tell (NaN) left out."""
    return max((speed for speed in speeds_mps if isfinite(speed)), default=0.0)


def counted(weather: Weather, t_ns: int) -> tuple[float, int]:
    """Give the gust that counts at an instant [m/s], and until when it does if no worse comes [ns UTC].

    That is the forecast's, or the worst of late; with neither the last one read, which counts until the next.
    """
    forecast_mps = weather.forecast_mps if t_ns < weather.forecast_until_ns else 0.0
    lately = t_ns - weather.peak_ns <= HOLD_NS
    peak_mps = weather.peak_mps if lately else weather.gust_mps
    if forecast_mps > peak_mps:
        return forecast_mps, weather.forecast_until_ns
    return peak_mps, weather.peak_ns + HOLD_NS if lately else t_ns


def ruled(conditions: Conditions, weather: Weather, t_ns: int) -> Conditions:
    """Give the conditions under the wind of an instant; the same object where no other limit holds."""
    gust_mps, _ = counted(weather, t_ns)
    step_mps = max(limit.from_mps for limit in WIND_LIMITS if gust_mps >= limit.from_mps)
    return conditions if step_mps == conditions.gust_mps else replace(conditions, gust_mps=step_mps)
