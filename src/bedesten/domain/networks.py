"""Networks: the chains that money comes from and goes to, and what the venue asks of a payment on each."""

from __future__ import annotations

import enum

import msgspec


class AddressFormat(enum.Enum):
    """How a network writes its addresses."""

    BITCOIN = "bitcoin"  # bech32, bc1…
    LITECOIN = "litecoin"  # bech32, ltc1…
    LIQUID = "liquid"  # bech32, ex1…
    DOGECOIN = "dogecoin"  # base58, D…
    ETHEREUM = "ethereum"  # hexadecimal, its capitals a checksum
    TRON = "tron"  # base58, T…
    XRP = "xrp"  # base58 in an alphabet of its own, r…, and a tag


class NetworkAsset(msgspec.Struct, frozen=True, kw_only=True):
    """An asset on a network. Units: minor units of the asset; 0: no bound."""

    asset: int
    deposit_min: int = 0  # what comes in below is not credited
    withdraw_min: int = 0
    withdraw_fee: int = 0  # what the network takes
    approve_above: int = 0  # a withdrawal above waits for the operator
    day_max: int = 0  # of one account in 24 hours


class Network(msgspec.Struct, frozen=True, kw_only=True):
    """A chain."""

    name: str  # "Bitcoin"
    format: AddressFormat
    block_ns: int  # from one block to the next
    confirmations: int  # blocks that hold or follow a payment before it counts
    assets: tuple[NetworkAsset, ...]

    @property
    def has_tags(self) -> bool:
        """Whether an address is shared and a tag says whose payment it is."""
        return self.format is AddressFormat.XRP

    def asset(self, asset_id: int) -> NetworkAsset | None:
        """Return the terms of an asset, if the network carries it."""
        return next((row for row in self.assets if row.asset == asset_id), None)


class WithdrawalTerms(msgspec.Struct, frozen=True, kw_only=True):
    """What customers may withdraw in 24 hours: by asset, for each level, the lowest first, the last one for all above it too.

    Units: minor units of the asset.
    """

    day_max: dict[int, tuple[int, ...]] = {}
