"""Logins on sockets: a key that a connection is logged in with, for as long as it holds. Alike for every dialect.

How one logs in, and what a connection hears then, are the dialect's affair. A login ends at the moment when its key is revoked
or changed, as its account may not even look any more, and as its time has come.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import TYPE_CHECKING

from bedesten.dialects.credentials import usable_key
from bedesten.dialects.refusals import Unauthenticated

if TYPE_CHECKING:
    from bedesten.dialects.channels import Connection
    from bedesten.services.store_types import ApiKey
    from bedesten.services.venue import Venue


class Login:
    """A login that holds; *ended* is called, once, when it does not any more. *until_ns*: of a token, 0: as long as its key."""

    def __init__(
        self, venue: Venue, connection: Connection, key: ApiKey, ended: Callable[[], None], *, until_ns: int = 0
    ) -> None:
        self.key = key
        self._venue = venue
        self._host = connection.client_host
        self._ended = ended
        self._until_ns = min((instant for instant in (key.expires_ns, until_ns) if instant), default=0)
        self._hold = venue.held_keys.hold(key, self._judge, self._until_ns)

    def close(self) -> None:
        """End it from the client's side: nobody is told."""
        self._venue.held_keys.let_go(self._hold)

    def _judge(self) -> None:
        if not self._is_good():
            self.close()
            self._ended()

    def _is_good(self) -> bool:
        if self._until_ns and self._until_ns <= self._venue.clock.now_ns():
            return False
        try:
            return usable_key(self._venue, self.key.key, self._host) is self.key
        except Unauthenticated:
            return False
