"""The wallet that reaches beyond the book: networks, addresses, withdrawals, history. Translates; services.wallets decides.

Source: BTSE wallet API v1.1.0, Public Endpoints, Wallet Endpoints. A network is written in any case: the documents have both
"Bitcoin" and "BITCOIN". `BTC-LIQUID` as a currency without a network is the form before August 2022.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from bedesten.dialects.btse import errors, numbers
from bedesten.dialects.btse.errors import BtseError, Shape
from bedesten.dialects.btse.replies import account_of, envelope, json_array
from bedesten.dialects.btse.spot.parse import client_id_of, number_text
from bedesten.dialects.btse.wallet.errors import SEND_REFUSED, UNUSED_ADDRESS, money_refused
from bedesten.dialects.btse.wallet.parse import _coin, asset_named, carried, on_network, withdrawn
from bedesten.dialects.btse.wallet.shapes import (
    ActionQuery,
    AddressForm,
    CurrencyQuery,
    DeletedAddressForm,
    RateQuery,
    WithdrawForm,
)
from bedesten.dialects.contract import Reply, Request
from bedesten.domain.instruments import Asset
from bedesten.domain.networks import Network
from bedesten.services.errors import ChainRefused, NotAllowed
from bedesten.services.money.conversions import firm
from bedesten.services.store_types import Destination
from bedesten.services.wallet_history import withdrawal_number

if TYPE_CHECKING:
    from bedesten.services.venue import Venue
    from bedesten.services.wallets.network_deposits import Address

NS_PER_S: Final = 1_000_000_000


async def currency_networks(venue: Venue, request: Request, query: CurrencyQuery) -> list[str]:
    """Return the names of the networks that carry a currency."""
    return [network.name for network in venue.network_deposits.networks(asset_named(venue, query.currency))]


async def exchange_rate(venue: Venue, request: Request, query: RateQuery) -> Reply:
    """Return what one of a currency is worth in another, cut off after twelve significant digits."""
    source, target = asset_named(venue, query.srcCurrency), asset_named(venue, query.targetCurrency)
    rate = await venue.rates.rate(source, target)
    if rate is None:
        raise BtseError(400, f"There is no rate from {source.code} to {target.code}")
    return envelope(numbers.decimal(*firm(rate)), venue.clock.now_ns())


async def currencies(venue: Venue, request: Request, query: ActionQuery) -> list[str]:
    """Return what can be converted, withdrawn or sent."""
    assets = venue.catalogue.assets
    match query.action.upper():
        case "WITHDRAW":
            return [asset.code for asset in assets if venue.network_deposits.networks(asset)]
        case "SEND":
            return [asset.code for asset in assets]
        case "CONVERT":
            return [asset.code for asset in assets if venue.conversions.offers(asset)]
    raise errors.invalid("action")


async def addresses(venue: Venue, request: Request, query: AddressForm) -> Reply:
    """Return the addresses of a currency, newest first: on a network, or on all of them and where each one is."""
    asset, named = _coin(venue, query.currency, query.network)
    network = on_network(venue, asset, named) if named else None
    found = await venue.network_deposits.addresses(account_of(request), asset, network)
    return json_array(_row(each, shows_network=network is None) for each in found)


async def create_address(venue: Venue, request: Request, form: AddressForm) -> Reply:
    """Make an address; one that was not used yet is refused with instead."""
    asset, named = _coin(venue, form.currency, form.network)
    network = on_network(venue, asset, named) if named else venue.network_deposits.default_network(asset)
    if network is None:
        raise errors.mandatory("network")
    address, is_new = await made_address(venue, account_of(request), asset, network)
    if not is_new:
        raise BtseError(UNUSED_ADDRESS, address.to.address, shape=Shape.C)
    return json_array([_row(address)])


async def made_address(venue: Venue, account: int, asset: Asset, network: Network) -> tuple[Address, bool]:
    """Return a new address, or the unused one that there is, and whether it is new.

    Raises: BtseError.
    """
    try:
        return await venue.network_deposits.create_address(account, asset, network)
    except NotAllowed as error:
        raise BtseError(-1042, "User can not deposit") from error
    except ChainRefused as error:
        raise BtseError(400, str(error)) from error


async def withdraw(venue: Venue, request: Request, form: WithdrawForm) -> dict[str, str]:
    """Ask for a withdrawal and return its number, in both spellings that the documents have had."""
    asset, network = carried(venue, form.currency, "")
    to = Destination(form.address, form.tag or "")
    units = withdrawn(number_text(form.amount), asset)
    account, client_id, within = account_of(request), client_id_of(form.clOrderID), form.includeWithdrawFee
    number = str(await requested(venue, account, asset, network, units, to, fee_within=within, client_id=client_id))
    return {"withdraw_id": number, "withdrawId": number}


async def requested(
    venue: Venue, account: int, asset: Asset, network: Network, units: int, to: Destination, *, fee_within: bool,
    client_id: str,
) -> int:  # fmt: skip
    """Ask for a withdrawal and return the number of its line in the history.

    Raises: BtseError.
    """
    if to.tag and not network.has_tags:
        raise errors.invalid(f"tag: {network.name} has none")
    outcome = await venue.network_withdrawals.request(
        account, asset, network, units, to, fee_within=fee_within, client_id=client_id
    )
    if outcome.refusal is not None:
        raise SEND_REFUSED[outcome.refusal]()
    if outcome.reject is not None:
        raise money_refused(outcome.reject)
    return withdrawal_number(outcome.id)


async def delete_address(venue: Venue, request: Request, form: DeletedAddressForm) -> Reply:
    """Forget an address; answers an empty list, since the documents have no sample."""
    asset, network = carried(venue, form.currency, form.network)
    if not await venue.network_deposits.delete_address(account_of(request), asset, network, form.address):
        raise BtseError(400, "Address does not exist")
    return json_array([])


def _row(address: Address, *, shows_network: bool = False) -> str:
    tag = f',"tag":{numbers.text(address.to.tag)}' if address.to.tag else ""
    where = f',"network":{numbers.text(address.network)}' if shows_network else ""
    return f'{{"address":{numbers.text(address.to.address)},"created":{address.created_ns // NS_PER_S}{tag}{where}}}'
