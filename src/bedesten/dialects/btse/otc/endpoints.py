"""The OTC API: markets, quotes, their acceptance and rejection, look-up.

A quote may come from here or from `/ws/otc`. What became of a known quote is its row, with a status and a reason; a quote that is
not the account's is refused in shape F, and so is what cannot be quoted.
Source: BTSE OTC API (https://btsecom.github.io/docs/otc/en/), read 2026-11-20. getMarket is documented as one object though it
speaks of all: an array of them is answered. side, clientOrderId and reason stand in every row.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Final

from bedesten.dialects.btse import errors, numbers
from bedesten.dialects.btse.numbers import raw
from bedesten.dialects.btse.otc import errors as otc_errors
from bedesten.dialects.btse.otc import parse, render
from bedesten.dialects.btse.otc.errors import refused
from bedesten.dialects.btse.otc.shapes import OtcAcceptBody, OtcQuoteBody
from bedesten.dialects.btse.replies import account_of
from bedesten.dialects.btse.vocabulary import SIDE_NAME
from bedesten.dialects.contract import Request
from bedesten.domain.enums import Side
from bedesten.services.otc.desk import Acceptance, OtcRefusal
from bedesten.services.otc.quotes import Quote, QuoteState, price_with, quote_of

if TYPE_CHECKING:
    from bedesten.domain.instruments import Instrument
    from bedesten.domain.otc import OtcMarket
    from bedesten.services.venue import Venue

CLIENT_ID_MAX: Final = 64  # characters, as of an order's
_DOLLAR: Final = "USD"

#: What became of a quote, as a look-up tells it.
_STATUS_OF_STATE: Final = {
    QuoteState.OPEN: otc_errors.ORDER_QUERY,
    QuoteState.SETTLED: otc_errors.COMPLETE,
    QuoteState.REQUOTED: otc_errors.REQUOTE,
    QuoteState.REJECTED: otc_errors.REJECTED,
}


async def markets(venue: Venue, request: Request, params: None) -> Any:
    """Answer getMarket: one row an asset, its lists parallel to supportQuoteCurrencies."""
    by_base: dict[str, list[tuple[Instrument, OtcMarket]]] = {}
    for market in venue.otc.terms.markets:
        instrument = venue.catalogue.by_id(market.instrument)
        if instrument is not None:
            by_base.setdefault(instrument.base.code, []).append((instrument, market))
    references = await references_of(venue)
    return [_asset_row(code, rows, references) for code, rows in by_base.items()]


async def quote(venue: Venue, request: Request, body: OtcQuoteBody) -> Any:
    """Answer a request for a quote."""
    instrument = instrument_of(venue, body.baseCurrency, body.orderCurrency)
    side = parse.SIDES.get(body.side)
    if side is None:
        raise errors.invalid("side")
    if len(body.clientOrderId or "") > CLIENT_ID_MAX:
        raise errors.invalid("clientOrderId")
    try:
        base = parse.units_of(body.orderSizeInBaseCurrency, instrument.base)
        money = parse.units_of(body.orderAmountInOrderCurrency, instrument.quote)
    except ValueError as error:
        raise errors.invalid("orderSizeInBaseCurrency, orderAmountInOrderCurrency") from error
    if bool(base) == bool(money):
        raise errors.invalid("one of orderSizeInBaseCurrency and orderAmountInOrderCurrency is needed")
    made = await venue.otc.quote(
        account_of(request), instrument, side, base=base, quote=money, client_id=body.clientOrderId or ""
    )
    if isinstance(made, OtcRefusal):
        raise refused(made)
    return await _row(venue, made, otc_errors.QUOTED, None)


async def accept(venue: Venue, request: Request, body: OtcAcceptBody) -> Any:
    """Answer an acceptance, of all of a quote or of a part."""
    account, quote_id = account_of(request), request.path_params["quoteId"]
    known = venue.otc.find(account, quote_id)
    if known is None:
        raise refused(OtcRefusal.UNKNOWN_QUOTE)
    try:
        base = parse.units_of(body.baseAmount, known.instrument.base)
        money = parse.units_of(body.quoteAmount, known.instrument.quote)
    except ValueError as error:
        raise errors.invalid("baseAmount, quoteAmount") from error
    if parse.is_nothing((body.baseAmount, base), (body.quoteAmount, money)):
        raise errors.invalid("baseAmount, quoteAmount")
    return await _outcome(venue, await venue.otc.accept(account, quote_id, base=base, quote=money), otc_errors.COMPLETE)


async def reject(venue: Venue, request: Request, params: None) -> Any:
    """Answer a rejection: the customer's answer to a quote that will not be taken."""
    done = await venue.otc.reject(account_of(request), request.path_params["quoteId"])
    return await _outcome(venue, done, otc_errors.REJECTED)


async def query_order(venue: Venue, request: Request, params: None) -> Any:
    """Answer a look-up."""
    found = venue.otc.find(account_of(request), request.path_params["quoteId"])
    if found is None:
        raise refused(OtcRefusal.UNKNOWN_QUOTE)
    if found.state is QuoteState.OPEN and venue.clock.now_ns() >= found.expires_ns:
        return await _row(venue, found, otc_errors.REJECTED, OtcRefusal.EXPIRED)
    return await _row(venue, found, _STATUS_OF_STATE[found.state], None)


def instrument_of(venue: Venue, base: str, money: str) -> Instrument:
    """Return the instrument that the desk quotes for these assets.

    Raises: BtseError.
    """
    instrument = venue.catalogue.instrument(f"{base}-{money}")
    if instrument is None or venue.otc.market(instrument.id) is None:
        raise refused(OtcRefusal.UNKNOWN_MARKET)
    return instrument


async def _outcome(venue: Venue, done: Acceptance, status: int) -> Any:
    if done.quote is None:
        raise refused(done.refusal or OtcRefusal.UNKNOWN_QUOTE)
    return await _row(venue, done.quote, otc_errors.STATUS[done.refusal] if done.refusal else status, done.refusal)


async def references_of(venue: Venue) -> dict[int, int]:
    """Return the reference price of every market, in half ticks; 0: there is none."""
    desk = venue.otc
    return await venue.sequencer.read(
        lambda machine: {
            market.instrument: desk.reference_now(machine, market.instrument) for market in desk.terms.markets
        }
    )


async def _row(venue: Venue, quote: Quote, status: int, reason: OtcRefusal | None) -> dict[str, Any]:
    instrument, references = quote.instrument, await references_of(venue)
    (given, given_units), (gotten, gotten_units) = render.legs(quote)
    market = venue.otc.market(instrument.id)
    price = raw(render.price_text(quote.price))
    dollars = price if instrument.quote.code == _DOLLAR else _dollars(venue, quote, references)
    return {
        "markets": [] if market is None else [_asset_row(instrument.base.code, [(instrument, market)], references)],
        "quoteAmountToDeduct": raw(numbers.decimal(given_units, given.scale)),
        "quoteAmountToReceive": raw(numbers.decimal(gotten_units, gotten.scale)),
        "quoteCurrencyToDeductIn": given.code,
        "quoteCurrencyToReceiveIn": gotten.code,
        "quoteId": quote.id,
        "clientOrderId": quote.client_id or None,
        "side": SIDE_NAME[quote.side],
        "quotePriceInOrderCurrency": price,
        "quotePriceInUSD": dollars,
        "quoteTimestamp": numbers.ms(quote.made_ns),
        "quoteValidDurationMs": numbers.ms(quote.expires_ns - quote.made_ns),
        "status": status,
        "reason": None if reason is None else otc_errors.sentence(reason),
    }


def _dollars(venue: Venue, quote: Quote, references: dict[int, int]) -> Any:
    # The base asset's own price in dollars, where the desk knows one: no spread, as nobody is quoted it.
    instrument = venue.catalogue.instrument(f"{quote.instrument.base.code}-{_DOLLAR}")
    reference = references.get(instrument.id, 0) if instrument is not None else 0
    if instrument is None or not reference:
        return None
    return raw(render.price_text(price_with(instrument, Side.BUY, reference, 0)))


def _asset_row(code: str, rows: list[tuple[Instrument, OtcMarket]], references: dict[int, int]) -> dict[str, Any]:
    def value(instrument: Instrument, base: int) -> Any:
        price = price_with(instrument, Side.SELL, references.get(instrument.id, 0), 0)
        return raw(numbers.amount(instrument, quote_of(instrument, Side.SELL, price, base)))

    def size(instrument: Instrument, base: int) -> Any:
        return raw(numbers.decimal(base, instrument.base.scale))

    return {
        "assetName": code,
        "id": rows[0][0].base.id,
        "supportQuoteCurrencies": [instrument.quote.code for instrument, _ in rows],
        "minOrderSizes": [size(instrument, market.min_quantity) for instrument, market in rows],
        "maxOrderSizes": [size(instrument, market.max_quantity) for instrument, market in rows],
        "minOrderValues": [value(instrument, market.min_quantity) for instrument, market in rows],
        "maxOrderValues": [value(instrument, market.max_quantity) for instrument, market in rows],
    }
