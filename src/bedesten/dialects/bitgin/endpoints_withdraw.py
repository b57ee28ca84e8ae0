"""Withdrawals: asked for, confirmed by the code of an e-mail, canceled. The fee comes out of the amount, however it is paid.

Source: BITGIN API, Withdraw Apply, Withdraw Confirm, Cancel Deposit/Withdraw. Refusals of a request have no documented codes:
3506 and 51523 are BTSE's, 10027 is BITGIN's own for a wrong code.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Final

from bedesten.dialects.bitgin import render
from bedesten.dialects.bitgin.client_info import asker_of, note_done
from bedesten.dialects.bitgin.endpoints_funds import bank_row
from bedesten.dialects.bitgin.envelope import Envelope, done, now_ms
from bedesten.dialects.bitgin.error_map import check_verdict
from bedesten.dialects.bitgin.errors import (
    GENERAL,
    ILLEGAL,
    PARAMETER,
    UNKNOWN_CURRENCY,
    UNKNOWN_CURRENCY_TEXT,
    BitginError,
    invalid,
)
from bedesten.dialects.bitgin.parse import (
    account_of,
    asset_named,
    audit_number,
    code_of,
    network_named,
    units_of,
    withdrawal_of,
)
from bedesten.dialects.bitgin.shapes_money import AuditForm, ConfirmForm, Text, WithdrawForm
from bedesten.domain.enums import RejectReason
from bedesten.services.customers.login_log import Activity
from bedesten.services.fiat.withdrawals import FiatRefusal, FiatState, FiatWithdrawal
from bedesten.services.holds.confirmations import ConfirmRefusal
from bedesten.services.store_types import Destination
from bedesten.services.wallet_history import MoveKind, withdrawal_number
from bedesten.services.wallets.network_withdrawals import SendRefusal
from bedesten.services.wallets.withdrawals import Withdrawal, WithdrawalState

if TYPE_CHECKING:
    from bedesten.dialects.contract import Request
    from bedesten.domain.instruments import Asset
    from bedesten.services.venue import Venue

PENDING: Final = 17  # until the e-mail's code
USER_CANCELED: Final = 16
ABOUT: Final = "withdrawal"
WRONG_CODE: Final = 10027
BAD_AMOUNT: Final = 3506
INSUFFICIENT: Final = 51523
INSUFFICIENT_TEXT: Final = "Insufficient wallet balance"
NO_RECORD: Final = 3500
CRYPTO_STAYS: Final = 3516
DEPOSIT_STAYS: Final = 3519
WITHDRAWAL_STAYS: Final = 3521
UNKNOWN_OPERATION: Final = -20
_NS_PER_MS: Final = 1_000_000

FIAT_REFUSED: Final = {
    FiatRefusal.NO_CURRENCY: (UNKNOWN_CURRENCY, UNKNOWN_CURRENCY_TEXT),
    FiatRefusal.NOT_ALLOWED: (ILLEGAL, None),
    FiatRefusal.NO_BANK_ACCOUNT: (PARAMETER, "[invalid bankId]"),
    FiatRefusal.TOO_SMALL: (BAD_AMOUNT, "Below the minimum"),
    FiatRefusal.TOO_LARGE: (BAD_AMOUNT, "Above the maximum"),
    FiatRefusal.ABOVE_DAY: (BAD_AMOUNT, "Above the daily maximum"),
    FiatRefusal.ABOVE_MONTH: (BAD_AMOUNT, "Above the monthly maximum"),
    FiatRefusal.INSUFFICIENT_AVAILABLE: (INSUFFICIENT, INSUFFICIENT_TEXT),
    FiatRefusal.SUSPENDED: (ILLEGAL, None),
}
SEND_REFUSED: Final = {
    SendRefusal.NO_NETWORK: (PARAMETER, "[invalid paymentWay]"),
    SendRefusal.BAD_ADDRESS: (PARAMETER, "[invalid address]"),
    SendRefusal.TOO_SMALL: (BAD_AMOUNT, "Below the minimum"),
    SendRefusal.MAY_NOT: (ILLEGAL, None),
    SendRefusal.NOT_LISTED: (PARAMETER, "[invalid address]"),
    SendRefusal.ABOVE_DAY: (BAD_AMOUNT, "Above the daily maximum"),
}


async def withdraw(venue: Venue, request: Request, form: WithdrawForm) -> Envelope:
    """Hold an amount for a bank account or an address, and send the customer a code."""
    asset = asset_named(venue, form.currency)
    units = units_of(form.amount, asset, "amount")
    if asset.is_fiat:
        row, activity = await _by_bank(venue, request, asset, form, units), Activity.WITHDRAWAL_BY_BANK
    else:
        row, activity = await _over_network(venue, request, asset, form, units), Activity.WITHDRAWAL_OVER_NETWORK
    await note_done(venue, request, activity)
    return done(venue, row)


async def _by_bank(venue: Venue, request: Request, asset: Asset, form: WithdrawForm, units: int) -> dict[str, Any]:
    account = account_of(request)
    await second_factor(venue, request, form.code2FA)
    bank = next((row for row in venue.fiat.bank_accounts.of(account, asset.id) if row.id == form.bankId), None)
    made = await venue.fiat.withdrawals.request(asset, bank, units, must_confirm=_has_mail(venue, account))
    if isinstance(made, FiatRefusal):
        code, text = FIAT_REFUSED[made]
        raise BitginError(code, text)
    return _fiat_row(venue, asset, made)


async def _over_network(venue: Venue, request: Request, asset: Asset, form: WithdrawForm, units: int) -> dict[str, Any]:
    account = account_of(request)
    network = network_named(venue, asset, form.paymentWay)
    if network is None:
        raise invalid("paymentWay")
    to = Destination(form.address.strip(), form.tag)
    await second_factor(venue, request, form.code2FA)
    must_confirm = _has_mail(venue, account)
    outcome = await venue.network_withdrawals.request(
        account, asset, network, units, to, fee_within=True, must_confirm=must_confirm
    )
    if outcome.refusal is not None:
        code, text = SEND_REFUSED[outcome.refusal]
        raise BitginError(code, text)
    if outcome.reject is not None:
        raise _rejected(outcome.reject)
    if must_confirm:
        await venue.fiat.confirmations.ask(outcome.id, account, ABOUT)
    found = await _sent_out(venue, account, outcome.id)
    assert found is not None, "it was held a moment ago"
    return _crypto_row(venue, asset, found)


async def confirm(venue: Venue, request: Request, form: ConfirmForm) -> Envelope:
    """Take the code of the e-mail; the right one again, or any after it, changes nothing."""
    account, withdrawal_id = account_of(request), withdrawal_of(form.auditId)
    fiat = await _paid_out(venue, account, withdrawal_id)
    crypto = None if fiat is not None else await _sent_out(venue, account, withdrawal_id)
    if fiat is None and crypto is None:
        raise invalid("auditId")
    is_over = (fiat is not None and fiat.ended_ns) or (crypto is not None and crypto.ended_ns)
    if not is_over:
        by = venue.fiat.withdrawals if fiat is not None else venue.network_withdrawals
        refusal = await by.confirm(account, withdrawal_id, code_of(form.codeEmail))
        if refusal is not None:
            raise refused_code(refusal)
    row = fiat or crypto
    assert row is not None, "one of the two was found"
    asset = venue.catalogue.asset_by_id(row.asset)
    assert asset is not None, "assets are never taken off the list"
    if fiat is not None:
        return done(venue, _fiat_row(venue, asset, fiat))
    assert crypto is not None, "it is one or the other"
    return done(venue, _crypto_row(venue, asset, crypto))


async def cancel(venue: Venue, request: Request, form: AuditForm) -> Envelope:
    """Take a withdrawal by bank back."""
    account, number = account_of(request), audit_number(form.auditId)
    found = await _paid_out(venue, account, withdrawal_of(form.auditId))
    if found is None:
        raise BitginError(*await _why_it_stays(venue, account, number))
    if found.state is not FiatState.CANCELED and not await venue.fiat.withdrawals.cancel(account, found.id):
        raise BitginError(WITHDRAWAL_STAYS, "Error performing cancellation request")
    data = {
        "updateTimestamp": found.ended_ns // _NS_PER_MS or now_ms(venue),
        "status": USER_CANCELED,
        "createTimestamp": found.requested_ns // _NS_PER_MS,
    }
    return done(venue, data)


async def _why_it_stays(venue: Venue, account: int, number: int) -> tuple[int, str]:
    if (sent := await _sent_out(venue, account, withdrawal_of(str(number)))) is not None and sent.network:
        return CRYPTO_STAYS, "Error updating crypto wallet"
    row = await venue.wallet_history.find(account, number)
    if row is not None and row.network:
        return CRYPTO_STAYS, "Error updating crypto wallet"
    if row is not None and row.kind is MoveKind.DEPOSIT:
        return DEPOSIT_STAYS, "Error in cancellation request"
    if row is not None:
        return UNKNOWN_OPERATION, "未知操作"
    return NO_RECORD, "Error getting user balance"


# ── what others here use too ──


async def second_factor(venue: Venue, request: Request, code: Text) -> None:
    """Return when a customer's authenticator agrees, or none is bound.

    Raises: BitginError.
    """
    account = account_of(request)
    customer = venue.customers.of_account(account)
    if customer is not None and customer.has_authenticator:
        asker = asker_of(venue, request)
        check_verdict(await venue.customers.authenticators.check(account, code_of(code), asker))


def refused_code(refusal: ConfirmRefusal) -> BitginError:
    """Return the refusal of an e-mail's code."""
    if refusal is ConfirmRefusal.UNKNOWN:
        return invalid("auditId")
    if refusal is ConfirmRefusal.NOT_ALLOWED:
        return BitginError(ILLEGAL)
    return BitginError(WRONG_CODE, refusal.value)


def _has_mail(venue: Venue, account: int) -> bool:
    return venue.customers.of_account(account) is not None


async def _paid_out(venue: Venue, account: int, withdrawal_id: int) -> FiatWithdrawal | None:
    return await venue.fiat.withdrawals.find(withdrawal_id, account)


async def _sent_out(venue: Venue, account: int, withdrawal_id: int) -> Withdrawal | None:
    return await venue.withdrawals.find(account, withdrawal_id)


def _rejected(reason: RejectReason) -> BitginError:
    match reason:
        case RejectReason.INSUFFICIENT_AVAILABLE:
            return BitginError(INSUFFICIENT, INSUFFICIENT_TEXT)
        case RejectReason.ACCOUNT_SUSPENDED:
            return BitginError(ILLEGAL)
        case RejectReason.AMOUNT_OUT_OF_RANGE:
            return invalid("amount")
    return BitginError(GENERAL)


_FIAT_STATUS: Final = {
    FiatState.UNCONFIRMED: PENDING,
    FiatState.CONFIRMED: PENDING,  # the example of the answer to a code has it
    FiatState.PAYING: 4,
    FiatState.PAID: 10,
    FiatState.FAILED: 15,
    FiatState.CANCELED: USER_CANCELED,
}


def _fiat_row(venue: Venue, asset: Asset, row: FiatWithdrawal) -> dict[str, Any]:
    bank = venue.fiat.bank_accounts.find(row.bank_account)
    return {
        **_common(asset, row.id, row.seq, row.amount + row.fee, row.fee, row.requested_ns),
        "status": _FIAT_STATUS[row.state],
        "toBank": None if bank is None else bank_row(venue, bank),
        "toAddress": None,
    }


def _crypto_row(venue: Venue, asset: Asset, row: Withdrawal) -> dict[str, Any]:
    status = {WithdrawalState.SENT: 10, WithdrawalState.CANCELED: USER_CANCELED}.get(row.state, PENDING)
    return {
        **_common(asset, row.id, row.seq, row.amount, row.fee, row.requested_ns),
        "status": status,
        "toBank": None,
        "toAddress": {"name": "", "address": row.destination.address},
    }


def _common(asset: Asset, id: int, seq: int, amount: int, fee: int, time_ns: int) -> dict[str, Any]:
    return {
        "auditId": str(withdrawal_number(id)),
        "currency": asset.code,
        "fee": render.number(fee, asset.scale),
        "amount": render.number(amount, asset.scale),
        "transactionTimestamp": time_ns // _NS_PER_MS,
        "transactionRef": str(seq),
    }
