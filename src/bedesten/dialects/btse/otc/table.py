"""The OTC desk's rows: the OTC API, and its part of the public API. Owns paths, permissions and the examples.

Source: BTSE OTC API; docs.btse.com, OTC (public-api otc/v1).
"""

from __future__ import annotations

from functools import partial
from typing import Final

from bedesten.dialects.bodies import OneOf
from bedesten.dialects.btse.otc import endpoints, endpoints_public, shapes
from bedesten.dialects.btse.otc import shapes_answers as answer
from bedesten.dialects.btse.shapes import OTC_REFUSALS, Success
from bedesten.dialects.btse.shapes_streams import PING, Acknowledgement, Subscription, login
from bedesten.dialects.contract import Endpoint, Topic
from bedesten.services.store_types import Permission

SOURCE: Final = "https://btsecom.github.io/docs/otc/en/"
SITE: Final = "https://docs.btse.com/otc/"


def otc() -> list[Endpoint]:
    """Return the OTC API."""
    base, at = "/otc/api/v1", endpoints
    row = partial(Endpoint, limit="otc", group="OTC", source=SOURCE, response=answer.DeskQuote, errors=OTC_REFUSALS)
    post = partial(row, method="POST", permission=Permission.TRADING)
    quote = {
        "baseCurrency": "BTC", "orderCurrency": "USD", "side": "buy", "orderSizeInBaseCurrency": 1,
        "orderAmountInOrderCurrency": 0,
    }  # fmt: skip
    return [
        row(method="GET", path=f"{base}/getMarket", call=at.markets, response=list[answer.DeskMarket],
            summary="What the desk quotes, and its limits"),
        post(path=f"{base}/quote", call=at.quote, request=shapes.OtcQuoteBody, reads="body", summary="Ask for a quote",
             example=quote),
        post(path=f"{base}/accept/{{quoteId}}", call=at.accept, request=shapes.OtcAcceptBody, reads="either", once=True,
             summary="Accept a quote, all of it or a part"),
        post(path=f"{base}/reject/{{quoteId}}", call=at.reject, summary="Reject a quote"),
        post(path=f"{base}/queryOrder/{{quoteId}}", call=at.query_order, permission=Permission.READ,
             summary="Look a quote up"),
    ]  # fmt: skip


def public() -> list[Endpoint]:
    """Return the public API's part."""
    base, at = "/public-api/otc/v1", endpoints_public
    row = partial(Endpoint, limit="otc", group="OTC (public API)", source=SITE, response=Success[answer.PublicQuote])
    quote = {"side": "buy", "baseCurrency": "BTC", "quoteCurrency": "USD", "baseSize": "1"}
    return [
        row(method="GET", path=f"{base}/markets", call=at.markets, response=Success[list[answer.PublicMarket]],
            summary="What the desk quotes, and its limits"),
        row(method="POST", path=f"{base}/quotes", call=at.quote, request=shapes.OtcQuoteForm, reads="body",
            permission=Permission.TRADING, summary="Ask for a quote", example=quote),
        row(method="GET", path=f"{base}/quotes", call=at.look_up, request=shapes.OtcLookUpQuery,
            permission=Permission.READ, summary="Look a quote up"),
        row(method="POST", path=f"{base}/quotes/accept", call=at.accept, request=shapes.OtcAcceptForm, reads="body", once=True,
            permission=Permission.TRADING, summary="Accept a quote, all of it or a part"),
    ]  # fmt: skip


#: Of the socket of quotes.
TOPICS: Final = (
    Topic(
        name="quote", request=OneOf(answer.StreamRequest, answer.EndOfStream, answer.EndOfStreams), update=answer.StreamedQuote,
        summary="What the desk quotes, again and again until it is ended", source=SOURCE,
        example={"op": "quote", "symbol": "BTC-USD", "side": "buy", "quantity": {"quantity": 1, "currency": "BTC"}},
    ),
    Topic(name="subscribe", request=Subscription, ack=Acknowledgement, summary="Answered, as on the other sockets; no topic is"),
    login("/ws/otc", SOURCE),
    PING,
)  # fmt: skip
