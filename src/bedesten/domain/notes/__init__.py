"""Notes: what a service says beside a command, journaled with it, typed.

A note is a frozen struct with a number of its own (its tag), journaled as a MessagePack array: the tag, then the fields in the
order they stand here. Tags are never used again and fields are only added behind the others, with a default. A command may carry
several notes; a fact without money is a note beside Op.NOTE. A note beside a command that was REJECTED is journaled and has no
effect.

One module a room of services, with a range of tags each:

    1–9 accounts and keys    10–19 the venue file    20–39 wallets    40–49 money between accounts    50–59 banks
    60–89 customers          90–99 simulated chain   100–109 OTC      110–119 what operators did
    150–169 customers, as pages and programs of the venue's own API need them
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from typing import Any, Final, Union

import msgspec

from bedesten.domain.notes.accounts import AccountAdopted, AccountNamed, KeyRevoked, KeySaved
from bedesten.domain.notes.banks import BankAccountSaved, BankPaid
from bedesten.domain.notes.base import Note, Sealed, Whole
from bedesten.domain.notes.chain import BlocksMined, PaymentChanged, PaymentMade
from bedesten.domain.notes.customers import KINDS as _CUSTOMERS
from bedesten.domain.notes.customers import (
    AuthenticatorUsed,
    CodeSent,
    CodeTried,
    ConfirmationAsked,
    ConfirmationTried,
    Confirmed,
    CustomerErased,
    CustomerSaved,
    FailuresCounted,
    MessageQueued,
    SessionOpened,
    SessionProven,
    SessionSeen,
    SessionsEnded,
    StrangerTried,
)
from bedesten.domain.notes.dossiers import DossierSaved
from bedesten.domain.notes.holds import BankOrderAsked, BankOrderStep, HeldTransferAsked, HeldTransferDone
from bedesten.domain.notes.money import Converted, FamilyMoved, FamilyReturned, Sent
from bedesten.domain.notes.operator import LOGGED, AccountSuspended, ActNoted, FlagsKept, FormerAuditEnded, StoreHandled
from bedesten.domain.notes.otc import QuoteSettled
from bedesten.domain.notes.venue import SandboxServed, VenueFileInForce
from bedesten.domain.notes.wallets import KINDS as _WALLETS
from bedesten.domain.notes.wallets import (
    AddressForgotten,
    AddressSaved,
    AllowListSaved,
    PaymentCredited,
    SecretDrawn,
    WithdrawalAsked,
    WithdrawalStep,
)

__all__ = [
    "DossierSaved",
    "AccountSuspended", "FlagsKept", "LOGGED", "ActNoted", "FormerAuditEnded", "StoreHandled",
    "SandboxServed", "VenueFileInForce",
    "BankAccountSaved", "BankPaid",
    "AddressForgotten", "AddressSaved", "AllowListSaved", "PaymentCredited", "SecretDrawn", "WithdrawalAsked", "WithdrawalStep",
    "BlocksMined", "PaymentChanged", "PaymentMade",
    "HELD_FOR", "HOLD_STEPS", "BankOrderAsked", "BankOrderStep", "HeldTransferAsked", "HeldTransferDone",
    "NOTES", "AccountAdopted", "AccountNamed", "Converted", "FamilyMoved", "FamilyReturned", "KeyRevoked", "KeySaved", "Note",
    "Noted", "QuoteSettled", "Sealed", "Sent", "Whole", "decode", "decode_beside", "encode", "encode_beside",
    "AuthenticatorUsed", "CustomerErased", "CustomerSaved", "FailuresCounted", "SessionOpened", "SessionProven", "SessionSeen",
    "SessionsEnded", "StrangerTried", "CodeSent", "CodeTried", "MessageQueued", "ConfirmationAsked", "ConfirmationTried",
    "Confirmed",
]  # fmt: skip

_KINDS: Final[tuple[type[Note], ...]] = (
    AccountNamed, KeySaved, KeyRevoked, AccountAdopted,
    VenueFileInForce, SandboxServed,
    HeldTransferAsked, HeldTransferDone, BankOrderAsked, BankOrderStep,
    FamilyMoved, FamilyReturned, Converted, Sent,
    QuoteSettled,
    BankPaid, BankAccountSaved,
    *_WALLETS, PaymentMade, PaymentChanged, BlocksMined,
    *_CUSTOMERS,
    DossierSaved,
    ActNoted, StoreHandled, FormerAuditEnded, AccountSuspended, FlagsKept,
)  # fmt: skip

#: What a hold is for: one of these stands beside the command that holds.
HELD_FOR: Final = (HeldTransferAsked, BankOrderAsked, WithdrawalAsked)

#: How far it came: kept with the hold's row, too, because that is what is shown of it.
HOLD_STEPS: Final = (BankOrderStep, WithdrawalStep)

#: Every kind of note, by its tag.
NOTES: Final = {int(kind.__struct_config__.tag or 0): kind for kind in _KINDS}

#: A note, and the index in its batch of the command that it stands beside.
Noted = tuple[int, Note]

_Any: Any = Union[tuple(NOTES.values())]  # noqa: UP007  made from the table
_OF_A_BATCH: Final = msgspec.msgpack.Decoder(list[tuple[int, _Any]])
_BESIDE: Final = msgspec.msgpack.Decoder(list[_Any])
_encode: Final = msgspec.msgpack.Encoder().encode


def encode(notes: Sequence[Noted]) -> bytes:
    """Return a batch's notes as the journal holds them: b"" when there are none."""
    return _encode(notes) if notes else b""


def decode(data: bytes) -> list[Noted]:
    """Return the notes that `encode` wrote.

    Raises: msgspec.DecodeError, also for a tag that this program does not know.
    """
    return _OF_A_BATCH.decode(data) if data else []


def encode_beside(notes: Iterable[Note]) -> bytes:
    """Return the notes of one command, as a row holds them."""
    told = list(notes)
    return _encode(told) if told else b""


def decode_beside(data: bytes) -> list[Note]:
    """Return the notes that `encode_beside` wrote. Raises: msgspec.DecodeError."""
    return _BESIDE.decode(data) if data else []
