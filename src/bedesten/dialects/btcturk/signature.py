"""Signatures: who signed a request. Knows the headers, the signed message, the stamp and the strangers; never whose money it is.

Source: BtcTurk API documents, Authentication V1: X-PCK, X-Stamp and X-Signature, the base64 HMAC-SHA256 of key + stamp with the
base64-decoded secret; F.A.Q. for the tolerance of five seconds and the words of each 401; X-Nonce widens the tolerance
(BtcTurkApiCore, AuthenticatedHttpClientHandler). Neither method, path nor body is signed. A stamp may be used again: the
documents' own samples count whole seconds, so one second's requests carry the same.
"""

from __future__ import annotations

import base64
import hashlib
import hmac
from collections import OrderedDict
from typing import TYPE_CHECKING, Final

from bedesten.dialects.addresses import ADDRESSES_MAX, network_of
from bedesten.dialects.contract import Stamp
from bedesten.dialects.credentials import usable_key
from bedesten.dialects.refusals import RateLimited, Unauthenticated

if TYPE_CHECKING:
    from bedesten.dialects.contract import Request
    from bedesten.services.store_types import ApiKey, Permission
    from bedesten.services.venue import Venue

TOLERANCE_MS: Final = 5_000
TOLERANCE_MS_MAX: Final = 60_000  # how far X-Nonce may widen it; the venue's own limit is not known
STRANGERS_IN_A_ROW: Final = (
    50  # README-pro: "more than 50 consequent unauthorized requests, your IP address will be blocked"
)
BLOCK_NS: Final = 600_000_000_000  # ten minutes; the venue does not say how long

HEADERS_MISSING: Final = "Unauthorized - Headers are missing"
INVALID_KEY: Final = "Unauthorized - Invalid Public key"
INVALID_NONCE: Final = "Unauthorized - Invalid Nonce"
INVALID_SIGNATURE: Final = "Unauthorized - Invalid Signature"
INVALID_REQUEST: Final = "Unauthorized - Invalid Request"

_CACHE: Final = "btcturk"  # the slot of ApiKey.hmacs
_DIGITS_MAX: Final = 19  # of a stamp: as many as 64 bits have


def secret_bytes(key: ApiKey) -> bytes:
    """Return the secret as the venue uses it: decoded. A text that is not base64 signs nothing."""
    try:
        return base64.b64decode(key.secret, validate=True)
    except ValueError:  # binascii.Error is one; a text beyond ASCII raises the plain one
        return b""


def is_signed(key: ApiKey, signature: bytes, message: bytes) -> bool:
    """Return whether *signature* is that of *message*, in constant time."""
    keyed = key.hmacs.get(_CACHE)
    if keyed is None:
        secret = secret_bytes(key)
        if not secret:
            return False
        keyed = key.hmacs[_CACHE] = hmac.new(secret, digestmod=hashlib.sha256)
    made = keyed.copy()
    made.update(message)
    return hmac.compare_digest(base64.b64encode(made.digest()), signature)


def is_current(stamp: bytes, now_ns: int, tolerance_ms: int = TOLERANCE_MS) -> bool:
    """Return whether *stamp* is a Unix time in milliseconds within the tolerance around *now_ns*."""
    return stamp.isdigit() and len(stamp) <= _DIGITS_MAX and abs(int(stamp) - now_ns // 1_000_000) <= tolerance_ms


def tolerance_of(nonce: bytes | None) -> int:
    """Return how far a stamp may be off, by the header X-Nonce: never less than without it."""
    if nonce is None or not nonce.isdigit() or len(nonce) > _DIGITS_MAX:
        return TOLERANCE_MS
    return max(TOLERANCE_MS, min(int(nonce), TOLERANCE_MS_MAX))


def known_key(venue: Venue, text: str, client_host: str) -> ApiKey:
    """Return the key named *text*, in the venue's words where it may not be used.

    Raises: Unauthenticated.
    """
    if venue.keys.find(text) is None:
        raise Unauthenticated(INVALID_KEY)
    try:
        return usable_key(venue, text, client_host)
    except Unauthenticated as error:
        raise Unauthenticated(INVALID_REQUEST) from error


def authenticate(venue: Venue, request: Request) -> ApiKey:
    """Return the key that signed *request*.

    Raises: Unauthenticated.
    """
    find = request.sole_header
    name, stamp, signature = find(b"x-pck"), find(b"x-stamp"), find(b"x-signature")
    if not name or not stamp or not signature:
        raise Unauthenticated(HEADERS_MISSING)
    key = known_key(venue, name.decode("latin-1"), request.client_host)
    if not is_current(stamp, request.stamped_ns, tolerance_of(find(b"x-nonce"))):
        raise Unauthenticated(INVALID_NONCE)
    if not is_signed(key, signature, name + stamp):
        raise Unauthenticated(INVALID_SIGNATURE)
    made_ms = int(stamp)  # X-Nonce is not signed: whoever sends it again may ask for the widest window
    path = request.path.encode()
    request.stamp = Stamp(path, stamp, made_ms, (made_ms + TOLERANCE_MS_MAX + 1) * 1_000_000)
    return key


def check_permission(key: ApiKey, permission: Permission | None) -> None:
    """Refuse a key that lacks *permission*: with 401, as the venue does.

    Raises: Unauthenticated.
    """
    if permission is not None and not key.permissions._value_ & permission._value_:
        raise Unauthenticated(INVALID_REQUEST)


class Strangers:
    """How often in a row an address was not authorized, and which ones are shut out for it."""

    def __init__(self) -> None:
        self._counts: OrderedDict[str, int] = OrderedDict()
        self._until_ns: OrderedDict[str, int] = OrderedDict()

    def is_shut_out(self, address: str, now_ns: int) -> bool:
        """Return whether an address is shut out."""
        return bool(self._until_ns) and self._until_ns.get(network_of(address), 0) > now_ns

    def check(self, address: str, now_ns: int) -> None:
        """Refuse an address that is shut out.

        Raises: RateLimited.
        """
        if self.is_shut_out(address, now_ns):
            left_ns = self._until_ns[network_of(address)] - now_ns
            raise RateLimited("too many unauthorized requests", -(-left_ns // 1_000_000_000), is_by_address=True)

    def welcome(self, address: str) -> None:
        """Forget what an address did before: it is somebody we know."""
        if self._counts:
            self._counts.pop(network_of(address), None)

    def refuse(self, address: str, now_ns: int) -> None:
        """Count one unauthorized request."""
        address = network_of(address)
        count = self._counts.pop(address, 0) + 1
        if count < STRANGERS_IN_A_ROW:
            self._counts[address] = count
        else:
            self._until_ns.pop(address, None)
            self._until_ns[address] = now_ns + BLOCK_NS
        for memory in (self._counts, self._until_ns):
            if len(memory) > ADDRESSES_MAX:
                memory.popitem(last=False)
