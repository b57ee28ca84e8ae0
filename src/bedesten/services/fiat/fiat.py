"""The fiat side as one: bank accounts, deposits and withdrawals by bank, on the terms of the venue file."""

from __future__ import annotations

from collections.abc import Callable

from bedesten.clock import Clock
from bedesten.domain.fiat import FiatTerms
from bedesten.services.fiat.bank_accounts import BankAccounts
from bedesten.services.fiat.deposits import FiatDeposits
from bedesten.services.fiat.withdrawals import FiatWithdrawals
from bedesten.services.holds.confirmations import Confirmations
from bedesten.services.holds.holds import Holds
from bedesten.services.ports import DataKeys, Rows
from bedesten.services.sequencing.sequencer import Sequencer


class Fiat:
    """Money that comes and goes by bank. Without terms nothing does."""

    def __init__(
        self, sequencer: Sequencer, rows: Rows, vault: DataKeys, clock: Clock, terms: FiatTerms | None, holds: Holds,
        confirmations: Confirmations, may_withdraw: Callable[[int], bool],
    ) -> None:  # fmt: skip
        self.terms = terms or FiatTerms()
        self.confirmations = confirmations
        self.bank_accounts = BankAccounts(sequencer, vault, clock, self.terms)
        self.deposits = FiatDeposits(sequencer, rows, vault, clock, self.terms)
        self.withdrawals = FiatWithdrawals(
            sequencer, rows, vault, clock, self.terms, holds, confirmations, self.bank_accounts, may_withdraw
        )
