"""Sub-accounts: money that moves within a family, and the history of it. Translates; services.subaccounts decides.

Source: BTSE wallet API, Subaccount Wallet History; futures API v2.3, Transfer Funds Between Subaccounts. The transfer stands in
the futures API and knows its wallets; this venue has spot wallets alone and refuses the others. The codes are documented as -2, a
wrong parameter, and -1046, -1047 and -1048, a failure of the first, second or third stage. Here there is one stage: all moves, or
nothing does.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from bedesten.dialects.btse import errors, numbers
from bedesten.dialects.btse.errors import BtseError
from bedesten.dialects.btse.replies import account_of, envelope
from bedesten.dialects.btse.spot.parse import client_id_of
from bedesten.dialects.btse.wallet.errors import REFUSED
from bedesten.dialects.btse.wallet.parse import amount_of, asset_named, window
from bedesten.dialects.btse.wallet.shapes import ApiWallet, SubHistoryQuery, SubTransferForm
from bedesten.dialects.contract import Reply, Request
from bedesten.services.money.subaccounts import Portion
from bedesten.services.store_types import TransferRecord

if TYPE_CHECKING:
    from bedesten.services.venue import Venue

PAGE_SIZE_MAX: Final = 50
PAGE_MAX: Final = 1_000_000  # beyond any history; keeps the row that it begins with a small number
SPOT: Final = "SPOT"
SPOT_WALLETS: Final = ("", "SPOT@", "@SPOT")  # the names of the one spot wallet
FUTURES_WALLETS: Final = ("CROSS", "ISOLATED")


async def transfer(venue: Venue, request: Request, form: SubTransferForm) -> Reply:
    """Move money between two accounts of a family: every currency, or none."""
    for kind, name, which in (
        (form.walletSrcType, form.walletSrc, "walletSrc"),
        (form.walletDestType, form.walletDest, "walletDest"),
    ):
        _check_wallet(kind, name or "", which)
    portions = [_portion(venue, each) for each in form.apiWallets]
    refusal = await venue.subaccounts.transfer(
        account_of(request), form.fromUser, form.receiver, portions, client_id=client_id_of(form.clOrderID)
    )
    if refusal is not None:
        code, message = REFUSED[refusal]
        raise BtseError(code, message)
    return envelope("null", venue.clock.now_ns())


async def history(venue: Venue, request: Request, query: SubHistoryQuery) -> Reply:
    """Return a page of the transfers within the family, newest first."""
    if not 1 <= query.page <= PAGE_MAX:
        raise errors.invalid("page")
    if not 1 <= query.pageSize <= PAGE_SIZE_MAX:
        raise errors.invalid("pageSize")
    page = await venue.subaccounts.history(
        account_of(request), **window(query.startTime, query.endTime), skip=(query.page - 1) * query.pageSize,
        limit=query.pageSize,
    )  # fmt: skip
    rows = ",".join(_row(venue, row) for row in page.rows)
    data = (
        f'{{"totalRows":{page.total},"pageSize":{query.pageSize},"currentPage":{query.page},'
        f'"totalPages":{-(-page.total // query.pageSize)},"data":[{rows}]}}'
    )
    return envelope(data, venue.clock.now_ns())


def _check_wallet(kind: str, name: str, which: str) -> None:
    if kind.upper() in FUTURES_WALLETS:
        raise BtseError(
            errors.PARAMETER, f"{which}Type {kind.upper()} is not available: this venue has SPOT wallets only"
        )
    if kind.upper() != SPOT:
        raise errors.invalid(f"{which}Type")
    if name not in SPOT_WALLETS:
        raise errors.invalid(which)


def _portion(venue: Venue, each: ApiWallet) -> Portion:
    asset = asset_named(venue, each.currency)
    return Portion(asset, None if each.allBalance else amount_of(each.balance, asset, "balance"))


def _row(venue: Venue, row: TransferRecord) -> str:
    ends = [venue.accounts.by_id(number) for number in (row.account, row.to_account)]
    asset = venue.catalogue.asset_by_id(row.asset)
    giver, taker = (numbers.text(end.name if end else "") for end in ends)
    code, scale = (asset.code, asset.scale) if asset else ("", 0)
    return (
        f'{{"timestamp":{numbers.ms(row.time_ns)},"fromUser":{giver},"receiver":{taker},"currency":{numbers.text(code)},'
        f'"amount":{numbers.decimal(row.amount, scale)}}}'
    )
