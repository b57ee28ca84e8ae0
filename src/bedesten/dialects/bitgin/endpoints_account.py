"""Who is signed in: the three endpoints that every page asks first.

Source: BITGIN API, Account: Check Login Status, User Information, Get VIP Information.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Final

import msgspec

from bedesten.dialects.bitgin.authentication import authenticate
from bedesten.dialects.bitgin.envelope import Envelope, done
from bedesten.dialects.contract import Request
from bedesten.dialects.refusals import Refusal
from bedesten.domain.customers import Status
from bedesten.domain.money import to_text
from bedesten.services.customers import Customer

if TYPE_CHECKING:
    from bedesten.services.venue import Venue

PAIR: Final = "USDT-TWD"  # whose spread is told; another's, where the desk does not quote it
PERCENT_SCALE: Final = 4  # a part per million is so many decimals of a percent


async def login_status(venue: Venue, request: Request, form: None) -> Envelope:
    """Say whether the one who asks is signed in, by whatever means."""
    try:
        authenticate(venue, request, None)
    except Refusal:
        return done(venue, {"isLogin": False})
    return done(venue, {"isLogin": True})


async def show_customer(venue: Venue, request: Request, form: None) -> Envelope:
    """Tell of the customer who asks."""
    assert request.key is not None, "the endpoint is private"
    return done(venue, customer_row(venue, request.key.account))


def customer_row(venue: Venue, account: int) -> dict[str, Any]:
    """Return what the venue tells of a customer. An account without one is its operator's: all is open to it,
    but nobody proved anything, so its level is 0.
    """
    customers = venue.customers
    customer = customers.of_account(account)
    allowed = customers.allowed(account)
    holder = venue.accounts.by_id(account)
    level = customer.level if customer is not None else 0
    return {
        "username": customer.username if customer is not None else holder.name if holder is not None else "",
        "email": customer.email if customer is not None else "",
        "is2FA": customer is not None and customer.has_authenticator,
        "isKyc": level >= 1,
        "userStatus": int(standing(venue, customer)),
        "kycLevel": level,
        "allowCryptoDeposit": allowed.crypto_deposit,
        "allowCryptoWithdrawal": allowed.crypto_withdrawal,
        "allowFiatDeposit": allowed.fiat_deposit,
        "allowFiatWithdrawal": allowed.fiat_withdrawal,
        "allowTrade": allowed.trade,
        "allowTransfer": allowed.transfer,
    }


def standing(venue: Venue, customer: Customer | None) -> Status:
    """Return the status that is told."""
    return Status.NORMAL if customer is None else venue.customers.register.status(customer)


async def vip_info(venue: Venue, request: Request, form: None) -> Envelope:
    """Tell what the OTC desk puts on the reference price for this customer, in percent."""
    assert request.key is not None, "the endpoint is private"
    account = request.key.account
    instrument = venue.catalogue.instrument(PAIR)
    markets = venue.otc.terms.markets
    market = venue.otc.market(instrument.id) if instrument is not None else None
    market = market or (markets[0] if markets else None)
    spread = venue.otc.spread_ppm(account, market, market.min_quantity) if market is not None else 0
    percent = msgspec.Raw(_plain(to_text(spread, scale=PERCENT_SCALE)).encode())
    return done(venue, {"isVIP": venue.customers.vip_level_of(account) > 0, "spread": percent})


def _plain(decimal: str) -> str:
    return decimal.rstrip("0").rstrip(".") if "." in decimal else decimal
