"""The wallet that reaches beyond the book: networks, addresses, withdrawals, history. Translates; services.wallets decides.

Source: BTSE wallet API v1.1.0, Public Endpoints, Wallet Endpoints. A network is written in any case: the documents have both
"Bitcoin" and "BITCOIN". `BTC-LIQUID` as a currency without a network is the form before August 2022.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import TYPE_CHECKING, Final, TypedDict

from bedesten.dialects.btse import errors, numbers
from bedesten.dialects.btse.errors import BtseError, Shape
from bedesten.dialects.btse.spot.endpoints_account import envelope
from bedesten.dialects.btse.spot.endpoints_trading import account_of, json_array
from bedesten.dialects.btse.spot.parse import client_id_of, number_text
from bedesten.dialects.btse.wallet.shapes import (
    ActionQuery,
    AddressForm,
    CurrencyQuery,
    DeletedAddressForm,
    RateQuery,
    WithdrawForm,
)
from bedesten.dialects.contract import Reply, Request
from bedesten.domain.enums import RejectReason
from bedesten.domain.instruments import Asset
from bedesten.domain.money import to_amount, to_units
from bedesten.domain.networks import Network
from bedesten.services.errors import ChainRefused, NotAllowed
from bedesten.services.money.conversions import firm
from bedesten.services.ports import NS_MAX
from bedesten.services.records import Destination
from bedesten.services.wallets.history import withdrawal_number
from bedesten.services.wallets.sending import SendRefusal

if TYPE_CHECKING:
    from bedesten.services.venue import Venue
    from bedesten.services.wallets.receiving import Address

NS_PER_S: Final = 1_000_000_000
NS_PER_MS: Final = 1_000_000
UNUSED_ADDRESS: Final = 3528
UNKNOWN_CURRENCY: Final = -2023
INVALID_AMOUNT: Final = 3506
AMOUNT_DECIMALS_MAX: Final = 8  # of a withdrawal, whatever the currency

#: Only the first of these has a recorded code; the sentences are ours.
SEND_REFUSED: Final[Mapping[SendRefusal, Callable[[], BtseError]]] = {
    SendRefusal.TOO_SMALL: lambda: BtseError(INVALID_AMOUNT, "CRYPTO_WITHDRAW_INVALID_AMOUNT"),
    SendRefusal.BAD_ADDRESS: lambda: BtseError(400, "Invalid withdrawal address"),
    SendRefusal.NO_NETWORK: lambda: BtseError(errors.PARAMETER, "Unsupported network"),
    SendRefusal.MAY_NOT: lambda: BtseError(-1042, "User can not withdraw"),
    SendRefusal.NOT_LISTED: lambda: BtseError(400, "The address is not on the account's list"),
    SendRefusal.ABOVE_DAY: lambda: BtseError(400, "Daily withdrawal limit exceeded"),
}


async def currency_networks(venue: Venue, request: Request, query: CurrencyQuery) -> list[str]:
    """Return the names of the networks that carry a currency."""
    return [network.name for network in venue.wallets.networks(asset_named(venue, query.currency))]


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
            return [asset.code for asset in assets if venue.wallets.networks(asset)]
        case "SEND":
            return [asset.code for asset in assets]
        case "CONVERT":
            return [asset.code for asset in assets if venue.conversions.offers(asset)]
    raise errors.invalid("action")


async def addresses(venue: Venue, request: Request, query: AddressForm) -> Reply:
    """Return the addresses of a currency, newest first: on a network, or on all of them and where each one is."""
    asset, named = _coin(venue, query.currency, query.network)
    network = on_network(venue, asset, named) if named else None
    found = await venue.wallets.addresses(account_of(request), asset, network)
    return json_array(_row(each, shows_network=network is None) for each in found)


async def create_address(venue: Venue, request: Request, form: AddressForm) -> Reply:
    """Make an address; one that was not used yet is refused with instead."""
    asset, named = _coin(venue, form.currency, form.network)
    network = on_network(venue, asset, named) if named else venue.wallets.default_network(asset)
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
        return await venue.wallets.create_address(account, asset, network)
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
    outcome = await venue.sending.request(
        account, asset, network, units, to, fee_within=fee_within, client_id=client_id
    )
    if outcome.refusal is not None:
        raise SEND_REFUSED[outcome.refusal]()
    if outcome.reject is not None:
        raise money_refused(outcome.reject)
    return withdrawal_number(outcome.id)


class Window(TypedDict):
    """A time window, its end left out."""

    start_ns: int
    end_ns: int


def window(start_ms: int | None, end_ms: int | None) -> Window:
    """Return the bounds of a window whose end is within it.

    Raises: BtseError when it ends before it begins.
    """
    if start_ms is not None and end_ms is not None and start_ms > end_ms:
        raise errors.invalid("startTime is after endTime")
    start_ns, end_ns = (start_ms or 0) * NS_PER_MS, NS_MAX
    if end_ms is not None:
        end_ns = (end_ms + 1) * NS_PER_MS
    return {"start_ns": max(0, min(start_ns, NS_MAX)), "end_ns": max(0, min(end_ns, NS_MAX))}


def withdrawn(text: str, asset: Asset) -> int:
    """Return a withdrawal's amount in minor units.

    Raises: BtseError: 3506 for what is no amount or has more than eight decimals.
    """
    try:
        to_units(text, scale=AMOUNT_DECIMALS_MAX)
        return to_amount(text, scale=asset.scale)
    except ValueError as error:
        raise BtseError(INVALID_AMOUNT, "CRYPTO_WITHDRAW_INVALID_AMOUNT") from error


def money_refused(reason: RejectReason) -> BtseError:
    """Return the venue's words for the core's refusal to move or hold money."""
    match reason:
        case RejectReason.INSUFFICIENT_AVAILABLE:
            return BtseError(errors.INSUFFICIENT, "Insufficient wallet balance")
        case RejectReason.ALREADY_EXISTS:
            return BtseError(400, "clOrderID was used for another request")
        case RejectReason.ACCOUNT_SUSPENDED:
            return BtseError(-1042, "User can not trade")
        case RejectReason.AMOUNT_OUT_OF_RANGE:
            return BtseError(errors.PARAMETER, "Invalid request parameters: amount")
    return BtseError(errors.PARAMETER, "Invalid request parameters")


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
    """Return the asset and the network that carries it: named, or at the currency's end, or the asset's own or only one.

    Raises: BtseError.
    """
    asset, name = _coin(venue, currency, network)
    if name:
        return asset, on_network(venue, asset, name)
    found = venue.wallets.default_network(asset)
    if found is None:
        raise errors.mandatory("network")
    return asset, found


def on_network(venue: Venue, asset: Asset, name: str) -> Network:
    """Return the network of that name, which carries the asset.

    Raises: BtseError.
    """
    found = venue.wallets.network(asset, name)
    if found is None:
        raise BtseError(errors.PARAMETER, f"Unsupported network: {name[:32]}")
    return found


def _coin(venue: Venue, currency: str, network: str) -> tuple[Asset, str]:
    code, _, tail = currency.partition("-")
    return asset_named(venue, code), network or tail


def _row(address: Address, *, shows_network: bool = False) -> str:
    tag = f',"tag":{numbers.text(address.to.tag)}' if address.to.tag else ""
    where = f',"network":{numbers.text(address.network)}' if shows_network else ""
    return f'{{"address":{numbers.text(address.to.address)},"created":{address.created_ns // NS_PER_S}{tag}{where}}}'
