"""The short way of a request: a known endpoint is answered before uvicorn builds a scope, an event and a cycle for it.

Parsing, limits, pipelining and life cycle stay uvicorn's; a request on the short way stands in the place of its cycle. Only the
plain case goes this way: HTTP/1.1, a path without parameters, a body of announced and allowed size, nothing else under way on
the connection. Everything else, and everything behind trusted proxies, takes uvicorn's way to the same application.
"""

from __future__ import annotations

from typing import Any, Final

from uvicorn.protocols.http.httptools_impl import HttpToolsProtocol

from bedesten.dialects.contract import Reply, Request
from bedesten.server.app import App
from bedesten.server.protocol import HttpProtocol, ServedState
from bedesten.server.routing import Route
from bedesten.server.stage import Cut


class _Nobody:
    """Stands for a cycle's event: no code waits for parts of a request on the direct path."""

    def set(self) -> None:
        pass


class Exchange:
    """A request on the short way and its answer: what uvicorn's protocol looks at in a cycle."""

    __slots__ = ("body", "disconnected", "keep_alive", "request", "response_complete", "route", "task")
    message_event: Final = _Nobody()
    response_started: Final = False  # it is written whole

    def __init__(self, route: Route, request: Request, keep_alive: bool) -> None:
        self.route = route
        self.request = request
        self.keep_alive = keep_alive
        self.body = b""
        self.disconnected = False
        self.response_complete = False
        self.task: Any = None


class DirectProtocol(HttpProtocol):
    """HTTP/1.1 that hands plain requests for known endpoints straight to the application."""

    def __init__(self, *given: Any, **named: Any) -> None:
        super().__init__(*given, **named)
        self._exchange: Exchange | None = None  # the one being received
        assert isinstance(self.app, App), "behind proxies, whose headers tell the client's address, uvicorn wraps it"
        self._application = self.app
        self._routes = self.app.routes

    def on_message_begin(self) -> None:
        self.url = b""
        self.headers = []
        self.expect_100_continue = False
        self._begin()

    def on_headers_complete(self) -> None:
        if (exchange := self._short_way()) is not None:
            self._refuse_large_head()
            self._in_head = False
            self._unanswered += 1
            self._exchange = exchange
            self.cycle = exchange  # type: ignore[assignment]
            return
        url, headers, expects = self.url, self.headers, self.expect_100_continue
        HttpToolsProtocol.on_message_begin(self)
        self.url, self.expect_100_continue = url, expects
        self.headers.extend(headers)
        super().on_headers_complete()

    def on_body(self, body: bytes) -> None:
        if self._exchange is None:
            super().on_body(body)
        else:
            self._count_body(len(body))
            self._exchange.body += body

    def on_message_complete(self) -> None:
        exchange = self._exchange
        if exchange is None:
            super().on_message_complete()
            return
        self._exchange = None
        self.receiving_since = 0.0
        exchange.request.body = exchange.body
        exchange.task = self.loop.create_task(self._serve(exchange))
        self.tasks.add(exchange.task)

    def _short_way(self) -> Exchange | None:
        path, _, query = self.url.partition(b"?")
        parser, before = self.parser, self.cycle
        route = self._routes.get((parser.get_method(), path))
        if route is None or not (before is None or before.response_complete) or self.expect_100_continue:
            return None
        if parser.should_upgrade() or parser.get_http_version() != "1.1" or b"#" in query or self._is_full():
            return None
        request = self._application.request(
            route.endpoint.method, route.endpoint.path, query, self.headers, self.client
        )
        by_name = request.by_name
        announced = by_name.get(b"content-length")
        if b"transfer-encoding" in by_name or (announced and int(announced) > self._application.body_bytes_max):
            return None
        return Exchange(route, request, parser.should_keep_alive())

    def _is_full(self) -> bool:
        most = self.limit_concurrency
        return most is not None and (len(self.connections) >= most or len(self.tasks) >= most)

    async def _serve(self, exchange: Exchange) -> None:
        try:
            reply = await self._application.reply(exchange.route, exchange.request)
            while self.flow.write_paused and not exchange.disconnected:
                await self.flow.drain()
            # a connection that ends tells its newest cycle only, and this one may have requests behind it
            if not exchange.disconnected and not self.transport.is_closing():
                self._answer(exchange, reply)
        except Cut as cut:
            cut.end(self.transport)
        finally:
            self.tasks.discard(exchange.task)  # here: as a callback of the task it would be one more turn of the loop

    def _answer(self, exchange: Exchange, reply: Reply) -> None:
        length = b"content-length: %d\r\n" % len(reply.body) if reply.status != 204 else b""
        end = b"\r\n" if exchange.keep_alive else b"connection: close\r\n\r\n"
        state = self.server_state
        assert isinstance(state, ServedState), "run.py makes it"
        head = state.heads.of(state.default_headers, reply.status, reply.headers)
        id_line = b"x-request-id: %b\r\n" % exchange.request.request_id.encode()
        self.transport.write(b"".join((head, id_line, length, end, reply.body)))
        exchange.response_complete = True
        if not exchange.keep_alive:
            self.transport.close()
        self.on_response_complete()
