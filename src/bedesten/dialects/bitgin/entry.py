"""How BITGIN's API is registered."""

from __future__ import annotations

from collections.abc import Collection
from typing import TYPE_CHECKING, Final

from bedesten.dialects.bitgin.choices import CHOICES
from bedesten.dialects.bitgin.limits import LIMITS
from bedesten.dialects.entry import DialectEntry, Terms

if TYPE_CHECKING:
    from bedesten.config import VenueFile
    from bedesten.dialects.contract import Dialect


def _make(terms: Terms) -> Dialect:
    from bedesten.dialects.bitgin.dialect import BitginDialect  # with its tables

    return BitginDialect(terms.limits)


def _markets(file: VenueFile) -> Collection[str]:
    return [each.name for each in file.instruments]


ENTRY: Final = DialectEntry(
    name="bitgin",
    title="BITGIN",
    limits=LIMITS,
    choices=CHOICES,
    make=_make,
    markets=_markets,
    extra="customers",
)
