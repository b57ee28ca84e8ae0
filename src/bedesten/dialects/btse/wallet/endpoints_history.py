"""The wallet's history, in the two generations that the venue's documents have had. Translates; services.wallet_history knows.

Source: BTSE wallet API v1.1.0, Query Wallet History (November 2022): status and type are numbers; the documents since 2024 and
the live venue: they are words, orderId is text, and a conversion tells both sides. Of the numbers of a type only the first is in
a sample; the others count on in the order of the documents' list, and go on with ours.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING, Final

from bedesten.dialects.answers import Answers
from bedesten.dialects.btse import numbers
from bedesten.dialects.btse.market.parse import bounds_of, count_of
from bedesten.dialects.btse.replies import account_of, json_array
from bedesten.dialects.btse.wallet.parse import asset_named, window
from bedesten.dialects.btse.wallet.shapes import WalletHistoryQuery
from bedesten.dialects.contract import Reply, Request
from bedesten.services.wallet_history import Move, MoveKind, MoveState

if TYPE_CHECKING:
    from bedesten.services.venue import Venue

HISTORY_DEFAULT: Final = 50

TYPE_WORD: Final[Mapping[MoveKind, str]] = {
    MoveKind.DEPOSIT: "Deposit",
    MoveKind.WITHDRAWAL: "Withdraw",
    MoveKind.TRANSFER_IN: "Transfer_In",
    MoveKind.TRANSFER_OUT: "Transfer_Out",
    MoveKind.CONVERT_IN: "Convert fiat",
    MoveKind.CONVERT_OUT: "Convert fiat",
    MoveKind.FAMILY_IN: "Sub Account Transfer In",
    MoveKind.FAMILY_OUT: "Sub Account Transfer Out",
}
#: 5 is ReferralEarning in the documents' list.
TYPE_NUMBER: Final[Mapping[MoveKind, int]] = {
    MoveKind.DEPOSIT: 1,
    MoveKind.WITHDRAWAL: 2,
    MoveKind.TRANSFER_IN: 3,
    MoveKind.TRANSFER_OUT: 4,
    MoveKind.CONVERT_IN: 6,
    MoveKind.CONVERT_OUT: 6,
    MoveKind.FAMILY_IN: 7,
    MoveKind.FAMILY_OUT: 8,
}
STATUS_WORD: Final[Mapping[MoveState, str]] = {
    MoveState.PENDING: "PENDING",
    MoveState.UNDER_WAY: "PROCESSING",
    MoveState.COMPLETED: "COMPLETED",
    MoveState.CANCELED: "CANCELLED",
    MoveState.FAILED: "FAILURE",
}
#: The documents of 2022 know no failure: what failed did not come about, as what was canceled.
STATUS_NUMBER: Final[Mapping[MoveState, int]] = {
    MoveState.PENDING: 1,
    MoveState.UNDER_WAY: 2,
    MoveState.COMPLETED: 10,
    MoveState.CANCELED: 16,
    MoveState.FAILED: 16,
}


class WalletHistory:
    """The endpoint, in one of the generations."""

    def __init__(self, answers: Answers) -> None:
        self._row = _row_in_numbers if answers["wallet_history"] == "numbers" else _row_in_words

    async def __call__(self, venue: Venue, request: Request, query: WalletHistoryQuery) -> Reply:
        """Return what came and left, newest first."""
        account = account_of(request)
        asset = None if query.currency is None else asset_named(venue, query.currency)
        count, bounds = count_of(query.count, HISTORY_DEFAULT), bounds_of(query.beforeSerialId, query.afterSerialId)
        moves = await venue.wallet_history.moves(
            account, asset=asset.id if asset else None, limit=count, after=bounds.after, before=bounds.to_line,
            **window(query.startTime, query.endTime),
        )  # fmt: skip
        owner = venue.accounts.by_id(account)
        username = numbers.text(owner.name if owner else "")
        return json_array(self._row(venue, move, username) for move in moves)


def _row_in_words(venue: Venue, move: Move, username: str) -> str:
    kind, payment = TYPE_WORD[move.kind], numbers.text(move.payment)
    return (
        f'{{{_common(venue, move)},"description":"{kind}","orderId":"{move.number}","status":"{STATUS_WORD[move.state]}",'
        f'"timestamp":{numbers.ms(move.time_ns)},"type":"{kind}","username":{username},"wallet":"SPOT@",'
        f'"txid":{payment},"txId":{payment},"currencyNetwork":{numbers.text(move.network)},'
        f'"toAddress":{numbers.text(move.address)},{_two_sides(venue, move)}}}'
    )


def _row_in_numbers(venue: Venue, move: Move, username: str) -> str:
    return (
        f'{{{_common(venue, move)},"description":"{TYPE_WORD[move.kind]}","orderId":{move.number},'
        f'"status":{STATUS_NUMBER[move.state]},"timestamp":{numbers.ms(move.time_ns)},"type":{TYPE_NUMBER[move.kind]},'
        f'"username":{username},"wallet":"@SPOT","txid":{numbers.text(move.payment)},'
        f'"currencyNetwork":{numbers.text(move.network)}}}'
    )


def _common(venue: Venue, move: Move) -> str:
    return (
        f'"amount":{_amount(venue, move.asset, move.amount)},"currency":{numbers.text(_code(venue, move.asset))},'
        f'"fees":{_amount(venue, move.asset, move.fee)}'
    )


def _two_sides(venue: Venue, move: Move) -> str:
    done = move.conversion
    if done is None:
        code = _code(venue, move.asset)
        return f'"sourceCurrency":{numbers.text(code)},"sourceAmount":0,"targetCurrency":"","targetAmount":0,"rate":0'
    return (
        f'"sourceCurrency":{numbers.text(_code(venue, done.source))},"sourceAmount":{_amount(venue, done.source, done.amount)},'
        f'"targetCurrency":{numbers.text(_code(venue, done.target))},'
        f'"targetAmount":{_amount(venue, done.target, done.to_amount)},'
        f'"rate":{numbers.decimal(*done.rate)}'
    )


def _code(venue: Venue, asset_id: int) -> str:
    asset = venue.catalogue.asset_by_id(asset_id)
    return asset.code if asset else ""


def _amount(venue: Venue, asset_id: int, units: int) -> str:
    asset = venue.catalogue.asset_by_id(asset_id)
    return numbers.decimal(units, asset.scale if asset else 0)
