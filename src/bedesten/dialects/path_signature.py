"""Signatures over path, nonce and body, as BTSE's own API and BITGIN's have them. Never knows whose money it is.

Source: BTSE API and BITGIN API, Authentication: hex HMAC-SHA384 over path + nonce + body with the secret's text as the key;
header names request-* and, before August 2023, btse-*. The quickstart's cancel example signs path and query, so DELETE may do
either; one published JavaScript client leaves the body of a DELETE out, so it may do that too, and so may a GET, whose body
other clients make of its parameters.
"""

from __future__ import annotations

import hashlib
import hmac
from typing import TYPE_CHECKING, Final
from urllib.parse import unquote_plus

from bedesten.dialects.contract import Stamp
from bedesten.dialects.credentials import usable_key
from bedesten.dialects.refusals import Forbidden, Unauthenticated

if TYPE_CHECKING:
    from collections.abc import Iterator

    from bedesten.dialects.contract import Request
    from bedesten.services.accounts.keys import ApiKey, Permission
    from bedesten.services.venue import Venue

#: How far a nonce (Unix time in ms) may lie from the venue's clock. The venue documents no window; a laptop's clock drifts by
#: seconds and requests queue for seconds, and nothing is gained from a wider one. Nonces may repeat: clients send two
#: requests within a millisecond, so a nonce is no replay protection beyond the window.
NONCE_WINDOW_MS: Final = 60_000
HEADERS: Final = ((b"request-api", b"request-nonce", b"request-sign"), (b"btse-api", b"btse-nonce", b"btse-sign"))

_EMPTY: Final = b"{}"
_BLOCK: Final = 128  # bytes in a block of SHA-384
_DIGITS_MAX: Final = 19  # of a nonce: as many as 64 bits have
_CACHE: Final = "btse"  # the slot of ApiKey.hmacs


class KeyedHash:
    """HMAC-SHA384 with the key already absorbed: two hash states that are copied for every message (RFC 2104)."""

    __slots__ = ("_inner", "_outer")

    def __init__(self, secret: bytes) -> None:
        key = hashlib.sha384(secret).digest() if len(secret) > _BLOCK else secret
        padded = key.ljust(_BLOCK, b"\0")
        self._inner = hashlib.sha384(bytes(byte ^ 0x36 for byte in padded))
        self._outer = hashlib.sha384(bytes(byte ^ 0x5C for byte in padded))

    def hex(self, message: bytes) -> str:
        """Return the signature of *message*."""
        inner = self._inner.copy()
        inner.update(message)
        outer = self._outer.copy()
        outer.update(inner.digest())
        return outer.hexdigest()


def keyed_hash(key: ApiKey) -> KeyedHash:
    """Return the hash that signs for *key*, made once."""
    cached = key.hmacs.get(_CACHE)
    if cached is None:
        cached = key.hmacs[_CACHE] = KeyedHash(key.secret.encode())
    assert isinstance(cached, KeyedHash), "the slot is ours alone"
    return cached


def is_signed(key: ApiKey, signature: bytes, message: bytes) -> bool:
    """Return whether *signature* is that of *message*, in constant time."""
    keyed = key.hmacs.get(_CACHE) or keyed_hash(key)
    return hmac.compare_digest(keyed.hex(message).encode(), signature)


def is_current(nonce: bytes, now_ns: int) -> bool:
    """Return whether *nonce* is a Unix time in milliseconds within the window around *now_ns*."""
    return nonce.isdigit() and len(nonce) <= _DIGITS_MAX and abs(int(nonce) - now_ns // 1_000_000) <= NONCE_WINDOW_MS


def authenticate(venue: Venue, request: Request, start: bytes, permission: Permission | None) -> ApiKey:
    """Return the key that signed *request*, of whose path *start* is what is signed.

    Raises: Unauthenticated, and Forbidden when the key lacks *permission*.
    """
    name, nonce, signature = _credentials(request)
    key = usable_key(venue, name.decode("latin-1"), request.client_host)
    if not is_current(nonce, request.stamped_ns):
        raise Unauthenticated("Invalid nonce")
    if not is_signed(key, signature, start + nonce + request.body) and not any(
        is_signed(key, signature, message) for message in _other_forms(request, start, nonce)
    ):
        raise Unauthenticated("Signature verification failed")
    made_ms = int(nonce)
    request.stamp = Stamp(start, nonce, made_ms, (made_ms + NONCE_WINDOW_MS + 1) * 1_000_000)
    # by value: IntFlag's own & makes a member, which costs as much as hashing the message
    if permission is not None and not key.permissions._value_ & permission._value_:
        raise Forbidden("Insufficient permission")
    return key


def _credentials(request: Request) -> tuple[bytes, bytes, bytes]:
    """Return key, nonce and signature from whichever set of headers carries a key."""
    find = request.by_name.get if request.has_each_once else request.sole_header
    for key_name, nonce_name, signature_name in HEADERS:
        key = find(key_name)
        if key is not None:
            return key, find(nonce_name) or b"", find(signature_name) or b""
    raise Unauthenticated("api parameter is mandatory")


def _other_forms(request: Request, start: bytes, nonce: bytes) -> Iterator[bytes]:
    """Yield what else may be signed: of an empty body either form; of a GET or DELETE no body; of a DELETE the query, too."""
    if request.method == "POST" and request.body in (b"", _EMPTY):
        yield start + nonce + (b"" if request.body else _EMPTY)
    if request.method in ("DELETE", "GET") and request.body:
        yield start + nonce
    if request.method != "DELETE":
        return
    if request.query_string:
        query = request.query_string
        yield start + b"?" + query + nonce + request.body
        plain = unquote_plus(query.decode("latin-1")).encode()
        if plain != query:  # signed as typed, escaped by the HTTP library
            yield start + b"?" + plain + nonce + request.body
