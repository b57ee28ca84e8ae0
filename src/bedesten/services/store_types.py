"""What the services remember and the store keeps: plain records, no behaviour."""

from __future__ import annotations

import enum
from typing import Any, NamedTuple

import msgspec

from bedesten.domain.notes import Note
from bedesten.domain.orders import Order


class OrderRecord(NamedTuple):
    """An order and the client's own id for it ("": none)."""

    order: Order
    client_id: str


class Trade(NamedTuple):
    """A match as the public sees it. The fields are named as in domain.events.Traded, so either can be shown.

    Units: price ticks, quantity lots, notional quote minor units.
    """

    trade_id: int
    instrument: int
    side: int  # of the taker
    price: int
    quantity: int
    notional: int
    time_ns: int


class Fill(NamedTuple):
    """One order's half of a match.

    Units: price ticks, quantity lots, notional quote minor units; fee and tax in minor units of the asset they were taken in.
    """

    trade_id: int
    order_id: int
    account: int
    instrument: int
    side: int
    is_maker: int
    price: int
    quantity: int
    notional: int
    fee: int
    tax: int
    time_ns: int
    seq: int
    fee_asset: int = 0


class TransferRecord(NamedTuple):
    """Money that moved between two accounts outside a trade. reason: domain TransferReason; row_id: its place in lists."""

    seq: int
    time_ns: int
    account: int
    to_account: int
    asset: int
    amount: int
    reason: int
    row_id: int = 0


class HoldRecord(NamedTuple):
    """Money that was or is reserved for something that is not an order. text: what was journaled beside the command.

    Units: minor units; captured: what moved when it ended. ended_ns: 0 while it holds.
    """

    hold_id: int
    seq: int
    time_ns: int
    account: int
    asset: int
    amount: int
    reason: int
    text: str
    ended_ns: int
    captured: int
    notes: tuple[Note, ...] = ()


class Destination(msgspec.Struct, frozen=True, omit_defaults=True):
    """Where money is sent on a chain."""

    address: str
    tag: str = ""


class PaymentState(enum.Enum):
    """What became of a payment on a chain."""

    SENT = "sent"
    REVERTED = "reverted"  # the block that held it is no longer part of the chain
    FAILED = "failed"  # no block will hold it


class Payment(msgspec.Struct, frozen=True, kw_only=True):
    """A payment on a chain. Units: minor units; height: of the block that holds it. reference: 0 unless the venue sent it."""

    id: str
    network: str
    asset: int
    amount: int
    to: Destination
    height: int
    created_ns: int
    reference: int = 0
    state: PaymentState = PaymentState.SENT


class PaymentSeen(NamedTuple):
    """A payment as it stands now. confirmations: blocks that hold or follow it; 0 also when it was taken back or failed."""

    payment: Payment
    confirmations: int


class Candle(NamedTuple):
    """What traded in one period.

    Units: start_s seconds since the epoch; prices ticks, volume_lots lots, quote_volume quote minor units.
    """

    start_s: int
    open: int
    high: int
    low: int
    close: int
    volume_lots: int
    quote_volume: int


class CandleRow(NamedTuple):
    """A finished minute of one instrument, for the store."""

    instrument: int
    candle: Candle


class Announcement(NamedTuple):
    """A rule or a listing that changed while the venue ran. before, after: as the venue file has them; "": not there."""

    time_ns: int
    key: str
    before: str
    after: str


class Account(msgspec.Struct, frozen=True):
    """A ledger account with a name."""

    id: int
    name: str
    is_system: bool = False


class Permission(enum.IntFlag):
    """What an API key may do."""

    READ = 1
    TRADING = 2
    TRANSFER = 4
    WALLET = 8
    WITHDRAW = 16


class ApiKey(msgspec.Struct, kw_only=True):
    """A key and its secret. The secret is 32 random bytes in base64; dialects use the text or decode it, as their venue does."""

    key: str
    secret: str
    account: int
    permissions: Permission
    label: str = ""
    ip_allow_list: tuple[str, ...] = ()  # empty: from anywhere
    expires_ns: int = 0  # 0: never
    created_ns: int = 0
    hmacs: dict[str, Any] = msgspec.field(default_factory=dict)  # never stored: a dialect's keyed hash, ready to copy


class StateSnapshot(NamedTuple):
    """The whole state at a command: what the core says of itself, the client ids of the orders that live, and every fold.

    checksum: of the journal's record that ends at seq; b"": of a venue without a journal.
    """

    seq: int
    time_ns: int
    core: bytes
    texts: dict[int, str]  # order id → client id
    folds: dict[str, tuple[int, bytes]] = {}
    checksum: bytes = b""


class LoggedRow(NamedTuple):
    """Something that an operator or a customer did, or tried, as the note beside command *seq* says it."""

    row_id: int
    seq: int
    time_ns: int
    account: int
    activity: int
    note: Note


class AuditEntry(NamedTuple):
    """An entry of the audit log as older programs kept it. detail: JSON; without secrets.

    previous and checksum chain the entries: one cannot be altered or dropped unseen.
    """

    seq: int
    time_ns: int
    actor: str
    action: str
    detail: str
    previous: bytes
    checksum: bytes
