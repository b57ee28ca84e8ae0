"""What an operator may ask about money by bank: bank accounts, deposits that arrived, withdrawals to pay."""

from __future__ import annotations

from bedesten.domain.instruments import Asset
from bedesten.services.fiat.bank_accounts import BankAccount, BankRefused, deposit_number, depositor
from bedesten.services.fiat.deposits import BankTransfer, DepositRefusal
from bedesten.services.fiat.withdrawals import BeginRefusal, FiatWithdrawal
from bedesten.services.operator import forms
from bedesten.services.operator.answers import BankAccountRow, BankDepositRow, BankWithdrawalRow
from bedesten.services.operator.names import account_named, amount_text, code_of, name_of
from bedesten.services.operator.typed import amount_of
from bedesten.services.standing.standing import Act
from bedesten.services.store_types import Account
from bedesten.services.venue import Venue


async def bank_accounts(venue: Venue, form: forms.OfAccount) -> list[BankAccountRow]:
    """Return bank accounts of customers, of one or of all."""
    rows = venue.fiat.bank_accounts
    found = rows.all() if form.account is None else rows.of(account_named(venue, form.account).id)
    return [_account_row(venue, row) for row in found]


async def add_bank_account(venue: Venue, form: forms.AddBankAccount) -> list[BankAccountRow]:
    """Enter a customer's bank account that the operator has verified."""
    row = await venue.fiat.bank_accounts.add(
        account_named(venue, form.account).id, _currency(venue, form.asset).id, bank=form.bank, branch=form.branch,
        number=form.number, holder=form.holder, is_verified=True,
    )  # fmt: skip
    return [_account_row(venue, row)]


async def verify_bank_account(venue: Venue, form: forms.Numbered) -> list[BankAccountRow]:
    """Say that a bank account is the customer's."""
    return [_account_row(venue, await venue.fiat.bank_accounts.verify(form.id))]


async def reject_bank_account(venue: Venue, form: forms.Numbered) -> list[BankAccountRow]:
    """Say that a bank account is not the customer's."""
    return [_account_row(venue, await venue.fiat.bank_accounts.reject(form.id))]


async def remove_bank_account(venue: Venue, form: forms.Numbered) -> list[BankAccountRow]:
    """Use a bank account no more."""
    return [_account_row(venue, await venue.fiat.bank_accounts.remove(form.id))]


async def bank_deposit(venue: Venue, form: forms.BankDeposit) -> list[BankDepositRow]:
    """Credit what arrived at the bank."""
    found, owner = _currency(venue, form.asset), _receiver(venue, form.to, form.asset)
    arrived = BankTransfer(
        account=owner.id, asset=found.id, amount=amount_of(form.amount, found), reference=form.reference,
        bank=form.bank, number=form.number, holder=form.holder,
    )  # fmt: skip
    standing = venue.standing
    done = await venue.fiat.deposits.credit(found, arrived, may=lambda: standing.may(owner.id, Act.FIAT_DEPOSIT))
    if isinstance(done, DepositRefusal):
        raise BankRefused(f"the deposit was not credited: {done.value}")
    return [BankDepositRow(owner.name, found.code, form.amount, form.reference, done.seq)]


async def bank_withdrawals(venue: Venue, form: forms.Nothing) -> list[BankWithdrawalRow]:
    """Return the withdrawals by bank that have not ended, oldest first."""
    return [_withdrawal_row(venue, row) for row in await venue.fiat.withdrawals.open()]


async def begin_bank_withdrawal(venue: Venue, form: forms.Numbered) -> list[BankWithdrawalRow]:
    """Begin to pay a withdrawal: from now on the customer cannot cancel it."""
    refusal = await venue.fiat.withdrawals.begin(form.id)
    if refusal is not None:
        sentence = f"withdrawal {form.id} cannot be paid now: {refusal.value}; pay nothing"
        if refusal is not BeginRefusal.NOT_WAITING:
            sentence += (
                f". What was begun before, and the bank was not told of, is given back by `bank failed {form.id}`"
            )
        raise BankRefused(sentence)
    found = await venue.fiat.withdrawals.find(form.id)
    return [] if found is None else [_withdrawal_row(venue, found)]


async def bank_withdrawal_paid(venue: Venue, form: forms.BankPaid) -> list[BankWithdrawalRow]:
    """Say that the bank paid a withdrawal that was begun."""
    if not await venue.fiat.withdrawals.paid(form.id, form.reference):
        raise BankRefused(f"withdrawal {form.id} is not being paid; begin it first")
    return []


async def bank_withdrawal_failed(venue: Venue, form: forms.Numbered) -> list[BankWithdrawalRow]:
    """Say that the bank will not pay a withdrawal that was begun: it is given back."""
    if not await venue.fiat.withdrawals.failed(form.id):
        raise BankRefused(f"withdrawal {form.id} is not being paid; begin it first")
    return []


# ── inside ──


def _currency(venue: Venue, code: str) -> Asset:
    asset = venue.catalogue.asset(code)
    if asset is None or venue.fiat.terms.currency(asset.id) is None:
        raise BankRefused(f"{code!r} does not move by bank; fiat.currencies of the venue file names what does")
    return asset


def _receiver(venue: Venue, to: str, code: str) -> Account:
    currency = venue.fiat.terms.currency(_currency(venue, code).id)
    owner = None if currency is None else depositor(currency, to)
    found = venue.accounts.by_id(owner) if owner is not None else None
    return found if found is not None and not found.is_system else account_named(venue, to)


def _account_row(venue: Venue, row: BankAccount) -> BankAccountRow:
    currency = venue.fiat.terms.currency(row.asset)
    return BankAccountRow(
        row.id, name_of(venue, row.account), code_of(venue, row.asset), row.bank, row.branch, row.number, row.holder,
        row.state.value, deposit_number(currency, row.account) if currency else "",
    )  # fmt: skip


def _withdrawal_row(venue: Venue, row: FiatWithdrawal) -> BankWithdrawalRow:
    return BankWithdrawalRow(
        row.id, name_of(venue, row.account), code_of(venue, row.asset), amount_text(venue, row.amount, row.asset),
        row.bank, row.branch, row.number, row.holder, row.state.value,
    )  # fmt: skip
