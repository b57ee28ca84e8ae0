"""What the core keeps in memory: each record is described here, once.

A field's line says its type in C, its unit and its meaning, and whether snapshots keep it or it is rebuilt. From these lines
come the C structs, the slots of the plain objects, the snapshot both ways, the columns of an order's row and
docs/records.md. An order is hot, its Conditions are cold: what a plain order does not have stands in there.
"""

from __future__ import annotations

import functools
import typing
from collections.abc import Callable
from dataclasses import dataclass
from typing import Annotated, ClassVar, Final

from bedesten.domain.enums import OrderType, PriceSource, SelfTrade, Side, TimeInForce, Trigger
from bedesten.domain.fields import (
    CODE,
    COUNT,
    FLAG,
    ID,
    LOTS,
    MINOR,
    NS,
    PPB,
    PPM,
    QUOTE,
    TICKS,
    Field,
    fields_of,
)

LONG: Final = "long long"
INT: Final = "int"
SHORT: Final = "short"
CHAR: Final = "signed char"


def bits(count: int) -> str:
    """Return the C type of a field of so many bits; none of them is a sign."""
    return f"unsigned char:{count}"


@dataclass(frozen=True)
class Kept(Field):
    """A field that snapshots keep, from the format *since* on; what older ones hold has 0 there."""

    c_type: str = LONG
    since: int = 4


@dataclass(frozen=True)
class Rebuilt(Field):
    """A field that is made anew when a snapshot is read."""

    c_type: str = LONG


@dataclass(frozen=True)
class Link(Field):
    """A pointer to another record, or to a table; snapshots hold ids in its place, or nothing."""

    unit: str = "link"
    meaning: str = ""


def link(meaning: str) -> Link:
    return Link(meaning=meaning)


record = functools.partial(dataclass, slots=True, eq=False, init=False, repr=False)


@record
class Order:
    """An open order: a link in the queue of its price level, in its account's list, and in both indexes."""

    SIZE: ClassVar[int] = 192  # bytes; three cache lines

    # its place in the queue
    id: Annotated[int, Kept(ID, "given in sequence")]
    id_behind: Annotated[Order, link("the next in its chain of the index by id")]
    level: Annotated[PriceLevel, link("the level it is queued at; none while it is in no ladder")]
    ahead: Annotated[Order, link("the order before it in the queue of its level")]
    behind: Annotated[Order, link("the order after it in the queue of its level")]
    remaining: Annotated[int, Kept(LOTS, "what may still trade; 0 for an order by budget")]
    held: Annotated[int, Kept(MINOR, "what it holds of the asset that pays")]
    account: Annotated[int, Rebuilt(ID, "the account that placed it", INT)]
    instrument: Annotated[int, Kept(ID, "what it buys or sells", SHORT)]
    side: Annotated[int, Kept(Side, "whether it buys or sells", bits(2))]
    order_type: Annotated[int, Kept(OrderType, "how its price is found", bits(2))]
    time_in_force: Annotated[int, Kept(TimeInForce, "what becomes of the part that does not trade at once", bits(3))]
    post_only: Annotated[int, Kept(FLAG, "1: it may not trade as it enters the book", bits(1))]
    self_trade: Annotated[int, Kept(SelfTrade, "what happens when it meets an order of its own account", bits(3))]
    # its other lists, and what it has done
    conditions: Annotated[Conditions, link("what a plain order does not have; NO_CONDITIONS, all 0, of a plain one")]
    account_ahead: Annotated[Order, link("the order before it in the list of its account")]
    account_behind: Annotated[Order, link("the order after it in the list of its account")]
    client_ahead: Annotated[Order, link("the order before it in its chain of the index by client reference")]
    client_behind: Annotated[Order, link("the order after it in its chain of the index by client reference")]
    client_ref: Annotated[int, Kept(ID, "a stand-in for the client's own id; 0: none")]
    filled: Annotated[int, Kept(LOTS, "what it has traded")]
    notional: Annotated[int, Kept(QUOTE, "what that was worth")]
    # its price, and what it pays
    price: Annotated[int, Kept(TICKS, "its limit, a peg's present one; 0 for a market order")]
    original_quantity: Annotated[int, Kept(LOTS, "the quantity it was placed with; 0 for an order by budget")]
    fee: Annotated[int, Kept(MINOR, "what it has paid in fees, in the asset they are taken in")]
    tax: Annotated[int, Kept(MINOR, "what it has paid in tax on those fees, in the same asset")]
    fee_carry: Annotated[int, Kept("billionths of a minor unit", "what the rounding of its fees has overpaid")]
    created_ns: Annotated[int, Kept(NS, "when it was placed")]
    updated_ns: Annotated[int, Kept(NS, "when it last changed")]
    maker_ppb: Annotated[int, Kept(PPB, "the fee rate it pays when an order comes to meet it", INT)]
    taker_ppb: Annotated[int, Kept(PPB, "the fee rate it pays when it comes to meet an order", INT)]


@record
class Conditions:
    """What only some orders have: an end, a budget, a trigger, a peg, a sibling, a price that changed."""

    SIZE: ClassVar[int] = 104

    sibling: Annotated[Order, link("the other leg of an OCO")]
    follower_ahead: Annotated[Order, link("the order before it among its book's followers")]
    follower_behind: Annotated[Order, link("the order after it among its book's followers")]
    expires_ns: Annotated[int, Kept(NS, "when it ends by itself; 0: never")]
    budget: Annotated[int, Kept(QUOTE, "what a market buy may spend in all; 0 for an order by quantity")]
    hold_price: Annotated[
        int, Kept(TICKS, "the worst it may pay, of a peg or a market buy that waits; else 0: its price")
    ]
    original_price: Annotated[int, Kept(TICKS, "what it was placed with, where its price is another now; else 0")]
    trigger_price: Annotated[int, Kept(TICKS, "the price at which it fires")]
    original_trigger_price: Annotated[int, Kept(TICKS, "the trigger price it was placed with")]
    trail: Annotated[int, Kept(CODE, "how far a trailing trigger stays behind: ticks, or parts per million")]
    extreme: Annotated[int, Kept(TICKS, "the best price that a trailing trigger has seen")]
    display_ppm: Annotated[int, Kept(PPM, "how much of what remains of a peg is shown; 0: all of it", INT)]
    deviation_ppm: Annotated[int, Kept(PPM, "how far from the index a peg stands, signed", INT)]
    trigger: Annotated[int, Kept(Trigger, "what it waits for, or waited for; 0: nothing", CHAR)]
    trigger_source: Annotated[int, Kept(PriceSource, "which price its trigger watches", CHAR)]
    triggered: Annotated[int, Kept(FLAG, "1: it has fired", CHAR)]
    follows: Annotated[int, Rebuilt(FLAG, "1: it is among its book's followers", CHAR)]


@record
class PriceLevel:
    """The orders of one ladder at one price, first come first served."""

    SIZE: ClassVar[int] = 64

    key: Annotated[int, Rebuilt(TICKS, "its price, or the negative where the lowest price is the best")]
    price: Annotated[int, Rebuilt(TICKS, "its price")]
    displayed: Annotated[int, Rebuilt(LOTS, "what the public sees of it")]
    first: Annotated[Order, link("the order that trades or fires first")]
    last: Annotated[Order, link("the order that came last")]
    better: Annotated[PriceLevel, link("the next better level; none of the best")]
    worse: Annotated[PriceLevel, link("the next worse level; none of the worst")]
    ladder: Annotated[int, Rebuilt(CODE, "which of its book's ladders it is in: codes.BIDS and so on", INT)]
    instrument: Annotated[int, Rebuilt(ID, "whose book it is in", INT)]


@record
class Balance:
    """An account's amount of one asset."""

    SIZE: ClassVar[int] = 16

    available: Annotated[int, Kept(MINOR, "free to use", since=1)]
    held: Annotated[int, Kept(MINOR, "reserved by orders and holds", since=1)]


@record
class Account:
    """A ledger account: its balances, its open orders oldest first, its settings."""

    SIZE: ClassVar[int] = 72

    balances: Annotated[list[Balance], link("its balances, by asset")]
    assets: Annotated[int, Rebuilt(COUNT, "how many balances there is room for")]
    counts: Annotated[list[int], link("its open orders, counted by instrument")]
    instruments: Annotated[int, Rebuilt(COUNT, "how many counts there is room for")]
    first: Annotated[Order, link("its oldest open order")]
    last: Annotated[Order, link("its newest open order")]
    tier: Annotated[int, Kept(ID, "its fee tier", INT, since=1)]
    suspended: Annotated[int, Kept(FLAG, "1: it may only cancel", CHAR, since=1)]
    is_open: Annotated[int, Rebuilt(FLAG, "1: it is an account; 0: its number is not used", CHAR)]
    dead_man_ns: Annotated[int, Kept(NS, "when all its orders end; 0: never", since=1)]
    alarm_ns: Annotated[int, Rebuilt(NS, "the timer's entry that looks at it, then or before; 0: none")]


RECORDS: Final[tuple[type, ...]] = (Order, Conditions, PriceLevel, Balance, Account)

#: What formats 1 to 3 of a snapshot kept of an order, in their sequence: names of fields, or of functions in records.py.
FORMER_ORDER: Final = (
    "id", "instrument", "remaining", "held", "client_ref", "filled", "notional", "quantity", "fee_carry", "tax_carry", "fee",
    "tax", "maker_ppb", "taker_ppb", "side", "order_type", "time_in_force", "post_only", "trigger", "trigger_source",
    "triggered", "self_trade", "sibling_id", "expires_ns", "budget", "price", "hold_price", "trigger_price", "trail", "extreme",
    "original_price", "original_quantity", "original_trigger_price", "created_ns", "updated_ns", "display_ppm", "deviation_ppm",
)  # fmt: skip
FORMER_FORMAT: Final = (
    3  # the last that was written field by field of every order; the next is the first of these tables
)
FORMER_WIDTH: Final = len(FORMER_ORDER)
FORMER_SIBLING: Final = FORMER_ORDER.index("sibling_id")


def _kept(record: type, version: int) -> tuple[str, ...]:
    """Return the fields that snapshots of a format keep of a record, in their sequence."""
    fields = fields_of(record).items()
    return tuple(name for name, field in fields if isinstance(field, Kept) and field.since <= version)


def _links(record: type) -> dict[str, type]:
    """Return the fields of a record that lead to another one, and to which kind."""
    hints = typing.get_type_hints(record)
    return {name: hints[name] for name, field in fields_of(record).items() if isinstance(field, Link)}


#: Both are asked for every record that a snapshot holds.
kept: Final[Callable[[type, int], tuple[str, ...]]] = functools.cache(_kept)
links: Final[Callable[[type], dict[str, type]]] = functools.cache(_links)


def newest(records: tuple[type, ...] = RECORDS) -> int:
    """Return the newest format of snapshots: the one that keeps every field."""
    fields = (field for record in records for field in fields_of(record).values())
    return max(field.since for field in fields if isinstance(field, Kept))
