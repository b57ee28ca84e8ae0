"""The wallet that reaches beyond the book: networks, addresses. Translates; services.wallets decides.

Source: BTSE wallet API v1.1.0, Public Endpoints, Wallet Endpoints. A network is written in any case: the documents have both
"Bitcoin" and "BITCOIN". `BTC-LIQUID` as a currency without a network is the form before August 2022.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from bedesten.dialects.btse import errors, render
from bedesten.dialects.btse.endpoints_trading import account_of, json_array
from bedesten.dialects.btse.errors import BtseError, Shape
from bedesten.dialects.btse.models import ActionQuery, AddressForm, CurrencyQuery, DeletedAddressForm
from bedesten.dialects.contract import Reply, Request
from bedesten.domain.instruments import Asset
from bedesten.domain.networks import Network
from bedesten.services.errors import ChainRefused

if TYPE_CHECKING:
    from bedesten.services.venue import Venue
    from bedesten.services.wallets import Address

NS_PER_S: Final = 1_000_000_000
UNUSED_ADDRESS: Final = 3528
UNKNOWN_CURRENCY: Final = -2023


async def currency_networks(venue: Venue, request: Request, query: CurrencyQuery) -> list[str]:
    """Return the names of the networks that carry a currency."""
    return [network.name for network in venue.wallets.networks(asset_named(venue, query.currency))]


async def currencies(venue: Venue, request: Request, query: ActionQuery) -> list[str]:
    """Return what can be converted, withdrawn or sent."""
    assets = venue.catalogue.assets
    match query.action.upper():
        case "WITHDRAW":
            return [asset.code for asset in assets if venue.wallets.networks(asset)]
        case "SEND":
            return [asset.code for asset in assets]
        case "CONVERT":
            traded = {
                each.id for instrument in venue.catalogue.instruments for each in (instrument.base, instrument.quote)
            }
            return [asset.code for asset in assets if asset.id in traded]
    raise errors.invalid("action")


async def addresses(venue: Venue, request: Request, query: AddressForm) -> Reply:
    """Return the addresses of a currency on a network, newest first."""
    asset, network = carried(venue, query.currency, query.network)
    return json_array(_row(each) for each in venue.wallets.addresses(account_of(request), asset, network))


async def create_address(venue: Venue, request: Request, form: AddressForm) -> Reply:
    """Make an address; one that was not used yet is refused with instead."""
    asset, network = carried(venue, form.currency, form.network)
    try:
        address, is_new = await venue.wallets.create_address(account_of(request), asset, network)
    except ChainRefused as error:
        raise BtseError(400, str(error)) from error
    if not is_new:
        raise BtseError(UNUSED_ADDRESS, address.to.address, shape=Shape.C)
    return json_array([_row(address)])


async def delete_address(venue: Venue, request: Request, form: DeletedAddressForm) -> Reply:
    """Forget an address; answers an empty list, since the documents have no sample."""
    asset, network = carried(venue, form.currency, form.network)
    if not await venue.wallets.delete_address(account_of(request), asset, network, form.address):
        raise BtseError(400, "Address does not exist")
    return json_array([])


def asset_named(venue: Venue, code: str) -> Asset:
    """Return the asset of that code, in any case.

    Raises: BtseError.
    """
    asset = venue.catalogue.asset(code.strip().upper())
    if asset is None:
        raise BtseError(UNKNOWN_CURRENCY, "Unknown currency")
    return asset


def carried(venue: Venue, currency: str, network: str) -> tuple[Asset, Network]:
    """Return the asset and the network that carries it; without a network's name, the currency ends in one.

    Raises: BtseError.
    """
    code, _, tail = currency.partition("-")
    asset = asset_named(venue, code)
    name = network or tail
    if not name:
        raise errors.mandatory("network")
    found = venue.wallets.network(asset, name)
    if found is None:
        raise BtseError(errors.PARAMETER, f"Unsupported network: {name[:32]}")
    return asset, found


def _row(address: Address) -> str:
    tag = f',"tag":{render.text(address.to.tag)}' if address.to.tag else ""
    return f'{{"address":{render.text(address.to.address)},"created":{address.created_ns // NS_PER_S}{tag}}}'
