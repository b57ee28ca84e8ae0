"""Quotes of the OTC desk in the broker's words: bought and sold against New Taiwan dollars.

What becomes of an acceptance is told by a status within a good answer: 30007 settled, 30008 repriced, 8 too little money.
Source: BITGIN API, Get OTC Quote, Confirm OTC Quote. Refusals of a quote have no documented codes: 40003 and 30000 are BTSE's.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Final

from bedesten.dialects.bitgin import render
from bedesten.dialects.bitgin.client_info import note_done
from bedesten.dialects.bitgin.endpoints_market import quoted
from bedesten.dialects.bitgin.envelope import Envelope, done
from bedesten.dialects.bitgin.errors import PARAMETER, UNKNOWN_CURRENCY, UNKNOWN_CURRENCY_TEXT, BitginError, invalid
from bedesten.dialects.bitgin.parse import account_of, units_of
from bedesten.dialects.bitgin.shapes_money import NOTHING, AcceptForm, QuoteForm
from bedesten.domain.enums import Side
from bedesten.services.customers.login_log import Activity
from bedesten.services.otc.desk import OtcRefusal
from bedesten.services.otc.quotes import PRICE_SCALE, Quote

if TYPE_CHECKING:
    from bedesten.dialects.contract import Request
    from bedesten.services.venue import Venue

QUOTED: Final = 30001
SETTLED: Final = 30007
REPRICED: Final = 30008
INSUFFICIENT: Final = 8
MAY_NOT_TRADE: Final = 40049
SIDES: Final = {"buy": Side.BUY, "sell": Side.SELL}
_NS_PER_MS: Final = 1_000_000

#: What the desk refuses outright, by code and sentence.
REFUSED: Final = {
    OtcRefusal.UNKNOWN_MARKET: (UNKNOWN_CURRENCY, UNKNOWN_CURRENCY_TEXT),
    OtcRefusal.NO_PRICE: (30000, "No price now"),
    OtcRefusal.INDEX_TOO_OLD: (30000, "No price now: the index price is too old"),
    OtcRefusal.TOO_SMALL: (40003, "Below the minimum"),
    OtcRefusal.TOO_LARGE: (40003, "Above the maximum"),
    OtcRefusal.NO_INVENTORY: (30000, "No liquidity now"),
    OtcRefusal.TOO_MANY: (-22, "Too many open quotes"),
    OtcRefusal.UNKNOWN_QUOTE: (PARAMETER, "[invalid quoteId]"),
    OtcRefusal.SUSPENDED: (MAY_NOT_TRADE, None),
}


async def quote(venue: Venue, request: Request, form: QuoteForm) -> Envelope:
    """Quote a quantity in base or an amount in dollars."""
    account = account_of(request)
    _check_may_trade(venue, account)
    instrument, _ = quoted(venue, form.quoteBaseCurrency)
    side = SIDES.get(form.side.strip().lower())
    if side is None:
        raise invalid("side")
    in_base, in_order = bytes(form.quoteAmountInBase), bytes(form.quoteAmountInOrder)
    if (in_base == bytes(NOTHING)) == (in_order == bytes(NOTHING)):
        raise BitginError(PARAMETER, "[one of quoteAmountInBase, quoteAmountInOrder]")
    base = money = 0
    if in_base != bytes(NOTHING):
        base = units_of(form.quoteAmountInBase, instrument.base, "quoteAmountInBase")
    else:
        money = units_of(form.quoteAmountInOrder, instrument.quote, "quoteAmountInOrder")
    made = await venue.otc.quote(account, instrument, side, base=base, quote=money)
    if isinstance(made, OtcRefusal):
        raise _refused(made)
    return done(
        venue,
        {
            "quoteId": made.id,
            "quoteValidDurationMs": (made.expires_ns - made.made_ns) // _NS_PER_MS,
            "quoteTimestamp": made.made_ns // _NS_PER_MS,
            **_terms(made),
            "originalUnitPrice": render.number(made.undiscounted, PRICE_SCALE),
            "side": form.side.strip().lower(),
            "status": QUOTED,
        },
    )


async def accept(venue: Venue, request: Request, form: AcceptForm) -> Envelope:
    """Take a quote; taking it again answers the same."""
    account = account_of(request)
    _check_may_trade(venue, account)
    outcome = await venue.otc.accept(account, form.quoteId)
    found, refusal = outcome.quote, outcome.refusal
    if found is None or (refusal in REFUSED and refusal is not OtcRefusal.TOO_SMALL):
        raise _refused(refusal or OtcRefusal.UNKNOWN_QUOTE)
    if refusal is None:
        await note_done(venue, request, Activity.BOUGHT if found.side is Side.BUY else Activity.SOLD)
    status = REPRICED  # expired, rejected, replaced: there is another price now
    if refusal in (None, OtcRefusal.SETTLED):
        status = SETTLED
    elif refusal is OtcRefusal.INSUFFICIENT_AVAILABLE:
        status = INSUFFICIENT
    ended_ns = found.ended_ns or venue.clock.now_ns()
    return done(
        venue,
        {
            "quoteId": found.id,
            "quoteValidDurationMs": (found.expires_ns - found.made_ns) // _NS_PER_MS,
            "transactionTimestamp": ended_ns // _NS_PER_MS,
            **_terms(found),
            "side": "buy" if found.side is Side.BUY else "sell",
            "status": status,
        },
    )


def _terms(made: Quote) -> dict[str, Any]:
    instrument = made.instrument
    return {
        "quoteAmountInBase": render.number(made.base, instrument.base.scale),
        "quoteBaseCurrency": instrument.base.code,
        "quoteAmountInOrder": render.number(made.quote, instrument.quote.scale),
        "quoteOrderCurrency": instrument.quote.code,
        "unitPrice": render.number(made.price, PRICE_SCALE),
    }


def _check_may_trade(venue: Venue, account: int) -> None:
    if not venue.customers.allowed(account).trade:
        raise BitginError(MAY_NOT_TRADE)


def _refused(refusal: OtcRefusal) -> BitginError:
    code, text = REFUSED.get(refusal, (PARAMETER, refusal.value))
    return BitginError(code, text)
