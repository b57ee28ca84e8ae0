"""Rows about an account: orders, own trades, balances, deposits and withdrawals, as the venue's JSON has them.

Signs: a sell's amount, every fee and every tax are negative, and so is the amount of a withdrawal.
Source: BtcTurk API documents, Open Orders, All Orders, User Transactions, Account Balance; Swagger v1, OrderModel; recordings.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Final, NamedTuple

from bedesten.dialects.btcturk.numbers import PLACES_MAX, fixed, ms, plain, raw, whole_fixed
from bedesten.dialects.btcturk.vocabulary import METHOD_NAME, SIDE_NAME, SIDE_NUMBER, Method, method_of, status_of
from bedesten.domain.enums import FeeRule, Side
from bedesten.domain.instruments import Asset
from bedesten.domain.money import to_text
from bedesten.domain.orders import Order
from bedesten.services.store_types import Destination

if TYPE_CHECKING:
    from bedesten.dialects.btcturk.pairs import Pair
    from bedesten.services.accounts.accounts import Balance
    from bedesten.services.store_types import Fill, TransferRecord
    from bedesten.services.wallet_history import Move

Row = dict[str, Any]

NO_STOP: Final = "0.00"  # the stop price of an order that has none
EARLY_FILL: Final = (
    "price", "numeratorSymbol", "denominatorSymbol", "orderType", "id", "timestamp", "amount", "fee", "tax",
)  # fmt: skip
FILL_PLACES: Final = 8  # decimals of an own trade's amount, fee and tax


# Orders -----------------------------------------------------------------------------


def order(pair: Pair, one: Order, client_id: str, *, long_rest: bool) -> Row:
    """Return an order. long_rest: what is left is told with sixteen decimals, as in every list but that of open orders."""
    method = method_of(one)
    amount, quantity, left = _quantities(pair, one)
    return {
        "id": one.order_id,
        "price": _order_price(pair, one, method),
        "amount": amount,
        "quantity": quantity,
        "stopPrice": pair.price(one.trigger_price) if method.is_stop else NO_STOP,
        "pairSymbol": pair.name,
        "pairSymbolNormalized": pair.normalized,
        "type": SIDE_NAME[one.side],
        "method": METHOD_NAME[method],
        "orderClientId": client_id,
        "time": ms(one.created_ns),
        "updateTime": ms(one.updated_ns),
        "status": status_of(one),
        "leftAmount": _with_places(left, PLACES_MAX) if long_rest else left,
    }


def placed(pair: Pair, one: Order, client_id: str) -> Row:
    """Return the answer to an order that was accepted: as it was asked for, whatever came of it."""
    method = method_of(one)
    stop_price = pair.price(one.original_trigger_price) if method.is_stop else None
    return {
        "id": one.order_id,
        "quantity": pair.amount(one.budget) if one.budget else pair.quantity(one.original_quantity),
        "price": "0" if method.is_market else _limit(pair, one.side, one.original_price),
        "stopPrice": stop_price if stop_price is not None or not method.is_market else "0",
        "newOrderClientId": client_id,
        "type": SIDE_NAME[one.side],
        "method": METHOD_NAME[method],
        "pairSymbol": pair.name,
        "pairSymbolNormalized": pair.normalized,
        "datetime": ms(one.created_ns),
    }


def _order_price(pair: Pair, one: Order, method: Method) -> str:
    """Return the limit; of a market order what it traded at on average, "0" before it traded."""
    if not method.is_market:
        return _limit(pair, one.side, one.price)
    places = max(pair.listing.price_scale, pair.instrument.price_scale)
    average = pair.average_units(one.notional, one.filled, places)
    return fixed(average, places, pair.listing.price_scale) if average else "0"


def _limit(pair: Pair, side: int, ticks: int) -> str:
    return to_text(pair.limit(side, ticks), scale=pair.scale, places=pair.scale)


def _quantities(pair: Pair, one: Order) -> tuple[str, str, str]:
    """Return amount, quantity and what is left. A buy by budget speaks of quote until it traded, and of base afterwards."""
    if not one.budget:
        whole = pair.quantity(one.quantity)
        return whole, whole, pair.quantity(one.remaining)
    spent = one.notional + (one.fee + one.tax if pair.instrument.fee_rule == FeeRule.IN_QUOTE else 0)
    rest = pair.amount(one.budget - spent)
    return (pair.quantity(one.filled), rest, "0") if one.filled else (rest, rest, "0" if one.close_reason else rest)


def _with_places(text: str, places: int) -> str:
    whole, _, fraction = text.partition(".")
    return f"{whole}.{fraction.ljust(places, '0')}"


# Own trades -----------------------------------------------------------------------------


def fill(pair: Pair, one: Fill, client_id: str) -> Row:
    """Return an own trade; fee and tax are in the asset they were taken in: the numerator, where a buyer pays of what he got."""
    sign = -1 if one.side == Side.SELL else 1
    lots = sign * one.quantity
    return {
        "price": pair.exact_price(one.price),
        "numeratorSymbol": pair.base.code,
        "denominatorSymbol": pair.quote.code,
        "orderType": SIDE_NAME[one.side],
        "orderId": one.order_id,
        "id": one.trade_id,
        "timestamp": ms(one.time_ns),
        "amount": pair.quantity_fixed(lots, max(FILL_PLACES, pair.instrument.quantity_scale)),
        "fee": charge(pair, one.side, one.fee),
        "tax": charge(pair, one.side, one.tax),
        "orderClientId": client_id,
        "preciseAmount": raw(pair.quantity_fixed(lots, PLACES_MAX)),
    }


def early_fill(pair: Pair, one: Fill, client_id: str) -> Row:
    """Return an own trade as the documents of 2020 have it: nine members, and numbers for what are texts since."""
    row = fill(pair, one, client_id)
    early = {name: row[name] for name in EARLY_FILL}
    return early | {name: raw(_shortest(row[name])) for name in ("price", "amount", "fee", "tax")}


def _shortest(text: str) -> str:
    return text.rstrip("0").rstrip(".") if "." in text else text


def short_fill(pair: Pair, one: Fill) -> Row:
    """Return an own trade as transactions/trade/{id} tells it; orderType is a number."""
    return {
        "price": pair.exact_price(one.price),
        "amount": pair.quantity_fixed(one.quantity, FILL_PLACES),
        "orderType": SIDE_NUMBER[one.side],
        "time": ms(one.time_ns),
    }


def charge(pair: Pair, side: int, taken: int) -> str:
    """Return what a match cost, negative, in the asset it was taken in, with all the decimals of that."""
    in_base = side == Side.BUY and pair.instrument.fee_rule == FeeRule.IN_RECEIVED
    scale = (pair.base if in_base else pair.quote).scale
    return fixed(-taken, scale, max(FILL_PLACES, scale))


# Money -----------------------------------------------------------------------------


def balance(one: Balance, requested: int, now_ms: int) -> Row:
    """Return what an account has of a currency; *requested*: held for withdrawals that are asked for.

    It is read a moment after the balance: a request made in between counts only as far as the balance knows of it.
    """
    scale = one.asset.scale
    requested = min(requested, one.held)
    return {
        "asset": one.asset.code,
        "assetname": one.asset.name,
        "balance": whole_fixed(one.total, scale),
        "locked": whole_fixed(one.held, scale),
        "free": whole_fixed(one.available, scale),
        "orderFund": whole_fixed(one.held - requested, scale),
        "requestFund": whole_fixed(requested, scale),
        "precision": 2 if one.asset.is_fiat else scale,
        "timestamp": now_ms,
    }


class OnChain(NamedTuple):
    """What a chain knows of a deposit or a withdrawal; nothing of what came or went another way."""

    payment: str = ""
    to: Destination = Destination("")
    confirmations: int = 0


def transaction(one: TransferRecord, asset: Asset, account: int, funds: int | None, chain: OnChain) -> Row:
    """Return what came or left outside trades, as a deposit or a withdrawal.

    *funds*: what the account had of it afterwards, None when that is not known any more.
    """
    is_withdrawal = one.account == account
    amount = -one.amount if is_withdrawal else one.amount
    row: Row = {
        "balanceType": "withdrawal" if is_withdrawal else "deposit",
        "currencySymbol": asset.code,
        "id": one.seq,
        "timestamp": ms(one.time_ns),
        "funds": None if funds is None else plain(funds, asset.scale),
        "amount": plain(amount, asset.scale),
        "fee": 0,
        "tax": 0,
    }
    if not asset.is_fiat:
        row |= {
            "address": chain.to.address or None,
            "tag": chain.to.tag or None,
            "txHash": chain.payment or None,
            "confirmationCount": chain.confirmations,
            "isConfirmed": True,
            "preciseAmount": raw(fixed(amount, asset.scale, PLACES_MAX)),
        }
    return row


def asked(one: Move, asset: Asset) -> Row:
    """Return a withdrawal that was asked for and is not sent: not confirmed, and nothing is known of what will be left then."""
    amount = -(one.amount + one.fee)
    row: Row = {
        "balanceType": "withdrawal",
        "currencySymbol": asset.code,
        "id": one.number,
        "timestamp": ms(one.time_ns),
        "funds": None,
        "amount": plain(amount, asset.scale),
        "fee": 0,
        "tax": 0,
        "isConfirmed": False,
    }
    if not asset.is_fiat:
        row |= {
            "address": one.address or None,
            "tag": None,
            "txHash": one.payment or None,
            "confirmationCount": 0,
            "preciseAmount": raw(fixed(amount, asset.scale, PLACES_MAX)),
        }
    return row
