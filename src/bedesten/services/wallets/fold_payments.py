"""The payments on simulated chains, each as it stands now, and the blocks mined by hand: known from the log alone."""

from __future__ import annotations

from typing import ClassVar

import msgspec

from bedesten.domain.enums import EventKind
from bedesten.domain.events import Event
from bedesten.domain.notes import BlocksMined, Note, PaymentChanged, PaymentMade
from bedesten.services.sequencing.folds import Place
from bedesten.services.store_types import Destination, Payment, PaymentState


class PaymentsFold:
    """Every payment by its id, oldest first."""

    name: ClassVar[str] = "chain payments"
    version: ClassVar[int] = 1
    takes: ClassVar[tuple[type[Note], ...]] = (PaymentMade, PaymentChanged, BlocksMined)
    hears: ClassVar[tuple[EventKind, ...]] = ()

    def __init__(self) -> None:
        self.by_id: dict[str, Payment] = {}
        self.by_reference: dict[int, str] = {}  # of those that the venue sent
        self.mined: dict[str, int] = {}  # by hand, on each network

    def apply(self, note: Note, place: Place) -> None:
        """Take note of a payment, of where it stands, or of blocks."""
        if isinstance(note, PaymentMade):
            self._remember(
                Payment(
                    id=note.id, network=note.network, asset=note.asset, amount=note.amount,
                    to=Destination(note.address, note.tag), height=note.height, created_ns=note.created_ns,
                    reference=note.reference,
                )
            )  # fmt: skip
        elif isinstance(note, PaymentChanged):
            found, state = self.by_id[note.id], PaymentState(note.state)
            self.by_id[note.id] = msgspec.structs.replace(found, height=note.height, state=state)
        elif isinstance(note, BlocksMined):
            self.mined[note.network] = self.mined.get(note.network, 0) + note.count

    def hear(self, event: Event, place: Place) -> None:
        """Take note of nothing: no event speaks of chains."""

    def _remember(self, payment: Payment) -> None:
        self.by_id[payment.id] = payment
        if payment.reference:
            self.by_reference[payment.reference] = payment.id

    def capture(self) -> bytes:
        """Return every payment, and the count of blocks."""
        return msgspec.msgpack.encode((list(self.by_id.values()), list(self.mined.items())))

    def restore(self, data: bytes) -> None:
        """Remember what `capture` returned."""
        self.by_id, self.by_reference = {}, {}
        payments, mined = msgspec.msgpack.decode(data, type=tuple[list[Payment], list[tuple[str, int]]])
        self.mined = dict(mined)
        for payment in payments:
            self._remember(payment)
