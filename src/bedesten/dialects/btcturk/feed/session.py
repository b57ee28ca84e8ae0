"""One connection to the feed: subscriptions, requests, logins.

Owns what the connection listens to and who is logged in on it. Invariant: `received` never raises for anything a client sends;
what means nothing to the feed is left unanswered, as the venue leaves it.

Source: BtcTurk WebSocket Feed 2.4.0; that more than 200 messages a second cost the connection is how the venue behaves. A join of
anything is granted, also of a pair or a channel that is none and then is silent; a second join is not, and what was joined goes
on (recorded 2026-09-23). Dead connections are found by the server's pings.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import TYPE_CHECKING, Any, Final

from bedesten.clock import NS_PER_S
from bedesten.dialects.btcturk.feed import render as models
from bedesten.dialects.btcturk.feed.parse import (
    LoginRefused,
    flag_of,
    is_guest,
    key_of,
    key_of_token,
    message_of,
    token_expires_ns,
)
from bedesten.dialects.btcturk.feed.render import Model
from bedesten.dialects.btcturk.signature import INVALID_REQUEST
from bedesten.dialects.logins import Login

if TYPE_CHECKING:
    from bedesten.dialects.answers import Answers
    from bedesten.dialects.btcturk.feed.streams import Beat
    from bedesten.dialects.btcturk.feed.streams_account import AccountFeed, AccountFeeds
    from bedesten.dialects.btcturk.signature import Strangers
    from bedesten.dialects.contract import Connection
    from bedesten.dialects.paced import Topic
    from bedesten.services.store_types import ApiKey
    from bedesten.services.venue import Venue

MESSAGES_PER_SECOND_MAX: Final = 200  # as the venue drops a connection
FAILED_LOGINS_MAX: Final = 20  # on one connection; a client with the right key needs one
NAME_CHARS_MAX: Final = 64  # of a channel or an event that is told back; real ones are shorter
NAMES_MAX: Final = 4_096  # of channels that are none and yet were joined, remembered on one connection
CLOSE_POLICY: Final = 1008  # RFC 6455: a rule of the endpoint was broken

#: What a request without a channel asks again: the channel that its code is told on.
CHANNEL_OF: Final[Mapping[int, str]] = {
    Model.TICKER_ALL: "ticker",
    Model.TICKER_PAIR: "ticker",
    Model.TRADE_LIST: "trade",
    Model.TRADING_VIEW: "tradeview",
    Model.BOOK_FULL: "orderbook",
}


#: Who a login proves to be.
KeyOf = Callable[["Venue", Mapping[str, Any], str], "ApiKey"]


class FeedSession:
    """A connection."""

    def __init__(
        self, venue: Venue, beat: Beat, accounts: AccountFeeds, connection: Connection, strangers: Strangers,
        answers: Answers,
    ) -> None:  # fmt: skip
        self._are_joins_told = answers["joins"] == "told"
        self._has_result_id = answers["members"] == "documented"
        self._venue = venue
        self._beat = beat
        self._accounts = accounts
        self._connection = connection
        self._strangers = strangers
        self._topics: dict[Topic, None] = {}
        self._login: Login | None = None
        self._silent: set[str] = set()  # joined, and nothing
        self._account_feed: AccountFeed | None = None
        self._failed_logins = 0
        self._second = 0
        self._messages = 0  # in this second
        if strangers.is_shut_out(connection.client_host, venue.clock.now_ns()):
            connection.close(CLOSE_POLICY, "too many unauthorized requests")
            return
        connection.send(models.version())

    def received(self, message: str | bytes) -> None:
        """Answer one message."""
        if self._is_too_much():
            self._connection.close(CLOSE_POLICY, "too many messages")
            return
        try:
            model, body = message_of(message)
        except ValueError:
            return
        match model:
            case Model.SUBSCRIPTION:
                self._subscribe(body)
            case Model.REQUEST:
                self._request(body)
            case Model.KEY_LOGIN:
                self._log_in(body)
            case Model.USER_LOGIN:
                self._log_in_by_token(body)
            case Model.USER_LOGOUT:
                self._say_goodbye()

    def closed(self) -> None:
        """Forget the connection."""
        for topic in self._topics:
            self._beat.drop(self._connection, topic)
        self._topics.clear()
        self._log_out()

    def _is_too_much(self) -> bool:
        second = self._venue.clock.now_ns() // NS_PER_S
        if second != self._second:
            self._second, self._messages = second, 0
        self._messages += 1
        return self._messages > MESSAGES_PER_SECOND_MAX

    # ── channels ──

    def _subscribe(self, body: Mapping[str, Any]) -> None:
        channel, event, joins = body.get("channel"), body.get("event"), flag_of(body.get("join", True))
        if not isinstance(channel, str) or not isinstance(event, str) or joins is None:
            return
        topic = self._topic(channel, event) if len(event) <= NAME_CHARS_MAX else None
        name = f"{channel[:NAME_CHARS_MAX]}:{event[:NAME_CHARS_MAX]}"
        is_joined = name in self._silent if topic is None else topic in self._topics
        is_granted = topic is not None if self._are_joins_told else not (joins and is_joined)
        said = f"{'join' if joins else 'leave'}|{name}"
        self._connection.send(models.result(is_granted, said, has_id=self._has_result_id))
        if joins == is_joined and not (joins and self._are_joins_told):
            return
        if topic is None:
            self._remember(name, joins=joins)
        elif joins:
            self._topics[topic] = None
            self._beat.show(self._connection, topic, follow=True)
        else:
            del self._topics[topic]
            self._beat.drop(self._connection, topic)

    def _topic(self, channel: str, event: str) -> Topic | None:
        if not self._are_joins_told:
            return self._beat.topic(channel, event)
        return self._beat.topic(channel.lower(), "all" if event.lower() == "all" else self._beat.spelled(event.upper()))

    def _remember(self, name: str, *, joins: bool) -> None:
        if not joins:
            self._silent.discard(name)
        elif len(self._silent) < NAMES_MAX:
            self._silent.add(name)

    def _request(self, body: Mapping[str, Any]) -> None:
        code = body.get("code")
        channel = body.get("channel") or (CHANNEL_OF.get(code) if isinstance(code, int) else None)
        event = body.get("event") or ("all" if code == Model.TICKER_ALL else None)
        if not isinstance(channel, str) or not isinstance(event, str) or len(event) > NAME_CHARS_MAX:
            return
        topic = self._topic(channel, event)
        if topic is not None:
            self._beat.show(self._connection, topic, follow=topic in self._topics)

    # ── logins ──

    def _log_in(self, body: Mapping[str, Any]) -> None:
        self._enter(Model.KEY_LOGIN, key_of, body)

    def _log_in_by_token(self, body: Mapping[str, Any]) -> None:
        if not is_guest(body):
            self._enter(Model.USER_LOGIN_RESULT, key_of_token, body)
            return
        self._log_out()
        self._connection.send(models.login_result(Model.USER_LOGIN_RESULT, 0, None, ok=True))

    def _enter(self, answer: Model, find: KeyOf, body: Mapping[str, Any]) -> None:
        address = self._connection.client_host
        try:
            key = find(self._venue, body, address)
        except LoginRefused as error:
            self._refuse_login(answer, str(error))
            return
        self._strangers.welcome(address)
        self._log_out()
        until_ns = token_expires_ns(body) if answer is Model.USER_LOGIN_RESULT else 0
        self._login = Login(self._venue, self._connection, key, lambda: self._expel(answer), until_ns=until_ns)
        self._account_feed = self._accounts.enter(key.account)
        self._connection.send(models.login_result(answer, key.account, None, ok=True))
        self._connection.join(self._account_feed.channel)
        self._connection.spawn(self._account_feed.learn(key.account))

    def _refuse_login(self, model: Model, message: str) -> None:
        self._strangers.refuse(self._connection.client_host, self._venue.clock.now_ns())
        self._connection.send(models.login_result(model, 0, message, ok=False))
        self._failed_logins += 1
        if self._failed_logins >= FAILED_LOGINS_MAX:
            self._connection.close(CLOSE_POLICY, "too many failed logins")

    def _say_goodbye(self) -> None:
        if self._login is not None:
            self._connection.send(models.logout(self._login.key.account))
            self._connection.close(1000, "logged out")

    def _log_out(self) -> None:
        if self._login is None or self._account_feed is None:
            return
        self._connection.leave(self._account_feed.channel)
        self._login.close()
        self._accounts.leave(self._login.key.account)
        self._login = self._account_feed = None

    def _expel(self, answer: Model) -> None:
        """Log out, and say so as the login was answered: its key or token no longer holds."""
        self._log_out()
        self._connection.send(models.login_result(answer, 0, INVALID_REQUEST, ok=False))
