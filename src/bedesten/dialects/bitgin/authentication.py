"""Who asks: somebody who signed in (a token in a header or a cookie), or a program with an API key.

A session is told to the venue as an API key that is stored nowhere: the customer's account, and every permission.
Source: BITGIN API, Authentication (btse-* headers) and the request examples (header `token`, cookie `token`).
"""

from __future__ import annotations

from functools import lru_cache
from http.cookies import CookieError, SimpleCookie
from typing import TYPE_CHECKING, Final

from bedesten.dialects import path_signature
from bedesten.dialects.bitgin import errors
from bedesten.dialects.bitgin.envelope import DONE, SUCCESS
from bedesten.dialects.refusals import Unauthenticated
from bedesten.services.store_types import ApiKey, Permission

if TYPE_CHECKING:
    from bedesten.dialects.contract import Request
    from bedesten.services.customers.sessions import Session
    from bedesten.services.venue import Venue

TOKEN: Final = "token"
SESSION: Final = "session:"  # how the name begins of what stands for a session
TOKEN_CHARS_MAX: Final = 256  # ours have 82
PATHS_MAX: Final = 512  # kept in mind: every endpoint's
EVERYTHING: Final = Permission.READ | Permission.TRADING | Permission.TRANSFER | Permission.WALLET | Permission.WITHDRAW
#: What somebody may ask whose second factor is still to come.
HALF_WAY: Final = frozenset({"/v1/user/check/2FA", "/v1/logout"})
SECOND_FACTOR: Final = 10070
#: Answers that nobody is there, rather than a refusal, to a token that has ended. Source: User Information, "null if token is
#: expired". Without any token it refuses like the others.
TELLS_NOTHING: Final = "/v1/user"


@lru_cache(maxsize=PATHS_MAX)
def bare_path(path: str) -> str:
    """Return the path as the documents have it: without the prefix that the venue's own host puts before it."""
    return path.removeprefix(errors.PREFIX) if path.startswith(errors.PREFIX + "/") else path


def presented_token(request: Request) -> str | None:
    """Return the token that comes with a request: the header's, or else the cookie's."""
    token = request.header(TOKEN.encode()) or _cookie(request)
    return token if token and len(token) <= TOKEN_CHARS_MAX else None


def session_of(venue: Venue, request: Request) -> Session | None:
    """Return the session of a request's token, if it holds."""
    token = presented_token(request)
    return None if token is None else venue.customers.sessions.find(token)


def authenticate(venue: Venue, request: Request, permission: Permission | None) -> ApiKey:
    """Return whom a request is from.

    Raises: Unauthenticated; Forbidden when an API key lacks *permission*.
    """
    has_header = request.header(TOKEN.encode()) is not None
    if not has_header and any(names[0] in request.by_name for names in path_signature.HEADERS):
        return path_signature.authenticate(venue, request, bare_path(request.path).encode(), permission)
    session = session_of(venue, request)
    if session is None or not venue.standing.allowed(session.account).read:
        if bare_path(request.path) == TELLS_NOTHING and presented_token(request) is not None:
            raise errors.BitginError(DONE, SUCCESS, status=200, succeeds=True)
        raise Unauthenticated(errors.TOKEN_EXPIRED_TEXT)
    if not session.is_proven and bare_path(request.path) not in HALF_WAY:
        raise errors.BitginError(SECOND_FACTOR, "", status=401)
    return ApiKey(key=f"{SESSION}{session.digest[:16]}", secret="", account=session.account, permissions=EVERYTHING)


def _cookie(request: Request) -> str | None:
    sent = request.header(b"cookie")
    if not sent:
        return None
    try:
        crumb = SimpleCookie(sent).get(TOKEN)
    except CookieError:
        return None
    return None if crumb is None else crumb.value
