"""Orders and what belongs to them: what clients send, and what is answered. Enums are the core's words in lower case."""

from __future__ import annotations

from typing import Annotated, Literal

from msgspec import UNSET, Meta, Struct, UnsetType

from bedesten.dialects.native.shapes import (
    LIMIT_DEFAULT,
    After,
    Amount,
    AssetCode,
    InstrumentName,
    Limit,
    Price,
    Quantity,
    QuoteAmount,
    Time,
)

Side = Literal["buy", "sell"]
Kind = Literal["limit", "market", "peg"]
TimeInForce = Literal["gtc", "ioc", "fok", "gtd"]
Trigger = Literal["stop", "take_profit", "trailing_distance", "trailing_percentage"]
PriceSource = Literal["last", "index"]
SelfTrade = Literal["cancel_newest", "cancel_oldest", "cancel_both", "decrement"]
Status = Literal["open", "waiting", "closed"]
CloseReason = Literal[
    "filled", "canceled", "expired", "not_rested", "self_trade", "no_liquidity", "budget_spent", "sibling", "dead_man",
    "refused_at_trigger", "reissued", "worthless", "unfunded",
]  # fmt: skip
TransferReason = Literal["deposit", "withdrawal", "internal", "adjustment", "exchange"]

OrderId = Annotated[str, Meta(description="The order's number", max_length=20)]
ClientId = Annotated[
    str, Meta(description="Your own id of the order: the Idempotency-Key that it was placed under", max_length=64)
]
_InstrumentFilter = Annotated[str, Meta(description="Only this instrument's")] | UnsetType

# ── asked ──


class OrderTerms(Struct, kw_only=True, forbid_unknown_fields=True):
    """What every form of an order has."""

    instrument: InstrumentName
    side: Annotated[Side, Meta(description="Whether it buys or sells")]
    time_in_force: Annotated[TimeInForce, Meta(description="How long what is not filled at once lives")] = "gtc"
    expires: Annotated[str, Meta(description="When a gtd order ends, RFC 3339")] | UnsetType = UNSET
    self_trade: Annotated[
        SelfTrade, Meta(description="What happens when it would trade with the account's own order")
    ] = "cancel_newest"


class NewOrder(OrderTerms, kw_only=True, forbid_unknown_fields=True):
    """An order to be placed: limit, market by quantity or by budget, peg; live at once or behind a trigger."""

    type: Annotated[Kind, Meta(description="How it is priced")] = "limit"
    price: Annotated[Price, Meta(description="Its limit; of a peg the worst price that it may take")] | UnsetType = (
        UNSET
    )
    quantity: Quantity | UnsetType = UNSET
    budget: Annotated[QuoteAmount, Meta(description="What a market buy spends, instead of a quantity")] | UnsetType = (
        UNSET
    )
    post_only: Annotated[bool, Meta(description="Refuse it if it would trade at once")] = False
    trigger: Annotated[Trigger, Meta(description="What wakes it; left out: it is live at once")] | UnsetType = UNSET
    trigger_price: Annotated[Price, Meta(description="Where a stop or take_profit wakes")] | UnsetType = UNSET
    trigger_source: Annotated[PriceSource, Meta(description="Which price its trigger watches")] = "last"
    trail: Annotated[Price, Meta(description="How far a trailing_distance stays behind")] | UnsetType = UNSET
    trail_ppm: (
        Annotated[int, Meta(description="How far a trailing_percentage stays behind, in parts per million", ge=1)]
        | UnsetType
    ) = UNSET
    display_ppm: (
        Annotated[int, Meta(description="How much of a peg the public sees, in parts per million", ge=1, le=1_000_000)]
        | UnsetType
    ) = UNSET
    deviation_ppm: (
        Annotated[int, Meta(description="How far from the index a peg stands, in parts per million, signed")]
        | UnsetType
    ) = UNSET


class NewOco(OrderTerms, kw_only=True, forbid_unknown_fields=True):
    """A limit order and a stop-limit order of one side and quantity: when one trades, fires or ends, the other ends."""

    price: Annotated[Price, Meta(description="The limit of the leg that rests")]
    quantity: Quantity
    trigger_price: Annotated[Price, Meta(description="Where the leg that waits wakes")]
    stop_price: Annotated[Price, Meta(description="The limit of the leg that waits")]
    trigger_source: Annotated[PriceSource, Meta(description="Which price the trigger watches")] = "last"


class OrderChange(Struct, kw_only=True, forbid_unknown_fields=True):
    """What an open order shall be; what is left out stays. A smaller quantity alone keeps its place in the queue."""

    price: Annotated[Price, Meta(description="The new limit")] | UnsetType = UNSET
    quantity: (
        Annotated[Quantity, Meta(description="The new quantity of the whole order, what is filled included")]
        | UnsetType
    ) = UNSET
    remaining: Annotated[Quantity, Meta(description="Instead of quantity: what is left to fill")] | UnsetType = UNSET
    trigger_price: Annotated[Price, Meta(description="The new trigger price")] | UnsetType = UNSET


class OrderQuery(Struct):
    """Of one order, named in the path by its number; or by your own id behind `client:`."""

    id: Annotated[str, Meta(description="The order's number, or client: and your own id", max_length=80)]


class CancelQuery(Struct):
    """Which open orders to cancel: all, one instrument's, or those with your own id."""

    instrument: _InstrumentFilter = UNSET
    client_id: Annotated[str, Meta(description="Only orders with your own id", max_length=64)] | UnsetType = UNSET


class CancelAllAfterForm(Struct, kw_only=True, forbid_unknown_fields=True):
    """A dead-man timer: unless it is set again in time, every open order of the account is canceled."""

    seconds: Annotated[int, Meta(description="From now; 0 takes the timer off", ge=0, le=86_400)]


class OrdersQuery(Struct):
    """GET /orders."""

    status: Annotated[Literal["open", "closed"], Meta(description="Those that live, or those that ended")] = "open"
    instrument: _InstrumentFilter = UNSET
    limit: Limit = LIMIT_DEFAULT
    after: After | UnsetType = UNSET


class FillsQuery(Struct):
    """GET /fills."""

    instrument: _InstrumentFilter = UNSET
    order: Annotated[str, Meta(description="Only this order's", max_length=20)] | UnsetType = UNSET
    limit: Limit = LIMIT_DEFAULT
    after: After | UnsetType = UNSET


class FeesQuery(Struct):
    """GET /fees."""

    instrument: _InstrumentFilter = UNSET


class StatementQuery(Struct):
    """GET /statement."""

    asset: Annotated[str, Meta(description="Only this asset's")] | UnsetType = UNSET
    limit: Limit = LIMIT_DEFAULT
    after: After | UnsetType = UNSET


# ── answered ──


class OrderRow(Struct, kw_only=True):
    """An order. What it does not have is left out."""

    id: OrderId
    instrument: InstrumentName
    side: Annotated[Side, Meta(description="Whether it buys or sells")]
    type: Annotated[Kind, Meta(description="How it is priced")]
    status: Annotated[Status, Meta(description="In the book; waiting for its trigger; or ended")]
    time_in_force: Annotated[TimeInForce, Meta(description="How long what is not filled at once lives")]
    self_trade: Annotated[SelfTrade, Meta(description="What happens when it meets the account's own order")]
    filled: Annotated[Quantity, Meta(description="What it has traded")]
    notional: Annotated[QuoteAmount, Meta(description="What that was worth")]
    fee: Annotated[Amount, Meta(description="What it has paid in fees, tax included, in fee_asset")]
    fee_asset: Annotated[AssetCode, Meta(description="The asset that its fees are taken in")]
    created: Annotated[Time, Meta(description="When it was placed")]
    updated: Annotated[Time, Meta(description="When it last changed")]
    client_id: ClientId | UnsetType = UNSET
    price: Annotated[Price, Meta(description="Its limit; of a peg where it stands now")] | UnsetType = UNSET
    worst_price: Annotated[Price, Meta(description="Of a peg the worst price that it may take")] | UnsetType = UNSET
    quantity: Quantity | UnsetType = UNSET
    remaining: Annotated[Quantity, Meta(description="What is left to fill")] | UnsetType = UNSET
    budget: Annotated[QuoteAmount, Meta(description="What it may spend in all")] | UnsetType = UNSET
    average_price: Annotated[Price, Meta(description="Notional by quantity of what it traded")] | UnsetType = UNSET
    post_only: Annotated[bool, Meta(description="It may not trade as it enters the book")] | UnsetType = UNSET
    expires: Annotated[Time, Meta(description="When it ends by itself")] | UnsetType = UNSET
    trigger: Annotated[Trigger, Meta(description="What it waits for, or waited for")] | UnsetType = UNSET
    trigger_price: Annotated[Price, Meta(description="Where it fires")] | UnsetType = UNSET
    trigger_source: Annotated[PriceSource, Meta(description="Which price its trigger watches")] | UnsetType = UNSET
    trail: Annotated[Price, Meta(description="How far its trigger stays behind")] | UnsetType = UNSET
    trail_ppm: Annotated[int, Meta(description="The same in parts per million")] | UnsetType = UNSET
    display_ppm: Annotated[int, Meta(description="How much of it the public sees")] | UnsetType = UNSET
    deviation_ppm: Annotated[int, Meta(description="How far from the index it stands")] | UnsetType = UNSET
    sibling: Annotated[OrderId, Meta(description="The other leg of an OCO order")] | UnsetType = UNSET
    close_reason: Annotated[CloseReason, Meta(description="Why it ended")] | UnsetType = UNSET


class FillRow(Struct, kw_only=True):
    """One order's half of a match."""

    trade: Annotated[str, Meta(description="The match's number")]
    order: OrderId
    instrument: InstrumentName
    side: Annotated[Side, Meta(description="The order's side")]
    liquidity: Annotated[Literal["maker", "taker"], Meta(description="Whether it rested, or came in")]
    price: Price
    quantity: Quantity
    notional: Annotated[QuoteAmount, Meta(description="What it was worth")]
    fee: Annotated[Amount, Meta(description="The fee, tax included, in fee_asset")]
    fee_asset: Annotated[AssetCode, Meta(description="The asset that the fee was taken in")]
    time: Annotated[Time, Meta(description="When it was")]


class Placed(Struct, kw_only=True):
    """A placed order, and what it traded at once; of an OCO order the leg that rests first."""

    orders: Annotated[list[OrderRow], Meta(description="The order, or both legs of an OCO order")]
    fills: Annotated[list[FillRow], Meta(description="What it traded at once")]


class Canceled(Struct):
    """The orders that were canceled."""

    orders: Annotated[list[OrderRow], Meta(description="As they ended")]


class CancelAllAfterSet(Struct):
    """A dead-man timer."""

    at: Annotated[Time, Meta(description="When the orders are canceled unless it is set again")] | UnsetType = UNSET


class Preview(Struct, kw_only=True):
    """What an order would do by the book as it is now: an estimate, since hidden quantity and others' orders are not known."""

    quantity: Annotated[Quantity, Meta(description="What would trade at once")]
    notional: Annotated[QuoteAmount, Meta(description="What that is worth")]
    fee: Annotated[Amount, Meta(description="The fee of it, tax included, in fee_asset")]
    fee_asset: Annotated[AssetCode, Meta(description="The asset that the fee is taken in")]
    remaining: Annotated[Quantity, Meta(description="What would rest, or be given up")]
    needed: Annotated[Amount, Meta(description="What has to be available for the order, in asset")]
    asset: Annotated[AssetCode, Meta(description="The asset that pays")]
    average_price: Annotated[Price, Meta(description="Notional by quantity")] | UnsetType = UNSET
    worst_price: Annotated[Price, Meta(description="The last price that it would trade at")] | UnsetType = UNSET


class BalanceRow(Struct):
    """What an account has of an asset: total = available + held."""

    asset: AssetCode
    total: Annotated[Amount, Meta(description="All of it")]
    available: Annotated[Amount, Meta(description="What may be used now")]
    held: Annotated[Amount, Meta(description="What orders and requests reserve")]


class FeeRow(Struct):
    """The account's fees on an instrument."""

    instrument: InstrumentName
    maker_ppb: Annotated[int, Meta(description="As a maker, in parts per billion")]
    taker_ppb: Annotated[int, Meta(description="As a taker, in parts per billion")]


class StatementRow(Struct, kw_only=True):
    """Money that moved outside a trade."""

    id: Annotated[str, Meta(description="Its number")]
    time: Annotated[Time, Meta(description="When it moved")]
    reason: Annotated[TransferReason, Meta(description="Why")]
    asset: AssetCode
    amount: Annotated[Amount, Meta(description="How much; below 0 where it left the account")]
