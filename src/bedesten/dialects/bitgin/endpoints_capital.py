"""Operations on the wallet: transfers to another customer, which wait for a link in an e-mail and a last word; conversions.

Source: BITGIN API, Send to: Wallet Operation, Transfer Cancel, Transfer email resend, Email confirm, Web confirm. The link leads
to the venue's own page with what happened in its query; the codes of `alertcode` are those of refusals.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Final
from urllib.parse import urlencode

from bedesten.dialects.bitgin import render
from bedesten.dialects.bitgin.endpoints_withdraw import INSUFFICIENT, INSUFFICIENT_TEXT, WRONG_CODE, second_factor
from bedesten.dialects.bitgin.envelope import Envelope, done
from bedesten.dialects.bitgin.errors import ILLEGAL, PARAMETER, BitginError, empty, invalid
from bedesten.dialects.bitgin.parse import account_of, asset_named, audit_number, units_of
from bedesten.dialects.bitgin.shapes_money import (
    NOTHING,
    AuditQuery,
    FromWallet,
    LinkQuery,
    OperationForm,
    TransferQuery,
)
from bedesten.dialects.bitgin.vocabulary import HOME
from bedesten.dialects.contract import Reply
from bedesten.services.holds.confirmations import ConfirmRefusal
from bedesten.services.money.confirmed_transfers import HeldRefusal
from bedesten.services.money.conversions import ConvertRefusal
from bedesten.services.wallet_history import conversion_numbers

if TYPE_CHECKING:
    from bedesten.dialects.contract import Request
    from bedesten.services.venue import Venue

SPOT: Final = "SPOT@"
UNKNOWN_USER: Final = 10004
UNKNOWN_OPERATION: Final = -20
PAGE: Final = "/"  # where the link leads
KINDS: Final = 10
HELD_KIND: Final = 6  # the last digit of a transfer's audit id: the wallet's history has the others
WORTH_DECIMALS: Final = 8

HELD_REFUSED: Final = {
    HeldRefusal.NOT_ALLOWED: (ILLEGAL, None),
    HeldRefusal.UNKNOWN_RECEIVER: (UNKNOWN_USER, None),
    HeldRefusal.TO_ONESELF: (PARAMETER, "[invalid receiver]"),
    HeldRefusal.CANNOT_RECEIVE: (UNKNOWN_USER, None),
    HeldRefusal.OUT_OF_RANGE: (PARAMETER, "[invalid amount]"),
    HeldRefusal.INSUFFICIENT_AVAILABLE: (INSUFFICIENT, INSUFFICIENT_TEXT),
    HeldRefusal.UNKNOWN: (PARAMETER, "[invalid balance_audit_id]"),
    HeldRefusal.UNCONFIRMED: (ILLEGAL, "Not confirmed by e-mail yet"),
}
CONVERT_REFUSED: Final = {
    ConvertRefusal.INSUFFICIENT_AVAILABLE: (INSUFFICIENT, INSUFFICIENT_TEXT),
    ConvertRefusal.SUSPENDED: (ILLEGAL, None),
}


async def operate(venue: Venue, request: Request, form: OperationForm) -> Envelope:
    """Do one of the operations; a payment for a service is refused, since nobody here takes one."""
    owner = venue.accounts.by_id(account_of(request))
    if form.fromUser and (owner is None or form.fromUser.lower() != owner.name.lower()):
        raise invalid("fromUser")
    match form.operation:
        case "TRANSFER":
            return await _transfer(venue, request, form)
        case "CONVERT":
            return await _convert(venue, request, form)
        case "GET_BALANCE_IN_QUOTE":
            return await _worth(venue, request, form)
    raise BitginError(UNKNOWN_OPERATION, "未知操作")


async def _transfer(venue: Venue, request: Request, form: OperationForm) -> Envelope:
    account, line = account_of(request), _sole(form)
    for name, value in (("receiver", form.receiver), ("receiverEmail", form.receiverEmail)):
        if not value:
            raise empty(name)
    asset = asset_named(venue, line.asset)
    units = units_of(line.amount, asset, "amount")
    await second_factor(venue, request, form.twoFAcode)
    made = await venue.confirmed_transfers.request(account, form.receiver, form.receiverEmail, asset, units)
    if isinstance(made, HeldRefusal):
        code, text = HELD_REFUSED[made]
        raise BitginError(code, text)
    return done(venue, audit_id(made.id))


async def _convert(venue: Venue, request: Request, form: OperationForm) -> Envelope:
    account, line = account_of(request), _sole(form)
    source, target = asset_named(venue, line.asset), asset_named(venue, form.toAsset)
    wanted = next((each for each in (form.toAmount, line.amountInToAsset) if bytes(each) != bytes(NOTHING)), None)
    given = bytes(line.amount) != bytes(NOTHING)
    if given == (wanted is not None):
        raise BitginError(PARAMETER, "[one of amount, toAmount]")
    made = await venue.conversions.convert(
        account, source, target,
        amount=units_of(line.amount, source, "amount") if given else 0,
        to_amount=0 if wanted is None else units_of(wanted, target, "toAmount"),
    )  # fmt: skip
    if isinstance(made, ConvertRefusal):
        code, text = CONVERT_REFUSED.get(made, (PARAMETER, made.value))
        raise BitginError(code, text)
    return done(venue, conversion_numbers(made.seq)[1])


async def _worth(venue: Venue, request: Request, form: OperationForm) -> Envelope:
    """Tell what the lines, or without any all balances, are worth in an asset at the venue's prices."""
    target = asset_named(venue, form.toAsset or HOME)
    held = [(row.asset, row.total) for row in await venue.accounts.balances(account_of(request)) if row.total]
    if form.fromWallet:
        totals = {asset.id: total for asset, total in held}
        assets = [asset_named(venue, _spot(line).asset) for line in form.fromWallet[:LINES_MAX]]
        held = [(asset, totals.get(asset.id, 0)) for asset in assets]
        for at, line in enumerate(form.fromWallet[:LINES_MAX]):
            if bytes(line.amount) != bytes(NOTHING):
                held[at] = (assets[at], units_of(line.amount, assets[at], "amount"))
    total = 0
    for asset, units in held:
        rate = await venue.rates.rate(asset, target)
        if rate is not None:
            total += int(units * rate * 10**WORTH_DECIMALS / 10**asset.scale)
    return done(venue, render.number(total, WORTH_DECIMALS))


LINES_MAX: Final = 100  # more assets than anybody names


def _sole(form: OperationForm) -> FromWallet:
    if len(form.fromWallet) != 1:
        raise invalid("fromWallet") if form.fromWallet else empty("fromWallet")
    return _spot(form.fromWallet[0])


def _spot(line: FromWallet) -> FromWallet:
    if line.wallet != SPOT:
        raise invalid("wallet")
    return line


def audit_id(held_id: int) -> int:
    """Return the audit id of a transfer that waits."""
    return held_id * KINDS + HELD_KIND


def held_of(text: str) -> int:
    """Return the transfer that an audit id names; 0: none."""
    number = audit_number(text)
    return number // KINDS if number % KINDS == HELD_KIND else 0


async def cancel(venue: Venue, request: Request, query: TransferQuery) -> Envelope:
    """Give a transfer that waits back to its sender."""
    if not await venue.confirmed_transfers.cancel(account_of(request), held_of(query.id)):
        raise invalid("id")
    return done(venue, None)


async def resend(venue: Venue, request: Request, query: AuditQuery) -> Envelope:
    """Send the link again, at most once a minute."""
    account, held_id = account_of(request), held_of(query.balance_audit_id)
    found = await venue.confirmed_transfers.find(account, held_id)
    if found is None or found.ended_ns:
        raise invalid("balance_audit_id")
    if not await venue.confirmed_transfers.resend(account, held_id):
        raise BitginError(10063, "Sent a moment ago, or not needed any more")
    return done(venue, audit_id(held_id))


async def follow(venue: Venue, request: Request, query: LinkQuery) -> Reply:
    """Take the code of the link, and lead to the page that asks for the last word."""
    made = await venue.confirmed_transfers.confirm(account_of(request), query.code)
    if isinstance(made, ConfirmRefusal):
        code = PARAMETER if made is ConfirmRefusal.UNKNOWN else WRONG_CODE
        return _to_page(alertcode=str(code), alerttype="error")
    return _to_page(balance_audit_id=str(audit_id(made.id)), coin_id=str(made.asset), type="confirm")


def _to_page(**query: str) -> Reply:
    return Reply(302, b"", [(b"location", f"{PAGE}?{urlencode(query)}".encode())])


async def carry_out(venue: Venue, request: Request, query: AuditQuery) -> Envelope:
    """Give the money to its receiver: the last word. Said again it changes nothing."""
    held_id = held_of(query.balance_audit_id)
    refusal = await venue.confirmed_transfers.carry_out(account_of(request), held_id)
    if refusal is not None:
        code, text = HELD_REFUSED[refusal]
        raise BitginError(code, text)
    return done(venue, audit_id(held_id))
