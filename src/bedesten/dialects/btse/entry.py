"""How BTSE's API is registered."""

from __future__ import annotations

from collections.abc import Collection
from typing import TYPE_CHECKING, Final

from bedesten.dialects.btse.choices import CHOICES
from bedesten.dialects.btse.first_order import MARKET, first_order
from bedesten.dialects.btse.limits import LIMITS
from bedesten.dialects.entry import DialectEntry, FirstOrder, Terms

if TYPE_CHECKING:
    from bedesten.config import VenueFile
    from bedesten.dialects.contract import Dialect


def _make(terms: Terms) -> Dialect:
    from bedesten.dialects.btse.dialect import BtseDialect  # with its tables: what serves no requests need not wait
    from bedesten.dialects.btse.sockets import Sockets

    return BtseDialect(Sockets(book_interval_ns=terms.book_interval_ns), terms.limits, terms.answers)


def _markets(file: VenueFile) -> Collection[str]:
    return [each.name for each in file.instruments]


ENTRY: Final = DialectEntry(
    name="btse",
    title="BTSE",
    limits=LIMITS,
    choices=CHOICES,
    make=_make,
    markets=_markets,
    first_order=FirstOrder(MARKET, first_order),
)
