"""The `[fiat]` table of the venue file. Owns its shape in the file and its translation into terms."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Annotated

import msgspec

from bedesten.config_otc import TermsRefused
from bedesten.domain.fiat import Bank, Bounds, Branch, FiatCurrency, FiatTerms
from bedesten.domain.instruments import Asset
from bedesten.domain.money import AMOUNT_MAX, Amount, to_units

SECONDS_OF_AN_HOUR = 3_600

Decimal = str | int
Code = Annotated[str, msgspec.Meta(pattern="^[A-Z0-9]{2,12}$")]
Digits = Annotated[str, msgspec.Meta(pattern="^[0-9]{1,12}$")]
Name = Annotated[str, msgspec.Meta(min_length=1, max_length=100)]


class BranchRow(msgspec.Struct, forbid_unknown_fields=True):
    """A branch as it stands in the file."""

    code: Digits
    name: Name


class BankRow(msgspec.Struct, forbid_unknown_fields=True):
    """A bank as it stands in the file."""

    code: Digits
    name: Name
    swift: str = ""
    branches: tuple[BranchRow, ...] = ()


class CurrencyRow(msgspec.Struct, forbid_unknown_fields=True):
    """A currency as it stands in the file."""

    bank: Digits
    branch: Digits
    holder: Name
    account_prefix: Digits
    withdraw_fee: Decimal = 0
    withdraw_min: Decimal = 0
    withdraw_max: Decimal = 0
    withdraw_day: Decimal = 0
    withdraw_month: Decimal = 0
    deposit_min: Decimal = 0
    deposit_max: Decimal = 0
    deposit_day: Decimal = 0
    deposit_month: Decimal = 0


class FiatTable(msgspec.Struct, forbid_unknown_fields=True):
    """The table as it stands in the file."""

    banks: tuple[BankRow, ...] = ()
    currencies: dict[Code, CurrencyRow] = {}
    utc_offset_hours: Annotated[int, msgspec.Meta(ge=-12, le=14)] = 0


def fiat_terms(table: FiatTable, assets: Mapping[str, Asset]) -> FiatTerms:
    """Return the terms.

    Raises: TermsRefused.
    """
    banks: list[Bank] = []
    for at, row in enumerate(table.banks):
        key = f"fiat.banks[{at}] ({row.code})"
        if any(each.code == row.code for each in banks):
            raise TermsRefused(key, "a second bank of this code; name each once")
        branches = tuple(Branch(code=each.code, name=each.name) for each in row.branches)
        if len({each.code for each in branches}) < len(branches):
            raise TermsRefused(f"{key}.branches", "two branches share a code; name each once")
        banks.append(Bank(code=row.code, name=row.name, swift=row.swift, branches=branches))
    terms = FiatTerms(banks=tuple(banks), utc_offset_s=table.utc_offset_hours * SECONDS_OF_AN_HOUR)
    currencies = tuple(_currency(code, row, assets, terms) for code, row in table.currencies.items())
    return msgspec.structs.replace(terms, currencies=currencies)


def _currency(code: str, row: CurrencyRow, assets: Mapping[str, Asset], terms: FiatTerms) -> FiatCurrency:
    key, asset, bank = f"fiat.currencies.{code}", assets.get(code), terms.bank(row.bank)
    if asset is None or not asset.is_fiat:
        raise TermsRefused(key, "no asset with fiat = true has this code; add it to assets or drop the row")
    if bank is None or bank.branch(row.branch) is None:
        raise TermsRefused(f"{key}.bank", "bank and branch must stand in fiat.banks; add them there")

    def bounds(way: str) -> Bounds:
        least, most, day, month = (
            _units(f"{key}.{way}_{name}", getattr(row, f"{way}_{name}"), asset.scale)
            for name in ("min", "max", "day", "month")
        )
        if most and most < least:
            raise TermsRefused(f"{key}.{way}_max", f"below {way}_min")
        return Bounds(least=Amount(max(1, least)), most=most, day=day, month=month)

    return FiatCurrency(
        asset=asset.id, bank=row.bank, branch=row.branch, holder=row.holder, account_prefix=row.account_prefix,
        fee=_units(f"{key}.withdraw_fee", row.withdraw_fee, asset.scale),
        deposit=bounds("deposit"), withdraw=bounds("withdraw"),
    )  # fmt: skip


def _units(key: str, written: Decimal, scale: int) -> Amount:
    try:
        units = to_units(str(written), scale=scale)
    except ValueError as error:
        raise TermsRefused(key, f"{error}; write a decimal such as 0.05") from error
    if not 0 <= units <= AMOUNT_MAX:
        raise TermsRefused(key, f"{written} is out of range")
    return Amount(units)
