"""The graph host: days and candles of any resolution, with the ranges that clients ask for."""

from __future__ import annotations

from typing import Any

import pytest

from tests.dialects.btcturk.stand import SECOND, START_NS, Client, Stand
from tests.dialects.btcturk.test_market import trade

MINUTE = 60
HOUR = 60 * MINUTE
DAY = 24 * HOUR
START = START_NS // SECOND  # a Tuesday, 22:13:20
KLINES = "/v1/klines/history"


async def klines(stand: Stand, resolution: str, **query: Any) -> dict[str, Any]:
    answer = await stand.public.get(KLINES, symbol="BTCTRY", resolution=resolution, **query)
    assert answer.status == 200, answer.body
    assert list(answer.json) == ["s", "t", "h", "o", "l", "c", "v"]
    return dict(answer.json)


@pytest.fixture
async def traded(stand: Stand, alice: Client, bob: Client) -> Stand:
    """Trades at 50000, a minute later 51000, an hour later 52000, two days later 49000, and a minute has passed since."""
    for price, pause in (("50000", MINUTE), ("51000", HOUR), ("52000", 2 * DAY), ("49000", MINUTE)):
        await trade(stand, alice, bob, price)
        stand.clock.advance(pause * SECOND)
    return stand


async def test_candles_have_one_list_a_column(traded: Stand) -> None:
    """Only minutes that traded, numbers as numbers."""
    told = await klines(traded, "1", from_=START - DAY)

    first = START - START % 60
    assert told == {
        "s": "ok", "t": [first, first + MINUTE, first + MINUTE + HOUR, first + MINUTE + HOUR + 2 * DAY],
        "h": [50000, 51000, 52000, 49000], "o": [50000, 51000, 52000, 49000], "l": [50000, 51000, 52000, 49000],
        "c": [50000, 51000, 52000, 49000], "v": [0.01, 0.01, 0.01, 0.01],
    }  # fmt: skip


@pytest.mark.parametrize(
    ("resolution", "closes"),
    [
        ("5", [51000, 52000, 49000]), ("15", [51000, 52000, 49000]), ("30", [51000, 52000, 49000]),
        ("60", [51000, 52000, 49000]), ("7", [51000, 52000, 49000]), ("240", [52000, 49000]), ("1D", [52000, 49000]),
        ("1 d", [52000, 49000]), ("D", [52000, 49000]), ("1W", [52000, 49000]), ("1 w", [52000, 49000]), ("1M", [49000]),
        ("1Y", [49000]), ("1 y", [49000]),
    ],
)  # fmt: skip
async def test_every_listed_resolution_joins_the_minutes(traded: Stand, resolution: str, closes: list[int]) -> None:
    """Minutes of any number, and days, weeks, months and years, with a blank inside as ccxt writes them."""
    told = await klines(traded, resolution, from_=0)

    assert told["c"] == closes
    assert told["o"][0] == 50000


async def test_weeks_months_and_years_begin_by_the_calendar(traded: Stand) -> None:
    """On a Thursday, the first, and New Year's Day, at 00:00 UTC."""
    starts = [(await klines(traded, resolution, from_=0))["t"] for resolution in ("1W", "1M", "1Y")]

    assert starts == [[1_699_488_000, 1_700_092_800], [1_698_796_800], [1_672_531_200]]


async def test_a_negative_beginning_counts_back_from_the_end(traded: Stand) -> None:
    """As ccxt asks when it has no beginning: to − 5940."""
    end = START + 2 * HOUR

    back = await klines(traded, "1", to=end, from_=-2 * HOUR)
    plain = await klines(traded, "1", to=end, from_=START)
    without_end = await klines(traded, "1", from_=-2 * MINUTE)

    assert back["c"] == [51000, 52000]  # the first minute begins before the range
    assert back == plain
    assert without_end["c"] == [49000]


async def test_without_a_beginning_the_last_candles_are_told(traded: Stand) -> None:
    """Three hundred periods."""
    assert (await klines(traded, "1"))["c"] == [49000]
    assert (await klines(traded, "60"))["c"] == [51000, 52000, 49000]


@pytest.mark.parametrize(
    "query",
    [
        {"symbol": "NOPE", "resolution": "60"},
        {"symbol": "", "resolution": "60"},
        {"symbol": "BTCTRY", "resolution": "60", "from": START + DAY, "to": START},
        {"symbol": "BTCTRY", "resolution": "60", "from": 1, "to": 10**15 * -1},
        {"symbol": "BTCTRY", "resolution": "60", "from": 10**30, "to": 10**30},
        {"symbol": "BTCTRY", "resolution": "60", "to": 100},
    ],
)
async def test_nothing_to_show_is_an_empty_answer(traded: Stand, query: dict[str, Any]) -> None:
    """An unknown pair and an empty range are no errors; a number beyond all calendars is one that cannot be read."""
    answer = await traded.public.call("GET", KLINES, query=query)

    if answer.status == 200:
        assert answer.json == {"s": None, "t": [], "h": [], "o": [], "l": [], "c": [], "v": []}
    else:
        assert answer.refusal[::2] == (400, 1038)


@pytest.mark.parametrize("resolution", ["", "0", "-5", "1.5", "2D", "hour", "99999", "١"])
async def test_an_unknown_resolution_is_refused(stand: Stand, resolution: str) -> None:
    """Strict about meaning."""
    answer = await stand.public.get(KLINES, symbol="BTCTRY", resolution=resolution)

    assert answer.refusal[::2] == (400, 1038)


async def test_days_are_rows_with_their_change(traded: Stand) -> None:
    """Oldest first; the day that holds the beginning is told whole."""
    answer = await traded.public.get("/v1/ohlcs", pair="BTC_TRY", from_=START, to=START + 3 * DAY)

    first, second = answer.json
    assert first == {
        "pair": "BTCTRY", "time": 1_699_920_000, "open": 50000, "high": 52000, "low": 50000, "close": 52000, "volume": 0.03,
        "total": 1530, "average": 51000, "dailyChangeAmount": 2000, "dailyChangePercentage": 4,
    }  # fmt: skip
    assert (second["close"], second["dailyChangeAmount"]) == (49000, 0)
    last = await traded.public.get("/v1/ohlcs", pair="btctry", last=1)
    assert last.json == [second]


@pytest.mark.parametrize("query", [{"pair": "NOPE"}, {}, {"pair": "BTCTRY", "from": START, "to": START - DAY}])
async def test_days_of_nothing_are_an_empty_list(traded: Stand, query: dict[str, Any]) -> None:
    """An unknown pair or an empty range: 200 and []."""
    answer = await traded.public.call("GET", "/v1/ohlcs", query=query)

    assert (answer.status, answer.body) == (200, b"[]")
