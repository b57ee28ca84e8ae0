"""What an account hears of itself: its orders, its matches, its balances.

Owns one channel for each account that somebody is logged in on. Invariant: an account is watched exactly while a logged-in
connection is open.

Source: BtcTurk WebSocket Feed 2.4.0, models 201, 423 and 441 to 453, and recorded frames. An order that ends with its last match
is told by that match; whatever else ends is deleted (452). What changes an order's price, and the firing of a stop order, is a
deletion and an insertion, as the venue's staff explain. Deliberate: what a match leaves of an order is told as 453, which the
manual has and the venue was not seen to send.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from typing import TYPE_CHECKING

from bedesten.dialects.btcturk.feed.render import Model
from bedesten.dialects.btcturk.feed.render_account import (
    balance_updated,
    left_in_denominator,
    order_match,
    order_row,
    user_trade,
)
from bedesten.dialects.btcturk.vocabulary import DONE
from bedesten.dialects.contract import Channel
from bedesten.domain.enums import EventKind
from bedesten.domain.events import Exchanged, FundsCaptured, FundsHeld, FundsReleased, Transferred
from bedesten.domain.money import PPB

if TYPE_CHECKING:
    from bedesten.dialects.btcturk.pairs import Pair, Pairs
    from bedesten.domain.orders import Order
    from bedesten.services.orders.updates import OrderUpdate
    from bedesten.services.sequencing.batch import Committed
    from bedesten.services.venue import Venue


class AccountFeed:
    """One account's channel, for all its connections."""

    __slots__ = ("_is_documented", "_pairs", "_rates", "_standing", "_venue", "channel", "connections")

    def __init__(self, venue: Venue, pairs: Pairs, account: int, *, is_documented: bool = False) -> None:
        self._is_documented = is_documented
        self._standing: dict[int, Order] = {}  # open orders as they were told last: what a change deletes
        self._rates: dict[
            int, int
        ] = {}  # by open order, its taker's rate in parts per billion: the one it was placed with
        self._venue = venue
        self._pairs = pairs
        self.channel = Channel(f"account:{account}")
        self.connections = 0

    async def learn(self, account: int) -> None:
        """Take in how the account's open orders stand."""
        self._standing = {row.order.order_id: row.order for row in await self._venue.trading.open_orders(account)}
        for order in self._standing.values():
            self._rate(order)

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
            self._note(update.order)  # behind the messages, which tell an order as it stood
        for message in touched.values():
            self.channel.publish(message)

    def _note(self, order: Order) -> None:
        if order.close_reason:
            self._standing.pop(order.order_id, None)
            self._rates.pop(order.order_id, None)
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
        taker_ppb = self._rate(order)
        return left_in_denominator(pair, order, taker_ppb + taker_ppb * pair.instrument.tax_ppb // PPB)

    def _rate(self, order: Order) -> int:
        rate = self._rates.get(order.order_id)
        if rate is None:
            machine = self._venue.sequencer.state.machine
            # One that has ended already, in the commit that placed it, paid what its account pays now.
            rates = machine.order_fee_rates(order.order_id) or machine.fee_rates(order.account, order.instrument)
            rate = self._rates[order.order_id] = rates[1]
        return rate


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
