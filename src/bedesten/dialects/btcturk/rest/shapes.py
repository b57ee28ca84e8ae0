"""What clients send over REST, as structs with the venue's names; parameters.py fills them, whatever the case of the names.

Source: BtcTurk API documents; Swagger v1 (OrderInputModel, CryptoWithdrawalModel); the official C# client's OrderInput.
Everything may be missing: an empty value counts as absent, and what is mandatory is refused by its call, in the venue's order.
"""

from __future__ import annotations

from typing import Annotated

import msgspec

from bedesten.dialects.btcturk.forms import Form

#: A decimal, sent as a number or as text. Kept as text, so that the digits sent are the digits read.
Number = Annotated[str, msgspec.Meta(description="a decimal: a text, or a number")]


class PairQuery(Form):
    """One pair, or all."""

    pairSymbol: str = ""


class CurrencyQuery(Form):
    """One currency."""

    symbol: str = ""


class OrderBookQuery(Form):
    """A book."""

    pairSymbol: str = ""
    limit: int | None = None


class LastQuery(Form):
    """The last so many rows of a pair."""

    pairSymbol: str = ""
    last: int | None = None


class TradesOfAccountQuery(Form):
    """Own fills. Units: milliseconds."""

    type: tuple[str, ...] = ()
    symbol: tuple[str, ...] = ()
    pairSymbol: str = ""
    orderId: int | None = None
    startDate: int | None = None
    endDate: int | None = None


class TransactionsQuery(Form):
    """Deposits and withdrawals; balanceTypes and currencySymbols are older names. Units: milliseconds."""

    type: tuple[str, ...] = ()
    symbol: tuple[str, ...] = ()
    balanceTypes: tuple[str, ...] = ()
    currencySymbols: tuple[str, ...] = ()
    startDate: int | None = None
    endDate: int | None = None


class AllOrdersQuery(Form):
    """Orders of a pair, open and ended. Units: startTime and endTime in seconds."""

    pairSymbol: str = ""
    orderId: int | None = None
    startTime: int | None = None
    endTime: int | None = None
    page: int | None = None
    limit: int | None = None


class OrderPath(Form):
    """An order by its number, in the path."""

    orderId: int


class OrderIdQuery(Form):
    """An order by its number, in the query."""

    id: int | None = None


class OrderIdPath(Form):
    """The same, in the path."""

    id: int


class OrderIdsBody(Form):
    """An order by its number in the query, or several in the body."""

    id: int | None = None
    ids: tuple[int, ...] = ()


class OrderPriceInput(Form):
    """An order and its new price."""

    id: int | None = None
    price: Number = ""


class FeeRatesQuery(Form):
    """A method and a pair, or all of them."""

    orderMethod: Number = ""
    pairSymbol: str = ""


class TradesPath(Form):
    """An order's number, or a pair, in the path; startDate and endDate lead through a pair's trades, as in the list."""

    id: str
    startDate: int | None = None
    endDate: int | None = None


class OrderInput(Form):
    """An order to place."""

    quantity: Number = ""
    price: Number = ""
    stopPrice: Number = ""
    newOrderClientId: str = ""
    orderMethod: Number = ""
    orderType: Number = ""
    pairSymbol: str = ""


class WithdrawalInput(Form):
    """A withdrawal to ask for."""

    asset: str = ""
    amount: Number = ""
    address: str = ""
    addressTag: str = ""


class WithdrawalPath(Form):
    """A withdrawal by its number."""

    id: int


class TokenForm(Form):
    """A grant, sent as a form or as JSON."""

    grant_type: str = ""
    client_id: str = ""
    client_secret: str = ""
    username: str = ""
    password: str = ""
    refresh_token: str = ""
    scope: str = ""


class RefreshBody(Form):
    """A token to be replaced."""

    token: str = ""
