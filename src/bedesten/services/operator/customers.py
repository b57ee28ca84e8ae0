"""What an operator may ask about customers: who they are, how they stand, what is under review, what they were written.

Shows no code but in the messages that brought it, and no secret at all.
"""

from __future__ import annotations

import base64
from typing import Any, Final

import msgspec

from bedesten.domain.customers import Status
from bedesten.services.customers import Customer
from bedesten.services.customers.kyc_records import DocumentKind
from bedesten.services.customers.outcome import CustomerRefused
from bedesten.services.customers.records import LEVEL_MAX, VIP_LEVEL_MAX
from bedesten.services.errors import OperationRefused
from bedesten.services.operator import forms
from bedesten.services.operator.answers import CustomerDetailsRow, CustomerRow, DocumentRow, MessageRow
from bedesten.services.operator.typed import instant_text
from bedesten.services.venue import Venue

ENDING: Final = (Status.DELETED, Status.LOCKED)  # every session ends


async def customers(venue: Venue, form: forms.Nothing) -> list[CustomerRow]:
    """Return every customer, in the order in which they came."""
    return [_row(venue, customer) for customer in venue.customers.register]


async def customer(venue: Venue, form: forms.NamedCustomer) -> list[CustomerDetailsRow]:
    """Return one customer with everything that a review needs."""
    return [_details(venue, _named(venue, form.name))]


async def set_customer(venue: Venue, form: forms.SetCustomer) -> list[CustomerRow]:
    """Change what the operator says of a customer."""
    if form.level is None and form.status is None and form.vip is None:
        raise OperationRefused("say what to change: a level, a status or a VIP level")
    customers, found = venue.customers, _named(venue, form.name)
    fields: dict[str, Any] = {}
    if form.level is not None:
        _within(form.level, LEVEL_MAX, "a level")
    if form.vip is not None:
        fields["vip_level"] = _within(form.vip, VIP_LEVEL_MAX, "a VIP level")
    if form.status is not None:
        fields["status"] = _status(form.status)
    if fields.get("status") is Status.NORMAL:
        fields |= {"login_failures": 0, "locked_until_ns": 0}  # whom the operator lets in is in
    if form.level is not None:
        await customers.kyc.set_level(found.account, form.level)
    if fields.get("status") in ENDING:
        with customers.sessions.ending(found.account) as ended:
            changed = await customers.register.change(found.account, beside=(ended,), **fields)
    else:
        changed = await customers.register.change(found.account, **fields)
    if form.status is not None:
        await venue.standing.renew(changed.account)
    return [_row(venue, changed)]


async def review_customer(venue: Venue, form: forms.ReviewCustomer) -> list[CustomerDetailsRow]:
    """Decide on a level that is under review: "approve" or "reject"."""
    if form.verdict not in ("approve", "reject"):
        raise OperationRefused("a review says approve or reject")
    found = _named(venue, form.name)
    try:
        await venue.customers.kyc.review(found.account, form.level, is_passed=form.verdict == "approve")
    except CustomerRefused as refusal:
        raise OperationRefused(f"level {form.level} of {found.username} is not under review") from refusal
    return [_details(venue, _named(venue, found.username))]


async def reject_document(venue: Venue, form: forms.NamedDocument) -> list[CustomerDetailsRow]:
    """Ask for a document to be shown again."""
    found = _named(venue, form.name)
    try:
        await venue.customers.kyc.reject_document(found.account, _kind(form.kind))
    except CustomerRefused as refusal:
        raise OperationRefused(f"{found.username} has shown no {form.kind} that could be rejected") from refusal
    return [_details(venue, _named(venue, found.username))]


async def document(venue: Venue, form: forms.NamedDocument) -> list[DocumentRow]:
    """Return a document that was shown, in base64."""
    found, dossiers = _named(venue, form.name), venue.customers.kyc.dossiers
    shown = dossiers.of_account(found.account).documents.get(_kind(form.kind))
    if shown is None:
        raise OperationRefused(f"{found.username} has shown no {form.kind}")
    return [DocumentRow(shown.content_type, base64.b64encode(await dossiers.load(shown)).decode())]


async def forget_authenticator(venue: Venue, form: forms.NamedCustomer) -> list[CustomerDetailsRow]:
    """Let a customer sign in without the second factor that was bound, and end every session."""
    found = _named(venue, form.name)
    with venue.customers.sessions.ending(found.account) as ended:
        await venue.customers.authenticators.forget(found.account, (ended,))
    return [_details(venue, _named(venue, found.username))]


async def erase_customer(venue: Venue, form: forms.EraseCustomer) -> list[CustomerRow]:
    """Forget who a customer was, for good: names, addresses, password, dossier, messages. Balances and orders' rows stay."""
    found = venue.customers.register.by_username(form.name)  # by name alone: the audit log keeps what was asked
    if found is None:
        raise OperationRefused(f"there is no customer called {form.name!r}")
    await venue.customers.erase(found.account)
    await venue.standing.renew(found.account)
    left = venue.customers.register.of_account(found.account)
    assert left is not None, "the account is somebody's still"
    return [_row(venue, left)]


async def outbox(venue: Venue, form: forms.LastMessages) -> list[MessageRow]:
    """Return what customers were written, newest first."""
    if form.limit < 1:
        raise OperationRefused(f"the outbox shows one message at least, not {form.limit}")
    return [
        MessageRow(
            message.number, instant_text(message.time_ns), message.channel, message.to, message.subject, message.body
        )
        for message in venue.customers.outbox.messages(form.limit)
    ]


def _named(venue: Venue, name: str) -> Customer:
    found = venue.customers.register.by_login(name)
    if found is None:
        raise OperationRefused(
            f"there is no customer {name!r}; `bedesten customers` lists them, and `bedesten accounts set ACCOUNT --email` "
            "makes an account's holder one"
        )
    return found


def _row(venue: Venue, customer: Customer) -> CustomerRow:
    dossier = venue.customers.kyc.dossiers.of_account(customer.account)
    return CustomerRow(
        id=customer.account,
        name=customer.username,
        email=customer.email,
        status=venue.customers.register.status(customer).name.lower(),
        level=customer.level,
        vip=customer.vip_level,
        authenticator=customer.has_authenticator,
        under_review=[at + 1 for at, review in enumerate(dossier.levels) if at and review.name == "PENDING"],
        since=instant_text(customer.created_ns),
    )


def _details(venue: Venue, customer: Customer) -> CustomerDetailsRow:
    kyc = venue.customers.kyc
    dossier = kyc.dossiers.of_account(customer.account)
    identity, bank = dossier.identity, dossier.bank
    sex = "" if identity is None else "male" if identity.gender else "female"
    return CustomerDetailsRow(
        **msgspec.structs.asdict(_row(venue, customer)),
        person=f"{identity.name}, {sex}, {identity.birthday}" if identity else "",
        identity_number=identity.number if identity else "",
        phone=dossier.phone,
        bank_account=f"{bank.code}-{bank.branch} {bank.account}" if bank else "",
        answers=list(filter(None, _answers(dossier.answers))),
        reviews=[
            f"level {level} {kyc.standing(customer.account, level).name.lower()}" for level in range(1, LEVEL_MAX + 1)
        ],
        documents=[
            f"{kind.name.lower()} {document.review.name.lower()} ({document.content_type}, {document.size} bytes)"
            for kind, document in dossier.documents.items()
        ],
    )


def _answers(answers: Any) -> tuple[str, ...]:
    if answers is None:
        return ()
    return (
        answers.purpose, answers.purpose_other, answers.exposed, answers.exposed_other, answers.experience, answers.income,
    )  # fmt: skip


def _within(value: int, most: int, what: str) -> int:
    if not 0 <= value <= most:
        raise OperationRefused(f"{what} is 0 to {most}")
    return value


def _status(text: str) -> Status:
    try:
        return Status[text.upper().replace("-", "_")]
    except KeyError as error:
        raise OperationRefused(f"a status is one of {', '.join(each.name.lower() for each in Status)}") from error


def _kind(text: str) -> DocumentKind:
    try:
        return DocumentKind[text.upper().replace("-", "_")]
    except KeyError as error:
        raise OperationRefused(
            f"a document is one of {', '.join(each.name.lower() for each in DocumentKind)}"
        ) from error
