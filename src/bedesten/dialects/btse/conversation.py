"""What both spot sockets have in common: text pings, the idle time-out, reading requests, and limits per address.

Owns nothing that is subscribed to. Invariant: `received` never raises for anything a client sends; what is not a request is
handed to `malformed`, and what is too much is left out.

Source: BTSE spot API, "Ping/Pong" and "Subscription" (https://btsecom.github.io/docs/spotV3_3/en/), read 2026-11-20; the idle
time-out and the limits are how the venue behaves.
"""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Final

import msgspec

from bedesten.dialects.addresses import FailedAttempts, Tally
from bedesten.dialects.btse.topics import PONG

if TYPE_CHECKING:
    from bedesten.clock import Clock
    from bedesten.dialects.contract import Connection

IDLE_NS_MAX: Final = 60_000_000_000  # without a ping or a subscription; the venue drops such a connection
ARGUMENTS_MAX: Final = 500  # in one request: far above the 100 topics a connection may have
CLOSE_POLICY: Final = 1008  # RFC 6455: a rule of the endpoint was broken

_NUMBER: Final = re.compile(rb"-?\d{1,20}", re.ASCII)


class SocketLimits(msgspec.Struct, frozen=True, kw_only=True):
    """How much one client may ask of the sockets; the venue's own figures unless the operator says otherwise."""

    topics_max: int = 100  # per connection
    connections_per_address_max: int = 50


#: What clients send to keep a connection: the venue's word in any case, also as JSON, and Engine.IO's number for it.
KEEPALIVES: Final = frozenset({"ping", "2"})
KEEPALIVE_CHARS_MAX: Final = 16  # of a message that may be a keepalive in another spelling


class Operation(msgspec.Struct):
    """A request. args keep their JSON: a nonce may be a number and is signed as it was written."""

    op: str
    args: list[msgspec.Raw] | None = None


class Addresses:
    """Who may open one more connection: not too many from an address, and none for a minute after too many failed logins."""

    def __init__(self, clock: Clock, connections_max: int) -> None:
        self._clock = clock
        self._open = Tally(connections_max)
        self._failures = FailedAttempts()

    def enter(self, host: str) -> bool:
        """Count one more connection from *host*, unless it may not have one."""
        return not self._failures.wait_ns(host, self._clock.now_ns()) and self._open.enter(host)

    def leave(self, host: str) -> None:
        """Count one connection less."""
        self._open.leave(host)

    def note_failed_login(self, host: str) -> None:
        """Count a login that proved nothing."""
        self._failures.note(host, self._clock.now_ns())


class Refused:
    """The session of a connection too many: it has been closed, and nobody listens."""

    def __init__(self, connection: Connection) -> None:
        connection.close(CLOSE_POLICY, "too many connections from this address")

    def received(self, message: str | bytes) -> None:
        """Ignore what was sent before the close arrived."""

    def closed(self) -> None:
        """Nothing was opened."""


class Conversation:
    """One connection's requests. Subclasses keep `topics` and answer operations."""

    def __init__(self, clock: Clock, connection: Connection, addresses: Addresses) -> None:
        self.connection = connection
        self.topics: dict[str, None] = {}  # what was acknowledged, as the client spelled it, oldest first
        self._clock = clock
        self._addresses = addresses
        self._heard_ns = clock.now_ns()
        connection.spawn(self._drop_when_idle())

    def received(self, message: str | bytes) -> None:
        """Answer one message."""
        if isinstance(message, bytes):
            self.malformed()
            return
        if message == "ping" or (
            len(message) <= KEEPALIVE_CHARS_MAX and message.strip().strip('"').lower() in KEEPALIVES
        ):
            self.pong()
            return
        try:
            operation = _decoder.decode(message)
        except (msgspec.MsgspecError, UnicodeError, RecursionError):
            self.malformed()
            return
        if operation.args is not None and len(operation.args) > ARGUMENTS_MAX:
            self.malformed()
            return
        self.operate(operation.op, operation.args or [])

    def operate(self, name: str, arguments: list[msgspec.Raw]) -> None:
        """Answer the operation *name*."""
        raise NotImplementedError

    def malformed(self) -> None:
        """Answer what is not a request."""
        raise NotImplementedError

    def closed(self) -> None:
        """Forget the connection."""
        self.topics.clear()
        self._addresses.leave(self.connection.client_host)

    def pong(self) -> None:
        """Answer a ping."""
        self.heard()
        self.connection.send(PONG)

    def heard(self) -> None:
        """Count the idle time from now."""
        self._heard_ns = self._clock.now_ns()

    async def _drop_when_idle(self) -> None:
        """Close the connection once it has had neither a subscription nor a ping for too long."""
        while True:
            now_ns = self._clock.now_ns()
            if self.topics:
                self._heard_ns = now_ns
            if now_ns - self._heard_ns >= IDLE_NS_MAX:
                self.connection.close(1000, "idle")
                return
            await self._clock.sleep_until_ns(self._heard_ns + IDLE_NS_MAX)


def text_of(argument: msgspec.Raw) -> str | None:
    """Return a JSON string's text or a whole number's digits; None for anything else."""
    written = bytes(argument)
    if _NUMBER.fullmatch(written):
        return written.decode()
    if not written.startswith(b'"'):
        return None
    try:
        return msgspec.json.decode(written, type=str)
    except (msgspec.MsgspecError, UnicodeError):
        return None


_decoder: Final = msgspec.json.Decoder(Operation)
