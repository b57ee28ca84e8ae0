"""Notes about money that comes and goes by bank."""

from __future__ import annotations

from bedesten.domain.notes.base import Note, Sealed


class BankPaid(Note, frozen=True, tag=55):
    """A payment that arrived at the bank, under the bank's own reference: beside the transfer that credits it.

    payer: the number and holder it came from, "" where the bank does not say, sealed with the data key of the account's customer,
    or with the venue's (by_venue) where the account has none. number, holder: the same in clear, of records of format 1 alone.
    """

    account: int
    asset: int
    amount: int
    reference: str
    bank: str = ""
    payer: Sealed = ""
    by_venue: bool = False
    number: str = ""
    holder: str = ""


class BankAccountSaved(Note, frozen=True, tag=56):
    """A customer's account at a bank, new or changed. state: a value of services.fiat.bank_accounts.BankState.

    bearer: its number and holder, sealed as a payer in BankPaid.
    """

    id: int
    account: int
    asset: int
    bank: str
    branch: str
    state: str
    created_ns: int
    bearer: Sealed
    by_venue: bool = False
