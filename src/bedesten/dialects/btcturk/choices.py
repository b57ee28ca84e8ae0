"""What BtcTurk's documents, or its venue at different times, have answered in more than one way: the table of choices."""

from __future__ import annotations

from typing import Final

from bedesten.dialects.answers import Choice, defaults

_RECORDED: Final = "the live venue, recorded on 2026-09-23"

CHOICES: Final[tuple[Choice, ...]] = (
    Choice(
        name="order_book",
        values=("recorded", "documented"),
        meaning="api/v2/orderbook: the code is a word, the time a double, no pair is 1037; or 0, a whole number and 1027",
        source=f"recorded: {_RECORDED}; documented: the documents of 2020",
    ),
    Choice(
        name="ticker",
        values=("recorded", "documented"),
        meaning="a ticker of a pair that is not listed has no rows, or is refused with 1027",
        source=f"recorded: {_RECORDED}; documented: the table of codes of 2024",
    ),
    Choice(
        name="exchange_info",
        values=("recorded", "plain"),
        meaning='the message of exchangeinfo is "" beside "extensions", and blocked currencies are "Btc"; or null, and "BTC"',
        source="recorded: the live venue, 2022 and 2026; plain: recorded by Java and C# clients in 2021 and 2022",
    ),
    Choice(
        name="trade_rows",
        values=("texts", "numbers"),
        meaning="users/transactions/trade: twelve members and texts, or nine of them and numbers",
        source="texts: documents since 2021, recorded in 2022 and 2024; numbers: the documents of 2020",
    ),
    Choice(
        name="unauthorized",
        values=("1038", "1037"),
        meaning="the body of a 401 has the code 1038 and success false, or 1037 and success true",
        source="1038: the codes since 2021, no body of a 401 was recorded since; 1037: recorded in 2019 and 2020",
    ),
    Choice(
        name="content_type",
        values=("any", "json"),
        meaning="a JSON body is read whatever its Content-Type says, or refused with 415 unless that is JSON",
        source="any: README-pro, and clients that send none; json: how the venue's framework reads bodies; not recorded",
    ),
    Choice(
        name="weeks",
        values=("thursday", "monday"),
        meaning="weekly candles begin on Thursdays, as the epoch did, or on Mondays; at 00:00 UTC",
        source="thursday: klines/history of the live venue, recorded in 2026; monday: until 2026 here",
    ),
    Choice(
        name="joins",
        values=("granted", "told"),
        meaning="a join of what does not exist is granted and silent, events are capitals and a second join is refused; or "
        "what does not exist is refused, small letters and BTC_TRY are read and a second join is shown all again",
        source=f"granted: {_RECORDED}; told: recorded by clients in 2020",
    ),
    Choice(
        name="books",
        values=("changed", "repeated"),
        meaning="a book that did not change is not told again; or every second (orderbook), and whole each minute (obdiff)",
        source=f"changed: {_RECORDED}; repeated: WebSocket Feed 2.4.0, and issues 392 and 424",
    ),
    Choice(
        name="members",
        values=("recorded", "documented"),
        meaning="441 and 100 as they are sent, or 441 with numTotal, numLeft, denomTotal and denomLeft, and 100 with an id of 0",
        source="recorded: frames of 2021 to 2025, issues 283 and 452; documented: the documents of 2020",
    ),
    Choice(
        name="tickers",
        values=("short", "long"),
        meaning="401 and 402 without NPr, DPr and Ord, or with them",
        source="short: recorded in 2025 and 2026; long: WebSocket Feed 2.4.0",
    ),
)

#: What is answered where the venue file says nothing.
DEFAULTS: Final = defaults(CHOICES)
