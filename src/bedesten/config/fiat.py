"""The `[fiat]` table of the venue file. Owns its shape in the file and its translation into terms."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Annotated

import msgspec

from bedesten.config.values import Code, Decimal, ValueRefused, units
from bedesten.domain.fiat import Bank, Bounds, Branch, FiatCurrency, FiatTerms
from bedesten.domain.instruments import Asset
from bedesten.domain.money import Amount

SECONDS_OF_AN_HOUR = 3_600

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

    Raises: ValueRefused.
    """
    banks: list[Bank] = []
    for at, row in enumerate(table.banks):
        key = f"fiat.banks[{at}] ({row.code})"
        if any(each.code == row.code for each in banks):
            raise ValueRefused(key, "a second bank of this code; name each once")
        branches = tuple(Branch(code=each.code, name=each.name) for each in row.branches)
        if len({each.code for each in branches}) < len(branches):
            raise ValueRefused(f"{key}.branches", "two branches share a code; name each once")
        banks.append(Bank(code=row.code, name=row.name, swift=row.swift, branches=branches))
    terms = FiatTerms(banks=tuple(banks), utc_offset_s=table.utc_offset_hours * SECONDS_OF_AN_HOUR)
    currencies = tuple(_currency(code, row, assets, terms) for code, row in table.currencies.items())
    return msgspec.structs.replace(terms, currencies=currencies)


def _currency(code: str, row: CurrencyRow, assets: Mapping[str, Asset], terms: FiatTerms) -> FiatCurrency:
    key, asset, bank = f"fiat.currencies.{code}", assets.get(code), terms.bank(row.bank)
    if asset is None or not asset.is_fiat:
        raise ValueRefused(key, "no asset with fiat = true has this code; add it to assets or drop the row")
    if bank is None or bank.branch(row.branch) is None:
        raise ValueRefused(f"{key}.bank", "bank and branch must stand in fiat.banks; add them there")

    def bounds(way: str) -> Bounds:
        least, most, day, month = (
            Amount(units(f"{key}.{way}_{name}", getattr(row, f"{way}_{name}"), scale=asset.scale))
            for name in ("min", "max", "day", "month")
        )
        if most and most < least:
            raise ValueRefused(f"{key}.{way}_max", f"below {way}_min")
        return Bounds(least=Amount(max(1, least)), most=most, day=day, month=month)

    return FiatCurrency(
        asset=asset.id, bank=row.bank, branch=row.branch, holder=row.holder, account_prefix=row.account_prefix,
        fee=Amount(units(f"{key}.withdraw_fee", row.withdraw_fee, scale=asset.scale)),
        deposit=bounds("deposit"), withdraw=bounds("withdraw"),
    )  # fmt: skip
