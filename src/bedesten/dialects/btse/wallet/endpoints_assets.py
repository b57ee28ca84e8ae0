"""The public API's wallet, what is on offer: cryptos, their networks, assets, rates, and what an account has of each.

Source: docs.btse.com, Wallet (public-api wallet/v1), and the answers recorded in ccxt's btse.py 4.5.90: networks, the exchange
rate and user assets. The rows of crypto/list and assets are not published: they are ours, in the words of the others. Decimals
are texts. A network's fee is max(feeMin, amount × feeRate) + extFees + extFeeRate × amount; here it is feeMin alone.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Final

from bedesten.dialects.btse import errors, numbers
from bedesten.dialects.btse.errors import BtseError
from bedesten.dialects.btse.replies import account_of, enveloped
from bedesten.dialects.btse.wallet.parse import asset_named
from bedesten.dialects.btse.wallet.shapes import CryptoQuery, PublicRateQuery
from bedesten.dialects.contract import Reply, Request
from bedesten.domain.instruments import Asset
from bedesten.domain.money import to_units
from bedesten.domain.networks import Network, NetworkAsset
from bedesten.services.money.conversions import firm
from bedesten.services.standing.standing import Allowed

if TYPE_CHECKING:
    from bedesten.services.venue import Venue

AMOUNT_DECIMALS: Final = 18  # of an amount that a rate is asked for
TAG_NAME: Final = "Destination Tag"  # what the networks with shared addresses tell customers apart by
NOTHING: Final = "0"


async def crypto_list(venue: Venue, request: Request, query: None) -> Reply:
    """List the cryptos and the networks that carry each."""
    rows = [
        {
            "crypto": asset.code,
            "name": asset.name,
            "networks": [network.name for network in venue.network_deposits.networks(asset)],
        }
        for asset in venue.catalogue.assets
        if not asset.is_fiat
    ]
    return enveloped(venue, rows)


async def crypto_networks(venue: Venue, request: Request, query: CryptoQuery) -> Reply:
    """List a crypto's networks and their terms."""
    asset = asset_named(venue, query.crypto)
    rows = []
    for network in venue.network_deposits.networks(asset):
        terms = network.asset(asset.id)
        assert terms is not None, "the network carries it"
        rows.append(_network_row(network, asset, terms))
    return enveloped(venue, rows)


async def assets(venue: Venue, request: Request, query: None) -> Reply:
    """List the assets and what can be done with them."""
    allowed = _allowed(venue, request)
    rows = [
        {
            "asset": asset.code,
            "name": asset.name,
            "type": _type(asset),
            "precision": asset.scale,
            "availableActions": _actions(venue, asset, allowed),
        }
        for asset in venue.catalogue.assets
    ]
    return enveloped(venue, rows)


async def exchange_rate(venue: Venue, request: Request, query: PublicRateQuery) -> Reply:
    """Return what one of a currency is worth in another, cut off after twelve significant digits; the same for every amount."""
    source, target = asset_named(venue, query.baseCurrency), asset_named(venue, query.quoteCurrency)
    try:
        is_amount = to_units(query.amount, scale=AMOUNT_DECIMALS) > 0
    except ValueError:
        is_amount = False
    if not is_amount:
        raise errors.invalid("amount")
    rate = await venue.rates.rate(source, target)
    if rate is None:
        raise BtseError(400, f"There is no rate from {source.code} to {target.code}")
    return enveloped(venue, {"rate": numbers.decimal(*firm(rate))})


async def user_assets(venue: Venue, request: Request, query: None) -> Reply:
    """Return what the account has of every asset, and what it can do with it."""
    allowed, rows = _allowed(venue, request), []
    for asset, total, held in await venue.accounts.balances(account_of(request)):
        networks = [network.name for network in venue.network_deposits.networks(asset)]
        rows.append(
            {
                "asset": asset.code,
                "type": _type(asset),
                "totalAmount": numbers.decimal(total, asset.scale),
                "availableAmount": numbers.decimal(total - held, asset.scale),
                "availableActions": _actions(venue, asset, allowed),
                "cryptoNetwork": {"depositNetworks": networks, "withdrawalNetworks": networks},
            }
        )
    return enveloped(venue, rows)


def _type(asset: Asset) -> str:
    return "FIAT" if asset.is_fiat else "CRYPTO"


def _allowed(venue: Venue, request: Request) -> Allowed:
    return venue.customers.allowed(account_of(request))


def _actions(venue: Venue, asset: Asset, allowed: Allowed) -> list[str]:
    """Return what an account of that standing can do. Nobody can TRANSFER between wallets of an account: there is one."""
    is_carried = bool(venue.network_deposits.networks(asset))
    offered = {
        "CONVERT": allowed.trade and venue.conversions.offers(asset),
        "WITHDRAW": allowed.crypto_withdrawal and is_carried,
        "DEPOSIT": allowed.crypto_deposit and is_carried,
        "SEND_TO": allowed.transfer,
    }
    return [action for action, is_offered in offered.items() if is_offered]


def _network_row(network: Network, asset: Asset, terms: NetworkAsset) -> dict[str, Any]:
    row: dict[str, Any] = {
        "network": network.name,
        "name": network.name,
        "depositEnable": True,
        "withdrawEnable": True,
        "confirmationTime": network.confirmations,
        "depositAmtMin": numbers.decimal(terms.deposit_min, asset.scale),
        "depositFeeMin": NOTHING,
        "depositFeeRate": NOTHING,
        "depositExtFees": NOTHING,
        "depositExtFeeRate": NOTHING,
        "needAddressExtension": network.has_tags,
        "withdrawAmtMin": numbers.decimal(terms.withdraw_min, asset.scale),
        "withdrawFeeMin": numbers.decimal(terms.withdraw_fee, asset.scale),
        "withdrawFeeRate": NOTHING,
        "withdrawExtFees": NOTHING,
        "withdrawExtFeeRate": NOTHING,
    }
    return row | {"addressExtensionTypeName": TAG_NAME} if network.has_tags else row
