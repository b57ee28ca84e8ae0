"""`/ws/spot`: logins, public trades and an account's own orders.

Owns the channels of these topics and who is logged in on which connection. Every frame is rendered once, however many listen,
and not at all when nobody does. Invariant: an account is watched exactly while a logged-in connection is open.

Source: BTSE spot API v3.3, "Websocket Streams" (https://btsecom.github.io/docs/spotV3_3/en/), read 2026-11-20. Private topics may
be subscribed to before the login and flow from then on. What cannot be read is ignored: the venue documents no error here.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from typing import TYPE_CHECKING, Final

from bedesten.dialects.btse import numbers
from bedesten.dialects.btse.conversation import CLOSE_POLICY, Addresses, Conversation, Refused, text_of
from bedesten.dialects.btse.logins import FAILED_LOGINS_MAX, proven_key
from bedesten.dialects.btse.spot.render_notices import MODE_NAME, NOTIFICATION, Notice, fill, status_told
from bedesten.dialects.btse.symbols import symbol_of
from bedesten.dialects.btse.topics import (
    ANNOUNCEMENTS,
    FILLS,
    OLD_TRADES,
    PRIVATE_TOPICS,
    TRADES,
    acknowledgement,
    login_result,
    topic_prefix,
    trades_instrument,
)
from bedesten.dialects.btse.vocabulary import SIDE_NAME
from bedesten.dialects.contract import Channel
from bedesten.dialects.logins import Login
from bedesten.domain.enums import EventKind, Side

if TYPE_CHECKING:
    import msgspec

    from bedesten.dialects.contract import Connection, Session
    from bedesten.domain.events import Traded
    from bedesten.domain.instruments import Instrument
    from bedesten.services.instruments import Catalogue
    from bedesten.services.orders.updates import OrderUpdate
    from bedesten.services.store_types import Announcement, ApiKey, Trade
    from bedesten.services.venue import Venue

SIGNED_PATH: Final = "/ws/spot"
LEGACY_PATH: Final = "/spotWS"  # clients of its time sign this path instead
RECENT_TRADES: Final = 50  # in the first frame of a trades topic, as the venue sends


def trades_frame(
    prefix: str, instrument: Instrument, trades: Iterable[Traded | Trade], *, is_old: bool = False
) -> bytes:
    """Return a frame of public *trades*, given newest first, as clients take the first for the last price.

    *is_old*: with the fields of the topic's former name, too: `gain` is 1 for a taker who bought and −1 for one who sold.
    """
    symbol = symbol_of(instrument)
    rows = [
        f'{{"symbol":{numbers.text(symbol)},"side":"{SIDE_NAME[trade.side]}","size":{numbers.size(instrument, trade.quantity)},'
        f'"price":{numbers.price(instrument, trade.price)},"tradeId":{trade.trade_id},'
        f'"timestamp":{numbers.ms(trade.time_ns)}{_old_fields(instrument, trade) if is_old else ""}}}'
        for trade in trades
    ]
    return f"{prefix}[{','.join(rows)}]}}".encode()


def _old_fields(instrument: Instrument, trade: Traded | Trade) -> str:
    gain = 1 if trade.side == Side.BUY else -1
    return (
        f',"amount":{numbers.size(instrument, trade.quantity)},"gain":{gain},"orderMode":"{MODE_NAME[trade.side]}",'
        f'"serialId":{trade.trade_id},"transactionUnixtime":{numbers.ms(trade.time_ns)},'
        f'"transactionUnixtimestamp":{numbers.ms(trade.time_ns)}'
    )


def announcements_frame(announced: Iterable[Announcement]) -> bytes:
    """Return a frame of what an operator changed, newest first."""
    rows = [
        f'{{"key":{numbers.text(each.key)},"before":{numbers.text(each.before)},"after":{numbers.text(each.after)},'
        f'"timestamp":{numbers.ms(each.time_ns)}}}'
        for each in announced
    ]
    return f"{topic_prefix(ANNOUNCEMENTS)}[{','.join(rows)}]}}".encode()


class TradesTopic:
    """One instrument's public trades."""

    __slots__ = ("channel", "instrument", "is_old", "prefix")

    def __init__(self, instrument: Instrument, kind: str) -> None:
        topic = f"{kind}:{symbol_of(instrument)}"
        self.instrument = instrument
        self.is_old = kind == OLD_TRADES
        self.channel = Channel(topic)
        self.prefix = topic_prefix(topic)

    def frame(self, newest_first: Iterable[Traded | Trade]) -> bytes:
        """Return the frame that tells these trades."""
        return trades_frame(self.prefix, self.instrument, newest_first, is_old=self.is_old)


class AccountTopics:
    """One account's private topics, for all its connections."""

    __slots__ = ("_catalogue", "channels", "connections")

    def __init__(self, catalogue: Catalogue) -> None:
        self._catalogue = catalogue
        self.channels = {topic: Channel(topic) for topic in (*NOTIFICATION, FILLS)}
        self.connections = 0

    def tell(self, _account: int, updates: Sequence[OrderUpdate]) -> None:
        """Publish what a commit did to the account's orders: a notification each, then the matches together."""
        listened = [(topic, render_one) for topic, render_one in NOTIFICATION.items() if len(self.channels[topic])]
        if listened:
            for update in updates:
                instrument, status = self._catalogue.by_id(update.order.instrument), status_told(update)
                if instrument is None or status is None:
                    continue
                notice = Notice(update, instrument, status)
                for topic, render_one in listened:
                    self.channels[topic].publish(f"{_PREFIXES[topic]}{render_one(notice)}}}".encode())
        if len(self.channels[FILLS]):
            self._tell_fills(updates)

    def _tell_fills(self, updates: Sequence[OrderUpdate]) -> None:
        rows = []
        for update in updates:
            instrument = self._catalogue.by_id(update.order.instrument)
            if update.kind is EventKind.TRADED and instrument is not None:
                rows.append(fill(update, instrument))
        if rows:
            self.channels[FILLS].publish(f"{_PREFIXES[FILLS]}[{','.join(rows)}]}}".encode())


class SpotSocket:
    """What `/ws/spot` publishes, for all its connections."""

    def __init__(self, venue: Venue, addresses: Addresses, topics_max: int) -> None:
        self.venue = venue
        self.addresses = addresses
        self.topics_max = topics_max
        self._trades: dict[tuple[str, int], TradesTopic] = {}  # by name and instrument
        self._accounts: dict[int, AccountTopics] = {}
        self.announcements = Channel(ANNOUNCEMENTS)
        venue.feeds.watch_trades(self._tell_trades)
        venue.feeds.watch_announcements(self._tell_announcements)

    def open(self, connection: Connection) -> Session:
        """Return the session of a new connection."""
        if not self.addresses.enter(connection.client_host):
            return Refused(connection)
        return SpotSession(self, connection)

    def trades(self, instrument: Instrument, kind: str) -> TradesTopic:
        """Return the topic of an instrument's trades by one of its names."""
        topic = self._trades.get((kind, instrument.id))
        if topic is None:
            topic = self._trades[kind, instrument.id] = TradesTopic(instrument, kind)
        return topic

    def enter(self, account: int) -> AccountTopics:
        """Count one more connection logged in on *account*, and return the account's topics."""
        topics = self._accounts.get(account)
        if topics is None:
            topics = self._accounts[account] = AccountTopics(self.venue.catalogue)
            self.venue.feeds.watch_account(account, topics.tell)
        topics.connections += 1
        return topics

    def leave(self, account: int) -> None:
        """Count one connection less."""
        topics = self._accounts[account]
        topics.connections -= 1
        if not topics.connections:
            del self._accounts[account]
            self.venue.feeds.unwatch_account(account, topics.tell)

    def authenticate(self, connection: Connection, arguments: Sequence[msgspec.Raw]) -> ApiKey | None:
        """Return the key that a login's name, nonce and signature prove, or None."""
        paths = (SIGNED_PATH, LEGACY_PATH) if connection.path == LEGACY_PATH else (SIGNED_PATH,)
        return proven_key(self.venue, connection, arguments, paths)

    def _tell_announcements(self, announced: Sequence[Announcement]) -> None:
        if len(self.announcements):
            self.announcements.publish(announcements_frame(reversed(announced)))

    def _tell_trades(self, instrument_id: int, trades: Sequence[Traded]) -> None:
        for kind in (TRADES, OLD_TRADES):
            topic = self._trades.get((kind, instrument_id))
            if topic is not None and len(topic.channel):
                topic.channel.publish(topic.frame(reversed(trades)))


class SpotSession(Conversation):
    """One connection to `/ws/spot`."""

    def __init__(self, socket: SpotSocket, connection: Connection) -> None:
        super().__init__(socket.venue.clock, connection, socket.addresses)
        self._socket = socket
        self._login: Login | None = None
        self._account_topics: AccountTopics | None = None
        self._failed_logins = 0

    def operate(self, name: str, arguments: list[msgspec.Raw]) -> None:
        """Answer the operation *name*; one that the venue does not know is ignored."""
        match name:
            case "subscribe" if arguments:
                self._subscribe(arguments)
            case "unsubscribe" if arguments:
                self._unsubscribe(arguments)
            case "authKeyExpires" | "login":
                self._log_in(arguments)
            case "ping":
                self.pong()

    def malformed(self) -> None:
        """Ignore what is not a request."""

    def closed(self) -> None:
        """Forget the connection."""
        super().closed()
        self._log_out()

    def _subscribe(self, arguments: list[msgspec.Raw]) -> None:
        accepted: dict[str, None] = {}
        begun: list[TradesTopic] = []
        for argument in arguments:
            topic = text_of(argument)
            if topic is None:
                continue
            if topic not in self.topics:
                if len(self.topics) >= self._socket.topics_max:
                    continue
                instrument = trades_instrument(topic, self._socket.venue.catalogue)
                if instrument is not None:
                    trades = self._socket.trades(instrument, topic.partition(":")[0])
                    self.connection.join(trades.channel)
                    begun.append(trades)
                elif topic == ANNOUNCEMENTS:
                    self.connection.join(self._socket.announcements)
                elif topic not in PRIVATE_TOPICS:
                    continue
                elif self._account_topics is not None:
                    self.connection.join(self._account_topics.channels[topic])
                self.topics[topic] = None
            accepted[topic] = None
        self.heard()
        self.connection.send(acknowledgement("subscribe", list(accepted)))
        if ANNOUNCEMENTS in accepted and self._socket.venue.feeds.announced:
            self.connection.send(announcements_frame(reversed(self._socket.venue.feeds.announced)))
        for trades in begun:
            recent = self._socket.venue.market_data.recent_trades(trades.instrument.id, RECENT_TRADES)
            if recent:
                self.connection.send(trades.frame(recent))

    def _unsubscribe(self, arguments: list[msgspec.Raw]) -> None:
        ended: dict[str, None] = {}
        for argument in arguments:
            topic = text_of(argument)
            if topic is None or topic not in self.topics:
                continue
            instrument = trades_instrument(topic, self._socket.venue.catalogue)
            if instrument is not None:
                self.connection.leave(self._socket.trades(instrument, topic.partition(":")[0]).channel)
            elif topic == ANNOUNCEMENTS:
                self.connection.leave(self._socket.announcements)
            elif self._account_topics is not None:
                self.connection.leave(self._account_topics.channels[topic])
            del self.topics[topic]
            ended[topic] = None
        self.heard()
        self.connection.send(acknowledgement("unsubscribe", list(ended)))

    def _log_in(self, arguments: list[msgspec.Raw]) -> None:
        key = self._socket.authenticate(self.connection, arguments)
        self.connection.send(login_result(key is not None))
        if key is None:
            self._failed_logins += 1
            self._socket.addresses.note_failed_login(self.connection.client_host)
            if self._failed_logins >= FAILED_LOGINS_MAX:
                self.connection.close(CLOSE_POLICY, "too many failed logins")
            return
        self._log_out()
        self._login = Login(self._socket.venue, self.connection, key, self._expel)
        self._account_topics = self._socket.enter(key.account)
        for topic in self.topics:
            if topic in PRIVATE_TOPICS:
                self.connection.join(self._account_topics.channels[topic])

    def _log_out(self) -> None:
        if self._login is None or self._account_topics is None:
            return
        for channel in self._account_topics.channels.values():
            self.connection.leave(channel)
        self._login.close()
        self._socket.leave(self._login.key.account)
        self._login = self._account_topics = None

    def _expel(self) -> None:
        """Log out, and say so: the key no longer holds."""
        self._log_out()
        self.connection.send(login_result(False))


_PREFIXES: Final = {topic: topic_prefix(topic) for topic in PRIVATE_TOPICS}
