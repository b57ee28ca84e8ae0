"""The BTSE dialect: its table of endpoints, its rate limits, and how it tells who asks. Holds no state but its sockets'.

Source: BTSE spot API v3.2 and v3.3 (v3.1 is answered as v3.2), Rate Limits, API Key Permissions; docs.btse.com, spot v4 and
Markets. docs/dialects/btse.md has the state of every endpoint and every deviation.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from functools import partial
from typing import TYPE_CHECKING, Any, Final

from bedesten.dialects.answers import Answers, defaults
from bedesten.dialects.bodies import Errors
from bedesten.dialects.btse import (
    endpoints_account,
    endpoints_market,
    endpoints_otc,
    endpoints_otc_public,
    endpoints_public,
    endpoints_v4,
    errors,
    models,
    rows_market,
    signature,
    wallet_table,
)
from bedesten.dialects.btse.choices import CHOICES
from bedesten.dialects.btse.endpoints_trading import TradingV3, cancel_all_after
from bedesten.dialects.btse.parameters import form_of
from bedesten.dialects.btse.rows import Version
from bedesten.dialects.btse.sockets import Sockets
from bedesten.dialects.contract import (
    Dialect,
    Endpoint,
    Limit,
    Per,
    Reply,
    Request,
    Signing,
    SocketRoute,
    Window,
)
from bedesten.services.records import Permission

if TYPE_CHECKING:
    from bedesten.services.records import ApiKey
    from bedesten.services.venue import Venue

_SECOND: Final = 1_000_000_000

#: Source: Rate Limits: queries 15 a second per API and 30 per user, orders 75 and 75, wallet 5;
#: OTC 15 and 30; public API 50 in 2 s per address.
LIMITS: Final[Mapping[str, Limit]] = {
    "query": Limit((Window(15, _SECOND, Per.USER_AND_ENDPOINT), Window(30, _SECOND, Per.USER))),
    "orders": Limit((Window(75, _SECOND, Per.USER_AND_ENDPOINT), Window(75, _SECOND, Per.USER))),
    "wallet": Limit((Window(5, _SECOND, Per.USER),)),
    "otc": Limit((Window(15, _SECOND, Per.USER_AND_ENDPOINT), Window(30, _SECOND, Per.USER))),
    "market": Limit((Window(50, 2 * _SECOND, Per.ADDRESS),)),
}

#: Versions in the path, the rows they get, and whether the venue has retired them.
VERSIONS: Final = (
    ("v3.3", Version.V3_3, False),
    ("v3.2", Version.V3_2, False),
    ("v3.1", Version.V3_2, True),
)

_SPOT: Final = "https://btsecom.github.io/docs/spotV3_3/en/"
_WALLET: Final = "https://btsecom.github.io/docs/wallet/en/"
_OTC: Final = "https://btsecom.github.io/docs/otc/en/"
_SITE: Final = "https://docs.btse.com/"
_MARKET: Final = "Market data"
_TRADING: Final = "Trading"
_ACCOUNT: Final = "Account"
_EXAMPLE: Final[Mapping[str, Any]] = {"symbol": "BTC-USD"}
_ORDER_EXAMPLE: Final[Mapping[str, Any]] = {
    "symbol": "BTC-USD", "side": "BUY", "type": "LIMIT", "price": 20000, "size": 0.001, "time_in_force": "GTC",
    "clOrderID": "first",
}  # fmt: skip
#: The examples speak of one order, so that a person who tries them in turn places it, looks it up, amends it and cancels it.
_MINE: Final[Mapping[str, Any]] = {"symbol": "BTC-USD", "clOrderID": "first"}
_PEG_EXAMPLE: Final[Mapping[str, Any]] = {
    "symbol": "BTC-USD", "side": "BUY", "type": "PEG", "price": 20000, "size": 0.001, "deviation": -10, "stealth": 10,
}  # fmt: skip
_STOP_V4_EXAMPLE: Final[Mapping[str, Any]] = {
    "symbol": "BTC-USD", "orderSide": "SELL", "orderType": "CONDITIONAL", "triggerOrderType": "STOP_LOSS",
    "triggerPrice": "20000", "orderSize": "0.001",
}  # fmt: skip
_MINE_V4: Final[Mapping[str, Any]] = {"symbol": "BTC-USD", "clOrderId": "first"}
_ORDER_V4_EXAMPLE: Final[Mapping[str, Any]] = {
    "symbol": "BTC-USD", "orderSide": "BUY", "orderType": "LIMIT", "orderPrice": "20000", "orderSize": "0.001",
    "clOrderId": "first",
}  # fmt: skip


def _spot_market(version: str, deprecated: bool) -> list[Endpoint]:
    get = partial(
        Endpoint, method="GET", limit="query", group=f"{_MARKET} ({version})", source=_SPOT, deprecated=deprecated
    )
    base, at, query = f"/spot/api/{version}", endpoints_market, models
    ohlcv = {"symbol": "BTC-USD", "resolution": "60"}
    return [
        get(path=f"{base}/market_summary", call=at.market_summary, request=query.SymbolQuery,
            summary="Prices, volume and rules of one market or all", example=_EXAMPLE),
        get(path=f"{base}/ohlcv", call=at.ohlcv, request=query.OhlcvQuery, summary="Candles, newest first", example=ohlcv),
        get(path=f"{base}/price", call=at.price, request=query.SymbolQuery, summary="Index and last price", example=_EXAMPLE),
        get(path=f"{base}/orderbook", call=at.order_book, request=query.OrderBookQuery,
            summary="The book, its levels joined by group", example=_EXAMPLE),
        get(path=f"{base}/orderbook/L2", call=at.order_book_l2, request=query.OrderBookL2Query,
            summary="The book by price level", example=_EXAMPLE),
        get(path=f"{base}/trades", call=at.trades, request=query.TradesQuery, summary="Public trades, newest first",
            example=_EXAMPLE),
        get(path=f"{base}/time", call=at.time, summary="The venue's clock"),
    ]  # fmt: skip


def _spot_trading(version: str, rows: Version, deprecated: bool) -> list[Endpoint]:
    trading = TradingV3(rows)
    base = f"/spot/api/{version}"
    row = partial(
        Endpoint, permission=Permission.TRADING, group=f"{_TRADING} ({version})", source=_SPOT, deprecated=deprecated
    )
    order = partial(row, path=f"{base}/order", limit="orders")
    lists = partial(row, method="GET", limit="query", call=trading.open_orders, request=models.OpenOrdersQuery)
    return [
        order(method="POST", call=trading.create_order, request=models.CreateOrder, reads="body", summary="Place an order",
              example=_ORDER_EXAMPLE),
        order(method="PUT", call=trading.amend_order, request=models.AmendOrderBody, reads="body", summary="Amend an order",
              example={**_MINE, "type": "PRICE", "value": 20100}),
        order(method="DELETE", call=trading.cancel_orders, request=models.CancelOrders, reads="either",
              summary="Cancel an order, all with a clOrderID, or all of a market", example=_MINE),
        row(method="GET", path=f"{base}/order", limit="query", call=trading.query_order, request=models.OrderQuery,
            summary="Look an order up", example=_MINE),
        row(method="POST", path=f"{base}/order/peg", limit="orders", call=trading.create_peg_order,
            request=models.CreateOrder, reads="body", summary="Place an order that follows the index price",
            example=_PEG_EXAMPLE),
        row(method="POST", path=f"{base}/order/cancelAllAfter", limit="orders", call=trading.cancel_all_after,
            request=models.CancelAllAfterBody, reads="body", summary="Cancel all orders unless called again in time",
            example={"timeout": 60000}),
        lists(path=f"{base}/user/open_orders", summary="Open orders, oldest first"),
        lists(path=f"{base}/open_orders", summary="Open orders, under the path that the venue's SDK calls"),
    ]  # fmt: skip


def _spot_account(version: str, rows: Version, deprecated: bool) -> list[Endpoint]:
    base, at = f"/spot/api/{version}/user", endpoints_account
    get = partial(
        Endpoint, method="GET", permission=Permission.READ, group=f"{_ACCOUNT} ({version})", deprecated=deprecated
    )
    history = at.trade_history_v3_3 if rows is Version.V3_3 else at.trade_history_v3_2
    return [
        get(path=f"{base}/trade_history", limit="query", call=history, request=models.TradeHistoryQuery,
            summary="Own fills, newest first", source=_SPOT, example=_EXAMPLE),
        get(path=f"{base}/fees", limit="query", call=at.fees, request=models.SymbolQuery, summary="Maker and taker fees",
            source=_SPOT, example=_EXAMPLE),
        get(path=f"{base}/wallet", limit="wallet", call=at.wallet, summary="Balances", source=_WALLET),
    ]  # fmt: skip


def _spot_v4() -> list[Endpoint]:
    base, at = "/spot/api/v4/trade", endpoints_v4
    row = partial(
        Endpoint, permission=Permission.TRADING, group="Trading (v4)", source=f"{_SITE}spot/rest/place-order/"
    )
    order = partial(row, limit="orders", path=f"{base}/orders")
    get = partial(row, method="GET", limit="query")
    read = partial(get, permission=Permission.READ, group="Account (v4)")
    return [
        order(method="POST", call=at.create_order, request=models.CreateOrderV4, reads="body", summary="Place an order",
              example=_ORDER_V4_EXAMPLE),
        row(method="POST", path=f"{base}/orders/algo", limit="orders", call=at.create_algo_order,
            request=models.CreateAlgoOrderV4, reads="body", summary="Place a conditional, trailing, pegged or OCO order",
            example=_STOP_V4_EXAMPLE),
        order(method="PUT", call=at.amend_order, request=models.AmendOrderV4, reads="body", summary="Amend an order",
              example={**_MINE_V4, "orderPrice": "20100"}),
        order(method="DELETE", call=at.cancel_order, request=models.CancelOrderV4, reads="either", summary="Cancel an order",
              example=_MINE_V4),
        row(method="DELETE", path=f"{base}/orders/all", limit="orders", call=at.cancel_all, request=models.CancelAllV4,
            reads="either", summary="Cancel all orders of a market, or of ALL", example={"symbol": "ALL"}),
        row(method="POST", path=f"{base}/orders/cancel_all_after", limit="orders", call=cancel_all_after,
            request=models.CancelAllAfterBody, reads="body", summary="Cancel all orders unless called again in time",
            example={"timeout": 60000}),
        get(path=f"{base}/orders", call=at.open_orders, request=models.SymbolQuery, summary="Open orders, oldest first"),
        get(path=f"{base}/order", call=at.query_order, request=models.OrderQueryV4, summary="Look an order up",
            example=_MINE_V4),
        read(path=f"{base}/trade_history", call=at.trade_history, request=models.TradeHistoryQueryV4,
             summary="Own fills, newest first", example=_EXAMPLE),
        read(path=f"{base}/fees", call=endpoints_account.fees, request=models.SymbolQuery, summary="Maker and taker fees",
             example=_EXAMPLE),
    ]  # fmt: skip


def _public() -> list[Endpoint]:
    base, at = "/public-api/market/v1", endpoints_public
    get = partial(Endpoint, method="GET", limit="market", group="Market data (public API)", example=_EXAMPLE)
    lists = partial(get, request=models.MarketsQuery)
    klines = {"symbol": "BTC-USD", "resolution": "60"}
    return [
        lists(path=f"{base}/markets", call=at.markets, summary="Markets and their rules",
              source=f"{_SITE}markets/rest/get-markets/"),
        lists(path=f"{base}/exchangeInfo", call=at.exchange_info, summary="Markets, their rules and the rate limits",
              source=f"{_SITE}markets/rest/get-markets/"),
        get(path=f"{base}/orderbook", call=at.order_book, request=models.DepthQuery, summary="The book",
            source=f"{_SITE}markets/rest/get-orderbook/"),
        get(path=f"{base}/trades", call=at.trades, request=models.RecentTradesQuery, summary="Trades, newest first",
            source=f"{_SITE}markets/rest/get-trades/"),
        get(path=f"{base}/klines", call=at.klines, request=models.KlinesQuery, summary="Candles, newest first",
            source=f"{_SITE}markets/rest/get-klines/", example=klines),
        lists(path=f"{base}/ticker/24hr", call=at.Ticker(rows_market.ticker), summary="The last 24 hours",
              source=f"{_SITE}markets/rest/get-24-hr-ticker/"),
        lists(path=f"{base}/ticker/price", call=at.Ticker(rows_market.ticker_price), summary="Last price", source=_SITE),
        lists(path=f"{base}/ticker/indices", call=at.Ticker(rows_market.ticker_indices), summary="Index price", source=_SITE),
        lists(path=f"{base}/ticker/l1", call=at.Ticker(rows_market.ticker_l1), summary="Best bid and ask", source=_SITE),
    ]  # fmt: skip


def _otc() -> list[Endpoint]:
    base, at = "/otc/api/v1", endpoints_otc
    row = partial(Endpoint, limit="otc", group="OTC", source=_OTC)
    post = partial(row, method="POST", permission=Permission.TRADING)
    quote = {
        "baseCurrency": "BTC", "orderCurrency": "USD", "side": "buy", "orderSizeInBaseCurrency": 1,
        "orderAmountInOrderCurrency": 0,
    }  # fmt: skip
    return [
        row(method="GET", path=f"{base}/getMarket", call=at.markets, summary="What the desk quotes, and its limits"),
        post(path=f"{base}/quote", call=at.quote, request=models.OtcQuoteBody, reads="body", summary="Ask for a quote",
             example=quote),
        post(path=f"{base}/accept/{{quoteId}}", call=at.accept, request=models.OtcAcceptBody, reads="either", once=True,
             summary="Accept a quote, all of it or a part"),
        post(path=f"{base}/reject/{{quoteId}}", call=at.reject, summary="Reject a quote"),
        post(path=f"{base}/queryOrder/{{quoteId}}", call=at.query_order, permission=Permission.READ,
             summary="Look a quote up"),
    ]  # fmt: skip


def _otc_public() -> list[Endpoint]:
    base, at = "/public-api/otc/v1", endpoints_otc_public
    row = partial(Endpoint, limit="otc", group="OTC (public API)", source=f"{_SITE}otc/")
    quote = {"side": "buy", "baseCurrency": "BTC", "quoteCurrency": "USD", "baseSize": "1"}
    return [
        row(method="GET", path=f"{base}/markets", call=at.markets, summary="What the desk quotes, and its limits"),
        row(method="POST", path=f"{base}/quotes", call=at.quote, request=models.OtcQuoteForm, reads="body",
            permission=Permission.TRADING, summary="Ask for a quote", example=quote),
        row(method="GET", path=f"{base}/quotes", call=at.look_up, request=models.OtcLookUpQuery,
            permission=Permission.READ, summary="Look a quote up"),
        row(method="POST", path=f"{base}/quotes/accept", call=at.accept, request=models.OtcAcceptForm, reads="body", once=True,
            permission=Permission.TRADING, summary="Accept a quote, all of it or a part"),
    ]  # fmt: skip


def endpoints(answers: Answers) -> tuple[Endpoint, ...]:
    """Return the table; *answers*: which of the generations of answers it gives."""
    table: list[Endpoint] = []
    for version, rows, deprecated in VERSIONS:
        table += _spot_market(version, deprecated)
        table += _spot_trading(version, rows, deprecated)
        table += _spot_account(version, rows, deprecated)
        table += wallet_table.spot(version, deprecated, answers)
    return (*table, *_spot_v4(), *_public(), *_otc(), *_otc_public(), *wallet_table.futures(), *wallet_table.public())


class BtseDialect:
    """BTSE's public API over one venue."""

    name = "btse"
    title = "BTSE"
    ignores_case = False
    error_bodies: Errors = {}
    signing: Signing | None = Signing(
        algorithm="HMAC-SHA384", secret="utf-8", message=("path", "nonce", "body"), signature="hex",
        key_header="request-api", nonce_header="request-nonce", signature_header="request-sign",
        unsigned_prefixes=signature.PREFIXES,
    )  # fmt: skip

    def __init__(
        self, sockets: Sockets | None = None, limits: Mapping[str, Limit] = LIMITS, answers: Answers | None = None
    ) -> None:
        self.limits = limits
        self.answers: Answers = {**defaults(CHOICES), **(answers or {})}
        self.endpoints: Sequence[Endpoint] = endpoints(self.answers)
        self.sockets: Sequence[SocketRoute] = (sockets or Sockets()).routes

    def owns(self, path: str) -> bool:
        """Whether an unknown path is this dialect's to refuse."""
        return path.lower().startswith(("/spot", "/public-api", "/otc", "/futures", "/ws/"))

    def authenticate(self, venue: Venue, request: Request, endpoint: Endpoint) -> ApiKey:
        """Return the key that signed *request*."""
        return signature.authenticate(venue, request, endpoint.permission)

    def decode(self, endpoint: Endpoint, request: Request) -> Any:
        """Return the request's parameters."""
        return form_of(endpoint, request, is_strict=self.answers["content_type"] == "json")

    def render_error(self, request: Request, endpoint: Endpoint | None, error: Exception) -> Reply:
        """Return the venue's shape for *error*."""
        return errors.render_error(request, endpoint, error)


def dialect() -> Dialect:
    """Return the dialect."""
    return BtseDialect()
