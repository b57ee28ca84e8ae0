"""Withdrawals of crypto: a request holds the amount, and may be taken back until somebody has approved it.

Source: Swagger v1, CryptoWithdrawalModel and its two routes; the answer's data is not specified anywhere and is our choice.
Permission: withdrawal.
"""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Any, Final

from bedesten.dialects.btcturk import errors
from bedesten.dialects.btcturk.endpoints_trading import account_of
from bedesten.dialects.btcturk.envelope import Envelope, confirmed, done
from bedesten.dialects.btcturk.errors import BtcTurkError, Code
from bedesten.dialects.btcturk.models import WithdrawalInput, WithdrawalPath
from bedesten.dialects.btcturk.numbers import PLACES_MAX, fixed, ms
from bedesten.dialects.btcturk.rows_market import ADDRESS_CHARS, TAG_CHARS_MAX, TAGS
from bedesten.dialects.contract import Request
from bedesten.domain.enums import RejectReason
from bedesten.domain.instruments import Asset
from bedesten.domain.money import AMOUNT_MAX, to_units
from bedesten.services.ports import NS_MAX
from bedesten.services.withdrawals import Destination

if TYPE_CHECKING:
    from bedesten.services.venue import Venue

_PRINTABLE: Final = re.compile(r"[!-~]+", re.ASCII)  # what addresses and tags are made of


async def ask(venue: Venue, request: Request, form: WithdrawalInput) -> Envelope:
    """Ask for a withdrawal."""
    asset = venue.catalogue.asset(form.asset.upper())
    if asset is None or asset.is_fiat:
        raise errors.invalid_request("The Asset field names no currency that can be withdrawn.")
    amount, destination = _amount(asset, form.amount), _destination(asset, form)
    outcome = await venue.withdrawals.request(account_of(request), asset, amount, destination)
    if outcome.reject is RejectReason.INSUFFICIENT_AVAILABLE:
        raise BtcTurkError(Code.BALANCE_NOT_ENOUGH)
    if outcome.reject is not None:
        raise errors.invalid_request(f"The withdrawal is not possible: {outcome.reject.name}.")
    data: dict[str, Any] = {
        "id": outcome.id,
        "asset": asset.code,
        "amount": fixed(amount, asset.scale, PLACES_MAX),
        "address": destination.address,
        "addressTag": destination.tag or None,
        "status": "Pending",
        "timestamp": ms(outcome.time_ns),
    }
    return done(data)


async def take_back(venue: Venue, request: Request, form: WithdrawalPath) -> Envelope:
    """Take a request back."""
    known = 0 < form.id <= NS_MAX
    if not known or (await venue.withdrawals.cancel(account_of(request), form.id)).reject is not None:
        raise errors.invalid_request("Withdrawal request not found.")
    return confirmed()


def _amount(asset: Asset, text: str) -> int:
    try:
        amount = to_units(text, scale=asset.scale)
    except ValueError:
        amount = 0
    if not 0 < amount <= AMOUNT_MAX:
        raise errors.invalid_request(f"The Amount field must be above zero, with at most {asset.scale} decimals.")
    return amount


def _destination(asset: Asset, form: WithdrawalInput) -> Destination:
    least, most = ADDRESS_CHARS
    if not (least <= len(form.address) <= most and _PRINTABLE.fullmatch(form.address)):
        raise errors.invalid_request(f"The Address field must have {least} to {most} characters.")
    if form.addressTag and (len(form.addressTag) > TAG_CHARS_MAX or not _PRINTABLE.fullmatch(form.addressTag)):
        raise errors.invalid_request(f"The AddressTag field must have at most {TAG_CHARS_MAX} characters.")
    if form.addressTag and asset.code not in TAGS:
        raise errors.invalid_request(f"{asset.code} addresses have no tag.")
    return Destination(form.address, form.addressTag)
