"""The table of live markets on the first page, made by the server: it is there before a script runs, and without one."""

from __future__ import annotations

import html
from collections.abc import Awaitable, Callable
from typing import TYPE_CHECKING, Final, NamedTuple

from bedesten.domain.enums import InstrumentState
from bedesten.services.errors import Overloaded, StoreFailure

if TYPE_CHECKING:
    from bedesten.services.venue import Venue

ROWS_MAX: Final = 12  # more are a page of their own: /app/markets
REFERENCE: Final = "USD"  # what is quoted in it stands first
_BPS: Final = 10_000


class PriceRow(NamedTuple):
    """One instrument as texts."""

    name: str
    last: str  # "": it never traded
    change_bps: int | None  # of the last price against the first of the last 24 hours; None: unknown
    volume: str  # in quote
    quote: str
    state: InstrumentState


PriceRows = Callable[[], Awaitable[list[PriceRow]]]


async def price_rows(venue: Venue) -> list[PriceRow]:
    """Return the instruments of *venue*, those in USD first, else in the venue's order; none when it is too busy to say."""
    try:
        summaries = await venue.market_data.summaries()
    except (Overloaded, StoreFailure):
        return []
    found = [(venue.catalogue.by_id(each.instrument), each) for each in summaries]
    listed = [(instrument, summary) for instrument, summary in found if instrument is not None]
    listed.sort(key=lambda each: each[0].quote.code != REFERENCE)
    rows = []
    for instrument, summary in listed[:ROWS_MAX]:
        places = len(instrument.price_text(1).partition(".")[2])
        change = (summary.last - summary.open) * _BPS // summary.open if summary.open and summary.last else None
        last = grouped(instrument.price_text(summary.last, places)) if summary.last else ""
        volume = grouped(instrument.amount_text(summary.quote_volume).partition(".")[0])
        rows.append(PriceRow(instrument.name, last, change, volume, instrument.quote.code, instrument.state))
    return rows


def grouped(text: str) -> str:
    """Return a decimal with its thousands apart."""
    whole, point, fraction = text.partition(".")
    return f"{int(whole):,}{point}{fraction}"


def change_text(bps: int | None) -> str:
    """Return a change with its sign in figures and beside them: never by colour alone."""
    if bps is None:
        return "–"
    sign = "▲ +" if bps > 0 else "▼ −" if bps < 0 else ""
    return f"{sign}{abs(bps) // 100}.{abs(bps) % 100:02d} %"


def price_table(rows: list[PriceRow]) -> str:
    """Return the rows as HTML."""
    if not rows:
        return '<p class="dim">This venue lists nothing yet.</p>'
    lines = []
    for row in rows:
        tone = "" if not row.change_bps else " up" if row.change_bps > 0 else " down"
        state = "" if row.state is InstrumentState.TRADING else f' <small class="tag">{row.state.name.lower()}</small>'
        name = html.escape(row.name)
        lines.append(
            f'<tr><th scope="row"><a href="/app/trade/{name}">{name}</a>{state}</th>'
            f'<td class="num">{row.last or "–"}</td><td class="num{tone}">{change_text(row.change_bps)}</td>'
            f'<td class="num dim">{row.volume} {html.escape(row.quote)}</td></tr>'
        )
    head = "".join(f'<th scope="col">{word}</th>' for word in ("Instrument", "Last price", "24 hours", "Volume"))
    return f'<table class="tickers"><thead><tr>{head}</tr></thead><tbody>{"".join(lines)}</tbody></table>'
