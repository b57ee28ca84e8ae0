"""What a customer has and where it may go: balances, bank accounts, what is asked of a deposit and of a withdrawal.

Where a limit is not set, the largest amount that can be counted is told. Only verified bank accounts are told.
Source: BITGIN API, Query Balance, Get Bank Accounts, Pre Deposit, Pre Withdraw.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Final

import msgspec

from bedesten.dialects.bitgin import render
from bedesten.dialects.bitgin.envelope import Envelope, done
from bedesten.dialects.bitgin.errors import BitginError
from bedesten.dialects.bitgin.parse import account_of, asset_named
from bedesten.dialects.bitgin.shapes_money import CurrencyForm, CurrencyQuery
from bedesten.dialects.bitgin.vocabulary import HOME, kind_of, payment_way
from bedesten.services.fiat.bank_accounts import BankAccount, deposit_number
from bedesten.services.money.conversions import Rate, firm, target_of

if TYPE_CHECKING:
    from bedesten.dialects.contract import Request
    from bedesten.domain.fiat import FiatCurrency
    from bedesten.domain.instruments import Asset
    from bedesten.domain.networks import Network
    from bedesten.services.accounts.accounts import Balance
    from bedesten.services.venue import Venue

NO_BANK: Final = 3006
NO_RATE: Final = Rate(0, 0)
SHOWN_DIGITS: Final = 4  # of an account's number, behind as many stars
BANK_WAY: Final = "SWIFT"
TAG_NAME: Final = "Tag"


async def balance(venue: Venue, request: Request, form: CurrencyQuery) -> Envelope:
    """Tell every balance, what one of each is worth in a currency, and what all are worth together."""
    target = asset_named(venue, form.currency or HOME)
    rows, total = [], 0
    for held in await venue.accounts.balances(account_of(request)):
        if not (held.total or held.held or _is_listed(venue, held.asset)):
            continue
        worth = await venue.rates.rate(held.asset, target)
        rate = NO_RATE if worth is None else firm(worth)
        total += target_of(rate, held.asset, target, held.total)
        rows.append(_balance_row(held, rate))
    return done(venue, {"total": render.number(total, target.scale), "balance": rows})


def _is_listed(venue: Venue, asset: Asset) -> bool:
    return (
        venue.fiat.terms.currency(asset.id) is not None
        if asset.is_fiat
        else bool(venue.network_deposits.networks(asset))
    )


def _balance_row(held: Balance, rate: Rate) -> dict[str, Any]:
    scale = held.asset.scale
    return {
        "currency": held.asset.code,
        "total": render.number(held.total, scale),
        "available": render.number(held.available, scale),
        "frozen": render.number(held.held, scale),
        "convertRate": render.number(*rate),
        "type": kind_of(held.asset),
    }


async def bank_accounts(venue: Venue, request: Request, form: CurrencyForm) -> Envelope:
    """Tell the bank accounts that money may be paid out to."""
    asset = asset_named(venue, form.currency or HOME)
    rows = venue.fiat.bank_accounts.verified(account_of(request), asset.id)
    return done(venue, [bank_row(venue, row) for row in rows])


def bank_row(venue: Venue, row: BankAccount) -> dict[str, Any]:
    """Return a bank account as the venue tells it."""
    bank = venue.fiat.terms.bank(row.bank)
    return {
        "id": row.id,
        "name": bank_name(venue, row.bank, row.branch),
        "code": row.bank,
        "account": row.number,
        "accountHolder": row.holder,
        "swiftCode": bank.swift if bank is not None else "",
    }


def bank_name(venue: Venue, code: str, branch_code: str) -> str:
    """Return the names of a bank and its branch in one."""
    bank = venue.fiat.terms.bank(code)
    branch = None if bank is None else bank.branch(branch_code)
    return "" if bank is None else bank.name if branch is None else f"{bank.name}\u3000{branch.name}"


async def pre_deposit(venue: Venue, request: Request, form: CurrencyQuery) -> Envelope:
    """Tell where to pay to, one row for each bank account of the customer's."""
    asset, account = asset_named(venue, form.currency), account_of(request)
    currency = venue.fiat.terms.currency(asset.id)
    rows = venue.fiat.bank_accounts.verified(account, asset.id)
    if currency is None or not rows:
        raise BitginError(NO_BANK)
    return done(venue, [_deposit_row(venue, asset, currency, row) for row in rows])


def _deposit_row(venue: Venue, asset: Asset, currency: FiatCurrency, row: BankAccount) -> dict[str, Any]:
    ours = venue.fiat.terms.bank(currency.bank)
    branch = None if ours is None else ours.branch(currency.branch)
    bank = venue.fiat.terms.bank(row.bank)
    return {
        "bank": {
            "code": row.bank,
            "name": bank.name if bank is not None else "",
            "account": "*" * SHOWN_DIGITS + row.number[-SHOWN_DIGITS:],
        },
        "virtualBank": {
            "code": currency.bank,
            "name": ours.name if ours is not None else "",
            "branchCode": currency.branch,
            "branchName": branch.name if branch is not None else "",
            "account": deposit_number(currency, row.account),
            "accountHolder": currency.holder,
        },
        **_limits(asset, dailyAccumulated=currency.deposit.day, monthlyAccumulated=currency.deposit.month),
    }


async def pre_withdraw(venue: Venue, request: Request, form: CurrencyQuery) -> Envelope:
    """Tell what a withdrawal costs and how much it may be, one row for each way."""
    asset = asset_named(venue, form.currency)
    currency = venue.fiat.terms.currency(asset.id)
    if currency is not None:
        return done(venue, [_bank_way(asset, currency)])
    return done(venue, [_network_way(asset, network) for network in venue.network_deposits.networks(asset)])


def _bank_way(asset: Asset, currency: FiatCurrency) -> dict[str, Any]:
    bounds = currency.withdraw
    return {
        "fee": render.number(currency.fee, asset.scale),
        "minLimit": render.number(bounds.least, asset.scale),
        **_limits(asset, maxLimit=bounds.most, dailyAccumulated=bounds.day, monthlyAccumulated=bounds.month),
        "paymentWay": BANK_WAY,
        "isSupportAddressExtension": False,
    }


def _network_way(asset: Asset, network: Network) -> dict[str, Any]:
    terms = network.asset(asset.id)
    assert terms is not None, "the network carries the asset"
    row = {
        "fee": render.number(terms.withdraw_fee, asset.scale),
        "minLimit": render.number(terms.withdraw_min, asset.scale),
        **_limits(asset, maxLimit=terms.day_max, dailyAccumulated=terms.day_max),
        "paymentWay": payment_way(network),
        "isSupportAddressExtension": network.has_tags,
    }
    return {**row, "addressExtensionTypeName": TAG_NAME} if network.has_tags else row


def _limits(asset: Asset, **units: int) -> dict[str, msgspec.Raw]:
    """Return the limits that there are; one that is not in force is left out, since any number would be a made-up policy."""
    return {name: render.number(most, asset.scale) for name, most in units.items() if most}
