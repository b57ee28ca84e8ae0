"""The native dialect: its rows together, and how it tells who asks.

Holds no state but its sockets'. docs/native.md says how to sign, what is refused how, and what the stream promises.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING, Any, Final

from bedesten.dialects.contract import Dialect, Endpoint, Limit, Reply, Request, Signing, SocketRoute, decode_params
from bedesten.dialects.native import errors, errors_page, who
from bedesten.dialects.native.customer import table as customer
from bedesten.dialects.native.keys import table as keys
from bedesten.dialects.native.limits import LIMITS
from bedesten.dialects.native.market import table as market
from bedesten.dialects.native.market.endpoints import About
from bedesten.dialects.native.pages import by_session
from bedesten.dialects.native.session import table as session
from bedesten.dialects.native.stream import table as stream
from bedesten.dialects.native.trading import table as trading
from bedesten.dialects.native.wallet import table as wallet

if TYPE_CHECKING:
    from bedesten.dialects.bodies import Errors
    from bedesten.dialects.entry import Terms
    from bedesten.services.store_types import ApiKey
    from bedesten.services.venue import Venue

BASE: Final = "/native/v1"
BOOK_INTERVAL_NS: Final = 100_000_000  # between two deltas of a book, so that a busy one stays readable


class NativeDialect:
    """The house's API over one venue."""

    name = "native"
    title = "Bedesten"
    ignores_case = False
    error_bodies: Errors = errors.BODIES
    signing: Signing | None = who.SIGNING

    def __init__(self, terms: Terms | None = None) -> None:
        self.limits: Mapping[str, Limit] = LIMITS if terms is None else terms.limits
        about = About("" if terms is None else terms.venue_name, is_demo=terms is not None and terms.is_demo)
        self.endpoints: Sequence[Endpoint] = (
            *market.endpoints(BASE, about),
            *trading.endpoints(BASE),
            *session.endpoints(BASE),
            *customer.endpoints(BASE),
            *keys.endpoints(BASE),
            *wallet.endpoints(BASE),
            errors_page.endpoint(),
        )
        interval_ns = BOOK_INTERVAL_NS if terms is None else terms.book_interval_ns
        self.sockets: Sequence[SocketRoute] = stream.routes(self.endpoints, BASE, interval_ns, lambda: self.limits)
        self._door = who.Door(who.by_key, by_session)

    def owns(self, path: str) -> bool:
        """Whether an unknown path is this dialect's to refuse."""
        return path == "/native" or path.startswith("/native/")

    def authenticate(self, venue: Venue, request: Request, endpoint: Endpoint) -> ApiKey:
        """Return the key that signed *request*, or what stands for the session of its cookie."""
        return self._door.authenticate(venue, request, endpoint)

    def decode(self, endpoint: Endpoint, request: Request) -> Any:
        """Return the request's parameters."""
        return decode_params(endpoint, request)

    def render_error(self, request: Request, endpoint: Endpoint | None, error: Exception) -> Reply:
        """Return *error* as a problem."""
        return errors.render_error(request, endpoint, error)


def dialect() -> Dialect:
    """Return the dialect."""
    return NativeDialect()
