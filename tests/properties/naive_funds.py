"""How the naive exchange moves money outside trades: exchanges of two assets, and holds for what is not an order."""

from __future__ import annotations

from collections.abc import Callable
from typing import TYPE_CHECKING, Any, NamedTuple

from bedesten.domain import commands as c
from bedesten.domain.enums import EventKind, ReleaseCause, TransferReason
from bedesten.domain.money import AMOUNT_MAX
from tests.properties.naive_checks import EXPIRES_MAX, R, Refused, refuse, refuse_amount, refuse_lack

if TYPE_CHECKING:
    from tests.properties.naive import NaiveExchange


class Held(NamedTuple):
    """Money that is reserved."""

    account: int
    asset: int
    amount: int
    reason: int
    expires_ns: int


def exchange(venue: NaiveExchange, command: c.Exchange) -> None:
    """Move two assets against each other, both or neither; who lacks a leg is named."""
    first, second = command.account, command.to_account
    refuse(R.MALFORMED, first == second or command.asset == command.to_asset)
    for account in (first, second):
        refuse(R.UNKNOWN_ACCOUNT, not venue.may_trade(account))
    refuse(R.ACCOUNT_SUSPENDED, any(venue.accounts[each]["suspended"] for each in (first, second)))
    refuse(R.UNKNOWN_ASSET, not {command.asset, command.to_asset} <= venue.assets)
    spendable(venue, first, command.asset, command.amount)
    spendable(venue, second, command.to_asset, command.to_amount)
    venue.move(first, second, command.asset, command.amount)
    venue.move(second, first, command.to_asset, command.to_amount)
    venue.emit(EventKind.EXCHANGED, *command.fields())


def spendable(venue: NaiveExchange, account: int, asset: int, amount: int) -> None:
    """Refuse in the account's name unless it has that much to spend."""
    refuse_amount(amount, AMOUNT_MAX, account)
    refuse_lack(asset, amount, venue.available(account, asset), account)


def hold(venue: NaiveExchange, command: c.HoldFunds) -> None:
    """Reserve what is available."""
    refuse(R.MALFORMED, command.reason not in list(TransferReason) or not 0 <= command.expires_ns <= EXPIRES_MAX)
    refuse(R.UNKNOWN_ACCOUNT, not venue.may_trade(command.account))
    refuse(R.UNKNOWN_ASSET, command.asset not in venue.assets)
    refuse(R.ACCOUNT_SUSPENDED, bool(venue.accounts[command.account]["suspended"]))
    spendable(venue, command.account, command.asset, command.amount)
    is_over = 0 < command.expires_ns <= venue.now
    refuse(R.EXPIRED_ON_ARRIVAL, is_over, value=command.expires_ns, bound=venue.now)
    number, venue.next_hold_id = venue.next_hold_id, venue.next_hold_id + 1
    venue.funds_held[number] = Held(*command.fields())
    venue.holds[command.account, command.asset] += command.amount
    venue.emit(EventKind.FUNDS_HELD, number, *command.fields()[:4])


def release(venue: NaiveExchange, command: c.ReleaseFunds) -> None:
    """Give a hold back."""
    held = let_go(venue, command.account, command.hold_id)
    venue.emit(EventKind.FUNDS_RELEASED, command.hold_id, *held[:4], 0)


def expire(venue: NaiveExchange, number: int) -> None:
    """Give back a hold whose time ran out."""
    held = let_go(venue, venue.funds_held[number].account, number)
    venue.emit(EventKind.FUNDS_RELEASED, number, *held[:4], int(ReleaseCause.EXPIRED))


def set_hold(venue: NaiveExchange, command: c.SetHold) -> None:
    """Change when a hold is given back by itself."""
    refuse(R.MALFORMED, not 0 <= command.expires_ns <= EXPIRES_MAX)
    held = held_by(venue, command.account, command.hold_id)
    venue.funds_held[command.hold_id] = held._replace(expires_ns=command.expires_ns)
    venue.emit(EventKind.HOLD_SET, command.hold_id, command.account, command.expires_ns)
    venue.end_what_is_due()


def capture(venue: NaiveExchange, command: c.CaptureFunds) -> None:
    """Move a part of a hold, and give the rest back."""
    target = command.to_account
    refuse(R.UNKNOWN_ACCOUNT, target == command.account or target not in venue.accounts)
    held = held_by(venue, command.account, command.hold_id)
    refuse_amount(command.amount, held.amount)
    let_go(venue, command.account, command.hold_id)
    venue.move(command.account, target, held.asset, command.amount)
    venue.emit(
        EventKind.FUNDS_CAPTURED, command.hold_id, command.account, target, held.asset, command.amount,
        held.amount - command.amount, held.reason,
    )  # fmt: skip


def held_by(venue: NaiveExchange, account: int, number: int) -> Held:
    """Return a hold of the account, or refuse."""
    held = venue.funds_held.get(number)
    if held is None or held.account != account:
        raise Refused(R.UNKNOWN_HOLD, facts=(number, 0, 0, 0, 0, 0))
    return held


def let_go(venue: NaiveExchange, account: int, number: int) -> Held:
    """End a hold of the account, or refuse."""
    held = held_by(venue, account, number)
    del venue.funds_held[number]
    venue.holds[account, held.asset] -= held.amount
    return held


HANDLERS: dict[type[c.Command], Callable[[NaiveExchange, Any], None]] = {
    c.Exchange: exchange,
    c.HoldFunds: hold,
    c.ReleaseFunds: release,
    c.CaptureFunds: capture,
    c.SetHold: set_hold,
}
