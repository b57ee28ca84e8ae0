"""Reference prices and the past cut from them: pure, repeatable, and in agreement with each other."""

from __future__ import annotations

import math
from itertools import pairwise

import numpy as np
import pytest

from bedesten.clock import ManualClock
from bedesten.config import demo_venue_file
from bedesten.services.store_types import Candle
from bedesten.simulation.history import PAST, ROWS_MAX, ReferenceHistory
from bedesten.simulation.reference import MINUTE_NS, YEAR_MINUTES, ReferencePrices, tick_price

VENUE = demo_venue_file()
BY_NAME = {row.name: row for row in VENUE.instruments}
NOW_NS = 1_795_226_000 * 10**9 + 123_456_789
DAY_NS = 86_400 * 10**9
MONTH_S = 30 * 86_400
END_S = 1_795_226_040

reference = ReferencePrices(VENUE, seed=7)
history = ReferenceHistory(VENUE, reference, seed=7, clock=ManualClock(END_S * 10**9))


def dollars(code: str, instant_ns: int = NOW_NS, prices: ReferencePrices = reference) -> float:
    asset = next(row for row in VENUE.assets if row.code == code)
    return float(prices.usd(instant_ns)[asset.id - 1])


def price(name: str, instant_ns: int = NOW_NS) -> float:
    row = BY_NAME[name]
    return float(reference.all_ticks(instant_ns)[row.id - 1]) * tick_price(row)


def test_the_same_seed_tells_the_same_story_and_another_seed_another() -> None:
    """A price depends on seed, asset and instant alone, whatever was asked before."""
    again = ReferencePrices(VENUE, seed=7)
    again.usd(5)

    assert again.usd(NOW_NS).tolist() == reference.usd(NOW_NS).tolist()
    assert dollars("BTC", prices=ReferencePrices(VENUE, seed=8)) != dollars("BTC")


def test_a_price_is_never_rewritten_by_a_new_version() -> None:
    """What seed 1 tells of an instant stays as it was told: recorded runs depend on it."""
    prices = ReferencePrices(VENUE, seed=1)

    assert dollars("BTC", 1_795_000_000 * 10**9, prices) == pytest.approx(96356.0568, abs=1e-4)


def test_prices_in_different_quotes_agree() -> None:
    """Going round a triangle of pairs comes back to where it began."""
    assert price("BTC-TRY") == pytest.approx(price("BTC-USDT") * price("USDT-TRY"), rel=1e-12)
    assert price("ETH-USDT") == pytest.approx(price("ETH-BTC") * price("BTC-USDT"), rel=1e-12)
    assert price("BTC-EUR") * dollars("EUR") == pytest.approx(price("BTC-USD"), rel=1e-12)


@pytest.mark.parametrize(
    ("code", "low", "high"), [("BTC", 40_000, 260_000), ("USDT", 0.99, 1.01), ("TRY", 0.017, 0.033)]
)
def test_prices_stay_plausible_for_years(code: str, low: float, high: float) -> None:
    """No path wanders off, forwards or backwards."""
    prices = [dollars(code, NOW_NS + day * DAY_NS) for day in range(-3650, 3650, 37)]

    assert low < min(prices) < max(prices) < high


def test_prices_move_as_much_as_the_venue_file_says() -> None:
    """The deviation of a month of minute returns is the volatility asked for."""
    first = NOW_NS // MINUTE_NS - 43_200
    returns = np.diff(np.log(reference.minute_closes(BY_NAME["BTC-USD"].id, first, 43_201)))

    assert float(np.std(returns)) * math.sqrt(YEAR_MINUTES) == pytest.approx(0.5, rel=0.05)


def test_prices_move_within_a_second_and_never_jump() -> None:
    """Seconds apart, a price differs by basis points."""
    steps = [price("BTC-USD", NOW_NS + second * 10**9) for second in range(120)]
    changes = [abs(b / a - 1) for a, b in pairwise(steps)]

    assert len(set(steps)) == 120
    assert max(changes) < 0.001


@pytest.mark.parametrize("name", ["BTC-TRY", "ETH-BTC", "XRP-JPY", "USDC-USDT"])
def test_the_minutes_lie_on_the_live_path(name: str) -> None:
    """What the chart says of a whole minute is what the makers quoted around then."""
    first = NOW_NS // MINUTE_NS - 200_000
    closes = reference.minute_closes(BY_NAME[name].id, first, 200_000)

    for at in (0, 1, 777, 131_071, 199_999):
        live = reference.all_ticks((first + at) * MINUTE_NS)[BY_NAME[name].id - 1]
        assert closes[at] == pytest.approx(live, rel=1e-9)


def minutes(instrument: int, start_s: int, end_s: int) -> list[Candle]:
    return history.candles(instrument, 60, start_s, end_s)


@pytest.mark.parametrize("name", ["BTC-TRY", "EOS-BTC", "BTC-JPY", "USDC-USD", "XLM-BTC"])
def test_a_month_of_minutes_is_whole_and_consistent(name: str) -> None:
    """No minute is missing, each opens where the last one closed, and trades lie between low and high."""
    rows = minutes(BY_NAME[name].id, END_S - MONTH_S, END_S)

    assert [row.start_s for row in rows] == list(range(END_S - MONTH_S, END_S, 60))
    assert all(last.close == row.open for last, row in pairwise(rows))
    assert all(1 <= row.low <= min(row.open, row.close) for row in rows)
    assert all(max(row.open, row.close) <= row.high for row in rows)
    assert all(row.volume_lots > 0 and type(row.volume_lots) is int for row in rows)
    value = BY_NAME[name].tick_value
    assert all(row.quote_volume <= row.high * row.volume_lots * value for row in rows)
    assert all(row.quote_volume + 1 >= row.low * row.volume_lots * value * (1 - 1e-9) for row in rows[:100])


def test_a_part_of_the_past_is_the_same_as_in_the_whole() -> None:
    """Any range, asked in any order, tells the same minutes."""
    row = BY_NAME["ETH-USD"].id
    whole = minutes(row, END_S - MONTH_S, END_S)

    assert minutes(row, END_S - 86_400 - 30, END_S - 43_200) == whole[-1440:-720]
    assert minutes(row, END_S, END_S) == []
    assert minutes(row, END_S - 60, END_S + 86_400) == whole[-1:], "the future was told"
    assert minutes(999, END_S - 600, END_S) == []
    assert isinstance(whole[0], Candle)


def test_longer_candles_say_what_their_minutes_say() -> None:
    """Whatever the period: first open, highest high, lowest low, last close, sums; also of one that has not ended."""
    row, start_s = BY_NAME["BTC-TRY"].id, END_S - END_S % 86_400 - 33 * 86_400
    whole = minutes(row, start_s, END_S - 7 * 60)
    for period_s in (300, 3_600, 6 * 3_600, 86_400, 7 * 86_400, 43_200 * 60):
        rows = history.candles(row, period_s, start_s, END_S - 7 * 60)

        assert rows == join_plainly(whole, start_s, period_s)
        again = history.candles(row, period_s, start_s + period_s, END_S - 7 * 60)
        assert again == rows[1:], "a part is not the same as in the whole"


def join_plainly(rows: list[Candle], start_s: int, period_s: int) -> list[Candle]:
    found: dict[int, list[Candle]] = {}
    for row in rows:
        found.setdefault(row.start_s - (row.start_s - start_s) % period_s, []).append(row)
    return [
        Candle(
            at, each[0].open, max(row.high for row in each), min(row.low for row in each), each[-1].close,
            sum(row.volume_lots for row in each), sum(row.quote_volume for row in each),
        )
        for at, each in found.items()
    ]  # fmt: skip


def test_the_past_reaches_back_a_year_and_a_call_is_bounded() -> None:
    """The past begins somewhere, with whole periods; more than ROWS_MAX rows at once are cut to the newest."""
    row = BY_NAME["BTC-USDT"].id
    then = END_S - PAST * 60

    assert len(minutes(row, then, then + 3600)) == 60
    assert minutes(row, 0, END_S)[0].start_s == END_S - ROWS_MAX * 60
    days = history.candles(row, 86_400, 0, END_S)
    assert (END_S - days[0].start_s) // 60 >= PAST
    assert all(later.start_s - day.start_s == 86_400 for day, later in pairwise(days))
    months = history.candles(row, 43_200 * 60, 0, END_S)
    assert 13 <= len(months) <= 15 and months[0].start_s == days[0].start_s
