"""Who asks: a program that signs each request with a key, or a page whose reader is signed in.

Owns how a request is signed, and the one door: each way in looks for its own sign on a request (X-Key, a cookie) and says whom it
is from. Whoever came, what stands behind the door asks for request.key's account and permissions alike: of a session that key
is stored nowhere.

    X-Key        the key
    X-Timestamp  Unix time in milliseconds, at most 30 s from the venue's clock
    X-Signature  hex HMAC-SHA256, keyed by the secret's text, over timestamp \\n METHOD \\n path?query \\n sha256hex(body)

The path and the query are signed as they are sent.
"""

from __future__ import annotations

import hashlib
import hmac
from collections.abc import Callable
from typing import TYPE_CHECKING, Final, Protocol
from urllib.parse import quote

from bedesten.dialects.contract import Signing, Stamp
from bedesten.dialects.credentials import usable_key
from bedesten.dialects.native import reasons
from bedesten.dialects.native.errors import Refused
from bedesten.dialects.refusals import Forbidden, Unauthenticated

if TYPE_CHECKING:
    from bedesten.dialects.contract import Endpoint, Request
    from bedesten.services.store_types import ApiKey, Permission
    from bedesten.services.venue import Venue

WINDOW_MS: Final = (
    30_000  # how far a timestamp may lie from the venue's clock: requests queue for seconds, clocks drift by seconds
)
DIGITS_MAX: Final = 19  # of a timestamp: as many as 64 bits have
SIGNATURE_CHARS: Final = 64

SIGNING: Final = Signing(
    algorithm="HMAC-SHA256", secret="utf-8", message=("nonce", "method", "target", "body_sha256"), separator="\n",
    signature="hex", key_header="X-Key", nonce_header="X-Timestamp", signature_header="X-Signature",
)  # fmt: skip


class StaleTimestamp(Unauthenticated, Refused):
    """A timestamp outside the window. The server counts it among what strangers try."""

    def __init__(self) -> None:
        Refused.__init__(self, reasons.STALE_TIMESTAMP, param="X-Timestamp", facts={"window_ms": WINDOW_MS})


#: One way in: returns whom a request is from, or None where it does not carry that way's sign. Raises what refuses it.
Way = Callable[["Venue", "Request", "Endpoint"], "ApiKey | None"]


class Entry(Protocol):
    """Somebody who is in on a socket, until what let them in no longer holds."""

    key: ApiKey

    def close(self) -> None:
        """End it from the client's side: nobody is told."""


class Door:
    """The ways in, in order: the first whose sign a request carries decides."""

    def __init__(self, *ways: Way) -> None:
        self._ways = ways

    def authenticate(self, venue: Venue, request: Request, endpoint: Endpoint) -> ApiKey:
        """Return whom *request* is from.

        Raises: Unauthenticated; Forbidden when they may not do what the row does.
        """
        for way in self._ways:
            if (key := way(venue, request, endpoint)) is not None:
                check_permission(key, endpoint.permission)
                return key
        raise Unauthenticated("no key signed this, and nobody is signed in")


def by_key(venue: Venue, request: Request, endpoint: Endpoint) -> ApiKey | None:
    """Return the key that signed *request*, if one did.

    Raises: Unauthenticated; Forbidden where a key will not do.
    """
    name = request.sole_header(b"x-key")
    if name is None:
        return None
    timestamp, signature = request.sole_header(b"x-timestamp") or b"", request.sole_header(b"x-signature") or b""
    key = usable_key(venue, name.decode("latin-1"), request.client_host)
    if not timestamp.isdigit() or len(timestamp) > DIGITS_MAX:
        raise Unauthenticated("X-Timestamp is no Unix time in milliseconds")
    made_ms, target = int(timestamp), target_of(request)
    _check_signed(
        key, made_ms, request.stamped_ns, signature, message(timestamp, request.method.encode(), target, request.body)
    )
    own_id = request.sole_header(b"idempotency-key") or b"" if endpoint.keyed else b""
    request.stamp = Stamp(target, timestamp + b"\n" + signature, made_ms, (made_ms + WINDOW_MS + 1) * 1_000_000, own_id)
    if endpoint.signed_in:
        raise Forbidden("a key will not do: somebody has to be signed in")
    return key


def proven(venue: Venue, name: str, made_ms: int, signature: str, client_host: str, path: str) -> ApiKey:
    """Return the key that signed a GET of *path*, as a socket's login does.

    Raises: Unauthenticated.
    """
    key = usable_key(venue, name, client_host)
    signed = message(str(made_ms).encode(), b"GET", path.encode(), b"")
    _check_signed(key, made_ms, venue.clock.stamped_ns(), signature.encode(), signed)
    return key


def _check_signed(key: ApiKey, made_ms: int, now_ns: int, signature: bytes, signed: bytes) -> None:
    if abs(made_ms - now_ns // 1_000_000) > WINDOW_MS:
        raise StaleTimestamp
    if not is_signed(key, signature, signed):
        raise Unauthenticated("the signature is another one")


def check_permission(key: ApiKey, permission: Permission | None) -> None:
    """Return if *key* has *permission*.

    Raises: Forbidden.
    """
    # by value: IntFlag's own & makes a member, which costs as much as hashing the message
    if permission is not None and not key.permissions._value_ & permission._value_:
        raise Forbidden(f"the key needs the permission {str(permission.name).lower()}")


def message(timestamp: bytes, method: bytes, target: bytes, body: bytes) -> bytes:
    """Return what is signed."""
    return b"\n".join((timestamp, method, target, hashlib.sha256(body).hexdigest().encode()))


def is_signed(key: ApiKey, signature: bytes, signed: bytes) -> bool:
    """Return whether *signature* is that of *signed*, in constant time."""
    wanted = hmac.new(key.secret.encode(), signed, hashlib.sha256).hexdigest().encode()
    return hmac.compare_digest(wanted, signature)


def target_of(request: Request) -> bytes:
    """Return path and query as they were sent: of the path what is not plain is escaped again."""
    path = quote(request.path, safe="/:@!$&'()*+,;=~-._").encode()
    return path + b"?" + request.query_string if request.query_string else path
