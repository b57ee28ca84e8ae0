"""Notes about who customers say that they are."""

from __future__ import annotations

import msgspec

from bedesten.domain.notes.base import Note, Sealed


class DocumentShown(msgspec.Struct, frozen=True, array_like=True):
    """A document in a dossier; fields are only added behind the others, with a default.

    id: the name of its file, which is kept before the note; sha256: of that file as it is kept, in hex, "" where an older program
    kept it. kind, review: of services.customers.kyc_records.DocumentKind and Review.
    """

    id: str
    kind: int
    content_type: str
    size: int
    review: int
    shown_ns: int
    sha256: str


class DossierSaved(Note, frozen=True, tag=74):
    """What a customer has told and shown of who they are, whole, new or changed.

    levels: a Review of each of the three. told: who they are, telephone, bank account, answers, and what files are called, sealed
    with the customer's data key.
    """

    account: int
    levels: tuple[int, int, int]
    documents: tuple[DocumentShown, ...]
    told: Sealed
