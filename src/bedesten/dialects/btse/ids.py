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

NUMBER_MAX: Final = (1 << 63) - 1  # of an order or trade; the keys are no secret, so UUIDs beyond it can be made up
_WORD: Final = (1 << 64) - 1
_UUID: Final = re.compile(r"[0-9a-f]{8}-[0-9a-f]{4}-4[0-9a-f]{3}-[89ab][0-9a-f]{3}-[0-9a-f]{12}", re.ASCII)
_VARIANT: Final = {digit: "89ab"[int(digit, 16) >> 2] for digit in "0123456789abcdef"}


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
        """Return the UUID of *number*, 0 ≤ number ≤ NUMBER_MAX."""
        scrambled = ((number * self._factor & _WORD) ^ self._mask).to_bytes(8)
        keyed = self._hash.copy()
        keyed.update(scrambled)
        tag, word = keyed.hexdigest(), scrambled.hex()
        # 56 bits of tag, the version, the word's last digit; the variant with two more bits of tag, the rest of the word
        return f"{tag[:8]}-{tag[8:12]}-4{tag[12:14]}{word[15]}-{_VARIANT[tag[14]]}{word[:3]}-{word[3:15]}"

    def number(self, text: str) -> int | None:
        """Return the number whose UUID *text* is, or None when it is none of ours."""
        text = text.lower()
        if _UUID.fullmatch(text) is None:
            return None
        word = int(text[20:23] + text[24:] + text[17], 16)
        number = (word ^ self._mask) * self._inverse & _WORD
        return number if number <= NUMBER_MAX and self.text(number) == text else None


# The keys are part of the wire: a client keeps our UUIDs, so they must read the same after a restart.
ORDERS: Final = UuidSpace(b"bedesten btse order id")
TRADES: Final = UuidSpace(b"bedesten btse trade id")
SETTLEMENTS: Final = UuidSpace(b"bedesten btse settlement id")
