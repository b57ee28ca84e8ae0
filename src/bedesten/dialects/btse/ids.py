"""Ids: our numbers for orders and trades as the venue's UUIDs, and back, with nothing stored.

The 64 bits of the number are scrambled under a key and 58 bits of a keyed hash stand beside them, in the shape of a random
UUID: a UUID we did not make is recognized and names no order. It is a spelling, not a permission: whose order it is gets
checked where orders are looked up.
Source: BTSE spot API v3.3, Create New Order: orderID is a UUID.
"""

from __future__ import annotations

import hashlib
import re
from typing import Final

_WORD: Final = (1 << 64) - 1
_TAG_BITS: Final = 58  # 128 bits less the number's 64 and the 6 that say "UUID, version 4"
_UUID: Final = re.compile(r"[0-9a-f]{8}-[0-9a-f]{4}-4[0-9a-f]{3}-[89ab][0-9a-f]{3}-[0-9a-f]{12}", re.ASCII)


class UuidSpace:
    """One kind of id. Two spaces with different keys never understand one another's UUIDs."""

    __slots__ = ("_factor", "_hash", "_inverse", "_mask")

    def __init__(self, key: bytes) -> None:
        self._hash = hashlib.blake2b(key=key, digest_size=8)
        seed = hashlib.blake2b(b"scramble", key=key, digest_size=16).digest()
        self._factor = int.from_bytes(seed[:8]) | 1  # odd, so that it can be undone modulo 2 to the 64
        self._inverse = pow(self._factor, -1, 1 << 64)
        self._mask = int.from_bytes(seed[8:])

    def text(self, number: int) -> str:
        """Return the UUID of *number*, 0 ≤ number < 2 to the 64."""
        word = (number * self._factor & _WORD) ^ self._mask
        tag = self._tag(word)
        # eight, four and three digits of the tag around the version; the tag's last two bits follow the variant's "10"
        head = f"{tag >> 2:014x}"
        tail = f"{0x8000000000000000 | (tag & 3) << 60 | word >> 4:016x}"
        return f"{head[:8]}-{head[8:12]}-4{head[12:]}{word & 15:x}-{tail[:4]}-{tail[4:]}"

    def number(self, text: str) -> int | None:
        """Return the number whose UUID *text* is, or None when it is none of ours."""
        text = text.lower()
        if _UUID.fullmatch(text) is None:
            return None
        tail = int(text[19:].replace("-", ""), 16)
        word = (tail & ((1 << 60) - 1)) << 4 | int(text[17], 16)
        tag = int(text[:8] + text[9:13] + text[15:17], 16) << 2 | (tail >> 60 & 3)
        if tag != self._tag(word):
            return None
        return (word ^ self._mask) * self._inverse & _WORD

    def _tag(self, word: int) -> int:
        keyed = self._hash.copy()
        keyed.update(word.to_bytes(8))
        return int.from_bytes(keyed.digest()) >> (64 - _TAG_BITS)


# The keys are part of the wire: a client keeps our UUIDs, so they must read the same after a restart.
ORDERS: Final = UuidSpace(b"bedesten btse order id")
TRADES: Final = UuidSpace(b"bedesten btse trade id")
