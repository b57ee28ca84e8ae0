"""The public API's wallet, what an account does: addresses, withdrawals, sending, converting, and the history of it all.

Another door to the services behind the spot API's wallet. Source: docs.btse.com, Wallet (public-api wallet/v1), and the answers
recorded in ccxt's btse.py 4.5.90: the rows of walletHistory, withdraw and convert. What addresses answer, and all of sendTo,
is not published: it is ours, in the words of the others. Decimals are texts; clOrderId is ours.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING, Any, Final

from bedesten.dialects.btse import errors, numbers
from bedesten.dialects.btse.errors import BtseError
from bedesten.dialects.btse.market.errors import wrong
from bedesten.dialects.btse.market.parse import bounds_of, listed
from bedesten.dialects.btse.replies import account_of, enveloped
from bedesten.dialects.btse.spot.parse import client_id_of, number_text
from bedesten.dialects.btse.wallet.endpoints_funds import converted, sent
from bedesten.dialects.btse.wallet.endpoints_history import STATUS_WORD
from bedesten.dialects.btse.wallet.endpoints_wallet import made_address, requested
from bedesten.dialects.btse.wallet.errors import UNUSED_ADDRESS
from bedesten.dialects.btse.wallet.parse import Window, asset_named, carried, window, withdrawn
from bedesten.dialects.btse.wallet.shapes import (
    CryptoAddressForm,
    CryptoWithdrawForm,
    DeletedCryptoAddressForm,
    PublicConvertForm,
    PublicHistoryQuery,
    SendToForm,
)
from bedesten.dialects.contract import Reply, Request
from bedesten.domain.instruments import Asset
from bedesten.domain.networks import Network
from bedesten.services.store_types import Destination
from bedesten.services.wallet_history import Move, MoveKind, conversion_numbers, transfer_number

if TYPE_CHECKING:
    from bedesten.services.venue import Venue
    from bedesten.services.wallets.network_deposits import Address

DAY_MS: Final = 86_400_000
DEFAULT_MS: Final = 7 * DAY_MS  # what a history shows unless told
BACK_MS_MAX: Final = 120 * DAY_MS
PAGE_MAX: Final = 500
ASSET_REQUIRED: Final = 11000001
WALLET_TYPES: Final = ("SPOT", "CROSS", "ISOLATED", "UNIFIED")

TYPE: Final[Mapping[MoveKind, str]] = {
    MoveKind.DEPOSIT: "DEPOSIT",
    MoveKind.WITHDRAWAL: "WITHDRAW",
    MoveKind.TRANSFER_IN: "RECEIVE",
    MoveKind.TRANSFER_OUT: "SEND",
    MoveKind.CONVERT_IN: "CONVERT",
    MoveKind.CONVERT_OUT: "CONVERT",
    MoveKind.FAMILY_IN: "SUB_ACCOUNT_TRANSFER_IN",
    MoveKind.FAMILY_OUT: "SUB_ACCOUNT_TRANSFER_OUT",
}
#: Documented, and never the type of a line here.
OTHER_TYPES: Final = frozenset({
    "ASSET_CONVERSION", "REFERRAL", "TRANSFER_IN", "TRANSFER_OUT", "REALIZED_PNL", "FUNDING", "GET_PAID", "PAID", "INVEST",
    "REDEEM",
})  # fmt: skip


async def wallet_history(venue: Venue, request: Request, query: PublicHistoryQuery) -> Reply:
    """Return what came and left, newest first. There is one wallet: the others have no history."""
    wallet = query.walletType.upper()
    if wallet not in WALLET_TYPES:
        raise wrong("walletType")
    if wallet == "SPOT" and not query.asset:
        message = "Request parameter is error, 'asset' is required in spot wallet history query"
        raise BtseError(ASSET_REQUIRED, message, verbatim=True)
    if not 1 <= query.pageSize <= PAGE_MAX:
        raise wrong("pageSize")
    kinds, bounds = _kinds(query.historyTypes), _bounds(query, venue.clock.now_ns() // 1_000_000)
    asset = asset_named(venue, query.asset) if query.asset else None
    if wallet != "SPOT" or asset is None:
        return enveloped(venue, [])
    walk = bounds_of(query.beforeSerialId, query.afterSerialId)
    moves = await venue.wallet_history.moves(
        account_of(request), asset=asset.id, kinds=kinds, limit=query.pageSize, after=walk.after, before=walk.to_line,
        **bounds,
    )  # fmt: skip
    return enveloped(venue, [_history_row(venue, move, asset) for move in moves])


async def addresses(venue: Venue, request: Request, form: CryptoAddressForm) -> Reply:
    """Return the account's addresses, newest first."""
    asset, network = _on_network(venue, form)
    found = await venue.network_deposits.addresses(account_of(request), asset, network)
    return enveloped(venue, [_address_row(asset, each) for each in found])


async def create_address(venue: Venue, request: Request, form: CryptoAddressForm) -> Reply:
    """Make an address; one that was not used yet is refused with instead."""
    asset, network = _on_network(venue, form)
    address, is_new = await made_address(venue, account_of(request), asset, network)
    if not is_new:
        raise BtseError(UNUSED_ADDRESS, address.to.address, data=(address.to.address,))
    return enveloped(venue, _address_row(asset, address))


async def delete_address(venue: Venue, request: Request, form: DeletedCryptoAddressForm) -> Reply:
    """Forget an address."""
    asset, network = _on_network(venue, form)
    if not await venue.network_deposits.delete_address(account_of(request), asset, network, form.address):
        raise BtseError(400, "Address does not exist")
    return enveloped(venue, None)


async def withdraw(venue: Venue, request: Request, form: CryptoWithdrawForm) -> Reply:
    """Ask for a withdrawal; both references are its number in the history."""
    asset, network = carried(venue, form.crypto, form.network)
    units = withdrawn(number_text(form.amount), asset)
    to = Destination(form.address, form.addressExtension or "")
    within = form.amountIncludeFee
    number = await requested(
        venue, account_of(request), asset, network, units, to,
        fee_within=within, client_id=client_id_of(form.clOrderId),
    )  # fmt: skip
    terms = network.asset(asset.id)
    fee = terms.withdraw_fee if terms is not None else 0
    row = {
        "transactionRef": str(number),
        "orderId": str(number),
        "crypto": asset.code,
        "network": network.name,
        "address": to.address,
        "addressExtension": to.tag,
        "amountToAddress": numbers.decimal(units - fee if within else units, asset.scale),
        "fees": numbers.decimal(fee, asset.scale),
    }
    return enveloped(venue, row)


async def send_to(venue: Venue, request: Request, form: SendToForm) -> Reply:
    """Send to another customer."""
    done = await sent(venue, account_of(request), form)
    asset = _asset(venue, done.asset)
    row = {
        "asset": asset.code,
        "amount": numbers.decimal(done.amount, asset.scale),
        "toUser": form.toUser,
        "toUserMail": form.toUserMail,
        "transactionRef": str(transfer_number(done.seq)),
    }
    return enveloped(venue, row)


async def convert(venue: Venue, request: Request, form: PublicConvertForm) -> Reply:
    """Convert; each side has its own reference."""
    done = await converted(venue, account_of(request), form.fromAsset, form.toAsset, form.amount, form.clOrderId)
    source, target = _asset(venue, done.source), _asset(venue, done.target)
    given, received = conversion_numbers(done.seq)
    row = {
        "fromAsset": source.code,
        "fromAmount": numbers.decimal(done.amount, source.scale),
        "fromTransactionRef": str(given),
        "toAsset": target.code,
        "toAmount": numbers.decimal(done.to_amount, target.scale),
        "toTransactionRef": str(received),
        "rate": numbers.decimal(*done.rate),
    }
    return enveloped(venue, row)


def _asset(venue: Venue, asset_id: int) -> Asset:
    asset = venue.catalogue.asset_by_id(asset_id)
    assert asset is not None, "what was moved is listed"
    return asset


def _on_network(venue: Venue, form: CryptoAddressForm) -> tuple[Asset, Network]:
    code = form.crypto or form.asset
    if not code:
        raise errors.mandatory("crypto")
    return carried(venue, code, form.network)


def _address_row(asset: Asset, address: Address) -> dict[str, Any]:
    return {
        "crypto": asset.code,
        "network": address.network,
        "address": address.to.address,
        "addressExtension": address.to.tag,
        "createdTime": numbers.ms(address.created_ns),
    }


def _kinds(written: str | None) -> list[MoveKind]:
    if not written:
        return list(MoveKind)
    names = {name.upper() for name in listed(written, "historyTypes")}
    if names - OTHER_TYPES - set(TYPE.values()):
        raise wrong("historyTypes")
    return [kind for kind, name in TYPE.items() if name in names]


def _bounds(query: PublicHistoryQuery, now_ms: int) -> Window:
    """Return the window: seven days unless told, and never further back than the venue tells."""
    start_ms = query.startTime
    if start_ms is None:
        start_ms = (now_ms if query.endTime is None else query.endTime) - DEFAULT_MS
    end_ms = query.endTime
    if query.startTime is not None and end_ms is not None and start_ms > end_ms:
        raise wrong("startTime is after endTime")
    since = window(max(start_ms, now_ms - BACK_MS_MAX), None)["start_ns"]  # later than the end, where that is long ago
    return Window(start_ns=since, end_ns=window(None, end_ms)["end_ns"])


def _history_row(venue: Venue, move: Move, asset: Asset) -> dict[str, Any]:
    network = venue.catalogue.network(move.network)
    depth = network.confirmations if network is not None else 0
    confirmed = f"({min(move.confirmations, depth)}/{depth})" if move.kind is MoveKind.DEPOSIT and depth else ""
    return {
        "transactionTime": numbers.ms(move.time_ns),
        "type": TYPE[move.kind],
        "walletName": "SPOT@",
        "asset": asset.code,
        "netAmount": numbers.decimal(move.amount, asset.scale),
        "amount": numbers.decimal(move.amount + move.fee, asset.scale),
        "transactionRef": str(move.number),
        "status": STATUS_WORD[move.state],
        "description": "",
        "fees": numbers.decimal(move.fee, asset.scale),
        "cryptoNetwork": move.network,
        "toAddress": move.address,
        "confirmTimes": confirmed,
        "txId": move.payment,
    }
