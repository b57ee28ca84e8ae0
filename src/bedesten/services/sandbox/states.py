"""States: a sandbox that is kept as it stands, under a name, to begin again from there; and copies of it that go their own way.

Owns what a driver may ask of whoever begins venues. Invariant: what is refused changes nothing.
"""

from __future__ import annotations

from collections.abc import Awaitable, Callable
from typing import Any, Final, Protocol

from bedesten.services.sandbox.refusals import SandboxRefused

STATES_MAX: Final = 64  # kept under a name; a megabyte each
FORKS_MAX: Final = 8  # each is a venue with a thread of its own
NAME_CHARS_MAX: Final = 64


class States(Protocol):
    """What outlives one venue of a sandbox (bedesten.bootstrap.lives). Raises: SandboxRefused, NotThere."""

    def attend(self, taken: Callable[[], Awaitable[Any]], left: Callable[[], Awaitable[Any]]) -> None:
        """Begin a life. *taken* returns the venue as it stands; *left* returns when it takes no connection any more."""
        ...

    def names(self) -> list[str]:
        """Return the names under which a state is kept."""
        ...

    def forks(self) -> list[str]:
        """Return where copies answer."""
        ...

    async def save(self, name: str) -> None:
        """Keep everything as it stands; what had the name before is lost."""
        ...

    async def restore(self, name: str) -> None:
        """Begin again from what was kept, at the same address; return when only the next life takes connections."""
        ...

    async def reset(self, seed: int | None = None) -> None:
        """Begin again as at the first time, or from another seed; return when only the next life takes connections."""
        ...

    async def fork(self) -> str:
        """Begin a copy that stands where this venue does, and return where it answers."""
        ...

    async def end_fork(self, url: str) -> None:
        """Stop a copy."""
        ...


def check_name(name: str) -> None:
    """Refuse what is no name of a state. Raises: SandboxRefused."""
    if not 0 < len(name) <= NAME_CHARS_MAX:
        raise SandboxRefused(f"the name of a state has 1 to {NAME_CHARS_MAX} characters")
