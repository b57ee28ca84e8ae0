"""Passwords: hashed with Argon2, in threads, a few at a time. Never keeps or tells one.

What is called a password here is the text that clients send, which may itself be a digest of what was typed.
"""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from typing import TYPE_CHECKING, Final, NamedTuple, TypeVar

from bedesten.services.errors import Overloaded

if TYPE_CHECKING:
    from argon2 import PasswordHasher

T = TypeVar("T")

CHARS_MIN: Final = 8
CHARS_MAX: Final = 256
AT_A_TIME: Final = 2  # each takes 19 MiB and some hundredths of a second of a core
WAITING_MAX: Final = 64  # a few seconds of work; beyond it, better refused than late


class Cost(NamedTuple):
    """What one hash costs. The values are OWASP's (Password Storage Cheat Sheet, Argon2id).

    Whoever knocks at the doors shares the processors with the matching, and RFC 9106's costlier choice was measured at several
    times as much.
    """

    passes: int = 2
    memory_kib: int = 19_456
    lanes: int = 1


def is_acceptable(password: str) -> bool:
    """Return whether a text may be somebody's password."""
    return CHARS_MIN <= len(password) <= CHARS_MAX and password.isprintable()


class Passwords:
    """Hashes passwords and checks them."""

    def __init__(self, cost: Cost | None = None) -> None:
        self._cost = cost or Cost()
        self._threads = ThreadPoolExecutor(AT_A_TIME, thread_name_prefix="passwords")
        self._waiting = 0
        self._hasher: PasswordHasher | None = None
        self._nobodys = ""  # a hash that no password has: what is checked for those who do not exist

    @property
    def is_at_work(self) -> bool:
        """Whether anybody waits for a hash."""
        return self._waiting > 0

    async def hash(self, password: str) -> str:
        """Return what is kept of a password.

        Raises: Overloaded.
        """
        return await self._run(lambda: self._library.hash(password))

    async def is_right(self, password: str, kept: str) -> bool:
        """Return whether that is the password. *kept* "": nobody's; it takes as long to say no.

        Raises: Overloaded.
        """
        return await self._run(lambda: self._verify(password, kept))

    def _verify(self, password: str, kept: str) -> bool:
        from argon2.exceptions import InvalidHashError, VerificationError

        if not self._nobodys:  # whoever comes first: a name that is nobody's takes no hash more than a customer's
            self._nobodys = self._library.hash("")
        try:
            return self._library.verify(kept or self._nobodys, password) and bool(kept)
        except (VerificationError, InvalidHashError):
            return False

    @property
    def _library(self) -> PasswordHasher:
        if self._hasher is None:
            from argon2 import PasswordHasher  # a twentieth of a second, which no start needs to wait

            passes, memory_kib, lanes = self._cost
            self._hasher = PasswordHasher(time_cost=passes, memory_cost=memory_kib, parallelism=lanes)
        return self._hasher

    async def _run(self, work: Callable[[], T]) -> T:
        if self._waiting >= WAITING_MAX:
            raise Overloaded(f"{WAITING_MAX} passwords are waiting to be checked")
        self._waiting += 1
        try:
            return await asyncio.get_running_loop().run_in_executor(self._threads, work)
        finally:
            self._waiting -= 1
