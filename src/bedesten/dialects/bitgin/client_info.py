"""The client of a request: its address, and what its browser says of itself."""

from __future__ import annotations

import logging
from typing import TYPE_CHECKING

from bedesten.dialects.addresses import network_of
from bedesten.dialects.bitgin.authentication import SESSION, session_of
from bedesten.dialects.bitgin.parse import account_of
from bedesten.services.customers.guesses import Asker
from bedesten.services.customers.login_log import Activity, Visitor
from bedesten.services.errors import Overloaded

if TYPE_CHECKING:
    from bedesten.dialects.contract import Request
    from bedesten.services.venue import Venue

_log = logging.getLogger("bedesten.dialects.bitgin")


def visitor_of(request: Request) -> Visitor:
    """Return who sent a request."""
    agent = request.by_name.get(b"user-agent", b"").decode("latin-1")
    shown = "".join(char for char in agent if char.isprintable())
    return Visitor(request.client_host, shown, network_of(request.client_host))


def asker_of(venue: Venue, request: Request) -> Asker:
    """Return with what somebody came who is in already: a session, or an API key."""
    assert request.key is not None, "the endpoint is private"
    is_session = request.key.key.startswith(SESSION)
    return Asker(request.key.key, session_of(venue, request) if is_session else None)


async def note_done(venue: Venue, request: Request, activity: Activity) -> None:
    """Enter into the customer's log what was done with money. A log that has no room undoes nothing: that is told the operator.

    Raises: Stopped.
    """
    try:
        await venue.customers.log.note(account_of(request), activity, visitor_of(request))
    except Overloaded as error:
        _log.warning(
            "account %s: %s is missing in the login log: %s", account_of(request), activity.name.lower(), error
        )
