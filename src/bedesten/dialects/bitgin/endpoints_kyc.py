"""Knowing the customer: what is told, shown and asked for, level by level.

Source: BITGIN API, KYC.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from bedesten.dialects.bitgin import shapes
from bedesten.dialects.bitgin.client_info import visitor_of
from bedesten.dialects.bitgin.endpoints_security import customer_of
from bedesten.dialects.bitgin.envelope import Envelope, done
from bedesten.dialects.bitgin.error_map import in_our_words
from bedesten.dialects.bitgin.parse import account_of, code_of, text_of
from bedesten.dialects.contract import Request
from bedesten.services.customers.kyc_records import Answers, BankClaim, DocumentKind, Identity, Review
from bedesten.services.customers.outcome import CustomerRefused, Refused

if TYPE_CHECKING:
    from bedesten.services.venue import Venue


async def basic_data(venue: Venue, request: Request, form: shapes.IdentityForm) -> Envelope:
    """Take who somebody says they are."""
    account = customer_of(venue, request).account
    with in_our_words():
        gender = text_of(form.gender)
        if gender not in ("0", "1"):
            raise CustomerRefused(Refused.BAD_GENDER)
        identity = Identity(
            name=form.name, gender=int(gender), birthday=form.birthday.strip().replace("/", "-"),
            number=form.identityNumber,
        )  # fmt: skip
        dossier = await venue.customers.kyc.tell(account, identity, visitor_of(request))
    return done(venue, {"statusLevel3": int(dossier.review(3)), "statusLevel2": int(dossier.review(2))})


async def check_mobile(venue: Venue, request: Request, form: shapes.MobileForm) -> Envelope:
    """Say whether a telephone number can still be used."""
    with in_our_words():
        venue.customers.kyc.free_phone(text_of(form.mobilePhone))
    return done(venue, None)


async def verify_basic_data(venue: Venue, request: Request, form: shapes.ProvenMobileForm) -> Envelope:
    """Take a telephone number by the code that was sent there: level 1."""
    account = customer_of(venue, request).account
    with in_our_words():
        await venue.customers.kyc.prove_phone(
            account, text_of(form.mobilePhone), code_of(form.code), visitor_of(request)
        )
    return done(venue, None)


async def image(venue: Venue, request: Request, form: shapes.ImageForm) -> Envelope:
    """Take a document."""
    account = customer_of(venue, request).account
    with in_our_words():
        kind = int(form.type) if form.type.isascii() and form.type.isdigit() and len(form.type) == 1 else 0
        document = await venue.customers.kyc.show(account, kind, form.filename, form.file)
    data = {
        "contentType": document.content_type,
        "filename": document.filename,
        "id": document.id,
        "size": document.size,
    }
    return done(venue, data)


async def apply_level_2(venue: Venue, request: Request, form: shapes.QuestionnaireForm) -> Envelope:
    """Ask for level 2."""
    account = customer_of(venue, request).account
    answers = Answers(
        form.q1.value, form.q1.otherValue or "", form.q2.value, form.q2.otherValue or "", form.q3.value, form.q4.value
    )
    with in_our_words():
        await venue.customers.kyc.apply_level_2(account, answers)
    return done(venue, None)


async def apply_level_3(venue: Venue, request: Request, form: shapes.BankForm) -> Envelope:
    """Ask for level 3."""
    account = customer_of(venue, request).account
    bank = BankClaim(code=form.code.strip(), branch=form.branch.strip(), account=form.account.strip())
    with in_our_words():
        await venue.customers.kyc.apply_level_3(account, bank, form.filename, form.file)
    return done(venue, None)


async def status(venue: Venue, request: Request, form: None) -> Envelope:
    """Tell where each level stands."""
    overview = venue.customers.kyc.overview(account_of(request))
    customer = venue.customers.of_account(account_of(request))
    dossier, kind = overview.dossier, DocumentKind
    return done(
        venue,
        {
            "name": overview.name,
            "gender": overview.gender,
            "identityNumber": overview.number,
            "mobilePhone": overview.phone,
            "level": customer.level if customer is not None else 0,
            "statusLevel1": int(dossier.review(1)),
            "idPhotoVerification": int(dossier.shown(kind.ID_FRONT, kind.ID_BACK)),
            "idSelfieVerification": int(dossier.shown(kind.SELFIE)),
            "secondIdPhotoVerification": int(dossier.shown(kind.SECOND_ID)),
            "addressVerification": int(dossier.shown(kind.ADDRESS)),
            "statusLevel2": int(dossier.review(2)),
            "bankAccountVerification": int(dossier.shown(kind.BANK)),
            "statusLevel3": int(dossier.review(3)),
            "allowChangeBankAccount": dossier.review(3) is not Review.PENDING,
        },
    )
