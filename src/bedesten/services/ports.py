"""What the services need from the outside: a store for what happened, files for state snapshots, a past for new instruments.

The journal of commands and the rows they caused are two things behind this one port, so that a replicated log and another
row store can take their places without a change above.
"""

from __future__ import annotations

import enum
from collections.abc import Collection, Iterator, Sequence
from typing import Final, Protocol, runtime_checkable

import msgspec

from bedesten.domain.networks import Network
from bedesten.domain.notes import Note, Noted
from bedesten.services.errors import ChainRefused
from bedesten.services.store_types import (
    Account,
    AuditEntry,
    Candle,
    CandleRow,
    Destination,
    Fill,
    HoldRecord,
    LoggedRow,
    OrderRecord,
    Payment,
    PaymentSeen,
    PaymentState,
    StateSnapshot,
    Trade,
    TransferRecord,
)

__all__ = [
    "NS_MAX",
    "AckPolicy",
    "Batch",
    "Chain",
    "ChainRefused",
    "Destination",
    "Documents",
    "History",
    "JournaledBatch",
    "Message",
    "Outbox",
    "Payment",
    "PaymentSeen",
    "PaymentState",
    "Sealing",
    "SimulatedNetworks",
    "Snapshots",
    "Store",
    "Vault",
]

EDGES: Final = "edges"  # owner of the data key for the secrets of API keys: all that whoever answers clients needs
VENUE: Final = "venue"  # owner of the data key for what the venue needs itself
NS_MAX: Final = (1 << 62) - 1  # the end of time: as far as the core's timers reach, in the year 2116


class AckPolicy(enum.Enum):
    """When a command is acknowledged."""

    MEMORY = "memory"  # once applied; what was acknowledged last may be lost with the process
    WRITTEN = "written"  # once handed to the operating system; survives the process
    SYNCED = "synced"  # once on the disk; survives the machine


class Batch(msgspec.Struct, kw_only=True):
    """Commands that are committed together, and what they caused. All of it is one transaction."""

    first_seq: int
    count: int
    time_ns: int
    commands: bytes  # count rows of domain.commands.COMMAND_WIDTH
    texts: dict[int, str]  # row index in the batch → client id, or the name of an account being opened
    events: bytes  # rows of domain.events.EVENT_WIDTH
    closed: bytes  # rows of domain.orders.ORDER_WIDTH, one per CLOSED event
    closed_texts: list[str]  # their client ids, "" for none
    candles: list[CandleRow] = []  # minutes that ended since the last batch; a row that exists is replaced
    accounts: list[Account] = []  # accounts that this batch opens
    notes: list[Noted] = []  # by index of the command they stand beside


class JournaledBatch(msgspec.Struct, frozen=True):
    """The part of a batch that replay needs."""

    first_seq: int
    count: int
    time_ns: int
    commands: bytes
    texts: dict[int, str]
    notes: list[Noted] = []


class Sealing(Protocol):
    """How secrets are kept: readable only with the venue's key, and only for the purpose they were sealed for."""

    def seal(self, text: str, purpose: str) -> str:
        """Return *text* as it may be stored. purpose: what it is and whose, the same words when it is read."""
        ...

    def unseal(self, sealed: str, purpose: str) -> str:
        """Return what was sealed for that purpose.

        Raises: SealBroken.
        """
        ...

    def mark(self, text: str, purpose: str) -> int:
        """Return a number of 256 bits for *text*: always the same, and nobody without the key can tell which or find its like."""
        ...


class Vault(Protocol):
    """The keys that seal what is secret in the journal: one an owner, to be thrown away with what it sealed.

    `draw`, `has` and `sealing` answer at once, in any thread. A key that is drawn before a note is submitted is as durable as the
    note. `erase` waits for the disk: in a thread, behind the commit that says why.
    """

    def draw(self, owner: str) -> None:
        """Make a key for an owner who has none and never had one."""
        ...

    def erase(self, owner: str) -> None:
        """Throw an owner's key away: what was sealed with it is lost.

        Raises: StoreFailure.
        """
        ...

    def has(self, owner: str) -> bool:
        """Return whether an owner has a key."""
        ...

    def sealing(self, owner: str) -> Sealing:
        """Return how an owner's secrets are sealed.

        Raises: SealBroken when the owner has no key, or not any more.
        """
        ...


class Message(msgspec.Struct, frozen=True, kw_only=True):
    """An e-mail or a text message to a customer. It holds no secret but the code that it brings."""

    number: int  # from 1, in the order in which they were sent
    time_ns: int
    channel: str  # "email" or "text"; on a demo venue also "captcha": to whom a picture's id, and what is read there
    to: str
    subject: str
    body: str


class Outbox(Protocol):
    """Who brings messages to customers."""

    async def send(self, channel: str, to: str, subject: str, body: str, *, account: int = 0) -> None:
        """Take a message, to bring it soon. *account*: whose holder it is for; 0: nobody's.

        Raises: Overloaded when it cannot be taken now.
        """
        ...

    def messages(self, limit: int) -> list[Message]:
        """Return the last messages, newest first, as far as they are remembered."""
        ...


class Documents(Protocol):
    """Where customers' documents are kept: readable by the venue's operator alone. Called in a thread of its own."""

    def save(self, name: str, data: bytes) -> str:
        """Keep a document under a name of letters, digits, "-" and "_"; return the SHA-256 of what is kept, in hex.

        Raises: StoreFailure; Overloaded when there is no room.
        """
        ...

    def load(self, name: str) -> bytes:
        """Return a document.

        Raises: StoreFailure when there is none.
        """
        ...

    def names(self) -> list[str]:
        """Return the names of all documents that are kept."""
        ...

    def delete(self, name: str) -> None:
        """Remove a document, if it is there."""
        ...


class Store(Protocol):
    """Where everything is kept.

    Everything that writes is called in the sequencer's one writer thread. Everything that reads may be called in any
    thread at any time, and sees all that was committed before. Lists are newest first unless said otherwise; start_ns is
    included, end_ns is not. after_id and before_id are numbers of rows in the list, which are not in the answer: with them any
    list is walked to its end, however many of its rows share one instant. oldest_first tells the rows nearest to after_id, where
    otherwise those nearest to before_id are told. Raises StoreFailure.
    """

    # ── writing ──

    def commit(self, batch: Batch) -> None:
        """Write a batch whole; when this returns it is as durable as the acknowledgment policy promises."""
        ...

    def save_meta(self, name: str, value: str) -> None:
        """Insert or replace a fact about the venue."""
        ...

    def close(self) -> None:
        """Let go of the files."""
        ...

    # ── the journal ──

    def batches(self, after_seq: int) -> Iterator[JournaledBatch]:
        """Yield the batches behind *after_seq*, oldest first.

        Raises: DamagedJournal when a checksum does not hold, or a batch is missing.
        """
        ...

    # ── rows ──

    def order(self, account: int, order_id: int) -> OrderRecord | None:
        """Return an order of the account that ended."""
        ...

    def orders_by_id(self, account: int, order_ids: Sequence[int]) -> list[OrderRecord]:
        """Return those of the orders that are the account's and ended."""
        ...

    def orders_by_client_id(self, account: int, client_id: str, limit: int) -> list[OrderRecord]:
        """Return ended orders of the account that carried the client id."""
        ...

    def orders(
        self, account: int, *, instrument: int | None = None, start_ns: int = 0, end_ns: int = NS_MAX, after_id: int = 0,
        before_id: int = 0, oldest_first: bool = False, limit: int,
    ) -> list[OrderRecord]:  # fmt: skip
        """Return ended orders of the account by the instant they ended (updated_ns).

        after_id, before_id: of orders that ended; 0: none.
        """
        ...

    def fills(
        self,
        account: int,
        *,
        instrument: int | None = None,
        order_ids: Sequence[int] | None = None,
        client_id: str = "",
        start_ns: int = 0,
        end_ns: int = NS_MAX,
        after_id: int = 0,
        before_id: int = NS_MAX,
        oldest_first: bool = False,
        limit: int,
    ) -> list[Fill]:
        """Return the account's halves of matches; of these orders, and of those that ended and carried the client id.

        after_id, before_id: of matches.
        """
        ...

    def trades(
        self, instrument: int, *, start_ns: int = 0, end_ns: int = NS_MAX, after_id: int = 0, before_id: int = NS_MAX,
        oldest_first: bool = False, limit: int,
    ) -> list[Trade]:  # fmt: skip
        """Return the matches on an instrument, last first."""
        ...

    def transfers(
        self,
        account: int,
        *,
        asset: int | None = None,
        reasons: Sequence[int] | None = None,
        start_ns: int = 0,
        end_ns: int = NS_MAX,
        after_id: int = 0,
        before_id: int = NS_MAX,
        oldest_first: bool = False,
        limit: int,
    ) -> list[TransferRecord]:
        """Return the transfers from or to the account. after_id, before_id: row_ids."""
        ...

    def transfers_of(self, seq: int) -> list[TransferRecord]:
        """Return the transfers that a command caused, oldest first."""
        ...

    def fill_count(self, account: int, *, start_ns: int = 0, end_ns: int = NS_MAX) -> int:
        """Return how many halves of matches are the account's."""
        ...

    def holds(self, account: int, *, reason: int, before_id: int = NS_MAX, limit: int) -> list[HoldRecord]:
        """Return what was or is reserved on the account for a reason, apart from orders."""
        ...

    def holds_by_id(self, hold_ids: Sequence[int]) -> list[HoldRecord]:
        """Return what was or is reserved under these ids, on whatever account, oldest first."""
        ...

    def captures(self, account: int, reason: int, ended_ns: Sequence[int]) -> list[tuple[int, int, int]]:
        """Return (asset, ended_ns, captured) of what was reserved on the account for a reason and left at one of these times."""
        ...

    def candles(self, instrument: int, *, start_s: int, end_s: int) -> list[Candle]:
        """Return the stored minutes in start_s ≤ start < end_s, oldest first."""
        ...

    def candle_span(self, instrument: int) -> tuple[int, int] | None:
        """Return the starts of the first and the last stored minute."""
        ...

    def accounts(self) -> list[Account]:
        """Return every account that was opened, lowest id first."""
        ...

    def notes_beside(self, seqs: Sequence[int]) -> dict[int, list[Note]]:
        """Return the notes that stand beside those of these commands that moved money."""
        ...

    def meta(self, name: str) -> str | None:
        """Return a fact about the venue."""
        ...

    def logged(self, after: int, limit: int) -> list[LoggedRow]:
        """Return what people did, behind the row numbered *after*, oldest first."""
        ...

    def logged_of(self, account: int, activities: Collection[int], limit: int) -> list[LoggedRow]:
        """Return what was done of these kinds by or to the holder of an account, newest first."""
        ...

    def former_audit(self, after: int, limit: int) -> list[AuditEntry]:
        """Return entries of the audit log as older programs kept it, behind the one numbered *after*, oldest first."""
        ...

    @property
    def sealing(self) -> Sealing:
        """How this store's secrets are sealed; the wallet's seed is by the store itself."""
        ...

    @property
    def vault(self) -> Vault:
        """The keys to what is secret in the journal."""
        ...


class Snapshots(Protocol):
    """Where state snapshots are kept."""

    def save(self, snapshot: StateSnapshot) -> None:
        """Keep a snapshot: whole or not at all."""
        ...

    def newest(self) -> StateSnapshot | None:
        """Return the newest snapshot that is not damaged."""
        ...


class Chain(Protocol):
    """The networks that money comes from and goes to: what any can. What was told of a payment stays true after a restart.

    Raises: ServiceError when a network cannot be asked now; then nothing is known, and who asked tries again.
    """

    def accepts(self, network: Network, to: Destination) -> bool:
        """Return whether an address of the network's own form is named."""
        ...

    def canonical(self, network: Network, to: Destination) -> Destination:
        """Return the one spelling by which destinations are compared."""
        ...

    async def derive(self, network: Network, index: int) -> Destination:
        """Return where the venue is paid under that number: always the same, and no other's."""
        ...

    async def height(self, network: Network) -> int:
        """Return the number of the newest block that is known."""
        ...

    async def payments(self, after: int) -> Sequence[Payment]:
        """Return the payments to and from the venue, oldest first, but for the first *after* ones."""
        ...

    async def look_up(self, payment_ids: Sequence[str]) -> Sequence[PaymentSeen]:
        """Return these payments as they stand now; what is not known is left out."""
        ...

    async def send(self, reference: int, network: Network, asset: int, amount: int, to: Destination) -> Payment:
        """Pay out once, however often it is asked for by the same *reference*.

        Raises: ChainRefused when it was not paid and never will be.
        """
        ...

    async def sent(self, reference: int) -> PaymentSeen | None:
        """Return the payment of that reference; None: the network was certainly not asked for it."""
        ...


@runtime_checkable
class SimulatedNetworks(Protocol):
    """What only a simulated chain can: a faucet, faults, blocks mined by hand. Raises: ChainRefused, Overloaded, Stopped."""

    async def fund(self, network: Network, asset: int, amount: int, to: Destination) -> Payment:
        """Pay from nowhere: the faucet."""
        ...

    async def reorganize(self, network: Network, depth: int) -> list[Payment]:
        """Replace the last *depth* blocks and return the payments that were in them."""
        ...

    async def mine(self, network: Network, count: int) -> int:
        """Add blocks at once, and return the number of the newest."""
        ...

    async def fail(self, reference: int) -> Payment:
        """Let a payment out of the venue fail that is not confirmed yet."""
        ...

    async def delay(self, reference: int) -> Payment:
        """Let no block take a payment out of the venue until it is included."""
        ...

    async def include(self, reference: int) -> Payment:
        """Let the next block take a payment that was delayed."""
        ...


class History(Protocol):
    """A past to show for the time before an instrument's first trade."""

    def candles(self, instrument: int, period_s: int, start_s: int, end_s: int) -> list[Candle]:
        """Return the minutes in start_s ≤ start < end_s joined to periods that follow one another from *start_s* on.

        Shape: oldest first, without gaps from the first period that the past holds whole; the last one may be cut short by
        *end_s* or by the present. *period_s* and *start_s* are multiples of 60.
        """
        ...

    def trades(self, instrument: int, end_s: int, limit: int) -> list[Trade]:
        """Return the last *limit* matches before *end_s*, oldest first: those of the minutes that `candles` tells.

        Shape: every minute is whole, so that a few more may come; their numbers grow with time and are all below 0, where a
        venue's own begin at 1. *end_s* is a multiple of 60.
        """
        ...
