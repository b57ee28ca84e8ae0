"""The stage: what a sandbox does around the wire. A venue that is served without one has none, and nothing of it runs.

Owns the hold rule: an answer leaves when its consequences have settled, and a socket's next message is read when those of the one
before have, so that what every client hears has one order. No dialect knows of it.
"""

from __future__ import annotations

from collections.abc import Awaitable, Callable
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from bedesten.dialects.contract import Reply, Request
    from bedesten.server.routing import Route

Answer = Callable[["Route", "Request"], Awaitable["Reply"]]


class Stage:
    """The wire of one sandbox."""

    def __init__(
        self, id_prefix: str, stamped_ns: Callable[[], int], *, hold: Callable[[], Awaitable[None]] | None = None,
        dated_ns: Callable[[], int] | None = None, is_limited: bool = True,
    ) -> None:  # fmt: skip
        """*hold*: returns when the venue has settled; None: answers leave at once. *dated_ns*: of the date header."""
        self.id_prefix = id_prefix  # of requests
        self.stamped_ns = stamped_ns
        self.dated_ns = dated_ns
        self.is_limited = is_limited
        self._hold = hold

    @property
    def is_held(self) -> bool:
        """Whether answers wait for what they set off."""
        return self._hold is not None

    async def settled(self) -> None:
        """Return when the next message of a socket may be read."""
        if self._hold is not None:
            await self._hold()

    async def reply(self, answer: Answer, route: Route, request: Request) -> Reply:
        """Return the answer to a whole request once it may leave."""
        reply = await answer(route, request)
        if self._hold is not None:
            await self._hold()
        return reply
