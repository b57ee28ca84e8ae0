"""Where customers are paid, and where they like to pay to: addresses of their own, and common addresses.

A common address is one that a withdrawal went to; its name is empty unless the operator's list of allowed addresses has one.
Source: BITGIN API, Get or Create Address, Get or Create Addresses, Get Common Address, Delete Common Address.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Final

from bedesten.dialects.bitgin.envelope import Envelope, done
from bedesten.dialects.bitgin.errors import BitginError, invalid
from bedesten.dialects.bitgin.parse import account_of, network_named
from bedesten.dialects.bitgin.shapes_money import AddressQuery, CoinForm, CoinQuery
from bedesten.dialects.bitgin.vocabulary import payment_way
from bedesten.services.errors import ChainRefused, NotAllowed

if TYPE_CHECKING:
    from bedesten.dialects.contract import Request
    from bedesten.domain.instruments import Asset
    from bedesten.domain.networks import Network
    from bedesten.services.venue import Venue

NO_ADDRESS: Final = -4038
NO_ADDRESS_TEXT: Final = "获取虚拟币钱包地址出错"
MAY_NOT_DEPOSIT: Final = 40039
ONE: Final = "USDT-ERC20"  # unless another is named
SEVERAL: Final = "USDT-ERC20,USDT-TRC20"
COINS_MAX: Final = 20  # in one request
_NS_PER_MS: Final = 1_000_000


async def address(venue: Venue, request: Request, form: CoinForm) -> Envelope:
    """Tell an address that was never paid: the one that there is, or a new one."""
    asset, network = carried(venue, form.coinNetwork or ONE)
    account = _may_deposit(venue, request)
    return done(venue, await _made(venue, account, asset, network))


async def addresses(venue: Venue, request: Request, form: CoinForm) -> Envelope:
    """Tell one address each of several coins."""
    account = _may_deposit(venue, request)
    named = [each for each in (form.coinNetwork or SEVERAL).split(",") if each.strip()]
    if not 0 < len(named) <= COINS_MAX:
        raise invalid("coinNetwork")
    if not form.coinNetwork:  # of the usual ones those that this venue has
        named = [each for each in named if _found(venue, each) is not None]
    coins = [carried(venue, each) for each in named]
    return done(venue, [await _made(venue, account, *coin) for coin in coins])


async def common_addresses(venue: Venue, request: Request, form: CoinQuery) -> Envelope:
    """Tell the addresses that were paid before, the last one first."""
    account = _may_deposit(venue, request)
    only = None if not form.coinName else carried(venue, form.coinName)
    forgotten = await venue.forgotten.of(account)
    rows: dict[tuple[str, str], dict[str, Any]] = {}
    for each in await venue.withdrawals.list(account):
        network = venue.catalogue.network(each.network)
        if network is None or (only is not None and (each.asset, network) != (only[0].id, only[1])):
            continue
        key = (payment_way(network), each.destination.address)
        if each.requested_ns > forgotten.get(each.destination.address, -1):
            rows.setdefault(key, {"address": key[1], "name": "", "paymentWay": key[0]})
    return done(venue, list(rows.values()))


async def forget_address(venue: Venue, request: Request, form: AddressQuery) -> Envelope:
    """Show a common address no more, until it is paid again."""
    account = account_of(request)
    if not any(each.destination.address == form.address for each in await venue.withdrawals.list(account)):
        raise invalid("address")
    await venue.forgotten.forget(account, form.address)
    return done(venue, None)


def carried(venue: Venue, coin: str) -> tuple[Asset, Network]:
    """Return the asset and the network of a coin network, such as "USDT-ERC20".

    Raises: BitginError.
    """
    found = _found(venue, coin)
    if found is None:
        raise BitginError(NO_ADDRESS, NO_ADDRESS_TEXT)
    return found


def _found(venue: Venue, coin: str) -> tuple[Asset, Network] | None:
    code, _, way = coin.strip().partition("-")
    asset = venue.catalogue.asset(code.upper())
    network = None if asset is None else network_named(venue, asset, way)
    return None if asset is None or network is None else (asset, network)


async def _made(venue: Venue, account: int, asset: Asset, network: Network) -> dict[str, Any]:
    try:
        made, _ = await venue.network_deposits.create_address(account, asset, network)
    except NotAllowed as error:
        raise BitginError(MAY_NOT_DEPOSIT) from error
    except ChainRefused as error:
        raise BitginError(NO_ADDRESS, NO_ADDRESS_TEXT) from error
    row = {
        "address": made.to.address,
        "paymentWay": payment_way(network),
        "time": made.created_ns // _NS_PER_MS,
    }
    return {**row, "tag": made.to.tag} if made.to.tag else row


def _may_deposit(venue: Venue, request: Request) -> int:
    account = account_of(request)
    if not venue.network_deposits.may_deposit(account):
        raise BitginError(MAY_NOT_DEPOSIT)
    return account
