"""Money that moves inside the venue: conversions at once, and transfers to other customers. Translates; the services decide.

Source: BTSE wallet API v1.1.0, Convert Funds, Transfer Funds. The documents name no codes: 400 and the sentences are ours, but
for too little money.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING, Final

import msgspec

from bedesten.dialects.btse import errors, numbers
from bedesten.dialects.btse.errors import BtseError
from bedesten.dialects.btse.spot.endpoints_trading import account_of
from bedesten.dialects.btse.spot.parse import client_id_of, number_text
from bedesten.dialects.btse.wallet.endpoints_wallet import asset_named
from bedesten.dialects.btse.wallet.shapes import ConvertForm, SendToForm, TransferForm
from bedesten.dialects.contract import Reply, Request
from bedesten.domain.instruments import Asset
from bedesten.domain.money import to_amount
from bedesten.services.money.conversions import Conversion, ConvertRefusal
from bedesten.services.money.transfers import Sent, TransferRefusal

if TYPE_CHECKING:
    from bedesten.services.venue import Venue

CONVERT_REFUSED: Final[Mapping[ConvertRefusal, tuple[int, str]]] = {
    ConvertRefusal.NOT_OFFERED: (400, "Convert is not available"),
    ConvertRefusal.SAME_ASSET: (400, "fromAsset and toAsset are the same"),
    ConvertRefusal.ID_USED: (400, "clOrderID was used for another request"),
    ConvertRefusal.NO_PRICE: (400, "There is no rate between these currencies now"),
    ConvertRefusal.INDEX_TOO_OLD: (400, "There is no rate between these currencies now: the index price is too old"),
    ConvertRefusal.TOO_SMALL: (400, "The amount is below the smallest that can be converted"),
    ConvertRefusal.TOO_LARGE: (400, "The amount is above the largest that can be converted"),
    ConvertRefusal.INSUFFICIENT_AVAILABLE: (errors.INSUFFICIENT, "Insufficient wallet balance"),
    ConvertRefusal.SUSPENDED: (-1042, "User can not trade"),
    ConvertRefusal.NO_INVENTORY: (400, "The amount is beyond what can be converted now"),
}

TRANSFER_REFUSED: Final[Mapping[TransferRefusal, tuple[int, str]]] = {
    TransferRefusal.ID_USED: (400, "clOrderID was used for another request"),
    TransferRefusal.NOT_ALLOWED: (400, "Transfers are not allowed for this account"),
    TransferRefusal.UNKNOWN_RECEIVER: (400, "Receiver not found: toUser and toUserMail must be the same customer's"),
    TransferRefusal.TO_ONESELF: (400, "Receiver and sender are the same"),
    TransferRefusal.CANNOT_RECEIVE: (400, "The receiver can not be paid in this currency"),
    TransferRefusal.OUT_OF_RANGE: (errors.PARAMETER, "Invalid request parameters: amount"),
    TransferRefusal.INSUFFICIENT_AVAILABLE: (errors.INSUFFICIENT, "Insufficient wallet balance"),
}


async def convert(venue: Venue, request: Request, form: ConvertForm) -> Reply:
    """Convert and return what was settled."""
    done = await converted(venue, account_of(request), form.fromAsset, form.toAsset, form.amount, form.clOrderID)
    source, target = venue.catalogue.asset_by_id(done.source), venue.catalogue.asset_by_id(done.target)
    assert source is not None and target is not None, "what was converted is listed"
    return Reply(
        200,
        (
            f'{{"amount":{numbers.decimal(done.amount, source.scale)},'
            f'"settlementAmount":{numbers.decimal(done.to_amount, target.scale)},"amountCurrency":{numbers.text(source.code)},'
            f'"settlementCurrency":{numbers.text(target.code)},"rate":{numbers.decimal(*done.rate)}}}'
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


async def transfer(venue: Venue, request: Request, form: TransferForm) -> dict[str, str]:
    """Send to another customer and return what was asked for, the amount in its shortest form: "1.0" becomes "1"."""
    done = await sent(venue, account_of(request), form)
    asset = venue.catalogue.asset_by_id(done.asset)
    assert asset is not None, "what was sent is listed"
    return {
        "amount": numbers.decimal(done.amount, asset.scale),
        "asset": asset.code,
        "toUser": form.toUser,
        "toUserMail": form.toUserMail,
    }


async def sent(venue: Venue, account: int, form: TransferForm | SendToForm) -> Sent:
    """Send.

    Raises: BtseError.
    """
    asset = asset_named(venue, form.asset)
    client_id = form.clOrderID if isinstance(form, TransferForm) else form.clOrderId
    done = await venue.transfers.send(
        account,
        form.toUser,
        form.toUserMail,
        asset,
        amount_of(form.amount, asset),
        client_id=client_id_of(client_id),
    )
    if isinstance(done, TransferRefusal):
        code, message = TRANSFER_REFUSED[done]
        raise BtseError(code, message)
    return done


def amount_of(raw: msgspec.Raw, asset: Asset, name: str = "amount") -> int:
    """Return an amount in minor units, above zero; *name* is the parameter's.

    Raises: BtseError.
    """
    try:
        return to_amount(number_text(raw) or "0", scale=asset.scale)
    except ValueError as error:
        raise errors.invalid(name) from error
