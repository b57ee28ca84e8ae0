"""What only api/v2 and api/v3 have: a new price for an order, canceling several, fee rates, least values.

Source: Swagger v2 (order PUT with id and price, order DELETE with a list of ids) and v3 (account/trade-fee-rates,
exchange/limits). The venue never opened them to others; that a new price is an order canceled and another inserted is its
staff's word (issue 569). Deliberate: here the order keeps its number; it loses its place in the queue, and the feed tells it as
452 and 451.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Final

from bedesten.dialects.btcturk import errors
from bedesten.dialects.btcturk.errors import BtcTurkError, Code
from bedesten.dialects.btcturk.numbers import plain
from bedesten.dialects.btcturk.pairs import Pair, pairs_of
from bedesten.dialects.btcturk.rest import render
from bedesten.dialects.btcturk.rest.endpoints_market import pair_named
from bedesten.dialects.btcturk.rest.endpoints_trading import (
    account_of,
    cancel_one,
    order_of,
    refusal_of,
)
from bedesten.dialects.btcturk.rest.envelope import Envelope, confirmed, done, shown
from bedesten.dialects.btcturk.rest.shapes import FeeRatesQuery, OrderIdsBody, OrderPriceInput, PairQuery
from bedesten.dialects.btcturk.vocabulary import METHODS, Method, method_of
from bedesten.dialects.contract import Request
from bedesten.domain.commands import AmendOrder
from bedesten.services.listings import Breach, TermsAsked, terms_of

if TYPE_CHECKING:
    from bedesten.core import Machine
    from bedesten.services.venue import Venue

PERCENT_SCALE: Final = 7  # a billionth in percent


async def reprice_order(venue: Venue, request: Request, form: OrderPriceInput) -> Envelope:
    """Give an open order another price."""
    if form.id is None:
        raise errors.invalid_request("The Id field is required.")
    account = account_of(request)
    record = await order_of(venue, account, form.id)
    pair = None if record is None else pairs_of(venue.catalogue).of(record.order.instrument)
    if record is None or pair is None:
        raise BtcTurkError(Code.NO_ORDER_MATCHES_YOUR_REQUEST)
    order, client_id = record
    if order.close_reason:
        raise BtcTurkError(Code.ORDER_COULD_NOT_BE_CANCELED)
    if method_of(order).is_market:
        raise BtcTurkError(Code.ORDER_METHOD_NOT_SUPPORTED)
    if not form.price:
        raise BtcTurkError(Code.FAILED_ORDER_PARAMETER)
    terms = terms_of(pair.instrument, pair.listing, TermsAsked(pair.quantity(order.remaining), form.price), 0)
    if isinstance(terms, Breach):
        raise BtcTurkError(errors.BREACHES[terms])
    command = AmendOrder(account=account, order_id=form.id, instrument=order.instrument, price=terms.price)
    outcome = await venue.trading.amend(command)
    if outcome.reject is not None:
        raise refusal_of(outcome, side=order.side)
    after = await order_of(venue, account, form.id)
    return done(render.order(pair, order if after is None else after.order, client_id, long_rest=True))


async def cancel_orders(venue: Venue, request: Request, form: OrderIdsBody) -> Envelope:
    """Cancel an order of the query, or those of a list in the body, one after another up to the first that cannot be."""
    ids = form.ids if form.id is None else (form.id,)
    if not ids:
        raise errors.invalid_request("The Id field is required.")
    account = account_of(request)
    for order_id in ids:
        await cancel_one(venue, account, order_id)
    return confirmed()


async def fee_rates(venue: Venue, request: Request, form: FeeRatesQuery) -> Envelope:
    """Return what the account pays, in percent, for each pair and method; tax is in percent of the fee."""
    method = METHODS.get(form.orderMethod.lower()) if form.orderMethod else None
    if form.orderMethod and method is None:
        raise BtcTurkError(Code.ORDER_METHOD_NOT_SUPPORTED)
    pairs = [pair_named(venue, form.pairSymbol)] if form.pairSymbol else list(pairs_of(venue.catalogue))
    account = account_of(request)

    def ask(machine: Machine) -> list[tuple[int, int]]:
        return [machine.fee_rates(account, pair.instrument.id) for pair in pairs]

    rates = await venue.sequencer.read(ask)
    methods = Method if method is None else (method,)
    return shown([_fee_row(pair, each, *rate) for pair, rate in zip(pairs, rates, strict=True) for each in methods])


def _fee_row(pair: Pair, method: Method, maker_ppb: int, taker_ppb: int) -> dict[str, Any]:
    return {
        "pairId": pair.number,
        "pairSymbol": pair.name,
        "orderMethod": int(method),
        "makerFeePercentage": plain(maker_ppb, PERCENT_SCALE),
        "takerFeePercentage": plain(taker_ppb, PERCENT_SCALE),
        "taxPercentage": plain(pair.instrument.tax_ppb, PERCENT_SCALE),
        "hasActiveCoupon": False,
    }


async def exchange_limits(venue: Venue, request: Request, form: PairQuery) -> Envelope:
    """Return the least value of an order, of one pair or of all."""
    pairs = [pair_named(venue, form.pairSymbol)] if form.pairSymbol else list(pairs_of(venue.catalogue))
    return shown(
        [
            {
                "numerator": pair.base.code,
                "denominator": pair.quote.code,
                "minExchangeValue": plain(pair.listing.min_value, pair.quote.scale),
            }
            for pair in pairs
        ]
    )
