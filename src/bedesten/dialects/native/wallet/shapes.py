"""Deposits and conversions: what clients send, and what is answered."""

from __future__ import annotations

from typing import Annotated, Literal

from msgspec import UNSET, Meta, Struct, UnsetType

from bedesten.dialects.native.shapes import LIMIT_DEFAULT, After, Amount, AssetCode, Limit, Time

NetworkName = Annotated[str, Meta(description="The network: Bitcoin", max_length=64)]
_Asked = Annotated[str, Meta(description="An asset's code", max_length=16)]


class AddressesQuery(Struct):
    """GET /deposit_addresses."""

    asset: _Asked
    network: Annotated[str, Meta(description="Only on this network", max_length=64)] | UnsetType = UNSET


class NewAddress(Struct, kw_only=True, forbid_unknown_fields=True):
    """POST /deposit_addresses."""

    asset: _Asked
    network: NetworkName


class DepositsQuery(Struct):
    """GET /deposits."""

    limit: Limit = LIMIT_DEFAULT
    after: After | UnsetType = UNSET


class ConversionForm(Struct, kw_only=True, forbid_unknown_fields=True):
    """One asset for another: either how much is given, or how much is to be received."""

    source: Annotated[str, Meta(description="The asset that is given", max_length=16)]
    target: Annotated[str, Meta(description="The asset that is received", max_length=16)]
    amount: Annotated[Amount, Meta(description="How much is given, in source")] | UnsetType = UNSET
    to_amount: Annotated[Amount, Meta(description="How much is received, in target")] | UnsetType = UNSET


class AddressRow(Struct, kw_only=True):
    """Where the account is paid."""

    asset: AssetCode
    network: NetworkName
    address: Annotated[str, Meta(description="The address")]
    created: Annotated[Time, Meta(description="When it was made")]
    tag: (
        Annotated[str, Meta(description="What has to stand beside the address, where the network has tags")] | UnsetType
    ) = UNSET


class DepositRow(Struct, kw_only=True):
    """A payment to the account over a network."""

    id: Annotated[str, Meta(description="The payment's id on its network")]
    asset: AssetCode
    network: NetworkName
    amount: Amount
    address: Annotated[str, Meta(description="The address that was paid")]
    state: Annotated[Literal["pending", "credited", "reverted", "too_small"], Meta(description="Where it stands")]
    confirmations: Annotated[int, Meta(description="How many blocks hold or follow it")]
    needed: Annotated[int, Meta(description="How many it takes to be credited")]
    created: Annotated[Time, Meta(description="When it was paid")]


class ConversionRow(Struct, kw_only=True):
    """A conversion, or what one would be now."""

    source: AssetCode
    amount: Annotated[Amount, Meta(description="What is given, in source")]
    target: AssetCode
    to_amount: Annotated[Amount, Meta(description="What is received, in target")]
    rate: Annotated[Amount, Meta(description="How much of target for one of source")]
    id: Annotated[str, Meta(description="Its number; a preview has none")] | UnsetType = UNSET
