"""The rolling day: checked against adding everything up again."""

from __future__ import annotations

from hypothesis import given
from hypothesis import strategies as st

from bedesten.services.market.day import DAY_S, MINUTE_S, Day, DayFigures
from bedesten.services.store_types import Candle

START_S = 1_000 * DAY_S


def a_minute(at: int, low: int, rise: int, volume: int) -> Candle:
    return Candle(START_S + at * MINUTE_S, low, low + rise, low, low + rise // 2, volume, volume * low)


MINUTES = st.lists(
    st.builds(a_minute, st.integers(0, 4_000), st.integers(1, 100), st.integers(0, 20), st.integers(1, 50)),
    unique_by=lambda minute: minute.start_s,
    max_size=40,
).map(sorted)


def added_up(minutes: list[Candle], now_s: int) -> DayFigures:
    """Return the figures by looking at every minute."""
    inside = [minute for minute in minutes if minute.start_s >= now_s - DAY_S]
    before = [minute.close for minute in minutes if minute.start_s < now_s - DAY_S]
    if not inside:
        close = before[-1] if before else 0
        return DayFigures(close, close, close, close, 0, 0)
    return DayFigures(
        open=before[-1] if before else inside[0].open,
        high=max(minute.high for minute in inside),
        low=min(minute.low for minute in inside),
        close=inside[-1].close,
        volume_lots=sum(minute.volume_lots for minute in inside),
        quote_volume=sum(minute.quote_volume for minute in inside),
    )


@given(MINUTES, st.booleans())
def test_the_rolling_figures_are_those_of_the_last_24_hours(minutes: list[Candle], one_runs: bool) -> None:
    """At every minute of any history, with its last minute ended or running."""
    day = Day()
    for at, minute in enumerate(minutes):
        now_s = minute.start_s + MINUTE_S - 1
        running = minute if one_runs else None
        if not one_runs:
            day.add(minute)

        assert day.figures(now_s, running) == added_up(minutes[: at + 1], now_s)
        if one_runs:
            day.add(minute)


def test_a_market_without_trades_has_no_figures() -> None:
    """Nothing traded, nothing to say."""
    assert Day().figures(START_S, None) == DayFigures(0, 0, 0, 0, 0, 0)


def test_a_quiet_day_keeps_its_last_price() -> None:
    """When the last trade is more than a day old, it still is the price, and the volume is zero."""
    day = Day()
    day.add(a_minute(0, 50, 10, 3))

    assert day.figures(START_S + 2 * DAY_S, None) == DayFigures(55, 55, 55, 55, 0, 0)
