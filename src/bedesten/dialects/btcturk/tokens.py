"""Bearer tokens: how a client of v2 gets one, and whom it stands for. OAuth2 (RFC 6749, RFC 6750), as JSON Web Tokens.

Nothing is kept: a token is signed with a key that is derived from its API key's secret, so it holds across a restart and ends
with the API key. The password grant takes an API key and its secret in the places of name and password, as the official client's
settings have them, or a customer's own e-mail address and password: the token then stands for the newest key of theirs that may
be used from there, and whoever has a second factor uses a key. Time is the venue's clock: PyJWT, which signs and reads, is told
not to look at its own.
Source: BtcTurk API documents, Authentication (V2 is OAuth2); issue 384 (an OpenID discovery document), issue 438 (token/refresh,
45 minutes); the official C# client (password and refresh grants, client "api"). The rest is our choice: the venue never opened
it.
"""

from __future__ import annotations

import base64
import hashlib
import hmac
from typing import TYPE_CHECKING, Any, Final

import msgspec

from bedesten.dialects.addresses import is_host
from bedesten.dialects.btcturk import signature
from bedesten.dialects.btcturk.errors import TokenError
from bedesten.dialects.btcturk.rest.envelope import Envelope, done
from bedesten.dialects.btcturk.rest.shapes import RefreshBody, TokenForm
from bedesten.dialects.contract import JSON, Reply, Request
from bedesten.dialects.refusals import Unauthenticated
from bedesten.services.customers.login_log import Visitor
from bedesten.services.customers.outcome import CustomerRefused

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

_ALGORITHM: Final = "HS256"
_PURPOSE: Final = b"bedesten bearer token"
_NS_PER_S: Final = 1_000_000_000
#: RFC 6749 §5.1: an answer with a token in it is not kept.
_HEADERS: Final = (JSON, (b"cache-control", b"no-store"), (b"pragma", b"no-cache"))
_UNCHECKED: Final[Options] = {
    "verify_exp": False, "verify_iat": False, "verify_nbf": False, "require": ["exp", "iat", "use"],
}  # fmt: skip


async def grant(venue: Venue, request: Request, form: TokenForm) -> Reply:
    """Return tokens for credentials."""
    name, secret = _client(request)
    match form.grant_type:
        case "client_credentials":
            key = _key_of(venue, request, name or form.client_id, secret or form.client_secret)
        case "password":
            key = await _key_by_password(venue, request, form.username, form.password)
        case "refresh_token":
            return _granted(venue, *_refreshed(venue, request, form.refresh_token))
        case "":
            raise TokenError("invalid_request", "grant_type is missing")
        case _:
            raise TokenError("unsupported_grant_type", "client_credentials, password or refresh_token")
    return _granted(venue, key, venue.clock.now_ns() // _NS_PER_S + REFRESH_LIFETIME_S)


def _granted(venue: Venue, key: ApiKey, until_s: int) -> Reply:
    return Reply(200, msgspec.json.encode(_tokens(venue, key, until_s)), _HEADERS)


async def refresh(venue: Venue, request: Request, form: RefreshBody) -> Envelope:
    """Return tokens for a token that still holds, of either use."""
    tokens = _tokens(venue, *_read(venue, form.token, request.client_host, "access", "refresh"))
    return done({"token": tokens["access_token"], **tokens})


async def discover(venue: Venue, request: Request, form: None) -> dict[str, Any]:
    """Return where tokens are had, as OpenID Connect Discovery words it."""
    host = (request.header(b"host") or "").strip()
    origin = f"{request.scheme}://{host if is_host(host) else 'localhost'}"
    return {
        "issuer": origin,
        "token_endpoint": f"{origin}/connect/token",
        "grant_types_supported": ["client_credentials", "password", "refresh_token"],
        "token_endpoint_auth_methods_supported": ["client_secret_basic", "client_secret_post"],
        "response_types_supported": ["token"],
        "subject_types_supported": ["public"],
        "id_token_signing_alg_values_supported": [_ALGORITHM],
    }


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
    return _read(venue, token, client_host, *uses)[0]


def _read(venue: Venue, token: str, client_host: str, *uses: str) -> tuple[ApiKey, int]:
    """Return whom a token stands for, and until when what it was granted with lasts."""
    import jwt  # a fifth of a second, which only those wait who use it

    if len(token) > TOKEN_BYTES_MAX:
        raise Unauthenticated(signature.INVALID_REQUEST)
    try:
        name = jwt.get_unverified_header(token).get("kid")
        key = signature.known_key(venue, name if isinstance(name, str) else "", client_host)
        claims = jwt.decode(token, _secret(key), algorithms=[_ALGORITHM], issuer=ISSUER, options=_UNCHECKED)
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


def _tokens(venue: Venue, key: ApiKey, until_s: int) -> dict[str, Any]:
    """Return tokens that end with what was granted for the key and its secret, however often they are replaced."""
    import jwt

    now_s = venue.clock.now_ns() // _NS_PER_S
    if key.expires_ns:
        until_s = min(until_s, key.expires_ns // _NS_PER_S)
    access_s = min(LIFETIME_S, until_s - now_s)

    def made(use: str, lifetime_s: int) -> str:
        claims = {"iss": ISSUER, "sub": str(key.account), "iat": now_s, "exp": now_s + lifetime_s, "use": use}
        claims[_UNTIL] = until_s
        return jwt.encode(claims, _secret(key), algorithm=_ALGORITHM, headers={"kid": key.key})

    return {
        "access_token": made("access", access_s),
        "expires_in": access_s,
        "token_type": "Bearer",
        "refresh_token": made("refresh", until_s - now_s),
    }


def _secret(key: ApiKey) -> bytes:
    return hmac.digest(signature.secret_bytes(key) or key.secret.encode(), _PURPOSE, hashlib.sha256)


def _key_of(venue: Venue, request: Request, name: str, secret: str, error: str = "invalid_client") -> ApiKey:
    status = 401 if error == "invalid_client" else 400
    if not name or not secret:
        raise TokenError("invalid_request", "the API key or its secret is missing")
    try:
        key = signature.known_key(venue, name, request.client_host)
    except Unauthenticated as refusal:
        raise TokenError(error, "no such API key", status=status) from refusal
    if not hmac.compare_digest(key.secret.encode(), secret.encode()):
        raise TokenError(error, "wrong secret", status=status)
    return key


async def _key_by_password(venue: Venue, request: Request, name: str, password: str) -> ApiKey:
    if "@" not in name or venue.keys.find(name) is not None:
        return _key_of(venue, request, name, password, "invalid_grant")
    # As every client sends it: the venue never sees the password itself.
    digest = hashlib.sha256(password.encode()).hexdigest()
    agent = "".join(char for char in request.header(b"user-agent") or "" if char.isprintable())
    try:
        customer = await venue.customers.logins.prove(name, digest, Visitor(request.client_host, agent))
    except CustomerRefused as refusal:
        raise TokenError("invalid_grant", "wrong name or password") from refusal
    if customer.has_authenticator:
        raise TokenError("invalid_grant", "a second factor cannot be given here: use an API key")
    for key in reversed(venue.keys.list(customer.account)):
        try:
            return signature.known_key(venue, key.key, request.client_host)
        except Unauthenticated:
            continue
    raise TokenError("invalid_grant", "the account has no API key that may be used from here")


def _refreshed(venue: Venue, request: Request, token: str) -> tuple[ApiKey, int]:
    try:
        return _read(venue, token, request.client_host, "refresh")
    except Unauthenticated as refusal:
        raise TokenError("invalid_grant", "the refresh token does not hold") from refusal


def _client(request: Request) -> tuple[str, str]:
    """Return the client's credentials from HTTP Basic authentication, or two empty texts."""
    scheme, _, given = (request.header(b"authorization") or "").partition(" ")
    if scheme.lower() != "basic":
        return "", ""
    try:
        name, _, secret = base64.b64decode(given, validate=True).decode().partition(":")
    except ValueError as error:  # not base64, not even ASCII, or not UTF-8
        raise TokenError("invalid_client", "Basic authentication cannot be read", status=401) from error
    return name, secret
