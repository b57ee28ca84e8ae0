"""How a browser holds a session: the cookie, where it may be given, and how a request of our own page is told from another's.

The cookie's name bears the venue's number, since browsers give a cookie to every port of a host. The prefix `__Host-` keeps it to
one host, to a safe connection and to every path of it. A session is told to services as an API key that is stored nowhere.
"""

from __future__ import annotations

import hmac
from http.cookies import CookieError, SimpleCookie
from typing import TYPE_CHECKING, Final
from urllib.parse import urlsplit

from bedesten.dialects.addresses import network_of
from bedesten.services.customers.sessions import LIFETIME_NS
from bedesten.services.customers.visitors import Visitor
from bedesten.services.store_types import ApiKey, Permission

if TYPE_CHECKING:
    from bedesten.dialects.contract import Request
    from bedesten.services.customers.sessions import Session
    from bedesten.services.venue import Venue

PREFIX: Final = "__Host-bedesten-"
LIFETIME_S: Final = LIFETIME_NS // 1_000_000_000
TOKEN_CHARS_MAX: Final = 256  # ours have 82
CSRF_HEADER: Final = b"x-csrf-token"
SESSION: Final = "session:"  # how the name begins of what stands for a session
EVERYTHING: Final = Permission.READ | Permission.TRADING | Permission.TRANSFER | Permission.WALLET | Permission.WITHDRAW
NO_STORE: Final = (b"cache-control", b"no-store")
OWN_HOSTS: Final = frozenset({"localhost", "127.0.0.1", "::1"})  # browsers take a safe cookie from these without TLS


def session_of(venue: Venue, request: Request) -> Session | None:
    """Return the session of a request's cookie, if it holds."""
    return session_in(venue, request.header(b"cookie") or "")


def session_in(venue: Venue, sent: str) -> Session | None:
    """Return the session of a cookie header, if it holds."""
    number = venue.customers.venue_number.known()
    if number is None or not sent:
        return None
    try:
        crumb = SimpleCookie(sent).get(PREFIX + number)
    except CookieError:
        return None
    if crumb is None or not crumb.value or len(crumb.value) > TOKEN_CHARS_MAX:
        return None
    return venue.customers.sessions.find(crumb.value)


def key_of(session: Session) -> ApiKey:
    """Return what stands for a session: its account, and every permission."""
    return ApiKey(key=f"{SESSION}{session.id}", secret="", account=session.account, permissions=EVERYTHING)


def is_safe(request: Request) -> bool:
    """Return whether a browser takes our cookie where this request was made: over TLS, or on this machine."""
    try:
        host = urlsplit(f"//{request.header(b'host') or ''}").hostname
    except ValueError:
        return False
    return request.scheme == "https" or host in OWN_HOSTS


async def cookie(venue: Venue, token: str) -> tuple[bytes, bytes]:
    """Return the header that gives a browser a session's token; "": that takes it away.

    Raises: Overloaded, Stopped.
    """
    name, age = PREFIX + await venue.customers.venue_number.drawn(), LIFETIME_S if token else 0
    return b"set-cookie", f"{name}={token}; Path=/; Max-Age={age}; HttpOnly; Secure; SameSite=Strict".encode()


def is_sent_by_page(request: Request) -> bool:
    """Return whether a browser says that a page of ours sends this, as JSON or as a form with files."""
    kind = (request.header(b"content-type") or "").partition(";")[0].strip().lower()
    is_typed = kind in ("application/json", "multipart/form-data") or (not kind and not request.body)
    return request.header(b"sec-fetch-site") == "same-origin" and is_typed


def is_sent_elsewhere(request: Request) -> bool:
    """Return whether a browser says that it sends this for a page that is not ours. A program says nothing of the kind."""
    return request.header(b"sec-fetch-site") not in (None, "same-origin")


def has_csrf_token(request: Request, session: Session) -> bool:
    """Return whether a request carries what a page of ours was told."""
    sent = request.header(CSRF_HEADER) or ""
    return hmac.compare_digest(sent.encode(), session.csrf_token.encode())


def visitor_of(request: Request) -> Visitor:
    """Return who sent a request."""
    agent = request.by_name.get(b"user-agent", b"").decode("latin-1")
    shown = "".join(char for char in agent if char.isprintable())
    return Visitor(request.client_host, shown, network_of(request.client_host))
