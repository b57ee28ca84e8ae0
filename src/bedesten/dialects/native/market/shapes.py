"""What anybody may ask, and what is answered."""

from __future__ import annotations

from typing import Annotated, Literal

from msgspec import UNSET, Meta, Struct, UnsetType

from bedesten.dialects.native.shapes import (
    LIMIT_DEFAULT,
    After,
    AssetCode,
    InstrumentName,
    Level,
    Limit,
    Price,
    Quantity,
    QuoteAmount,
    Time,
)

State = Literal["trading", "post_only_session", "cancel_only", "halted"]
Resolution = Literal["1m", "3m", "5m", "15m", "30m", "1h", "2h", "4h", "6h", "12h", "1d", "1w"]
Feature = Literal["networks", "bank", "otc", "conversions", "sign_up"]
Ppm = Annotated[int, Meta(description="Parts per million")]

# ── asked ──


class InstrumentQuery(Struct):
    """Of one instrument, named in the path."""

    instrument: InstrumentName


class TickersQuery(Struct):
    """Of one instrument, or of all."""

    instrument: InstrumentName | UnsetType = UNSET


class BookQuery(Struct):
    """GET /instruments/{instrument}/book."""

    instrument: InstrumentName
    depth: Annotated[int, Meta(description="Levels of each side", ge=1, le=1_000)] = 50
    group: Annotated[str, Meta(description="How wide a level is: one of the instrument's groups")] | UnsetType = UNSET


class TradesQuery(Struct):
    """GET /instruments/{instrument}/trades."""

    instrument: InstrumentName
    limit: Limit = LIMIT_DEFAULT
    after: After | UnsetType = UNSET


class CandlesQuery(Struct):
    """GET /instruments/{instrument}/candles."""

    instrument: InstrumentName
    resolution: Annotated[Resolution, Meta(description="The period of a candle")] = "1m"
    start: Annotated[str, Meta(description="No candle that starts before this instant")] | UnsetType = UNSET
    end: Annotated[str, Meta(description="Only candles that start before this instant")] | UnsetType = UNSET
    limit: Limit = LIMIT_DEFAULT
    after: After | UnsetType = UNSET


class AnnouncementsQuery(Struct):
    """GET /announcements."""

    limit: Limit = LIMIT_DEFAULT


# ── answered ──


class VenueTime(Struct):
    """The venue's clock."""

    time: Annotated[Time, Meta(description="Now")]
    unix_ms: Annotated[int, Meta(description="The same in milliseconds of Unix time, as requests are signed with")]


class VenueInfo(Struct):
    """What venue this is."""

    name: Annotated[str, Meta(description="Its name")]
    version: Annotated[str, Meta(description="The program's version")]
    demo: Annotated[bool, Meta(description="Whether its money is play money")]
    languages: Annotated[list[str], Meta(description="Languages of its pages and letters")]
    features: Annotated[list[Feature], Meta(description="What it offers besides trading")]
    time: Annotated[Time, Meta(description="Now")]


class InstrumentRow(Struct):
    """An instrument, its rules and its state. A bound that is not there does not bound anything."""

    instrument: InstrumentName
    base: Annotated[AssetCode, Meta(description="The asset that is traded")]
    quote: Annotated[AssetCode, Meta(description="The asset that it is paid with")]
    state: Annotated[State, Meta(description="What it accepts now")]
    tick_size: Annotated[Price, Meta(description="The step of a price")]
    lot_size: Annotated[Quantity, Meta(description="The step of a quantity")]
    min_quantity: Annotated[Quantity, Meta(description="The least quantity of an order")]
    groups: Annotated[list[Price], Meta(description="How wide a level of the book may be asked for")]
    maker_fee_ppb: Annotated[int, Meta(description="The fee of a maker without a tier, in parts per billion")]
    taker_fee_ppb: Annotated[int, Meta(description="The fee of a taker without a tier, in parts per billion")]
    fee_rule: Annotated[
        Literal["in_received", "in_quote"],
        Meta(description="Which asset pays the fee: the one that is received, or the quote asset on top of the price"),
    ]
    tax_ppb: Annotated[int, Meta(description="What is put on the fee as a tax, in parts per billion of it")]
    max_quantity: Annotated[Quantity, Meta(description="The largest quantity of an order")] | UnsetType = UNSET
    min_notional: Annotated[QuoteAmount, Meta(description="The least that an order may be worth")] | UnsetType = UNSET
    min_price: Annotated[Price, Meta(description="The lowest price")] | UnsetType = UNSET
    max_price: Annotated[Price, Meta(description="The highest price")] | UnsetType = UNSET
    buy_band_ppm: (
        Annotated[Ppm, Meta(description="How far above the reference price a buy may be priced")] | UnsetType
    ) = UNSET
    sell_band_ppm: (
        Annotated[Ppm, Meta(description="How far below the reference price a sell may be priced")] | UnsetType
    ) = UNSET
    price_floor_ppm: Annotated[Ppm, Meta(description="No price below this part of the reference price")] | UnsetType = (
        UNSET
    )
    price_ceiling_ppm: (
        Annotated[Ppm, Meta(description="No price above this part of the reference price")] | UnsetType
    ) = UNSET
    market_protection_ppm: (
        Annotated[Ppm, Meta(description="How far from the best price a market order may trade")] | UnsetType
    ) = UNSET
    trigger_distance_ppm: (
        Annotated[Ppm, Meta(description="How far a price may lie from its trigger price")] | UnsetType
    ) = UNSET
    open_orders_max: Annotated[int, Meta(description="Open orders of one account")] | UnsetType = UNSET


class Ticker(Struct):
    """An instrument's prices now, and its last 24 hours. What there is not, of a market that never traded, is left out."""

    instrument: InstrumentName
    time: Annotated[Time, Meta(description="When it was so")]
    volume: Annotated[Quantity, Meta(description="What was traded in 24 hours")]
    quote_volume: Annotated[QuoteAmount, Meta(description="What was paid for it")]
    last: Annotated[Price, Meta(description="The price of the last trade")] | UnsetType = UNSET
    open: Annotated[Price, Meta(description="The price 24 hours ago")] | UnsetType = UNSET
    high: Annotated[Price, Meta(description="The highest price in 24 hours")] | UnsetType = UNSET
    low: Annotated[Price, Meta(description="The lowest price in 24 hours")] | UnsetType = UNSET
    change_ppm: (
        Annotated[int, Meta(description="From open to last, in parts per million of open, rounded down")] | UnsetType
    ) = UNSET
    bid: Annotated[Price, Meta(description="The best bid")] | UnsetType = UNSET
    bid_quantity: Annotated[Quantity, Meta(description="What is bid for there")] | UnsetType = UNSET
    ask: Annotated[Price, Meta(description="The best offer")] | UnsetType = UNSET
    ask_quantity: Annotated[Quantity, Meta(description="What is offered there")] | UnsetType = UNSET
    index: Annotated[Price, Meta(description="The index price")] | UnsetType = UNSET


class Book(Struct):
    """The best levels of both sides, best first."""

    instrument: InstrumentName
    time: Annotated[Time, Meta(description="When it was so")]
    group: Annotated[Price, Meta(description="How wide a level is: bids are joined downwards, asks upwards")]
    bids: Annotated[list[Level], Meta(description="Bids, the highest first")]
    asks: Annotated[list[Level], Meta(description="Asks, the lowest first")]


class TradeRow(Struct):
    """A match."""

    id: Annotated[str, Meta(description="Its number; of those before the venue began it is below 0")]
    time: Annotated[Time, Meta(description="When it was")]
    side: Annotated[Literal["buy", "sell"], Meta(description="The side of the taker")]
    price: Price
    quantity: Quantity


class CandleRow(Struct):
    """What traded in one period; where nothing did, all four prices are the close before and the volumes 0."""

    time: Annotated[Time, Meta(description="Where the period begins")]
    open: Annotated[Price, Meta(description="The first price")]
    high: Annotated[Price, Meta(description="The highest price")]
    low: Annotated[Price, Meta(description="The lowest price")]
    close: Annotated[Price, Meta(description="The last price")]
    volume: Annotated[Quantity, Meta(description="What was traded")]
    quote_volume: Annotated[QuoteAmount, Meta(description="What was paid for it")]


class IndexPrice(Struct):
    """The price that is told from outside; orders that follow an index and the bands go by it."""

    instrument: InstrumentName
    too_old: Annotated[
        bool, Meta(description="Whether nothing goes by it any more, because it was not told again in time")
    ]
    price: Annotated[Price, Meta(description="The index price; left out where none was ever told")] | UnsetType = UNSET
    time: Annotated[Time, Meta(description="When it was told")] | UnsetType = UNSET
    source: Annotated[Literal["operator", "source", "demo"], Meta(description="Who told it")] | UnsetType = UNSET


class AssetRow(Struct):
    """An asset."""

    asset: AssetCode
    name: Annotated[str, Meta(description="Its name")]
    scale: Annotated[int, Meta(description="How many decimals an amount has")]
    fiat: Annotated[bool, Meta(description="Whether it is a currency of a bank")]
    networks: Annotated[list[str], Meta(description="Names of the networks that carry it")]


class NetworkAssetRow(Struct):
    """An asset on a network."""

    asset: AssetCode
    withdrawal_fee: Annotated[str, Meta(description="What the network takes of a withdrawal, in the asset")]
    deposit_min: Annotated[str, Meta(description="What is less is not credited, in the asset")] | UnsetType = UNSET
    withdrawal_min: Annotated[str, Meta(description="The least withdrawal, in the asset")] | UnsetType = UNSET


class NetworkRow(Struct):
    """A chain that money comes from and goes to."""

    network: Annotated[str, Meta(description="Its name")]
    confirmations: Annotated[int, Meta(description="Blocks that hold or follow a payment before it counts")]
    block_ms: Annotated[int, Meta(description="Milliseconds from one block to the next")]
    needs_tag: Annotated[bool, Meta(description="Whether an address is shared, and a tag says whose payment it is")]
    assets: Annotated[list[NetworkAssetRow], Meta(description="What it carries")]


class AnnouncementRow(Struct):
    """A rule or a listing that the operator changed."""

    time: Annotated[Time, Meta(description="When")]
    key: Annotated[str, Meta(description="What, as the venue file names it")]
    before: Annotated[str, Meta(description="What it was; left out where it is new")] | UnsetType = UNSET
    after: Annotated[str, Meta(description="What it is; left out where it is gone")] | UnsetType = UNSET
