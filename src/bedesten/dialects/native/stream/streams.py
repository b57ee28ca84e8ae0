"""One connection to the socket: what it hears, who is logged in on it, what becomes of orders when it ends.

Invariant: `received` never raises for anything a client says; what cannot be read or done is answered with its reason. A client
that reads too slowly is closed with 1013: of what it hears nothing may be left out, and it resumes.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from contextlib import suppress
from functools import partial
from typing import TYPE_CHECKING, Final

import msgspec
from msgspec import UNSET, UnsetType

from bedesten.dialects.addresses import FailedAttempts
from bedesten.dialects.channels import Channel
from bedesten.dialects.logins import Login
from bedesten.dialects.native import pages, reasons, who
from bedesten.dialects.native.errors import Refused
from bedesten.dialects.native.stream import render, shapes
from bedesten.dialects.native.stream import streams_market as market
from bedesten.dialects.native.stream.endpoints import Requests
from bedesten.dialects.native.stream.parse import ChannelName, channel_named
from bedesten.dialects.native.stream.streams_account import AccountStream, AccountStreams
from bedesten.dialects.native.times import NS_PER_S, time_text
from bedesten.dialects.paced import PacedFeed, Source, Topic
from bedesten.dialects.refusals import Refusal, Unauthenticated
from bedesten.services.errors import ServiceError
from bedesten.services.store_types import Permission

if TYPE_CHECKING:
    from bedesten.core import Machine
    from bedesten.dialects.contract import Connection
    from bedesten.dialects.native.stream.streams_market import ChannelSource
    from bedesten.services.store_types import ApiKey
    from bedesten.services.venue import Venue

PATH: Final = "/native/v1/stream"
CHANNELS_MAX: Final = 100  # of one connection
MESSAGES_PER_SECOND_MAX: Final = 300  # of one connection: a page that opens says ten, a bot places 200 orders
ASKED_MAX: Final = 32  # requests of one connection that are under way
FAILED_LOGINS_MAX: Final = 20  # on one connection; a client with the right key needs one
HEARTBEAT_NS: Final = 5 * NS_PER_S
CALM_NS: Final = NS_PER_S  # between two looks at what changes slowly: tickers, instruments
CLOSE_POLICY: Final = 1008  # RFC 6455: a rule of the endpoint was broken
CLOSE_TRY_AGAIN: Final = 1013

_decode: Final = msgspec.json.Decoder(shapes.Said).decode
_encode: Final = render.encode


class _Heart(Source):
    """A sign of life at every beat."""

    def __init__(self, venue: Venue) -> None:
        super().__init__()
        self._venue = venue
        self.topic = Topic("heartbeat", self, self._sign)

    def tell(self) -> None:
        """Publish one."""
        self.topic.channel.publish(self._sign())

    def _sign(self) -> bytes:
        return _encode(shapes.Heartbeat("heartbeat", time_text(self._venue.clock.now_ns())))


class Stream:
    """What the socket needs for all its connections."""

    def __init__(self, venue: Venue, book_interval_ns: int, requests: Requests) -> None:
        self.venue = venue
        self.requests = requests
        self.accounts = AccountStreams(venue)
        self.failures = FailedAttempts()
        self.heart = _Heart(venue)
        self.beat = PacedFeed(venue, "native heartbeat", HEARTBEAT_NS)
        self._quick = PacedFeed(venue, "native books", book_interval_ns)
        self._calm = PacedFeed(venue, "native tickers", CALM_NS)
        self._sources: dict[str, ChannelSource] = {}
        self._announcements: ChannelSource | None = None

    def feed(self, named: ChannelName) -> PacedFeed:
        """Return the beat that a channel is told at."""
        return self._calm if named.kind in ("tickers", "instruments") else self._quick

    def source(self, text: str, named: ChannelName) -> ChannelSource:
        """Return what a public channel is told from, as it is spelled."""
        found = self._sources.get(text)
        if found is None:
            found = self._sources[text] = self._made(text, named)
        return found

    def _made(self, text: str, named: ChannelName) -> ChannelSource:
        venue, ended, instrument = self.venue, self._forget, named.instrument
        if instrument is None:
            if named.kind == "announcements":
                self._announcements = self._announcements or market.AnnouncementsSource(venue, text, ended)
                return self._announcements
            return (market.tickers if named.kind == "tickers" else market.instruments)(venue, text, ended)
        if named.kind == "book":
            return market.BookSource(venue, text, ended, instrument, named.group)
        if named.kind == "candles":
            return market.CandlesSource(venue, text, ended, instrument, named.resolution)
        if named.kind == "index":
            return market.index(venue, text, ended, instrument)
        trades = market.TradesSource(venue, text, ended, instrument)
        trades.begin()  # what it begins with is at hand between two commits and within them
        trades.is_warm = True
        return trades

    def _forget(self, source: ChannelSource) -> None:
        if self._sources.get(source.channel) is source:  # there may be another one by now
            del self._sources[source.channel]


class StreamSession:
    """A connection."""

    def __init__(self, stream: Stream, connection: Connection) -> None:
        self._stream = stream
        self._venue = stream.venue
        self._connection = connection
        self._heard: dict[str, ChannelName] = {}  # as they are spelled
        self._login: who.Entry | None = pages.by_handshake(stream.venue, connection, self._expelled)
        self._account: AccountStream | None = None
        self._failed_logins = 0
        self._second = 0
        self._messages = 0  # in this second
        self._cancel_after_s = 0
        self._asked = 0  # requests under way
        self._answers: dict[type, Callable[..., None]] = {
            shapes.Subscribe: self._subscribe, shapes.Unsubscribe: self._unsubscribe, shapes.Ping: self._pong,
            shapes.Login: self._log_in, shapes.CancelOnDisconnect: self._cancel_on_disconnect, shapes.Ask: self._ask,
        }  # fmt: skip
        stream.beat.show(connection, stream.heart.topic)

    def received(self, message: str | bytes) -> None:
        """Answer one message."""
        if self._is_too_much():
            self._connection.close(CLOSE_POLICY, "too many messages")
            return
        try:
            said = _decode(message)
        except (msgspec.MsgspecError, UnicodeError, RecursionError) as error:
            self._refuse(Refused(reasons.MALFORMED, detail=str(error)[:200]), UNSET)
            return
        try:
            self._answers[type(said)](said)
        except Refused as refusal:
            self._refuse(refusal, said.id)

    def closed(self) -> None:
        """Forget the connection."""
        for text in list(self._heard):
            self._drop(text)
        self._stream.beat.drop(self._connection, self._stream.heart.topic)
        self._log_out()

    def _is_too_much(self) -> bool:
        second = self._venue.clock.now_ns() // NS_PER_S
        if second != self._second:
            self._second, self._messages = second, 0
        self._messages += 1
        return self._messages > MESSAGES_PER_SECOND_MAX

    def _send(self, message: object) -> None:
        self._connection.send(_encode(message))

    def _refuse(self, refusal: Refused, id: int | UnsetType) -> None:
        reason = refusal.reason
        self._send(shapes.SocketProblem("error", reason.name, reason.title, refusal.message or UNSET, id))

    def _pong(self, said: shapes.Ping) -> None:
        self._send(shapes.Pong("pong", time_text(self._venue.clock.now_ns()), said.id))

    # ── channels ──

    def _subscribe(self, said: shapes.Subscribe) -> None:
        after = {} if isinstance(said.after, UnsetType) else said.after
        accepted: dict[str, list[bytes] | None] = {}  # what was missed; None: a snapshot is needed
        refused: list[shapes.RefusedChannel] = []
        for text in dict.fromkeys(said.channels):
            try:
                self._heard[text] = self._granted(text)
                accepted[text] = self._missed(text, after[text]) if text in after else None
            except Refused as refusal:
                refused.append(shapes.RefusedChannel(text, refusal.reason.name, refusal.reason.title))
        resumed = [text for text, missed in accepted.items() if missed is not None]
        self._send(shapes.Subscribed("subscribed", list(accepted), refused, resumed, said.id))
        for text, missed in accepted.items():
            self._show(text, missed)

    def _granted(self, text: str) -> ChannelName:
        """Return the channel of that name, if it may be heard here. Raises: Refused."""
        named = channel_named(self._venue, text)
        if text not in self._heard and len(self._heard) >= CHANNELS_MAX:
            raise Refused(reasons.TOO_MANY_CHANNELS)
        if named.is_private:
            self._key(Permission.READ)
        return named

    def _key(self, permission: Permission) -> ApiKey:
        """Return the key that is logged in. Raises: Refused when there is none, or it lacks *permission*."""
        if self._login is None:
            raise Refused(reasons.UNAUTHENTICATED)
        key = self._login.key
        if not key.permissions & permission:
            raise Refused(reasons.FORBIDDEN)
        return key

    def _missed(self, text: str, after: int) -> list[bytes] | None:
        named = self._heard[text]
        if named.is_private:
            return self._of_account().missed(named.kind, after)
        missed = self._stream.source(text, named).missed(after)
        return None if missed is None else [missed] if missed else []

    def _of_account(self) -> AccountStream:
        assert self._login is not None, "a private channel is granted to who is logged in"
        if self._account is None:
            self._account = self._stream.accounts.enter(self._login.key.account)
        return self._account

    def _show(self, text: str, missed: list[bytes] | None) -> None:
        """Send what was missed, or else a snapshot, and follow the channel from there."""
        named = self._heard[text]
        if named.is_private:
            account = self._of_account()
            if missed is None:
                self._connection.spawn(self._show_account(account, named.kind))
            else:
                self._follow(account.channel(named.kind), missed)
            return
        source = self._stream.source(text, named)
        if missed is None:
            self._stream.feed(named).show(self._connection, source.topic)
        else:
            self._follow(source.topic.channel, missed)

    def _follow(self, channel: Channel, missed: Sequence[bytes]) -> None:
        for payload in missed:
            self._connection.send(payload)
        self._connection.leave(channel)
        self._connection.join(channel)

    async def _show_account(self, account: AccountStream, kind: str) -> None:
        def show(machine: Machine) -> None:
            if self._account is account and kind in self._heard:  # it may have been left meanwhile
                self._follow(account.channel(kind), [account.snapshot(machine, kind)])

        try:
            await self._venue.sequencer.read(show)
        except ServiceError:
            self._connection.close(CLOSE_TRY_AGAIN, "busy")

    def _unsubscribe(self, said: shapes.Unsubscribe) -> None:
        left = [text for text in dict.fromkeys(said.channels) if text in self._heard]
        for text in left:
            self._drop(text)
        self._send(shapes.Unsubscribed("unsubscribed", left, said.id))

    def _drop(self, text: str) -> None:
        named = self._heard.pop(text)
        if not named.is_private:
            self._stream.feed(named).drop(self._connection, self._stream.source(text, named).topic)
        elif self._account is not None:
            self._connection.leave(self._account.channel(named.kind))

    # ── logins ──

    def _log_in(self, said: shapes.Login) -> None:
        host, now_ns = self._connection.client_host, self._venue.clock.now_ns()
        if self._stream.failures.wait_ns(host, now_ns):
            raise Refused(reasons.RATE_LIMITED)
        try:
            key = who.proven(self._venue, said.key, said.timestamp, said.signature, host, PATH)
        except Unauthenticated as error:
            self._stream.failures.note(host, now_ns)
            self._failed_logins += 1
            if self._failed_logins >= FAILED_LOGINS_MAX:
                self._connection.close(CLOSE_POLICY, "too many failed logins")
            raise _as_refused(error) from error
        self._log_out()
        self._login = Login(self._venue, self._connection, key, self._expelled)
        self._send(shapes.LoggedIn("logged_in", said.id))

    def _expelled(self) -> None:
        """Log out and say so: the key no longer holds."""
        self._log_out()
        self._send(shapes.LoggedOut("logged_out"))

    def _log_out(self) -> None:
        self._cancel_after_s = 0
        for text in [text for text, named in self._heard.items() if named.is_private]:
            self._drop(text)
        if self._account is not None:
            self._stream.accounts.leave(self._account)
            self._account = None
        if self._login is not None:
            self._login.close()
            self._login = None

    # ── requests ──

    def _ask(self, said: shapes.Ask) -> None:
        if self._login is None:
            raise Refused(reasons.UNAUTHENTICATED)
        if self._asked >= ASKED_MAX:
            raise Refused(reasons.RATE_LIMITED, detail=f"{ASKED_MAX} requests are under way")
        self._asked += 1
        self._connection.spawn(self._answer(self._login, said))

    async def _answer(self, login: who.Entry, said: shapes.Ask) -> None:
        def recheck() -> None:
            if self._login is not login:
                raise Unauthenticated("logged out meanwhile")

        try:
            answer = self._stream.requests.answer(self._venue, login.key, said, self._connection.client_host, recheck)
            self._connection.send(await answer)
        finally:
            self._asked -= 1

    # ── orders of who is gone ──

    def _cancel_on_disconnect(self, said: shapes.CancelOnDisconnect) -> None:
        account = self._key(Permission.TRADING).account
        is_running = self._cancel_after_s > 0
        self._cancel_after_s = said.seconds
        if not is_running:
            self._connection.spawn(self._keep_orders(account))
        self._send(shapes.CancelOnDisconnectSet("cancel_on_disconnect", said.seconds, said.id))

    async def _keep_orders(self, account: int) -> None:
        """Set the dead-man timer again and again for as long as the connection lives; take it off when that is taken back."""
        while True:
            seconds = self._cancel_after_s
            with suppress(ServiceError):  # tried again in time: the timer has as long left as it was set for
                await self._venue.trading.cancel_all_after(account, seconds * NS_PER_S)
            if not seconds or self._login is None:
                return
            await self._venue.clock.sleep_until_ns(self._venue.clock.now_ns() + seconds * NS_PER_S // 4)


def _as_refused(error: Refusal) -> Refused:
    return error if isinstance(error, Refused) else Refused(reasons.UNAUTHENTICATED, detail=error.message)


class StreamSocket:
    """The socket: its stream is made with the first connection, when there is a venue."""

    def __init__(self, book_interval_ns: int, requests: Requests) -> None:
        self._make = partial(Stream, book_interval_ns=book_interval_ns, requests=requests)
        self._streams: dict[int, Stream] = {}

    def open(self, venue: Venue, connection: Connection) -> StreamSession:
        """Return the session of a new connection."""
        stream = self._streams.get(id(venue))
        if stream is None or stream.venue is not venue:
            stream = self._make(venue)
            self._streams = {id(venue): stream}
        return StreamSession(stream, connection)
