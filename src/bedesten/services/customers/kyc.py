"""Knowing customers, level by level: 1 by a telephone, 2 by papers, 3 by a bank account. The operator reviews 2 and 3.

Decides what may be told and shown when. Every step is a change of the dossier; a level that is passed shows in the customer.
"""

from __future__ import annotations

import asyncio
import datetime
import re
from collections.abc import Awaitable, Callable, Sequence
from typing import Any, Final

import msgspec

from bedesten.clock import NS_PER_S, Clock
from bedesten.domain.notes import Note
from bedesten.services.customers import phones
from bedesten.services.customers.codes import Channel, Codes, Outcome
from bedesten.services.customers.dossiers import Dossiers
from bedesten.services.customers.kyc_records import (
    LEVEL_2_KINDS,
    Answers,
    BankClaim,
    Document,
    DocumentKind,
    Dossier,
    Identity,
    Overview,
    Review,
)
from bedesten.services.customers.login_log import Activity, LoginLog, Visitor
from bedesten.services.customers.outcome import CustomerRefused, Refused
from bedesten.services.customers.register import Register

NAME_CHARS_MAX: Final = 64
NUMBER: Final = re.compile(
    r"[A-Z0-9]{6,20}", re.ASCII
)  # of any country's papers: Taiwan's are a letter and nine digits
AGE_MIN: Final = 18
AGE_MAX: Final = 130
BANK_PART: Final = re.compile(r"[0-9]{3,16}", re.ASCII)  # Taiwan's banks have 3 digits, branches 4, accounts up to 16
OTHER_CHARS_MAX: Final = 256

PURPOSES: Final = ("investment", "payment", "other")
EXPOSED: Final = ("no", "yes")
EXPERIENCES: Final = ("first_time", "less_than_1", "1_to_3", "over_3")
INCOMES: Final = ("less_than_50", "between_50_to_100", "over_100")

OnBank = Callable[[int, BankClaim, str], Awaitable[None]]  # account, claim, the holder's name


class Kyc:
    """The levels of every customer. *on_bank* is told of the bank account that level 3 is passed with, before it is."""

    def __init__(self, register: Register, dossiers: Dossiers, codes: Codes, log: LoginLog, clock: Clock) -> None:
        self._register = register
        self._codes = codes
        self._log = log
        self._clock = clock
        self.dossiers = dossiers
        self.on_bank: OnBank | None = None

    async def tell(self, account: int, identity: Identity, visitor: Visitor) -> Dossier:
        """Take who somebody says they are.

        Raises: CustomerRefused; Overloaded, Stopped.
        """
        if self.standing(account, 1) is Review.PASSED:
            under_review = Review.PENDING in self.dossiers.of_account(account).levels
            raise CustomerRefused(Refused.UNDER_REVIEW if under_review else Refused.ALREADY_PASSED)
        checked = self._checked(identity)
        if self.dossiers.owner_of_number(checked.number) not in (None, account):
            raise CustomerRefused(Refused.IDENTITY_TAKEN)
        beside = (self._log.of(account, Activity.IDENTITY_TOLD, visitor),)
        return await self._set_level(account, 1, Review.PENDING, beside, identity=checked)

    def free_phone(self, text: str, account: int | None = None) -> str:
        """Return the one spelling of a number that nobody else has proven.

        Raises: CustomerRefused.
        """
        number = phones.canonical(text)
        if number is None:
            raise CustomerRefused(Refused.BAD_PHONE)
        if self.dossiers.owner_of_phone(number) not in (None, account):
            raise CustomerRefused(Refused.PHONE_TAKEN)
        return number

    async def prove_phone(self, account: int, text: str, code: str, visitor: Visitor) -> None:
        """Take a telephone number by the code that was sent there; level 1 is passed.

        Raises: CustomerRefused; Overloaded, Stopped.
        """
        dossier = self.dossiers.of_account(account)
        if dossier.identity is None:
            raise CustomerRefused(Refused.NOTHING_TOLD)
        if self.standing(account, 1) is Review.PASSED:
            raise CustomerRefused(Refused.ALREADY_PASSED)
        number = self.free_phone(text, account)
        customer = self._register.of_account(account)
        if await self._codes.redeem(customer, "", Channel.TEXT, code, to=number) is not Outcome.DONE:
            raise CustomerRefused(Refused.WRONG_CODE)
        self.free_phone(number, account)  # nobody came in between
        beside = (self._log.of(account, Activity.PHONE_BOUND, visitor),)
        await self._set_level(account, 1, Review.PASSED, beside, phone=number)

    async def show(self, account: int, kind: int, filename: str, data: bytes) -> Document:
        """Take a document for the level that it belongs to, while that is not under review or passed.

        Raises: CustomerRefused; Overloaded, Stopped.
        """
        try:
            shown = DocumentKind(kind)
        except ValueError as error:
            raise CustomerRefused(Refused.BAD_KIND) from error
        level = 3 if shown is DocumentKind.BANK else 2

        def judge() -> dict[str, Any]:
            if self.standing(account, level) in (Review.PENDING, Review.PASSED):
                raise CustomerRefused(Refused.NOT_NOW)
            return {}

        judge()
        return await self.dossiers.show(account, shown, filename, data, judge)

    async def apply_level_2(self, account: int, answers: Answers) -> None:
        """Ask for the review of papers and answers.

        Raises: CustomerRefused; Overloaded, Stopped.
        """
        dossier = self._may_apply(account, 2)
        if not _are_whole(answers):
            raise CustomerRefused(Refused.BAD_ANSWERS)
        if dossier.shown(*LEVEL_2_KINDS) in (Review.NONE, Review.REJECTED):
            raise CustomerRefused(Refused.MISSING_IMAGE)
        await self._set_level(account, 2, Review.PENDING, answers=answers)

    async def apply_level_3(self, account: int, bank: BankClaim, filename: str, data: bytes) -> None:
        """Ask for the review of a bank account and the picture of its passbook.

        Raises: CustomerRefused; Overloaded, Stopped.
        """
        self._may_apply(account, 3)
        if not all(BANK_PART.fullmatch(part) for part in (bank.code, bank.branch, bank.account)):
            raise CustomerRefused(Refused.MISSING_BANK)
        if not data:
            raise CustomerRefused(Refused.MISSING_IMAGE)

        def judge() -> dict[str, Any]:
            return {"bank": bank, "levels": self._may_apply(account, 3).at(3, Review.PENDING)}

        await self.dossiers.show(account, DocumentKind.BANK, filename, data, judge)

    def overview(self, account: int) -> Overview:
        """Return what a customer may read of their own dossier."""
        dossier = self.dossiers.of_account(account)
        identity = dossier.identity
        phone = phones.national(dossier.phone) if dossier.phone else ""
        return Overview(
            name=_masked(identity.name, 1, 1) if identity is not None else "",
            gender=identity.gender if identity is not None else None,
            number=_masked(identity.number, 3, 2) if identity is not None else "",
            phone=_masked(phone, 4, 3),
            dossier=msgspec.structs.replace(
                dossier, levels=(self.standing(account, 1), self.standing(account, 2), self.standing(account, 3))
            ),
        )

    # ── the operator's ──

    async def review(self, account: int, level: int, *, is_passed: bool) -> None:
        """Decide on a level that is under review.

        Raises: CustomerRefused; BankRefused, Overloaded, Stopped.
        """
        dossier = self._under_review(account, level)
        bank, identity = dossier.bank, dossier.identity
        if level == 3 and is_passed and self.on_bank is not None and bank is not None and identity is not None:
            await self.on_bank(account, bank, identity.name)  # who may refuse it: then nothing is decided yet
        dossier = self._under_review(account, level)  # nobody came in between
        verdict = Review.PASSED if is_passed else Review.REJECTED
        kinds = LEVEL_2_KINDS if level == 2 else (DocumentKind.BANK,)
        documents = {
            kind: msgspec.structs.replace(document, review=verdict)
            if kind in kinds and (is_passed or document.review is Review.PENDING)
            else document
            for kind, document in dossier.documents.items()
        }
        await self._set_level(account, level, verdict, documents=documents)

    async def reject_document(self, account: int, kind: DocumentKind) -> None:
        """Ask for one document again; the level that needs it waits for that, and the others stay as they are.

        Raises: CustomerRefused; Overloaded, Stopped.
        """
        dossier = self.dossiers.of_account(account)
        document = dossier.documents.get(kind)
        level = 3 if kind is DocumentKind.BANK else 2
        if document is None or dossier.review(level) is Review.PASSED:
            raise CustomerRefused(Refused.NOT_NOW)
        documents = {**dossier.documents, kind: msgspec.structs.replace(document, review=Review.REJECTED)}
        if dossier.review(level) is Review.PENDING:
            await self._set_level(account, level, Review.REJECTED, documents=documents)
        else:
            await self.dossiers.change(account, documents=documents)

    async def set_level(self, account: int, level: int) -> None:
        """Put a customer at a level, whatever was told and shown; what was passed above it must be asked for again.

        Raises: Overloaded, Stopped.
        """
        dossier = self.dossiers.of_account(account)
        first, second, third = (
            Review.REJECTED if at >= level and review is Review.PASSED else review
            for at, review in enumerate(dossier.levels)
        )
        await self._put(msgspec.structs.replace(dossier, levels=(first, second, third)), level)

    def standing(self, account: int, level: int) -> Review:
        """Return where a level stands: passed, too, where the operator vouched for the customer."""
        customer = self._register.of_account(account)
        if customer is not None and customer.level >= level:
            return Review.PASSED
        return self.dossiers.of_account(account).review(level)

    # ── inside ──

    def _may_apply(self, account: int, level: int) -> Dossier:
        dossier = self.dossiers.of_account(account)
        taken = (Review.PENDING, Review.PASSED)
        if self.standing(account, level - 1) is not Review.PASSED or self.standing(account, level) in taken:
            raise CustomerRefused(Refused.NOT_NOW)
        return dossier

    def _under_review(self, account: int, level: int) -> Dossier:
        dossier = self.dossiers.of_account(account)
        if level not in (2, 3) or dossier.review(level) is not Review.PENDING:
            raise CustomerRefused(Refused.NOT_NOW)
        return dossier

    async def _set_level(
        self, account: int, level: int, review: Review, beside: Sequence[Note] = (), **fields: Any
    ) -> Dossier:
        before = self.dossiers.of_account(account)
        dossier = msgspec.structs.replace(before, levels=before.at(level, review), **fields)
        customer = self._register.of_account(account)
        if review is Review.PASSED and customer is not None and customer.level < level:
            await self._put(dossier, level, beside)
        else:
            await self.dossiers.change(account, beside=beside, levels=dossier.levels, **fields)
        return dossier

    # The dossier and the customer's level change by one command.
    async def _put(self, dossier: Dossier, level: int, beside: Sequence[Note] = ()) -> None:
        notes = (self.dossiers.note_of(dossier), *beside)
        _, committed = self._register.put(dossier.account, notes, level=level)
        if committed is not None:
            self.dossiers.remember(dossier, committed)
            await asyncio.shield(committed)

    def _checked(self, identity: Identity) -> Identity:
        name, number = identity.name.strip(), identity.number.strip().upper()
        if not 0 < len(name) <= NAME_CHARS_MAX or not name.isprintable():
            raise CustomerRefused(Refused.BAD_NAME)
        if identity.gender not in (0, 1):
            raise CustomerRefused(Refused.BAD_GENDER)
        if not NUMBER.fullmatch(number):
            raise CustomerRefused(Refused.BAD_IDENTITY)
        today = datetime.datetime.fromtimestamp(self._clock.now_ns() // NS_PER_S, datetime.UTC).date()
        try:
            born = datetime.date.fromisoformat(identity.birthday)
        except ValueError as error:
            raise CustomerRefused(Refused.BAD_BIRTHDAY) from error
        age = today.year - born.year - ((today.month, today.day) < (born.month, born.day))
        if not AGE_MIN <= age <= AGE_MAX:
            raise CustomerRefused(Refused.BAD_BIRTHDAY)
        return Identity(name=name, gender=identity.gender, birthday=born.isoformat(), number=number)


def _are_whole(answers: Answers) -> bool:
    return (
        answers.purpose in PURPOSES
        and answers.exposed in EXPOSED
        and answers.experience in EXPERIENCES
        and answers.income in INCOMES
        and (answers.purpose != "other" or bool(answers.purpose_other.strip()))
        and (answers.exposed != "yes" or bool(answers.exposed_other.strip()))
        and max(len(answers.purpose_other), len(answers.exposed_other)) <= OTHER_CHARS_MAX
    )


def _masked(text: str, first: int, last: int) -> str:
    """Return *text* with its middle hidden: "A12****89"."""
    if len(text) <= first + last:
        return text[:1] + "*" * max(1, len(text) - 1) if text else ""
    return text[:first] + "*" * (len(text) - first - last) + text[-last:]
