"""The BtcTurk dialect: its table of endpoints, its rate limits, and how it tells who asks.

Holds the count of strangers by address, and what the feed shares between its connections; nothing else.
Source: BtcTurk API documents (docs.btcturk.com; the white-label documents of 2020 and 2021), Swagger v1 and v2, Rate Limits, API
Access Permissions. docs/dialects/btcturk.md has the state of every endpoint and every deviation.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import replace
from functools import partial
from typing import TYPE_CHECKING, Any, Final

from bedesten.dialects.answers import Answers
from bedesten.dialects.bodies import Errors
from bedesten.dialects.btcturk import errors, signature, tokens
from bedesten.dialects.btcturk.choices import DEFAULTS
from bedesten.dialects.btcturk.feed.table import Feed
from bedesten.dialects.btcturk.graph import endpoints_candles, endpoints_chart
from bedesten.dialects.btcturk.parameters import form_of
from bedesten.dialects.btcturk.rest import (
    endpoints_account,
    endpoints_market,
    endpoints_trading,
    endpoints_v2,
    endpoints_withdrawals,
    shapes,
)
from bedesten.dialects.contract import Dialect, Endpoint, Limit, Per, Reply, Request, Signing, SocketRoute, Window
from bedesten.dialects.refusals import Unauthenticated
from bedesten.services.records import Permission

if TYPE_CHECKING:
    from bedesten.services.records import ApiKey
    from bedesten.services.venue import Venue

_SECOND: Final = 1_000_000_000
_MINUTE: Final = 60 * _SECOND

#: Every request to api/v1 counts here too, whatever else it counts for.
_V1_TOTAL: Final = 600


def _private(*windows: tuple[int, int]) -> Limit:
    """Return a class of private requests: each window holds for the account and for the address."""
    per_address = [Window(requests, window_ns, Per.ADDRESS) for requests, window_ns in windows]
    total = Window(_V1_TOTAL, _MINUTE, Per.ADDRESS, shared="btcturk/api")
    own_total = Window(_V1_TOTAL, _MINUTE, Per.USER, shared="btcturk/account")
    per_account = [Window(requests, window_ns) for requests, window_ns in windows]
    return Limit((total, own_total, *per_address, *per_account), blocks_ns=())


def _public(requests: int, window_ns: int = _MINUTE) -> Limit:
    return Limit((Window(requests, window_ns, Per.ADDRESS),), blocks_ns=())


#: Source: Rate Limits. Where the documents of 2020 and of today differ, today's: they are the higher ones, but for the second
#: window of orders.
LIMITS: Final[Mapping[str, Limit]] = {
    "balances": _private((120, _MINUTE)),
    "withdrawals": _private((10, _MINUTE)),
    "order_post": _private((10, _SECOND), (300, _MINUTE)),
    "order_delete": _private((10, _SECOND), (300, _MINUTE)),
    "order_get": _private((30, _SECOND), (900, _MINUTE)),
    "open_orders": _private((300, _MINUTE)),
    "all_orders": _private((300, _MINUTE)),
    "transactions_trade": _private((120, _MINUTE)),
    "transactions_trade_of": _private((120, _MINUTE)),
    "transactions_crypto": _private((90, _MINUTE)),
    "transactions_fiat": _private((90, _MINUTE)),
    "trades": _public(90),
    "trades_v1": Limit(
        (Window(_V1_TOTAL, _MINUTE, Per.ADDRESS, shared="btcturk/api"), Window(90, _MINUTE, Per.ADDRESS)), blocks_ns=()
    ),
    "ticker": _public(600),
    "order_book": _public(180),
    "public": _public(600),
    "token": _public(60),
    "ohlcs": Limit(
        (Window(600, 10 * _MINUTE, Per.ADDRESS, shared="btcturk/graph"), Window(120, _MINUTE, Per.ADDRESS)),
        blocks_ns=(),
    ),
    "klines": Limit((Window(600, 10 * _MINUTE, Per.ADDRESS, shared="btcturk/graph"),), blocks_ns=()),
    #: WebSocket handshakes; one too many shuts the address out for a minute.
    "connections": Limit((Window(15, _MINUTE, Per.ADDRESS),), blocks_ns=(_MINUTE,)),
}

#: Classes of requests that were one before, and which they are now: a venue file may still name them so.
FORMERLY: Final[Mapping[str, tuple[str, ...]]] = {"transactions": ("transactions_crypto", "transactions_fiat")}

_DOCS: Final = "https://docs.btcturk.com/"
_SEED: Final = "https://github.com/BTCTrader/broker-api-docs"
_PAIR: Final[Mapping[str, Any]] = {"pairSymbol": "BTCTRY"}
_ORDER: Final[Mapping[str, Any]] = {
    "quantity": "0.001", "price": "1000000", "stopPrice": 0, "newOrderClientId": "first", "orderMethod": "limit",
    "orderType": "buy", "pairSymbol": "BTCTRY",
}  # fmt: skip
_WITHDRAWAL: Final[Mapping[str, Any]] = {
    "asset": "BTC", "amount": "0.1", "address": "bc1qw508d6qejxtdg4y5r3zarvary0c5xw7kv8f3t4",
}  # fmt: skip


def _market(answers: Answers) -> list[Endpoint]:
    at, base = endpoints_market, "/api/v2"
    get = partial(Endpoint, method="GET", group="Market data", source=f"{_DOCS}public-endpoints/")
    last = partial(get, request=shapes.LastQuery, example={**_PAIR, "last": 10})
    return [
        get(path=f"{base}/server/time", call=at.server_time, limit="public", summary="The venue's clock"),
        get(path=f"{base}/server/ping", call=at.server_ping, limit="public", summary="A sign of life"),
        get(path=f"{base}/server/version", call=at.server_version, limit="public", summary="The program's version"),
        get(path=f"{base}/server/exchangeinfo", call=at.ExchangeInfo(answers), limit="public",
            summary="Pairs, currencies and their rules"),
        get(path=f"{base}/ticker", call=at.Ticker(answers), request=shapes.PairQuery, limit="ticker",
            summary="The last 24 hours of one pair or all", example=_PAIR),
        get(path=f"{base}/ticker/currency", call=at.ticker_of_currency, request=shapes.CurrencyQuery, limit="ticker",
            summary="The last 24 hours of the pairs that have a currency", example={"symbol": "USDT"}),
        get(path=f"{base}/orderbook", call=at.OrderBook(answers), request=shapes.OrderBookQuery, limit="order_book",
            summary="The book", example=_PAIR),
        last(path=f"{base}/trades", call=at.trades, limit="trades", summary="Trades, newest first"),
        last(path="/api/v1/trades", call=at.trades, limit="trades_v1", summary="Trades, newest first"),
        get(path="/api/v3/exchange/limits", call=endpoints_v2.exchange_limits, request=shapes.PairQuery, limit="public",
            summary="The least value of an order", example=_PAIR, source=_SEED),
        last(path=f"{base}/ohlc", call=at.old_days, limit="public", summary="Days, as texts", source=_SEED),
    ]  # fmt: skip


def _graph(answers: Answers) -> list[Endpoint]:
    at = endpoints_candles
    get = partial(Endpoint, method="GET", group="Candles (graph host)", source=f"{_DOCS}public-endpoints/")
    return [
        get(path="/v1/ohlcs", call=at.days, request=shapes.OhlcsQuery, limit="ohlcs", summary="Days, oldest first",
            example={"pair": "BTCTRY"}),
        get(path="/v1/klines/history", call=at.History(answers), request=shapes.KlinesQuery, limit="klines",
            summary="Candles of any resolution", example={"symbol": "BTCTRY", "resolution": "60", "from": -86400}),
    ]  # fmt: skip


def _account(base: str, users: str, group: str, answers: Answers) -> list[Endpoint]:
    at = endpoints_account
    row = partial(Endpoint, permission=Permission.READ, group=group, source=f"{_DOCS}private-endpoints/")
    crypto, fiat = at.Transactions(is_fiat=False), at.Transactions(is_fiat=True)
    return [
        row(method="GET", path=f"{base}/{users}/balances", call=at.balances, limit="balances", summary="Balances"),
        row(method="GET", path=f"{base}/{users}/transactions/trade", call=at.Trades(answers), request=shapes.TradesOfAccountQuery,
            limit="transactions_trade", summary="Own trades, newest first"),
        row(method="GET", path=f"{base}/{users}/transactions/trade/{{id}}", call=at.trades_of, request=shapes.TradesPath,
            limit="transactions_trade_of", summary="Own trades of an order or a pair, newest first", source=_SEED),
        *(
            row(method=method, path=f"{base}/{users}/transactions/{kind}", call=call, request=shapes.TransactionsQuery,
                reads="query" if method == "GET" else "either", limit=f"transactions_{kind}",
                summary=f"Deposits and withdrawals of {kind}, newest first")
            for kind, call in (("crypto", crypto), ("fiat", fiat)) for method in ("GET", "POST")
        ),
    ]  # fmt: skip


def _chart(answers: Answers) -> list[Endpoint]:
    at, base = endpoints_chart, "/api/v2/pricegraph"
    get = partial(Endpoint, method="GET", group="Chart feed", limit="public", source=_SEED)
    symbol = {"symbol": "BTCTRY"}
    return [
        get(path=f"{base}/config", call=at.config, summary="What the feed can do"),
        get(path=f"{base}/time", call=at.time, summary="The venue's clock, in seconds"),
        get(path=f"{base}/symbols", call=at.symbols, request=shapes.ChartSymbolQuery, summary="A pair", example=symbol),
        get(path=f"{base}/symbol_info", call=at.symbol_info, summary="All pairs"),
        get(path=f"{base}/search", call=at.search, request=shapes.ChartSearchQuery, summary="Pairs by a text",
            example={"query": "btc"}),
        get(path=f"{base}/history", call=at.History(answers), request=shapes.ChartHistoryQuery, summary="Candles",
            example={**symbol, "resolution": "60", "from": -86400}),
    ]  # fmt: skip


def _trading(base: str, group: str) -> list[Endpoint]:
    at = endpoints_trading
    row = partial(Endpoint, permission=Permission.TRADING, group=group, source=f"{_DOCS}private-endpoints/")
    return [
        row(method="GET", path=f"{base}/openOrders", call=at.open_orders, request=shapes.PairQuery, limit="open_orders",
            summary="Open orders, by side", example=_PAIR),
        row(method="GET", path=f"{base}/allOrders", call=at.all_orders, request=shapes.AllOrdersQuery, limit="all_orders",
            summary="Orders, open and ended, newest first", example=_PAIR),
        row(method="GET", path=f"{base}/order/{{orderId}}", call=at.one_order, request=shapes.OrderPath, limit="order_get",
            summary="One order"),
        row(method="POST", path=f"{base}/order", call=at.create_order, request=shapes.OrderInput, reads="body",
            limit="order_post", summary="Place an order", example=_ORDER),
        row(method="DELETE", path=f"{base}/order", call=at.cancel_order, request=shapes.OrderIdQuery, limit="order_delete",
            summary="Cancel an order"),
    ]  # fmt: skip


def _withdrawals() -> list[Endpoint]:
    at = endpoints_withdrawals
    row = partial(Endpoint, permission=Permission.WITHDRAW, group="Withdrawals (v1)", limit="withdrawals", source=_SEED)
    return [
        row(method="POST", path="/api/v1/withdrawals/crypto", call=at.ask, request=shapes.WithdrawalInput, reads="body",
            once=True, summary="Ask for a withdrawal", example=_WITHDRAWAL),
        row(method="DELETE", path="/api/v1/withdrawals/crypto/{id}", call=at.take_back, request=shapes.WithdrawalPath,
            summary="Take a request back"),
    ]  # fmt: skip


def _v2(answers: Answers) -> list[Endpoint]:
    row = partial(Endpoint, permission=Permission.TRADING, group="Trading (v2)", source=_SEED)
    rows = [
        *_account("/api/v2", "users", "Account (v2)", answers),
        *_account("/api/v2", "account", "Account (v2)", answers),
        *(row for row in _trading("/api/v2", "Trading (v2)") if row.method != "DELETE"),
        row(method="DELETE", path="/api/v2/order", call=endpoints_v2.cancel_orders, request=shapes.OrderIdsBody,
            reads="either", limit="order_delete", summary="Cancel an order, or several"),
        row(method="DELETE", path="/api/v2/order/{id}", call=endpoints_trading.cancel_order_by_path,
            request=shapes.OrderIdPath, limit="order_delete", summary="Cancel an order"),
        row(method="PUT", path="/api/v2/order", call=endpoints_v2.reprice_order, request=shapes.OrderPriceInput,
            reads="body", limit="order_post", summary="Give an order another price"),
        row(method="GET", path="/api/v3/account/trade-fee-rates", call=endpoints_v2.fee_rates,
            request=shapes.FeeRatesQuery, permission=Permission.READ, group="Account (v3)", limit="balances",
            summary="What trading costs"),
    ]  # fmt: skip
    return [replace(row, bearer=errors.TOKENS_AT) for row in rows]


def _tokens() -> list[Endpoint]:
    row = partial(Endpoint, group="Bearer tokens", limit="token", source=_SEED)
    grant = {"grant_type": "client_credentials", "client_id": "demo-trader1-key", "client_secret": ""}
    return [
        row(method="POST", path=errors.TOKENS_AT, call=tokens.grant, request=shapes.TokenForm, reads="body",
            summary="Get tokens for credentials", example=grant),
        row(method="POST", path="/api/v2/token/refresh", call=tokens.refresh, request=shapes.RefreshBody, reads="body",
            summary="Get tokens for a token"),
        row(method="GET", path="/.well-known/openid-configuration", call=tokens.discover, summary="Where tokens are had"),
    ]  # fmt: skip


def endpoints(answers: Answers = DEFAULTS) -> tuple[Endpoint, ...]:
    """Return the REST table."""
    return (
        *_market(answers),
        *_graph(answers),
        *_chart(answers),
        *_account("/api/v1", "users", "Account (v1)", answers),
        *_trading("/api/v1", "Trading (v1)"),
        *_withdrawals(),
        *_tokens(),
        *_v2(answers),
    )


class BtcTurkDialect:
    """BtcTurk's API over one venue."""

    name = "btcturk"
    title = "BtcTurk"
    ignores_case = True
    error_bodies: Errors = {}
    signing: Signing | None = Signing(
        algorithm="HMAC-SHA256", secret="base64", message=("key", "nonce"), signature="base64",
        key_header="X-PCK", nonce_header="X-Stamp", signature_header="X-Signature",
    )  # fmt: skip

    def __init__(
        self, feed: Feed | None = None, limits: Mapping[str, Limit] = LIMITS, answers: Answers | None = None
    ) -> None:
        self.answers = {**DEFAULTS, **(answers or {})}
        self._strangers = signature.Strangers()
        feed = feed or Feed(strangers=self._strangers, answers=self.answers)
        self.limits = limits
        self.endpoints: Sequence[Endpoint] = (*endpoints(self.answers), *feed.endpoints)
        self.sockets: Sequence[SocketRoute] = feed.routes

    def owns(self, path: str) -> bool:
        """Whether an unknown path is this dialect's to refuse."""
        return path.lower().startswith(("/api/v1", "/api/v2", "/api/v3", "/v1/", "/connect/"))

    def authenticate(self, venue: Venue, request: Request, endpoint: Endpoint) -> ApiKey:
        """Return the key that signed *request*, or that its bearer token stands for on v2."""
        address, now_ns = request.client_host, request.received_ns
        self._strangers.check(address, now_ns)
        try:
            key = tokens.bearer(venue, request) if endpoint.bearer else signature.authenticate(venue, request)
            signature.check_permission(key, endpoint.permission)
        except Unauthenticated:
            self._strangers.refuse(address, now_ns)
            raise
        self._strangers.welcome(address)
        return key

    def decode(self, endpoint: Endpoint, request: Request) -> Any:
        """Return the request's parameters; an address that is shut out gets nothing, not even what is public."""
        self._strangers.check(request.client_host, request.received_ns)
        return form_of(endpoint, request, is_strict=self.answers["content_type"] == "json")

    def render_error(self, request: Request, endpoint: Endpoint | None, error: Exception) -> Reply:
        """Return the venue's shape for *error*."""
        return errors.render_error(request, endpoint, error, unauthorized=self.answers["unauthorized"])


def dialect() -> Dialect:
    """Return the dialect."""
    return BtcTurkDialect()
