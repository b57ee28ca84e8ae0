"""What a customer has told and shown of who they are: plain records."""

from __future__ import annotations

import enum
from typing import Final, NamedTuple

import msgspec


class Review(enum.IntEnum):
    """Where a level or a document stands. Kept: never renumber."""

    NONE = 1
    PENDING = 2
    PASSED = 3
    REJECTED = 4


class DocumentKind(enum.IntEnum):
    """What a document shows. Kept: never renumber."""

    ID_FRONT = 1
    ID_BACK = 2
    SELFIE = 3
    SECOND_ID = 4
    ADDRESS = 5
    BANK = 6


#: What level 2 asks for; level 3 asks for the bank's.
LEVEL_2_KINDS: Final = (
    DocumentKind.ID_FRONT, DocumentKind.ID_BACK, DocumentKind.SELFIE, DocumentKind.SECOND_ID, DocumentKind.ADDRESS,
)  # fmt: skip


class Identity(msgspec.Struct, frozen=True, kw_only=True):
    """Who somebody says they are."""

    name: str
    gender: int  # 0 female, 1 male: as Taiwan's papers have it
    birthday: str  # YYYY-MM-DD
    number: str  # of the identity card or residence certificate


class Document(msgspec.Struct, frozen=True, kw_only=True):
    """A picture or PDF that was shown. id: its name in the document store; sha256: of the file as it is kept there, in hex."""

    id: str
    kind: DocumentKind
    content_type: str
    filename: str
    size: int
    review: Review
    shown_ns: int
    sha256: str = ""


class BankClaim(msgspec.Struct, frozen=True, kw_only=True):
    """The bank account that somebody says is theirs."""

    code: str
    branch: str
    account: str


class Answers(msgspec.Struct, frozen=True):
    """The questionnaire of level 2, as it was answered."""

    purpose: str
    purpose_other: str
    exposed: str
    exposed_other: str
    experience: str
    income: str


class Dossier(msgspec.Struct, frozen=True, kw_only=True):
    """Everything of one customer. identity, bank: None before it was told."""

    account: int
    identity: Identity | None = None
    phone: str = ""  # E.164, proven
    bank: BankClaim | None = None
    answers: Answers | None = None
    documents: dict[DocumentKind, Document] = {}
    levels: tuple[Review, Review, Review] = (Review.NONE, Review.NONE, Review.NONE)

    def review(self, level: int) -> Review:
        """Return where a level stands."""
        return self.levels[level - 1]

    def at(self, level: int, review: Review) -> tuple[Review, Review, Review]:
        """Return where the levels stand once that one stands there."""
        first, second, third = (review if at == level else before for at, before in enumerate(self.levels, 1))
        return first, second, third

    def shown(self, *kinds: DocumentKind) -> Review:
        """Return where documents stand together: missing before rejected before pending before passed."""
        found = [self.documents[kind].review if kind in self.documents else Review.NONE for kind in kinds]
        return next(
            review for review in (Review.NONE, Review.REJECTED, Review.PENDING, Review.PASSED) if review in found
        )


class Overview(NamedTuple):
    """What a customer may read of their own dossier; what names them is masked."""

    name: str
    gender: int | None
    number: str
    phone: str
    dossier: Dossier
