"""What an operator may ask about customers: who they are, how they stand, what is under review, what they were written.

Called by name through services.operations. Owns the translation between an operator's words and the customers' services. Shows no
code but in the messages that brought it, and no secret at all.
"""

from __future__ import annotations

import base64
from collections.abc import Awaitable, Callable, Mapping
from typing import Any, Final

from bedesten.services.customers import Customer, Status
from bedesten.services.customers.kyc_records import DocumentKind
from bedesten.services.customers.outcome import CustomerRefused
from bedesten.services.customers.records import LEVEL_MAX, VIP_LEVEL_MAX
from bedesten.services.operator.typed import instant_text
from bedesten.services.venue import Venue

Answer = list[dict[str, Any]]

MESSAGES: Final = 100  # of the outbox, unless more are asked for
ENDING: Final = (Status.DELETED, Status.LOCKED)  # who is in is sent out


class CustomerOperations:
    """The operator's requests about customers."""

    def __init__(self, venue: Venue) -> None:
        self._venue = venue
        self._customers = venue.customers
        self.calls: Mapping[str, Callable[..., Awaitable[Answer]]] = {
            "customers": self.customers,
            "customer": self.customer,
            "set_customer": self.set,
            "review_customer": self.review,
            "reject_document": self.reject_document,
            "document": self.document,
            "forget_authenticator": self.forget_authenticator,
            "erase_customer": self.erase,
            "outbox": self.outbox,
        }

    async def customers(self) -> Answer:
        """Return every customer, in the order in which they came."""
        return [self._row(customer) for customer in self._customers.register]

    async def customer(self, name: str) -> Answer:
        """Return one customer with everything that a review needs."""
        customer = self._named(name)
        dossiers = self._customers.kyc.dossiers
        dossier = dossiers.of_account(customer.account)
        identity, bank = dossiers.identity(dossier), dossiers.bank(dossier)
        told = {
            "person": f"{identity.name}, {'male' if identity.gender else 'female'}, {identity.birthday}"
            if identity
            else "",
            "identity_number": identity.number if identity else "",
            "phone": dossier.phone,
            "bank_account": f"{bank.code}-{bank.branch} {bank.account}" if bank else "",
            "answers": list(filter(None, _answers(dossier.answers))),
            "reviews": [
                f"level {level} {self._customers.kyc.standing(customer.account, level).name.lower()}"
                for level in range(1, LEVEL_MAX + 1)
            ],
            "documents": [
                f"{kind.name.lower()} {document.review.name.lower()} ({document.content_type}, {document.size} bytes)"
                for kind, document in dossier.documents.items()
            ],
        }
        return [{**self._row(customer), **told}]

    async def set(
        self, name: str, level: int | None = None, status: str | None = None, vip: int | None = None
    ) -> Answer:
        """Change what the operator says of a customer."""
        if level is None and status is None and vip is None:
            raise ValueError("say what to change: a level, a status or a VIP level")
        customer = self._named(name)
        fields: dict[str, Any] = {}
        if level is not None:
            _within(level, LEVEL_MAX, "a level")
        if vip is not None:
            fields["vip_level"] = _within(vip, VIP_LEVEL_MAX, "a VIP level")
        if status is not None:
            fields["status"] = _status(status)
        if fields.get("status") is Status.NORMAL:
            fields |= {"login_failures": 0, "locked_until_ns": 0}  # whom the operator lets in is in
        if level is not None:
            await self._customers.kyc.set_level(customer.account, level)
        register = self._customers.register
        if fields.get("status") in ENDING:
            with self._customers.sessions.ending(customer.account) as ended:
                changed = await register.change(customer.account, beside=(ended,), **fields)
        else:
            changed = await register.change(customer.account, **fields)
        if status is not None:
            await self._venue.standing.renew(changed.account)
        return [self._row(changed)]

    async def review(self, name: str, level: int, verdict: str) -> Answer:
        """Decide on a level that is under review: "approve" or "reject"."""
        if verdict not in ("approve", "reject"):
            raise ValueError("a review says approve or reject")
        customer = self._named(name)
        try:
            await self._customers.kyc.review(customer.account, level, is_passed=verdict == "approve")
        except CustomerRefused as refusal:
            raise ValueError(f"level {level} of {customer.username} is not under review") from refusal
        return await self.customer(customer.username)

    async def reject_document(self, name: str, kind: str) -> Answer:
        """Ask for a document to be shown again."""
        customer = self._named(name)
        try:
            await self._customers.kyc.reject_document(customer.account, _kind(kind))
        except CustomerRefused as refusal:
            raise ValueError(f"{customer.username} has shown no {kind} that could be rejected") from refusal
        return await self.customer(customer.username)

    async def document(self, name: str, kind: str) -> Answer:
        """Return a document that was shown, in base64."""
        customer = self._named(name)
        document = self._customers.kyc.dossiers.of_account(customer.account).documents.get(_kind(kind))
        if document is None:
            raise ValueError(f"{customer.username} has shown no {kind}")
        data = await self._customers.kyc.dossiers.load(document)
        return [{"content_type": document.content_type, "data": base64.b64encode(data).decode()}]

    async def forget_authenticator(self, name: str) -> Answer:
        """Let a customer sign in without the second factor that was bound, and end every session."""
        customer = self._named(name)
        with self._customers.sessions.ending(customer.account) as ended:
            await self._customers.authenticators.forget(customer.account, (ended,))
        return await self.customer(customer.username)

    async def erase(self, name: str) -> Answer:
        """Forget who a customer was, for good: names, addresses, password, dossier, messages. Balances and orders' rows stay."""
        customer = self._customers.register.by_username(name)  # by name alone: the audit log keeps what was asked
        if customer is None:
            raise ValueError(f"there is no customer called {name!r}")
        await self._customers.erase(customer.account)
        await self._venue.standing.renew(customer.account)
        left = self._customers.register.of_account(customer.account)
        assert left is not None, "the account is somebody's still"
        return [self._row(left)]

    async def outbox(self, limit: int = MESSAGES) -> Answer:
        """Return what customers were written, newest first."""
        if limit < 1:
            raise ValueError(f"the outbox shows one message at least, not {limit}")
        return [
            {
                "number": message.number, "time": instant_text(message.time_ns), "channel": message.channel,
                "to": message.to, "subject": message.subject, "body": message.body,
            }
            for message in self._customers.outbox.messages(limit)
        ]  # fmt: skip

    def _named(self, name: str) -> Customer:
        customer = self._customers.register.by_login(name)
        if customer is None:
            raise ValueError(
                f"there is no customer {name!r}; `bedesten customers` lists them, and `bedesten accounts set ACCOUNT --email` "
                "makes an account's holder one"
            )
        return customer

    def _row(self, customer: Customer) -> dict[str, Any]:
        dossier = self._customers.kyc.dossiers.of_account(customer.account)
        return {
            "id": customer.account,
            "name": customer.username,
            "email": customer.email,
            "status": self._customers.register.status(customer).name.lower(),
            "level": customer.level,
            "vip": customer.vip_level,
            "authenticator": customer.has_authenticator,
            "under_review": [at + 1 for at, review in enumerate(dossier.levels) if at and review.name == "PENDING"],
            "since": instant_text(customer.created_ns),
        }


def _answers(answers: Any) -> tuple[str, ...]:
    if answers is None:
        return ()
    return (
        answers.purpose, answers.purpose_other, answers.exposed, answers.exposed_other, answers.experience, answers.income,
    )  # fmt: skip


def _within(value: int, most: int, what: str) -> int:
    if not 0 <= value <= most:
        raise ValueError(f"{what} is 0 to {most}")
    return value


def _status(text: str) -> Status:
    try:
        return Status[text.upper().replace("-", "_")]
    except KeyError as error:
        raise ValueError(f"a status is one of {', '.join(each.name.lower() for each in Status)}") from error


def _kind(text: str) -> DocumentKind:
    try:
        return DocumentKind[text.upper().replace("-", "_")]
    except KeyError as error:
        raise ValueError(f"a document is one of {', '.join(each.name.lower() for each in DocumentKind)}") from error
