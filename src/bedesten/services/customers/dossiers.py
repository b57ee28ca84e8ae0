"""The dossiers: known from the log and opened in memory, their documents in a place of their own.

Owns the look-ups by identity number and telephone, and the documents' files; kyc.py has the rules. Every change is made on the
dossier as the command will find it. A file is kept before the note that names it, and goes behind the one that no longer does;
what no note names goes at the next start. Invariant: no two customers have one identity number, or one proven telephone number.
"""

from __future__ import annotations

import asyncio
import logging
from collections.abc import Callable, Mapping, Sequence
from typing import Any, Final

import msgspec

from bedesten.clock import NS_PER_S, Clock
from bedesten.domain.commands import RecordNote
from bedesten.domain.notes import Note
from bedesten.domain.notes.dossiers import DossierSaved
from bedesten.services.customers.fold_dossiers import DossiersFold
from bedesten.services.customers.kyc_records import Document, DocumentKind, Dossier, Review
from bedesten.services.customers.outcome import CustomerRefused, Refused
from bedesten.services.customers.pictures import content_type_of
from bedesten.services.customers.saved_dossiers import dossier_of, note_of
from bedesten.services.errors import Overloaded, StoreFailure
from bedesten.services.ports import DataKeys, Documents
from bedesten.services.sealing.owners import owner_of
from bedesten.services.sequencing.ahead import Ahead
from bedesten.services.sequencing.sequencer import Sequencer
from bedesten.services.threads import pictures

UPLOADS_MAX: Final = 50  # documents that a customer may show in a day: enough to try each ten times
DAY_NS: Final = 86_400 * NS_PER_S
CHECKING_MAX: Final = 4  # files that are looked into: each 5 MB and what a picture takes
NAME_CHARS_MAX: Final = 128  # of a file, as its owner calls it

Judge = Callable[[], Mapping[str, Any]]

_log = logging.getLogger("bedesten.customers")


class Dossiers:
    """The dossiers of every customer. Without a place for documents none is taken."""

    def __init__(
        self, sequencer: Sequencer, vault: DataKeys, clock: Clock, documents: Documents | None,
        randomness: Callable[[int], bytes],
    ) -> None:  # fmt: skip
        self._sequencer = sequencer
        self._vault = vault
        self._clock = clock
        self._documents = documents
        self._randomness = randomness
        self._fold = sequencer.state.folds.of(DossiersFold)
        self._ahead: Ahead[int, Dossier | None] = Ahead()
        self._opened: dict[int, Dossier] = {}
        self._by_number: dict[str, int] = {}
        self._by_phone: dict[str, int] = {}
        self._uploads: dict[int, list[int]] = {}  # account → when documents were shown lately
        self._checking = 0
        self._follow()

    def of_account(self, account: int) -> Dossier:
        """Return a customer's dossier, as the next command finds it; an empty one before anything was told."""
        if self._fold.changed:
            self._follow()
        return self._ahead.of(account, self._opened.get(account)) or Dossier(account=account)

    def owner_of_number(self, number: str) -> int | None:
        """Return the account that told an identity number."""
        self._follow()
        return self._by_number.get(number)

    def owner_of_phone(self, number: str) -> int | None:
        """Return the account that proved a canonical telephone number."""
        self._follow()
        return self._by_phone.get(number)

    async def change(self, account: int, *, beside: Sequence[Note] = (), **fields: Any) -> Dossier:
        """Change a dossier, as the command finds it, and return it once that is committed. *beside*: told by that command, too.

        Raises: Overloaded, Stopped; then nothing was changed.
        """
        changed = msgspec.structs.replace(self.of_account(account), **fields)
        await asyncio.shield(self._submit(changed, beside))
        return changed

    def note_of(self, dossier: Dossier) -> DossierSaved:
        """Return the note of a changed dossier, for a command of somebody else's."""
        return note_of(dossier, self._vault.sealing(owner_of(dossier.account)))

    def remember(self, dossier: Dossier, committed: asyncio.Future[Any]) -> None:
        """Go by a dossier whose note was handed in, which is never refused."""
        self._forget(self.of_account(dossier.account))
        self._ahead.put(dossier.account, dossier, committed)
        self._index(dossier)

    async def show(self, account: int, kind: DocumentKind, filename: str, data: bytes, judge: Judge) -> Document:
        """Keep a document in the place of an earlier one of its kind.

        *judge*: asked behind the last wait; raises CustomerRefused, or tells what else of the dossier changes with it.
        Raises: CustomerRefused; Overloaded, Stopped; then nothing was changed.
        """
        document = await self._kept(account, kind, filename, data)
        try:
            fields = judge()
            dossier = self.of_account(account)
            changed = msgspec.structs.replace(dossier, documents={**dossier.documents, kind: document}, **fields)
            committed = self._submit(changed)
        except BaseException:
            await self._delete([document.id])
            raise
        await asyncio.shield(committed)
        if (before := dossier.documents.get(kind)) is not None:
            await self._delete([before.id])
        return document

    async def load(self, document: Document) -> bytes:
        """Return a document as it was shown.

        Raises: StoreFailure when it is not there.
        """
        assert self._documents is not None, "it was shown"
        return await pictures.run(self._documents.load, document.id)

    async def clear(self) -> None:
        """Remove the files that no dossier names, of erased customers or of what was cut short: at the start.

        Raises: Overloaded.
        """
        if self._documents is None:
            return
        named = {each.id for saved in self._fold.kept.values() for each in saved.documents}
        await self._delete([name for name in await pictures.run(self._documents.names) if name not in named])

    async def remove(self, dossier: Dossier) -> None:
        """Remove the files of a customer who was erased.

        Raises: Overloaded; then the next start does it.
        """
        await self._delete([document.id for document in dossier.documents.values()])

    # ── inside ──

    def _submit(self, changed: Dossier, beside: Sequence[Note] = ()) -> asyncio.Future[Any]:
        committed = self._sequencer.submit(RecordNote(), notes=(self.note_of(changed), *beside))
        self.remember(changed, committed)
        return committed

    async def _kept(self, account: int, kind: DocumentKind, filename: str, data: bytes) -> Document:
        documents = self._documents
        if documents is None:
            raise CustomerRefused(Refused.NO_ROOM)
        now_ns = self._clock.now_ns()
        lately = [shown_ns for shown_ns in self._uploads.get(account, ()) if now_ns - shown_ns < DAY_NS]
        if len(lately) >= UPLOADS_MAX:
            raise CustomerRefused(Refused.NO_ROOM)
        self._uploads[account] = [*lately, now_ns]
        content_type = await self._checked(data)
        if content_type is None:
            raise CustomerRefused(Refused.BAD_FILE)
        name = f"{account}-{int(kind)}-{self._randomness(16).hex()}"
        try:
            sha256 = await pictures.run(documents.save, name, data)
        except StoreFailure as error:  # the disk is the operator's to see to; the books do not depend on this
            _log.error("%s", error)
            raise Overloaded("documents cannot be kept now") from error
        return Document(
            id=name, kind=kind, content_type=content_type, filename=filename[:NAME_CHARS_MAX], size=len(data),
            review=Review.PENDING, shown_ns=now_ns, sha256=sha256,
        )  # fmt: skip

    async def _checked(self, data: bytes) -> str | None:
        if self._checking >= CHECKING_MAX:
            raise Overloaded(f"{CHECKING_MAX} files are being looked into")
        self._checking += 1
        try:
            return await pictures.run(content_type_of, data)
        finally:
            self._checking -= 1

    async def _delete(self, names: Sequence[str]) -> None:
        for name in names:
            assert self._documents is not None, "it was shown"
            await pictures.run(self._documents.delete, name)

    # The look-ups follow the fold: it says whose dossier changed since they were made.
    def _follow(self) -> None:
        changed = self._fold.changed
        while changed:
            account = changed.pop()
            self._forget(self._opened.pop(account, Dossier(account=account)))
            if (saved := self._fold.kept.get(account)) is not None:
                self._opened[account] = dossier_of(saved, self._vault.sealing(owner_of(account)))
            self._index(self._ahead.of(account, self._opened.get(account)) or Dossier(account=account))

    def _forget(self, former: Dossier) -> None:
        if former.identity is not None and self._by_number.get(former.identity.number) == former.account:
            del self._by_number[former.identity.number]
        if self._by_phone.get(former.phone) == former.account:
            del self._by_phone[former.phone]

    def _index(self, dossier: Dossier) -> None:
        if dossier.identity is not None:
            self._by_number[dossier.identity.number] = dossier.account
        if dossier.phone:
            self._by_phone[dossier.phone] = dossier.account
