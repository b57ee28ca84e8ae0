"""What requests to the OTC desk carry, with the venue's field names. Nothing here converts or judges.

Source: BTSE OTC API, request tables; docs.btse.com, OTC (public-api otc/v1).
"""

from __future__ import annotations

import msgspec

from bedesten.dialects.btse.shapes import Body, Number


class OtcQuoteBody(Body):
    """POST /otc/api/v1/quote: one of the two sizes."""

    baseCurrency: str
    orderCurrency: str
    side: str
    orderSizeInBaseCurrency: Number = msgspec.field(default_factory=msgspec.Raw)
    orderAmountInOrderCurrency: Number = msgspec.field(default_factory=msgspec.Raw)
    clientOrderId: str | None = None


class OtcAcceptBody(Body):
    """POST /otc/api/v1/accept/{quoteId}: neither amount accepts all."""

    baseAmount: Number = msgspec.field(default_factory=msgspec.Raw)
    quoteAmount: Number = msgspec.field(default_factory=msgspec.Raw)


class OtcQuoteForm(Body):
    """POST /public-api/otc/v1/quotes: one of the two sizes."""

    side: str
    baseCurrency: str
    quoteCurrency: str
    baseSize: Number = msgspec.field(default_factory=msgspec.Raw)
    quoteSize: Number = msgspec.field(default_factory=msgspec.Raw)
    clOrderId: str | None = None


class OtcAcceptForm(Body):
    """POST /public-api/otc/v1/quotes/accept: neither size accepts all."""

    quoteId: str
    baseSize: Number = msgspec.field(default_factory=msgspec.Raw)
    quoteSize: Number = msgspec.field(default_factory=msgspec.Raw)


class OtcLookUpQuery(msgspec.Struct):
    """GET /public-api/otc/v1/quotes."""

    quoteId: str
