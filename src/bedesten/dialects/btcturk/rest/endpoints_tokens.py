"""How a client of v2 gets bearer tokens: by credentials, by a token that still holds, and where it learns that.

The password grant takes an API key and its secret in the places of name and password, as the official client's settings have
them, or a customer's own e-mail address and password: the token then stands for the newest key of theirs that may be used from
there, and whoever has a second factor uses a key.
Source: as of ../tokens.py, which signs and reads them.
"""

from __future__ import annotations

import base64
import hashlib
import hmac
from typing import TYPE_CHECKING, Any, Final

import msgspec

from bedesten.dialects.addresses import is_host
from bedesten.dialects.btcturk import signature, tokens
from bedesten.dialects.btcturk.errors import TokenError
from bedesten.dialects.btcturk.rest.envelope import Envelope, done
from bedesten.dialects.btcturk.rest.shapes import RefreshBody, TokenForm
from bedesten.dialects.contract import JSON, Reply, Request
from bedesten.dialects.refusals import Unauthenticated
from bedesten.services.customers.login_log import Visitor
from bedesten.services.customers.outcome import CustomerRefused

if TYPE_CHECKING:
    from bedesten.services.store_types import ApiKey
    from bedesten.services.venue import Venue

_NS_PER_S: Final = 1_000_000_000
#: RFC 6749 §5.1: an answer with a token in it is not kept.
_HEADERS: Final = (JSON, (b"cache-control", b"no-store"), (b"pragma", b"no-cache"))


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
    return _granted(venue, key, venue.clock.now_ns() // _NS_PER_S + tokens.REFRESH_LIFETIME_S)


def _granted(venue: Venue, key: ApiKey, until_s: int) -> Reply:
    return Reply(200, msgspec.json.encode(tokens.made_for(venue, key, until_s)), _HEADERS)


async def refresh(venue: Venue, request: Request, form: RefreshBody) -> Envelope:
    """Return tokens for a token that still holds, of either use."""
    made = tokens.made_for(venue, *tokens.read_grant(venue, form.token, request.client_host, "access", "refresh"))
    return done({"token": made["access_token"], **made})


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
        "id_token_signing_alg_values_supported": [tokens.ALGORITHM],
    }


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
        return tokens.read_grant(venue, token, request.client_host, "refresh")
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
