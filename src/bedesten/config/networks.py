"""The `[networks]` and `[withdrawals]` tables of the venue file. Owns their shape in the file and their translation."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Annotated, Final

import msgspec

from bedesten.config.described import VenueFile
from bedesten.config.values import Code, Decimal, Objection, ValueRefused, units
from bedesten.domain.instruments import Asset
from bedesten.domain.networks import AddressFormat, Network, NetworkAsset, WithdrawalTerms

NS_PER_S: Final = 1_000_000_000


class NetworkAssetRow(msgspec.Struct, forbid_unknown_fields=True):
    """An asset on a network."""

    deposit_min: Decimal = 0
    withdraw_min: Decimal = 0
    withdraw_fee: Decimal = 0
    approve_above: Decimal = 0
    day_max: Decimal = 0


class NetworkTable(msgspec.Struct, forbid_unknown_fields=True):
    """A chain."""

    format: AddressFormat
    assets: dict[Code, NetworkAssetRow]
    block_seconds: Annotated[int, msgspec.Meta(ge=1, le=86_400)] = 10
    confirmations: Annotated[int, msgspec.Meta(ge=1, le=10_000)] = 2


class WithdrawalsTable(msgspec.Struct, forbid_unknown_fields=True):
    """The table as it stands in the file."""

    day_max: dict[Code, tuple[Decimal, ...]] = {}


def withdrawal_terms(table: WithdrawalsTable, assets: Mapping[str, Asset]) -> WithdrawalTerms:
    """Return what customers may withdraw.

    Raises: ValueRefused.
    """
    day_max = {}
    for code, levels in table.day_max.items():
        key = f"withdrawals.day_max.{code}"
        asset = assets.get(code)
        if asset is None:
            raise ValueRefused(key, "no such asset; add it to assets or drop the row")
        if not levels:
            raise ValueRefused(key, "needs an amount for the lowest level at least")
        day_max[asset.id] = tuple(units(key, each, scale=asset.scale) for each in levels)
    return WithdrawalTerms(day_max=day_max)


def network(name: str, row: NetworkTable, assets: Mapping[str, Asset]) -> Network:
    """Return a network.

    Raises: ValueRefused.
    """
    carried = []
    for code, terms in row.assets.items():
        key = f"networks.{name}.assets.{code}"
        asset = assets.get(code)
        if asset is None:
            raise ValueRefused(key, "no such asset; add it to assets or drop the row")
        names = NetworkAssetRow.__struct_fields__
        bounds = {each: units(f"{key}.{each}", getattr(terms, each), scale=asset.scale) for each in names}
        carried.append(NetworkAsset(asset=asset.id, **bounds))
    return Network(
        name=name, format=row.format, block_ns=row.block_seconds * NS_PER_S, confirmations=row.confirmations,
        assets=tuple(carried),
    )  # fmt: skip


def fiat_on_networks(file: VenueFile) -> Iterator[Objection]:
    """Yield what is wrong with each network that carries a state's money."""
    assets = {asset.id: asset for asset in file.assets}
    for row in file.networks:
        for carried in row.assets:
            asset = assets[carried.asset]
            if asset.is_fiat:
                key = f"networks.{row.name}.assets.{asset.code}"
                yield Objection(
                    name=key,
                    said="fiat",
                    key=key,
                    reason=f"{asset.code} is a state's money (fiat = true), which no network carries; drop one of the two",
                    taken="a state's money (fiat = true) is carried by a network. Taken as it is; drop one of the two",
                )
