"""Amounts, assets and networks in the venue's words. Everything is printed from integers; nothing is ever a float.

A number is printed in its shortest form ("32.0752149") but for fees of the history, which have ten decimals ("15.0000000000",
"0E-10"). A network is told as a payment way, and with its currency as a coin network: "USDT-ERC20".
Source: BITGIN API, Wallet, response examples.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

import msgspec

from bedesten.dialects.bitgin.errors import BitginError, invalid
from bedesten.domain.instruments import Asset
from bedesten.domain.money import AMOUNT_MAX, to_text, to_units
from bedesten.domain.networks import AddressFormat, Network

if TYPE_CHECKING:
    from bedesten.dialects.contract import Request
    from bedesten.services.venue import Venue

UNKNOWN_CURRENCY: Final = -2023
UNKNOWN_CURRENCY_TEXT: Final = "未知的币种"
STABLES: Final = frozenset({"USDT", "USDC"})
HOME: Final = "TWD"  # what the broker counts in
FEE_DECIMALS: Final = 10
ETHEREUM: Final = "ERC20"  # also the payment way of ether itself


def number(units: int, scale: int) -> msgspec.Raw:
    """Return units of ten to the minus *scale* as a JSON number."""
    return msgspec.Raw(to_text(units, scale=scale).encode())


def fee_number(units: int, scale: int) -> msgspec.Raw:
    """Return a fee with its ten decimals."""
    if not units:
        return msgspec.Raw(f"0E-{FEE_DECIMALS}".encode())
    shift = FEE_DECIMALS - scale
    shown = units * 10**shift if shift >= 0 else units // 10**-shift
    return msgspec.Raw(to_text(shown, scale=FEE_DECIMALS, places=FEE_DECIMALS).encode())


def units_of(sent: msgspec.Raw, asset: Asset, name: str) -> int:
    """Return an amount above zero in minor units.

    Raises: BitginError, naming the parameter.
    """
    try:
        units = to_units(bytes(sent).decode().strip('"'), scale=asset.scale)
    except ValueError as error:
        raise invalid(name) from error
    if not 0 < units <= AMOUNT_MAX:
        raise invalid(name)
    return units


def account_of(request: Request) -> int:
    """Return whose request it is."""
    assert request.key is not None, "the endpoint is private"
    return request.key.account


def asset_named(venue: Venue, code: str) -> Asset:
    """Return the asset of that code.

    Raises: BitginError.
    """
    asset = venue.catalogue.asset(code.strip().upper())
    if asset is None:
        raise BitginError(UNKNOWN_CURRENCY, UNKNOWN_CURRENCY_TEXT)
    return asset


def kind_of(asset: Asset) -> int:
    """Return 1 for a state's money, 2 for a crypto asset, 3 for one that is tied to a state's money."""
    if asset.is_fiat:
        return 1
    return 3 if asset.code in STABLES else 2


def payment_way(network: Network) -> str:
    """Return a network's name as the venue has it."""
    return ETHEREUM if network.format is AddressFormat.ETHEREUM else network.name.upper()


def network_named(venue: Venue, asset: Asset, way: str) -> Network | None:
    """Return the network of that payment way, or of that name of its own, which carries the asset."""
    wanted = way.strip().upper()
    return next(
        (each for each in venue.wallets.networks(asset) if wanted in (payment_way(each), each.name.upper())), None
    )
