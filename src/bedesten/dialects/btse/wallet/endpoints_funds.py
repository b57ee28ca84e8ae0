"""Money that moves inside the venue: conversions at once, and transfers to other customers. Translates; the services decide.

Source: BTSE wallet API v1.1.0, Convert Funds, Transfer Funds. The documents name no codes: 400 and the sentences are ours, but
for too little money.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

import msgspec

from bedesten.dialects.btse import numbers
from bedesten.dialects.btse.errors import BtseError
from bedesten.dialects.btse.replies import account_of
from bedesten.dialects.btse.spot.parse import client_id_of
from bedesten.dialects.btse.wallet.errors import CONVERT_REFUSED, TRANSFER_REFUSED
from bedesten.dialects.btse.wallet.parse import amount_of, asset_named
from bedesten.dialects.btse.wallet.shapes import ConvertForm, SendToForm, TransferForm
from bedesten.dialects.contract import Reply, Request
from bedesten.services.money.conversions import Conversion, ConvertRefusal
from bedesten.services.money.transfers import Sent, TransferRefusal

if TYPE_CHECKING:
    from bedesten.services.venue import Venue


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
