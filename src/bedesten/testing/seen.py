"""What a test sees of its venue, in the units of people: Decimals, names, words."""

from __future__ import annotations

from decimal import Decimal
from typing import NamedTuple, Self

from bedesten.services.sandbox import shapes


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

    @classmethod
    def of(cls, told: shapes.OrderTold) -> Self:
        """Return an order that a sandbox tells."""
        price, quantity, filled = map(Decimal, (told.price, told.quantity, told.filled))
        return cls(told.id, told.client_id, told.pair, told.side, told.type, price, quantity, filled, told.ended)

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

    @classmethod
    def of(cls, told: shapes.FillTold) -> Self:
        """Return a fill that a sandbox tells."""
        price, quantity = Decimal(told.price), Decimal(told.quantity)
        return cls(told.trade_id, told.order_id, told.pair, told.side, price, quantity, told.is_maker)


class BalanceSeen(NamedTuple):
    """What an account has of an asset."""

    total: Decimal
    held: Decimal

    @classmethod
    def of(cls, told: shapes.BalanceTold) -> Self:
        """Return a balance that a sandbox tells."""
        return cls(Decimal(told.total), Decimal(told.held))

    @property
    def available(self) -> Decimal:
        """What may be used."""
        return self.total - self.held


class BookSeen(NamedTuple):
    """A book's best levels, best first: price and quantity."""

    bids: list[tuple[Decimal, Decimal]]
    asks: list[tuple[Decimal, Decimal]]

    @classmethod
    def of(cls, told: shapes.BookTold) -> Self:
        """Return a book that a sandbox tells."""
        return cls(
            *([(Decimal(price), Decimal(quantity)) for price, quantity in side] for side in (told.bids, told.asks))
        )
