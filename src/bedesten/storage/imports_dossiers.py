"""What older programs kept of who customers are beside the journal, as the notes that say it today, sealed for each customer.

Never called for a record of this program.
"""

from __future__ import annotations

import sqlite3
from collections.abc import Iterator
from typing import Final

import msgspec

from bedesten.domain.notes import Note
from bedesten.services.customers.kyc_records import (
    Answers,
    BankClaim,
    Document,
    DocumentKind,
    Dossier,
    Identity,
    Review,
)
from bedesten.services.customers.saved_dossiers import note_of
from bedesten.services.ports import Sealing
from bedesten.services.sealing.owners import owner_of
from bedesten.storage.imports_customers import rows
from bedesten.storage.vault import Vault

KIND: Final = "kyc"


class _Kept(msgspec.Struct, frozen=True):
    """A former row. identity, bank, phone: sealed with the venue's key; a phone that begins with "+" is not."""

    account: int
    identity: str = ""
    phone: str = ""
    bank: str = ""
    answers: Answers | None = None
    documents: dict[DocumentKind, Document] = {}
    levels: tuple[Review, Review, Review] = (Review.NONE, Review.NONE, Review.NONE)


def dossiers(connection: sqlite3.Connection, sealing: Sealing, vault: Vault) -> Iterator[Note]:
    """Yield the dossiers; their customers were brought in before them."""
    for _, text in rows(connection, KIND):
        kept = msgspec.json.decode(text, type=_Kept)

        def opened(sealed: str, what: str, account: int = kept.account) -> str:
            return sealing.unseal(sealed, f"{what} of account {account}")

        identity = kept.identity and opened(kept.identity, "identity")
        bank = kept.bank and opened(kept.bank, "bank account")
        is_plain = not kept.phone or kept.phone.startswith("+")
        dossier = Dossier(
            account=kept.account,
            identity=msgspec.json.decode(identity, type=Identity) if identity else None,
            phone=kept.phone if is_plain else opened(kept.phone, "telephone number"),
            bank=msgspec.json.decode(bank, type=BankClaim) if bank else None,
            answers=kept.answers, documents=kept.documents, levels=kept.levels,
        )  # fmt: skip
        if dossier != Dossier(account=kept.account):  # of a customer who was erased, or who entered nothing
            vault.draw(owner_of(kept.account))
            yield note_of(dossier, vault.sealing(owner_of(kept.account)))
