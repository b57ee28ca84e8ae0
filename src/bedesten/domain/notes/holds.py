"""Notes about money that is held for something that is not an order."""

from __future__ import annotations

from bedesten.domain.notes.base import Note, Sealed


class HeldTransferAsked(Note, frozen=True, tag=40):
    """Beside a hold: the customer who is to have it, once the sender says so. receiver: the name of that account."""

    to_account: int
    receiver: str


class HeldTransferDone(Note, frozen=True, tag=41):
    """Beside the capture that gives a held transfer to its receiver."""

    hold_id: int


class BankOrderAsked(Note, frozen=True, tag=50):
    """Beside a hold: the bank account that it is to be paid to, as it was then. Units: minor units; fee: within what is held.

    number, holder: in clear where a program from before notes wrote them (is_sealed False).
    """

    bank_account: int
    bank: str
    branch: str
    number: Sealed
    holder: Sealed
    fee: int
    must_confirm: bool
    is_sealed: bool = True


class BankOrderStep(Note, frozen=True, tag=51):
    """How far a withdrawal by bank is now: beside the command that makes it so. stage: a BankStage; reference: the bank's."""

    hold_id: int
    stage: int
    reference: str = ""
