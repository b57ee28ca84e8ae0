"""Cursors: where a page of a list ended. A client hands them back as they are.

A cursor holds the last row's place and a checksum over the list, its filter and that place, so that one which was altered, or
is used with another filter, is refused rather than misread. It says nothing that its reader did not see, and so needs no secret.
"""

from __future__ import annotations

import base64
import binascii
from collections.abc import Callable, Sequence
from hashlib import blake2b
from typing import Final, TypeVar

import msgspec

from bedesten.dialects.native.errors import wrong
from bedesten.dialects.native.shapes import Page

CHECK_BYTES: Final = 6
Place = tuple[int, ...]
Found = TypeVar("Found")
Row = TypeVar("Row")

_decode: Final = msgspec.msgpack.Decoder(tuple[int, ...]).decode


class Listed:
    """One list as it was asked for: its name, and everything that chooses its rows (the account, the filter)."""

    def __init__(self, name: str, *chosen: object) -> None:
        self._key = repr((name, chosen)).encode()

    def cursor(self, place: Place) -> str:
        """Return the cursor behind the row at *place*."""
        packed = msgspec.msgpack.encode(place)
        return base64.urlsafe_b64encode(self._check(packed) + packed).decode().rstrip("=")

    def place(self, cursor: str, width: int) -> Place:
        """Return what `cursor` was given: *width* numbers.

        Raises: Refused, naming `after`.
        """
        try:
            sealed = base64.b64decode(cursor + "=" * (-len(cursor) % 4), altchars=b"-_", validate=True)
            packed = sealed[CHECK_BYTES:]
            if sealed[:CHECK_BYTES] == self._check(packed) and len(place := _decode(packed)) == width:
                return place
        except (binascii.Error, ValueError, msgspec.DecodeError):
            pass
        raise wrong("after", "that is no `next` of this list with this filter")

    def page(
        self, found: Sequence[Found], limit: int, row: Callable[[Found], Row], place: Callable[[Found], Place]
    ) -> Page[Row]:
        """Return a page of *found*, which has one row more than *limit* where there are more."""
        page = Page([row(each) for each in found[:limit]])
        if len(found) > limit:
            page.next = self.cursor(place(found[limit - 1]))
        return page

    def _check(self, packed: bytes) -> bytes:
        return blake2b(packed, digest_size=CHECK_BYTES, key=blake2b(self._key, digest_size=32).digest()).digest()
