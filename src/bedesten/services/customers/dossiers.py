"""The dossiers: kept in the store, what names a person sealed, their documents in a place of their own.

Owns the records; kyc.py has the rules. Invariant: no two customers have one identity number, or one proven telephone number.
"""

from __future__ import annotations

import asyncio
import hashlib
import hmac
import logging
from collections.abc import Callable
from typing import Any, Final

import msgspec

from bedesten.clock import NS_PER_S, Clock
from bedesten.services.customers.kyc_records import BankClaim, Document, DocumentKind, Dossier, Identity, Review
from bedesten.services.customers.outcome import CustomerRefused, Refused
from bedesten.services.customers.pictures import content_type_of
from bedesten.services.errors import Overloaded, StoreFailure
from bedesten.services.ports import Documents, Store
from bedesten.services.sequencing.sequencer import Sequencer
from bedesten.services.threads import pictures

KIND: Final = "kyc"  # of the records they are kept as
PEPPER_META: Final = "kyc_pepper"  # under which the store keeps what identity numbers are hashed with, sealed
PEPPER_PURPOSE: Final = "pepper of identity numbers"
PEPPER_BYTES: Final = 32
UPLOADS_MAX: Final = 50  # documents that a customer may show in a day: enough to try each ten times
DAY_NS: Final = 86_400 * NS_PER_S
CHECKING_MAX: Final = 4  # files that are looked into: each 5 MB and what a picture takes
NAME_CHARS_MAX: Final = 128  # of a file, as its owner calls it

_log = logging.getLogger("bedesten.customers")


class Dossiers:
    """The dossiers of every customer. Without a place for documents none is taken."""

    def __init__(
        self, sequencer: Sequencer, store: Store, clock: Clock, documents: Documents | None,
        randomness: Callable[[int], bytes],
    ) -> None:  # fmt: skip
        self._sequencer = sequencer
        self._store = store
        self._clock = clock
        self._sealing = store.sealing
        self._documents = documents
        self._randomness = randomness
        self._by_account: dict[int, Dossier] = {}
        self._by_number: dict[str, int] = {}
        self._by_phone: dict[str, int] = {}
        self._uploads: dict[int, list[int]] = {}  # account → when documents were shown lately
        self._checking = 0
        self._making = asyncio.Lock()
        for _, text in store.kept_records(KIND):
            self._remember(self._opened(msgspec.json.decode(text, type=Dossier)))
        kept = store.meta(PEPPER_META)
        self._pepper = bytes.fromhex(self._sealing.unseal(kept, PEPPER_PURPOSE)) if kept is not None else b""

    def of_account(self, account: int) -> Dossier:
        """Return a customer's dossier; an empty one before anything was told."""
        return self._by_account.get(account) or Dossier(account=account)

    def identity(self, dossier: Dossier) -> Identity | None:
        """Return who a customer said they are."""
        if not dossier.identity:
            return None
        return msgspec.json.decode(
            self._sealing.unseal(dossier.identity, _purpose("identity", dossier.account)), type=Identity
        )

    def bank(self, dossier: Dossier) -> BankClaim | None:
        """Return the bank account that a customer claims."""
        if not dossier.bank:
            return None
        return msgspec.json.decode(
            self._sealing.unseal(dossier.bank, _purpose("bank account", dossier.account)), type=BankClaim
        )

    def owner_of_phone(self, number: str) -> int | None:
        """Return the account that proved a canonical telephone number."""
        return self._by_phone.get(number)

    async def change(self, account: int, **fields: Any) -> Dossier:
        """Change a dossier, and return it once it is kept.

        Raises: Overloaded, Stopped.
        """
        changed = msgspec.structs.replace(self.of_account(account), **fields)
        self._remember(changed)
        text = self._text(changed)
        await self._sequencer.write(lambda: self._store.save_record(KIND, str(account), text))
        return changed

    async def tell_identity(self, account: int, identity: Identity) -> Dossier:
        """Keep who somebody is, sealed.

        Raises: CustomerRefused; Overloaded, Stopped.
        """
        async with self._making:
            if not self._pepper:
                await self._make_pepper()
        digest = hmac.digest(self._pepper, identity.number.encode(), hashlib.sha256).hex()
        if self._by_number.get(digest, account) != account:
            raise CustomerRefused(Refused.IDENTITY_TAKEN)
        before = self.of_account(account).identity_digest
        if before != digest:
            self._by_number.pop(before, None)
        sealed = self._sealing.seal(msgspec.json.encode(identity).decode(), _purpose("identity", account))
        return await self.change(account, identity=sealed, identity_digest=digest)

    async def claim_bank(self, account: int, bank: BankClaim) -> Dossier:
        """Keep which bank account somebody claims, sealed.

        Raises: Overloaded, Stopped.
        """
        sealed = self._sealing.seal(msgspec.json.encode(bank).decode(), _purpose("bank account", account))
        return await self.change(account, bank=sealed)

    async def show(self, account: int, kind: DocumentKind, filename: str, data: bytes) -> Document:
        """Keep a document in the place of an earlier one of its kind.

        Raises: CustomerRefused; Overloaded, Stopped.
        """
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
            await pictures.run(documents.save, name, data)
        except StoreFailure as error:  # the disk is the operator's to see to; the books do not depend on this
            _log.error("%s", error)
            raise Overloaded("documents cannot be kept now") from error
        before = self.of_account(account).documents.get(kind)
        document = Document(
            id=name, kind=kind, content_type=content_type, filename=filename[:NAME_CHARS_MAX], size=len(data),
            review=Review.PENDING, shown_ns=now_ns,
        )  # fmt: skip
        await self.change(account, documents={**self.of_account(account).documents, kind: document})
        if before is not None:
            await pictures.run(documents.delete, before.id)
        return document

    async def forget(self, account: int) -> None:
        """Keep nothing of what a customer told and showed; again is no harm.

        Raises: Overloaded, Stopped.
        """
        dossier = self.of_account(account)
        for document in dossier.documents.values():
            assert self._documents is not None, "it was shown"
            await pictures.run(self._documents.delete, document.id)
        self._by_number.pop(dossier.identity_digest, None)
        self._by_phone.pop(dossier.phone, None)
        self._remember(Dossier(account=account))
        text = msgspec.json.encode(Dossier(account=account)).decode()
        await self._sequencer.write(lambda: self._store.save_record(KIND, str(account), text))

    async def load(self, document: Document) -> bytes:
        """Return a document as it was shown.

        Raises: StoreFailure when it is not there.
        """
        assert self._documents is not None, "it was shown"
        return await pictures.run(self._documents.load, document.id)

    async def _checked(self, data: bytes) -> str | None:
        if self._checking >= CHECKING_MAX:
            raise Overloaded(f"{CHECKING_MAX} files are being looked into")
        self._checking += 1
        try:
            return await pictures.run(content_type_of, data)
        finally:
            self._checking -= 1

    async def _make_pepper(self) -> None:
        pepper = self._randomness(PEPPER_BYTES)
        sealed = self._sealing.seal(pepper.hex(), PEPPER_PURPOSE)
        await self._sequencer.write(lambda: self._store.save_meta(PEPPER_META, sealed))
        self._pepper = pepper

    # A number that was proven is sealed where it is kept; one that an older program kept begins with "+".
    def _text(self, dossier: Dossier) -> str:
        phone = dossier.phone and self._sealing.seal(dossier.phone, _purpose("telephone number", dossier.account))
        return msgspec.json.encode(msgspec.structs.replace(dossier, phone=phone)).decode()

    def _opened(self, kept: Dossier) -> Dossier:
        if not kept.phone or kept.phone.startswith("+"):
            return kept
        phone = self._sealing.unseal(kept.phone, _purpose("telephone number", kept.account))
        return msgspec.structs.replace(kept, phone=phone)

    def _remember(self, dossier: Dossier) -> None:
        self._by_account[dossier.account] = dossier
        if dossier.identity_digest:
            self._by_number[dossier.identity_digest] = dossier.account
        if dossier.phone:
            self._by_phone[dossier.phone] = dossier.account


def _purpose(what: str, account: int) -> str:
    return f"{what} of account {account}"
