"""The OTC desk in the public API: markets, quotes, look-up and acceptance, in the public API's envelope. Another door to the same
desk as endpoints_otc: a quote of either, or of the stream, is accepted at both.

Source: docs.btse.com, OTC (public-api otc/v1), read 2026-11-20. It shows the row of a quote with the status NEW_QUOTE and, once
it is accepted, COMPLETED. The rows of markets, the look-up's parameter, its other statuses and every error are not documented:
they are ours, and docs/otc.md lists them. Decimals are texts, as everywhere in the public API; ttl is in whole seconds.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Final

import msgspec

from bedesten.dialects.btse import errors, numbers
from bedesten.dialects.btse.otc import errors as otc_errors
from bedesten.dialects.btse.otc import parse, render
from bedesten.dialects.btse.otc.endpoints import CLIENT_ID_MAX, instrument_of, references_of
from bedesten.dialects.btse.otc.errors import refused
from bedesten.dialects.btse.otc.shapes import OtcAcceptForm, OtcLookUpQuery, OtcQuoteForm
from bedesten.dialects.btse.replies import account_of, envelope
from bedesten.dialects.btse.vocabulary import SIDE_NAME
from bedesten.dialects.contract import Reply, Request
from bedesten.domain.enums import Side
from bedesten.domain.instruments import Asset
from bedesten.services.otc.desk import OtcRefusal
from bedesten.services.otc.quotes import Quote, QuoteState, price_with, quote_of

if TYPE_CHECKING:
    from bedesten.services.venue import Venue

NS_PER_S: Final = 1_000_000_000
NEW_QUOTE: Final = "NEW_QUOTE"
COMPLETED: Final = "COMPLETED"
EXPIRED: Final = "EXPIRED"
_STATUS: Final = {
    QuoteState.OPEN: NEW_QUOTE,
    QuoteState.SETTLED: COMPLETED,
    QuoteState.REQUOTED: "REQUOTED",
    QuoteState.REJECTED: "REJECTED",
}


async def markets(venue: Venue, request: Request, params: None) -> Reply:
    """Answer what the desk quotes: one row a market."""
    references = await references_of(venue)
    rows: list[dict[str, str]] = []
    for market in venue.otc.terms.markets:
        instrument = venue.catalogue.by_id(market.instrument)
        if instrument is None:
            continue
        price = price_with(instrument, Side.SELL, references.get(instrument.id, 0), 0)
        row = {
            "symbol": instrument.name,
            "baseCurrency": instrument.base.code,
            "quoteCurrency": instrument.quote.code,
        }
        for name, base in (("min", market.min_quantity), ("max", market.max_quantity)):
            row[f"{name}BaseSize"] = _text(base, instrument.base)
            row[f"{name}QuoteSize"] = _text(quote_of(instrument, Side.SELL, price, base), instrument.quote)
        rows.append(row)
    return _enveloped(venue, rows)


async def quote(venue: Venue, request: Request, form: OtcQuoteForm) -> Reply:
    """Answer a request for a quote."""
    instrument = instrument_of(venue, form.baseCurrency, form.quoteCurrency)
    side = parse.SIDES.get(form.side)
    if side is None:
        raise errors.invalid("side")
    if len(form.clOrderId or "") > CLIENT_ID_MAX:
        raise errors.invalid("clOrderId")
    base = _size(form.baseSize, instrument.base, "baseSize")
    money = _size(form.quoteSize, instrument.quote, "quoteSize")
    if bool(base) == bool(money):
        raise errors.invalid("one of baseSize and quoteSize is needed")
    made = await venue.otc.quote(
        account_of(request), instrument, side, base=base, quote=money, client_id=form.clOrderId or ""
    )
    if isinstance(made, OtcRefusal):
        raise refused(made)
    return _enveloped(venue, _row(made, NEW_QUOTE, None))


async def look_up(venue: Venue, request: Request, query: OtcLookUpQuery) -> Reply:
    """Answer a look-up."""
    found = venue.otc.find(account_of(request), query.quoteId)
    if found is None:
        raise refused(OtcRefusal.UNKNOWN_QUOTE)
    is_late = found.state is QuoteState.OPEN and venue.clock.now_ns() >= found.expires_ns
    return _enveloped(venue, _row(found, EXPIRED if is_late else _STATUS[found.state], None))


async def accept(venue: Venue, request: Request, form: OtcAcceptForm) -> Reply:
    """Answer an acceptance: of a part when that is smaller and of the asset that the quote was asked in, else of all."""
    account = account_of(request)
    known = venue.otc.find(account, form.quoteId)
    if known is None:
        raise refused(OtcRefusal.UNKNOWN_QUOTE)
    base = _size(form.baseSize, known.instrument.base, "baseSize")
    money = _size(form.quoteSize, known.instrument.quote, "quoteSize")
    if parse.is_nothing((form.baseSize, base), (form.quoteSize, money)):
        raise errors.invalid("baseSize, quoteSize")
    part = {"quote": money} if known.in_quote else {"base": base}
    done = await venue.otc.accept(account, form.quoteId, **part)
    match done.refusal, done.quote:
        case ((None | OtcRefusal.SETTLED as refusal), Quote() as settled):
            return _enveloped(venue, _row(settled, COMPLETED, refusal))
        case OtcRefusal.MOVED, Quote() as anew:
            return _enveloped(venue, _row(anew, NEW_QUOTE, OtcRefusal.MOVED))
        case OtcRefusal.INSUFFICIENT_AVAILABLE, _:
            raise errors.BtseError(errors.INSUFFICIENT, "Insufficient wallet balance")
        case refusal, _:
            raise refused(refusal or OtcRefusal.UNKNOWN_QUOTE)


def _row(quote: Quote, status: str, reason: OtcRefusal | None) -> dict[str, Any]:
    row: dict[str, Any] = {
        "quoteId": quote.id,
        "clOrderId": quote.client_id or None,
        "side": SIDE_NAME[quote.side],
        "baseSize": _text(quote.base, quote.instrument.base),
        "baseCurrency": quote.instrument.base.code,
        "quoteSize": _text(quote.quote, quote.instrument.quote),
        "quoteCurrency": quote.instrument.quote.code,
        "ratio": render.price_text(quote.price),
        "expireTime": numbers.ms(quote.expires_ns),
        "ttl": (quote.expires_ns - quote.made_ns) // NS_PER_S,
        "status": status,
    }
    if reason is not None:
        row["reason"] = otc_errors.sentence(reason)
    return row


def _size(raw: msgspec.Raw, asset: Asset, name: str) -> int:
    try:
        return parse.units_of(raw, asset)
    except ValueError as error:
        raise errors.invalid(name) from error


def _text(units: int, asset: Asset) -> str:
    return numbers.decimal(units, asset.scale)


def _enveloped(venue: Venue, data: Any) -> Reply:
    return envelope(msgspec.json.encode(data).decode(), venue.clock.now_ns())
