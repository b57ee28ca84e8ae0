"""Notes about the payments of simulated chains."""

from __future__ import annotations

from bedesten.domain.notes.base import Note


class PaymentMade(Note, frozen=True, tag=90):
    """A payment that was put on a simulated chain. Units: minor units.

    height: of the block that will hold it; reference: of the withdrawal that it pays, 0: it comes from outside.
    """

    id: str
    network: str
    asset: int
    amount: int
    address: str
    tag: str
    height: int
    created_ns: int
    reference: int = 0


class PaymentChanged(Note, frozen=True, tag=91):
    """Where a payment stands now. state: a value of services.store_types.PaymentState."""

    id: str
    height: int
    state: str


class BlocksMined(Note, frozen=True, tag=92):
    """Blocks that were added to a simulated chain by hand, besides those that come with time."""

    network: str
    count: int
