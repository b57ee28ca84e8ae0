"""Bearer tokens of v2: made, read, and whom each stands for. OAuth2 (RFC 6749, RFC 6750), as JSON Web Tokens.

Nothing is kept: a token is signed with a key that is derived from its API key's secret, so it holds across a restart and ends
with the API key. Time is the venue's clock: PyJWT, which signs and reads, is told not to look at its own.
Source: BtcTurk API documents, Authentication (V2 is OAuth2); issue 384 (an OpenID discovery document), issue 438 (token/refresh,
45 minutes); the official C# client (password and refresh grants, client "api"). The rest is our choice: the venue never opened
it.
"""

from __future__ import annotations

import hashlib
import hmac
from typing import TYPE_CHECKING, Any, Final

from bedesten.dialects.btcturk import signature
from bedesten.dialects.contract import Request
from bedesten.dialects.refusals import Unauthenticated

if TYPE_CHECKING:
    from jwt.types import Options

    from bedesten.services.store_types import ApiKey
    from bedesten.services.venue import Venue

LIFETIME_S: Final = 45 * 60
REFRESH_LIFETIME_S: Final = (
    30 * 86_400
)  # from when key and secret were shown, whatever is got since; the venue's is not known
TOKEN_BYTES_MAX: Final = 4_096
ISSUER: Final = "bedesten"
_UNTIL: Final = "until"  # the claim that says when the grant ends

ALGORITHM: Final = "HS256"
_PURPOSE: Final = b"bedesten bearer token"
_NS_PER_S: Final = 1_000_000_000
_UNCHECKED: Final[Options] = {
    "verify_exp": False, "verify_iat": False, "verify_nbf": False, "require": ["exp", "iat", "use"],
}  # fmt: skip


def bearer(venue: Venue, request: Request) -> ApiKey:
    """Return whom the request's bearer token stands for.

    Raises: Unauthenticated.
    """
    scheme, _, token = (request.header(b"authorization") or "").partition(" ")
    if scheme.lower() != "bearer" or not token:
        raise Unauthenticated(signature.HEADERS_MISSING)
    return read(venue, token.strip(), request.client_host, "access")


def read(venue: Venue, token: str, client_host: str, *uses: str) -> ApiKey:
    """Return whom a token of one of these uses stands for.

    Raises: Unauthenticated.
    """
    return read_grant(venue, token, client_host, *uses)[0]


def read_grant(venue: Venue, token: str, client_host: str, *uses: str) -> tuple[ApiKey, int]:
    """Return whom a token stands for, and until when what it was granted with lasts."""
    import jwt  # a fifth of a second, which only those wait who use it

    if len(token) > TOKEN_BYTES_MAX:
        raise Unauthenticated(signature.INVALID_REQUEST)
    try:
        name = jwt.get_unverified_header(token).get("kid")
        key = signature.known_key(venue, name if isinstance(name, str) else "", client_host)
        claims = jwt.decode(token, _secret(key), algorithms=[ALGORITHM], issuer=ISSUER, options=_UNCHECKED)
    except jwt.PyJWTError as error:
        raise Unauthenticated(signature.INVALID_REQUEST) from error
    expires = claims["exp"]
    if claims["use"] not in uses or type(expires) is not int or expires * _NS_PER_S <= venue.clock.now_ns():
        raise Unauthenticated(signature.INVALID_REQUEST)
    until = claims.get(_UNTIL, expires)  # a token from before grants had an end gets no further than itself
    return key, until if type(until) is int else expires


def expires_ns(token: str) -> int:
    """Return when a token that was read ends."""
    import jwt

    expires: int = jwt.decode(token, options={"verify_signature": False})["exp"]
    return expires * _NS_PER_S


def made_for(venue: Venue, key: ApiKey, until_s: int) -> dict[str, Any]:
    """Return tokens that end with what was granted for the key and its secret, however often they are replaced."""
    import jwt

    now_s = venue.clock.now_ns() // _NS_PER_S
    if key.expires_ns:
        until_s = min(until_s, key.expires_ns // _NS_PER_S)
    access_s = min(LIFETIME_S, until_s - now_s)

    def made(use: str, lifetime_s: int) -> str:
        claims = {"iss": ISSUER, "sub": str(key.account), "iat": now_s, "exp": now_s + lifetime_s, "use": use}
        claims[_UNTIL] = until_s
        return jwt.encode(claims, _secret(key), algorithm=ALGORITHM, headers={"kid": key.key})

    return {
        "access_token": made("access", access_s),
        "expires_in": access_s,
        "token_type": "Bearer",
        "refresh_token": made("refresh", until_s - now_s),
    }


def _secret(key: ApiKey) -> bytes:
    return hmac.digest(signature.secret_bytes(key) or key.secret.encode(), _PURPOSE, hashlib.sha256)
