"""Notes about what the OTC desk settles."""

from __future__ import annotations

from bedesten.domain.notes.base import Note, Whole


class QuoteSettled(Note, frozen=True, tag=100):
    """A quote that was taken, but for what the exchange beside it tells: whose, and how much. Units as in services.otc.quotes.

    client_id: the customer's own id of it, "": none; in_quote: asked for in the quote asset.
    """

    quote: str
    instrument: int
    side: int
    price: Whole
    reference: int
    made_ns: int
    expires_ns: int
    client_id: str = ""
    in_quote: bool = False
