"""The ASGI application: finds the endpoint, lets its dialect say who asks, calls the service, sends the answer.

Every answer has a documented shape: the dialect's, or the house's where no dialect owns the path. An unexpected exception is
logged under the request's id and rendered as the dialect's system error. Invariant: a request is answered once, whatever happens
on the way.
"""

from __future__ import annotations

import asyncio
import logging
from collections.abc import Mapping, MutableMapping, Sequence
from functools import partial
from itertools import count
from typing import TYPE_CHECKING, Any, Final

import msgspec

from bedesten.dialects.addresses import FailedAttempts, network_of
from bedesten.dialects.contract import JSON, Dialect, Endpoint, Limit, Reply, Request
from bedesten.dialects.refusals import (
    BodyTooLarge,
    Forbidden,
    Malformed,
    MethodNotAllowed,
    NotFound,
    RateLimited,
    Refusal,
    SystemFailure,
    Unauthenticated,
    Unavailable,
    refusal_of,
)
from bedesten.dialects.texts import check_texts
from bedesten.server.forwarded import Forwarded
from bedesten.server.health import Health
from bedesten.server.http import (
    COOKIE,
    REQUEST_ID,
    ClientGone,
    Headers,
    Receive,
    Scope,
    Send,
    cors_headers,
    is_foreign,
    is_of_a_site,
    preflight_headers,
    read_body,
    send_reply,
)
from bedesten.server.limits import Limiter, Unlimited, Who
from bedesten.server.logs import request_id
from bedesten.server.metrics import readers
from bedesten.server.nesting import JSON_DEPTH_MAX, is_too_deep
from bedesten.server.pages import Document, FiguresPages, make_pages, price_rows
from bedesten.server.replays import Replays
from bedesten.server.routing import Route, RoutingTable
from bedesten.server.settings import ServerSettings
from bedesten.server.sockets import Sockets
from bedesten.server.stage import Answer, Cut, Stage, cut_off
from bedesten.server.traffic import Traffic
from bedesten.services import authority
from bedesten.services.chance import SYSTEM
from bedesten.services.errors import Overloaded, StoreFailure

if TYPE_CHECKING:
    from bedesten.services.store_types import ApiKey
    from bedesten.services.venue import Venue

_log = logging.getLogger("bedesten.server.app")
NS_PER_S: Final = 1_000_000_000
PENDING_MAX: Final = (
    256  # requests of one account (an address, of a public endpoint) under way: 1/64 of the sequencer's queue
)
_access = logging.getLogger("bedesten.access")
_NOTHING: Final[Mapping[str, str]] = {}
_encode: Final = msgspec.json.Encoder().encode

UPLOADS_MAX: Final = 32  # large bodies at a time, before it is known who sends them: 200 MB at the most


class App:
    """One port for every dialect."""

    def __init__(
        self,
        venue: Venue,
        dialects: Sequence[Dialect],
        *,
        settings: ServerSettings | None = None,
        health: Health | None = None,
        documents: Mapping[str, Document] | None = None,  # more JSON documents by path: {"/demo": …}
        traffic: Traffic | None = None,
        metrics: Document | None = None,  # in Prometheus' text format
        stage: Stage | None = None,  # a sandbox's
    ) -> None:
        self._venue = venue
        self._clock = venue.clock
        self._dialects = dialects
        self._settings = settings or ServerSettings()
        if self._settings.has_access_log:
            _access.setLevel(logging.INFO)  # whatever the level of the other loggers
        self.body_bytes_max = self._settings.body_bytes_max
        self._forwarded = Forwarded(self._settings.trusted_proxies)
        self._scheme = "https" if self._settings.is_behind_tls else "http"
        self._table = RoutingTable(dialects)
        self.traffic = traffic or Traffic()
        self.stage = stage
        #: what answers a whole request: the endpoint, or the refusal
        self.reply: Answer = self._reply if stage is None else partial(stage.reply, self._reply, self._refuse)
        self._is_limited = stage is None or stage.is_limited
        self._limiter = Limiter(self.traffic) if self._is_limited else Unlimited()
        self._failures = FailedAttempts()
        self._replays = Replays(venue.clock.stamped_ns())
        self._pending: dict[Who, int] = {}  # requests under way
        self._may_drive = readers(self._settings.sandbox_from)
        may_read = readers(self._settings.metrics_from)
        figures = FiguresPages(health or Health(), metrics, may_read)
        self._pages = make_pages(
            dialects, figures, documents or {}, prices=partial(price_rows, venue), not_found=self._not_found
        )
        self._sockets = Sockets(
            venue, self._table, self._settings, self._limiter, self.refuse_socket, self.traffic, stage
        )
        #: so that ids of two runs of the server do not meet in one log
        self._id_prefix = stage.id_prefix if stage else SYSTEM(4).hex()
        self._ids = count(1)
        self._uploads = 0  # large bodies that are being received

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Serve one request, one WebSocket or the server's life."""
        kind = scope["type"]
        if kind != "lifespan":
            scope["scheme"] = self._scheme if kind == "http" else self._scheme.replace("http", "ws")
            self._forwarded.apply(scope)
        if kind == "http":
            await self._http(scope, receive, send)
        elif kind == "websocket":
            await self._sockets.serve(scope, receive, send)
        else:
            await _live(receive, send)

    @property
    def routes(self) -> Mapping[tuple[bytes, bytes], Route]:
        """The endpoints without path parameters, by method and path as they stand on the wire."""
        return self._table.plain

    def renew_limits(self, limits: Mapping[str, Mapping[str, Limit]]) -> None:
        """Limit requests like this from now on: by dialect and class of requests. What was counted starts anew."""
        for dialect in self._dialects:
            dialect.limits = limits.get(dialect.name, dialect.limits)
        self._table.renew_limits()
        self._limiter.forget()

    async def _http(self, scope: Scope, receive: Receive, send: Send) -> None:
        route, path_params = self._table.find(scope["method"], scope["path"])
        if route is None:
            await self._elsewhere(scope, receive, send)
            return
        request = self._request(scope, path_params)
        try:
            request.body = await self._body(scope, request, route.endpoint, receive)
        except ClientGone:
            return
        except (BodyTooLarge, Unavailable) as error:
            await self._send(scope, send, self._refuse(route.dialect, route.endpoint, request, error), request)
            return
        try:
            reply = await self.reply(route, request)
        except Cut as cut:
            cut_off(scope, cut)
            return
        await send_reply(scope, send, reply, request.request_id)

    async def _body(self, scope: Scope, request: Request, endpoint: Endpoint, receive: Receive) -> bytes:
        large = endpoint.body_bytes_max
        if not large:
            return await read_body(scope, request.by_name, receive, bytes_max=self.body_bytes_max)
        if self._uploads >= UPLOADS_MAX:
            raise Unavailable("busy; try again")
        self._uploads += 1
        try:
            return await read_body(scope, request.by_name, receive, bytes_max=large)
        finally:
            self._uploads -= 1

    async def _reply(self, route: Route, request: Request) -> Reply:
        request_id.set(request.request_id)
        try:
            if COOKIE in request.by_name and is_foreign(request.by_name, self._settings.cors_origins):
                request.forget(COOKIE)
            if self.stage is not None and self.stage.is_steered_by(route):
                self._check_driver(request)
            if route.permission is not None:
                self._authenticate(route, request)
            # the account, not the key: more keys are not more requests
            network = network_of(request.client_host)
            who = network if request.key is None else request.key.account
            self._admit(route, request, who, network)
            reply = await self._call(route, request, who)
        except Exception as error:  # noqa: BLE001  # the top of a request
            reply = self._refuse(route.dialect, route.endpoint, request, error)
        except asyncio.CancelledError:  # the server stops before the answer was there; the task ends here anyway
            unknown = Unavailable("stopping; the outcome is unknown", is_outcome_unknown=True)
            reply = self._refuse(route.dialect, route.endpoint, request, unknown)
        authority.let_go()
        if self._settings.cors_origins:
            reply.headers = [*reply.headers, *cors_headers(request.headers, self._settings.cors_origins)]
        took_ns = self._clock.now_ns() - request.received_ns
        self.traffic.note_answer(route.dialect.name, reply.status, took_ns)
        if self._settings.has_access_log:
            self._log_access(request, reply.status, took_ns)
        return reply

    def _check_driver(self, request: Request) -> None:
        own_port = 0 if self._settings.trusted_proxies else 1  # where a proxy is believed, the address is the client's
        if not self._may_drive(request.client_host, own_port, request.headers):
            raise Forbidden(f"{request.client_host} may not drive this sandbox; --sandbox-from names who may")
        if is_of_a_site(request.by_name, self._settings.cors_origins):
            raise Forbidden("a sandbox is driven by no page of a site; --cors-origin names those that may")

    def _log_access(self, request: Request, status: int, took_ns: int) -> None:
        if self._settings.has_access_log:
            _access.info(
                "%s %s %s %d %.1f ms", request.client_host, request.method, request.path, status, took_ns / 1e6
            )

    def _authenticate(self, route: Route, request: Request) -> None:
        host, now_ns = request.client_host, request.received_ns
        if self._is_limited and (wait_ns := self._failures.wait_ns(host, now_ns)):
            raise RateLimited("too many failed attempts from this address", -(-wait_ns // NS_PER_S), is_by_address=True)
        try:
            key = request.key = route.authenticate(self._venue, request, route.endpoint)
        except Unauthenticated:
            self._failures.note(host, now_ns)
            self._admit(route, request, None, network_of(host))
            raise
        authority.act_on(partial(self._look_again, route, request, key))

    def _look_again(self, route: Route, request: Request, key: ApiKey) -> None:
        """Refuse a request that was let in, when it would not be let in any more: at what cannot be taken back."""
        if self._venue.keys.find(key.key) is not key or (key.expires_ns and key.expires_ns <= self._clock.now_ns()):
            route.authenticate(self._venue, request, route.endpoint)

    async def _call(self, route: Route, request: Request, who: Who) -> Reply:
        if is_too_deep(request.body):
            raise Malformed(f"JSON within JSON, more than {JSON_DEPTH_MAX} deep")
        pending = self._pending
        count = pending.get(who, 0)
        if count >= PENDING_MAX:
            raise RateLimited("too many requests at once", 1)
        pending[who] = count + 1
        try:
            form = route.decode(route.endpoint, request)
            check_texts(request, form)
            if route.endpoint.once:
                result = await self._called_once(route, request, form)
            else:
                result = await route.call(self._venue, request, form)
        finally:
            if pending[who] == 1:
                del pending[who]
            else:
                pending[who] -= 1
        return result if type(result) is Reply else Reply(200, _encode(result))

    async def _called_once(self, route: Route, request: Request, form: Any) -> Any:
        self._replays.admit(request)
        try:
            return await route.call(self._venue, request, form)
        except (Overloaded, Unavailable) as error:
            if not getattr(error, "is_outcome_unknown", False):
                self._replays.forget(request)  # nothing was done, and the answer says so
            raise

    def _admit(self, route: Route, request: Request, who: Who | None, network: str) -> None:
        if route.limit is not None:
            self._limiter.admit(
                route.limit_name, route.limit, who=who, address=network, endpoint=route.name,
                now_ns=request.received_ns,
            )  # fmt: skip

    async def _elsewhere(self, scope: Scope, receive: Receive, send: Send) -> None:
        if self.stage is not None and self.stage.faults.is_outage:
            cut_off(scope, Cut())
            return
        allowed = self._table.methods(scope["path"])
        if allowed and scope["method"] == "OPTIONS":
            headers: Headers = [(b"allow", ", ".join(allowed).encode())]
            if cors_headers(scope["headers"], self._settings.cors_origins):
                headers += preflight_headers(scope["headers"], allowed)
            await self._send(scope, send, Reply(204, b"", headers), self._request(scope, {}))
        elif allowed or any(dialect.owns(scope["path"]) for dialect in self._dialects):
            await self._not_found(scope, receive, send)
        else:
            await self._page(scope, receive, send)

    async def _page(self, scope: Scope, receive: Receive, send: Send) -> None:
        request = self._request(scope, {})

        async def send_known(message: MutableMapping[str, Any]) -> None:
            if message["type"] == "http.response.start" and all(name != REQUEST_ID for name, _ in message["headers"]):
                message["headers"] = [*message["headers"], (REQUEST_ID, request.request_id.encode())]
                self._log_access(request, message["status"], self._clock.now_ns() - request.received_ns)
            await send(message)

        await self._pages(scope, receive, send_known)

    async def _not_found(self, scope: Scope, receive: Receive, send: Send) -> None:
        request = self._request(scope, {})
        await self._send(scope, send, self._refuse_path(scope["path"], request, None), request)

    async def _send(self, scope: Scope, send: Send, reply: Reply, request: Request) -> None:
        if self._settings.cors_origins:
            reply.headers = [*reply.headers, *cors_headers(scope["headers"], self._settings.cors_origins)]
        self._log_access(request, reply.status, self._clock.now_ns() - request.received_ns)
        await send_reply(scope, send, reply, request.request_id)

    def refuse_socket(self, scope: Scope, error: Refusal, owner: Dialect | None) -> Reply:
        """Return the refusal of a WebSocket that was not opened; *owner*: who speaks at its path."""
        request = self._request(scope, {})
        reply = self._refuse_path(scope["path"], request, error, owner)
        reply.headers = [*reply.headers, (REQUEST_ID, request.request_id.encode())]
        return reply

    def _refuse_path(self, path: str, request: Request, error: Refusal | None, owner: Dialect | None = None) -> Reply:
        # *error* None: the path or its method is unknown
        if error is None:
            allowed = self._table.methods(path)
            error = MethodNotAllowed("method not allowed", allowed) if allowed else NotFound("no such path")
        owner = owner or next((dialect for dialect in self._dialects if dialect.owns(path)), None)
        return self._refuse(owner, None, request, error)

    def request(
        self, method: str, path: str, query: bytes, headers: Headers, client: tuple[str, int] | None,
        path_params: Mapping[str, str] = _NOTHING, scheme: str = "",
    ) -> Request:  # fmt: skip
        """Return a request whose body is still to come."""
        return Request(
            method=method,
            path=path,
            query_string=query,
            headers=headers,
            client_host=client[0] if client else "",
            scheme=scheme or self._scheme,
            path_params=path_params,
            received_ns=self._clock.now_ns(),
            stamped_ns=None if self.stage is None else self.stage.stamped_ns(),
            request_id=f"{self._id_prefix}-{next(self._ids):x}",
        )

    def _request(self, scope: Scope, path_params: Mapping[str, str]) -> Request:
        method, headers = scope.get("method", "GET"), scope["headers"]
        request = self.request(
            method, scope["path"], scope["query_string"], headers, scope["client"], path_params, scope["scheme"]
        )
        request_id.set(request.request_id)
        return request

    def _refuse(
        self, dialect: Dialect | None, endpoint: Endpoint | None, request: Request, error: BaseException
    ) -> Reply:
        refusal = self._translate(request, error)
        self.traffic.refusals[dialect.name if dialect else "house", type(refusal).__name__] += 1
        try:
            reply = _house_shape(refusal) if dialect is None else dialect.render_error(request, endpoint, refusal)
        except Exception:  # noqa: BLE001  # still the top of a request: even the dialect's error page may be broken
            _log.exception("request %s: the error could not be rendered", request.request_id)
            reply = _house_shape(refusal)
        present = {name for name, _ in reply.headers}
        more = [header for header in _error_headers(refusal) if header[0] not in present]
        return Reply(reply.status, reply.body, [*reply.headers, *more])

    def _translate(self, request: Request, error: BaseException) -> Refusal:
        if isinstance(error, StoreFailure):
            _log.error("request %s %s %s: %s", request.request_id, request.method, request.path, error)
        if (refusal := refusal_of(error)) is not None:
            return refusal
        _log.error("request %s %s %s failed", request.request_id, request.method, request.path, exc_info=error)
        return SystemFailure(f"System error (request {request.request_id})")


def _error_headers(refusal: Refusal) -> Headers:
    if isinstance(refusal, RateLimited):
        return [(b"retry-after", b"%d" % refusal.retry_after_s)]
    if isinstance(refusal, MethodNotAllowed):
        return [(b"allow", ", ".join(refusal.allowed).encode())]
    return []


def _house_shape(refusal: Refusal) -> Reply:
    # Where no dialect speaks. A failure of the venue is a 503, which no client takes as the outcome of its request.
    status = 503 if isinstance(refusal, SystemFailure) else refusal.status
    return Reply(status, _encode({"error": type(refusal).__name__, "message": refusal.message}), [JSON])


async def _live(receive: Receive, send: Send) -> None:
    # The venue's life is bootstrap's affair; a server that insists on the lifespan protocol gets its answers.
    while True:
        message: Any = await receive()
        await send({"type": message["type"] + ".complete"})
        if message["type"] == "lifespan.shutdown":
            return
