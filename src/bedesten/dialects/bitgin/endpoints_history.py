"""What came, went, was bought and sold, in pages: one row for each, newest first.

Source: BITGIN API, Get Wallet/Trade History. The documents' default of the year 2020 is none here: without dates all is told.
A list
ends behind its newest 5,000 rows. Days are those of the bank. A conversion is told as bought, and so is each match in an order
book that bought. fee has ten decimals, as in the examples.
"""

from __future__ import annotations

import datetime
from collections.abc import AsyncIterator, Sequence
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Final

import msgspec

from bedesten.dialects.bitgin import render_history
from bedesten.dialects.bitgin.envelope import Envelope, done
from bedesten.dialects.bitgin.errors import invalid
from bedesten.dialects.bitgin.parse import account_of
from bedesten.dialects.bitgin.render_history import TRADES, Chosen, Item
from bedesten.dialects.bitgin.shapes_money import HistoryQuery
from bedesten.services.ports import NS_MAX

if TYPE_CHECKING:
    from bedesten.dialects.contract import Request
    from bedesten.services.venue import Venue

PAGE_MAX: Final = 500
ROWS_MAX: Final = 5_000  # the list ends behind so many: whoever wants older ones asks for their days
NAMES_MAX: Final = 200  # combinations or ids in one request
_NS_PER_S: Final = 1_000_000_000


@dataclass(frozen=True)
class _Wanted:
    """What a request chooses."""

    pairs: set[tuple[str, int]]  # of currency and type; none: all
    is_trade: bool | None
    start_ns: int
    end_ns: int

    def has(self, item: Item) -> bool:
        """Return whether a row is chosen."""
        return (
            (not self.pairs or (item.currency, item.type) in self.pairs)
            and self.is_trade in (None, item.type in TRADES)
            and self.start_ns <= item.time_ns < self.end_ns
        )

    @property
    def types(self) -> frozenset[int]:
        """Of which types rows may be chosen; none: of any."""
        return frozenset(kind for _, kind in self.pairs)

    @property
    def currency(self) -> str:
        """The only currency that is chosen, or ""."""
        currencies = {currency for currency, _ in self.pairs}
        return currencies.pop() if len(currencies) == 1 else ""

    @property
    def is_of_matches(self) -> bool:
        """Whether any match may be chosen."""
        return self.is_trade is not False and (not self.pairs or any(kind in TRADES for _, kind in self.pairs))


@dataclass
class _Page:
    """The rows from *start* to *end* of a list, and how many were offered to it."""

    start: int
    end: int
    offered: int = 0
    items: list[Item] = field(default_factory=list)

    def offer(self, item: Item) -> None:
        """Take the next row, where it falls within."""
        if self.start <= self.offered < self.end:
            self.items.append(item)
        self.offered += 1


async def history(venue: Venue, request: Request, query: HistoryQuery) -> Envelope:
    """Tell one page."""
    if not 0 < query.pageSize <= PAGE_MAX:
        raise invalid("pageSize")
    if query.pageNum < 1:
        raise invalid("pageNum")
    ids = {each.strip() for each in query.auditIds.split(",") if each.strip()}
    if len(ids) > NAMES_MAX:
        raise invalid("auditIds")
    start_ns, end_ns = _day_ns(venue, query.startDate, "startDate", 0), _day_ns(venue, query.endDate, "endDate", 1)
    wanted = _Wanted(
        _pairs(query.query),
        query.isTxn,
        0 if start_ns is None else max(start_ns, 0),
        NS_MAX if end_ns is None else end_ns,
    )
    page = _Page((query.pageNum - 1) * query.pageSize, query.pageNum * query.pageSize)
    account = account_of(request)
    total = await _fill(venue, account, wanted, ids, page)
    data = {
        "totalRows": total,
        "pageSize": query.pageSize,
        "currentPage": query.pageNum,
        "totalPages": -(-total // query.pageSize),
        "data": await render_history.rows(venue, account, page.items),
    }
    return done(venue, data)


async def _fill(venue: Venue, account: int, wanted: _Wanted, ids: set[str], page: _Page) -> int:
    """Offer the chosen rows to the page, and return how many there are; beyond the list's end none are read."""
    if ids:
        found = await render_history.named(venue, account, ids)
    else:
        of = Chosen(wanted.start_ns, wanted.end_ns, wanted.types, wanted.currency, ROWS_MAX)
        found = await render_history.items(venue, account, of)
    others = sorted(filter(wanted.has, found), key=lambda item: (-item.time_ns, item.audit_id))[:ROWS_MAX]
    if ids or not wanted.is_of_matches:
        for item in others:
            page.offer(item)
    else:
        await _merge(render_history.fills(venue, account, wanted.start_ns, wanted.end_ns), others, wanted, page)
    return min(page.offered, ROWS_MAX)


async def _merge(matches: AsyncIterator[Item], others: Sequence[Item], wanted: _Wanted, page: _Page) -> None:
    """Offer matches and others by their time, of one instant the others first."""
    at = looked_at = 0
    async for item in matches:
        while at < len(others) and others[at].time_ns >= item.time_ns:
            page.offer(others[at])
            at += 1
        if page.offered >= ROWS_MAX or looked_at == ROWS_MAX:
            break
        looked_at += 1
        if wanted.has(item):
            page.offer(item)
    for other in others[at:]:
        page.offer(other)


def _pairs(text: str) -> set[tuple[str, int]]:
    """Return currencies and types of a list like ["TWD-1","USDT-2"]; the brackets may be missing."""
    if not text.strip():
        return set()
    try:
        sent = msgspec.json.decode(text, type=list[str]) if text.lstrip().startswith("[") else text.split(",")
        split = [each.strip().rpartition("-") for each in sent]
        pairs = {(currency.upper(), int(kind)) for currency, _, kind in split}
    except (msgspec.DecodeError, ValueError, RecursionError) as error:
        raise invalid("query") from error
    if len(pairs) > NAMES_MAX or not all(currency for currency, _ in pairs):
        raise invalid("query")
    return pairs


def _day_ns(venue: Venue, text: str, name: str, days: int) -> int | None:
    if not text:
        return None
    try:
        day = datetime.datetime.strptime(text, "%Y-%m-%d").replace(tzinfo=datetime.UTC)
        instant = int((day + datetime.timedelta(days=days)).timestamp()) - venue.fiat.terms.utc_offset_s
    except (ValueError, OverflowError) as error:
        raise invalid(name) from error
    return instant * _NS_PER_S
