"""HTTP in ASGI terms: reading a bounded body, sending a finished reply, cross-origin headers. No routing, no dialects."""

from __future__ import annotations

import ipaddress
from collections.abc import Awaitable, Callable, Mapping, MutableMapping, Sequence
from typing import Any, Final
from urllib.parse import urlsplit

from bedesten.dialects.contract import Reply
from bedesten.dialects.refusals import BodyTooLarge
from bedesten.server.protocol import DATA_POLICY, POLICY, SCOPE_KEY, answer, take_body

Scope = MutableMapping[str, Any]
Receive = Callable[[], Awaitable[MutableMapping[str, Any]]]
Send = Callable[[MutableMapping[str, Any]], Awaitable[None]]
Headers = list[tuple[bytes, bytes]]

_NOTHING: Final[Mapping[str, Any]] = {}
COOKIE: Final = b"cookie"
REQUEST_ID: Final = b"x-request-id"
PREFLIGHT_S: Final = b"600"  # how long a browser may remember what it may send


class ClientGone(Exception):
    """The client left before its request was whole."""


async def read_body(scope: Scope, headers: Mapping[bytes, bytes], receive: Receive, *, bytes_max: int) -> bytes:
    """Return the request's body, without waiting when the headers announce none.

    Raises: BodyTooLarge; ClientGone.
    """
    announced = _announced(headers)
    if announced == 0:
        return b""
    if announced > bytes_max:
        raise BodyTooLarge(f"the body is larger than {bytes_max} bytes")
    cycle = cycle_of(scope)
    body = take_body(cycle, bytes_max) if cycle is not None else None
    if body is not None:
        return body
    chunks: list[bytes] = []
    size = 0
    while True:
        message = await receive()
        if message["type"] == "http.disconnect":
            raise ClientGone
        chunk = message.get("body", b"")
        size += len(chunk)
        if size > bytes_max:
            raise BodyTooLarge(f"the body is larger than {bytes_max} bytes")
        chunks.append(chunk)
        if not message.get("more_body", False):
            return chunks[0] if len(chunks) == 1 else b"".join(chunks)


def cycle_of(scope: Scope) -> Any:
    """Return what the server keeps of this request; None when another server than ours asks."""
    found = scope.get("extensions", _NOTHING).get(SCOPE_KEY)
    return None if found is None else found()


def _announced(headers: Mapping[bytes, bytes]) -> int:
    # 0: no body; −1: a body of unknown length. The server's parser has refused contradictions and nonsense already.
    length = headers.get(b"content-length")
    if length is not None:
        return int(length)
    return -1 if b"transfer-encoding" in headers else 0


async def send_reply(scope: Scope, send: Send, reply: Reply, request_id: str) -> None:
    """Send *reply* as one response, under the request's id."""
    cycle = cycle_of(scope)
    headers: Headers = [*reply.headers, (REQUEST_ID, request_id.encode())]
    if cycle is not None and answer(cycle, reply.status, headers, reply.body):
        return
    if all(name != POLICY for name, _ in headers):
        headers.append((POLICY, DATA_POLICY))
    body = reply.body
    if reply.status != 204:
        headers.append((b"content-length", b"%d" % len(body)))
    await send({"type": "http.response.start", "status": reply.status, "headers": headers})
    await send({"type": "http.response.body", "body": body})


def cors_headers(headers: Sequence[tuple[bytes, bytes]], origins: tuple[str, ...]) -> Headers:
    """Return what lets the page that asks read the answer; nothing for pages that may not."""
    if not origins:
        return []
    origin = _first(headers, b"origin")
    if origin is None or ("*" not in origins and origin.decode("latin-1") not in origins):
        return []
    shown = b"*" if "*" in origins else origin
    return [
        (b"access-control-allow-origin", shown),
        (b"access-control-expose-headers", b"retry-after, x-request-id"),
        (b"vary", b"origin"),
    ]


def is_foreign(headers: Mapping[bytes, bytes], origins: tuple[str, ...]) -> bool:
    """Return whether a browser sends this for a page of another site than ours and *origins*.

    Such a request carries the reader's cookies without the reader's will. A program that is no browser says neither of the two.
    """
    origin = headers.get(b"origin")
    if origin is not None and origin.decode("latin-1") in origins:
        return False
    site = headers.get(b"sec-fetch-site")
    if site is not None:
        return site not in (b"same-origin", b"none")  # none: typed, or a bookmark
    return origin is not None and origin.partition(b"://")[2] != headers.get(b"host")


def is_of_a_site(headers: Mapping[bytes, bytes], origins: tuple[str, ...]) -> bool:
    """Return whether a browser sends this for a page of any site by name, but for *origins* and this machine's own.

    A site that has its name lead to this machine is not foreign to it by its name, and is no page of ours either.
    """
    if is_foreign(headers, origins):
        return True
    origin = headers.get(b"origin", b"").decode("latin-1")
    if not origin or origin in origins:
        return False
    try:
        name = urlsplit(origin).hostname or ""
        return name != "localhost" and not ipaddress.ip_address(name)
    except ValueError:
        return True


def preflight_headers(headers: Headers, allowed: tuple[str, ...]) -> Headers:
    """Return the answer to a browser's question whether it may send what it wants to; for those who got cors_headers."""
    wanted = _first(headers, b"access-control-request-headers")
    answer = [
        (b"access-control-allow-methods", ", ".join(allowed).encode()),
        (b"access-control-max-age", PREFLIGHT_S),
    ]
    return [*answer, (b"access-control-allow-headers", wanted)] if wanted else answer


def _first(headers: Sequence[tuple[bytes, bytes]], name: bytes) -> bytes | None:
    for key, value in headers:
        if key == name:
            return value
    return None
