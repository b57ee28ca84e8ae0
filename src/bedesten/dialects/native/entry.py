"""How the venue's own API is registered."""

from __future__ import annotations

from collections.abc import Collection
from typing import TYPE_CHECKING, Final

from bedesten.dialects.entry import DialectEntry, Terms
from bedesten.dialects.native.limits import LIMITS

if TYPE_CHECKING:
    from bedesten.config import VenueFile
    from bedesten.dialects.contract import Dialect


def _make(terms: Terms) -> Dialect:
    from bedesten.dialects.native.dialect import NativeDialect  # with its tables

    return NativeDialect(terms)


def _markets(file: VenueFile) -> Collection[str]:
    return [each.name for each in file.instruments]


ENTRY: Final = DialectEntry(
    name="native",
    title="Bedesten",
    limits=LIMITS,
    choices=(),
    make=_make,
    markets=_markets,
)
