"""The rows that anybody may ask. Owns their paths, limits, reasons and examples."""

from __future__ import annotations

from functools import partial
from typing import TYPE_CHECKING, Final

from bedesten.dialects.contract import Endpoint
from bedesten.dialects.native.market import endpoints as at
from bedesten.dialects.native.market import shapes
from bedesten.dialects.native.shapes import Page

if TYPE_CHECKING:
    from collections.abc import Callable
    from typing import Any

GROUP: Final = "Market"
EXAMPLE: Final = {"instrument": "BTC-USD"}
UNKNOWN: Final = ("unknown_instrument",)


def endpoints(base: str, about: Callable[..., Any]) -> list[Endpoint]:
    """Return the rows below *base*; *about* tells what venue this is."""
    get = partial(Endpoint, method="GET", limit="market", group=GROUP)
    of_one = partial(get, example=EXAMPLE, reasons=UNKNOWN)
    one = f"{base}/instruments/{{instrument}}"
    return [
        get(path=f"{base}/time", call=at.venue_time, response=shapes.VenueTime, summary="The venue's clock"),
        get(path=f"{base}/venue", call=about, response=shapes.VenueInfo, summary="What venue this is, and what it offers"),
        get(path=f"{base}/instruments", call=at.instruments, response=Page[shapes.InstrumentRow],
            summary="Every instrument, its rules and its state"),
        of_one(path=one, call=at.instrument, request=shapes.InstrumentQuery, response=shapes.InstrumentRow,
               summary="One instrument, its rules and its state"),
        get(path=f"{base}/assets", call=at.assets, response=Page[shapes.AssetRow], summary="Every asset"),
        get(path=f"{base}/networks", call=at.networks, response=Page[shapes.NetworkRow],
            summary="Every network, and what it carries on which terms"),
        of_one(path=f"{base}/tickers", call=at.tickers, request=shapes.TickersQuery, response=Page[shapes.Ticker],
               summary="Prices now and the last 24 hours, of all instruments or of one"),
        of_one(path=f"{one}/book", call=at.book, request=shapes.BookQuery, response=shapes.Book,
               summary="The best levels of a book", example={**EXAMPLE, "depth": 10}),
        of_one(path=f"{one}/trades", call=at.trades, request=shapes.TradesQuery, response=Page[shapes.TradeRow],
               summary="Matches, newest first", example={**EXAMPLE, "limit": 10}),
        of_one(path=f"{one}/candles", call=at.candles, request=shapes.CandlesQuery, response=Page[shapes.CandleRow],
               summary="Candles, newest first", example={**EXAMPLE, "resolution": "1h", "limit": 24}),
        of_one(path=f"{one}/index", call=at.index, request=shapes.InstrumentQuery, response=shapes.IndexPrice,
               summary="The index price"),
        get(path=f"{base}/announcements", call=at.announcements, request=shapes.AnnouncementsQuery,
            response=Page[shapes.AnnouncementRow], summary="What the operator changed, newest first"),
    ]  # fmt: skip
