"""Money that moves inside the venue: conversions at once. Translates; services.conversions decides.

Source: BTSE wallet API v1.1.0, Convert Funds. The documents name no codes: 400 and the sentences are ours, but for too little
money.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING, Final

import msgspec

from bedesten.dialects.btse import errors, render
from bedesten.dialects.btse.endpoints_trading import account_of
from bedesten.dialects.btse.endpoints_wallet import asset_named
from bedesten.dialects.btse.errors import BtseError
from bedesten.dialects.btse.parse import client_id_of, number_text
from bedesten.dialects.btse.wallet_models import ConvertForm
from bedesten.dialects.contract import Reply, Request
from bedesten.domain.instruments import Asset
from bedesten.domain.money import AMOUNT_MAX, to_units
from bedesten.services.conversions import Conversion, ConvertRefusal

if TYPE_CHECKING:
    from bedesten.services.venue import Venue

CONVERT_REFUSED: Final[Mapping[ConvertRefusal, tuple[int, str]]] = {
    ConvertRefusal.NOT_OFFERED: (400, "Convert is not available"),
    ConvertRefusal.SAME_ASSET: (400, "fromAsset and toAsset are the same"),
    ConvertRefusal.ID_USED: (400, "clOrderID was used for another request"),
    ConvertRefusal.NO_PRICE: (400, "There is no rate between these currencies now"),
    ConvertRefusal.TOO_SMALL: (400, "The amount is below the smallest that can be converted"),
    ConvertRefusal.TOO_LARGE: (400, "The amount is above the largest that can be converted"),
    ConvertRefusal.INSUFFICIENT_AVAILABLE: (errors.INSUFFICIENT, "Insufficient wallet balance"),
    ConvertRefusal.SUSPENDED: (-1042, "User can not trade"),
    ConvertRefusal.NO_INVENTORY: (400, "The amount is beyond what can be converted now"),
}


async def convert(venue: Venue, request: Request, form: ConvertForm) -> Reply:
    """Convert and return what was settled."""
    done = await converted(venue, account_of(request), form.fromAsset, form.toAsset, form.amount, form.clOrderID)
    source, target = venue.catalogue.asset_by_id(done.source), venue.catalogue.asset_by_id(done.target)
    assert source is not None and target is not None, "what was converted is listed"
    return Reply(
        200,
        (
            f'{{"amount":{render.decimal(done.amount, source.scale)},'
            f'"settlementAmount":{render.decimal(done.to_amount, target.scale)},"amountCurrency":"{source.code}",'
            f'"settlementCurrency":"{target.code}","rate":{render.decimal(*done.rate)}}}'
        ).encode(),
    )


async def converted(
    venue: Venue, account: int, source_code: str, target_code: str, amount: msgspec.Raw, client_id: str | None
) -> Conversion:
    """Convert.

    Raises: BtseError.
    """
    source, target = asset_named(venue, source_code), asset_named(venue, target_code)
    done = await venue.conversions.convert(
        account, source, target, amount=amount_of(amount, source), client_id=client_id_of(client_id)
    )
    if isinstance(done, ConvertRefusal):
        code, message = CONVERT_REFUSED[done]
        raise BtseError(code, message)
    return done


def amount_of(raw: msgspec.Raw, asset: Asset) -> int:
    """Return an amount in minor units, above zero.

    Raises: BtseError.
    """
    try:
        units = to_units(number_text(raw) or "0", scale=asset.scale)
    except ValueError:
        units = 0
    if not 0 < units <= AMOUNT_MAX:
        raise errors.invalid("amount")
    return units
