"""A dossier as the log says it: what names a person sealed with the customer's data key.

Owns the purpose and the form of what is sealed: they are part of what is stored, and never change.
"""

from __future__ import annotations

import msgspec

from bedesten.domain.notes.dossiers import DocumentShown, DossierSaved
from bedesten.services.customers.kyc_records import (
    Answers,
    BankClaim,
    Document,
    DocumentKind,
    Dossier,
    Identity,
    Review,
)
from bedesten.services.ports import Sealing


class _Told(msgspec.Struct, frozen=True, array_like=True):
    """What is sealed; fields are only added behind the others, with a default. files: what each document's file is called."""

    identity: Identity | None
    phone: str
    bank: BankClaim | None
    answers: Answers | None
    files: dict[int, str]


def purpose(account: int) -> str:
    """Return what the texts of a dossier are sealed for."""
    return f"dossier of account {account}"


def note_of(dossier: Dossier, sealing: Sealing) -> DossierSaved:
    """Return what the log says of a dossier."""
    files = {int(kind): document.filename for kind, document in dossier.documents.items()}
    told = _Told(dossier.identity, dossier.phone, dossier.bank, dossier.answers, files)
    first, second, third = map(int, dossier.levels)
    documents = tuple(
        DocumentShown(
            each.id, int(each.kind), each.content_type, each.size, int(each.review), each.shown_ns, each.sha256
        )
        for each in dossier.documents.values()
    )
    sealed = sealing.seal(msgspec.json.encode(told).decode(), purpose(dossier.account))
    return DossierSaved(dossier.account, (first, second, third), documents, sealed)


def dossier_of(saved: DossierSaved, sealing: Sealing) -> Dossier:
    """Return the dossier that the log speaks of. Raises: SealBroken."""
    told = msgspec.json.decode(sealing.unseal(saved.told, purpose(saved.account)), type=_Told)
    first, second, third = map(Review, saved.levels)
    documents = {
        DocumentKind(each.kind): Document(
            id=each.id, kind=DocumentKind(each.kind), content_type=each.content_type,
            filename=told.files.get(each.kind, ""), size=each.size, review=Review(each.review), shown_ns=each.shown_ns,
            sha256=each.sha256,
        )
        for each in saved.documents
    }  # fmt: skip
    return Dossier(
        account=saved.account, identity=told.identity, phone=told.phone, bank=told.bank, answers=told.answers,
        documents=documents, levels=(first, second, third),
    )  # fmt: skip
