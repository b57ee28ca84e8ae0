"""The rows of deposits and conversions."""

from __future__ import annotations

from functools import partial
from typing import Final

from bedesten.dialects.contract import Endpoint
from bedesten.dialects.native.shapes import Page
from bedesten.dialects.native.wallet import endpoints as at
from bedesten.dialects.native.wallet import shapes
from bedesten.dialects.native.wallet.errors import NO_ADDRESS, OF_CONVERSION, UNKNOWN_NETWORK
from bedesten.services.store_types import Permission

GROUP: Final = "Wallet"
EXAMPLE: Final = {"asset": "BTC", "network": "Bitcoin"}
CONVERSION: Final = {"source": "USD", "target": "BTC", "amount": "100"}


def endpoints(base: str) -> list[Endpoint]:
    """Return the rows below *base*."""
    one = partial(Endpoint, group=GROUP)
    nowhere = ("unknown_asset", UNKNOWN_NETWORK.name)
    converting = ("unknown_asset", *(reason.name for reason in OF_CONVERSION.values()))
    return [
        one(method="GET", path=f"{base}/deposit_addresses", call=at.addresses, request=shapes.AddressesQuery,
            response=Page[shapes.AddressRow], permission=Permission.WALLET, limit="query", reasons=nowhere,
            summary="Where the account is paid, newest first", example={"asset": "BTC"}),
        one(method="POST", path=f"{base}/deposit_addresses", call=at.create_address, request=shapes.NewAddress,
            response=shapes.AddressRow, reads="body", permission=Permission.WALLET, limit="money",
            reasons=(*nowhere, NO_ADDRESS.name), summary="A new address, or the unused one that there is", example=EXAMPLE),
        one(method="GET", path=f"{base}/deposits", call=at.deposits, request=shapes.DepositsQuery,
            response=Page[shapes.DepositRow], permission=Permission.READ, limit="query",
            summary="What came over networks, newest first", example={"limit": 10}),
        one(method="POST", path=f"{base}/conversions/preview", call=at.preview, request=shapes.ConversionForm,
            response=shapes.ConversionRow, reads="body", permission=Permission.TRADING, limit="query", reasons=converting,
            summary="What a conversion would be now", example=CONVERSION),
        one(method="POST", path=f"{base}/conversions", call=at.convert, request=shapes.ConversionForm,
            response=shapes.ConversionRow, reads="body", permission=Permission.TRADING, limit="money", reasons=converting,
            once=True, keyed=True, summary="Convert one asset into another at once", example=CONVERSION),
    ]  # fmt: skip
