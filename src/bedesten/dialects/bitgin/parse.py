"""From what a client sent to the words of the venue: codes, amounts, assets, networks, audit ids.

An amount is read from the text that was sent; nothing is ever a float. Source: BITGIN API, request tables.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from bedesten.dialects.bitgin.errors import UNKNOWN_CURRENCY, UNKNOWN_CURRENCY_TEXT, BitginError, invalid
from bedesten.dialects.bitgin.vocabulary import payment_way
from bedesten.domain.money import to_amount
from bedesten.services.wallet_history import withdrawal_number

if TYPE_CHECKING:
    import msgspec

    from bedesten.dialects.bitgin.shapes import Text
    from bedesten.dialects.contract import Request
    from bedesten.domain.instruments import Asset
    from bedesten.domain.networks import Network
    from bedesten.services.venue import Venue

CODE_DIGITS: Final = 6
_KINDS: Final = 10  # of numbers of the wallet's history: the last digit


def account_of(request: Request) -> int:
    """Return the account that a request is of."""
    assert request.key is not None, "the endpoint is private"
    return request.key.account


def text_of(value: Text | None) -> str:
    """Return a value as text, without the spaces around it."""
    return "" if value is None else str(value).strip()


def code_of(value: Text) -> str:
    """Return a code of digits as text; one that was sent as a number has lost its leading zeros."""
    return f"{value:0{CODE_DIGITS}d}" if isinstance(value, int) and value >= 0 else str(value).strip()


def captcha_of(number: Text | None, answer: Text | None) -> tuple[str, str] | None:
    """Return a picture's id and what is read there, if they were sent."""
    return None if number is None else (text_of(number), text_of(answer))


def units_of(sent: msgspec.Raw, asset: Asset, name: str) -> int:
    """Return an amount above zero in minor units.

    Raises: BitginError, naming the parameter.
    """
    try:
        return to_amount(bytes(sent).decode().strip('"'), scale=asset.scale)
    except ValueError as error:
        raise invalid(name) from error


def asset_named(venue: Venue, code: str) -> Asset:
    """Return the asset of that code.

    Raises: BitginError.
    """
    asset = venue.catalogue.asset(code.strip().upper())
    if asset is None:
        raise BitginError(UNKNOWN_CURRENCY, UNKNOWN_CURRENCY_TEXT)
    return asset


def network_named(venue: Venue, asset: Asset, way: str) -> Network | None:
    """Return the network of that payment way, or of that name of its own, which carries the asset."""
    wanted = way.strip().upper()
    return next(
        (each for each in venue.network_deposits.networks(asset) if wanted in (payment_way(each), each.name.upper())),
        None,
    )


def audit_number(audit_id: Text) -> int:
    """Return the number of an audit id; 0: it is none of ours."""
    text = str(audit_id).strip()
    return int(text) if text.isascii() and text.isdigit() and len(text) < len(str(1 << 63)) else 0


def withdrawal_of(audit_id: Text) -> int:
    """Return the withdrawal that an audit id names; 0: none."""
    number = audit_number(audit_id)
    return number // _KINDS if number and withdrawal_number(number // _KINDS) == number else 0
