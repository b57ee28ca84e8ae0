"""Conversions: one asset for another at once, at a firm rate, against the desk's account.

The rate is that of the index prices less the venue's spread, cut off after twelve significant digits, and is the rate that is
settled. What is received is rounded down to a minor unit, what must be given is rounded up. Settlement is one journaled command,
both legs or neither, and the note beside it has the terms. Invariant: nothing is converted that was not priced at the venue's own
prices.
"""

from __future__ import annotations

import enum
from collections.abc import Callable, Sequence
from fractions import Fraction
from functools import partial
from typing import Final, NamedTuple

from bedesten.core import Machine
from bedesten.domain.commands import Exchange
from bedesten.domain.convert import ConvertTerms
from bedesten.domain.enums import RejectReason
from bedesten.domain.events import Rejected
from bedesten.domain.instruments import Asset
from bedesten.domain.money import AMOUNT_MAX, PPM
from bedesten.domain.notes import Converted, Note
from bedesten.domain.otc import DESK
from bedesten.services.errors import OutOfRange
from bedesten.services.idempotency.fold_ids import ConvertIds
from bedesten.services.idempotency.once import AlreadyUsed, Once
from bedesten.services.market.rates import IndexTooOld, Rates
from bedesten.services.sequencing.sequencer import Sequencer, Submission

DIGITS: Final = 12  # significant ones of a rate: finer than any asset's money can tell apart in one conversion


class ConvertRefusal(enum.Enum):
    """Why nothing is converted, in the order of the checks."""

    NOT_OFFERED = "this venue converts nothing"
    SAME_ASSET = "an asset is not converted into itself"
    ID_USED = "the id was used for another conversion"
    SUSPENDED = "the account may not trade"
    NO_PRICE = "no index price says what one is worth in the other"
    INDEX_TOO_OLD = "the index price that says what one is worth in the other is too old"
    TOO_SMALL = "below the smallest amount"
    TOO_LARGE = "above the largest amount"
    INSUFFICIENT_AVAILABLE = "insufficient balance"
    NO_INVENTORY = "beyond what the desk can give now"


class Rate(NamedTuple):
    """How much of one asset is given for one of another. Units: units of ten to the minus scale."""

    units: int
    scale: int


class Conversion(NamedTuple):
    """What was converted. Units: minor units; seq: its reference in the journal."""

    seq: int
    source: int
    amount: int
    target: int
    to_amount: int
    rate: Rate


class Conversions:
    """Converts. Without terms it refuses everything. *may_trade* is asked first, and again where nothing is waited for."""

    def __init__(
        self, sequencer: Sequencer, rates: Rates, terms: ConvertTerms | None, may_trade: Callable[[int], bool]
    ) -> None:
        self.terms = terms
        self._sequencer = sequencer
        self._rates = rates
        self._may_trade = may_trade
        self._ids = sequencer.state.folds.of(ConvertIds)
        self._once: Once[Conversion | ConvertRefusal] = Once(self._known)

    def offers(self, asset: Asset) -> bool:
        """Return whether an asset can be converted at all."""
        return self.terms is not None and self._rates.is_traded(asset)

    async def convert(
        self, account: int, source: Asset, target: Asset, *, amount: int = 0, to_amount: int = 0, client_id: str = ""
    ) -> Conversion | ConvertRefusal:
        """Convert *amount* of *source*, or as much of it as *to_amount* of *target* costs.

        A client's id makes it safe to ask again: the same answer, and nothing more is moved.
        Units: minor units. Raises: Overloaded, Stopped.
        """
        if self.terms is None:
            return ConvertRefusal.NOT_OFFERED
        if source.id == target.id:
            return ConvertRefusal.SAME_ASSET
        asked = (source.id, target.id, bool(to_amount), to_amount or amount)
        terms = self.terms
        try:
            return await self._once.run(
                account, client_id, asked,
                lambda: self._convert(terms, account, source, target, amount, to_amount, client_id),
            )  # fmt: skip
        except AlreadyUsed:
            return ConvertRefusal.ID_USED

    async def preview(
        self, account: int, source: Asset, target: Asset, *, amount: int = 0, to_amount: int = 0
    ) -> Conversion | ConvertRefusal:
        """Return what `convert` would do at the rate of now, numbered 0; what the account and the desk have is not asked.

        Units: minor units. Raises: Overloaded, Stopped.
        """
        if self.terms is None:
            return ConvertRefusal.NOT_OFFERED
        if source.id == target.id:
            return ConvertRefusal.SAME_ASSET
        if not self._may_trade(account):
            return ConvertRefusal.SUSPENDED
        try:
            middle = await self._rates.firm(source, target)
        except IndexTooOld:
            return ConvertRefusal.INDEX_TOO_OLD
        if middle is None:
            return ConvertRefusal.NO_PRICE
        found = _terms_of(self.terms, account, source, target, amount, to_amount, "", middle)
        return found if isinstance(found, ConvertRefusal) else _conversion(0, found)

    def _known(self, account: int, id: str) -> tuple[tuple[int, int, bool, int], Conversion] | None:
        seq, done = self._ids.find(account, id) or (0, None)
        return (_asked(done), _conversion(seq, done)) if isinstance(done, Converted) else None

    async def _convert(
        self, terms: ConvertTerms, account: int, source: Asset, target: Asset, amount: int, to_amount: int, id: str
    ) -> Conversion | ConvertRefusal:
        if not self._may_trade(account):
            return ConvertRefusal.SUSPENDED
        result = None
        while result is None:
            try:
                middle = await self._rates.firm(source, target)
            except IndexTooOld:
                return ConvertRefusal.INDEX_TOO_OLD
            if middle is None:
                return ConvertRefusal.NO_PRICE
            settled = _terms_of(terms, account, source, target, amount, to_amount, id, middle)
            if isinstance(settled, ConvertRefusal):
                return settled
            is_still = partial(self._is_still, source, target, middle)
            result = await self._settle(settled, is_still)
        return result

    def _is_still(self, source: Asset, target: Asset, middle: Fraction, machine: Machine) -> bool:
        try:
            return self._rates.firm_now(machine, source, target) == middle
        except IndexTooOld:
            return False

    # None: the rate is another in the state that the exchange would be applied to, so look again, at what is committed by then.
    async def _settle(
        self, terms: Converted, is_still: Callable[[Machine], bool]
    ) -> Conversion | ConvertRefusal | None:
        command = Exchange(
            account=terms.account, to_account=DESK, asset=terms.source, amount=terms.amount, to_asset=terms.target,
            to_amount=terms.to_amount,
        )  # fmt: skip
        if not self._may_trade(terms.account):
            return ConvertRefusal.SUSPENDED
        exchange = Submission(command, (terms,))
        try:
            submitted = self._sequencer.submit_first(lambda machine: [exchange] if is_still(machine) else [])
        except OutOfRange:
            return ConvertRefusal.TOO_LARGE
        if not submitted:
            return None
        result = await submitted[0]
        for event in result.events:
            if isinstance(event, Rejected):
                return _refusal(event)
        return _conversion(result.seq, terms)


def _terms_of(
    terms: ConvertTerms, account: int, source: Asset, target: Asset, amount: int, to_amount: int, id: str,
    middle: Fraction,
) -> Converted | ConvertRefusal:  # fmt: skip
    rate = firm(middle, terms.spread_ppm)
    given = amount or source_of(rate, source, target, to_amount)
    received = to_amount or target_of(rate, source, target, amount)
    limit = terms.limit(source.id)
    if given < max(1, limit.min_amount) or received < 1:
        return ConvertRefusal.TOO_SMALL
    if max(given, received) > AMOUNT_MAX or (limit.max_amount and given > limit.max_amount):
        return ConvertRefusal.TOO_LARGE
    return Converted(account, source.id, given, target.id, received, str(rate.units), rate.scale, bool(to_amount), id)


def conversion_of(seq: int, beside: Sequence[Note]) -> Conversion | None:
    """Return the conversion that the notes beside a command tell of, or None."""
    return next((_conversion(seq, note) for note in beside if isinstance(note, Converted)), None)


def firm(middle: Fraction, spread_ppm: int = 0) -> Rate:
    """Return the middle rate less the spread, cut off after twelve significant digits."""
    exact = middle * Fraction(PPM - spread_ppm, PPM)
    scale = max(0, DIGITS - _whole_digits(exact))
    return Rate(exact.numerator * 10**scale // exact.denominator, scale)


def _whole_digits(value: Fraction) -> int:
    """Return the digits before the point; below one, minus the zeros behind it."""
    digits = len(str(value.numerator)) - len(str(value.denominator))  # right, or one too few
    power = Fraction(10) ** digits
    return digits + 1 if value >= power else digits


def target_of(rate: Rate, source: Asset, target: Asset, amount: int) -> int:
    """Return what an amount of *source* brings, rounded down."""
    return int(amount * rate.units * 10**target.scale // 10 ** (source.scale + rate.scale))


def source_of(rate: Rate, source: Asset, target: Asset, to_amount: int) -> int:
    """Return what an amount of *target* costs, rounded up."""
    return int(-(-to_amount * 10 ** (source.scale + rate.scale) // (rate.units * 10**target.scale)))


def _asked(done: Converted) -> tuple[int, int, bool, int]:
    return done.source, done.target, done.by_target, done.to_amount if done.by_target else done.amount


def _conversion(seq: int, done: Converted) -> Conversion:
    rate = Rate(int(done.rate_units), done.rate_scale)
    return Conversion(seq, done.source, done.amount, done.target, done.to_amount, rate)


def _refusal(event: Rejected) -> ConvertRefusal:
    if event.account != DESK:
        if event.reason == RejectReason.INSUFFICIENT_AVAILABLE:
            return ConvertRefusal.INSUFFICIENT_AVAILABLE
        if event.reason == RejectReason.ACCOUNT_SUSPENDED:
            return ConvertRefusal.SUSPENDED
    return ConvertRefusal.NO_INVENTORY
