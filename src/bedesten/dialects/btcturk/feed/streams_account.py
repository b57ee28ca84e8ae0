"""What an account hears of itself: its orders, its matches, its balances.

Owns one channel for each account that somebody is logged in on. Invariant: an account is watched exactly while a logged-in
connection is open.

Source: BtcTurk WebSocket Feed 2.4.0, models 201, 423 and 441 to 453, and recorded frames. An order that ends with its last match
is told by that match; whatever else ends is deleted (452). What changes an order's price, and the firing of a stop order, is a
deletion and an insertion, as the venue's staff explain. Deliberate: what a match leaves of an order is told as 453, which the
manual has and the venue was not seen to send. What is left in the denominator has the taker's fee in it, as recorded.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from typing import TYPE_CHECKING

from bedesten.dialects.btcturk.feed.render import TRADE_PLACES, Model, frame
from bedesten.dialects.btcturk.numbers import PLACES_MAX, fixed, ms
from bedesten.dialects.btcturk.rest.render import charge
from bedesten.dialects.btcturk.vocabulary import DONE, SIDE_NAME, SIDE_NUMBER, method_of
from bedesten.dialects.contract import Channel
from bedesten.dialects.printing import quoted
from bedesten.domain.enums import EventKind, FeeRule, Side
from bedesten.domain.events import Exchanged, FundsCaptured, FundsHeld, FundsReleased, Transferred
from bedesten.domain.money import PPB, to_text

if TYPE_CHECKING:
    from bedesten.dialects.btcturk.pairs import Pair, Pairs
    from bedesten.domain.orders import Order
    from bedesten.services.orders.updates import OrderUpdate
    from bedesten.services.sequencing.batch import Committed
    from bedesten.services.venue import Venue


class AccountFeed:
    """One account's channel, for all its connections."""

    __slots__ = ("_is_documented", "_pairs", "_standing", "_venue", "channel", "connections")

    def __init__(self, venue: Venue, pairs: Pairs, account: int, *, is_documented: bool = False) -> None:
        self._is_documented = is_documented
        self._standing: dict[int, Order] = {}  # open orders as they were told last: what a change deletes
        self._venue = venue
        self._pairs = pairs
        self.channel = Channel(f"account:{account}")
        self.connections = 0

    async def learn(self, account: int) -> None:
        """Take in how the account's open orders stand."""
        self._standing = {row.order.order_id: row.order for row in await self._venue.trading.open_orders(account)}

    def tell(self, account: int, updates: Sequence[OrderUpdate]) -> None:
        """Publish what a commit did to the account's orders, and then whose balances it changed."""
        touched: dict[int, bytes] = {}  # by instrument, what its balances are told with
        for update in updates:
            if update.kind is EventKind.REJECTED:
                continue
            instrument_id = update.order.instrument
            if instrument_id not in touched:
                touched[instrument_id] = self._balances(account, instrument_id)
            if (pair := self._pairs.of(instrument_id)) is not None:
                for message in self._messages(pair, update):
                    self.channel.publish(message)
            self._note(update.order)
        for message in touched.values():
            self.channel.publish(message)

    def _note(self, order: Order) -> None:
        if order.close_reason:
            self._standing.pop(order.order_id, None)
        else:
            self._standing[order.order_id] = order

    def _balances(self, account: int, instrument_id: int) -> bytes:
        """Return model 201 after an order. What is traded on another API's instruments moves money too: of no pair here."""
        instrument = self._venue.catalogue.by_id(instrument_id)
        assert instrument is not None, "every order has its instrument"
        pair = self._pairs.of(instrument_id)
        return balance_updated(account, 0 if pair is None else pair.number, instrument.base.id, instrument.quote.id)

    def _messages(self, pair: Pair, update: OrderUpdate) -> Iterable[bytes]:
        order = update.order
        match update.kind:
            case EventKind.PLACED:
                yield self._order(Model.ORDER_INSERT, pair, update)
            case EventKind.TRADED:
                left = self._left(pair, order) if self._is_documented else None
                yield order_match(pair, update, left)
                yield user_trade(pair, update)
                yield self._order(Model.ORDER_UPDATE, pair, update)
            case EventKind.CLOSED if order.close_reason not in DONE:
                yield self._order(Model.ORDER_DELETE, pair, update)
            case EventKind.TRIGGERED if pair.instrument.reissue_at_trigger:
                return  # its end and the order that goes on for it follow
            case EventKind.AMENDED | EventKind.TRIGGERED | EventKind.REPRICED:
                before = self._standing.get(order.order_id, order)
                yield self._order(Model.ORDER_DELETE, pair, update._replace(order=before))
                yield self._order(Model.ORDER_INSERT, pair, update)

    def _order(self, model: Model, pair: Pair, update: OrderUpdate) -> bytes:
        return order_row(model, pair, update.order, update.client_id, self._left(pair, update.order))

    def _left(self, pair: Pair, order: Order) -> str:
        _, taker_ppb = self._venue.sequencer.state.machine.fee_rates(order.account, order.instrument)
        return left_in_denominator(pair, order, taker_ppb + taker_ppb * pair.instrument.tax_ppb // PPB)


class AccountFeeds:
    """The accounts that somebody is logged in on."""

    def __init__(self, venue: Venue, pairs: Pairs, *, is_documented: bool = False) -> None:
        self._venue = venue
        self._pairs = pairs
        self._is_documented = is_documented
        self._feeds: dict[int, AccountFeed] = {}
        venue.feeds.watch_commits(self._committed)

    def enter(self, account: int) -> AccountFeed:
        """Count one more connection logged in on *account*, and return what it hears."""
        feed = self._feeds.get(account)
        if feed is None:
            feed = self._feeds[account] = AccountFeed(
                self._venue, self._pairs, account, is_documented=self._is_documented
            )
            self._venue.feeds.watch_account(account, feed.tell)
        feed.connections += 1
        return feed

    def leave(self, account: int) -> None:
        """Count one connection less."""
        feed = self._feeds[account]
        feed.connections -= 1
        if not feed.connections:
            del self._feeds[account]
            self._venue.feeds.unwatch_account(account, feed.tell)

    def _committed(self, committed: Committed) -> None:
        """Tell of money that moved without an order."""
        if not self._feeds:
            return
        for event in committed.events:
            if isinstance(event, Transferred | FundsHeld | FundsReleased | FundsCaptured | Exchanged):
                others = [event.to_account] if isinstance(event, Transferred | FundsCaptured | Exchanged) else []
                assets = [event.asset, event.to_asset] if isinstance(event, Exchanged) else [event.asset]
                for account in dict.fromkeys([event.account, *others]):
                    if account in self._feeds:
                        for asset in assets:
                            self._feeds[account].channel.publish(balance_updated(account, 0, asset, 0))


def balance_updated(account: int, pair: int, numerator: int, denominator: int) -> bytes:
    """Return model 201; numbers that do not apply are 0."""
    payload = f'"{pair},{numerator},{denominator}"'
    return frame(Model.BALANCE_UPDATED, f'{{"type":201,"userId":{account},"payload":{payload}}}')


def order_match(pair: Pair, update: OrderUpdate, left: str | None = None) -> bytes:
    """Return model 441; *left*: what is left in the denominator, where the order's sums are told as documented."""
    order, trade = update.order, update.trade
    assert trade is not None, "only a match is told as one"
    return frame(
        Model.USER_ORDER_MATCH,
        f'{{"type":441,"id":{order.order_id},"user":{order.account},"isBid":{_flag(order.side == Side.BUY)},'
        f'"method":{method_of(order):d},"pair":{pair.number},"symbol":{quoted(pair.name)},'
        f'"amount":"{pair.quantity_fixed(trade.quantity, TRADE_PLACES)}",'
        f'"price":"{_paid(pair, trade.price)}","clientId":{quoted(update.client_id)},'
        f'"timestamp":"{ms(update.time_ns)}"{"" if left is None else _sums(pair, order, left)}}}',
    )


def _sums(pair: Pair, order: Order, left: str) -> str:
    whole = order.quantity or order.filled
    total = order.budget or pair.instrument.notional(order.price, order.quantity)
    return (
        f',"numTotal":"{pair.quantity(whole)}","numLeft":"{pair.quantity(order.remaining)}",'
        f'"denomTotal":"{pair.amount(total)}","denomLeft":"{left}"'
    )


def user_trade(pair: Pair, update: OrderUpdate) -> bytes:
    """Return model 423: what left the account is negative."""
    order, trade = update.order, update.trade
    assert trade is not None, "only a match is a trade"
    fee, tax = (
        (trade.maker_fee, trade.maker_tax) if update.is_maker else (trade.taker_fee, trade.taker_tax)
    )  # fmt: skip
    fee_text, tax_text = (charge(pair, order.side, taken) for taken in (fee, tax))
    sign = "" if order.side == Side.BUY else "-"
    amount = f"{sign}{pair.quantity(trade.quantity)}"
    return frame(
        Model.USER_TRADE,
        f'{{"type":423,"id":{trade.trade_id},"orderId":{order.order_id},"timestamp":{ms(update.time_ns)},'
        f'"numeratorSymbol":{quoted(pair.base.code)},"denominatorSymbol":{quoted(pair.quote.code)},"amount":"{amount}",'
        f'"fee":"{fee_text}","tax":"{tax_text}",'
        f'"price":"{pair.exact_price(trade.price)}","orderType":"{SIDE_NAME[order.side]}",'
        f'"orderClientId":{quoted(update.client_id)},"preciseAmount":{amount}}}',
    )


def order_row(model: Model, pair: Pair, order: Order, client_id: str, left: str) -> bytes:
    """Return model 451, 452 or 453: all the same row; a deletion has sixteen decimals. *left*: in the denominator."""
    if model is Model.ORDER_DELETE:
        price = fixed(pair.limit(order.side, order.price), pair.scale, PLACES_MAX)
        amount, remaining = (pair.quantity_fixed(lots, PLACES_MAX) for lots in (order.quantity, order.remaining))
    else:
        price, amount = to_text(pair.limit(order.side, order.price), scale=pair.scale), pair.quantity(order.quantity)
        remaining = pair.quantity(order.remaining)
    return frame(
        model,
        f'{{"type":{model:d},"pairId":{pair.number},"symbol":{quoted(pair.name)},"id":{order.order_id},'
        f'"method":{method_of(order):d},"userId":{order.account},"orderType":{SIDE_NUMBER[order.side]},'
        f'"price":"{price}","amount":"{amount}","numLeft":"{remaining}","denomLeft":"{left}",'
        f'"newOrderClientId":{quoted(client_id or None)}}}',
    )


def left_in_denominator(pair: Pair, order: Order, taker_ppb: int) -> str:
    """Return what is still to be paid, fee included, or to be had, fee deducted; of a budget, what is not spent."""
    in_base = order.side == Side.BUY and pair.instrument.fee_rule == FeeRule.IN_RECEIVED  # nothing is paid on top
    if order.budget:
        charged = 0 if in_base else order.fee + order.tax
        return fixed(order.budget - order.notional - charged, pair.quote.scale, PLACES_MAX)
    rate = PPB if in_base else PPB + (taker_ppb if order.side == Side.BUY else -taker_ppb)
    return fixed(pair.instrument.notional(order.price, order.remaining) * rate // PPB, pair.quote.scale, PLACES_MAX)


def _paid(pair: Pair, ticks: int) -> str:
    return fixed(ticks * pair.instrument.tick_size, pair.instrument.price_scale, TRADE_PLACES)


def _flag(value: bool) -> str:
    return "true" if value else "false"
