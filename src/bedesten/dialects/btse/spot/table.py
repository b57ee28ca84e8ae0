"""The spot API's rows: trading and account, v3.1 to v3.3 and v4. Owns paths, permissions and the examples.

Source: BTSE spot API v3.2 and v3.3; wallet API v3.2, Query Wallet Balance; docs.btse.com, spot v4.
"""

from __future__ import annotations

from collections.abc import Mapping
from functools import partial
from typing import Any, Final

from bedesten.dialects.btse.shapes import ORDER_REFUSALS, QUERY_REFUSALS, Success, SymbolQuery
from bedesten.dialects.btse.shapes_streams import PING, Acknowledgement, Message, Subscription, login
from bedesten.dialects.btse.spot import endpoints_account, endpoints_v4, shapes
from bedesten.dialects.btse.spot import shapes_answers as answer
from bedesten.dialects.btse.spot import shapes_streams as told
from bedesten.dialects.btse.spot.endpoints_trading import TradingV3, cancel_all_after
from bedesten.dialects.btse.spot.render import Version
from bedesten.dialects.contract import Endpoint, Topic
from bedesten.services.store_types import Permission

SPOT: Final = "https://btsecom.github.io/docs/spotV3_3/en/"
WALLET: Final = "https://btsecom.github.io/docs/wallet/en/"
SITE: Final = "https://docs.btse.com/"
EXAMPLE: Final[Mapping[str, Any]] = {"symbol": "BTC-USD"}
ORDER_EXAMPLE: Final[Mapping[str, Any]] = {
    "symbol": "BTC-USD", "side": "BUY", "type": "LIMIT", "price": 20000, "size": 0.001, "time_in_force": "GTC",
    "clOrderID": "first",
}  # fmt: skip
#: The examples speak of one order, so that a person who tries them in turn places it, looks it up, amends it and cancels it.
MINE: Final[Mapping[str, Any]] = {"symbol": "BTC-USD", "clOrderID": "first"}
PEG_EXAMPLE: Final[Mapping[str, Any]] = {
    "symbol": "BTC-USD", "side": "BUY", "type": "PEG", "price": 20000, "size": 0.001, "deviation": -10, "stealth": 10,
}  # fmt: skip
STOP_V4_EXAMPLE: Final[Mapping[str, Any]] = {
    "symbol": "BTC-USD", "orderSide": "SELL", "orderType": "CONDITIONAL", "triggerOrderType": "STOP_LOSS",
    "triggerPrice": "20000", "orderSize": "0.001",
}  # fmt: skip
MINE_V4: Final[Mapping[str, Any]] = {"symbol": "BTC-USD", "clOrderId": "first"}
ORDER_V4_EXAMPLE: Final[Mapping[str, Any]] = {
    "symbol": "BTC-USD", "orderSide": "BUY", "orderType": "LIMIT", "orderPrice": "20000", "orderSize": "0.001",
    "clOrderId": "first",
}  # fmt: skip


def trading(version: str, rows: Version, deprecated: bool) -> list[Endpoint]:
    """Return v3 trading in one version, with the rows of one generation."""
    trading = TradingV3(rows)
    base, is_v3_3 = f"/spot/api/{version}", rows is Version.V3_3
    done = list[answer.OrderV33] if is_v3_3 else list[answer.OrderV32]
    found = answer.LookedUpOrderV33 if is_v3_3 else answer.LookedUpOrderV32
    standing = list[answer.OpenOrderV33] if is_v3_3 else list[answer.OpenOrderV32]
    row = partial(
        Endpoint, permission=Permission.TRADING, group=f"Trading ({version})", source=SPOT, deprecated=deprecated,
        errors=ORDER_REFUSALS,
    )  # fmt: skip
    order = partial(row, path=f"{base}/order", limit="orders", response=done)
    get = partial(row, method="GET", limit="query", errors=QUERY_REFUSALS)
    lists = partial(get, call=trading.open_orders, request=shapes.OpenOrdersQuery, response=standing)
    return [
        order(method="POST", call=trading.create_order, request=shapes.CreateOrder, reads="body", summary="Place an order",
              example=ORDER_EXAMPLE),
        order(method="PUT", call=trading.amend_order, request=shapes.AmendOrderBody, reads="body", summary="Amend an order",
              example={**MINE, "type": "PRICE", "value": 20100}),
        order(method="DELETE", call=trading.cancel_orders, request=shapes.CancelOrders, reads="either",
              summary="Cancel an order, all with a clOrderID, or all of a market", example=MINE),
        get(path=f"{base}/order", call=trading.query_order, request=shapes.OrderQuery, response=found,
            summary="Look an order up", example=MINE),
        row(method="POST", path=f"{base}/order/peg", limit="orders", call=trading.create_peg_order,
            response=done, request=shapes.CreateOrder, reads="body", summary="Place an order that follows the index price",
            example=PEG_EXAMPLE),
        row(method="POST", path=f"{base}/order/cancelAllAfter", limit="orders", call=trading.cancel_all_after,
            response=answer.Timer,
            request=shapes.CancelAllAfterBody, reads="body", summary="Cancel all orders unless called again in time",
            example={"timeout": 60000}),
        lists(path=f"{base}/user/open_orders", summary="Open orders, oldest first"),
        lists(path=f"{base}/open_orders", summary="Open orders, under the path that the venue's SDK calls"),
    ]  # fmt: skip


def account(version: str, rows: Version, deprecated: bool) -> list[Endpoint]:
    """Return the account's part of v3 in one version."""
    base, at = f"/spot/api/{version}/user", endpoints_account
    get = partial(
        Endpoint, method="GET", permission=Permission.READ, group=f"Account ({version})", deprecated=deprecated,
        errors=QUERY_REFUSALS,
    )  # fmt: skip
    is_v3_3 = rows is Version.V3_3
    history = at.trade_history_v3_3 if is_v3_3 else at.trade_history_v3_2
    fills = list[answer.FillV33] if is_v3_3 else list[answer.FillV32]
    return [
        get(path=f"{base}/trade_history", limit="query", call=history, response=fills, request=shapes.TradeHistoryQuery,
            summary="Own fills, newest first", source=SPOT, example=EXAMPLE),
        get(path=f"{base}/fees", limit="query", call=at.fees, response=list[answer.Fees], request=SymbolQuery,
            summary="Maker and taker fees",
            source=SPOT, example=EXAMPLE),
        get(path=f"{base}/wallet", limit="wallet", call=at.wallet, response=list[answer.Balance], errors={},
            summary="Balances", source=WALLET),
    ]  # fmt: skip


def v4() -> list[Endpoint]:
    """Return v4, trading and account."""
    base, at = "/spot/api/v4/trade", endpoints_v4
    row = partial(Endpoint, permission=Permission.TRADING, group="Trading (v4)", source=f"{SITE}spot/rest/place-order/")
    order = partial(row, limit="orders", path=f"{base}/orders")
    get = partial(row, method="GET", limit="query")
    read = partial(get, permission=Permission.READ, group="Account (v4)")
    return [
        order(method="POST", call=at.create_order, response=list[answer.OrderV4], request=shapes.CreateOrderV4,
              reads="body", summary="Place an order",
              example=ORDER_V4_EXAMPLE),
        row(method="POST", path=f"{base}/orders/algo", limit="orders", call=at.create_algo_order, response=list[answer.OrderV4],
            request=shapes.CreateAlgoOrderV4, reads="body", summary="Place a conditional, trailing, pegged or OCO order",
            example=STOP_V4_EXAMPLE),
        order(method="PUT", call=at.amend_order, response=list[answer.OrderV4], request=shapes.AmendOrderV4,
              reads="body", summary="Amend an order",
              example={**MINE_V4, "orderPrice": "20100"}),
        order(method="DELETE", call=at.cancel_order, response=list[answer.OrderV4], request=shapes.CancelOrderV4,
              reads="either", summary="Cancel an order",
              example=MINE_V4),
        row(method="DELETE", path=f"{base}/orders/all", limit="orders", call=at.cancel_all,
            response=list[answer.OrderV4], request=shapes.CancelAllV4,
            reads="either", summary="Cancel all orders of a market, or of ALL", example={"symbol": "ALL"}),
        row(method="POST", path=f"{base}/orders/cancel_all_after", limit="orders", call=cancel_all_after, response=answer.Timer,
            request=shapes.CancelAllAfterBody, reads="body", summary="Cancel all orders unless called again in time",
            example={"timeout": 60000}),
        get(path=f"{base}/orders", call=at.open_orders, response=list[answer.OrderV4], request=SymbolQuery,
            summary="Open orders, oldest first"),
        get(path=f"{base}/order", call=at.query_order, response=answer.OrderV4, request=shapes.OrderQueryV4,
            summary="Look an order up",
            example=MINE_V4),
        read(path=f"{base}/trade_history", call=at.trade_history, response=Success[list[answer.FillV4]],
             request=shapes.TradeHistoryQueryV4,
             summary="Own fills, newest first", example=EXAMPLE),
        read(path=f"{base}/fees", call=endpoints_account.fees, response=list[answer.Fees], request=SymbolQuery,
             summary="Maker and taker fees",
             example=EXAMPLE),
    ]  # fmt: skip


def topics(path: str) -> tuple[Topic, ...]:
    """Return what the spot socket at *path* tells."""
    follow = partial(Topic, request=Subscription, ack=Acknowledgement, source=SPOT)
    own = partial(follow, permission=Permission.READ)
    of_market = {"symbol": "Name of the market"}
    trades, former = Message[list[told.StreamedTrade]], Message[list[told.FormerTrade]]
    announced = Message[list[told.Announced]]
    return (
        follow(name="tradeHistoryApi:{symbol}", parameters=of_market, snapshot=trades, update=trades,
               summary="Public trades, newest first", example={"op": "subscribe", "args": ["tradeHistoryApi:BTC-USD"]}),
        follow(name="tradeHistory:{symbol}", parameters=of_market, snapshot=former, update=former,
               summary="Public trades, under the topic's former name"),
        own(name="notificationApiV3", update=Message[told.NoticeV3], summary="What happens to own orders"),
        own(name="notificationApiV2", update=Message[told.NoticeV2], summary="What happens to own orders, second generation"),
        own(name="notificationApiV1", update=Message[told.NoticeV1], summary="What happens to own orders, first generation"),
        own(name="notificationApi", update=Message[list[told.NoticeV0]], summary="What happens to own orders, all in texts"),
        own(name="fills", update=Message[list[told.StreamedFill]], summary="Own trades"),
        follow(name="announcementApi", snapshot=announced, update=announced, source="docs/dialects/btse-sockets.md",
               summary="What an operator changes: this topic is ours"),
        login(path, SPOT),
        PING,
    )  # fmt: skip
