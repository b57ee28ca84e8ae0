"""How BtcTurk's API is registered."""

from __future__ import annotations

from collections.abc import Collection
from typing import TYPE_CHECKING, Final

from bedesten.dialects.btcturk.choices import CHOICES
from bedesten.dialects.btcturk.first_order import MARKET, first_order
from bedesten.dialects.btcturk.limits import FORMERLY, LIMITS
from bedesten.dialects.entry import DialectEntry, FirstOrder, Terms

if TYPE_CHECKING:
    from bedesten.config import VenueFile
    from bedesten.dialects.contract import Dialect

NAME: Final = "btcturk"


def _make(terms: Terms) -> Dialect:
    from bedesten.dialects.btcturk.dialect import BtcTurkDialect  # with its tables

    return BtcTurkDialect(limits=terms.limits, answers=terms.answers)


def _markets(file: VenueFile) -> Collection[str]:
    return [each.symbol for each in file.listings.get(NAME, ())]


ENTRY: Final = DialectEntry(
    name=NAME,
    title="BtcTurk",
    limits=LIMITS,
    choices=CHOICES,
    make=_make,
    markets=_markets,
    former_limits=FORMERLY,
    first_order=FirstOrder(MARKET, first_order),
    is_listed_by_file=True,
)
