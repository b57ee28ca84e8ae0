"""Where an account is paid, what came, and conversions with their preview."""

from __future__ import annotations

from typing import TYPE_CHECKING

from msgspec import UNSET, UnsetType

from bedesten.dialects.native.cursors import Listed
from bedesten.dialects.native.errors import Refused, wrong
from bedesten.dialects.native.market.render import amount_text
from bedesten.dialects.native.reasons import UNKNOWN_ASSET
from bedesten.dialects.native.shapes import Page
from bedesten.dialects.native.times import time_text
from bedesten.dialects.native.trading.parse import account_of, client_id_of
from bedesten.dialects.native.wallet import shapes
from bedesten.dialects.native.wallet.errors import NO_ADDRESS, OF_CONVERSION, UNKNOWN_NETWORK
from bedesten.domain.money import AMOUNT_MAX, to_text, to_units
from bedesten.services.errors import ChainRefused, NotAllowed
from bedesten.services.money.conversions import Conversion, ConvertRefusal

if TYPE_CHECKING:
    from bedesten.dialects.contract import Request
    from bedesten.domain.instruments import Asset
    from bedesten.domain.networks import Network
    from bedesten.services.venue import Venue
    from bedesten.services.wallets.network_deposits import Address, Deposit


async def addresses(venue: Venue, request: Request, form: shapes.AddressesQuery) -> Page[shapes.AddressRow]:
    """Return the account's addresses for an asset, newest first."""
    asset = _asset(venue, form.asset, "asset")
    network = None if isinstance(form.network, UnsetType) else _network(venue, asset, form.network)
    found = await venue.network_deposits.addresses(account_of(request), asset, network)
    return Page([_address(asset, each) for each in found])


async def create_address(venue: Venue, request: Request, form: shapes.NewAddress) -> shapes.AddressRow:
    """Return a new address, or the unused one that there is."""
    asset = _asset(venue, form.asset, "asset")
    network = _network(venue, asset, form.network)
    try:
        address, _ = await venue.network_deposits.create_address(account_of(request), asset, network)
    except (NotAllowed, ChainRefused) as refusal:
        raise Refused(NO_ADDRESS, detail=str(refusal)) from refusal
    return _address(asset, address)


async def deposits(venue: Venue, request: Request, form: shapes.DepositsQuery) -> Page[shapes.DepositRow]:
    """Return what came over networks, newest first."""
    account = account_of(request)
    listed = Listed("deposits", account)
    found = await venue.network_deposits.deposits(account)
    numbered = [(len(found) - at, deposit) for at, deposit in enumerate(found)]  # by their order, the first is 1
    if not isinstance(form.after, UnsetType):
        (before,) = listed.place(form.after, 1)
        numbered = [each for each in numbered if each[0] < before]
    return listed.page(numbered, form.limit, lambda each: _deposit(venue, each[1]), lambda each: (each[0],))


async def preview(venue: Venue, request: Request, form: shapes.ConversionForm) -> shapes.ConversionRow:
    """Return what a conversion would be now; it is settled at the rate of its own moment."""
    source, target, amount, to_amount = _parsed(venue, form)
    found = await venue.conversions.preview(account_of(request), source, target, amount=amount, to_amount=to_amount)
    return _conversion(source, target, found)


async def convert(venue: Venue, request: Request, form: shapes.ConversionForm) -> shapes.ConversionRow:
    """Convert one asset into another at once; under an Idempotency-Key once, however often it is asked."""
    source, target, amount, to_amount = _parsed(venue, form)
    done = await venue.conversions.convert(
        account_of(request), source, target, amount=amount, to_amount=to_amount, client_id=client_id_of(request)
    )
    return _conversion(source, target, done)


def _parsed(venue: Venue, form: shapes.ConversionForm) -> tuple[Asset, Asset, int, int]:
    source, target = _asset(venue, form.source, "source"), _asset(venue, form.target, "target")
    if isinstance(form.amount, UnsetType) == isinstance(form.to_amount, UnsetType):
        raise wrong("amount", "either amount or to_amount is needed, and not both")
    if isinstance(form.amount, UnsetType):
        return source, target, 0, _units(target, str(form.to_amount), "to_amount")
    return source, target, _units(source, form.amount, "amount"), 0


def _units(asset: Asset, text: str, param: str) -> int:
    try:
        units = to_units(text, scale=asset.scale)
    except ValueError as error:
        raise wrong(param, str(error)) from error
    if not 0 < units <= AMOUNT_MAX:
        raise wrong(param, "an amount above zero")
    return units


def _asset(venue: Venue, code: str, param: str) -> Asset:
    asset = venue.catalogue.asset(code)
    if asset is None:
        raise Refused(UNKNOWN_ASSET, param=param)
    return asset


def _network(venue: Venue, asset: Asset, name: str) -> Network:
    network = venue.network_deposits.network(asset, name)
    if network is None:
        raise Refused(UNKNOWN_NETWORK, param="network")
    return network


def _address(asset: Asset, address: Address) -> shapes.AddressRow:
    return shapes.AddressRow(
        asset=asset.code, network=address.network, address=address.to.address, created=time_text(address.created_ns),
        tag=address.to.tag or UNSET,
    )  # fmt: skip


def _deposit(venue: Venue, deposit: Deposit) -> shapes.DepositRow:
    payment = deposit.payment
    asset, network = venue.catalogue.asset_by_id(payment.asset), venue.catalogue.network(payment.network)
    assert asset is not None, "what is listed stays listed"
    state = deposit.state.name.lower()
    return shapes.DepositRow(
        id=payment.id, asset=asset.code, network=payment.network, amount=amount_text(asset, payment.amount),
        address=payment.to.address, state=state, confirmations=deposit.confirmations,  # type: ignore[arg-type]
        needed=0 if network is None else network.confirmations, created=time_text(payment.created_ns),
    )  # fmt: skip


def _conversion(source: Asset, target: Asset, found: Conversion | ConvertRefusal) -> shapes.ConversionRow:
    if isinstance(found, ConvertRefusal):
        raise Refused(OF_CONVERSION[found])
    return shapes.ConversionRow(
        source=source.code, amount=amount_text(source, found.amount), target=target.code,
        to_amount=amount_text(target, found.to_amount), rate=to_text(found.rate.units, scale=found.rate.scale),
        id=str(found.seq) if found.seq else UNSET,
    )  # fmt: skip
