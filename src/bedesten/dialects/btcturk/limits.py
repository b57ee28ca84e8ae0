"""Rate limits: classes of requests, by account and by address.

Source: BtcTurk API documents, Rate Limits; docs/dialects/btcturk.md#limits.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Final

from bedesten.dialects.contract import Limit, Per, Window

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
