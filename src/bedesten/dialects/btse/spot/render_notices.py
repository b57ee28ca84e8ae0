"""What happened to an account's orders, as the private topics tell it: every generation of notifications, and fills.

Pure: order updates to JSON text, printed from integers. Statuses are those of the order rows REST answers with
(vocabulary.py), so the two never disagree. Notifications are objects, but for the oldest topic, whose clients decode an array
of texts; V3 has every spelling of the remaining size that the venue documents.

Source: BTSE spot API v3.3, "Notifications" and "User Trade Fills" (https://btsecom.github.io/docs/spotV3_3/en/), and v3.2 for
notificationApiV2, read 2026-11-20; the two oldest topics are as their clients decode them. On a fill, price and size are those
of the match. Deliberate: sizes in base are 0 for an order by budget and sizes in quote are 0 for all others, never null.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import TYPE_CHECKING, Final

from bedesten.dialects.btse import numbers
from bedesten.dialects.btse.ids import ORDERS, TRADES
from bedesten.dialects.btse.spot.render import price_of, sizes_of
from bedesten.dialects.btse.symbols import symbol_of
from bedesten.dialects.btse.vocabulary import (
    REFUSED_STATUS,
    SIDE_NAME,
    STATE_NAME,
    TYPE_CODE,
    Status,
    status_of,
    time_in_force_of,
)
from bedesten.domain.enums import CloseReason, EventKind, FeeRule, OrderType, RejectReason, Side, Trigger
from bedesten.domain.money import to_text

if TYPE_CHECKING:
    from bedesten.domain.instruments import Instrument
    from bedesten.domain.orders import Order
    from bedesten.services.orders.updates import OrderUpdate

#: The socket's numbers for what kind of order it is. A trailing stop is a stop.
TX_TYPE: Final[Mapping[int, int]] = {
    0: 0,
    Trigger.STOP: 1,
    Trigger.TRAILING_DISTANCE: 1,
    Trigger.TRAILING_PERCENTAGE: 1,
    Trigger.TAKE_PROFIT: 2,
}
TX_OCO: Final = 3
TX_NAME: Final = (
    "LIMIT",
    "STOP",
    "TRIGGER",
    "OCO",
)  # by number, where the oldest topics have a text: txType's own words
#: What gocryptotrader, the one published reader of the oldest topic, knows there; the API Enum of the documents says FULLY.
OLDEST_NAME: Final[Mapping[Status, str]] = {Status.FULLY_TRANSACTED: "ORDER_FULL_TRANSACTED"}
MODE_NAME: Final[Mapping[int, str]] = {Side.BUY: "MODE_BUY", Side.SELL: "MODE_SELL"}
TYPE_NAME: Final[Mapping[int, str]] = {
    OrderType.LIMIT: "TYPE_LIMIT",
    OrderType.MARKET: "TYPE_MARKET",
    OrderType.PEG: "TYPE_PEG",
}
ENDED_BY_ITSELF: Final = frozenset(
    {
        CloseReason.EXPIRED,
        CloseReason.SIBLING,
        CloseReason.DEAD_MAN,
        CloseReason.REFUSED_AT_TRIGGER,
        CloseReason.REISSUED,
        CloseReason.WORTHLESS,
        CloseReason.UNFUNDED,
    }
)
NOT_PEGGED: Final = "1"  # stealth and deviation of an order that is no algo order


def status_told(update: OrderUpdate) -> Status | None:
    """Return the status to notify *update* with, or None when the customer is not told of it.

    The end of a filled order has been told with its last match; a peg that follows the market is not news.
    """
    order = update.order
    match update.kind:
        case EventKind.PLACED:
            return Status.TRIGGER_INSERTED if order.is_waiting else Status.INSERTED
        case EventKind.TRADED:
            return Status.FULLY_TRANSACTED if order.quantity and not order.remaining else Status.PARTIALLY_TRANSACTED
        case EventKind.CLOSED:
            told = order.close_reason == CloseReason.FILLED and not order.budget
            return None if told else status_of(order)
        case EventKind.TRIGGERED:
            return Status.TRIGGER_ACTIVATED
        case EventKind.AMENDED:
            return Status.AMENDED
        case EventKind.REJECTED:
            assert update.reason is not None, "a refusal has its reason"
            if update.reason is RejectReason.INSUFFICIENT_AVAILABLE:  # REST answers an error
                return Status.INSUFFICIENT_BALANCE
            return REFUSED_STATUS.get(update.reason, Status.REJECTED)
    return None


class Notice:
    """One order update with the texts that every topic shares."""

    __slots__ = ("instrument", "order", "sizes", "status", "update")

    def __init__(self, update: OrderUpdate, instrument: Instrument, status: Status) -> None:
        self.update = update
        self.order: Order = update.order
        self.instrument = instrument
        self.status = status
        self.sizes = sizes_of(instrument, update.order)

    @property
    def price(self) -> str:
        """The match's price, the limit price, or what a market order has paid on average."""
        trade = self.update.trade
        if trade is not None:
            return numbers.price(self.instrument, trade.price)
        return price_of(self.instrument, self.order, self.sizes.average)

    @property
    def size(self) -> str:
        """What the match took, or what the order is for."""
        return self.matched if self.update.trade is not None else self.sizes.current

    @property
    def trigger_price(self) -> str:
        return numbers.price(self.instrument, self.order.trigger_price)

    @property
    def deviation(self) -> str:
        order = self.order
        return numbers.ratio(order.deviation_ppm) if order.order_type == OrderType.PEG else NOT_PEGGED

    @property
    def stealth(self) -> str:
        return numbers.ratio(self.order.display_ppm) if self.order.display_ppm else NOT_PEGGED

    @property
    def is_maker(self) -> bool:
        """Whether it made liquidity; before any match, whether it is the kind of order that can."""
        return self.update.is_maker if self.update.trade is not None else not self.order.is_market

    @property
    def is_by_user(self) -> bool:
        """Whether the customer's own request did it: not a match as maker, a trigger, or an end that came by itself."""
        update = self.update
        if update.trade is not None:
            return not update.is_maker
        return update.kind is not EventKind.TRIGGERED and self.order.close_reason not in ENDED_BY_ITSELF

    @property
    def tx_type(self) -> int:
        return TX_OCO if self.order.sibling_id else TX_TYPE[self.order.trigger]

    @property
    def matched(self) -> str:
        """What this update matched, in base."""
        trade = self.update.trade
        return "0" if trade is None else numbers.size(self.instrument, trade.quantity)

    @property
    def time_ms(self) -> int:
        return numbers.ms(self.update.time_ns)


def notification_v3(notice: Notice) -> str:
    """Return the object that `notificationApiV3` tells."""
    order, sizes = notice.order, notice.sizes
    original, current, remaining = (
        ("0", size) if sizes.by_quote else (size, "0") for size in (sizes.original, sizes.current, sizes.remaining)
    )
    return (
        f'{{"symbol":{numbers.text(symbol_of(notice.instrument))},"orderID":"{ORDERS.text(order.order_id)}",'
        f'"side":"{SIDE_NAME[order.side]}","orderType":{TYPE_CODE[order.order_type]},"txType":{notice.tx_type},'
        f'"price":{notice.price},"triggerPrice":{notice.trigger_price},"pegPriceDeviation":{notice.deviation},'
        f'"stealth":{notice.stealth},"status":{notice.status:d},"timestamp":{notice.time_ms},'
        f'"avgFilledPrice":{sizes.average},"clOrderID":{numbers.text(notice.update.client_id)},'
        f'"maker":{numbers.flag(notice.is_maker)},"postOnly":{numbers.flag(order.post_only)},'
        f'"orderUserInitiated":{numbers.flag(notice.is_by_user)},'
        f'"originalOrderBaseSize":{original[0]},"originalOrderQuoteSize":{original[1]},'
        f'"currentOrderBaseSize":{current[0]},"currentOrderQuoteSize":{current[1]},'
        f'"filledBaseSize":{notice.matched},"totalFilledBaseSize":{sizes.filled},'
        f'"remainingBaseSize":{remaining[0]},"remainingQuoteSize":{remaining[1]},'
        f'"remainingOrderBaseSize":{remaining[0]},"remainingOrderQuoteSize":{remaining[1]},'
        f'"remainingSize":{sizes.remaining},"orderCurrency":"{"quote" if sizes.by_quote else "base"}",'
        f'"time_in_force":"{time_in_force_of(order)}"}}'
    )


def notification_v2(notice: Notice) -> str:
    """Return the object that `notificationApiV2` tells."""
    order, sizes = notice.order, notice.sizes
    return (
        f'{{"symbol":{numbers.text(symbol_of(notice.instrument))},"orderID":"{ORDERS.text(order.order_id)}",'
        f'"side":"{SIDE_NAME[order.side]}","type":{TYPE_CODE[order.order_type]},"price":{notice.price},'
        f'"size":{notice.size},"originalSize":{sizes.original},"avgFillPrice":{sizes.average},'
        f'"fillSize":{sizes.filled},"status":{notice.status:d},"clOrderID":{numbers.text(notice.update.client_id)},'
        f'"maker":{numbers.flag(notice.is_maker)},"stealth":{notice.stealth},"timestamp":{notice.time_ms},'
        f'"pegPriceDeviation":{notice.deviation},"remainingSize":{sizes.remaining},'
        f'"time_in_force":"{time_in_force_of(order)}","txType":{notice.tx_type},'
        f'"triggerPrice":{notice.trigger_price},"avgFilledPrice":{sizes.average}}}'
    )


def notification_v1(notice: Notice) -> str:
    """Return the object that `notificationApiV1` tells: words for numbers, keys in the alphabet's order."""
    order, sizes = notice.order, notice.sizes
    return (
        f'{{"averageFillPrice":{sizes.average},"clOrderID":{numbers.text(notice.update.client_id)},'
        f'"fillSize":{sizes.filled},"maker":{numbers.flag(notice.is_maker)},'
        f'"orderID":"{ORDERS.text(order.order_id)}","orderMode":"{MODE_NAME[order.side]}",'
        f'"orderType":"{TYPE_NAME[order.order_type]}","pegPriceDeviation":{notice.deviation},'
        f'"postOnly":{numbers.flag(order.post_only)},"price":{notice.price},"remainingSize":{sizes.remaining},'
        f'"size":{notice.size},"status":"{STATE_NAME[notice.status]}","stealth":{notice.stealth},'
        f'"symbol":{numbers.text(symbol_of(notice.instrument))},"time_in_force":"{time_in_force_of(order)}",'
        f'"timestamp":{notice.time_ms},"triggerPrice":{notice.trigger_price},"type":"{TX_NAME[notice.tx_type]}"}}'
    )


def notification_v0(notice: Notice) -> str:
    """Return the array that `notificationApi` tells: every value a text."""
    order = notice.order
    return (
        f'[{{"symbol":{numbers.text(symbol_of(notice.instrument))},"orderID":"{ORDERS.text(order.order_id)}",'
        f'"orderMode":"{MODE_NAME[order.side]}","orderType":"{TYPE_NAME[order.order_type]}",'
        f'"type":"{TX_NAME[notice.tx_type]}","price":"{notice.price}","size":"{notice.size}",'
        f'"status":"{OLDEST_NAME.get(notice.status, STATE_NAME[notice.status])}","timestamp":"{notice.time_ms}",'
        f'"triggerPrice":"{notice.trigger_price}","pegPriceDeviation":"{notice.deviation}",'
        f'"stealth":"{notice.stealth}","clOrderID":{numbers.text(notice.update.client_id)}}}]'
    )


#: How each notification topic tells a notice, in the order they are published.
NOTIFICATION: Final[Mapping[str, Callable[[Notice], str]]] = {
    "notificationApiV3": notification_v3,
    "notificationApiV2": notification_v2,
    "notificationApiV1": notification_v1,
    "notificationApi": notification_v0,
}


def _decimal(number: str) -> str:
    return number if "." in number else f"{number}.0"


def fill(update: OrderUpdate, instrument: Instrument) -> str:
    """Return the row of `fills` for an update that is a match: type, price, size and fee are texts, prices with a decimal.

    Source: frames of the live venue, as recorded: `"type":"76"`, `serialId` a number, "1.0" for one.
    """
    order, trade = update.order, update.trade
    assert trade is not None, "only a match is a fill"
    charged = trade.maker_fee + trade.maker_tax if update.is_maker else trade.taker_fee + trade.taker_tax
    in_base = order.side == Side.BUY and instrument.fee_rule == FeeRule.IN_RECEIVED
    currency = instrument.base if in_base else instrument.quote
    return (
        f'{{"orderId":"{ORDERS.text(order.order_id)}","serialId":{trade.trade_id},'
        f'"clOrderId":{numbers.text(update.client_id)},"type":"{TYPE_CODE[order.order_type]}",'
        f'"symbol":{numbers.text(symbol_of(instrument))},"side":"{SIDE_NAME[order.side]}",'
        f'"price":"{_decimal(numbers.price(instrument, trade.price))}",'
        f'"size":"{_decimal(numbers.size(instrument, trade.quantity))}",'
        f'"feeAmount":"{to_text(charged, scale=currency.scale)}","feeCurrency":{numbers.text(currency.code)},'
        f'"base":{numbers.text(instrument.base.code)},"quote":{numbers.text(instrument.quote.code)},"maker":{numbers.flag(update.is_maker)},'
        f'"timestamp":{numbers.ms(update.time_ns)},"tradeId":"{TRADES.text(trade.trade_id)}"}}'
    )
