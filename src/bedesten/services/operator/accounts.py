"""What an operator asks of accounts: who there is, what they have, opening them, money from outside, and how they stand."""

from __future__ import annotations

from typing import Final

from bedesten.config import TIERS_MAX
from bedesten.domain.commands import SetAccount as SetAccountCommand
from bedesten.domain.enums import AccountParameter
from bedesten.domain.money import to_text
from bedesten.services.errors import OperationRefused
from bedesten.services.operator import forms
from bedesten.services.operator.answers import AccountRow, BalanceRow, NamedRow, SuspendedRow
from bedesten.services.operator.emails import check_email, email_of, give_email
from bedesten.services.operator.names import account_named, asset_named, customer_account
from bedesten.services.operator.typed import amount_of, submitted
from bedesten.services.store_types import Account
from bedesten.services.venue import Venue

FEE_TIER: Final = AccountParameter.FEE_TIER


async def accounts(venue: Venue, form: forms.Nothing) -> list[AccountRow]:
    """Return every account; of a sub-account, the one it belongs to."""
    return [
        AccountRow(
            account.id, account.name, len(venue.keys.list(account.id)), _parent_name(venue, account),
            email_of(venue, account),
        )
        for account in venue.accounts.all()
    ]  # fmt: skip


async def open_account(venue: Venue, form: forms.OpenAccount) -> list[NamedRow]:
    """Open an account, or a sub-account of another one; with an e-mail address others can pay its holder."""
    if form.parent and form.email:
        raise OperationRefused("a sub-account has no e-mail address: its main account is who is paid")
    if form.email:
        check_email(venue, form.name, form.email)
        account = await venue.accounts.open(form.name)
        await give_email(venue, account, form.email)
        return [NamedRow(account.id, account.name, form.email)]
    if form.parent:
        account = await venue.subaccounts.open(form.name, account_named(venue, form.parent))
    else:
        account = await venue.accounts.open(form.name)
    return [NamedRow(account.id, account.name)]


async def set_account(venue: Venue, form: forms.SetAccount) -> list[NamedRow]:
    """Give an account's holder an e-mail address, or another one."""
    found = account_named(venue, form.account)
    await give_email(venue, found, form.email)
    return [NamedRow(found.id, found.name, email_of(venue, found))]


async def balances(venue: Venue, form: forms.NamedAccount) -> list[BalanceRow]:
    """Return what an account has of every asset it ever touched."""
    return await _balances(venue, account_named(venue, form.account))


async def deposit(venue: Venue, form: forms.Deposit) -> list[BalanceRow]:
    """Credit an account with money from outside."""
    found = asset_named(venue, form.asset)
    units = amount_of(form.amount, found)
    account = account_named(venue, form.account)
    outcome = await venue.accounts.deposit(account.id, found.code, units)
    if outcome.reject is not None:
        raise OperationRefused(f"the deposit was refused: {outcome.reject.name}")
    return [row for row in await _balances(venue, account) if row.asset == found.code]


async def suspend_account(venue: Venue, form: forms.SuspendAccount) -> list[SuspendedRow]:
    """Let an account and its sub-accounts only cancel, or lift that; returned is what suspends it still."""
    number, standing = customer_account(venue, form.account).id, venue.standing
    if form.is_suspended:
        await standing.suspend(number)
        return []
    await standing.lift(number)
    return [SuspendedRow(form.account, reason) for reason in standing.reasons(number)]


async def set_fee_tier(venue: Venue, form: forms.SetFeeTier) -> list[NamedRow]:
    """Put an account into a fee tier, from its next order on."""
    if not 0 <= form.tier < TIERS_MAX:
        raise OperationRefused(f"fee tiers are numbered from 0 to {TIERS_MAX - 1}")
    account = customer_account(venue, form.account).id
    await submitted(venue, SetAccountCommand(account=account, parameter=FEE_TIER, value=form.tier))
    return []


async def _balances(venue: Venue, account: Account) -> list[BalanceRow]:
    return [
        BalanceRow(
            row.asset.code, *(to_text(units, scale=row.asset.scale) for units in (row.total, row.available, row.held))
        )
        for row in await venue.accounts.balances(account.id)
        if row.total or row.held
    ]


def _parent_name(venue: Venue, account: Account) -> str:
    main = venue.subaccounts.main_of(account.id)
    parent = venue.accounts.by_id(main) if main != account.id else None
    return parent.name if parent is not None else ""
