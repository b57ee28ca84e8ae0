"""WebSockets: from the handshake to the last word of a session. What is sent goes through an Outbox, never through ASGI."""

from __future__ import annotations

import asyncio
import logging
from collections.abc import Callable
from functools import partial
from typing import TYPE_CHECKING, Any, Final

from bedesten.dialects.addresses import Tally, network_of
from bedesten.dialects.contract import Dialect, Reply, SocketRoute
from bedesten.dialects.refusals import NotFound, RateLimited, Refusal, Unavailable
from bedesten.server.fanout import Outbox, Writer
from bedesten.server.http import COOKIE, Receive, Scope, Send, is_foreign
from bedesten.server.limits import Limiter
from bedesten.server.nesting import is_too_deep
from bedesten.server.protocol import SCOPE_KEY
from bedesten.server.routing import RoutingTable
from bedesten.server.settings import ServerSettings
from bedesten.server.socket_protocol import SocketProtocol
from bedesten.server.stage import Stage, StagedOutbox
from bedesten.server.traffic import Traffic

if TYPE_CHECKING:
    from bedesten.services.venue import Venue

BURST: Final = 32  # messages of one connection before the others get their turn
TOO_DEEP: Final = 1008  # RFC 6455: against a policy
RETRY_AFTER_S: Final = 60  # of an address that has too many connections

_log = logging.getLogger("bedesten.server.sockets")


class Sockets:
    """Every open WebSocket."""

    def __init__(
        self,
        venue: Venue,
        table: RoutingTable,
        settings: ServerSettings,
        limiter: Limiter,
        refuse: Callable[[Scope, Refusal, Dialect | None], Reply],
        traffic: Traffic,
        stage: Stage | None = None,
    ) -> None:
        self._venue = venue
        self._table = table
        self._settings = settings
        self._limiter = limiter
        self._refuse = refuse
        self._traffic = traffic
        self._stage = stage
        self._writer: Writer | None = None  # made with the first connection: then there is a loop
        self._open = 0
        self._by_address = Tally(settings.sockets_per_address_max)

    async def serve(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Serve one connection until it ends."""
        address = scope["client"][0] if scope["client"] else ""
        found = self._table.socket(scope["path"])
        refusal = None if found is None else self._refusal(*found, address)
        if refusal is not None or found is None:
            owner = None if found is None else found[0]
            await _reject(send, self._refuse(scope, refusal or NotFound("no such WebSocket"), owner))
            return
        path = found[1].path
        self._traffic.sockets_opened += 1
        self._traffic.sockets[path] += 1
        try:
            await self._converse(found[1], address, scope, receive, send)
        finally:
            self._open -= 1
            self._by_address.leave(address)
            self._traffic.sockets[path] -= 1

    async def _converse(self, route: SocketRoute, address: str, scope: Scope, receive: Receive, send: Send) -> None:
        await receive()  # websocket.connect
        protocol: SocketProtocol = scope["extensions"][SCOPE_KEY]()
        if route.keepalive is not None and (self._stage is None or not self._stage.is_held):
            protocol.keep_alive(route.keepalive)
        await send({"type": "websocket.accept"})
        outbox = self._outbox(protocol, route, address, scope)
        session: Any = None
        try:
            session = route.open(self._venue, outbox)
            await _listen(session, outbox, receive, self._stage)
        except Exception:  # noqa: BLE001  # the top of a connection
            _log.exception("the session of %s on %s failed", address, route.path)
            outbox.close(1011, "internal error")
            await _until_gone(receive)
        finally:
            outbox.gone()
            if session is not None:
                session.closed()

    def _outbox(self, protocol: SocketProtocol, route: SocketRoute, address: str, scope: Scope) -> Outbox:
        if self._writer is None:
            self._writer = Writer(asyncio.get_running_loop(), self._traffic)
        headers = scope["headers"]
        if is_foreign(dict(headers), self._settings.cors_origins):
            headers = [header for header in headers if header[0] != COOKIE]
        make = Outbox if self._stage is None else partial(StagedOutbox, self._stage)
        return make(
            protocol,
            self._writer,
            client_host=address,
            path=scope["path"],
            headers=headers,
            on_overflow=route.on_overflow,
        )

    def _refusal(self, dialect: Dialect, route: SocketRoute, address: str) -> Refusal | None:
        staged = None if self._stage is None else self._stage.refuse_socket(dialect.name, route.path)
        return staged or self._too_fast(dialect, route, address) or self._enter(address)

    def _enter(self, address: str) -> Refusal | None:
        """Count one more connection; return why it may not be."""
        if self._open >= self._settings.sockets_max:
            return Unavailable("too many connections")
        if not self._by_address.enter(address):
            return RateLimited("too many connections from this address", RETRY_AFTER_S)
        self._open += 1
        return None

    def _too_fast(self, dialect: Dialect, route: SocketRoute, address: str) -> Refusal | None:
        if not route.limit:
            return None
        name, limit, now_ns = f"{dialect.name}/{route.limit}", dialect.limits[route.limit], self._venue.clock.now_ns()
        network = network_of(address)
        try:
            self._limiter.admit(name, limit, who=network, address=network, endpoint=route.path, now_ns=now_ns)
        except RateLimited as refusal:
            return refusal
        return None


async def _listen(session: Any, outbox: Outbox, receive: Receive, stage: Stage | None) -> None:
    taken = 0
    while True:
        message = await receive()
        if message["type"] == "websocket.disconnect":
            return
        text = message.get("text")
        if is_too_deep(message["bytes"] if text is None else text.encode(errors="replace")):
            outbox.close(TOO_DEEP, "nested too deeply")
            continue
        if isinstance(outbox, StagedOutbox):
            outbox.heard(message["bytes"] if text is None else text.encode(errors="replace"))
        session.received(message["bytes"] if text is None else text)
        if stage is not None:
            await stage.settled()
        taken += 1
        if taken % BURST == 0:
            await asyncio.sleep(0)  # receive() does not wait while messages lie in its queue


async def _until_gone(receive: Receive) -> None:
    while (await receive())["type"] != "websocket.disconnect":
        pass


async def _reject(send: Send, reply: Reply) -> None:
    headers = [*reply.headers]
    await send({"type": "websocket.http.response.start", "status": reply.status, "headers": headers})
    await send({"type": "websocket.http.response.body", "body": reply.body})
