"""Withdrawals over a network: what may be asked for, and the life of a request until the chain has paid it.

Owns the rules of a request and the step from each stage to the next. The money stays held until the payment is confirmed;
then the whole amount leaves for outside in one command, the fee with it, because the network takes that. Invariant: however
often the venue crashes, a request is paid once or given back, never both.
"""

from __future__ import annotations

import asyncio
import enum
import logging
from functools import partial
from typing import Final, NamedTuple

from bedesten.domain.commands import CaptureFunds, ReleaseFunds
from bedesten.domain.enums import RejectReason
from bedesten.domain.events import Rejected
from bedesten.domain.instruments import Asset
from bedesten.domain.networks import Network, NetworkAsset
from bedesten.services.instruments import Catalogue
from bedesten.services.money.accounts import OUTSIDE
from bedesten.services.money.confirmations import Confirmations, ConfirmRefusal
from bedesten.services.ports import Chain, ChainRefused, Destination, PaymentState
from bedesten.services.sequencing.loops import each_alone
from bedesten.services.sequencing.sequencer import Sequencer
from bedesten.services.wallets.progress import Stage
from bedesten.services.wallets.rules import RuleBroken
from bedesten.services.wallets.withdrawals import Withdrawal, Withdrawals, WithdrawalState

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


class Sending:
    """Every withdrawal over a network that has not ended."""

    def __init__(
        self, sequencer: Sequencer, catalogue: Catalogue, withdrawals: Withdrawals, chain: Chain | None,
        confirmations: Confirmations,
    ) -> None:  # fmt: skip
        self._sequencer = sequencer
        self._catalogue = catalogue
        self._withdrawals = withdrawals
        self._progress = withdrawals.progress
        self._chain = chain
        self._confirmations = confirmations
        self._may_withdraw = withdrawals.rules.may_withdraw
        self.beating = asyncio.Lock()  # while it is held no withdrawal takes a step
        self._open: dict[int, Withdrawal] = {each.id: each for each in withdrawals.left_open() if each.network}

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
        """Take the customer's code; None: the withdrawal may go on.

        Raises: Overloaded, Stopped.
        """
        may = self._may_withdraw
        return await self._confirmations.confirm(withdrawal_id, account, code, lambda: may(account))

    async def approve(self, withdrawal_id: int) -> bool:
        """Let a withdrawal that waits for the operator go on; False: it does not wait, or its account may not withdraw now.

        Raises: Overloaded, Stopped.
        """
        asked = self._open.get(withdrawal_id)
        if asked is None or (asked.must_confirm and not self._confirmations.is_confirmed(withdrawal_id)):
            return False
        if not self._may_withdraw(asked.account):
            return False
        if self._progress.claim(withdrawal_id, Stage.APPROVED) is None:
            return False
        await self._progress.keep(withdrawal_id)
        return True

    def open(self) -> list[Withdrawal]:
        """Return what is under way, oldest first."""
        return [each._replace(stage=self._progress.step(each.id).stage) for each in self._open.values()]

    async def beat(self) -> None:
        """Take every step that can be taken now.

        Raises: Overloaded, StoreFailure, when the others had their turn; Stopped.
        """
        if self._chain is not None:
            async with self.beating:
                await each_alone(list(self._open.values()), partial(self._take_steps, self._chain))

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
        if outcome.reject is None and outcome.id not in self._open:
            each = Withdrawal(
                outcome.id, account, asset.id, held, to, WithdrawalState.REQUESTED, outcome.time_ns, 0, network.name,
                terms.withdraw_fee, must_confirm=must_confirm,
            )  # fmt: skip
            if not outcome.is_repeat or await self._is_held(each):
                self._open[outcome.id] = each
        return SendOutcome(None, outcome.reject, outcome.id)

    async def _take_steps(self, chain: Chain, each: Withdrawal) -> None:
        while await self._stepped(each, chain):
            pass

    async def _stepped(self, each: Withdrawal, chain: Chain) -> bool:
        """Take the next step of a withdrawal and return whether there may be another one now."""
        network = self._catalogue.network(each.network)
        terms = network.asset(each.asset) if network is not None else None
        if network is None or terms is None:
            return False  # no longer in the venue file: it waits until it is again, or is canceled
        match self._progress.step(each.id).stage:
            case Stage.REQUESTED:
                return not (terms.approve_above and each.amount > terms.approve_above) and await self.approve(each.id)
            case Stage.APPROVED:
                if not await self._is_held(each) or not self._may_withdraw(each.account):
                    return False
                return self._progress.claim(each.id, Stage.SENDING) is not None
            case Stage.SENDING:
                await self._progress.keep(each.id)
                if chain.sent(each.id) is None and not self._may_withdraw(each.account):
                    return await self._step_back(each)
                return await self._send(each, network, chain)
            case Stage.SENT:
                return await self._look(each, network, chain)
            case Stage.FAILED:
                await self._end(each, ReleaseFunds(account=each.account, hold_id=each.id))
                return False
            case Stage.CANCELING:
                await self._is_held(each)
                return False

    async def _is_held(self, each: Withdrawal) -> bool:
        held = await self._withdrawals.is_open(each.account, each.id)
        if not held:
            self._open.pop(each.id, None)
        return held

    async def _send(self, each: Withdrawal, network: Network, chain: Chain) -> bool:
        try:
            payment = await chain.send(each.id, network, each.asset, each.amount - each.fee, each.destination)
        except ChainRefused as error:
            _log.error("withdrawal %s is given back: %s", each.id, error)
            return await self._fail(each)
        self._progress.claim(each.id, Stage.SENT)
        await self._progress.keep(each.id, payment.id)
        return True

    async def _step_back(self, each: Withdrawal) -> bool:
        """Let a withdrawal wait that the chain was not asked for: its account may not withdraw any more."""
        self._progress.claim(each.id, Stage.APPROVED)
        await self._progress.keep(each.id)
        return False

    async def _look(self, each: Withdrawal, network: Network, chain: Chain) -> bool:
        payment = chain.sent(each.id)
        if payment is None:  # the chain lost it together with the process, before it was told of
            if not self._may_withdraw(each.account):
                return False
            return await self._send(each, network, chain)
        if payment.state is not PaymentState.SENT:
            return await self._fail(each)
        if chain.confirmations(payment) >= network.confirmations:
            capture = CaptureFunds(account=each.account, hold_id=each.id, to_account=OUTSIDE, amount=each.amount)
            await self._end(each, capture)
        return False

    async def _fail(self, each: Withdrawal) -> bool:
        self._progress.claim(each.id, Stage.FAILED)
        await self._progress.keep(each.id)
        return True

    async def _end(self, each: Withdrawal, command: CaptureFunds | ReleaseFunds) -> None:
        result = await self._sequencer.submit(command)
        if any(isinstance(event, Rejected) for event in result.events):
            _log.error("withdrawal %s had ended already", each.id)
        if isinstance(command, ReleaseFunds):
            self._withdrawals.rules.forget(each.id)
        self._open.pop(each.id, None)
