"""The clients' own books: everything they asked for, what they were told of it, and what they must therefore have.

Owns the model that the venue is compared with. Knows nothing of the venue's inside; all arithmetic is exact.
"""

from __future__ import annotations

from collections import defaultdict
from dataclasses import dataclass, field
from decimal import Decimal
from typing import Any, Final

from tests.torture.stage import ASSETS, FEE, MONEY

OPEN: Final = frozenset({2, 5, 9, 10})  # BTSE's statuses of an order that lives
ENDED: Final = frozenset({4, 6})  # matched whole, canceled


class Breach(AssertionError):
    """A promise that was not kept."""


@dataclass
class Order:
    """An order, as its owner knows it."""

    client_id: str
    symbol: str
    side: str
    price: int
    size: Decimal
    number: str = ""  # the venue's id, once it was told
    is_known: bool | None = None  # whether the venue has it; None: nobody answered
    filled: Decimal = Decimal(0)
    has_ended: bool = False
    is_canceled: bool = False  # the venue said so

    def take(self, row: dict[str, Any]) -> None:
        """Take in what the venue says of it; what was said before stays true."""
        filled, status, number = Decimal(row["totalFilledBaseSize"]), row["status"], row["orderID"]
        size = Decimal(row["originalOrderBaseSize"])
        if self.number and number != self.number:
            raise Breach(f"{self.client_id} was {self.number} and is {number}")
        if size != self.size or row["side"] != self.side or row["clOrderID"] != self.client_id:
            raise Breach(f"{self} is told as {row}")
        if status not in OPEN | ENDED:
            raise Breach(f"{self} has status {status}")
        if filled < self.filled or (self.has_ended and (status in OPEN or filled != self.filled)):
            raise Breach(f"{self} went back: {row}")
        if self.is_canceled and status != 6:
            raise Breach(f"{self.client_id} was acknowledged as canceled and has status {status}")
        if (status == 4) != (filled == size):
            raise Breach(f"{self.client_id} has status {status} and filled {filled} of {size}")
        self.number, self.is_known, self.filled, self.has_ended = number, True, filled, status in ENDED


@dataclass
class Call:
    """A transfer, a withdrawal or an acceptance. *id*: the client's, or the quote's."""

    kind: str
    id: str
    body: dict[str, Any]
    asset: str = ""
    amount: Decimal = Decimal(0)
    to: int = -1  # the trader who is paid
    is_done: bool | None = None  # None: nobody answered
    answer: dict[str, Any] = field(default_factory=dict)

    def told(self, answer: dict[str, Any]) -> None:
        """Take in an answer that says it is done; a second one must say the same."""
        kept = {
            name: value for name, value in answer.items() if name not in ("reason", "timestamp", "status", "message")
        }
        if self.is_done and kept != self.answer:
            raise Breach(f"{self.kind} {self.id} was answered {self.answer}, and is {kept}")
        if self.is_done is False:
            raise Breach(f"{self.kind} {self.id} was not done, and is now: {answer}")
        self.is_done, self.answer = True, kept


@dataclass
class Matter:
    """A transfer by e-mail or a withdrawal by bank, which is held until its last step. units: of TWD, no other has as many."""

    kind: str  # transfer or bank
    wish: str  # how it is to end: STEPS of tests/torture/matters.py
    units: int
    reference: str
    to: int = -1  # the trader who is paid
    at: int = 0  # the step that comes next
    hold: int = 0
    audit: str = ""
    is_known: bool | None = None  # whether the venue has it; None: nobody answered
    is_asked: bool = False  # its step was asked for, and not answered yet
    is_repeated: bool = False
    is_over: bool = False

    @property
    def amount(self) -> Decimal:
        return Decimal(self.units).scaleb(-2)


class Account:
    """What one customer asked for. *money*: of each asset at the start."""

    def __init__(self, at: int, money: Decimal = MONEY) -> None:
        self.at = at
        self.money = money
        self.matters: list[Matter] = []  # that are not over
        self.matters_begun = 0
        self.orders: dict[str, Order] = {}  # that may still change
        self.ended: list[Order] = []
        self.calls: list[Call] = []  # of which the last answers are checked again
        self.moves: dict[str, Decimal] = defaultdict(Decimal)  # of ended orders and settled calls
        self.withdrawn = Decimal(0)
        self.withdrawals = 0

    def settle_order(self, order: Order) -> None:
        """Book an order that will not change any more."""
        del self.orders[order.client_id]
        if order.is_known:
            self.ended.append(order)
            for asset, amount in effect(order).items():
                self.moves[asset] += amount

    def settle_matter(self, accounts: list[Account], matter: Matter) -> None:
        """Book a matter that is over."""
        self.matters.remove(matter)
        if matter.is_known and matter.wish in ("sent", "paid"):
            self.moves["TWD"] -= matter.amount
        if matter.is_known and matter.wish == "sent":
            accounts[matter.to].moves["TWD"] += matter.amount

    def expected(self) -> dict[str, tuple[Decimal, Decimal]]:
        """Return what is available, and what the account has in all once its withdrawals are through."""
        total = {asset: self.money + self.moves[asset] for asset in ASSETS}
        held: dict[str, Decimal] = defaultdict(Decimal)
        for order in self.orders.values():
            for asset, amount in effect(order).items():
                total[asset] += amount
            rest = order.size - order.filled
            if order.side == "BUY":
                held["USD"] += rest * order.price
            else:
                held[order.symbol[:3]] += rest
        held["TWD"] += sum((matter.amount for matter in self.matters), Decimal(0))
        return {asset: (total[asset] - held[asset], total[asset]) for asset in ASSETS}


def effect(order: Order) -> dict[str, Decimal]:
    """Return what an order's fills moved, fees included: all fills of an order are at its own price here."""
    base, worth = order.symbol[:3], order.filled * order.price
    if order.side == "BUY":
        return {base: order.filled * (1 - FEE), "USD": -worth}
    return {base: -order.filled, "USD": worth * (1 - FEE)}
