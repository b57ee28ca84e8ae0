"""Banks, and on what terms money moves between them and the venue, as the venue file states them."""

from __future__ import annotations

import msgspec

from bedesten.domain.money import Amount


class Branch(msgspec.Struct, frozen=True, kw_only=True):
    """A branch of a bank, under the code that transfers name it by."""

    code: str
    name: str


class Bank(msgspec.Struct, frozen=True, kw_only=True):
    """A bank, under the code that transfers name it by."""

    code: str
    name: str
    swift: str = ""
    branches: tuple[Branch, ...] = ()

    def branch(self, code: str) -> Branch | None:
        """Return the branch of that code."""
        return next((each for each in self.branches if each.code == code), None)


class Bounds(msgspec.Struct, frozen=True, kw_only=True):
    """How much may move one way. Units: minor units; 0: no bound but *least*, which is 1 at least."""

    least: Amount = Amount(1)
    most: Amount = Amount(0)
    day: Amount = Amount(0)  # of one account in a calendar day
    month: Amount = Amount(0)  # and in a calendar month


class FiatCurrency(msgspec.Struct, frozen=True, kw_only=True):
    """An asset that customers pay in and out by bank. fee: of a withdrawal, out of the amount. Units: minor units."""

    asset: int
    bank: str  # where the venue has its accounts
    branch: str
    holder: str
    account_prefix: str  # digits that the customers' deposit accounts begin with
    fee: Amount = Amount(0)
    deposit: Bounds = Bounds()
    withdraw: Bounds = Bounds()


class FiatTerms(msgspec.Struct, frozen=True, kw_only=True):
    """The banks that are known and the currencies that move. utc_offset_s: where days and months begin."""

    banks: tuple[Bank, ...] = ()
    currencies: tuple[FiatCurrency, ...] = ()
    utc_offset_s: int = 0

    def bank(self, code: str) -> Bank | None:
        """Return the bank of that code."""
        return next((each for each in self.banks if each.code == code), None)

    def currency(self, asset_id: int) -> FiatCurrency | None:
        """Return the terms of an asset, if it moves by bank."""
        return next((each for each in self.currencies if each.asset == asset_id), None)
