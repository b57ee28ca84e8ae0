"""The second way in: the cookie of a browser in which somebody is signed in.

A change is done only for a page of ours: the browser says that it is one, and the page knows the session's token against forgery.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from bedesten.dialects import browsers
from bedesten.dialects.native import reasons
from bedesten.dialects.native.errors import Refused
from bedesten.dialects.refusals import Unauthenticated
from bedesten.services.customers.guesses import Asker

if TYPE_CHECKING:
    from collections.abc import Callable

    from bedesten.dialects.channels import Connection
    from bedesten.dialects.contract import Endpoint, Request
    from bedesten.services.accounts.held_keys import Hold
    from bedesten.services.customers.sessions import Session
    from bedesten.services.store_types import ApiKey
    from bedesten.services.venue import Venue

#: The ends of the paths that somebody may ask whose second factor is still to come.
HALF_WAY: Final = ("/session", "/session/second_factor")


def by_session(venue: Venue, request: Request, endpoint: Endpoint) -> ApiKey | None:
    """Return what stands for the session of a request's cookie, if there is one that holds.

    Raises: Refused where a page has to send more, or its reader has to prove more.
    """
    session = browsers.session_of(venue, request)
    if session is None or not venue.standing.allowed(session.account).read:
        return None
    if request.method not in ("GET", "HEAD"):
        check_page(request)
        if not browsers.has_csrf_token(request, session):
            raise Refused(reasons.CSRF, param="X-CSRF-Token")
    if not session.is_proven and not endpoint.path.endswith(HALF_WAY):
        raise Refused(reasons.SECOND_FACTOR_REQUIRED)
    if endpoint.step_up and not venue.customers.sessions.is_stepped_up(session):
        raise Refused(reasons.STEP_UP_REQUIRED)
    return browsers.key_of(session)


def by_handshake(venue: Venue, connection: Connection, ended: Callable[[], None]) -> SignedIn | None:
    """Return who is in on a socket by the cookie of its handshake, if anybody is; the server keeps another site's cookie back.

    *ended* is called, once, when the session does not hold any more.
    """
    sent = dict(connection.headers).get(b"cookie", b"").decode("latin-1")
    session = browsers.session_in(venue, sent)
    if session is None or not session.is_proven or not venue.standing.allowed(session.account).read:
        return None
    return SignedIn(venue, session, ended)


class SignedIn:
    """A session that holds a socket open for as long as it holds itself."""

    def __init__(self, venue: Venue, session: Session, ended: Callable[[], None]) -> None:
        self.key = browsers.key_of(session)
        self._venue = venue
        self._session = session
        self._ended = ended
        self._hold = self._held()

    def close(self) -> None:
        """End it from the client's side: nobody is told."""
        self._venue.held_keys.let_go(self._hold)

    def _held(self) -> Hold:
        until_ns = self._venue.customers.sessions.ends_ns(self._session)
        return self._venue.held_keys.hold(self.key, self._judge, until_ns)

    def _judge(self) -> None:
        self.close()
        is_open = self._venue.customers.sessions.is_open(self._session)
        if is_open and self._venue.standing.allowed(self._session.account).read:
            self._hold = self._held()  # it was used meanwhile, and ends later
        else:
            self._ended()


def check_page(request: Request) -> None:
    """Return if a page of ours sends *request*.

    Raises: Refused.
    """
    if not browsers.is_sent_by_page(request):
        raise Refused(reasons.CSRF, detail="a page of the venue sends JSON, or a form with files, from the same origin")


def check_door(request: Request) -> None:
    """Return unless a browser sends *request* for a page that is not ours: such a page signs nobody in or up.

    Raises: Refused.
    """
    if browsers.is_sent_elsewhere(request):
        raise Refused(reasons.CSRF)


def session_of(venue: Venue, request: Request) -> Session:
    """Return the session that let *request* in.

    Raises: Unauthenticated when it ended meanwhile.
    """
    session = browsers.session_of(venue, request)
    if session is None:
        raise Unauthenticated("nobody is signed in")
    return session


def asker_of(venue: Venue, request: Request) -> Asker:
    """Return in whose name guesses at a secret are counted: the session's."""
    session = session_of(venue, request)
    return Asker(f"{browsers.SESSION}{session.id}", session)
