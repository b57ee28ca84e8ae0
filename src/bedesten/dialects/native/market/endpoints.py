"""What anybody may ask: the clock, what is listed, tickers, books, trades, candles and index prices."""

from __future__ import annotations

from typing import TYPE_CHECKING

from msgspec import UnsetType

from bedesten import __version__
from bedesten.dialects.contract import Request
from bedesten.dialects.native.cursors import Listed
from bedesten.dialects.native.errors import wrong
from bedesten.dialects.native.market import render, shapes
from bedesten.dialects.native.market.parse import RESOLUTIONS_S, group_of, instrument_of
from bedesten.dialects.native.shapes import Page
from bedesten.dialects.native.times import NS_PER_MS, NS_PER_S, ns_of, time_text
from bedesten.domain.instruments import Instrument
from bedesten.services.accounts.accounts import OUTSIDE
from bedesten.services.market.indexes import index_of
from bedesten.services.ports import NS_MAX

if TYPE_CHECKING:
    from bedesten.core import Machine
    from bedesten.services.venue import Venue

LANGUAGES = ("en", "tr", "zh-TW")


async def venue_time(venue: Venue, request: Request, form: None) -> shapes.VenueTime:
    """Return the clock."""
    now_ns = venue.clock.now_ns()
    return shapes.VenueTime(time_text(now_ns), now_ns // NS_PER_MS)


class About:
    """What venue this is."""

    def __init__(self, name: str, *, is_demo: bool) -> None:
        self._name = name
        self._is_demo = is_demo

    async def __call__(self, venue: Venue, request: Request, form: None) -> shapes.VenueInfo:
        """Return it."""
        offered: dict[shapes.Feature, bool] = {
            "networks": bool(venue.catalogue.networks),
            "bank": bool(venue.fiat.terms.currencies),
            "otc": bool(venue.otc.terms.markets),
            "conversions": venue.conversions.terms is not None,
            "sign_up": True,
        }
        features = [feature for feature, is_offered in offered.items() if is_offered]
        now = time_text(venue.clock.now_ns())
        return shapes.VenueInfo(self._name, __version__, self._is_demo, [*LANGUAGES], features, now)


async def instruments(venue: Venue, request: Request, form: None) -> Page[shapes.InstrumentRow]:
    """Return every instrument."""
    listed = venue.catalogue.instruments

    def ask(machine: Machine) -> list[tuple[int, int]]:
        return [machine.fee_rates(OUTSIDE, each.id) for each in listed]

    rates = await venue.sequencer.read(ask)
    return Page([render.instrument_row(each, rate) for each, rate in zip(listed, rates, strict=True)])


async def instrument(venue: Venue, request: Request, form: shapes.InstrumentQuery) -> shapes.InstrumentRow:
    """Return one instrument."""
    found = instrument_of(venue, form.instrument)
    rates = await venue.sequencer.read(lambda machine: machine.fee_rates(OUTSIDE, found.id))
    return render.instrument_row(found, rates)


async def assets(venue: Venue, request: Request, form: None) -> Page[shapes.AssetRow]:
    """Return every asset."""
    networks = venue.catalogue.networks
    return Page([render.asset(each, networks) for each in venue.catalogue.assets])


async def networks(venue: Venue, request: Request, form: None) -> Page[shapes.NetworkRow]:
    """Return every network."""
    listed = {each.id: each for each in venue.catalogue.assets}
    return Page([render.network(each, listed) for each in venue.catalogue.networks])


async def tickers(venue: Venue, request: Request, form: shapes.TickersQuery) -> Page[shapes.Ticker]:
    """Return the prices and the last day of every instrument, or of one."""
    if not isinstance(form.instrument, UnsetType):
        found = instrument_of(venue, form.instrument)
        return Page([render.ticker(found, await venue.market_data.summary(found.id))])
    summaries = {summary.instrument: summary for summary in await venue.market_data.summaries()}
    return Page([render.ticker(each, summaries[each.id]) for each in venue.catalogue.instruments])


async def book(venue: Venue, request: Request, form: shapes.BookQuery) -> shapes.Book:
    """Return the best levels of a book."""
    found = instrument_of(venue, form.instrument)
    group = group_of(found, form.group)
    return render.book(found, await venue.market_data.depth(found.id, form.depth, group), group)


async def trades(venue: Venue, request: Request, form: shapes.TradesQuery) -> Page[shapes.TradeRow]:
    """Return matches, newest first."""
    found = instrument_of(venue, form.instrument)
    listed = Listed("trades", found.id)
    before_id = NS_MAX if isinstance(form.after, UnsetType) else listed.place(form.after, 1)[0]
    rows = await venue.market_data.trades(found.id, before_id=before_id, limit=form.limit + 1)
    return listed.page(rows, form.limit, lambda row: render.trade(found, row), lambda row: (row.trade_id,))


async def candles(venue: Venue, request: Request, form: shapes.CandlesQuery) -> Page[shapes.CandleRow]:
    """Return candles, newest first."""
    found = instrument_of(venue, form.instrument)
    resolution_s = RESOLUTIONS_S[form.resolution]
    start_s, end_s = _range(form, venue.clock.now_ns() // NS_PER_S + 1)
    newest = venue.market_data.recent_trades(found.id, 1)
    if not newest:
        return Page([])
    end_s = min(end_s, newest[0].time_ns // NS_PER_S + 1)  # there are no periods behind the last trade
    listed = Listed("candles", found.id, resolution_s, start_s)
    if not isinstance(form.after, UnsetType):
        end_s = min(end_s, listed.place(form.after, 1)[0])
    rows = await venue.candles.candles(found.id, resolution_s, start_s, end_s, form.limit + 1)
    return listed.page(rows[::-1], form.limit, lambda row: render.candle(found, row), lambda row: (row.start_s,))


def _range(form: shapes.CandlesQuery, now_s: int) -> tuple[int, int]:
    start_s = 0 if isinstance(form.start, UnsetType) else -(-ns_of(form.start, "start") // NS_PER_S)
    end_s = now_s if isinstance(form.end, UnsetType) else -(-ns_of(form.end, "end") // NS_PER_S)
    if end_s < start_s:
        raise wrong("end", "the end is before the start")
    return start_s, end_s


async def index(venue: Venue, request: Request, form: shapes.InstrumentQuery) -> shapes.IndexPrice:
    """Return an index price."""
    found: Instrument = instrument_of(venue, form.instrument)
    told = await venue.sequencer.read(lambda machine: index_of(machine, found.id))
    return render.index(found, told, venue.clock.now_ns())


async def announcements(
    venue: Venue, request: Request, form: shapes.AnnouncementsQuery
) -> Page[shapes.AnnouncementRow]:
    """Return what the operator changed, newest first."""
    newest = list(venue.feeds.announced)[::-1][: form.limit]
    return Page([render.announcement(each) for each in newest])
