"""What the venue calls assets and networks. Source: BITGIN API, Wallet, request tables and response examples."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from bedesten.domain.networks import AddressFormat

if TYPE_CHECKING:
    from bedesten.domain.instruments import Asset
    from bedesten.domain.networks import Network

STABLES: Final = frozenset({"USDT", "USDC"})
HOME: Final = "TWD"  # the currency that the broker counts in
ETHEREUM: Final = "ERC20"  # also the payment way of ether itself


def kind_of(asset: Asset) -> int:
    """Return 1 for a state's money, 2 for a crypto asset, 3 for one that is tied to a state's money."""
    if asset.is_fiat:
        return 1
    return 3 if asset.code in STABLES else 2


def payment_way(network: Network) -> str:
    """Return a network's name as the venue has it; with its currency it is a coin network: "USDT-ERC20"."""
    return ETHEREUM if network.format is AddressFormat.ETHEREUM else network.name.upper()
