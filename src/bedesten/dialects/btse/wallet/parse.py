"""What requests to the wallet name: assets, networks, amounts and windows of time. Reads; never decides."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final, TypedDict

import msgspec

from bedesten.dialects.btse import errors
from bedesten.dialects.btse.errors import BtseError
from bedesten.dialects.btse.spot.parse import number_text
from bedesten.dialects.btse.wallet.errors import INVALID_AMOUNT, UNKNOWN_CURRENCY
from bedesten.domain.instruments import Asset
from bedesten.domain.money import to_amount, to_units
from bedesten.domain.networks import Network
from bedesten.services.ports import NS_MAX

if TYPE_CHECKING:
    from bedesten.services.venue import Venue

NS_PER_MS: Final = 1_000_000

AMOUNT_DECIMALS_MAX: Final = 8  # of a withdrawal, whatever the currency


class Window(TypedDict):
    """A time window, its end left out."""

    start_ns: int
    end_ns: int


def window(start_ms: int | None, end_ms: int | None) -> Window:
    """Return the bounds of a window whose end is within it.

    Raises: BtseError when it ends before it begins.
    """
    if start_ms is not None and end_ms is not None and start_ms > end_ms:
        raise errors.invalid("startTime is after endTime")
    start_ns, end_ns = (start_ms or 0) * NS_PER_MS, NS_MAX
    if end_ms is not None:
        end_ns = (end_ms + 1) * NS_PER_MS
    return {"start_ns": max(0, min(start_ns, NS_MAX)), "end_ns": max(0, min(end_ns, NS_MAX))}


def withdrawn(text: str, asset: Asset) -> int:
    """Return a withdrawal's amount in minor units.

    Raises: BtseError: 3506 for what is no amount or has more than eight decimals.
    """
    try:
        to_units(text, scale=AMOUNT_DECIMALS_MAX)
        return to_amount(text, scale=asset.scale)
    except ValueError as error:
        raise BtseError(INVALID_AMOUNT, "CRYPTO_WITHDRAW_INVALID_AMOUNT") from error


def asset_named(venue: Venue, code: str) -> Asset:
    """Return the asset of that code, in any case.

    Raises: BtseError.
    """
    asset = venue.catalogue.asset(code.strip().upper())
    if asset is None:
        raise BtseError(UNKNOWN_CURRENCY, "Unknown currency")
    return asset


def carried(venue: Venue, currency: str, network: str) -> tuple[Asset, Network]:
    """Return the asset and the network that carries it: named, or at the currency's end, or the asset's own or only one.

    Raises: BtseError.
    """
    asset, name = _coin(venue, currency, network)
    if name:
        return asset, on_network(venue, asset, name)
    found = venue.network_deposits.default_network(asset)
    if found is None:
        raise errors.mandatory("network")
    return asset, found


def on_network(venue: Venue, asset: Asset, name: str) -> Network:
    """Return the network of that name, which carries the asset.

    Raises: BtseError.
    """
    found = venue.network_deposits.network(asset, name)
    if found is None:
        raise BtseError(errors.PARAMETER, f"Unsupported network: {name[:32]}")
    return found


def _coin(venue: Venue, currency: str, network: str) -> tuple[Asset, str]:
    code, _, tail = currency.partition("-")
    return asset_named(venue, code), network or tail


def amount_of(raw: msgspec.Raw, asset: Asset, name: str = "amount") -> int:
    """Return an amount in minor units, above zero; *name* is the parameter's.

    Raises: BtseError.
    """
    try:
        return to_amount(number_text(raw) or "0", scale=asset.scale)
    except ValueError as error:
        raise errors.invalid(name) from error
