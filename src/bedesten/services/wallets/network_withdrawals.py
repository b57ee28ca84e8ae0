"""Withdrawals over a network: what may be asked for, and the life of a request until the chain has paid it.

Owns the rules of a request and the step from each stage to the next, each a command with its note. The step before the chain is
asked makes the hold stay: it is refused, and nothing is sent, where the hold was given back before; and behind it the hold is
given back only if the chain does not pay. The money stays held until the payment is confirmed; then the whole amount leaves for
outside in one command, the fee with it, because the network takes that. Invariant: however often the venue crashes, a request is
paid once or given back, never both.
"""

from __future__ import annotations

import asyncio
import enum
import logging
from functools import partial
from typing import Final, NamedTuple

from bedesten.domain.commands import CaptureFunds, RecordNote, ReleaseFunds, SetHold
from bedesten.domain.enums import RejectReason, SendStage
from bedesten.domain.instruments import Asset
from bedesten.domain.networks import Network, NetworkAsset
from bedesten.domain.notes import WithdrawalAsked, WithdrawalStep
from bedesten.services.accounts.accounts import OUTSIDE
from bedesten.services.holds.confirmations import Confirmations, ConfirmRefusal
from bedesten.services.holds.fold_holds import OpenHold
from bedesten.services.holds.holds import HELD_NS, Holds
from bedesten.services.instruments import Catalogue
from bedesten.services.ports import Chain, ChainRefused, Destination, PaymentState
from bedesten.services.sequencing.loops import each_alone
from bedesten.services.wallets.rules import RuleBroken
from bedesten.services.wallets.withdrawals import Withdrawal, Withdrawals, WithdrawalState, stage_of

_log = logging.getLogger("bedesten.sending")


class SendRefusal(enum.Enum):
    """Why a withdrawal may not be asked for, in the order of the checks."""

    NO_NETWORK = 1
    BAD_ADDRESS = 2
    TOO_SMALL = 3
    MAY_NOT = 4
    NOT_LISTED = 5
    ABOVE_DAY = 6


_RULES: Final = {
    RuleBroken.MAY_NOT: SendRefusal.MAY_NOT,
    RuleBroken.NOT_LISTED: SendRefusal.NOT_LISTED,
    RuleBroken.ABOVE_DAY: SendRefusal.ABOVE_DAY,
}


class SendOutcome(NamedTuple):
    """What came of a request: at most one of the refusals."""

    refusal: SendRefusal | None
    reject: RejectReason | None
    id: int


class NetworkWithdrawals:
    """Every withdrawal over a network that has not ended."""

    def __init__(
        self, catalogue: Catalogue, withdrawals: Withdrawals, holds: Holds, chain: Chain | None, confirmations: Confirmations
    ) -> None:  # fmt: skip
        self._catalogue = catalogue
        self._withdrawals = withdrawals
        self._holds = holds
        self._chain = chain
        self._confirmations = confirmations
        self._may_withdraw = withdrawals.rules.may_withdraw
        self.beating = asyncio.Lock()  # while it is held no withdrawal takes a step by itself

    async def set_up(self) -> None:
        """Give the requests from before holds expired the end that they would have today. Raises: Overloaded, Stopped."""
        for hold in self._held():
            if not hold.expires_ns and stage_of(hold) is SendStage.REQUESTED and self._waits(hold):
                await self._holds.set_expiry(hold, hold.time_ns + HELD_NS)

    async def request(
        self, account: int, asset: Asset, network: Network, amount: int, to: Destination, *, fee_within: bool,
        must_confirm: bool = False, client_id: str = "",
    ) -> SendOutcome:  # fmt: skip
        """Ask for a withdrawal, once under a client's id; the fee is taken out of the amount, or comes on top.

        *must_confirm*: the customer yet has to.

        Units: minor units. Raises: Overloaded, Stopped.
        """
        terms = network.asset(asset.id)
        if terms is None or self._chain is None:
            return SendOutcome(SendRefusal.NO_NETWORK, None, 0)
        if not self._chain.accepts(network, to):
            return SendOutcome(SendRefusal.BAD_ADDRESS, None, 0)
        held = amount if fee_within else amount + terms.withdraw_fee
        if amount < terms.withdraw_min or held - terms.withdraw_fee < 1:
            return SendOutcome(SendRefusal.TOO_SMALL, None, 0)
        return await self._hold(account, asset, network, terms, held, to, must_confirm, client_id)

    async def confirm(self, account: int, withdrawal_id: int, code: str) -> ConfirmRefusal | None:
        """Take the customer's code; None: the withdrawal may go on, and is not given back by itself any more.

        Raises: Overloaded, Stopped.
        """
        hold = await self._turn(withdrawal_id)
        if hold is None and not self._confirmations.is_confirmed(withdrawal_id):
            return ConfirmRefusal.UNKNOWN
        may, stays = self._may_withdraw, SetHold(account=account, hold_id=withdrawal_id, expires_ns=0)
        return await self._confirmations.confirm(withdrawal_id, account, code, lambda: may(account), goes_on=stays)

    async def approve(self, withdrawal_id: int) -> bool:
        """Let a withdrawal that waits for the operator go on; False: it does not wait, or its account may not withdraw now.

        Raises: Overloaded, Stopped.
        """
        hold = await self._turn(withdrawal_id)
        if hold is None or stage_of(hold) is not SendStage.REQUESTED or self._waits(hold):
            return False
        return self._may_withdraw(hold.account) and await self._go_on(hold, SendStage.APPROVED)

    def open(self) -> list[Withdrawal]:
        """Return what is under way, oldest first, as it is applied: to decide by, not yet to be told."""
        return [_shown(hold) for hold in self._held()]

    async def beat(self) -> None:
        """Take every step that can be taken now.

        Raises: Overloaded, StoreFailure, when the others had their turn; Stopped.
        """
        if self._chain is not None:
            async with self.beating:
                open_ids = [hold.hold_id for hold in self._held()]
                await each_alone(open_ids, partial(self._take_steps, self._chain))

    # ── inside ──

    async def _hold(
        self, account: int, asset: Asset, network: Network, terms: NetworkAsset, held: int, to: Destination,
        must_confirm: bool, client_id: str,
    ) -> SendOutcome:  # fmt: skip
        outcome = await self._withdrawals.request(
            account, asset, held, to, network=network.name, fee=terms.withdraw_fee, day_max=terms.day_max,
            must_confirm=must_confirm, client_id=client_id,
        )  # fmt: skip
        if outcome.broken is not None:
            return SendOutcome(_RULES[outcome.broken], None, 0)
        return SendOutcome(None, outcome.reject, outcome.id)

    def _held(self) -> list[OpenHold]:
        return [hold for hold in self._holds.held_for(WithdrawalAsked) if _asked(hold).network]

    async def _turn(self, withdrawal_id: int) -> OpenHold | None:
        hold = await self._holds.turn(withdrawal_id)
        return hold if hold is not None and isinstance(hold.asked, WithdrawalAsked) and hold.asked.network else None

    def _waits(self, hold: OpenHold) -> bool:
        return _asked(hold).must_confirm and not self._confirmations.is_confirmed(hold.hold_id)

    async def _take_steps(self, chain: Chain, withdrawal_id: int) -> None:
        while (hold := await self._turn(withdrawal_id)) is not None and await self._stepped(hold, chain):
            pass

    async def _stepped(self, hold: OpenHold, chain: Chain) -> bool:
        """Take the next step of a withdrawal and return whether there may be another one now."""
        network = self._catalogue.network(_asked(hold).network)
        terms = network.asset(hold.asset) if network is not None else None
        if network is None or terms is None:
            return False  # no longer in the venue file: it waits until it is again, or is canceled
        match stage_of(hold):
            case SendStage.REQUESTED if self._waits(hold) or (
                terms.approve_above and hold.amount > terms.approve_above
            ):
                return False
            case SendStage.REQUESTED | SendStage.APPROVED:
                return self._may_withdraw(hold.account) and await self._go_on(hold, SendStage.SENDING)
            case SendStage.SENDING:
                if await chain.sent(hold.hold_id) is None and not self._may_withdraw(hold.account):
                    await self._go_on(
                        hold, SendStage.APPROVED
                    )  # the chain was not asked: it waits until the account may
                    return False
                return await self._send(hold, network, chain)
            case SendStage.SENT:
                return await self._look(hold, network, chain)
            case SendStage.FAILED:
                return await self._fail(hold)

    async def _go_on(self, hold: OpenHold, stage: SendStage) -> bool:
        """Take a step with which the hold stays until it is ended; False: it has ended, and the step is not taken."""
        stays = SetHold(account=hold.account, hold_id=hold.hold_id, expires_ns=0)
        return await self._holds.take(hold, stays, WithdrawalStep(hold.hold_id, int(stage)))

    async def _send(self, hold: OpenHold, network: Network, chain: Chain) -> bool:
        asked = _asked(hold)
        to = Destination(asked.address, asked.tag)
        try:
            payment = await chain.send(hold.hold_id, network, hold.asset, hold.amount - asked.fee, to)
        except ChainRefused as error:
            _log.error("withdrawal %s is given back: %s", hold.hold_id, error)
            return await self._fail(hold)
        return await self._holds.take(hold, RecordNote(), WithdrawalStep(hold.hold_id, int(SendStage.SENT), payment.id))

    async def _look(self, hold: OpenHold, network: Network, chain: Chain) -> bool:
        seen = await chain.sent(hold.hold_id)
        if seen is None:  # the chain lost it together with the process, before it was told of
            return self._may_withdraw(hold.account) and await self._send(hold, network, chain)
        if seen.payment.state is not PaymentState.SENT:
            return await self._fail(hold)
        if seen.confirmations >= network.confirmations:
            out = CaptureFunds(account=hold.account, hold_id=hold.hold_id, to_account=OUTSIDE, amount=hold.amount)
            _said(hold, await self._holds.take(hold, out))
        return False

    async def _fail(self, hold: OpenHold) -> bool:
        """Give it back: the chain will not pay."""
        back = ReleaseFunds(account=hold.account, hold_id=hold.hold_id)
        _said(hold, await self._holds.take(hold, back, WithdrawalStep(hold.hold_id, int(SendStage.FAILED))))
        return False


def _said(hold: OpenHold, is_done: bool) -> None:
    if not is_done:
        _log.error("withdrawal %s had ended already", hold.hold_id)


def _asked(hold: OpenHold) -> WithdrawalAsked:
    assert isinstance(hold.asked, WithdrawalAsked)
    return hold.asked


def _shown(hold: OpenHold) -> Withdrawal:
    asked = _asked(hold)
    payment = hold.step.payment if isinstance(hold.step, WithdrawalStep) else ""
    return Withdrawal(
        hold.hold_id, hold.account, hold.asset, hold.amount, Destination(asked.address, asked.tag), WithdrawalState.REQUESTED,
        hold.time_ns, 0, asked.network, asked.fee, stage_of(hold), payment, asked.must_confirm, hold.seq,
    )  # fmt: skip
