"""A customer as the log says it: what names a person sealed with a data key of theirs alone.

Owns the words of the purposes and the form of what is sealed: they are part of what is stored, and never change.
"""

from __future__ import annotations

from typing import Final

import msgspec

from bedesten.domain.customers import Status
from bedesten.domain.notes.customers import CustomerSaved, FailuresCounted
from bedesten.services.customers.fold_register import Kept
from bedesten.services.customers.records import Customer
from bedesten.services.ports import Sealing

CODE_PURPOSE: Final = "verification code"


class CodeDigest(msgspec.Struct, frozen=True, array_like=True):
    """What is sealed of a verification code. to: the address or number that it proves."""

    to: str
    salt: str
    digest: str


class _Person(msgspec.Struct, frozen=True, array_like=True):
    """What is sealed; fields are only added behind the others, with a default."""

    username: str
    email: str
    password_hash: str
    language: str


_encode: Final = msgspec.json.Encoder().encode
_decode: Final = msgspec.json.Decoder(_Person).decode


def person_purpose(account: int) -> str:
    """Return what a customer's names are sealed for."""
    return f"person of account {account}"


def authenticator_purpose(account: int) -> str:
    """Return what the secret of a customer's authenticator is sealed for."""
    return f"totp secret of account {account}"


def note_of(customer: Customer, sealing: Sealing) -> CustomerSaved:
    """Return what the log says of a customer."""
    person = _Person(customer.username, customer.email, customer.password_hash, customer.language)
    sealed = sealing.seal(_encode(person).decode(), person_purpose(customer.account))
    return CustomerSaved(
        customer.account, int(customer.status), customer.level, customer.vip_level, customer.created_ns, sealed,
        customer.totp_secret,
    )  # fmt: skip


def counted_of(customer: Customer) -> FailuresCounted:
    """Return what the log says of what failed at a customer's door."""
    return FailuresCounted(
        customer.account, customer.login_failures, customer.locked_until_ns, customer.totp_failures,
        customer.totp_locked_until_ns,
    )  # fmt: skip


def customer_of(kept: Kept, sealing: Sealing) -> Customer:
    """Return the customer that the log speaks of. Raises: SealBroken."""
    saved = kept.saved
    person = _decode(sealing.unseal(saved.person, person_purpose(saved.account)))
    return _joined(kept, person)


def erased_of(kept: Kept) -> Customer:
    """Return what is left of a customer who was erased: a number."""
    return _joined(kept, _Person(f"erased {kept.saved.account}", "", "", ""))


def _joined(kept: Kept, person: _Person) -> Customer:
    saved, counted = kept.saved, kept.counted
    return Customer(
        account=saved.account, username=person.username, email=person.email, password_hash=person.password_hash,
        status=Status(saved.status), level=saved.level, vip_level=saved.vip_level, created_ns=saved.created_ns,
        language=person.language, login_failures=counted.failures, locked_until_ns=counted.locked_until_ns,
        totp_secret=saved.authenticator, totp_step=kept.step, totp_failures=counted.authenticator_failures,
        totp_locked_until_ns=counted.authenticator_locked_until_ns,
    )  # fmt: skip
