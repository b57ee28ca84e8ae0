"""What the services need from the outside. A service asks for the narrowest of these that does.

Log, Rows and Vault are what a venue keeps: how it came to be what it is, what is shown of it, and what may be changed or thrown
away. A replicated log or another database takes their places without a change above; what each promises is tried in
tests/storage/ports.
"""

from __future__ import annotations

from typing import Protocol

from bedesten.services.errors import ChainRefused
from bedesten.services.ports.log import AckPolicy, Batch, JournaledBatch, Lease, Log, Record
from bedesten.services.ports.outside import Chain, History, Message, Outbox, SimulatedNetworks
from bedesten.services.ports.rows import NS_MAX, Rows
from bedesten.services.ports.vault import EDGES, VENUE, DataKeys, Documents, Sealing, Snapshots, Vault
from bedesten.services.store_types import Destination, Payment, PaymentSeen, PaymentState

__all__ = [
    "EDGES", "NS_MAX", "VENUE", "AckPolicy", "Batch", "Chain", "ChainRefused", "DataKeys", "Destination", "Documents", "History",
    "JournaledBatch", "Lease", "Log", "Message", "Outbox", "Payment", "PaymentSeen", "PaymentState", "Record", "Rows", "Sealing",
    "SimulatedNetworks", "Snapshots", "Store", "Vault",
]  # fmt: skip


class Store(Protocol):
    """All that a venue keeps, as the composition root opens and closes it."""

    @property
    def log(self) -> Log:
        """How the venue came to be what it is."""
        ...

    @property
    def rows(self) -> Rows:
        """What is shown of the past."""
        ...

    @property
    def vault(self) -> Vault:
        """What may be changed or thrown away."""
        ...

    def close(self) -> None:
        """Let go of everything, the lease too."""
        ...
