"""Notes about money that is held for something that is not an order."""

from __future__ import annotations

from bedesten.domain.notes.base import Note


class HeldTransferAsked(Note, frozen=True, tag=40):
    """Beside a hold: the customer who is to have it, once the sender says so. receiver: the name of that account."""

    to_account: int
    receiver: str


class HeldTransferDone(Note, frozen=True, tag=41):
    """Beside the capture that gives a held transfer to its receiver."""

    hold_id: int
