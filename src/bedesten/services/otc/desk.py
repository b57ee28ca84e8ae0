"""The OTC desk: asks for a quote are answered at the reference price and a spread, from the desk's own account.

A quote is firm until it expires on the venue's clock, but for the last look: where the reference price has moved beyond the
tolerance, either way, or beyond the quote's own price, the acceptance is answered with a new quote. Settlement is one journaled
command, both legs or neither.
Open quotes live in memory: after a restart they are unknown. Settled ones are known from the log (fold_settled).
"""

from __future__ import annotations

import asyncio
import enum
from collections.abc import Callable
from typing import NamedTuple

from bedesten.clock import Clock
from bedesten.core import Machine
from bedesten.domain.commands import Exchange
from bedesten.domain.enums import RejectReason, Side
from bedesten.domain.events import Rejected
from bedesten.domain.instruments import Instrument
from bedesten.domain.money import AMOUNT_MAX, PPM
from bedesten.domain.otc import DESK, OtcMarket, OtcTerms, discounted
from bedesten.services.chance import SYSTEM, Chance, drawn_uuid
from bedesten.services.errors import OutOfRange
from bedesten.services.instruments import Catalogue
from bedesten.services.market.indexes import fresh_index, is_index_too_old
from bedesten.services.otc.fold_settled import SettledQuotesFold
from bedesten.services.otc.quotes import Quote, QuoteBook, QuoteState, base_of, price_with, quote_of
from bedesten.services.otc.settlements import note_of, settled_quote
from bedesten.services.sequencing.sequencer import Result, Sequencer, Submission

NO_TERMS = OtcTerms(valid_ns=10_000_000_000, push_ns=1_000_000_000, push_move_ppm=500, tolerance_ppm=1_000)


class OtcRefusal(enum.Enum):
    """Why the desk does not quote, or does not settle."""

    UNKNOWN_MARKET = "the desk does not quote this market"
    NO_PRICE = "there is no reference price now"
    INDEX_TOO_OLD = "the reference price is too old"
    TOO_SMALL = "below the smallest quantity"
    TOO_LARGE = "above the largest quantity"
    NO_INVENTORY = "beyond what the desk can take or give now"
    TOO_MANY = "too many open quotes"
    UNKNOWN_QUOTE = "no such quote, or it is no longer known"
    EXPIRED = "the quote has expired"
    REJECTED = "the quote was rejected before"
    REQUOTED = "the quote was replaced by a newer one"
    MOVED = "the price has moved; this is a new quote"
    SETTLED = "the quote was accepted before"
    INSUFFICIENT_AVAILABLE = "insufficient balance"
    SUSPENDED = "the account may not trade"


class Acceptance(NamedTuple):
    """What came of an acceptance or rejection. refusal None: done; SETTLED, with the quote as it settled: done before.

    With MOVED the quote is the new one.
    """

    refusal: OtcRefusal | None
    quote: Quote | None


class _Claim:
    """What an acceptance under way will give and take of the desk. Units: minor units, by asset."""

    __slots__ = ("given", "settling", "taken")

    def __init__(self, given: dict[int, int], taken: dict[int, int]) -> None:
        self.given = given
        self.taken = taken
        self.settling: asyncio.Future[Result] | None = None

    @property
    def is_open(self) -> bool:
        """Whether the balances do not tell it yet: its commit is told to whoever reads behind it, and it counts no more."""
        return self.settling is None or not self.settling.done()


class OtcDesk:
    """Quotes, and settles what is accepted. *level_of* tells a customer's level, which has a discount on the spread.

    *may_trade* tells who is given quotes; *may_settle* is asked at an acceptance, on the word of whoever accepts.
    """

    def __init__(
        self, sequencer: Sequencer, clock: Clock, catalogue: Catalogue, terms: OtcTerms | None = None,
        level_of: Callable[[int], int] = lambda account: 0, *,
        may_trade: Callable[[int], bool], may_settle: Callable[[int], bool],
        chance: Chance = SYSTEM,
    ) -> None:  # fmt: skip
        self.terms = terms or NO_TERMS
        self.level_of = level_of
        self._chance = chance
        self._may_trade = may_trade
        self._may_settle = may_settle
        self._sequencer = sequencer
        self._clock = clock
        self._catalogue = catalogue
        self._markets = {market.instrument: market for market in self.terms.markets}
        self._quotes = QuoteBook()
        self._settled_before = sequencer.state.folds.of(SettledQuotesFold)
        self._claims: dict[
            _Claim, None
        ] = {}  # of acceptances under way, so that two cannot both use the last of a limit

    def market(self, instrument_id: int) -> OtcMarket | None:
        """Return the terms of one instrument, if the desk quotes it."""
        return self._markets.get(instrument_id)

    def find(self, account: int, quote_id: str) -> Quote | None:
        """Return a quote that was given to the account."""
        return self._quotes.find(account, quote_id) or self._settled_quote(account, quote_id)

    def _settled_quote(self, account: int, quote_id: str) -> Quote | None:
        note, done = self._settled_before.settled.get(quote_id, (None, None))
        if note is None or done is None or done.account != account:
            return None
        amounts = {done.asset: done.amount, done.to_asset: done.to_amount}
        return settled_quote(note, account, amounts, done.time_ns, self._catalogue)

    def spread_ppm(self, account: int, market: OtcMarket, quantity: int) -> int:
        """Return what an account is quoted above and below the reference price. Account 0: somebody without a level."""
        discounts = self.terms.discounts_ppm
        discount = discounts[max(0, min(self.level_of(account), len(discounts) - 1))] if account else discounts[0]
        return discounted(market.spread_ppm(quantity), discount)

    # ── quoting ──

    async def quote(
        self, account: int, instrument: Instrument, side: Side, *, base: int = 0, quote: int = 0, client_id: str = ""
    ) -> Quote | OtcRefusal:
        """Quote a quantity in base or an amount in quote, in minor units."""
        return await self._sequencer.read(
            lambda machine: self.quote_now(machine, account, instrument, side, base, quote, client_id)
        )

    def quote_now(
        self, machine: Machine, account: int, instrument: Instrument, side: Side, base: int, quote: int,
        client_id: str = "",
    ) -> Quote | OtcRefusal:  # fmt: skip
        """Return what `quote` does, at once: between commits only. Account 0: a price to look at, which nobody can take."""
        if account and not self._may_trade(account):
            return OtcRefusal.SUSPENDED
        made = self._priced(machine, account, instrument, side, base, quote)
        if isinstance(made, OtcRefusal) or not account:
            return made
        made.id = drawn_uuid(self._chance)
        made.client_id = client_id
        return made if self._quotes.add(made) else OtcRefusal.TOO_MANY

    def reference_now(self, machine: Machine, instrument_id: int) -> int:
        """Return the reference price in half ticks: the index; 0: there is none, or it is too old."""
        return 2 * fresh_index(machine, instrument_id, self._clock.now_ns())

    def _unpriced(self, machine: Machine, instrument: Instrument) -> OtcRefusal:
        is_too_old = is_index_too_old(machine, instrument.id, self._clock.now_ns())
        return OtcRefusal.INDEX_TOO_OLD if is_too_old else OtcRefusal.NO_PRICE

    def _priced(
        self, machine: Machine, account: int, instrument: Instrument, side: Side, base: int, quote: int
    ) -> Quote | OtcRefusal:
        market = self._markets.get(instrument.id)
        if market is None:
            return OtcRefusal.UNKNOWN_MARKET
        reference = self.reference_now(machine, instrument.id)
        if not reference:
            return self._unpriced(machine, instrument)
        # An amount of quote falls into the tier of what it is worth at the reference price.
        fair = base or base_of(instrument, Side.BUY, price_with(instrument, side, reference, 0) or 1, quote)
        if fair > market.max_quantity:
            return OtcRefusal.TOO_LARGE
        spread = self.spread_ppm(account, market, fair)
        price = price_with(instrument, side, reference, spread)
        if not price:
            return OtcRefusal.NO_PRICE
        given, paid = base or base_of(instrument, side, price, quote), quote or quote_of(instrument, side, price, base)
        if given < market.min_quantity or paid < 1:
            return OtcRefusal.TOO_SMALL
        if given > market.max_quantity or paid > AMOUNT_MAX:
            return OtcRefusal.TOO_LARGE
        if not self._has_room(machine, market, instrument, side, given, paid):
            return OtcRefusal.NO_INVENTORY
        now_ns = self._clock.now_ns()
        return Quote(
            "", account, instrument, side, given, paid, price, reference, now_ns, now_ns + self.terms.valid_ns,
            in_quote=not base, undiscounted=price_with(instrument, side, reference, self.spread_ppm(0, market, fair)),
        )  # fmt: skip

    def _has_room(
        self, machine: Machine, market: OtcMarket, instrument: Instrument, side: Side, base: int, quote: int
    ) -> bool:
        asset, need = (instrument.base, base) if side is Side.BUY else (instrument.quote, quote)
        total, held = machine.balance(DESK, asset.id)
        if need > total - held - sum(claim.given.get(asset.id, 0) for claim in self._claims if claim.is_open):
            return False
        if side is Side.BUY or not market.inventory_max:
            return True
        coming = sum(claim.taken.get(instrument.base.id, 0) for claim in self._claims if claim.is_open)
        return machine.balance(DESK, instrument.base.id)[0] + coming + base <= market.inventory_max

    # ── taking ──

    async def accept(self, account: int, quote_id: str, *, base: int = 0, quote: int = 0) -> Acceptance:
        """Take a quote, all of it or a part in base or in quote; taking it again changes nothing and answers the same.

        Units: minor units. Raises: Overloaded, Stopped.
        """
        found = self.find(account, quote_id)
        if found is None:
            return Acceptance(OtcRefusal.UNKNOWN_QUOTE, None)
        while found.settling is not None:
            await asyncio.wait([found.settling])
        if (refusal := self._ended(found)) is not None:
            return Acceptance(refusal, found)
        # A task of its own: a customer who hangs up meanwhile must not leave it half decided.
        found.settling = task = asyncio.create_task(self._settle(found, base, quote))
        return await asyncio.shield(task)

    async def reject(self, account: int, quote_id: str) -> Acceptance:
        """Say that a quote will not be taken."""
        found = self.find(account, quote_id)
        if found is None:
            return Acceptance(OtcRefusal.UNKNOWN_QUOTE, None)
        while found.settling is not None:
            await asyncio.wait([found.settling])
        refusal = self._ended(found)
        if refusal is None:
            found.end(QuoteState.REJECTED, self._clock.now_ns())
        return Acceptance(refusal, found)

    def _ended(self, quote: Quote) -> OtcRefusal | None:
        match quote.state:
            case QuoteState.SETTLED:
                return OtcRefusal.SETTLED
            case QuoteState.REJECTED:
                return OtcRefusal.REJECTED
            case QuoteState.REQUOTED:
                return OtcRefusal.REQUOTED
            case QuoteState.OPEN:
                return OtcRefusal.EXPIRED if self._clock.now_ns() >= quote.expires_ns else None

    async def _settle(self, quote: Quote, part_base: int, part_quote: int) -> Acceptance:
        try:
            return await self._settle_part(quote, part_base, part_quote)
        finally:
            quote.settling = None

    async def _settle_part(self, quote: Quote, part_base: int, part_quote: int) -> Acceptance:
        base, paid = quote.part(part_base, part_quote)
        if base < 1 or paid < 1:
            return Acceptance(OtcRefusal.TOO_SMALL, quote)
        if not self._may_settle(quote.account):
            return Acceptance(OtcRefusal.SUSPENDED, quote)
        claim = _claim_of(quote, base, paid)
        try:
            while claim.settling is None:
                looked = await self._sequencer.read(lambda machine: self._look(machine, quote, base, paid, claim))
                if looked is not None:
                    return looked
                if (late := self._ended(quote)) is not None:  # while it waited for the commit before
                    return Acceptance(late, quote)
                if not self._may_settle(quote.account):
                    return Acceptance(OtcRefusal.SUSPENDED, quote)
                settlement = Submission(_exchange(quote, base, paid), (note_of(quote),))
                claim.settling = self._settled_first(quote, settlement)
            result = await claim.settling
        except OutOfRange:
            return Acceptance(OtcRefusal.TOO_LARGE, quote)
        finally:
            self._claims.pop(claim, None)
        refusal = _refusal(result)
        if refusal is None:
            quote.base, quote.quote = base, paid
            quote.end(QuoteState.SETTLED, result.time_ns)
        return Acceptance(refusal, quote)

    # What was looked at may have changed with the commands that were applied since: the last look is at the state that the
    # settlement is applied to, with nothing between. None: the price moved, so look again, at what is committed by then.
    def _settled_first(self, quote: Quote, settlement: Submission) -> asyncio.Future[Result] | None:
        def rehearse(machine: Machine) -> list[Submission]:
            reference = self.reference_now(machine, quote.instrument.id)
            return [settlement] if reference and not self._has_moved(quote, reference) else []

        return next(iter(self._sequencer.submit_first(rehearse)), None)

    def _has_moved(self, quote: Quote, reference: int) -> bool:
        moved = abs(reference - quote.reference) * PPM > self.terms.tolerance_ppm * quote.reference
        return moved or is_beyond(quote, reference)

    def _look(self, machine: Machine, quote: Quote, base: int, paid: int, claim: _Claim) -> Acceptance | None:
        """Take the last look; None: the quote stands, and *claim* counts until its settlement is committed."""
        market = self._markets[quote.instrument.id]
        reference = self.reference_now(machine, quote.instrument.id)
        if not reference:
            return Acceptance(self._unpriced(machine, quote.instrument), quote)
        if self._has_moved(quote, reference):
            asked = (0, quote.quote) if quote.in_quote else (quote.base, 0)
            made = self.quote_now(machine, quote.account, quote.instrument, quote.side, *asked, quote.client_id)
            if isinstance(made, OtcRefusal):
                return Acceptance(made, quote)
            quote.end(QuoteState.REQUOTED, self._clock.now_ns())
            quote.replaced_by = made.id
            return Acceptance(OtcRefusal.MOVED, made)
        if not self._has_room(machine, market, quote.instrument, quote.side, base, paid):
            return Acceptance(OtcRefusal.NO_INVENTORY, quote)
        self._claims[claim] = None
        return None


def is_beyond(quote: Quote, reference: int) -> bool:
    """Return whether a quote has become better for the customer than the reference price itself.

    The spread is what the customer paid for the price to stand. While nobody buys below the reference price of that moment or
    sells above it, no acceptances at one moment, of whatever quotes that were held, gain anything together.
    """
    fair = price_with(quote.instrument, quote.side, reference, 0)
    return quote.price < fair if quote.side is Side.BUY else quote.price > fair


def _claim_of(quote: Quote, base: int, paid: int) -> _Claim:
    of_base, of_quote = {quote.instrument.base.id: base}, {quote.instrument.quote.id: paid}
    return _Claim(of_base, of_quote) if quote.side is Side.BUY else _Claim(of_quote, of_base)


def _exchange(quote: Quote, base: int, paid: int) -> Exchange:
    instrument = quote.instrument
    base_leg, quote_leg = (instrument.base.id, base), (instrument.quote.id, paid)
    given, taken = (quote_leg, base_leg) if quote.side is Side.BUY else (base_leg, quote_leg)
    return Exchange(
        account=quote.account, to_account=DESK, asset=given[0], amount=given[1], to_asset=taken[0], to_amount=taken[1]
    )


def _refusal(result: Result) -> OtcRefusal | None:
    for event in result.events:
        if isinstance(event, Rejected):
            if event.account == DESK:
                return OtcRefusal.NO_INVENTORY
            if event.reason == RejectReason.INSUFFICIENT_AVAILABLE:
                return OtcRefusal.INSUFFICIENT_AVAILABLE
            if event.reason == RejectReason.ACCOUNT_SUSPENDED:
                return OtcRefusal.SUSPENDED
            return OtcRefusal.NO_INVENTORY
    return None
