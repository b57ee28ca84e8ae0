"""Withdrawals of crypto: a request holds the amount, and may be taken back until it is sent.

The venue's API names no network: a request goes over the first network of its currency, in the venue file's order, that such an
address belongs to, by that network's terms. A currency that no network carries is sent by the operator's hand.
Source: Swagger v1, CryptoWithdrawalModel and its two routes; the answer's data is not specified anywhere and is our choice.
Permission: withdrawal.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from typing import TYPE_CHECKING, Any, Final

from bedesten.dialects.btcturk import errors
from bedesten.dialects.btcturk.errors import BtcTurkError, Code
from bedesten.dialects.btcturk.numbers import PLACES_MAX, fixed, ms
from bedesten.dialects.btcturk.rest.endpoints_trading import account_of
from bedesten.dialects.btcturk.rest.envelope import Envelope, confirmed, done
from bedesten.dialects.btcturk.rest.render_market import ADDRESS_CHARS, TAG_CHARS_MAX, TAGS
from bedesten.dialects.btcturk.rest.shapes import WithdrawalInput, WithdrawalPath
from bedesten.dialects.contract import Request
from bedesten.domain.enums import RejectReason
from bedesten.domain.instruments import Asset
from bedesten.domain.money import to_amount
from bedesten.services.ports import NS_MAX
from bedesten.services.wallets.network_withdrawals import SendRefusal
from bedesten.services.wallets.withdrawals import Destination

if TYPE_CHECKING:
    from bedesten.services.venue import Venue

#: What is refused beside an address that belongs to no network of the currency.
SEND_REFUSED: Final[Mapping[SendRefusal, str]] = {
    SendRefusal.TOO_SMALL: "The Amount field is below the least withdrawal.",
    SendRefusal.ABOVE_DAY: "The Amount field is above what is left of the daily limit.",
}
_PRINTABLE: Final = re.compile(r"[!-~]+", re.ASCII)  # what addresses and tags are made of


async def ask(venue: Venue, request: Request, form: WithdrawalInput) -> Envelope:
    """Ask for a withdrawal."""
    asset = venue.catalogue.asset(form.asset.upper())
    if asset is None or asset.is_fiat:
        raise errors.invalid_request("The Asset field names no currency that can be withdrawn.")
    amount, destination = _amount(asset, form.amount), _destination(asset, form)
    number, reject = await _asked(venue, account_of(request), asset, amount, destination)
    if reject is RejectReason.INSUFFICIENT_AVAILABLE:
        raise BtcTurkError(Code.BALANCE_NOT_ENOUGH)
    if reject is not None:
        raise errors.invalid_request(f"The withdrawal is not possible: {reject.name}.")
    data: dict[str, Any] = {
        "id": number,
        "asset": asset.code,
        "amount": fixed(amount, asset.scale, PLACES_MAX),
        "address": destination.address,
        "addressTag": destination.tag or None,
        "status": "Pending",
        "timestamp": ms(venue.clock.now_ns()),
    }
    return done(data)


async def _asked(
    venue: Venue, account: int, asset: Asset, amount: int, to: Destination
) -> tuple[int, RejectReason | None]:
    """Return the request's number, or why the money is not there."""
    networks = venue.network_deposits.networks(asset)
    if not networks:
        by_hand = await venue.withdrawals.request(account, asset, amount, to)
        return by_hand.id, by_hand.reject
    for network in networks:
        outcome = await venue.network_withdrawals.request(account, asset, network, amount, to, fee_within=True)
        if outcome.refusal is None:
            return outcome.id, outcome.reject
        if outcome.refusal is not SendRefusal.BAD_ADDRESS:
            raise errors.invalid_request(SEND_REFUSED.get(outcome.refusal, "The withdrawal is not possible."))
    raise errors.invalid_request(f"The Address field is no address of {asset.code}.")


async def take_back(venue: Venue, request: Request, form: WithdrawalPath) -> Envelope:
    """Take a request back."""
    known = 0 < form.id <= NS_MAX
    if not known or (await venue.withdrawals.cancel(account_of(request), form.id)).reject is not None:
        raise errors.invalid_request("Withdrawal request not found.")
    return confirmed()


def _amount(asset: Asset, text: str) -> int:
    try:
        return to_amount(text, scale=asset.scale)
    except ValueError as error:
        told = f"The Amount field must be above zero, with at most {asset.scale} decimals."
        raise errors.invalid_request(told) from error


def _destination(asset: Asset, form: WithdrawalInput) -> Destination:
    least, most = ADDRESS_CHARS
    if not (least <= len(form.address) <= most and _PRINTABLE.fullmatch(form.address)):
        raise errors.invalid_request(f"The Address field must have {least} to {most} characters.")
    if form.addressTag and (len(form.addressTag) > TAG_CHARS_MAX or not _PRINTABLE.fullmatch(form.addressTag)):
        raise errors.invalid_request(f"The AddressTag field must have at most {TAG_CHARS_MAX} characters.")
    if form.addressTag and asset.code not in TAGS:
        raise errors.invalid_request(f"{asset.code} addresses have no tag.")
    return Destination(form.address, form.addressTag)
