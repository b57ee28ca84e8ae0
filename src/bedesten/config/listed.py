"""Names that an API gives to its instruments: what may stand in a path, a query and a JSON text as it is."""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from typing import Final

from msgspec.structs import replace

from bedesten.config.described import VenueFile
from bedesten.config.values import Objection
from bedesten.domain.instruments import Instrument, Listing

SYMBOL: Final = re.compile(r"[A-Za-z0-9._-]{2,32}", re.ASCII)


def odd_symbols(file: VenueFile) -> Iterator[Objection]:
    """Yield what is wrong with each name that has other characters, or too few or many of them."""
    names = {instrument.id: instrument.name for instrument in file.instruments}
    for api, rows in file.listings.items():
        for at, row in enumerate(rows):
            if not SYMBOL.fullmatch(row.symbol):
                instrument = names[row.instrument]
                yield Objection(
                    name=f"listings.{api}.{instrument}",
                    said=row.symbol,
                    key=f"listings.{api}[{at}] ({instrument}).symbol",
                    reason=f"{row.symbol!r} cannot stand in every path, query and answer as it is: take 2 to 32 letters, digits, "
                    "dots, dashes and underscores",
                    taken="its symbol is told as it is, or as base and quote where it would break an answer. Set another: 2 to "
                    "32 letters, digits, dots, dashes and underscores",
                )


def printable(file: VenueFile) -> VenueFile:
    """Return the venue with each symbol that would break an answer replaced by base and quote."""
    by_id = {instrument.id: instrument for instrument in file.instruments}
    return replace(file, listings={api: _printable(rows, by_id) for api, rows in file.listings.items()})


def _printable(rows: Sequence[Listing], by_id: dict[int, Instrument]) -> tuple[Listing, ...]:
    taken = {row.symbol for row in rows}
    found = []
    for row in rows:
        if breaks_answers(row.symbol):
            instrument = by_id[row.instrument]
            row = replace(row, symbol=_free(instrument.base.code + instrument.quote.code, taken))
            taken.add(row.symbol)
        found.append(row)
    return tuple(found)


def breaks_answers(symbol: str) -> bool:
    """Return whether a JSON text, or a line, would end with that name in it."""
    return not symbol or not symbol.isprintable() or '"' in symbol or "\\" in symbol


def _free(name: str, taken: set[str]) -> str:
    number, found = 1, name
    while found in taken:
        number += 1
        found = f"{name}.{number}"
    return found
