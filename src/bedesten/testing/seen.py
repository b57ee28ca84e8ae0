"""What a test sees of its venue, in the units of people: Decimals, names, words."""

from __future__ import annotations

from decimal import Decimal
from typing import NamedTuple


class KeyedAccount(NamedTuple):
    """An account and the key that acts for it."""

    name: str
    key: str
    secret: str


class OrderSeen(NamedTuple):
    """An order as its customer knows it. ended: why it is not open any more, or ""."""

    id: int
    client_id: str
    pair: str
    side: str
    type: str
    price: Decimal
    quantity: Decimal
    filled: Decimal
    ended: str

    @property
    def is_open(self) -> bool:
        """Whether it still stands."""
        return not self.ended


class FillSeen(NamedTuple):
    """One order's half of a trade."""

    trade_id: int
    order_id: int
    pair: str
    side: str
    price: Decimal
    quantity: Decimal
    is_maker: bool


class BalanceSeen(NamedTuple):
    """What an account has of an asset."""

    total: Decimal
    held: Decimal

    @property
    def available(self) -> Decimal:
        """What may be used."""
        return self.total - self.held


class BookSeen(NamedTuple):
    """A book's best levels, best first: price and quantity."""

    bids: list[tuple[Decimal, Decimal]]
    asks: list[tuple[Decimal, Decimal]]
