"""The REST table: the market, accounts, trading, withdrawals and tokens, of api/v1 to api/v3.

Source: BtcTurk API documents (docs.btcturk.com; the white-label documents of 2020 and 2021), Swagger v1 and v2, API Access
Permissions. docs/dialects/btcturk.md has the state of every endpoint and every deviation.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from functools import partial
from typing import TYPE_CHECKING, Any, Final

from bedesten.dialects.btcturk import errors
from bedesten.dialects.btcturk.rest import (
    endpoints_account,
    endpoints_market,
    endpoints_tokens,
    endpoints_trading,
    endpoints_v2,
    endpoints_withdrawals,
    shapes,
)
from bedesten.dialects.btcturk.rest import (
    shapes_account as own,
)
from bedesten.dialects.btcturk.rest import (
    shapes_market as market,
)
from bedesten.dialects.btcturk.rest.envelope import Confirmed, Done, Shown
from bedesten.dialects.contract import Endpoint
from bedesten.services.store_types import Permission

if TYPE_CHECKING:
    from bedesten.dialects.answers import Answers

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
    trades = Shown[list[market.Trade]]
    book = market.BookAnswer if answers["order_book"] == "recorded" else Shown[market.DocumentedBook]
    last = partial(get, request=shapes.LastQuery, example={**_PAIR, "last": 10})
    return [
        get(path=f"{base}/server/time", call=at.server_time, limit="public", response=market.ServerTime,
            summary="The venue's clock"),
        get(path=f"{base}/server/ping", call=at.server_ping, limit="public", response=market.Pong,
            summary="A sign of life"),
        get(path=f"{base}/server/version", call=at.server_version, limit="public", response=market.Version,
            summary="The program's version"),
        get(path=f"{base}/server/exchangeinfo", call=at.ExchangeInfo(answers), limit="public",
            response=market.ListedAnswer, summary="Pairs, currencies and their rules"),
        get(path=f"{base}/ticker", call=at.Ticker(answers), request=shapes.PairQuery, limit="ticker",
            response=Shown[list[market.Ticker]], summary="The last 24 hours of one pair or all", example=_PAIR),
        get(path=f"{base}/ticker/currency", call=at.ticker_of_currency, request=shapes.CurrencyQuery, limit="ticker",
            response=Shown[list[market.Ticker]], summary="The last 24 hours of the pairs that have a currency",
            example={"symbol": "USDT"}),
        get(path=f"{base}/orderbook", call=at.OrderBook(answers), request=shapes.OrderBookQuery, limit="order_book",
            response=book, summary="The book", example=_PAIR),
        last(path=f"{base}/trades", call=at.trades, limit="trades", response=trades, summary="Trades, newest first"),
        last(path="/api/v1/trades", call=at.trades, limit="trades_v1", response=trades,
            summary="Trades, newest first"),
        get(path="/api/v3/exchange/limits", call=endpoints_v2.exchange_limits, request=shapes.PairQuery,
            limit="public", response=Shown[list[market.LeastValue]], summary="The least value of an order",
            example=_PAIR, source=_SEED),
        last(path=f"{base}/ohlc", call=at.old_days, limit="public", response=Shown[list[market.OldDay]],
            summary="Days, as texts", source=_SEED),
    ]  # fmt: skip


def _account(base: str, users: str, group: str, answers: Answers) -> list[Endpoint]:
    at = endpoints_account
    row = partial(Endpoint, permission=Permission.READ, group=group, source=f"{_DOCS}private-endpoints/")
    own_trade: Any = own.OwnTrade if answers["trade_rows"] == "texts" else own.EarlyOwnTrade
    transactions: tuple[tuple[str, Any, Any], ...] = (
        ("crypto", at.Transactions(is_fiat=False), Done[list[own.CryptoTransaction]]),
        ("fiat", at.Transactions(is_fiat=True), Done[list[own.FiatTransaction]]),
    )
    return [
        row(method="GET", path=f"{base}/{users}/balances", call=at.balances, limit="balances",
            response=Shown[list[own.OwnBalance]], summary="Balances"),
        row(method="GET", path=f"{base}/{users}/transactions/trade", call=at.Trades(answers),
            request=shapes.TradesOfAccountQuery, limit="transactions_trade", response=Done[list[own_trade]],
            summary="Own trades, newest first"),
        row(method="GET", path=f"{base}/{users}/transactions/trade/{{id}}", call=at.trades_of,
            request=shapes.TradesPath, limit="transactions_trade_of", response=Done[list[own.ShortOwnTrade]],
            summary="Own trades of an order or a pair, newest first", source=_SEED),
        *(
            row(method=method, path=f"{base}/{users}/transactions/{kind}", call=call,
                request=shapes.TransactionsQuery, reads="query" if method == "GET" else "either",
                limit=f"transactions_{kind}", response=shape,
                summary=f"Deposits and withdrawals of {kind}, newest first")
            for kind, call, shape in transactions for method in ("GET", "POST")
        ),
    ]  # fmt: skip


def _trading(base: str, group: str) -> list[Endpoint]:
    at = endpoints_trading
    row = partial(Endpoint, permission=Permission.TRADING, group=group, source=f"{_DOCS}private-endpoints/")
    return [
        row(method="GET", path=f"{base}/openOrders", call=at.open_orders, request=shapes.PairQuery,
            limit="open_orders", response=Shown[own.OpenOrders], summary="Open orders, by side", example=_PAIR),
        row(method="GET", path=f"{base}/allOrders", call=at.all_orders, request=shapes.AllOrdersQuery,
            limit="all_orders", response=Shown[list[own.Order]], summary="Orders, open and ended, newest first",
            example=_PAIR),
        row(method="GET", path=f"{base}/order/{{orderId}}", call=at.one_order, request=shapes.OrderPath,
            limit="order_get", response=Shown[own.Order], summary="One order"),
        row(method="POST", path=f"{base}/order", call=at.create_order, request=shapes.OrderInput, reads="body",
            limit="order_post", response=own.PlacedAnswer, errors=errors.OF_ORDERS, summary="Place an order",
            example=_ORDER),
        row(method="DELETE", path=f"{base}/order", call=at.cancel_order, request=shapes.OrderIdQuery,
            limit="order_delete", response=Confirmed, summary="Cancel an order"),
    ]  # fmt: skip


def _withdrawals() -> list[Endpoint]:
    at = endpoints_withdrawals
    row = partial(Endpoint, permission=Permission.WITHDRAW, group="Withdrawals (v1)", limit="withdrawals", source=_SEED)
    return [
        row(method="POST", path="/api/v1/withdrawals/crypto", call=at.ask, request=shapes.WithdrawalInput,
            reads="body", once=True, response=Done[own.AskedWithdrawal], summary="Ask for a withdrawal",
            example=_WITHDRAWAL),
        row(method="DELETE", path="/api/v1/withdrawals/crypto/{id}", call=at.take_back, request=shapes.WithdrawalPath,
            response=Confirmed, summary="Take a request back"),
    ]  # fmt: skip


def _v2(answers: Answers) -> list[Endpoint]:
    row = partial(Endpoint, permission=Permission.TRADING, group="Trading (v2)", source=_SEED)
    rows = [
        *_account("/api/v2", "users", "Account (v2)", answers),
        *_account("/api/v2", "account", "Account (v2)", answers),
        *(row for row in _trading("/api/v2", "Trading (v2)") if row.method != "DELETE"),
        row(method="DELETE", path="/api/v2/order", call=endpoints_v2.cancel_orders, request=shapes.OrderIdsBody,
            reads="either", limit="order_delete", response=Confirmed, summary="Cancel an order, or several"),
        row(method="DELETE", path="/api/v2/order/{id}", call=endpoints_trading.cancel_order_by_path,
            request=shapes.OrderIdPath, limit="order_delete", response=Confirmed, summary="Cancel an order"),
        row(method="PUT", path="/api/v2/order", call=endpoints_v2.reprice_order, request=shapes.OrderPriceInput,
            reads="body", limit="order_post", response=Done[own.Order], summary="Give an order another price"),
        row(method="GET", path="/api/v3/account/trade-fee-rates", call=endpoints_v2.fee_rates,
            request=shapes.FeeRatesQuery, permission=Permission.READ, group="Account (v3)", limit="balances",
            response=Shown[list[own.FeeRate]], summary="What trading costs"),
    ]  # fmt: skip
    return [replace(row, bearer=errors.TOKENS_AT) for row in rows]


def _tokens() -> list[Endpoint]:
    row = partial(Endpoint, group="Bearer tokens", limit="token", source=_SEED)
    grant = {"grant_type": "client_credentials", "client_id": "demo-trader1-key", "client_secret": ""}
    return [
        row(method="POST", path=errors.TOKENS_AT, call=endpoints_tokens.grant, request=shapes.TokenForm, reads="body",
            response=own.Tokens, errors=errors.OF_TOKENS, summary="Get tokens for credentials", example=grant),
        row(method="POST", path="/api/v2/token/refresh", call=endpoints_tokens.refresh, request=shapes.RefreshBody,
            reads="body", response=Done[own.RefreshedTokens], summary="Get tokens for a token"),
        row(method="GET", path="/.well-known/openid-configuration", call=endpoints_tokens.discover, response=own.Discovery,
            summary="Where tokens are had"),
    ]  # fmt: skip


def endpoints(answers: Answers) -> tuple[Endpoint, ...]:
    """Return the rows."""
    return (
        *_market(answers),
        *_account("/api/v1", "users", "Account (v1)", answers),
        *_trading("/api/v1", "Trading (v1)"),
        *_withdrawals(),
        *_tokens(),
        *_v2(answers),
    )
