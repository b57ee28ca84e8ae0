"""Chance: where everything comes from that the venue draws at random and a customer may see.

Owns the two sources: the system's, which nobody can guess, and a stream that follows from a seed, so that a run of a sandbox can
be repeated. What only the store sees (data keys, the nonces of its seals) is never drawn here.
"""

from __future__ import annotations

import hashlib
import secrets
import uuid
from collections.abc import Callable
from typing import Final

Chance = Callable[[int], bytes]  # so many bytes

SYSTEM: Final[Chance] = secrets.token_bytes


class SeededChance:
    """Bytes that look random and follow from a seed, and from how often bytes were drawn before."""

    __slots__ = ("_seed", "draws")

    def __init__(self, seed: int, draws: int = 0) -> None:
        self._seed = seed
        self.draws = draws

    def __call__(self, count: int) -> bytes:
        """Return the next *count* bytes."""
        self.draws += 1
        return hashlib.shake_256(f"bedesten {self._seed} {self.draws}".encode()).digest(count)


def drawn_uuid(chance: Chance) -> str:
    """Return a UUID of version 4."""
    return str(uuid.UUID(bytes=chance(16), version=4))
