"""A venue as its file describes it, in domain words: what the reader makes, and what is journaled of it."""

from __future__ import annotations

from typing import Annotated, Final, Literal

import msgspec

from bedesten.config.values import Code, Decimal
from bedesten.domain.convert import ConvertTerms
from bedesten.domain.fiat import FiatTerms
from bedesten.domain.instruments import Asset, Instrument, Listing
from bedesten.domain.levels import Levels
from bedesten.domain.networks import Network, WithdrawalTerms
from bedesten.domain.otc import OtcTerms


class FeeRates(msgspec.Struct, frozen=True, kw_only=True):
    """What one tier pays, in parts per billion."""

    maker_ppb: int
    taker_ppb: int


#: Of one window: the time of each is remembered, so a caller who uses it up takes 8 MB.
REQUESTS_MAX: Final = 1_000_000


class RateLimit(msgspec.Struct, frozen=True, kw_only=True):
    """So many requests in so many seconds."""

    requests: Annotated[int, msgspec.Meta(ge=1, le=REQUESTS_MAX)]
    seconds: Annotated[int, msgspec.Meta(ge=1, le=86_400)]


class DemoAccount(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """An account of the demo venue, with the one API key everybody may know."""

    name: str
    api_key: str
    api_secret: str
    permissions: tuple[Literal["read", "trading", "transfer", "wallet", "withdraw"], ...]
    funded: bool = True


class DemoPrice(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """Where an asset's simulated price starts from and how far it swings."""

    usd: Decimal
    volatility: Decimal = "0.6"  # a year's standard deviation, as a fraction


class Demo(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """What `--demo` adds to the venue."""

    accounts: tuple[DemoAccount, ...] = ()
    prices: dict[Code, DemoPrice] = {}


class VenueFile(msgspec.Struct, frozen=True, kw_only=True):
    """A venue as its file describes it, in domain words.

    Shape: fees and groups are keyed by instrument id and by instrument name. Ids count from 1 in the file's order.
    """

    name: str
    book_interval_ms: int
    assets: tuple[Asset, ...]
    instruments: tuple[Instrument, ...]
    fees: dict[int, tuple[FeeRates, ...]]
    groups: dict[str, str]
    rate_limits: dict[str, RateLimit]
    demo: Demo
    listings: dict[str, tuple[Listing, ...]] = {}
    networks: tuple[Network, ...] = ()
    otc: OtcTerms | None = None
    withdrawals: WithdrawalTerms | None = None
    convert: ConvertTerms | None = None
    fiat: FiatTerms | None = None
    levels: Levels = Levels()
    answers: dict[str, str] = {}  # "dialect.choice": what was chosen; the dialects know the choices
    btse_wallet_history: Literal["words", "numbers"] = "words"  # of venues kept by former versions; now in answers

    def encode(self) -> bytes:
        """Return the venue as MessagePack, to be journaled."""
        return msgspec.msgpack.encode(self)

    @staticmethod
    def decode(data: bytes) -> VenueFile:
        """Return the venue that encode() wrote, or a former program as JSON, in which the numbers of things are texts."""
        venue = msgspec.msgpack.decode(data, type=VenueFile, strict=False)
        if venue.btse_wallet_history == "words":
            return venue
        answers = {"btse.wallet_history": venue.btse_wallet_history, **venue.answers}
        return msgspec.structs.replace(venue, answers=answers, btse_wallet_history="words")
