"""What a dialect must supply: one table of endpoints and sockets, from which the server, the OpenAPI document and the
conformance tests are derived. Nothing about an endpoint is written twice.

The server calls, for each request: authenticate (private endpoints) → limit by account, or by address where anybody may ask
or who asks is not known → decode → endpoint.call → encode; whatever is raised on the way goes to render_error.
"""

from __future__ import annotations

import enum
from collections.abc import Awaitable, Callable, Mapping, Sequence
from dataclasses import dataclass, field
from functools import cache
from typing import TYPE_CHECKING, Any, Final, Literal, NamedTuple, Protocol
from urllib.parse import parse_qsl

import msgspec

from bedesten.dialects.bodies import Body, Errors
from bedesten.dialects.channels import Channel, Connection, OnOverflow
from bedesten.dialects.refusals import Malformed

if TYPE_CHECKING:
    from bedesten.services.store_types import ApiKey, Permission
    from bedesten.services.venue import Venue

__all__ = [
    "ANY_PATH",
    "Channel",
    "Connection",
    "Dialect",
    "Endpoint",
    "Keepalive",
    "Limit",
    "OnOverflow",
    "Per",
    "Reply",
    "Request",
    "Session",
    "Signing",
    "SocketRoute",
    "Stamp",
    "Topic",
    "Window",
    "decode_params",
]

JSON: Final = (b"content-type", b"application/json")
JSON_ONLY: Final = (JSON,)  # the headers of nearly every answer: the server knows them by their identity
ANY_PATH: Final = "*"  # a SocketRoute's path: every path that no other dialect owns, "/" included
QUERY_FIELDS_MAX: Final = 100  # far above any endpoint's parameters; keeps a hostile query cheap


class Stamp(NamedTuple):
    """What makes a signed request one of its kind, beside its body. Units: milliseconds, nanoseconds of Unix time."""

    path: bytes  # as it was signed, or would be
    nonce: bytes
    made_ms: int  # what the nonce says
    stale_ns: int  # from when on the nonce is refused in any case
    idempotency: bytes = b""  # the client's own id under which the request is done once, however often it comes


class Request:
    """One HTTP request, whole."""

    __slots__ = (
        "_by_name",
        "body",
        "client_host",
        "headers",
        "key",
        "method",
        "path",
        "path_params",
        "query_string",
        "received_ns",
        "request_id",
        "scheme",
        "stamp",
        "stamped_ns",
    )

    def __init__(
        self,
        *,
        method: str,
        path: str,
        query_string: bytes = b"",
        headers: Sequence[tuple[bytes, bytes]] = (),
        body: bytes = b"",
        client_host: str = "",
        path_params: Mapping[str, str] | None = None,
        received_ns: int = 0,
        stamped_ns: int | None = None,
        request_id: str = "",
        scheme: str = "http",
    ) -> None:
        self.method = method
        self.path = path  # percent-decoded, without the query
        self.query_string = query_string  # as sent, without "?"
        self.headers = headers  # as sent, names in lower case
        self.body = body  # as sent
        self.client_host = client_host
        self.path_params: Mapping[str, str] = path_params or {}
        self.key: ApiKey | None = None  # set once authenticated
        self.stamp: Stamp | None = None  # likewise, where the client signed one
        self.received_ns = received_ns
        #: the same instant by the clock that customers stamp with
        self.stamped_ns = received_ns if stamped_ns is None else stamped_ns
        self.request_id = request_id
        self.scheme = scheme  # http or https, as the client asked; headers that say so count from trusted proxies only
        self._by_name: dict[bytes, bytes] | None = None  # made when first asked

    @property
    def by_name(self) -> Mapping[bytes, bytes]:
        """The headers by name, of one that was sent twice the last: for those that the server's parser keeps unique."""
        if self._by_name is None:
            self._by_name = dict(self.headers)
        return self._by_name

    @property
    def has_each_once(self) -> bool:
        """Whether no header was sent twice, so that `by_name` has them all."""
        return len(self.by_name) == len(self.headers)

    def header(self, name: bytes) -> str | None:
        """Return the value of the header *name* (lower case), or None.

        Raises: Malformed when it was sent twice with different values.
        """
        value = self.sole_header(name)
        return None if value is None else value.decode("latin-1")

    def sole_header(self, name: bytes) -> bytes | None:
        """Return what `header` does, as sent."""
        by_name = self._by_name or self.by_name
        value = by_name.get(name)
        if len(by_name) != len(self.headers) and any(key == name and other != value for key, other in self.headers):
            raise Malformed(f"header {name.decode('latin-1')} was sent twice", name.decode("latin-1"))
        return value

    def forget(self, name: bytes) -> None:
        """Go on as if the header *name* had not been sent."""
        self.headers = [header for header in self.headers if header[0] != name]
        self._by_name = None

    def query(self) -> dict[str, str]:
        """Return the query's parameters, empty values included; of one that was sent twice, the last.

        Raises: Malformed when it is not UTF-8 or has more than QUERY_FIELDS_MAX parameters.
        """
        if not self.query_string:
            return {}
        try:
            text = self.query_string.decode("ascii")
            pairs = parse_qsl(text, keep_blank_values=True, errors="strict", max_num_fields=QUERY_FIELDS_MAX)
        except ValueError as error:  # UnicodeDecodeError is one
            raise Malformed("the query string cannot be read") from error
        return dict(pairs)


class Reply:
    """A finished answer."""

    __slots__ = ("body", "headers", "status")

    def __init__(self, status: int, body: bytes, headers: Sequence[tuple[bytes, bytes]] = JSON_ONLY) -> None:
        self.status = status
        self.body = body
        self.headers = headers  # content-length is the server's; the rest stands as it is


class Per(enum.Enum):
    """Who shares a window: an account's key (an address, where the endpoint is public), alone or per endpoint; or an address."""

    USER = "user"
    USER_AND_ENDPOINT = "user and endpoint"
    ADDRESS = "address"


@dataclass(frozen=True, slots=True)
class Window:
    """At most *requests* in any *window_ns*."""

    requests: int
    window_ns: int
    per: Per = Per.USER
    shared: str = ""  # windows of several classes that share a name are one window


@dataclass(frozen=True, slots=True)
class Limit:
    """A rate-limit class: windows that all must have room, and what a breach costs: the first, second and any later one."""

    windows: tuple[Window, ...]
    #: How long a breach shuts out, and never shorter than the window it broke; empty: until the windows have room again.
    blocks_ns: tuple[int, ...] = (1_000_000_000, 300_000_000_000, 900_000_000_000)
    forget_ns: int = 3_600_000_000_000  # without a breach for this long, the next one is a first one again


@dataclass(frozen=True, slots=True, kw_only=True)
class Endpoint:
    """One row of the contract table."""

    method: str
    path: str  # "/spot/api/v3.3/order"; "{name}" takes one segment
    call: Callable[
        [Venue, Request, Any], Awaitable[Any]
    ]  # gets what decode returned; returns an object to encode, or a Reply
    request: type[msgspec.Struct] | None = None
    #: either: the body when there is one; form: multipart/form-data, which the dialect decodes itself.
    reads: Literal["query", "body", "either", "form"] = "query"
    body_bytes_max: int = 0  # where files are sent; 0: as large as the server takes anywhere
    response: Body = None  # of an answer with a status from 200 to 299; every test holds the answers to it
    errors: Errors = field(default_factory=dict)  # of the other answers, where they are not the dialect's
    reasons: Sequence[str] = ()  # why it refuses, besides what any row does, where a dialect's refusals name a reason
    permission: Permission | None = None  # None: public
    bearer: str = ""  # where a bearer token for it is had, by OAuth2's client credentials; "": it is signed
    signed_in: bool = False  # a key will not do: somebody has to be signed in
    step_up: bool = False  # likewise, and to have given a second factor lately
    by_socket: bool = False  # may also be asked on the dialect's socket
    keyed: bool = False  # an Idempotency-Key beside it makes it be done once
    once: bool = False  # moves money: what is signed and the same, path, nonce and body, is done once
    limit: str = ""  # a key of the dialect's limits; "": none
    summary: str = ""
    group: str = ""  # a heading for the explorer: "Market data"
    source: str = ""  # the venue's page
    deprecated: bool = False
    example: Mapping[str, Any] = field(
        default_factory=dict
    )  # parameters that work on the demo venue; the explorer fills them in


@dataclass(frozen=True, slots=True, kw_only=True)
class Signing:
    """How a client signs a request: published in the OpenAPI document, followed by the explorer page."""

    algorithm: Literal["HMAC-SHA256", "HMAC-SHA384", "HMAC-SHA512"]
    secret: Literal["utf-8", "base64"]  # how the secret's text becomes the key's bytes
    #: joined by *separator*; target: the path, and behind a question mark the query where there is one
    message: tuple[Literal["key", "nonce", "method", "path", "query", "target", "body", "body_sha256"], ...]
    signature: Literal["hex", "base64"]
    key_header: str
    nonce_header: str
    signature_header: str
    nonce: Literal["ms", "s"] = "ms"  # Unix time
    separator: str = ""
    unsigned_prefixes: tuple[str, ...] = ()  # cut off the path before signing: "/spot"


class Session(Protocol):
    """What a dialect does with one connection."""

    def received(self, message: str | bytes) -> None:
        """Take one message: str for a text frame, bytes for a binary one."""

    def closed(self) -> None:
        """Forget everything: the connection is gone. Called exactly once."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Keepalive:
    """How a connection is asked for signs of life, and what ends it without one. Units: seconds."""

    every_s: float  # between a connection's beginning, or its last pong, and the next ping
    wait_s: float  # for the pong
    code: int = 1011
    reason: str = "keepalive ping timeout"


@dataclass(frozen=True, slots=True, kw_only=True)
class Topic:
    """What a client may ask for on a WebSocket: a stream that it follows, or one request with its answer.

    Each message is a msgspec type or a OneOf; None: there is none.
    """

    name: str  # as it stands on the wire: "orderBookApi:{symbol}_{grouping}"; or a request's: "login"
    parameters: Mapping[str, str] = field(default_factory=dict)  # those in the name, each with its meaning
    request: Body = None  # what the client sends
    ack: Body = None  # the answer to that
    snapshot: Body = None  # sent first, whole
    update: Body = None  # sent whenever something happens
    permission: Permission | None = None  # None: public
    summary: str = ""
    source: str = ""  # the venue's page
    example: Any = None  # a request that works on the demo venue


@dataclass(frozen=True, slots=True, kw_only=True)
class SocketRoute:
    """A WebSocket path and who speaks there."""

    path: str  # exact, or ANY_PATH
    open: Callable[[Venue, Connection], Session]
    on_overflow: OnOverflow | None = None  # a reader too slow for its outbox; None: close 1013
    limit: str = ""  # a key of the dialect's limits, by address, for new connections; "": none
    keepalive: Keepalive | None = None  # None: the server's own
    topics: Sequence[Topic] = ()
    error: Body = None  # a message about a request that cannot be read or done
    summary: str = ""
    source: str = ""


class Dialect(Protocol):
    """A venue's public API."""

    name: str  # in URLs: /openapi/<name>.json
    title: str  # for people: "BTSE"
    endpoints: Sequence[Endpoint]
    sockets: Sequence[SocketRoute]
    limits: Mapping[str, Limit]
    error_bodies: Errors  # the bodies of refusals where no row says otherwise: of unknown paths and methods too
    signing: Signing | None
    ignores_case: bool  # of its endpoints' paths

    def owns(self, path: str) -> bool:
        """Whether an unknown path is this dialect's to refuse."""

    def authenticate(self, venue: Venue, request: Request, endpoint: Endpoint) -> ApiKey:
        """Return the key that signed *request*.

        Raises: Unauthenticated; Forbidden when the key lacks endpoint.permission.
        """

    def decode(self, endpoint: Endpoint, request: Request) -> Any:
        """Return endpoint.request filled from *request*, or None without one; decode_params suits most dialects.

        Raises: Malformed.
        """

    def render_error(self, request: Request, endpoint: Endpoint | None, error: Exception) -> Reply:
        """Return the venue's shape for *error*: a Refusal, always. endpoint: None when the path or method is unknown."""


def decode_params(endpoint: Endpoint, request: Request) -> Any:
    """Return endpoint.request filled from the body or from query and path parameters (texts become numbers and booleans).

    Raises: Malformed, naming the parameter where msgspec does.
    """
    kind = endpoint.request
    if kind is None:
        return None
    try:
        if endpoint.reads == "body" or (endpoint.reads == "either" and request.body):
            return _decoder(kind)(request.body)
        return msgspec.convert({**request.query(), **request.path_params}, kind, strict=False)
    except msgspec.ValidationError as error:
        raise Malformed(str(error), _parameter(str(error))) from error
    except (msgspec.DecodeError, UnicodeDecodeError, RecursionError) as error:  # the last: nested beyond any request
        raise Malformed("the body is not JSON") from error


@cache
def _decoder(kind: type[msgspec.Struct]) -> Callable[[bytes], Any]:
    return msgspec.json.Decoder(kind).decode


def _parameter(message: str) -> str:
    """Return the field that a msgspec message speaks of: "… - at `$.price`", "… missing required field `symbol`"."""
    if "`$." in message:
        return message.rsplit("`$.", 1)[1].rstrip("`")
    return message.rsplit("`", 2)[1] if "field `" in message else ""
