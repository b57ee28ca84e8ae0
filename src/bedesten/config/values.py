"""What a value in the venue file may be, and how a decimal becomes whole units. Never lets one through as a float."""

from __future__ import annotations

from typing import Annotated, NamedTuple

import msgspec

from bedesten.domain.money import AMOUNT_MAX, to_units

Decimal = str | int  # as written in the file: 0.05, "0.05" and 5 are all good
Code = Annotated[str, msgspec.Meta(pattern="^[A-Z0-9]{2,12}$")]


class ValueRefused(ValueError):
    """A value cannot be used: the key it stands at, and what is wrong with it."""

    def __init__(self, key: str, reason: str) -> None:
        super().__init__(key, reason)
        self.key = key
        self.reason = reason


class Objection(NamedTuple):
    """What a new file may not say, though a venue that says it already goes on.

    name, said: of what, and what, so that an edit elsewhere in the file is no reason. key, reason: of a refusal. taken: what a
    start says where it goes on nevertheless, and what to set; one sentence for all of a kind.
    """

    name: str
    said: str
    key: str
    reason: str
    taken: str


def units(key: str, written: Decimal, *, scale: int, least: int = 0, most: int = AMOUNT_MAX) -> int:
    """Return a decimal of the file as whole units.

    Raises: ValueRefused.
    """
    try:
        found = to_units(str(written), scale=scale)
    except ValueError as error:
        raise ValueRefused(key, f"{error}; write a decimal such as 0.05") from error
    if not least <= found <= most:
        raise ValueRefused(key, f"{written} is out of range")
    return found
