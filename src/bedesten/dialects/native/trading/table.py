"""The rows of orders and of what an account has. Owns their paths, permissions, limits, reasons and examples."""

from __future__ import annotations

from functools import partial
from typing import Final

from bedesten.dialects.contract import Endpoint
from bedesten.dialects.native.reasons import CORE
from bedesten.dialects.native.shapes import Page
from bedesten.dialects.native.trading import endpoints_account as account
from bedesten.dialects.native.trading import endpoints_orders as at
from bedesten.dialects.native.trading import shapes
from bedesten.domain.enums import RejectReason
from bedesten.services.store_types import Permission

GROUP: Final = "Orders"
ORDER: Final = {"instrument": "BTC-USD", "side": "buy", "type": "limit", "price": "19000.0", "quantity": "0.001"}
OCO: Final = {
    "instrument": "BTC-USD", "side": "sell", "price": "21000.0", "quantity": "0.001", "trigger_price": "19000.0",
    "stop_price": "18900.0",
}  # fmt: skip
UNKNOWN: Final = ("unknown_order",)

#: What no order is refused for: it is said of other commands.
_OF_OTHERS: Final = frozenset(
    {RejectReason.UNKNOWN_ASSET, RejectReason.ALREADY_EXISTS, RejectReason.UNKNOWN_HOLD, RejectReason.UNKNOWN_ACCOUNT}
)
_AMENDING: Final = frozenset(
    {
        RejectReason.UNKNOWN_ORDER, RejectReason.AMEND_NOT_ALLOWED, RejectReason.AMEND_ALREADY_TRIGGERED,
        RejectReason.AMEND_QUANTITY_FILLED,
    }
)  # fmt: skip
CHANGING: Final = tuple(reason.name for member, reason in CORE.items() if member not in _OF_OTHERS)
PLACING: Final = tuple(reason.name for member, reason in CORE.items() if member not in _OF_OTHERS | _AMENDING)


def endpoints(base: str) -> list[Endpoint]:
    """Return the rows below *base*."""
    return [*_placing(base), *_canceling(base), *_looking(base)]


def _placing(base: str) -> list[Endpoint]:
    trade = partial(
        Endpoint,
        limit="orders",
        group=GROUP,
        permission=Permission.TRADING,
        reads="body",
        reasons=PLACING,
        by_socket=True,
    )
    return [
        trade(method="POST", path=f"{base}/orders", call=at.place, request=shapes.NewOrder, response=shapes.Placed,
              once=True, keyed=True, summary="Place an order, once under its Idempotency-Key", example=ORDER),
        trade(method="POST", path=f"{base}/orders/oco", call=at.place_oco, request=shapes.NewOco, response=shapes.Placed,
              once=True, keyed=True, summary="Place a limit order and a stop order of which one ends the other", example=OCO),
        trade(method="POST", path=f"{base}/orders/preview", call=at.preview, request=shapes.NewOrder,
              response=shapes.Preview, reasons=("unknown_instrument",),
              summary="What an order would do by the book as it is now", example=ORDER),
        trade(method="PATCH", path=f"{base}/orders/{{id}}", call=at.amend, request=shapes.OrderChange,
              response=shapes.Placed, once=True, summary="Change an open order", reasons=CHANGING,
              example={"id": "1", "price": "19001.0"}),
    ]  # fmt: skip


def _canceling(base: str) -> list[Endpoint]:
    cancel = partial(
        Endpoint, limit="orders", group=GROUP, permission=Permission.TRADING, reasons=UNKNOWN, by_socket=True
    )
    return [
        cancel(method="DELETE", path=f"{base}/orders/{{id}}", call=at.cancel, request=shapes.OrderQuery,
               response=shapes.Canceled, summary="Cancel one open order", example={"id": "1"}),
        cancel(method="DELETE", path=f"{base}/orders", call=at.cancel_some, request=shapes.CancelQuery,
               response=shapes.Canceled, reasons=("unknown_instrument", "unknown_order"),
               summary="Cancel every open order, an instrument's, or those with your own id",
               example={"instrument": "BTC-USD"}),
        cancel(method="POST", path=f"{base}/orders/cancel_all_after", call=at.cancel_all_after, reads="body",
               request=shapes.CancelAllAfterForm, response=shapes.CancelAllAfterSet, reasons=(),
               summary="Cancel every open order unless this is asked again in time", example={"seconds": 60}),
    ]  # fmt: skip


def _looking(base: str) -> list[Endpoint]:
    get = partial(Endpoint, method="GET", limit="query", group=GROUP, permission=Permission.READ, by_socket=True)
    own = partial(get, group="Account")
    return [
        get(path=f"{base}/orders", call=at.orders, request=shapes.OrdersQuery, response=Page[shapes.OrderRow],
            reasons=("unknown_instrument",), summary="Open or ended orders, newest first", example={"limit": 10}),
        get(path=f"{base}/orders/{{id}}", call=at.order, request=shapes.OrderQuery, response=shapes.OrderRow,
            reasons=UNKNOWN, summary="One order, open or ended", example={"id": "1"}),
        get(path=f"{base}/fills", call=account.fills, request=shapes.FillsQuery, response=Page[shapes.FillRow],
            reasons=("unknown_instrument",), summary="What was traded, newest first", example={"limit": 10}),
        own(path=f"{base}/balances", call=account.balances, response=Page[shapes.BalanceRow],
            summary="What the account has of every asset"),
        own(path=f"{base}/fees", call=account.fees, request=shapes.FeesQuery, response=Page[shapes.FeeRow],
            reasons=("unknown_instrument",), summary="The account's fees", example={"instrument": "BTC-USD"}),
        own(path=f"{base}/statement", call=account.statement, request=shapes.StatementQuery,
            response=Page[shapes.StatementRow], reasons=("unknown_asset",),
            summary="Money that moved outside trades, newest first", example={"limit": 10}),
    ]  # fmt: skip
