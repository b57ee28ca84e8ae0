"""What every note is."""

from __future__ import annotations

import msgspec

#: A text that only the venue can read: sealed with the data key of its owner, for one purpose (services.ports.Sealing).
Sealed = str


#: A whole number in decimal digits: it may need more than the 64 bits that a number in a note has.
Whole = str


class Note(msgspec.Struct, frozen=True, array_like=True):
    """A fact that a service puts beside a command."""
